-- What the lists of cases need to know, written with the events of the case; names and texts stand sealed.
alter table archive.cases
  add column officer_id uuid references archive.persons,
  add column officer_since date,
  add column open_appeals int not null default 0 check (open_appeals >= 0),
  add column archived_on date;
create index cases_of_officer on archive.cases (officer_id) where officer_id is not null and closed_at is null;
create index cases_open on archive.cases (authority_id, opened_at) where closed_at is null and voided_at is null;
create index cases_newest on archive.cases (opened_at desc, case_id desc);

-- When a case was closed, reopened and whose it became: the balanslista asks how it stood on a day that has passed.
create table archive.case_turns (
  case_id    uuid not null references archive.cases,
  version    bigint not null,
  kind       text not null check (kind in ('closed', 'reopened', 'assigned')),
  at         timestamptz not null,
  officer_id uuid,
  primary key (case_id, version)
);

insert into archive.case_turns (case_id, version, kind, at)
select e.stream_id, e.version, 'closed', (e.data->>'closedAt')::timestamptz from archive.mt_events e where e.type = 'case_closed';

create trigger case_turns_immutable before update or delete on archive.case_turns for each row execute function archive.refuse_change();
alter table archive.case_turns enable always trigger case_turns_immutable;
create trigger case_turns_no_truncate before truncate on archive.case_turns for each statement execute function archive.refuse_change();
alter table archive.case_turns enable always trigger case_turns_no_truncate;

grant select, insert on archive.case_turns to archive_writer;
grant select on archive.case_turns to archive_staff, archive_cleared;
