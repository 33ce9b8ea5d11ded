using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Features.Media;

/// <summary>A file whose turn it is.</summary>
public sealed record WaitingMedia(Guid Attachment, Guid Record, int Attempts);

/// <summary>How many files wait, and what became of the others.</summary>
public sealed record MediaCounts(IReadOnlyDictionary<string, long> ByStatus, DateTimeOffset? OldestWaiting)
{
    public long Of(string status) => ByStatus.GetValueOrDefault(status);

    public long NeverFetched => ByStatus.Where(s => s.Key is not ("waiting" or "fetched")).Sum(s => s.Value);
}

/// <summary>The queue of files to be fetched: <c>work.media_fetches</c>. Whoever takes one has it for a while; what a crash leaves is taken again.</summary>
public sealed class MediaQueue(Databases databases)
{
    /// <summary>Longer than a fetch may take.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(15);

    /// <summary>Written with the capture, so that no file is forgotten.</summary>
    public static NpgsqlBatchCommand Enqueue(Guid record, IReadOnlyCollection<Guid> attachments) => new("insert into work.media_fetches (attachment_id, record_id) select a, $2 from unnest($1) a on conflict do nothing")
    {
        Parameters = { new() { Value = attachments.ToArray() }, new() { Value = record } },
    };

    public static NpgsqlBatchCommand Ended(Guid attachment, FetchOutcome outcome, string? problem) => new("update work.media_fetches set status = $2, problem = $3, ended_at = clock_timestamp() where attachment_id = $1")
    {
        Parameters = { new() { Value = attachment }, new() { Value = RecordStates.Stored(outcome) }, new() { Value = (object?)problem ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text } },
    };

    /// <summary>The next due file, counted as tried; null when there is none.</summary>
    public async Task<WaitingMedia?> Take(CancellationToken ct)
    {
        await using var take = databases.Writer.CreateCommand("""
            update work.media_fetches set attempts = attempts + 1, due_at = clock_timestamp() + $1
            where attachment_id = (select attachment_id from work.media_fetches where status = 'waiting' and due_at <= clock_timestamp() order by due_at limit 1 for update skip locked)
            returning attachment_id, record_id, attempts
            """);
        take.Parameters.Add(new() { Value = Lease });
        await using var row = await take.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? new(row.GetGuid(0), row.GetGuid(1), row.GetInt32(2)) : null;
    }

    /// <param name="counted">Whether it was a try: what failed on our side was none.</param>
    public Task Later(WaitingMedia media, TimeSpan wait, string problem, bool counted, CancellationToken ct) => Run(
        "update work.media_fetches set due_at = clock_timestamp() + $2, problem = $3, attempts = attempts - $4 where attachment_id = $1 and status = 'waiting'", ct, media.Attachment, wait, problem, counted ? 0 : 1);

    /// <summary>There is nothing to fetch, or nobody to fetch it for.</summary>
    public Task Drop(Guid attachment, CancellationToken ct) => Run("delete from work.media_fetches where attachment_id = $1", ct, attachment);

    public Task Settle(Guid attachment, FetchOutcome outcome, CancellationToken ct) => Run(
        "update work.media_fetches set status = $2, ended_at = clock_timestamp() where attachment_id = $1 and status = 'waiting'", ct, attachment, RecordStates.Stored(outcome));

    /// <summary>Tried once more from the beginning; false when it is not one that failed.</summary>
    public async Task<bool> Again(Guid record, Guid attachment, CancellationToken ct)
    {
        await using var command = databases.Writer.CreateCommand(
            "update work.media_fetches set status = 'waiting', ended_at = null, attempts = 0, problem = null, due_at = clock_timestamp() where attachment_id = $1 and record_id = $2 and status not in ('waiting', 'fetched')");
        command.Parameters.Add(new() { Value = attachment });
        command.Parameters.Add(new() { Value = record });
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    public async Task<bool> Knows(Guid record, Guid attachment, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select exists (select from work.media_fetches where attachment_id = $1 and record_id = $2)");
        query.Parameters.Add(new() { Value = attachment });
        query.Parameters.Add(new() { Value = record });
        return await query.ExecuteScalarAsync(ct) is true;
    }

    public static async Task<MediaCounts> Counts(NpgsqlDataSource db, CancellationToken ct)
    {
        await using var query = db.CreateCommand("select status, count(*), min(queued_at) from work.media_fetches group by 1");
        await using var rows = await query.ExecuteReaderAsync(ct);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        DateTimeOffset? oldest = null;
        while (await rows.ReadAsync(ct))
        {
            counts[rows.GetString(0)] = rows.GetInt64(1);
            if (rows.GetString(0) == "waiting") oldest = rows.GetFieldValue<DateTimeOffset>(2);
        }

        return new(counts, oldest);
    }

    private async Task Run(string sql, CancellationToken ct, params object[] values)
    {
        await using var command = databases.Writer.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(ct);
    }
}
