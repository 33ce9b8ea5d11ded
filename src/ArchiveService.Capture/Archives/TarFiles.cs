using System.IO.Compression;

namespace ArchiveService.Capture.Archives;

/// <summary>A tar or tar.gz. Neither can be sought in, so it is read once into an encrypted spool and served from there.</summary>
internal sealed class TarFiles : ArchiveFiles
{
    private readonly EncryptedSpool spool;
    private readonly Dictionary<string, (string Name, long Length)> files = new(StringComparer.Ordinal);

    private TarFiles(ArchiveLimits limits)
        : base(limits) => spool = new EncryptedSpool(limits.SpoolFolder);

    /// <summary>Throws <see cref="ArchiveLimitException"/> over a limit; a truncated archive gives what was before the cut.</summary>
    public static async Task<TarFiles> Read(Stream file, bool packed, ArchiveLimits limits, CancellationToken ct)
    {
        var spooled = new TarFiles(limits);
        try
        {
            var counted = new WatchedStream(file, leaveOpen: true);
            var unpacked = packed ? new GZipStream(counted, CompressionMode.Decompress) : (Stream)counted;
            await using var bounded = new BoundedStream(unpacked, limits.MaxTotalBytes, () => counted.Count, limits);
            await spooled.Spool(bounded, ct);
            return spooled;
        }
        catch
        {
            await spooled.DisposeAsync();
            throw;
        }
    }

    public override IReadOnlyCollection<string> Paths => files.Keys;

    public override bool Has(string path) => files.ContainsKey(path);

    public override long? Length(string path) => files.TryGetValue(path, out var file) ? file.Length : null;

    public override Stream? Open(string path) => files.TryGetValue(path, out var file) ? spool.Open(file.Name) : null;

    public override ValueTask DisposeAsync()
    {
        spool.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task Spool(Stream unpacked, CancellationToken ct)
    {
        var tar = new TarEntries(unpacked);
        try
        {
            while (await tar.Next(ct) is { } entry)
            {
                if (!entry.IsFile)
                {
                    Note(ArchiveProblemCodes.NotAFile, $"“{Shown(entry.Name)}” is a link or device and was left out.");
                }
                else if (IsKept(entry.Name, files.ContainsKey, files.Count, out var path))
                {
                    if (entry.Length > Limits.MaxFileBytes) throw new ArchiveLimitException($"“{Shown(entry.Name)}” is longer than {Limits.MaxFileBytes} bytes.");
                    await SpoolFile(tar, entry, path, ct);
                }
            }

            // gzip's own check sum stands at the very end.
            await unpacked.CopyToAsync(Stream.Null, ct);
        }
        catch (Exception damage) when (IsDamage(damage))
        {
            Note(ArchiveProblemCodes.Truncated, $"The tar ends in the middle or is damaged; {files.Count} files could be read before that.");
        }
    }

    private async Task SpoolFile(TarEntries tar, TarEntry entry, string path, CancellationToken ct)
    {
        var content = new CutOffStream(tar.Content());
        var spooled = await spool.Add(content, ct);
        if (content.CutOff is null || IsReadableInPart(path)) files.Add(path, spooled);
        else spool.Remove(spooled.Name);
        if (content.CutOff is null) return;
        Note(ArchiveProblemCodes.Truncated, $"“{Shown(entry.Name)}” is cut off{(IsReadableInPart(path) ? "" : " and was left out")}.");
        throw content.CutOff;
    }

    /// <summary>Ends where the archive was cut off and remembers why, so that the part before it is kept.</summary>
    private sealed class CutOffStream(Stream inner) : WatchedStream(inner)
    {
        public Exception? CutOff { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            if (CutOff is not null) return 0;
            try
            {
                return base.Read(buffer);
            }
            catch (Exception damage) when (IsDamage(damage))
            {
                CutOff = damage;
                return 0;
            }
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (CutOff is not null) return 0;
            try
            {
                return await base.ReadAsync(buffer, cancellationToken);
            }
            catch (Exception damage) when (IsDamage(damage))
            {
                CutOff = damage;
                return 0;
            }
        }
    }
}
