using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace ArchiveService.Testing.Search;

/// <summary>A question with the texts that must be found, and those that may be as well.</summary>
public sealed record QualityQuery(string Asked, IReadOnlyList<string> Must, IReadOnlyList<string> May);

/// <summary>What the first ten answers to a question were worth.</summary>
public sealed record QualityAnswer(QualityQuery Query, IReadOnlyList<string> Found)
{
    /// <summary>Of those that must be found, the part among the first ten.</summary>
    public double Recall => Query.Must.Count(Found.Contains) / (double)Math.Min(10, Query.Must.Count);

    /// <summary>Of the first ten, the part that belongs there.</summary>
    public double Precision => Found.Count == 0 ? 0 : Found.Count(f => Query.Must.Contains(f) || Query.May.Contains(f)) / (double)Found.Count;
}

/// <summary>Written texts of a municipality's channels and written questions with their answers: <c>quality/*.tsv</c>, one a line.</summary>
public static class SearchQuality
{
    public const string Sender = "Testa Testsson";

    public static IReadOnlyList<(string Id, string Text)> Corpus { get; } = [.. Lines("corpus.tsv").Select(l => (l[0], l[1]))];

    public static IReadOnlyList<QualityQuery> Queries { get; } = [.. Lines("queries.tsv").Select(l => new QualityQuery(l[0], Ids(l[1]), Ids(l.ElementAtOrDefault(2))))];

    public static async Task Say(HttpClient by, Guid channel, Func<long, Task> shown)
    {
        var at = new DateTimeOffset(2026, 2, 1, 8, 0, 0, TimeSpan.Zero);
        using var body = new StringContent(
            string.Join('\n', Corpus.Select((c, i) => JsonSerializer.Serialize(new
            {
                act = "create",
                nativeId = "quality-" + c.Id,
                kind = "comment",
                audience = "public",
                author = new { nativeId = "acct:quality", displayName = Sender },
                occurredAt = at.AddMinutes(i),
                text = c.Text,
            }))), Encoding.UTF8, "application/x-ndjson");
        var answer = await by.PostAsync(new Uri($"/api/v1/channels/{channel}/captures", UriKind.Relative), body);
        answer.EnsureSuccessStatusCode();
        await shown((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("lastSequence").GetInt64());
    }

    /// <summary>The first ten in order of relevance.</summary>
    public static async Task<QualityAnswer> Ask(HttpClient by, Guid channel, QualityQuery query, long after)
    {
        var answer = await by.GetFromJsonAsync<JsonElement>(new Uri($"/api/v1/records?limit=10&sort=relevance&channel={channel}&after={after}&q={Uri.EscapeDataString(query.Asked)}", UriKind.Relative));
        var said = answer.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("snippet").GetString()!.Trim(' ', '…')).ToList();
        return new(query, [.. said.Select(s => Corpus.First(c => c.Text == s || c.Text.Contains(s, StringComparison.Ordinal)).Id)]);
    }

    private static string[] Ids(string? written) => (written ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string[]> Lines(string file) =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Search", "quality", file)).Where(l => l.Length > 0).Select(l => l.Split('\t'));
}
