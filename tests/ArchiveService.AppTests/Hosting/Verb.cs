using System.Diagnostics;
using System.Text;
using ArchiveService.Testing;

namespace ArchiveService.AppTests.Hosting;

/// <summary>A verb of the real program, a process of its own on the database, keys and attachments of a served archive.</summary>
public sealed class Verb : IDisposable
{
    private readonly Process process;
    private readonly StringBuilder said = new();

    private Verb(ServedArchive archive, string[] arguments, IReadOnlyDictionary<string, string>? settings)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ArchiveService.dll"), .. arguments]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["Archive__DataFolder"] = archive.DataFolder;
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        if (archive.Database is { } database)
        {
            foreach (var (name, value) in database.Settings) start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
            start.Environment["Keys__MasterKeyFile"] = Path.Combine(archive.DataFolder, "keys.json");
            start.Environment["Erasure__Ledger"] = Path.Combine(archive.DataFolder, "erasure-ledger.jsonl");
        }

        foreach (var (name, value) in settings ?? new Dictionary<string, string>()) start.Environment[name] = value;
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public static Verb Start(ServedArchive archive, params string[] arguments) => new(archive, arguments, null);

    public static async Task<(int Code, string Said)> Run(ServedArchive archive, params string[] arguments)
    {
        using var verb = Start(archive, arguments);
        return await verb.Ended();
    }

    public static async Task<(int Code, string Said)> Run(ServedArchive archive, IReadOnlyDictionary<string, string> settings, params string[] arguments)
    {
        using var verb = new Verb(archive, arguments, settings);
        return await verb.Ended();
    }

    /// <summary>Where it serves, when it was started without a verb.</summary>
    public async Task<Uri> Address()
    {
        const string Greeting = "ArchiveService is ready at ";
        for (var i = 0; i < 1200; i++)
        {
            lock (said)
            {
                var line = said.ToString().Split('\n').FirstOrDefault(l => l.StartsWith(Greeting, StringComparison.Ordinal));
                if (line is not null) return new(line[Greeting.Length..].Trim());
                if (process.HasExited) throw new InvalidOperationException(said.ToString());
            }

            await Task.Delay(100);
        }

        throw new TimeoutException("The service did not start.");
    }

    public bool HasEnded => process.HasExited;

    public async Task<(int Code, string Said)> Ended()
    {
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
        lock (said) return (process.ExitCode, said.ToString());
    }

    /// <summary>SIGKILL: nothing in it gets to say or mend anything.</summary>
    public async Task Kill()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    private void Hear(string? line)
    {
        if (line is null) return;
        lock (said) said.AppendLine(line);
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
    }
}
