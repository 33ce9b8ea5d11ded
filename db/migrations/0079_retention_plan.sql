-- What a rule does (destroy, destroy because a special act says so, preserve, review, transfer), on which records, when it is in force; decisions to
-- preserve; days that a frist is counted from and people note; reviews; and the information management plan. Inline tables, written with their events.

alter table archive.retention_decisions
  add column kind text not null default 'disposal' check (kind in ('disposal', 'law', 'preservation')),
  add column legal_basis text,
  add column consulted_on date,
  add column appraised boolean not null default false,
  add column appraisal_of uuid references archive.retention_decisions;

-- A rule that preserves has no frist. A thousand years stands in its place, so that whoever looks at the frist alone keeps too.
alter table archive.retention_rules
  drop constraint retention_rules_counted_from_check,
  add check (counted_from in ('captured', 'received', 'removed', 'case-closed', 'no-longer-current', 'snapshot-taken', 'event-date')),
  add column action text not null default 'destroy' check (action in ('destroy', 'compulsory', 'preserve', 'review', 'transfer')),
  add column date_name text,
  add column legal_basis text,
  add column class_codes text[] check (cardinality(class_codes) > 0),
  -- The same, as patterns that the classes below match too: rule_covers must stay one expression, or it is called once a record.
  add column class_likes text[],
  add column channels uuid[] check (cardinality(channels) > 0),
  add column platforms text[] check (cardinality(platforms) > 0),
  add column directions text[] check (cardinality(directions) > 0),
  add column valid_from date,
  add column valid_until date check (valid_until >= valid_from),
  add check ((counted_from = 'event-date') = (date_name is not null)),
  add check ((class_codes is null) = (class_likes is null)),
  add check (action <> 'compulsory' or legal_basis is not null),
  add check (action <> 'preserve' or years = 1000);

-- A decision to preserve: a record, everything in a case, or everything of a type at an authority.
create table archive.preservations (
  preservation_id uuid primary key,
  authority_id    uuid not null references archive.authorities,
  kind            text not null check (kind in ('record', 'case', 'type')),
  target_id       uuid,
  record_type     text,
  reference       text not null,
  decided_at      timestamptz not null,
  lifted_at       timestamptz,
  check ((kind = 'type') = (target_id is null)),
  check ((kind = 'type') = (record_type is not null))
);
create index preservations_of_target on archive.preservations (target_id) where lifted_at is null;
create index preservations_of_type on archive.preservations (authority_id, record_type) where lifted_at is null and kind = 'type';
create index preservations_of_authority on archive.preservations (authority_id, decided_at desc);

-- A day that somebody noted for a record or a case, by its name: the day an agreement ended. A rule may count from it.
create table archive.retention_dates (
  target_id    uuid not null,
  name         text not null,
  authority_id uuid not null references archive.authorities,
  kind         text not null check (kind in ('record', 'case')),
  stream_id    uuid not null,
  on_day       date,
  primary key (target_id, name)
);

-- What an archivist decided of a record that a rule says is to be reviewed; the last word holds.
create table archive.retention_reviews (
  record_id    uuid not null,
  rule_id      uuid not null,
  authority_id uuid not null references archive.authorities,
  stream_id    uuid not null,
  outcome      text not null check (outcome in ('keep', 'destroy')),
  reviewed_at  timestamptz not null,
  primary key (record_id, rule_id)
);
create index retention_reviews_of_authority on archive.retention_reviews (authority_id, reviewed_at desc);

create table archive.information_plans (
  authority_id       uuid not null references archive.authorities,
  version            int not null,
  stream_id          uuid not null,
  decision_reference text,
  adopted_at         timestamptz not null,
  primary key (authority_id, version)
);
create table archive.information_plan_rows (
  authority_id uuid not null,
  version      int not null,
  place        int not null,
  record_type  text not null,
  title        text not null,
  class_code   text,
  handling     text not null,
  action       text not null check (action in ('destroy', 'compulsory', 'preserve', 'review', 'transfer')),
  counted_from text,
  date_name   text,
  years        int,
  months       int,
  days         int,
  legal_basis  text,
  primary key (authority_id, version, place),
  foreign key (authority_id, version) references archive.information_plans
);

-- What keeps, or moves the day of keeping, waits for a destroying batch of the authority and a batch waits for it: as with a gallringsstopp (archive.hold_gate).
create function archive.enter_retention_gate() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(archive.hold_gate(new.authority_id));
  return new;
