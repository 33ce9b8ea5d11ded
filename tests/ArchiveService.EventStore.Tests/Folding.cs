using ArchiveService.Testing;
using static ArchiveService.EventStore.Tests.Scenarios;

namespace ArchiveService.EventStore.Tests;

public sealed class Folding_a_long_stream(StoreFixture fixture) : IClassFixture<StoreFixture>
{
    private readonly PostgresEventStore store = fixture.Store;
    private int folded;

    public sealed record Sum(long Total, IReadOnlyList<string> Names);

    private Snapshot<Sum> Sums(int format = 1) => new("sum", format, new(0, []), (sum, recorded) =>
    {
        folded++;
        return recorded.Event switch
        {
            ThingCounted e => sum with { Total = sum.Total + e.Number },
            ThingRenamed e => sum with { Names = [.. sum.Names, e.NewName] },
            _ => sum,
        };
    })
    {
        Every = 100,
    };

    [Fact]
    public async Task goes_on_from_where_it_was_kept_and_says_the_same()
    {
        var stream = await Grown(250);

        var first = await store.Fold(stream, Sums());
        var second = await store.Fold(stream, Sums());
        await store.MustAppend(stream.To(ExpectedVersion.Any, Counted(1000), Event(new ThingRenamed("å"))));
        var third = await store.Fold(stream, Sums());

        Assert.Equal((250L, 250L), (first.State.Total, first.Version));
        Assert.Equal((250L, 250L), (second.State.Total, second.Version));
        Assert.Equal((1250L, 252L), (third.State.Total, third.Version));
        Assert.Equal(["å"], third.State.Names);
        Assert.Equal(252, folded);
    }

    [Fact]
    public async Task begins_anew_in_another_format()
    {
        var stream = await Grown(150);
        await store.Fold(stream, Sums());

        Assert.Equal(150, (await store.Fold(stream, Sums(format: 2))).State.Total);
        Assert.Equal(150, (await store.Fold(stream, Sums(format: 1))).State.Total);

        Assert.Equal(450, folded);
        Assert.Equal(2, await fixture.Writer.Scalar<int>("select format from work.snapshots where stream_id = $1", stream));
    }

    [Fact]
    public async Task of_nothing_is_the_seed_and_of_a_short_one_is_not_kept()
    {
        var stream = await Grown(5);

        Assert.Equal(0, (await store.Fold(AStream(), Sums())).Version);
        Assert.Equal(5, (await store.Fold(stream, Sums())).State.Total);
        Assert.Equal(0L, await fixture.Writer.Scalar<long>("select count(*) from work.snapshots where stream_id = $1", stream));
    }

    [Fact]
    public async Task stays_right_while_many_fold_and_append()
    {
        var stream = await Grown(90);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var n = 0; n < 20; n++)
            {
                await store.MustAppend(stream.To(ExpectedVersion.Any, Counted(1)));
                var (state, version) = await store.Fold(stream, Sums());
                Assert.Equal(version, state.Total);
            }
        })));

        Assert.Equal(250, (await store.Fold(stream, Sums())).State.Total);
    }

    /// <summary>What is read is what is folded, one row an event: the length of the stream is not the price of a command.</summary>
    [Fact]
    public async Task of_a_hundred_thousand_events_costs_a_command_no_more_than_the_tail()
    {
        var stream = AStream();
        for (var n = 0; n < 20; n++) await store.MustAppend(stream.To(ExpectedVersion.Exactly(n * 5000), [.. Enumerable.Range(0, 5000).Select(_ => Counted(1))]));
        await store.Fold(stream, Sums());
        Assert.Equal(100_000, folded);

        for (var command = 1; command <= 250; command++)
        {
            folded = 0;
            var (state, version) = await store.Fold(stream, Sums());
            Assert.Equal((99_999L + command, 99_999L + command), (state.Total, version));
            Assert.True(folded <= Sums().Every, $"{folded} events were read for one command.");
            Assert.IsType<Appended.Done>(await store.Append([stream.To(ExpectedVersion.Exactly(version), Counted(1))], Nobody));
        }
    }

    private async Task<Guid> Grown(int events)
    {
        var stream = AStream();
        await store.MustAppend(stream.To(ExpectedVersion.NewStream, [.. Enumerable.Range(0, events).Select(_ => Counted(1))]));
        return stream;
    }
}
