using System.Text.Json;

namespace ArchiveService.Capture.Warc;

/// <summary>The list of pages of a WACZ package: a head and one page a line.</summary>
public static class WaczPages
{
    private const int MaxLineChars = 16 << 20;
    private const int MostTold = 20;

    /// <summary>What is wrong with a list; a page's own text is not judged.</summary>
    public static IReadOnlyList<WarcProblem> Check(Stream list, out long pages)
    {
        var problems = new List<WarcProblem>();
        using var text = new StreamReader(list);
        pages = 0;
        for (var number = 1; BoundedLines.Next(text, MaxLineChars) is { } line && problems.Count < MostTold; number++)
        {
            if (line.Length == 0) continue;
            var wrong = Wrong(line, isHead: number == 1);
            if (wrong is not null) problems.Add(new(WaczCodes.PagesMalformed, 0, $"line {number} {wrong}"));
            else if (number > 1) pages++;
        }

        return problems;
    }

    private static string? Wrong(string line, bool isHead)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return "is not a JSON object.";
            if (isHead) return WaczReader.Text(root, "format") is null ? "does not say which form the list has." : null;
            return WaczReader.Text(root, "url") is null || WaczReader.Text(root, "ts") is null ? "has no url or no ts." : null;
        }
        catch (JsonException)
        {
            return "is not JSON.";
        }
    }
}

/// <summary>Lines of a text that cannot become longer than is allowed.</summary>
internal static class BoundedLines
{
    /// <summary>The next line, cut off where it becomes too long; null at the end.</summary>
    public static string? Next(TextReader text, int mostChars)
    {
        var line = new System.Text.StringBuilder();
        for (int next; (next = text.Read()) >= 0;)
        {
            if (next == '\n') return line.ToString().TrimEnd('\r');
            if (line.Length < mostChars) line.Append((char)next);
        }

        return line.Length > 0 ? line.ToString().TrimEnd('\r') : null;
    }
}
