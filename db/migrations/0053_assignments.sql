-- Uppdrag: who may act in a channel, in which function and from which day to which (H-06, H-08, V-12, T-21). Channel null is every channel of the
-- authority. A command on a record holds the row that lets it, to the end of its transaction; an assignment is ended under the same row.
create table archive.assignments (
  assignment_id       uuid primary key,
  authority_id        uuid not null references archive.authorities,
  channel_id          uuid references archive.channels,
  person_id           uuid not null references archive.persons,
  function            text not null check (function in ('administrator', 'moderator', 'answers')),
  valid_from          date not null,
  valid_until         date,
  given_by            uuid not null,
  given_at            timestamptz not null,
  needs_authorisation boolean not null,
  authorised_at       timestamptz,
  policy_informed_on  date,
  introduced_on       date,
  ended_at            timestamptz,
  check (valid_until >= valid_from),
  check (needs_authorisation or authorised_at is null)
);
create index assignments_of_person on archive.assignments (person_id, authority_id);
create index assignments_of_channel on archive.assignments (authority_id, channel_id);

-- Ersättare (H-07): acts under the assignment of somebody else, for a period.
create table archive.assignment_substitutes (
  assignment_id uuid not null references archive.assignments,
  place         int not null,
  person_id     uuid not null references archive.persons,
  valid_from    date not null,
  valid_until   date not null,
  primary key (assignment_id, place),
  check (valid_until >= valid_from)
);
create index assignment_substitutes_of_person on archive.assignment_substitutes (person_id);

-- The one place that says whether a channel has been taken into use, so that policy assignment.required = in-use asks for an assignment there.
create function archive.channel_in_use(p_authority uuid, p_channel uuid) returns boolean
language sql stable as $$
  select exists (select from archive.assignments a where a.authority_id = p_authority and (a.channel_id is null or a.channel_id = p_channel))
$$;

-- 'in-force', 'missing' or 'not-in-use'. Takes hold of the assignment, so that nobody ends it before the transaction does.
create function archive.assignment_standing(p_authority uuid, p_channel uuid, p_person uuid, p_functions text[], p_day date) returns text
language plpgsql volatile as $$
begin
  perform from archive.assignments a
  where a.authority_id = p_authority and (a.channel_id is null or a.channel_id = p_channel) and a.person_id = p_person and a.function = any (p_functions)
    and p_day between a.valid_from and coalesce(a.valid_until, 'infinity') and a.ended_at is null and (a.authorised_at is not null or not a.needs_authorisation)
  limit 1 for share;
  if found then return 'in-force'; end if;

  perform from archive.assignment_substitutes s join archive.assignments a using (assignment_id)
  where a.authority_id = p_authority and (a.channel_id is null or a.channel_id = p_channel) and s.person_id = p_person and a.function = any (p_functions)
    and p_day between s.valid_from and s.valid_until
    and p_day between a.valid_from and coalesce(a.valid_until, 'infinity') and a.ended_at is null and (a.authorised_at is not null or not a.needs_authorisation)
  limit 1 for share of a;
  if found then return 'in-force'; end if;

  return case when archive.channel_in_use(p_authority, p_channel) then 'missing' else 'not-in-use' end;
end $$;

-- Delegationsordning: the versions an authority has adopted, and the points of each (KL 6 kap. 37–40 §§, 7 kap. 5–8 §§). A version is never changed.
create table archive.delegation_orders (
  authority_id uuid not null references archive.authorities,
  version      int not null,
  order_id     uuid not null,
  valid_from   date not null,
  valid_until  date,
  adopted_by   uuid not null,
  adopted_at   timestamptz not null,
  primary key (authority_id, version),
  check (valid_until >= valid_from)
);

create table archive.delegation_points (
  authority_id uuid not null,
  version      int not null,
  place        int not null,
  number       text not null,
  kind         text not null,
  role         text,
  person_id    uuid references archive.persons,
  valid_from   date,
  valid_until  date,
  primary key (authority_id, version, place),
  foreign key (authority_id, version) references archive.delegation_orders,
  check ((role is null) <> (person_id is null))
);

-- What was decided on delegation, under which point of which version; and at which meeting it was reported (anmäld).
create table archive.delegation_reports (
  report_id    uuid primary key,
  authority_id uuid not null references archive.authorities,
  meeting_on   date not null,
  decisions    int not null check (decisions > 0),
  reported_by  uuid not null,
  reported_at  timestamptz not null
);

create table archive.delegated_decisions (
  decision_id   uuid primary key,
  authority_id  uuid not null references archive.authorities,
  kind          text not null,
  order_version int not null,
  number        text not null,
  subject_kind  text not null,
  subject_id    uuid not null,
  decided_by    uuid not null,
  decided_at    timestamptz not null,
  report_id     uuid references archive.delegation_reports,
  foreign key (authority_id, order_version) references archive.delegation_orders
);
create index delegated_decisions_by_time on archive.delegated_decisions (authority_id, decided_at);
create index delegated_decisions_by_subject on archive.delegated_decisions (subject_id);
create index delegated_decisions_unreported on archive.delegated_decisions (authority_id) where report_id is null;

revoke execute on function archive.channel_in_use(uuid, uuid), archive.assignment_standing(uuid, uuid, uuid, text[], date) from public;
grant execute on function archive.channel_in_use(uuid, uuid), archive.assignment_standing(uuid, uuid, uuid, text[], date) to archive_writer;
grant select, insert, update (authorised_at, ended_at) on archive.assignments to archive_writer;
grant select, insert on archive.assignment_substitutes, archive.delegation_orders, archive.delegation_points, archive.delegation_reports to archive_writer;
grant select, insert, update (report_id) on archive.delegated_decisions to archive_writer;
grant select on archive.assignments, archive.assignment_substitutes, archive.delegation_orders, archive.delegation_points, archive.delegated_decisions, archive.delegation_reports
  to archive_staff, archive_cleared;
