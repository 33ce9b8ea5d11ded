using System.Diagnostics;
using ArchiveService.Testing;
using Npgsql;
using static ArchiveService.EventStore.Tests.Scenarios;

namespace ArchiveService.EventStore.Tests;

/// <summary>Each test reads a whole log, so each has a database of its own.</summary>
public sealed class Reading_all_events : IAsyncLifetime
{
    private TestDatabase database = null!;
    private PostgresEventStore store = null!;
    private HoleSafeReader reader = null!;

    public async Task InitializeAsync()
    {
        database = await PostgresServer.NewDatabase();
        store = new(database.Writer, StoreFixture.Types);
        reader = new(database.Writer, StoreFixture.Types);
    }

    public async Task DisposeAsync()
    {
        await reader.DisposeAsync();
        await database.DisposeAsync();
    }

    [Fact]
    public async Task of_an_empty_log_is_caught_up()
    {
        var page = await reader.Read(0, 10);

        Assert.Empty(page.Events);
        Assert.Equal((0, true, false), (page.UpTo, page.CaughtUp, page.WaitsAtHole));
    }

    [Fact]
    public async Task goes_page_by_page()
    {
        await store.MustAppend(Enumerable.Range(1, 5).Select(n => Stream(n).To(ExpectedVersion.NewStream, Counted(n))).ToArray());

        var first = await reader.Read(0, 3);
        var second = await reader.Read(first.UpTo, 3);

        Assert.Equal([1L, 2L, 3L], first.Events.Select(e => e.Sequence));
        Assert.False(first.CaughtUp);
        Assert.Equal([4L, 5L], second.Events.Select(e => e.Sequence));
        Assert.Equal((5, true), (second.UpTo, second.CaughtUp));
    }

    [Fact]
    public async Task passes_numbers_of_a_rolled_back_append_at_once()
    {
        await store.MustAppend(Stream(1).To(ExpectedVersion.NewStream, Counted(1)));
        await Assert.ThrowsAsync<PostgresException>(() => store.Append([Stream(2).To(ExpectedVersion.NewStream, Counted(1), Counted(2))], Nobody, [new("select 1/0")]));
        await store.MustAppend(Stream(3).To(ExpectedVersion.NewStream, Counted(1)));

        var page = await reader.Read(1, 10);

        Assert.Equal([4L], page.Events.Select(e => e.Sequence));
        Assert.Equal((4, true), (page.UpTo, page.CaughtUp));
    }

    [Fact]
    public async Task waits_for_an_appender_that_has_not_committed_and_then_shows_it_first()
    {
        await using var slow = await OpenAppend(Stream(1));
        await store.MustAppend(Stream(2).To(ExpectedVersion.NewStream, Counted(2)));

        for (var i = 0; i < 5; i++)
        {
            var held = await reader.Read(0, 10);
            Assert.True(held.WaitsAtHole);
            Assert.Equal(0, held.UpTo);
        }

        await slow.Transaction.CommitAsync();
        var page = await reader.Read(0, 10);

        Assert.Equal([1L, 2L], page.Events.Select(e => e.Sequence));
    }

    [Fact]
    public async Task shows_what_lies_before_the_hole_meanwhile()
    {
        await store.MustAppend(Stream(1).To(ExpectedVersion.NewStream, Counted(1)));
        await using var slow = await OpenAppend(Stream(2));
        await store.MustAppend(Stream(3).To(ExpectedVersion.NewStream, Counted(3)));

        var page = await reader.Read(0, 10);

        Assert.Equal([1L], page.Events.Select(e => e.Sequence));
        Assert.Equal((1, false, false), (page.UpTo, page.CaughtUp, page.WaitsAtHole));
    }

    [Fact]
    public async Task passes_a_hole_within_milliseconds_after_its_writer_ended()
    {
        await using var slow = await OpenAppend(Stream(1));
        await store.MustAppend(Stream(2).To(ExpectedVersion.NewStream, Counted(2)));
        Assert.True((await reader.Read(0, 10)).WaitsAtHole);

        await slow.Transaction.RollbackAsync();
        var ended = Stopwatch.GetTimestamp();
        LogPage page;
        while ((page = await reader.Read(0, 10)).WaitsAtHole) await Task.Delay(5);

        Assert.Equal([2L], page.Events.Select(e => e.Sequence));
        Assert.True(Stopwatch.GetElapsedTime(ended) < TimeSpan.FromSeconds(2), "a hole costs milliseconds, not a threshold");
    }

