using System.Diagnostics;
using ArchiveService.Hosting;
using ArchiveService.Hosting.Embedded;
using ArchiveService.Testing;
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

    private static readonly Lazy<Task<TemporaryFolder>> Made = new(Make);

    /// <summary>A folder in which the database has been made, migrated and stopped already, without waiting for the disk.</summary>
    public static async Task<TemporaryFolder> WithDatabase()
    {
        var folder = new TemporaryFolder();
        using var copy = Process.Start("cp", ["--archive", "--reflink=auto", (await Made.Value).Data, folder.Data]);
        await copy.WaitForExitAsync();
        return copy.ExitCode == 0 ? folder : throw new InvalidOperationException("The folder with the database could not be copied.");
    }

    private static async Task<TemporaryFolder> Make()
    {
        var folder = new TemporaryFolder();
        PostgresServer.RemoveAfterUs(folder.Path);
        await using var server = await EmbeddedPostgres.Start(folder.Data, ServerKind.Throwaway, NullLogger.Instance, CancellationToken.None);
        await using var databases = new Databases(server.Connections);
        await Migrations.Apply(databases.Owner, CancellationToken.None);
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
