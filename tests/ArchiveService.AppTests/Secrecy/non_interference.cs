using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using ArchiveService.Testing;

namespace ArchiveService.AppTests.SecrecyTests;

/// <summary>
/// Two archives that differ only in what OSL 5:2 lets be withheld give byte-equal answers to everybody who may not read it (architecture §11): status,
/// headers and body of every address in the endpoint table, as every uncleared role and as the public.
/// </summary>
public sealed partial class Non_interference : IAsyncLifetime
{
    private TwinArchives twins = null!;

    public async Task InitializeAsync() => twins = await TwinArchives.Start();

    public Task DisposeAsync() => twins.DisposeAsync().AsTask();

    [Fact]
    [Trait("Requirement", "I3")]
    [Trait("Requirement", "N-09")]
    [Trait("Requirement", "V-02")]
    public async Task nobody_uncleared_can_tell_two_archives_apart_that_differ_in_secrets_only()
    {
        var (addresses, faults) = await GetRoutes.Of(twins);
        Assert.True(faults.Count == 0, string.Join('\n', faults));

        // What registered secret records say: nor to those who assess, when they are not cleared.
        await twins.SayOtherSecrets();
        await Same(addresses, twins.Readers.Where(r => r.Assesses));

        // And secret records that are not registered: how many, when, from whom.
        await twins.AddUnregistered();
        await Same(addresses, twins.Readers.Where(r => !r.Assesses));
    }

    private async Task Same(IReadOnlyList<(string Route, string Address, bool OpenToEverybody)> addresses, IEnumerable<UnclearedReader> readers)
    {
        var differences = await Differences(addresses, readers);
        Assert.True(differences.Count == 0, $"{differences.Count} answers differ:\n{string.Join('\n', differences.Take(20))}");
    }

    private async Task<IReadOnlyList<string>> Differences(IReadOnlyList<(string Route, string Address, bool OpenToEverybody)> addresses, IEnumerable<UnclearedReader> readers)
    {
        var differences = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(readers, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (reader, ct) =>
        {
            var (one, other) = (twins.One.Program(reader.Token), twins.Other.Program(reader.Token));
            var closed = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (route, address, open) in addresses)
            {
                // Whoever has no business on a page is turned away whatever is asked of it: once for each route, with and without a question, is enough.
                if (closed.Contains(route)) continue;
                // Who is not logged in is turned away from the rest before anything is read.
                if (reader.Token is null && !open) continue;
                var next = address;
                for (var page = 1; next is not null && page <= 3; page++)
                {
                    var both = await Task.WhenAll(Answer(one, next, ct), Answer(other, next, ct));
                    if (both[0] != both[1])
                    {
                        differences.Add($"{reader.Name} {next}\n{Shown(both[0], both[1])}");
                        break;
                    }

                    if (both[0].StartsWith("403\n", StringComparison.Ordinal) && address.Contains('?', StringComparison.Ordinal)) closed.Add(route);
                    next = Next(address, both[0]);
                }
            }
        });
        return [.. differences.Order(StringComparer.Ordinal)];
    }

    private static async Task<string> Answer(HttpClient client, string address, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, UriKind.Relative));
        if (!address.StartsWith("/api", StringComparison.Ordinal)) request.Headers.Accept.ParseAdd("text/html");
        using var answer = await client.SendAsync(request, ct);
        var said = new StringBuilder().Append((int)answer.StatusCode).Append('\n');
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).OrderBy(h => h.Key, StringComparer.Ordinal))
        {
            // The date, and the cookie of a form's own secret, are new in every answer.
            if (name is "Date" or "Set-Cookie") continue;
            said.Append(name).Append(": ").AppendJoin(", ", values).Append('\n');
        }

        var body = await answer.Content.ReadAsByteArrayAsync(ct);
        return Noise.Replace(said.Append('\n').Append(Encoding.UTF8.GetString(body)).ToString(), "…");
    }

    /// <summary>The cursor an answer gives for the next page.</summary>
    private static string? Next(string address, string answer) =>
        Cursor.Match(answer) is { Success: true } found ? $"{address}{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}cursor={found.Groups["cursor"].Value}" : null;

    private static string Shown(string one, string other)
    {
        var at = one.Zip(other).TakeWhile(pair => pair.First == pair.Second).Count();
        string Around(string text) => text.Substring(Math.Max(0, at - 160), Math.Min(text.Length - Math.Max(0, at - 160), 320)).ReplaceLineEndings(" ");
        return $"  one:   {Around(one)}\n  other: {Around(other)}";
    }

    // The request's own id; the secret of a form; sequence numbers and checkpoints, which count every event of the log.
    [GeneratedRegex("""(?<="traceId":")[^"]*|(?<=name="__RequestVerificationToken" type="hidden" value=")[^"]*|(?<="sequence":)\d+|(?<="checkpoint":)\{[^}]*\}|(?<=data-checkpoint>)[^<]*""")]
    private static partial Regex Noise { get; }

    [GeneratedRegex("""(?<=("next":"|[?&;]cursor=))(?<cursor>[A-Za-z0-9_-]+)""", RegexOptions.ExplicitCapture)]
    private static partial Regex Cursor { get; }
}
