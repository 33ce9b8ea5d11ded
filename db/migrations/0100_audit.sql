-- Conditions on what is not for all are never pushed beneath the condition that hides it: an error in a cast would tell the value of a hidden row.
alter view archive.attachments_public set (security_barrier = true);
alter view archive.holdings_open set (security_barrier = true);
alter view archive.formats_open set (security_barrier = true);
alter view views.takedowns_public set (security_barrier = true);

-- The log of administration: every event by which somebody gave, took away, opened, closed, handed out or decided something for others, and every log-in. Written in the
-- transaction of its event; ids and codes only. The log of events itself has no index by kind, by who or by whom it concerns.
create table archive.audit_entries (
  event_id     uuid primary key,
  recorded_at  timestamptz not null,
  kind         text not null,
  stream_id    uuid not null,
  version      bigint not null,
  authority_id uuid,
  actor_id     uuid,
  -- The person that it concerns.
  subject_id   uuid
);
create index audit_entries_newest on archive.audit_entries (recorded_at desc, event_id desc);
create index audit_entries_by on archive.audit_entries (actor_id, recorded_at desc, event_id desc);
create index audit_entries_about on archive.audit_entries (subject_id, recorded_at desc, event_id desc) where subject_id is not null;
create index audit_entries_of_authority on archive.audit_entries (authority_id, recorded_at desc, event_id desc) where authority_id is not null;
create index audit_entries_of_kind on archive.audit_entries (kind, recorded_at desc, event_id desc);

-- Whose an event is: it says so itself, or what it belongs to does.
create function archive.authority_of_event(p_stream uuid, p_data jsonb) returns uuid
language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(
    (p_data ->> 'authority')::uuid,
    (select c.authority_id from archive.channels c where c.channel_id = coalesce((p_data ->> 'channel')::uuid, p_stream)),
    (select a.authority_id from archive.authorities a where a.authority_id = p_stream),
    (select a.authority_id from archive.assignments a where a.assignment_id = p_stream),
    (select r.authority_id from archive.disposal_runs r where r.run_id = p_stream),
    (select h.authority_id from archive.holds h where h.hold_id = p_stream),
    (select p.authority_id from archive.preservations p where p.preservation_id = p_stream),
    (select r.authority_id from archive.retention_rules r where r.rule_id = p_stream limit 1),
    (select r.authority_id from archive.default_rules r where r.rule_id = p_stream limit 1),
    (select d.authority_id from archive.retention_decisions d where d.decision_id = p_stream))
$$;

-- The last ones of each stream are those just written: it is locked until the end.
create function archive.note_audit(p_streams uuid[], p_events uuid[]) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  insert into archive.audit_entries (event_id, recorded_at, kind, stream_id, version, authority_id, actor_id, subject_id)
  select e.id, e.timestamp, e.type, e.stream_id, e.version, archive.authority_of_event(e.stream_id, e.data),
         case when e.user_name ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then e.user_name::uuid end,
         coalesce((e.data ->> 'person')::uuid, case when s.type = 'person' then s.id end)
  from unnest(p_streams, p_events) w(stream_id, event_id)
  join archive.mt_streams s on s.id = w.stream_id
  join archive.mt_events e on e.stream_id = s.id and e.version > s.version - cardinality(p_events) and e.id = w.event_id
$$;

insert into archive.audit_entries (event_id, recorded_at, kind, stream_id, version, authority_id, actor_id, subject_id)
select e.id, e.timestamp, e.type, e.stream_id, e.version, archive.authority_of_event(e.stream_id, e.data),
       case when e.user_name ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then e.user_name::uuid end,
       coalesce((e.data ->> 'person')::uuid, case when s.type = 'person' then s.id end)
from archive.mt_events e join archive.mt_streams s on s.id = e.stream_id
where (s.type = 'person' and e.type <> 'record_opened')
   or e.type in (
     'authority_established', 'policy_adopted', 'policy_decided', 'archive_described', 'classification_plan_adopted', 'information_plan_adopted',
     'default_rule_adopted', 'default_rule_repealed', 'diary_series_set', 'delegation_order_adopted', 'delegation_reported', 'watch_planned',
     'watch_rota_entered', 'watch_rota_ended', 'watch_absence_entered', 'watch_absence_withdrawn', 'on_call_contact_listed',
     'on_call_contact_removed', 'assignment_given', 'assignment_authorised', 'assignment_substitute_named', 'assignment_ended', 'channel_registered',
     'channel_approved', 'channel_activated', 'channel_paused', 'channel_resumed', 'channel_closed', 'channel_administrator_named',
     'channel_administrator_released', 'channel_login_custody_stated', 'channel_plan_signed', 'source_set_up', 'source_paused', 'source_resumed',
     'source_credential_set', 'source_credential_removed', 'period_marked_untrusted', 'period_trusted_again', 'disposal_held',
     'disposal_hold_lifted', 'preservation_decided', 'preservation_lifted', 'retention_rule_adopted', 'retention_rule_repealed',
     'disposal_decision_recorded', 'disposal_proposed', 'disposal_approved', 'disposal_cancelled', 'disposal_cancelled_v2',
     'disposal_execution_started', 'keys_rotated', 'keys_exported', 'backup_taken', 'backup_restored', 'erasures_replayed', 'log_resumed',
     'checkpoint_key_rotated', 'archive_exported', 'channel_exported', 'inspection_pack_made', 'delivery_opened', 'delivery_discarded',
     'unusual_reads_found', 'unusual_reads_examined'
   );

do $$
begin
  create trigger audit_entries_immutable before update or delete on archive.audit_entries for each row execute function archive.refuse_change();
  alter table archive.audit_entries enable always trigger audit_entries_immutable;
  create trigger audit_entries_no_truncate before truncate on archive.audit_entries for each statement execute function archive.refuse_change();
  alter table archive.audit_entries enable always trigger audit_entries_no_truncate;
end $$;

-- How often somebody failed to log in, by person and hour; a name that nobody has is counted without it. The first of an hour is an event, so that a flood fills nothing.
create table archive.log_in_failures (
  hour      timestamptz not null,
  person_id uuid references archive.persons,
  count     bigint not null check (count > 0),
  constraint log_in_failures_once unique nulls not distinct (hour, person_id)
);

grant select, insert on archive.audit_entries to archive_writer;
grant select, insert, update (count), delete on archive.log_in_failures to archive_writer;
revoke execute on function archive.authority_of_event(uuid, jsonb), archive.note_audit(uuid[], uuid[]) from public;
grant execute on function archive.authority_of_event(uuid, jsonb), archive.note_audit(uuid[], uuid[]) to archive_writer;
