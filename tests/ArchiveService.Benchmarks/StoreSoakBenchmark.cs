using System.Globalization;
using ArchiveService.Testing;

namespace ArchiveService.Benchmarks;

/// <summary>The store's soak for minutes: the same as in the test suite, long enough for what is rare.</summary>
internal static class StoreSoakBenchmark
{
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(3);

    public static async Task Run()
    {
        var soaked = await StoreSoak.Run(Length);
        var right = soaked.Failures.Count == 0 && soaked.Seen.All(numbers => numbers.SequenceEqual(soaked.Committed));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {Length.TotalMinutes:N0} minutes: {soaked.Committed.Count:N0} events committed, {soaked.Highest - soaked.Committed.Count:N0} numbers of rolled-back appends, {soaked.Dumps} dumps, {soaked.Processes} processes killed.
            {soaked.Seen.Count} readers, each every event once and in order: {(right ? "yes" : "NO")}
            A hole was passed after its writer had ended in: median {Milliseconds(soaked, 0.5)} ms, 99 of 100 within {Milliseconds(soaked, 0.99)} ms (of {soaked.Passed.Count}; others were appending all the while)
            """));
        foreach (var (what, times) in soaked.Failures) Console.WriteLine($"  {times} × {what}");
        if (!right) throw new InvalidOperationException("The readers did not all see what was committed.");
    }

    private static string Milliseconds(Soaked soaked, double share) =>
        soaked.Passed.Order().ElementAt((int)(share * (soaked.Passed.Count - 1))).TotalMilliseconds.ToString("N1", CultureInfo.InvariantCulture);
}
