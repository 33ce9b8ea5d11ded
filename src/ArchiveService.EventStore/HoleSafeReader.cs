using Npgsql;

namespace ArchiveService.EventStore;

/// <summary>Events of the whole log, in order.</summary>
/// <param name="Events">What came after the position asked for; empty when there is nothing, or nothing that may be shown yet.</param>
/// <param name="UpTo">The position that may be kept as done once <paramref name="Events"/> are: no event at or below it will ever appear again.</param>
/// <param name="CaughtUp">Whether the end of the log was reached.</param>
public sealed record LogPage(IReadOnlyList<Recorded> Events, long UpTo, bool CaughtUp)
{
    /// <summary>The next number is missing and its writer may still be at work: ask again in some milliseconds.</summary>
    public bool WaitsAtHole => Events.Count == 0 && !CaughtUp;
}

/// <summary>
/// Reads all events in sequence order without losing one and without stalling. For one caller at a time. It keeps a session connection
/// to the primary (no transaction-pooling proxy); after any failure the next <see cref="Read"/> starts over with a new one.
/// </summary>
/// <param name="db">Connections of a login that may read the log and raise <c>archive.log_passed</c>.</param>
/// <param name="types">The event types this program knows.</param>
/// <remarks>
/// Numbers are handed out before commit, so a missing number ("hole") below a visible one is either an event that commits later or
/// dead for ever (its append rolled back). Stepping over the first loses an event; waiting for the second stalls. What follows
/// decides between them without a clock, a guess, or regard to transactions that do not append.
///
/// Claim. Let U be a number that has been drawn. When the four steps below are done, every number at or below U that is absent from a
/// statement begun afterwards is dead.
///   1. See U: the last visible number, or the last that the sequence has handed out when that is less, as after an insert of a number that nobody
///      drew. The sequence hands numbers out in ascending order (CACHE 1, checked when the session opens), so every number below U has been drawn too.
///   2. After that statement, list the transactions that hold RowExclusiveLock on the sequence. nextval takes that lock before it reads
///      the number, and it is kept to the end of the top transaction, whatever is rolled back to a savepoint, for COPY and plain SQL as well.
///      So whoever drew a number at or below U is listed or has ended. Wait until none of those listed is listed any more. Transactions that
///      come later drew numbers above U and are not waited for; readers of the sequence (pg_dump) hold AccessShareLock and are
///      not listed. Locks are released after a transaction has left the list of running ones, so lock gone means: a new snapshot sees its
///      rows. The transactions are known by virtualtransaction, which a server never uses twice while it runs; process ids return.
///   3. Left is the writer that drew its number in an earlier transaction than the one that inserts. Its insert runs a trigger that
///      takes a shared advisory lock, then reads log_passed in a new statement, and refuses a number at or below it. So: raise
///      log_passed to U and commit. Every honest writer at or below U has ended in step 2 and is not refused.
///   4. After that commit, list the holders of the advisory lock and wait until none of them is listed any more. Who holds it may have
///      read the old position, and has ended now: a new snapshot sees its rows. Who takes it later reads U and is refused.
/// Afterwards nobody can add a row at or below U. Each step is a statement of its own in READ COMMITTED, never one CTE, never
/// one transaction: a snapshot taken too early would void it. The claim holds for this server only (visibility on a replica may be in
/// another order, a restart reuses virtualtransaction), hence: primary only, and a lost session forgets everything.
/// </remarks>
public sealed class HoleSafeReader(NpgsqlDataSource db, EventTypes types) : IAsyncDisposable
{
    private NpgsqlConnection? session;
    private long settled;
    private Settling? settling;

    /// <summary>Reads on from a position.</summary>
    /// <param name="after">The last position done; 0 from the start.</param>
    /// <param name="limit">At most so many events.</param>
    /// <param name="ct">Cancels the read; the session is given up then.</param>
    /// <exception cref="InvalidOperationException">The server is a replica, allows prepared transactions, or the sequence caches numbers.</exception>
    /// <exception cref="NpgsqlException">The session was lost. Read again from the same position.</exception>
    public async Task<LogPage> Read(long after, int limit, CancellationToken ct = default)
    {
        var page = await Safely(after, limit, PostgresEventStore.Columns, row => PostgresEventStore.ReadRow(row, types), ct);
        return new(page.Events, page.UpTo, page.CaughtUp);
    }

    /// <summary>Reads on from a position, events as they are stored.</summary>
    /// <inheritdoc cref="Read"/>
    public async Task<StoredPage> ReadStored(long after, int limit, CancellationToken ct = default)
    {
        var page = await Safely(after, limit, StoredEvent.Columns, StoredEvent.Read, ct);
        return new(page.Events, page.UpTo, page.CaughtUp);
    }

