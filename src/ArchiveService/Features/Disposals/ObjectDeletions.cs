using ArchiveService.Attachments;
using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Features.Disposals;

/// <summary>Drains archive.object_deletions: every version of each object, again and again until the store says that nothing is left.</summary>
public sealed class ObjectDeletions(Databases databases, IObjectStore store)
{
    private const int AtATime = 100;

    /// <param name="run">Only this run's, also those that wait for another try; null for all that are due.</param>
    /// <param name="ct">Cancels between two objects.</param>
    /// <returns>How many are gone now.</returns>
    public async Task<int> Drain(Guid? run, CancellationToken ct)
    {
        var gone = 0;
        var tried = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            var due = (await Due(run, ct)).Where(tried.Add).ToList();
            if (due.Count == 0) return gone;
            foreach (var key in due)
            {
                if (await Destroy(key, ct)) gone++;
            }
        }
    }

    private async Task<bool> Destroy(string key, CancellationToken ct)
    {
        try
        {
            var destroyed = await store.DestroyEverything(key, ct);
            await Note("update archive.object_deletions set done_at = clock_timestamp(), problem = null, versions = $2, attempts = attempts + 1 where object_key = $1 and done_at is null",
                key, destroyed.Versions.Count, ct);
            return true;
        }
        catch (Exception error) when (error is ObjectStoreUnavailable or ObjectNotDestroyed)
        {
            // 5 s, 10 s, 20 s … at most an hour between two tries; never given up.
            await Note("""
                update archive.object_deletions
                set attempts = attempts + 1, problem = $2, retry_at = clock_timestamp() + least(interval '5 seconds' * power(2, least(attempts, 12)), interval '1 hour')
                where object_key = $1 and done_at is null
                """, key, error is ObjectStoreUnavailable ? "store-unavailable" : "not-destroyed", ct);
            return false;
        }
    }

    private async Task<List<string>> Due(Guid? run, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand(run is null
            ? "select object_key from archive.object_deletions where done_at is null and retry_at <= clock_timestamp() order by retry_at, object_key limit $1"
            : "select object_key from archive.object_deletions where done_at is null and run_id = $2 order by attempts, object_key limit $1");
        query.Parameters.Add(new() { Value = AtATime });
        if (run is { } one) query.Parameters.Add(new() { Value = one });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<string>();
        while (await rows.ReadAsync(ct)) found.Add(rows.GetString(0));
        return found;
    }

    private async Task Note(string sql, string key, object value, CancellationToken ct)
    {
        await using var note = databases.Writer.CreateCommand(sql);
        note.Parameters.Add(new NpgsqlParameter { Value = key });
        note.Parameters.Add(new NpgsqlParameter { Value = value });
        await note.ExecuteNonQueryAsync(ct);
    }
}
