-- Whether Meta tells of what happens in a channel: its two subscriptions as they stood when they were last asked for. Codes and Meta's own names of fields.
create table work.meta_subscriptions (
  channel_id   uuid primary key references archive.channels,
  checked_at   timestamptz not null,
  app_problem  text,
  app_missing  text[] not null,
  page_problem text,
  page_missing text[] not null,
  -- Stays when Meta cannot be asked, and goes when both are known to be whole.
  broken_since timestamptz
);
grant select, insert, update on work.meta_subscriptions to archive_writer;
grant select on work.meta_subscriptions to archive_staff, archive_cleared;
