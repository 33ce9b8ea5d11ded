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
