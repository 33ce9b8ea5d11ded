using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using ArchiveService.EventStore;
using ArchiveService.Hosting.Embedded;
using Npgsql;

namespace ArchiveService.Testing;

[EventName("soak_written")]
public sealed record SoakWritten(long Number);

/// <summary>What a soak came to.</summary>
/// <param name="Committed">Sequence numbers in the log, in order.</param>
/// <param name="Highest">The highest number drawn: what is between is holes.</param>
/// <param name="Seen">What each reader saw, in the order it saw it.</param>
/// <param name="Failures">Errors that are nobody's purpose, with how often each came.</param>
/// <param name="Passed">How long after its writer had ended a hole was passed, of those that could be timed.</param>
/// <param name="Dumps">How many dumps of the whole database were taken meanwhile.</param>
/// <param name="Processes">How many writing processes were killed with -9.</param>
public sealed record Soaked(
    IReadOnlyList<long> Committed, long Highest, IReadOnlyList<IReadOnlyList<long>> Seen, IReadOnlyDictionary<string, int> Failures, IReadOnlyList<TimeSpan> Passed, int Dumps, int Processes);

/// <summary>
/// Everything that is bad for a log at once: appenders that roll back, roll back to savepoints, stall, are ended by the server or killed as
/// processes, COPY and plain SQL writers, readers that lose their sessions, dumps, and a foreign transaction that stays open all the while.
/// </summary>
public sealed class StoreSoak : IAsyncDisposable
{
    private static readonly EventTypes Types = new(typeof(StoreSoak).Assembly);

    private readonly ConcurrentDictionary<string, int> failures = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<TimeSpan> passed = [];
    private readonly TestDatabase database;
    private readonly NpgsqlDataSource db;
    private readonly PostgresEventStore store;
    private readonly PostgresBinaries binaries;
    private readonly TimeSpan length;
    private long start;
    private int dumps;
    private int processes;

