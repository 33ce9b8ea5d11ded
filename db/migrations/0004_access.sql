-- Who may do what. The events of the person streams are the history; these tables stand in the same transaction and are what a request is decided on.
create schema if not exists views;
create schema if not exists work;

create table archive.persons (
  person_id  uuid primary key,
  -- HMAC of the folded name under the identity secret: the same name is the same person, and the table tells no name.
  name_key   bytea not null,
  is_service boolean not null,
  clearance  boolean not null default false,
  closed_at  timestamptz,
  constraint persons_one_a_name unique (name_key, is_service)
);

create table archive.grants (
  person_id    uuid not null references archive.persons,
  role         text not null check (role in ('moderator', 'registrator', 'arkivarie', 'revisor', 'chef', 'kommunikator', 'admin', 'connector')),
  authority_id uuid references archive.authorities,
  granted_by   uuid not null,
  granted_at   timestamptz not null,
  constraint grants_once unique nulls not distinct (person_id, role, authority_id)
);

-- Local accounts, for the embedded mode.
create table archive.users (
  person_id     uuid primary key references archive.persons,
  username      text not null constraint users_one_a_username unique,
  password_hash text not null,
  failures      int not null default 0,
  locked_until  timestamptz,
  last_login    timestamptz
);

create table archive.tokens (
  token_id   uuid primary key,
  -- SHA-256 of 256 random bits: nothing to guess, so nothing to stretch.
  token_hash bytea not null constraint tokens_one_a_hash unique,
  hint       text not null,
  person_id  uuid not null references archive.persons,
  -- The roles given at creation, pairwise; what the person has lost since, the token has lost too.
  roles       text[] not null,
  authorities uuid[] not null,
  clearance  boolean not null,
  channels   uuid[] not null,
  issued_at  timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  last_used  timestamptz,
  check (cardinality(roles) = cardinality(authorities))
);
create index tokens_of_person on archive.tokens (person_id);

-- The name in the clear, for pages and lists; left out of backups, written again from the sealed events.
create table views.persons (
  person_id uuid primary key,
  name      text not null
);
alter table views.persons alter column name set statistics 0;

-- Log-ins end when the database is restored, and when the row goes. The cookie holds what this is the hash of.
create table work.sessions (
  session_hash bytea primary key,
  person_id    uuid not null references archive.persons,
  started_at   timestamptz not null,
  ends_at      timestamptz not null
);
create index sessions_of_person on work.sessions (person_id);
create index sessions_by_end on work.sessions (ends_at);

-- The keys that cookies and forms are protected with, sealed under a key from the key file; every node reads the same.
create table work.web_keys (
  name text primary key,
  xml  text not null
);

-- What a POST with an Idempotency-Key led to: status, ids and numbers for 24 hours, never a body.
create table archive.idempotency (
  principal  uuid not null,
  route      text not null,
  key_digest bytea not null,
  request    bytea not null,
  started_at timestamptz not null,
  status     int,
  location   text,
  answer     jsonb,
  primary key (principal, route, key_digest)
);
create index idempotency_by_age on archive.idempotency (started_at);

grant usage on schema views to archive_writer, archive_cleared, archive_staff, archive_public;
grant usage on schema work to archive_writer;
grant select, insert, update on archive.persons, archive.users, archive.tokens, archive.idempotency to archive_writer;
grant select, insert, delete on archive.grants to archive_writer;
grant delete on archive.idempotency to archive_writer;
grant select, insert, update, delete on views.persons to archive_writer;
grant select on views.persons to archive_staff, archive_cleared;
grant select, insert, delete on work.sessions to archive_writer;
grant select, insert on work.web_keys to archive_writer;
