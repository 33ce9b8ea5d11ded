using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ArchiveService.Printing;

/// <summary>
/// Chromium as a child process that holds one document and then ends: a user of its own when we are root, its sandbox on, no network, a clean environment, an
/// own folder that goes with it. The document comes and goes through pipes and is never a file.
/// </summary>
public sealed class ConfinedBrowser : IAsyncDisposable
{
    private const string Setpriv = "setpriv";

    // Runs as the browser's user. The folder holds the profile, never the document, and goes also when the service is killed: the closed pipe ends the browser.
    private const string Wrapper = """
        umask 077
        mkdir "$0" || exit 9
        trap 'rm -rf -- "$0"' EXIT
        trap : TERM INT HUP
        HOME="$0" TMPDIR="$0" "$@" --user-data-dir="$0/profile" 3<&0 4>&1 </dev/null >/dev/null
        """;

    private readonly Process process;
    private readonly string folder;
    private readonly CancellationTokenSource over;
    private readonly StringBuilder complaints = new();
    private readonly Task reading;
    private readonly Task watching;

    private ConfinedBrowser(Process process, string folder, long memory, CancellationToken ct)
    {
        this.process = process;
        this.folder = folder;
        over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Pipe = new(process.StandardInput.BaseStream, process.StandardOutput.BaseStream);
        reading = Task.Run(ReadComplaints, CancellationToken.None);
        watching = Task.Run(() => WatchMemory(memory), CancellationToken.None);
    }

    public DevToolsPipe Pipe { get; }

    public string Folder => folder;

    /// <summary>Cancelled when the caller gives up and when the browser takes more memory than it may.</summary>
    public CancellationToken Over => over.Token;

    public bool TookTooMuch { get; private set; }

    /// <summary>The last of what the browser wrote to standard error; names no content.</summary>
    public async Task<string> Complaints()
    {
        await Task.WhenAny(reading, Task.Delay(TimeSpan.FromSeconds(2)));
        lock (complaints) return complaints.ToString();
    }

    public static ConfinedBrowser Start(PdfOptions options, bool ownNetwork, CancellationToken ct)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"archive-pdf-{RandomNumberGenerator.GetHexString(16, lowercase: true)}");
        string[] flags =
        [
            "--headless", "--remote-debugging-pipe", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-sync", "--disable-breakpad", "--disable-component-update",
            "--disable-background-networking", "--mute-audio", "--lang=sv", "--disable-quic", "--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9", "--proxy-bypass-list=<-loopback>",
            .. options.Sandboxed ? Array.Empty<string>() : ["--no-sandbox"],
        ];
        // RLIMIT_AS and RLIMIT_DATA cannot hold Chromium, which reserves far more than it uses: the memory is watched instead.
        var command = new[] { "setsid", "prlimit", $"--cpu={Math.Max(1, (int)(options.Limit.TotalSeconds * 2))}", "--core=0", "--fsize=268435456", "--" }
            .Concat(ownNetwork ? OwnNetwork : [])
            .Concat(["sh", "-c", Wrapper, folder, options.Browser!, .. flags]);
        return new(Child(AsNobody(command)), folder, options.Memory, ct);
    }

    private static string[] OwnNetwork => ["unshare", "--user", "--net", "--map-current-user", "--"];

    /// <summary>Whether the kernel lets the browser's user make namespaces, which its sandbox and an empty network need.</summary>
    public static async Task<bool> MayMakeNamespaces(CancellationToken ct)
    {
        try
        {
            // Nested as they are when it counts: the empty network outside, the sandbox inside.
            using var probe = Child(AsNobody(OwnNetwork.Concat(["unshare", "--user", "--pid", "--fork", "true"])));
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(TimeSpan.FromSeconds(10));
            await probe.WaitForExitAsync(limit.Token);
            return probe.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    // A number that no account has and that no other print uses: one that breaks out finds no process and no file of its own.
    private static IEnumerable<string> AsNobody(IEnumerable<string> command)
    {
        if (!Environment.IsPrivilegedProcess) return [Setpriv, "--no-new-privs", "--", .. command];
        var user = RandomNumberGenerator.GetInt32(61184, 65520).ToString(CultureInfo.InvariantCulture);
        return [Setpriv, $"--reuid={user}", $"--regid={user}", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--", .. command];
    }

    private static Process Child(IEnumerable<string> command)
    {
        var start = new ProcessStartInfo(command.First(), command.Skip(1)) { WorkingDirectory = "/", UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
        start.Environment["LC_ALL"] = "C.UTF-8";
        return Process.Start(start)!;
    }

    private async Task ReadComplaints()
    {
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            // There is no message bus and there shall be none.
            if (line.Contains("dbus/", StringComparison.Ordinal)) continue;
            lock (complaints)
            {
                if (complaints.Length < 4000) complaints.AppendLine(line);
            }
        }
    }

    private async Task WatchMemory(long most)
    {
        while (!over.IsCancellationRequested && !process.HasExited)
        {
            if (Held() > most)
            {
                TookTooMuch = true;
                await over.CancelAsync();
                return;
            }

            await Task.Delay(100);
        }
    }

    // Private memory of every process of the browser's session; what they share is counted once too few, not once each.
    private long Held()
    {
        var held = 0L;
        foreach (var each in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
        {
            try
            {
                // After the name in parentheses: state, parent, group, session.
                var stat = File.ReadAllText(Path.Combine(each, "stat"));
                if (stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[3] != process.Id.ToString(CultureInfo.InvariantCulture)) continue;
                var pages = File.ReadAllText(Path.Combine(each, "statm")).Split(' ');
                held += (long.Parse(pages[1], CultureInfo.InvariantCulture) - long.Parse(pages[2], CultureInfo.InvariantCulture)) * Environment.SystemPageSize;
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or IndexOutOfRangeException)
            {
                // It has ended meanwhile.
            }
        }

        return held;
    }

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        process.StandardInput.Close();
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(TookTooMuch ? 0 : 3)))
        {
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }

        await watching;
        Pipe.Dispose();
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        process.Dispose();
        over.Dispose();
    }
}
