-- Holds by a search, holds that nobody has to place, review of each item of a run, and rensning of drafts as an act of its own.

-- A hold on a search covers what its columns say of a record, now and later: what comes in or changes so that it fits is held from then on.
-- An absent column asks nothing. Its target is itself.
alter table archive.holds drop constraint holds_kind_check;
alter table archive.holds
  add column channels uuid[],
  add column record_types text[],
  add column directions text[],
  add column visibilities text[],
  add column registrations text[],
  add column accounts uuid[],
  add column received_from date,
  add column received_to date,
  add constraint holds_kind_check check (kind in ('record', 'case', 'account', 'search')),
  add constraint holds_search check ((kind = 'search') = (num_nonnulls(channels, record_types, directions, visibilities, registrations, accounts, received_from, received_to) > 0)),
  add constraint holds_period check (received_to >= received_from);
create index holds_searching on archive.holds (authority_id) where kind = 'search' and lifted_at is null;

create or replace function archive.enter_hold_gate() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    perform pg_advisory_xact_lock(archive.hold_gate(new.authority_id));
    new.placed_at := clock_timestamp();
    return new;
  end if;
  perform pg_advisory_xact_lock(archive.hold_gate(old.authority_id));
  if tg_op = 'UPDATE' and old.lifted_at is null and new.lifted_at is not null and to_jsonb(new) - 'lifted_at' = to_jsonb(old) - 'lifted_at' then
    return new;
  end if;
  raise exception 'a hold is lifted, never changed or removed' using errcode = 'AS001';
end $$;

create function archive.search_covers(h archive.holds, s archive.record_states) returns boolean
language sql stable parallel safe as $$
  select (h.channels is null or s.channel_id = any (h.channels))
     and (h.record_types is null or s.record_type = any (h.record_types))
     and (h.directions is null or s.direction = any (h.directions))
     and (h.visibilities is null or s.visibility = any (h.visibilities))
     and (h.registrations is null or s.registration = any (h.registrations))
     and (h.accounts is null or s.account_id = any (h.accounts))
     and (h.received_from is null or archive.swedish_date(s.received_at) >= h.received_from)
     and (h.received_to is null or archive.swedish_date(s.received_at) <= h.received_to)
$$;

-- What stops gallring: a hold on the record, its case or its account; a hold on a search that it fits; a case that is open (a samlingsärende is
-- open all the year, and gathers measures rather than prepare a matter: it holds nothing by itself); a request for documents or of a data subject that waits. Everything that asks goes by this: lists, proposals, the batch under its locks, and the trigger on keys.
create or replace function archive.is_held(p_authority uuid, p_record uuid, p_case uuid, p_account uuid) returns boolean
language sql stable parallel safe as $$
  select exists (select from archive.holds h where h.lifted_at is null and h.authority_id = p_authority and h.target_id in (p_record, p_case, p_account))
      or exists (select from archive.disclosure_items i where i.released_at is null and i.target_id in (p_record, p_case))
      or exists (select from archive.subject_links l where l.released_at is null and l.authority_id = p_authority and l.target_id in (p_case, p_account))
      or exists (select from archive.cases c where c.case_id = p_case and c.closed_at is null and c.voided_at is null and c.collective is null)
      or exists (select from archive.holds h join archive.record_states s on s.record_id = p_record
                 where h.kind = 'search' and h.lifted_at is null and h.authority_id = p_authority and archive.search_covers(h, s))
$$;

-- The same with its grounds, for people. Whether a reader may know of the case or the request is asked where it is shown.
create function archive.why_held(p_authority uuid, p_record uuid, p_case uuid, p_account uuid)
returns table (source text, id uuid, kind text, ground text, since timestamptz) language sql stable parallel safe as $$
  select 'hold', h.hold_id, h.kind, h.ground, h.placed_at from archive.holds h
  where h.lifted_at is null and h.authority_id = p_authority and h.target_id in (p_record, p_case, p_account)
  union all
  select 'hold', h.hold_id, h.kind, h.ground, h.placed_at from archive.holds h join archive.record_states s on s.record_id = p_record
  where h.kind = 'search' and h.lifted_at is null and h.authority_id = p_authority and archive.search_covers(h, s)
  union all
  select 'case', c.case_id, 'case', 'open-case', c.opened_at from archive.cases c
  where c.case_id = p_case and c.closed_at is null and c.voided_at is null and c.collective is null
  union all
  select 'disclosure', i.request_id, i.kind, 'disclosure-request', i.held_from from archive.disclosure_items i where i.released_at is null and i.target_id in (p_record, p_case)
  union all
  select 'subject', l.request_id, l.kind, 'data-subject-request', l.added_at from archive.subject_links l
  where l.released_at is null and l.authority_id = p_authority and l.target_id in (p_case, p_account)
