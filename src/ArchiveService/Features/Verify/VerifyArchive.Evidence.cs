using ArchiveService.EventStore;
using ArchiveService.Evidence;
using ArchiveService.Features.Evidence;
using Npgsql;

namespace ArchiveService.Features.Verify;

// Architecture §5: every leaf, tile and checkpoint made anew from the columns, and held against what is kept here and elsewhere.
public sealed partial class VerifyArchive
{
    private const int EvidencePage = 4000;

    private long vouchedOutside;
    private bool hasOutside;

    private sealed record KeptLog(string Origin, int Ordinal, string VKey, long After, long Size, long Last);

    private sealed record KeptCheckpoint(long Size, MerkleHash Root, long Last, string Note);

    private async Task EvidenceLogs(NpgsqlTransaction snapshot, IReadOnlyList<string> outside, CancellationToken ct)
    {
        var logs = new List<KeptLog>();
        await Each(snapshot, "select origin, ordinal, vkey, after_seq, size, last_seq from archive.evidence_logs order by ordinal",
            row => logs.Add(new(row.GetString(0), row.GetInt32(1), row.GetString(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5))), ct);
        var known = new Dictionary<string, List<Checkpoint>>(StringComparer.Ordinal);
        foreach (var note in outside) Outside(note, logs, known);

        counts["evidence leaves"] = 0;
        counts["checkpoints"] = 0;
        foreach (var log in logs) await EvidenceLog(snapshot, log, known.GetValueOrDefault(log.Origin) ?? [], ct);
        counts["events not yet in the evidence log"] = await Scalar(snapshot,
            $"select count(*) from archive.mt_events where seq_id > {(logs.Count == 0 ? 0 : logs[^1].Last).ToString(System.Globalization.CultureInfo.InvariantCulture)}", ct);
    }

    private IEnumerable<string> CannotShowOfTheLog()
    {
        if (!hasOutside) yield return "Without a checkpoint kept outside (--checkpoint), nobody can show that the whole log was not replaced by another one that is consistent in itself.";
        else yield return $"Nothing outside vouches for what came after the {vouchedOutside} events of the latest checkpoint that was given.";
    }

    private void Outside(string note, List<KeptLog> logs, Dictionary<string, List<Checkpoint>> known)
    {
        hasOutside = true;
        if (!SignedNote.TryParse(note, out var signed) || !Checkpoint.TryParse(signed.Text, out var checkpoint))
        {
            findings.Add(new(Severity.Error, "outside-checkpoint-unreadable", "A checkpoint that was given is not a signed note, or it was cut off."));
            return;
        }

        if (logs.FirstOrDefault(log => string.Equals(log.Origin, checkpoint.Origin, StringComparison.Ordinal)) is not { } log)
        {
            findings.Add(new(Severity.Error, "outside-checkpoint-of-another-log", $"A checkpoint that was given is of the log {checkpoint.Origin}, which this archive does not have."));
            return;
        }

        if (!NoteKey.TryParse(log.VKey, out var key) || signed.SignedBy(key) is null)
        {
            findings.Add(new(Severity.Error, "outside-checkpoint-not-signed", $"The checkpoint of {checkpoint.Size} events that was given is not signed by the key of {log.Origin}: it was altered, or the log goes under another key now."));
            return;
        }

        if (checkpoint.Size > log.Size)
        {
            findings.Add(new(Severity.Error, "log-behind-checkpoint", $"The log {log.Origin} has {log.Size} events, but a checkpoint kept outside vouches for {checkpoint.Size}: events are gone, as after a restore of an older copy."));
            return;
        }

        vouchedOutside = Math.Max(vouchedOutside, checkpoint.Size);
        if (!known.TryGetValue(log.Origin, out var list)) known[log.Origin] = list = [];
        list.Add(checkpoint);
    }

