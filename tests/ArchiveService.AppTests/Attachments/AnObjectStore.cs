using ArchiveService.Attachments;
using static ArchiveService.AppTests.Attachments.Store;

namespace ArchiveService.AppTests.Attachments;

public sealed class An_object_store
{
    private const int Part = S3Store.PartLength;

    [Theory, InFolder, InS3]
    public async Task gives_back_what_was_put(string kind)
    {
        await using var store = await In(kind);
        int[] lengths = [0, 1, 1_048_575, 1_048_576, 1_048_577, Part - 1, Part, Part + 1, (2 * Part) - 1, 2 * Part, (2 * Part) + 1];
        for (var i = 0; i < lengths.Length; i++)
        {
            await store.Objects.Put(Key(i), new MemoryStream(Pattern(lengths[i])), i % 2 == 0 ? lengths[i] : null, default);

            Assert.Equal(lengths[i], await store.Objects.Length(Key(i), default));
            var back = await store.Bytes(Key(i));
            Assert.True(back.AsSpan().SequenceEqual(Pattern(lengths[i])), $"{lengths[i]} bytes came back changed");
        }
        Assert.Equal(lengths.Length, (await store.All()).Count);
        Assert.Equal(0, await store.UnfinishedUploads());
    }

    [Theory, InFolder, InS3]
    public async Task gives_any_part_and_nothing_past_the_end(string kind)
    {
        await using var store = await In(kind);
        await store.Objects.Put(Key(1), new MemoryStream(Pattern(1000)), 1000, default);
        await store.Objects.Put(Key(2), new MemoryStream([]), 0, default);

        Assert.Equal(Pattern(1000)[..1], await store.Bytes(Key(1), 0, 1));
        Assert.Equal(Pattern(1000)[100..300], await store.Bytes(Key(1), 100, 200));
        Assert.Equal(Pattern(1000)[999..], await store.Bytes(Key(1), 999, 1));
        Assert.Equal(Pattern(1000)[990..], await store.Bytes(Key(1), 990, 500));
        Assert.Equal(Pattern(1000)[400..], await store.Bytes(Key(1), 400));
        Assert.Empty(await store.Bytes(Key(1), 5, 0));
        Assert.Empty(await store.Bytes(Key(1), 1000, 10));
        Assert.Empty(await store.Bytes(Key(1), 5000));
        Assert.Empty(await store.Bytes(Key(2), 0, 10));
    }

    [Theory, InFolder, InS3]
    public async Task says_what_is_missing(string kind)
    {
        await using var store = await In(kind);

        Assert.Null(await store.Objects.Length(Key(1), default));
        Assert.Equal(Key(1), (await Assert.ThrowsAsync<ObjectMissing>(() => store.Objects.Read(Key(1), 0, null, default))).Key);
        Assert.Equal(Key(1), (await Assert.ThrowsAsync<ObjectMissing>(() => store.Objects.Read(Key(1), 10, 10, default))).Key);
    }

    [Theory, InFolder, InS3]
    public async Task never_writes_an_object_twice(string kind)
    {
        await using var store = await In(kind);
        await store.Objects.Put(Key(1), new MemoryStream([1, 2, 3]), 3, default);

        await Assert.ThrowsAsync<InvalidOperationException>(() => store.Objects.Put(Key(1), new MemoryStream([9]), 1, default));

        Assert.Equal([1, 2, 3], await store.Bytes(Key(1)));
        Assert.Equal(0, await store.UnfinishedUploads());
    }

    [Theory, InFolder, InS3]
    public async Task stores_nothing_of_content_that_is_not_as_long_as_promised(string kind)
    {
        await using var store = await In(kind);
        foreach (var (came, promised) in new[] { (10, 11), (10, 9), (Part + 100, Part + 101), (Part + 100, 5) })
            await Assert.ThrowsAsync<InvalidDataException>(() => store.Objects.Put(Key(1), new MemoryStream(new byte[came]), promised, default));

        Assert.Empty(await store.All());
        Assert.Equal(0, await store.UnfinishedUploads());
    }

    [Theory, InFolder, InS3]
    public async Task stores_nothing_when_the_sender_breaks_off_and_hands_his_error_on(string kind)
    {
        await using var store = await In(kind);
        foreach (var at in new long[] { 0, 1_000_000, Part + 1_000_000 })
        {
            var broken = new MadeStream(3 * Part, made => made < at ? Task.CompletedTask : throw new IOException("The sender hung up."));
            Assert.Equal("The sender hung up.", (await Assert.ThrowsAsync<IOException>(() => store.Objects.Put(Key(1), broken, null, default))).Message);
        }

        Assert.Empty(await store.All());
        Assert.Equal(0, await store.UnfinishedUploads());
    }

    [Theory, InFolder, InS3]
    public async Task stores_nothing_when_it_is_told_to_stop(string kind)
    {
        await using var store = await In(kind);
        using var stop = new CancellationTokenSource();
        var content = new MadeStream(3 * Part, made => made > Part + 1_000_000 ? stop.CancelAsync() : Task.CompletedTask);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.Objects.Put(Key(1), content, null, stop.Token));

