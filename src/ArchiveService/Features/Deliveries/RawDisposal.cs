using System.Globalization;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using Quartz;

namespace ArchiveService.Features.Deliveries;

public abstract record RawDisposalEvent : SealableEvent;

/// <summary>
/// Rådata that the policy's own frist was over for was destroyed: deliveries that had been read, and whose records stand. Each delivery's stream says it too. The decision is
/// the version of the policy that is named here, with the frist it gave.
/// </summary>
[EventName("raw_data_disposed")]
public sealed record RawDataDisposed(Guid Authority, int RetentionDays, int Deliveries, long Bytes, DateOnly Oldest, DateOnly Newest, int PolicyVersion) : RawDisposalEvent;

/// <summary>An act that was done, as it stands in the inline tables and the erasure ledger.</summary>
public sealed record DisposedRawData(Guid Run, Guid Authority, DateTimeOffset At, int Deliveries, DateOnly Oldest, DateOnly Newest, long? LedgerEntry, int ObjectsLeft);

/// <summary>Why a delivery that is due is kept, and how many.</summary>
public sealed record KeptRawData(string Why, long Count)
{
    public static string InSwedish(string why) => why switch
    {
        "in-inbox" or "not-read" => "har inte lästs in (en människa avgör)",
        "not-whole" => "har delar som inte kunde läsas in",
        "in-work" => "läses in just nu",
        "held" => "hör till en handling som inte får gallras nu",
        "untrusted" => "kom under en period som inte går att lita på",
        _ => why,
    };
}

