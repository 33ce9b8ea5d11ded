-- Refused deliveries are kept by where they came from, without an address: the source is a keyed digest of the network. What is not kept is counted, so that
-- nothing is silently unknown.
alter table work.quarantine
  add column source text not null default 'unknown',
  add column day    date not null default archive.swedish_date(clock_timestamp());
create index quarantine_by_source on work.quarantine (day, platform, source);

create table work.refused_deliveries (
  day      date not null,
  platform text not null,
  source   text not null,
  reason   text not null,
  refused  bigint not null default 0,
  kept     bigint not null default 0,
  bytes    bigint not null default 0,
  last_at  timestamptz not null default clock_timestamp(),
  primary key (day, platform, source, reason)
);

-- The last hour, in tens of minutes.
create table work.refused_spells (
  platform text not null,
  at       timestamptz not null,
  refused  bigint not null,
  primary key (platform, at)
);

-- More than ten wrong signatures in an hour; one row while it goes on.
create table work.webhook_alarms (
  alarm_id  uuid primary key,
  platform  text not null,
  raised_at timestamptz not null default clock_timestamp(),
  last_at   timestamptz not null default clock_timestamp(),
  refused   bigint not null
);

-- Counts one refused delivery, and keeps it while there is room: so many per source and day, so much in all. One at a time, so that the caps hold.
create function work.refuse_delivery(
  p_id uuid, p_platform text, p_source text, p_reason text, p_bytes bigint, p_sealed bytea, p_per_day bigint, p_in_all bigint, p_alarm_over bigint,
  out kept boolean, out in_hour bigint, out raised boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  today constant date := archive.swedish_date(clock_timestamp());
  whence text := p_source;
  alarm uuid;
begin
  perform pg_advisory_xact_lock(hashtextextended('work.refuse_delivery', 0));

  -- Senders without number must not become rows without number.
  if not exists (select from work.refused_deliveries d where d.day = today and d.platform = p_platform and d.source = whence)
     and (select count(*) from work.refused_deliveries d where d.day = today) >= 10000 then
    whence := 'others';
  end if;

  kept := p_sealed is not null
    and (select coalesce(sum(d.kept), 0) from work.refused_deliveries d where d.day = today and d.platform = p_platform and d.source = whence) < p_per_day
    and (select coalesce(sum(greatest(octet_length(q.sealed), 1024)), 0) from work.quarantine q) + greatest(octet_length(p_sealed), 1024) <= p_in_all;
  if kept then
    insert into work.quarantine (quarantine_id, platform, reason, bytes, sealed, source, day) values (p_id, p_platform, p_reason, p_bytes, p_sealed, whence, today);
  end if;
  insert into work.refused_deliveries as d (day, platform, source, reason, refused, kept, bytes) values (today, p_platform, whence, p_reason, 1, kept::int, p_bytes)
  on conflict (day, platform, source, reason) do update set refused = d.refused + 1, kept = d.kept + excluded.kept, bytes = d.bytes + excluded.bytes, last_at = clock_timestamp();

  insert into work.refused_spells as s (platform, at, refused) values (p_platform, date_bin('10 minutes', clock_timestamp(), timestamptz '2000-01-01 00:00:00+00'), 1)
  on conflict (platform, at) do update set refused = s.refused + 1;
  delete from work.refused_spells s where s.at < clock_timestamp() - interval '2 hours';
  select coalesce(sum(s.refused), 0) into in_hour from work.refused_spells s where s.platform = p_platform and s.at > clock_timestamp() - interval '1 hour';

  raised := false;
  if in_hour > p_alarm_over then
    update work.webhook_alarms a set last_at = clock_timestamp(), refused = greatest(a.refused, refuse_delivery.in_hour)
    where a.platform = p_platform and a.last_at > clock_timestamp() - interval '1 hour' returning a.alarm_id into alarm;
    if alarm is null then
      insert into work.webhook_alarms (alarm_id, platform, refused) values (p_id, p_platform, in_hour);
      raised := true;
    end if;
  end if;
end $$;

-- What waits can be asked for by its problem.
create index inbox_by_problem on work.inbox (problem) where problem is not null;

-- Imports that somebody asked for on the web: the work list. The file itself is the sealed delivery, and what came of it is an event.
create table work.imports (
  import_id    uuid primary key,
  channel_id   uuid not null,
  authority_id uuid not null,
  form         text not null,
  delivery_id  uuid not null,
  requested_by uuid not null,
  requested_at timestamptz not null default clock_timestamp(),
  state        text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
  attempts     int not null default 0,
  due_at       timestamptz not null default clock_timestamp(),
  started_at   timestamptz,
  finished_at  timestamptz,
  bytes        bigint not null,
  bytes_read   bigint not null default 0,
  accepted     bigint not null default 0,
  duplicates   bigint not null default 0,
  disposed     bigint not null default 0,
  unknown      bigint not null default 0,
  rejected     bigint not null default 0,
  partial      boolean not null default false,
  problem      text
);
create index imports_due on work.imports (due_at) where state in ('waiting', 'running');
create index imports_newest on work.imports (authority_id, requested_at desc);

create table work.import_rejections (
  import_id uuid not null references work.imports on delete cascade,
  n         bigint not null,
  place     bigint not null,
  code      text not null,
  detail    text not null,
  primary key (import_id, n)
);

revoke execute on function work.refuse_delivery(uuid, text, text, text, bigint, bytea, bigint, bigint, bigint) from public;
grant execute on function work.refuse_delivery(uuid, text, text, text, bigint, bytea, bigint, bigint, bigint) to archive_writer;
grant select, insert, update, delete on work.refused_deliveries, work.refused_spells, work.webhook_alarms, work.imports, work.import_rejections to archive_writer;
grant select on work.refused_deliveries, work.refused_spells, work.webhook_alarms, work.imports, work.import_rejections to archive_staff, archive_cleared;
