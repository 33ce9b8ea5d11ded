-- Utlämnande (TF 2:15–19): what was asked for, what was found, and how far each thing has come. Inline tables: written with the event. What was asked,
-- where to, and why not stand sealed under the request's own key; no names here.

create table archive.disclosure_requests (
  request_id   uuid primary key,
  authority_id uuid not null references archive.authorities,
  -- What the asker follows the request by, without login: random, so nothing to guess.
  reference    text not null unique,
  channel      text not null check (channel in ('web', 'email', 'letter', 'phone', 'visit', 'socialMedia')),
  form         text not null check (form in ('unstated', 'read', 'copy', 'email')),
  received_at  timestamptz not null,
  noted_at     timestamptz not null,
  -- When the asker first had an answer: given out, nothing found, or no.
  answered_at  timestamptz,
  answer       text check (answer in ('given', 'givenInPart', 'nothingFound', 'declined', 'refused', 'withdrawn')),
  closed_at    timestamptz,
  check ((answered_at is null) = (answer is null)),
  check (closed_at is null or answered_at is not null)
);
create index disclosure_requests_by_time on archive.disclosure_requests (authority_id, received_at desc);
create index disclosure_requests_open on archive.disclosure_requests (authority_id, received_at) where closed_at is null;

-- Records and cases found for a request. While one stands here unreleased, what it names is not destroyed.
create table archive.disclosure_items (
  request_id   uuid not null references archive.disclosure_requests,
  place        int not null,
  authority_id uuid not null,
  kind         text not null check (kind in ('record', 'case')),
  target_id    uuid not null,
  outcome      text check (outcome in ('disclose', 'mask', 'reservation', 'refuse')),
  examined     boolean not null default false,
  added_at     timestamptz not null,
  released_at  timestamptz,
  primary key (request_id, place)
);
create unique index disclosure_items_once on archive.disclosure_items (request_id, target_id) where released_at is null;
create index disclosure_items_holding on archive.disclosure_items (target_id) where released_at is null;

-- The gate of holds: an item is added under it, and refused when what it names was destroyed while it waited. A destroying batch holds it shared
-- before its first look, so either the batch sees the item, or the item sees what the batch did.
create function archive.enter_disclosure_gate() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(archive.hold_gate(new.authority_id));
  if exists (select from archive.record_states s where s.record_id = new.target_id and s.disposed_at is not null) then
    raise exception 'what was found has been destroyed' using errcode = 'AS030';
  end if;
  return new;
end $$;
create trigger disclosure_items_gate before insert on archive.disclosure_items
  for each row execute function archive.enter_disclosure_gate();
alter table archive.disclosure_items enable always trigger disclosure_items_gate;

create function archive.refuse_disclosure_item_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and (new.request_id, new.place, new.authority_id, new.kind, new.target_id, new.added_at) = (old.request_id, old.place, old.authority_id, old.kind, old.target_id, old.added_at)
     and (old.released_at is null or new.released_at = old.released_at) then
    return new;
  end if;
  raise exception 'what was found for a request is released, never changed or removed' using errcode = 'AS001';
end $$;
create trigger disclosure_items_stand before update or delete on archive.disclosure_items
  for each row execute function archive.refuse_disclosure_item_change();
alter table archive.disclosure_items enable always trigger disclosure_items_stand;
create trigger disclosure_items_no_truncate before truncate on archive.disclosure_items
  for each statement execute function archive.refuse_change();
alter table archive.disclosure_items enable always trigger disclosure_items_no_truncate;

-- A pending request holds gallring as a gallringsstopp does: everything that asks is_held asks this too, the trigger on keys included.
create or replace function archive.is_held(p_authority uuid, p_record uuid, p_case uuid, p_account uuid) returns boolean
language sql stable parallel safe as $$
  select exists (select from archive.holds h where h.lifted_at is null and h.authority_id = p_authority and h.target_id in (p_record, p_case, p_account))
      or exists (select from archive.disclosure_items i where i.released_at is null and i.authority_id = p_authority and i.target_id in (p_record, p_case))
$$;

-- What somebody who has the reference may know: how far it has come.
create function archive.disclosure_status(p_reference text, out authority text, out received_at timestamptz, out answered_at timestamptz, out answer text, out closed_at timestamptz, out examined boolean)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select a.name, r.received_at, r.answered_at, r.answer, r.closed_at, exists (select from archive.disclosure_items i where i.request_id = r.request_id and i.examined)
  from archive.disclosure_requests r join archive.authorities a using (authority_id) where r.reference = p_reference
$$;

revoke execute on function archive.enter_disclosure_gate(), archive.refuse_disclosure_item_change(), archive.disclosure_status(text) from public;
grant execute on function archive.disclosure_status(text) to archive_public, archive_writer;
grant select, insert, update (answered_at, answer, closed_at) on archive.disclosure_requests to archive_writer;
grant select, insert, update (outcome, examined, released_at) on archive.disclosure_items to archive_writer;
grant select on archive.disclosure_requests, archive.disclosure_items to archive_staff, archive_cleared;
