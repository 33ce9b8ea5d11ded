using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Features.Backups;

/// <summary>PostgreSQL's own programs, of the server's version or newer. A password goes by the environment, never on a command line.</summary>
internal sealed class PostgresTools
{
    private readonly string folder;
    private readonly NpgsqlConnectionStringBuilder server;

    private PostgresTools(string folder, NpgsqlConnectionStringBuilder server) => (this.folder, this.server) = (folder, server);

    /// <exception cref="CannotStart">None is installed that this server can be dumped with.</exception>
    public static async Task<PostgresTools> Find(string connection, int serverVersion, CancellationToken ct)
    {
        var major = serverVersion / 10000;
        List<string> folders = Directory.Exists("/usr/lib/postgresql") ? [.. Directory.EnumerateDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin"))] : [];
        folders.AddRange((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries));
        List<(string Folder, int Major)> found = [];
        foreach (var folder in folders.Distinct().Where(folder => File.Exists(Path.Combine(folder, "pg_dump")) && File.Exists(Path.Combine(folder, "pg_restore"))))
        {
            if (await MajorOf(folder, ct) is { } its && its >= major) found.Add((folder, its));
        }

        return found.OrderBy(f => f.Major).Select(f => f.Folder).FirstOrDefault() is { } best
            ? new(best, new(connection))
            : throw new CannotStart($"pg_dump and pg_restore of version {major} or newer were not found. Install them (Debian: apt-get install postgresql-client-{major}), or put their folder in PATH.");
    }

    public async Task Dump(string file, string snapshot, CancellationToken ct)
    {
        var (code, said) = await Run(
            "pg_dump",
            [
                "--no-password", "--format=custom", "--compress=1", "--schema=archive", "--schema=views", "--schema=work", "--exclude-table-data=views.*", "--exclude-table-data=work.*",
                $"--snapshot={snapshot}", $"--file={file}",
            ],
            ct);
        if (code != 0) throw new BackupProblem($"pg_dump ended with {code}: {Tail(said)}");
    }

    /// <summary>
    /// All of it or nothing, also when this process is killed: psql then comes to the end of its input before the commit. As a script, because a newer pg_restore sets what
    /// an older server does not know.
    /// </summary>
    /// <param name="file">The dump.</param>
    /// <param name="with">A statement more, in the same transaction.</param>
    /// <param name="ct">Takes everything back.</param>
    public async Task Restore(string file, string with, CancellationToken ct)
    {
        using var script = Start("pg_restore", ["--no-owner", "--file=-", file]);
        using var psql = Start("psql", ["--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--output=/dev/null"], input: true);
        try
        {
            var (complaints, refusals) = (script.StandardError.ReadToEndAsync(ct), psql.StandardError.ReadToEndAsync(ct));
            try
            {
                await psql.StandardInput.WriteAsync("begin;\n".AsMemory(), ct);
                while (await script.StandardOutput.ReadLineAsync(ct) is { } line)
                {
                    if (line != "SET transaction_timeout = 0;") await psql.StandardInput.WriteAsync((line + "\n").AsMemory(), ct);
                }
            }
            catch (IOException)
            {
                // psql has ended; it says why.
                script.Kill(entireProcessTree: true);
                await psql.WaitForExitAsync(ct);
                throw new BackupProblem($"psql ended with {psql.ExitCode}, and nothing has changed: {Tail(await refusals)}");
            }

            await script.WaitForExitAsync(ct);
            if (script.ExitCode != 0) throw new BackupProblem($"pg_restore cannot read {file}, and nothing has changed: {Tail(await complaints)}");
            await psql.StandardInput.WriteAsync($"{with};\ncommit;\n".AsMemory(), ct);
            psql.StandardInput.Close();
            await psql.WaitForExitAsync(ct);
            if (psql.ExitCode != 0) throw new BackupProblem($"psql ended with {psql.ExitCode}, and nothing has changed: {Tail(await refusals)}");
        }
        finally
        {
            if (!psql.HasExited) psql.Kill(entireProcessTree: true);
            if (!script.HasExited) script.Kill(entireProcessTree: true);
        }
    }

    /// <summary>The rows of one table as they stand in a dump: COPY's text form, a column each.</summary>
    public async IAsyncEnumerable<string[]> Rows(string file, string table, [EnumeratorCancellation] CancellationToken ct)
    {
        using var process = Start("pg_restore", ["--data-only", "--schema=archive", $"--table={table}", "--file=-", file]);
        var complaints = process.StandardError.ReadToEndAsync(ct);
        try
        {
            var inside = false;
            while (await process.StandardOutput.ReadLineAsync(ct) is { } line)
            {
                if (!inside) inside = line.StartsWith("COPY ", StringComparison.Ordinal);
                else if (line == "\\.") inside = false;
                else yield return line.Split('\t');
            }

            await process.WaitForExitAsync(ct);
            if (process.ExitCode != 0) throw new BackupProblem($"pg_restore cannot read {file}: {Tail(await complaints)}");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private async Task<(int Code, string Said)> Run(string program, IEnumerable<string> arguments, CancellationToken ct)
    {
        using var process = Start(program, arguments);
        try
        {
            var said = process.StandardOutput.ReadToEndAsync(ct);
            var complained = process.StandardError.ReadToEndAsync(ct);
            await process.WaitForExitAsync(ct);
            return (process.ExitCode, await said + await complained);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private Process Start(string program, IEnumerable<string> arguments, bool input = false)
    {
        var start = new ProcessStartInfo(Path.Combine(folder, program), arguments) { RedirectStandardInput = input, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, StandardOutputEncoding = System.Text.Encoding.UTF8 };
        if (input) start.StandardInputEncoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        foreach (var variable in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal) || name.Contains("__", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(variable);
        var settings = new Dictionary<string, string?>
        {
            ["LC_ALL"] = "C.UTF-8",
            ["PGHOST"] = server.Host,
            ["PGPORT"] = server.Port.ToString(CultureInfo.InvariantCulture),
            ["PGUSER"] = server.Username,
            ["PGPASSWORD"] = server.Password,
            ["PGDATABASE"] = server.Database,
            ["PGSSLMODE"] = Path.IsPathRooted(server.Host) ? null : server.SslMode switch
            {
                SslMode.VerifyCA => "verify-ca",
                SslMode.VerifyFull => "verify-full",
                var mode => mode.ToString().ToLowerInvariant(),
            },
            ["PGSSLROOTCERT"] = server.RootCertificate,
            ["PGAPPNAME"] = "ArchiveService backup",
        };
        foreach (var (name, value) in settings.Where(s => !string.IsNullOrEmpty(s.Value))) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    // "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
    private static async Task<int?> MajorOf(string folder, CancellationToken ct)
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(folder, "pg_dump"), ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var said = await process.StandardOutput.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        var digits = new string([.. said.SkipWhile(letter => !char.IsAsciiDigit(letter)).TakeWhile(char.IsAsciiDigit)]);
        return process.ExitCode == 0 && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : null;
    }

    // What is said of a refused row quotes it after a colon on a line of its own (DETAIL, CONTEXT): only the first lines of errors.
    private static string Tail(string said) => string.Join(" | ", said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Where(line => line.Contains("error:", StringComparison.OrdinalIgnoreCase)).Take(3));
}

/// <summary>Why a backup could not be taken, read or brought back, and what to do.</summary>
public sealed class BackupProblem(string sentence, Exception? cause = null) : CannotStart(sentence, cause);
