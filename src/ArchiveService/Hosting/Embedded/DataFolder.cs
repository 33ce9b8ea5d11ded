using System.Globalization;
using System.Security.Cryptography;

namespace ArchiveService.Hosting.Embedded;

/// <summary>The folder that holds everything of the embedded mode. Only its sub-folder <c>postgres</c> belongs to the server's user.</summary>
internal sealed class DataFolder
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode PassThrough = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const long Needed = 200L * 1024 * 1024;

    // Where the cluster goes when root's server user cannot get into the data folder, as below /root.
    private const string Elsewhere = "/var/lib/archiveservice";

    private DataFolder(string path) => Path = path;

    public string Path { get; }

    public string Postgres => System.IO.Path.Combine(Path, "postgres");

    public string Access => System.IO.Path.Combine(Path, "postgres.json");

    public string Log => System.IO.Path.Combine(Path, "postgres.log");

    public string StartLock => System.IO.Path.Combine(Path, ".postgres-start.lock");

    public string UsersLock => System.IO.Path.Combine(Path, ".postgres-users.lock");

    /// <summary>The cluster's real path: the one that the server's command line names.</summary>
    public string Cluster => System.IO.Path.Combine(
        (Directory.Exists(Postgres) ? new DirectoryInfo(Postgres).ResolveLinkTarget(returnFinalTarget: true)?.FullName : null) ?? Postgres, "cluster");

    public static DataFolder Open(string path, bool othersPassThrough)
    {
        var folder = new DataFolder(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path)));
        try
        {
            if (!Directory.Exists(folder.Path))
                Directory.CreateDirectory(folder.Path, othersPassThrough ? Owner | PassThrough : Owner);
            else if (othersPassThrough && (File.GetUnixFileMode(folder.Path) & UnixFileMode.OtherExecute) == UnixFileMode.None)
                File.SetUnixFileMode(folder.Path, File.GetUnixFileMode(folder.Path) | PassThrough);

            var probe = System.IO.Path.Combine(folder.Path, $".writable.{Environment.ProcessId}");
            File.WriteAllText(probe, "written to see whether it can be");
            File.Delete(probe);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new CannotStart($"{folder.Path} cannot be written by {Environment.UserName}. Give it that right, start as the folder's owner, or choose another folder with Archive__DataFolder.", error);
        }
        catch (IOException error)
        {
            throw new CannotStart($"{folder.Path} cannot be written ({error.Message}). Make room or mount it writable, or choose another folder with Archive__DataFolder.", error);
        }

        return folder;
    }

    public void RefuseWhenFull()
    {
        if (new DriveInfo(Path).AvailableFreeSpace is var free and < Needed)
            throw new CannotStart($"Only {free / 1024 / 1024} MB are free for {Path}; the database needs at least {Needed / 1024 / 1024} MB to start. Make room, or choose another folder with Archive__DataFolder.");
    }

    /// <summary>Makes the sub-folder of the server's user; answers a sentence when it had to be put elsewhere.</summary>
    public async Task<string?> PreparePostgres(ServerUser user, CancellationToken ct)
    {
        if (Directory.Exists(Postgres))
        {
            return await user.ClosedOnTheWayTo(System.IO.Path.GetDirectoryName(Cluster)!, ct) is { } shut
                ? throw new CannotStart($"The database server runs as the user {user.Name}, who may not pass through {shut}. Allow it (chmod o+x {Quoted(shut)}), or choose another folder with Archive__DataFolder.")
                : null;
        }

        if (await user.ClosedOnTheWayTo(Path, ct) is not { } closed)
        {
            Directory.CreateDirectory(Postgres, Owner);
            await user.Own(Postgres, ct);
            return null;
        }

        var place = System.IO.Path.Combine(Elsewhere, RandomNumberGenerator.GetHexString(12, lowercase: true));
        try
        {
            Directory.CreateDirectory(Elsewhere, Owner | PassThrough);
            Directory.CreateDirectory(place, Owner);
            await user.Own(place, ct);
            Directory.CreateSymbolicLink(Postgres, place);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CannotStart($"The database server runs as the user {user.Name}, who may not pass through {closed}. Allow it (chmod o+x {Quoted(closed)}), or choose another folder with Archive__DataFolder.", error);
        }

        return $"The database files are in {place} ({Postgres} leads there), because the database server runs as the user {user.Name}, who may not pass through {closed}.";
    }

    /// <summary>The PostgreSQL version that made the data; null when there is none yet.</summary>
    public int? MajorVersion() => System.IO.Path.Combine(Cluster, "PG_VERSION") is var file && File.Exists(file)
        ? int.Parse(File.ReadAllText(file), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture)
        : null;

    private static string Quoted(string path) => path.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('/' or '-' or '_' or '.')) ? $"'{path}'" : path;
}
