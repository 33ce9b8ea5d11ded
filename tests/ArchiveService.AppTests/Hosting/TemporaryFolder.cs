using ArchiveService.Hosting.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace ArchiveService.AppTests.Hosting;

/// <summary>A folder that the database server's user may pass through, with a name that quoting mistakes would break.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder(UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute)
    {
        Path = Directory.CreateTempSubdirectory("arkiv på $HOME & 'hög' ").FullName;
        File.SetUnixFileMode(Path, mode);
    }

    public string Path { get; }

    /// <summary>A folder in which the database has been made and stopped already, without waiting for the disk.</summary>
    public static async Task<TemporaryFolder> WithDatabase()
    {
        var folder = new TemporaryFolder();
        await using (await EmbeddedPostgres.Start(folder.Data, ServerKind.Throwaway, NullLogger.Instance, CancellationToken.None))
            return folder;
    }

    public string Postgres => System.IO.Path.Combine(Data, "postgres");

    public string Data => System.IO.Path.Combine(Path, "data");

    public void Dispose()
    {
        // Below a closed folder the database files are elsewhere, behind a link.
        if (Directory.Exists(Postgres) && new DirectoryInfo(Postgres).ResolveLinkTarget(returnFinalTarget: true) is { } elsewhere)
            Directory.Delete(elsewhere.FullName, recursive: true);
        Directory.Delete(Path, recursive: true);
    }
}
