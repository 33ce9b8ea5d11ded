-- The subscriptions at YouTube's hub, which end by themselves: when they were asked for, and until when the hub last said that they last. Made anew by asking.
create table work.websub_leases (
  channel_id   uuid primary key references archive.channels,
  asked_at     timestamptz,
  answered     text,
  confirmed_at timestamptz,
  lease_until  timestamptz
);
grant select, insert, update on work.websub_leases to archive_writer;
grant select on work.websub_leases to archive_staff, archive_cleared;
