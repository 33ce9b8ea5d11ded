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
        return outcome is Appended.Conflict { StreamId: null } ? await FirstThatExists(changes, ct) : outcome;
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
        if (by.Before is not null) batch.BatchCommands.Add(by.Before);
        if (by.Once is { } key) batch.BatchCommands.Add(TakeKey(key));
        batch.BatchCommands.Add(AppendCommand(changes, by));
        foreach (var command in beside ?? []) batch.BatchCommands.Add(command);
        try
        {
            // A command without rows, such as taking the key, has no result of its own here.
            await using var row = await batch.ExecuteReaderAsync(ct);
            await row.ReadAsync(ct);
            var done = row.FieldCount == 1 ? Told(changes[0], row.GetFieldValue<long[]>(0)) : Told(changes, row);

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
        catch (PostgresException error) when (IsTakenStream(error))
        {
            return StoreMeter.Counted(new Appended.Conflict(null, 0, -1), 0);
        }
    }

    /// <summary>What <c>archive.append_to</c> tells: the event's number, and when, in microseconds.</summary>
    private static Appended.Done Told(StreamChange change, long[] told) =>
        new(told[0], told[0], DateTimeOffset.UnixEpoch.AddTicks(told[1] * TimeSpan.TicksPerMicrosecond), new Dictionary<Guid, long>(1) { [change.StreamId] = change.Expected.Value + 1 });

    private static Appended.Done Told(IReadOnlyList<StreamChange> changes, NpgsqlDataReader row)
    {
        var bases = row.GetFieldValue<long[]>(3);
        var versions = new Dictionary<Guid, long>(changes.Count);
        for (var i = 0; i < changes.Count; i++) versions.Add(changes[i].StreamId, bases[i] + changes[i].Events.Count);
        return new(row.GetInt64(1), row.GetInt64(2), row.GetFieldValue<DateTimeOffset>(0), versions);
    }

    private static bool IsTakenStream(PostgresException error) => error is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "pkey_mt_streams_id" };

    /// <summary>Which of the streams that should have been new is there: the server refuses them by their key, whose value it does not tell.</summary>
    private async Task<Appended.Conflict> FirstThatExists(IReadOnlyList<StreamChange> changes, CancellationToken ct)
    {
        await using var query = db.CreateCommand("""
            select s.id, s.version from unnest($1) with ordinality wanted(id, nth) join archive.mt_streams s on s.id = wanted.id order by nth limit 1
            """);
        query.Parameters.Add(Array([.. changes.Select(change => change.StreamId)], NpgsqlDbType.Uuid));
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? new(row.GetGuid(0), 0, row.GetInt64(1)) : new(null, 0, -1);
    }

    private NpgsqlBatchCommand AppendCommand(IReadOnlyList<StreamChange> changes, AppendContext by)
    {
        var events = 0;
        foreach (var change in changes)
        {
            if (change.Events.Count == 0) throw new ArgumentException($"Nothing to append to stream {change.StreamId}.", nameof(changes));
            events += change.Events.Count;
        }

        return changes.Count == 0 ? throw new ArgumentException("Nothing to append.", nameof(changes))
            : events == 1 && by.Once is null ? AppendOne(changes[0], by)
            : AppendMany(changes, events, by);
    }

    /// <summary>By far the most frequent append, without an array; most often to a stream whose version is known.</summary>
    private NpgsqlBatchCommand AppendOne(StreamChange change, AppendContext by)
    {
        var happened = change.Events[0];
        var type = happened.Data.GetType();
        var (name, dotNetType) = types.Pinned(type);
        var command = new NpgsqlBatchCommand(change.Expected.Value > 0 ? AppendToSql : AppendOneSql);
        var parameters = command.Parameters;
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = change.StreamId });
        parameters.Add(Text(change.StreamType));
        parameters.Add(new NpgsqlParameter<long> { TypedValue = change.Expected.Value });
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = happened.Id });
        parameters.Add(Text(name));
        parameters.Add(Text(dotNetType));
        parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = JsonSerializer.SerializeToUtf8Bytes(happened.Data, type, EventTypes.Json), NpgsqlDbType = NpgsqlDbType.Jsonb });
        AddContext(parameters, by);
        return command;
    }

    private NpgsqlBatchCommand AppendMany(IReadOnlyList<StreamChange> changes, int events, AppendContext by)
    {
        var streams = changes.Count;
        var streamIds = new Guid[streams];
        var streamTypes = new string[streams];
        var expected = new long[streams];
        var places = new int[events];
        var nths = new int[events];
        var ids = new Guid[events];
        var names = new string[events];
        var dotNetTypes = new string[events];
        var bodies = new byte[events][];
        var named = new HashSet<Guid>(streams);

        var e = 0;
        for (var s = 0; s < streams; s++)
        {
            var change = changes[s];
            if (!named.Add(change.StreamId)) throw new ArgumentException("A stream is named twice; put its events in one change.", nameof(changes));
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

        var command = new NpgsqlBatchCommand(by.Once is null ? AppendSql : AppendOnceSql);
        var parameters = command.Parameters;
        parameters.Add(Array(streamIds, NpgsqlDbType.Uuid));
        parameters.Add(Array(streamTypes, NpgsqlDbType.Varchar));
        parameters.Add(Array(expected, NpgsqlDbType.Bigint));
        parameters.Add(Array(places, NpgsqlDbType.Integer));
        parameters.Add(Array(nths, NpgsqlDbType.Integer));
        parameters.Add(Array(ids, NpgsqlDbType.Uuid));
        parameters.Add(Array(names, NpgsqlDbType.Varchar));
        parameters.Add(Array(dotNetTypes, NpgsqlDbType.Varchar));
        parameters.Add(Array(bodies, NpgsqlDbType.Jsonb));
        AddContext(parameters, by);
        if (by.Once is { } key) parameters.Add(new NpgsqlParameter<Guid> { TypedValue = key });
        return command;
    }

    private const string AppendOneSql = "select recorded_at, seq, seq, array[base] from archive.append_event($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

    private const string AppendToSql = "select archive.append_to($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

    private const string AppendSql = "select recorded_at, first_seq, last_seq, bases from archive.append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

    private static void AddContext(NpgsqlParameterCollection parameters, AppendContext by)
    {
        parameters.Add(Text(by.HeadersJson, NpgsqlDbType.Jsonb));
        parameters.Add(Text(by.CorrelationId));
        parameters.Add(Text(by.CausationId));
        parameters.Add(Text(by.Actor));
    }

    private static NpgsqlParameter<T[]> Array<T>(T[] values, NpgsqlDbType of) => new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | of };

    private static NpgsqlParameter Text(string? value, NpgsqlDbType type = NpgsqlDbType.Varchar) =>
        value is null ? new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = type } : new NpgsqlParameter<string> { TypedValue = value, NpgsqlDbType = type };

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
