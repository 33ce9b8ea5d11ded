-- The inbox. Schema work holds only what can be derived again: this queue is the delivery streams without
-- a delivery_processed or delivery_discarded event, dead letters included.
create schema if not exists work;

create table work.inbox (
  delivery_id uuid primary key,
  platform    text not null,
  received_at timestamptz not null default clock_timestamp(),
  attempts    int not null default 0,
  due_at      timestamptz not null default clock_timestamp(),
  dead        boolean not null default false,
  problem     text
);
create index inbox_due on work.inbox (due_at) where not dead;

-- Refused deliveries (wrong or missing signature): not archived, sealed, capped and deleted by age.
create table work.quarantine (
  quarantine_id uuid primary key,
  platform      text not null,
  received_at   timestamptz not null default clock_timestamp(),
  reason        text not null,
  bytes         int not null,
  sealed        bytea not null
);

-- Deliveries whose bytes stand in the object store, so that destruction and verify know them.
create table archive.delivery_objects (
  delivery_id uuid primary key,
  object_id   uuid not null unique,
  bytes       bigint not null
);

grant usage on schema work to archive_writer, archive_cleared, archive_staff;
grant select, insert, update, delete on work.inbox, work.quarantine to archive_writer;
grant select on work.inbox to archive_staff, archive_cleared;
grant select, insert on archive.delivery_objects to archive_writer;
grant select on archive.delivery_objects to archive_staff, archive_cleared;
