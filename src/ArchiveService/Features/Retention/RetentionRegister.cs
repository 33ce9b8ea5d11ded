using ArchiveService.Hosting;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Retention;

/// <summary>A decision as the commands need it.</summary>
public sealed record DisposalDecision(
    Guid Id, Guid Authority, string Reference, string DecidingBody, DateOnly DecidedOn, DateOnly ValidFrom, DateOnly? ValidUntil, IReadOnlyList<string> RecordTypes, Period Frist)
{
    public DecisionKind Kind { get; init; }

    public string? LegalBasis { get; init; }

    public DateOnly? ConsultedOn { get; init; }

    /// <summary>Whether a gallringsutredning stands in it.</summary>
    public bool Appraised { get; init; }

    /// <summary>The general decision whose gallringsutredning it rests on.</summary>
    public Guid? AppraisalOf { get; init; }

    /// <summary>What is decided by the authority rests on a gallringsutredning (domain §2.12); an act has had its own, and to preserve takes none.</summary>
    public bool AppraisalMissing => Kind == DecisionKind.Disposal && !Appraised && AppraisalOf is null;

    public bool IsInForce(DateOnly on) => on >= ValidFrom && (ValidUntil is not { } last || on <= last);
}

/// <summary>A version of a rule as the commands need it.</summary>
public sealed record RetentionRule(
    Guid Id, int Version, Guid Authority, Guid Decision, string Name, IReadOnlyList<string> RecordTypes, CountedFrom CountedFrom, Period Frist, IReadOnlyList<string> Classes,
    DateTimeOffset AdoptedAt, DateTimeOffset? EndedAt)
{
    public RuleAction Action { get; init; }

    public string? DateName { get; init; }

    public string? LegalBasis { get; init; }

    public RuleScope Scope { get; init; } = new(null, null, null, null);

    public DateOnly? ValidFrom { get; init; }

    public DateOnly? ValidUntil { get; init; }

    /// <summary>Whether anything can be destroyed under it: to preserve and to hand over destroy nothing, and a review only what an archivist says.</summary>
    public bool Destroys => Action is RuleAction.Destroy or RuleAction.Compulsory or RuleAction.Review;

    /// <summary>"Gallras 2 år från det att ärendet avslutades."</summary>
    public string InSwedish => Action == RuleAction.Preserve
        ? "bevaras"
        : $"{Words.ActionsInSwedish[Action.Stored()]} {(Frist == new Period(0, 0, 0) ? "genast" : Frist.InSwedish())} {Words.CountedInSwedish(CountedFrom, DateName)}";
}

public sealed record Hold(Guid Id, Guid Authority, HoldKind Kind, Guid Target, string Ground, DateTimeOffset PlacedAt, DateTimeOffset? LiftedAt);

/// <summary>Decisions, rules and holds as they stand in the inline tables.</summary>
public sealed class RetentionRegister(Databases databases)
{
    private const string Decisions = """
        select decision_id, authority_id, reference, deciding_body, decided_on, valid_from, valid_until, record_types, years, months, days,
               kind, legal_basis, consulted_on, appraised, appraisal_of
        from archive.retention_decisions
        """;

    private const string Rules = """
        select rule_id, version, authority_id, decision_id, name, record_types, counted_from, years, months, days, classes, adopted_at, ended_at,
               action, date_name, legal_basis, class_codes, channels, platforms, directions, valid_from, valid_until
        from archive.retention_rules
        """;

    private const string HoldRows = "select hold_id, authority_id, kind, target_id, ground, placed_at, lifted_at from archive.holds";

    public async Task<DisposalDecision?> FindDecision(Guid id, CancellationToken ct) =>
        (await Read($"{Decisions} where decision_id = $1", Decision, ct, new NpgsqlParameter { Value = id })).SingleOrDefault();

    public Task<List<DisposalDecision>> DecisionsOf(IReadOnlyList<Guid>? authorities, CancellationToken ct) =>
        Read($"{Decisions} where $1::uuid[] is null or authority_id = any ($1) order by decided_on desc, decision_id", Decision, ct, Authorities(authorities));

    /// <summary>The version in force, or the latest of a repealed rule.</summary>
    public async Task<RetentionRule?> FindRule(Guid id, CancellationToken ct) =>
        (await Read($"{Rules} where rule_id = $1 order by version desc limit 1", Rule, ct, new NpgsqlParameter { Value = id })).SingleOrDefault();

