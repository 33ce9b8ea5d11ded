-- Files that a platform showed by an address only: fetched once the capture is stored, before the address dies. Ids, counts and codes; the address stands sealed with the capture.
create table work.media_fetches (
  attachment_id uuid primary key,
  record_id     uuid not null,
  queued_at     timestamptz not null default clock_timestamp(),
  due_at        timestamptz not null default clock_timestamp(),
  attempts      int not null default 0,
  status        text not null default 'waiting'
    check (status in ('waiting', 'fetched', 'expired', 'forbidden', 'missing', 'tooLarge', 'refused', 'notAFile', 'failed')),
  problem       text,
  ended_at      timestamptz,
  check ((status = 'waiting') = (ended_at is null))
);
create index media_fetches_due on work.media_fetches (due_at) where status = 'waiting';
create index media_fetches_of_record on work.media_fetches (record_id);

grant select, insert, update, delete on work.media_fetches to archive_writer;
grant select on work.media_fetches to archive_staff, archive_cleared;

-- Nothing is fetched to a record that is destroyed, nor to one whose content nobody may open.
create function work.forget_media_fetches() returns trigger language plpgsql as $$
begin
  delete from work.media_fetches where record_id = new.record_id and (new.disposed_at is not null or status = 'waiting');
  return null;
end $$;
create trigger forget_media_fetches after update on archive.record_states for each row
  when ((new.disposed_at is not null and old.disposed_at is null) or (new.locked and not old.locked))
  execute function work.forget_media_fetches();
revoke execute on function work.forget_media_fetches() from public;

-- What a virus scanner says of each file, where there is one: it can be asked again, so nothing of it stands in the log.
create table work.attachment_scans (
  attachment_id uuid primary key,
  record_id     uuid not null,
  due_at        timestamptz not null default clock_timestamp(),
  result        text not null default 'waiting' check (result in ('waiting', 'clean', 'infected', 'unscanned')),
  signature     text check (length(signature) <= 200),
  scanned_at    timestamptz,
  check ((result = 'waiting') = (scanned_at is null))
);
create index attachment_scans_due on work.attachment_scans (due_at) where result = 'waiting';
create index attachment_scans_of_record on work.attachment_scans (record_id);
create index attachment_scans_infected on work.attachment_scans (attachment_id) where result = 'infected';

grant select, insert, update, delete on work.attachment_scans to archive_writer;
grant select on work.attachment_scans to archive_staff, archive_cleared;

create function work.queue_attachment_scan() returns trigger language plpgsql as $$
begin
  insert into work.attachment_scans (attachment_id, record_id) values (new.attachment_id, new.record_id) on conflict do nothing;
  return null;
end $$;
create trigger queue_attachment_scan after insert on archive.attachments for each row execute function work.queue_attachment_scan();
revoke execute on function work.queue_attachment_scan() from public;

create function work.forget_attachment_scans() returns trigger language plpgsql as $$
begin
  delete from work.attachment_scans where record_id = new.record_id;
  return null;
end $$;
create trigger forget_attachment_scans after update on archive.record_states for each row
  when (new.disposed_at is not null and old.disposed_at is null)
  execute function work.forget_attachment_scans();
revoke execute on function work.forget_attachment_scans() from public;

-- Both queues are made again from the log: of what was captured before there were any, and after a restore, as a backup has nothing of schema work. What came without an address
-- is found out by the worker, who drops it.
create function work.requeue_media() returns void language sql as $$
  insert into work.media_fetches (attachment_id, record_id, queued_at, attempts, status, ended_at)
  select distinct on (a.id) a.id, e.stream_id, e.timestamp, coalesce((f.data->>'attempts')::int, 0), coalesce(f.data->>'outcome', 'waiting'), (f.data->>'at')::timestamptz
  from archive.mt_events e
  join archive.record_states s on s.record_id = e.stream_id and s.disposed_at is null and not s.locked
  cross join lateral (select (x->>'id')::uuid as id from jsonb_array_elements(e.data->'attachments') x) a
  left join lateral (select f.data from archive.mt_events f where f.stream_id = e.stream_id and f.type = 'attachment_fetch_ended' and f.data->>'attachment' = a.id::text order by f.version desc limit 1) f on true
  where e.type in ('item_captured', 'item_edited') and (f.data is not null or not exists (select from archive.attachments k where k.attachment_id = a.id))
  order by a.id, e.version
  on conflict do nothing;
  insert into work.attachment_scans (attachment_id, record_id)
  select a.attachment_id, a.record_id from archive.attachments a join archive.record_states s using (record_id) where s.disposed_at is null
  on conflict do nothing;
$$;
revoke execute on function work.requeue_media() from public;
select work.requeue_media();
