-- The clock of a request: when it stood still, and whether secrecy is examined; holds that follow a record to another authority; requests that are gallrade.

alter table archive.disclosure_requests
  -- The case the request is registered in (OSL 5:1); none while it is only kept in order.
  add column case_id uuid,
  -- An appeal that no court has settled yet.
  add column appealed boolean not null default false,
  -- What was asked, where to, and why it was answered so went with the request's key.
  add column disposed_at timestamptz;
create index disclosure_requests_closed on archive.disclosure_requests (authority_id, closed_at) where closed_at is not null and disposed_at is null;

-- While the asker makes clear what is meant, or pays in advance, nobody else can go on.
create table archive.disclosure_pauses (
  request_id uuid not null references archive.disclosure_requests,
  place      int not null,
  reason     text not null check (reason in ('clarification', 'fee')),
  since      timestamptz not null,
  until      timestamptz,
  primary key (request_id, place),
  check (until >= since)
);
create unique index disclosure_pauses_one on archive.disclosure_pauses (request_id) where until is null;

alter table archive.disclosure_items
  -- A provision can apply: the clock of the secrecy test runs. Null until that step is taken.
  add column may_be_secret boolean,
  -- When the hold took hold, under the gate: after every batch that did not see it.
  add column held_from timestamptz;
-- A row is never changed, so what was written before is filled in without the trigger; nothing of what it guards is touched.
alter table archive.disclosure_items disable trigger disclosure_items_stand;
update archive.disclosure_items set held_from = added_at;
update archive.disclosure_items i set may_be_secret = e.possible
from (select distinct on (stream_id, data->>'item') stream_id, (data->>'item')::uuid as item, data->>'finding' = 'possible' as possible
      from archive.mt_events where type = 'disclosure_step_taken' and data->>'step' = 'provision' order by stream_id, data->>'item', version desc) e
where e.stream_id = i.request_id and e.item = i.target_id;
alter table archive.disclosure_items enable always trigger disclosure_items_stand;
alter table archive.disclosure_items alter column held_from set not null, alter column held_from set default clock_timestamp();

-- The gates of everybody who may be destroying the record: of the authority that was asked, and of the one that has the record now. The row is locked
-- too, so that the record is not taken over by a third before what was found stands.
create or replace function archive.enter_disclosure_gate() returns trigger language plpgsql as $$
declare
  holder uuid;
  gone   timestamptz;
begin
  perform pg_advisory_xact_lock(archive.hold_gate(new.authority_id));
  select s.authority_id into holder from archive.record_states s where s.record_id = new.target_id;
  if holder is distinct from new.authority_id and holder is not null then
    perform pg_advisory_xact_lock(archive.hold_gate(holder));
  end if;
  select s.disposed_at into gone from archive.record_states s where s.record_id = new.target_id for share;
  if gone is not null then
    raise exception 'what was found has been destroyed' using errcode = 'AS030';
  end if;
  new.held_from := clock_timestamp();
  return new;
end $$;

-- Letting go goes through the gate too: a batch that still sees the hold has ended before, one that does not see it begins after.
create or replace function archive.refuse_disclosure_item_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and (new.request_id, new.place, new.authority_id, new.kind, new.target_id, new.added_at, new.held_from)
       = (old.request_id, old.place, old.authority_id, old.kind, old.target_id, old.added_at, old.held_from)
     and (old.released_at is null or new.released_at = old.released_at) then
    if old.released_at is null and new.released_at is not null then
      perform pg_advisory_xact_lock(archive.hold_gate(new.authority_id));
      perform pg_advisory_xact_lock(archive.hold_gate(s.authority_id)) from archive.record_states s where s.record_id = new.target_id and s.authority_id <> new.authority_id;
    end if;
    return new;
  end if;
  raise exception 'what was found for a request is released, never changed or removed' using errcode = 'AS001';
end $$;

-- What somebody is waiting for is held wherever the record has gone since: a record taken over by another authority is held there too.
create or replace function archive.is_held(p_authority uuid, p_record uuid, p_case uuid, p_account uuid) returns boolean
language sql stable parallel safe as $$
  select exists (select from archive.holds h where h.lifted_at is null and h.authority_id = p_authority and h.target_id in (p_record, p_case, p_account))
      or exists (select from archive.disclosure_items i where i.released_at is null and i.target_id in (p_record, p_case))
      or exists (select from archive.subject_links l where l.released_at is null and l.authority_id = p_authority and l.target_id in (p_case, p_account))
