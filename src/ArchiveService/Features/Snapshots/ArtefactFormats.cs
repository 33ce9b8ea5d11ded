using System.IO.Compression;
using ArchiveService.Attachments;
using ArchiveService.Http;

namespace ArchiveService.Features.Snapshots;

/// <summary>
/// Which formats a file of a snapshot may have (H-29 leaves them to the archive's guideline: the policy lists them), and what a file is. Its first bytes
/// decide; its name and what its sender calls it are not believed.
/// </summary>
public static class ArtefactFormats
{
    /// <summary>How much of a file is looked at.</summary>
    public const int Look = 4096;

    public static IReadOnlyList<(string Format, string Word)> Known { get; } =
    [
        ("mp4", "MP4-film"), ("webm", "WebM-film"), ("png", "PNG-bild"), ("jpeg", "JPEG-bild"), ("tiff", "TIFF-bild"), ("pdf", "PDF"), ("warc", "WARC, även komprimerad"), ("wacz", "WACZ"),
    ];

    /// <summary>The words of the kinds, which are also the names of the form's file fields.</summary>
    public static IReadOnlyList<(ArtefactKind Kind, string Field, string Word, string[] Formats)> Kinds { get; } =
    [
        (ArtefactKind.ScreenRecording, "screen-recording", "Skärminspelning", ["mp4", "webm"]),
        (ArtefactKind.Screenshot, "screenshot", "Skärmbild", ["png", "jpeg", "tiff"]),
        (ArtefactKind.Pdf, "pdf", "PDF av sidan", ["pdf"]),
        (ArtefactKind.WebArchive, "web-archive", "Webbarkiv", ["warc", "wacz"]),
        (ArtefactKind.Layout, "layout", "Beskrivning av layouten", ["pdf", "png", "jpeg", "tiff"]),
    ];

    public static string Word(ArtefactKind kind) => Kinds.First(k => k.Kind == kind).Word;

    public static ArtefactKind? Kind(string field) => Kinds.Where(k => k.Field == field).Select(k => (ArtefactKind?)k.Kind).FirstOrDefault();

    /// <summary>What the policy allows of what the kind can be.</summary>
    public static IReadOnlyList<string> Allowed(ArtefactKind kind, string policy) => [.. Kinds.First(k => k.Kind == kind).Formats.Intersect(Listed(policy), StringComparer.Ordinal)];

    public static Refusal? CheckList(string value) => Listed(value) is var all && all.Length > 0 && all.FirstOrDefault(f => Known.All(k => k.Format != f)) is not { } stray
        ? null
        : Refusal.Input("policy-value-unknown", $"snapshot.formats är en lista med komman av: {string.Join(", ", Known.Select(k => k.Format))}.");

    /// <summary>What the first bytes show; null for everything else.</summary>
    public static string? Recognise(ReadOnlySpan<byte> start) => MediaTypes.Sniff(start) switch
    {
        "image/png" => "png",
        "image/jpeg" => "jpeg",
        "application/pdf" => "pdf",
        "video/mp4" => IsStillPicture(start) ? null : "mp4",
        // Matroska begins with the same bytes; what it calls itself stands right after them.
        "video/webm" => start[..Math.Min(start.Length, 64)].IndexOf("webm"u8) >= 0 ? "webm" : null,
        "application/zip" => IsWacz(start) ? "wacz" : null,
        _ => start.StartsWith("II*\0"u8) || start.StartsWith("MM\0*"u8) ? "tiff" : start.StartsWith("WARC/"u8) || IsPackedWarc(start) ? "warc" : null,
    };

    private static string[] Listed(string policy) => policy.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static bool IsStillPicture(ReadOnlySpan<byte> start) =>
        start[8..12].SequenceEqual("avif"u8) || start[8..12].SequenceEqual("mif1"u8) || start[8..12].SequenceEqual("heix"u8) || start[8..12].SequenceEqual("msf1"u8);

    /// <summary>A WACZ is a zip whose first member is one of the few that WACZ 1.1 names.</summary>
    private static bool IsWacz(ReadOnlySpan<byte> start)
    {
        if (start.Length < 34) return false;
        var length = start[26] | (start[27] << 8);
        var name = start[30..Math.Min(start.Length, 30 + length)];
        return name.StartsWith("datapackage"u8) || name.StartsWith("archive/"u8) || name.StartsWith("indexes/"u8) || name.StartsWith("pages/"u8);
    }

    private static bool IsPackedWarc(ReadOnlySpan<byte> start)
    {
        if (!start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B, 0x08])) return false;
        try
        {
            using var unpacked = new GZipStream(new MemoryStream(start.ToArray()), CompressionMode.Decompress);
            Span<byte> first = stackalloc byte[5];
            return unpacked.ReadAtLeast(first, first.Length, throwOnEndOfStream: false) == first.Length && first.SequenceEqual("WARC/"u8);
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }
}

/// <summary>A stream whose beginning has been read, given out once more from its beginning.</summary>
public sealed class BegunStream(byte[] start, Stream rest) : Stream
{
    private int given;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public static async Task<BegunStream> Begin(Stream stream, int look, CancellationToken ct)
    {
        var buffer = new byte[look];
        var length = await stream.ReadAtLeastAsync(buffer, look, throwOnEndOfStream: false, ct);
        return new(buffer[..length], stream);
    }

    public ReadOnlySpan<byte> Start => start;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        given < start.Length ? Again(buffer.Span) : await rest.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => given < start.Length ? Again(buffer.AsSpan(offset, count)) : rest.Read(buffer, offset, count);

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Again(Span<byte> into)
    {
        var count = Math.Min(into.Length, start.Length - given);
        start.AsSpan(given, count).CopyTo(into);
        given += count;
        return count;
    }
}
