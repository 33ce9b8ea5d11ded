using System.Collections.Concurrent;
using System.Diagnostics;
using ArchiveService.Testing;
using Npgsql;
using NpgsqlTypes;
using static ArchiveService.EventStore.Tests.Scenarios;

namespace ArchiveService.EventStore.Tests;

/// <summary>
/// The short form of the store's soak: appenders that roll back, roll back to savepoints, stall and are killed, COPY and plain SQL writers, readers
/// that lose their sessions, and a foreign transaction that stays open all the while.
/// </summary>
public sealed class A_log_written_by_many_at_once : IAsyncLifetime
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(6);

    private readonly ConcurrentDictionary<string, int> failures = new(StringComparer.Ordinal);
    private readonly long start = Stopwatch.GetTimestamp();
    private TestDatabase database = null!;
    private NpgsqlDataSource db = null!;
    private PostgresEventStore store = null!;
    private int streams;

    public async Task InitializeAsync()
    {
        database = await PostgresServer.NewDatabase();
        db = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.Connections.Writer) { MaxPoolSize = 40 }.ConnectionString);
        store = new(db, StoreFixture.Types);
    }

    public async Task DisposeAsync()
    {
        await db.DisposeAsync();
        await database.DisposeAsync();
    }

    [Fact]
    public async Task is_read_whole_once_and_in_order()
    {
        await using var foreign = await database.Superuser.OpenConnectionAsync();
        await using var idle = await foreign.BeginTransactionAsync();
        await using (var work = new NpgsqlCommand("create table public.foreign_work (n int); insert into public.foreign_work values (1)", foreign, idle)) await work.ExecuteNonQueryAsync();

        using var finish = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(n => Task.Run(() => ReadUntilFinished(n, () => finish.IsCancellationRequested))).ToArray();
        await Task.WhenAll(
            [
                .. Enumerable.Range(0, 4).Select(n => Writer(n, PlainAppend)),
                .. Enumerable.Range(4, 3).Select(n => Writer(n, LongTransaction)),
                Writer(7, Copy), Writer(8, PlainSql), Writer(9, PlainSql), Killer(),
            ]);
        await finish.CancelAsync();
        var seen = await Task.WhenAll(readers);

        var committed = await db.Scalar<long[]>("select array_agg(seq_id order by seq_id) from archive.mt_events");
        Assert.Empty(failures);
        Assert.True(committed.Length > 500, $"Only {committed.Length} events were committed.");
        Assert.True(committed[^1] > committed.Length, "Not one append was rolled back.");
        Assert.All(seen, numbers => Assert.Equal(committed, numbers));
    }

    private async Task<List<long>> ReadUntilFinished(int seed, Func<bool> finished)
    {
        var dice = new Random(1000 + seed);
        var seen = new List<long>();
        await using var reader = new HoleSafeReader(db, StoreFixture.Types);
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
        while (Stopwatch.GetElapsedTime(start) < Length)
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
        await store.Append(
            [.. Enumerable.Range(0, dice.Next(1, 5)).Select(_ => New().To(ExpectedVersion.NewStream, Counted(1), Counted(2)))], Nobody,
            dice.Next(5) == 0 ? [new("select 1/0")] : null);

    private async Task LongTransaction(Random dice)
    {
        await using var connection = await db.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        for (var step = dice.Next(1, 4); step > 0; step--)
        {
            await using (var mark = new NpgsqlCommand("savepoint s", connection, transaction)) await mark.ExecuteNonQueryAsync();
            await store.Append(transaction, [New().To(ExpectedVersion.NewStream, Counted(1))], Nobody);
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

    private async Task Copy(Random dice)
    {
        await using var connection = await db.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var count = dice.Next(1, 30);
        var stream = New();
        await using (var create = new NpgsqlCommand($"insert into archive.mt_streams (id, type, version) values ('{stream}', 'thing', {count})", connection, transaction)) await create.ExecuteNonQueryAsync();
        long[] numbers;
        await using (var draw = new NpgsqlCommand($"select array_agg(nextval('archive.mt_events_sequence')) from generate_series(1, {count})", connection, transaction)) numbers = (long[])(await draw.ExecuteScalarAsync())!;
        await Task.Delay(dice.Next(0, 20));
        await using (var copy = await connection.BeginBinaryImportAsync("copy archive.mt_events (seq_id, id, stream_id, version, data, type, timestamp) from stdin (format binary)"))
        {
            for (var n = 0; n < count; n++)
            {
                await copy.StartRowAsync();
                await copy.WriteAsync(numbers[n], NpgsqlDbType.Bigint);
                await copy.WriteAsync(Guid.CreateVersion7(DateTimeOffset.UnixEpoch), NpgsqlDbType.Uuid);
                await copy.WriteAsync(stream, NpgsqlDbType.Uuid);
                await copy.WriteAsync(n + 1L, NpgsqlDbType.Bigint);
                await copy.WriteAsync("""{"number":1}""", NpgsqlDbType.Jsonb);
                await copy.WriteAsync("thing_counted", NpgsqlDbType.Varchar);
                await copy.WriteAsync(DateTimeOffset.UnixEpoch, NpgsqlDbType.TimestampTz);
            }

            await copy.CompleteAsync();
        }

        if (dice.Next(3) == 0) await transaction.RollbackAsync();
        else await transaction.CommitAsync();
    }

    private async Task PlainSql(Random dice)
    {
        await using var command = db.CreateCommand(Reading_all_events.PlainInsert(New()) + (dice.Next(4) == 0 ? "; select 1/0" : ""));
        await command.ExecuteNonQueryAsync();
        await Task.Delay(dice.Next(0, 10));
    }

    /// <summary>Ends sessions of writers and readers alike, at any moment.</summary>
    private async Task Killer()
    {
        while (Stopwatch.GetElapsedTime(start) < Length)
        {
            await Task.Delay(300);
            await database.Superuser.Run("""
                select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and usename = 'archive_writer' order by random() limit 3
                """);
        }
    }

    private Guid New() => Stream(Interlocked.Increment(ref streams));
}
