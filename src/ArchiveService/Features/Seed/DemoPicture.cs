using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace ArchiveService.Features.Seed;

/// <summary>A small picture of hills under a sky, another one for each number: the demo's attachments.</summary>
internal static class DemoPicture
{
    private const int Width = 320, Height = 200;

    public static byte[] Png(int number)
    {
        using var rows = new MemoryStream();
        using (var packed = new ZLibStream(rows, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            for (var y = 0; y < Height; y++)
            {
                packed.WriteByte(0);
                for (var x = 0; x < Width; x++) packed.Write(Colour(number, x, y));
            }
        }

        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        var head = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, Width);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), Height);
        (head[8], head[9]) = (8, 2);
        Chunk(png, "IHDR", head);
        Chunk(png, "IDAT", rows.ToArray());
        Chunk(png, "IEND", []);
        return png.ToArray();
    }

    private static byte[] Colour(int number, int x, int y)
    {
        var far = 90 + (25 * Math.Sin((x + (number * 37)) / 48.0));
        var near = 135 + (20 * Math.Sin((x + (number * 71)) / 31.0));
        var warm = (byte)(number * 23 % 60);
        return y > near ? [(byte)(40 + warm), 92, 58]
            : y > far ? [(byte)(96 + warm), 140, 112]
            : [(byte)(150 + (y / 2)), (byte)(185 + (y / 3)), (byte)(225 - (warm / 2))];
    }

    private static void Chunk(Stream to, string name, byte[] bytes)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, bytes.Length);
        to.Write(number);
        byte[] named = [.. Encoding.ASCII.GetBytes(name), .. bytes];
        to.Write(named);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(named));
        to.Write(number);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
        }

        return ~crc;
    }
}
