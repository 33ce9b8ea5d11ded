using Npgsql;

namespace ArchiveService.Features.Verify;

public sealed partial class VerifyArchive
{
    /// <summary>What stands in archive.policy_versions is what was decided, and every decision carries the version in force when it was recorded (I10).</summary>
    private async Task Policies(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        await Each(snapshot, """
            with decided as (
              select stream_id, (data->>'version')::int as version, data->>'preset' as preset, data->'values' as policy, data->>'decisionReference' as reference,
                     coalesce((data->>'effectiveFrom')::date, archive.swedish_date(timestamp)) as effective_from, timestamp, (data->>'carriedFrom')::int as carried_from
              from archive.mt_events where type in ('policy_adopted', 'policy_decided'))
            select coalesce(d.stream_id, v.authority_id), coalesce(d.version, v.version)
            from decided d full join archive.policy_versions v on v.authority_id = d.stream_id and v.version = d.version
            where (d.stream_id, d.preset, d.policy, d.reference, d.effective_from, d.timestamp, d.carried_from)
              is distinct from (v.authority_id, v.preset, v.policy, v.decision_reference, v.effective_from, v.decided_at, v.carried_from)
            """, row => findings.Add(new(Severity.Error, "authorities-differ", $"Version {row.GetInt32(1)} of the policy of authority {row.GetGuid(0)} does not stand in archive.policy_versions as the log says it was decided.", row.GetGuid(0))), ct);

        await Each(snapshot, """
            with said as (
              select (e.data->>'authority')::uuid as authority_id, (e.data->>'version')::int as version, c.code, c.title, c."validFrom" as valid_from, c."validUntil" as valid_until, c.replaces
              from archive.mt_events e cross join lateral jsonb_to_recordset(e.data->'classes') c(code text, title text, "validFrom" date, "validUntil" date, replaces text[])
              where e.type = 'classification_plan_adopted')
            select distinct coalesce(s.authority_id, r.authority_id), coalesce(s.version, r.version)
            from said s full join archive.record_classes r on r.authority_id = s.authority_id and r.version = s.version and r.code = s.code
            where (s.title, s.valid_from, s.valid_until, s.replaces) is distinct from (r.title, r.valid_from, r.valid_until, r.replaces)
            """, row => findings.Add(new(Severity.Error, "classes-differ", $"Version {row.GetInt32(1)} of the classification plan of authority {row.GetGuid(0)} does not stand in archive.record_classes as the log says it was adopted.", row.GetGuid(0))), ct);

        // What was decided before a record was taken over by another authority was decided under the policy of the one it left.
        // Decided just before a day's end may be recorded just after it: the version in force five minutes earlier is right too.
        await Each(snapshot, """
            with moved as (
              select stream_id, seq_id, (data->>'authority')::uuid as authority_id, lag(seq_id, 1, 0::bigint) over (partition by stream_id order by seq_id) as after
              from archive.mt_events where type = 'record_transferred'),
            made as (
              select e.seq_id, e.timestamp, e.type, coalesce((e.data->>'authority')::uuid, m.authority_id, r.authority_id, c.authority_id, h.authority_id, d.authority_id, o.authority_id, q.authority_id) as authority_id,
                     coalesce(e.data->>'policyVersion', e.data #>> '{decision,policyVersion}')::int as version
              from archive.mt_events e
              left join moved m on m.stream_id = e.stream_id and e.seq_id < m.seq_id and e.seq_id > m.after
              left join archive.record_states r on r.record_id = e.stream_id
              left join archive.cases c on c.case_id = e.stream_id
              left join archive.channels h on h.channel_id = e.stream_id
              left join archive.disposal_runs d on d.run_id = e.stream_id
              left join archive.holds o on o.hold_id = e.stream_id
              left join archive.disclosure_requests q on q.request_id = e.stream_id
              where e.data ? 'policyVersion' or e.data #> '{decision,policyVersion}' is not null)
            select m.seq_id, m.type, m.version, m.authority_id from made m
            where m.authority_id is not null and m.version not in (
              select p.version from (values (m.timestamp), (m.timestamp - interval '5 minutes')) at(t)
              cross join lateral (
                select v.version from archive.policy_versions v
                where v.authority_id = m.authority_id and v.decided_at <= at.t and v.effective_from <= archive.swedish_date(at.t)
                order by v.effective_from desc, v.version desc limit 1) p)
            """, row => findings.Add(new(Severity.Error, "policy-version-differs", $"{row.GetString(1)} carries version {row.GetInt32(2)} of the policy of authority {row.GetGuid(3)}, which was not the one in force when it was recorded.", null, row.GetInt64(0))), ct);
    }
}
