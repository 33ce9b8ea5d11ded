using System.Buffers;
using System.Security.Cryptography;

namespace ArchiveService.Sealing;

/// <summary>Reads a part of a sealed object; the answer may be shorter only where the object ends.</summary>
public delegate Task<Stream> ReadSealed(long from, long length, CancellationToken ct);

/// <summary>
/// Tink's AesGcmHkdfStreaming, byte for byte, so that any Tink library opens one exported file key.
/// sealed = length ‖ salt ‖ nonce prefix ‖ segment 0 ‖ segment 1 …; every segment is AES-GCM with nonce
/// prefix ‖ segment number ‖ last flag, under HKDF(key, salt, associated data).
/// Whatever does not open throws <see cref="CryptographicException"/>; no byte of a segment is handed out before its tag is checked.
/// </summary>
/// <param name="segmentLength">Bytes of one sealed segment; the first is shorter by the header.</param>
/// <param name="derivedKeyLength">16 or 32: length of the AES key, and of the salt.</param>
/// <param name="hash">The hash of HKDF.</param>
/// <param name="fillRandom">Salt and nonce prefix; only a test with a written example sets it.</param>
public sealed class StreamingAead(
    int segmentLength, int derivedKeyLength, HashAlgorithmName hash, Action<Span<byte>>? fillRandom = null)
{
    internal const int TagLength = 16;
    internal const int NoncePrefixLength = 7;

    /// <summary>The stored format of attachments: HKDF-SHA256, AES-256, segments of 1 MiB.</summary>
    public static StreamingAead Standard { get; } = new(1_048_576, 32, HashAlgorithmName.SHA256);

    public int HeaderLength => 1 + derivedKeyLength + NoncePrefixLength;

    internal int SegmentLength { get; } = segmentLength > derivedKeyLength + 1 + NoncePrefixLength + TagLength
        ? segmentLength
        : throw new ArgumentOutOfRangeException(nameof(segmentLength), segmentLength, "A segment must hold more than header and tag.");

    internal int PlainSegmentLength => SegmentLength - TagLength;

    public long SealedLength(long plainLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(plainLength);
        var (full, rest) = Math.DivRem(plainLength + HeaderLength, PlainSegmentLength);
        return (full * SegmentLength) + (rest > 0 ? rest + TagLength : 0);
    }

    public long PlainLength(long sealedLength)
    {
        var segments = (sealedLength + SegmentLength - 1) / SegmentLength;
        var plain = sealedLength - HeaderLength - (segments * TagLength);
        return plain >= 0 && SealedLength(plain) == sealedLength
            ? plain
            : throw new CryptographicException($"Nothing that was sealed here is {sealedLength} bytes long.");
    }

    /// <summary>Seals all of <paramref name="plain"/> and returns the number of plain bytes.</summary>
    public async Task<long> Seal(
        Stream plain, Stream @sealed, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> associatedData, CancellationToken ct)
    {
        await using var sealing = SealRead(plain, key, associatedData);
        await sealing.CopyToAsync(@sealed, ct);
        return sealing.PlainLength;
    }

    /// <summary>The sealed bytes of <paramref name="plain"/> as a stream to read from; leaves <paramref name="plain"/> open.</summary>
    public SealingStream SealRead(Stream plain, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> associatedData)
    {
        var header = new byte[HeaderLength];
        header[0] = (byte)HeaderLength;
        (fillRandom ?? RandomNumberGenerator.Fill)(header.AsSpan(1));
        return new SealingStream(this, plain, header, CipherOf(header, key.Span, associatedData.Span));
    }

    /// <summary>The plain bytes of <paramref name="sealed"/>; disposing the answer disposes <paramref name="sealed"/> too.</summary>
    public Stream OpenRead(Stream @sealed, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> associatedData) =>
        new OpeningStream(this, @sealed, key, associatedData);

    /// <summary>
    /// Writes <paramref name="length"/> plain bytes from <paramref name="from"/> on, reading and opening only the segments they stand in.
    /// <paramref name="sealedLength"/> must come from the event, not from the store: a cut object would otherwise pass for a short one.
    /// </summary>
    public async Task OpenRange(
        ReadSealed read, long sealedLength, long from, long length,
        ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> associatedData, Stream to, CancellationToken ct)
    {
        var plainLength = PlainLength(sealedLength);
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, plainLength - from);
        if (length == 0)
            return;

        // The header counts as plain bytes of the first segment: that makes every border a multiple of one length.
        var start = from + HeaderLength;
        var end = start + length;
        var first = start / PlainSegmentLength;
        var last = (end - 1) / PlainSegmentLength;
        var lastOfAll = (sealedLength - 1) / SegmentLength;

        var header = new byte[HeaderLength];
        if (first > 0)
        {
            await using var beginning = await read(0, HeaderLength, ct);
            await ReadAll(beginning, header, ct);
        }

        var sealedFrom = first * SegmentLength;
        await using var source = await read(sealedFrom, Math.Min((last + 1) * SegmentLength, sealedLength) - sealedFrom, ct);
        if (first == 0)
            await ReadAll(source, header, ct);

        using var cipher = CipherOf(header, key.Span, associatedData.Span);
        var sealedSegment = ArrayPool<byte>.Shared.Rent(SegmentLength);
        var plainSegment = ArrayPool<byte>.Shared.Rent(SegmentLength);
        try
        {
            for (var number = first; number <= last; number++)
            {
                var headerHere = number == 0 ? HeaderLength : 0;
                var size = (int)Math.Min(SegmentLength, sealedLength - (number * SegmentLength)) - headerHere;
                await ReadAll(source, sealedSegment.AsMemory(0, size), ct);
                cipher.Open(number, number == lastOfAll, sealedSegment.AsSpan(0, size), plainSegment);

                var segmentStart = (number * PlainSegmentLength) + headerHere;
                var cutFrom = (int)(Math.Max(start, segmentStart) - segmentStart);
                var cutTo = (int)(Math.Min(end, segmentStart + size - TagLength) - segmentStart);
                await to.WriteAsync(plainSegment.AsMemory(cutFrom, cutTo - cutFrom), ct);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(sealedSegment);
            ArrayPool<byte>.Shared.Return(plainSegment, clearArray: true);
        }
    }

    internal SegmentCipher CipherOf(ReadOnlySpan<byte> header, ReadOnlySpan<byte> key, ReadOnlySpan<byte> associatedData)
    {
        if (header[0] != HeaderLength)
            throw new CryptographicException($"The header says {header[0]} bytes, not {HeaderLength}.");
        ArgumentOutOfRangeException.ThrowIfLessThan(key.Length, derivedKeyLength, nameof(key));

        Span<byte> derived = stackalloc byte[derivedKeyLength];
        HKDF.DeriveKey(hash, key, derived, header.Slice(1, derivedKeyLength), associatedData);
        try
        {
            return new SegmentCipher(derived, header[(1 + derivedKeyLength)..]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
        }
    }

    private static async Task ReadAll(Stream source, Memory<byte> into, CancellationToken ct)
    {
        if (await source.ReadAtLeastAsync(into, into.Length, throwOnEndOfStream: false, ct) < into.Length)
            throw new CryptographicException("The sealed object is shorter than it was when it was sealed.");
    }
}