end $$;
create trigger preservations_gate before insert or update on archive.preservations for each row execute function archive.enter_retention_gate();
create trigger retention_dates_gate before insert or update on archive.retention_dates for each row execute function archive.enter_retention_gate();
create trigger retention_reviews_gate before insert or update on archive.retention_reviews for each row execute function archive.enter_retention_gate();
create trigger retention_rules_gate before insert or update on archive.retention_rules for each row execute function archive.enter_retention_gate();
alter table archive.preservations enable always trigger preservations_gate;
alter table archive.retention_dates enable always trigger retention_dates_gate;
alter table archive.retention_reviews enable always trigger retention_reviews_gate;
alter table archive.retention_rules enable always trigger retention_rules_gate;

create function archive.refuse_preservation_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.lifted_at is null and new.lifted_at is not null and to_jsonb(new) - 'lifted_at' = to_jsonb(old) - 'lifted_at' then
    return new;
  end if;
  raise exception 'a decision to preserve is lifted, never changed or removed' using errcode = 'AS001';
end $$;
create trigger preservations_immutable before update or delete on archive.preservations for each row execute function archive.refuse_preservation_change();
alter table archive.preservations enable always trigger preservations_immutable;
do $$
declare
  of text;
begin
  foreach of in array array['preservations', 'retention_dates', 'retention_reviews', 'information_plans', 'information_plan_rows'] loop
    execute format('create trigger %1$s_no_truncate before truncate on archive.%1$s for each statement execute function archive.refuse_change()', of);
    execute format('alter table archive.%1$s enable always trigger %1$s_no_truncate', of);
  end loop;
end $$;

-- Whether a rule is about this document at all. A class covers those below it: 1.7 covers 1.7.9.
create function archive.rule_covers(
  r archive.retention_rules, p_authority uuid, p_type text, p_class text, p_channel uuid, p_platform text, p_direction text, p_in_case boolean, p_removed boolean)
returns boolean language sql stable parallel safe as $$
  select r.ended_at is null and r.authority_id = p_authority and p_type = any (r.record_types)
    and (r.counted_from <> 'removed' or p_removed)
    and (r.counted_from <> 'case-closed' or p_in_case)
    and (r.class_likes is null or p_class || '.' like any (r.class_likes))
    and (r.channels is null or p_channel = any (r.channels))
    and (r.platforms is null or p_platform = any (r.platforms))
    and (r.directions is null or p_direction = any (r.directions))
    -- A first version that is not in force yet says nothing. A changed rule that is not in force yet keeps: between the old wording and the new nothing goes.
    and (r.version > 1 or r.valid_from is null or r.valid_from <= (now() at time zone 'Europe/Stockholm')::date)
    and (r.valid_until is null or r.valid_until >= (now() at time zone 'Europe/Stockholm')::date)
$$;

