using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Secrecy;

/// <summary>A flag that an ögonblicksbild stands behind the wall for.</summary>
public sealed record CoveringFlag(Guid Protection, Guid Account, string Provision);

/// <summary>
/// Pictures of a channel that may show what somebody with a protected identity wrote there (OSL 21:3, 22:1). No machine can tell whom a film or a PDF shows, so
/// the answer is the safe one: the picture stands behind the wall until somebody cleared has looked at it and says that it shows nothing of them
/// (<see cref="ReleaseSnapshot"/>). A warning on an open picture would be read by everybody who already sees what it warns of.
/// </summary>
public static class CoveredSnapshots
{
    // A page shows what was written before the period too, as long as it stands there; what was taken down before the period began is not on it.
    private static string Covers(string accounts) => $"""
        exists (select from archive.record_states w where w.account_id = any ({accounts}) and w.channel_id = p.channel_id and archive.swedish_date(w.received_at) <= p.period_to
                and (w.removed_at is null or archive.swedish_date(w.removed_at) >= p.period_from))
        """;

    /// <summary>Those that may show what these accounts wrote, each with the account of its channel.</summary>
    public static async Task<Dictionary<Guid, Guid>> Of(NpgsqlTransaction transaction, Guid[] accounts, CancellationToken ct) =>
        await Read(transaction, $"""
            select p.record_id, a.id from archive.snapshots p join archive.record_states s using (record_id)
            cross join lateral (select w.account_id as id from archive.record_states w where w.account_id = any ($1) and w.channel_id = p.channel_id order by 1 limit 1) a
            where s.disposed_at is null and {Covers("$1")}
            """, accounts, ct);

    /// <summary>All of the channels in which these flagged accounts were seen, whatever of theirs there is left.</summary>
    public static async Task<Dictionary<Guid, Guid>> Beside(NpgsqlTransaction transaction, Guid[] accounts, CancellationToken ct) =>
        await Read(transaction, """
            select p.record_id, min(f.account_id::text)::uuid from archive.snapshots p join archive.record_states s using (record_id) join archive.protected_accounts f on f.channel_id = p.channel_id
            where s.disposed_at is null and f.account_id = any ($1) group by 1
            """, accounts, ct);

    /// <summary>Other flags that a picture stands behind the wall for as well.</summary>
    public static async Task<ILookup<Guid, CoveringFlag>> Others(NpgsqlTransaction transaction, Guid[] snapshots, Guid besides, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand($"""
            select p.record_id, f.protection_id, f.account_id, f.provision from archive.snapshots p join archive.protected_accounts f on f.channel_id = p.channel_id
            where p.record_id = any ($1) and f.protection_id <> $2 and {Covers("array[f.account_id]")}
            order by f.protected_at, f.account_id
            """, transaction.Connection, transaction);
        query.Parameters.Add(new() { Value = snapshots });
        query.Parameters.Add(new() { Value = besides });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<(Guid Snapshot, CoveringFlag Flag)>();
        while (await rows.ReadAsync(ct)) found.Add((rows.GetGuid(0), new(rows.GetGuid(1), rows.GetGuid(2), rows.GetString(3))));
        return found.ToLookup(f => f.Snapshot, f => f.Flag);
    }

    /// <summary>
    /// Comes through the gate of the flags (docs/adr/0018), and tells whether a picture that is taken now stands behind the wall from its first moment: as soon as
    /// anybody flagged has been seen in the channel.
    /// </summary>
    public static async Task<CoveringFlag?> Enter(NpgsqlTransaction transaction, Guid channel, CancellationToken ct)
    {
        await using (var gate = new NpgsqlCommand("select pg_advisory_xact_lock_shared($1)", transaction.Connection, transaction) { Parameters = { new() { Value = Protections.GateKey } } })
        {
            await gate.ExecuteNonQueryAsync(ct);
        }

        await using var query = new NpgsqlCommand(
            "select protection_id, account_id, provision from archive.protected_accounts where channel_id = $1 order by protected_at, account_id limit 1", transaction.Connection, transaction);
        query.Parameters.Add(new() { Value = channel });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? new(row.GetGuid(0), row.GetGuid(1), row.GetString(2)) : null;
    }

    private static async Task<Dictionary<Guid, Guid>> Read(NpgsqlTransaction transaction, string sql, Guid[] accounts, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand(sql, transaction.Connection, transaction);
        query.Parameters.Add(new() { Value = accounts });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new Dictionary<Guid, Guid>();
        while (await rows.ReadAsync(ct)) found.Add(rows.GetGuid(0), rows.GetGuid(1));
        return found;
    }
}

/// <summary>Somebody cleared has looked: the picture shows nothing of whoever has the protected identity. Where it does, it stays, and can be marked by hand too.</summary>
public sealed record ReleaseSnapshot(string? Reason)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/records/{id:guid}/release-snapshot", async (Guid id, ReleaseSnapshot command, IfMatch expected, Caller caller, ReleaseSnapshotHandler handler, CancellationToken ct) =>
            (await handler.Release(id, command, expected, caller, ct)).Answer())
        .WithName("release-snapshot");

    /// <summary>Pure. <paramref name="flags"/>: everybody flagged who has been seen in the channel; whoever looks, looks for all of them.</summary>
    public Decision Decide(RecordState state, IReadOnlyList<CoveringFlag> flags, Policy policy)
    {
        if (state.RecordType != MadeHere.Snapshot) return new Refusal("not-a-snapshot", "Bara en ögonblicksbild prövas för sig. Det någon med skyddad identitet har skrivit står kvar bakom sekretessen så länge flaggan gäller.");
        if (state.Protection is not { } protection) return new Refusal("snapshot-not-protected", "Ögonblicksbilden står inte bakom sekretess på grund av någons skyddade identitet.");
        return Reason?.Trim() is { Length: > 0 and <= 5000 } reason
            ? new Decision(
            [
                new(new RecordProtectionLifted(protection, state.ProtectionAccount!.Value, policy.Version), KeyClass.Register, new Parts().With("reason", reason)),
                .. flags.Where(f => f.Protection != protection).DistinctBy(f => f.Protection).Select(f => new Happened(new RecordProtectionLifted(f.Protection, f.Account, policy.Version))),
            ])
            : Refusal.Input("reason-missing", "Skriv hur du har gått igenom bilden och varför den inget röjer, högst 5000 tecken.");
    }
}

public sealed class ReleaseSnapshotHandler(Records.Records records, AuthorityRegister authorities, Databases databases)
{
    public async Task<Outcome> Release(Guid id, ReleaseSnapshot command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.");
        var policy = (await authorities.Find(seen.Authority, ct))!.Policy;
        var flags = await Flags(seen.Channel, ct);
        return await records.Decide(
            id, expected, caller,
            state => caller.May(state.Authority, Protections.Lifters) ? command.Decide(state, flags, policy) : Refusal.NotAllowed("Bara registrator eller arkivarie med behörighet till sekretess får pröva en ögonblicksbild."), ct: ct);
    }

    private async Task<IReadOnlyList<CoveringFlag>> Flags(Guid channel, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select protection_id, account_id, provision from archive.protected_accounts where channel_id = $1 order by protected_at, account_id");
        query.Parameters.Add(new() { Value = channel });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<CoveringFlag>();
        while (await rows.ReadAsync(ct)) found.Add(new(rows.GetGuid(0), rows.GetGuid(1), rows.GetString(2)));
        return found;
    }
}