$$;

-- A hold or a request on the case itself: then its drafts stay too. That it is open holds no draft: drafts are weeded while it is.
create function archive.case_held(p_case uuid) returns boolean
language sql stable parallel safe as $$
  select exists (select from archive.holds h where h.lifted_at is null and h.kind = 'case' and h.target_id = p_case)
      or exists (select from archive.disclosure_items i where i.released_at is null and i.target_id = p_case)
      or exists (select from archive.subject_links l where l.released_at is null and l.target_id = p_case)
$$;

-- A case that is opened again holds what is in it: through the gate, as a hold is placed.
create function archive.enter_case_gate() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(archive.hold_gate(new.authority_id));
  return new;
end $$;
create trigger cases_gate before update on archive.cases
  for each row when (old.closed_at is not null and new.closed_at is null) execute function archive.enter_case_gate();
alter table archive.cases enable always trigger cases_gate;

-- What the frozen list weighs, when it was drawn up: sealed text as stored, and attachments.
alter table archive.disposal_runs
  add column kind text not null default 'gallring' check (kind in ('gallring', 'rensning')),
  add column content_bytes bigint,
  add column attachments int,
  add column attachment_bytes bigint;

-- Review: whoever looks through the list says something of an item, or that it is to be kept. What is kept is out of the run for good.
create table archive.disposal_remarks (
  event_id  uuid primary key,
  run_id    uuid not null,
  record_id uuid not null,
  keeps     boolean not null,
  by        uuid not null,
  at        timestamptz not null default clock_timestamp(),
  foreign key (run_id, record_id) references archive.disposal_items (run_id, record_id)
);
create index disposal_remarks_of_item on archive.disposal_remarks (run_id, record_id);
create trigger disposal_remarks_immutable before update or delete or truncate on archive.disposal_remarks
  for each statement execute function archive.refuse_change();
alter table archive.disposal_remarks enable always trigger disposal_remarks_immutable;

-- Behind a batch that is under way: either the batch has it, and this is refused, or no batch ever will.
create function archive.keep_item(p_run uuid, p_record uuid, p_event uuid, p_by uuid) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  now_in text;
begin
  select r.state into now_in from archive.disposal_runs r where r.run_id = p_run for update;
  if now_in is null or now_in not in ('proposed', 'approved', 'executing') then
    raise exception 'run-not-open' using errcode = 'AS021', hint = coalesce(now_in, 'unknown');
  end if;
  update archive.disposal_items i set state = 'skipped', reason = 'kept' where i.run_id = p_run and i.record_id = p_record and i.state = 'pending';
  if not found then
    raise exception 'item-not-pending' using errcode = 'AS021';
  end if;
  insert into archive.disposal_remarks (event_id, run_id, record_id, keeps, by) values (p_event, p_run, p_record, true, p_by);
end $$;

