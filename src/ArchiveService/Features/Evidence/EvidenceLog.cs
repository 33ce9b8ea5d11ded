using ArchiveService.EventStore;
using ArchiveService.Evidence;
using ArchiveService.Hosting;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Evidence;

/// <summary>How far a log has come; <paramref name="Key"/> is the one that signs for it now. A closed one does not grow any more: a later log goes on.</summary>
public sealed record EvidenceHead(string Origin, int Ordinal, NoteKey Key, long AfterSequence, long Size, long LastSequence, bool Closed = false);

/// <summary>A checkpoint that was signed.</summary>
public sealed record SignedCheckpoint(string Origin, long Size, MerkleHash Root, long LastSequence, DateTimeOffset SignedAt, string Note);

/// <summary>The rows of the evidence log. Hashes only: nothing here can be read back into what was sealed.</summary>
public sealed class EvidenceLog(Databases databases, EvidenceOptions options, SigningKeys keys, TimeProvider clock)
{
    private const string Columns = "origin, ordinal, current_vkey, after_seq, size, last_seq, closed_at is not null";

    /// <summary>The log that grows; null before the first leaf.</summary>
    public async Task<EvidenceHead?> Head(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand($"select {Columns} from archive.evidence_logs order by ordinal desc limit 1");
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? Read(row) : null;
    }

    /// <summary>All logs, the first one first: each after the first began where a restore left the one before it.</summary>
    public async Task<IReadOnlyList<EvidenceHead>> All(CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand($"select {Columns} from archive.evidence_logs order by ordinal");
        await using var rows = await query.ExecuteReaderAsync(ct);
        var logs = new List<EvidenceHead>();
        while (await rows.ReadAsync(ct)) logs.Add(Read(rows));
        return logs;
    }

