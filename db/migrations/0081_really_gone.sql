-- How much a run is about to destroy, measured before its first batch: afterwards nobody can say. What is skipped is measured again and taken off.
create table archive.disposal_measures (
  run_id      uuid primary key references archive.disposal_runs,
  bytes       bigint not null,
  measured_at timestamptz not null default clock_timestamp()
);
grant select, insert on archive.disposal_measures to archive_writer;

-- The gallringsprotokoll is a document of its case, with a number and an entry in the diary.
alter table archive.case_documents drop constraint case_documents_kind_check;
alter table archive.case_documents add constraint case_documents_kind_check check (kind in ('note', 'decision', 'appeal', 'protocol'));

-- Protocols are preserved: no mark can be made for the key of a run, nor for that of a case that a protocol is registered in, so no key of theirs can be destroyed.
create function archive.refuse_mark_of_protocol() returns trigger language plpgsql as $$
begin
  if exists (select from made m join archive.mt_streams s on s.id = m.stream_id where s.type = 'disposal_run')
     or exists (select from made m join archive.case_documents d on d.case_id = m.stream_id and d.kind = 'protocol') then
    raise exception 'a gallringsprotokoll is preserved' using errcode = 'AS013';
  end if;
  return null;
end $$;
create trigger destruction_marks_keep_protocols after insert on archive.destruction_marks
  referencing new table as made for each statement execute function archive.refuse_mark_of_protocol();
alter table archive.destruction_marks enable always trigger destruction_marks_keep_protocols;
