-- Marten 9's tables under Marten's names (docs/adr/0001): a Marten application can open this database.
-- No extra column and no extra index may ever be added to a table whose name begins with mt_: Marten's own
-- schema migration drops both, with their data. What we add stands in tables of our own.
create schema if not exists archive;

create table archive.mt_streams (
  id          uuid not null,
  type        varchar,
  version     bigint,
  timestamp   timestamptz not null default now(),
  created     timestamptz not null default now(),
  tenant_id   varchar default '*DEFAULT*',
  is_archived boolean default false,
  constraint pkey_mt_streams_id primary key (id)
);

create table archive.mt_events (
  seq_id         bigint not null,
  id             uuid not null,
  stream_id      uuid,
  version        bigint not null,
  data           jsonb not null,
  bdata          bytea null,
  type           varchar(500) not null,
  timestamp      timestamptz not null,
  tenant_id      varchar default '*DEFAULT*',
  mt_dotnet_type varchar,
  correlation_id varchar,
  causation_id   varchar,
  headers        jsonb,
  user_name      varchar,
  is_archived    boolean default false,
  constraint pkey_mt_events_seq_id primary key (seq_id),
  constraint fkey_mt_events_stream_id foreign key (stream_id) references archive.mt_streams (id) on delete cascade
);
create unique index pk_mt_events_stream_and_version on archive.mt_events (stream_id, version);

create sequence archive.mt_events_sequence;
alter sequence archive.mt_events_sequence owned by archive.mt_events.seq_id;

create table archive.mt_event_progression (
  name         varchar not null,
  last_seq_id  bigint,
  last_updated timestamptz default transaction_timestamp(),
  constraint pk_mt_event_progression primary key (name)
);

-- Event JSON holds no number that another JSON library could read as another number (architecture §5: integers within ±2^53).
-- PL/pgSQL, because an SQL function in a check is parsed anew by every statement that inserts.
create function archive.only_exact_numbers(document jsonb) returns boolean
language plpgsql immutable parallel safe as $$
begin
  return not jsonb_path_exists(document,
    'strict $.** ? (@.type() == "number" && (@.floor() != @ || @ > 9007199254740991 || @ < -9007199254740991))');
end $$;
alter table archive.mt_events
  add constraint mt_events_exact_numbers check (archive.only_exact_numbers(data) and (headers is null or archive.only_exact_numbers(headers))),
  add constraint mt_events_has_place check (stream_id is not null and version >= 1);

-- Immutability. ENABLE ALWAYS: session_replication_role = replica does not lift it, and the cascade from mt_streams meets it too.
create function archive.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the log is immutable: % on %.% is refused', tg_op, tg_table_schema, tg_table_name
    using errcode = 'AS001', hint = 'Append a new event that corrects the old one.';
end $$;

create trigger mt_events_immutable before update or delete on archive.mt_events
  for each row execute function archive.refuse_change();
alter table archive.mt_events enable always trigger mt_events_immutable;
create trigger mt_events_no_truncate before truncate on archive.mt_events
  for each statement execute function archive.refuse_change();
alter table archive.mt_events enable always trigger mt_events_no_truncate;

create function archive.refuse_stream_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE'
     and new.id = old.id and new.type is not distinct from old.type and new.created = old.created
     and new.tenant_id is not distinct from old.tenant_id and new.is_archived is not distinct from old.is_archived
     and new.version >= old.version and new.timestamp >= old.timestamp then
    return new;
  end if;
  raise exception 'the log is immutable: % on archive.mt_streams is refused', tg_op
    using errcode = 'AS001', hint = 'Only version and timestamp of a stream move, and only forward.';
end $$;
create trigger mt_streams_immutable before update or delete on archive.mt_streams
  for each row execute function archive.refuse_stream_change();
alter table archive.mt_streams enable always trigger mt_streams_immutable;
create trigger mt_streams_no_truncate before truncate on archive.mt_streams
  for each statement execute function archive.refuse_change();
alter table archive.mt_streams enable always trigger mt_streams_no_truncate;

