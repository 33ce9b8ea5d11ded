using Npgsql;

namespace ArchiveService.Features.Verify;

public sealed partial class VerifyArchive
{
    /// <summary>What stands in the tables that commands are decided on is what was given, adopted and taken.</summary>
    private async Task Assignments(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        await Each(snapshot, """
            with told as (
              select g.stream_id, (g.data->>'authority')::uuid as authority_id, (g.data->>'channel')::uuid as channel_id, (g.data->>'person')::uuid as person_id, g.data->>'function' as function,
                     (g.data->>'from')::date as valid_from, (g.data->>'until')::date as valid_until, (g.data->>'givenBy')::uuid as given_by, g.timestamp as given_at,
                     (g.data->>'needsAuthorisation')::boolean as needs_authorisation, (g.data->>'policyInformedOn')::date as policy_informed_on, (g.data->>'introducedOn')::date as introduced_on,
                     (select a.timestamp from archive.mt_events a where a.stream_id = g.stream_id and a.type = 'assignment_authorised') as authorised_at,
                     (select e.timestamp from archive.mt_events e where e.stream_id = g.stream_id and e.type = 'assignment_ended') as ended_at
              from archive.mt_events g where g.type = 'assignment_given')
            select coalesce(t.stream_id, a.assignment_id)
            from told t full join archive.assignments a on a.assignment_id = t.stream_id
            where (t.stream_id, t.authority_id, t.channel_id, t.person_id, t.function, t.valid_from, t.valid_until, t.given_by, t.given_at, t.needs_authorisation, t.policy_informed_on, t.introduced_on, t.authorised_at, t.ended_at)
              is distinct from (a.assignment_id, a.authority_id, a.channel_id, a.person_id, a.function, a.valid_from, a.valid_until, a.given_by, a.given_at, a.needs_authorisation, a.policy_informed_on, a.introduced_on, a.authorised_at, a.ended_at)
            """, row => findings.Add(new(Severity.Error, "assignments-differ", $"Assignment {row.GetGuid(0)} does not stand in archive.assignments as the log says it was given, authorised and ended.", row.GetGuid(0))), ct);

        await Each(snapshot, """
            with told as (
              select e.stream_id, row_number() over (partition by e.stream_id order by e.version)::int as place, (e.data->>'person')::uuid as person_id, (e.data->>'from')::date as valid_from, (e.data->>'until')::date as valid_until
              from archive.mt_events e where e.type = 'assignment_substitute_named')
            select coalesce(t.stream_id, s.assignment_id)
            from told t full join archive.assignment_substitutes s on s.assignment_id = t.stream_id and s.place = t.place
            where (t.stream_id, t.person_id, t.valid_from, t.valid_until) is distinct from (s.assignment_id, s.person_id, s.valid_from, s.valid_until)
            """, row => findings.Add(new(Severity.Error, "assignments-differ", $"The substitutes of assignment {row.GetGuid(0)} do not stand in archive.assignment_substitutes as the log says they were named.", row.GetGuid(0))), ct);

        await Each(snapshot, """
            with told as (
              select e.stream_id, (e.data->>'authority')::uuid as authority_id, (e.data->>'version')::int as version, (e.data->>'from')::date as valid_from, (e.data->>'until')::date as valid_until, e.timestamp,
                     (select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('number', p->>'number', 'kind', p->>'kind', 'role', p->>'role', 'person', p->>'person', 'from', p->>'from', 'until', p->>'until')) order by n)
                      from jsonb_array_elements(e.data->'points') with ordinality u(p, n)) as points
              from archive.mt_events e where e.type = 'delegation_order_adopted'),
            held as (
              select o.*, (select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('number', p.number, 'kind', p.kind, 'role', p.role, 'person', p.person_id, 'from', p.valid_from, 'until', p.valid_until)) order by p.place)
                           from archive.delegation_points p where p.authority_id = o.authority_id and p.version = o.version) as points
              from archive.delegation_orders o)
            select coalesce(t.authority_id, h.authority_id), coalesce(t.version, h.version)
            from told t full join held h on h.authority_id = t.authority_id and h.version = t.version
            where (t.stream_id, t.valid_from, t.valid_until, t.timestamp, t.points) is distinct from (h.order_id, h.valid_from, h.valid_until, h.adopted_at, h.points)
            """, row => findings.Add(new(Severity.Error, "delegations-differ", $"Version {row.GetInt32(1)} of the delegationsordning of authority {row.GetGuid(0)} does not stand in archive.delegation_orders as the log says it was adopted.", row.GetGuid(0))), ct);

        await Each(snapshot, """
            with told as (
              select e.stream_id, (e.data->>'authority')::uuid as authority_id, e.data->>'kind' as kind, (e.data->>'orderVersion')::int as order_version, e.data->>'number' as number,
                     e.data->>'subjectKind' as subject_kind, (e.data->>'subject')::uuid as subject_id, (e.data->>'decidedBy')::uuid as decided_by, e.timestamp
              from archive.mt_events e where e.type = 'delegated_decision_taken'),
            reported as (
              select e.stream_id as report_id, d::uuid as decision_id
              from archive.mt_events e cross join lateral jsonb_array_elements_text(e.data->'decisions') d where e.type = 'delegation_reported')
            select coalesce(t.stream_id, d.decision_id)
            from told t left join reported r on r.decision_id = t.stream_id full join archive.delegated_decisions d on d.decision_id = t.stream_id
            where (t.stream_id, t.authority_id, t.kind, t.order_version, t.number, t.subject_kind, t.subject_id, t.decided_by, t.timestamp, r.report_id)
              is distinct from (d.decision_id, d.authority_id, d.kind, d.order_version, d.number, d.subject_kind, d.subject_id, d.decided_by, d.decided_at, d.report_id)
            """, row => findings.Add(new(Severity.Error, "delegations-differ", $"The delegated decision {row.GetGuid(0)} does not stand in archive.delegated_decisions as the log says it was taken and reported.", row.GetGuid(0))), ct);

        await Each(snapshot, """
            with told as (
              select n.stream_id, (n.data->>'authority')::uuid as authority_id, (n.data->>'person')::uuid as person_id, (n.data->>'substitute')::uuid as substitute_id, (n.data->>'from')::date as valid_from,
                     (n.data->>'until')::date as valid_until, n.user_name::uuid as named_by, n.timestamp as named_at,
                     (select e.timestamp from archive.mt_events e where e.stream_id = n.stream_id and e.type = 'substitution_ended') as ended_at
              from archive.mt_events n where n.type = 'substitute_named')
            select coalesce(t.stream_id, s.substitution_id)
            from told t full join archive.substitutions s on s.substitution_id = t.stream_id
            where (t.stream_id, t.authority_id, t.person_id, t.substitute_id, t.valid_from, t.valid_until, t.named_by, t.named_at, t.ended_at)
              is distinct from (s.substitution_id, s.authority_id, s.person_id, s.substitute_id, s.valid_from, s.valid_until, s.named_by, s.named_at, s.ended_at)
            """, row => findings.Add(new(Severity.Error, "substitutes-differ", $"Substitution {row.GetGuid(0)} does not stand in archive.substitutions as the log says it was named and ended.", row.GetGuid(0))), ct);

        await Each(snapshot, """
            with told as (
              select e.stream_id, (e.data->>'substitution')::uuid as substitution_id, e.data->>'kind' as kind, e.data->>'subjectKind' as subject_kind, (e.data->>'subject')::uuid as subject_id, e.timestamp
              from archive.mt_events e where e.type = 'substitute_acted')
            select coalesce(t.stream_id, a.act_id)
            from told t full join archive.substitute_acts a on a.act_id = t.stream_id
            where (t.stream_id, t.substitution_id, t.kind, t.subject_kind, t.subject_id, t.timestamp) is distinct from (a.act_id, a.substitution_id, a.kind, a.subject_kind, a.subject_id, a.acted_at)
            """, row => findings.Add(new(Severity.Error, "substitutes-differ", $"What a substitute did ({row.GetGuid(0)}) does not stand in archive.substitute_acts as the log says it.", row.GetGuid(0))), ct);

        await Each(snapshot, """
            select coalesce(e.stream_id, i.person_id) from (select stream_id, count(*) as n from archive.mt_events where type = 'person_identity_linked' group by 1) e
            full join (select person_id, count(*) as n from archive.person_identities group by 1) i on i.person_id = e.stream_id where e.n is distinct from i.n
            """, row => findings.Add(new(Severity.Error, "persons-differ", $"Who {row.GetGuid(0)} is at the identity provider does not stand in archive.person_identities as the log says it was linked.", row.GetGuid(0))), ct);
    }
}
