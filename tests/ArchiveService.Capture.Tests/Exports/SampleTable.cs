using System.Globalization;
using System.Text;

namespace ArchiveService.Capture.Tests.Exports;

/// <summary>What became of the samples of a platform, written into its page between two marks. <c>UPDATE_DOCS=1</c> writes it again.</summary>
internal sealed class SampleTable(string page)
{
    private const string Begin = "<!-- samples: written by a test -->";
    private const string End = "<!-- /samples -->";

    private readonly List<Row> rows = [];

    private sealed record Row(string Sample, int Files, int Outcomes, int Records, int Further, int Duplicates, int Unknown, int NotRecords, int Refused, string Why);

    public void Add(string sample, IEnumerable<ReadAct> outcomes) => Add(sample, 1, outcomes);

    public void Add(string sample, int files, IEnumerable<ReadAct> outcomes)
    {
        var seen = new HashSet<(string, string)>();
        int all = 0, records = 0, further = 0, duplicates = 0, unknown = 0, notRecords = 0;
        var refused = new List<string>();
        foreach (var outcome in outcomes)
        {
            all++;
            switch (outcome)
            {
                case ReadAct.Rejected no:
                    refused.Add(no.Code);
                    break;
                case ReadAct.NotARecord { NativeActName: var name }:
                    if (name.EndsWith("/duplicate", StringComparison.Ordinal)) duplicates++;
                    else notRecords++;
                    break;
                case ReadAct.Accepted { Act.Act: ActKind.Unknown }:
                    unknown++;
                    break;
                case ReadAct.Accepted { Act: var act }:
                    if (seen.Add((act.IdKind, act.NativeId))) records++;
                    else further++;
                    break;
            }
        }

        Assert.Equal(all, records + further + duplicates + unknown + notRecords + refused.Count);
        rows.Add(new Row(sample, files, all, records, further, duplicates, unknown, notRecords, refused.Count, string.Join(", ", refused.Distinct().Order(StringComparer.Ordinal))));
    }

    /// <summary>A file that cannot be opened as an export of its kind.</summary>
    public void Refused(string sample, string code) => rows.Add(new Row(sample, 1, 1, 0, 0, 0, 0, 0, 1, code));

    public void IsInThePage()
    {
        var path = Path.Combine(Repository(), "docs", "platforms", page);
        var text = File.ReadAllText(path);
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        Assert.True(from >= 0 && to > from, $"{page} lacks the marks of the table.");
        var written = text[..(from + Begin.Length)] + Write() + text[to..];
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") File.WriteAllText(path, written);
        Assert.True(written == File.ReadAllText(path), $"docs/platforms/{page} does not say what the samples give. Write it again: UPDATE_DOCS=1 ./test --filter {GetType().Name}");
    }

    private string Write()
    {
        var table = new StringBuilder("\n\n| sample | files | outcomes | records | further acts | duplicates | unknown, kept | not a record | refused | why |\n|---|---|---|---|---|---|---|---|---|---|\n");
        foreach (var row in rows) Line(table, $"`{row.Sample}`", row);
        var sum = new Row("", rows.Sum(r => r.Files), rows.Sum(r => r.Outcomes), rows.Sum(r => r.Records), rows.Sum(r => r.Further), rows.Sum(r => r.Duplicates), rows.Sum(r => r.Unknown), rows.Sum(r => r.NotRecords), rows.Sum(r => r.Refused), "");
        Line(table, "**all**", sum);
        return table.Append('\n').ToString();
    }

    private static void Line(StringBuilder table, string name, Row row) => table.AppendLine(CultureInfo.InvariantCulture,
        $"| {name} | {row.Files} | {row.Outcomes} | {row.Records} | {row.Further} | {row.Duplicates} | {row.Unknown} | {row.NotRecords} | {row.Refused} | {row.Why} |");

    private static string Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ArchiveService.sln"))) return folder.FullName;
        }

        throw new DirectoryNotFoundException("The tests do not run in the repository.");
    }
}