-- Late-comers. A writer that draws a number in one transaction and inserts it in another (Marten's Rich mode) could put an event
-- behind a reader that has already passed the number as dead. It is refused loudly instead. log_passed says which numbers are
-- settled; the reader raises it, commits, and only then waits for those who may have read it before (HoleSafeReader.cs has the proof).
create table archive.log_passed (
  only_row boolean not null default true primary key check (only_row),
  seq_id   bigint not null
);
insert into archive.log_passed (seq_id) values (0);

create function archive.refuse_going_back() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new.only_row and new.seq_id >= old.seq_id then
    return new;
  end if;
  raise exception 'the position of the readers only moves forward' using errcode = 'AS001';
end $$;
create trigger log_passed_forward before update or delete on archive.log_passed
  for each row execute function archive.refuse_going_back();

create function archive.refuse_late_comer() returns trigger language plpgsql as $$
declare
  late bigint;
begin
  -- First the lock, then the position in a new statement: a reader that sees no holder knows that every later insert sees its position.
  if not pg_try_advisory_xact_lock_shared(7316401) then
    perform pg_advisory_xact_lock_shared(7316401);
  end if;
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise exception 'events are appended in READ COMMITTED, not %', current_setting('transaction_isolation')
      using errcode = 'AS003', hint = 'An older snapshot could not see how far the readers have come.';
  end if;
  select min(a.seq_id) into late from arriving a where a.seq_id <= (select p.seq_id from archive.log_passed p);
  if late is not null then
    raise exception 'number % comes too late: the readers have passed it', late
      using errcode = 'AS002', hint = 'Draw the number (nextval) in the transaction that inserts the event; with Marten, use Quick append.';
  end if;
  return null;
end $$;
create trigger mt_events_late_comer after insert on archive.mt_events
  referencing new table as arriving for each statement execute function archive.refuse_late_comer();
alter table archive.mt_events enable always trigger mt_events_late_comer;

-- Where a projection stopped, and on what kind of error; never what the event said. Deleting the row lets it go on.
create table archive.projection_stops (
  name       varchar not null primary key,
  seq_id     bigint not null,
  error      text not null,
  stopped_at timestamptz not null default clock_timestamp()
);

-- Locks streams in id order before a decision that needs the recorded time itself, such as the year of a diary number.
-- An append later in the same transaction records exactly this time.
create function archive.lock_streams(p_streams uuid[], out recorded_at timestamptz, out versions bigint[])
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
  select array_agg(coalesce(l.version, 0) order by w.nth), greatest(clock_timestamp(), max(l.timestamp))
  into versions, recorded_at
  from (select * from unnest(p_streams) with ordinality u(id, nth) order by u.id) w
  left join lateral (select s.version, s.timestamp from archive.mt_streams s where s.id = w.id for no key update) l on true;
  perform set_config('archive.recorded_at', recorded_at::text, true);
end $$;

-- The first half of an append to several streams: claims their rows and moves them. One statement, one pass in id order, whether a row is
-- there, missing, or being inserted by somebody else at this moment: so crossing appends queue and never deadlock. Expected versions
-- (-1 any, 0 new stream, n exactly n) are checked under the locks; the loser raises MT003, which takes everything back.
-- One plan a session (planning anew for each array costs more than the work), joined by hash, never by scanning mt_streams.
create function archive.claim_streams(
  p_streams uuid[], p_stream_types varchar[], p_expected bigint[], p_counts int[],
  out recorded_at timestamptz, out bases bigint[])
language plpgsql set plan_cache_mode = force_generic_plan set enable_nestloop = off set enable_seqscan = off as $$
declare
  here     timestamptz := archive.recorded_now();
  loser    int;
  archived int;
begin
  with claimed as (
    insert into archive.mt_streams as s (id, type, version, timestamp, created)
    select w.id, w.type, w.n, here, here
    from unnest(p_streams, p_stream_types, p_counts) w(id, type, n)
    order by w.id
    on conflict (id) do update set version = s.version + excluded.version, timestamp = greatest(s.timestamp, excluded.timestamp)
    returning id, version, timestamp, is_archived
  )
  select array_agg(c.version - w.n order by w.nth), max(c.timestamp),
         min(w.nth) filter (where w.expected >= 0 and w.expected <> c.version - w.n), min(w.nth) filter (where c.is_archived)
  into bases, recorded_at, loser, archived
  from unnest(p_streams, p_expected, p_counts) with ordinality w(id, expected, n, nth) join claimed c on c.id = w.id;

  if archived is not null then
    raise exception 'stream % is archived', p_streams[archived] using errcode = 'MT001';
  end if;
  if loser is not null then
    perform archive.refuse_version(p_streams[loser], p_expected[loser], bases[loser]);
  end if;

  -- One of them stood later than now, after waiting for its writer or after a clock was set back: all take that time.
  if recorded_at > here then
    update archive.mt_streams s set timestamp = claim_streams.recorded_at
    where s.id = any (p_streams) and s.timestamp < claim_streams.recorded_at;
  end if;
end $$;

create function archive.refuse_version(p_stream uuid, p_expected bigint, p_actual bigint) returns void language plpgsql as $$
begin
  raise exception 'stream % stands at version %, not %', p_stream, p_actual, p_expected
    using errcode = 'MT003', hint = json_build_object('stream', p_stream, 'expected', p_expected, 'actual', p_actual)::text;
end $$;

-- Now, or the time that lock_streams took in this transaction. One that cannot have come about in it is not believed.
create function archive.recorded_now() returns timestamptz language plpgsql as $$
declare
  locked_at constant text := current_setting('archive.recorded_at', true);
begin
  if locked_at is null or locked_at = '' or locked_at::timestamptz < transaction_timestamp() then
    return clock_timestamp();
  end if;
  return least(locked_at::timestamptz, clock_timestamp());
end $$;

-- Appends any number of events to any number of streams, in one statement and so in one transaction. First the stream rows are claimed, then the
-- recorded time is known (the database's, the same for all, never below a touched stream's last), and only then comes nextval, whose
-- RowExclusiveLock on the sequence is the mark the hole-safe reader looks for.
-- p_event_streams says which of p_streams an event belongs to (from 1), p_event_nth its place among that stream's new events (from 1).
create function archive.append_events(
  p_streams uuid[], p_stream_types varchar[], p_expected bigint[],
  p_event_streams int[], p_event_nth int[], p_event_ids uuid[], p_event_types varchar[], p_dotnet_types varchar[], p_bodies jsonb[],
  p_headers jsonb, p_correlation varchar, p_causation varchar, p_user varchar,
  out recorded_at timestamptz, out first_seq bigint, out last_seq bigint, out bases bigint[])
language plpgsql as $$
declare
  events   constant int := cardinality(p_event_streams);
  expected bigint;
  base     bigint;
  archived boolean;
begin
  if cardinality(p_streams) <> 1 or events <> 1 then
    select a.recorded_at, a.first_seq, a.last_seq, a.bases into recorded_at, first_seq, last_seq, bases
    from archive.append_many_events(p_streams, p_stream_types, p_expected, p_event_streams, p_event_nth, p_event_ids, p_event_types,
                                    p_dotnet_types, p_bodies, p_headers, p_correlation, p_causation, p_user) a;
    return;
  end if;

  -- One event in one stream, by far the most frequent append: the same steps without arrays.
  expected := p_expected[1];
  if (p_event_streams[1] = 1 and p_event_nth[1] = 1 and expected >= -1) is not true then
    raise exception 'an append names each stream once, gives each at least one event, and numbers those from 1 without holes'
      using errcode = 'invalid_parameter_value';
  end if;
  recorded_at := archive.recorded_now();
  if expected > 0 then
    update archive.mt_streams s set version = s.version + 1, timestamp = greatest(s.timestamp, append_events.recorded_at)
    where s.id = p_streams[1]
    returning s.version - 1, s.timestamp, s.is_archived into base, recorded_at, archived;
  else
    insert into archive.mt_streams as s (id, type, version, timestamp, created)
    values (p_streams[1], p_stream_types[1], 1, recorded_at, recorded_at)
    on conflict (id) do update set version = s.version + 1, timestamp = greatest(s.timestamp, excluded.timestamp)
    returning s.version - 1, s.timestamp, s.is_archived into base, recorded_at, archived;
  end if;
  if archived then
    raise exception 'stream % is archived', p_streams[1] using errcode = 'MT001';
  end if;
  if expected >= 0 and expected is distinct from base then
    perform archive.refuse_version(p_streams[1], expected, coalesce(base, 0));
  end if;

  insert into archive.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, correlation_id, causation_id, headers, user_name)
  values (nextval('archive.mt_events_sequence'), p_event_ids[1], p_streams[1], base + 1, p_bodies[1], p_event_types[1], recorded_at,
          p_dotnet_types[1], p_correlation, p_causation, p_headers, p_user)
  returning seq_id into first_seq;
  last_seq := first_seq;
  bases := array[base];