    private async Task<Found<T>> Safely<T>(long after, int limit, string columns, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        try
        {
            session ??= await Open(ct);
            await GoOnSettling(ct);
            var page = await ReadPage(after, limit, columns, read, ct);
            if (!page.Hole || settling is not null) return page;

            settling = await BeginSettling(ct);
            await GoOnSettling(ct);

            // Settled at once, the usual case: nobody was appending. The page was read before, so it has to be read again.
            return settling is null && page.Events.Count == 0 ? await ReadPage(after, limit, columns, read, ct) : page;
        }
        catch
        {
            await StartOver();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StartOver();

    private async Task<Found<T>> ReadPage<T>(long after, int limit, string columns, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand(
            $"select {columns} from archive.mt_events where seq_id > $1 order by seq_id limit $2", session)
        {
            Parameters = { new() { Value = after }, new() { Value = (long)limit } },
        };
        await using var rows = await query.ExecuteReaderAsync(ct);

        var events = new List<T>();
        var upTo = after;
        while (await rows.ReadAsync(ct))
        {
            var number = rows.GetInt64(0);
            if (number > upTo + 1 && number > settled + 1) return new(events, upTo, CaughtUp: false, Hole: true);
            events.Add(read(rows));
            upTo = number;
        }

        return new(events, upTo, CaughtUp: events.Count < limit, Hole: false);
    }

    /// <summary>Steps 1 and 2 of the proof. Two statements: the second may not share the snapshot of the first.</summary>
    private async Task<Settling> BeginSettling(CancellationToken ct)
    {
        var drawn = await Scalar<long>("""
            select least((select max(seq_id) from archive.mt_events), (select case when is_called then last_value else last_value - 1 end from archive.mt_events_sequence))
            """, ct);
        return new(drawn, await Holders(appenders: true, ct), Published: false);
    }

    /// <summary>Goes as far as it can without waiting.</summary>
    private async Task GoOnSettling(CancellationToken ct)
    {
        while (settling is { } now)
        {
            if (now.Candidates.Count > 0)
            {
                now.Candidates.IntersectWith(await Holders(appenders: !now.Published, ct));
                if (now.Candidates.Count > 0) return;
            }

            if (now.Published)
            {
                settled = Math.Max(settled, now.UpTo);
                settling = null;
                return;
            }

            // Step 3, committed before step 4 looks: a command of its own, without a transaction around it.
            await using (var publish = new NpgsqlCommand("update archive.log_passed set seq_id = $1 where seq_id < $1", session))
            {
                publish.Parameters.Add(new() { Value = now.UpTo });
                await publish.ExecuteNonQueryAsync(ct);
            }

            settling = now with { Candidates = await Holders(appenders: false, ct), Published = true };
        }
    }

    /// <summary>Rows without a process id count too; there are none as long as prepared transactions are off.</summary>
    private async Task<HashSet<string>> Holders(bool appenders, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand("""
            select distinct virtualtransaction from pg_locks
            where granted and database = (select oid from pg_database where datname = current_database())
              and case when $1 then locktype = 'relation' and relation = 'archive.mt_events_sequence'::regclass and mode = 'RowExclusiveLock'
                       else locktype = 'advisory' and classid = 0 and objid = 7316401 and objsubid = 1 end
            """, session)
        {
            Parameters = { new() { Value = appenders } },
        };
        await using var rows = await query.ExecuteReaderAsync(ct);
        var holders = new HashSet<string>(StringComparer.Ordinal);
        while (await rows.ReadAsync(ct)) holders.Add(rows.GetString(0));
        return holders;
    }

    private async Task<NpgsqlConnection> Open(CancellationToken ct)
    {
        var fresh = await db.OpenConnectionAsync(ct);
        try
        {
            await using var query = new NpgsqlCommand("""
                select case
                  when pg_is_in_recovery() then 'The log is read on the primary only: a replica may show commits in another order.'
                  when current_setting('max_prepared_transactions')::int > 0 then 'max_prepared_transactions must be 0: a prepared append could hold a number for ever.'
                  when current_setting('default_transaction_isolation') <> 'read committed' then 'The reader needs READ COMMITTED.'
                  when (select seqcache <> 1 or seqincrement <> 1 or seqcycle from pg_sequence where seqrelid = 'archive.mt_events_sequence'::regclass)
                    then 'mt_events_sequence must have CACHE 1, INCREMENT 1 and NO CYCLE: numbers are taken in order.'
                end
                """, fresh);
            return await query.ExecuteScalarAsync(ct) is string why ? throw new InvalidOperationException(why) : fresh;
        }
        catch
        {
            await fresh.DisposeAsync();
            throw;
        }
    }

    private async Task<T> Scalar<T>(string sql, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand(sql, session);
        return (T)(await query.ExecuteScalarAsync(ct))!;
    }

    private async Task StartOver()
    {
        settled = 0;
        settling = null;
        if (session is { } lost)
        {
            session = null;
            await lost.DisposeAsync();
        }
    }

    private sealed record Found<T>(IReadOnlyList<T> Events, long UpTo, bool CaughtUp, bool Hole);

    private sealed record Settling(long UpTo, HashSet<string> Candidates, bool Published);
}
