namespace ArchiveService.Hosting.Embedded;

/// <summary>Files that only the service's own user may read.</summary>
internal static class PrivateFile
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Written whole or not at all: readers see the old text or the new.</summary>
    public static void Write(string path, string text)
    {
        var unfinished = $"{path}.{Environment.ProcessId}.new";
        using (var file = new FileStream(unfinished, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = Mode }))
        using (var writer = new StreamWriter(file))
        {
            writer.Write(text);
            writer.Flush();
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, path, overwrite: true);
    }
}