end $$;

create function archive.append_many_events(
  p_streams uuid[], p_stream_types varchar[], p_expected bigint[],
  p_event_streams int[], p_event_nth int[], p_event_ids uuid[], p_event_types varchar[], p_dotnet_types varchar[], p_bodies jsonb[],
  p_headers jsonb, p_correlation varchar, p_causation varchar, p_user varchar,
  out recorded_at timestamptz, out first_seq bigint, out last_seq bigint, out bases bigint[])
language plpgsql set plan_cache_mode = force_generic_plan set enable_nestloop = off as $$
declare
  streams constant int := cardinality(p_streams);
  events  constant int := cardinality(p_event_streams);
  counts  int[];
  sound   boolean;
begin
  select array_agg(coalesce(c.n, 0) order by s.i),
         count(distinct s.id) = streams and sum(c.n) = events and bool_and(c.n > 0 and c.n = c.high and c.n = c.different)
  into counts, sound
  from unnest(p_streams) with ordinality s(id, i)
  left join (select u.i, count(*)::int as n, max(u.nth) as high, count(distinct u.nth) as different
             from unnest(p_event_streams, p_event_nth) u(i, nth) group by u.i) c on c.i = s.i;
  if (sound and streams = all (array[cardinality(p_stream_types), cardinality(p_expected)])
      and events = all (array[cardinality(p_event_nth), cardinality(p_event_ids), cardinality(p_event_types), cardinality(p_dotnet_types), cardinality(p_bodies)]))
     is not true then
    raise exception 'an append names each stream once, gives each at least one event, and numbers those from 1 without holes'
      using errcode = 'invalid_parameter_value';
  end if;

  select c.recorded_at, c.bases into recorded_at, bases from archive.claim_streams(p_streams, p_stream_types, p_expected, counts) c;

  with added as (
    insert into archive.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, correlation_id, causation_id, headers, user_name)
    select nextval('archive.mt_events_sequence'), e.id, p_streams[e.i], bases[e.i] + e.nth, e.body, e.type, recorded_at,
           e.dotnet_type, p_correlation, p_causation, p_headers, p_user
    from (select * from unnest(p_event_streams, p_event_nth, p_event_ids, p_event_types, p_dotnet_types, p_bodies)
            with ordinality u(i, nth, id, type, dotnet_type, body, ord) order by u.ord) e
    returning seq_id
  )
  select min(seq_id), max(seq_id) into first_seq, last_seq from added;
