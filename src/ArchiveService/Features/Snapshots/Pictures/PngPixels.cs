using System.Buffers.Binary;
using System.IO.Compression;

namespace ArchiveService.Features.Snapshots.Pictures;

/// <summary>The pixels of a PNG as Chromium writes it: eight bits a channel, not interlaced. Everything else is null.</summary>
public sealed record PngPixels(int Width, int Height, byte[] Rgb)
{
    private const int MostPixels = 1 << 26;

    public static PngPixels? Read(ReadOnlySpan<byte> png)
    {
        if (png.Length < 33 || !png.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])) return null;
        var width = BinaryPrimitives.ReadInt32BigEndian(png[16..]);
        var height = BinaryPrimitives.ReadInt32BigEndian(png[20..]);
        var channels = png[25] switch { 2 => 3, 6 => 4, _ => 0 };
        if (png[24] != 8 || channels == 0 || png[28] != 0 || width < 1 || height < 1 || (long)width * height > MostPixels) return null;
        using var packed = new MemoryStream();
        for (var at = 8; at + 12 <= png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png[at..]);
            if (length < 0 || at + 12 > png.Length - length) break;
            if (png.Slice(at + 4, 4).SequenceEqual("IDAT"u8)) packed.Write(png.Slice(at + 8, length));
            at += length + 12;
        }

        packed.Position = 0;
        try
        {
            using var unpacked = new ZLibStream(packed, CompressionMode.Decompress);
            return new(width, height, Unfiltered(unpacked, width, height, channels));
        }
        catch (Exception damaged) when (damaged is InvalidDataException or EndOfStreamException)
        {
            return null;
        }
    }

    private static byte[] Unfiltered(Stream from, int width, int height, int channels)
    {
        var rgb = new byte[width * height * 3];
        var stride = width * channels;
        var line = new byte[stride];
        var before = new byte[stride];
        for (var y = 0; y < height; y++)
        {
            var filter = from.ReadByte();
            from.ReadExactly(line);
            for (var x = 0; x < stride; x++)
            {
                int left = x >= channels ? line[x - channels] : 0, up = before[x], corner = x >= channels ? before[x - channels] : 0;
                line[x] += filter switch { 0 => (byte)0, 1 => (byte)left, 2 => (byte)up, 3 => (byte)((left + up) / 2), 4 => Paeth(left, up, corner), _ => throw new InvalidDataException("A filter that does not exist.") };
            }

            for (var x = 0; x < width; x++) line.AsSpan(x * channels, 3).CopyTo(rgb.AsSpan(((y * width) + x) * 3));
            (line, before) = (before, line);
        }

        return rgb;
    }

    private static byte Paeth(int left, int up, int corner)
    {
        var guess = left + up - corner;
        int toLeft = Math.Abs(guess - left), toUp = Math.Abs(guess - up), toCorner = Math.Abs(guess - corner);
        return (byte)(toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner);
    }
}
