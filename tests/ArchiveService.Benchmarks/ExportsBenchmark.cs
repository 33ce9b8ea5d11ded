using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ArchiveService.Capture;
using ArchiveService.Capture.Exports;
using ArchiveService.Capture.LinkedIn;
using ArchiveService.Capture.X;
using ArchiveService.Capture.YouTube;

namespace ArchiveService.Benchmarks;

/// <summary>What the readers of exports cost beside the least that can be done with the same bytes: reading them, and for JSON going through every token.</summary>
internal static class ExportsBenchmark
{
    private const int Items = 50_000;
    private const int Rounds = 5;

    public static async Task Run()
    {
        Console.WriteLine($"{Items} items a file, medians of {Rounds} rounds; items and megabytes per second, the bytes read alone, the bytes read and every JSON token gone through, and the reader's share of the last.");
        await Compare("facebook-export, posts", MetaExport.Facebook, "posts/your_posts_1.json", Json(i => $$$"""{"timestamp":{{{1600000000 + i}}},"data":[{"post":"Simhallen \u00c3\u00b6ppnar klockan \u00c3\u00a5tta, nummer {{{i}}}. {{{Filler}}}"}],"title":"Simhallen uppdaterade sin status."}"""), isJson: true);
        await Compare("facebook-export, messages", MetaExport.Facebook, "messages/inbox/kim_1/message_1.json", $"{{\"participants\":[],\"messages\":{Json(i => $$$"""{"sender_name":"Kim","timestamp_ms":{{{1600000000000 + i}}},"content":"N\u00c3\u00a4r \u00c3\u00b6ppnar ni? {{{Filler}}}","type":"Generic"}""")}}}", isJson: true);
        await Compare("x-archive, posts", XArchive.Form, "data/tweets.js", "window.YTD.tweets.part0 = " + Json(i => $$$"""{"tweet":{"id_str":"{{{1600000000000000000 + i}}}","created_at":"Sat Feb 18 12:33:11 +0000 2023","full_text":"Badet öppnar &amp; stänger https://t.co/a {{{Filler}}}","entities":{"urls":[{"url":"https://t.co/a","expanded_url":"https://exempel.se/{{{i}}}"}],"hashtags":[],"user_mentions":[]},"favorite_count":"1","retweeted":false,"lang":"sv"}}"""), isJson: true);
        await Compare("youtube-takeout", YouTubeTakeout.Form, "comments.csv", "Comment ID,Channel ID,Comment Create Timestamp,Price,Parent Comment ID,Video ID,Comment Text\n" + string.Concat(Enumerable.Range(0, Items).Select(i => $"UgxtiXQkY7gqHbldJ1F4Aa{i},UCA6DtnbZ2KJckyTYfXOwQNA,2023-09-19T17:42:53.434647+00:00,0,,WtOskFeLmr4,\"{{\"\"takeoutSegments\"\":[{{\"\"text\"\":\"\"Tack för frågan {Filler}\"\"}}]}}\"\n")), isJson: false);
        await Compare("linkedin-csv", LinkedInTables.Form, "post_history.csv", "id,author,commentary,created_time,first_published_at,last_modified_time,lifecycle_state,visibility\n" + string.Concat(Enumerable.Range(0, Items).Select(i => $"urn:li:ugcPost:{i},urn:li:organization:12,Nytt bad {Filler},2023-10-13 17:32:47.678000 UTC,2023-10-13 17:32:47.678000 UTC,2023-10-13 17:32:47.732000 UTC,PUBLISHED,PUBLIC\n")), isJson: false);
    }

    private static string Filler { get; } = string.Join(' ', Enumerable.Repeat("Vi svarar under kontorstid.", 8));

    private static string Json(Func<int, string> item) => $"[{string.Join(",\n", Enumerable.Range(0, Items).Select(item))}]";

    private static async Task Compare(string name, ImportForm form, string path, string content, bool isJson)
    {
        var folder = Directory.CreateTempSubdirectory("archiveservice-exports-");
        try
        {
            var file = Path.Combine(folder.FullName, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, content, new UTF8Encoding(false));
            var bytes = new FileInfo(file).Length;
            var (ours, reading, parsing) = (new List<double>(), new List<double>(), new List<double>());
            for (var round = 0; round <= Rounds; round++)
            {
                ours.Add(await Timed(() => Read(form, folder.FullName)));
                reading.Add(await Timed(() => Bytes(file)));
                parsing.Add(isJson ? await Timed(() => Tokens(file)) : reading[^1]);
            }

            // The first round warms up.
            double Median(List<double> seconds) => seconds.Skip(1).Order().ElementAt(Rounds / 2);
            var (least, beside) = (Median(reading), isJson ? Median(reading) + Median(parsing) : Median(reading));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {Items / Median(ours):N0} items/s, {bytes / 1e6 / Median(ours):N0} MB/s | {bytes / 1e6 / least:N0} MB/s | {(isJson ? $"{bytes / 1e6 / beside:N0} MB/s" : "")} | {beside / Median(ours):P0} |"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<double> Timed(Func<Task> work)
    {
        var start = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task Read(ImportForm form, string folder)
    {
        if (await form.Open(folder, default) is not ImportOpened.Ready(var export)) throw new InvalidOperationException($"{form.Name} could not be opened.");
        await using (export)
        {
            var count = 0;
            await foreach (var act in export.ReadActs(TimeProvider.System.GetUtcNow(), default)) count += act is ReadAct.Accepted ? 1 : 0;
            if (count != Items) throw new InvalidOperationException($"{count} of {Items} were read.");
        }
    }

    private static async Task Bytes(string file)
    {
        var block = new byte[64 * 1024];
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1, useAsync: true);
        while (await stream.ReadAsync(block) > 0)
        {
        }
    }

    private static async Task Tokens(string file)
    {
        var bytes = await File.ReadAllBytesAsync(file);
        var begin = Math.Max(0, bytes.AsSpan().IndexOfAny((byte)'[', (byte)'{'));
        var reader = new Utf8JsonReader(bytes.AsSpan(begin));
        while (reader.Read())
        {
        }
    }
}
