using System.Diagnostics;
using System.Globalization;
using ArchiveService.EventStore;
using Npgsql;

namespace ArchiveService.Benchmarks;

/// <summary>An event of about 1 KB of JSON, the size of a captured item's event with its commitments.</summary>
[EventName("thing_happened")]
public sealed record ThingHappened(long Number, string Kind, IReadOnlyList<string> Commitments)
{
    private static readonly string[] Hashes = [.. Enumerable.Range(0, 14).Select(n => $"{n:x2}{new string('a', 60)}")];

    public static ThingHappened Nth(long number) => new(number, "comment", Hashes);
}

/// <summary>Things done in a stretch of time, by ways that take turns on the same machine in the same minute.</summary>
internal static class Measured
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(2);
    private const int Rounds = 5;

    /// <summary>Runs each way in turn, several rounds, and prints the medians in events per second and their ratio to the last way, the limit.</summary>
    public static async Task Compare(string path, int writers, params (string Name, Func<int, Task<int>> Once)[] ways)
    {
        var rates = ways.ToDictionary(way => way.Name, _ => new List<double>());
        foreach (var way in ways) await Rate(writers, way.Once, 2 * Length);
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var way in ways) rates[way.Name].Add(await Rate(writers, way.Once, Length));
        }

        var medians = ways.Select(way => rates[way.Name].Order().ElementAt(Rounds / 2)).ToArray();
        Console.WriteLine($"| {path} | {string.Join(" | ", ways.Select((way, i) => $"{way.Name} {medians[i].ToString("N0", CultureInfo.InvariantCulture)}"))} | {(medians[0] / medians[^1]).ToString("0.00", CultureInfo.InvariantCulture)} |");
    }

    private static async Task<double> Rate(int writers, Func<int, Task<int>> once, TimeSpan length)
    {
        var start = Stopwatch.GetTimestamp();
        var done = await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            var events = 0L;
            while (Stopwatch.GetElapsedTime(start) < length) events += await once(writer);
            return events;
        })));
        return done.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public static async Task Execute(this NpgsqlDataSource db, string sql)
    {
        await using var command = db.CreateCommand(sql);
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync();
    }
}
