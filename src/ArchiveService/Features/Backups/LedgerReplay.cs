using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.EventStore;
using ArchiveService.Features.Disposals;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Backups;

/// <summary>What was destroyed again.</summary>
public sealed record Replayed(long Lines, int LinesReplayed, int Streams, int Keys)
{
    public bool Nothing => LinesReplayed == 0;
}

/// <summary>
/// Carries out again what the erasure ledger says was destroyed and the database does not know of, because it is an older one that was put back (architecture §4 Backups):
/// keys, sealed content, objects and derived rows, before anybody is served. A line that was replayed stands in archive.replayed_erasures and is not replayed twice.
/// </summary>
public sealed class LedgerReplay(Databases databases, ErasureLedger ledger, IObjectStore store, SealedLog log, TimeProvider clock)
{
    /// <exception cref="ErasureLedgerBroken">At the first line that is not what was written; the lines before have been carried out.</exception>
    public async Task<Replayed> Run(Caller by, CancellationToken ct)
    {
        var lines = ledger.Read().ToList();
        int replayed = 0, streams = 0, keys = 0;
        foreach (var line in await Unknown(lines, ct))
        {
            // The objects first: the line counts as carried out only when all of it is.
            foreach (var key in line.Entry.Objects) await store.DestroyEverything(key, ct);
            var (again, destroyed) = await Replay(line, by, ct);
            (replayed, streams, keys) = (replayed + 1, streams + again, keys + destroyed);
        }

        return new(lines.Count, replayed, streams, keys);
    }

    /// <summary>At start: the database may have been put back by other means than ./run restore.</summary>
    public async Task RunAndNote(CancellationToken ct)
    {
        if (await Run(Caller.System, ct) is not { Nothing: false } done) return;
        var happened = new ErasuresReplayed(done.Lines, done.LinesReplayed, done.Streams, done.Keys);
        await log.Append([new(Guid.CreateVersion7(clock.GetUtcNow()), "log", ExpectedVersion.NewStream, [new(happened)])], log.NewKeySet(), new(Caller.System.PersonId.ToString("D")), ct: ct);
    }

    private async Task<List<LedgerLine>> Unknown(List<LedgerLine> lines, CancellationToken ct)
    {
        if (lines.Count == 0) return [];
        await using var query = databases.Owner.CreateCommand("""
            select l.n from unnest($1, $2, $3) l(n, run_id, batch)
            where not exists (select from archive.disposal_batches b where b.run_id = l.run_id and b.batch = l.batch)
              and not exists (select from archive.replayed_erasures e where e.run_id = l.run_id and e.batch = l.batch)
            """);
        query.Parameters.Add(new() { Value = lines.Select(l => l.Number).ToArray() });
        query.Parameters.Add(new() { Value = lines.Select(l => l.Entry.Run).ToArray() });
        query.Parameters.Add(new() { Value = lines.Select(l => l.Entry.Batch).ToArray() });
        var unknown = new HashSet<long>();
        await using (var rows = await query.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) unknown.Add(rows.GetInt64(0));
        }

        return [.. lines.Where(l => unknown.Contains(l.Number))];
    }

    private async Task<(int Streams, int Keys)> Replay(LedgerLine line, Caller by, CancellationToken ct)
    {
        // class:key:stream
        var named = line.Entry.Keys.Select(k => k.Split(':')).ToList();
        await using var command = databases.Owner.CreateCommand("select streams, keys from archive.replay_erasure($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
        command.CommandTimeout = 0;
        object[] values =
        [
            line.Number, line.Entry.Run, line.Entry.Batch, line.Entry.DestroyedAt.ToUniversalTime(), line.Entry.Records, by.PersonId.ToString("D"),
            named.Select(n => n[0]).ToArray(), named.Select(n => Guid.Parse(n[1])).ToArray(), named.Select(n => Guid.Parse(n[2])).ToArray(), line.Entry.Objects.Count,
        ];
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetInt32(0), row.GetInt32(1));
    }
}

/// <summary>Before the service takes a request or any worker reads: the ledger exists, and what it says is carried out.</summary>
public sealed partial class ReplayAtStart(LedgerReplay replay, ErasureLedger ledger, KeyRotation rotation, ILogger<ReplayAtStart> logger) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        ledger.Ensure();
        await rotation.EndKnown(Caller.System, cancellationToken);
        try
        {
            await replay.RunAndNote(cancellationToken);
        }
        catch (ErasureLedgerBroken why)
        {
            LogBroken(logger, why.Message);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1901, LogLevel.Critical, "The erasure ledger cannot be replayed: {Why} Until it is put back from its copy, gallring stops, and nobody can say that what was destroyed has not come back. Run ./run verify.")]
    private static partial void LogBroken(ILogger logger, string why);
}

/// <summary>Records that were destroyed and that the log has lost with a restore: when one comes again it is not taken in, unless it was written or edited later.</summary>
public sealed class ErasedStreams(Databases databases)
{
    // Rows come at a restore and at start only, before anything is captured.
    private IReadOnlyDictionary<Guid, DateTimeOffset>? known;

    public async Task<IReadOnlyDictionary<Guid, DateTimeOffset>> All(CancellationToken ct)
    {
        if (known is { } read) return read;
        var found = new Dictionary<Guid, DateTimeOffset>();
        await using var query = databases.Writer.CreateCommand("select s.stream_id, e.destroyed_at from archive.erased_streams s join archive.replayed_erasures e using (run_id, batch)");
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) found[rows.GetGuid(0)] = rows.GetFieldValue<DateTimeOffset>(1);
        return known = found;
    }
}
