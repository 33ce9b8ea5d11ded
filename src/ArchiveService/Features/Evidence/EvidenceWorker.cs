using ArchiveService.EventStore;
using ArchiveService.Evidence;
using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Features.Evidence;

/// <summary>
/// Makes every event a leaf, in the store's safe order, and signs a checkpoint within a second. One node leads, by a lock of its session; should two ever believe
/// so, the head moves for one of them only.
/// </summary>
public sealed partial class EvidenceWorker(Databases databases, EvidenceLog log, CheckpointCopies copies, LogStanding standing, EventTypes types, TimeProvider clock, ILogger<EvidenceWorker> logger) : BackgroundService
{
    private const long LockKey = 7316403;
    private const int PageSize = 2000;

    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(900);

    /// <summary>A wrong origin or key stops the start; it is not tried for ever.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (standing.MaySign) await log.Begin(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LeadOnce(stoppingToken);
                await Task.Delay(AfterTrouble, clock, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task LeadOnce(CancellationToken ct)
    {
        try
        {
            await using var session = await databases.Writer.OpenConnectionAsync(ct);
            if (!await Holds(session, ct)) return;
            try
            {
                await Lead(session, ct);
            }
            finally
            {
                await Release(session);
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogTrouble(logger, error is PostgresException refused ? refused.SqlState : error.GetType().Name);
        }
    }

    /// <summary>Goes on until the lead is lost. Whatever fails begins again from what is committed.</summary>
    private async Task Lead(NpgsqlConnection session, CancellationToken ct)
    {
        if (!standing.MaySign) return;
        await using var reader = new HoleSafeReader(databases.Writer, types);
        var head = await log.Begin(ct);
        var (tree, sequences) = await log.Edge(head, ct);
        var signed = await log.Latest(ct);
        var vouched = signed is { } latest && string.Equals(latest.Origin, head.Origin, StringComparison.Ordinal) ? latest.Size : 0;
        var since = clock.GetTimestamp();
        while (standing.MaySign)
        {
            var page = await reader.ReadStored(head.LastSequence, PageSize, ct);
            if (page.Events.Count > 0)
            {
                var ofTiles = new Dictionary<long, long[]>();
                foreach (var (happened, hash) in page.Events.Zip(Hashes(page.Events))) EvidenceLog.Add(tree, sequences, ofTiles, happened.Sequence, hash);

                if (sequences.Count > 0) ofTiles[tree.Size / TileAddress.Full] = [.. sequences];
                if (await log.Grow(head, tree, tree.TakeChanged(), ofTiles, page.Events[^1].Sequence, ct) is not { } grown) return;
                head = grown;
            }

            if (head.Size > vouched && (page.Events.Count < PageSize || clock.GetElapsedTime(since) >= Longest))
            {
                if (await log.Sign(head, tree.Root(), ct) is not { } checkpoint) return;
                await Copy(checkpoint, ct);
                (vouched, since) = (head.Size, clock.GetTimestamp());
            }

            if (page.Events.Count == PageSize) continue;
            await Task.Delay(Rest, clock, ct);
            if (!await StillHolds(session, ct)) return;
        }
    }

    private async Task Copy(SignedCheckpoint checkpoint, CancellationToken ct)
    {
        if (!copies.Kept) return;
        try
        {
            copies.Write(checkpoint, await log.Numbers(ct));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            LogNotCopied(logger, error.GetType().Name);
        }
    }

    private static MerkleHash[] Hashes(IReadOnlyList<StoredEvent> events)
    {
        var hashes = new MerkleHash[events.Count];
        if (events.Count < 64)
        {
            for (var i = 0; i < hashes.Length; i++) hashes[i] = Leaf(events[i]).Hash();
        }
        else
        {
            Parallel.For(0, hashes.Length, i => hashes[i] = Leaf(events[i]).Hash());
        }

        return hashes;
    }

    /// <summary>What of a stored event is hashed.</summary>
    public static EventLeaf Leaf(StoredEvent e) =>
        new(e.Sequence, e.Id, e.StreamId, e.Version, e.Type, e.RecordedAt, e.Actor, e.CorrelationId, e.CausationId, e.Headers is null ? default(ReadOnlyMemory<byte>?) : e.Headers, e.Data);

    private static async Task<bool> Holds(NpgsqlConnection session, CancellationToken ct)
    {
        await using var take = new NpgsqlCommand("select pg_try_advisory_lock($1)", session) { Parameters = { new() { Value = LockKey } } };
        return (bool)(await take.ExecuteScalarAsync(ct))!;
    }

    /// <summary>A session that is lost throws; one that lives holds its lock.</summary>
    private static async Task<bool> StillHolds(NpgsqlConnection session, CancellationToken ct)
    {
        await using var look = new NpgsqlCommand("select true", session);
        return (bool)(await look.ExecuteScalarAsync(ct))!;
    }

    private static async Task Release(NpgsqlConnection session)
    {
        if (session.FullState != System.Data.ConnectionState.Open) return;
        await using var release = new NpgsqlCommand("select pg_advisory_unlock($1)", session) { Parameters = { new() { Value = LockKey } } };
        await release.ExecuteScalarAsync(CancellationToken.None);
    }

    [LoggerMessage(1801, LogLevel.Error, "The evidence log could not go on: {Error}. It is tried again; no checkpoint is signed meanwhile.")]
    private static partial void LogTrouble(ILogger logger, string error);

    [LoggerMessage(1802, LogLevel.Error, "A checkpoint could not be copied outside: {Error}. It stands in the database; the next one is tried again.")]
    private static partial void LogNotCopied(ILogger logger, string error);
}
