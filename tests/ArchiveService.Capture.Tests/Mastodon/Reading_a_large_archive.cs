using ArchiveService.Capture.Archives;

namespace ArchiveService.Capture.Tests.Mastodon;

/// <summary>Alone, because it measures the process.</summary>
[CollectionDefinition(nameof(Reading_a_large_archive), DisableParallelization = true)]
[Collection(nameof(Reading_a_large_archive))]
public sealed class Reading_a_large_archive
{
    [Fact]
    public async Task does_not_hold_it_in_memory()
    {
        const int items = 8_000;
        var length = 0L;
        await using var opened = await OpenedArchive.Of(Packed(items, ref length), new ArchiveLimits { MaxRatio = 1000 });
        var before = GC.GetTotalMemory(forceFullCollection: true);
        long most = 0;
        var count = 0;

        await foreach (var read in opened.Archive.ReadActs(Given.Now))
        {
            Assert.IsType<ReadAct.Accepted>(read);
            if (++count % 2_000 == 0) most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        }

        Assert.Equal(items, count);
        Assert.True(most < length / 10, $"{most} bytes held of an outbox of {length}");
        Assert.Equal(length, opened.Archive.OutboxBytes);
        Assert.Equal(length, opened.Archive.OutboxBytesRead);
    }

    private static byte[] Packed(int items, ref long length)
    {
        var filler = new string('x', 4_000);
        var outbox = Given.Utf8(OldArchive.Outbox(Enumerable.Repeat(OldArchive.Note(1, OldArchive.Everybody, "", content: filler), items), items));
        length = outbox.Length;
        return OldArchive.TarGz([("outbox.json", outbox), ("actor.json", Given.Utf8(OldArchive.Actor))]);
    }
}
