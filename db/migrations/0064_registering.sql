-- What stands in the public diary instead of the subject, where a registrator gave one. Secret like the subject itself until the entry is released.
alter table views.all_diary add column public_subject text;
alter table views.all_diary alter column public_subject set statistics 0;
alter table views.diary alter column public_subject set statistics 0;
alter table views.diary_secret alter column public_subject set statistics 0;

create or replace function views.publish_diary(p_records uuid[]) returns void
language sql set search_path = pg_catalog, views as $$
  insert into views.diary_public as p (entry_id, record_id, authority_id, case_id, diary_number, document_number, direction, diary_date, registered_at, sender, subject)
  select entry_id, record_id, authority_id, case_id, diary_number, document_number, direction, diary_date, registered_at,
         case when wall = 'open' and released then sender end, case when wall = 'open' and released then coalesce(public_subject, subject) end
  from views.all_diary where record_id = any (p_records)
  on conflict (entry_id) do update set diary_date = excluded.diary_date, sender = excluded.sender, subject = excluded.subject
  where (p.diary_date, p.sender, p.subject) is distinct from (excluded.diary_date, excluded.sender, excluded.subject)
$$;

create or replace function views.forget_records(p_records uuid[], p_classes text[] default array['content', 'register']) returns void
language plpgsql set search_path = pg_catalog, views as $$
begin
  if 'content' = any (p_classes) then
    update views.all_records set
      text = null, sender_at = null, sender_name = null, sender_handle = null, permalink = null, file_names = null, destroyed = true
    where record_id = any (p_records);
    update views.all_versions set text = null, attachment_names = null, destroyed = true where record_id = any (p_records);
  end if;
  if 'register' = any (p_classes) then
    update views.all_records set subject = null where record_id = any (p_records) and subject is not null;
    update views.all_diary set sender = null, subject = null, public_subject = null, destroyed = true where record_id = any (p_records);
  end if;
  update views.all_acts set motivation = null, legal_reference = null, note = null, key_class = null
  where record_id = any (p_records) and key_class = any (p_classes);
  perform views.publish_diary(p_records);
  if 'views.' = 'vie' || 'ws.' and to_regclass('views_next.all_records') is not null then
    execute 'select views_next.forget_records($1, $2)' using p_records, p_classes;
  end if;
end $$;

-- A thread registered as one document (docs/adr/0015): the first record carries the entry, the others share its number. No names: those stand sealed with each record.
create table archive.thread_registrations (
  record_id       uuid primary key,
  lead_id         uuid not null,
  authority_id    uuid not null references archive.authorities,
  case_id         uuid not null references archive.cases,
  document_number int not null,
  foreign key (case_id, document_number) references archive.diary_entries (case_id, document_number) deferrable initially deferred
);
create index thread_registrations_of_document on archive.thread_registrations (case_id, document_number);
create index thread_registrations_of_lead on archive.thread_registrations (lead_id);
create trigger thread_registrations_immutable before update or delete on archive.thread_registrations for each row execute function archive.refuse_change();
alter table archive.thread_registrations enable always trigger thread_registrations_immutable;
create trigger thread_registrations_no_truncate before truncate on archive.thread_registrations for each statement execute function archive.refuse_change();
alter table archive.thread_registrations enable always trigger thread_registrations_no_truncate;
grant select, insert on archive.thread_registrations to archive_writer;
grant select on archive.thread_registrations to archive_staff, archive_cleared;

-- What other diary systems are told of: an intent a registration, a correction and a transfer, made in their transaction. No content: what is said is read from the
-- log when it is sent. The place is an authority's own count without gaps, given under a row lock, so that it follows the order of the commits: who reads on from
-- the last place misses nothing.
create table archive.outgoing_counters (
  authority_id uuid primary key references archive.authorities,
  last         bigint not null
);

create table archive.outgoing_entries (
  event_id     uuid primary key,
  authority_id uuid not null references archive.authorities,
  place        bigint not null,
  record_id    uuid not null,
  version      bigint not null,
  type         text not null check (type in ('record_registered', 'registration_corrected', 'record_transferred')),
  recorded_at  timestamptz not null,
  sent_at      timestamptz,
  attempts     int not null default 0,
  due_at       timestamptz not null default clock_timestamp(),
  dead         boolean not null default false,
  problem      text,
  unique (authority_id, place)
);
create index outgoing_waiting on archive.outgoing_entries (authority_id, due_at) where sent_at is null and not dead;
create index outgoing_dead on archive.outgoing_entries (authority_id, place) where dead;
create index outgoing_of_record on archive.outgoing_entries (record_id) where sent_at is null;

create function archive.enqueue_outgoing(p_record uuid, p_after bigint) returns void
language plpgsql set search_path = pg_catalog, archive as $$
declare
  e record;
  n bigint;
begin
  -- Two authorities at most, of a transfer: their counters are locked in one order everywhere.
  for e in
    select id, stream_id, version, type, timestamp, (data->>'authority')::uuid as authority from archive.mt_events
    where stream_id = p_record and version > p_after and type in ('record_registered', 'registration_corrected', 'record_transferred')
    order by data->>'authority', version
  loop
    insert into archive.outgoing_counters as c (authority_id, last) values (e.authority, 1)
    on conflict (authority_id) do update set last = c.last + 1 returning last into n;
    insert into archive.outgoing_entries (event_id, authority_id, place, record_id, version, type, recorded_at)
    values (e.id, e.authority, n, e.stream_id, e.version, e.type, e.timestamp);
  end loop;
end $$;
revoke execute on function archive.enqueue_outgoing(uuid, bigint) from public;

insert into archive.outgoing_entries (event_id, authority_id, place, record_id, version, type, recorded_at)
select id, (data->>'authority')::uuid, row_number() over (partition by data->>'authority' order by seq_id), stream_id, version, type, timestamp
from archive.mt_events where type in ('record_registered', 'registration_corrected', 'record_transferred');
insert into archive.outgoing_counters (authority_id, last) select authority_id, max(place) from archive.outgoing_entries group by authority_id;

grant execute on function archive.enqueue_outgoing(uuid, bigint) to archive_writer;
grant select, insert, update on archive.outgoing_counters to archive_writer;
grant select, insert, update (sent_at, attempts, due_at, dead, problem) on archive.outgoing_entries to archive_writer;
