using ArchiveService.EventStore;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Rebuild;

/// <summary>Rows of one table in both, and whether they are the same rows.</summary>
public sealed record TableCompared(string Table, long Rows, long RowsBeside, bool Same);

/// <summary>What a rebuild came to.</summary>
/// <param name="UpTo">The event up to which both were compared.</param>
/// <param name="Tables">Each table of the view.</param>
/// <param name="Switched">People now read the rows that were built anew.</param>
public sealed record Rebuilt(long UpTo, IReadOnlyList<TableCompared> Tables, bool Switched)
{
    public bool Same => Tables.All(t => t.Same);
}

/// <summary>A row that stands otherwise than the log says, or does not stand on one of the sides.</summary>
/// <param name="Id">The row's.</param>
/// <param name="Columns">The columns that differ; none where the whole row is too much or missing.</param>
/// <param name="InUse">It stands in the view that people read.</param>
/// <param name="InLog">It stands in the view built from the log.</param>
public sealed record RowDiffering(string Table, Guid Id, IReadOnlyList<string> Columns, bool InUse, bool InLog);

/// <summary>The views held against the log: each table, the rows that differ (some of them, where there are many), and how many there are.</summary>
public sealed record ViewsCompared(long UpTo, IReadOnlyList<TableCompared> Tables, IReadOnlyList<RowDiffering> Differing, IReadOnlyDictionary<string, long> HowMany);

/// <summary>The views in use were folded by another build: there is nothing to hold against them until they are built anew.</summary>
public sealed class ViewsOfAnotherBuild() : Exception("The views in use were written by another build. ./run rebuild builds them anew.");

/// <summary>Somebody else is at it.</summary>
public sealed class RebuildRunning() : Exception("A rebuild is running already, here or on another node. Wait until it has ended.");

/// <summary>A projection met an event that it could not take.</summary>
public sealed class RebuildStopped(ProjectionStatus at)
    : Exception($"The projection {at.Name} stopped at event {at.StoppedAt}: {at.LastError}. The views in use stay as they are; mend the cause and begin again.");

/// <summary>
/// Builds the views anew beside the ones people read, compares the two at one event, and switches in an instant: readers never see a half-built view
/// and are never held up (docs/adr/0008). Broken off at any moment it leaves the old views as they were.
/// </summary>
public sealed class RebuildViews(Databases databases, SealedLog log, EventTypes types)
{
    public static IReadOnlyList<string> Compared { get; } =
        ["all_records", "all_versions", "all_acts", "all_diary", "diary_public", "all_cases", "all_case_documents", "case_titles_public", "channel_register", "all_accounts", "all_account_names", "all_deeds"];

    public static IReadOnlyList<string> Tables { get; } =
    [
        .. Compared, "record_view", "record_view_secret", "record_versions", "record_versions_secret", "record_acts", "record_acts_secret", "diary", "diary_secret",
        "case_view", "case_view_secret", "case_documents", "case_documents_secret", "account_view", "account_view_secret", "account_names", "account_names_secret", "deeds", "deeds_secret",
    ];

    public static IReadOnlyList<string> Functions { get; } = ["publish_diary", "publish_case_titles", "publish_case_documents", "place_accounts", "place_cases", "place_case_documents", "place_records", "forget_records", "forget_accounts", "forget_cases", "lock_records"];

    /// <summary>So many rows of a table are named; the rest are counted.</summary>
    public const int MostNamed = 20;

    private static readonly Dictionary<string, string> Ids = new(StringComparer.Ordinal)
    {
        ["all_records"] = "record_id",
        ["all_versions"] = "event_id",
        ["all_acts"] = "event_id",
        ["all_diary"] = "entry_id",
        ["diary_public"] = "entry_id",
        ["all_cases"] = "case_id",
        ["all_case_documents"] = "entry_id",
        ["case_titles_public"] = "case_id",
        ["channel_register"] = "channel_id",
        ["all_accounts"] = "account_id",
        ["all_account_names"] = "event_id",
        ["all_deeds"] = "event_id",
    };

    private const string Turn = "archive:rebuild";
    private const int PageSize = 2000;

    private readonly RecordViewProjection live = new(log);
    private readonly RecordViewProjection beside = new(log, RecordViewProjection.Beside);

