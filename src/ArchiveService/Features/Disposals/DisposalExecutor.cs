using ArchiveService.EventStore;
using ArchiveService.Features.Retention;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Disposals;

/// <summary>
/// Carries a started run through: batches, ledger, objects, verification, protocol. Every step finds out by itself how far the one before it came,
/// so a run that was stopped anywhere is taken up again by calling <see cref="Run"/> once more. One at a time for a run, on whatever node.
/// </summary>
public sealed partial class DisposalExecutor(
    Databases databases, SealedLog log, DisposalRuns runs, RetentionRegister rules, LedgerKeeping ledger, ObjectDeletions objects, DisposalVerification verification, ProtocolRegistration protocol,
    IConfiguration configuration, ILogger<DisposalExecutor> logger)
{
    /// <summary>At most 500, by the database's own word.</summary>
    private readonly int batchSize = Math.Clamp(configuration.GetValue("Disposal:BatchSize", 500), 1, 500);

    /// <summary>How a run says that residue was found; where it stands follows.</summary>
    public const string StillThere = "still-there: ";

    private readonly System.Collections.Concurrent.ConcurrentDictionary<Guid, (long Ended, TimeSpan Took)> looks = new();

    /// <summary>How long a run waits for the projections before it is left for later.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <returns>Whether the run is completed now; otherwise its row says what it waits for.</returns>
    public async Task<bool> Run(Guid id, CancellationToken ct)
    {
        await using var turn = await databases.Writer.OpenConnectionAsync(ct);
        if (!await Lock(turn, id, ct)) return false;
        try
        {
            return await Carry(id, ct);
        }
        finally
        {
            await Unlock(turn, id);
        }
    }

    private async Task<bool> Carry(Guid id, CancellationToken ct)
    {
        await ledger.CarryOver(ct);
        if (await runs.Find(id, ct) is not { State: RunState.Executing } run) return (await runs.Find(id, ct))?.State is RunState.Completed;

        var rule = (await rules.FindRule(run.Rule, run.RuleVersion, ct))!;
        var sample = await verification.Sample(id, rule.Classes, ct);
        await Measure(id, rule.Classes, ct);
        while (await runs.NextPending(id, batchSize, ct) is { Count: > 0 } items)
        {
            await Batch(id, items, ct);
            await ledger.CarryOver(ct);
        }

        await DestroyDeliveries(id, ct);

        var progress = await runs.Progress(id, ct);
        if (progress.BatchesOutsideLedger > 0) return await Wait(id, "ledger", ct);
        if (progress.DeliveriesLeft > 0) return await Wait(id, "deliveries-in-work", ct);
        if (progress.ObjectsLeft > 0) return await Wait(id, $"objects-left: {progress.ObjectProblem}", ct);
        if (run.DestroyedAt is null)
        {
            await Add(run, "destroyed_at", new DisposalDestroyed(
                (int)progress.Destroyed, (int)progress.Skipped.Values.Sum(), (int)progress.Accounts, (int)progress.Deliveries, (int)progress.Keys, (int)progress.Ciphertexts,
                (int)progress.ObjectsDestroyed, (int)progress.Batches, await LastLedgerEntry(id, ct), await Measured(id, rule.Classes, ct)), ct);
        }

        if (progress.LastSequence is { } last && !await verification.ProjectionsHavePassed(last, Patience, ct)) return await Wait(id, "projections-behind", ct);
        // A look reads everything: while residue stands, it is not repeated more than a tenth of the time.
        if (run.Problem is { } still && still.StartsWith(StillThere, StringComparison.Ordinal) && looks.TryGetValue(id, out var before) && System.Diagnostics.Stopwatch.GetElapsedTime(before.Ended) < before.Took * 9) return false;
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        var looked = await verification.Look(id, sample, ct);
        looks[id] = (System.Diagnostics.Stopwatch.GetTimestamp(), System.Diagnostics.Stopwatch.GetElapsedTime(began) - TimeSpan.FromSeconds(5));
        if (looked.Left.Count > 0) return await Alarm(run, looked.Left, ct);
        if (run.VerifiedAt is null)
        {
            await Add(run, "verified_at", new DisposalVerified(
                (int)progress.Destroyed, sample.Passages.Count, verification.Projections, sample.WithoutPassage, sample.IsLost ? true : null, looked.Places, looked.Copies), ct);
        }

        if (await protocol.Issue(run, await RemainsIn(id, ct), ct) is { } waits) return await Wait(id, waits, ct);
        verification.Forget(id);
        looks.TryRemove(id, out _);
        return true;
    }

    /// <summary>Residue: the run is not completed while it stands. It is said once in the log, for whoever looks at the run, and for whoever watches the service.</summary>
    private async Task<bool> Alarm(DisposalRun run, IReadOnlyList<Leftover> left, CancellationToken ct)
    {
        var problem = $"{StillThere}{string.Join(", ", left.Select(l => $"{l.What} {l.Count}"))}";
        LogResidue(logger, run.Id, problem);
        if (run.Problem != problem)
            await log.Append([new(run.Id, "disposal_run", ExpectedVersion.Any, [new(new DisposalResidueFound(left))])], log.NewKeySet(), new(run.StartedBy!.Value.ToString("D")), [], ct);
        return await Wait(run.Id, problem, ct);
    }

    [LoggerMessage(1402, LogLevel.Critical, "Gallring: something of what run {Run} destroyed is still there, and the run is not completed. {Problem}")]
    private static partial void LogResidue(ILogger logger, Guid run, string problem);

    /// <summary>How much the run is about to destroy: afterwards nobody can say.</summary>
    private async Task Measure(Guid run, IReadOnlyList<string> classes, CancellationToken ct)
    {
        await using var note = databases.Writer.CreateCommand($"""
            insert into archive.disposal_measures (run_id, bytes)
            select $1, {Bytes("pending")} where not exists (select from archive.disposal_items where run_id = $1 and state = 'destroyed')
              and exists (select from archive.disposal_items where run_id = $1 and state = 'pending') on conflict do nothing
            """);
        note.CommandTimeout = 0;
        note.Parameters.Add(new NpgsqlParameter { Value = run });
        note.Parameters.Add(new NpgsqlParameter { Value = classes.Append("request").ToArray() });
        await note.ExecuteNonQueryAsync(ct);
    }

    /// <summary>What was measured, less what was skipped and still stands.</summary>
    private async Task<long?> Measured(Guid run, IReadOnlyList<string> classes, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand($"select greatest(0, (select bytes from archive.disposal_measures where run_id = $1) - {Bytes("skipped")}) from archive.disposal_measures where run_id = $1");
        query.CommandTimeout = 0;
        query.Parameters.Add(new NpgsqlParameter { Value = run });
        query.Parameters.Add(new NpgsqlParameter { Value = classes.Append("request").ToArray() });
        return (long?)await query.ExecuteScalarAsync(ct);
    }

    private static string Bytes(string state) => $$"""
        ((select coalesce(sum(octet_length(c.ciphertext)), 0)::bigint from archive.disposal_items i join archive.record_keys k on k.stream_id = i.record_id and k.class = any ($2)
            join archive.mt_events e on e.stream_id = k.stream_id and e.data #>> '{sealed,key}' = k.key_id::text join archive.sealed_content c on c.event_id = e.id
            where i.run_id = $1 and i.state = '{{state}}')
          + (select coalesce(sum(a.bytes), 0)::bigint from archive.disposal_items i join archive.attachments a using (record_id) where i.run_id = $1 and i.state = '{{state}}' and 'content' = any ($2)))
        """;

    /// <summary>Records, and requests for documents, which are no records of a channel: each is destroyed by its own function, in a transaction of its own.</summary>
    private async Task Batch(Guid run, IReadOnlyList<Guid> items, CancellationToken ct)
    {
        var requests = await runs.Requests(items, ct);
        if (requests.Count > 0) await Batch("select destroyed, skipped from archive.dispose_requests($1, $2)", run, requests, ct);
        if (items.Except(requests).ToList() is { Count: > 0 } records) await Batch("select batch, destroyed, skipped from archive.dispose_batch($1, $2)", run, records, ct);
    }

    private async Task Batch(string sql, Guid run, IReadOnlyList<Guid> items, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var batch = databases.Writer.CreateCommand(sql);
                batch.CommandTimeout = 300;
                batch.Parameters.Add(new NpgsqlParameter { Value = run });
                batch.Parameters.Add(new NpgsqlParameter { Value = items.ToArray() });
                await batch.ExecuteNonQueryAsync(ct);
                return;
            }
            catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure && attempt < 5)
            {
                // Nothing of it was done: the same batch again.
                await Task.Delay(Random.Shared.Next(10, 100 * attempt), ct);
            }
        }
    }

    /// <summary>Rådata that holds bytes of the run's records and is no longer in work, also of a run that was completed long ago.</summary>
    public async Task DestroyDeliveries(Guid run, CancellationToken ct)
    {
        while (await Deliveries(run, ct) > 0) await ledger.CarryOver(ct);
        await objects.Drain(run, ct);
    }

    private async Task<int> Deliveries(Guid run, CancellationToken ct)
    {
        await using var command = databases.Writer.CreateCommand("select archive.dispose_deliveries($1)");
        command.Parameters.Add(new NpgsqlParameter { Value = run });
        return (int)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>An event of the run, in the name of the person who started it, with the row that follows it.</summary>
    private async Task Add(DisposalRun run, string column, DisposalEvent happened, CancellationToken ct)
    {
        var follow = DisposalRuns.Set($"""
            update archive.disposal_runs r
            set {column} = s.timestamp, problem = null
            from archive.mt_streams s where s.id = r.run_id and r.run_id = $1
            """, run.Id);
        await log.Append([new(run.Id, "disposal_run", ExpectedVersion.Any, [new(happened)])], log.NewKeySet(), new(run.StartedBy!.Value.ToString("D")), [follow], ct);
    }

    private async Task<bool> Wait(Guid run, string problem, CancellationToken ct)
    {
        await using var note = databases.Writer.CreateCommand("update archive.disposal_runs set problem = $2 where run_id = $1");
        note.Parameters.Add(new NpgsqlParameter { Value = run });
        note.Parameters.Add(new NpgsqlParameter { Value = problem });
        await note.ExecuteNonQueryAsync(ct);
        return false;
    }

    private async Task<long> LastLedgerEntry(Guid run, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select coalesce(max(ledger_entry), 0) from archive.disposal_batches where run_id = $1");
        query.Parameters.Add(new NpgsqlParameter { Value = run });
        return (long)(await query.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Where the content may still be found, by kind and number; the certificate says it in words.</summary>
    private async Task<List<string>> RemainsIn(Guid run, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select c.platform, count(*) from archive.disposal_items i join archive.record_states s using (record_id) join archive.channels c using (channel_id)
            where i.run_id = $1 and i.state = 'destroyed' and s.visibility in ('visible', 'hidden') group by 1 order by 1
            """);
        query.Parameters.Add(new NpgsqlParameter { Value = run });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<string>();
        while (await rows.ReadAsync(ct)) found.Add($"channel:{rows.GetString(0)}:{rows.GetInt64(1)}");
        var (snapshots, papers) = await Copies(run, ct);
        return [.. found, "backups", snapshots > 0 ? $"snapshots:{snapshots}" : "snapshots", papers > 0 ? $"paper:{papers}" : "paper", "disclosed-copies"];
    }

    /// <summary>The snapshots that show the channel in the time of something destroyed, and the copies on paper of it: records and papers with a fate of their own.</summary>
    private async Task<(long Snapshots, long Papers)> Copies(Guid run, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            with gone as (select s.record_id, s.channel_id, archive.swedish_date(s.received_at) as day, archive.swedish_date(coalesce(s.removed_at, s.disposed_at)) as until
                          from archive.disposal_items i join archive.record_states s using (record_id) where i.run_id = $1 and i.state = 'destroyed')
            select (select count(*) from archive.snapshots p join archive.record_states r using (record_id)
                    where r.disposed_at is null and exists (select from gone g where g.channel_id = p.channel_id and p.period_to >= g.day and p.period_from <= g.until)),
                   (select count(*) from archive.paper_copies c join gone using (record_id))
            """);
        query.Parameters.Add(new NpgsqlParameter { Value = run });
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetInt64(0), row.GetInt64(1));
    }

    private static async Task<bool> Lock(NpgsqlConnection turn, Guid run, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock(hashtextextended('archive:disposal-run:' || $1, 0))", turn);
        command.Parameters.Add(new NpgsqlParameter { Value = run.ToString("D") });
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task Unlock(NpgsqlConnection turn, Guid run)
    {
        if (turn.FullState != System.Data.ConnectionState.Open) return;
        await using var command = new NpgsqlCommand("select pg_advisory_unlock(hashtextextended('archive:disposal-run:' || $1, 0))", turn);
        command.Parameters.Add(new NpgsqlParameter { Value = run.ToString("D") });
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }
}
