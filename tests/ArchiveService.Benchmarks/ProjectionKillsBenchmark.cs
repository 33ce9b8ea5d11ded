using System.Globalization;
using System.Reflection;
using ArchiveService.Testing;

namespace ArchiveService.Benchmarks;

/// <summary>The killed nodes of the test suite, often enough for what is rare, and how soon a node that stands by has taken over.</summary>
internal static class ProjectionKillsBenchmark
{
    private const int Kills = 250;
    private const int FailOvers = 30;

    public static async Task Run()
    {
        var program = Assembly.GetExecutingAssembly();
        var alone = await NodeKills.OneByOne(program, Kills, seed: 1);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {alone.Kills} nodes killed with -9, one after the other, {alone.Midway} inside a page that was taken back; {alone.Log.Count:N0} events appended meanwhile.
            Every event once, in order, position right: {(alone.ExactlyOnce ? "yes" : "NO")}
            """));

        var led = await NodeKills.Leaders(program, FailOvers, seed: 2);
        var times = led.TakenOver.Order().ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {led.Kills} leaders killed with -9 while another stood by; {led.Log.Count:N0} events appended meanwhile.
            Every event once, in order, position right: {(led.ExactlyOnce ? "yes" : "NO")}
            The other had committed its first page after: median {times[times.Count / 2].TotalMilliseconds:N0} ms, at most {times[^1].TotalMilliseconds:N0} ms
            """));
        if (!alone.ExactlyOnce || !led.ExactlyOnce) throw new InvalidOperationException("The projection did not see every event exactly once.");
    }
}
