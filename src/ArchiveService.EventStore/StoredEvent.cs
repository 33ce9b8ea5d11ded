using Npgsql;

namespace ArchiveService.EventStore;

/// <summary>An event as its columns hold it, not read as any type of this program: for whoever vouches for the bytes, not for their meaning.</summary>
/// <param name="Sequence">Its number in the log.</param>
/// <param name="Id">Its id.</param>
/// <param name="StreamId">Its stream.</param>
/// <param name="Version">Its place in the stream.</param>
/// <param name="Type">Its stored name.</param>
/// <param name="RecordedAt">When it was recorded, by the database's clock.</param>
/// <param name="Actor">Who did it.</param>
/// <param name="CorrelationId">What it belongs to.</param>
/// <param name="CausationId">What caused it.</param>
/// <param name="Headers">JSON in UTF-8, or null.</param>
/// <param name="Data">JSON in UTF-8, in PostgreSQL's spelling.</param>
public sealed record StoredEvent(
    long Sequence, Guid Id, Guid StreamId, long Version, string Type, DateTimeOffset RecordedAt,
    string? Actor, string? CorrelationId, string? CausationId, byte[]? Headers, byte[] Data)
{
    /// <summary>The columns of <c>archive.mt_events</c> that <see cref="Read"/> expects, in its order.</summary>
    public const string Columns = "seq_id, id, stream_id, version, type, timestamp, user_name, correlation_id, causation_id, headers, data";

    /// <summary>Reads a row of <see cref="Columns"/>.</summary>
    public static StoredEvent Read(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetGuid(1), row.GetGuid(2), row.GetInt64(3), row.GetString(4), row.GetFieldValue<DateTimeOffset>(5),
        row.IsDBNull(6) ? null : row.GetString(6), row.IsDBNull(7) ? null : row.GetString(7), row.IsDBNull(8) ? null : row.GetString(8),
        row.IsDBNull(9) ? null : row.GetFieldValue<byte[]>(9), row.GetFieldValue<byte[]>(10));
}

/// <summary>Events of the whole log, in order, as they are stored.</summary>
/// <param name="Events">What came after the position asked for.</param>
/// <param name="UpTo">The position that may be kept as done: no event at or below it will ever appear again.</param>
/// <param name="CaughtUp">Whether the end of the log was reached.</param>
public sealed record StoredPage(IReadOnlyList<StoredEvent> Events, long UpTo, bool CaughtUp);
