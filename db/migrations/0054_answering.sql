-- What came in and may wait for somebody: facts only, written with the events. When something is due is computed from the policy, the channel's plan and
-- the calendar at the moment of asking (ADR 0007). Walls, visibility and gallring stand in record_states and are asked there.
create table archive.open_items (
  record_id       uuid primary key,
  authority_id    uuid not null,
  channel_id      uuid not null,
  received_at     timestamptz not null,
  incoming        boolean not null,
  is_question     boolean not null,
  -- When a person first did something with it.
  reviewed_at     timestamptz,
  answered_at     timestamptz,
  forwarded_at    timestamptz,
  closed_at       timestamptz,
  secrecy_since   timestamptz,
  emergency_since timestamptz,
  version         bigint not null
);

insert into archive.open_items
select s.record_id, s.authority_id, s.channel_id, s.received_at, s.direction = 'received',
       coalesce((select (e.data->>'isQuestion')::boolean from archive.mt_events e where e.stream_id = s.record_id and e.type = 'record_assessed' order by e.version desc limit 1), false),
       r.reviewed_at, null, null, null,
       -- From the first sign of what still stands: the suspicion or the mark.
       case when s.wall = 'secret' then coalesce((select min(e.timestamp) from archive.mt_events e where e.stream_id = s.record_id and e.type = 'secrecy_marked'), s.captured_at)
            when s.wall = 'unassessed' then (
              select min(e.timestamp) from archive.mt_events e
              where e.stream_id = s.record_id and (e.data #> '{observed,flags}' ? 'secrecy-hint' or (e.type = 'record_assessed' and (e.data->>'secrecySuspected')::boolean))) end,
       (select case when (e.data #>> '{decision,emergency}')::boolean then e.timestamp end
        from archive.mt_events e where e.stream_id = s.record_id and (e.type = 'emergency_confirmed' or e.data ? 'decision') order by e.version desc limit 1),
       s.version
from archive.record_states s
cross join lateral (
  select min(e.timestamp) as reviewed_at from archive.mt_events e
  where e.stream_id = s.record_id
    and (e.type in ('record_assessed', 'record_registered', 'record_kept_ordered', 'record_exempted', 'record_routed', 'secrecy_marked', 'secrecy_lifted', 'emergency_confirmed')
         or (e.type in ('item_hidden', 'item_unpublished', 'item_deleted_from_channel') and e.data ? 'decision'))) r
where s.direction = 'received' or s.wall <> 'open' or r.reviewed_at is not null;

create index open_items_unanswered on archive.open_items (channel_id, received_at, record_id) where incoming and answered_at is null and closed_at is null;
create index open_items_questions on archive.open_items (channel_id, received_at, record_id) where incoming and is_question and answered_at is null and closed_at is null;
create index open_items_new on archive.open_items (channel_id, received_at, record_id) where incoming and reviewed_at is null;
create index open_items_at_once on archive.open_items (channel_id) where secrecy_since is not null or emergency_since is not null;
-- A day on which somebody looked at what came in is a day somebody watched.
create index open_items_reviewed on archive.open_items (channel_id, reviewed_at) where reviewed_at is not null;

grant select, insert, update on archive.open_items to archive_writer;
grant select on archive.open_items to archive_staff, archive_cleared;

-- The channel's own reply under what came in, proposed as the answer.
create index all_records_of_parent on views.all_records (parent_id) where parent_id is not null;

-- Uppsikt: the channel's own interval and days, who watches which days, who covers for whom, and the days that somebody marked as watched.
create table archive.watch_plans (
  channel_id     uuid primary key references archive.channels,
  interval_hours int check (interval_hours > 0),
  -- 0 is Sunday.
  days           int[] not null
);
create table archive.watch_rota (
  entry_id   uuid primary key,
  channel_id uuid not null references archive.channels,
  person_id  uuid not null,
  from_day   date not null,
  until_day  date,
  days       int[] not null
);
create index watch_rota_of_channel on archive.watch_rota (channel_id);
create table archive.watch_absences (
  absence_id    uuid primary key,
  channel_id    uuid not null references archive.channels,
  person_id     uuid not null,
  from_day      date not null,
  until_day     date not null,
  substitute_id uuid,
  withdrawn     boolean not null default false
);
create index watch_absences_of_channel on archive.watch_absences (channel_id);
create table archive.watched_days (
  channel_id uuid not null references archive.channels,
  day        date not null,
  person_id  uuid not null,
  primary key (channel_id, day, person_id)
);

grant select, insert, update on archive.watch_plans, archive.watch_rota, archive.watch_absences to archive_writer;
grant select, insert on archive.watched_days to archive_writer;
grant select on archive.watch_plans, archive.watch_rota, archive.watch_absences, archive.watched_days to archive_staff, archive_cleared;
