namespace ArchiveService.Capture.Archives;

/// <summary>Throws <see cref="InvalidDataException"/> at the end when the bytes do not give the zip's own CRC-32 (APPNOTE 4.4.7); the framework does not look.</summary>
internal sealed class Crc32Stream(Stream inner, uint expected) : WatchedStream(inner)
{
    private const uint Polynomial = 0xEDB88320;

    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(Remainder)];

    private uint crc = uint.MaxValue;

    public override int Read(Span<byte> buffer)
    {
        var count = base.Read(buffer);
        Check(buffer[..count], buffer.Length);
        return count;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await base.ReadAsync(buffer, cancellationToken);
        Check(buffer.Span[..count], buffer.Length);
        return count;
    }

    private void Check(ReadOnlySpan<byte> read, int wanted)
    {
        foreach (var next in read) crc = Table[(byte)crc ^ next] ^ (crc >> 8);
        if (read.IsEmpty && wanted > 0 && ~crc != expected) throw new InvalidDataException("The file's check sum is wrong.");
    }

    private static uint Remainder(int value)
    {
        var remainder = (uint)value;
        for (var bit = 0; bit < 8; bit++) remainder = (remainder & 1) != 0 ? (remainder >> 1) ^ Polynomial : remainder >> 1;
        return remainder;
    }
}
