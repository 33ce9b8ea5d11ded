using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ArchiveService.Features.Search;

/// <summary>Why a record was found: the word in it, how it answers to what was typed, and where it stands.</summary>
/// <param name="Word">As it stands in the record.</param>
/// <param name="How">same, letters, inflected, begins, ends, contains or number.</param>
/// <param name="Term">As it was typed.</param>
/// <param name="Where">text, sender, subject or fileName.</param>
public sealed record Matched(string Word, string How, string Term, string Where);

/// <summary>A word that was asked for. One of a phrase, with a sign or with figures has no other forms.</summary>
public sealed record AskedTerm(string Typed, bool AsWritten)
{
    public string Lower { get; } = Typed.ToLowerInvariant().TrimEnd('*');

    /// <summary>The digits of a number, however it was set out.</summary>
    public string? NumberKey { get; init; }
}

/// <summary>What was typed, as the words to mark and to explain. What finds records is <c>views.asked</c>; the forms come from there too.</summary>
public static partial class SearchWords
{
    private const int MostTerms = 40;

    public static IReadOnlyList<AskedTerm> Terms(string? q)
    {
        var terms = new List<AskedTerm>();
        foreach (Match part in Parts.Matches(Quoted((q ?? ""))))
        {
            if (part.Groups["not"].Length > 0 || part.Value is "OR" or "or" or "ELLER") continue;
            if (part.Groups["phrase"].Success)
            {
                terms.AddRange(Words(part.Groups["phrase"].Value).Select(w => new AskedTerm(w.Value, AsWritten: true)));
                continue;
            }

            if (part.Groups["number"].Success)
            {
                terms.Add(new(part.Groups["number"].Value, AsWritten: true) { NumberKey = NumberKey(part.Groups["number"].Value) });
                terms.AddRange(Words(part.Groups["number"].Value).Where(w => w.Length > 2).Select(w => new AskedTerm(w.Value, AsWritten: true)));
                continue;
            }

            var word = part.Groups["word"].Value.Trim('(', ')', '\'', '.', ',', ';', ':', '!', '?');
            if (word.Length > 1 && word[0] is '@' or '#') terms.Add(new(word, AsWritten: true));
            else if (word.Length > 0 && word.TrimEnd('*').All(char.IsLetter)) terms.Add(new(word, AsWritten: false));
            else terms.AddRange(Words(word).Select(w => new AskedTerm(w.Value, AsWritten: true)));
        }

        return [.. terms.Where(t => t.Lower.Length > 0).DistinctBy(t => t.Lower).Take(MostTerms)];
    }

    private static string Quoted(string q) => q.Replace('“', '"').Replace('”', '"').Replace('„', '"').Replace('»', '"').Replace('«', '"');

    /// <summary>The words a misspelling may stand in: long, plain, and neither excluded nor in a phrase.</summary>
    public static IReadOnlyList<string> Long(string? q) =>
        [.. Parts.Matches(Quoted(q ?? "")).Where(p => p.Groups["not"].Length == 0 && p.Groups["word"].Success).Select(p => p.Groups["word"].Value).Where(w => w.Length >= Misspelling.Least && w.All(char.IsLetter)).Distinct(StringComparer.OrdinalIgnoreCase).Take(3)];

    /// <summary>Digits that belong together, without what stands between them. The same as <c>views.number_key</c>.</summary>
    public static string? NumberKey(string written)
    {
        string digits = new([.. written.Where(char.IsAsciiDigit)]);
        if (digits.Length is < 5 or > 15) return null;
        if (written.StartsWith("+46", StringComparison.Ordinal)) return "0" + digits[2..].TrimStart('0');
        if (written.StartsWith("0046", StringComparison.Ordinal) && digits.Length > 9) return "0" + digits[4..].TrimStart('0');
        return digits is { Length: 12 } && (digits[..2] is "19" or "20") ? digits[2..] : digits;
    }

    /// <summary>The numbers of a text that are set out with something between their digits, or could be.</summary>
    public static IEnumerable<(int Start, int Length, string Key)> Numbers(string? text) =>
        NumberIn.Matches(text ?? "").Select(m => (m.Index, m.Length, Key: NumberKey(m.Value)!)).Where(n => n.Key is not null);

    /// <summary>The words of a text with their places; a handle or hashtag is one word, its sign included.</summary>
    public static IEnumerable<Match> Words(string? text) => Word.Matches(text ?? "");

    /// <summary>The letters without what stands over or in them. The same fold as <c>views.fold_letters</c>.</summary>
    public static string Fold(string word)
    {
        var folded = new StringBuilder(word.Length);
        foreach (var c in word.ToLowerInvariant()) folded.Append(With.IndexOf(c, StringComparison.Ordinal) is >= 0 and var at ? Without[at] : c);
        return folded.ToString();
    }

    /// <summary>Whether the word may be a form of the term at all, so that it is worth asking.</summary>
    public static bool MayAnswer(string foldedWord, AskedTerm term)
    {
        var asked = Fold(term.Lower);
        return foldedWord.Contains(asked[..Math.Min(3, asked.Length)], StringComparison.Ordinal) || foldedWord.StartsWith(asked[..Math.Min(2, asked.Length)], StringComparison.Ordinal);
    }

