using ArchiveService.Features.Disposals;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Retention;

public sealed record HoldOnRecord(Guid Id, HoldKind Kind, string Ground, DateTimeOffset PlacedAt, string? Reason);

/// <summary>What holds it by itself: an open case, or what somebody has asked about themselves.</summary>
/// <param name="Source">The case or the request.</param>
public sealed record AutomaticHold(string Ground, Guid Source, DateTimeOffset Since);

/// <summary>A rule in force and the day it gives the record; null while its frist has not begun.</summary>
public sealed record RuleOnRecord(string Name, Period Frist, CountedFrom CountedFrom, string DecisionReference, DateOnly? DueOn)
{
    public Guid Id { get; init; }

    public RuleAction Action { get; init; }

    public string? DateName { get; init; }

    /// <summary>The day on which the rule does what it does; null while its frist has not begun.</summary>
    public DateOnly? ActsOn { get; init; }

    /// <summary>What an archivist decided, where the rule says review.</summary>
    public ReviewOutcome? Reviewed { get; init; }

    /// <summary>What happens and why: "gallras 2 år från det att handlingen kom in".</summary>
    public string Why => Action == RuleAction.Preserve ? "bevaras" : $"{Words.ActionsInSwedish[Action.Stored()]} {Frist.InSwedish()} {Words.CountedInSwedish(CountedFrom, DateName)}";

    /// <summary>Where it stands now.</summary>
    public string Standing(DateOnly today) => Action switch
    {
        RuleAction.Preserve => "Gallras aldrig enligt regeln.",
        RuleAction.Transfer => ActsOn is not { } day ? "Fristen har inte börjat löpa." : day > today ? $"Lämnas över {Swedish.Date(day)}, gallras aldrig här." : "Väntar på överlämnande, gallras aldrig här.",
        RuleAction.Review when Reviewed == ReviewOutcome.Keep => "Granskad: bevaras.",
        RuleAction.Review when Reviewed is null => ActsOn is not { } day ? "Fristen har inte börjat löpa." : day > today ? $"Granskas {Swedish.Date(day)}." : "Ska granskas av en arkivarie.",
        _ => DueOn is { } due ? $"Fristen går ut {Swedish.Date(due)}." : ActsOn is null ? "Fristen har inte börjat löpa." : "Regelns nya lydelse gäller inte än: tills dess gallras inget.",
    };
}

/// <summary>A decision to preserve that covers the record.</summary>
public sealed record PreservationOnRecord(Guid Id, PreservationKind Kind, string Reference, DateTimeOffset DecidedAt, string? Reason);

public sealed record RunOfRecord(Guid Id, RunState State, DateTimeOffset ProposedAt, DateTimeOffset? CoolingOffUntil, string? Problem);

/// <summary>An open request for documents that holds the record, itself or with its case (c 12).</summary>
/// <param name="Id">Null for a reader who may not read the request: then only that there is one.</param>
public sealed record RequestOnRecord(Guid? Id, string? Reference, DateTimeOffset Since);

/// <summary>What is to become of a record: what holds it, the rules that apply and the run it stands in.</summary>
public sealed record RetentionOfRecord(IReadOnlyList<HoldOnRecord> Holds, IReadOnlyList<RuleOnRecord> Rules, RunOfRecord? Run, DateOnly Today)
{
    public IReadOnlyList<RequestOnRecord> Requests { get; init; } = [];

    public IReadOnlyList<AutomaticHold> Automatic { get; init; } = [];

    /// <summary>Decisions to preserve that cover it.</summary>
    public IReadOnlyList<PreservationOnRecord> Preservations { get; init; } = [];

    /// <summary>Days noted on it or its case that a rule may count from.</summary>
    public IReadOnlyList<NotedDate> Dates { get; init; } = [];

    /// <summary>The day from which every rule lets it go; null means keep.</summary>
    public DateOnly? Due => Preservations.Count == 0 && Rules.Count > 0 && Rules.All(r => r.DueOn is not null) ? Rules.Max(r => r.DueOn) : null;

    public bool Passed => Due <= Today;
}

/// <summary>Reads what the inline tables say of one record; dispose_batch goes by the same.</summary>
public sealed class RecordRetention(Databases databases, SealedLog log, RetentionDateHandler dates)
{
    private const string Holds = "select source, id, kind, ground, since from archive.why_held($2, $1, $3, $4) where source in ('hold', 'case', 'subject') order by since, id";

    private const string Requests = """
        select r.request_id, r.reference, min(i.added_at) from archive.disclosure_items i join archive.disclosure_requests r using (request_id)
        where i.released_at is null and i.authority_id = $2 and i.target_id in ($1, $3) group by 1, 2 order by 3, 1
        """;

    private const string Rules = """
        select r.name, r.years, r.months, r.days, r.counted_from, d.reference, x.due_on, r.rule_id, r.action, r.date_name, x.acts_on,
               (select v.outcome from archive.retention_reviews v where v.record_id = x.record_id and v.rule_id = x.rule_id)
        from archive.rules_of_records x
        join archive.retention_rules r on r.rule_id = x.rule_id and r.version = x.rule_version
        join archive.retention_decisions d on d.decision_id = x.decision_id
        where x.record_id = $1 order by x.due_on desc nulls first, r.name collate "sv-x-icu", r.rule_id
        """;

    private const string Preserved = """
        select p.preservation_id, p.kind, p.reference, p.decided_at
        from archive.rules_of_records x join archive.preservations p on p.preservation_id = x.preservation_id where x.record_id = $1 order by p.decided_at
        """;

