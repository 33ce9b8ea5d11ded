using ArchiveService.Capture.Csv;

namespace ArchiveService.Capture.Tests.Csv;

/// <summary>The tables in <c>shared/data</c> that have no reader of their own, and the table of outcomes in docs/platforms/generic.md, which UPDATE_DOCS=1 writes.</summary>
public sealed class The_samples
{
    private const string Posts = """
        {
          "separator": ",", "timeZone": "UTC", "timeFormats": ["yyyy-MM-dd HH:mm:ss 'UTC'"],
          "fields": {
            "nativeId": "id", "act": {"constant": "create"}, "kind": {"constant": "post"}, "occurredAt": "created_time", "editedAt": "updated_time", "author.nativeId": "page_id", "text": "message",
            "audience": {"column": "is_published", "values": {"true": "public", "false": "unpublished"}}
          }
        }
        """;

    private const string Start = "| file | rows | records | told again | refused | why |";

    [SharedDataFact]
    public async Task become_what_the_documentation_says()
    {
        var rows = new List<string> { Start, "|---|---|---|---|---|---|" };
        foreach (var folder in new[] { "facebook/connector-csv", "instagram/connector-csv" })
        {
            foreach (var file in SharedData.Files(folder, "*.csv"))
            {
                var mapping = file.EndsWith("post_history_data.csv", StringComparison.Ordinal) ? CsvMapping.Read(Given.Utf8(Posts)).Mapping! : CsvMapping.Read(Given.Utf8("""{"separator":","}""")).Mapping!;
                rows.Add(await Row($"{folder}/{Path.GetFileName(file)}", file, mapping));
            }
        }

        var docs = Docs();
        var text = await File.ReadAllTextAsync(docs);
        var table = string.Join('\n', rows);
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            var from = text.IndexOf(Start, StringComparison.Ordinal);
            var to = text.IndexOf("\n\n", from, StringComparison.Ordinal);
            text = text[..from] + table + text[to..];
            await File.WriteAllTextAsync(docs, text);
        }

        Assert.Contains(table + "\n\n", text, StringComparison.Ordinal);
    }

    private static async Task<string> Row(string name, string path, CsvMapping mapping)
    {
        if (await CsvImport.With(mapping).Open(path, default) is not ImportOpened.Ready(var file)) return $"| `{name}` | {(await File.ReadAllLinesAsync(path)).Length - 1} | 0 | 0 | all | `csv-mapping`: figures, no items |";
        await using var opened = file;
        var read = await opened.ReadActs(Given.Now, default).ToListAsync();
        var accepted = read.OfType<ReadAct.Accepted>().ToList();
        var records = accepted.Select(a => a.Act.NativeId).Distinct().Count();
        var refused = read.OfType<ReadAct.Rejected>().ToList();
        return $"| `{name}` | {read.Count} | {records} | {accepted.Count - records} | {refused.Count} | {string.Join(", ", refused.GroupBy(r => r.Code).Select(g => $"`{g.Key}` {g.Count()}"))} |";
    }

    private static string Docs()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ArchiveService.sln"))) return Path.Combine(folder.FullName, "docs", "platforms", "generic.md");
        }

        throw new InvalidOperationException("The tests run outside the repository.");
    }
}
