-- Beside Marten's tables: what makes a retried append harmless, and what spares long streams from being folded from their beginning.

-- One row an append that was given a key. Inserted before the append in its transaction: a second one with the same key waits for the first and
-- is then refused by this primary key, whatever version the streams have reached since.
create table archive.append_keys (
  key         uuid not null,
  first_seq   bigint,
  last_seq    bigint,
  recorded_at timestamptz,
  streams     uuid[],
  versions    bigint[],
  begun_at    timestamptz not null default clock_timestamp(),
  constraint pk_append_keys primary key (key)
);
create index append_keys_by_age on archive.append_keys (begun_at);

-- A fold kept at a version. Derived: it may be thrown away at any time, and is when its format changes.
create table work.snapshots (
  stream_id uuid not null,
  name      varchar not null,
  format    int not null,
  version   bigint not null,
  state     jsonb not null,
  primary key (stream_id, name)
);

grant select, insert, update, delete on archive.append_keys, work.snapshots to archive_writer;
