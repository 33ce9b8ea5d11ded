using Npgsql;

namespace ArchiveService.Features.Records;

/// <summary>
/// What moves a record's rows between the open tables and those behind the wall, or destroys them, holds this advisory lock exclusively to the end
/// of its transaction; a projection page takes it shared before it reads <c>record_states.wall</c> and the destruction marks. So no page can write a
/// row to the open side that has meanwhile become secret, nor bring back what has been destroyed.
/// </summary>
public static class Walls
{
    public const long LockKey = 4711;

    /// <summary>Moves a record's rows to the side its inline row says, at once.</summary>
    public static async Task Move(NpgsqlTransaction transaction, Guid record, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        foreach (var command in Moving([record])) batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Blanks what people read of a locked record, at once; its inline row, written before, keeps the projection from writing it again.</summary>
    public static async Task Lock(NpgsqlTransaction transaction, Guid record, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("select pg_advisory_xact_lock($1)") { Parameters = { new() { Value = LockKey } } },
                new NpgsqlBatchCommand("select views.lock_records(array[$1])") { Parameters = { new() { Value = record } } },
            },
        };
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>All that these accounts wrote, with what they are called.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Moving(IReadOnlyList<Guid> accounts, IReadOnlyList<Guid> records) =>
    [
        new("select pg_advisory_xact_lock($1)") { Parameters = { new() { Value = LockKey } } },
        new("select views.move_accounts_behind_wall($1, $2)") { Parameters = { new() { Value = accounts.ToArray() }, new() { Value = records.ToArray() } } },
    ];

    /// <summary>The same as statements of a batch, after the one that writes the inline rows.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Moving(IReadOnlyList<Guid> records)
    {
        if (records.Count == 0) yield break;
        yield return new("select pg_advisory_xact_lock($1)") { Parameters = { new() { Value = LockKey } } };
        foreach (var record in records) yield return new("select views.move_behind_wall($1)") { Parameters = { new() { Value = record } } };
    }
}
