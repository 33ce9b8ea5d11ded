-- Inline tables: written in the same transaction as the events they follow, because the law or uniqueness asks for it.
-- dispose_batch and the commands decide on these alone, never on the asynchronous views.
create table archive.authorities (
  authority_id   uuid primary key,
  code           text not null unique,
  name           text not null,
  preset         text not null,
  policy_version int not null,
  policy         jsonb not null
);

create table archive.channels (
  channel_id   uuid primary key,
  authority_id uuid not null references archive.authorities,
  platform     text not null,
  own_accounts uuid[] not null,
  closed_at    timestamptz
);

-- Finds the channel a platform's delivery is addressed to; keyed, so that the table tells no platform id.
create table archive.channel_routes (
  route      uuid primary key,
  channel_id uuid not null references archive.channels
);

create table archive.record_states (
  record_id    uuid primary key,
  authority_id uuid not null,
  channel_id   uuid not null,
  account_id   uuid,
  record_type  text not null,
  direction    text not null,
  visibility   text not null,
  registration text not null,
  wall         text not null,
  case_id      uuid,
  captured_at  timestamptz not null,
  received_at  timestamptz not null,
  removed_at   timestamptz,
  current_until timestamptz,
  disposed_at  timestamptz,
  version      bigint not null
);
create index record_states_by_type on archive.record_states (authority_id, record_type, received_at) where disposed_at is null;
create index record_states_by_account on archive.record_states (account_id) where disposed_at is null;
create index record_states_by_case on archive.record_states (case_id) where case_id is not null;

-- Every object that holds bytes of a record, so that destruction knows all of them.
create table archive.attachments (
  attachment_id uuid primary key,
  record_id     uuid not null,
  object_id     uuid not null unique,
  bytes         bigint not null,
  media_type    text not null
);
create index attachments_of_record on archive.attachments (record_id);

-- Which deliveries hold a record's bytes: they are destroyed with it (rådata).
create table archive.delivery_records (
  record_id   uuid not null,
  delivery_id uuid not null,
  primary key (record_id, delivery_id)
);
create index delivery_records_of_delivery on archive.delivery_records (delivery_id);

grant select, insert, update on archive.authorities, archive.channels, archive.channel_routes, archive.record_states to archive_writer;
grant select, insert on archive.attachments, archive.delivery_records to archive_writer;
grant select on archive.authorities, archive.channels, archive.record_states, archive.attachments to archive_staff, archive_cleared;
grant select on archive.authorities to archive_public;
