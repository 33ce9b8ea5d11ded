-- Verifications that somebody asked for, with what they found; ids and numbers only. Kept, so that it can be shown when the archive was last checked.
create table archive.verifications (
  verification_id uuid primary key,
  started_by      uuid not null,
  started_at      timestamptz not null default clock_timestamp(),
  -- Whoever runs it says so again and again: one that has been silent for long was interrupted.
  seen_at         timestamptz not null default clock_timestamp(),
  done            bigint not null default 0,
  total           bigint not null default 0,
  finished_at     timestamptz,
  problem         text,
  sound           boolean,
  errors          bigint,
  warnings        bigint,
  report          jsonb
);
create unique index verifications_one_at_a_time on archive.verifications ((true)) where finished_at is null;
create index verifications_newest on archive.verifications (started_at desc);

grant select, insert, update on archive.verifications to archive_writer;
grant select on archive.verifications to archive_staff, archive_cleared;
