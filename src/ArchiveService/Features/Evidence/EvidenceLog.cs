using ArchiveService.EventStore;
using ArchiveService.Evidence;
using ArchiveService.Hosting;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Evidence;

/// <summary>How far a log has come.</summary>
public sealed record EvidenceHead(string Origin, int Ordinal, NoteKey Key, long AfterSequence, long Size, long LastSequence);

/// <summary>A checkpoint that was signed.</summary>
public sealed record SignedCheckpoint(string Origin, long Size, MerkleHash Root, long LastSequence, DateTimeOffset SignedAt, string Note);

/// <summary>The rows of the evidence log. Hashes only: nothing here can be read back into what was sealed.</summary>
public sealed class EvidenceLog(Databases databases, EvidenceOptions options, TimeProvider clock)
{
    /// <summary>The log that grows; null before the first leaf.</summary>
    public async Task<EvidenceHead?> Head(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select origin, ordinal, vkey, after_seq, size, last_seq from archive.evidence_logs order by ordinal desc limit 1");
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? Read(row) : null;
    }

    /// <summary>The log that grows; begun now when there is none.</summary>
    /// <exception cref="CannotStart">The origin or the key is not the one the log began with.</exception>
    public async Task<EvidenceHead> Begin(CancellationToken ct)
    {
        var signer = Signer(options.Origin);
        await using (var begin = databases.Writer.CreateCommand("""
            insert into archive.evidence_logs (origin, ordinal, vkey, began_at, after_seq, size, last_seq)
            select $1, 1, $2, $3, 0, 0, 0 where not exists (select from archive.evidence_logs) on conflict do nothing
            """))
        {
            begin.Parameters.Add(new() { Value = options.Origin });
            begin.Parameters.Add(new() { Value = signer.Key.ToString() });
            begin.Parameters.Add(new() { Value = clock.GetUtcNow() });
            await begin.ExecuteNonQueryAsync(ct);
        }

        var head = (await Head(ct))!;
        var first = head.Ordinal == 1 ? head.Origin : head.Origin[..head.Origin.LastIndexOf('/')];
        if (!string.Equals(first, options.Origin, StringComparison.Ordinal))
            throw new CannotStart($"Evidence__Origin is {options.Origin}, but this archive's evidence log began as {first}. Its name is frozen by its first leaf: set Evidence__Origin={first}.");
        if (!head.Key.Equals(Signer(head.Origin).Key))
            throw new CannotStart($"The signing key in the key file is not the one that the evidence log {head.Origin} is signed with ({head.Key.Id}). Put back the key file that belongs to this database.");
        return head;
    }

    /// <summary>What signs for an origin.</summary>
    public NoteSigner Signer(string origin) => new(origin, NoteKeyType.Log, options.SigningKey);

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
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(new("update archive.evidence_logs set size = $3, last_seq = $4 where origin = $1 and size = $2 and last_seq = $5")
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
        if (batch.BatchCommands[0].RecordsAffected != 1) return null;
        await transaction.CommitAsync(ct);
        return head with { Size = tree.Size, LastSequence = lastSequence };
    }

    /// <summary>
    /// Signs what stands. The tiles were committed in a transaction of their own, which flushed the write-ahead log: every event in them is durable before
    /// anybody vouches for it.
    /// </summary>
    public async Task<SignedCheckpoint> Sign(EvidenceHead head, MerkleHash root, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var text = new Checkpoint(head.Origin, head.Size, root, []).Text();
        var note = new SignedNote(text, [Signer(head.Origin).Sign(text, now)]).ToString();
        await using var insert = databases.Writer.CreateCommand("""
            insert into archive.evidence_checkpoints (origin, size, root, last_seq, signed_at, note) values ($1, $2, $3, $4, $5, $6) on conflict do nothing
            """);
        insert.Parameters.Add(new() { Value = head.Origin });
        insert.Parameters.Add(new() { Value = head.Size });
        insert.Parameters.Add(new() { Value = root.ToArray() });
        insert.Parameters.Add(new() { Value = head.LastSequence });
        insert.Parameters.Add(new() { Value = now });
        insert.Parameters.Add(new() { Value = note });
        await insert.ExecuteNonQueryAsync(ct);
        return new(head.Origin, head.Size, root, head.LastSequence, now, note);
    }

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
        row.GetInt64(3), row.GetInt64(4), row.GetInt64(5));
}

/// <summary>The highest number that a series has given in a year.</summary>
public sealed record NumberGiven(string Authority, string Organ, int Year, long Last);
