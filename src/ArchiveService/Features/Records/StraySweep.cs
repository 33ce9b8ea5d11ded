using System.Globalization;
using ArchiveService.Attachments;
using ArchiveService.Hosting;
using Quartz;

namespace ArchiveService.Features.Records;

/// <summary>What a sweep did. <paramref name="Left"/>: strangers so many that they belong to somebody else.</summary>
public sealed record Swept(int Uploads, int Objects, int Left);

/// <summary>
/// Throws away uploads that were never finished, and objects that a kill left between upload and append.
/// Only what is older than a day and named by no row and no event, a masked copy among it whose request is gallrad; the id of an object tells when its upload began.
/// </summary>
public sealed partial class StraySweep(IObjectStore store, Databases databases, ILogger<StraySweep> logger, TimeProvider clock)
{
    private const int AtATime = 1000;

    private static readonly TimeSpan Young = TimeSpan.FromDays(1);

    public async Task<Swept> Sweep(CancellationToken ct)
    {
        var before = clock.GetUtcNow() - Young;
        var uploads = await store.AbortUnfinished(before, ct);
        var (strangers, known) = await Strangers(before, ct);

        // A store full of strangers is another archive's, or the database is older than the store: nothing is destroyed on that ground.
        if (strangers.Count > Math.Max(10, known))
        {
            LogTooMany(logger, strangers.Count, known);
            return new(uploads, 0, strangers.Count);
        }

        foreach (var key in strangers)
        {
            await store.DestroyEverything(key, ct);
            LogSwept(logger, key);
        }

        return new(uploads, strangers.Count, 0);
    }

    private async Task<(List<string> Strangers, long Known)> Strangers(DateTimeOffset before, CancellationToken ct)
    {
        var strangers = new List<string>();
        var known = 0L;
        foreach (var prefix in (string[])["attachment/", "delivery/"])
        {
            var old = new Dictionary<Guid, string>();
            await foreach (var found in store.List(prefix, ct))
            {
                if (!Guid.TryParseExact(found.Key[(found.Key.LastIndexOf('/') + 1)..], "D", out var id) || BegunAt(id) is not { } at || at >= before) continue;
                old[id] = found.Key;
                if (old.Count == AtATime) await Sort();
            }

            await Sort();

            async Task Sort()
            {
                var named = await Named([.. old.Keys], ct);
                known += named.Count;
                strangers.AddRange(old.Where(o => !named.Contains(o.Key)).Select(o => o.Value));
                old.Clear();
            }
        }

        return (strangers, known);
    }

    /// <summary>By a row, or, where the row is gone, by the event; what waits to be destroyed under a decision is gallring's own.</summary>
    private async Task<HashSet<Guid>> Named(Guid[] objects, CancellationToken ct)
    {
        var named = new HashSet<Guid>();
        foreach (var sql in (string[])
        [
            """
            select object_id from archive.attachments where object_id = any ($1) union all select object_id from archive.delivery_objects where object_id = any ($1)
            union all select c.object_id from archive.disclosure_copies c join archive.disclosure_requests r using (request_id) where r.disposed_at is null and c.object_id = any ($1)
            union all select right(object_key, 36)::uuid from archive.object_deletions where done_at is null and right(object_key, 36)::uuid = any ($1)
            """,
            "select (data->>'object')::uuid from archive.mt_events where type in ('attachment_stored', 'delivery_received') and (data->>'object')::uuid = any ($1)",
        ])
        {
            // The log has no index for this, and is asked only about what no row names.
            var left = objects.Where(o => !named.Contains(o)).ToArray();
            if (left.Length == 0) break;
            await using var query = databases.Writer.CreateCommand(sql);
            query.Parameters.Add(new() { Value = left });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) named.Add(rows.GetGuid(0));
        }

        return named;
    }

    /// <summary>The time in a uuid of version 7; another kind was not made here.</summary>
    private static DateTimeOffset? BegunAt(Guid id) =>
        id.Version == 7 ? DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(id.ToString("N")[..12], NumberStyles.HexNumber, CultureInfo.InvariantCulture)) : null;

    [LoggerMessage(1313, LogLevel.Information, "Object {Key} belonged to nothing and was destroyed: an upload whose append never happened.")]
    private static partial void LogSwept(ILogger logger, string key);

    [LoggerMessage(1314, LogLevel.Error, "{Strangers} objects in the attachment store belong to nothing, {Known} do. So many are not swept: see that the store is this archive's, and that the database is not an old backup.")]
    private static partial void LogTooMany(ILogger logger, int strangers, long known);
}

/// <summary>The sweep of every night, on one node.</summary>
[DisallowConcurrentExecution]
public sealed partial class NightlySweep(StraySweep sweep, Retention.OwnRecordSweep own, ILogger<NightlySweep> logger) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            // First what needs no store: it is not to wait for one that is out of reach.
            await own.Sweep(cancellationToken);
            await sweep.Sweep(cancellationToken);
        }
        catch (Exception error) when (error is ObjectStoreUnavailable or ObjectNotDestroyed or Npgsql.NpgsqlException)
        {
            LogTrouble(logger, error.GetType().Name);
        }
    }

    [LoggerMessage(1315, LogLevel.Warning, "Stray objects could not be swept: {Problem}. It is tried again tomorrow.")]
    private static partial void LogTrouble(ILogger logger, string problem);
}
