using System.Collections.Concurrent;
using ArchiveService.Testing;
using Npgsql;
using NpgsqlTypes;
using static ArchiveService.EventStore.Tests.Scenarios;

namespace ArchiveService.EventStore.Tests;

public sealed class Projecting : IAsyncLifetime
{
    private static readonly ProjectionOptions Quick = new() { PageSize = 50, Poll = TimeSpan.FromMilliseconds(50), LeaderRetry = TimeSpan.FromMilliseconds(200) };
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> running = [];
    private TestDatabase database = null!;
    private PostgresEventStore store = null!;

    public async Task InitializeAsync()
    {
        database = await PostgresServer.NewDatabase();
        await database.Owner.Run("create table archive.seen (seq_id bigint, by text, nth bigint generated always as identity); grant insert, select on archive.seen to archive_writer");
        store = new(database.Writer, StoreFixture.Types);
    }

    public async Task DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(running);
        await database.DisposeAsync();
    }

    [Fact]
    public async Task writes_every_event_once_and_in_order()
    {
        await Append(1, 220);
        var worker = Start(new Seen());

        Assert.True(await worker.WaitFor("seen", 220, Soon));
        await Append(221, 3);
        Assert.True(await worker.WaitFor("seen", 223, Soon));

        await EverythingWasSeenOnce(223);
        var status = Assert.Single(await worker.Status());
        Assert.Equal(new("seen", 1, 223, 223, 0, ProjectionState.Leading, null, null) { LedHere = true }, status);
        Assert.Equal(223L, await database.Writer.Scalar<long>("select last_seq_id from archive.mt_event_progression where name = 'archive:seen:v1'"));
    }

    [Fact]
    public async Task is_woken_by_the_signal_of_an_append()
    {
        await using var signal = new EventSignal(database.Writer);
        var signalling = new PostgresEventStore(database.Writer, StoreFixture.Types, signal);
        var worker = Start(new Seen(), Quick with { Poll = TimeSpan.FromMinutes(1), LeaderRetry = TimeSpan.FromMinutes(1) });
        await Append(1, 1);
        await Until(async () => (await worker.Status())[0].State == ProjectionState.Leading);
        await Task.Delay(300);

        var done = await signalling.MustAppend(Stream(2).To(ExpectedVersion.NewStream, Counted(2)));

        Assert.True(await worker.WaitFor("seen", done.LastSequence, Soon));
    }

    [Fact]
    public async Task goes_on_exactly_once_after_an_error_that_may_pass()
    {
        await Append(1, 120);
        var failures = 0;
        var worker = Start(new Seen
        {
            AfterWriting = page => page.Any(e => e.Sequence == 70) && failures++ < 2
                ? throw new PostgresException("deadlock detected", "ERROR", "ERROR", PostgresErrorCodes.DeadlockDetected)
                : Task.CompletedTask,
        });

        Assert.True(await worker.WaitFor("seen", 120, Soon));

        Assert.Equal(3, failures);
        await EverythingWasSeenOnce(120);
    }

    [Fact]
    public async Task goes_on_exactly_once_when_its_session_is_killed_in_the_middle_of_a_page()
    {
        await Append(1, 120);
        var kills = 0;
        var worker = Start(new Seen
        {
            AfterWriting = async page =>
            {
                if (page.Any(e => e.Sequence == 70) && kills++ < 2)
                    await database.Superuser.Run("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'archive_writer' and pid <> pg_backend_pid()");
            },
        });

        Assert.True(await worker.WaitFor("seen", 120, Soon));

        Assert.True(kills >= 2);
        await EverythingWasSeenOnce(120);
    }

    [Fact]
    public async Task stops_at_a_poison_event_says_which_and_goes_on_when_told_to()
    {
        await Append(1, 120);
        var poisoned = true;
        var alarms = new ConcurrentQueue<ProjectionStop>();
        var healthy = new Seen("healthy");
        var worker = Start([new Seen { AfterWriting = page => poisoned && page.Any(e => e.Sequence == 77) ? throw new NotSupportedException("a secret name") : Task.CompletedTask }, healthy], Quick with { Alarm = alarms.Enqueue });

        await Until(async () => (await worker.Status())[0].State == ProjectionState.Stopped);
        var stopped = (await worker.Status())[0];
        Assert.Equal((76L, 77L, "NotSupportedException"), (stopped.Position, stopped.StoppedAt, stopped.LastError));
        Assert.True(stopped is { LagSeconds: > 0, LedHere: true, StoppedSince: not null });
        Assert.Equal(44, stopped.LagEvents);
        Assert.Equal(("seen", 77L), (Assert.Single(alarms).Name, alarms.Single().Sequence));
        Assert.False(await worker.WaitFor("seen", 120, Soon));
        Assert.True(await worker.WaitFor("healthy", 120, Soon));

        // Told to go on without a mend it stops again; mended it goes on without loss.
        Assert.True(await worker.Resume("seen"));
        await Until(() => Task.FromResult(alarms.Count == 2));
        poisoned = false;
        await worker.Resume("seen");
        Assert.False(await worker.Resume("healthy"));
        await Until(async () => (await worker.Status())[0].Position == 120);
        await EverythingWasSeenOnce(120);
        Assert.Equal(ProjectionState.Leading, (await worker.Status())[0].State);
    }

    [Fact]
    public async Task stops_at_an_event_that_cannot_be_read()
    {
        await Append(1, 60);
        await database.Owner.Run($$"""
            {{Reading_all_events.PlainInsert(Stream(61))}};
            alter table archive.mt_events disable trigger mt_events_immutable;
            update archive.mt_events set data = '{"number":"many"}' where seq_id = 61;
            alter table archive.mt_events enable always trigger mt_events_immutable;
            """);
        await Append(62, 3);

        var worker = Start(new Seen());

        await Until(async () => (await worker.Status())[0].State == ProjectionState.Stopped);
        Assert.Equal((60, 61, "JsonException"), ((int)(await worker.Status())[0].Position, (int?)(await worker.Status())[0].StoppedAt, (await worker.Status())[0].LastError));
    }

    [Fact]
    public async Task names_the_event_that_cannot_be_read_also_behind_numbers_that_are_dead()
    {
        await Append(1, 3);
        await database.Writer.Run("select nextval('archive.mt_events_sequence') from generate_series(1, 4)");
        await Append(8, 2);
        await database.Unguarded("""update archive.mt_events set data = '{"number":"many"}' where seq_id = 8""");

        var worker = Start(new Seen());

        await Until(async () => (await worker.Status())[0].State == ProjectionState.Stopped);
        var stopped = (await worker.Status())[0];
        Assert.Equal((3L, 8L, "JsonException"), (stopped.Position, stopped.StoppedAt, stopped.LastError));
    }

    [Fact]
    public async Task says_that_it_waits_for_an_appender_that_does_not_end()
    {
        await Append(1, 3);
        var worker = Start(new Seen());
        Assert.True(await worker.WaitFor("seen", 3, Soon));
        Assert.False((await worker.Status())[0].WaitsAtHole);
        await using var connection = await database.Writer.OpenConnectionAsync();
        await using var hanging = await connection.BeginTransactionAsync();
        Assert.IsType<Appended.Done>(await store.Append(hanging, [Stream(4).To(ExpectedVersion.NewStream, Counted(4))], Nobody));
        await Append(5, 2);

        await Until(async () => (await worker.Status())[0].WaitsAtHole);
        var waiting = (await worker.Status())[0];
        Assert.Equal((3L, 3L, ProjectionState.Leading), (waiting.Position, waiting.LagEvents, waiting.State));
        Assert.True(waiting.LagSeconds > 0);
        Assert.False(await worker.WaitFor("seen", 6, TimeSpan.FromMilliseconds(100)));
        await hanging.CommitAsync();

        Assert.True(await worker.WaitFor("seen", 6, Soon));
        await Until(async () => !(await worker.Status())[0].WaitsAtHole);
        await EverythingWasSeenOnce(6);
    }

    [Fact]
    public async Task tries_again_after_a_restart()
    {
        await Append(1, 10);
        using var first = new CancellationTokenSource();
        var broken = new ProjectionWorker(database.Writer, StoreFixture.Types, [new Seen { AfterWriting = _ => throw new NotSupportedException() }], Quick);
        var run = broken.Run(first.Token);
        await Until(async () => (await broken.Status())[0].State == ProjectionState.Stopped);
        await first.CancelAsync();
        await run;
        Assert.Equal(ProjectionState.Stopped, (await broken.Status())[0].State);

        var mended = Start(new Seen());

        await Until(async () => (await mended.Status())[0] is { State: ProjectionState.Leading, Position: 10 });
        await EverythingWasSeenOnce(10);
    }

    [Fact]
    public async Task has_one_leader_and_another_node_takes_over()
    {
        using var crash = new CancellationTokenSource();
        var first = new ProjectionWorker(database.Writer, StoreFixture.Types, [new Seen { By = "first" }], Quick);
        var firstRun = first.Run(crash.Token);
        await Until(async () => (await first.Status())[0].State == ProjectionState.Leading);
        var second = Start(new Seen { By = "second" });
        await Append(1, 100);
        Assert.True(await second.WaitFor("seen", 100, Soon));
        Assert.Equal(ProjectionState.StandingBy, (await second.Status())[0].State);

        await crash.CancelAsync();
        await firstRun;
        await Append(101, 100);

        Assert.True(await second.WaitFor("seen", 200, TimeSpan.FromSeconds(5)));
        await EverythingWasSeenOnce(200);
        Assert.Equal("first100,second100", await database.Writer.Scalar<string>("select string_agg(by || n, ',' order by by) from (select by, count(*) n from archive.seen group by by) s"));
    }

    [Fact]
    public async Task a_leader_that_was_overtaken_cannot_write()
    {
        await Append(1, 10);
        var moves = 0;
        var worker = Start(new Seen
        {
            BeforeWriting = async () =>
            {
                // Somebody else moved the position while this page was prepared.
                if (moves++ == 0) await database.Writer.Run("update archive.mt_event_progression set last_seq_id = 4");
            },
        });

        Assert.True(await worker.WaitFor("seen", 10, Soon));

        Assert.Equal(6L, await database.Writer.Scalar<long>("select count(*) from archive.seen"));
        Assert.Equal(5L, await database.Writer.Scalar<long>("select min(seq_id) from archive.seen"));
    }

    [Fact]
    public async Task waiting_for_a_view_ends_when_the_time_is_up()
    {
        var worker = new ProjectionWorker(database.Writer, StoreFixture.Types, [new Seen()], Quick);
        await Append(1, 1);

        Assert.False(await worker.WaitFor("seen", 1, TimeSpan.FromMilliseconds(100)));
        await Assert.ThrowsAsync<ArgumentException>(() => worker.WaitFor("unheard-of", 1, Soon));
    }

    private ProjectionWorker Start(Projection projection, ProjectionOptions? options = null) => Start([projection], options);

    private ProjectionWorker Start(IReadOnlyList<Projection> projections, ProjectionOptions? options = null)
    {
        var worker = new ProjectionWorker(database.Writer, StoreFixture.Types, projections, options ?? Quick);
        running.Add(worker.Run(stop.Token));
        return worker;
    }

    private async Task Append(int from, int count) =>
        await store.MustAppend([.. Enumerable.Range(from, count).Select(n => Stream(n).To(ExpectedVersion.NewStream, Counted(n)))]);

    private async Task EverythingWasSeenOnce(long upTo)
    {
        var seen = await database.Writer.Scalar<long[]>("select array_agg(seq_id order by nth) from archive.seen where by <> 'healthy'");
        Assert.Equal(Enumerable.Range(1, (int)upTo).Select(n => (long)n), seen);
    }

    private static async Task Until(Func<Task<bool>> true_)
    {
        for (var i = 0; i < 500; i++)
        {
            if (await true_()) return;
            await Task.Delay(20);
        }

        Assert.Fail("It did not happen in ten seconds.");
    }

    private sealed class Seen(string name = "seen") : Projection
    {
        public override string Name { get; } = name;

        public string By { get; init; } = name;

        public Func<Task> BeforeWriting { get; init; } = () => Task.CompletedTask;

        public Func<IReadOnlyList<Recorded>, Task> AfterWriting { get; init; } = _ => Task.CompletedTask;

        public override Task Prepare(IReadOnlyList<Recorded> page, CancellationToken ct) => BeforeWriting();

        public override async Task Write(NpgsqlTransaction transaction, IReadOnlyList<Recorded> page, CancellationToken ct)
        {
            await using var insert = new NpgsqlCommand("insert into archive.seen (seq_id, by) select n, $2 from unnest($1) with ordinality u(n, o) order by o", transaction.Connection, transaction);
            insert.Parameters.Add(new() { Value = page.Select(e => e.Sequence).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
            insert.Parameters.Add(new() { Value = By });
            await insert.ExecuteNonQueryAsync(ct);
            await AfterWriting(page);
        }
    }
}
