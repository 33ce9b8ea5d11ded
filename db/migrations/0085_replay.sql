-- Replay (docs/adr/0028): what stood in a channel, or what an account had written, at an instant and as far as a signed checkpoint vouches for, is read
-- from the rows of what happened, never from rows that a later act rewrites.

-- Where each act belongs, so that a time line is read by index. And where the record stood in time: an act that put it there, or moved it, says when it
-- occurred, and until which later event that was what the log knew. So "as it was known then" is a condition on two numbers.
alter table views.all_acts
  add column channel_id       uuid,
  add column author_id        uuid,
  add column placed_at        timestamptz,
  add column placed_kind      text,
  add column placed_direction text,
  add column placed_until     bigint;
create index all_acts_of_channel on views.all_acts (channel_id, valid_at desc, event_id desc);
create index all_acts_of_author on views.all_acts (author_id, valid_at desc, event_id desc) where author_id is not null;
create index all_acts_placed_in_channel on views.all_acts (channel_id, placed_at desc, record_id desc) where placed_at is not null;
create index all_acts_placed_by_author on views.all_acts (author_id, placed_at desc, record_id desc) where placed_at is not null and author_id is not null;
-- What was done, apart from what came in: of a million events in a channel seldom more than a few thousand.
create index all_acts_done_in_channel on views.all_acts (channel_id, valid_at desc, event_id desc)
  where name <> 'item_captured' and name <> 'item_edited' and name <> 'attachment_stored';
create index all_acts_done_by on views.all_acts (actor_id, valid_at desc, event_id desc)
  where name <> 'item_captured' and name <> 'item_edited' and name <> 'attachment_stored';

-- What persons did elsewhere than with records: ids and names of events only. Behind the wall is what belongs to a case, an account or a request, which
-- may be secret.
create table views.all_deeds (
  event_id     uuid not null,
  wall         text not null,
  seq          bigint not null,
  actor_id     uuid not null,
  stream_id    uuid not null,
  stream_type  text not null,
  authority_id uuid,
  name         text not null,
  recorded_at  timestamptz not null,
  primary key (event_id, wall)
) partition by list (wall);
create table views.deeds partition of views.all_deeds for values in ('open');
create table views.deeds_secret partition of views.all_deeds for values in ('secret');
create index all_deeds_by on views.all_deeds (actor_id, recorded_at desc, event_id desc);
grant select, insert, update, delete on views.all_deeds, views.deeds, views.deeds_secret to archive_writer;
grant select on views.deeds to archive_staff, archive_cleared;
grant select on views.all_deeds, views.deeds_secret to archive_cleared;

do $$
declare
  of record;
begin
  for of in
    select c.oid::regclass as tab, a.attname as col from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'views'::regnamespace and c.relkind in ('r', 'p') and not a.attisdropped
      and (c.relname in ('all_acts', 'record_acts', 'record_acts_secret') and a.attname in ('placed_kind', 'placed_direction')
        or c.relname in ('all_deeds', 'deeds', 'deeds_secret') and a.attname in ('name', 'stream_type'))
  loop
    execute format('alter table %s alter column %I set statistics 0', of.tab, of.col);
  end loop;
end $$;

-- The last checkpoint signed at or before an instant.
create index evidence_checkpoints_by_time on archive.evidence_checkpoints (signed_at desc, size desc);

-- The read log by reader, and by time.
create index record_reads_of_person on archive.record_reads (person_id, read_at desc, event_id desc);
create index record_reads_newest on archive.record_reads (read_at desc, event_id desc);

-- Unusual reads that the rules of the policy found: written in the transaction of their events. Ids, codes and numbers only; the reason of whoever
-- examined one stands sealed with its event.
create table archive.unusual_reads (
  finding_id     uuid primary key,
  authority_id   uuid not null references archive.authorities,
  person_id      uuid not null,
  rule           text not null,
  record_id      uuid,
  since          timestamptz not null,
  until          timestamptz not null check (until > since),
  count          int not null check (count > 0),
  threshold      int not null check (threshold > 0),
  secret         boolean not null,
  policy_version int not null,
  found_at       timestamptz not null,
  examined_at    timestamptz,
  examined_by    uuid,
  check ((examined_at is null) = (examined_by is null)),
  constraint unusual_reads_once unique nulls not distinct (authority_id, person_id, rule, record_id, since)
);
create index unusual_reads_newest on archive.unusual_reads (authority_id, since desc, finding_id desc);
grant select, insert, update (examined_at, examined_by) on archive.unusual_reads to archive_writer;