        Assert.Empty(await store.All());
        Assert.Equal(0, await store.UnfinishedUploads());
    }

    [Theory, InFolder, InS3]
    public async Task has_stored_most_of_a_long_object_before_it_reads_the_rest(string kind)
    {
        const int length = 40 * 1_048_576;
        await using var store = await In(kind);
        var next = 0L;
        var content = new MadeStream(length, async made =>
        {
            if (made < next)
                return;
            next = made + 4_000_000;
            var waiting = made - await store.Unfinished(Key(1));
            Assert.True(waiting <= 16 * 1_048_576, $"{waiting} bytes have been read and not stored.");
        });

        await store.Objects.Put(Key(1), content, null, default);

        Assert.Equal(length, await store.Objects.Length(Key(1), default));
        await using var back = await store.Objects.Read(Key(1), 0, null, default);
        var buffer = new byte[1_000_000];
        for (var at = 0L; at < length;)
        {
            var count = await back.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false);
            Assert.Equal(Math.Min(buffer.Length, length - at), count);
            for (var i = 0; i < count; i++)
                if (buffer[i] != MadeStream.ByteAt(at + i))
                    Assert.Fail($"Byte {at + i} came back changed.");
            at += count;
        }
    }

    [Theory, InFolder, InS3]
    public async Task lists_what_begins_so_whoever_wrote_it(string kind)
    {
        await using var store = await In(kind);
        await store.Objects.Put(Key(2), new MemoryStream(new byte[5]), null, default);
        await store.Objects.Put(Key(1), new MemoryStream(new byte[3]), null, default);
        var delivery = ObjectKey.Of("deliveries", new Guid("0199aaaa-0000-7000-8000-000000000001"));
        await store.Objects.Put(delivery, new MemoryStream([]), null, default);

        Assert.Equal([new(Key(1), 3), new(Key(2), 5), new(delivery, 0)], await store.All());
        Assert.Equal([new(Key(1), 3), new(Key(2), 5)], await store.All("attachments/"));
        Assert.Equal([new(Key(2), 5)], await store.All(Key(2)));
        Assert.Empty(await store.All("attachments/ffffffff"));
    }

    [Theory, InFolder, InS3]
    public async Task destroys_one_object_and_no_other(string kind)
    {
        await using var store = await In(kind);
        await store.Objects.Put(Key(1), new MemoryStream(Pattern(100)), null, default);
        await store.Objects.Put(Key(2), new MemoryStream(Pattern(100)), null, default);

        Assert.Equal(1, await store.Objects.Remains(Key(1), default));
        var destroyed = await store.Objects.DestroyEverything(Key(1), default);

        Assert.Single(destroyed.Versions);
        Assert.Equal((0, 1), (await store.Objects.Remains(Key(1), default), await store.Objects.Remains(Key(2), default)));
        Assert.Equal([new(Key(2), 100)], await store.All());
        Assert.Null(await store.Objects.Length(Key(1), default));
        await Assert.ThrowsAsync<ObjectMissing>(() => store.Objects.Read(Key(1), 0, null, default));
        Assert.True((await store.Objects.DestroyEverything(Key(1), default)).Nothing);
    }

    [Theory, InFolder, InS3]
    public async Task throws_away_uploads_that_were_never_finished_but_not_those_still_running(string kind)
    {
        await using var store = await In(kind);
        var (seen, young, old) = (-1, -1, -1);
        var content = new MadeStream(2 * Part, async made =>
        {
            if (made < Part + 1_000_000 || seen >= 0)
                return;
            seen = await store.UnfinishedUploads();
            young = await store.Objects.AbortUnfinished(TimeProvider.System.GetUtcNow().AddHours(-1), default);
            old = await store.Objects.AbortUnfinished(TimeProvider.System.GetUtcNow().AddHours(1), default);
        });

        var failed = await Record.ExceptionAsync(() => store.Objects.Put(Key(1), content, null, default));

        // MinIO shows no list of them (and drops them itself): there the upload goes through.
        Assert.Equal((0, seen), (young, old));
        Assert.Equal(seen == 0, failed is null);
        await store.Objects.DestroyEverything(Key(1), default);
        Assert.Empty(await store.All());
        Assert.Equal(0, await store.UnfinishedUploads());
    }

    [Theory, InFolder, InS3]
    public async Task can_be_probed_again_and_keeps_nothing_of_it(string kind)
    {
        await using var store = await In(kind);
        await store.Objects.Put(Key(1), new MemoryStream([1]), null, default);

        await store.Objects.Probe(default);

        Assert.Equal([new(Key(1), 1)], await store.All());
    }

    [Theory, InFolder, InS3]
    public async Task refuses_keys_that_could_say_or_reach_something(string kind)
    {
        await using var store = await In(kind);
        string[] bad =
        [
            "", "attachments", "attachments/", "../0199aaaa-0000-7000-8000-000000000001", "/etc/passwd", "attachments/../x",
            "attachments/protokoll.pdf", "attachments/0199AAAA-0000-7000-8000-000000000001", "attachments/0199aaaa-0000-7000-8000-000000000001\n",
            "attachments/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "0199aaaa-0000-7000-8000-000000000001",
        ];
        foreach (var key in bad)
        {
            await Assert.ThrowsAsync<ArgumentException>(() => store.Objects.Put(key, new MemoryStream([1]), null, default));
            await Assert.ThrowsAsync<ArgumentException>(() => store.Objects.Read(key, 0, null, default));
            await Assert.ThrowsAsync<ArgumentException>(() => store.Objects.Length(key, default));
            await Assert.ThrowsAsync<ArgumentException>(() => store.Objects.DestroyEverything(key, default));
        }
    }
}
