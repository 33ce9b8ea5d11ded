namespace ArchiveService.Features.Snapshots.Pictures;

/// <summary>What became of a line between two texts.</summary>
public enum LineFate
{
    Same,
    Added,
    Removed,
}

public sealed record DiffLine(LineFate Fate, string Line);

/// <summary>Two texts line by line, in their order: what stands, what came and what went. Pure.</summary>
public static class TextDiff
{
    /// <summary>Of each text; what comes after is not compared.</summary>
    public const int MostLines = 2000;

    /// <summary>So many lines that stand are shown around what changed.</summary>
    private const int Around = 2;

    public static IReadOnlyList<DiffLine> Of(string earlier, string later)
    {
        var (was, now) = (Lines(earlier), Lines(later));
        var start = 0;
        while (start < was.Length && start < now.Length && was[start] == now[start]) start++;
        var end = 0;
        while (end < was.Length - start && end < now.Length - start && was[^(end + 1)] == now[^(end + 1)]) end++;
        return
        [
            .. was[..start].Select(line => new DiffLine(LineFate.Same, line)),
            .. Middle(was.AsSpan(start, was.Length - start - end), now.AsSpan(start, now.Length - start - end)),
            .. was[(was.Length - end)..].Select(line => new DiffLine(LineFate.Same, line)),
        ];
    }

    /// <summary>Only what changed, with a little of what stands around it; null stands for what is left out.</summary>
    public static IReadOnlyList<DiffLine?> Told(IReadOnlyList<DiffLine> whole)
    {
        var told = new List<DiffLine?>();
        for (var i = 0; i < whole.Count; i++)
        {
            var near = Enumerable.Range(Math.Max(0, i - Around), Math.Min(whole.Count - 1, i + Around) - Math.Max(0, i - Around) + 1).Any(n => whole[n].Fate != LineFate.Same);
            if (near) told.Add(whole[i]);
            else if (told.Count > 0 && told[^1] is not null) told.Add(null);
        }

        if (told.Count > 0 && told[^1] is null) told.RemoveAt(told.Count - 1);
        return told;
    }

    private static string[] Lines(string text) => [.. text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Take(MostLines)];

    /// <summary>By the longest common subsequence.</summary>
    private static List<DiffLine> Middle(ReadOnlySpan<string> was, ReadOnlySpan<string> now)
    {
        var longest = new int[was.Length + 1, now.Length + 1];
        for (var i = was.Length - 1; i >= 0; i--)
        {
            for (var j = now.Length - 1; j >= 0; j--) longest[i, j] = was[i] == now[j] ? longest[i + 1, j + 1] + 1 : Math.Max(longest[i + 1, j], longest[i, j + 1]);
        }

        var lines = new List<DiffLine>();
        var (at, to) = (0, 0);
        while (at < was.Length || to < now.Length)
        {
            if (at < was.Length && to < now.Length && was[at] == now[to])
            {
                lines.Add(new(LineFate.Same, was[at++]));
                to++;
            }
            else if (to >= now.Length || (at < was.Length && longest[at + 1, to] >= longest[at, to + 1]))
            {
                lines.Add(new(LineFate.Removed, was[at++]));
            }
            else
            {
                lines.Add(new(LineFate.Added, now[to++]));
            }
        }

        return lines;
    }
}
