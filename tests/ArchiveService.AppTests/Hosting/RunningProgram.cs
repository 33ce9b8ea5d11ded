using System.Diagnostics;
using System.Text;

namespace ArchiveService.AppTests.Hosting;

/// <summary>The real program as a process of its own, on a data folder of its own.</summary>
public sealed class RunningProgram : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process process;
    private readonly StringBuilder said = new();
    private readonly TaskCompletionSource<Uri> ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RunningProgram(string dataFolder, params string[] arguments)
        : this(dataFolder, [], new Dictionary<string, string>(), arguments)
    {
    }

    /// <param name="under">A program and its arguments that this one is started by.</param>
    /// <param name="environment">On top of the ordinary one.</param>
    public RunningProgram(string dataFolder, string[] under, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        // A shell's background jobs ignore Ctrl-C, and so would this process if the tests run in one.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", .. under, "dotnet", Path.Combine(AppContext.BaseDirectory, "ArchiveService.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["Archive__DataFolder"] = dataFolder;
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        foreach (var (name, value) in environment) start.Environment[name] = value;
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public static RunningProgram Serving(string dataFolder) => new(dataFolder, "--urls=http://127.0.0.1:0");

    public int Pid => process.Id;

    /// <summary>The address it serves at, once it does.</summary>
    public async Task<Uri> Ready() => await await Task.WhenAny(ready.Task, Failed()).WaitAsync(Patience);

    /// <summary>Returns once it has said so.</summary>
    public async Task Says(string words)
    {
        for (var i = 0; i < 1200; i++)
        {
            lock (said)
            {
                if (said.ToString().Contains(words, StringComparison.Ordinal)) return;
            }

            if (process.HasExited) break;
            await Task.Delay(100);
        }

        throw new TimeoutException($"It never said {words}: {said}");
    }

    /// <summary>Its exit code and all it said.</summary>
    public async Task<(int Code, string Said)> Ended()
    {
        await process.WaitForExitAsync().WaitAsync(Patience);
        return (process.ExitCode, said.ToString());
    }

    public async Task<(int Code, string Said)> Stop(string signal = "TERM")
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        await kill.WaitForExitAsync();
        return await Ended();
    }

    public async Task KillAtOnce()
    {
        process.Kill();
        await process.WaitForExitAsync().WaitAsync(Patience);
    }

    private async Task<Uri> Failed()
    {
        var (code, output) = await Ended();
        throw new InvalidOperationException($"The program ended with {code} before it was ready: {output}");
    }

    private void Hear(string? line)
    {
        if (line is null)
            return;
        lock (said)
            said.AppendLine(line);
        const string Greeting = "ArchiveService is ready at ";
        if (line.StartsWith(Greeting, StringComparison.Ordinal))
            ready.TrySetResult(new Uri(line[Greeting.Length..]));
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            await Stop();
        process.Dispose();
    }
}
