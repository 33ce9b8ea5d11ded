using ArchiveService.EventStore;
using ArchiveService.Evidence;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Evidence;

/// <summary>How the log stands against what is known of it outside the database.</summary>
public enum LogState
{
    /// <summary>All that is known outside is here.</summary>
    Level,

    /// <summary>More was vouched for than is here: the database came back from an older copy.</summary>
    Behind,

    /// <summary>What was vouched for is not what is here: the database came back from an older copy and went on, or history was changed.</summary>
    Differs,
}

/// <summary>A checkpoint of one of this archive's logs, from a copy outside; its signature holds.</summary>
public sealed record KnownCheckpoint(string Origin, int Ordinal, long Size, MerkleHash Root, DateTimeOffset SignedAt, IReadOnlyList<NumberGiven> Numbers);

/// <summary>What comparing led to.</summary>
/// <param name="State">How the log stands.</param>
/// <param name="Lost">What is vouched for outside and is not here.</param>
/// <param name="Numbers">When something is lost: the highest numbers that the copies know.</param>
public sealed record Compared(LogState State, IReadOnlyList<KnownCheckpoint> Lost, IReadOnlyList<NumberGiven> Numbers);

/// <summary>Compares the evidence log with the copies of its checkpoints outside (architecture §5).</summary>
public sealed partial class LogComparison(Databases databases, EvidenceLog log, CheckpointCopies copies, SigningKeys keys, ILogger<LogComparison> logger)
{
    public async Task<Compared> Run(CancellationToken ct)
    {
        // The copies first: each was written after what it vouches for was committed.
        if (!copies.Kept) return new(LogState.Level, [], []);
        var first = await log.FirstOrigin(ct);
        var trusted = await Trusted(ct);
        var here = (await log.All(ct)).Select(head => head.Ordinal).DefaultIfEmpty().Max();
        IReadOnlyList<KnownCheckpoint> known;
        try
        {
            known = copies.Newest(first, here, trusted);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            LogUnread(logger, error.GetType().Name);
            return new(LogState.Level, [], []);
        }

        var heads = await log.All(ct);
        var lost = new List<KnownCheckpoint>();
        var state = LogState.Level;
        foreach (var outside in known)
        {
            // What an earlier log lost is told by the first leaf of the one that goes on.
            if (outside.Ordinal < here) continue;
            if (heads.FirstOrDefault(head => head.Ordinal == outside.Ordinal) is { } head)
            {
                if (await Root(head, outside.Size, ct) is not { } root)
                {
                    state = state == LogState.Level ? LogState.Behind : state;
                }
                else if (root == outside.Root)
                {
                    continue;
                }
                else
                {
                    state = LogState.Differs;
                }
            }
            else if (state == LogState.Level)
            {
                state = LogState.Behind;
            }

            lost.Add(outside);
        }

        return new(state, lost, lost.Count == 0 ? [] : [.. known.SelectMany(one => one.Numbers).GroupBy(n => (n.Authority, n.Organ, n.Year)).Select(g => g.MaxBy(n => n.Last)!)]);
    }

    /// <summary>The root of so many leaves, those counted that no leaf has become yet; null when there are fewer.</summary>
    private async Task<MerkleHash?> Root(EvidenceHead head, long size, CancellationToken ct)
    {
        if (size <= head.Size) return await new TiledTree(head.Size, log.Tiles(head.Origin, ct)).Root(size);
        var (tree, _) = await log.Edge(head, ct);
        await using var query = databases.Writer.CreateCommand($"select {StoredEvent.Columns} from archive.mt_events where seq_id > $1 order by seq_id limit $2");
        query.Parameters.Add(new() { Value = head.LastSequence });
        query.Parameters.Add(new() { Value = size - head.Size });
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) tree.Add(EvidenceWorker.Leaf(StoredEvent.Read(rows)).Hash());
        return tree.Size == size ? tree.Root() : null;
    }

    /// <summary>Public keys that have signed for this archive: those the database names, and those the key file knows, of which a restored database may not have heard.</summary>
    private async Task<IReadOnlyList<ReadOnlyMemory<byte>>> Trusted(CancellationToken ct)
    {
        var found = new List<ReadOnlyMemory<byte>> { keys.Signer("key").Key.PublicKey };
        foreach (var note in keys.Kept())
        {
            if (KeyHandover.Open(note) is { } handover) found.AddRange([handover.From.PublicKey, handover.To.PublicKey]);
        }

        await using var query = databases.Staff.CreateCommand("select vkey from archive.evidence_logs union select current_vkey from archive.evidence_logs union select vkey from archive.evidence_keys");
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            if (NoteKey.TryParse(rows.GetString(0), out var key)) found.Add(key.PublicKey);
        }

        return found;
    }

    [LoggerMessage(1803, LogLevel.Error, "The copies of checkpoints outside could not be read: {Error}. Whether the database is an older copy is not known.")]
    private static partial void LogUnread(ILogger logger, string error);
}
