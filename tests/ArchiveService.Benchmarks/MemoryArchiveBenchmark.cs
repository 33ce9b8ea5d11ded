using System.Diagnostics;
using System.Globalization;
using ArchiveService.Fuzzing;

namespace ArchiveService.Benchmarks;

/// <summary>
/// Memory while account archives of up to five GB are read (<c>--megabytes N</c> for another largest size): they pack thirty to one, so that
/// none of that size is written but the encrypted spool of a tar.gz. Every item is read, and every media file opened.
/// </summary>
internal static class MemoryArchiveBenchmark
{
    private static readonly double[] Parts = [0.1, 0.2, 0.5, 1];

    public static int Megabytes { get; set; } = 5000;

    public static async Task Run()
    {
        Console.WriteLine("| Archive | GB read | Items | Peak managed MB | Peak working set MB | MB/s |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|");
        foreach (var part in Parts) await Measure("zip", Size(part), GeneratedArchive.Zip);

        // A tar is read once from beginning to end, so it is spooled: these take their unpacked size of disk.
        foreach (var part in Parts.Take(2))
        {
            if (new DriveInfo(Path.GetTempPath()).AvailableFreeSpace > Size(part) * 2) await Measure("tar.gz", Size(part), GeneratedArchive.TarGz);
            else Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Left out: a tar.gz of {Size(part) / 1e9:0.0} GB needs twice as much free space in the temporary folder."));
        }
    }

    private static long Size(double part) => (long)(Megabytes * part * 1e6);

    private static async Task Measure(string what, long bytes, Func<long, Task<GeneratedArchive>> make)
    {
        await using var archive = await make(bytes);
        GC.Collect();
        var (managed, working, clock, count) = (0L, 0L, Stopwatch.GetTimestamp(), 0);
        using var self = Process.GetCurrentProcess();
        using var stop = new CancellationTokenSource();
        var watching = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                managed = Math.Max(managed, GC.GetTotalMemory(forceFullCollection: false));
                self.Refresh();
                working = Math.Max(working, self.WorkingSet64);
                await Task.Delay(20);
            }
        });
        var items = await archive.Read(_ => count++);
        var took = Stopwatch.GetElapsedTime(clock).TotalSeconds;
        await stop.CancelAsync();
        await watching;
        if (items != count) throw new InvalidOperationException($"{count} of {items} items were read.");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {bytes / 1e9:0.0} | {count} | {managed / 1e6:N0} | {working / 1e6:N0} | {bytes / took / 1e6:N0} |"));
    }
}
