using System.Collections.Concurrent;
using System.Text;
using ArchiveService.Testing;

namespace ArchiveService.AppTests.SecrecyTests;

/// <summary>
/// Two archives that differ only in what OSL 5:2 lets be withheld give byte-equal answers to everybody who may not read it (architecture §11): status,
/// headers and body of every address in the endpoint table, as every uncleared role and as the public.
/// </summary>
public sealed class Non_interference : IAsyncLifetime
{
    private TwinArchives twins = null!;

    public async Task InitializeAsync()
    {
        twins = await TwinArchives.Start();

        // When a token was last used is noted once a minute, in one of the two a moment sooner than in the other.
        foreach (var twin in new[] { twins.One, twins.Other })
        {
            await using var noted = twin.Databases.Writer.CreateCommand("update archive.tokens set last_used = '2126-01-01'");
            await noted.ExecuteNonQueryAsync();
        }
    }

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

    /// <summary>Each reader goes through each route by itself, several at once: what a route answers depends on nothing that another has asked.</summary>
    private async Task<IReadOnlyList<string>> Differences(IReadOnlyList<(string Route, string Address, bool OpenToEverybody)> addresses, IEnumerable<UnclearedReader> readers)
    {
        var differences = new ConcurrentBag<string>();
        var routes = addresses.GroupBy(a => a.Route).Select(g => g.ToList()).ToList();
        var clients = readers.Select(r => (Reader: r, One: twins.One.Program(r.Token), Other: twins.Other.Program(r.Token))).ToList();
        var work = routes.SelectMany(route => clients.Select(client => (route, client)));
        await Parallel.ForEachAsync(work, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(6, Environment.ProcessorCount * 3) }, async (one, ct) =>
        {
            var (route, (reader, here, there)) = one;
            foreach (var (_, address, open) in route)
            {
                // Who is not logged in is turned away from the rest before anything is read.
                if (reader.Token is null && !open) continue;
                var closed = false;
                var next = address;
                for (var page = 1; next is not null && page <= 3; page++)
                {
                    var both = await Task.WhenAll(Answered.Of(here, next, ct), Answered.Of(there, next, ct));
                    if (!both[0].IsAs(both[1]))
                    {
                        differences.Add($"{reader.Name} {next}\n{Shown(both[0].Written, both[1].Written)}");
                        break;
                    }

                    closed = both[0].Status == 403 && address.Contains('?', StringComparison.Ordinal);
                    next = both[0].Cursor is { } cursor ? $"{address}{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}cursor={cursor}" : null;
                }

                // Whoever has no business on a page is turned away whatever is asked of it: once for each route, with and without a question, is enough.
                if (closed) break;
            }
        });
        return [.. differences.Order(StringComparer.Ordinal)];
    }

    private static string Shown(string one, string other)
    {
        var at = one.Zip(other).TakeWhile(pair => pair.First == pair.Second).Count();
        string Around(string text) => text.Substring(Math.Max(0, at - 160), Math.Min(text.Length - Math.Max(0, at - 160), 320)).ReplaceLineEndings(" ");
        return $"  one:   {Around(one)}\n  other: {Around(other)}";
    }

    /// <summary>What an address answered. Found by searching for words, not by patterns: thousands of pages are compared.</summary>
    private sealed record Answered(int Status, string Head, byte[] Body)
    {
        /// <summary>Before what is new in every answer, and what ends it: the request's own id; the secret of a form; sequence numbers and checkpoints, which count every event of the log.</summary>
        private static readonly (string Before, char End)[] Noise = [("\"traceId\":\"", '"'), ("name=\"__RequestVerificationToken\" type=\"hidden\" value=\"", '"'), ("\"sequence\":", '\0'), ("\"checkpoint\":{", '}'), ("data-checkpoint>", '<'),
            // Each archive may do the same thing a second later: what is read beside it, to the minute, is compared.
            ("<time datetime=\"", '"')];

        public static async Task<Answered> Of(HttpClient client, string address, CancellationToken ct)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, UriKind.Relative));
            if (!address.StartsWith("/api", StringComparison.Ordinal)) request.Headers.Accept.ParseAdd("text/html");
            using var answer = await client.SendAsync(request, ct);
            var head = new StringBuilder().Append((int)answer.StatusCode).Append('\n');
            var body = await answer.Content.ReadAsByteArrayAsync(ct);
            foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).OrderBy(h => h.Key, StringComparer.Ordinal))
            {
                // The date, and the cookie of a form's own secret, are new in every answer.
                if (name is "Date" or "Set-Cookie") continue;
                head.Append(name).Append(": ").AppendJoin(", ", values).Append('\n');
            }

            return new((int)answer.StatusCode, head.ToString(), body);
        }

        public bool IsAs(Answered other) => Head == other.Head && (Body.AsSpan().SequenceEqual(other.Body) || Written == other.Written);

        /// <summary>All of it, without what is new every time.</summary>
        public string Written
        {
            get
            {
                var text = Encoding.UTF8.GetString(Body);
                foreach (var (before, end) in Noise)
                {
                    if (!text.Contains(before, StringComparison.Ordinal)) continue;
                    var plain = new StringBuilder(text.Length);
                    var from = 0;
                    for (var at = text.IndexOf(before, StringComparison.Ordinal); at >= 0; at = text.IndexOf(before, from, StringComparison.Ordinal))
                    {
                        var begins = at + before.Length;
                        var ends = begins;
                        while (ends < text.Length && (end == '\0' ? char.IsAsciiDigit(text[ends]) : text[ends] != end)) ends++;
                        plain.Append(text, from, begins - from).Append('…');
                        from = ends;
                    }

                    text = plain.Append(text, from, text.Length - from).ToString();
                }

                return $"{Head}\n{text}";
            }
        }

        /// <summary>The cursor it gives for the next page.</summary>
        public string? Cursor
        {
            get
            {
                foreach (var before in (byte[][])[[.. "\"next\":\""u8], [.. "?cursor="u8], [.. "&cursor="u8], [.. ";cursor="u8]])
                {
                    var at = Body.AsSpan().IndexOf(before);
                    if (at < 0) continue;
                    var ends = at + before.Length;
                    while (ends < Body.Length && (char.IsAsciiLetterOrDigit((char)Body[ends]) || Body[ends] is (byte)'-' or (byte)'_')) ends++;
                    if (ends > at + before.Length) return Encoding.ASCII.GetString(Body, at + before.Length, ends - at - before.Length);
                }

                return null;
            }
        }
    }
}
