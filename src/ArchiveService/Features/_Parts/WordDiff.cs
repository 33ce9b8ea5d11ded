using System.Globalization;
using System.Text;

namespace ArchiveService.Features.PageParts;

/// <summary>What changed between two versions, word by word: the longest common subsequence of words, spaces and signs.</summary>
public static class WordDiff
{
    /// <summary>Above this many cells the changed middle is shown as struck and added in whole; a page must not wait for a table of 500,000 letters.</summary>
    private const long MostCells = 4_000_000;

    public static RecordText Between(string? before, string? after)
    {
        var a = Words(before ?? "");
        var b = Words(after ?? "");
        var head = 0;
        while (head < a.Count && head < b.Count && a[head] == b[head])
        {
            head++;
        }

        var tail = 0;
        while (tail < a.Count - head && tail < b.Count - head && a[a.Count - 1 - tail] == b[b.Count - 1 - tail])
        {
            tail++;
        }

        var steps = new List<(RunKind Kind, string Word)>();
        steps.AddRange(a.Take(head).Select(word => (RunKind.Plain, word)));
        steps.AddRange(Middle(a.GetRange(head, a.Count - head - tail), b.GetRange(head, b.Count - head - tail)));
        steps.AddRange(a.Skip(a.Count - tail).Select(word => (RunKind.Plain, word)));
        return new RecordText(Gathered(steps));
    }

    private static IEnumerable<(RunKind Kind, string Word)> Middle(List<string> a, List<string> b)
    {
        if ((long)a.Count * b.Count > MostCells)
        {
            return a.Select(word => (RunKind.Removed, word)).Concat(b.Select(word => (RunKind.Added, word)));
        }

        var longest = new int[a.Count + 1, b.Count + 1];
        for (var i = a.Count - 1; i >= 0; i--)
        {
            for (var j = b.Count - 1; j >= 0; j--)
            {
                longest[i, j] = a[i] == b[j] ? longest[i + 1, j + 1] + 1 : Math.Max(longest[i + 1, j], longest[i, j + 1]);
            }
        }

        return Walk(a, b, longest);
    }

    private static IEnumerable<(RunKind Kind, string Word)> Walk(List<string> a, List<string> b, int[,] longest)
    {
        var (x, y) = (0, 0);
        while (x < a.Count || y < b.Count)
        {
            if (x < a.Count && y < b.Count && a[x] == b[y])
            {
                yield return (RunKind.Plain, a[x++]);
                y++;
            }
            else if (y == b.Count || (x < a.Count && longest[x + 1, y] >= longest[x, y + 1]))
            {
                yield return (RunKind.Removed, a[x++]);
            }
            else
            {
                yield return (RunKind.Added, b[y++]);
            }
        }
    }

    // A space that stood still between two changed words belongs to the change: one struck phrase, one added, not a ladder.
    private static List<TextRun> Gathered(List<(RunKind Kind, string Word)> steps)
    {
        var runs = new List<TextRun>();
        var at = 0;
        while (at < steps.Count)
        {
            var (removed, added, plain) = (new StringBuilder(), new StringBuilder(), new StringBuilder());
            while (at < steps.Count && steps[at].Kind == RunKind.Plain)
            {
                plain.Append(steps[at++].Word);
            }

            RecordText.Append(runs, RunKind.Plain, plain.ToString());
            while (at < steps.Count)
            {
                var (kind, word) = steps[at];
                if (kind == RunKind.Plain)
                {
                    var goesOn = at + 1 < steps.Count && steps[at + 1].Kind != RunKind.Plain;
                    if (!goesOn || word is not " ")
                    {
                        break;
                    }

                    removed.Append(word);
                    added.Append(word);
                }
                else
                {
                    (kind == RunKind.Removed ? removed : added).Append(word);
                }

                at++;
            }

            AppendChange(runs, RunKind.Removed, removed.ToString());
            AppendChange(runs, RunKind.Added, added.ToString());
        }

        return runs;
    }

    // A change of nothing but space is not worth a mark: the new space stands, the old one goes.
    private static void AppendChange(List<TextRun> runs, RunKind kind, string text)
    {
        if (!string.IsNullOrWhiteSpace(text))
        {
            RecordText.Append(runs, kind, text);
        }
        else if (kind == RunKind.Added)
        {
            RecordText.Append(runs, RunKind.Plain, text);
        }
    }

    private static List<string> Words(string text)
    {
        var words = new List<string>();
        var from = 0;
        while (from < text.Length)
        {
            var to = from + StringInfo.GetNextTextElementLength(text, from);
            if (IsWord(text, from))
            {
                while (to < text.Length && IsWord(text, to))
                {
                    to += StringInfo.GetNextTextElementLength(text, to);
                }
            }

            words.Add(text[from..to]);
            from = to;
        }

        return words;
    }

    private static bool IsWord(string text, int at) => char.IsLetterOrDigit(text, at);
}
