-- The standing connection of a channel to its platform, as its own stream of events says: settings and whether it may run. Its address and account stand sealed in the log.
create table archive.sources (
  channel_id       uuid primary key references archive.channels,
  authority_id     uuid not null,
  means            text not null check (means in ('poll', 'stream')),
  interval_minutes int not null check (interval_minutes between 1 and 1440),
  enabled          boolean not null,
  -- The platform no longer takes the token: nothing is asked until somebody has set another or resumed.
  stopped          boolean not null default false,
  alarm            text,
  alarm_at         timestamptz,
  credential_at    timestamptz,
  credential_by    uuid
);

-- The access token, and how far the source has read: under the epoch key, in no event, in no list.
create table archive.source_secrets (
  secret_id  uuid primary key,
  channel_id uuid not null references archive.sources,
  kind       text not null check (kind in ('token', 'mark')),
  kek_id     uuid not null,
  sealed     bytea not null,
  unique (channel_id, kind)
);
create trigger source_secrets_under_open_epoch after insert on archive.source_secrets
  referencing new table as made for each statement execute function archive.refuse_closed_epoch();
create trigger source_secrets_still_under_open_epoch after update on archive.source_secrets
  referencing new table as made for each statement execute function archive.refuse_closed_epoch();

-- Which record an item of the platform is, where the platform tells of it later by an id of its own server alone. Both are keyed.
create table archive.source_items (
  channel_id uuid not null references archive.channels,
  item       uuid not null,
  record_id  uuid not null,
  primary key (channel_id, item)
);

-- A time in which nothing was heard of what happens in the channel, and when it was asked for afterwards.
create table archive.source_gaps (
  gap_id     uuid primary key,
  channel_id uuid not null references archive.channels,
  from_at    timestamptz not null,
  to_at      timestamptz,
  reason     text not null,
  filled_at  timestamptz
);
create index source_gaps_of_channel on archive.source_gaps (channel_id, from_at);

-- The worker's own: when a source is asked next, and who listens to its stream.
create table work.source_runs (
  channel_id      uuid primary key references archive.sources,
  due_at          timestamptz not null default clock_timestamp(),
  failures        int not null default 0,
  last_ok_at      timestamptz,
  problem         text,
  problem_at      timestamptz,
  stream_node     uuid,
  stream_until    timestamptz,
  stream_heard_at timestamptz
);
create index source_runs_due on work.source_runs (due_at);

create table work.source_polls (
  poll_id    uuid primary key,
  channel_id uuid not null references archive.sources,
  started_at timestamptz not null default clock_timestamp(),
  ended_at   timestamptz,
  pages      int not null default 0,
  items      int not null default 0,
  outcome    text
);
create index source_polls_of_channel on work.source_polls (channel_id, started_at desc);
create index source_polls_by_age on work.source_polls (started_at);

grant select, insert, update on archive.sources, archive.source_items, archive.source_gaps to archive_writer;
grant select, insert, update, delete on archive.source_secrets, work.source_runs, work.source_polls to archive_writer;
grant select on archive.sources, archive.source_items, archive.source_gaps to archive_staff, archive_cleared;
grant select on work.source_runs, work.source_polls to archive_staff, archive_cleared;
