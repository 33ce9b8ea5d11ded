using System.Text.RegularExpressions;
using ArchiveService.Attachments;
using ArchiveService.Testing;
using static ArchiveService.AppTests.Attachments.Store;

namespace ArchiveService.AppTests.Attachments;

public sealed class An_outage_of_S3
{
    [Fact]
    public async Task is_told_as_such_where_nobody_listens()
    {
        using var store = new S3Store(new S3Settings(new Uri("http://127.0.0.1:9"), "handlingar", "key", "secret"));

        foreach (var operation in new Func<Task>[]
        {
            () => store.Probe(default),
            () => store.Put(Key(1), new MemoryStream([1]), null, default),
            () => store.Read(Key(1), 0, null, default),
            () => store.Length(Key(1), default),
            () => store.DestroyEverything(Key(1), default),
            () => store.AbortUnfinished(DateTimeOffset.UnixEpoch, default),
            async () => await store.List("", default).GetAsyncEnumerator().MoveNextAsync(),
        })
        {
            var said = await Assert.ThrowsAsync<ObjectStoreUnavailable>(operation);
            Assert.True(said.Retryable);
            Assert.Equal("The attachment store (bucket handlingar at http://127.0.0.1:9/) cannot be used: it cannot be reached (Connection refused).", said.Message);
        }
    }

    [S3Fact]
    public async Task passes_and_everything_works_again()
    {
        await using var at = await Wired();
        await at.Store.Put(Key(1), new MemoryStream([1, 2, 3]), null, default);
        at.Wire.Cut();
        Assert.True((await Assert.ThrowsAsync<ObjectStoreUnavailable>(() => at.Store.Put(Key(2), new MemoryStream([1]), null, default))).Retryable);
        Assert.True((await Assert.ThrowsAsync<ObjectStoreUnavailable>(() => at.Store.Length(Key(1), default))).Retryable);

        at.Wire.Mend();

        Assert.Equal(3, await at.Store.Length(Key(1), default));
        Assert.Null(await at.Store.Length(Key(2), default));
        await at.Store.Put(Key(2), new MemoryStream([1]), null, default);
        Assert.Equal(1, await at.Store.Length(Key(2), default));
    }

    [S3Fact]
    public async Task in_the_middle_of_an_upload_leaves_no_object_and_an_upload_that_destroying_finds()
    {
        await using var at = await Wired();
        at.Wire.UpLeft = 14_000_000;

        var said = await Assert.ThrowsAsync<ObjectStoreUnavailable>(() => at.Store.Put(Key(1), new MadeStream(30_000_000), null, default));
        Assert.True(said.Retryable);
        at.Wire.Mend();

        Assert.Null(await at.Store.Length(Key(1), default));
        Assert.Single(await at.Bucket.Uploads(Key(1)));
        Assert.Single((await at.Store.DestroyEverything(Key(1), default)).UnfinishedUploads);
        Assert.Empty(await at.Bucket.Uploads(Key(1)));
    }

    [S3Fact]
    public async Task in_the_middle_of_a_download_is_no_end_of_the_object()
    {
        await using var at = await Wired();
        await at.Store.Put(Key(1), new MadeStream(5_000_000), null, default);
        at.Wire.DownLeft = 1_000_000;

        await using var stream = await at.Store.Read(Key(1), 0, null, default);
        var said = await Assert.ThrowsAsync<ObjectStoreUnavailable>(() => stream.CopyToAsync(Stream.Null));

        Assert.True(said.Retryable);
    }

    [S3Fact]
    public async Task in_the_middle_of_destroying_never_says_done()
    {
        await using var at = await Wired();
        await at.Store.Put(Key(1), new MemoryStream([1, 2, 3]), null, default);
        at.Wire.Cut();

        await Assert.ThrowsAsync<ObjectStoreUnavailable>(() => at.Store.DestroyEverything(Key(1), default));
        at.Wire.Mend();

        Assert.Single((await at.Store.DestroyEverything(Key(1), default)).Versions);
    }

    private static async Task<WiredStore> Wired()
    {
        var bucket = await (await S3Server.Running).NewBucket();
        var wire = new S3Wire(bucket.Settings.Endpoint);
        return new WiredStore(bucket, wire, new S3Store(bucket.Settings with { Endpoint = wire.Endpoint }));
    }

    private sealed record WiredStore(S3Bucket Bucket, S3Wire Wire, S3Store Store) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Store.Dispose();
            await Wire.DisposeAsync();
            await Bucket.DisposeAsync();
        }
    }
}

public sealed class What_goes_to_S3
{
    // The settings with which MinIO old and new, Ceph and AWS all take a put: Content-MD5, a signed plain body, nothing optional.
    [S3Fact]
    public async Task is_a_plain_signed_put_with_its_MD5_and_no_conditions()
    {
        await using var bucket = await (await S3Server.Running).NewBucket();
        await using var wire = new S3Wire(bucket.Settings.Endpoint);
        using var store = new S3Store(bucket.Settings with { Endpoint = wire.Endpoint });

        await store.Put(Key(1), new MemoryStream("abc"u8.ToArray()), null, default);
        await store.Put(Key(2), new MadeStream(S3Store.PartLength + 1), null, default);

        var asked = wire.Asked;
        Assert.Contains("Content-MD5: kAFQmDzST7DWlj99KOF/cg==", asked, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(3, Regex.Count(asked, @"PUT /\S+ HTTP/1.1\r\n(?:[^\r\n]+\r\n)*Content-MD5: ", RegexOptions.IgnoreCase));
        Assert.Contains($"PUT /{bucket.Name}/{Key(1)} HTTP/1.1", asked, StringComparison.Ordinal);
        foreach (var optional in new[] { "aws-chunked", "STREAMING-", "UNSIGNED-PAYLOAD", "x-amz-checksum", "x-amz-sdk-checksum", "x-amz-trailer", "If-None-Match" })
            Assert.DoesNotContain(optional, asked, StringComparison.OrdinalIgnoreCase);
    }
}