-- One text for two things: the rules as they stand (the view that the worklist, the proposal and dispose_batch go by), and as they would stand (the preview of a
-- change). due_on is the day from which a record may be destroyed; none means keep. acts_on is the day on which the rule does what it does: reviews, transfers.
-- A compulsory rule stands alone for the records it covers: what a special act says is to be destroyed is not kept by a longer frist, only by a hold.
do $$
declare
  body text := $body$
    select s.record_id, s.authority_id, s.record_type, s.account_id, s.case_id, s.wall, s.received_at, s.captured_at,
           r.rule_id, r.version as rule_version, r.decision_id, r.classes,
           case when r.valid_from > (now() at time zone 'Europe/Stockholm')::date then null
                when r.action in ('destroy', 'compulsory') then f.acts_on
                when r.action = 'review' and exists (select from archive.retention_reviews v where v.record_id = s.record_id and v.rule_id = r.rule_id and v.outcome = 'destroy') then f.acts_on
           end as due_on,
           r.action, f.acts_on, null::uuid as preservation_id
    from archive.record_states s
    left join archive.cases c on c.case_id = s.case_id
    left join archive.channels h on h.channel_id = s.channel_id
    join %1$s r on archive.rule_covers(r, s.authority_id, s.record_type, c.class_code, s.channel_id, h.platform, s.direction, s.case_id is not null, s.removed_at is not null)
    cross join lateral (select archive.due_on(
      case r.counted_from
        when 'captured' then s.captured_at
        when 'received' then s.received_at
        when 'removed' then s.removed_at
        when 'case-closed' then c.closed_at
        when 'no-longer-current' then s.current_until
        when 'snapshot-taken' then (select min(n.taken_at) from archive.snapshots n where n.record_id = s.record_id or (n.channel_id = s.channel_id and n.taken_at >= s.received_at))
        when 'event-date' then (select max(d.on_day)::timestamp at time zone 'Europe/Stockholm' from archive.retention_dates d where d.target_id in (s.record_id, s.case_id) and d.name = r.date_name)
      end, r.years, r.months, r.days) as acts_on) f
    where s.disposed_at is null
      and (r.action = 'compulsory' or not exists (select from %1$s k where k.action = 'compulsory'
        and archive.rule_covers(k, s.authority_id, s.record_type, c.class_code, s.channel_id, h.platform, s.direction, s.case_id is not null, s.removed_at is not null)))
    union all
    select s.record_id, s.authority_id, s.record_type, s.account_id, s.case_id, s.wall, s.received_at, s.captured_at,
           null, null, null, null, null, 'preserve', null, p.preservation_id
    from archive.record_states s
    left join archive.cases c on c.case_id = s.case_id
    left join archive.channels h on h.channel_id = s.channel_id
    join archive.preservations p on p.lifted_at is null and p.authority_id = s.authority_id and (p.target_id in (s.record_id, s.case_id) or p.record_type = s.record_type)
    where s.disposed_at is null
      and not exists (select from %1$s k where k.action = 'compulsory'
        and archive.rule_covers(k, s.authority_id, s.record_type, c.class_code, s.channel_id, h.platform, s.direction, s.case_id is not null, s.removed_at is not null))
    union all
    select q.request_id, q.authority_id, 'disclosure-request', null, q.case_id, 'open', q.received_at, q.noted_at,
           r.rule_id, r.version, r.decision_id, r.classes,
           case when r.valid_from > (now() at time zone 'Europe/Stockholm')::date then null
                when r.action in ('destroy', 'compulsory') then f.acts_on
                when r.action = 'review' and exists (select from archive.retention_reviews v where v.record_id = q.request_id and v.rule_id = r.rule_id and v.outcome = 'destroy') then f.acts_on
           end,
           r.action, f.acts_on, null
    from archive.disclosure_requests q
    left join archive.cases c on c.case_id = q.case_id
    join %1$s r on r.counted_from <> 'removed'
      and archive.rule_covers(r, q.authority_id, 'disclosure-request', c.class_code, null, null, 'received', q.case_id is not null, false)
    cross join lateral (select archive.due_on(
      case r.counted_from
        when 'captured' then q.noted_at
        when 'received' then q.received_at
        when 'case-closed' then c.closed_at
        when 'no-longer-current' then q.closed_at
        when 'event-date' then (select max(d.on_day)::timestamp at time zone 'Europe/Stockholm' from archive.retention_dates d where d.target_id in (q.request_id, q.case_id) and d.name = r.date_name)
      end, r.years, r.months, r.days) as acts_on) f
    -- A request nobody has closed is current, whatever a rule counts from.
    where q.disposed_at is null and q.closed_at is not null
      and (r.action = 'compulsory' or not exists (select from %1$s k where k.action = 'compulsory'
        and archive.rule_covers(k, q.authority_id, 'disclosure-request', c.class_code, null, null, 'received', q.case_id is not null, false)))
    union all
    select q.request_id, q.authority_id, 'disclosure-request', null, q.case_id, 'open', q.received_at, q.noted_at,
           null, null, null, null, null, 'preserve', null, p.preservation_id
    from archive.disclosure_requests q
    join archive.preservations p on p.lifted_at is null and p.authority_id = q.authority_id and (p.target_id in (q.request_id, q.case_id) or p.record_type = 'disclosure-request')
    where q.disposed_at is null and q.closed_at is not null
  $body$;
begin
  execute 'create or replace view archive.rules_of_records as ' || format(body, 'archive.retention_rules');
  execute 'create function archive.rules_under(p_rules archive.retention_rules[]) returns setof archive.rules_of_records language sql stable parallel safe as $f$'
    || format(body, 'unnest(p_rules)') || '$f$';
end $$;

revoke execute on function archive.enter_retention_gate(), archive.refuse_preservation_change(),
  archive.rule_covers(archive.retention_rules, uuid, text, text, uuid, text, text, boolean, boolean), archive.rules_under(archive.retention_rules[]) from public;
grant execute on function archive.rule_covers(archive.retention_rules, uuid, text, text, uuid, text, text, boolean, boolean), archive.rules_under(archive.retention_rules[])
  to archive_writer, archive_staff, archive_cleared;
grant select, insert, update (lifted_at) on archive.preservations to archive_writer;
grant select, insert, update (on_day, stream_id) on archive.retention_dates to archive_writer;
grant select, insert, update (outcome, reviewed_at, stream_id) on archive.retention_reviews to archive_writer;
grant select, insert on archive.information_plans, archive.information_plan_rows to archive_writer;
grant select on archive.preservations, archive.retention_dates, archive.retention_reviews, archive.information_plans, archive.information_plan_rows to archive_staff, archive_cleared;

-- Reports of checks are deleted by age, as the policy says (own.checks).
grant delete on archive.verifications, archive.reconciliations to archive_writer;
grant delete on work.quarantine to archive_writer;