    /// <param name="acceptDifferences">Switch also when the new rows differ: after a change of the fold, or to mend a view that had been altered by hand.</param>
    /// <param name="progress">Events done, and events in the log.</param>
    /// <param name="ct">Breaks off; nothing has changed then.</param>
    /// <exception cref="RebuildRunning">Another rebuild has not ended.</exception>
    public Task<Rebuilt> Run(bool acceptDifferences, IProgress<(long Done, long Of)>? progress, CancellationToken ct) => Beside<Rebuilt>(
        async turn =>
        {
            if (await IsOfAnotherVersion(ct)) return await Replace(turn, progress, ct);
            await CatchUp([live, beside], progress, ct);
            await using var session = await databases.Writer.OpenConnectionAsync(ct);
            try
            {
                var (upTo, tables, _, _) = await Compare(session, named: false, ct);
                if (!acceptDifferences && tables.Any(t => !t.Same)) return new(upTo, tables, Switched: false);

                await CatchUp([live, beside], progress, ct);
                await Switch(turn, session, Level, ct);
                return new(upTo, tables, Switched: true);
            }
            finally
            {
                // A pooled session would keep the lock until somebody used it again.
                await Do(session, "select pg_advisory_unlock_all()", CancellationToken.None);
            }
        },
        ct);

    /// <summary>Builds the views anew, holds those in use against them, text by text, and throws the new ones away: nobody's reading changes.</summary>
    /// <exception cref="RebuildRunning">A rebuild has not ended.</exception>
    /// <exception cref="ViewsOfAnotherBuild">There is nothing to compare.</exception>
    /// <exception cref="RebuildStopped">The log holds something that the views cannot take.</exception>
    public Task<ViewsCompared> HoldAgainstLog(CancellationToken ct) => Beside<ViewsCompared>(
        async _ =>
        {
            if (await IsOfAnotherVersion(ct)) throw new ViewsOfAnotherBuild();
            await CatchUp([live, beside], null, ct);
            await using var session = await databases.Writer.OpenConnectionAsync(ct);
            try
            {
                return await Compare(session, named: true, ct);
            }
            finally
            {
                await Do(session, "select pg_advisory_unlock_all()", CancellationToken.None);
            }
        },
        ct);

    /// <summary>Whatever is done with tables beside, under the one lock, and taken away after.</summary>
    private async Task<T> Beside<T>(Func<NpgsqlConnection, Task<T>> act, CancellationToken ct)
    {
        await using var turn = await databases.Owner.OpenConnectionAsync(ct);
        if (!await Take(turn, ct)) throw new RebuildRunning();
        try
        {
            await Apart(turn, "select archive.build_views_beside($1, $2)", ct, Tables.ToArray(), Functions.ToArray());
            return await act(turn);
        }
        finally
        {
            await Apart(turn, "select archive.drop_views_beside()", CancellationToken.None);
            await Do(turn, "delete from archive.projection_stops where name = $1", CancellationToken.None, beside.Checkpoint);
            await Do(turn, "select pg_advisory_unlock_all()", CancellationToken.None);
        }
    }

    /// <summary>Takes away what a rebuild left that was killed; nothing when one is running.</summary>
    public async Task ClearAway(CancellationToken ct)
    {
        await using var turn = await databases.Owner.OpenConnectionAsync(ct);
        if (!await Take(turn, ct)) return;
        await Apart(turn, "select archive.drop_views_beside()", ct);
        await Do(turn, "select pg_advisory_unlock_all()", ct);
    }

