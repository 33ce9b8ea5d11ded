-- Who is called in acute danger. Names and numbers stand sealed with the events; here only that there is a contact.
create table archive.on_call_contacts (
  contact_id   uuid primary key,
  authority_id uuid not null references archive.authorities,
  listed_at    timestamptz not null,
  removed_at   timestamptz
);
create index on_call_contacts_of_authority on archive.on_call_contacts (authority_id) where removed_at is null;

-- Rules that give a default state. A version is never changed but for its end: the records it settled name it.
create table archive.default_rules (
  rule_id            uuid not null,
  version            int not null,
  authority_id       uuid not null references archive.authorities,
  name               text not null,
  record_types       text[] not null check (not 'direct-message' = any (record_types)),
  content            text not null,
  at_most_characters int,
  state              text not null check (state in ('keptOrdered', 'exempt')),
  decision_id        uuid,
  decision_reference text,
  adopted_at         timestamptz not null,
  ended_at           timestamptz,
  primary key (rule_id, version)
);
create unique index default_rules_one_in_force on archive.default_rules (rule_id) where ended_at is null;
create index default_rules_of_authority on archive.default_rules (authority_id) where ended_at is null;
create index record_states_waiting on archive.record_states (authority_id, record_id) where registration = 'captured' and wall = 'open' and disposed_at is null;

-- Assessments of whole threads, and how far each has come; ids and codes only.
create table archive.thread_assessments (
  assessment_id uuid primary key,
  authority_id  uuid not null references archive.authorities,
  record_id     uuid not null,
  started_by    uuid not null,
  started_at    timestamptz not null,
  finished_at   timestamptz
);
create index thread_assessments_unfinished on archive.thread_assessments (started_at) where finished_at is null;
create table archive.thread_assessment_items (
  assessment_id uuid not null references archive.thread_assessments,
  record_id     uuid not null,
  outcome       text not null check (outcome in ('waiting', 'assessed', 'unchanged', 'excepted')),
  reason        text,
  primary key (assessment_id, record_id)
);
create index thread_assessment_items_waiting on archive.thread_assessment_items (assessment_id, record_id) where outcome = 'waiting';

grant select, insert, update on archive.on_call_contacts, archive.default_rules, archive.thread_assessments, archive.thread_assessment_items to archive_writer;
grant select on archive.on_call_contacts, archive.default_rules to archive_staff, archive_cleared;
