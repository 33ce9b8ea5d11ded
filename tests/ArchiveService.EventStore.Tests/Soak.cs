using ArchiveService.Testing;

namespace ArchiveService.EventStore.Tests;

/// <summary>The short form of <c>./run bench store-soak</c>.</summary>
public sealed class A_log_written_by_many_at_once
{
    [Fact]
    public async Task is_read_whole_once_and_in_order()
    {
        var soaked = await StoreSoak.Run(TimeSpan.FromSeconds(6));

        Assert.Empty(soaked.Failures);
        Assert.True(soaked.Committed.Count > 500, $"Only {soaked.Committed.Count} events were committed.");
        Assert.True(soaked.Highest > soaked.Committed.Count, "Not one append was rolled back.");
        Assert.All(soaked.Seen, numbers => Assert.Equal(soaked.Committed, numbers));
        Assert.True(soaked is { Dumps: > 0, Processes: > 0, Passed.Count: > 0 }, $"{soaked.Dumps} dumps, {soaked.Processes} processes, {soaked.Passed.Count} holes.");
    }

    [Fact]
    public async Task passes_a_hole_whose_appenders_have_ended_beside_a_foreign_transaction_and_dumps()
    {
        var (passed, dumps) = await PassedHoles.Time(10);

        Assert.Equal(10, passed.Count);
        Assert.True(dumps > 0);
    }
}
