-- The same append for less: what is appended most (one event to one stream; events to streams that are new) takes the shortest way. The guarantees
-- are those of 0001, unchanged.

-- Only version and timestamp of a stream move, and only forward. Told by the statement's columns and by a condition, so that an append, which
-- passes both, calls no function; the function only ever refuses.
drop trigger mt_streams_immutable on archive.mt_streams;
create trigger mt_streams_immutable before update on archive.mt_streams for each row
  when ((new.version >= old.version and new.timestamp >= old.timestamp) is not true)
  execute function archive.refuse_stream_change();
alter table archive.mt_streams enable always trigger mt_streams_immutable;
create trigger mt_streams_keep_identity before update of id, type, created, tenant_id, is_archived on archive.mt_streams for each statement
  execute function archive.refuse_stream_change();
alter table archive.mt_streams enable always trigger mt_streams_keep_identity;
create trigger mt_streams_no_delete before delete on archive.mt_streams for each row execute function archive.refuse_stream_change();
alter table archive.mt_streams enable always trigger mt_streams_no_delete;

create or replace function archive.refuse_stream_change() returns trigger language plpgsql as $$
begin
  raise exception 'the log is immutable: % on archive.mt_streams is refused', tg_op
    using errcode = 'AS001', hint = 'Only version and timestamp of a stream move, and only forward.';
end $$;

-- One event to one stream. The stream row first, whose lock settles who wins and what time it is; only then nextval, whose
-- RowExclusiveLock on the sequence is the mark the hole-safe reader looks for.
create function archive.append_event(
  p_stream uuid, p_stream_type varchar, p_expected bigint, p_event_id uuid, p_event_type varchar, p_dotnet_type varchar, p_body jsonb,
  p_headers jsonb, p_correlation varchar, p_causation varchar, p_user varchar,
  out recorded_at timestamptz, out seq bigint, out base bigint)
language plpgsql as $$
declare
  archived boolean;
begin
  recorded_at := case when coalesce(current_setting('archive.recorded_at', true), '') = '' then clock_timestamp() else archive.recorded_now() end;
  if p_expected > 0 then
    update archive.mt_streams s set version = s.version + 1, timestamp = greatest(s.timestamp, append_event.recorded_at)
    where s.id = p_stream
    returning s.version - 1, s.timestamp, s.is_archived into base, recorded_at, archived;
  else
    insert into archive.mt_streams as s (id, type, version, timestamp, created)
    values (p_stream, p_stream_type, 1, recorded_at, recorded_at)
    on conflict (id) do update set version = s.version + 1, timestamp = greatest(s.timestamp, excluded.timestamp)
    returning s.version - 1, s.timestamp, s.is_archived into base, recorded_at, archived;
  end if;
  if archived then
    raise exception 'stream % is archived', p_stream using errcode = 'MT001';
  end if;
  if p_expected >= 0 and p_expected is distinct from base then
    perform archive.refuse_version(p_stream, p_expected, coalesce(base, 0));
  end if;

  insert into archive.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, correlation_id, causation_id, headers, user_name)
  values (nextval('archive.mt_events_sequence'), p_event_id, p_stream, base + 1, p_body, p_event_type, recorded_at, p_dotnet_type,
          p_correlation, p_causation, p_headers, p_user)
  returning seq_id into seq;
end $$;

-- Any number of events to any number of streams, in the same order of steps. p_event_streams says which of p_streams an event belongs to (from 1),
-- p_event_nth its place among that stream's new events (from 1). Streams that shall all be new are inserted as such, in id order as
-- every claim: one that exists is refused by its primary key (23505), one that is just being made is waited for.
create or replace function archive.append_events(
  p_streams uuid[], p_stream_types varchar[], p_expected bigint[],
  p_event_streams int[], p_event_nth int[], p_event_ids uuid[], p_event_types varchar[], p_dotnet_types varchar[], p_bodies jsonb[],
  p_headers jsonb, p_correlation varchar, p_causation varchar, p_user varchar,
  out recorded_at timestamptz, out first_seq bigint, out last_seq bigint, out bases bigint[])
language plpgsql set plan_cache_mode = force_generic_plan set enable_nestloop = off as $$
declare
  streams constant int := cardinality(p_streams);
  events  constant int := cardinality(p_event_ids);
  counts  int[];
  first   int;
  last    int;
  added   bigint;
begin
  if events = streams then
    counts := array_fill(1, array[streams]);
    first := 1;
    last := streams;
  else
    select array_agg(c.n order by c.i), min(c.i), max(c.i) into counts, first, last
    from (select u.i, count(*)::int as n from unnest(p_event_streams) u(i) group by u.i) c;
  end if;
  if (streams > 0 and streams = all (array[cardinality(p_stream_types), cardinality(p_expected), cardinality(counts)]) and first = 1 and last = streams
      and events = all (array[cardinality(p_event_streams), cardinality(p_event_nth), cardinality(p_event_types), cardinality(p_dotnet_types), cardinality(p_bodies)]))
     is not true then
    perform archive.refuse_arrays();
  end if;

  if 0 = all (p_expected) then
    recorded_at := archive.recorded_now();
    bases := array_fill(0::bigint, array[streams]);
    insert into archive.mt_streams (id, type, version, timestamp, created)
    select w.id, w.type, w.n, recorded_at, recorded_at from unnest(p_streams, p_stream_types, counts) w(id, type, n) order by w.id;
  else
    select c.recorded_at, c.bases into recorded_at, bases from archive.claim_streams(p_streams, p_stream_types, p_expected, counts) c;
  end if;

  -- Each version at most once (unique index), none outside 1 … count, as many as there are: so from 1 without holes.
  with added as (
    insert into archive.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, correlation_id, causation_id, headers, user_name)
    select nextval('archive.mt_events_sequence'), e.id, p_streams[e.i], bases[e.i] + e.nth, e.body, e.type, recorded_at,
           e.dotnet_type, p_correlation, p_causation, p_headers, p_user
    from unnest(p_event_streams, p_event_nth, p_event_ids, p_event_types, p_dotnet_types, p_bodies) e(i, nth, id, type, dotnet_type, body)
    where e.nth between 1 and counts[e.i]
    returning seq_id
  )
  select min(seq_id), max(seq_id), count(*) into first_seq, last_seq, added from added;
  if added <> events then
    perform archive.refuse_arrays();
  end if;
end $$;
drop function archive.append_many_events(uuid[], varchar[], bigint[], int[], int[], uuid[], varchar[], varchar[], jsonb[], jsonb, varchar, varchar, varchar);

create function archive.refuse_arrays() returns void language plpgsql as $$
begin
  raise exception 'an append names each stream once, gives each at least one event, and numbers those from 1 without holes'
    using errcode = 'invalid_parameter_value';
end $$;

revoke execute on function archive.append_event(uuid, varchar, bigint, uuid, varchar, varchar, jsonb, jsonb, varchar, varchar, varchar), archive.refuse_arrays() from public;
grant execute on function archive.append_event(uuid, varchar, bigint, uuid, varchar, varchar, jsonb, jsonb, varchar, varchar, varchar), archive.refuse_arrays() to archive_writer;
