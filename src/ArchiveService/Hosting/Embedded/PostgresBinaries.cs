using System.Globalization;

namespace ArchiveService.Hosting.Embedded;

/// <summary>A folder with the programs of one PostgreSQL server version.</summary>
public sealed record PostgresBinaries(string Folder, int Major)
{
    public const int Oldest = 15;

    public string this[string program] => Path.Combine(Folder, program);

    /// <summary>The version that made the data; for new data the newest installed.</summary>
    /// <param name="dataMajor">The major version in the cluster's PG_VERSION; null for a new cluster.</param>
    public static async Task<PostgresBinaries> Find(int? dataMajor, CancellationToken ct)
    {
        var installed = await Installed(ct);
        if (dataMajor is { } made)
        {
            return installed.Find(found => found.Major == made) ?? throw new CannotStart(
                $"The data folder was made by PostgreSQL {made}, but {Listed(installed)}. Install PostgreSQL {made} (Debian: apt-get install postgresql-{made}), or choose another folder with Archive__DataFolder.");
        }

        return installed.OrderByDescending(found => found.Major).FirstOrDefault(found => found.Major >= Oldest) ?? throw new CannotStart(
            $"No PostgreSQL server {Oldest} or newer was found ({Listed(installed)}). Install it (Debian: apt-get install postgresql-15), put its bin folder in PATH, or point ConnectionStrings__Archive and its four companions at a server elsewhere.");
    }

    private static string Listed(List<PostgresBinaries> installed) => installed is []
        ? "none is installed here"
        : $"installed here: {string.Join(", ", installed.Select(found => found.Major).Distinct().Order())}";

    private static async Task<List<PostgresBinaries>> Installed(CancellationToken ct)
    {
        List<string> folders = [];
        if (Directory.Exists("/usr/lib/postgresql"))
            folders.AddRange(Directory.EnumerateDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")));
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            if (File.Exists(Path.Combine(folder, "pg_config")) && await ServerUser.Self.Run([Path.Combine(folder, "pg_config"), "--bindir"], ct) is (0, var bin))
                folders.Add(bin.Trim());
        }

        List<PostgresBinaries> installed = [];
        foreach (var folder in folders.Distinct().Where(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres"))))
        {
            if (await MajorOf(folder, ct) is { } major)
                installed.Add(new(folder, major));
        }

        return installed;
    }

    // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
    private static async Task<int?> MajorOf(string folder, CancellationToken ct)
    {
        if (int.TryParse(Path.GetFileName(Path.GetDirectoryName(folder)), NumberStyles.None, CultureInfo.InvariantCulture, out var named))
            return named;
        var (code, said) = await ServerUser.Self.Run([Path.Combine(folder, "postgres"), "--version"], ct);
        var digits = new string([.. said.SkipWhile(letter => !char.IsAsciiDigit(letter)).TakeWhile(char.IsAsciiDigit)]);
        return code == 0 && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : null;
    }
}
