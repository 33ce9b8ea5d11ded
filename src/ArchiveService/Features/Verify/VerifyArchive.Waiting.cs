using Npgsql;

namespace ArchiveService.Features.Verify;

public sealed partial class VerifyArchive
{
    /// <summary>What stands in the list of what waits, and in the rota, is what the log says: facts only, since due dates are computed (ADR 0007).</summary>
    private async Task Waiting(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        await Each(snapshot, """
            with told as (
              select e.stream_id as record_id,
                     min(e.timestamp) filter (where e.type in ('record_assessed', 'record_registered', 'record_kept_ordered', 'record_exempted', 'record_routed', 'record_joined_registration', 'secrecy_marked', 'secrecy_lifted', 'secrecy_reviewed',
                                                               'emergency_confirmed', 'record_answered', 'record_forwarded', 'record_closed_unanswered', 'record_misdirected',
                                                               'take_down_proposed', 'take_down_proposal_withdrawn', 'notice_sent', 'police_report_made', 'content_locked', 'danger_escalated', 'record_settled_by_rule') or e.data ? 'decision') as reviewed_at,
                     coalesce((array_agg((e.data->>'isQuestion')::boolean order by e.version desc) filter (where e.type = 'record_assessed'))[1], false) as is_question,
                     max(e.timestamp) filter (where e.type = 'record_answered') as answered_at, max(e.timestamp) filter (where e.type = 'record_forwarded') as forwarded_at,
                     max(e.timestamp) filter (where e.type = 'record_closed_unanswered') as closed_at,
                     bool_or(e.type = 'record_misdirected') as misdirected, max(e.timestamp) filter (where e.type = 'record_registered') as entered_at,
                     coalesce(max(e.version) filter (where e.type = 'rule_settlement_withdrawn'), 0) as withdrawn,
                     (array_agg(e.type order by e.version desc) filter (where e.type in ('record_registered', 'record_kept_ordered', 'record_exempted', 'record_routed', 'record_joined_registration', 'record_settled_by_rule')))[1] = 'record_settled_by_rule' as by_rule,
                     (array_agg(case when e.type = 'record_allotted' then e.data->>'allotment' end order by e.version desc) filter (where e.type in ('record_allotted', 'allotment_declined')))[1] as allotment
              from archive.mt_events e
              where e.type in ('item_captured', 'rule_settlement_withdrawn', 'record_allotted', 'allotment_declined', 'record_assessed', 'record_registered', 'record_kept_ordered', 'record_exempted', 'record_routed', 'record_joined_registration', 'secrecy_marked', 'secrecy_lifted', 'secrecy_reviewed',
                               'emergency_confirmed', 'record_answered', 'record_forwarded', 'record_closed_unanswered', 'record_misdirected',
                               'take_down_proposed', 'take_down_proposal_withdrawn', 'notice_sent', 'police_report_made', 'content_locked', 'danger_escalated', 'record_settled_by_rule', 'item_hidden', 'item_unpublished', 'item_deleted_from_channel')
              group by 1)
            select s.record_id from archive.record_states s join told t using (record_id) left join archive.open_items o using (record_id)
            where s.record_type not in ('channel-snapshot', 'image-consent') and (s.direction = 'received' or t.reviewed_at is not null)
              and ((s.authority_id, s.channel_id, s.received_at, s.direction = 'received', t.is_question, t.reviewed_at, t.answered_at, t.forwarded_at, t.closed_at)
                     is distinct from (o.authority_id, o.channel_id, o.received_at, o.incoming, o.is_question, o.reviewed_at, o.answered_at, o.forwarded_at, o.closed_at)
                   or (case when s.registration = 'captured' then null when s.registration = 'keptOrdered' and t.misdirected then 'misdirected' else s.registration end, s.registration <> 'captured' and t.by_rule is true, t.entered_at)
                        is distinct from (o.outcome, o.by_rule, o.entered_at)
                   or o.outcome_at is distinct from (
                        select min(e.timestamp) from archive.mt_events e
                        where s.registration <> 'captured' and e.stream_id = s.record_id and e.version > t.withdrawn and e.type in ('record_registered', 'record_kept_ordered', 'record_exempted', 'record_routed', 'record_joined_registration', 'record_settled_by_rule'))
                   or (o.allotment_id is not null and o.allotment_id::text is distinct from t.allotment)
                   or (s.wall = 'open' and s.disposed_at is null and o.secrecy_since is not null))
            """, row => findings.Add(new(Severity.Error, "open-items-differ", $"Record {row.GetGuid(0)} does not stand in archive.open_items as the log says: it may wait unseen, or be shown as waiting though it is done.", row.GetGuid(0))), ct);

        await Each(snapshot, """
            with told as (
              select (e.data->>'entry')::uuid as id, e.data, (select (l.data->>'last')::date from archive.mt_events l where l.type = 'watch_rota_ended' and l.data->>'entry' = e.data->>'entry' order by l.seq_id desc limit 1) as last
              from archive.mt_events e where e.type = 'watch_rota_entered')
            select coalesce((t.data->>'channel')::uuid, r.channel_id) from told t full join archive.watch_rota r on r.entry_id = t.id
            where (t.data->>'channel', t.data->>'person', t.data->>'from', coalesce(t.last, (t.data->>'until')::date)) is distinct from (r.channel_id::text, r.person_id::text, r.from_day::text, r.until_day)
            union all
            select coalesce((e.data->>'channel')::uuid, a.channel_id)
            from (select data from archive.mt_events where type = 'watch_absence_entered') e full join archive.watch_absences a on a.absence_id = (e.data->>'absence')::uuid
            where (e.data->>'channel', e.data->>'person', e.data->>'from', e.data->>'until', e.data->>'substitute',
                   exists (select from archive.mt_events w where w.type = 'watch_absence_withdrawn' and w.data->>'absence' = e.data->>'absence'))
              is distinct from (a.channel_id::text, a.person_id::text, a.from_day::text, a.until_day::text, a.substitute_id::text, a.withdrawn)
            union all
            select coalesce((e.data->>'channel')::uuid, d.channel_id)
            from (select distinct on (data->>'channel', data->>'day', user_name) data, user_name from archive.mt_events where type = 'watch_kept') e
            full join archive.watched_days d on d.channel_id = (e.data->>'channel')::uuid and d.day = (e.data->>'day')::date and d.person_id::text = e.user_name
            where e.data is null or d.day is null
            union all
            select coalesce((e.data->>'channel')::uuid, p.channel_id)
            from (select distinct on (data->>'channel') data from archive.mt_events where type = 'watch_planned' order by data->>'channel', seq_id desc) e
            full join archive.watch_plans p on p.channel_id = (e.data->>'channel')::uuid
            where e.data is null or (e.data->>'intervalHours')::int is distinct from p.interval_hours or jsonb_array_length(e.data->'days') is distinct from cardinality(p.days)
            """, row => findings.Add(new(Severity.Error, "watch-differs", $"The watch over channel {row.GetGuid(0)} does not stand in the tables as the log says.", row.GetGuid(0))), ct);

        await Each(snapshot, """
            with told as (select distinct on (data->>'channel', data->>'day') data from archive.mt_events where type = 'channel_day_closed' order by data->>'channel', data->>'day', seq_id desc)
            select coalesce((t.data->>'channel')::uuid, d.channel_id) from told t full join archive.channel_days d on d.channel_id = (t.data->>'channel')::uuid and d.day = (t.data->>'day')::date
            where (t.data->>'coverage', t.data->>'reason', (t.data->>'missingSeconds')::bigint, (t.data->>'items')::bigint) is distinct from (d.coverage, d.reason, d.missing_seconds, d.items)
            union
            select coalesce((m.data->>'channel')::uuid, p.channel_id) from (select * from archive.mt_events where type = 'period_marked_untrusted') m full join archive.untrusted_periods p on p.period_id = (m.data->>'period')::uuid
            where ((m.data->>'from')::timestamptz, (m.data->>'until')::timestamptz) is distinct from (p.from_at, p.until_at)
               or (p.trusted_at is not null) is distinct from exists (select from archive.mt_events t where t.type = 'period_trusted_again' and t.stream_id = m.stream_id and t.data->>'period' = m.data->>'period')
            """, row => findings.Add(new(Severity.Error, "completeness-differs", $"How whole the days of channel {row.GetGuid(0)} are does not stand in the tables as the log says.", row.GetGuid(0))), ct);

        await Each(snapshot, """
            with told as (
              select distinct on (e.stream_id) e.data,
                (select coalesce((r.data->>'enabled')::boolean, r.type = 'source_resumed') from archive.mt_events r where r.stream_id = e.stream_id and r.type in ('source_set_up', 'source_paused', 'source_resumed') order by r.version desc limit 1) as enabled,
                (select case when r.type = 'source_alarm_raised' then r.data->>'problem' end from archive.mt_events r where r.stream_id = e.stream_id and r.type in ('source_alarm_raised', 'source_recovered') order by r.version desc limit 1) as alarm,
                coalesce((select r.type = 'source_credential_set' from archive.mt_events r where r.stream_id = e.stream_id and r.type in ('source_credential_set', 'source_credential_removed') order by r.version desc limit 1), false) as has_token
              from archive.mt_events e where e.type = 'source_set_up' order by e.stream_id, e.version desc)
            select coalesce((t.data->>'channel')::uuid, s.channel_id) from told t full join archive.sources s on s.channel_id = (t.data->>'channel')::uuid
            where (t.data->>'authority', t.data->>'means', (t.data->>'intervalMinutes')::int, t.enabled, t.alarm, t.has_token)
              is distinct from (s.authority_id::text, s.means, s.interval_minutes, s.enabled, s.alarm, s.credential_at is not null)
               or t.has_token is distinct from exists (select from archive.source_secrets k where k.channel_id = s.channel_id and k.kind = 'token')
            """, row => findings.Add(new(Severity.Error, "source-differs", $"The source of channel {row.GetGuid(0)} does not stand in the tables as the log says.", row.GetGuid(0))), ct);
    }
}