    [Fact]
    public async Task is_not_held_up_by_a_foreign_transaction_a_dump_or_a_reader_of_the_sequence()
    {
        await using var foreign = await database.Superuser.OpenConnectionAsync();
        await using var idle = await foreign.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        await using (var touch = new NpgsqlCommand("""
            create table public.foreign_work (n int); insert into public.foreign_work values (1);
            select * from archive.mt_events; select last_value from archive.mt_events_sequence
            """, foreign, idle)) await touch.ExecuteNonQueryAsync();
        await Assert.ThrowsAsync<PostgresException>(() => store.Append([Stream(1).To(ExpectedVersion.NewStream, Counted(1))], Nobody, [new("select 1/0")]));
        await store.MustAppend(Stream(2).To(ExpectedVersion.NewStream, Counted(2)));

        var page = await reader.Read(0, 10);

        Assert.Equal([2L], page.Events.Select(e => e.Sequence));
    }

    [Fact]
    public async Task waits_for_a_writer_that_rolled_back_only_to_a_savepoint()
    {
        // The savepoint's number is dead, but the transaction may insert another: it counts until its top transaction ends.
        await using var slow = await OpenAppend(Stream(1), "savepoint s");
        await slow.Run("rollback to s");
        await slow.Append(Stream(1));
        await store.MustAppend(Stream(2).To(ExpectedVersion.NewStream, Counted(2)));

        Assert.True((await reader.Read(0, 10)).WaitsAtHole);
        await slow.Transaction.CommitAsync();

        Assert.Equal([2L, 3L], (await reader.Read(0, 10)).Events.Select(e => e.Sequence));
    }

    [Fact]
    public async Task starts_over_after_its_session_was_lost()
    {
        await using var slow = await OpenAppend(Stream(1));
        await store.MustAppend(Stream(2).To(ExpectedVersion.NewStream, Counted(2)));
        Assert.True((await reader.Read(0, 10)).WaitsAtHole);

        await database.Superuser.Run("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'archive_writer' and state = 'idle' and datname = current_database()");
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => reader.Read(0, 10));
        Assert.True((await reader.Read(0, 10)).WaitsAtHole);
        await slow.Transaction.CommitAsync();

