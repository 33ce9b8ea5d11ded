using System.Globalization;
using ArchiveService.Testing;

namespace ArchiveService.Benchmarks;

/// <summary>The 32 crossing writers for a minute: the same as in the test suite, long enough for what is rare.</summary>
internal static class CrossingBenchmark
{
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(1);

    public static async Task Run()
    {
        var crossed = await CrossingWriters.Run(Length);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Length.TotalSeconds:N0} s, 32 writers over overlapping sets of 2–500 streams: {crossed.Appends:N0} appends, {crossed.Events:N0} events, {crossed.Conflicts:N0} conflicts, {crossed.Failures.Sum(f => f.Value)} errors, {crossed.Faults.Count} faults in the log."));
        foreach (var (what, times) in crossed.Failures) Console.WriteLine($"  {times} × {what}");
        foreach (var fault in crossed.Faults) Console.WriteLine($"  {fault}");
        if (crossed.Failures.Count + crossed.Faults.Count > 0) throw new InvalidOperationException("Crossing writers failed.");
    }
}