    public async Task<RetentionRule?> FindRule(Guid id, int version, CancellationToken ct) =>
        (await Read($"{Rules} where rule_id = $1 and version = $2", Rule, ct, new() { Value = id }, new() { Value = version })).SingleOrDefault();

    public Task<List<RetentionRule>> RulesInForce(IReadOnlyList<Guid>? authorities, CancellationToken ct) =>
        Read($"{Rules} where ended_at is null and ($1::uuid[] is null or authority_id = any ($1)) order by name collate \"sv-x-icu\", rule_id", Rule, ct, Authorities(authorities));

    public async Task<Hold?> FindHold(Guid id, CancellationToken ct) =>
        (await Read($"{HoldRows} where hold_id = $1", HoldOf, ct, new NpgsqlParameter { Value = id })).SingleOrDefault();

    /// <summary>Those the caller may know of: that something secret is held tells that it is there.</summary>
    public Task<List<Hold>> HoldsInForce(IReadOnlyList<Guid>? authorities, Access.Caller caller, CancellationToken ct) =>
        Read($"""
            {HoldRows} h where lifted_at is null and ($1::uuid[] is null or authority_id = any ($1)) and case h.kind
              when 'case' then true
              when 'search' then true
              else h.target_id = any (select c.account_id from archive.record_states c where h.kind <> 'record' and c.direction = 'drawnUp' and c.account_id = h.target_id)
                or exists (select from archive.record_states s where (h.kind = 'record' and s.record_id = h.target_id or h.kind = 'account' and s.account_id = h.target_id)
                  and (s.wall = 'open' or (s.wall = 'secret' and ($2::uuid[] is null or s.authority_id = any ($2))) or (s.wall = 'unassessed' and ($3::uuid[] is null or s.authority_id = any ($3))))) end
            order by placed_at desc
            """, HoldOf, ct, Authorities(authorities), Authorities(caller.ReadsSecretsOf), Authorities(caller.IsService ? [] : caller.AuthoritiesWith(Access.Role.Moderator, Access.Role.Registrator)));

    /// <summary>Today in Sweden, by the database's clock: the one dispose_batch goes by.</summary>
    public async Task<DateOnly> Today(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select archive.swedish_date(clock_timestamp())");
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return row.GetFieldValue<DateOnly>(0);
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

    internal static NpgsqlParameter Authorities(IReadOnlyList<Guid>? authorities) =>
        new() { Value = (object?)authorities?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid };

    private static DisposalDecision Decision(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetString(3), row.GetFieldValue<DateOnly>(4), row.GetFieldValue<DateOnly>(5),
        row.IsDBNull(6) ? null : row.GetFieldValue<DateOnly>(6), row.GetFieldValue<string[]>(7), new(row.GetInt32(8), row.GetInt32(9), row.GetInt32(10)))
    {
        Kind = Words.DecisionKinds[row.GetString(11)],
        LegalBasis = Text(row, 12),
        ConsultedOn = Day(row, 13),
        Appraised = row.GetBoolean(14),
        AppraisalOf = row.IsDBNull(15) ? null : row.GetGuid(15),
    };

    private static RetentionRule Rule(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetInt32(1), row.GetGuid(2), row.GetGuid(3), row.GetString(4), row.GetFieldValue<string[]>(5), Words.CountedFrom[row.GetString(6)],
        new(row.GetInt32(7), row.GetInt32(8), row.GetInt32(9)), row.GetFieldValue<string[]>(10), row.GetFieldValue<DateTimeOffset>(11),
        row.IsDBNull(12) ? null : row.GetFieldValue<DateTimeOffset>(12))
    {
        Action = Words.Actions[row.GetString(13)],
        DateName = Text(row, 14),
        LegalBasis = Text(row, 15),
        Scope = new(List<string>(row, 16), List<Guid>(row, 17), List<string>(row, 18), List<string>(row, 19)),
        ValidFrom = Day(row, 20),
        ValidUntil = Day(row, 21),
    };

    private static string? Text(NpgsqlDataReader row, int at) => row.IsDBNull(at) ? null : row.GetString(at);

    private static DateOnly? Day(NpgsqlDataReader row, int at) => row.IsDBNull(at) ? null : row.GetFieldValue<DateOnly>(at);

    private static T[]? List<T>(NpgsqlDataReader row, int at) => row.IsDBNull(at) ? null : row.GetFieldValue<T[]>(at);

    private static Hold HoldOf(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetGuid(1), Words.HoldKinds[row.GetString(2)], row.GetGuid(3), row.GetString(4), row.GetFieldValue<DateTimeOffset>(5),
        row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6));
}
