using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;

namespace ArchiveService.Features.Records;

/// <summary>Hints as people read them: what stands there, which law, what to do.</summary>
public static class HintFacts
{
    private const int LongestQuote = 60;

    public static FactList? Of(IReadOnlyList<Hint> hints, string? text, Policy policy) => hints.Count == 0 || text is null
        ? null
        : new([.. hints.GroupBy(h => h.Kind).Select(kind =>
        {
            var advice = Hints.Advice(kind.Key, policy);
            var old = kind.Any(h => h.AtLeastHundred) ? " Plustecknet säger att personen har fyllt hundra år." : "";
            return new Fact(advice.Title, string.Join(", ", kind.Select(h => Quote(text, h)).Distinct(StringComparer.Ordinal)), Note: $"{advice.Law}. {advice.Do}{old}");
        })], Stacked: true);

    public static object Told(Hint hint, Policy policy)
    {
        var advice = Hints.Advice(hint.Kind, policy);
        return new { kind = RecordStates.Stored(hint.Kind), at = hint.At, length = hint.Length, title = advice.Title, law = advice.Law, @do = advice.Do };
    }

    private static string Quote(string text, Hint hint)
    {
        var quote = text.Substring(hint.At, Math.Min(hint.Length, LongestQuote)).ReplaceLineEndings(" ");
        return hint.Length > LongestQuote ? quote + "…" : quote;
    }
}
