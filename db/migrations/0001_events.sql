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

-- Event JSON holds no number that another JSON library could read as another number (architecture: event JSON).
create function archive.only_exact_numbers(document jsonb) returns boolean
language sql immutable parallel safe as $$
  select not jsonb_path_exists(document,
    'strict $.** ? (@.type() == "number" && (@.floor() != @ || @ > 9007199254740991 || @ < -9007199254740991))')
$$;
alter table archive.mt_events
  add constraint mt_events_exact_numbers check (archive.only_exact_numbers(data) and (headers is null or archive.only_exact_numbers(headers)));

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

-- Appends any number of events to any number of streams, in one statement and so in one transaction.
-- Order, and what each step guarantees:
--   1. existing stream rows are locked in id order: crossing appends queue, they never deadlock;
--   2. expected versions are checked under those locks (-1 any, 0 new stream, n exactly n): the loser gets MT003;
--   3. the recorded time is taken from the database, never below a touched stream's last;
--   4. new stream rows go in, in id order, before their events;
--   5. only then nextval: the RowExclusiveLock it takes on the sequence is the mark the hole-safe reader looks for.
create function archive.append_events(
  p_streams uuid[], p_stream_types varchar[], p_expected bigint[],
  p_event_streams int[], p_event_nth int[], p_event_ids uuid[], p_event_types varchar[], p_dotnet_types varchar[], p_bodies jsonb[],
  p_headers jsonb, p_correlation varchar, p_causation varchar, p_user varchar,
  out recorded_at timestamptz, out first_seq bigint, out last_seq bigint, out bases bigint[])
language plpgsql as $$
declare
  latest timestamptz;
  loser  record;
  fresh  bigint;
begin
  if p_expected = array_fill(0::bigint, array[cardinality(p_streams)]) then
    bases := p_expected;
    fresh := cardinality(p_streams);
  else
    with locked as (
      select s.id, s.version, s.timestamp, s.is_archived
      from archive.mt_streams s where s.id = any (p_streams) order by s.id for update
    )
    select array_agg(coalesce(l.version, 0) order by w.nth), max(l.timestamp), count(*) filter (where l.id is null)
    into bases, latest, fresh
    from unnest(p_streams) with ordinality w(id, nth) left join locked l on l.id = w.id;

    select w.id, w.expected, w.base into loser
    from unnest(p_streams, p_expected, bases) w(id, expected, base)
    where w.expected >= 0 and w.expected <> w.base
    order by w.id limit 1;
    if found then
      raise exception 'stream % stands at version %, not %', loser.id, loser.base, loser.expected
        using errcode = 'MT003', hint = json_build_object('stream', loser.id, 'expected', loser.expected, 'actual', loser.base)::text;
    end if;
  end if;

  recorded_at := greatest(clock_timestamp(), latest);

  if fresh > 0 then
    -- A stream that appeared meanwhile: unique violation of pkey_mt_streams_id, which the client reports as the same conflict.
    insert into archive.mt_streams (id, type, version, timestamp, created)
    select w.id, w.type, c.n, recorded_at, recorded_at
    from unnest(p_streams, p_stream_types, bases) with ordinality w(id, type, base, nth)
    join (select i, count(*) n from unnest(p_event_streams) i group by i) c on c.i = w.nth
    where w.base = 0
    order by w.id;
  end if;
  if fresh < cardinality(p_streams) then
    update archive.mt_streams s
    set version = w.base + c.n, timestamp = recorded_at
    from unnest(p_streams, bases) with ordinality w(id, base, nth)
    join (select i, count(*) n from unnest(p_event_streams) i group by i) c on c.i = w.nth
    where s.id = w.id and w.base > 0;
  end if;

  with arriving as (
    insert into archive.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, correlation_id, causation_id, headers, user_name)
    select nextval('archive.mt_events_sequence'), e.id, p_streams[e.i], bases[e.i] + e.nth, e.body, e.type, recorded_at,
           e.dotnet_type, p_correlation, p_causation, p_headers, p_user
    from (select * from unnest(p_event_streams, p_event_nth, p_event_ids, p_event_types, p_dotnet_types, p_bodies)
            with ordinality u(i, nth, id, type, dotnet_type, body, ord) order by u.ord) e
    returning seq_id
  )
  select min(seq_id), max(seq_id) into first_seq, last_seq from arriving;
end $$;
