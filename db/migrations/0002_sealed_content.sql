-- Sealed content stands beside the event, written in the same append; the event row alone is a payload-free stub.
create table archive.sealed_content (
  event_id   uuid primary key,
  ciphertext bytea not null
);

create table archive.record_keys (
  key_id    uuid primary key,
  class     text not null check (class in ('content', 'register', 'case', 'account', 'channel', 'person', 'request', 'delivery', 'office')),
  stream_id uuid not null,
  kek_id    uuid not null,
  alg       text not null,
  wrapped   bytea not null
);
create unique index record_keys_of_stream on archive.record_keys (stream_id, class);

-- Left by the one executor in the transaction that destroys. A missing key with a mark is "destroyed"; without one it is an alarm.
create table archive.destruction_marks (
  key_id       uuid primary key,
  stream_id    uuid not null,
  class        text not null,
  run_id       uuid not null,
  destroyed_at timestamptz not null
);
create index destruction_marks_of_stream on archive.destruction_marks (stream_id);

-- A key that has been destroyed is never made again for the same stream and class.
create function archive.refuse_key_after_destruction() returns trigger language plpgsql as $$
begin
  if exists (select 1 from archive.destruction_marks m where m.stream_id = new.stream_id and m.class = new.class) then
    raise exception 'the % key of stream % has been destroyed', new.class, new.stream_id using errcode = 'AS002';
  end if;
  return new;
end $$;
create trigger record_keys_stay_destroyed before insert on archive.record_keys
  for each row execute function archive.refuse_key_after_destruction();
alter table archive.record_keys enable always trigger record_keys_stay_destroyed;

-- No statistics of sealed bytes: pg_statistic must never hold what has to be destroyed.
alter table archive.sealed_content alter column ciphertext set storage external;
alter table archive.sealed_content alter column ciphertext set statistics 0;
alter table archive.record_keys alter column wrapped set statistics 0;

grant usage on schema archive to archive_writer, archive_cleared, archive_staff, archive_public;
grant select, insert on archive.sealed_content, archive.record_keys to archive_writer;
grant select on archive.destruction_marks to archive_writer, archive_cleared, archive_staff;
grant select on archive.sealed_content, archive.record_keys to archive_cleared;