    /// <summary>Answers without asking anybody: the same word, or the same with its sign.</summary>
    public static bool IsSame(string word, AskedTerm term)
    {
        var lower = word.ToLowerInvariant();
        return lower == term.Lower || (lower[0] is '@' or '#' && (lower.AsSpan(1).SequenceEqual(term.Lower) || (term.Lower[0] == '@' && lower.StartsWith(term.Lower, StringComparison.Ordinal))));
    }

    public static string How(string word, AskedTerm term)
    {
        var (lower, asked) = (word.ToLowerInvariant(), term.Lower);
        if (IsSame(word, term)) return "same";
        var (folded, foldedAsked) = (Fold(lower), Fold(asked));
        if (folded == foldedAsked) return "letters";
        if (folded.StartsWith(foldedAsked, StringComparison.Ordinal)) return folded.Length - foldedAsked.Length <= 3 && Endings.IsMatch(folded[foldedAsked.Length..]) ? "inflected" : "begins";
        if (folded.EndsWith(foldedAsked, StringComparison.Ordinal)) return "ends";
        return folded.Contains(foldedAsked, StringComparison.Ordinal) ? "contains" : folded.Length > foldedAsked.Length + 3 && !folded.StartsWith(foldedAsked[..Math.Min(3, foldedAsked.Length)], StringComparison.Ordinal) ? "contains" : "inflected";
    }

    /// <summary>"skolskjutsavgift (börjar på skolskjuts)".</summary>
    public static string Said(Matched matched) => matched.How switch
    {
        "same" => matched.Word,
        "letters" => $"{matched.Word} (sökt som {matched.Term})",
        "begins" => $"{matched.Word} (börjar på {matched.Term})",
        "ends" => $"{matched.Word} (slutar på {matched.Term})",
        "contains" => $"{matched.Word} (innehåller {matched.Term})",
        "number" => $"{matched.Word} (samma siffror som {matched.Term})",
        _ => $"{matched.Word} (böjning av {matched.Term})",
    } + matched.Where switch { "sender" => ", i avsändaren", "subject" => ", i ärendemeningen", "fileName" => ", i ett filnamn", _ => "" };

    /// <summary>A piece of the text around the hits, these between two control characters that texts in views never hold.</summary>
    public static string Snippet(string text, IReadOnlyList<(int Start, int Length)> hits)
    {
        const int Before = 90;
        const int Long = 280;
        if (hits.Count == 0) return text.Length <= Long ? text : text[..Cut(text, Long)];
        var snippet = new StringBuilder();
        var (from, to, pieces) = (0, 0, 0);
        for (var i = 0; i < hits.Count && pieces < 2; i++)
        {
            if (pieces > 0 && hits[i].Start + hits[i].Length <= to) continue;
            from = pieces == 0 && hits[i].Start + hits[i].Length <= Long - 60 ? 0 : Math.Max(to, Cut(text, Math.Max(0, hits[i].Start - Before)));
            to = Math.Max(hits[i].Start + hits[i].Length, Cut(text, Math.Min(text.Length, from + Long)));
            if (from > 0) snippet.Append(" … ");
            var at = from;
            foreach (var (start, length) in hits.Where(h => h.Start >= from && h.Start + h.Length <= to))
            {
                snippet.Append(text, at, start - at).Append(PageParts.RecordText.HitStart).Append(text, start, length).Append(PageParts.RecordText.HitStop);
                at = start + length;
            }

            snippet.Append(text, at, to - at);
            pieces++;
        }

        if (to < text.Length) snippet.Append(" …");
        return snippet.ToString().Trim();
    }

    /// <summary>The nearest place at or before this where no word and no pair of surrogates is cut.</summary>
    private static int Cut(string text, int at)
    {
        if (at <= 0 || at >= text.Length) return Math.Clamp(at, 0, text.Length);
        for (var i = at; i > Math.Max(0, at - 40); i--)
        {
            if (char.IsWhiteSpace(text[i - 1])) return i;
        }

        return char.IsLowSurrogate(text[at]) ? at - 1 : at;
    }

    private const string With = "åäöéèêëüúùáàâãæøóòôõíìîïýñčďđĺľńŋŕřśšťŧźžż";
    private const string Without = "aaoeeeeuuuaaaaaoooooiiiiyncddllnnrrssttzzz";

    [GeneratedRegex("""(?<not>-?)(?:"(?<phrase>[^"]*)"?|(?<number>(?:\+?[0-9]+(?:[-–./()\s\u00a0\u202f]{1,3}[0-9]+)+|\+[0-9]{7,14}|[0-9]{5,15})(?![^\s"]))|(?<word>[^\s"]+))""", RegexOptions.CultureInvariant)]
    private static partial Regex Parts { get; }

    [GeneratedRegex(@"(?<![\p{L}\p{N}@#])[@#][\p{L}\p{N}_](?:[\p{L}\p{N}_.@-]*[\p{L}\p{N}_])?|[\p{L}\p{N}]+", RegexOptions.CultureInvariant)]
    private static partial Regex Word { get; }

    [GeneratedRegex(@"(?:\+|\b)[0-9]+(?:[-–./()\s\u00a0\u202f]{1,3}[0-9]+)+\b|\+[0-9]{7,14}\b|\b[0-9]{5,15}\b", RegexOptions.CultureInvariant)]
    private static partial Regex NumberIn { get; }

    [GeneratedRegex("^(?:s|n|t|r|a|e|en|et|er|ar|or|na|an|ens|ets|ers|ars|ors|des|de)$", RegexOptions.CultureInvariant)]
    private static partial Regex Endings { get; }
}
