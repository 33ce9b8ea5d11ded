using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ArchiveService.Sealing;

/// <summary>Seals and opens the segments of one object: nonce = prefix ‖ segment number ‖ 1 for the last, 0 for the others.</summary>
internal sealed class SegmentCipher : IDisposable
{
    private readonly AesGcm aes;
    private readonly byte[] nonce = new byte[12];

    public SegmentCipher(ReadOnlySpan<byte> derivedKey, ReadOnlySpan<byte> noncePrefix)
    {
        aes = new AesGcm(derivedKey, StreamingAead.TagLength);
        noncePrefix.CopyTo(nonce);
    }

    public void Seal(long number, bool last, ReadOnlySpan<byte> plain, Span<byte> into) =>
        aes.Encrypt(Nonce(number, last), plain, into[..plain.Length], into.Slice(plain.Length, StreamingAead.TagLength));

    public void Open(long number, bool last, ReadOnlySpan<byte> @sealed, Span<byte> into)
    {
        var length = @sealed.Length - StreamingAead.TagLength;
        if (length < 0)
            throw new CryptographicException($"Segment {number} is too short to hold its tag.");
        try
        {
            aes.Decrypt(Nonce(number, last), @sealed[..length], @sealed[length..], into[..length]);
        }
        catch (AuthenticationTagMismatchException wrong)
        {
            throw new CryptographicException(
                $"Segment {number}{(last ? ", the last," : "")} does not open: changed, cut, moved, or sealed under another key or for another place.", wrong);
        }
    }

    private ReadOnlySpan<byte> Nonce(long number, bool last)
    {
        BinaryPrimitives.WriteUInt32BigEndian(nonce.AsSpan(StreamingAead.NoncePrefixLength), checked((uint)number));
        nonce[^1] = last ? (byte)1 : (byte)0;
        return nonce;
    }

    public void Dispose() => aes.Dispose();
}

/// <summary>A stream that makes its bytes one segment at a time while it is read.</summary>
public abstract class SegmentStream : Stream
{
    private byte[] input;
    private byte[] output;
    private int ready;
    private int taken;
    private bool ended;
    private bool broken;

    private protected SegmentStream(StreamingAead aead)
    {
        Aead = aead;
        // One byte more than a segment: whether it comes tells if the segment before it is the last.
        input = ArrayPool<byte>.Shared.Rent(aead.SegmentLength + 1);
        output = ArrayPool<byte>.Shared.Rent(aead.SegmentLength);
    }

    private protected StreamingAead Aead { get; }

    private protected long Number { get; private set; }

    private int Carried => Number > 0 ? 1 : 0;

    /// <summary>Makes segment <see cref="Number"/> out of <paramref name="source"/> and returns its length.</summary>
    private protected abstract int Make(ReadOnlySpan<byte> source, bool last, Span<byte> into);

    private protected abstract ValueTask<int> Begin(CancellationToken ct);

    private protected abstract Stream Source { get; }

    public sealed override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (taken == ready && !ended && buffer.Length > 0)
            await MakeNext(cancellationToken);

        var length = Math.Min(buffer.Length, ready - taken);
        output.AsSpan(taken, length).CopyTo(buffer.Span);
        taken += length;
        return length;
    }

    private async ValueTask MakeNext(CancellationToken ct)
    {
        ObjectDisposedException.ThrowIf(input.Length == 0, this);
        if (broken)
            throw new InvalidOperationException("Reading failed before; what follows cannot be trusted.");
        broken = true;
        var room = await Begin(ct);
        var have = Carried;
        have += await Source.ReadAtLeastAsync(input.AsMemory(have, room + 1 - have), room + 1 - have, throwOnEndOfStream: false, ct);
        ended = have <= room;
        ready = Make(input.AsSpan(0, Math.Min(have, room)), ended, output);
        taken = 0;
        input[0] = input[room];
        Number++;
        broken = false;
    }

    public sealed override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public sealed override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("Read it asynchronously.");

    protected override void Dispose(bool disposing)
    {
        if (disposing && input.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(input, clearArray: true);
            ArrayPool<byte>.Shared.Return(output, clearArray: true);
            input = output = [];
            ready = taken = 0;
        }
        base.Dispose(disposing);
    }

    public sealed override bool CanRead => true;
    public sealed override bool CanSeek => false;
    public sealed override bool CanWrite => false;
    public sealed override long Length => throw new NotSupportedException();
    public sealed override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public sealed override void Flush() { }
    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public sealed override void SetLength(long value) => throw new NotSupportedException();
    public sealed override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>Plain bytes in, sealed bytes out.</summary>
public sealed class SealingStream : SegmentStream
{
    private readonly byte[] header;
    private readonly SegmentCipher cipher;

    internal SealingStream(StreamingAead aead, Stream plain, byte[] header, SegmentCipher cipher)
        : base(aead) => (Source, this.header, this.cipher) = (plain, header, cipher);

    /// <summary>Plain bytes sealed so far; all of them once the stream has been read to its end.</summary>
    public long PlainLength { get; private set; }

    private protected override Stream Source { get; }

    private protected override ValueTask<int> Begin(CancellationToken ct) =>
        new(Aead.PlainSegmentLength - (Number == 0 ? header.Length : 0));

    private protected override int Make(ReadOnlySpan<byte> source, bool last, Span<byte> into)
    {
        var before = Number == 0 ? header.Length : 0;
        header.AsSpan(0, before).CopyTo(into);
        cipher.Seal(Number, last, source, into[before..]);
        PlainLength += source.Length;
        return before + source.Length + StreamingAead.TagLength;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            cipher.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>Sealed bytes in, plain bytes out.</summary>
internal sealed class OpeningStream(
    StreamingAead aead, Stream source, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> associatedData) : SegmentStream(aead)
{
    private SegmentCipher? cipher;

    private protected override Stream Source => source;

    private protected override async ValueTask<int> Begin(CancellationToken ct)
    {
        if (Number > 0)
            return Aead.SegmentLength;

        var header = new byte[Aead.HeaderLength];
        if (await source.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, ct) < header.Length)
            throw new CryptographicException("The sealed object ends within its header.");
        cipher = Aead.CipherOf(header, key.Span, associatedData.Span);
        return Aead.SegmentLength - Aead.HeaderLength;
    }

    private protected override int Make(ReadOnlySpan<byte> source, bool last, Span<byte> into)
    {
        cipher!.Open(Number, last, source, into);
        return source.Length - StreamingAead.TagLength;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            cipher?.Dispose();
            source.Dispose();
        }
        base.Dispose(disposing);
    }

    public override async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        await base.DisposeAsync();
    }
}
