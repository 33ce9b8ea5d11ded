-- Gallring. The one executor is archive.dispose_batch; no login of the service may delete a key or sealed content.

create table archive.disposal_runs (
  run_id            uuid primary key,
  authority_id      uuid not null references archive.authorities,
  rule_id           uuid not null,
  rule_version      int not null,
  decision_id       uuid not null references archive.retention_decisions,
  due_before        date not null,
  state             text not null check (state in ('proposed', 'approved', 'executing', 'completed', 'cancelled')),
  manifest_digest   text not null,
  items             int not null check (items > 0),
  oldest            date not null,
  newest            date not null,
  proposed_by       uuid not null,
  proposed_at       timestamptz not null,
  approved_by       uuid,
  approved_at       timestamptz,
  cooling_off_until timestamptz,
  started_by        uuid,
  started_at        timestamptz,
  destroyed_at      timestamptz,
  verified_at       timestamptz,
  completed_at      timestamptz,
  scrubbed_at       timestamptz,
  final_on          date,
  problem           text,
  foreign key (rule_id, rule_version) references archive.retention_rules,
  check (approved_by is distinct from proposed_by),
  check (state not in ('approved', 'executing', 'completed') or (approved_by is not null and cooling_off_until is not null)),
  check (state not in ('executing', 'completed') or started_by is not null)
);
create index disposal_runs_of_authority on archive.disposal_runs (authority_id, proposed_at desc);

-- The frozen manifest, and what became of each item.
create table archive.disposal_items (
  run_id     uuid not null references archive.disposal_runs,
  place      int not null,
  record_id  uuid not null,
  due_on     date not null,
  state      text not null default 'pending' check (state in ('pending', 'destroyed', 'skipped')),
  reason     text,
  batch      int,
  primary key (run_id, place),
  unique (run_id, record_id),
  check ((state = 'skipped') = (reason is not null))
);
create index disposal_items_pending on archive.disposal_items (run_id, place) where state = 'pending';
create index disposal_items_of_record on archive.disposal_items (record_id);

-- One row a committed batch. ledger_entry is its number in the erasure ledger: until it is there the batch does not count as done.
create table archive.disposal_batches (
  run_id       uuid not null references archive.disposal_runs,
  batch        int not null,
  destroyed_at timestamptz not null,
  records      int not null,
  accounts     int not null,
  deliveries   int not null,
  keys         int not null,
  ciphertexts  int not null,
  objects      int not null,
  skipped      int not null,
  last_seq     bigint,
  ledger_entry bigint,
  primary key (run_id, batch)
);
create index disposal_batches_outside_ledger on archive.disposal_batches (destroyed_at) where ledger_entry is null and records + deliveries > 0;

alter table archive.destruction_marks add column batch int;
create index destruction_marks_of_run on archive.destruction_marks (run_id, batch);

-- Objects to destroy: written in the transaction that destroys their key, drained with retries until the store says that nothing is left.
create table archive.object_deletions (
  object_key   text primary key,
  run_id       uuid not null references archive.disposal_runs,
  batch        int not null,
  stream_id    uuid not null,
  requested_at timestamptz not null,
  attempts     int not null default 0,
  retry_at     timestamptz not null,
  problem      text,
  versions     int,
  done_at      timestamptz
);
create index object_deletions_due on archive.object_deletions (retry_at) where done_at is null;
create index object_deletions_of_run on archive.object_deletions (run_id) where done_at is null;

-- The manifest is frozen: an item is judged once, and never leaves.
create function archive.refuse_item_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.state = 'pending' and new.state in ('destroyed', 'skipped')
     and (new.run_id, new.place, new.record_id, new.due_on) = (old.run_id, old.place, old.record_id, old.due_on) then
    return new;
  end if;
  raise exception 'the manifest of a disposal run is frozen' using errcode = 'AS001';
end $$;
create trigger disposal_items_frozen before update or delete on archive.disposal_items
  for each row execute function archive.refuse_item_change();
alter table archive.disposal_items enable always trigger disposal_items_frozen;

