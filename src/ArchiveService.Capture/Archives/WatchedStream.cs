namespace ArchiveService.Capture.Archives;

/// <summary>Reads another stream through and counts; what derives from it may object to what it sees.</summary>
internal class WatchedStream(Stream inner, bool leaveOpen = false) : Stream
{
    public long Count { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => Count;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer) => Counted(inner.Read(buffer));

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Counted(await inner.ReadAsync(buffer, cancellationToken));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !leaveOpen) inner.Dispose();
        base.Dispose(disposing);
    }

    protected virtual void Watch()
    {
    }

    private int Counted(int count)
    {
        Count += count;
        Watch();
        return count;
    }
}

/// <summary>Unpacked bytes that stop with an <see cref="ArchiveLimitException"/> before they become too many.</summary>
internal sealed class BoundedStream(Stream inner, long mostBytes, Func<long> packedBytes, ArchiveLimits limits) : WatchedStream(inner)
{
    protected override void Watch()
    {
        if (Count > mostBytes) throw new ArchiveLimitException($"Unpacks to more than {mostBytes} bytes.");
        if (limits.IsBomb(Count, packedBytes())) throw new ArchiveLimitException($"Unpacks to more than {limits.MaxRatio} times its size.");
    }
}

/// <summary>A part of a stream that can seek; several parts may be read by turns.</summary>
internal sealed class PartStream(Stream whole, long from, long length) : WatchedStream(whole, leaveOpen: true)
{
    private readonly Stream whole = whole;

    public override int Read(Span<byte> buffer)
    {
        whole.Position = from + Count;
        return base.Read(buffer[..(int)Math.Min(buffer.Length, length - Count)]);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        whole.Position = from + Count;
        return base.ReadAsync(buffer[..(int)Math.Min(buffer.Length, length - Count)], cancellationToken);
    }
}
