using Npgsql;

namespace ArchiveService.Features.Verify;

public sealed partial class VerifyArchive
{
    /// <summary>Rules for default states, the on-call list and the assessments of threads stand in their tables as the log tells.</summary>
    private async Task Assessing(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        await Each(snapshot, """
            with adopted as (
              select e.stream_id, (e.data->>'version')::int as version, (e.data->>'authority')::uuid as authority_id, e.data->>'name' as name,
                     array(select jsonb_array_elements_text(e.data->'recordTypes')) as record_types, e.data->>'content' as content, (e.data->>'atMostCharacters')::int as at_most,
                     e.data->>'to' as state, (e.data->>'disposalDecision')::uuid as decision_id, e.data->>'decisionReference' as reference, e.timestamp as adopted_at,
                     (select min(n.timestamp) from archive.mt_events n where n.stream_id = e.stream_id and n.version > e.version) as ended_at
              from archive.mt_events e where e.type = 'default_rule_adopted')
            select coalesce(a.stream_id, r.rule_id), coalesce(a.version, r.version)
            from adopted a full join archive.default_rules r on r.rule_id = a.stream_id and r.version = a.version
            where (a.stream_id, a.authority_id, a.name, a.record_types, a.content, a.at_most, a.state, a.decision_id, a.reference, a.adopted_at, a.ended_at)
              is distinct from (r.rule_id, r.authority_id, r.name, r.record_types, r.content, r.at_most_characters, r.state, r.decision_id, r.decision_reference, r.adopted_at, r.ended_at)
            """, row => findings.Add(new(Severity.Error, "default-rules-differ", $"Version {row.GetInt32(1)} of the default rule {row.GetGuid(0)} does not stand in archive.default_rules as the log says.", row.GetGuid(0))), ct);

        await Each(snapshot, """
            with told as (
              select stream_id, min(data->>'authority')::uuid as authority_id, min(timestamp) as listed_at, max(timestamp) filter (where type = 'on_call_contact_removed') as removed_at
              from archive.mt_events where type in ('on_call_contact_listed', 'on_call_contact_removed') group by stream_id)
            select coalesce(t.stream_id, c.contact_id) from told t full join archive.on_call_contacts c on c.contact_id = t.stream_id
            where (t.stream_id, t.authority_id, t.listed_at, t.removed_at) is distinct from (c.contact_id, c.authority_id, c.listed_at, c.removed_at)
            """, row => findings.Add(new(Severity.Error, "on-call-differs", $"The on-call contact {row.GetGuid(0)} does not stand in archive.on_call_contacts as the log says.", row.GetGuid(0))), ct);

        await Each(snapshot, """
            with told as (
              select stream_id, min(data->>'authority')::uuid as authority_id, min(data->>'record')::uuid as record_id,
                     min(timestamp) as started_at, max(timestamp) filter (where type = 'thread_assessment_finished') as finished_at
              from archive.mt_events where type in ('thread_assessment_started', 'thread_assessment_finished') group by stream_id)
            select coalesce(t.stream_id, a.assessment_id) from told t full join archive.thread_assessments a on a.assessment_id = t.stream_id
            where (t.stream_id, t.authority_id, t.record_id, t.started_at, t.finished_at) is distinct from (a.assessment_id, a.authority_id, a.record_id, a.started_at, a.finished_at)
            """, row => findings.Add(new(Severity.Error, "thread-assessments-differ", $"The assessment of a thread {row.GetGuid(0)} does not stand in archive.thread_assessments as the log says.", row.GetGuid(0))), ct);
    }
}