create function archive.refuse_addition() returns trigger language plpgsql as $$
begin
  -- Items come in the transaction that proposes the run, and never later.
  if exists (select from added a join archive.disposal_runs r using (run_id) where r.xmin <> pg_current_xact_id()::xid) then
    raise exception 'the manifest of a disposal run is frozen' using errcode = 'AS001';
  end if;
  return null;
end $$;
create trigger disposal_items_no_addition after insert on archive.disposal_items
  referencing new table as added for each statement execute function archive.refuse_addition();
alter table archive.disposal_items enable always trigger disposal_items_no_addition;
create trigger disposal_items_no_truncate before truncate on archive.disposal_items
  for each statement execute function archive.refuse_change();
alter table archive.disposal_items enable always trigger disposal_items_no_truncate;
create trigger destruction_marks_immutable before update or delete or truncate on archive.destruction_marks
  for each statement execute function archive.refuse_change();
alter table archive.destruction_marks enable always trigger destruction_marks_immutable;

-- Who brings a record of an account (or a delivery with a record) holds this shared to the end of its transaction; the batch that asks
-- whether it destroys an account's last record holds it exclusively. Taken after the stream locks by both, so they cannot deadlock.
create function archive.enter_account_gate() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(4712);
  return null;
end $$;
create trigger record_states_gate before insert or update of account_id on archive.record_states
  for each statement execute function archive.enter_account_gate();
create trigger delivery_records_gate before insert on archive.delivery_records
  for each statement execute function archive.enter_account_gate();

-- The second lock on the door. Keys and ciphertexts go only in the transaction of dispose_batch, under marks of that very batch, and never
-- those of a held record: also when the owner or a superuser tries it by hand, and whatever session_replication_role says.
create function archive.refuse_undecided_destruction() returns trigger language plpgsql as $$
declare
  this_run   constant uuid := nullif(current_setting('archive.destroying', true), '')::uuid;
  this_batch constant int := nullif(current_setting('archive.destroying_batch', true), '')::int;
begin
  if this_run is null or this_batch is null or current_user <> (select tableowner from pg_tables where schemaname = tg_table_schema and tablename = tg_table_name) then
    raise exception 'only archive.dispose_batch destroys: % on %.% is refused', tg_op, tg_table_schema, tg_table_name using errcode = 'AS010';
  end if;
  if not exists (select from archive.disposal_runs r where r.run_id = this_run and r.state in ('executing', 'completed') and r.approved_by <> r.proposed_by) then
    raise exception 'the disposal run % is not approved by another person', this_run using errcode = 'AS010';
  end if;
  if exists (select from archive.destruction_marks m
             join archive.record_states s on s.record_id = m.stream_id and m.class in ('content', 'register')
             where m.run_id = this_run and m.batch = this_batch and archive.is_held(s.authority_id, s.record_id, s.case_id, s.account_id)) then
    raise exception 'a held record is not destroyed' using errcode = 'AS011';
  end if;
  if tg_table_name = 'record_keys' then
    if exists (select from gone g where not exists (
                 select from archive.destruction_marks m
                 where m.key_id = g.key_id and m.run_id = this_run and m.batch = this_batch
                   and m.destroyed_at = current_setting('archive.recorded_at')::timestamptz)) then
      raise exception 'a key without a destruction mark of this batch is not destroyed' using errcode = 'AS010';
    end if;
  elsif exists (select g.event_id from gone g
                except
                select e.id from archive.destruction_marks m
                join archive.mt_events e on e.stream_id = m.stream_id and e.data #>> '{sealed,key}' = m.key_id::text
                where m.run_id = this_run and m.batch = this_batch) then
    raise exception 'sealed content under a key without a destruction mark of this batch is not destroyed' using errcode = 'AS010';
  end if;
  return null;
end $$;
create trigger record_keys_destroyed after delete on archive.record_keys
  referencing old table as gone for each statement execute function archive.refuse_undecided_destruction();
alter table archive.record_keys enable always trigger record_keys_destroyed;
create trigger sealed_content_destroyed after delete on archive.sealed_content
  referencing old table as gone for each statement execute function archive.refuse_undecided_destruction();
