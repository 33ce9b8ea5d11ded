using System.Diagnostics;
using Npgsql;

namespace ArchiveService.EventStore;

/// <summary>Runs projections, each led by one node at a time. Any number of nodes may run the same ones.</summary>
public sealed class ProjectionWorker
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(15);

    private readonly NpgsqlDataSource db;
    private readonly ProjectionOptions options;
    private readonly Dictionary<string, ProjectionRun> runs;

    /// <summary>Prepares the projections; nothing happens before <see cref="Run"/>.</summary>
    /// <param name="db">Connections of the writer. Each projection keeps two session connections, the worker one more.</param>
    /// <param name="types">The event types this program knows.</param>
    /// <param name="projections">Each name once.</param>
    /// <param name="options">Null for the defaults.</param>
    public ProjectionWorker(NpgsqlDataSource db, EventTypes types, IReadOnlyList<Projection> projections, ProjectionOptions? options = null)
    {
        this.db = db;
        this.options = options ?? new();
        runs = projections.ToDictionary(p => p.Name, p => new ProjectionRun(db, types, p, this.options), StringComparer.Ordinal);
    }

    /// <summary>Runs until cancelled. A failing projection does not disturb the others.</summary>
    public async Task Run(CancellationToken ct) => await Task.WhenAll([Listen(ct), .. runs.Values.Select(run => run.Run(ct))]);

    /// <summary>Lets a stopped projection go on, on whatever node it is led. Without effect on one that is not stopped.</summary>
    /// <returns>Whether it was stopped.</returns>
    public async Task<bool> Resume(string projection, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand("delete from archive.projection_stops where name = $1");
        command.Parameters.Add(new() { Value = Find(projection).Projection.Checkpoint });
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    /// <summary>Waits until a view shows everything up to a number, on whatever node it is led.</summary>
    /// <returns>False when <paramref name="atMost"/> passed first, or the projection is stopped.</returns>
    public async Task<bool> WaitFor(string projection, long sequence, TimeSpan atMost, CancellationToken ct = default)
    {
        var run = Find(projection);
        var start = Stopwatch.GetTimestamp();
        while (run.Position < sequence)
        {
            if (run.State != ProjectionState.Leading)
            {
                var (position, stopped) = await Look(run, ct);
                if (position >= sequence) return true;
                if (stopped) return false;
            }

            var left = atMost - Stopwatch.GetElapsedTime(start);

            // Asked once more of the table: the lead may have gone to another node without this one noticing yet.
            if (left <= TimeSpan.Zero) return (await Look(run, ct)).Position >= sequence;
            await run.Moved(left < Glance ? left : Glance, ct);
        }

        return true;
    }

    /// <summary>Where every projection stands, whichever node leads it.</summary>
    public async Task<IReadOnlyList<ProjectionStatus>> Status(CancellationToken ct = default)
    {
        var list = runs.Values.ToList();
        await using var query = db.CreateCommand("""
            select coalesce(p.last_seq_id, 0), coalesce(h.head, 0),
                   coalesce(extract(epoch from clock_timestamp() - n.timestamp), 0)::float8, s.error, s.seq_id, s.stopped_at
            from unnest($1::text[]) with ordinality w(name, nth)
            cross join (select max(seq_id) head from archive.mt_events) h
            left join archive.mt_event_progression p on p.name = w.name
            left join archive.projection_stops s on s.name = w.name
            left join lateral (select timestamp from archive.mt_events where seq_id > coalesce(p.last_seq_id, 0) order by seq_id limit 1) n on true
            order by w.nth
            """);
        query.Parameters.Add(new() { Value = list.Select(run => run.Projection.Checkpoint).ToArray() });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<ProjectionStatus>(list.Count);
        while (await rows.ReadAsync(ct))
        {
            var run = list[found.Count];
            var stopped = !rows.IsDBNull(3);
            found.Add(new(
                run.Projection.Name, run.Projection.Version, rows.GetInt64(0), rows.GetInt64(1), Math.Max(0, rows.GetDouble(2)),
                stopped ? ProjectionState.Stopped : run.State, stopped ? rows.GetString(3) : run.LastError, stopped ? rows.GetInt64(4) : null)
            {
                StoppedSince = stopped ? rows.GetFieldValue<DateTimeOffset>(5) : null,
                LedHere = run.Leads,
                WaitsAtHole = run.WaitsAtHole,
            });
        }

        return found;
    }

    private async Task<(long Position, bool Stopped)> Look(ProjectionRun run, CancellationToken ct)
    {
        await using var query = db.CreateCommand("""
            select coalesce((select last_seq_id from archive.mt_event_progression where name = $1), 0),
                   exists (select from archive.projection_stops where name = $1)
            """);
        query.Parameters.Add(new() { Value = run.Projection.Checkpoint });
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetInt64(0), row.GetBoolean(1));
    }

    private ProjectionRun Find(string projection) =>
        runs.TryGetValue(projection, out var run) ? run : throw new ArgumentException($"There is no projection {projection}.", nameof(projection));

    /// <summary>Wakes the projections on a signal, and when the log has grown without one.</summary>
    private async Task Listen(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await using var session = await db.OpenConnectionAsync(ct);
                try
                {
                    await using (var listen = new NpgsqlCommand($"listen {EventSignal.Channel}", session)) await listen.ExecuteNonQueryAsync(ct);
                    var head = 0L;
                    while (true)
                    {
                        if (!await session.WaitAsync(options.Poll, ct))
                        {
                            await using var query = new NpgsqlCommand("select coalesce(max(seq_id), 0) from archive.mt_events", session);
                            var now = (long)(await query.ExecuteScalarAsync(ct))!;
                            if (now == head) continue;
                            head = now;
                        }

                        foreach (var run in runs.Values) run.Wake();
                    }
                }
                finally
                {
                    // A pooled connection would go on listening for whoever gets it next.
                    if (session.FullState == System.Data.ConnectionState.Open)
                    {
                        await using var unlisten = new NpgsqlCommand("unlisten *", session);
                        await unlisten.ExecuteNonQueryAsync(CancellationToken.None);
                    }
                }
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (NpgsqlException)
            {
                // Until it is back the projections look for themselves once a second.
                await Pulse.Quietly(options.LeaderRetry, ct);
            }
        }
    }
}
