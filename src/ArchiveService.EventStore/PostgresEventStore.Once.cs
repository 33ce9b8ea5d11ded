using Npgsql;

namespace ArchiveService.EventStore;

public sealed partial class PostgresEventStore
{
    private const string KeyConstraint = "pk_append_keys";

    private const string AppendOnceSql = $"""
        with done as ({AppendSql}), kept as (
          update archive.append_keys k set first_seq = done.first_seq, last_seq = done.last_seq, recorded_at = done.recorded_at, streams = $1,
            versions = array(select b + (select count(*) from unnest($4) e where e = n) from unnest(done.bases) with ordinality u(b, n) order by n)
          from done where k.key = $14
        )
        select recorded_at, first_seq, last_seq, bases from done
        """;

    /// <summary>Forgets keys (<see cref="AppendContext.Once"/>) used before an instant; an append that comes with one of them afterwards is a new one.</summary>
    /// <returns>How many.</returns>
    public async Task<int> ForgetKeys(DateTimeOffset usedBefore, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand("delete from archive.append_keys where begun_at < $1");
        command.Parameters.Add(new() { Value = usedBefore.ToUniversalTime() });
        return await command.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlBatchCommand TakeKey(Guid key) => new("insert into archive.append_keys (key) values ($1)") { Parameters = { new() { Value = key } } };

    private static bool IsUsedKey(PostgresException error) => error is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: KeyConstraint };

    /// <summary>The refusal came from the key's committed row, so the row is there, unless it has been forgotten in between.</summary>
    private async Task<Appended> FirstOutcome(Guid key, CancellationToken ct)
    {
        await using var query = db.CreateCommand("select first_seq, last_seq, recorded_at, streams, versions from archive.append_keys where key = $1");
        query.Parameters.Add(new() { Value = key });
        await using var row = await query.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct)) throw new InvalidOperationException($"The key {key} was used and has just been forgotten; what it led to is not known any more.");
        var versions = row.GetFieldValue<Guid[]>(3).Zip(row.GetFieldValue<long[]>(4)).ToDictionary(pair => pair.First, pair => pair.Second);
        return new Appended.Done(row.GetInt64(0), row.GetInt64(1), row.GetFieldValue<DateTimeOffset>(2), versions) { Repeated = true };
    }
}
