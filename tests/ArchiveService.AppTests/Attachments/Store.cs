using System.Reflection;
using ArchiveService.Attachments;
using ArchiveService.Testing;
using Xunit.Sdk;

namespace ArchiveService.AppTests.Attachments;

/// <summary>Runs a theory on the folder store.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class InFolderAttribute : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [["folder"]];
}

/// <summary>Runs a theory on the S3 store, or skips that row where there is no server.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class InS3Attribute : DataAttribute
{
    public InS3Attribute() => Skip = S3Server.SkipReason;

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [["s3"]];
}

/// <summary>An empty store of one kind and a look behind it.</summary>
public sealed class Store : IAsyncDisposable
{
    private readonly string? folder;
    private readonly S3Bucket? bucket;

    private Store(IObjectStore objects, string? folder, S3Bucket? bucket) =>
        (Objects, this.folder, this.bucket) = (objects, folder, bucket);

    public IObjectStore Objects { get; }

    public static async Task<Store> In(string kind)
    {
        Store store;
        if (kind == "s3")
        {
            var bucket = await (await S3Server.Running).NewBucket();
            store = new Store(new S3Store(bucket.Settings), null, bucket);
        }
        else
        {
            var folder = Directory.CreateTempSubdirectory("archive-objects-å ").FullName;
            store = new Store(new FolderStore(folder), folder, null);
        }
        await store.Objects.Probe(default);
        return store;
    }

    /// <summary>Bytes of unfinished uploads that the store already holds.</summary>
    public async Task<long> Unfinished(string key)
    {
        if (folder is not null)
            return new DirectoryInfo(Path.Combine(folder, "incoming")).EnumerateFiles().Sum(file => file.Length);

        var total = 0L;
        foreach (var upload in await bucket!.Uploads(key))
            total += (await bucket.Client.ListPartsAsync(bucket.Name, key, upload.UploadId)).Parts?.Sum(part => part.Size ?? 0) ?? 0;
        return total;
    }

    public async Task<int> UnfinishedUploads() => folder is null
        ? (await bucket!.Uploads()).Count
        : Directory.GetFiles(Path.Combine(folder, "incoming")).Length;

    public async Task<byte[]> Bytes(string key, long from = 0, long? length = null)
    {
        await using var stream = await Objects.Read(key, from, length, default);
        using var into = new MemoryStream();
        await stream.CopyToAsync(into);
        return into.ToArray();
    }

    public async Task<List<StoredObject>> All(string prefix = "")
    {
        List<StoredObject> all = [];
        await foreach (var found in Objects.List(prefix, default))
            all.Add(found);
        return [.. all.OrderBy(found => found.Key, StringComparer.Ordinal)];
    }

    public static string Key(int number) => ObjectKey.Of("attachments", new Guid($"0199aaaa-0000-7000-8000-{number:x12}"));

    public static byte[] Pattern(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
            bytes[i] = (byte)((i * 31) + (i >> 8) + (i >> 16));
        return bytes;
    }

    public async ValueTask DisposeAsync()
    {
        if (folder is not null)
            Directory.Delete(folder, recursive: true);
        (Objects as IDisposable)?.Dispose();
        if (bucket is not null)
            await bucket.DisposeAsync();
    }
}

/// <summary>A long stream that is made while it is read and asks its owner now and then how things stand.</summary>
public sealed class MadeStream(long length, Func<long, Task>? at = null) : Stream
{
    private long made;

    public static byte ByteAt(long position) => (byte)((position * 31) + (position >> 8) + (position >> 16));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (at is not null)
            await at(made);
        var count = (int)Math.Min(Math.Min(buffer.Length, 65_536), length - made);
        for (var i = 0; i < count; i++)
            buffer.Span[i] = ByteAt(made + i);
        made += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("A store reads asynchronously.");
    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => made; set => throw new NotSupportedException(); }
    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
