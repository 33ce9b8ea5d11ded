using Npgsql;

namespace ArchiveService.EventStore;

/// <summary>Streams locked until the transaction ends.</summary>
/// <param name="RecordedAt">The time an append later in the transaction records, unless it touches another stream that is later.</param>
/// <param name="Versions">Where each stream stands; 0 for one that does not exist, which is then not locked either.</param>
public sealed record LockedStreams(DateTimeOffset RecordedAt, IReadOnlyDictionary<Guid, long> Versions);

public sealed partial class PostgresEventStore
{
    /// <summary>
    /// Locks streams in id order and takes the recorded time, for a decision that needs it, such as the year of a number. The first of the two
    /// round trips of such an append; the streams' events read afterwards are the last ones.
    /// </summary>
    public async Task<LockedStreams> Lock(NpgsqlTransaction transaction, IReadOnlyCollection<Guid> streamIds, CancellationToken ct = default)
    {
        var ids = streamIds.Distinct().ToArray();
        await using var command = new NpgsqlCommand("select recorded_at, versions from archive.lock_streams($1)", transaction.Connection, transaction);
        command.Parameters.Add(new() { Value = ids });
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        var versions = row.GetFieldValue<long[]>(1);
        return new(row.GetFieldValue<DateTimeOffset>(0), ids.Zip(versions).ToDictionary(pair => pair.First, pair => pair.Second));
    }
}
