using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace ArchiveService.Capture.Archives;

/// <summary>A zip whose end is missing, and with it the directory: the files are found by their own headers (APPNOTE 4.3.7).</summary>
internal sealed class TruncatedZipFiles : ArchiveFiles
{
    private const int HeaderBytes = 30;
    private const int MaxNameBytes = 4096;
    private const uint LocalHeader = 0x04034b50;
    private const uint DirectoryHeader = 0x02014b50;
    private const uint Descriptor = 0x08074b50;
    private const ushort Stored = 0;
    private const ushort Deflated = 8;

    private readonly Stream file;
    private readonly Dictionary<string, Found> found = new(StringComparer.Ordinal);
    private readonly byte[] window = new byte[64 * 1024];
    private long windowAt;
    private int windowLength;

    private sealed record Found(long From, long Packed, ushort Method);

    public TruncatedZipFiles(Stream file, ArchiveLimits limits)
        : base(limits)
    {
        this.file = file;
        for (var at = FindHeader(0); at < file.Length;) at = FindHeader(Take(at));
        Note(ArchiveProblemCodes.Truncated, $"The zip ends in the middle or is damaged; {found.Count} files could be found in what is left.");
    }

    public override IReadOnlyCollection<string> Paths => found.Keys;

    public override bool Has(string path) => found.ContainsKey(path);

    public override long? Length(string path) => null;

    public override Stream? Open(string path)
    {
        if (!found.TryGetValue(path, out var entry)) return null;
        Stream part = new PartStream(file, entry.From, entry.Packed);
        if (entry.Method == Deflated) part = new DeflateStream(part, CompressionMode.Decompress);
        return new BoundedStream(part, Limits.MaxFileBytes, () => entry.Packed, Limits);
    }

    public override ValueTask DisposeAsync() => file.DisposeAsync();

    /// <summary>Keeps the file whose header stands here and tells where to look for the next.</summary>
    private long Take(long at)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (Read(at, header) < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(header) != LocalHeader) return at + 4;
        var flags = BinaryPrimitives.ReadUInt16LittleEndian(header[6..]);
        var method = BinaryPrimitives.ReadUInt16LittleEndian(header[8..]);
        var packed = (long)BinaryPrimitives.ReadUInt32LittleEndian(header[18..]);
        var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[26..]);
        var from = at + HeaderBytes + nameLength + BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        if (nameLength is 0 or > MaxNameBytes || method is not (Stored or Deflated) || from > file.Length) return at + 4;

        var name = new byte[nameLength];
        Read(at + HeaderBytes, name);
        var sizeFollows = (flags & 8) != 0 || packed == uint.MaxValue;
        var end = sizeFollows ? FindHeader(from) : from + packed;
        var whole = end < file.Length || (end == file.Length && !sizeFollows);
        if (end > file.Length) end = file.Length;
        packed = end - from - (sizeFollows && method == Stored ? DescriptorBytes(from, end) : 0);
        Keep(Encoding.UTF8.GetString(name), new Found(from, packed, method), whole, encrypted: (flags & 1) != 0);
        return end;
    }

    private void Keep(string name, Found entry, bool whole, bool encrypted)
    {
        if (name.EndsWith('/')) return;
        if (encrypted) Note(ArchiveProblemCodes.Encrypted, $"“{Shown(name)}” needs a password and was left out.");
        else if (!whole && !IsReadableInPart(name)) Note(ArchiveProblemCodes.Truncated, $"“{Shown(name)}” is cut off and was left out.");
        else if (IsKept(name, found.ContainsKey, found.Count, out var path)) found.Add(path, entry);
    }

    private int DescriptorBytes(long from, long end)
    {
        Span<byte> mark = stackalloc byte[4];
        foreach (var length in (ReadOnlySpan<int>)[16, 24])
        {
            if (end - length >= from && Read(end - length, mark) == 4 && BinaryPrimitives.ReadUInt32LittleEndian(mark) == Descriptor) return length;
        }

        return 0;
    }

    private long FindHeader(long from)
    {
        while (from < file.Length)
        {
            // What was read for the header before is not read again: a file of nothing but headers would else cost a block for each of them.
            if (from < windowAt || from + 4 > windowAt + windowLength)
            {
                windowAt = from;
                windowLength = Read(from, window);
            }

            var begins = (int)(from - windowAt);
            for (var i = begins; i + 4 <= windowLength;)
            {
                var next = window.AsSpan(i, windowLength - i - 2).IndexOf("PK"u8);
                if (next < 0) break;
                i += next;
                if (BinaryPrimitives.ReadUInt32LittleEndian(window.AsSpan(i)) is LocalHeader or DirectoryHeader) return windowAt + i;
                i++;
            }

            if (windowAt + windowLength >= file.Length) break;
            from = windowAt + windowLength - 3;
        }

        return file.Length;
    }

    private int Read(long at, Span<byte> into)
    {
        file.Position = Math.Min(at, file.Length);
        return file.ReadAtLeast(into, into.Length, throwOnEndOfStream: false);
    }
}
