using System.Globalization;
using ArchiveService.Capture.ActivityStreams;

namespace ArchiveService.Capture.Tests.ActivityStreams;

/// <summary>Every sample there is, and the table of them in docs/platforms/activitystreams.md.</summary>
public sealed class The_samples
{
    /// <summary>Folders of files that come to the same are one row; the others are named.</summary>
    private static readonly (string Row, string Folder, Func<string, bool> Has)[] Groups =
    [
        ("`activitystreams/w3c/core-*`", "activitystreams/w3c", name => name.StartsWith("core-", StringComparison.Ordinal)),
        ("`activitystreams/w3c/simple*`, `empty`", "activitystreams/w3c", name => (name.StartsWith("simple", StringComparison.Ordinal) || name.StartsWith("empty", StringComparison.Ordinal)) && !name.StartsWith("simple0011", StringComparison.Ordinal) && !name.StartsWith("simple0012", StringComparison.Ordinal)),
        ("`activitystreams/w3c/vocabulary-*`", "activitystreams/w3c", name => name.StartsWith("vocabulary-", StringComparison.Ordinal) && !name.StartsWith("vocabulary-ex196", StringComparison.Ordinal)),
        ("`activitystreams/granary`", "activitystreams/granary", _ => true),
        ("`mastodon/activitypub`", "mastodon/activitypub", name => !name.Contains("test-avatar", StringComparison.Ordinal)),
    ];

    private static readonly string[] Folders = ["activitystreams/w3c", "activitystreams/granary", "mastodon/activitypub"];

    [SharedDataFact]
    public void none_of_those_that_must_fail_is_read()
    {
        foreach (var path in Files("activitystreams/w3c").Where(path => Path.GetFileName(path).StartsWith("fail__", StringComparison.Ordinal)))
        {
            var refused = Assert.IsType<ReadAct.Rejected>(Assert.Single(ActivityStreamsDocument.Read(File.ReadAllBytes(path), Given.Now)));
            Assert.NotEmpty(refused.Detail);
        }
    }

    [SharedDataFact]
    public async Task the_table_in_the_docs_says_what_becomes_of_them()
    {
        var rows = new List<string>();
        var named = Folders.SelectMany(folder => Files(folder).Select(path => (Folder: folder, Path: path))).ToList();
        var (files, sum) = (0, new int[5]);
        foreach (var (row, folder, has) in Groups)
        {
            var group = named.Where(f => f.Folder == folder && has(Path.GetFileName(f.Path)) && !IsNamed(f.Path)).ToList();
            rows.Add(Row(row, [.. group.Select(f => f.Path)]));
            named.RemoveAll(group.Contains);
        }

        foreach (var (folder, path) in named) rows.Add(Row($"`{folder}/{Path.GetFileName(path)}`", [path]));
        rows.Add($"| **Sum** | {files} | {string.Join(" | ", sum)} | |");
        await DocsTable.Check("platforms/activitystreams.md", rows);

        string Row(string name, IReadOnlyList<string> paths)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            var counts = new int[5];
            var reasons = new SortedDictionary<string, int>(StringComparer.Ordinal);
            foreach (var read in paths.SelectMany(path => ActivityStreamsDocument.Read(File.ReadAllBytes(path), Given.Now)))
            {
                counts[Column(read, seen)]++;
                if (read is ReadAct.Rejected no) reasons[no.Code] = reasons.GetValueOrDefault(no.Code) + 1;
            }

            files += paths.Count;
            for (var i = 0; i < counts.Length; i++) sum[i] += counts[i];
            return string.Create(CultureInfo.InvariantCulture, $"| {name} | {paths.Count} | {string.Join(" | ", counts)} | {string.Join(", ", reasons.Select(r => r.Value == 1 ? $"`{r.Key}`" : $"`{r.Key}` × {r.Value}"))} |");
        }
    }

    private static bool IsNamed(string path) => Path.GetFileName(path).StartsWith("fail__", StringComparison.Ordinal);

    private static int Column(ReadAct read, HashSet<string> seen) => read switch
    {
        ReadAct.Rejected => 4,
        ReadAct.NotARecord or ReadAct.Accepted { Act.Act: ActKind.ProfileChange } => 3,
        ReadAct.Accepted(var act, _) when act.Act == ActKind.Unknown || (act.Kind == ItemKind.Unknown && act.Act == ActKind.Create) => 2,
        ReadAct.Accepted(var act, _) => seen.Add(act.Act is ActKind.React or ActKind.Unreact ? act.ParentNativeId! : act.NativeId) ? 0 : 1,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static IEnumerable<string> Files(string folder) => SharedData.Files(folder);
}