    private StoreSoak(TestDatabase database, PostgresBinaries binaries, TimeSpan length)
    {
        (this.database, this.binaries, this.length) = (database, binaries, length);
        db = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.Connections.Writer) { MaxPoolSize = 40 }.ConnectionString);
        store = new(db, Types);
    }

    private bool Over => Stopwatch.GetElapsedTime(start) >= length;

    /// <param name="length">How long writers write.</param>
    public static async Task<Soaked> Run(TimeSpan length)
    {
        await using var database = await PostgresServer.NewDatabase();
        await using var soak = new StoreSoak(database, await PostgresBinaries.Find(null, default), length);
        return await soak.Run();
    }

    public ValueTask DisposeAsync() => db.DisposeAsync();

    private async Task<Soaked> Run()
    {
        await using var foreign = await database.Superuser.OpenConnectionAsync();
        await using var idle = await foreign.BeginTransactionAsync();
        await using (var work = new NpgsqlCommand("create table public.foreign_work (n int); insert into public.foreign_work values (1)", foreign, idle)) await work.ExecuteNonQueryAsync();

        start = Stopwatch.GetTimestamp();
        using var finish = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(n => Task.Run(() => ReadUntilFinished(n, () => finish.IsCancellationRequested))).ToArray();
        await Task.WhenAll(
            [
                .. Enumerable.Range(0, 4).Select(n => Writer(n, PlainAppend)),
                .. Enumerable.Range(4, 3).Select(n => Writer(n, LongTransaction)),
                Writer(7, Bulk), Writer(8, PlainSql), Writer(9, PlainSql), Killer(), ProcessKiller(), Dumper(), HoleTimer(),
            ]);
        await finish.CancelAsync();
        var seen = await Task.WhenAll(readers);

        await using var query = database.Superuser.CreateCommand("select array_agg(seq_id order by seq_id), (select last_value from archive.mt_events_sequence) from archive.mt_events");
        await using var row = await query.ExecuteReaderAsync();
        await row.ReadAsync();
        return new(row.GetFieldValue<long[]>(0), row.GetInt64(1), seen, failures, [.. passed], dumps, processes);
    }

    private async Task<IReadOnlyList<long>> ReadUntilFinished(int seed, Func<bool> finished)
    {
        var dice = new Random(1000 + seed);
        var seen = new List<long>();
        await using var reader = new HoleSafeReader(db, Types);
        var last = false;
        while (true)
        {
            try
            {
                var page = await reader.Read(seen.LastOrDefault(), dice.Next(1, 200));
                seen.AddRange(page.Events.Select(e => e.Sequence));
                if (page.CaughtUp && last) return seen;

                // One more round after the writers are done: what they committed is visible then.
                last = page.CaughtUp && finished();
                if (page.Events.Count == 0 && !last) await Task.Delay(2);
            }
            catch (NpgsqlException)
            {
                // Killed: it starts over from the same position.
            }
        }
    }

    private Task Writer(int seed, Func<Random, Task> write) => Task.Run(async () =>
    {
        var dice = new Random(seed);
        while (!Over)
        {
            try
            {
                await write(dice);
            }
            catch (PostgresException error) when (error.SqlState is "57P01" or "22012")
            {
                // Killed, or rolled back on purpose by a division by zero.
            }
            catch (PostgresException error)
            {
                failures.AddOrUpdate($"{error.SqlState} {error.MessageText}", 1, (_, n) => n + 1);
            }
            catch (NpgsqlException)
            {
                // Killed between two commands.
            }
        }
    });

    private async Task PlainAppend(Random dice) =>
        await store.Append([.. Enumerable.Range(0, dice.Next(1, 5)).Select(_ => New(2))], new(), dice.Next(5) == 0 ? [new("select 1/0")] : null);

    private async Task Bulk(Random dice)
    {
        await store.AppendNew([.. Enumerable.Range(0, dice.Next(1, 30)).Select(_ => New(dice.Next(1, 5)))], new(), dice.Next(3) == 0 ? [new("select 1/0")] : null);
        await Task.Delay(dice.Next(0, 20));
    }

    private async Task LongTransaction(Random dice)
    {
        await using var connection = await db.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        for (var step = dice.Next(1, 4); step > 0; step--)
        {
            await using (var mark = new NpgsqlCommand("savepoint s", connection, transaction)) await mark.ExecuteNonQueryAsync();
            await store.Append(transaction, [New(1)], new());
            if (dice.Next(3) == 0)
            {
                await using var back = new NpgsqlCommand("rollback to s", connection, transaction);
                await back.ExecuteNonQueryAsync();
            }

            await Task.Delay(dice.Next(4) == 0 ? dice.Next(50, 250) : dice.Next(0, 5));
        }

        if (dice.Next(4) == 0) await transaction.RollbackAsync();
        else await transaction.CommitAsync();
    }

    private async Task PlainSql(Random dice)
    {
        await using var command = db.CreateCommand(PlainInsert(Guid.CreateVersion7()) + (dice.Next(4) == 0 ? "; select 1/0" : ""));
        await command.ExecuteNonQueryAsync();
        await Task.Delay(dice.Next(0, 10));
    }

    /// <summary>Ends sessions of writers and readers alike, at any moment.</summary>
    private async Task Killer()
    {
        while (!Over)
        {
            await Task.Delay(300);
            await using var kill = database.Superuser.CreateCommand("""
                select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and usename = 'archive_writer' order by random() limit 3
                """);
            await kill.ExecuteNonQueryAsync();
        }
    }

    /// <summary>A writing process that is killed in the middle of its append.</summary>
    private async Task ProcessKiller()
    {
        var dice = new Random(11);
        while (!Over)
        {
            using var psql = Process.Start(Program(binaries, "psql", database.Connections.Writer, "-qc", $"begin; {PlainInsert(Guid.CreateVersion7())}; select pg_sleep({(dice.Next(2) == 0 ? "0" : "30")}); commit"))!;
            await Task.Delay(dice.Next(20, 200));
            psql.Kill();
            await psql.WaitForExitAsync();
            processes++;
            await Task.Delay(150);
        }
    }

    private async Task Dumper()
    {
        while (!Over)
        {
            using var dump = Process.Start(Program(binaries, "pg_dump", database.SuperuserConnection, "--file", "/dev/null"))!;
            await dump.WaitForExitAsync();
            if (dump.ExitCode != 0) failures.AddOrUpdate($"pg_dump ended with {dump.ExitCode}", 1, (_, n) => n + 1);
            dumps++;
            await Task.Delay(500);
        }
    }

    /// <summary>Makes a hole, lets its writer end, and times a reader of its own until the hole is passed, alone with the foreign transaction and whoever else is appending.</summary>
    private async Task HoleTimer()
    {
        while (!Over)
        {
            try
            {
                await using var connection = await db.OpenConnectionAsync();
                await using var transaction = await connection.BeginTransactionAsync();
                await store.Append(transaction, [New(1)], new());
                await using var last = new NpgsqlCommand("select currval('archive.mt_events_sequence')", connection, transaction);
                var hole = (long)(await last.ExecuteScalarAsync())!;
                await store.Append([New(1)], new());
                await using var reader = new HoleSafeReader(db, Types);
                await reader.Read(hole - 1, 10);
                await transaction.RollbackAsync();
                var ended = Stopwatch.GetTimestamp();
                while ((await reader.Read(hole - 1, 10)).UpTo < hole && Stopwatch.GetElapsedTime(ended) < TimeSpan.FromSeconds(5)) await Task.Delay(2);
                passed.Add(Stopwatch.GetElapsedTime(ended));
            }
            catch (NpgsqlException)
            {
                // Killed, as the others are.
            }

            await Task.Delay(100);
        }
    }

    public static ProcessStartInfo Program(PostgresBinaries binaries, string name, string connection, params string[] arguments)
    {
        var to = new NpgsqlConnectionStringBuilder(connection);
        return new(binaries[name], arguments)
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment =
            {
                ["PGHOST"] = to.Host, ["PGPORT"] = to.Port.ToString(CultureInfo.InvariantCulture), ["PGUSER"] = to.Username, ["PGPASSWORD"] = to.Password, ["PGDATABASE"] = to.Database,
            },
        };
    }

    internal static StreamChange New(int events) =>
        new(Guid.CreateVersion7(), "soak", ExpectedVersion.NewStream, [.. Enumerable.Range(0, events).Select(n => new NewEvent(Guid.CreateVersion7(), new SoakWritten(n)))]);

    private static string PlainInsert(Guid stream) => $$"""
        insert into archive.mt_streams (id, type, version) values ('{{stream}}', 'soak', 1);
        insert into archive.mt_events (seq_id, id, stream_id, version, data, type, timestamp)
        values (nextval('archive.mt_events_sequence'), gen_random_uuid(), '{{stream}}', 1, '{"number":1}', 'soak_written', now())
        """;
}
