using System.IO.Compression;

namespace ArchiveService.Capture.Archives;

/// <summary>A whole zip, read by its central directory.</summary>
internal sealed class ZipFiles : ArchiveFiles
{
    private const int SymbolicLink = 0xA;

    private readonly Stream file;
    private readonly ZipArchive zip;
    private readonly Dictionary<string, ZipArchiveEntry> entries = new(StringComparer.Ordinal);

    /// <summary>Throws <see cref="InvalidDataException"/> without a central directory and <see cref="ArchiveLimitException"/> over a limit.</summary>
    public ZipFiles(Stream file, ArchiveLimits limits)
        : base(limits)
    {
        this.file = file;
        zip = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
        long unpacked = 0;
        long packed = 0;
        foreach (var entry in zip.Entries)
        {
            if (entry.FullName.EndsWith('/')) continue;
            unpacked += entry.Length;
            packed += entry.CompressedLength;
            Check(entry, unpacked, packed);
            if (((uint)entry.ExternalAttributes >> 28) == SymbolicLink) Note(ArchiveProblemCodes.NotAFile, $"“{Shown(entry.FullName)}” is a link and was left out.");
            else if (IsKept(entry.FullName, entries.ContainsKey, entries.Count, out var path)) entries.Add(path, entry);
        }
    }

    public override IReadOnlyCollection<string> Paths => entries.Keys;

    public override bool Has(string path) => entries.ContainsKey(path);

    public override long? Length(string path) => entries.GetValueOrDefault(path)?.Length;

    public override Stream? Open(string path)
    {
        if (!entries.TryGetValue(path, out var entry)) return null;
        if (entry.IsEncrypted) throw new InvalidDataException("The file needs a password.");
        return new BoundedStream(new Crc32Stream(entry.Open(), entry.Crc32), entry.Length, () => entry.CompressedLength, Limits);
    }

    public bool IsEncrypted(string path) => entries.GetValueOrDefault(path)?.IsEncrypted == true;

    public override async ValueTask DisposeAsync()
    {
        zip.Dispose();
        await file.DisposeAsync();
    }

    /// <summary>More packed bytes than the file has means that entries lie upon each other, the densest form of bomb.</summary>
    private void Check(ZipArchiveEntry entry, long unpacked, long packed)
    {
        if (unpacked < 0 || unpacked > Limits.MaxTotalBytes) throw new ArchiveLimitException($"Unpacks to more than {Limits.MaxTotalBytes} bytes.");
        if (entry.Length > Limits.MaxFileBytes) throw new ArchiveLimitException($"“{Shown(entry.FullName)}” unpacks to more than {Limits.MaxFileBytes} bytes.");
        if (packed < 0 || packed > file.Length) throw new ArchiveLimitException("Its files overlap.");
        if (Limits.IsBomb(entry.Length, entry.CompressedLength)) throw new ArchiveLimitException($"“{Shown(entry.FullName)}” unpacks to more than {Limits.MaxRatio} times its size.");
    }
}
