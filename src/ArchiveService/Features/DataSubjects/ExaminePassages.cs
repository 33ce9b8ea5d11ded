using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.DataSubjects;

/// <summary>A version of something the person wrote, or a text of the authority's own to them or about them, with what in it may be about others.</summary>
/// <param name="Version">The event the text stands in.</param>
/// <param name="Wall">Where the record stands.</param>
/// <param name="Marks">What the machine found; <c>Masked</c> is null while nobody has decided, and it is masked then.</param>
/// <param name="Also">What an examiner masks besides.</param>
public sealed record MarkedVersion(Guid Record, Guid Version, DateTimeOffset At, string Text, string Wall, IReadOnlyList<DecidedMark> Marks, IReadOnlyList<SubjectPassage> Also)
{
    public string Shown => TextMarks.Apply(Text, [.. Marks.Where(m => m.Masked != false).Select(m => m.Mark.Passage), .. Also]);

    public int Undecided => Marks.Count(m => m.Masked is null);
}

public sealed record DecidedMark(TextMark Mark, string Text, bool? Masked);

/// <summary>Masks others in a running text of the extract, or lets it stand: each run for itself. What was said before of a run is replaced.</summary>
/// <param name="Words">Masked wherever they stand in the version, whether the machine saw them or not.</param>
public sealed record ExaminePassages(Guid? Version, IReadOnlyList<SubjectPassage>? Mask = null, IReadOnlyList<SubjectPassage>? Stand = null, IReadOnlyList<string>? Words = null)
{
    public const int Most = 500;

    /// <summary>Pure. <paramref name="text"/>: what stands in that version; null when it does not stand in the extract.</summary>
    public Decision Decide(SubjectState state, Guid record, string? text, Policy policy)
    {
        if ((SubjectRequests.Refuse(state) ?? SubjectRequests.RefuseUnidentified(state)) is { } no) return no;
        if (Version is not { } version || text is null) return Refusal.Unknown("passage-version", "Det finns ingen sådan text i utdraget.");
        var words = (Words ?? []).Select(w => w.Trim()).Where(w => w.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        if (words.FirstOrDefault(w => !TextMarks.Places(text, w).Any()) is { } missing) return Refusal.Input("word-not-there", $"”{missing}” står inte i texten.");
        List<SubjectPassage> mask = [.. (Mask ?? []).Concat(words.SelectMany(w => TextMarks.Places(text, w))).Distinct()];
        List<SubjectPassage> stand = [.. (Stand ?? []).Distinct()];
        if (mask.Count + stand.Count is 0 or > Most) return Refusal.Input("passages-missing", $"Ange vad som maskas (mask, words) eller får stå (stand), högst {Most} ställen åt gången.");
        if (mask.Concat(stand).Any(p => p.Start < 0 || p.Length <= 0 || p.Start > text.Length - p.Length)) return Refusal.Input("passage-out-of-range", "Ett ställe ligger utanför texten.");
        if (mask.Intersect(stand).Any()) return Refusal.Input("passage-said-twice", "Samma ställe kan inte både maskas och stå kvar.");
        return new Happened(new DataSubjectPassagesExamined(record, version, mask, stand, policy.Version));
    }
}
