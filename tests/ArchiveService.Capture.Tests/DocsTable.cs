namespace ArchiveService.Capture.Tests;

/// <summary>A table between two marks in a page of docs/, made of what the samples came to; UPDATE_DOCS=1 writes it.</summary>
internal static class DocsTable
{
    private const string Begin = "<!-- samples -->";
    private const string End = "<!-- /samples -->";

    public static async Task Check(string page, IEnumerable<string> rows)
    {
        var path = Path.Combine(Docs(), page);
        var text = await File.ReadAllTextAsync(path);
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        Assert.True(from >= 0 && to > from, $"{page} has no {Begin} … {End}");
        var head = text[(from + Begin.Length)..to].Trim('\n').Split('\n')[..2];
        var made = $"{text[..(from + Begin.Length)]}\n{string.Join('\n', [.. head, .. rows])}\n{text[to..]}";
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") await File.WriteAllTextAsync(path, made);
        else Assert.Equal(made, text);
    }

    private static string Docs()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ArchiveService.sln"))) return Path.Combine(folder.FullName, "docs");
        }

        throw new InvalidOperationException("The tests are not inside the repository.");
    }
}
