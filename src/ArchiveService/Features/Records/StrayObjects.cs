using ArchiveService.Attachments;
using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Features.Records;

/// <summary>
/// Takes back objects whose append did not happen. Where that is not known (the connection broke, the caller went away), the database is asked first:
/// an object too many can be found again, one too few is a lost attachment.
/// </summary>
public sealed partial class StrayObjects(IObjectStore store, Databases databases, ILogger<StrayObjects> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Nothing refers to these: they were never appended, or the append was refused.</summary>
    public async Task Destroy(IEnumerable<string> keys)
    {
        foreach (var key in keys)
        {
            try
            {
                await store.DestroyEverything(key, CancellationToken.None);
            }
            catch (Exception error) when (error is ObjectStoreUnavailable or ObjectNotDestroyed)
            {
                LogLeft(logger, key);
            }
        }
    }

    /// <summary>Destroys those that no committed row names, once no append begun before now is still under way.</summary>
    public async Task DestroyUnlessRecorded(IReadOnlyCollection<(string Key, Guid Object)> objects)
    {
        if (objects.Count == 0) return;
        try
        {
            var recorded = await Recorded([.. objects.Select(o => o.Object)]);
            await Destroy(objects.Where(o => recorded?.Contains(o.Object) == false).Select(o => o.Key));
            if (recorded is null) LogUnknown(logger, objects.Count);
        }
        catch (NpgsqlException)
        {
            LogUnknown(logger, objects.Count);
        }
    }

    private async Task<HashSet<Guid>?> Recorded(Guid[] objects)
    {
        using var limit = new CancellationTokenSource(Patience);
        await using var connection = await databases.Writer.OpenConnectionAsync(CancellationToken.None);
        await using var now = new NpgsqlCommand("select clock_timestamp()", connection);
        var begun = (DateTime)(await now.ExecuteScalarAsync(CancellationToken.None))!;

        // An append is one batch, so that its session is active from its beginning to its commit.
        await using var underWay = new NpgsqlCommand(
            "select exists (select 1 from pg_stat_activity where usename = current_user and pid <> pg_backend_pid() and state = 'active' and xact_start <= $1)", connection);
        underWay.Parameters.Add(new() { Value = begun });
        while (await underWay.ExecuteScalarAsync(CancellationToken.None) is true)
        {
            if (limit.IsCancellationRequested) return null;
            await Task.Delay(50, CancellationToken.None);
        }

        await using var query = new NpgsqlCommand(
            """
            select object_id from archive.attachments where object_id = any ($1) union all select object_id from archive.delivery_objects where object_id = any ($1)
            union all select object_id from archive.disclosure_copies where object_id = any ($1)
            """, connection);
        query.Parameters.Add(new() { Value = objects });
        await using var rows = await query.ExecuteReaderAsync(CancellationToken.None);
        var found = new HashSet<Guid>();
        while (await rows.ReadAsync(CancellationToken.None)) found.Add(rows.GetGuid(0));
        return found;
    }

    [LoggerMessage(1311, LogLevel.Warning, "Object {Key} belongs to nothing, but the attachment store did not let it be destroyed.")]
    private static partial void LogLeft(ILogger logger, string key);

    [LoggerMessage(1312, LogLevel.Warning, "Whether {Count} stored objects were recorded could not be found out; they are left where they are.")]
    private static partial void LogUnknown(ILogger logger, int count);
}
