namespace ArchiveService.Hosting.Embedded;

/// <summary>A lock on a file that the kernel lets go when its process ends, however it ends.</summary>
public sealed class FolderLock : IDisposable
{
    private readonly FileStream file;

    private FolderLock(FileStream file) => this.file = file;

    /// <summary>Null when somebody else has it.</summary>
    public static FolderLock? TryExclusive(string path) => Try(path, FileShare.None);

    /// <summary>Null when somebody has it alone; any number may share it.</summary>
    public static FolderLock? TryShared(string path) => Try(path, FileShare.Read);

    public static async Task<FolderLock> Exclusive(string path, TimeSpan patience, Func<CannotStart> givingUp, CancellationToken ct)
    {
        for (var waited = TimeSpan.Zero; waited < patience; waited += Step)
        {
            if (TryExclusive(path) is { } taken)
                return taken;
            await Task.Delay(Step, ct);
        }

        throw givingUp();
    }

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    // A shared lock is taken with read access: with write access .NET would ask for an exclusive one on some file systems.
    private static FolderLock? Try(string path, FileShare share)
    {
        try
        {
            if (!File.Exists(path))
                PrivateFile.Write(path, "");
            return new(new FileStream(path, FileMode.Open, share == FileShare.None ? FileAccess.ReadWrite : FileAccess.Read, share));
        }
        catch (IOException error) when (error is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
        {
            return null;
        }
    }

    public void Dispose() => file.Dispose();
}
