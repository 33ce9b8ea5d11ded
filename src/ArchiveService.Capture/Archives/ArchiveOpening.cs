namespace ArchiveService.Capture.Archives;

/// <summary>Finds out by its first bytes what an archive is.</summary>
internal static class ArchiveOpening
{
    private const int EnoughToTell = 512;

    public static async Task<(ArchiveFiles? Files, ArchiveProblem? Refused)> Open(string path, ArchiveLimits limits, CancellationToken ct)
    {
        try
        {
            if (Directory.Exists(path)) return (new FolderFiles(path, limits), null);
            if (!File.Exists(path)) return (null, new ArchiveProblem(ArchiveProblemCodes.Unreadable, "There is no such file or folder."));
            var files = await OpenFile(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read), limits, ct);
            return files is null
                ? (null, new ArchiveProblem(ArchiveProblemCodes.Unreadable, "Neither a zip, a tar, a tar.gz nor a folder."))
                : (files, null);
        }
        catch (ArchiveLimitException limit)
        {
            return (null, new ArchiveProblem(ArchiveProblemCodes.Bomb, limit.Message));
        }
    }

    private static async Task<ArchiveFiles?> OpenFile(FileStream file, ArchiveLimits limits, CancellationToken ct)
    {
        var keep = false;
        try
        {
            var begins = new byte[EnoughToTell];
            var length = await file.ReadAtLeastAsync(begins, begins.Length, throwOnEndOfStream: false, ct);
            file.Position = 0;
            ArchiveFiles? files = begins.AsSpan(0, length) switch
            {
                [(byte)'P', (byte)'K', ..] => Zip(file, limits),
                [0x1F, 0x8B, ..] => await TarFiles.Read(file, packed: true, limits, ct),
                { Length: EnoughToTell } block when block.Slice(257, 5).SequenceEqual("ustar"u8) => await TarFiles.Read(file, packed: false, limits, ct),
                _ => null,
            };
            keep = files is ZipFiles or TruncatedZipFiles;
            return files;
        }
        finally
        {
            if (!keep) await file.DisposeAsync();
        }
    }

    private static ArchiveFiles Zip(FileStream file, ArchiveLimits limits)
    {
        try
        {
            return new ZipFiles(file, limits);
        }
        catch (Exception damage) when (ArchiveFiles.IsDamage(damage))
        {
            return new TruncatedZipFiles(file, limits);
        }
    }
}
