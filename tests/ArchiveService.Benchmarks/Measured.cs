using System.Diagnostics;
using System.Globalization;
using ArchiveService.EventStore;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Benchmarks;

/// <summary>An event of about 1 KB of JSON, the size of a captured item's event with its commitments.</summary>
[EventName("thing_happened")]
public sealed record ThingHappened(long Number, string Kind, IReadOnlyList<string> Commitments)
{
    private static readonly string[] Hashes = [.. Enumerable.Range(0, 14).Select(n => $"{n:x2}{new string('a', 60)}")];

    public static ThingHappened Nth(long number) => new(number, "comment", Hashes);
}

/// <summary>An event with content sealed beside it.</summary>
[EventName("thing_sealed")]
public sealed record ThingSealed(long Number) : SealableEvent;

/// <summary>One way to do the same work: does it once for a writer and says how many events that were.</summary>
internal sealed record Way(string Name, Func<int, Task<int>> Once);

/// <summary>Things done in a stretch of time, by ways that take turns on the same machine in the same minute.</summary>
internal static class Measured
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(1);
    private const int Rounds = 7;

    /// <summary>Runs each way in turn, several rounds, and prints a table row: the medians in events a second, and the median of the first way's ratio to each other in the same round.</summary>
    public static Task Compare(string path, int writers, params Way[] ways) => CompareFor(Rounds, path, writers, ways);

    /// <summary>As many rounds as there is something left to do.</summary>
    public static async Task CompareFor(int rounds, string path, int writers, params IReadOnlyList<Way> ways)
    {
        var rates = ways.ToDictionary(way => way, _ => new List<double>());
        var allocated = 0d;
        foreach (var way in ways) await Rate(writers, way.Once, Length);
        for (var round = 0; round < rounds; round++)
        {
            // Every other round backwards: what grows or is flushed meanwhile burdens no way more than another.
            foreach (var way in round % 2 == 0 ? ways.AsEnumerable() : ways.Reverse())
            {
                var (rate, bytes) = await Rate(writers, way.Once, Length);
                rates[way].Add(rate);
                if (way == ways[0]) allocated = bytes;
            }
        }

        var ratios = ways.Skip(1).Select(way => Median(rates[ways[0]].Zip(rates[way], (ours, theirs) => ours / theirs)));
        Console.WriteLine(
            $"| {path} | {string.Join(" | ", ways.Select(way => Number(Median(rates[way]))))} | {string.Join(" | ", ratios.Select(r => r.ToString("0.00", CultureInfo.InvariantCulture)))} | {Number(allocated)} |");
    }

    public static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private static async Task<(double Rate, double BytesPerEvent)> Rate(int writers, Func<int, Task<int>> once, TimeSpan length)
    {
        var before = GC.GetTotalAllocatedBytes();
        var start = Stopwatch.GetTimestamp();
        var done = await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            var events = 0L;
            while (Stopwatch.GetElapsedTime(start) < length) events += await once(writer);
            return events;
        })));
        return (done.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds, (GC.GetTotalAllocatedBytes() - before) / (double)done.Sum());
    }

    public static async Task Execute(this NpgsqlDataSource db, string sql)
    {
        await using var command = db.CreateCommand(sql);
        command.CommandTimeout = 1800;
        await command.ExecuteNonQueryAsync();
    }
}
