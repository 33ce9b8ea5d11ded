using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ArchiveService.Capture.Meta;

namespace ArchiveService.Benchmarks;

/// <summary>What reading Meta's webhooks and pages of the Graph API costs beside parsing the same bytes as JSON and doing nothing with them. No database, no network.</summary>
internal static class MetaBenchmark
{
    private const int Rounds = 7;
    private static readonly TimeSpan Each = TimeSpan.FromSeconds(1);

    public static Task Run()
    {
        var now = TimeProvider.System.GetUtcNow();
        var webhook = Encoding.UTF8.GetBytes($$"""{"object":"page","entry":[{"id":"100","time":1780000000,"changes":[{{string.Join(',', Enumerable.Range(0, 50).Select(Change))}}]}]}""");
        var page = Encoding.UTF8.GetBytes($$"""{"data":[{{string.Join(',', Enumerable.Range(0, 25).Select(Post))}}],"paging":{"cursors":{"before":"a","after":"b"},"next":"https://graph.facebook.com/v24.0/100/feed?after=b"} }""");
        var context = new GraphContext("100", "feed", "100", now);

        Console.WriteLine("Reading what Meta sends, medians of interleaved rounds; the last column is ours / parsing alone.");
        Console.WriteLine("| body | items/s | MB/s | parsing alone, MB/s | ratio |");
        Console.WriteLine("|---|--:|--:|--:|--:|");
        Compare("webhook with 50 changes", webhook, body => MetaWebhook.Read(body, now).Sum(entry => entry.Acts.Count));
        Compare("page of 25 posts with 10 comments each", page, body => MetaGraph.Read(body, context, now).Count);
        return Task.CompletedTask;
    }

    private static void Compare(string name, byte[] body, Func<byte[], int> read)
    {
        var (ours, bare) = (new List<double>(), new List<double>());
        var items = read(body);
        for (var round = 0; round < Rounds; round++)
        {
            ours.Add(Rate(() => read(body)));
            bare.Add(Rate(() =>
            {
                using var json = JsonDocument.Parse(body);
                return json.RootElement.EnumerateObject().Count();
            }));
        }

        var (mine, theirs) = (Median(ours), Median(bare));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name}, {body.Length / 1024} KiB | {mine * items:N0} | {mine * body.Length / 1e6:N0} | {theirs * body.Length / 1e6:N0} | {mine / theirs:N2} |"));
    }

    private static double Rate(Func<int> once)
    {
        var start = Stopwatch.GetTimestamp();
        var times = 0;
        for (; Stopwatch.GetElapsedTime(start) < Each; times++)
        {
            if (once() == 0) throw new InvalidOperationException("Nothing was read.");
        }

        return times / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static string Text(int n) => string.Join(' ', Enumerable.Repeat($"Hej, när öppnar simhallen på lördag? ({n})", 8));

    private static string Change(int n) =>
        $$$"""{"field":"feed","value":{"item":"comment","verb":"add","comment_id":"5_{{{n}}}","post_id":"100_5","parent_id":"100_5","from":{"id":"{{{n}}}","name":"Nils Låtsasson"},"created_time":1770000000,"message":"{{{Text(n)}}}"}}""";

    private static string Post(int n) =>
        $$$$"""{"id":"100_{{{{n}}}}","created_time":"2026-02-02T02:40:00+0000","message":"{{{{Text(n)}}}}","from":{"id":"100","name":"Kommunen"},"permalink_url":"https://www.facebook.com/100/posts/{{{{n}}}}/","is_published":true,"is_hidden":false,"attachments":{"data":[{"media_type":"photo","type":"photo","target":{"id":"9{{{{n}}}}"},"media":{"image":{"src":"https://x.fbcdn.net/v/{{{{n}}}}_n.jpg?oh=1&oe=2"}}}]},"comments":{"data":[{{{{string.Join(',', Enumerable.Range(0, 10).Select(c => $$"""{"id":"{{n}}_{{c}}","created_time":"2026-02-02T03:40:00+0000","message":"{{Text(c)}}","from":{"id":"7{{c}}","name":"Åsa Låtsasson"},"is_hidden":false}"""))}}}}]}}""";
}
