using System.Security.Cryptography;
using System.Text;

namespace ArchiveService.Capture.Warc;

/// <summary>Follows a block as it is read and says at its end which of its digests hold.</summary>
internal sealed class BlockDigests : IDisposable
{
    private const int MaxHttpHead = 256 * 1024;

    private readonly Digest? block;
    private readonly Digest? payload;
    private readonly IncrementalHash? blockHash;
    private readonly IncrementalHash? payloadHash;
    private readonly IncrementalHash? unchunkedHash;
    private readonly IncrementalHash? seriesHash;
    private readonly bool isPart;
    private readonly MemoryStream head = new();
    private readonly PayloadForm form;
    private bool headEnded;
    private ChunkedBody? chunks;

    private enum PayloadForm
    {
        Whole,
        Http,
        Line,
    }

    public BlockDigests(WarcHeaders headers, string type, bool isPart, IncrementalHash? seriesHash, Action<string, string, bool> problem)
    {
        block = Parse(headers, "WARC-Block-Digest", problem);
        payload = Parse(headers, "WARC-Payload-Digest", problem);
        IsRevisit = type == WarcTypes.Revisit;
        (this.isPart, this.seriesHash) = (isPart, seriesHash);
        if (IsRevisit || type == WarcTypes.Continuation) payload = null;
        var contentType = headers["Content-Type"] ?? "";
        form = type is not (WarcTypes.Response or WarcTypes.Request) ? PayloadForm.Whole
            : contentType.StartsWith("application/http", StringComparison.OrdinalIgnoreCase) ? PayloadForm.Http
            : contentType.StartsWith("application/gemini", StringComparison.OrdinalIgnoreCase) ? PayloadForm.Line
            : PayloadForm.Whole;
        headEnded = form == PayloadForm.Whole;
        if (block is not null) blockHash = IncrementalHash.CreateHash(block.Algorithm);
        if (payload is null) return;
        payloadHash = IncrementalHash.CreateHash(payload.Algorithm);
        unchunkedHash = form == PayloadForm.Http ? IncrementalHash.CreateHash(payload.Algorithm) : null;
    }

    public bool IsRevisit { get; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        blockHash?.AppendData(bytes);
        if (payloadHash is null && seriesHash is null) return;
        if (!headEnded) bytes = AfterHead(bytes);
        if (bytes.IsEmpty) return;
        payloadHash?.AppendData(bytes);
        seriesHash?.AppendData(bytes);
        if (unchunkedHash is not null) chunks?.Append(bytes, unchunkedHash.AppendData);
    }

    /// <summary>How many hold; what does not is told.</summary>
    public int Check(Action<string, string, bool> problem)
    {
        var hold = 0;
        if (block is not null)
        {
            if (block.Holds(blockHash!.GetHashAndReset())) hold++;
            else if (IsRevisit) problem(WarcCodes.DigestUnchecked, "The block digest is not that of this block. Some tools state that of the answer as it came, whose payload a revisit leaves out.", false);
            else problem(WarcCodes.BlockDigest, "The block is not what its digest was made of.", true);
        }

        if (payload is null) return hold;
        var isChunked = chunks is { IsBroken: false, IsWhole: true };
        if (payload.Holds(payloadHash!.GetHashAndReset()) || isChunked && payload.Holds(unchunkedHash!.GetHashAndReset())) hold++;
        else if (isPart) problem(WarcCodes.DigestUnchecked, "The payload digest may be that of all parts of the record together.", false);
        else problem(WarcCodes.PayloadDigest, "The payload is not what its digest was made of, neither as it stands nor without the transfer encoding.", true);
        if (chunks is not null && !isChunked) problem(WarcCodes.NotChunked, "The head says that the body comes in chunks, but it does not.", false);
        return hold;
    }

    public void Dispose()
    {
        blockHash?.Dispose();
        payloadHash?.Dispose();
        unchunkedHash?.Dispose();
        head.Dispose();
    }

    private static Digest? Parse(WarcHeaders headers, string name, Action<string, string, bool> problem)
    {
        if (headers[name] is not { } field) return null;
        var digest = Digest.Parse(field, out var wrong);
        if (wrong is not null) problem(wrong, $"{name} is not a digest that can be checked.", wrong == WarcCodes.DigestMalformed);
        return digest;
    }

    /// <summary>What of the bytes stands behind the protocol's head.</summary>
    private ReadOnlySpan<byte> AfterHead(ReadOnlySpan<byte> bytes)
    {
        var before = (int)head.Length;
        head.Write(bytes[..Math.Min(bytes.Length, MaxHttpHead + 4)]);
        var all = head.GetBuffer().AsSpan(0, (int)head.Length);
        var end = form == PayloadForm.Line ? EndOf(all, "\r\n"u8) : EndOf(all, "\r\n\r\n"u8) is var crlf and > 0 ? crlf : EndOf(all, "\n\n"u8);
        if (end < 0)
        {
            if (head.Length <= MaxHttpHead) return [];

            // No head at all: there is nothing to tell a payload from.
            headEnded = true;
            return [];
        }

        headEnded = true;
        if (form == PayloadForm.Http && IsChunked(all[..end])) chunks = new ChunkedBody();
        head.SetLength(0);
        return bytes[Math.Max(0, end - before)..];
    }

    private static int EndOf(ReadOnlySpan<byte> all, ReadOnlySpan<byte> mark) => all.IndexOf(mark) is var at and >= 0 ? at + mark.Length : -1;

    private static bool IsChunked(ReadOnlySpan<byte> head) => Encoding.Latin1.GetString(head).Split('\n')
        .Any(line => line.StartsWith("transfer-encoding:", StringComparison.OrdinalIgnoreCase) && line.Contains("chunked", StringComparison.OrdinalIgnoreCase));
}
