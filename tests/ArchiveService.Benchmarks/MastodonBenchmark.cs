using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ArchiveService.Capture;
using ArchiveService.Capture.Mastodon;

namespace ArchiveService.Benchmarks;

/// <summary>What reading Mastodon costs beside parsing the same bytes as JSON and doing nothing with them: a page of statuses as the API answers, and the outbox of an account's archive.</summary>
internal static class MastodonBenchmark
{
    private const int OnAPage = 40;
    private const int InTheOutbox = 20_000;
    private const int Rounds = 7;

    private static readonly DateTimeOffset Now = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    public static async Task Run()
    {
        Console.WriteLine("Items and megabytes a second on one core, medians of interleaved rounds; the last column is ours / JSON alone.");
        Console.WriteLine("| path | items/s | MB/s | JSON alone, items/s | MB/s | |\n|---|--:|--:|--:|--:|--:|");
        var page = Page();
        await Compare($"a page of {OnAPage} statuses", OnAPage, page.Length, () => Task.FromResult(MastodonAnswer.Read(page, MastodonAround.Nothing, Now).OfType<ReadAct.Accepted>().Count()), () => Parse(page, OnAPage));

        var folder = Directory.CreateTempSubdirectory("mastodon-benchmark-");
        try
        {
            var outbox = Outbox();
            await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "outbox.json"), outbox);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "actor.json"), """{"id":"https://social.example/users/kommun","preferredUsername":"kommun","name":"Kommunen","followers":"https://social.example/users/kommun/followers"}""");
            await Compare($"an archive's outbox of {InTheOutbox.ToString("N0", CultureInfo.InvariantCulture)}", InTheOutbox, outbox.Length, () => Archive(folder.FullName),
                async () => await Parse(await File.ReadAllBytesAsync(Path.Combine(folder.FullName, "outbox.json")), InTheOutbox));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<int> Archive(string folder)
    {
        if (await MastodonArchive.Open(folder) is not MastodonOpened.Ready(var archive)) throw new InvalidOperationException("The archive was not opened.");
        await using (archive)
        {
            var read = 0;
            await foreach (var act in archive.ReadActs(Now)) read += act is ReadAct.Accepted ? 1 : 0;
            return read;
        }
    }

    /// <summary>Walks over every value, so that nothing is left unparsed.</summary>
    private static Task<int> Parse(byte[] bytes, int items)
    {
        using var json = JsonDocument.Parse(bytes);
        return Task.FromResult(json.RootElement.ValueKind == JsonValueKind.Undefined ? 0 : items);
    }

    private static async Task Compare(string path, int items, long bytes, Func<Task<int>> ours, Func<Task<int>> alone)
    {
        var (one, other) = (new List<double>(), new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            var (first, second) = (await Rate(items, ours), await Rate(items, alone));
            if (round == 0) continue;
            one.Add(first);
            other.Add(second);
        }

        var ratio = Measured.Median(one.Zip(other, (a, b) => a / b));
        var megabytes = bytes / 1e6 / items;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {path} | {Measured.Median(one):N0} | {Measured.Median(one) * megabytes:N0} | {Measured.Median(other):N0} | {Measured.Median(other) * megabytes:N0} | {ratio:0.00} |"));
    }

    private static async Task<double> Rate(int items, Func<Task<int>> once)
    {
        var start = Stopwatch.GetTimestamp();
        var done = 0L;
        while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1))
        {
            if (await once() != items) throw new InvalidOperationException("Not everything was read.");
            done += items;
        }

        return done / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static byte[] Page() => Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Range(1, OnAPage).Select(n => $$"""
        {"id":"{{n}}","created_at":"2026-10-01T10:00:00.000Z","in_reply_to_id":null,"in_reply_to_account_id":null,"sensitive":false,"spoiler_text":"","visibility":"public","language":"sv",
        "uri":"https://social.example/users/kommun/statuses/{{n}}","url":"https://social.example/@kommun/{{n}}","replies_count":3,"reblogs_count":0,"favourites_count":5,"edited_at":null,
        "content":"<p>{{string.Join(' ', Enumerable.Repeat("Hej, simhallen öppnar på lördag.", 12))}}</p>","reblog":null,"media_attachments":[],"mentions":[],"tags":[],"emojis":[],"card":null,"poll":null,
        "account":{"id":"1","username":"kommun","acct":"kommun","display_name":"Kommunen","locked":false,"bot":false,"note":"<p>Vi svarar vardagar.</p>","url":"https://social.example/@kommun","uri":"https://social.example/users/kommun","followers_count":1200,"fields":[]}}
        """)) + "]");

    private static byte[] Outbox() => Encoding.UTF8.GetBytes($$"""{"@context":"https://www.w3.org/ns/activitystreams","id":"outbox.json","type":"OrderedCollection","totalItems":{{InTheOutbox}},"orderedItems":[""" + string.Join(',', Enumerable.Range(1, InTheOutbox).Select(n => $$"""
        {"id":"https://social.example/users/kommun/statuses/{{n}}/activity","type":"Create","actor":"https://social.example/users/kommun","published":"2026-10-01T10:00:00Z","to":["https://www.w3.org/ns/activitystreams#Public"],"cc":[],
        "object":{"id":"https://social.example/users/kommun/statuses/{{n}}","type":"Note","summary":null,"inReplyTo":null,"published":"2026-10-01T10:00:00Z","url":"https://social.example/@kommun/{{n}}","attributedTo":"https://social.example/users/kommun",
        "to":["https://www.w3.org/ns/activitystreams#Public"],"cc":[],"content":"<p>{{string.Join(' ', Enumerable.Repeat("Hej, simhallen öppnar på lördag.", 12))}}</p>","attachment":[],"tag":[]}}
        """)) + "]}");
}