end $$;

-- What Marten 9 calls in its Quick append modes (single tenancy, all metadata on), on the same claim. Answers with the stream's new
-- version and then one number an event. The times it sends are not used: the recorded time is the database's.
create function archive.mt_quick_append_events(
  stream uuid, stream_type varchar, tenantid varchar, event_ids uuid[], event_types varchar[], dotnet_types varchar[], bodies jsonb[],
  bdatas bytea[], causation_ids varchar[], correlation_ids varchar[], headers jsonb[], user_names varchar[], timestamps timestamptz[],
  expected_version bigint default null) returns bigint[]
language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  events  constant int := cardinality(event_ids);
  claimed record;
  numbers bigint[];
begin
  if tenantid is distinct from '*DEFAULT*' then
    raise exception 'one database holds one archive: tenant % is refused', tenantid using errcode = 'invalid_parameter_value';
  end if;
  if exists (select from unnest(bdatas) b where b is not null) then
    raise exception 'events are stored as JSON, not as binary data' using errcode = 'invalid_parameter_value';
  end if;
  if (events > 0 and events = all (array[cardinality(event_types), cardinality(bodies)])) is not true then
    raise exception 'an append has at least one event, each with its type and body' using errcode = 'invalid_parameter_value';
  end if;

  select c.recorded_at, c.bases[1] as base into claimed
  from archive.claim_streams(array[stream], array[stream_type], array[coalesce(expected_version, -1)], array[events]) c;

  with added as (
    insert into archive.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, correlation_id, causation_id, headers, user_name)
    select nextval('archive.mt_events_sequence'), e.id, stream, claimed.base + e.ord, e.body, e.type, claimed.recorded_at,
           e.dotnet_type, e.correlation, e.causation, e.header, e.user_name
    from (select * from unnest(event_ids, event_types, dotnet_types, bodies, causation_ids, correlation_ids, headers, user_names)
            with ordinality u(id, type, dotnet_type, body, causation, correlation, header, user_name, ord) order by u.ord) e
    returning seq_id, version
  )
  select array_agg(seq_id order by version) into numbers from added;
  return (claimed.base + events) || numbers;
end $$;

-- Logins (db/roles.sql creates them; a database for trial may have only its owner). Nothing here for archive_public.
revoke execute on all functions in schema archive from public;
do $$
begin
  if exists (select from pg_roles where rolname = 'archive_writer') then
    grant usage on schema archive to archive_writer;
    grant select, insert on archive.mt_events to archive_writer;
    grant select, insert, update (version, timestamp) on archive.mt_streams to archive_writer;
    grant usage on sequence archive.mt_events_sequence to archive_writer;
    grant select, insert, update on archive.mt_event_progression to archive_writer;
    grant select, update (seq_id) on archive.log_passed to archive_writer;
    grant select, insert, update, delete on archive.projection_stops to archive_writer;
    grant execute on all functions in schema archive to archive_writer;
  end if;
  if exists (select from pg_roles where rolname = 'archive_cleared') then
    grant usage on schema archive to archive_cleared;
    grant select on archive.mt_events, archive.mt_streams, archive.mt_event_progression, archive.projection_stops to archive_cleared;
  end if;
  -- Events hold no content (it is sealed beside them), so staff may read the log itself.
  if exists (select from pg_roles where rolname = 'archive_staff') then
    grant usage on schema archive to archive_staff;
    grant select on archive.mt_events, archive.mt_streams, archive.mt_event_progression, archive.projection_stops to archive_staff;
  end if;
end $$;
