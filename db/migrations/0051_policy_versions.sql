-- Every version of an authority's policy, the coming ones too. In force at an instant is the version with the latest effective day, and of
-- those the highest number, among the ones decided by then whose day (Europe/Stockholm) has come.
create table archive.policy_versions (
  authority_id       uuid not null references archive.authorities,
  version            int not null,
  preset             text not null,
  policy             jsonb not null,
  decision_reference text,
  effective_from     date not null,
  decided_at         timestamptz not null,
  decided_by         uuid,
  carried_from       int,
  primary key (authority_id, version)
);

-- A policy adopted before versions had a day came into force when it was recorded.
insert into archive.policy_versions (authority_id, version, preset, policy, decision_reference, effective_from, decided_at, decided_by)
select e.stream_id, (e.data->>'version')::int, e.data->>'preset', e.data->'values', e.data->>'decisionReference', archive.swedish_date(e.timestamp), e.timestamp,
       case when e.user_name ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' then e.user_name::uuid end
from archive.mt_events e where e.type = 'policy_adopted';

-- They stand among the versions now; a second copy would be the latest decided, not the one in force.
alter table archive.authorities drop column preset, drop column policy_version, drop column policy;

-- A version is never changed: decisions name it.
grant select, insert on archive.policy_versions to archive_writer;
grant select on archive.policy_versions to archive_staff, archive_cleared;
