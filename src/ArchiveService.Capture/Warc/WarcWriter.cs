using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using ArchiveService.Capture.Archives;

namespace ArchiveService.Capture.Warc;

/// <summary>The head of a record that is to be written; the writer adds the length and the digests.</summary>
/// <param name="Type">One of <see cref="WarcTypes"/>.</param>
/// <param name="Id">Its id; written as <c>urn:uuid</c>.</param>
/// <param name="At">When it was captured or made.</param>
public sealed record WarcHead(string Type, Guid Id, DateTimeOffset At)
{
    /// <summary>What it is a copy of; spaces and letters that a URI does not have are escaped.</summary>
    public string? TargetUri { get; init; }

    /// <summary>The media type of the block.</summary>
    public string? ContentType { get; init; }

    /// <summary>The record that this one says something of, or is the same as.</summary>
    public Guid? RefersTo { get; init; }

    /// <summary>The <c>warcinfo</c> that describes it.</summary>
    public Guid? WarcInfo { get; init; }

    /// <summary>Which sort of revisit.</summary>
    public string? Profile { get; init; }

    /// <summary>A revisit's payload stands in another record; this is its digest.</summary>
    public string? PayloadDigest { get; init; }

    /// <summary>Further fields.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> More { get; init; } = [];
}

/// <summary>Where a written record stands.</summary>
/// <param name="Offset">Where it begins.</param>
/// <param name="Length">How long it is there.</param>
/// <param name="Digest">The digest of its block, as written.</param>
public sealed record WarcPlace(long Offset, long Length, string Digest);

/// <summary>Writes WARC 1.1 (ISO 28500:2017), each record a gzip member of its own, with a SHA-256 over every block.</summary>
public sealed class WarcWriter
{
    /// <summary>The profile of a revisit whose payload is that of an earlier record.</summary>
    public const string IdenticalPayload = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";

    private const int BufferBytes = 64 * 1024;

    private readonly CountingStream to;
    private readonly bool packed;

    /// <summary>Writes into a stream, which stays open.</summary>
    public WarcWriter(Stream to, bool packed = true) => (this.to, this.packed) = (new CountingStream(to), packed);

    /// <summary>Bytes written.</summary>
    public long Length => to.Count;

    /// <summary>Writes a record whose block is at hand.</summary>
    public Task<WarcPlace> Write(WarcHead head, ReadOnlyMemory<byte> block, CancellationToken ct) =>
        Write(head, block.Length, SHA256.HashData(block.Span), async (into, stop) => await into.WriteAsync(block, stop), ct);

    /// <summary>Writes a record whose block is read twice: once for its length and digest, which stand in front of it, and once for itself.</summary>
    public async Task<WarcPlace> Write(WarcHead head, Func<CancellationToken, Task<Stream>> open, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var length = await Copy(await open(ct), Stream.Null, hash, ct);
        var digest = hash.GetHashAndReset();
        return await Write(head, length, digest, async (into, stop) =>
        {
            var again = await Copy(await open(stop), into, hash, stop);
            if (again != length || !hash.GetHashAndReset().AsSpan().SequenceEqual(digest)) throw new IOException("What was to be written changed while it was written.");
        }, ct);
    }

    /// <summary>The digest that a block read from there would be written with.</summary>
    public static async Task<string> Measure(Func<CancellationToken, Task<Stream>> open, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await Copy(await open(ct), Stream.Null, hash, ct);
        return DigestOf(hash.GetHashAndReset());
    }

    /// <summary>The fields of a <c>warcinfo</c> or <c>metadata</c> block of the form <c>application/warc-fields</c>.</summary>
    public static byte[] Fields(params IEnumerable<(string Name, string Value)> fields) =>
        Encoding.UTF8.GetBytes(string.Concat(fields.Select(f => $"{f.Name}: {Clean(f.Value)}\r\n")));

    /// <summary>How a digest is written.</summary>
    public static string DigestOf(ReadOnlySpan<byte> sha256) => $"sha256:{Convert.ToHexStringLower(sha256)}";

    /// <summary>An id as it is written, without brackets.</summary>
    public static string IdOf(Guid id) => $"urn:uuid:{id:D}";

    private async Task<WarcPlace> Write(WarcHead head, long length, byte[] sha256, Func<Stream, CancellationToken, Task> block, CancellationToken ct)
    {
        var offset = to.Count;
        var digest = DigestOf(sha256);
        if (packed)
        {
            await using var member = new GZipStream(to, CompressionLevel.Optimal, leaveOpen: true);
            await Write(member);
        }
        else
        {
            await Write(to);
        }

        return new(offset, to.Count - offset, digest);

        async Task Write(Stream into)
        {
            await into.WriteAsync(Head(head, length, digest), ct);
            await block(into, ct);
            await into.WriteAsync("\r\n\r\n"u8.ToArray(), ct);
        }
    }

    private static byte[] Head(WarcHead head, long length, string digest)
    {
        var text = new StringBuilder("WARC/1.1\r\n");
        void Field(string name, string? value)
        {
            if (value is not null) text.Append(name).Append(": ").Append(Clean(value)).Append("\r\n");
        }

        Field("WARC-Type", head.Type);
        Field("WARC-Record-ID", $"<{IdOf(head.Id)}>");
        Field("WARC-Date", head.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        Field("WARC-Target-URI", head.TargetUri is null ? null : Escaped(head.TargetUri));
        Field("WARC-Warcinfo-ID", head.WarcInfo is { } info ? $"<{IdOf(info)}>" : null);
        Field("WARC-Refers-To", head.RefersTo is { } other ? $"<{IdOf(other)}>" : null);
        Field("WARC-Profile", head.Profile);
        Field("WARC-Block-Digest", digest);
        Field("WARC-Payload-Digest", head.PayloadDigest ?? (head.Type is WarcTypes.Resource or WarcTypes.Conversion ? digest : null));
        foreach (var (name, value) in head.More) Field(name, value);
        Field("Content-Type", head.ContentType);
        Field("Content-Length", length.ToString(CultureInfo.InvariantCulture));
        return Encoding.UTF8.GetBytes(text.Append("\r\n").ToString());
    }

    private static async Task<long> Copy(Stream from, Stream into, IncrementalHash hash, CancellationToken ct)
    {
        await using (from)
        {
            var buffer = new byte[BufferBytes];
            long length = 0;
            for (int count; (count = await from.ReadAsync(buffer, ct)) > 0; length += count)
            {
                hash.AppendData(buffer, 0, count);
                await into.WriteAsync(buffer.AsMemory(0, count), ct);
            }

            return length;
        }
    }

    /// <summary>A value never becomes a second field.</summary>
    private static string Clean(string value) => value.Any(char.IsControl) ? new([.. value.Select(c => char.IsControl(c) ? ' ' : c)]) : value;

    private static string Escaped(string uri)
    {
        var text = new StringBuilder(uri.Length);
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in uri.EnumerateRunes())
        {
            if (rune.Value is > ' ' and <= '~' and not ('<' or '>' or '"'))
            {
                text.Append((char)rune.Value);
                continue;
            }

            foreach (var one in bytes[..rune.EncodeToUtf8(bytes)]) text.Append(CultureInfo.InvariantCulture, $"%{one:X2}");
        }

        return text.ToString();
    }
}

/// <summary>Counts what is written through it.</summary>
internal sealed class CountingStream(Stream inner) : Stream
{
    public long Count { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => Count;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        inner.Write(buffer);
        Count += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await inner.WriteAsync(buffer, cancellationToken);
        Count += buffer.Length;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
