-- How whole each day of each channel is in the archive, as the events say. A day that nobody looked at has no row.
create table archive.channel_days (
  channel_id      uuid not null references archive.channels,
  day             date not null,
  coverage        text not null check (coverage in ('observed', 'inferred', 'gap', 'untrusted')),
  reason          text,
  missing_seconds bigint not null,
  items           bigint not null,
  closed_at       timestamptz not null default clock_timestamp(),
  primary key (channel_id, day)
);

create table archive.untrusted_periods (
  period_id  uuid primary key,
  channel_id uuid not null references archive.channels,
  from_at    timestamptz not null,
  until_at   timestamptz,
  marked_at  timestamptz not null default clock_timestamp(),
  trusted_at timestamptz
);
create index untrusted_periods_of_channel on archive.untrusted_periods (channel_id, from_at);

create table archive.covered_periods (
  channel_id uuid not null references archive.channels,
  from_at    timestamptz not null,
  until_at   timestamptz not null,
  told_at    timestamptz not null default clock_timestamp(),
  primary key (channel_id, from_at, until_at)
);

create table archive.channel_comparisons (
  channel_id  uuid not null references archive.channels,
  compared_at timestamptz not null default clock_timestamp(),
  from_at     timestamptz not null,
  listed      int not null,
  absent      int not null,
  gone        int not null,
  unclear     int not null,
  outcome     text not null,
  primary key (channel_id, compared_at)
);

create table archive.channel_silences (
  channel_id    uuid primary key references archive.channels,
  last_heard_at timestamptz not null,
  noted_at      timestamptz not null default clock_timestamp()
);

-- What the platform listed when the channel was last read through, and what was listed before and no longer is. Made anew by reading again.
create table work.listed_items (
  channel_id   uuid not null references archive.channels,
  record_id    uuid not null,
  form         text not null,
  occurred_at  timestamptz not null,
  listed_at    timestamptz not null,
  absences     int not null default 0,
  counted_at   timestamptz,
  primary key (channel_id, record_id)
);
create index listed_items_absent on work.listed_items (channel_id) where absences > 0;

grant select, insert, update on archive.channel_days to archive_writer;
grant select, insert on archive.covered_periods, archive.channel_comparisons to archive_writer;
grant select, insert, update on archive.untrusted_periods to archive_writer;
grant select, insert, update, delete on archive.channel_silences, work.listed_items to archive_writer;
grant select on archive.channel_days, archive.untrusted_periods, archive.covered_periods, archive.channel_comparisons, archive.channel_silences to archive_staff, archive_cleared;
