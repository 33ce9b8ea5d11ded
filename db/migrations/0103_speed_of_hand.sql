-- What somebody had sent when the log-in had ended: for an hour, for that person in that browser. The key is made of a secret that only the browser's cookie holds,
-- and of the installation's own: no copy of the database opens it.
create table work.kept_forms (
  kept_hash bytea primary key,
  person_id uuid not null,
  kept_at   timestamptz not null,
  ends_at   timestamptz not null,
  sealed    bytea not null
);
create index kept_forms_of_person on work.kept_forms (person_id, kept_at desc);
create index kept_forms_ended on work.kept_forms (ends_at);
grant select, insert, delete on work.kept_forms to archive_writer;

-- One act on many records: what was chosen, and what came of each. Ids, codes and the sentence of a refusal; what was written for the act stands in the events of the
-- records alone. A run is carried out once, however often it is sent.
create table work.bulk_runs (
  bulk_id     uuid primary key,
  person_id   uuid not null,
  act         text not null,
  chosen_at   timestamptz not null,
  started_at  timestamptz,
  finished_at timestamptz,
  -- The last sign of life while it goes on.
  seen_at     timestamptz
);
create index bulk_runs_of_person on work.bulk_runs (person_id, chosen_at desc);

create table work.bulk_items (
  bulk_id   uuid not null references work.bulk_runs on delete cascade,
  place     int not null,
  record_id uuid not null,
  version   bigint,
  outcome   text not null default 'waiting' check (outcome in ('waiting', 'done', 'nothing', 'refused', 'changed', 'unknown')),
  code      text,
  said      text,
  primary key (bulk_id, place)
);
grant select, insert, update, delete on work.bulk_runs, work.bulk_items to archive_writer;

-- A saved search may be changed, shared with the staff of an authority, and tells what has come since its owner looked last.
alter table archive.saved_searches add column looked_at timestamptz, add column shared_with uuid references archive.authorities;
create index saved_searches_shared on archive.saved_searches (shared_with) where shared_with is not null;
grant update on archive.saved_searches to archive_writer;
