using System.Globalization;

namespace ArchiveService.Hosting.Embedded;

/// <summary>The running server of a cluster folder, as its postmaster.pid tells.</summary>
internal sealed record Postmaster(int Pid, string SocketFolder)
{
    public static string PidFile(string cluster) => Path.Combine(cluster, "postmaster.pid");

    /// <summary>The server of this folder; null when none runs. A pid that meanwhile belongs to another program is not ours.</summary>
    public static Postmaster? Running(string cluster)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(PidFile(cluster));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        return lines.Length >= 5 && int.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && Serves(pid, cluster)
            ? new(pid, lines[4])
            : null;
    }

    /// <summary>Removes a pid file left by a killed server whose number another program has now; PostgreSQL itself copes with a number nobody has.</summary>
    public static void ForgetStale(string cluster)
    {
        try
        {
            var first = File.ReadLines(PidFile(cluster)).FirstOrDefault();
            if (int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && Directory.Exists($"/proc/{pid}") && !Serves(pid, cluster))
                File.Delete(PidFile(cluster));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            // Nothing to forget.
        }
    }

    // A dead process that nobody has waited for has an empty command line.
    private static bool Serves(int pid, string cluster)
    {
        try
        {
            var command = File.ReadAllText($"/proc/{pid}/cmdline").Split('\0');
            return command.Index().Any(part => part.Item == "-D" && part.Index + 1 < command.Length && command[part.Index + 1] == cluster);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