    private async Task EvidenceLog(NpgsqlTransaction snapshot, KeptLog log, List<Checkpoint> outside, CancellationToken ct)
    {
        if (!NoteKey.TryParse(log.VKey, out var key))
        {
            findings.Add(new(Severity.Error, "evidence-key-unreadable", $"The key line of the log {log.Origin} is damaged."));
            return;
        }

        if (log.Ordinal == 1 && !key.PublicKey.Span.SequenceEqual(Ed25519.PublicKey(provider.SigningKey)))
            findings.Add(new(Severity.Error, "evidence-key-exchanged", $"The log {log.Origin} names a signing key that is not the one in the key file."));
        var tiles = await Tiles(snapshot, log.Origin, ct);
        var checkpoints = new Queue<KeptCheckpoint>(await Checkpoints(snapshot, log, key, ct));
        var roots = new Queue<Checkpoint>(outside.OrderBy(c => c.Size));
        var tree = new GrowingTree();
        var whole = true;
        await foreach (var (sequence, hash) in Leaves(snapshot, log, ct))
        {
            var index = tree.Size;
            if (index >= log.Size)
            {
                findings.Add(new(Severity.Error, "event-inserted", $"Event number {sequence} stands among those the log {log.Origin} vouches for, and is not among them.", null, sequence));
                whole = false;
                continue;
            }

            var (kept, of) = Kept(tiles, index);
            if (of != sequence)
            {
                // From here on places do not match: say what is missing and what is new, and leave the tree.
                await Differing(snapshot, log, tiles, ct);
                whole = false;
                break;
            }

            if (kept != hash) findings.Add(new(Severity.Error, "event-altered", $"Event number {sequence} is not what it was when it became leaf {index} of {log.Origin}.", null, sequence));

            // Tiles and checkpoints are held against the leaves as they were kept, so that each thing that was changed is named by itself.
            tree.Add(kept);
            while (checkpoints.TryPeek(out var next) && next.Size == tree.Size)
            {
                checkpoints.Dequeue();
                if (next.Root != tree.Root())
                    findings.Add(new(Severity.Error, "checkpoint-differs", $"The checkpoint of {next.Size} events of {log.Origin} has another root than those events.", null, next.Last));
            }

            while (roots.TryPeek(out var next) && next.Size <= tree.Size)
            {
                roots.Dequeue();
                if (next.Size == tree.Size && next.Root != tree.Root())
                    findings.Add(new(Severity.Error, "outside-checkpoint-differs", $"A checkpoint kept outside vouches for {next.Size} events of {log.Origin} with another root: history was changed."));
            }
        }

        if (whole && tree.Size < log.Size)
        {
            await Differing(snapshot, log, tiles, ct);
            whole = false;
        }

        if (whole)
        {
            foreach (var left in checkpoints) findings.Add(new(Severity.Error, "checkpoint-ahead", $"A checkpoint vouches for {left.Size} events of {log.Origin}, which has {log.Size}."));
            foreach (var tile in tree.TakeChanged())
            {
                if (!tiles.Remove((tile.Address.Level, tile.Address.Index), out var kept) || !kept.Hashes.SequenceEqual(tile.Hashes))
                    findings.Add(new(Severity.Error, "tile-differs", $"Tile {tile.Address} of {log.Origin} is not what its events give."));
            }

            foreach (var ((level, index), _) in tiles) findings.Add(new(Severity.Error, "tile-differs", $"Tile {level}/{index} of {log.Origin} belongs to no event."));
        }
        else
        {
            foreach (var checkpoint in outside)
                findings.Add(new(Severity.Error, "outside-checkpoint-differs", $"A checkpoint kept outside vouches for {checkpoint.Size} events of {log.Origin}, and events are missing or exchanged."));
        }

        counts["evidence leaves"] += log.Size;
    }

    private static (MerkleHash Hash, long Sequence) Kept(Dictionary<(int Level, long Index), (MerkleHash[] Hashes, long[] Sequences)> tiles, long index)
    {
        var place = (int)(index % TileAddress.Full);
        return tiles.TryGetValue((0, index / TileAddress.Full), out var tile) && place < tile.Hashes.Length ? (tile.Hashes[place], tile.Sequences[place]) : default;
    }