    /// <summary>The name that the first log has or will have.</summary>
    public async Task<string> FirstOrigin(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select origin, ordinal from archive.evidence_logs order by ordinal limit 1");
        await using var row = await query.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct)) return options.Origin;
        var first = BaseOf(row.GetString(0), row.GetInt32(1));
        if (options.OriginGiven && !string.Equals(first, options.Origin, StringComparison.Ordinal))
            throw new CannotStart($"Evidence__Origin is {options.Origin}, but this archive's evidence log began as {first}. Its name is frozen by its first leaf: set Evidence__Origin={first}.");
        return first;
    }

    /// <summary>The name of the log that goes on for the so-manieth time.</summary>
    public static string OriginOf(string first, int ordinal) => ordinal == 1 ? first : FormattableString.Invariant($"{first}/{ordinal}");

    /// <summary>Which of an archive's logs a name is; null when it is another archive's.</summary>
    public static int? OrdinalOf(string first, string origin)
    {
        if (string.Equals(origin, first, StringComparison.Ordinal)) return 1;
        return origin.StartsWith(first + "/", StringComparison.Ordinal) && int.TryParse(origin.AsSpan(first.Length + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var ordinal)
            && ordinal >= 2 && string.Equals(OriginOf(first, ordinal), origin, StringComparison.Ordinal) ? ordinal : null;
    }

    private static string BaseOf(string origin, int ordinal) => ordinal == 1 ? origin : origin[..origin.LastIndexOf('/')];

    /// <summary>The log that grows; begun now when there is none.</summary>
    /// <exception cref="CannotStart">The origin or the key is not the one the log began with.</exception>
    public async Task<EvidenceHead> Begin(CancellationToken ct)
    {
        var origin = await FirstOrigin(ct);
        await using (var begin = databases.Writer.CreateCommand("""
            insert into archive.evidence_logs (origin, ordinal, vkey, current_vkey, began_at, after_seq, size, last_seq)
            select $1, 1, $2, $2, $3, 0, 0, 0 where not exists (select from archive.evidence_logs) on conflict do nothing
            """))
        {
            begin.Parameters.Add(new() { Value = origin });
            begin.Parameters.Add(new() { Value = keys.Signer(origin).Key.ToString() });
            begin.Parameters.Add(new() { Value = clock.GetUtcNow() });
            await begin.ExecuteNonQueryAsync(ct);
        }

        var head = (await Head(ct))!;
        if (!head.Key.Equals(Signer(head.Origin).Key) && !keys.TakeUp(head.Key, await Handover(head, ct)))
            throw new CannotStart($"The signing key in the key file is not the one that the evidence log {head.Origin} is signed with ({head.Key.Id}). Put back the key file that belongs to this database, in a copy from after the last change of key (./run evidence rotate-key): an older copy does not sign any more. When there is none, bring back a backup from before that change together with the key file of then.");
        return head;
    }

    /// <summary>The note in which the key in place was named by the one before it; null for the first key.</summary>
    private async Task<string?> Handover(EvidenceHead head, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select handover from archive.evidence_keys where origin = $1 order by nth desc limit 1");
        query.Parameters.Add(new() { Value = head.Origin });
        return await query.ExecuteScalarAsync(ct) as string;
    }

    /// <summary>What signs for an origin.</summary>
    public NoteSigner Signer(string origin) => keys.Signer(origin);

    /// <summary>The partial tiles at the right edge, and the events of the one at the bottom.</summary>
    public async Task<(GrowingTree Tree, List<long> Sequences)> Edge(EvidenceHead head, CancellationToken ct)
    {
        var wanted = PartialsOf(head.Size);
        var tiles = new List<Tile>();
        List<long> sequences = [];
        foreach (var address in wanted)
        {
            await using var query = databases.Writer.CreateCommand("select hashes, sequences from archive.evidence_tiles where origin = $1 and level = $2 and tile = $3");
            query.Parameters.Add(new() { Value = head.Origin });
            query.Parameters.Add(new() { Value = address.Level });
            query.Parameters.Add(new() { Value = address.Index });
            await using var row = await query.ExecuteReaderAsync(ct);
            if (!await row.ReadAsync(ct)) continue;

            // A tile is only ever widened: when another node was here meanwhile, its beginning is what it was.
            tiles.Add(new(address, [.. MerkleHash.Many(row.GetFieldValue<byte[]>(0)).Take(address.Width)]));
            if (address.Level == 0) sequences = [.. row.GetFieldValue<long[]>(1).Take(address.Width)];
        }

        return (new(head.Size, tiles), sequences);
    }

    /// <summary>Writes what has grown and moves the head, all or nothing; false when another node was here first.</summary>
    /// <param name="head">From where.</param>
    /// <param name="tree">To what.</param>
    /// <param name="changed">Its tiles that are new or wider.</param>
    /// <param name="sequences">The events of each of them that is of level 0.</param>
    /// <param name="lastSequence">The last event in the tree.</param>
    /// <param name="ct">Cancels the writing.</param>
    public async Task<EvidenceHead?> Grow(EvidenceHead head, GrowingTree tree, IReadOnlyList<Tile> changed, IReadOnlyDictionary<long, long[]> sequences, long lastSequence, CancellationToken ct)
    {
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await Grow(transaction, head, tree, changed, sequences, lastSequence, ct) is not { } grown) return null;
        await transaction.CommitAsync(ct);
        return grown;
    }

    /// <summary>The same in a transaction of the caller.</summary>
    private static async Task<EvidenceHead?> Grow(
        NpgsqlTransaction transaction, EvidenceHead head, GrowingTree tree, IReadOnlyList<Tile> changed, IReadOnlyDictionary<long, long[]> sequences, long lastSequence, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        batch.BatchCommands.Add(new("update archive.evidence_logs set size = $3, last_seq = $4 where origin = $1 and size = $2 and last_seq = $5 and closed_at is null")
        {
            Parameters = { new() { Value = head.Origin }, new() { Value = head.Size }, new() { Value = tree.Size }, new() { Value = lastSequence }, new() { Value = head.LastSequence } },
        });
        foreach (var tile in changed)
        {
            batch.BatchCommands.Add(new("""
                insert into archive.evidence_tiles (origin, level, tile, hashes, sequences) values ($1, $2, $3, $4, $5)
                on conflict (origin, level, tile) do update set hashes = excluded.hashes, sequences = excluded.sequences
                """)
            {
                Parameters =
                {
                    new() { Value = head.Origin }, new() { Value = tile.Address.Level }, new() { Value = tile.Address.Index }, new() { Value = MerkleHash.Bytes([.. tile.Hashes]) },
                    new() { Value = tile.Address.Level == 0 ? sequences[tile.Address.Index] : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
                },
            });
        }

        await batch.ExecuteNonQueryAsync(ct);
        return batch.BatchCommands[0].RecordsAffected == 1 ? head with { Size = tree.Size, LastSequence = lastSequence } : null;
    }

    /// <summary>
    /// Ends the log that stands, in the caller's transaction, which nobody appends beside: what it holds and no leaf is yet becomes its last leaves, without a
    /// checkpoint. Answers it as it came back, before those.
    /// </summary>
    public async Task<(EvidenceHead AsItCame, MerkleHash Root)> Close(NpgsqlTransaction transaction, string first, CancellationToken ct)
    {
        EvidenceHead? head = null;
        var now = clock.GetUtcNow();
        await using (var begin = new NpgsqlCommand("""
            insert into archive.evidence_logs (origin, ordinal, vkey, current_vkey, began_at, after_seq, size, last_seq)
            select $1, 1, $2, $2, $3, 0, 0, 0 where not exists (select from archive.evidence_logs)
            """, transaction.Connection, transaction))
        {
            begin.Parameters.Add(new() { Value = first });
            begin.Parameters.Add(new() { Value = keys.Signer(first).Key.ToString() });
            begin.Parameters.Add(new() { Value = now });
            await begin.ExecuteNonQueryAsync(ct);
        }

        await using (var last = new NpgsqlCommand($"select {Columns} from archive.evidence_logs where closed_at is null order by ordinal desc limit 1 for update", transaction.Connection, transaction))
        await using (var row = await last.ExecuteReaderAsync(ct))
        {
            if (await row.ReadAsync(ct)) head = Read(row);
        }

        var came = head ?? throw new InvalidOperationException("Another node closed the log.");
        var (tree, sequences) = await Edge(came, ct);
        var root = tree.Root();
        var ofTiles = new Dictionary<long, long[]>();
        var lastSequence = came.LastSequence;
        await using (var query = new NpgsqlCommand($"select {StoredEvent.Columns} from archive.mt_events where seq_id > $1 order by seq_id", transaction.Connection, transaction))
        {
            query.Parameters.Add(new() { Value = came.LastSequence });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
            {
                var happened = StoredEvent.Read(rows);
                Add(tree, sequences, ofTiles, happened.Sequence, EvidenceWorker.Leaf(happened).Hash());
                lastSequence = happened.Sequence;
            }
        }

        if (sequences.Count > 0) ofTiles[tree.Size / TileAddress.Full] = [.. sequences];
        if (tree.Size > came.Size && await Grow(transaction, came, tree, tree.TakeChanged(), ofTiles, lastSequence, ct) is null) throw new InvalidOperationException("Another node moved the log.");
        await using var close = new NpgsqlCommand("update archive.evidence_logs set closed_at = $2 where origin = $1", transaction.Connection, transaction);
        close.Parameters.Add(new() { Value = came.Origin });
        close.Parameters.Add(new() { Value = now });
        await close.ExecuteNonQueryAsync(ct);
        return (came, root);
    }

    /// <summary>Opens the next log behind the last event of the one that was closed, in the same transaction.</summary>
    public async Task Open(NpgsqlTransaction transaction, string origin, int ordinal, CancellationToken ct)
    {
        await using var open = new NpgsqlCommand("""
            insert into archive.evidence_logs (origin, ordinal, vkey, current_vkey, began_at, after_seq, size, last_seq)
            select $1, $2, $3, $3, $4, last_seq, 0, last_seq from archive.evidence_logs order by ordinal desc limit 1
            """, transaction.Connection, transaction);
        open.Parameters.Add(new() { Value = origin });
        open.Parameters.Add(new() { Value = ordinal });
        open.Parameters.Add(new() { Value = keys.Signer(origin).Key.ToString() });
        open.Parameters.Add(new() { Value = clock.GetUtcNow() });
        await open.ExecuteNonQueryAsync(ct);
    }

    /// <summary>A leaf at the right, and which event it is; a tile that is full is handed over.</summary>
    internal static void Add(GrowingTree tree, List<long> sequences, Dictionary<long, long[]> ofTiles, long sequence, MerkleHash hash)
    {
        tree.Add(hash);
        sequences.Add(sequence);
        if (sequences.Count < TileAddress.Full) return;
        ofTiles.Add(tree.Size / TileAddress.Full - 1, [.. sequences]);
        sequences.Clear();
    }

    /// <summary>
    /// Signs what stands. The tiles were committed in a transaction of their own, which flushed the write-ahead log: every event in them is durable before
    /// anybody vouches for it. Null when another key signs now, or the log is closed: nothing is signed then.
    /// </summary>
    public async Task<SignedCheckpoint?> Sign(EvidenceHead head, MerkleHash root, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var text = new Checkpoint(head.Origin, head.Size, root, []).Text();
        var signer = Signer(head.Origin);
        var note = new SignedNote(text, [signer.Sign(text, now)]).ToString();
        await using var insert = databases.Writer.CreateCommand("""
            with head as materialized (select 1 from archive.evidence_logs where origin = $1 and current_vkey = $7 and closed_at is null for share),
            signed as (insert into archive.evidence_checkpoints (origin, size, root, last_seq, signed_at, note) select $1, $2, $3, $4, $5, $6 from head on conflict do nothing)
            select exists (select from head)
            """);
        insert.Parameters.Add(new() { Value = head.Origin });
        insert.Parameters.Add(new() { Value = head.Size });
        insert.Parameters.Add(new() { Value = root.ToArray() });
        insert.Parameters.Add(new() { Value = head.LastSequence });
        insert.Parameters.Add(new() { Value = now });
        insert.Parameters.Add(new() { Value = note });
        insert.Parameters.Add(new() { Value = signer.Key.ToString() });
        return (bool)(await insert.ExecuteScalarAsync(ct))! ? new(head.Origin, head.Size, root, head.LastSequence, now, note) : null;
    }

    /// <summary>Reads the tiles of a log, as wide as asked.</summary>
    public ReadTile Tiles(string origin, CancellationToken ct) => async address =>
    {
        await using var query = databases.Writer.CreateCommand("select substring(hashes from 1 for $4) from archive.evidence_tiles where origin = $1 and level = $2 and tile = $3");
        query.Parameters.Add(new() { Value = origin });
        query.Parameters.Add(new() { Value = address.Level });
        query.Parameters.Add(new() { Value = address.Index });
        query.Parameters.Add(new() { Value = address.Width * MerkleHash.Size });
        return await query.ExecuteScalarAsync(ct) is byte[] hashes ? MerkleHash.Many(hashes) : throw new InvalidDataException($"The tile {address} of {origin} is gone.");
    };

    /// <summary>The latest checkpoint; null before the first.</summary>
    public async Task<SignedCheckpoint?> Latest(CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("""
            select c.origin, c.size, c.root, c.last_seq, c.signed_at, c.note
            from archive.evidence_checkpoints c join archive.evidence_logs l using (origin) order by l.ordinal desc, c.size desc limit 1
            """);
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct)
            ? new(row.GetString(0), row.GetInt64(1), new(row.GetFieldValue<byte[]>(2)), row.GetInt64(3), row.GetFieldValue<DateTimeOffset>(4), row.GetString(5))
            : null;
    }

    /// <summary>The highest number given in each diary series and year, for keeping outside with the checkpoint: after a restore none of them is given again.</summary>
    public async Task<IReadOnlyList<NumberGiven>> Numbers(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select a.code, s.organ, c.year, c.last from archive.diary_counters c join archive.diary_series s using (series_id) join archive.authorities a on a.authority_id = s.authority_id
            where c.last > 0 order by 1, 2, 3
            """);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var numbers = new List<NumberGiven>();
        while (await rows.ReadAsync(ct)) numbers.Add(new(rows.GetString(0), rows.GetString(1), rows.GetInt32(2), rows.GetInt64(3)));
        return numbers;
    }

    private static IEnumerable<TileAddress> PartialsOf(long size)
    {
        for (var level = 0; size >> (level * TileAddress.Height) > 0; level++)
        {
            if (TileAddress.In(size, level, (size >> (level * TileAddress.Height)) / TileAddress.Full) is { } tile) yield return tile;
        }
    }

    private static EvidenceHead Read(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetInt32(1), NoteKey.TryParse(row.GetString(2), out var key) ? key : throw new InvalidDataException("The evidence log's key line is damaged."),
        row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), row.GetBoolean(6));
}

/// <summary>The highest number that a series has given in a year.</summary>
public sealed record NumberGiven(string Authority, string Organ, int Year, long Last);
