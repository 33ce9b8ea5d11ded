using static ArchiveService.EventStore.Tests.Scenarios;

namespace ArchiveService.EventStore.Tests;

public sealed class Reading_a_stream(StoreFixture fixture) : IClassFixture<StoreFixture>
{
    private readonly PostgresEventStore store = fixture.Store;

    [Theory]
    [InlineData(1, null, "1 2 3 4 5")]
    [InlineData(1, 3L, "1 2 3")]
    [InlineData(3, null, "3 4 5")]
    [InlineData(2, 4L, "2 3 4")]
    [InlineData(4, 4L, "4")]
    [InlineData(4, 99L, "4 5")]
    [InlineData(6, null, "")]
    [InlineData(4, 3L, "")]
    public async Task gives_the_versions_between_two(long from, long? upTo, string versions)
    {
        var (stream, other) = (AStream(), AStream());
        await store.MustAppend(stream.To(ExpectedVersion.NewStream, [.. Enumerable.Range(1, 5).Select(n => Counted(n))]), other.To(ExpectedVersion.NewStream, Counted(1)));

        var read = await store.ReadStream(stream, from, upTo);

        Assert.Equal(versions, string.Join(' ', read.Select(r => r.Version)));
        Assert.All(read, r => Assert.Equal((stream, new ThingCounted(r.Version)), (r.StreamId, r.Event)));
    }

    [Fact]
    public async Task of_which_nothing_is_known_gives_nothing_and_begins_at_one()
    {
        Assert.Empty(await store.ReadStream(AStream(), 1));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.ReadStream(AStream(), 0));
    }

    [Fact]
    public async Task among_many_ends_at_the_same_version_in_each()
    {
        var (long_, short_) = (AStream(), AStream());
        await store.MustAppend(long_.To(ExpectedVersion.NewStream, Counted(1), Counted(2), Counted(3)), short_.To(ExpectedVersion.NewStream, Counted(1)));

        var read = await store.ReadStreams([long_, short_, AStream()], upToVersion: 2);

        Assert.Equal(2, read.Count);
        Assert.Equal([1L, 2L], read[long_].Select(r => r.Version));
        Assert.Equal([1L], read[short_].Select(r => r.Version));
    }
}
