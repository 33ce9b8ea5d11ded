using System.Diagnostics;
using ArchiveService.Testing;

namespace ArchiveService.Benchmarks;

/// <summary>
/// Whether time tells what bytes do not: the same requests to two archives that differ in secrets only, in turns, as somebody uncleared. The medians
/// are to lie within 5 % of each other. Beside the test that compares the answers, for a time is never asserted there.
/// </summary>
internal static class NonInterferenceBenchmark
{
    /// <summary>How many to each archive; the goal is for 500.</summary>
    public static int Requests { get; set; } = 500;

    public static async Task Run()
    {
        await using var twins = await TwinArchives.Start();
        await twins.SayOtherSecrets();
        await twins.AddUnregistered();
        var reader = twins.Readers.First(r => r is { Token: not null, Assesses: false } && r.Name.StartsWith("arkivarie", StringComparison.Ordinal));
        (string Name, string? Token, string Address)[] paths =
        [
            ("search, a word that only secrets have", reader.Token, $"/api/v1/records?q={Uri.EscapeDataString(TwinArchives.SecretWord)}"),
            ("search, a common word", reader.Token, "/api/v1/records?q=v%C3%A4gen"),
            ("a record that is secret", reader.Token, $"/api/v1/records/{twins.Ids["records"][^1]}"),
            ("a record that is open", reader.Token, $"/api/v1/records/{twins.Ids["records"][0]}"),
            ("its thread", reader.Token, $"/api/v1/records/{twins.Ids["records"][1]}/thread"),
            ("an account seen only in secret", reader.Token, $"/api/v1/accounts/{twins.Ids["accounts"][1]}/history"),
            ("the diary", reader.Token, "/api/v1/diary"),
            ("the public diary", null, "/public/diary.json"),
        ];
        Console.WriteLine($"non-interference: medians of {Requests} requests in turns; the goal is a ratio within 0.95-1.05");
        foreach (var (name, token, address) in paths)
        {
            HttpClient[] both = [twins.One.Program(token), twins.Other.Program(token)];
            List<double>[] took = [[], []];
            for (var i = -Math.Min(50, Requests); i < Requests; i++)
            {
                // Who goes first changes, so that neither archive always finds the other's caches warm.
                for (var turn = 0; turn < 2; turn++)
                {
                    var which = (i + turn) & 1;
                    var start = Stopwatch.GetTimestamp();
                    using var answer = await both[which].GetAsync(new Uri(address, UriKind.Relative));
                    await answer.Content.ReadAsByteArrayAsync();
                    if (i >= 0) took[which].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }
            }

            double Median(int of) => took[of].Order().ElementAt(Requests / 2);
            Console.WriteLine(FormattableString.Invariant($"  {name,-40} {Median(0),7:0.00} ms {Median(1),7:0.00} ms  ratio {Median(1) / Median(0):0.000}"));
        }
    }
}
