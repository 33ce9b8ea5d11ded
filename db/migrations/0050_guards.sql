-- What guards the readers' position is as firm as what guards the log itself: no truncate, and no way around it in replication mode.
alter table archive.log_passed enable always trigger log_passed_forward;
create trigger log_passed_no_truncate before truncate on archive.log_passed
  for each statement execute function archive.refuse_change();
alter table archive.log_passed enable always trigger log_passed_no_truncate;

-- A stream always says where it stands; without it no append could tell what comes next. Marten's own tables allow null here and Marten never writes it.
alter table archive.mt_streams add constraint mt_streams_has_version check (version is not null and version >= 0);

-- The reader asks how far the numbers have been handed out. A plain select: pg_sequence_last_value would take the lock that marks an appender.
grant select on sequence archive.mt_events_sequence to archive_writer;