    /// <summary>Which events are missing, and which are there that nobody vouched for.</summary>
    private async Task Differing(NpgsqlTransaction snapshot, KeptLog log, Dictionary<(int Level, long Index), (MerkleHash[] Hashes, long[] Sequences)> tiles, CancellationToken ct)
    {
        var vouched = tiles.Where(tile => tile.Key.Level == 0).SelectMany(tile => tile.Value.Sequences).ToHashSet();
        if (vouched.Count < log.Size) findings.Add(new(Severity.Error, "tile-differs", $"The tiles of {log.Origin} name {vouched.Count} events of {log.Size}."));
        await Each(snapshot, $"select seq_id from archive.mt_events where seq_id > {log.After} and seq_id <= {log.Last}", row =>
        {
            if (!vouched.Remove(row.GetInt64(0)))
                findings.Add(new(Severity.Error, "event-inserted", $"Event number {row.GetInt64(0)} stands among those the log {log.Origin} vouches for, and is not among them.", null, row.GetInt64(0)));
        }, ct);
        foreach (var missing in vouched.Order())
            findings.Add(new(Severity.Error, "event-removed", $"Event number {missing}, which the log {log.Origin} vouches for, is gone.", null, missing));
    }

    private async IAsyncEnumerable<(long Sequence, MerkleHash Hash)> Leaves(NpgsqlTransaction snapshot, KeptLog log, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var after = log.After;
        while (true)
        {
            var page = new List<StoredEvent>(EvidencePage);
            await using (var query = new NpgsqlCommand($"select {StoredEvent.Columns} from archive.mt_events where seq_id > $1 and seq_id <= $2 order by seq_id limit $3", snapshot.Connection, snapshot))
            {
                query.Parameters.Add(new() { Value = after });
                query.Parameters.Add(new() { Value = log.Last });
                query.Parameters.Add(new() { Value = EvidencePage });
                await using var row = await query.ExecuteReaderAsync(ct);
                while (await row.ReadAsync(ct)) page.Add(StoredEvent.Read(row));
            }

            if (page.Count == 0) yield break;
            var hashes = new MerkleHash[page.Count];
            Parallel.For(0, page.Count, i =>
            {
                try
                {
                    hashes[i] = EvidenceWorker.Leaf(page[i]).Hash();
                }
                catch (FormatException)
                {
                    // No event of ours reads so: it stays without a hash that fits, and is named.
                }
            });
            for (var i = 0; i < page.Count; i++) yield return (page[i].Sequence, hashes[i]);
            after = page[^1].Sequence;
        }
    }

    private async Task<Dictionary<(int Level, long Index), (MerkleHash[] Hashes, long[] Sequences)>> Tiles(NpgsqlTransaction snapshot, string origin, CancellationToken ct)
    {
        var tiles = new Dictionary<(int Level, long Index), (MerkleHash[] Hashes, long[] Sequences)>();
        await using var query = new NpgsqlCommand("select level, tile, hashes, sequences from archive.evidence_tiles where origin = $1", snapshot.Connection, snapshot);
        query.Parameters.Add(new() { Value = origin });
        await using var row = await query.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct)) tiles.Add((row.GetInt32(0), row.GetInt64(1)), (MerkleHash.Many(row.GetFieldValue<byte[]>(2)), row.IsDBNull(3) ? [] : row.GetFieldValue<long[]>(3)));
        return tiles;
    }

    private async Task<List<KeptCheckpoint>> Checkpoints(NpgsqlTransaction snapshot, KeptLog log, NoteKey key, CancellationToken ct)
    {
        var kept = new List<KeptCheckpoint>();
        await using var query = new NpgsqlCommand("select size, root, last_seq, note from archive.evidence_checkpoints where origin = $1 order by size", snapshot.Connection, snapshot);
        query.Parameters.Add(new() { Value = log.Origin });
        await using var row = await query.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
        {
            counts["checkpoints"]++;
            var checkpoint = new KeptCheckpoint(row.GetInt64(0), new(row.GetFieldValue<byte[]>(1)), row.GetInt64(2), row.GetString(3));
            if (Checkpoint.Open(checkpoint.Note, key, out var problem) is not { } opened)
                findings.Add(new(Severity.Error, "checkpoint-altered", $"The checkpoint of {checkpoint.Size} events of {log.Origin} does not hold: {problem}.", null, checkpoint.Last));
            else if (opened.Size != checkpoint.Size || opened.Root != checkpoint.Root)
                findings.Add(new(Severity.Error, "checkpoint-altered", $"The row of the checkpoint of {checkpoint.Size} events of {log.Origin} does not say what its note says.", null, checkpoint.Last));
            else
                kept.Add(checkpoint);
        }

        return kept;
    }
}
