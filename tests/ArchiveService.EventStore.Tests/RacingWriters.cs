using ArchiveService.Testing;
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

    /// <summary>The short form of <c>./run bench crossing</c>.</summary>
    [Fact]
    public async Task over_crossing_sets_of_streams_never_deadlock()
    {
        var crossed = await CrossingWriters.Run(TimeSpan.FromSeconds(4));

        Assert.Empty(crossed.Failures);
        Assert.Empty(crossed.Faults);
        Assert.True(crossed is { Events: > 1000, Conflicts: > 0 }, $"Only {crossed.Events} events were written, {crossed.Conflicts} conflicts.");
    }
}
