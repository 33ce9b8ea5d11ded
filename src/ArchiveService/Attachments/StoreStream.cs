namespace ArchiveService.Attachments;

/// <summary>What a store hands out to read from: ends after <paramref name="left"/> bytes and speaks of failures in the store's words.</summary>
internal sealed class StoreStream(
    Stream inner, IDisposable? owner, long left, TimeSpan patience, Func<Exception, CancellationToken, Exception?> translate) : Stream
{
    private long left = left;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (left == 0 || buffer.Length == 0)
            return 0;

        using var timed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timed.CancelAfter(patience);
        try
        {
            var count = await inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, left)], timed.Token);
            left -= count;
            return count;
        }
        catch (Exception error) when (translate(error, cancellationToken) is { } said)
        {
            throw said;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read it asynchronously.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            owner?.Dispose();
        }
        base.Dispose(disposing);
    }

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
