using System.Globalization;
using System.Text;

namespace ArchiveService.Capture.Archives;

/// <summary>One file of a tar: its name and where its bytes end.</summary>
internal sealed record TarEntry(string Name, long Length, bool IsFile);

/// <summary>
/// Walks a tar stream that cannot seek: ustar with prefix, GNU long names, pax path and size. Unlike the framework's
/// reader it can tell an archive that ends from one that was cut off, and never takes a length on trust for memory.
/// </summary>
internal sealed class TarEntries(Stream tar)
{
    private const int Block = 512;
    private const int MaxNameRecordBytes = 64 * 1024;

    private readonly Stream tar = tar;
    private readonly byte[] header = new byte[Block];
    private long left;
    private long padding;

    /// <summary>The next file, link or device, or null at the end mark. Throws <see cref="EndOfStreamException"/> when cut off and <see cref="InvalidDataException"/> when it is not a tar.</summary>
    public async Task<TarEntry?> Next(CancellationToken ct)
    {
        string? longName = null;
        long? longSize = null;
        while (true)
        {
            await Discard(left + padding, ct);
            left = padding = 0;
            await tar.ReadExactlyAsync(header, ct);
            if (!header.AsSpan().ContainsAnyExcept((byte)0)) return null;
            if (!IsHeader()) throw new InvalidDataException("Not a tar header.");
            var type = (char)header[156];
            var size = longSize is { } told && type is not ('x' or 'L') ? told : Number(header.AsSpan(124, 12));
            left = size;
            padding = (Block - (size % Block)) % Block;
            switch (type)
            {
                case 'L':
                    longName = Text(await Record(ct));
                    break;
                case 'x':
                    (longName, longSize) = Pax(await Record(ct), longName, longSize);
                    break;
                case 'g' or 'K' or '5':
                    break;
                default:
                    return new TarEntry(longName ?? Name(), size, type is '0' or '\0' or '7');
            }
        }
    }

    /// <summary>The bytes of the file that <see cref="Next"/> gave; throws <see cref="EndOfStreamException"/> when they are cut off.</summary>
    public Stream Content() => new EntryStream(this);

    private async Task<byte[]> Record(CancellationToken ct)
    {
        if (left > MaxNameRecordBytes) throw new InvalidDataException("A name record is too long.");
        var record = new byte[left];
        await tar.ReadExactlyAsync(record, ct);
        left = 0;
        return record;
    }

    private async Task Discard(long bytes, CancellationToken ct)
    {
        var waste = new byte[Math.Min(bytes, 64 * 1024)];
        for (; bytes > 0; bytes -= Math.Min(bytes, waste.Length)) await tar.ReadExactlyAsync(waste.AsMemory(0, (int)Math.Min(bytes, waste.Length)), ct);
    }

    private bool IsHeader()
    {
        var sum = 8 * ' ';
        for (var i = 0; i < Block; i++)
        {
            if (i is < 148 or >= 156) sum += header[i];
        }

        return sum == Number(header.AsSpan(148, 8));
    }

    /// <summary>Octal digits, or GNU's base 256 for what they cannot hold.</summary>
    private static long Number(ReadOnlySpan<byte> field)
    {
        var value = 0L;
        if ((field[0] & 0x80) != 0)
        {
            foreach (var digit in field[^8..]) value = (value << 8) | digit;
            return value >= 0 && !field[1..^8].ContainsAnyExcept((byte)0) ? value : throw new InvalidDataException("A tar number is out of range.");
        }

        foreach (var digit in field.Trim(" \0"u8))
        {
            if (digit is < (byte)'0' or > (byte)'7') throw new InvalidDataException("A tar number is not octal.");
            value = (value << 3) | (uint)(digit - '0');
        }

        return value;
    }

    private string Name()
    {
        var name = Text(header.AsSpan(0, 100));
        var isUstar = header.AsSpan(257, 6).SequenceEqual("ustar\0"u8);
        var prefix = isUstar ? Text(header.AsSpan(345, 155)) : "";
        return prefix.Length > 0 ? $"{prefix}/{name}" : name;
    }

    private static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }

    /// <summary>Records of the form <c>27 path=some/long/name\n</c>, the length counting itself.</summary>
    private static (string? Name, long? Size) Pax(ReadOnlySpan<byte> records, string? name, long? size)
    {
        while (records.IndexOf((byte)' ') is > 0 and var space
            && int.TryParse(records[..space], CultureInfo.InvariantCulture, out var length) && length > space && length <= records.Length)
        {
            var record = records[(space + 1)..length].TrimEnd((byte)'\n');
            records = records[length..];
            if (record.StartsWith("path="u8)) name = Encoding.UTF8.GetString(record[5..]);
            else if (record.StartsWith("size="u8) && long.TryParse(record[5..], NumberStyles.None, CultureInfo.InvariantCulture, out var told)) size = told;
        }

        return (name, size);
    }

    private sealed class EntryStream(TarEntries entries) : WatchedStream(entries.tar, leaveOpen: true)
    {
        public override int Read(Span<byte> buffer) => Passed(base.Read(buffer[..(int)Math.Min(buffer.Length, entries.left)]), buffer.Length);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Passed(await base.ReadAsync(buffer[..(int)Math.Min(buffer.Length, entries.left)], cancellationToken), buffer.Length);

        private int Passed(int count, int wanted)
        {
            if (count == 0 && wanted > 0 && entries.left > 0) throw new EndOfStreamException("The tar ends in the middle of a file.");
            entries.left -= count;
            return count;
        }
    }
}