/// <summary>
/// Destroys deliveries whose own frist is over (<c>raw.retentionDays</c>): what the platform sent, once its records stand by themselves. Whatever decides is asked again by
/// archive.dispose_due_deliveries, under its locks; this only says which, and carries what was done to the ledger and the object store.
/// </summary>
public sealed partial class RawDisposal(
    Databases databases, SealedLog log, AuthorityRegister authorities, LedgerKeeping ledger, ObjectDeletions objects, TimeProvider clock, ILogger<RawDisposal> logger)
{
    private const int MostAtOnce = 500;

    private const int MostTries = 5;

    public static Role[] Readers { get; } = [Role.Arkivarie, Role.Admin, Role.Kommunikator, Role.Chef, Role.Revisor];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/deliveries/disposals", async (Caller caller, RawDisposal disposal, CancellationToken ct) =>
            caller.IsService || caller.AuthoritiesWith(Readers) is [] ? Problems.Refused(Refusal.NotAllowed("Bara arkivarie, chef, granskare, kommunikatör och administratör ser gallringen av rådata."))
            : (IResult)TypedResults.Ok(new { items = await disposal.Done(caller.AuthoritiesWith(Readers), 100, ct), kept = caller.MayAnywhere(Readers) ? await disposal.Kept(ct) : [] })).WithName("list-raw-disposals");
        routes.MapPost("/api/v1/deliveries/disposals", async (Caller caller, RawDisposal disposal, CancellationToken ct) =>
            caller.IsService || !caller.MayAnywhere(Role.Arkivarie) ? Problems.Refused(Refusal.NotAllowed("Bara arkivarie låter gallra rådata före natten. Det som gallras är ändå bara det vars frist är ute."))
            : (IResult)TypedResults.Ok(new { deliveries = await disposal.Run(caller, ct) })).WithName("dispose-raw-data");
    }

    /// <summary>How many days an authority keeps rådata; null keeps.</summary>
    public static int? Days(Policy policy) => int.TryParse(policy["raw.retentionDays"], NumberStyles.None, CultureInfo.InvariantCulture, out var days) ? days : null;

    /// <returns>How many deliveries were destroyed.</returns>
    public async Task<int> Run(Caller by, CancellationToken ct)
    {
        await ledger.CarryOver(ct);
        if (await Frister.Of(authorities, ct) is not { Authorities.Length: > 0 } frister) return 0;
        var destroyed = 0;
        foreach (var (authority, deliveries) in await Due(frister, ct))
        {
            foreach (var batch in deliveries.Chunk(MostAtOnce))
            {
                destroyed += await Destroy(authority, batch, frister, by, ct);
                await ledger.CarryOver(ct);
            }
        }

        return destroyed;
    }

    /// <summary>Of these authorities; null: of all. The newest first.</summary>
    public async Task<IReadOnlyList<DisposedRawData>> Done(IReadOnlyList<Guid>? of, int limit, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select r.run_id, r.authority_id, r.destroyed_at, r.items, r.oldest, r.newest, b.ledger_entry,
                   (select count(*)::int from archive.object_deletions o where o.run_id = r.run_id and o.done_at is null)
            from archive.disposal_runs r join archive.disposal_batches b using (run_id)
            where r.kind = 'radata' and ($1::uuid[] is null or r.authority_id = any ($1)) order by r.destroyed_at desc, r.run_id limit $2
            """);
        query.Parameters.Add(Retention.RetentionRegister.Authorities(of));
        query.Parameters.Add(new() { Value = limit });
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<DisposedRawData>();
        while (await row.ReadAsync(ct))
            found.Add(new(row.GetGuid(0), row.GetGuid(1), row.GetFieldValue<DateTimeOffset>(2), row.GetInt32(3), row.GetFieldValue<DateOnly>(4), row.GetFieldValue<DateOnly>(5), row.IsDBNull(6) ? null : row.GetInt64(6), row.GetInt32(7)));
        return found;
    }

    /// <summary>What is due and stays all the same, counted by why.</summary>
    public async Task<IReadOnlyList<KeptRawData>> Kept(CancellationToken ct)
    {
        if (await Frister.Of(authorities, ct) is not { Authorities.Length: > 0 } frister) return [];
        await using var query = databases.Writer.CreateCommand("select kept, count(*) from archive.due_deliveries($1, $2, $3, null) where kept is not null group by 1 order by 2 desc, 1");
        frister.AddTo(query);
        query.Parameters.Add(new() { Value = Swedish.Day(clock.GetUtcNow()) });
        query.CommandTimeout = 0;
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<KeptRawData>();
        while (await row.ReadAsync(ct)) found.Add(new(row.GetString(0), row.GetInt64(1)));
        return found;
    }

    private async Task<List<(Guid Authority, List<Guid> Deliveries)>> Due(Frister frister, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select authority_id, delivery_id from archive.due_deliveries($1, $2, $3, null) where kept is null order by 1, 2");
        frister.AddTo(query);
        query.Parameters.Add(new() { Value = Swedish.Day(clock.GetUtcNow()) });
        query.CommandTimeout = 0;
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<(Guid Authority, List<Guid> Deliveries)>();
        while (await row.ReadAsync(ct))
        {
            var authority = row.GetGuid(0);
            if (found.Count == 0 || found[^1].Authority != authority) found.Add((authority, []));
            found[^1].Deliveries.Add(row.GetGuid(1));
        }

        return found;
    }

    private async Task<int> Destroy(Guid authority, Guid[] deliveries, Frister frister, Caller by, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var run = Guid.CreateVersion7(clock.GetUtcNow());
            try
            {
                var done = await Destroy(run, authority, deliveries, frister, by, ct);
                if (done is null) return 0;
                LogDestroyed(logger, done.Deliveries, done.Oldest, done.Newest, authority, done.PolicyVersion, run);
                await ledger.CarryOver(ct);
                await objects.Drain(run, ct);
                return done.Deliveries;
            }
            catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure && attempt < MostTries)
            {
                // Nothing of it was done.
                await Task.Delay(Random.Shared.Next(10, 100 * attempt), ct);
            }
            catch (PostgresException changed) when (changed.SqlState == "AS020")
            {
                // A policy was decided meanwhile: what is due under it is asked for anew the next time.
                LogStopped(logger, changed.MessageText);
                return 0;
            }
        }
    }

    /// <summary>The keys go and the act is noted in one transaction.</summary>
    private async Task<RawDataDisposed?> Destroy(Guid run, Guid authority, Guid[] deliveries, Frister frister, Caller by, CancellationToken ct)
    {
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        RawDataDisposed happened;
        await using (var dispose = new NpgsqlCommand("select destroyed, bytes, oldest, newest from archive.dispose_due_deliveries($4, $5, $6, $7, $1, $2, $3)", connection, transaction) { CommandTimeout = 300 })
        {
            frister.AddTo(dispose);
            dispose.Parameters.Add(new() { Value = frister.Versions });
            foreach (var value in (object[])[run, authority, deliveries, by.PersonId]) dispose.Parameters.Add(new() { Value = value });
            await using var row = await dispose.ExecuteReaderAsync(ct);
            await row.ReadAsync(ct);
            if (row.GetInt32(0) == 0) return null;
            var at = Array.IndexOf(frister.Authorities, authority);
            happened = new(authority, frister.Days[at]!.Value, row.GetInt32(0), row.GetInt64(1), row.GetFieldValue<DateOnly>(2), row.GetFieldValue<DateOnly>(3), frister.Versions[at]);
        }

        if (await log.Append(transaction, [new(run, "disposal_run", ExpectedVersion.NewStream, [new(happened)])], log.NewKeySet(), new(by.PersonId.ToString("D")), ct: ct) is not Appended.Done) return null;
        await transaction.CommitAsync(ct);
        return happened;
    }

    /// <summary>Of every authority, as its policy in force says it.</summary>
    private sealed record Frister(Guid[] Authorities, int?[] Days, int[] Versions)
    {
        public static async Task<Frister> Of(AuthorityRegister register, CancellationToken ct)
        {
            var all = await register.All(ct);
            return new([.. all.Select(a => a.Id)], [.. all.Select(a => RawDisposal.Days(a.Policy))], [.. all.Select(a => a.Policy.Version)]);
        }

        public void AddTo(NpgsqlCommand command)
        {
            command.Parameters.Add(new() { Value = Authorities });
            command.Parameters.Add(new NpgsqlParameter<int?[]> { TypedValue = Days });
        }
    }

    [LoggerMessage(1331, LogLevel.Information, "{Deliveries} deliveries received from {Oldest} to {Newest} were destroyed: the frist of raw data of authority {Authority} (policy version {PolicyVersion}) is over. Act {Run}.")]
    private static partial void LogDestroyed(ILogger logger, int deliveries, DateOnly oldest, DateOnly newest, Guid authority, int policyVersion, Guid run);

    [LoggerMessage(1332, LogLevel.Information, "Raw data was not destroyed: {Why}. It is tried again the next night.")]
    private static partial void LogStopped(ILogger logger, string why);
}

/// <summary>Every night, on one node.</summary>
[DisallowConcurrentExecution]
public sealed partial class NightlyRawDisposal(RawDisposal disposal, AppendGate gate, ILogger<NightlyRawDisposal> logger) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        if (gate.IsClosed) return;
        try
        {
            await disposal.Run(Caller.System, cancellationToken);
        }
        catch (Exception error) when (error is NpgsqlException or IOException or ErasureLedgerBroken)
        {
            // Type and SQLSTATE only: an error's text may quote what it refused.
            LogTrouble(logger, error is PostgresException refused ? refused.SqlState : error.GetType().Name);
        }
    }

    [LoggerMessage(1333, LogLevel.Error, "Raw data could not be destroyed: {Problem}. It is tried again the next night.")]
    private static partial void LogTrouble(ILogger logger, string problem);
}
