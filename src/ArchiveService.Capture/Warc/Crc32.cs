using System.Buffers.Binary;

namespace ArchiveService.Capture.Warc;

/// <summary>CRC-32 (RFC 1952 §8), eight bytes at a time; the framework has none to offer.</summary>
internal struct Crc32()
{
    private const uint Polynomial = 0xEDB88320;

    private static readonly uint[] Tables = Make();

    private uint crc = uint.MaxValue;

    public readonly uint Value => ~crc;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var tables = Tables;
        var now = crc;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ now;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            now = tables[0x700 + (byte)low] ^ tables[0x600 + (byte)(low >> 8)] ^ tables[0x500 + (byte)(low >> 16)] ^ tables[0x400 + (int)(low >> 24)]
                ^ tables[0x300 + (byte)high] ^ tables[0x200 + (byte)(high >> 8)] ^ tables[0x100 + (byte)(high >> 16)] ^ tables[(int)(high >> 24)];
        }

        foreach (var next in bytes) now = tables[(byte)now ^ next] ^ (now >> 8);
        crc = now;
    }

    private static uint[] Make()
    {
        var tables = new uint[8 * 256];
        for (var i = 0; i < 256; i++)
        {
            var remainder = (uint)i;
            for (var bit = 0; bit < 8; bit++) remainder = (remainder & 1) != 0 ? (remainder >> 1) ^ Polynomial : remainder >> 1;
            tables[i] = remainder;
        }

        for (var i = 256; i < tables.Length; i++) tables[i] = tables[(byte)tables[i - 256]] ^ (tables[i - 256] >> 8);
        return tables;
    }
}
