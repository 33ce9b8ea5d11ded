using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Retention;

/// <summary>What a rule would destroy on a day: due, and of that held back.</summary>
public sealed record DueByRule(
    Guid Rule, int Version, string Name, Guid Authority, string AuthorityCode, string AuthorityName, Guid Decision, string DecisionReference, bool DecisionInForce,
    long Due, long Held, long InRuns, DateOnly? OldestDue, DateOnly? NextDue)
{
    public string Action { get; init; } = "destroy";

    /// <summary>Why it comes due: "gallras 2 år från det att handlingen kom in".</summary>
    public string Why { get; init; } = "";

    /// <summary>What ought to be mended: that the decision has no gallringsutredning.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];
}

/// <summary>One record that is due. Its content is not shown here: the record page decides who may read it.</summary>
public sealed record DueRecord(Guid Record, Guid Rule, string RecordType, DateOnly Due, DateOnly Received, bool Held)
{
    public string Action { get; init; } = "destroy";

    public string RuleName { get; init; } = "";

    /// <summary>The frist and what it is counted from.</summary>
    public string Why { get; init; } = "";
}

/// <summary>The gallring worklist: what is due by a day, rule by rule, and the records themselves.</summary>
public sealed class Worklist(Databases databases)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/retention/worklist", async (
            Caller caller, Worklist worklist, RetentionRegister register, AuthorityRegister authorities, CancellationToken ct,
            DateOnly? due = null, string? authority = null, Guid? rule = null, Guid? after = null, int limit = 100) =>
        {
            var seen = caller.AuthoritiesWith(Readers);
            if (caller.IsService || seen is []) return Problems.Refused(Refusal.NotAllowed("Bara arkivarie, registrator, chef och granskare ser vad som ska gallras."));
            if (authority is not null)
            {
                if (await authorities.Find(authority, ct) is not { } one || (seen is not null && !seen.Contains(one.Id)))
                    return Problems.Refused(Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {authority}."));
                seen = [one.Id];
            }

            var day = due ?? await register.Today(ct);
            var rules = await worklist.ByRule(seen, caller, day, ct);
            var size = Math.Clamp(limit, 1, 500);
            var items = await worklist.Records(seen, rule, day, caller, after, size + 1, ct);
            return (IResult)TypedResults.Ok(new
            {
                due = day,
                rules,
                items = items.Take(size),
                next = items.Count > size ? items[size - 1].Record : (Guid?)null,
            });
        })
        .WithName("retention-worklist");

    public static Role[] Readers => [Role.Arkivarie, Role.Registrator, Role.Chef, Role.Revisor];

    private static IReadOnlyList<Guid>? Assessed(Caller caller) => caller.IsService ? [] : caller.AuthoritiesWith(Role.Moderator, Role.Registrator);

    public async Task<List<DueByRule>> ByRule(IReadOnlyList<Guid>? authorities, Caller caller, DateOnly due, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("""
            select r.rule_id, r.version, r.name, a.authority_id, a.code, a.name, d.decision_id, d.reference,
                   $2 between d.valid_from and coalesce(d.valid_until, $2),
                   coalesce(w.due, 0), coalesce(w.held, 0), coalesce(w.in_runs, 0), w.oldest, w.next,
                   r.action, r.years, r.months, r.days, r.counted_from, r.date_name, d.kind = 'disposal' and not d.appraised and d.appraisal_of is null
            from archive.retention_rules r
            join archive.retention_decisions d using (decision_id)
            join archive.authorities a on a.authority_id = r.authority_id
            left join lateral (
              select count(*) filter (where f.is_due and not f.held and not f.in_run) as due, count(*) filter (where f.is_due and f.held) as held,
                     count(*) filter (where f.is_due and f.in_run) as in_runs, min(f.due_on) filter (where f.is_due) as oldest,
                     min(f.due_on) filter (where not f.is_due) as next
              from (
                select x.due_on,
                       x.due_on <= $2 and not exists (select from archive.rules_of_records o where o.record_id = x.record_id and (o.due_on is null or o.due_on > $2)) as is_due,
                       archive.is_held(x.authority_id, x.record_id, x.case_id, x.account_id) as held,
                       exists (select from archive.disposal_items i join archive.disposal_runs u using (run_id)
                               where i.record_id = x.record_id and i.state = 'pending' and u.state in ('proposed', 'approved', 'executing')) as in_run
                from archive.rules_of_records x where x.rule_id = r.rule_id and x.due_on is not null
                  and (x.wall = 'open' or (x.wall = 'secret' and ($3::uuid[] is null or x.authority_id = any ($3))) or (x.wall = 'unassessed' and ($4::uuid[] is null or x.authority_id = any ($4))))
              ) f
            ) w on true
            where r.ended_at is null and r.action in ('destroy', 'compulsory', 'review') and ($1::uuid[] is null or r.authority_id = any ($1))
            order by a.name collate "sv-x-icu", r.name collate "sv-x-icu", r.rule_id
            """);
        query.Parameters.Add(RetentionRegister.Authorities(authorities));
        query.Parameters.Add(new() { Value = due });
        query.Parameters.Add(RetentionRegister.Authorities(caller.ReadsSecretsOf));
        query.Parameters.Add(RetentionRegister.Authorities(Assessed(caller)));
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<DueByRule>();
        while (await rows.ReadAsync(ct))
        {
            found.Add(new(
                rows.GetGuid(0), rows.GetInt32(1), rows.GetString(2), rows.GetGuid(3), rows.GetString(4), rows.GetString(5), rows.GetGuid(6), rows.GetString(7), rows.GetBoolean(8),
                rows.GetInt64(9), rows.GetInt64(10), rows.GetInt64(11), Day(rows, 12), Day(rows, 13))
            {
                Action = rows.GetString(14),
                Why = Because(rows, 14),
                Remarks = rows.GetBoolean(20) ? [RecordDecisionHandler.AppraisalMissing] : [],
            });
        }

        return found;
    }

    /// <summary>By record id; behind a wall only for those who may know of it, in the counts too. A run takes them all: they are destroyed like the others.</summary>
    public async Task<List<DueRecord>> Records(IReadOnlyList<Guid>? authorities, Guid? rule, DateOnly due, Caller caller, Guid? after, int limit, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("""
            select x.record_id, x.rule_id, x.record_type, x.due_on, archive.swedish_date(x.received_at), archive.is_held(x.authority_id, x.record_id, x.case_id, x.account_id),
                   r.action, r.years, r.months, r.days, r.counted_from, r.date_name, r.name
            from archive.rules_of_records x join archive.retention_rules r on r.rule_id = x.rule_id and r.version = x.rule_version
            where ($1::uuid[] is null or x.authority_id = any ($1)) and ($2::uuid is null or x.rule_id = $2) and x.due_on <= $3
              and (x.wall = 'open' or (x.wall = 'secret' and ($4::uuid[] is null or x.authority_id = any ($4))) or (x.wall = 'unassessed' and ($7::uuid[] is null or x.authority_id = any ($7)))) and ($5::uuid is null or x.record_id > $5)
              and not exists (select from archive.rules_of_records o where o.record_id = x.record_id and (o.due_on is null or o.due_on > x.due_on or (o.due_on = x.due_on and o.rule_id > x.rule_id)))
            order by x.record_id limit $6
            """);
        query.Parameters.Add(RetentionRegister.Authorities(authorities));
        query.Parameters.Add(new() { Value = (object?)rule ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        query.Parameters.Add(new() { Value = due });
        query.Parameters.Add(RetentionRegister.Authorities(caller.ReadsSecretsOf));
        query.Parameters.Add(new() { Value = (object?)after ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        query.Parameters.Add(new() { Value = limit });
        query.Parameters.Add(RetentionRegister.Authorities(Assessed(caller)));
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<DueRecord>();
        while (await rows.ReadAsync(ct))
        {
            found.Add(new(rows.GetGuid(0), rows.GetGuid(1), rows.GetString(2), rows.GetFieldValue<DateOnly>(3), rows.GetFieldValue<DateOnly>(4), rows.GetBoolean(5))
            {
                Action = rows.GetString(6),
                RuleName = rows.GetString(12),
                Why = Because(rows, 6),
            });
        }

        return found;
    }

    /// <summary>From action, years, months, days, counted_from and date_name.</summary>
    private static string Because(NpgsqlDataReader row, int at) =>
        $"{Words.ActionsInSwedish[row.GetString(at)]} {new Period(row.GetInt32(at + 1), row.GetInt32(at + 2), row.GetInt32(at + 3)).InSwedish()} {Words.CountedInSwedish(Words.CountedFrom[row.GetString(at + 4)], row.IsDBNull(at + 5) ? null : row.GetString(at + 5))}";

    private static DateOnly? Day(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateOnly>(column);
}
