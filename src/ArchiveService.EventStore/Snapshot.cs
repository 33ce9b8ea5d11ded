using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.EventStore;

/// <summary>How a stream that grows long is folded, and kept folded.</summary>
/// <typeparam name="T">The state: a record of plain data, written as JSON like an event. It must hold nothing that is ever to be destroyed.</typeparam>
/// <param name="Name">Of the fold; one stream may have several.</param>
/// <param name="Format">Raised when the state or the fold changes: what was kept in another format is not used.</param>
/// <param name="Seed">The state of a stream without events.</param>
/// <param name="After">The fold: pure.</param>
public sealed record Snapshot<T>(string Name, int Format, T Seed, Func<T, Recorded, T> After)
    where T : class
{
    /// <summary>Kept anew when so many events have come since.</summary>
    public int Every { get; init; } = 500;
}

/// <summary>A folded stream.</summary>
/// <param name="State">What the fold says.</param>
/// <param name="Version">Of the stream; 0 when it does not exist.</param>
public sealed record Folded<T>(T State, long Version);

public sealed partial class PostgresEventStore
{
    /// <summary>
    /// Folds a stream from where it was last kept, so that its length is not the price of a command. The answer is the same as that of a fold
    /// from the beginning; whether it was kept is never visible in it.
    /// </summary>
    public async Task<Folded<T>> Fold<T>(Guid streamId, Snapshot<T> snapshot, CancellationToken ct = default)
        where T : class
    {
        var (state, kept) = await Kept(streamId, snapshot, ct);
        var version = kept;
        await using (var query = db.CreateCommand($"select {Columns} from archive.mt_events where stream_id = $1 and version > $2 order by version"))
        {
            query.Parameters.Add(new() { Value = streamId });
            query.Parameters.Add(new() { Value = kept });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
            {
                var recorded = ReadRow(rows, types);
                state = snapshot.After(state, recorded);
                version = recorded.Version;
            }
        }

        if (version - kept >= snapshot.Every) await Keep(streamId, snapshot, state, version, ct);
        return new(state, version);
    }

    private async Task<(T State, long Version)> Kept<T>(Guid streamId, Snapshot<T> snapshot, CancellationToken ct)
        where T : class
    {
        await using var query = db.CreateCommand("select version, state from work.snapshots where stream_id = $1 and name = $2 and format = $3");
        query.Parameters.Add(new() { Value = streamId });
        query.Parameters.Add(new() { Value = snapshot.Name });
        query.Parameters.Add(new() { Value = snapshot.Format });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? (JsonSerializer.Deserialize<T>(row.GetFieldValue<byte[]>(1), EventTypes.Json)!, row.GetInt64(0)) : (snapshot.Seed, 0);
    }

    private async Task Keep<T>(Guid streamId, Snapshot<T> snapshot, T state, long version, CancellationToken ct)
        where T : class
    {
        // Of two that keep at once, the later version stays; a newer format wins over an older program's.
        await using var command = db.CreateCommand("""
            insert into work.snapshots as s (stream_id, name, format, version, state) values ($1, $2, $3, $4, $5)
            on conflict (stream_id, name) do update set format = excluded.format, version = excluded.version, state = excluded.state
            where excluded.format > s.format or (excluded.format = s.format and excluded.version > s.version)
            """);
        command.Parameters.Add(new() { Value = streamId });
        command.Parameters.Add(new() { Value = snapshot.Name });
        command.Parameters.Add(new() { Value = snapshot.Format });
        command.Parameters.Add(new() { Value = version });
        command.Parameters.Add(new() { Value = JsonSerializer.SerializeToUtf8Bytes(state, EventTypes.Json), NpgsqlDbType = NpgsqlDbType.Jsonb });
        await command.ExecuteNonQueryAsync(ct);
    }
}