    private const string Runs = """
        select r.run_id, r.state, r.proposed_at, r.cooling_off_until, r.problem
        from archive.disposal_items i join archive.disposal_runs r using (run_id)
        where i.record_id = $1 and i.state = 'pending' and r.state in ('proposed', 'approved', 'executing')
        order by r.proposed_at desc limit 1
        """;

    /// <param name="withReasons">Whether the reader may read why a hold was placed.</param>
    /// <param name="withRequests">Whether the reader may read the requests for documents that hold it.</param>
    public async Task<RetentionOfRecord> Of(Guid record, Guid authority, Guid? caseId, Guid? account, bool withReasons, bool withRequests, CancellationToken ct)
    {
        NpgsqlParameter[] Covers() =>
        [
            new() { Value = record }, new() { Value = authority },
            new() { Value = (object?)caseId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid }, new() { Value = (object?)account ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
        ];
        var held = await Read(Holds, row => (Source: row.GetString(0), Hold: new HoldOnRecord(
            row.GetGuid(1), Words.HoldKinds[row.GetString(2)], row.GetString(3), row.GetFieldValue<DateTimeOffset>(4), null)), ct, Covers());
        var holds = held.Where(h => h.Source == "hold").Select(h => h.Hold).ToList();
        var rules = await Read(Rules, row => new RuleOnRecord(
            row.GetString(0), new(row.GetInt32(1), row.GetInt32(2), row.GetInt32(3)), Words.CountedFrom[row.GetString(4)], row.GetString(5), row.GetFieldValue<DateOnly?>(6))
        {
            Id = row.GetGuid(7),
            Action = Words.Actions[row.GetString(8)],
            DateName = row.IsDBNull(9) ? null : row.GetString(9),
            ActsOn = row.GetFieldValue<DateOnly?>(10),
            Reviewed = row.IsDBNull(11) ? null : Enum.Parse<ReviewOutcome>(row.GetString(11), ignoreCase: true),
        }, ct, new NpgsqlParameter { Value = record });
        var preserved = await Read(Preserved, row => new PreservationOnRecord(
            row.GetGuid(0), Enum.Parse<PreservationKind>(row.GetString(1), ignoreCase: true), row.GetString(2), row.GetFieldValue<DateTimeOffset>(3), null), ct, new NpgsqlParameter { Value = record });
        var run = await Read(Runs, row => new RunOfRecord(
            row.GetGuid(0), Enum.Parse<RunState>(row.GetString(1), ignoreCase: true), row.GetFieldValue<DateTimeOffset>(2), row.GetFieldValue<DateTimeOffset?>(3),
            row.IsDBNull(4) ? null : row.GetString(4)), ct, new NpgsqlParameter { Value = record });
        var requests = await Read(Requests, row => new RequestOnRecord(withRequests ? row.GetGuid(0) : null, withRequests ? row.GetString(1) : null, row.GetFieldValue<DateTimeOffset>(2)), ct, Covers()[..3]);
        var today = await Read("select archive.swedish_date(clock_timestamp())", row => row.GetFieldValue<DateOnly>(0), ct);
        if (withReasons)
        {
            var reasons = await Reasons(holds.Select(h => h.Id).Concat(preserved.Select(p => p.Id)), ct);
            holds = [.. holds.Select(h => h with { Reason = reasons.GetValueOrDefault(h.Id) })];
            preserved = [.. preserved.Select(p => p with { Reason = reasons.GetValueOrDefault(p.Id) })];
        }

        return new(holds, rules, run.FirstOrDefault(), today[0])
        {
            Requests = requests,
            Preservations = preserved,
            Dates = await dates.Of(record, caseId, ct),
            Automatic = [.. held.Where(h => h.Source != "hold").Select(h => new AutomaticHold(h.Hold.Ground, h.Hold.Id, h.Hold.PlacedAt))],
        };
    }

    /// <summary>The holds placed on a case itself, and that it holds by itself while it is open.</summary>
    public Task<List<HoldOnRecord>> OfCase(Guid @case, CancellationToken ct) => Read(
        """
        select hold_id, kind, ground, placed_at from archive.holds where lifted_at is null and kind = 'case' and target_id = $1
        union all select case_id, 'case', 'open-case', opened_at from archive.cases where case_id = $1 and closed_at is null and voided_at is null and collective is null
        order by 4
        """,
        row => new HoldOnRecord(row.GetGuid(0), Words.HoldKinds[row.GetString(1)], row.GetString(2), row.GetFieldValue<DateTimeOffset>(3), null), ct, new NpgsqlParameter { Value = @case });

    /// <summary>Why holds were placed: it stands sealed in the first event of each.</summary>
    public async Task<IReadOnlyDictionary<Guid, string>> Reasons(IEnumerable<Guid> holds, CancellationToken ct)
    {
        var placed = new List<EventStore.Recorded>();
        foreach (var hold in holds)
        {
            if (await log.Store.ReadStream(hold, 1, upToVersion: 1, ct) is [var first, ..]) placed.Add(first);
        }

        var opened = await log.Open(placed, ct);
        return placed.Where(p => opened.GetValueOrDefault(p.Id)?.Parts?["reason"] is not null).ToDictionary(p => p.StreamId, p => opened[p.Id].Parts!["reason"]!);
    }

    private async Task<List<T>> Read<T>(string sql, Func<NpgsqlDataReader, T> of, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var query = databases.Writer.CreateCommand(sql);
        query.Parameters.AddRange(parameters);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<T>();
        while (await rows.ReadAsync(ct)) found.Add(of(rows));
        return found;
    }
}
