-- A person's rights in what is kept about them (GDPR art. 15–18, 21): requests, and which accounts and cases are theirs. Inline tables: written with the
-- event. Who the person is, why an account is theirs, and every answer stand sealed under the request's own key; here are ids, codes and days.

-- The numbers of an authority's year, without gaps: the row is locked until the request that takes the next one is written.
create table archive.subject_series (
  authority_id uuid not null references archive.authorities,
  year         int not null,
  last         int not null check (last > 0),
  primary key (authority_id, year)
);

create table archive.subject_requests (
  request_id      uuid primary key,
  authority_id    uuid not null references archive.authorities,
  number          text not null,
  "right"         text not null check ("right" in ('access', 'rectification', 'erasure', 'restriction', 'objection')),
  channel         text not null check (channel in ('web', 'email', 'letter', 'phone', 'visit', 'socialMedia')),
  received_at     timestamptz not null,
  due_on          date not null,
  extended        boolean not null default false,
  identified      boolean not null default false,
  case_id         uuid references archive.cases,
  answer          text check (answer in ('handedOut', 'nothingHeld', 'granted', 'grantedInPart', 'refused', 'notIdentified', 'unfounded', 'withdrawn')),
  answered_on     date,
  closed_at       timestamptz,
  unique (authority_id, number),
  check ((answered_on is null) = (answer is null)),
  check (closed_at is null or answer is not null)
);
create index subject_requests_by_time on archive.subject_requests (authority_id, received_at desc);

-- Accounts and cases that are the person's. While one stands here unreleased, what is in it is not destroyed.
create table archive.subject_links (
  request_id   uuid not null references archive.subject_requests,
  place        int not null,
  authority_id uuid not null,
  kind         text not null check (kind in ('account', 'case')),
  target_id    uuid not null,
  added_at     timestamptz not null,
  released_at  timestamptz,
  primary key (request_id, place)
);
create unique index subject_links_once on archive.subject_links (request_id, target_id) where released_at is null;
create index subject_links_holding on archive.subject_links (target_id) where released_at is null;

-- Supplements (komplettering) to a record: what the person says is right stands beside it, and the record is as it was.
create table archive.subject_supplements (
  event_id     uuid primary key,
  request_id   uuid not null references archive.subject_requests,
  authority_id uuid not null,
  record_id    uuid not null,
  noted_at     timestamptz not null
);
create index subject_supplements_of_record on archive.subject_supplements (record_id);

-- What is gone of a person is told too, and is few.
create index record_states_gone_of_account on archive.record_states (account_id) where disposed_at is not null;

-- The gate of holds, as for what is found for an utlämnande: a link is made under it, so either a destroying batch sees it, or it is made after the batch.
create function archive.enter_subject_gate() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(archive.hold_gate(new.authority_id));
  return new;
end $$;
create trigger subject_links_gate before insert on archive.subject_links
  for each row execute function archive.enter_subject_gate();
alter table archive.subject_links enable always trigger subject_links_gate;

create function archive.refuse_subject_link_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and (new.request_id, new.place, new.authority_id, new.kind, new.target_id, new.added_at) = (old.request_id, old.place, old.authority_id, old.kind, old.target_id, old.added_at)
     and (old.released_at is null or new.released_at = old.released_at) then
    return new;
  end if;
  raise exception 'what was found to be a person''s is released, never changed or removed' using errcode = 'AS001';
end $$;
create trigger subject_links_stand before update or delete on archive.subject_links
  for each row execute function archive.refuse_subject_link_change();
alter table archive.subject_links enable always trigger subject_links_stand;
create trigger subject_links_no_truncate before truncate on archive.subject_links
  for each statement execute function archive.refuse_change();
alter table archive.subject_links enable always trigger subject_links_no_truncate;

-- A pending request holds gallring: everything that asks is_held asks this too, the trigger on keys included.
create or replace function archive.is_held(p_authority uuid, p_record uuid, p_case uuid, p_account uuid) returns boolean
language sql stable parallel safe as $$
  select exists (select from archive.holds h where h.lifted_at is null and h.authority_id = p_authority and h.target_id in (p_record, p_case, p_account))
      or exists (select from archive.disclosure_items i where i.released_at is null and i.authority_id = p_authority and i.target_id in (p_record, p_case))
      or exists (select from archive.subject_links l where l.released_at is null and l.authority_id = p_authority and l.target_id in (p_case, p_account))
$$;

revoke execute on function archive.enter_subject_gate(), archive.refuse_subject_link_change() from public;
grant select, insert, update (last) on archive.subject_series to archive_writer;
grant select, insert, update (due_on, extended, identified, case_id, answer, answered_on, closed_at) on archive.subject_requests to archive_writer;
grant select, insert, update (released_at) on archive.subject_links to archive_writer;
grant select, insert on archive.subject_supplements to archive_writer;
grant select on archive.subject_requests, archive.subject_links, archive.subject_supplements to archive_staff, archive_cleared;
