using System.Globalization;
using System.Text;
using ArchiveService.Capture.Meta;

namespace ArchiveService.Capture.Tests.Meta;

/// <summary>What becomes of each real sample, counted over a platform's samples in the order of the table in its page of the documentation.</summary>
internal static class MetaSamples
{
    public static readonly IReadOnlyList<string> Platforms = ["facebook", "instagram"];

    public static IEnumerable<string> GraphFiles() =>
        Platforms.SelectMany(platform => Directory.EnumerateDirectories(SharedData.PathOf(platform), "graph-api*").Order(StringComparer.Ordinal).SelectMany(folder => Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)));

    public static async Task<string> Table(string platform)
    {
        var table = new StringBuilder("| sample | records | further acts | duplicates | unknown | not a record | refused |\n|---|--:|--:|--:|--:|--:|---|\n");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var items = new HashSet<string>(StringComparer.Ordinal);
        var sums = new int[6];
        foreach (var file in Directory.EnumerateFiles(SharedData.PathOf(platform), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var name = Path.GetRelativePath(SharedData.PathOf(platform), file);
            if (name.StartsWith("export", StringComparison.Ordinal)) continue;
            var counts = new int[6];
            var reasons = new SortedSet<string>(StringComparer.Ordinal);
            foreach (var read in await Read(name, file))
            {
                switch (read)
                {
                    case ReadAct.Rejected rejected:
                        counts[5]++;
                        reasons.Add(rejected.Code);
                        break;
                    case ReadAct.NotARecord:
                        counts[4]++;
                        break;
                    case ReadAct.Accepted { Act: { Act: ActKind.Unknown } or { Kind: ItemKind.Unknown, Act: ActKind.Create } }:
                        counts[3]++;
                        break;
                    case ReadAct.Accepted { Act: var act }:
                        var isNew = seen.Add(string.Join('\n', act.NativeId, act.Act, act.Text, string.Join(' ', act.Attachments.Select(file => file.NativeId ?? file.Url))));
                        var isItem = act.Act is not (ActKind.React or ActKind.Unreact or ActKind.ProfileChange) && items.Add(act.NativeId);
                        counts[isItem ? 0 : isNew ? 1 : 2]++;
                        break;
                }
            }

            for (var column = 0; column < sums.Length; column++) sums[column] += counts[column];
            table.Append(Row(name, counts, reasons));
        }

        return table.Append(Row("**sum**", sums, [])).ToString();
    }

    private static string Row(string name, int[] counts, SortedSet<string> reasons)
    {
        var refused = reasons.Count == 0 ? counts[5].ToString(CultureInfo.InvariantCulture) : $"{counts[5].ToString(CultureInfo.InvariantCulture)}: `{string.Join("`, `", reasons)}`";
        return string.Create(CultureInfo.InvariantCulture, $"| {name} | {counts[0]} | {counts[1]} | {counts[2]} | {counts[3]} | {counts[4]} | {refused} |\n");
    }

    private static async Task<IReadOnlyList<ReadAct>> Read(string name, string file)
    {
        if (name.EndsWith(".sig.txt", StringComparison.Ordinal)) return [new ReadAct.NotARecord(1, "signature")];
        if (name.StartsWith("webhooks", StringComparison.Ordinal) || name.StartsWith("signature-vectors", StringComparison.Ordinal))
            return [.. MetaWebhook.Read(await File.ReadAllBytesAsync(file), Given.Now).SelectMany(entry => entry.Acts)];
        switch (await GraphImport.Form.Open(file, default))
        {
            case ImportOpened.Ready(var opened):
                await using (opened) return await opened.ReadActs(Given.Now, default).ToListAsync();
            case ImportOpened.Refused(var code, var detail):
                return [new ReadAct.Rejected(1, code, detail)];
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }
}

public sealed class The_samples_of_meta
{
    private const string Begins = "<!-- table of the samples -->\n";
    private const string Ends = "<!-- end of the table -->";

    [SharedDataFact]
    public async Task come_out_as_the_documentation_says()
    {
        foreach (var platform in MetaSamples.Platforms)
        {
            var page = PageOf(platform);
            var text = await File.ReadAllTextAsync(page);
            var begins = text.IndexOf(Begins, StringComparison.Ordinal) + Begins.Length;
            var ends = text.IndexOf(Ends, StringComparison.Ordinal);
            var table = await MetaSamples.Table(platform);
            if (Environment.GetEnvironmentVariable("UPDATE_DOCS") is not null) await File.WriteAllTextAsync(page, text[..begins] + table + text[ends..]);
            else Assert.Equal(table, text[begins..ends]);
        }
    }

    private static string PageOf(string platform)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "ArchiveService.sln"))) folder = folder.Parent;
        return Path.Combine(folder.FullName, "docs", "platforms", $"{platform}.md");
    }
}
