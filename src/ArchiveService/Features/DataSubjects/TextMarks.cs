using System.Text.RegularExpressions;

namespace ArchiveService.Features.DataSubjects;

/// <summary>Why a machine thinks that a word is about somebody else.</summary>
public enum TextMarkKind
{
    /// <summary>The name or handle of somebody who has written to the authority.</summary>
    Sender,

    /// <summary>Somebody who works here.</summary>
    Staff,
    Handle,
    PersonalNumber,
    Phone,
    Email,

    /// <summary>Written as a name is.</summary>
    MaybeName,
}

/// <summary>A run of a text. UTF-16 units from its beginning.</summary>
public sealed record SubjectPassage(int Start, int Length)
{
    [System.Text.Json.Serialization.JsonIgnore]
    public int End => Start + Length;
}

public sealed record TextMark(int Start, int Length, TextMarkKind Kind)
{
    public SubjectPassage Passage => new(Start, Length);
}

/// <summary>
/// Finds others in the running text of an extract (art. 15.4). A hint for whoever examines the extract, who masks or lets stand each of them: a machine sees neither
/// irony nor nicknames. What nobody has decided about is masked.
/// </summary>
public sealed partial class TextMarks
{
    private const int Shortest = 3;

    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(2);

    private readonly HashSet<string> mine;
    private readonly Regex? senders;
    private readonly Regex? staff;

    /// <param name="own">Names and handles of the person and of the authority's own accounts.</param>
    public TextMarks(IEnumerable<string?> own, IEnumerable<string?> senders, IEnumerable<string?> staff)
    {
        mine = own.SelectMany(OthersMasked.Words).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var names = senders.OfType<string>().Select(s => s.Trim().TrimStart('@')).Where(s => s.Length >= Shortest).ToList();
        this.senders = Any(names, names.SelectMany(OthersMasked.Words).Except(names, StringComparer.Ordinal));
        this.staff = Any(staff.OfType<string>(), []);
    }

    [GeneratedRegex(@"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Email { get; }

    [GeneratedRegex(@"(?<![\w@.])@[\p{L}\p{N}_][\p{L}\p{N}_.\-]*", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Handle { get; }

    [GeneratedRegex(@"(?<!\d)(?:\d{2})?\d{6}[-+ ]?\d{4}(?!\d)", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex PersonalNumber { get; }

    [GeneratedRegex(@"(?<![\d\p{L}])(?:\+\d{2}\s?(?:\(0\))?\s?|0)\d{1,3}[-\s/]{0,3}\d{2,3}(?:[\s-]?\d{2,3}){1,3}(?!\d)", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Phone { get; }

    // Two words with capitals beside each other, or one after a word that a person's name follows.
    [GeneratedRegex("""
        (?<![\p{L}\p{N}_@]) (?: \p{Lu}\p{Ll}+(?:-\p{Lu}\p{Ll}+)? (?:\ (?:von|af|de)\b)? (?:\ \p{Lu}\p{Ll}+(?:-\p{Lu}\p{Ll}+)?)+
          | (?<=(?:granne|grannen|herr|fru|rektor|rektorn|läraren|lärare|handläggare|handläggaren|chefen|kollegan|kompisen|mamma|pappa|bror|brodern|syster|systern|son|sonen|dotter|dottern|man|mannen|sambo|fru)\ ) \p{Lu}\p{Ll}+
        ) (?![\p{L}\p{N}_])
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Name { get; }

    /// <summary>What in these texts is written as a name, to be looked up among all who have written to the authority.</summary>
    public static IReadOnlyList<string> Candidates(IEnumerable<string?> texts) =>
        [.. texts.OfType<string>().SelectMany(t => Name.Matches(t).Select(m => m.Value.TrimEnd('s').ToLowerInvariant()).Concat(Name.Matches(t).Select(m => m.Value.ToLowerInvariant()))).Distinct()];

    /// <summary>Pure. In the order they stand, none over another: the surest first, and of those the longest.</summary>
    public IReadOnlyList<TextMark> In(string? text)
    {
        if (string.IsNullOrEmpty(text)) return [];
        var found = new List<TextMark>();
        Add(TextMarkKind.Email, Email);
        Add(TextMarkKind.PersonalNumber, PersonalNumber);
        Add(TextMarkKind.Handle, Handle);
        Add(TextMarkKind.Sender, senders);
        Add(TextMarkKind.Staff, staff);
        Add(TextMarkKind.Phone, Phone);
        Add(TextMarkKind.MaybeName, Name);
        return [.. found.OrderBy(f => f.Start)];

        void Add(TextMarkKind kind, Regex? words)
        {
            if (words is null) return;
            foreach (var match in words.Matches(text).Cast<Match>())
            {
                if (IsMine(match.Value)) continue;
                var covered = found.Where(f => f.Start < match.Index + match.Length && match.Index < f.Start + f.Length).ToList();

                // A whole name that begins with one already found is the better mark.
                if (covered.Any(f => f.Length >= match.Length || f.Kind is not (TextMarkKind.Sender or TextMarkKind.Staff))) continue;
                found.RemoveAll(covered.Contains);
                found.Add(new(match.Index, match.Length, covered.Count > 0 ? covered[0].Kind : kind));
            }
        }
    }

    /// <summary>The text as it is given out; runs that meet are one.</summary>
    public static string Apply(string text, IEnumerable<SubjectPassage> masked)
    {
        var said = new System.Text.StringBuilder();
        var at = 0;
        foreach (var run in masked.Where(m => m.Start >= 0 && m.Length > 0 && m.End <= text.Length).OrderBy(m => m.Start))
        {
            if (run.End <= at) continue;
            if (run.Start > at || said.Length == 0) said.Append(text, at, Math.Max(0, run.Start - at)).Append(OthersMasked.Mask);
            at = run.End;
        }

        return said.Append(text, at, text.Length - at).ToString();
    }

    /// <summary>Where a word stands in a text, for somebody who masks what no machine saw.</summary>
    public static IEnumerable<SubjectPassage> Places(string text, string word)
    {
        for (var at = 0; (at = text.IndexOf(word, at, StringComparison.OrdinalIgnoreCase)) >= 0; at += word.Length) yield return new(at, word.Length);
    }

    private bool IsMine(string said) => mine.Contains(said.TrimStart('@').TrimEnd('.'))
        || said.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(w => mine.Contains(w) || mine.Contains(w.TrimEnd('s')));

    /// <param name="wholes">However they are written.</param>
    /// <param name="parts">Words of names: only as they are written, for a granne is not always called Granne.</param>
    private static Regex? Any(IEnumerable<string> wholes, IEnumerable<string> parts)
    {
        static string Of(IEnumerable<string> words) => string.Join('|', words.Where(w => w.Length >= Shortest).Distinct(StringComparer.Ordinal).OrderByDescending(w => w.Length).Select(Regex.Escape));
        var either = string.Join('|', new[] { Of(wholes) is { Length: > 0 } whole ? $"(?i:{whole})" : null, Of(parts) is { Length: > 0 } part ? part : null }.OfType<string>());
        return either.Length == 0 ? null : new Regex($@"(?<![\p{{L}}\p{{N}}_@])(?:{either})s?(?![\p{{L}}\p{{N}}_])", RegexOptions.CultureInvariant, AtMost);
    }
}