$$;

-- What somebody who has the reference may know: how far it has come, when an answer is due, and whether it waits for them.
drop function archive.disclosure_status(text);
create function archive.disclosure_status(
  p_reference text, out request_id uuid, out authority_id uuid, out authority text, out received_at timestamptz, out answered_at timestamptz, out answer text, out closed_at timestamptz,
  out examined boolean, out secrecy boolean, out pauses jsonb)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select r.request_id, a.authority_id, a.name, r.received_at, r.answered_at, r.answer, r.closed_at,
         exists (select from archive.disclosure_items i where i.request_id = r.request_id and i.examined),
         exists (select from archive.disclosure_items i where i.request_id = r.request_id and i.may_be_secret and (i.released_at is null or i.released_at = r.closed_at)),
         coalesce((select jsonb_agg(jsonb_build_object('reason', p.reason, 'since', p.since, 'until', p.until) order by p.place) from archive.disclosure_pauses p where p.request_id = r.request_id), '[]')
  from archive.disclosure_requests r join archive.authorities a using (authority_id) where r.reference = p_reference
$$;
revoke execute on function archive.disclosure_status(text) from public;
grant execute on function archive.disclosure_status(text) to archive_public, archive_writer;
grant select, insert, update (until) on archive.disclosure_pauses to archive_writer;
grant select on archive.disclosure_pauses to archive_staff, archive_cleared;
grant update (case_id, appealed) on archive.disclosure_requests to archive_writer;
grant update (may_be_secret) on archive.disclosure_items to archive_writer;

-- A request is a document of the authority with a rule of its own: it waits in the worklist, and stands in a frozen list, as records do.
create or replace view archive.rules_of_records as
select s.record_id, s.authority_id, s.record_type, s.account_id, s.case_id, s.wall, s.received_at, s.captured_at,
       r.rule_id, r.version as rule_version, r.decision_id, r.classes,
       archive.due_on(
         case r.counted_from
           when 'captured' then s.captured_at
           when 'received' then s.received_at
           when 'removed' then s.removed_at
           when 'case-closed' then c.closed_at
           when 'no-longer-current' then s.current_until
         end, r.years, r.months, r.days) as due_on
from archive.record_states s
left join archive.cases c on c.case_id = s.case_id
join archive.retention_rules r on r.ended_at is null and r.authority_id = s.authority_id and s.record_type = any (r.record_types)
where s.disposed_at is null
  and (r.counted_from <> 'removed' or s.removed_at is not null)
  and (r.counted_from <> 'case-closed' or s.case_id is not null)
union all
select q.request_id, q.authority_id, 'disclosure-request', null, q.case_id, 'open', q.received_at, q.noted_at,
       r.rule_id, r.version, r.decision_id, r.classes,
       archive.due_on(
         case r.counted_from
           when 'captured' then q.noted_at
           when 'received' then q.received_at
           when 'case-closed' then c.closed_at
           when 'no-longer-current' then q.closed_at
         end, r.years, r.months, r.days)
from archive.disclosure_requests q
left join archive.cases c on c.case_id = q.case_id
join archive.retention_rules r on r.ended_at is null and r.authority_id = q.authority_id and 'disclosure-request' = any (r.record_types)
-- A request nobody has closed is current, whatever a rule counts from.
where q.disposed_at is null and q.closed_at is not null
  and r.counted_from <> 'removed'
  and (r.counted_from <> 'case-closed' or q.case_id is not null);