    /// <summary>Whether the views in use were written by a build that folds otherwise; false when there are none yet.</summary>
    public async Task<bool> IsOfAnotherVersion(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select exists (select from archive.mt_event_progression where name like 'archive:' || $2 || ':v%')
               and not exists (select from archive.mt_event_progression where name = $1)
            """);
        query.Parameters.Add(new() { Value = live.Checkpoint });
        query.Parameters.Add(new() { Value = RecordViewProjection.ProjectionName });
        return (bool)(await query.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Reads on, leading where nobody leads, until both have come to the present end of the log.</summary>
    private async Task CatchUp(IReadOnlyList<Projection> both, IProgress<(long Done, long Of)>? progress, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var worker = new ProjectionWorker(databases.Writer, types, both, new() { PageSize = PageSize });
        var running = worker.Run(stop.Token);
        try
        {
            var head = (await worker.Status(ct))[0].HeadSequence;
            while (true)
            {
                var status = await worker.Status(ct);
                if (status.FirstOrDefault(p => p.State == ProjectionState.Stopped) is { } stopped)
                    throw new RebuildStopped(stopped);
                progress?.Report((Math.Min(head, status[^1].Position), head));
                if (status.All(p => p.Position >= head)) return;
                await Task.Delay(100, ct);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await running;
        }
    }

    private async Task<ViewsCompared> Compare(NpgsqlConnection session, bool named, CancellationToken ct)
    {
        var upTo = await Level(session, ct);
        await using var snapshot = await session.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);

        // The first statement takes the snapshot, then lets the projection and the commands go on; the comparison has all the time it needs.
        await Do(session, "select pg_advisory_unlock($1)", ct, Walls.LockKey);
        var compared = new List<TableCompared>();
        var differing = new List<RowDiffering>();
        var howMany = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var table in Compared)
        {
            var (rows, digest) = await Digest(session, RecordViewProjection.Live, table, ct);
            var (rowsBeside, digestBeside) = await Digest(session, RecordViewProjection.Beside, table, ct);
            compared.Add(new(table, rows, rowsBeside, rows == rowsBeside && digest == digestBeside));
            if (named && !compared[^1].Same) howMany[table] = await Differing(session, table, differing, ct);
        }

        return new(upTo, compared, differing, howMany);
    }

    /// <summary>Names rows that differ, by id and column and never by what they say, and counts them all. The server sorts and joins hashes on its disk, so neither side need fit in memory.</summary>
    private static async Task<long> Differing(NpgsqlConnection session, string table, List<RowDiffering> into, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand($"""
            with differing as (
              select coalesce(a.id, b.id) as id
              from (select {Ids[table]} as id, md5(t::text) as hash from {RecordViewProjection.Live}.{table} t) a
              full join (select {Ids[table]} as id, md5(t::text) as hash from {RecordViewProjection.Beside}.{table} t) b using (id, hash)
              where a.hash is null or b.hash is null group by 1
            )
            select d.id, d.many, d.in_use, d.in_log,
                   array(select distinct said.key from (
                     (select e.key, e.value from {RecordViewProjection.Live}.{table} t cross join lateral jsonb_each_text(to_jsonb(t)) e where t.{Ids[table]} = d.id
                      except all select e.key, e.value from {RecordViewProjection.Beside}.{table} t cross join lateral jsonb_each_text(to_jsonb(t)) e where t.{Ids[table]} = d.id)
                     union all
                     (select e.key, e.value from {RecordViewProjection.Beside}.{table} t cross join lateral jsonb_each_text(to_jsonb(t)) e where t.{Ids[table]} = d.id
                      except all select e.key, e.value from {RecordViewProjection.Live}.{table} t cross join lateral jsonb_each_text(to_jsonb(t)) e where t.{Ids[table]} = d.id)) said
                     where d.in_use and d.in_log order by 1)
            from (select x.id, (select count(*) from differing) as many,
                    exists (select from {RecordViewProjection.Live}.{table} t where t.{Ids[table]} = x.id) as in_use, exists (select from {RecordViewProjection.Beside}.{table} t where t.{Ids[table]} = x.id) as in_log
                  from (select id from differing order by id limit {MostNamed}) x) d
            """, session)
        { CommandTimeout = 0 };
        var many = 0L;
        await using var row = await query.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
        {
            many = row.GetInt64(1);
            into.Add(new(table, row.GetGuid(0), row.GetFieldValue<string[]>(4), row.GetBoolean(2), row.GetBoolean(3)));
        }

        return many;
    }

    /// <summary>The sum of the rows' hashes: the same rows in any order give the same.</summary>
    public static async Task<(long Rows, string Digest)> Digest(NpgsqlConnection session, string schema, string table, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand(
            $"select count(*), coalesce(sum(('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint), 0)::text from {schema}.{table} t", session)
        { CommandTimeout = 0 };
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetInt64(0), row.GetString(1));
    }

    /// <summary>The views in use are another build's: nobody writes them any more, and there is nothing to compare.</summary>
    private async Task<Rebuilt> Replace(NpgsqlConnection turn, IProgress<(long Done, long Of)>? progress, CancellationToken ct)
    {
        await CatchUp([beside], progress, ct);
        await using var session = await databases.Writer.OpenConnectionAsync(ct);
        var upTo = await Switch(turn, session, Hold, ct);
        return new(upTo, [], Switched: true);
    }

    private async Task<long> Hold(NpgsqlConnection session, CancellationToken ct)
    {
        await Do(session, "select pg_advisory_lock($1)", ct, Walls.LockKey);
        return await Position(session, beside, ct);
    }

    /// <param name="level">Takes the lock and says up to which event the rows beside have come.</param>
    private async Task<long> Switch(NpgsqlConnection turn, NpgsqlConnection session, Func<NpgsqlConnection, CancellationToken, Task<long>> level, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var upTo = await level(session, ct);
            try
            {
                await using var transaction = await turn.BeginTransactionAsync(ct);

                // Readers that come while it waits for one that is still reading wait behind it: rather try again. And sooner than the server looks
                // for deadlocks (1 s): with a reader of several tables there can be one, and it must not be the reader that loses.
                await Do(turn, "set local statement_timeout = '400ms'", ct);
                await Do(turn, $"lock table {string.Join(", ", Tables.Select(table => $"{RecordViewProjection.Live}.{table}"))} in access exclusive mode", ct);
                await Do(turn, "set local statement_timeout = 0", ct);
                await Do(turn, "select archive.switch_views($1)", ct, [Tables.ToArray()]);

                // Levelled with those in use, the position is theirs already. Its row may not be touched: a page of the projection holds it while it
                // waits for the lock that is held here.
                if (level == Hold) await Do(turn, "insert into archive.mt_event_progression (name, last_seq_id) values ($1, $2)", ct, live.Checkpoint, upTo);
                await transaction.CommitAsync(CancellationToken.None);
                return upTo;
            }
            catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.QueryCanceled && !ct.IsCancellationRequested && attempt < 100)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(50, 300)), ct);
            }
            finally
            {
                await Do(session, "select pg_advisory_unlock($1)", CancellationToken.None, Walls.LockKey);
            }
        }
    }

    /// <summary>
    /// Brings the rows beside exactly to where the others stand, and returns holding the lock without which neither can move: no page of the
    /// projection and no command that moves or destroys rows commits until it is given back.
    /// </summary>
    private async Task<long> Level(NpgsqlConnection session, CancellationToken ct)
    {
        await using var reader = new HoleSafeReader(databases.Writer, types);
        while (true)
        {
            await Do(session, "select pg_advisory_lock($1)", ct, Walls.LockKey);
            var (there, here) = (await Position(session, live, ct), await Position(session, beside, ct));
            if (here <= there)
            {
                while (here < there) here = await Fold(session, reader, here, there, ct);
                return there;
            }

            await Do(session, "select pg_advisory_unlock($1)", ct, Walls.LockKey);
            await CatchUp([live, beside], null, ct);
        }
    }

    private async Task<long> Fold(NpgsqlConnection session, HoleSafeReader reader, long after, long upTo, CancellationToken ct)
    {
        var page = await reader.Read(after, PageSize, ct);
        var events = page.Events.Where(e => e.Sequence <= upTo).ToList();
        var done = events.Count == page.Events.Count && page.Events.Count == PageSize ? page.UpTo : upTo;
        await using var transaction = await session.BeginTransactionAsync(ct);
        await beside.Write(transaction, events, ct);
        await Do(session, "update archive.mt_event_progression set last_seq_id = $2 where name = $1", ct, beside.Checkpoint, done);
        await transaction.CommitAsync(ct);
        return done;
    }

    private static async Task<long> Position(NpgsqlConnection session, Projection projection, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand("select coalesce((select last_seq_id from archive.mt_event_progression where name = $1), 0)", session);
        query.Parameters.Add(new() { Value = projection.Checkpoint });
        return (long)(await query.ExecuteScalarAsync(ct))!;
    }

    private static async Task<bool> Take(NpgsqlConnection turn, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock(hashtextextended($1, 0))", turn);
        command.Parameters.Add(new() { Value = Turn });
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>While no command moves rows in both: one that had seen the tables beside, and not yet the functions, would fail.</summary>
    private static async Task Apart(NpgsqlConnection session, string sql, CancellationToken ct, params object[] values)
    {
        await Do(session, "select pg_advisory_lock($1)", ct, Walls.LockKey);
        try
        {
            await Do(session, sql, ct, values);
        }
        finally
        {
            await Do(session, "select pg_advisory_unlock($1)", CancellationToken.None, Walls.LockKey);
        }
    }

    private static async Task Do(NpgsqlConnection session, string sql, CancellationToken ct, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, session) { CommandTimeout = 0 };
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(ct);
    }
}
