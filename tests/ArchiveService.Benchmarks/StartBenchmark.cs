using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ArchiveService.Benchmarks;

/// <summary>From nothing running to ready, with the database in the data folder, and the memory at rest; a data folder that is there already, as after a restart of the machine.</summary>
internal static partial class StartBenchmark
{
    private const int Rounds = 5;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    public static async Task Run()
    {
        var folder = Directory.CreateTempSubdirectory("archiveservice-start-");
        // The server runs as a user of its own when this is root, and has to pass through.
        File.SetUnixFileMode(folder.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        try
        {
            var first = await Start(folder, TimeSpan.Zero);
            var took = new List<double>();
            var (service, database) = (0d, 0d);
            for (var round = 0; round < Rounds; round++) (var seconds, service, database) = await Measure(round == Rounds - 1 ? Rest : TimeSpan.Zero, took);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| start to ready, embedded database | the first time {first.Seconds:0.0} s | median of {Rounds} {Measured.Median(took):0.0} s | most {took.Max():0.0} s |"));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| memory after {Rest.TotalSeconds:0} s at rest | service {service:0} MB | database, shared pages counted once {database:0} MB |"));

            async Task<(double, double, double)> Measure(TimeSpan rest, List<double> into)
            {
                var measured = await Start(folder, rest);
                into.Add(measured.Seconds);
                return (measured.Seconds, measured.Service, measured.Database);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(double Seconds, double Service, double Database)> Start(DirectoryInfo folder, TimeSpan rest)
    {
        var info = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ArchiveService.dll"), "--urls=http://127.0.0.1:0"]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment["Archive__DataFolder"] = folder.FullName;
        info.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        var start = Stopwatch.GetTimestamp();
        using var process = Process.Start(info)!;
        var address = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } said && Served().Match(said) is { Success: true } found) address.TrySetResult(new(found.Value));
        };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            using var http = new HttpClient { BaseAddress = await address.Task.WaitAsync(TimeSpan.FromMinutes(2)) };
            while (!(await http.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode) await Task.Delay(10);
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            await Task.Delay(rest);
            var inFolder = Process.GetProcessesByName("postgres").Where(p => File.ReadAllText($"/proc/{p.Id}/cmdline").Contains(folder.FullName, StringComparison.Ordinal)).Select(p => p.Id).ToHashSet();
            var database = Process.GetProcessesByName("postgres").Where(p => inFolder.Contains(p.Id) || inFolder.Contains(Parent(p.Id))).Sum(p => Proportional(p.Id));
            return (seconds, Proportional(process.Id), database);
        }
        finally
        {
            using var stop = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
            await process.WaitForExitAsync();
        }
    }

    private static int Parent(int process) => int.Parse(File.ReadAllText($"/proc/{process}/stat").Split(") ")[1].Split(' ')[1], CultureInfo.InvariantCulture);

    /// <summary>Megabytes; pages that several processes share count a part in each.</summary>
    private static double Proportional(int process) =>
        File.ReadLines($"/proc/{process}/smaps_rollup").Where(l => l.StartsWith("Pss:", StringComparison.Ordinal)).Sum(l => double.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)) / 1024;

    [GeneratedRegex(@"http://127\.0\.0\.1:[1-9]\d*")]
    private static partial Regex Served();
}
