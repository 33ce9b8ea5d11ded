using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Records;

/// <summary>The inline row of each record: registration and retention facts that <c>dispose_batch</c> and the walls decide on.</summary>
public static class RecordStates
{
    private const string Upsert = """
        insert into archive.record_states (record_id, authority_id, channel_id, account_id, record_type, direction, visibility, registration, wall, case_id,
                                           captured_at, received_at, removed_at, current_until, disposed_at, version, locked, public_attachments)
        select w.record_id, w.authority_id, w.channel_id, w.account_id, w.record_type, w.direction, w.visibility, w.registration, w.wall, w.case_id,
               s.created, coalesce(w.received_at, s.created), case when w.removed then coalesce(w.removed_at, s.timestamp) end,
               w.current_until::timestamp at time zone 'Europe/Stockholm', w.disposed_at, w.version, w.locked, w.public_attachments::uuid[]
        from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
          w(record_id, authority_id, channel_id, account_id, record_type, direction, visibility, registration, wall, case_id, received_at, removed, removed_at, current_until, disposed_at, version, locked, public_attachments)
        cross join lateral (select created, timestamp from archive.mt_streams where id = w.record_id offset 0) s
        on conflict (record_id) do update set
          authority_id = excluded.authority_id, account_id = excluded.account_id, record_type = excluded.record_type, direction = excluded.direction, visibility = excluded.visibility,
          registration = excluded.registration, wall = excluded.wall, case_id = excluded.case_id, received_at = excluded.received_at,
          removed_at = excluded.removed_at, current_until = excluded.current_until, disposed_at = excluded.disposed_at, version = excluded.version, locked = excluded.locked,
          public_attachments = excluded.public_attachments
        where record_states.version < excluded.version
        """;

    public static NpgsqlBatchCommand Statement(IReadOnlyList<(Guid Id, RecordState State)> states) => new(Upsert)
    {
        Parameters =
        {
            Column(states, x => x.Id),
            Column(states, x => x.State.Authority),
            Column(states, x => x.State.Channel),
            new() { Value = states.Select(x => x.State.Account).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
            Column(states, x => x.State.RecordType),
            Column(states, x => Stored(x.State.Direction)),
            Column(states, x => Stored(x.State.Visibility)),
            Column(states, x => Stored(x.State.Registration)),
            Column(states, x => Stored(x.State.Wall)),
            new() { Value = states.Select(x => x.State.Case).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
            Times(states, x => x.State.ReceivedAt),
            Column(states, x => x.State.RemovedAt is not null),
            Times(states, x => x.State.RemovedAt),
            new() { Value = states.Select(x => x.State.CurrentUntil).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date },
            Times(states, x => x.State.DisposedAt),
            Column(states, x => x.State.Version),
            Column(states, x => x.State.Locked),
            Column(states, x => $"{{{string.Join(',', x.State.PublicAttachments)}}}"),
        },
    };

    public static async Task Write(NpgsqlTransaction transaction, IReadOnlyList<(Guid Id, RecordState State)> states, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction) { BatchCommands = { Statement(states), Answering.OpenItems.Statement(states) } };
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The stored word of an enumeration, the same as in the events.</summary>
    public static string Stored<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    /// <summary>A time that is not known before the append (<see cref="NotYetRecorded"/>) is taken from the stream row the append wrote.</summary>
    internal static NpgsqlParameter Times(IReadOnlyList<(Guid Id, RecordState State)> states, Func<(Guid Id, RecordState State), DateTimeOffset?> of) => new()
    {
        Value = states.Select(x => of(x) is { } at && at != NotYetRecorded ? at.ToUniversalTime() : (DateTimeOffset?)null).ToArray(),
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
    };

    /// <summary>Stands for the recorded time of events on their way in; the database alone decides it.</summary>
    public static DateTimeOffset NotYetRecorded => DateTimeOffset.MinValue;

    internal static NpgsqlParameter Column<T>(IReadOnlyList<(Guid Id, RecordState State)> states, Func<(Guid Id, RecordState State), T> of) =>
        new() { Value = states.Select(of).ToArray() };
}
