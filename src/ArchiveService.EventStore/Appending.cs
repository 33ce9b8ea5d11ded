using Npgsql;

namespace ArchiveService.EventStore;

/// <summary>What a writer knows of a stream: nothing (<see cref="Any"/>), that it is new, or its exact version.</summary>
public readonly record struct ExpectedVersion
{
    private ExpectedVersion(long value) => Value = value;

    /// <summary>-1 for any, 0 for a new stream, otherwise the version the decision was made on.</summary>
    public long Value { get; }

    /// <summary>The writer does not care what came before.</summary>
    public static ExpectedVersion Any { get; } = new(-1);

    /// <summary>The stream must not exist yet.</summary>
    public static ExpectedVersion NewStream { get; } = new(0);

    /// <summary>The stream must stand at exactly this version; 0 is the same as <see cref="NewStream"/>.</summary>
    public static ExpectedVersion Exactly(long version) =>
        version >= 0 ? new(version) : throw new ArgumentOutOfRangeException(nameof(version), version, "A version is 0 or more.");
}

/// <summary>An event on its way into the log. Its id is chosen by the writer, so that what stands beside it can name it.</summary>
/// <param name="Id">UUIDv7 of the event.</param>
/// <param name="Data">An instance of a type with an <see cref="EventNameAttribute"/>.</param>
public sealed record NewEvent(Guid Id, object Data);

/// <summary>Events for one stream, in order.</summary>
/// <param name="StreamId">The stream.</param>
/// <param name="StreamType">Kind of stream in snake_case; written when the stream is new.</param>
/// <param name="Expected">What the writer decided on.</param>
/// <param name="Events">At least one event.</param>
public sealed record StreamChange(Guid StreamId, string StreamType, ExpectedVersion Expected, IReadOnlyList<NewEvent> Events);

/// <summary>Who appends and why; the same for every event of the append.</summary>
/// <param name="Actor">Stream id of the person or system, written to <c>user_name</c>. Never a name.</param>
/// <param name="CorrelationId">What belongs together, such as one request.</param>
/// <param name="CausationId">What caused it, such as an event id or an idempotency key.</param>
/// <param name="HeadersJson">A JSON object with strings, booleans and whole numbers, or null.</param>
/// <param name="Once">
/// A key of the writer's choosing. An append with a key that has been used appends nothing and answers what the first one led to
/// (<see cref="Appended.Done.Repeated"/>), so that whoever got no answer may simply send it again. Kept until <see cref="PostgresEventStore.ForgetKeys"/>.
/// </param>
public sealed record AppendContext(string? Actor = null, string? CorrelationId = null, string? CausationId = null, string? HeadersJson = null, Guid? Once = null)
{
    /// <summary>
    /// A statement without rows that runs before everything else in the same transaction and round trip: it may take a lock that has to come before those
    /// on the streams, or refuse. For one append; a repeat needs another.
    /// </summary>
    public NpgsqlBatchCommand? Before { get; init; }
}

/// <summary>The outcome of an append. A conflict is a value: nothing was written.</summary>
public abstract record Appended
{
    private Appended()
    {
    }

    /// <summary>Everything was written and is durable once the surrounding transaction commits.</summary>
    /// <param name="FirstSequence">Sequence of the first event.</param>
    /// <param name="LastSequence">Sequence of the last event.</param>
    /// <param name="RecordedAt">The database's time, the same for all events of the append.</param>
    /// <param name="Versions">Version of each stream after the append, by stream id.</param>
    public sealed record Done(long FirstSequence, long LastSequence, DateTimeOffset RecordedAt, IReadOnlyDictionary<Guid, long> Versions) : Appended
    {
        /// <summary>It had been appended before under the same <see cref="AppendContext.Once"/>; nothing was written now, and no statement beside was run.</summary>
        public bool Repeated { get; init; }
    }

    /// <summary>Somebody else was first. Nothing was written; read again and decide anew.</summary>
    /// <param name="StreamId">The first of the streams that stood elsewhere; null when the server did not say: of several new streams in a transaction of the caller, which is aborted then and cannot be asked.</param>
    /// <param name="Expected">The version the writer decided on.</param>
    /// <param name="Actual">The version it stood at, 0 when it did not exist; -1 when the server did not say.</param>
    public sealed record Conflict(Guid? StreamId, long Expected, long Actual) : Appended;
}

/// <summary>An event as it stands in the log.</summary>
/// <param name="Sequence">Place in the whole log; order of reading.</param>
/// <param name="Id">The event's id.</param>
/// <param name="StreamId">Its stream.</param>
/// <param name="Version">Place in its stream, from 1.</param>
/// <param name="Name">Stored name.</param>
/// <param name="Event">The event, or an <see cref="UnknownEvent"/>.</param>
/// <param name="Time">Recorded time, microseconds.</param>
/// <param name="Actor">Stream id of who did it.</param>
/// <param name="CorrelationId">See <see cref="AppendContext"/>.</param>
/// <param name="CausationId">See <see cref="AppendContext"/>.</param>
/// <param name="HeadersJson">See <see cref="AppendContext"/>.</param>
public sealed record Recorded(
    long Sequence, Guid Id, Guid StreamId, long Version, string Name, object Event, DateTimeOffset Time,
    string? Actor, string? CorrelationId, string? CausationId, string? HeadersJson);
