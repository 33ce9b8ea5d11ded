using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ArchiveService.Capture.Warc;

/// <summary>
/// Writes a WACZ 1.1.1 package: one WARC file, its index, its pages and the hashes of all of it. The package is not signed. The index is kept in memory, some two hundred bytes a
/// record, because it must be sorted; everything else goes straight through.
/// </summary>
public sealed class WaczWriter : IAsyncDisposable
{
    private const string WarcName = "data.warc.gz";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly HeldStream to;
    private readonly ZipArchive zip;
    private readonly DateTimeOffset now;
    private readonly List<string> index = [];
    private readonly List<string> pages = [];
    private readonly List<Resource> resources = [];
    private HashedEntry? warc;

    private WaczWriter(HeldStream to, ZipArchive zip, DateTimeOffset now) => (this.to, this.zip, this.now) = (to, zip, now);

    /// <summary>The package's WARC file.</summary>
    public WarcWriter Warc { get; private set; } = null!;

    /// <summary>Begins a package in a stream, which stays open and need not be able to seek.</summary>
    public static async Task<WaczWriter> Begin(Stream to, DateTimeOffset now, CancellationToken ct)
    {
        var held = new HeldStream(to);
        var writer = new WaczWriter(held, await ZipArchive.CreateAsync(held, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, ct), now);
        writer.warc = await writer.Entry($"archive/{WarcName}", CompressionLevel.NoCompression, ct);
        writer.Warc = new WarcWriter(writer.warc);
        return writer;
    }

    /// <summary>Puts a written record into the index.</summary>
    public void Index(WarcPlace place, string url, DateTimeOffset at, string mime, string? status = null) => index.Add(new CdxjLine(
        CdxjLine.KeyOf(url), at.UtcDateTime.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture), url, mime, status ?? "-", place.Digest, place.Offset, place.Length, WarcName).Written());

    /// <summary>Puts a page into the list of pages.</summary>
    public void Page(string url, DateTimeOffset at, string title) => pages.Add(JsonSerializer.Serialize(new { id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{at:O} {url}")).AsSpan(0, 10)), url, ts = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), title }));

    /// <summary>Writes everything that stands behind the WARC file; the package is whole after this.</summary>
    public async Task Finish(string title, string software, CancellationToken ct)
    {
        await Close(warc!);
        index.Sort(StringComparer.Ordinal);
        await Lines("indexes/index.cdxj", index, ct);
        await Lines("pages/pages.jsonl", ["{\"format\": \"json-pages-1.0\", \"id\": \"pages\", \"title\": \"All Pages\"}", .. pages], ct);
        var package = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                profile = "data-package",
                wacz_version = "1.1.1",
                title,
                created = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                software,
                resources = resources.Select(r => new { name = r.Path[(r.Path.LastIndexOf('/') + 1)..], path = r.Path, hash = r.Hash, bytes = r.Bytes }),
            },
            Json);
        await Bytes("datapackage.json", package, ct);
        await Bytes("datapackage-digest.json", JsonSerializer.SerializeToUtf8Bytes(new { path = "datapackage.json", hash = WarcWriter.DigestOf(SHA256.HashData(package)) }, Json), ct);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (warc is { } open)
        {
            warc = null;
            await open.DisposeAsync();
        }

        await zip.DisposeAsync();
        await to.FlushAsync(CancellationToken.None);
        await to.DisposeAsync();
    }

    private async Task<HashedEntry> Entry(string path, CompressionLevel level, CancellationToken ct)
    {
        var entry = zip.CreateEntry(path, level);
        entry.LastWriteTime = now;
        return new HashedEntry(path, await entry.OpenAsync(ct));
    }

    private async Task Close(HashedEntry entry)
    {
        await entry.DisposeAsync();
        resources.Add(entry.Written());
        if (entry == warc) warc = null;
    }

    private async Task Lines(string path, IEnumerable<string> lines, CancellationToken ct)
    {
        var entry = await Entry(path, CompressionLevel.Optimal, ct);
        foreach (var line in lines) await entry.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), ct);
        await Close(entry);
    }

    private async Task Bytes(string path, byte[] bytes, CancellationToken ct)
    {
        await using var entry = await Entry(path, CompressionLevel.Optimal, ct);
        await entry.WriteAsync(bytes, ct);
    }

    private sealed record Resource(string Path, string Hash, long Bytes);

    /// <summary>A part of the package, hashed as it is written.</summary>
    private sealed class HashedEntry(string path, Stream entry) : Stream
    {
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private long count;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => count;
            set => throw new NotSupportedException();
        }

        public Resource Written() => new(path, WarcWriter.DigestOf(hash.GetCurrentHash()), count);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            hash.AppendData(buffer.Span);
            count += buffer.Length;
            await entry.WriteAsync(buffer, cancellationToken);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Write(byte[] buffer, int offset, int count)
        {
            hash.AppendData(buffer, offset, count);
            this.count += count;
            entry.Write(buffer, offset, count);
        }

        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override async ValueTask DisposeAsync()
        {
            await entry.DisposeAsync();
            await base.DisposeAsync();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) entry.Dispose();
            base.Dispose(disposing);
        }
    }

    /// <summary>The framework ends a zip's entries without waiting, which an HTTP answer does not allow: such few bytes are held until the next that is waited for.</summary>
    private sealed class HeldStream(Stream inner) : Stream
    {
        private readonly MemoryStream held = new();

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => held.Write(buffer, offset, count);

        public override void Write(ReadOnlySpan<byte> buffer) => held.Write(buffer);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Let(cancellationToken);
            await inner.WriteAsync(buffer, cancellationToken);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush()
        {
        }

        public override async Task FlushAsync(CancellationToken cancellationToken)
        {
            await Let(cancellationToken);
            await inner.FlushAsync(cancellationToken);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) held.Dispose();
            base.Dispose(disposing);
        }

        private async Task Let(CancellationToken ct)
        {
            if (held.Length == 0) return;
            await inner.WriteAsync(held.GetBuffer().AsMemory(0, (int)held.Length), ct);
            held.SetLength(0);
        }
    }
}
