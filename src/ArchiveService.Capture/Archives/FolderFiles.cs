namespace ArchiveService.Capture.Archives;

/// <summary>An archive that somebody has unpacked already. Links are not followed.</summary>
internal sealed class FolderFiles : ArchiveFiles
{
    private readonly Dictionary<string, FileInfo> files = new(StringComparer.Ordinal);

    public FolderFiles(string folder, ArchiveLimits limits)
        : base(limits)
    {
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", all))
        {
            var name = Path.GetRelativePath(folder, file.FullName).Replace(Path.DirectorySeparatorChar, '/');
            if (IsKept(name, files.ContainsKey, files.Count, out var path)) files.Add(path, file);
        }
    }

    public override IReadOnlyCollection<string> Paths => files.Keys;

    public override bool Has(string path) => files.ContainsKey(path);

    public override long? Length(string path) => files.GetValueOrDefault(path)?.Length;

    public override Stream? Open(string path) =>
        files.TryGetValue(path, out var file)
            ? new BoundedStream(file.OpenRead(), Limits.MaxFileBytes, () => long.MaxValue, Limits)
            : null;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
