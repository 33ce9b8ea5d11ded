using Npgsql;

namespace ArchiveService.EventStore;

/// <summary>One projection on one node: stands by until it gets the leader's lock, then folds page after page.</summary>
/// <remarks>
/// Exactly once: the position moves in the transaction of the rows, only from the value this leader last saw, and on the session that holds
/// the leader's lock. A leader that lost its session, and with it the lock, cannot commit any more; one whose commit got
/// no answer reads the position anew.
/// </remarks>
internal sealed class ProjectionRun(NpgsqlDataSource db, EventTypes types, Projection projection, ProjectionOptions options)
{
    private readonly Pulse wake = new();
    private TaskCompletionSource moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long position;

    public Projection Projection => projection;

    public long Position => Volatile.Read(ref position);

    public ProjectionState State { get; private set; }

    public string? LastError { get; private set; }

    /// <summary>Whether this node holds the leader's lock, also while the projection is stopped.</summary>
    public bool Leads { get; private set; }

    /// <summary>See <see cref="LogPage.WaitsAtHole"/>.</summary>
    public bool WaitsAtHole { get; private set; }

    public void Wake() => wake.Set();

    /// <summary>Until the position moves or the time is up.</summary>
    public async Task Moved(TimeSpan atMost, CancellationToken ct)
    {
        await Task.WhenAny(moved.Task, Task.Delay(atMost, ct));
        ct.ThrowIfCancellationRequested();
    }

