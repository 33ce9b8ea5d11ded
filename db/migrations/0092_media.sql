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

-- What was captured before: the worker finds out whether there was an address, and says what became of it.
insert into work.media_fetches (attachment_id, record_id)
select distinct (a->>'id')::uuid, e.stream_id
from archive.mt_events e
join archive.record_states s on s.record_id = e.stream_id and s.disposed_at is null and not s.locked
cross join lateral jsonb_array_elements(e.data->'attachments') a
where e.type in ('item_captured', 'item_edited') and not exists (select from archive.attachments k where k.attachment_id = (a->>'id')::uuid)
on conflict do nothing;
