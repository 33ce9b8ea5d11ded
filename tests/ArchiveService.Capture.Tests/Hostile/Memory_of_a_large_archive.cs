using ArchiveService.Capture.Tests.Mastodon;
using ArchiveService.Fuzzing;

namespace ArchiveService.Capture.Tests.Hostile;

/// <summary>The short form of <c>./run bench memory-archive</c>; alone, because it measures the process.</summary>
[Collection(nameof(Reading_a_large_archive))]
public sealed class Memory_of_a_large_archive
{
    private const long Held = 6_000_000;

    [Fact]
    public async Task does_not_grow_with_it()
    {
        await using var archive = await GeneratedArchive.Zip(50_000_000);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        long most = 0, seen = 0;

        var items = await archive.Read(_ =>
        {
            if (seen++ % 1000 == 999) most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        });

        Assert.Equal(seen, items);
        Assert.InRange(seen, 5_000, 10_000);
        Assert.True(most < Held, $"{most} bytes held while 50 MB were read");
    }
}
