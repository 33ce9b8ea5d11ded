-- Rådata has a frist of its own (raw.retentionDays): a delivery that has been read, and whose records stand, is destroyed on its day by itself. It is an act of its own kind,
-- under the policy in force and no gallringsrule, and everything else about it is as for a run: marks, closing events, the erasure ledger, the deletion of objects.
alter table archive.disposal_runs drop constraint disposal_runs_kind_check;
alter table archive.disposal_runs add constraint disposal_runs_kind_check check (kind in ('gallring', 'rensning', 'radata'));
alter table archive.disposal_runs drop constraint disposal_runs_approved;
alter table archive.disposal_runs
  add constraint disposal_runs_approved check (kind in ('rensning', 'radata') or state not in ('approved', 'executing', 'completed') or (approved_by is not null and cooling_off_until is not null));

-- Every delivery that still has its key and whose day by the policies has come, with what keeps it; null: nothing does. Whose it is: the authorities of its channel and of the
-- records that came with it; where there is none, everybody's. The longest frist of them applies, and one that is unknown keeps.
create function archive.due_deliveries(p_authorities uuid[], p_days int[], p_today date, p_only uuid[])
returns table (delivery_id uuid, key_id uuid, authority_id uuid, received_on date, bytes bigint, kept text)
language sql stable as $$
  with policies as (select * from unnest(p_authorities, p_days) p(authority_id, days)),
  old as (
    select k.stream_id as delivery_id, k.key_id, archive.swedish_date(e.timestamp) as received_on, e.timestamp as received_at, (e.data->>'channel')::uuid as channel_id, (e.data->>'bytes')::bigint as bytes
    from archive.record_keys k join archive.mt_events e on e.stream_id = k.stream_id and e.version = 1 and e.type = 'delivery_received'
    where k.class = 'delivery' and (p_only is null or k.stream_id = any (p_only))
      and archive.swedish_date(e.timestamp) + (select min(p.days) from policies p) <= p_today),
  owned as (
    select o.*, w.authorities, (select max(p.days) from policies p where w.authorities is null or p.authority_id = any (w.authorities)) as days,
      coalesce((select bool_and(exists (select from policies p where p.authority_id = a and p.days is not null)) from unnest(w.authorities) a),
               not exists (select from policies p where p.days is null)) as known
    from old o cross join lateral (
      select array_agg(distinct x.authority_id order by x.authority_id) as authorities from (
        select c.authority_id from archive.channels c where c.channel_id = o.channel_id
        union select s.authority_id from archive.delivery_records d join archive.record_states s using (record_id) where d.delivery_id = o.delivery_id) x) w)
  select o.delivery_id, o.key_id, coalesce(o.authorities[1], p_authorities[1]), o.received_on, o.bytes,
    case
      when exists (select from work.inbox i where i.delivery_id = o.delivery_id) then 'in-inbox'
      when l.type is distinct from 'delivery_processed' then 'not-read'
      when (l.data->>'rejected')::int > 0 then 'not-whole'
      when exists (select from work.imports i where i.delivery_id = o.delivery_id and i.state in ('waiting', 'running')) then 'in-work'
      when exists (select from archive.delivery_records d join archive.record_states s using (record_id)
                   where d.delivery_id = o.delivery_id and archive.is_held(s.authority_id, s.record_id, s.case_id, s.account_id)) then 'held'
      when exists (select from archive.untrusted_periods u
                   where u.trusted_at is null and o.received_at >= u.from_at and o.received_at < coalesce(u.until_at, 'infinity')
                     and (u.channel_id = o.channel_id or exists (select from archive.delivery_records d join archive.record_states s using (record_id) where d.delivery_id = o.delivery_id and s.channel_id = u.channel_id))) then 'untrusted'
    end
  from owned o
  left join lateral (select e.type, e.data from archive.mt_events e where e.stream_id = o.delivery_id and e.type in ('delivery_processed', 'delivery_failed', 'delivery_discarded') order by e.version desc limit 1) l on true
  where o.known and o.received_on + o.days <= p_today
$$;

-- Destroys up to 500 of one authority in one transaction, whole or nothing. Order of locks as in every batch: the streams in id order, the hold gates (shared), the account gate
-- 4712. Only then the look at what decides. What is no longer due, or is kept by now, stays.
create function archive.dispose_due_deliveries(
  p_run uuid, p_authority uuid, p_deliveries uuid[], p_by uuid, p_authorities uuid[], p_days int[], p_versions int[],
  out destroyed int, out bytes bigint, out objects int, out oldest date, out newest date)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  moment timestamptz;
  today  date;
  doomed uuid[];
  keys   uuid[];
  stores text[];
  owners uuid[];
  gone   record;