-- As in 0021, with the reviewers' word: what somebody said is to be kept is never destroyed by the run.
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
  with judged as (
    select i.place, i.record_id,
      case
        when stopped is not null then stopped
        when s.record_id is null then 'unknown'
        when s.disposed_at is not null then 'already-disposed'
        when s.authority_id <> r.authority_id then 'other-authority'
        when archive.is_held(s.authority_id, s.record_id, s.case_id, s.account_id) then 'held'
        when exists (select from archive.disposal_remarks k where k.run_id = p_run and k.record_id = i.record_id and k.keeps) then 'kept'
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

-- The second lock on the door, for every kind of hold, for what reviewers keep, and for the one other act that destroys a key: rensning.
create or replace function archive.refuse_undecided_destruction() returns trigger language plpgsql as $$
declare
  this_run   constant uuid := nullif(current_setting('archive.destroying', true), '')::uuid;
  this_batch constant int := nullif(current_setting('archive.destroying_batch', true), '')::int;
  this_kind  text;
begin
  if this_run is null or this_batch is null or current_user <> (select tableowner from pg_tables where schemaname = tg_table_schema and tablename = tg_table_name) then
    raise exception 'only archive.dispose_batch destroys: % on %.% is refused', tg_op, tg_table_schema, tg_table_name using errcode = 'AS010';
  end if;
  select r.kind into this_kind from archive.disposal_runs r
  where r.run_id = this_run and r.state in ('executing', 'completed') and (r.approved_by <> r.proposed_by or r.kind = 'rensning');
  if this_kind is null then
    raise exception 'the disposal run % is not approved by another person', this_run using errcode = 'AS010';
  end if;
  if this_kind = 'rensning' then
    -- Nothing but drafts and working notes that nobody has taken care of for archiving and that have gone to nobody.
    if exists (select from archive.destruction_marks m
               left join archive.working_notes n on n.note_id = m.stream_id
               left join archive.cases c on c.case_id = n.case_id
               where m.run_id = this_run and m.batch = this_batch
                 and (n.note_id is null or m.class <> 'case' or n.archived_at is not null or c.closed_at is not null or archive.case_held(c.case_id))) then
      raise exception 'only drafts that are no allmän handling are weeded' using errcode = 'AS011';
    end if;
  elsif exists (select from archive.destruction_marks m
             join archive.record_states s on s.record_id = m.stream_id and m.class in ('content', 'register')
             where m.run_id = this_run and m.batch = this_batch and archive.is_held(s.authority_id, s.record_id, s.case_id, s.account_id))
     or exists (select from archive.destruction_marks m
             join archive.disclosure_requests q on q.request_id = m.stream_id and m.class = 'request'
             where m.run_id = this_run and m.batch = this_batch and (q.closed_at is null or archive.is_held(q.authority_id, q.request_id, q.case_id, null))) then
    raise exception 'a held record is not destroyed' using errcode = 'AS011';
  elsif exists (select from archive.destruction_marks m
             join archive.disposal_remarks k on k.run_id = m.run_id and k.record_id = m.stream_id and k.keeps
             where m.run_id = this_run and m.batch = this_batch) then
    raise exception 'what a reviewer keeps is not destroyed' using errcode = 'AS011';
  end if;
  if tg_table_name = 'record_keys' then
    if exists (select g.key_id from gone g
               except
               select m.key_id from archive.destruction_marks m
               where m.run_id = this_run and m.batch = this_batch and m.destroyed_at = current_setting('archive.recorded_at')::timestamptz) then
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

-- Drafts and working notes of a case (TF 2:12): no allmän handling until somebody takes care of them for archiving or sends them out. Each has a key of its own,
-- so that it can go alone. What they say stands sealed in the log, nowhere else.
create table archive.working_notes (
  note_id      uuid primary key,
  authority_id uuid not null references archive.authorities,
  case_id      uuid not null references archive.cases,
  kind         text not null check (kind in ('draft', 'memo')),
  written_by   uuid not null,
  written_at   timestamptz not null default clock_timestamp(),
  -- Taken care of for archiving, sent out, or there when the case was closed: an allmän handling from then on.
  archived_at  timestamptz,
  archived_as  text check (archived_as in ('archived', 'dispatched', 'case-closed')),
  cleansed_at  timestamptz,
  check ((archived_at is null) = (archived_as is null)),
  check (archived_at is null or cleansed_at is null)
);
create index working_notes_of_case on archive.working_notes (case_id);

create function archive.refuse_note_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and to_jsonb(new) - '{archived_at,archived_as,cleansed_at}'::text[] = to_jsonb(old) - '{archived_at,archived_as,cleansed_at}'::text[]
     and old.archived_at is null and old.cleansed_at is null then
    return new;
  end if;
  raise exception 'a working note is archived or weeded, once' using errcode = 'AS001';
end $$;
create trigger working_notes_stand before update or delete on archive.working_notes
  for each row execute function archive.refuse_note_change();
alter table archive.working_notes enable always trigger working_notes_stand;
create trigger working_notes_no_truncate before truncate on archive.working_notes
  for each statement execute function archive.refuse_change();
alter table archive.working_notes enable always trigger working_notes_no_truncate;

-- What is left when a case is closed is archived with it (arkivförordningen 3 §).
create function archive.archive_working_notes() returns trigger language plpgsql as $$
begin
  update archive.working_notes n set archived_at = new.closed_at, archived_as = 'case-closed'
  where n.case_id = new.case_id and n.archived_at is null and n.cleansed_at is null;
  return null;
end $$;
create trigger cases_archive_notes after update on archive.cases
  for each row when (old.closed_at is null and new.closed_at is not null) execute function archive.archive_working_notes();

-- Rensning is a run without a rule: who did it, when and what kind, and no decision is needed.
alter table archive.disposal_runs alter column rule_id drop not null, alter column rule_version drop not null, alter column decision_id drop not null;
do $$
declare
  c record;
begin
  -- The two checks that ask for approval by another person ask it of gallring.
  for c in select conname from pg_constraint where conrelid = 'archive.disposal_runs'::regclass and contype = 'c' and pg_get_constraintdef(oid) like '%approved_by IS NOT NULL%' loop
    execute format('alter table archive.disposal_runs drop constraint %I', c.conname);
  end loop;
end $$;
alter table archive.disposal_runs
  add constraint disposal_runs_approved check (kind = 'rensning' or state not in ('approved', 'executing', 'completed') or (approved_by is not null and cooling_off_until is not null)),
  add constraint disposal_runs_ruled check (num_nonnulls(rule_id, rule_version, decision_id) = case kind when 'gallring' then 3 else 0 end),
  add constraint disposal_runs_weeded check (kind = 'gallring' or (state = 'completed' and approved_by is null));

-- Weeds drafts and working notes of one case in one transaction: whole or nothing. The lock on the case comes first: it cannot be closed meanwhile.
create function archive.cleanse(p_act uuid, p_case uuid, p_notes uuid[], p_by uuid, out drafts int, out memos int, out ciphertexts int)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  c      archive.cases;
  notes  uuid[];
  moment timestamptz;
  keys   uuid[];
  first  date;
  last   date;
  gone   record;
begin
  if cardinality(p_notes) not between 1 and 500 then
    raise exception 'a rensning takes 1 to 500 notes' using errcode = 'invalid_parameter_value';
  end if;
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'a rensning runs in READ COMMITTED' using errcode = 'AS003';
  end if;
  select * into c from archive.cases where case_id = p_case for share;
  if c.case_id is null then
    raise exception 'case-unknown' using errcode = 'AS022';
  elsif c.closed_at is not null then
    raise exception 'case-closed' using errcode = 'AS022';
  end if;
  select array_agg(distinct n order by n) into notes from unnest(p_notes) n;
  perform archive.lock_streams(notes);
  perform pg_advisory_xact_lock_shared(archive.hold_gate(c.authority_id));
  if archive.case_held(p_case) then
    raise exception 'held' using errcode = 'AS022';
  end if;
  if (select count(*) from archive.working_notes n where n.note_id = any (notes) and n.case_id = p_case) <> cardinality(notes) then
    raise exception 'note-unknown' using errcode = 'AS022';
  elsif exists (select from archive.working_notes n where n.note_id = any (notes) and n.archived_at is not null) then
    raise exception 'note-archived' using errcode = 'AS022';
  elsif exists (select from archive.working_notes n where n.note_id = any (notes) and n.cleansed_at is not null) then
    raise exception 'note-cleansed' using errcode = 'AS022';
  end if;
  select l.recorded_at into moment from archive.lock_streams(notes) l;
  select count(*) filter (where n.kind = 'draft'), count(*) filter (where n.kind = 'memo'), min(archive.swedish_date(n.written_at)), max(archive.swedish_date(n.written_at))
  into drafts, memos, first, last from archive.working_notes n where n.note_id = any (notes);
  select coalesce(array_agg(k.key_id), '{}') into keys from archive.record_keys k where k.stream_id = any (notes) and k.class = 'case';

  insert into archive.disposal_runs (run_id, authority_id, kind, due_before, state, manifest_digest, items, oldest, newest, proposed_by, proposed_at, started_by, started_at, destroyed_at, completed_at)
  values (p_act, c.authority_id, 'rensning', archive.swedish_date(moment), 'completed', '', cardinality(notes), first, last, p_by, moment, p_by, moment, moment, moment);
  select k.* into gone from archive.destroy_keys(
    p_act, 1, moment, p_by, keys, notes,
    array_fill('working_note'::varchar, array[cardinality(notes)]), array_fill('working_note_weeded'::varchar, array[cardinality(notes)]),
    array_fill('ArchiveService.Features.Weeding.WorkingNoteWeeded, ArchiveService'::varchar, array[cardinality(notes)]),
    array_fill(jsonb_build_object('act', p_act, 'weededAt', archive.event_time(moment)), array[cardinality(notes)]),
    '{}'::text[], '{}'::uuid[]) k;
  ciphertexts := gone.ciphertexts;
  update archive.working_notes n set cleansed_at = moment where n.note_id = any (notes);
  insert into archive.disposal_batches (run_id, batch, destroyed_at, records, accounts, deliveries, keys, ciphertexts, objects, skipped, last_seq)
  values (p_act, 1, moment, cardinality(notes), 0, 0, cardinality(keys), gone.ciphertexts, 0, 0, gone.last_seq);
end $$;

revoke execute on function archive.search_covers(archive.holds, archive.record_states), archive.why_held(uuid, uuid, uuid, uuid), archive.case_held(uuid), archive.enter_case_gate(), archive.keep_item(uuid, uuid, uuid, uuid),
  archive.refuse_note_change(), archive.archive_working_notes(), archive.cleanse(uuid, uuid, uuid[], uuid) from public;
grant execute on function archive.search_covers(archive.holds, archive.record_states), archive.why_held(uuid, uuid, uuid, uuid) to archive_writer, archive_staff, archive_cleared;
grant execute on function archive.keep_item(uuid, uuid, uuid, uuid), archive.cleanse(uuid, uuid, uuid[], uuid) to archive_writer;
grant select, insert on archive.disposal_remarks to archive_writer;
grant select on archive.disposal_remarks, archive.working_notes to archive_staff, archive_cleared;
grant select, insert, update (archived_at, archived_as) on archive.working_notes to archive_writer;
