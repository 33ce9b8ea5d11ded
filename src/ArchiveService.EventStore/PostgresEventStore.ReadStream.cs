using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.EventStore;

public sealed partial class PostgresEventStore
{
    internal const string Columns = "seq_id, id, stream_id, version, type, data, timestamp, user_name, correlation_id, causation_id, headers";

    /// <summary>A stream's events in order. An unknown stream gives an empty list.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="until">Only events recorded at or before this instant, or null for all.</param>
    /// <param name="ct">Cancels the read.</param>
    public async Task<IReadOnlyList<Recorded>> ReadStream(Guid streamId, DateTimeOffset? until = null, CancellationToken ct = default)
    {
        await using var query = db.CreateCommand($"""
            select {Columns} from archive.mt_events
            where stream_id = $1 and ($2::timestamptz is null or timestamp <= $2)
            order by version
            """);
        query.Parameters.Add(new() { Value = streamId });
        query.Parameters.Add(new() { Value = (object?)until?.ToUniversalTime() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        return await ReadAll(query, ct);
    }

    /// <summary>A stretch of a stream in order, both ends included: as it stood at a version, or what has come since one.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="fromVersion">The first version wanted; 1 is the beginning.</param>
    /// <param name="upToVersion">The last version wanted, or null for all that follow.</param>
    /// <param name="ct">Cancels the read.</param>
    /// <returns>What there is of it; an empty list when the stream is unknown or shorter.</returns>
    public async Task<IReadOnlyList<Recorded>> ReadStream(Guid streamId, long fromVersion, long? upToVersion = null, CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fromVersion, 1);
        await using var query = db.CreateCommand($"""
            select {Columns} from archive.mt_events
            where stream_id = $1 and version between $2 and $3
            order by version
            """);
        query.Parameters.Add(new() { Value = streamId });
        query.Parameters.Add(new() { Value = fromVersion });
        query.Parameters.Add(new() { Value = upToVersion ?? long.MaxValue });
        return await ReadAll(query, ct);
    }

    /// <summary>Several streams at once, in one round trip. A stream without events is absent from the answer.</summary>
    /// <param name="streamIds">The streams.</param>
    /// <param name="upToVersion">Only events up to this version of each, or null for all.</param>
    /// <param name="ct">Cancels the read.</param>
    public async Task<IReadOnlyDictionary<Guid, IReadOnlyList<Recorded>>> ReadStreams(IReadOnlyCollection<Guid> streamIds, long? upToVersion = null, CancellationToken ct = default)
    {
        // offset 0: one look into the index for each stream. Left to itself the planner takes some hundred streams for a reason to read the whole table.
        await using var query = db.CreateCommand($"""
            select e.* from unnest($1) wanted(id)
            cross join lateral (select {Columns} from archive.mt_events where stream_id = wanted.id and version <= $2 order by version offset 0) e
            """);
        query.Parameters.Add(new() { Value = streamIds.Distinct().ToArray() });
        query.Parameters.Add(new() { Value = upToVersion ?? long.MaxValue });
        var found = await ReadAll(query, ct);
        return found.GroupBy(r => r.StreamId).ToDictionary(g => g.Key, g => (IReadOnlyList<Recorded>)[.. g]);
    }

    /// <summary>A stream inside a transaction of the caller, as that transaction sees it.</summary>
    public async Task<IReadOnlyList<Recorded>> ReadStream(NpgsqlTransaction transaction, Guid streamId, CancellationToken ct = default)
    {
        await using var query = new NpgsqlCommand($"select {Columns} from archive.mt_events where stream_id = $1 order by version", transaction.Connection, transaction);
        query.Parameters.Add(new() { Value = streamId });
        return await ReadAll(query, ct);
    }

    private async Task<List<Recorded>> ReadAll(NpgsqlCommand query, CancellationToken ct)
    {
        var found = new List<Recorded>();
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) found.Add(ReadRow(rows, types));
        return found;
    }

    internal static Recorded ReadRow(NpgsqlDataReader row, EventTypes types) => new(
        row.GetInt64(0), row.GetGuid(1), row.GetGuid(2), row.GetInt64(3), row.GetString(4),
        types.Read(row.GetString(4), row.GetFieldValue<byte[]>(5)), row.GetFieldValue<DateTimeOffset>(6),
        row.IsDBNull(7) ? null : row.GetString(7), row.IsDBNull(8) ? null : row.GetString(8),
        row.IsDBNull(9) ? null : row.GetString(9), row.IsDBNull(10) ? null : row.GetString(10));
}
