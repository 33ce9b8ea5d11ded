using System.Globalization;
using System.Text;
using ArchiveService.Capture.Mastodon;

namespace ArchiveService.Capture.Tests.Mastodon;

/// <summary>Every sample goes through, and docs/platforms/mastodon.md says what became of it.</summary>
public sealed class The_samples_of_mastodon
{
    private const string Begin = "<!-- samples -->";
    private const string End = "<!-- /samples -->";

    private static readonly DateTimeOffset Now = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    [SharedDataFact]
    public async Task Are_read_as_the_docs_say()
    {
        var rows = new List<(string Files, IReadOnlyList<ReadAct> Read)>();
        foreach (var group in SharedData.Files("mastodon/rest-api").Concat(SharedData.Files("mastodon/rest-api-granary"))
            .GroupBy(file => $"{Path.GetFileName(Path.GetDirectoryName(file))}/{Path.GetFileName(file).Split("__")[0]}"))
            rows.Add((group.Count() == 1 ? $"{group.Key.Replace(".json", "", StringComparison.Ordinal)}" : $"{group.Key} ({group.Count()} files)", [.. group.SelectMany(file => MastodonAnswer.Read(File.ReadAllBytes(file), Around(file), Now))]));
        foreach (var file in SharedData.Files("mastodon/streaming", "*.txt"))
        {
            var read = new List<ReadAct>();
            await using var stream = File.OpenRead(file);
            await foreach (var happened in MastodonEvents.Read(stream))
            {
                if (happened.Name is not null) read.AddRange(MastodonEvents.ReadOne(happened.Raw, new MastodonAround(Item: happened.Name == "delete" ? $"local:{happened.Data}" : null), Now));
            }

            rows.Add(($"streaming/{Path.GetFileName(file)}", read));
        }

        rows.Add(("activitypub (accounts and collections of other servers)", [.. SharedData.Files("mastodon/activitypub").SelectMany(file => MastodonAnswer.Read(File.ReadAllBytes(file), MastodonAround.Nothing, Now))]));
        rows.Add(("archive (outbox.json and actor.json as a folder)", await Archive(SharedData.PathOf("mastodon/archive"))));
        foreach (var file in SharedData.Files("mastodon/archive", "*.zip")) rows.Add(($"archive/{Path.GetFileName(file)}", await Archive(file)));

        Assert.DoesNotContain(rows.SelectMany(row => row.Read), read => read is ReadAct.Rejected { Code: RefusalCodes.BrokenJson });
        var table = Table(rows);
        var page = Docs();
        var text = await File.ReadAllTextAsync(page);
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") await File.WriteAllTextAsync(page, text = string.Concat(text.AsSpan(0, from), "\n", table, text.AsSpan(to)));
        (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        Assert.Equal(table, text[from..to].TrimStart('\n'));
    }

    /// <summary>Of all versions of a status, which one stands in the sample beside it; the poller knows it from the list.</summary>
    private static MastodonAround Around(string file) =>
        file.EndsWith("_history.json", StringComparison.Ordinal) && Path.GetFileName(file).Split('_') is [.., var id, _]
            ? new(Item: $"https://server.example/statuses/{id}", ItemId: id, Audience: "public")
            : MastodonAround.Nothing;

    private static async Task<IReadOnlyList<ReadAct>> Archive(string path)
    {
        if (await MastodonArchive.Open(path) is not MastodonOpened.Ready(var archive)) return [new ReadAct.Rejected(1, "not-opened", "")];
        var read = new List<ReadAct>();
        await using (archive)
        {
            await foreach (var act in archive.ReadActs(Now)) read.Add(act);
        }

        return read;
    }

    private static string Table(List<(string Files, IReadOnlyList<ReadAct> Read)> rows)
    {
        var text = new StringBuilder("| sample | records | duplicates | unknown | not a record | refused |\n|---|--:|--:|--:|--:|---|\n");
        var sums = new int[5];
        foreach (var (files, read) in rows)
        {
            var acts = read.OfType<ReadAct.Accepted>().Select(a => a.Act).ToList();
            var distinct = acts.DistinctBy(a => (a.Act, a.NativeId, a.EditedAt, a.Text, a.Author?.NativeId)).Count();
            var unknown = acts.Count(a => a.Act == ActKind.Unknown);
            var refused = read.OfType<ReadAct.Rejected>().ToList();
            var counts = new[] { distinct - unknown, acts.Count - distinct, unknown, read.Count(r => r is ReadAct.NotARecord), refused.Count };
            for (var i = 0; i < counts.Length; i++) sums[i] += counts[i];
            Row(text, $"`{files}`", counts, string.Join(", ", refused.GroupBy(r => r.Code).Select(g => $"{g.Count()} {g.Key}")));
        }

        Row(text, "**sum**", sums, sums[4].ToString(CultureInfo.InvariantCulture));
        return text.ToString();
    }

    private static void Row(StringBuilder text, string name, int[] counts, string refused) =>
        text.Append(CultureInfo.InvariantCulture, $"| {name} | {counts[0]} | {counts[1]} | {counts[2]} | {counts[3]} | {(refused.Length == 0 ? "0" : refused)} |\n");

    private static string Docs()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ArchiveService.sln"))) return Path.Combine(folder.FullName, "docs", "platforms", "mastodon.md");
        }

        throw new InvalidOperationException("The tests run outside the repository.");
    }
}
