-- Deliveries that somebody decided not to read, for the intake page. Derived: the decision is the delivery_discarded event, and what arrived
-- stands sealed in the log. Reading one in again takes its row away.
create table work.discarded_deliveries (
  delivery_id  uuid primary key,
  platform     text not null,
  received_at  timestamptz not null,
  discarded_at timestamptz not null default clock_timestamp(),
  reason       text not null
);
create index discarded_deliveries_newest on work.discarded_deliveries (discarded_at desc);

grant select, insert, delete on work.discarded_deliveries to archive_writer;
grant select on work.discarded_deliveries to archive_staff, archive_cleared;

-- Emergency acts, few among the many acts: the start page asks which of them nobody has examined.
create index all_acts_emergency on views.all_acts (record_id, seq) where emergency;
