using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using static ArchiveService.EventStore.Tests.Scenarios;

namespace ArchiveService.EventStore.Tests;

public sealed class Racing_writers(StoreFixture fixture) : IClassFixture<StoreFixture>
{
    private readonly PostgresEventStore store = fixture.Store;

    [Fact]
    public async Task on_one_version_see_exactly_one_winner()
    {
        var stream = AStream();
        await store.MustAppend(stream.To(ExpectedVersion.NewStream, Counted(0)));

        var outcomes = await Task.WhenAll(Enumerable.Range(1, 20).Select(n => store.Append([stream.To(ExpectedVersion.Exactly(1), Counted(n))], Nobody)));

        Assert.Single(outcomes.OfType<Appended.Done>());
        Assert.Equal(Enumerable.Repeat(new Appended.Conflict(stream, 1, 2), 19), outcomes.OfType<Appended.Conflict>());
        Assert.Equal(2, (await store.ReadStream(stream)).Count);
    }

    [Fact]
    public async Task on_a_new_stream_see_exactly_one_winner()
    {
        var stream = AStream();

        var outcomes = await Task.WhenAll(Enumerable.Range(1, 20).Select(n => store.Append([stream.To(ExpectedVersion.NewStream, Counted(n))], Nobody)));

        Assert.Single(outcomes.OfType<Appended.Done>());
        Assert.Equal(Enumerable.Repeat(new Appended.Conflict(stream, 0, 1), 19), outcomes.OfType<Appended.Conflict>());
        Assert.Single(await store.ReadStream(stream));
    }

    [Fact]
    public async Task to_whom_the_version_is_all_the_same_all_get_through()
    {
        for (var round = 0; round < 10; round++)
        {
            var (stream, beside) = (AStream(), AStream());
            var outcomes = await Task.WhenAll(Enumerable.Range(1, 10).Select(n =>
                store.Append([beside.To(ExpectedVersion.Any, Counted(n)), stream.To(ExpectedVersion.Any, Counted(n))], Nobody)));

            Assert.All(outcomes, outcome => Assert.IsType<Appended.Done>(outcome));
            Assert.Equal(Enumerable.Range(1, 10).Select(n => (long)n), (await store.ReadStream(stream)).Select(r => r.Version));
            Assert.Equal(10, (await store.ReadStream(beside)).Count);
        }
    }

    /// <summary>The short form of the 32-writer test: shuffled overlapping sets of streams, old and new mixed.</summary>
    [Fact]
    public async Task over_crossing_sets_of_streams_never_deadlock()
    {
        await using var database = await Testing.PostgresServer.NewDatabase();
        await using var db = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.Connections.Writer) { MaxPoolSize = 32 }.ConnectionString);
        var crossing = new PostgresEventStore(db, StoreFixture.Types);
        var failures = new ConcurrentBag<string>();
        var written = 0L;
        var start = Stopwatch.GetTimestamp();

        await Task.WhenAll(Enumerable.Range(0, 32).Select(writer => Task.Run(async () =>
        {
            var dice = new Random(writer);
            while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(4))
            {
                // 600 streams that fill up, so that old and new, any, exact and claimed-new are mixed in one append.
                var size = dice.Next(10) == 0 ? dice.Next(2, 500) : dice.Next(2, 20);
                var streams = Enumerable.Range(0, size).Select(_ => dice.Next(600)).Distinct().ToArray();
                dice.Shuffle(streams);
                var changes = streams.Select(s => Stream(1_000_000 + s).To(
                    dice.Next(40) == 0 ? ExpectedVersion.NewStream : ExpectedVersion.Any, [.. Enumerable.Range(0, dice.Next(1, 3)).Select(n => Counted(n))])).ToArray();
                try
                {
                    if (await crossing.Append(changes, Nobody) is Appended.Done) Interlocked.Add(ref written, changes.Sum(c => c.Events.Count));
                }
                catch (PostgresException error)
                {
                    failures.Add($"{error.SqlState} {error.MessageText}");
                }
            }
        })));

        Assert.Empty(failures);
        Assert.True(written > 1000, $"Only {written} events were written.");
        Assert.Equal(written, await db.Scalar<long>("select count(*) from archive.mt_events"));
        Assert.Equal(0L, await db.Scalar<long>("""
            select count(*) from archive.mt_streams s
            where s.version is distinct from (select count(*) from archive.mt_events e where e.stream_id = s.id)
               or s.version is distinct from (select max(e.version) from archive.mt_events e where e.stream_id = s.id)
               or s.timestamp is distinct from (select e.timestamp from archive.mt_events e where e.stream_id = s.id order by e.version desc limit 1)
            """));
        Assert.Equal(0L, await db.Scalar<long>("""
            select count(*) from (select seq_id, lag(seq_id) over w as seq_before, timestamp, lag(timestamp) over w as time_before
                                  from archive.mt_events window w as (partition by stream_id order by version)) e
            where e.seq_id <= e.seq_before or e.timestamp < e.time_before
            """));
    }
}
