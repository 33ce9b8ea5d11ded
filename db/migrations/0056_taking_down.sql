-- What is locked (suspected child abuse material, BrB 16:10 a) is shown to nobody. The inline row decides, so that no event from before the lock
-- that the projection folds after it brings the content back.
alter table archive.record_states add column locked boolean not null default false;
create index record_states_locked on archive.record_states (record_id) where locked;

alter table views.all_records add column locked boolean not null default false;

-- Blanks what the record says in every view, and withholds it in the public diary. Sender and subject stay, for the police and the diary need them.
-- Called by the command that locks, under advisory lock 4711 held exclusively, and by the projection at the end of each page.
create function views.lock_records(p_records uuid[]) returns void
language plpgsql set search_path = pg_catalog, views as $$
begin
  update views.all_records set text = null, permalink = null, file_names = null, locked = true where record_id = any (p_records);
  update views.all_versions set text = null, attachment_names = null where record_id = any (p_records) and (text is not null or attachment_names is not null);
  update views.all_acts set note = null where record_id = any (p_records) and name = 'attachment_stored' and note is not null;
  update views.all_diary set released = false where record_id = any (p_records) and released;
  perform views.publish_diary(p_records);
  if 'views.' = 'vie' || 'ws.' and to_regclass('views_next.all_records') is not null then
    execute 'select views_next.lock_records($1)' using p_records;
  end if;
end $$;
revoke execute on function views.lock_records(uuid[]) from public;
grant execute on function views.lock_records(uuid[]) to archive_writer;

-- What the authority took down, newest first, without reading every act.
create index all_acts_taken_down on views.all_acts (recorded_at desc, event_id) where acted_by = 'authority' and cardinality(grounds) > 0;

-- What everybody may know of what was taken down: day, platform, act, grounds, and whether it is back. Read from the open side alone, and nothing
-- from behind a wall, locked or on the ground of secrecy has a row or a count here: two archives that differ only in that give the same answer.
create view views.takedowns_public as
select r.authority_id, archive.swedish_date(a.recorded_at) as day, r.platform, a.name as act, a.grounds, a.emergency,
       exists (select from views.record_acts b where b.record_id = a.record_id and b.name = 'item_restored' and b.acted_by = 'authority' and b.seq > a.seq) as restored
from views.record_acts a
join views.record_view r on r.record_id = a.record_id
where a.acted_by = 'authority' and cardinality(a.grounds) > 0 and a.name in ('item_hidden', 'item_unpublished', 'item_deleted_from_channel')
  and not r.locked and not a.grounds && array['SECRECY', 'CHILD_ABUSE_MATERIAL'];
grant execute on function archive.swedish_date(timestamptz) to archive_public;
grant select on views.takedowns_public to archive_public, archive_staff, archive_cleared;

-- Who is blocked from writing in a channel, until when. Names and reasons stand sealed with the account; what is here are ids, codes and days.
create table archive.blocks (
  block_id     uuid primary key,
  account_id   uuid not null,
  authority_id uuid not null references archive.authorities,
  channel_id   uuid not null references archive.channels,
  platform     text not null,
  grounds      text[] not null check (cardinality(grounds) > 0),
  until_day    date,
  review_on    date,
  blocked_at   timestamptz not null,
  blocked_by   uuid not null,
  lifted_at    timestamptz,
  check ((until_day is null) <> (review_on is null))
);
create unique index blocks_in_force on archive.blocks (account_id) where lifted_at is null;
create index blocks_of_authority on archive.blocks (authority_id, blocked_at desc);
grant select, insert, update (lifted_at) on archive.blocks to archive_writer;
grant select on archive.blocks to archive_staff, archive_cleared;