        Assert.Equal([1L, 2L], (await reader.Read(0, 10)).Events.Select(e => e.Sequence));
    }

    [Fact]
    public async Task makes_a_late_comer_fail_loudly_instead_of_vanishing()
    {
        // Marten's Rich mode: the number is drawn in one transaction and inserted in another.
        var reserved = await database.Writer.Scalar<long>("select nextval('archive.mt_events_sequence')");
        await store.MustAppend(Stream(2).To(ExpectedVersion.NewStream, Counted(2)));
        Assert.Equal([2L], (await reader.Read(0, 10)).Events.Select(e => e.Sequence));

        Assert.Equal("AS002", await database.Writer.StateOfRefusal(PlainInsert(Stream(1), reserved)));
        await store.MustAppend(Stream(3).To(ExpectedVersion.NewStream, Counted(3)));

        Assert.Equal([3L], (await reader.Read(2, 10)).Events.Select(e => e.Sequence));
    }

    [Fact]
    public async Task waits_for_a_late_comer_that_inserted_before_the_hole_was_passed()
    {
        var reserved = await database.Writer.Scalar<long>("select nextval('archive.mt_events_sequence')");
        await store.MustAppend(Stream(2).To(ExpectedVersion.NewStream, Counted(2)));
        await using var connection = await database.Writer.OpenConnectionAsync();
        await using var late = await connection.BeginTransactionAsync();
        await using (var insert = new NpgsqlCommand(PlainInsert(Stream(1), reserved), connection, late)) await insert.ExecuteNonQueryAsync();

        Assert.True((await reader.Read(0, 10)).WaitsAtHole);
        await late.CommitAsync();

        Assert.Equal([1L, 2L], (await reader.Read(0, 10)).Events.Select(e => e.Sequence));
    }

    [Fact]
    public async Task starts_over_when_its_session_is_lost_after_it_has_said_how_far_it_is()
    {
        var reserved = await database.Writer.Scalar<long>("select nextval('archive.mt_events_sequence')");
        await store.MustAppend(Stream(2).To(ExpectedVersion.NewStream, Counted(2)));
        await using var connection = await database.Writer.OpenConnectionAsync();
        await using var late = await connection.BeginTransactionAsync();
        await using (var insert = new NpgsqlCommand(PlainInsert(Stream(1), reserved), connection, late)) await insert.ExecuteNonQueryAsync();
        Assert.True((await reader.Read(0, 10)).WaitsAtHole);
        Assert.Equal(2L, await database.Writer.Scalar<long>("select seq_id from archive.log_passed"));

        for (var loss = 0; loss < 3; loss++)
        {
            await database.Superuser.Run("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'archive_writer' and state = 'idle' and datname = current_database()");
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => reader.Read(0, 10));
            Assert.True((await reader.Read(0, 10)).WaitsAtHole);
        }

        await late.CommitAsync();
        Assert.Equal([1L, 2L], (await reader.Read(0, 10)).Events.Select(e => e.Sequence));
    }

    [Fact]
    public async Task at_the_end_of_the_log_says_nothing_of_numbers_that_may_still_come()
    {
        await store.MustAppend(Stream(1).To(ExpectedVersion.NewStream, Counted(1)));
        await Assert.ThrowsAsync<PostgresException>(() => store.Append([Stream(2).To(ExpectedVersion.NewStream, Counted(1))], Nobody, [new("select 1/0")]));
        await using var slow = await OpenAppend(Stream(3));

        var end = await reader.Read(0, 10);
        Assert.Equal((1, true), (end.UpTo, end.CaughtUp));
        Assert.Equal((1, true, false), ((await reader.Read(1, 10)).UpTo, (await reader.Read(1, 10)).CaughtUp, (await reader.Read(1, 10)).WaitsAtHole));
        Assert.Equal(0L, await database.Writer.Scalar<long>("select seq_id from archive.log_passed"));
        await slow.Transaction.CommitAsync();

        Assert.Equal([3L], (await reader.Read(1, 10)).Events.Select(e => e.Sequence));
    }

    [Fact]
    public async Task passes_a_hundred_thousand_numbers_that_nobody_used_at_once()
    {
        await store.MustAppend(Stream(1).To(ExpectedVersion.NewStream, Counted(1)));
        await database.Writer.Run("select count(nextval('archive.mt_events_sequence')) from generate_series(1, 100000)");
        await store.MustAppend(Stream(2).To(ExpectedVersion.NewStream, Counted(2)));

        Assert.Equal([1L, 100_002L], (await reader.Read(0, 10)).Events.Select(e => e.Sequence).Concat((await reader.Read(1, 10)).Events.Select(e => e.Sequence)));
        Assert.Equal([100_002L], (await reader.Read(50_000, 10)).Events.Select(e => e.Sequence));
        Assert.True((await reader.Read(100_002, 10)).CaughtUp);
    }

    [Fact]
    public async Task begins_in_the_middle_of_a_hole_as_well_as_anywhere()
    {
        await store.MustAppend(Stream(1).To(ExpectedVersion.NewStream, Counted(1)));
        await using var slow = await OpenAppend(Stream(2));
        await slow.Append(Stream(3));
        await store.MustAppend(Stream(4).To(ExpectedVersion.NewStream, Counted(4)));

        foreach (var after in new[] { 1, 2 }) Assert.True((await reader.Read(after, 10)).WaitsAtHole);
        Assert.Equal([4L], (await reader.Read(3, 10)).Events.Select(e => e.Sequence));
        await slow.Transaction.CommitAsync();

        Assert.Equal([3L, 4L], (await reader.Read(2, 10)).Events.Select(e => e.Sequence));
    }

    [Fact]
    public async Task of_several_at_once_shows_each_of_them_the_same()
    {
        await using var second = new HoleSafeReader(database.Writer, StoreFixture.Types);
        await using var third = new HoleSafeReader(database.Writer, StoreFixture.Types);
        HoleSafeReader[] readers = [reader, second, third];
        var seen = readers.Select(_ => new List<long>()).ToArray();

        for (var round = 0; round < 40; round++)
        {
            await using var slow = await OpenAppend(Stream(10 * round));
            await store.MustAppend(Stream((10 * round) + 1).To(ExpectedVersion.NewStream, Counted(1)));
            Assert.All(await Read(), page => Assert.True(page.WaitsAtHole));
            if (round % 2 == 0) await slow.Transaction.CommitAsync();
            else await slow.Transaction.RollbackAsync();
            await Read();
        }

        Assert.All(seen, numbers => Assert.Equal(Enumerable.Range(0, 40).SelectMany(n => n % 2 == 0 ? new long[] { (2 * n) + 1, (2 * n) + 2 } : [(2 * n) + 2]), numbers));

        // They raise one row, log_passed, all at the same time and each to where it stands itself.
        async Task<LogPage[]> Read()
        {
            var pages = await Task.WhenAll(readers.Select((r, i) => Task.Run(() => r.Read(seen[i].LastOrDefault(), 10))));
            for (var i = 0; i < pages.Length; i++) seen[i].AddRange(pages[i].Events.Select(e => e.Sequence));
            return pages;
        }
    }

    /// <summary>A row put in by hand with a number ahead of the sequence: had the reader passed all numbers below it, every append would come too late until then.</summary>
    [Fact]
    public async Task never_passes_numbers_that_nobody_has_drawn_yet()
    {
        await store.MustAppend(Stream(1).To(ExpectedVersion.NewStream, Counted(1)));
        await database.Writer.Run(PlainInsert(Stream(2), 4));

        Assert.Equal([1L], (await reader.Read(0, 10)).Events.Select(e => e.Sequence));
        Assert.True((await reader.Read(1, 10)).WaitsAtHole);
        await store.MustAppend(Stream(3).To(ExpectedVersion.NewStream, Counted(3)));
        Assert.Equal([2L], (await reader.Read(1, 10)).Events.Select(e => e.Sequence));
        await store.MustAppend(Stream(4).To(ExpectedVersion.NewStream, Counted(4)));

        Assert.Equal([3L, 4L], (await reader.Read(2, 10)).Events.Select(e => e.Sequence));
        Assert.Equal(PostgresErrorCodes.UniqueViolation, (await Assert.ThrowsAsync<PostgresException>(() => store.Append([Stream(5).To(ExpectedVersion.NewStream, Counted(5))], Nobody))).SqlState);
        await store.MustAppend(Stream(5).To(ExpectedVersion.NewStream, Counted(5)));
        Assert.Equal([5L], (await reader.Read(4, 10)).Events.Select(e => e.Sequence));
    }

    /// <summary>pg_sequences reads a sequence under the lock that nextval takes, so that the reader cannot tell them apart: it waits rather than guess.</summary>
    [Fact]
    public async Task waits_also_for_who_looked_at_pg_sequences_and_stays_in_the_transaction()
    {
        await using var foreign = await database.Superuser.OpenConnectionAsync();
        await using var idle = await foreign.BeginTransactionAsync();
        await using (var look = new NpgsqlCommand("select last_value from pg_sequences where sequencename = 'mt_events_sequence'", foreign, idle)) await look.ExecuteNonQueryAsync();
        await Assert.ThrowsAsync<PostgresException>(() => store.Append([Stream(1).To(ExpectedVersion.NewStream, Counted(1))], Nobody, [new("select 1/0")]));
        await store.MustAppend(Stream(2).To(ExpectedVersion.NewStream, Counted(2)));

        Assert.True((await reader.Read(0, 10)).WaitsAtHole);
        await idle.RollbackAsync();

        Assert.Equal([2L], (await reader.Read(0, 10)).Events.Select(e => e.Sequence));
    }

    [Fact]
    public async Task needs_appends_in_read_committed()
    {
        await using var connection = await database.Writer.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => store.Append(transaction, [Stream(1).To(ExpectedVersion.NewStream, Counted(1))], Nobody));

        Assert.Equal("AS003", refused.SqlState);
    }

    [Fact]
    public async Task refuses_a_sequence_that_hands_numbers_out_of_order()
    {
        await database.Owner.Run("alter sequence archive.mt_events_sequence cache 10");

        await Assert.ThrowsAsync<InvalidOperationException>(() => reader.Read(0, 10));
    }

    [Fact]
    public async Task gives_an_unknown_event_as_it_is()
    {
        await database.Writer.Run($"{PlainInsert(Stream(1), 1)}; select nextval('archive.mt_events_sequence')");
        await database.Owner.Run("alter table archive.mt_events disable trigger mt_events_immutable; update archive.mt_events set type = 'thing_dropped'; alter table archive.mt_events enable always trigger mt_events_immutable");

        var read = Assert.Single((await reader.Read(0, 10)).Events);

        Assert.Equal(new UnknownEvent("thing_dropped", """{"number": 1}"""), read.Event);
    }

    internal static string PlainInsert(Guid stream, long? number = null) => $$"""
        insert into archive.mt_streams (id, type, version) values ('{{stream}}', 'thing', 1);
        insert into archive.mt_events (seq_id, id, stream_id, version, data, type, timestamp)
        values ({{number?.ToString() ?? "nextval('archive.mt_events_sequence')"}}, '{{stream}}', '{{stream}}', 1, '{"number":1}', 'thing_counted', clock_timestamp())
        """;

    private async Task<SlowAppend> OpenAppend(Guid stream, string? before = null)
    {
        var connection = await database.Writer.OpenConnectionAsync();
        var slow = new SlowAppend(store, connection, await connection.BeginTransactionAsync());
        if (before is not null) await slow.Run(before);
        await slow.Append(stream);
        return slow;
    }

    private sealed record SlowAppend(PostgresEventStore Store, NpgsqlConnection Connection, NpgsqlTransaction Transaction) : IAsyncDisposable
    {
        public async Task Append(Guid stream) =>
            Assert.IsType<Appended.Done>(await Store.Append(Transaction, [stream.To(ExpectedVersion.NewStream, Counted(1))], Nobody));

        public async Task Run(string sql)
        {
            await using var command = new NpgsqlCommand(sql, Connection, Transaction);
            await command.ExecuteNonQueryAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await Transaction.DisposeAsync();
            await Connection.DisposeAsync();
        }
    }
}