begin
  if cardinality(p_deliveries) not between 1 and 500 then
    raise exception 'a batch has 1 to 500 deliveries' using errcode = 'invalid_parameter_value';
  end if;
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'a batch runs in READ COMMITTED' using errcode = 'AS003';
  end if;
  perform archive.lock_streams(p_deliveries);
  perform pg_advisory_xact_lock_shared(archive.hold_gate(a.authority_id)) from (select x.authority_id from archive.authorities x order by x.authority_id) a;
  perform pg_advisory_xact_lock(4712);
  select l.recorded_at into moment from archive.lock_streams(p_deliveries) l;
  today := archive.swedish_date(moment);

  -- The decision itself, again: of every authority the policy in force, and the frist that it says. One that is silent has its frist from the preset, which the caller knows.
  if exists (
    select from archive.authorities a
    cross join lateral (
      select v.version, v.policy->>'raw.retentionDays' as said from archive.policy_versions v
      where v.authority_id = a.authority_id and v.decided_at <= moment and v.effective_from <= today order by v.effective_from desc, v.version desc limit 1) v
    left join unnest(p_authorities, p_days, p_versions) p(authority_id, days, version) on p.authority_id = a.authority_id
    where p.version is distinct from v.version or (v.said is not null and v.said <> coalesce(p.days::text, ''))) then
    raise exception 'policy-changed' using errcode = 'AS020';
  end if;

  select array_agg(d.delivery_id order by d.delivery_id), array_agg(d.key_id), min(d.received_on), max(d.received_on), coalesce(sum(d.bytes), 0), count(*)
  into doomed, keys, oldest, newest, bytes, destroyed
  from archive.due_deliveries(p_authorities, p_days, today, p_deliveries) d where d.kept is null and d.authority_id = p_authority;
  objects := 0;
  if doomed is null then return; end if;
  select array_agg('delivery/' || o.object_id), array_agg(o.delivery_id) into stores, owners from archive.delivery_objects o where o.delivery_id = any (doomed);
  objects := coalesce(cardinality(stores), 0);

  insert into archive.disposal_runs (run_id, authority_id, kind, due_before, state, manifest_digest, items, oldest, newest, proposed_by, proposed_at, started_by, started_at, destroyed_at, completed_at)
  values (p_run, p_authority, 'radata', today, 'completed', '', destroyed, oldest, newest, p_by, moment, p_by, moment, moment, moment);
  perform set_config('archive.destroying_raw', p_run::text, true);
  select k.* into gone from archive.destroy_keys(
    p_run, 1, moment, p_by, keys, doomed,
    array_fill('delivery'::varchar, array[destroyed]), array_fill('delivery_disposed'::varchar, array[destroyed]),
    array_fill('ArchiveService.Features.Deliveries.DeliveryDisposed, ArchiveService'::varchar, array[destroyed]),
    array_fill(jsonb_build_object('run', p_run, 'disposedAt', archive.event_time(moment)), array[destroyed]), stores, owners) k;
  perform set_config('archive.destroying_raw', '', true);
  insert into archive.disposal_batches (run_id, batch, destroyed_at, records, accounts, deliveries, keys, ciphertexts, objects, skipped, last_seq)
  values (p_run, 1, moment, 0, 0, destroyed, cardinality(keys), gone.ciphertexts, objects, 0, gone.last_seq);
end $$;

-- The second lock on the door, for rådata: only keys of deliveries that have been read, that no held record came with, and that an act of this very transaction has marked.
create function archive.refuse_undue_raw_destruction() returns trigger language plpgsql as $$
declare
  this_run constant uuid := nullif(current_setting('archive.destroying_raw', true), '')::uuid;
  here     constant xid := pg_current_xact_id()::xid;