alter table archive.sealed_content enable always trigger sealed_content_destroyed;

create trigger record_keys_immutable before update or truncate on archive.record_keys
  for each statement execute function archive.refuse_change();
alter table archive.record_keys enable always trigger record_keys_immutable;
create trigger sealed_content_immutable before update or truncate on archive.sealed_content
  for each statement execute function archive.refuse_change();
alter table archive.sealed_content enable always trigger sealed_content_immutable;

create function archive.uuid_v7(p_at timestamptz) returns uuid
language sql volatile as $$
  select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
           placing substring(int8send(floor(extract(epoch from p_at) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid
$$;

-- The time form of event JSON.
create function archive.event_time(p_at timestamptz) returns text
language sql stable as $$ select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;

-- Destroys keys and what is sealed under them, in one run and batch, with marks, object deletions and the closing event of each stream.
-- Its callers hold the locks on p_streams and have decided; nobody else may execute it.
create function archive.destroy_keys(
  p_run uuid, p_batch int, p_at timestamptz, p_by uuid, p_keys uuid[],
  p_streams uuid[], p_stream_types varchar[], p_event_types varchar[], p_dotnet_types varchar[], p_bodies jsonb[],
  p_objects text[], p_object_streams uuid[],
  out ciphertexts int, out last_seq bigint, out versions bigint[])
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform set_config('archive.destroying', p_run::text, true), set_config('archive.destroying_batch', p_batch::text, true);

  insert into archive.destruction_marks (key_id, stream_id, class, run_id, destroyed_at, batch)
  select k.key_id, k.stream_id, k.class, p_run, p_at, p_batch from archive.record_keys k where k.key_id = any (p_keys);

  with gone as (
    delete from archive.sealed_content c
    using archive.record_keys k, archive.mt_events e
    where k.key_id = any (p_keys) and e.stream_id = k.stream_id and e.data #>> '{sealed,key}' = k.key_id::text and c.event_id = e.id
    returning 1
  )
  select count(*) into ciphertexts from gone;
  delete from archive.record_keys k where k.key_id = any (p_keys);

  insert into archive.object_deletions (object_key, run_id, batch, stream_id, requested_at, retry_at)
  select o.key, p_run, p_batch, o.stream, p_at, p_at from unnest(p_objects, p_object_streams) o(key, stream)
  on conflict (object_key) do nothing;

  select a.last_seq, (select array_agg(b + 1 order by i) from unnest(a.bases) with ordinality u(b, i)) into last_seq, versions
  from archive.append_events(
    p_streams, p_stream_types, array_fill(-1::bigint, array[cardinality(p_streams)]),
    (select array_agg(i) from generate_series(1, cardinality(p_streams)) i), array_fill(1, array[cardinality(p_streams)]),
    (select array_agg(archive.uuid_v7(p_at)) from generate_series(1, cardinality(p_streams))),
    p_event_types, p_dotnet_types, p_bodies, null, p_run::text, null, p_by::text) a;

  perform set_config('archive.destroying', '', true), set_config('archive.destroying_batch', '', true);
end $$;

-- Destroys up to 500 items of an approved run in one transaction: whole or nothing, and nothing twice.
-- Order of locks, the same as in every command: the streams in id order; then the hold gate (shared), the account gate 4712 (exclusive) and
-- the views' lock 4711 (exclusive; a projection page holds it shared). Only then the first look at what decides.
create function archive.dispose_batch(
  p_run uuid, p_items uuid[], out batch int, out destroyed int, out skipped int, out last_seq bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  r          archive.disposal_runs;
  rule       archive.retention_rules;
  streams    uuid[];
  moment     timestamptz;
  today      date;
  doomed     uuid[];
  accounts   uuid[];
  deliveries uuid[];
  keys       uuid[];
  objects    text[];
  owners     uuid[];
  gone       record;
  stopped    text;
begin
  if cardinality(p_items) not between 1 and 500 then
    raise exception 'a batch has 1 to 500 items' using errcode = 'invalid_parameter_value';
  end if;
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'a batch runs in READ COMMITTED' using errcode = 'AS003';
  end if;

  select * into r from archive.disposal_runs where run_id = p_run for update;
  if r.state is distinct from 'executing' then
    raise exception 'run-not-executing' using errcode = 'AS020', hint = coalesce(r.state, 'unknown');
  end if;

  select array_agg(distinct w.id) into streams from (
    select i.record_id as id from archive.disposal_items i where i.run_id = p_run and i.record_id = any (p_items) and i.state = 'pending'
    union all
    select s.account_id from archive.disposal_items i join archive.record_states s using (record_id)
    where i.run_id = p_run and i.record_id = any (p_items) and i.state = 'pending' and s.account_id is not null
    union all
    select d.delivery_id from archive.disposal_items i join archive.delivery_records d using (record_id)
    where i.run_id = p_run and i.record_id = any (p_items) and i.state = 'pending'
  ) w;
  destroyed := 0; skipped := 0;
  if streams is null then return; end if;

  perform archive.lock_streams(streams);
  perform pg_advisory_xact_lock_shared(archive.hold_gate(r.authority_id));
  perform pg_advisory_xact_lock(4712);
  perform pg_advisory_xact_lock(4711);
  -- The moment of destruction, taken under all locks: after every hold that is seen, before every hold that is not.
  select l.recorded_at into moment from archive.lock_streams(streams) l;
  today := archive.swedish_date(moment);

  -- The run itself, again (I4: a decision with a frist, in force and in scope; four eyes; the cooling-off over).
  select * into rule from archive.retention_rules where rule_id = r.rule_id and version = r.rule_version;
  if r.approved_by is null or r.approved_by = r.proposed_by then
    raise exception 'not-approved-by-another' using errcode = 'AS020';
  elsif r.cooling_off_until is null or r.cooling_off_until > moment then
    raise exception 'cooling-off' using errcode = 'AS020';
  end if;
  -- A rule or decision that fell while the run was under way stops every item that is left; the run then ends, and shows it.
  stopped := case
    when rule.ended_at is not null then 'rule-changed'
    when not exists (select from archive.retention_decisions d
                     where d.decision_id = r.decision_id and d.decision_id = rule.decision_id and d.authority_id = r.authority_id
                       and today between d.valid_from and coalesce(d.valid_until, today) and rule.record_types <@ d.record_types) then 'decision-not-in-force'
  end;

  select coalesce(max(b.batch), 0) + 1 into batch from archive.disposal_batches b where b.run_id = p_run;

  -- Every item, again, on the inline tables, in a snapshot taken under the locks.
  with judged as (
    select i.place, i.record_id,
      case
        when stopped is not null then stopped
        when s.record_id is null then 'unknown'
        when s.disposed_at is not null then 'already-disposed'
        when s.authority_id <> r.authority_id then 'other-authority'
        when archive.is_held(s.authority_id, s.record_id, s.case_id, s.account_id) then 'held'
        when d.due_on is null then 'rule-does-not-apply'
        when d.due_on > today then 'not-due'
        when exists (select from archive.rules_of_records o where o.record_id = i.record_id and (o.due_on is null or o.due_on > today)) then 'longer-rule'
      end as reason
    from archive.disposal_items i
    left join archive.record_states s using (record_id)
    left join archive.rules_of_records d on d.record_id = i.record_id and d.rule_id = r.rule_id
    where i.run_id = p_run and i.record_id = any (p_items) and i.state = 'pending'
    order by i.place
    for update of i
  ), moved as (
    update archive.disposal_items i
    set state = case when j.reason is null then 'destroyed' else 'skipped' end, reason = j.reason, batch = dispose_batch.batch
    from judged j where i.run_id = p_run and i.place = j.place
    returning i.record_id, i.state, i.place
  )
  select array_agg(m.record_id order by m.place) filter (where m.state = 'destroyed'),
         count(*) filter (where m.state = 'destroyed'), count(*) filter (where m.state = 'skipped')
  into doomed, destroyed, skipped from moved m;

  if doomed is null then
    insert into archive.disposal_batches (run_id, batch, destroyed_at, records, accounts, deliveries, keys, ciphertexts, objects, skipped)
    values (p_run, batch, moment, 0, 0, 0, 0, 0, 0, skipped);
    return;
  end if;

  -- What an account was called goes with its last record; a channel's own account follows the channel.
  select coalesce(array_agg(distinct s.account_id order by s.account_id), '{}') into accounts
  from archive.record_states s join archive.mt_streams a on a.id = s.account_id
  where s.record_id = any (doomed) and s.account_id = any (streams)
    and not exists (select from archive.record_states o where o.account_id = s.account_id and o.disposed_at is null and o.record_id <> all (doomed))
    and not exists (select from archive.channels c where s.account_id = any (c.own_accounts))
    and not exists (select from archive.destruction_marks m where m.stream_id = s.account_id and m.class = 'account');

  -- Rådata: a delivery that holds a destroyed record's bytes goes with it; one still in work goes when it is done (dispose_deliveries).
  select coalesce(array_agg(distinct d.delivery_id order by d.delivery_id), '{}') into deliveries
  from archive.delivery_records d
  where d.record_id = any (doomed) and d.delivery_id = any (streams)
    and exists (select from archive.mt_events e where e.stream_id = d.delivery_id and e.type in ('delivery_processed', 'delivery_discarded'))
    and not exists (select from archive.mt_events e where e.stream_id = d.delivery_id and e.type = 'delivery_disposed');

  select coalesce(array_agg(k.key_id), '{}') into keys from archive.record_keys k
  where (k.stream_id = any (doomed) and k.class = any (rule.classes))
     or (k.stream_id = any (accounts) and k.class = 'account')
     or (k.stream_id = any (deliveries) and k.class = 'delivery');

  select array_agg(o.key), array_agg(o.stream) into objects, owners from (
    select 'attachment/' || a.object_id as key, a.record_id as stream from archive.attachments a where a.record_id = any (doomed)
    union all
    select 'delivery/' || d.object_id, d.delivery_id from archive.delivery_objects d where d.delivery_id = any (deliveries)
  ) o;

  select k.* into gone from archive.destroy_keys(
    p_run, batch, moment, r.started_by, keys, doomed || accounts || deliveries,
    array_fill('record'::varchar, array[destroyed]) || array_fill('account'::varchar, array[cardinality(accounts)]) || array_fill('delivery'::varchar, array[cardinality(deliveries)]),
    array_fill('item_disposed'::varchar, array[destroyed]) || array_fill('account_disposed'::varchar, array[cardinality(accounts)])
      || array_fill('delivery_disposed'::varchar, array[cardinality(deliveries)]),
    array_fill('ArchiveService.Features.Records.ItemDisposed, ArchiveService'::varchar, array[destroyed])
      || array_fill('ArchiveService.Features.Accounts.AccountDisposed, ArchiveService'::varchar, array[cardinality(accounts)])
      || array_fill('ArchiveService.Features.Deliveries.DeliveryDisposed, ArchiveService'::varchar, array[cardinality(deliveries)]),
    array_fill(jsonb_build_object('run', p_run, 'decision', r.decision_id, 'rule', r.rule_id, 'ruleVersion', r.rule_version,
                                  'classes', to_jsonb(rule.classes), 'disposedAt', archive.event_time(moment)), array[destroyed])
      || array_fill(jsonb_build_object('run', p_run, 'disposedAt', archive.event_time(moment)), array[cardinality(accounts) + cardinality(deliveries)]),
    objects, owners) k;
  last_seq := gone.last_seq;

  update archive.record_states s set disposed_at = moment, version = v.version
  from unnest(doomed, gone.versions[1:destroyed]) v(record_id, version) where s.record_id = v.record_id;

  insert into archive.disposal_batches (run_id, batch, destroyed_at, records, accounts, deliveries, keys, ciphertexts, objects, skipped, last_seq)
  values (p_run, batch, moment, destroyed, cardinality(accounts), cardinality(deliveries), cardinality(keys), gone.ciphertexts,
          coalesce(cardinality(objects), 0), skipped, last_seq);

  perform views.forget_records(doomed, rule.classes);
  perform views.forget_accounts(accounts);
end $$;

-- Rådata left over: deliveries that hold bytes of a record this run destroyed, but were still in work then, or came again afterwards.
create function archive.dispose_deliveries(p_run uuid, out deliveries int)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  r       archive.disposal_runs;
  late    uuid[];
  moment  timestamptz;
  keys    uuid[];
  objects text[];
  owners  uuid[];
  next    int;
  gone    record;
begin
  deliveries := 0;
  select * into r from archive.disposal_runs where run_id = p_run for update;
  if r.state is null or r.state not in ('executing', 'completed') then
    raise exception 'run-not-executing' using errcode = 'AS020', hint = coalesce(r.state, 'unknown');
  end if;

  select array_agg(w.delivery_id) into late from (
    select distinct d.delivery_id
    from archive.destruction_marks m
    join archive.delivery_records d on d.record_id = m.stream_id
    join archive.record_keys k on k.stream_id = d.delivery_id and k.class = 'delivery'
    where m.run_id = p_run and m.class = 'content'
      and exists (select from archive.mt_events e where e.stream_id = d.delivery_id and e.type in ('delivery_processed', 'delivery_discarded'))
    order by d.delivery_id limit 500
  ) w;
  if late is null then return; end if;

  select l.recorded_at into moment from archive.lock_streams(late) l;
  select array_agg(k.key_id), array_agg(k.stream_id) into keys, late from archive.record_keys k where k.stream_id = any (late) and k.class = 'delivery';
  if late is null then return; end if;
  select array_agg('delivery/' || d.object_id), array_agg(d.delivery_id) into objects, owners from archive.delivery_objects d where d.delivery_id = any (late);

  deliveries := cardinality(late);
  select coalesce(max(b.batch), 0) + 1 into next from archive.disposal_batches b where b.run_id = p_run;
  select k.* into gone from archive.destroy_keys(
    p_run, next, moment, r.started_by, keys, late,
    array_fill('delivery'::varchar, array[deliveries]), array_fill('delivery_disposed'::varchar, array[deliveries]),
    array_fill('ArchiveService.Features.Deliveries.DeliveryDisposed, ArchiveService'::varchar, array[deliveries]),
    array_fill(jsonb_build_object('run', p_run, 'disposedAt', archive.event_time(moment)), array[deliveries]), objects, owners) k;
  insert into archive.disposal_batches (run_id, batch, destroyed_at, records, accounts, deliveries, keys, ciphertexts, objects, skipped, last_seq)
  values (p_run, next, moment, 0, 0, dispose_deliveries.deliveries, cardinality(keys), gone.ciphertexts, coalesce(cardinality(objects), 0), 0, gone.last_seq);
end $$;

revoke execute on function archive.dispose_batch(uuid, uuid[]), archive.dispose_deliveries(uuid), archive.uuid_v7(timestamptz), archive.event_time(timestamptz),
  archive.destroy_keys(uuid, int, timestamptz, uuid, uuid[], uuid[], varchar[], varchar[], varchar[], jsonb[], text[], uuid[]),
  archive.refuse_item_change(), archive.refuse_addition(), archive.enter_account_gate(), archive.refuse_undecided_destruction() from public;
grant execute on function archive.dispose_batch(uuid, uuid[]), archive.dispose_deliveries(uuid) to archive_writer;
grant select, insert, update on archive.disposal_runs to archive_writer;
grant select, insert on archive.disposal_items to archive_writer;
grant select, update (ledger_entry) on archive.disposal_batches to archive_writer;
grant select, update (attempts, retry_at, problem, versions, done_at) on archive.object_deletions to archive_writer;
grant select on archive.disposal_runs, archive.disposal_items, archive.disposal_batches, archive.object_deletions to archive_staff, archive_cleared;
