using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Retention;

/// <summary>A year and a type of record: what the rule would have made due then.</summary>
/// <param name="Destroyed">Of them, destroyed already under the rules that were in force.</param>
/// <param name="Held">Of those that are left, held now.</param>
/// <param name="KeptByOthers">Of those that are left and not held, kept longer by another rule in force.</param>
public sealed record DryRunYear(int Year, string RecordType, long Due, long Destroyed, long Held, long KeptByOthers);

public sealed record DryRunRecord(Guid Record, string RecordType, DateOnly Due, DateOnly Received, bool Destroyed, bool Held, bool KeptByOthers);

/// <param name="DestroyedThoughKept">Records that are destroyed, and that this rule would not have let go yet.</param>
/// <param name="Total">All records of the types that the reader may know of.</param>
public sealed record DryRunResult(
    Guid Id, Guid Authority, Guid? Rule, int? RuleVersion, IReadOnlyList<string> RecordTypes, CountedFrom CountedFrom, Period Frist, DateOnly Until,
    IReadOnlyList<DryRunYear> Years, IReadOnlyList<DryRunRecord> Records, long Total, long DestroyedThoughKept)
{
    public long Due => Years.Sum(y => y.Due);

    /// <summary>What would be proposed today, were this the rule.</summary>
    public long Free => Years.Sum(y => y.Due - y.Destroyed - y.Held - y.KeptByOthers);
}

/// <summary>
/// Counterfactual retention: what would this rule have destroyed, and when? A version of a rule as it was, a version with something changed, or a draft of one's own, laid over all
/// of history, what is destroyed included.
/// </summary>
/// <param name="Rule">A rule to try or to begin from; the version in force, or <paramref name="Version"/>.</param>
/// <param name="Frist">ISO 8601; absent means the rule's.</param>
/// <param name="Until">The last day to look at; absent means today.</param>
/// <param name="Limit">How many records to name, the earliest first.</param>
public sealed record AskDryRun(
    string? Authority = null, Guid? Rule = null, int? Version = null, IReadOnlyList<string>? RecordTypes = null, string? CountedFrom = null, string? Frist = null, DateOnly? Until = null, int Limit = 100)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/retention/dry-runs", async (AskDryRun command, Caller caller, RetentionDryRun dry, CancellationToken ct) =>
        {
            var (result, last, refused) = await dry.Ask(command, caller, ct);
            return refused is not null
                ? Problems.Refused(refused)
                : (IResult)TypedResults.Ok(new
                {
                    result!.Id,
                    result.Rule,
                    result.RuleVersion,
                    result.RecordTypes,
                    countedFrom = result.CountedFrom.Stored(),
                    frist = result.Frist.ToIso(),
                    result.Until,
                    result.Total,
                    result.Due,
                    result.Free,
                    result.DestroyedThoughKept,
                    result.Years,
                    items = result.Records,
                    lastSequence = last,
                });
        })
        .WithName("retention-dry-run");

    /// <summary>Pure: what is tried, or why it cannot be.</summary>
    public Decision Decide(Authority authority, RetentionRule? rule, DateOnly today)
    {
        var types = RecordTypes is { Count: > 0 } ? RecordTypes : rule?.RecordTypes ?? [];
        if (types.Count == 0) return Refusal.Input("rule-without-types", "Ange vilka handlingstyper regeln gäller.");
        if (types.FirstOrDefault(t => !Words.RecordTypes.ContainsKey(t)) is { } unknown) return Refusal.Input("record-type-unknown", $"Handlingstypen {unknown} finns inte. De som finns: {string.Join(", ", Words.RecordTypes.Keys)}.");
        if (!Words.CountedFrom.TryGetValue(CountedFrom ?? rule?.CountedFrom.Stored() ?? "", out var from)) return Refusal.Input("counted-from-unknown", $"Fristen kan räknas från: {string.Join(", ", Words.CountedFrom.Keys)}.");
        var frist = Frist is null ? rule?.Frist : Period.Parse(Frist);
        if (frist is null) return Refusal.Input("frist-unreadable", $"Gallringsfristen {Frist} går inte att läsa. Skriv den som P2Y, P6M, P1Y6M eller P30D.");
        var until = Until ?? today;
        if (until > today) return Refusal.Input("dry-run-future", "Provet görs på det som har hänt: välj en dag till och med i dag.");
        return new Happened(new RetentionDryRunAsked(authority.Id, rule?.Id, rule?.Version, [.. types.Distinct().Order(StringComparer.Ordinal)], from, frist, until, authority.Policy.Version));
    }
}

