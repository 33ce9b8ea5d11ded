using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace ArchiveService.Evidence;

/// <summary>An event as it becomes a leaf: what is hashed of it, read back from the columns it is stored in.</summary>
/// <param name="Sequence">Its number in the log.</param>
/// <param name="Id">Its id.</param>
/// <param name="Stream">Its stream.</param>
/// <param name="Version">Its place in the stream, from 1.</param>
/// <param name="Type">Its stored name.</param>
/// <param name="At">When it was recorded, in whole microseconds.</param>
/// <param name="Actor">Who did it; null for nobody named.</param>
/// <param name="Correlation">What it belongs to; may be null.</param>
/// <param name="Causation">What caused it; may be null.</param>
/// <param name="Headers">JSON, in UTF-8; null when there are none.</param>
/// <param name="Data">The event's JSON, in UTF-8, in any spelling.</param>
public sealed record EventLeaf(
    long Sequence, Guid Id, Guid Stream, long Version, string Type, DateTimeOffset At,
    string? Actor, string? Correlation, string? Causation, ReadOnlyMemory<byte>? Headers, ReadOnlyMemory<byte> Data)
{
    /// <summary>
    /// Leaf v1: the UTF-8 of the RFC 8785 form of <c>{v:1, seq, id, stream, version, type, at, actor, correlation, causation, headers, data}</c>, with seq, version and
    /// at (microseconds since 1970) as decimal strings. A column without value is a member that is null.
    /// </summary>
    /// <exception cref="FormatException">As <see cref="CanonicalJson.Write"/>.</exception>
    /// <exception cref="ArgumentException">The time has more digits than microseconds.</exception>
    public byte[] V1()
    {
        var to = new ArrayBufferWriter<byte>(Data.Length + 512);
        WriteV1(to);
        return to.WrittenSpan.ToArray();
    }

    /// <summary>The hash of leaf v1.</summary>
    /// <exception cref="FormatException">As <see cref="V1"/>.</exception>
    public MerkleHash Hash()
    {
        var to = new ArrayBufferWriter<byte>(Data.Length + 512);
        WriteV1(to);
        return MerkleHash.OfLeaf(to.WrittenSpan);
    }

    /// <summary>Microseconds since 1970.</summary>
    private long Microseconds()
    {
        var (microseconds, rest) = Math.DivRem(At.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks, TimeSpan.TicksPerMicrosecond);
        return rest == 0 ? microseconds : throw new InvalidOperationException("The time of an event has no digit behind the microseconds.");
    }

    private void WriteV1(IBufferWriter<byte> to)
    {
        CanonicalJson.Raw(to, "{\"actor\":"u8);
        Nullable(to, Actor);
        CanonicalJson.Raw(to, ",\"at\":"u8);
        Digits(to, Microseconds());
        CanonicalJson.Raw(to, ",\"causation\":"u8);
        Nullable(to, Causation);
        CanonicalJson.Raw(to, ",\"correlation\":"u8);
        Nullable(to, Correlation);
        CanonicalJson.Raw(to, ",\"data\":"u8);
        Document(to, Data);
        CanonicalJson.Raw(to, ",\"headers\":"u8);
        if (Headers is { } headers) Document(to, headers);
        else CanonicalJson.Raw(to, "null"u8);
        CanonicalJson.Raw(to, ",\"id\":"u8);
        CanonicalJson.Text(to, Id.ToString("D"));
        CanonicalJson.Raw(to, ",\"seq\":"u8);
        Digits(to, Sequence);
        CanonicalJson.Raw(to, ",\"stream\":"u8);
        CanonicalJson.Text(to, Stream.ToString("D"));
        CanonicalJson.Raw(to, ",\"type\":"u8);
        CanonicalJson.Text(to, Type);
        CanonicalJson.Raw(to, ",\"v\":1,\"version\":"u8);
        Digits(to, Version);
        CanonicalJson.Raw(to, "}"u8);
    }

    private static void Document(IBufferWriter<byte> to, ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            CanonicalJson.Write(to, document.RootElement);
        }
        catch (JsonException error)
        {
            throw new FormatException("The stored document is not JSON.", error);
        }
    }

    private static void Nullable(IBufferWriter<byte> to, string? text)
    {
        if (text is null) CanonicalJson.Raw(to, "null"u8);
        else CanonicalJson.Text(to, text);
    }

    private static void Digits(IBufferWriter<byte> to, long value)
    {
        CanonicalJson.Raw(to, "\""u8);
        CanonicalJson.Integer(to, value);
        CanonicalJson.Raw(to, "\""u8);
    }
}
