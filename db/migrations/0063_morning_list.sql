-- Postöppning and fördelning: when something came to the archive, by what and when it left the morning list, and who was given what is registered.
-- Facts only, beside those that the other clocks start and stop by; when something is late is computed when asked (ADR 0007).
alter table archive.open_items
  add column arrived_at timestamptz,
  add column outcome text check (outcome in ('registered', 'keptOrdered', 'exempt', 'routed', 'misdirected')),
  add column outcome_at timestamptz,
  -- Given by a rule, and no person has decided since.
  add column by_rule boolean not null default false,
  -- When the registration was written, whatever day the number bears.
  add column entered_at timestamptz,
  add column allotment_id uuid,
  -- Null for a unit, until somebody in it has received it.
  add column officer_id uuid,
  add column allotted_at timestamptz,
  add column allotment_received_at timestamptz,
  add column allotment_declined_at timestamptz,
  add check ((outcome is null) = (outcome_at is null)),
  add check ((allotment_id is null) = (allotted_at is null));

update archive.open_items o
set arrived_at = s.created,
    outcome = nullif(r.registration, 'captured'),
    outcome_at = case when r.registration <> 'captured' then coalesce(t.at, s.timestamp) end,
    by_rule = r.registration <> 'captured' and coalesce(w.last = 'record_settled_by_rule', false),
    entered_at = w.entered_at
from archive.record_states r
join archive.mt_streams s on s.id = r.record_id
cross join lateral (
  select max(e.timestamp) filter (where e.type = 'record_registered') as entered_at,
         coalesce(max(e.version) filter (where e.type = 'rule_settlement_withdrawn'), 0) as after,
         (array_agg(e.type order by e.version desc) filter (where e.type <> 'rule_settlement_withdrawn'))[1] as last
  from archive.mt_events e
  where e.stream_id = r.record_id and e.type in ('record_registered', 'record_kept_ordered', 'record_exempted', 'record_routed', 'record_settled_by_rule', 'rule_settlement_withdrawn')) w
cross join lateral (
  select min(e.timestamp) as at from archive.mt_events e
  where e.stream_id = r.record_id and e.version > w.after and e.type in ('record_registered', 'record_kept_ordered', 'record_exempted', 'record_routed', 'record_settled_by_rule')) t
where r.record_id = o.record_id;

alter table archive.open_items alter column arrived_at set not null;

create index open_items_morning on archive.open_items (authority_id, received_at, record_id) where incoming and outcome is null;
create index open_items_outcomes on archive.open_items (authority_id, outcome_at) where incoming and outcome is not null;
create index open_items_unallotted on archive.open_items (authority_id, entered_at, record_id) where incoming and entered_at is not null and allotment_id is null;
create index open_items_allotted on archive.open_items (authority_id, allotted_at, record_id) where allotment_id is not null;
create index open_items_officer on archive.open_items (officer_id) where officer_id is not null;

-- The signed emptyings: who, when, until which moment. The counts stand in the event.
create table archive.inbox_emptyings (
  emptying_id  uuid primary key,
  authority_id uuid not null references archive.authorities,
  until        timestamptz not null,
  counted_at   timestamptz not null,
  -- Signed also for what is secret.
  cleared      boolean not null,
  signed_by    uuid not null,
  signed_at    timestamptz not null
);
create index inbox_emptyings_newest on archive.inbox_emptyings (authority_id, signed_at desc);
create trigger inbox_emptyings_immutable before update or delete on archive.inbox_emptyings for each row execute function archive.refuse_change();
alter table archive.inbox_emptyings enable always trigger inbox_emptyings_immutable;
create trigger inbox_emptyings_no_truncate before truncate on archive.inbox_emptyings for each statement execute function archive.refuse_change();
alter table archive.inbox_emptyings enable always trigger inbox_emptyings_no_truncate;
grant select, insert on archive.inbox_emptyings to archive_writer;
grant select on archive.inbox_emptyings to archive_staff, archive_cleared;
