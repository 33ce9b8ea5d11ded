using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.EventStore;

/// <summary>The event store on Marten's tables in PostgreSQL.</summary>
/// <param name="db">Connections of a login that may append.</param>
/// <param name="types">The event types this program knows.</param>
/// <param name="signal">Told after every commit of the store's own; null when nobody waits.</param>
public sealed partial class PostgresEventStore(NpgsqlDataSource db, EventTypes types, EventSignal? signal = null)
{
    /// <summary>SQLSTATE of a version mismatch, the one Marten's client knows.</summary>
    public const string VersionMismatch = "MT003";

    /// <summary>
    /// Appends to any number of streams in one round trip and one transaction. Statements given as <paramref name="beside"/> run after the events
    /// in the same transaction: either all of it is durable when the task ends, or none of it.
    /// </summary>
    /// <returns><see cref="Appended.Conflict"/> when a stream does not stand where the writer thought; nothing is written then.</returns>
    /// <exception cref="ArgumentException">No events, or a stream named twice.</exception>
    /// <exception cref="PostgresException">A statement beside was refused; nothing is written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; whether it was written is not known.</exception>
    public async Task<Appended> Append(
        IReadOnlyList<StreamChange> changes, AppendContext by, IReadOnlyList<NpgsqlBatchCommand>? beside = null, CancellationToken ct = default)
    {
        // Autocommit batch: one Sync, so the server treats all commands as one implicit transaction.
        await using var batch = db.CreateBatch();
        Appended outcome;
        try
        {
            outcome = await Execute(batch, changes, by, beside, ct);
        }
        catch (PostgresException error) when (by.Once is { } key && IsUsedKey(error))
        {
            return await FirstOutcome(key, ct);
        }

        if (outcome is Appended.Done) signal?.Appended();
        return outcome;
    }

    /// <summary>
    /// Appends inside a transaction of the caller (READ COMMITTED), who commits and then calls <see cref="EventSignal.Appended"/>. After a
    /// conflict the transaction is aborted: roll it back. Two appends in one transaction lock in the order they are made: make them in the same
    /// order everywhere, or lock all their streams first with <see cref="Lock"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The context has a key: only an append that is its own transaction can answer for the first one.</exception>
    public async Task<Appended> Append(
        NpgsqlTransaction transaction, IReadOnlyList<StreamChange> changes, AppendContext by,
        IReadOnlyList<NpgsqlBatchCommand>? beside = null, CancellationToken ct = default)
    {
        if (by.Once is not null) throw new ArgumentException("An append inside a transaction of the caller cannot be repeated by key.", nameof(by));
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        return await Execute(batch, changes, by, beside, ct);
    }

    private async Task<Appended> Execute(
        NpgsqlBatch batch, IReadOnlyList<StreamChange> changes, AppendContext by, IReadOnlyList<NpgsqlBatchCommand>? beside, CancellationToken ct)
    {
        if (by.Once is { } key) batch.BatchCommands.Add(TakeKey(key));
        batch.BatchCommands.Add(AppendCommand(changes, by));
        foreach (var command in beside ?? []) batch.BatchCommands.Add(command);
        try
        {
            // A command without rows, such as taking the key, has no result of its own here.
            await using var row = await batch.ExecuteReaderAsync(ct);
            await row.ReadAsync(ct);
            var bases = row.GetFieldValue<long[]>(3);
            var versions = new Dictionary<Guid, long>(changes.Count);
            for (var i = 0; i < changes.Count; i++) versions.Add(changes[i].StreamId, bases[i] + changes[i].Events.Count);
            var done = new Appended.Done(row.GetInt64(1), row.GetInt64(2), row.GetFieldValue<DateTimeOffset>(0), versions);

            // A statement beside that fails does so while its result is read.
            while (await row.NextResultAsync(ct))
            {
            }

            return StoreMeter.Counted(done, changes.Sum(change => change.Events.Count));
        }
        catch (PostgresException error) when (error.SqlState == VersionMismatch)
        {
            return StoreMeter.Counted(ToConflict(error), 0);
        }
    }

    private const string AppendSql = "select recorded_at, first_seq, last_seq, bases from archive.append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

    private NpgsqlBatchCommand AppendCommand(IReadOnlyList<StreamChange> changes, AppendContext by)
    {
        var streams = changes.Count;
        var events = 0;
        foreach (var change in changes)
        {
            if (change.Events.Count == 0) throw new ArgumentException($"Nothing to append to stream {change.StreamId}.", nameof(changes));
            events += change.Events.Count;
        }

        if (streams == 0) throw new ArgumentException("Nothing to append.", nameof(changes));
        if (streams > 1 && changes.DistinctBy(change => change.StreamId).Count() < streams)
            throw new ArgumentException("A stream is named twice; put its events in one change.", nameof(changes));

        var streamIds = new Guid[streams];
        var streamTypes = new string[streams];
        var expected = new long[streams];
        var places = new int[events];
        var nths = new int[events];
        var ids = new Guid[events];
        var names = new string[events];
        var dotNetTypes = new string[events];
        var bodies = new byte[events][];

        var e = 0;
        for (var s = 0; s < streams; s++)
        {
            var change = changes[s];
            streamIds[s] = change.StreamId;
            streamTypes[s] = change.StreamType;
            expected[s] = change.Expected.Value;
            for (var n = 0; n < change.Events.Count; n++, e++)
            {
                var happened = change.Events[n];
                var type = happened.Data.GetType();
                (names[e], dotNetTypes[e]) = types.Pinned(type);
                places[e] = s + 1;
                nths[e] = n + 1;
                ids[e] = happened.Id;
                bodies[e] = JsonSerializer.SerializeToUtf8Bytes(happened.Data, type, EventTypes.Json);
            }
        }

        var command = new NpgsqlBatchCommand(by.Once is null ? AppendSql : AppendOnceSql)
        {
            Parameters =
            {
                new() { Value = streamIds, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
                new() { Value = streamTypes, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar },
                new() { Value = expected, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
                new() { Value = places, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer },
                new() { Value = nths, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer },
                new() { Value = ids, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
                new() { Value = names, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar },
                new() { Value = dotNetTypes, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar },
                new() { Value = bodies, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb },
                new() { Value = (object?)by.HeadersJson ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Jsonb },
                new() { Value = (object?)by.CorrelationId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar },
                new() { Value = (object?)by.CausationId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar },
                new() { Value = (object?)by.Actor ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar },
            },
        };
        if (by.Once is { } key) command.Parameters.Add(new() { Value = key });
        return command;
    }

    private static Appended.Conflict ToConflict(PostgresException error)
    {
        // The hint, not the detail: Npgsql hides details unless the connection string asks for them.
        if (error.Hint is not ['{', ..]) return new(null, -1, -1);
        using var detail = JsonDocument.Parse(error.Hint);
        var root = detail.RootElement;
        return new(
            root.GetProperty("stream").ValueKind == JsonValueKind.Null ? null : root.GetProperty("stream").GetGuid(),
            root.GetProperty("expected").GetInt64(),
            root.GetProperty("actual").GetInt64());
    }
}