begin
  if current_user <> (select tableowner from pg_tables where schemaname = tg_table_schema and tablename = tg_table_name)
     or not exists (select from archive.disposal_runs r where r.run_id = this_run and r.kind = 'radata' and r.xmin = here) then
    raise exception 'only archive.dispose_due_deliveries destroys rådata: % on %.% is refused', tg_op, tg_table_schema, tg_table_name using errcode = 'AS010';
  end if;
  if exists (select from archive.destruction_marks m where m.run_id = this_run and (m.class <> 'delivery'
       or coalesce((select e.type from archive.mt_events e where e.stream_id = m.stream_id and e.type in ('delivery_processed', 'delivery_failed', 'delivery_discarded') order by e.version desc limit 1), '') <> 'delivery_processed'
       or exists (select from work.inbox i where i.delivery_id = m.stream_id)
       or exists (select from archive.delivery_records d join archive.record_states s using (record_id)
                  where d.delivery_id = m.stream_id and archive.is_held(s.authority_id, s.record_id, s.case_id, s.account_id)))) then
    raise exception 'a delivery that has not been read, or that a held record came with, is not destroyed' using errcode = 'AS011';
  end if;
  if tg_table_name = 'record_keys' then
    if exists (select g.key_id from gone g except select m.key_id from archive.destruction_marks m where m.run_id = this_run and m.xmin = here) then
      raise exception 'a key without a destruction mark of this act is not destroyed' using errcode = 'AS010';
    end if;
  elsif exists (select g.event_id from gone g
                except
                select e.id from archive.destruction_marks m
                join archive.mt_events e on e.stream_id = m.stream_id and e.data #>> '{sealed,key}' = m.key_id::text
                where m.run_id = this_run and m.xmin = here) then
    raise exception 'sealed content under a key without a destruction mark of this act is not destroyed' using errcode = 'AS010';
  end if;
  return null;
end $$;

do $$
declare
  of text;
begin
  foreach of in array array['record_keys', 'sealed_content'] loop
    execute format('drop trigger %1$s_destroyed on archive.%1$s', of);
    execute format('create trigger %1$s_destroyed after delete on archive.%1$s referencing old table as gone for each statement '
      || 'when (coalesce(current_setting(''archive.replaying'', true), '''') = '''' and coalesce(current_setting(''archive.destroying_raw'', true), '''') = '''') execute function archive.refuse_undecided_destruction()', of);
    execute format('alter table archive.%1$s enable always trigger %1$s_destroyed', of);
    execute format('create trigger %1$s_destroyed_raw after delete on archive.%1$s referencing old table as gone for each statement '
      || 'when (coalesce(current_setting(''archive.replaying'', true), '''') = '''' and coalesce(current_setting(''archive.destroying_raw'', true), '''') <> '''') execute function archive.refuse_undue_raw_destruction()', of);
    execute format('alter table archive.%1$s enable always trigger %1$s_destroyed_raw', of);
  end loop;
end $$;

revoke execute on function archive.due_deliveries(uuid[], int[], date, uuid[]), archive.refuse_undue_raw_destruction(),
  archive.dispose_due_deliveries(uuid, uuid, uuid[], uuid, uuid[], int[], int[]) from public;
grant execute on function archive.due_deliveries(uuid[], int[], date, uuid[]), archive.dispose_due_deliveries(uuid, uuid, uuid[], uuid, uuid[], int[], int[]) to archive_writer;

-- What each question was last answered: the same answer twice in a row is one delivery, the same answer after another one is a new delivery. Keyed ids only.
create table work.poll_answers (
  question    uuid primary key,
  answer      uuid not null,
  delivery_id uuid not null,
  answered_at timestamptz not null default clock_timestamp()
);
create index poll_answers_by_age on work.poll_answers (answered_at);
grant select, insert, update, delete on work.poll_answers to archive_writer;

-- Times in which Meta was found not to tell of what happens in a channel: from the last time that both subscriptions were seen whole, until they are again.
alter table work.meta_subscriptions add column whole_at timestamptz;
update work.meta_subscriptions set whole_at = checked_at where broken_since is null and app_problem is null and page_problem is null and app_missing = '{}' and page_missing = '{}';
create table archive.subscription_gaps (
  gap_id     uuid primary key,
  channel_id uuid not null references archive.channels,
  from_at    timestamptz not null,
  noted_at   timestamptz not null default clock_timestamp(),
  to_at      timestamptz
);
create unique index subscription_gaps_open on archive.subscription_gaps (channel_id) where to_at is null;
create index subscription_gaps_of_channel on archive.subscription_gaps (channel_id, from_at);
grant select, insert, update (to_at) on archive.subscription_gaps to archive_writer;
grant select on archive.subscription_gaps to archive_staff, archive_cleared;
