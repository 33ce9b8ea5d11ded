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

    private sealed record KeptLog(string Origin, int Ordinal, string VKey, string CurrentVKey, long After, long Size, long Last, bool Closed)
    {
        /// <summary>The keys that signed, and above which size each did.</summary>
        public List<(NoteKey Key, long Above)> Keys { get; } = [];

        public NoteKey? KeyAt(long size) => Keys.LastOrDefault(key => key.Above < size).Key;
    }

    /// <summary>What a root has to be at a size, who says so, and what it means when it is not.</summary>
    private sealed record ExpectedRoot(long Size, MerkleHash Root, string Code, string What);

    private sealed record KeptCheckpoint(long Size, MerkleHash Root, long Last, string Note);

    private async Task EvidenceLogs(NpgsqlTransaction snapshot, IReadOnlyList<string> outside, CancellationToken ct)
    {
        var logs = new List<KeptLog>();
        await Each(snapshot, "select origin, ordinal, vkey, current_vkey, after_seq, size, last_seq, closed_at is not null from archive.evidence_logs order by ordinal",
            row => logs.Add(new(row.GetString(0), row.GetInt32(1), row.GetString(2), row.GetString(3), row.GetInt64(4), row.GetInt64(5), row.GetInt64(6), row.GetBoolean(7))), ct);
        foreach (var log in logs) await KeysOf(snapshot, log, ct);
        var resumed = await Resumed(snapshot, logs, ct);
        var expected = new Dictionary<string, List<ExpectedRoot>>(StringComparer.Ordinal);
        Bridges(logs, resumed, expected);
        foreach (var note in outside) Outside(note, logs, resumed, expected);

        counts["evidence leaves"] = 0;
        counts["checkpoints"] = 0;
        foreach (var log in logs) await EvidenceLog(snapshot, log, expected.GetValueOrDefault(log.Origin) ?? [], ct);
        await Vouchers(snapshot, ct);
        counts["events not yet in the evidence log"] = await Scalar(snapshot,
            $"select count(*) from archive.mt_events where seq_id > {(logs.Count == 0 ? 0 : logs[^1].Last).ToString(System.Globalization.CultureInfo.InvariantCulture)}", ct);
    }

    /// <summary>From the first key on, each named by the one before it in a note that both signed; the last one signs now.</summary>
    private async Task KeysOf(NpgsqlTransaction snapshot, KeptLog log, CancellationToken ct)
    {
        if (!NoteKey.TryParse(log.VKey, out var key) || !string.Equals(key.Name, log.Origin, StringComparison.Ordinal))
        {
            findings.Add(new(Severity.Error, "evidence-key-unreadable", $"The key line of the log {log.Origin} is damaged."));
            return;
        }

        log.Keys.Add((key, -1));
        var rows = new List<(int Nth, string VKey, long Above, string Handover)>();
        await using (var query = new NpgsqlCommand("select nth, vkey, from_size, handover from archive.evidence_keys where origin = $1 order by nth", snapshot.Connection, snapshot))
        {
            query.Parameters.Add(new() { Value = log.Origin });
            await using var row = await query.ExecuteReaderAsync(ct);
            while (await row.ReadAsync(ct)) rows.Add((row.GetInt32(0), row.GetString(1), row.GetInt64(2), row.GetString(3)));
        }

        var told = new List<(string To, long Above)>();
        await using (var query = new NpgsqlCommand("select data->>'to', (data->>'fromSize')::bigint from archive.mt_events where type = 'checkpoint_key_rotated' and data->>'origin' = $1 order by seq_id", snapshot.Connection, snapshot))
        {
            query.Parameters.Add(new() { Value = log.Origin });
            await using var row = await query.ExecuteReaderAsync(ct);
            while (await row.ReadAsync(ct)) told.Add((row.GetString(0), row.GetInt64(1)));
        }

        foreach (var (nth, vkey, above, note) in rows)
        {
            if (nth != log.Keys.Count + 1 || above < log.Keys[^1].Above || KeyHandover.Open(note) is not { } handover || !handover.From.Equals(log.Keys[^1].Key) || !string.Equals(handover.To.ToString(), vkey, StringComparison.Ordinal))
                findings.Add(new(Severity.Error, "key-handover-broken", $"Key {nth} of the log {log.Origin} is not named by the key before it in a note that both signed."));
            if (NoteKey.TryParse(vkey, out var next)) log.Keys.Add((next, above));
        }

        if (!told.SequenceEqual(rows.Select(row => (row.VKey, row.Above))))
            findings.Add(new(Severity.Error, "key-handover-differs", $"The keys of {log.Origin} are not those that the log's events tell of."));
        if (!string.Equals(log.Keys[^1].Key.ToString(), log.CurrentVKey, StringComparison.Ordinal))
            findings.Add(new(Severity.Error, "evidence-key-exchanged", $"The log {log.Origin} is said to be signed by another key than the last one that was named."));
    }

    /// <summary>What each log after the first says in its first leaf, by its name.</summary>
    private async Task<Dictionary<string, Cases.LogResumed>> Resumed(NpgsqlTransaction snapshot, List<KeptLog> logs, CancellationToken ct)
    {
        var resumed = new Dictionary<string, Cases.LogResumed>(StringComparer.Ordinal);
        foreach (var log in logs.Where(log => log.Ordinal > 1))
        {
            await using var query = new NpgsqlCommand("select type, data from archive.mt_events where seq_id > $1 order by seq_id limit 1", snapshot.Connection, snapshot);
            query.Parameters.Add(new() { Value = log.After });
            await using var row = await query.ExecuteReaderAsync(ct);
            try
            {
                if (await row.ReadAsync(ct) && types.Read(row.GetString(0), row.GetFieldValue<byte[]>(1)) is Cases.LogResumed said && string.Equals(said.Origin, log.Origin, StringComparison.Ordinal))
                {
                    resumed[log.Origin] = said;
                    continue;
                }
            }
            catch (System.Text.Json.JsonException)
            {
                // Named as unreadable where events are read.
            }

            findings.Add(new(Severity.Error, "log-without-reason", $"The log {log.Origin} does not begin with the event that says why it goes on."));
        }

        return resumed;
    }

    /// <summary>Each log begins where the one before it was left: that one came back with the size and root that the first leaf names, and grows no more.</summary>
    private void Bridges(List<KeptLog> logs, Dictionary<string, Cases.LogResumed> resumed, Dictionary<string, List<ExpectedRoot>> expected)
    {
        for (var i = 0; i < logs.Count; i++)
        {
            if (logs[i].Closed != i < logs.Count - 1)
                findings.Add(new(Severity.Error, "log-bridge-differs", $"The log {logs[i].Origin} is {(logs[i].Closed ? "closed, and no other goes on" : "still open, though another goes on")}."));
            if (i == 0) continue;
            if (logs[i].After != logs[i - 1].Last)
                findings.Add(new(Severity.Error, "log-bridge-differs", $"The log {logs[i].Origin} does not begin where {logs[i - 1].Origin} ends."));
            if (!resumed.TryGetValue(logs[i].Origin, out var said)) continue;
            if (said.From is not { } from || !string.Equals(from.Origin, logs[i - 1].Origin, StringComparison.Ordinal) || from.Size > logs[i - 1].Size || !MerkleHash.TryParse(from.Root, out var root))
                findings.Add(new(Severity.Error, "log-bridge-differs", $"The first leaf of {logs[i].Origin} does not name {logs[i - 1].Origin} as it came back."));
            else
                Expect(expected, from.Origin, new(from.Size, root, "log-bridge-differs", $"The log {from.Origin} is not what it was when {logs[i].Origin} took over after {from.Size} events."));
        }

        if (logs.Count > 0 && logs[^1].Keys.Count > 0 && !logs[^1].Keys[^1].Key.PublicKey.Span.SequenceEqual(signing.Signer(logs[^1].Origin).Key.PublicKey.Span))
            findings.Add(new(Severity.Error, "evidence-key-exchanged", $"The log {logs[^1].Origin} names a signing key that is not the one in the key file."));
    }

    private static void Expect(Dictionary<string, List<ExpectedRoot>> expected, string origin, ExpectedRoot root)
    {
        if (!expected.TryGetValue(origin, out var list)) expected[origin] = list = [];
        list.Add(root);
    }

    /// <summary>Cosignatures and timestamps: each over the checkpoint it is kept for.</summary>
    private async Task Vouchers(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        counts["cosignatures"] = 0;
        await Each(snapshot, "select s.origin, s.size, s.witness, s.line, c.note, c.last_seq from archive.evidence_cosignatures s left join archive.evidence_checkpoints c using (origin, size)", row =>
        {
            counts["cosignatures"]++;
            if (!NoteKey.TryParse(row.GetString(2), out var witness) || witness.Type != NoteKeyType.Witness || !NoteSignature.TryParse(row.GetString(3).TrimEnd('\n'), out var signature)
                || row.IsDBNull(4) || !SignedNote.TryParse(row.GetString(4), out var note) || note.With(signature).SignedBy(witness) is null)
                findings.Add(new(Severity.Error, "cosignature-altered", $"The cosignature of {row.GetString(2).Split('+')[0]} under the checkpoint of {row.GetInt64(1)} events of {row.GetString(0)} does not hold.", null, row.IsDBNull(5) ? null : row.GetInt64(5)));
        }, ct);
        counts["timestamps"] = 0;
        var root = TimestampOptions.From(configuration).Root;
        await Each(snapshot, "select t.origin, t.size, t.stamped_at, t.token, c.note, c.last_seq from archive.evidence_timestamps t left join archive.evidence_checkpoints c using (origin, size)", row =>
        {
            counts["timestamps"]++;
            string? problem = "no-checkpoint";
            var token = row.IsDBNull(4) ? null : Timestamp.Open(row.GetFieldValue<byte[]>(3), row.GetString(4), root, out problem);
            if (token is null || token.TokenInfo.Timestamp.ToUniversalTime() != row.GetFieldValue<DateTimeOffset>(2))
                findings.Add(new(Severity.Error, "timestamp-altered", $"The timestamp over the checkpoint of {row.GetInt64(1)} events of {row.GetString(0)} does not hold: {problem ?? "another-time"}.", null, row.IsDBNull(5) ? null : row.GetInt64(5)));
        }, ct);
    }

    private IEnumerable<string> CannotShowOfTheLog()
    {
        if (!hasOutside) yield return "Without a checkpoint kept outside (--checkpoint), nobody can show that the whole log was not replaced by another one that is consistent in itself.";
        else yield return $"Nothing outside vouches for what came after the {vouchedOutside} events of the latest checkpoint that was given.";
    }

    private void Outside(string note, List<KeptLog> logs, Dictionary<string, Cases.LogResumed> resumed, Dictionary<string, List<ExpectedRoot>> expected)
    {
        hasOutside = true;
        if (!SignedNote.TryParse(note, out var signed) || !Checkpoint.TryParse(signed.Text, out var checkpoint))
        {
            findings.Add(new(Severity.Error, "outside-checkpoint-unreadable", "A checkpoint that was given is not a signed note, or it was cut off."));
            return;
        }

        // What a restore lost is said in the first leaf of the log that went on.
        if (resumed.Values.FirstOrDefault(r => r.Lost?.Any(l => string.Equals(l.Origin, checkpoint.Origin, StringComparison.Ordinal) && l.Size >= checkpoint.Size) == true) is { } told
            && (!string.Equals(told.From?.Origin, checkpoint.Origin, StringComparison.Ordinal) || told.From!.Size < checkpoint.Size))
        {
            var lost = told.Lost!.First(l => string.Equals(l.Origin, checkpoint.Origin, StringComparison.Ordinal) && l.Size >= checkpoint.Size);
            if (lost.Size == checkpoint.Size && !string.Equals(lost.Root, checkpoint.Root.ToString(), StringComparison.Ordinal))
                findings.Add(new(Severity.Error, "outside-checkpoint-differs", $"A checkpoint kept outside vouches for {checkpoint.Size} events of {checkpoint.Origin} with another root than the one that {told.Origin} says was lost."));
            else
                findings.Add(new(Severity.Warning, "checkpoint-of-lost-range", $"A checkpoint kept outside vouches for {checkpoint.Size} events of {checkpoint.Origin}: those beyond {(string.Equals(told.From?.Origin, checkpoint.Origin, StringComparison.Ordinal) ? told.From!.Size : 0)} were lost in a restore, as {told.Origin} says in its first leaf."));
            return;
        }

        if (logs.FirstOrDefault(log => string.Equals(log.Origin, checkpoint.Origin, StringComparison.Ordinal)) is not { } log)
        {
            findings.Add(new(Severity.Error, "outside-checkpoint-of-another-log", $"A checkpoint that was given is of the log {checkpoint.Origin}, which this archive does not have."));
            return;
        }

        if (!log.Keys.Exists(key => signed.SignedBy(key.Key) is not null))
        {
            findings.Add(new(Severity.Error, "outside-checkpoint-not-signed", $"The checkpoint of {checkpoint.Size} events that was given is not signed by a key of {log.Origin}: it was altered, or the log goes under another key now."));
            return;
        }

        if (checkpoint.Size > log.Size)
        {
            findings.Add(new(Severity.Error, "log-behind-checkpoint", $"The log {log.Origin} has {log.Size} events, but a checkpoint kept outside vouches for {checkpoint.Size}: events are gone, as after a restore of an older copy."));
            return;
        }

        vouchedOutside = Math.Max(vouchedOutside, checkpoint.Size);
        Expect(expected, log.Origin, new(checkpoint.Size, checkpoint.Root, "outside-checkpoint-differs", $"A checkpoint kept outside vouches for {checkpoint.Size} events of {log.Origin} with another root: history was changed."));
    }

    private async Task EvidenceLog(NpgsqlTransaction snapshot, KeptLog log, List<ExpectedRoot> expected, CancellationToken ct)
    {
        if (log.Keys.Count == 0) return;
        var tiles = await Tiles(snapshot, log.Origin, ct);
        var checkpoints = new Queue<KeptCheckpoint>(await Checkpoints(snapshot, log, ct));
        var roots = new Queue<ExpectedRoot>(expected.OrderBy(c => c.Size));
        var tree = new GrowingTree();
        var whole = true;
        while (roots.TryPeek(out var empty) && empty.Size == 0)
        {
            roots.Dequeue();
            if (empty.Root != MerkleHash.OfNothing) findings.Add(new(Severity.Error, empty.Code, empty.What));
        }

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
                if (next.Size == tree.Size && next.Root != tree.Root()) findings.Add(new(Severity.Error, next.Code, next.What));
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
            foreach (var left in roots) findings.Add(new(Severity.Error, left.Code, $"{left.What} Events are missing or exchanged."));
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
        var before = findings.Count;
        var vouched = tiles.Where(tile => tile.Key.Level == 0).SelectMany(tile => tile.Value.Sequences).ToHashSet();
        if (vouched.Count < log.Size) findings.Add(new(Severity.Error, "tile-differs", $"The tiles of {log.Origin} name {vouched.Count} events of {log.Size}."));
        await Each(snapshot, $"select seq_id from archive.mt_events where seq_id > {log.After} and seq_id <= {log.Last}", row =>
        {
            if (!vouched.Remove(row.GetInt64(0)))
                findings.Add(new(Severity.Error, "event-inserted", $"Event number {row.GetInt64(0)} stands among those the log {log.Origin} vouches for, and is not among them.", null, row.GetInt64(0)));
        }, ct);
        foreach (var missing in vouched.Order())
            findings.Add(new(Severity.Error, "event-removed", $"Event number {missing}, which the log {log.Origin} vouches for, is gone.", null, missing));

        // All are there and each is vouched for: then it is their places that do not match.
        if (findings.Count == before) findings.Add(new(Severity.Error, "tile-differs", $"The tiles of {log.Origin} do not stand where their events are leaves."));
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

    private async Task<List<KeptCheckpoint>> Checkpoints(NpgsqlTransaction snapshot, KeptLog log, CancellationToken ct)
    {
        var kept = new List<KeptCheckpoint>();
        await using var query = new NpgsqlCommand("select size, root, last_seq, note from archive.evidence_checkpoints where origin = $1 order by size", snapshot.Connection, snapshot);
        query.Parameters.Add(new() { Value = log.Origin });
        await using var row = await query.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
        {
            counts["checkpoints"]++;
            var checkpoint = new KeptCheckpoint(row.GetInt64(0), new(row.GetFieldValue<byte[]>(1)), row.GetInt64(2), row.GetString(3));
            string? problem = "no-key";
            if (log.KeyAt(checkpoint.Size) is not { } key || Checkpoint.Open(checkpoint.Note, key, out problem) is not { } opened)
                findings.Add(new(Severity.Error, "checkpoint-altered", $"The checkpoint of {checkpoint.Size} events of {log.Origin} does not hold: {problem}.", null, checkpoint.Last));
            else if (opened.Size != checkpoint.Size || opened.Root != checkpoint.Root)
                findings.Add(new(Severity.Error, "checkpoint-altered", $"The row of the checkpoint of {checkpoint.Size} events of {log.Origin} does not say what its note says.", null, checkpoint.Last));
            else
                kept.Add(checkpoint);
        }

        return kept;
    }
}
