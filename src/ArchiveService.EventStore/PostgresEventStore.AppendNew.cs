using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.EventStore;

public sealed partial class PostgresEventStore
{
    /// <summary>
    /// Appends streams that do not exist yet, by binary COPY: for bulk import. The same guarantees as <see cref="Append(IReadOnlyList{StreamChange}, AppendContext, IReadOnlyList{NpgsqlBatchCommand}?, CancellationToken)"/>
    /// (one transaction, loud conflict, recorded time, numbers drawn inside, every trigger and check), several round trips. Pays from some hundred
    /// events on; keep a chunk below some thousand, so that no append lasts longer than a quarter of a second.
    /// </summary>
    /// <returns><see cref="Appended.Conflict"/> when one of the streams exists already, with the first that does; nothing is written then.</returns>
    /// <exception cref="ArgumentException">No events, a stream named twice, an expected version other than <see cref="ExpectedVersion.NewStream"/>, or a key in the context.</exception>
    public async Task<Appended> AppendNew(IReadOnlyList<StreamChange> changes, AppendContext by, IReadOnlyList<NpgsqlBatchCommand>? beside = null, CancellationToken ct = default)
    {
        if (by.Once is not null) throw new ArgumentException("Bulk appends are not repeated by key: the streams being new already makes them so.", nameof(by));
        if (by.Before is not null) throw new ArgumentException("A bulk append runs nothing before itself.", nameof(by));
        var byId = Sorted(changes);
        var events = changes.Sum(change => change.Events.Count);
        try
        {
            await using var connection = await db.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            var at = await RecordedNow(transaction, ct);

            // Stream rows first, in id order as every append claims them; only then numbers, whose lock marks this transaction for the reader.
            await CopyStreams(connection, byId, at, ct);
            var first = await Draw(transaction, events, ct);
            await CopyEvents(connection, changes, first, at, by, ct);
            if (beside is { Count: > 0 })
            {
                await using var batch = new NpgsqlBatch(connection, transaction);
                foreach (var command in beside) batch.BatchCommands.Add(command);
                await batch.ExecuteNonQueryAsync(ct);
            }

            await transaction.CommitAsync(ct);
            signal?.Appended();
            return StoreMeter.Counted(new Appended.Done(first[0], first[^1], at, changes.ToDictionary(change => change.StreamId, change => (long)change.Events.Count)), events);
        }
        catch (PostgresException error) when (IsTakenStream(error))
        {
            return StoreMeter.Counted(await FirstThatExists(changes, ct), 0);
        }
    }

    private static List<StreamChange> Sorted(IReadOnlyList<StreamChange> changes)
    {
        if (changes.Count == 0 || changes.Any(change => change.Events.Count == 0)) throw new ArgumentException("Nothing to append.", nameof(changes));
        if (changes.Any(change => change.Expected.Value != 0)) throw new ArgumentException("Only new streams are appended in bulk.", nameof(changes));
        var sorted = changes.OrderBy(change => change.StreamId.ToString("N"), StringComparer.Ordinal).ToList();
        return sorted.Zip(sorted.Skip(1)).Any(pair => pair.First.StreamId == pair.Second.StreamId)
            ? throw new ArgumentException("A stream is named twice; put its events in one change.", nameof(changes))
            : sorted;
    }

    private static async Task<DateTimeOffset> RecordedNow(NpgsqlTransaction transaction, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand("select archive.recorded_now()", transaction.Connection, transaction);
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return row.GetFieldValue<DateTimeOffset>(0);
    }

    private static async Task<long[]> Draw(NpgsqlTransaction transaction, int events, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand("select array_agg(nextval('archive.mt_events_sequence')) from generate_series(1, $1)", transaction.Connection, transaction);
        query.Parameters.Add(new() { Value = events });
        return (long[])(await query.ExecuteScalarAsync(ct))!;
    }

    private static async Task CopyStreams(NpgsqlConnection connection, List<StreamChange> changes, DateTimeOffset at, CancellationToken ct)
    {
        await using var copy = await connection.BeginBinaryImportAsync("copy archive.mt_streams (id, type, version, timestamp, created) from stdin (format binary)", ct);
        foreach (var change in changes)
        {
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(change.StreamId, NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(change.StreamType, NpgsqlDbType.Varchar, ct);
            await copy.WriteAsync((long)change.Events.Count, NpgsqlDbType.Bigint, ct);
            await copy.WriteAsync(at, NpgsqlDbType.TimestampTz, ct);
            await copy.WriteAsync(at, NpgsqlDbType.TimestampTz, ct);
        }

        await copy.CompleteAsync(ct);
    }

    private async Task CopyEvents(NpgsqlConnection connection, IReadOnlyList<StreamChange> changes, long[] numbers, DateTimeOffset at, AppendContext by, CancellationToken ct)
    {
        await using var copy = await connection.BeginBinaryImportAsync("""
            copy archive.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, correlation_id, causation_id, headers, user_name)
            from stdin (format binary)
            """, ct);
        var nth = 0;
        foreach (var change in changes)
        {
            for (var n = 0; n < change.Events.Count; n++)
            {
                var happened = change.Events[n];
                var (name, dotNetType) = types.Pinned(happened.Data.GetType());
                await copy.StartRowAsync(ct);
                await copy.WriteAsync(numbers[nth++], NpgsqlDbType.Bigint, ct);
                await copy.WriteAsync(happened.Id, NpgsqlDbType.Uuid, ct);
                await copy.WriteAsync(change.StreamId, NpgsqlDbType.Uuid, ct);
                await copy.WriteAsync(n + 1L, NpgsqlDbType.Bigint, ct);
                await copy.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(happened.Data, happened.Data.GetType(), EventTypes.Json), NpgsqlDbType.Jsonb, ct);
                await copy.WriteAsync(name, NpgsqlDbType.Varchar, ct);
                await copy.WriteAsync(at, NpgsqlDbType.TimestampTz, ct);
                await copy.WriteAsync(dotNetType, NpgsqlDbType.Varchar, ct);
                await Cell(copy, by.CorrelationId, NpgsqlDbType.Varchar, ct);
                await Cell(copy, by.CausationId, NpgsqlDbType.Varchar, ct);
                await Cell(copy, by.HeadersJson, NpgsqlDbType.Jsonb, ct);
                await Cell(copy, by.Actor, NpgsqlDbType.Varchar, ct);
            }
        }

        await copy.CompleteAsync(ct);
    }

    private static Task Cell(NpgsqlBinaryImporter copy, string? value, NpgsqlDbType type, CancellationToken ct) =>
        value is null ? copy.WriteNullAsync(ct) : copy.WriteAsync(value, type, ct);
}
