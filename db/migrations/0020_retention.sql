-- Retention: what may be destroyed, when, and what stops it. Inline tables: dispose_batch decides on these alone.

-- A gallringsbeslut. Without a frist it cannot be stored (T-17), nor without the record types it covers (V-11).
create table archive.retention_decisions (
  decision_id   uuid primary key,
  authority_id  uuid not null references archive.authorities,
  reference     text not null,
  deciding_body text not null,
  decided_on    date not null,
  valid_from    date not null,
  valid_until   date check (valid_until >= valid_from),
  record_types  text[] not null check (cardinality(record_types) > 0),
  years         int not null check (years between 0 and 1000),
  months        int not null check (months between 0 and 12000),
  days          int not null check (days between 0 and 366000)
);
create index retention_decisions_of_authority on archive.retention_decisions (authority_id);

-- A rule applies a decision; a change is a new version, and what a run was proposed under stays readable.
create table archive.retention_rules (
  rule_id       uuid not null,
  version       int not null,
  authority_id  uuid not null references archive.authorities,
  decision_id   uuid not null references archive.retention_decisions,
  name          text not null,
  record_types  text[] not null check (cardinality(record_types) > 0),
  counted_from  text not null check (counted_from in ('captured', 'received', 'removed', 'case-closed', 'no-longer-current')),
  years         int not null check (years between 0 and 1000),
  months        int not null check (months between 0 and 12000),
  days          int not null check (days between 0 and 366000),
  classes       text[] not null check ('content' = any (classes) and classes <@ array['content', 'register']),
  adopted_at    timestamptz not null,
  ended_at      timestamptz,
  primary key (rule_id, version)
);
create unique index retention_rules_in_force on archive.retention_rules (rule_id) where ended_at is null;
create index retention_rules_of_authority on archive.retention_rules (authority_id) where ended_at is null;

-- A gallringsstopp beats every rule. A hold on a case or an account covers what is in it now and what comes later.
create table archive.holds (
  hold_id      uuid primary key,
  authority_id uuid not null references archive.authorities,
  kind         text not null check (kind in ('record', 'case', 'account')),
  target_id    uuid not null,
  ground       text not null,
  placed_at    timestamptz not null default clock_timestamp(),
  lifted_at    timestamptz
);
create index holds_in_force on archive.holds (target_id) where lifted_at is null;
create index holds_of_authority on archive.holds (authority_id) where lifted_at is null;

-- The gate: placing or lifting a hold takes it exclusively, a destroying batch shared, before its first look. Either the batch sees the hold,
-- or the hold is placed after the batch has ended and sees what the batch did.
create function archive.hold_gate(p_authority uuid) returns bigint
language sql immutable parallel safe as $$ select hashtextextended('archive:hold-gate:' || p_authority, 0) $$;

create function archive.enter_hold_gate() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    perform pg_advisory_xact_lock(archive.hold_gate(new.authority_id));
    new.placed_at := clock_timestamp();
    return new;
  end if;
  perform pg_advisory_xact_lock(archive.hold_gate(old.authority_id));
  if tg_op = 'UPDATE' and old.lifted_at is null and new.lifted_at is not null
     and (new.hold_id, new.authority_id, new.kind, new.target_id, new.ground, new.placed_at)
       = (old.hold_id, old.authority_id, old.kind, old.target_id, old.ground, old.placed_at) then
    return new;
  end if;
  raise exception 'a hold is lifted, never changed or removed' using errcode = 'AS001';
end $$;
create trigger holds_gate before insert or update or delete on archive.holds
  for each row execute function archive.enter_hold_gate();
alter table archive.holds enable always trigger holds_gate;
create trigger holds_no_truncate before truncate on archive.holds
  for each statement execute function archive.refuse_change();
alter table archive.holds enable always trigger holds_no_truncate;

-- Decisions stand as they were taken; a rule's version only ends.
create trigger retention_decisions_immutable before update or delete or truncate on archive.retention_decisions
  for each statement execute function archive.refuse_change();
alter table archive.retention_decisions enable always trigger retention_decisions_immutable;

create function archive.refuse_rule_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.ended_at is null and new.ended_at is not null
     and to_jsonb(new) - 'ended_at' = to_jsonb(old) - 'ended_at' then
    return new;
  end if;
  raise exception 'a rule is changed by a new version' using errcode = 'AS001';
end $$;
create trigger retention_rules_immutable before update or delete on archive.retention_rules
  for each row execute function archive.refuse_rule_change();
alter table archive.retention_rules enable always trigger retention_rules_immutable;
create trigger retention_rules_no_truncate before truncate on archive.retention_rules
  for each statement execute function archive.refuse_change();
alter table archive.retention_rules enable always trigger retention_rules_no_truncate;

-- The day from which a record may be destroyed. A frist is counted in dates of the Swedish calendar, from the day of what it is counted
-- from to the same-numbered day (or, where the month has none, its last day). No date means keep.
create function archive.due_on(p_from timestamptz, p_years int, p_months int, p_days int) returns date
language sql stable parallel safe as $$
  select ((p_from at time zone 'Europe/Stockholm')::date + make_interval(years => p_years, months => p_months, days => p_days))::date
$$;

create function archive.swedish_date(p_at timestamptz) returns date
language sql stable parallel safe as $$ select (p_at at time zone 'Europe/Stockholm')::date $$;

-- Every rule in force that applies to an undisposed record, with the day it gives. "removed" applies to what is removed, "case-closed" to
-- what is in a case; a case still open, or a record still current, gives no day.
create view archive.rules_of_records as
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
  and (r.counted_from <> 'case-closed' or s.case_id is not null);

create function archive.is_held(p_authority uuid, p_record uuid, p_case uuid, p_account uuid) returns boolean
language sql stable parallel safe as $$
  select exists (select from archive.holds h where h.lifted_at is null and h.authority_id = p_authority and h.target_id in (p_record, p_case, p_account))
$$;

revoke execute on function archive.hold_gate(uuid), archive.enter_hold_gate(), archive.refuse_rule_change(),
  archive.due_on(timestamptz, int, int, int), archive.swedish_date(timestamptz), archive.is_held(uuid, uuid, uuid, uuid) from public;
grant execute on function archive.hold_gate(uuid), archive.due_on(timestamptz, int, int, int), archive.swedish_date(timestamptz),
  archive.is_held(uuid, uuid, uuid, uuid) to archive_writer, archive_staff, archive_cleared;
grant select, insert on archive.retention_decisions to archive_writer;
grant select, insert, update (ended_at) on archive.retention_rules to archive_writer;
grant select, insert, update (lifted_at) on archive.holds to archive_writer;
grant select on archive.rules_of_records to archive_writer, archive_staff, archive_cleared;
grant select on archive.retention_decisions, archive.retention_rules, archive.holds to archive_staff, archive_cleared;
