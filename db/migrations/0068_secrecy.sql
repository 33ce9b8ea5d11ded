-- Who may read what is secret at one authority, in one role or in every one held there. persons.clearance stays: it is for every authority.
create table archive.clearances (
  person_id    uuid not null references archive.persons,
  role         text,
  authority_id uuid not null references archive.authorities,
  granted_by   uuid not null,
  granted_at   timestamptz not null,
  constraint clearances_once unique nulls not distinct (person_id, role, authority_id)
);
grant select, insert, delete on archive.clearances to archive_writer;

-- Readings of what stands behind a wall, by record. The events stand on the readers' own streams; the reason stands sealed with them.
create table archive.record_reads (
  event_id  uuid primary key,
  record_id uuid not null,
  person_id uuid not null,
  version   bigint not null,
  wall      text not null,
  reasoned  boolean not null,
  read_at   timestamptz not null
);
create index record_reads_of_record on archive.record_reads (record_id, read_at desc);
grant select, insert on archive.record_reads to archive_writer;
insert into archive.record_reads (event_id, record_id, person_id, version, wall, reasoned, read_at)
select id, (data->>'record')::uuid, stream_id, version, data->>'wall', false, timestamp from archive.mt_events where type = 'record_opened';

-- What is marked secret, the longest unexamined first.
create index all_records_marked on views.all_records (secrecy_at) where secrecy_at is not null;
