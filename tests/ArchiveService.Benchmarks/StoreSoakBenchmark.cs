using System.Globalization;
using ArchiveService.Testing;

namespace ArchiveService.Benchmarks;

/// <summary>The store's soak for minutes: the same as in the test suite, long enough for what is rare.</summary>
internal static class StoreSoakBenchmark
{
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(3);
    private const int Holes = 1000;

    public static async Task Run()
    {
        var soaked = await StoreSoak.Run(Length);
        var right = soaked.Failures.Count == 0 && soaked.Seen.All(numbers => numbers.SequenceEqual(soaked.Committed));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {Length.TotalMinutes:N0} minutes: {soaked.Committed.Count:N0} events committed, {soaked.Highest - soaked.Committed.Count:N0} numbers of rolled-back appends, {soaked.Dumps} dumps, {soaked.Processes} processes killed.
            {soaked.Seen.Count} readers, each every event once and in order: {(right ? "yes" : "NO")}
            A hole was passed after its writer had ended in: median {Milliseconds(soaked.Passed, 0.5)} ms, 99 of 100 within {Milliseconds(soaked.Passed, 0.99)} ms (of {soaked.Passed.Count}; others that could still fill it were appending all the while)
            """));
        foreach (var (what, times) in soaked.Failures) Console.WriteLine($"  {times} × {what}");
        var (passed, dumps) = await PassedHoles.Time(Holes);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            Beside a foreign transaction and {dumps} dumps, after the last that could fill it had ended: median {Milliseconds(passed, 0.5)} ms, 99 of 100 within {Milliseconds(passed, 0.99)} ms, at most {Milliseconds(passed, 1)} ms (of {passed.Count})
            """));
        if (!right) throw new InvalidOperationException("The readers did not all see what was committed.");
    }

    private static string Milliseconds(IReadOnlyList<TimeSpan> passed, double share) =>
        passed.Order().ElementAt((int)(share * (passed.Count - 1))).TotalMilliseconds.ToString("N1", CultureInfo.InvariantCulture);
}
