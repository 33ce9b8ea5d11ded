using System.Security.Cryptography;

namespace ArchiveService.Capture.Warc;

/// <summary>Records that are cut into segments (ISO 28500 §7): their order, their length together and the digest of the whole.</summary>
internal sealed class SegmentSeries : IDisposable
{
    private const int MostOpen = 16;

    private readonly Dictionary<string, Part> open = new(StringComparer.Ordinal);

    /// <summary>What is known of a record of which this one is a part; null for a record in one piece.</summary>
    public Part? Begin(WarcRecord record, Action<string, string, bool> problem)
    {
        if (!record.Headers.TryNumber("WARC-Segment-Number", out var number)) return null;
        if (record.Type != WarcTypes.Continuation)
        {
            if (number != 1) problem(WarcCodes.Segments, "A first segment does not have number 1.", true);
            var digest = record.Headers["WARC-Payload-Digest"] is { } field ? Digest.Parse(field, out _) : null;
            var first = new Part { Number = 1, Whole = digest, Hash = digest is null ? null : IncrementalHash.CreateHash(digest.Algorithm) };
            if (record.Id is { } id && open.Count < MostOpen) open.TryAdd(id, first);
            return first;
        }

        if (record.Headers.Uri("WARC-Segment-Origin-ID") is not { } origin || !open.TryGetValue(origin, out var part))
        {
            problem(WarcCodes.DigestUnchecked, "The segment's first part is not in this file: the whole could not be checked.", false);
            return new Part { Number = (int)Math.Min(number, int.MaxValue) };
        }

        if (number != part.Number + 1) problem(WarcCodes.Segments, "The segments do not follow each other.", true);
        part.Number = (int)Math.Min(number, int.MaxValue);
        return part;
    }

    /// <summary>After a segment was read whole; after the last one the whole is checked.</summary>
    public void End(Part? part, WarcRecord record, Action<string, string, bool> problem)
    {
        if (part is null) return;
        part.Length += record.ContentLength;
        if (record.Type != WarcTypes.Continuation || record.Headers["WARC-Segment-Total-Length"] is not { } total) return;
        if (record.Headers.Uri("WARC-Segment-Origin-ID") is not { } origin || !open.Remove(origin)) return;
        if (!WarcHeaders.IsNumber(total, out var length) || length != part.Length) problem(WarcCodes.Segments, "The segments together are not as long as the last one says.", true);
        if (part.Whole is not { } digest) return;
        if (digest.Holds(part.Hash!.GetCurrentHash())) record.DigestsHold++;
        else problem(WarcCodes.PayloadDigest, "The segments together are not what the digest was made of.", true);
        part.Hash.Dispose();
    }

    public void Dispose()
    {
        foreach (var part in open.Values) part.Hash?.Dispose();
    }

    /// <summary>What has been read of a record in segments.</summary>
    internal sealed class Part
    {
        public int Number { get; set; }

        public long Length { get; set; }

        public Digest? Whole { get; init; }

        public IncrementalHash? Hash { get; init; }
    }
}
