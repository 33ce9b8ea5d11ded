-- What archive.dispose_batch does stays the same. The rules of the batch's records are read once, by the records' key: asked of the view record by record,
-- every record due anywhere was looked at for each of the batch, and a batch took seconds.
create or replace function archive.dispose_batch(
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
  -- Under a lock of its own: a rule that is being changed is waited for, and one that is to be changed waits for this batch.
  select * into rule from archive.retention_rules where rule_id = r.rule_id and version = r.rule_version for share;
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
  with ruled as materialized (
    select o.record_id, o.rule_id, o.due_on from archive.rules_of_records o where o.record_id = any (p_items)
  ), judged as (
    select i.place, i.record_id,
      case
        when stopped is not null then stopped
        when s.record_id is null then 'unknown'
        when s.disposed_at is not null then 'already-disposed'
        when s.authority_id <> r.authority_id then 'other-authority'
        when archive.is_held(s.authority_id, s.record_id, s.case_id, s.account_id) then 'held'
        when exists (select from archive.disposal_remarks k where k.run_id = p_run and k.record_id = i.record_id and k.keeps) then 'kept'
        when i.record_id not in (select o.record_id from ruled o where o.rule_id = r.rule_id and o.due_on is not null) then 'rule-does-not-apply'
        when i.record_id not in (select o.record_id from ruled o where o.rule_id = r.rule_id and o.due_on <= today) then 'not-due'
        when i.record_id in (select o.record_id from ruled o where o.due_on is null or o.due_on > today) then 'longer-rule'
      end as reason
    from archive.disposal_items i
    left join archive.record_states s using (record_id)
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
  select coalesce(array_agg(d.delivery_id order by d.delivery_id), '{}') into deliveries
  from (select distinct b.delivery_id from archive.delivery_records b where b.record_id = any (doomed) and b.delivery_id = any (streams)) d
  where exists (select from archive.mt_events e where e.stream_id = d.delivery_id and e.type in ('delivery_processed', 'delivery_discarded'))
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

-- As before, but what is forgotten already is not written again: the batch forgets, and then the projection that reads the batch's events.
create or replace function views.forget_records(p_records uuid[], p_classes text[] default array['content', 'register']) returns void
language plpgsql set search_path = pg_catalog, views as $$
begin
  if 'content' = any (p_classes) then
    update views.all_records set
      text = null, sender_at = null, sender_name = null, sender_handle = null, permalink = null, file_names = null, destroyed = true
    where record_id = any (p_records)
      and not (destroyed and num_nonnulls(text, sender_at, sender_name, sender_handle, permalink, file_names) = 0);
    update views.all_versions set text = null, attachment_names = null, destroyed = true
    where record_id = any (p_records) and not (destroyed and num_nonnulls(text, attachment_names) = 0);
  end if;
  if 'register' = any (p_classes) then
    update views.all_records set subject = null where record_id = any (p_records) and subject is not null;
    update views.all_diary set sender = null, subject = null, public_subject = null, destroyed = true
    where record_id = any (p_records) and not (destroyed and num_nonnulls(sender, subject, public_subject) = 0);
  end if;
  update views.all_acts set motivation = null, legal_reference = null, note = null, key_class = null
  where record_id = any (p_records) and key_class = any (p_classes);
  perform views.publish_diary(p_records);
  if 'views.' = 'vie' || 'ws.' and to_regclass('views_next.all_records') is not null then
    execute 'select views_next.forget_records($1, $2)' using p_records, p_classes;
  end if;
end $$;