    public async Task Run(CancellationToken ct)
    {
        var pause = TimeSpan.Zero;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await using var leader = await db.OpenConnectionAsync(ct);
                await using var reader = new HoleSafeReader(db, types);
                try
                {
                    pause = TimeSpan.Zero;
                    Leads = await BecomeLeader(leader, ct);
                    if (Leads) await Lead(leader, reader, ct);
                    State = ProjectionState.StandingBy;
                }
                finally
                {
                    Leads = false;
                    await StepDown(leader);
                }

                await Pulse.Quietly(options.LeaderRetry, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                break;
            }
            catch (Exception error)
            {
                // Also an error of this class's own making: a projection that no longer runs must say so, and try again.
                Retry(error);
                pause = pause == TimeSpan.Zero ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, options.LeaderRetry.Ticks));
                await Pulse.Quietly(pause, ct);
            }
        }

        State = ProjectionState.Idle;
    }

    private async Task<bool> BecomeLeader(NpgsqlConnection leader, CancellationToken ct)
    {
        // The keep-alives let the server drop a leader whose machine is gone within four seconds.
        await using var command = new NpgsqlCommand("""
            select pg_try_advisory_lock(hashtextextended($1, 0)), set_config('tcp_keepalives_idle', '1', false),
                   set_config('tcp_keepalives_interval', '1', false), set_config('tcp_keepalives_count', '3', false)
            """, leader);
        command.Parameters.Add(new() { Value = projection.Checkpoint });
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>A pooled connection would keep the lock until somebody used it again.</summary>
    private static async Task StepDown(NpgsqlConnection leader)
    {
        if (leader.FullState != System.Data.ConnectionState.Open) return;
        await using var command = new NpgsqlCommand("select pg_advisory_unlock_all()", leader);
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private async Task Lead(NpgsqlConnection leader, HoleSafeReader reader, CancellationToken ct)
    {
        var limit = options.PageSize;
        var suspect = 0L;
        var stopped = await LoadPosition(leader, ct);
        projection.Forget();
        State = ProjectionState.Leading;
        var next = reader.Read(position, limit, ct);
        try
        {
            while (true)
            {
                LogPage? page = null;
                try
                {
                    page = await next;
                    WaitsAtHole = page.WaitsAtHole;
                    if (page.Events.Count == 0)
                    {
                        Volatile.Write(ref position, Math.Max(position, page.UpTo));
                        await Rest(leader, page, ct);
                        next = reader.Read(position, limit, ct);
                        continue;
                    }

                    // The next page is read while this one is written.
                    if (!page.CaughtUp && suspect == 0) next = reader.Read(page.UpTo, limit, ct);
                    await Write(leader, page, ct);
                }
                catch (Exception error) when (!ct.IsCancellationRequested && !MayPass(error, leader))
                {
                    await Settle(next);
                    projection.Forget();
                    var tried = page?.Events.Count ?? limit;
                    if (tried > 1)
                    {
                        // Halve until the event stands alone: everything before it is written, and the alarm can name it.
                        suspect = Math.Max(suspect, page?.UpTo ?? position + limit);
                        limit = tried / 2;
                    }
                    else
                    {
                        stopped = await Stop(leader, page?.UpTo ?? await FollowingEvent(leader, ct), error, ct);
                        (limit, suspect) = (options.PageSize, 0);
                    }

                    next = reader.Read(position, limit, ct);
                    continue;
                }

                if (stopped) stopped = await ClearStop(leader, ct);
                if (page.CaughtUp || suspect > 0)
                {
                    if (position >= suspect) (limit, suspect) = (options.PageSize, 0);
                    next = reader.Read(position, limit, ct);
                }

                (State, LastError) = (ProjectionState.Leading, null);
            }
        }
        finally
        {
            WaitsAtHole = false;
            await Settle(next);
        }
    }

    /// <summary>The event that could not even be read; numbers that are dead lie between it and the position.</summary>
    private async Task<long> FollowingEvent(NpgsqlConnection leader, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand("select coalesce(min(seq_id), $1 + 1) from archive.mt_events where seq_id > $1", leader);
        query.Parameters.Add(new() { Value = position });
        return (long)(await query.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Nothing to do: waits for a signal, or a few milliseconds when a missing number is in the way.</summary>
    private async Task Rest(NpgsqlConnection leader, LogPage page, CancellationToken ct)
    {
        State = ProjectionState.Leading;
        if (page.WaitsAtHole)
        {
            await Task.Delay(options.HoleRetry, ct);
            return;
        }

        await wake.Wait(options.LeaderRetry, ct);

        // Also shows whether the session, and so the lock, is still ours.
        await using var command = new NpgsqlCommand("select 1", leader);
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task Write(NpgsqlConnection leader, LogPage page, CancellationToken ct)
    {
        await projection.Prepare(page.Events, ct);
        await using var transaction = await leader.BeginTransactionAsync(ct);
        await using (var move = new NpgsqlCommand(
            "update archive.mt_event_progression set last_seq_id = $2, last_updated = transaction_timestamp() where name = $1 and last_seq_id = $3", leader, transaction))
        {
            move.Parameters.Add(new() { Value = projection.Checkpoint });
            move.Parameters.Add(new() { Value = page.UpTo });
            move.Parameters.Add(new() { Value = position });
            if (await move.ExecuteNonQueryAsync(ct) != 1) throw new LeadershipLostException(projection.Checkpoint);
        }

        await projection.Write(transaction, page.Events, ct);

        // Not cancelled half-way: the answer says whether the page is done.
        await transaction.CommitAsync(CancellationToken.None);
        Volatile.Write(ref position, page.UpTo);
        Interlocked.Exchange(ref moved, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    private async Task<bool> LoadPosition(NpgsqlConnection leader, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("""
            with fresh as (
              insert into archive.mt_event_progression (name, last_seq_id)
              select $1, 0 where not exists (select from archive.mt_event_progression where name = $1)
            )
            select coalesce((select last_seq_id from archive.mt_event_progression where name = $1), 0),
                   exists (select from archive.projection_stops where name = $1)
            """, leader);
        command.Parameters.Add(new() { Value = projection.Checkpoint });
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        Volatile.Write(ref position, row.GetInt64(0));
        return row.GetBoolean(1);
    }

    /// <summary>Alarms and waits until somebody takes the stop away. Keeps the lock: another node would only stop on the same event.</summary>
    private async Task<bool> Stop(NpgsqlConnection leader, long sequence, Exception error, CancellationToken ct)
    {
        await using (var command = new NpgsqlCommand("""
            insert into archive.projection_stops as s (name, seq_id, error) values ($1, $2, $3)
            on conflict (name) do update set seq_id = excluded.seq_id, error = excluded.error, stopped_at = clock_timestamp()
            """, leader))
        {
            command.Parameters.Add(new() { Value = projection.Checkpoint });
            command.Parameters.Add(new() { Value = sequence });
            command.Parameters.Add(new() { Value = Describe(error) });
            await command.ExecuteNonQueryAsync(ct);
        }

        (State, LastError) = (ProjectionState.Stopped, Describe(error));
        StoreMeter.Stopped(projection.Name);
        options.Alarm?.Invoke(new(projection.Name, sequence, Describe(error), error));
        while (true)
        {
            await Task.Delay(options.Poll, ct);
            await using var command = new NpgsqlCommand("select exists (select from archive.projection_stops where name = $1)", leader);
            command.Parameters.Add(new() { Value = projection.Checkpoint });
            if (!(bool)(await command.ExecuteScalarAsync(ct))!) return false;
        }
    }

    /// <summary>A restart tries again; only a page that went through takes the stop away.</summary>
    private async Task<bool> ClearStop(NpgsqlConnection leader, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("delete from archive.projection_stops where name = $1", leader);
        command.Parameters.Add(new() { Value = projection.Checkpoint });
        await command.ExecuteNonQueryAsync(ct);
        return false;
    }

    private void Retry(Exception error) => (State, LastError) = (ProjectionState.Retrying, Describe(error));

    /// <summary>The read ahead has to end before its connection is used again; what it brought is read again.</summary>
    private static async Task Settle(Task<LogPage> ahead)
    {
        await Task.WhenAny(ahead);
        _ = ahead.Exception;
    }

    private static bool MayPass(Exception error, NpgsqlConnection leader) =>
        error is LeadershipLostException
        || leader.FullState != System.Data.ConnectionState.Open
        || error is NpgsqlException { IsTransient: true } or NpgsqlException { InnerException: IOException or System.Net.Sockets.SocketException }
            or PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown };

    private static string Describe(Exception error) =>
        error is PostgresException refused ? $"{nameof(PostgresException)} {refused.SqlState}" : error.GetType().Name;

    private sealed class LeadershipLostException(string checkpoint) : Exception($"The position of {checkpoint} was moved by somebody else.");
}
