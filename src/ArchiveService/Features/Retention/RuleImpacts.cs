using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Features.Retention;

/// <summary>
/// Counts what a change of rules would mean before it takes effect: the rules as they stand against the rules as they would stand, by the same SQL that the worklist,
/// the proposal and dispose_batch go by (archive.rules_under is the view's own text).
/// </summary>
public sealed class RuleImpacts(Databases databases)
{
    // The fate of a record: the day from which every rule lets it go. One rule without a day, or no rule at all, keeps it.
    private const string Compare = """
        with rules as materialized (
          select coalesce(array_agg(r), '{}') || case when $3::jsonb is null then '{}'::archive.retention_rules[] else array[jsonb_populate_record(null::archive.retention_rules, $3)] end as changed
          from archive.retention_rules r where r.ended_at is null and r.authority_id = $1 and r.rule_id <> $2
        ), before as (
          select x.record_id, case when bool_and(x.due_on is not null) then max(x.due_on) end as due
          from archive.rules_of_records x where x.authority_id = $1 group by 1
        ), after as (
          select x.record_id, case when bool_and(x.due_on is not null) then max(x.due_on) end as due
          from rules, archive.rules_under(rules.changed) x where x.authority_id = $1 group by 1
        ), known as (
          select s.record_id, s.record_type, s.received_at, s.wall from archive.record_states s where s.authority_id = $1 and s.disposed_at is null
          union all
          select q.request_id, 'disclosure-request', q.received_at, 'open' from archive.disclosure_requests q where q.authority_id = $1 and q.disposed_at is null and q.closed_at is not null
        )
        select k.record_type, extract(year from archive.swedish_date(k.received_at))::int,
               count(*),
               count(*) filter (where b.due is null and a.due is not null),
               count(*) filter (where b.due is not null and a.due is null),
               count(*) filter (where a.due < b.due),
               count(*) filter (where a.due > b.due),
               count(*) filter (where a.due <= archive.swedish_date(now()) and (b.due is null or b.due > archive.swedish_date(now())))
        from known k left join before b using (record_id) left join after a using (record_id)
        where $4 or k.wall = 'open' or (k.wall = 'secret' and ($5::uuid[] is null or $1 = any ($5))) or (k.wall = 'unassessed' and ($6::uuid[] is null or $1 = any ($6)))
        group by 1, 2 order by 1, 2
        """;

    /// <param name="changed">The rule as it would be; null: it is repealed.</param>
    /// <param name="caller">Who looks: only what they may know of is counted. Null: everything, for the log.</param>
    public async Task<RuleImpact> Of(Guid authority, Guid rule, RetentionRuleAdopted? changed, Caller? caller, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand(Compare);
        query.CommandTimeout = 0;
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = rule });
        query.Parameters.Add(new() { Value = changed is null ? DBNull.Value : Row(rule, changed), NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Jsonb });
        query.Parameters.Add(new() { Value = caller is null });
        query.Parameters.Add(RetentionRegister.Authorities(caller is null ? [] : caller.ReadsSecretsOf));
        query.Parameters.Add(RetentionRegister.Authorities(caller is null || caller.IsService ? [] : caller.AuthoritiesWith(Role.Moderator, Role.Registrator)));
        await using var rows = await query.ExecuteReaderAsync(ct);
        var (records, atOnce) = (0L, 0L);
        var byType = new List<TypeImpact>();
        while (await rows.ReadAsync(ct))
        {
            records += rows.GetInt64(2);
            atOnce += rows.GetInt64(7);
            byType.Add(new(rows.GetString(0), rows.GetInt32(1), rows.GetInt64(3), rows.GetInt64(4), rows.GetInt64(5), rows.GetInt64(6)));
        }

        return new(
            records, byType.Sum(t => t.KeptToDue), byType.Sum(t => t.DueToKept), byType.Sum(t => t.Sooner), byType.Sum(t => t.Later), atOnce,
            [.. byType.Where(t => t.KeptToDue + t.DueToKept + t.Sooner + t.Later > 0)]);
    }

    /// <summary>A class and those below it, as patterns; the class itself is matched with a full stop after it.</summary>
    public static string[]? Likes(RuleScope? scope) =>
        scope?.ClassCodes?.Select(c => c.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal) + ".%").ToArray();

    // The columns of archive.retention_rules.
    private static string Row(Guid rule, RetentionRuleAdopted e) => JsonSerializer.Serialize(new Dictionary<string, object?>(StringComparer.Ordinal)
    {
        ["rule_id"] = rule,
        ["version"] = e.Version,
        ["authority_id"] = e.Authority,
        ["decision_id"] = e.Decision,
        ["name"] = e.Name,
        ["record_types"] = e.RecordTypes,
        ["counted_from"] = e.CountedFrom.Stored(),
        ["years"] = e.Frist.Years,
        ["months"] = e.Frist.Months,
        ["days"] = e.Frist.Days,
        ["classes"] = e.Classes,
        ["action"] = (e.Action ?? RuleAction.Destroy).Stored(),
        ["date_name"] = e.DateName,
        ["class_codes"] = e.Scope?.ClassCodes,
        ["class_likes"] = Likes(e.Scope),
        ["channels"] = e.Scope?.Channels,
        ["platforms"] = e.Scope?.Platforms,
        ["directions"] = e.Scope?.Directions,
        ["valid_from"] = e.ValidFrom,
        ["valid_until"] = e.ValidUntil,
    });
}
