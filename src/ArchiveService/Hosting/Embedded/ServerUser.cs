using System.Diagnostics;

namespace ArchiveService.Hosting.Embedded;

/// <summary>The user the database server runs as: ourselves, or <c>postgres</c> when we are root, because PostgreSQL refuses to run as root.</summary>
internal sealed class ServerUser
{
    private readonly string? name;

    private ServerUser(string? name) => this.name = name;

    public static ServerUser Self { get; } = new(null);

    public bool IsOther => name is not null;

    public string Name => name ?? Environment.UserName;

    public static ServerUser Find()
    {
        if (!Environment.IsPrivilegedProcess)
            return Self;
        var users = File.ReadLines("/etc/passwd").Select(line => line.Split(':')[0]);
        return users.Contains("postgres", StringComparer.Ordinal) ? new("postgres") : throw new CannotStart(
            "PostgreSQL does not run as root and there is no user postgres to run it as. Create one (useradd --system postgres) or start the service as an ordinary user.");
    }

    public async Task Own(string path, CancellationToken ct)
    {
        if (name is not null && await Self.Run(["chown", "--no-dereference", $"{name}:", path], ct) is (not 0, var why))
            throw new CannotStart($"{path} could not be given to the user {name}: {why.Trim()}");
    }

    /// <summary>The first folder on the way to this one that the user may not pass through; null when the way is open.</summary>
    public async Task<string?> ClosedOnTheWayTo(string folder, CancellationToken ct)
    {
        List<string> way = [];
        for (var step = folder; step is not null; step = Path.GetDirectoryName(step))
            way.Insert(0, step);
        var (code, closed) = await Run(["sh", "-c", """for step; do [ -x "$step" ] || { printf '%s' "$step"; exit 3; }; done""", "sh", .. way], ct);
        return code == 3 ? closed : null;
    }

    /// <summary>Runs a program to its end and answers its exit code and everything it said.</summary>
    public async Task<(int Code, string Said)> Run(IEnumerable<string> command, CancellationToken ct)
    {
        using var process = Start(AsUser(command), redirect: true);
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

    /// <summary>Starts a program in its own session, so that the Ctrl-C meant for us does not reach it, with its output appended to a log.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="log">Made with mode 600 when absent.</param>
    /// <param name="diesWithUs">The kernel stops the program at once when this process ends, however it ends.</param>
    public Process Launch(IEnumerable<string> command, string log, bool diesWithUs)
    {
        string[] Logged(IEnumerable<string> what) => ["sh", "-c", """umask 077; exec "$@" </dev/null >>"$0" 2>&1""", log, "setsid", .. what];
        return diesWithUs ? StartOnLastingThread(Logged(Mortal(command))) : Start(Logged(AsUser(command)), redirect: false);
    }

    // What the kernel watches is the thread that started the program, so it has to be one that lives as long as the process.
    private static Process StartOnLastingThread(string[] command)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                started.SetResult(Start(command, redirect: false));
            }
            catch (CannotStart error)
            {
                started.SetException(error);
                return;
            }

            Thread.Sleep(Timeout.Infinite);
        })
        { IsBackground = true, Name = "keeps the database alive" }.Start();
        return started.Task.GetAwaiter().GetResult();
    }

    private IEnumerable<string> AsUser(IEnumerable<string> command) => name is null ? command : ["setpriv", .. Identity, "--", .. command];

    private IEnumerable<string> Mortal(IEnumerable<string> command) => ["setpriv", .. name is null ? [] : Identity, "--pdeathsig=QUIT", "--", .. command];

    private string[] Identity => [$"--reuid={name}", $"--regid={name}", "--init-groups", "--no-new-privs"];

    private static Process Start(IEnumerable<string> command, bool redirect)
    {
        var (program, arguments) = (command.First(), command.Skip(1));
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = "/",
            RedirectStandardOutput = redirect,
            RedirectStandardError = redirect,
        };

        // PGDATA, PGPORT and the like belong to the person's own tools; secrets of the service are none of the server's business.
        foreach (var variable in start.Environment.Keys.Where(name => name is not ("PATH" or "TZ")).ToList())
            start.Environment.Remove(variable);
        start.Environment["LC_ALL"] = "C.UTF-8";
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new CannotStart($"The program {program} could not be started: {error.Message}", error);
        }
    }
}