-- The requests of an approved run, as dispose_batch destroys records: the same gates, the same second look, whole or nothing. With the request's key goes
-- what was asked for, where it was sent and every reason; the fact of it stays.
create function archive.dispose_requests(p_run uuid, p_items uuid[], out destroyed int, out skipped int)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  r       archive.disposal_runs;
  rule    archive.retention_rules;
  streams uuid[];
  moment  timestamptz;
  today   date;
  stopped text;
  next    int;
  doomed  uuid[];
  keys    uuid[];
  gone    record;
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
  destroyed := 0; skipped := 0;
  select array_agg(distinct i.record_id) into streams from archive.disposal_items i
  where i.run_id = p_run and i.record_id = any (p_items) and i.state = 'pending' and exists (select from archive.disclosure_requests q where q.request_id = i.record_id);
  if streams is null then return; end if;

  perform archive.lock_streams(streams);
  perform pg_advisory_xact_lock_shared(archive.hold_gate(r.authority_id));
  select l.recorded_at into moment from archive.lock_streams(streams) l;
  today := archive.swedish_date(moment);
  select * into rule from archive.retention_rules where rule_id = r.rule_id and version = r.rule_version;
  if r.approved_by is null or r.approved_by = r.proposed_by then
    raise exception 'not-approved-by-another' using errcode = 'AS020';
  elsif r.cooling_off_until is null or r.cooling_off_until > moment then
    raise exception 'cooling-off' using errcode = 'AS020';
  end if;
  stopped := case
    when rule.ended_at is not null then 'rule-changed'
    when not exists (select from archive.retention_decisions d
                     where d.decision_id = r.decision_id and d.decision_id = rule.decision_id and d.authority_id = r.authority_id
                       and today between d.valid_from and coalesce(d.valid_until, today) and rule.record_types <@ d.record_types) then 'decision-not-in-force'
  end;
  select coalesce(max(b.batch), 0) + 1 into next from archive.disposal_batches b where b.run_id = p_run;

  with judged as (
    select i.place, i.record_id,
      case
        when stopped is not null then stopped
        when q.disposed_at is not null then 'already-disposed'
        when q.authority_id <> r.authority_id then 'other-authority'
        when q.closed_at is null or archive.is_held(q.authority_id, q.request_id, q.case_id, null) then 'held'
        when d.due_on is null then 'rule-does-not-apply'
        when d.due_on > today then 'not-due'
        when exists (select from archive.rules_of_records o where o.record_id = i.record_id and (o.due_on is null or o.due_on > today)) then 'longer-rule'
      end as reason
    from archive.disposal_items i
    join archive.disclosure_requests q on q.request_id = i.record_id
    left join archive.rules_of_records d on d.record_id = i.record_id and d.rule_id = r.rule_id
    where i.run_id = p_run and i.record_id = any (streams) and i.state = 'pending'
    order by i.place
    for update of i
  ), moved as (
    update archive.disposal_items i
    set state = case when j.reason is null then 'destroyed' else 'skipped' end, reason = j.reason, batch = next
    from judged j where i.run_id = p_run and i.place = j.place
    returning i.record_id, i.state, i.place
  )
  select array_agg(m.record_id order by m.place) filter (where m.state = 'destroyed'),
         count(*) filter (where m.state = 'destroyed'), count(*) filter (where m.state = 'skipped')
  into doomed, destroyed, skipped from moved m;

  if doomed is null then
    insert into archive.disposal_batches (run_id, batch, destroyed_at, records, accounts, deliveries, keys, ciphertexts, objects, skipped)
    values (p_run, next, moment, 0, 0, 0, 0, 0, 0, skipped);
    return;
  end if;

  select coalesce(array_agg(k.key_id), '{}') into keys from archive.record_keys k where k.stream_id = any (doomed) and k.class = 'request';
  select k.* into gone from archive.destroy_keys(
    p_run, next, moment, r.started_by, keys, doomed,
    array_fill('disclosure_request'::varchar, array[destroyed]), array_fill('disclosure_request_disposed'::varchar, array[destroyed]),
    array_fill('ArchiveService.Features.Disclosures.DisclosureRequestDisposed, ArchiveService'::varchar, array[destroyed]),
    array_fill(jsonb_build_object('run', p_run, 'decision', r.decision_id, 'rule', r.rule_id, 'ruleVersion', r.rule_version, 'disposedAt', archive.event_time(moment)), array[destroyed]),
    '{}'::text[], '{}'::uuid[]) k;
  update archive.disclosure_requests q set disposed_at = moment where q.request_id = any (doomed);
  insert into archive.disposal_batches (run_id, batch, destroyed_at, records, accounts, deliveries, keys, ciphertexts, objects, skipped, last_seq)
  values (p_run, next, moment, destroyed, 0, 0, cardinality(keys), gone.ciphertexts, 0, skipped, gone.last_seq);
end $$;
revoke execute on function archive.dispose_requests(uuid, uuid[]) from public;
grant execute on function archive.dispose_requests(uuid, uuid[]) to archive_writer;