public sealed class RetentionDryRun(SealedLog log, Databases databases, AuthorityRegister authorities, RetentionRegister register, TimeProvider clock)
{
    // As rules_of_records counts, but over what is destroyed too, under parameters of its own.
    private const string Laid = """
        with laid as (
          select s.record_id, s.record_type, s.authority_id, s.case_id, s.account_id, s.disposed_at, archive.swedish_date(s.received_at) as received_on,
                 archive.due_on(case $3 when 'captured' then s.captured_at when 'received' then s.received_at when 'removed' then s.removed_at
                                        when 'case-closed' then c.closed_at when 'no-longer-current' then s.current_until end, $4, $5, $6) as due_on
          from archive.record_states s left join archive.cases c on c.case_id = s.case_id
          where s.authority_id = $1 and s.record_type = any ($2)
            and (s.wall = 'open' or (s.wall = 'secret' and ($9::uuid[] is null or s.authority_id = any ($9))) or (s.wall = 'unassessed' and ($10::uuid[] is null or s.authority_id = any ($10))))
        ), due as (
          select l.*, l.disposed_at is null and archive.is_held(l.authority_id, l.record_id, l.case_id, l.account_id) as held,
                 l.disposed_at is null and exists (select from archive.rules_of_records o where o.record_id = l.record_id and o.rule_id is distinct from $8 and (o.due_on is null or o.due_on > $7)) as longer
          from laid l where l.due_on <= $7
        )
        """;

    public async Task<(DryRunResult? Result, long LastSequence, Refusal? Refused)> Ask(AskDryRun command, Caller caller, CancellationToken ct)
    {
        var rule = command.Rule is not { } id ? null : command.Version is { } version ? await register.FindRule(id, version, ct) : await register.FindRule(id, ct);
        if (command.Rule is not null && (rule is null || !caller.IsStaffOf(rule.Authority))) return (null, 0, Refusal.Unknown("rule", "Det finns ingen gallringsregel med det id:t och den versionen."));
        if (rule is null && string.IsNullOrWhiteSpace(command.Authority)) return (null, 0, Refusal.Input("authority-missing", "Ange myndighetens kod, eller en regel (rule)."));
        var authority = rule is not null ? await authorities.Find(rule.Authority, ct)
            : Guid.TryParse(command.Authority, out var named) ? await authorities.Find(named, ct) : await authorities.Find(command.Authority!.Trim(), ct);
        if (authority is null || !caller.IsStaffOf(authority.Id)) return (null, 0, Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {command.Authority}."));
        if (caller.IsService || !caller.May(authority.Id, Worklist.Readers)) return (null, 0, Refusal.NotAllowed("Bara arkivarie, registrator, chef och granskare kan prova en gallringsregel."));
        var decided = command.Decide(authority, rule, await register.Today(ct));
        if (decided.Refused is { } why) return (null, 0, why);

        var asked = (RetentionDryRunAsked)decided.Events[0].Event;
        var stream = Guid.CreateVersion7(clock.GetUtcNow());
        if (await log.Append([new(stream, "retention_dry_run", ExpectedVersion.NewStream, decided.Events)], log.NewKeySet(), new(caller.PersonId.ToString("D")), ct: ct) is not Appended.Done done)
            return (null, 0, Refusal.ChangedMeanwhile(0));
        var years = await Read($"""
            {Laid}
            select extract(year from due_on)::int, record_type, count(*), count(*) filter (where disposed_at is not null), count(*) filter (where held), count(*) filter (where longer and not held)
            from due group by 1, 2 order by 1, 2
            """, asked, caller, row => new DryRunYear(row.GetInt32(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5)), ct);
        var records = await Read($"{Laid} select record_id, record_type, due_on, received_on, disposed_at is not null, held, longer and not held from due order by due_on, record_id limit $11", asked, caller,
            row => new DryRunRecord(row.GetGuid(0), row.GetString(1), row.GetFieldValue<DateOnly>(2), row.GetFieldValue<DateOnly>(3), row.GetBoolean(4), row.GetBoolean(5), row.GetBoolean(6)), ct, Math.Clamp(command.Limit, 0, 1000));
        var totals = await Read($"{Laid} select (select count(*) from laid), (select count(*) from laid where disposed_at is not null and (due_on is null or due_on > $7))", asked, caller,
            row => (Total: row.GetInt64(0), Kept: row.GetInt64(1)), ct);
        return (new(stream, authority.Id, asked.Rule, asked.RuleVersion, asked.RecordTypes, asked.CountedFrom, asked.Frist, asked.Until, years, records, totals[0].Total, totals[0].Kept), done.LastSequence, null);
    }

    private async Task<List<T>> Read<T>(string sql, RetentionDryRunAsked asked, Caller caller, Func<NpgsqlDataReader, T> of, CancellationToken ct, int? limit = null)
    {
        await using var query = databases.Staff.CreateCommand(sql);
        query.CommandTimeout = 120;
        foreach (var value in (object[])[asked.Authority, asked.RecordTypes.ToArray(), asked.CountedFrom.Stored(), asked.Frist.Years, asked.Frist.Months, asked.Frist.Days, asked.Until]) query.Parameters.Add(new() { Value = value });
        query.Parameters.Add(new() { Value = (object?)asked.Rule ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        query.Parameters.Add(RetentionRegister.Authorities(caller.ReadsSecretsOf));
        query.Parameters.Add(RetentionRegister.Authorities(caller.AuthoritiesWith(Role.Moderator, Role.Registrator)));
        if (limit is { } most) query.Parameters.Add(new() { Value = most });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<T>();
        while (await rows.ReadAsync(ct)) found.Add(of(rows));
        return found;
    }
}
