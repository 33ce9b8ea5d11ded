using System.Text.Json;
using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Disclosures;

/// <summary>
/// Something hidden in the copy of a record. <paramref name="Event"/> is the version it stands in; <paramref name="Start"/> and <paramref name="Length"/> are UTF-16 units,
/// both absent for the whole part. An attachment is a part of no version.
/// </summary>
public sealed record MaskSpan(Guid? Event, string Part, int? Start, int? Length, string Provision);

/// <summary>The map of masks. Stored sealed, as JSON: the original is never touched, a copy is made by looking through the map.</summary>
public sealed record MaskMap(IReadOnlyList<MaskSpan> Spans)
{
    public const string Part = "map";

    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web);

    public static MaskMap None { get; } = new([]);

    public static string AttachmentPart(Guid id) => $"attachment/{id:D}";

    public string Written => JsonSerializer.Serialize(Spans, Form);

    public static MaskMap Read(string? written) => written is null ? None : new(JsonSerializer.Deserialize<List<MaskSpan>>(written, Form)!);

    public IEnumerable<MaskSpan> Of(Guid version, string part) => Spans.Where(s => s.Event == version && s.Part == part);

    public bool Hides(Guid version, string part) => Of(version, part).Any();

    public MaskSpan? OfAttachment(Guid id) => Spans.FirstOrDefault(s => s.Part == AttachmentPart(id));

    /// <summary>The part as it is given out: every masked run replaced by the same words, however long it was.</summary>
    public string Apply(Guid version, string part, string value) => string.Concat(Runs(version, part, value).Select(r => r.Provision is { } provision ? Said(provision) : r.Text));

    /// <summary>The part in runs as it is given out; a masked one holds its provision and none of its letters.</summary>
    public IEnumerable<(string Text, string? Provision)> Runs(Guid version, string part, string value)
    {
        var spans = Of(version, part).ToList();
        if (spans.FirstOrDefault(s => s.Start is null) is { } whole)
        {
            yield return ("", whole.Provision);
            yield break;
        }

        var at = 0;
        foreach (var run in Merged(spans))
        {
            if (run.Start > at) yield return (value[at..run.Start], null);
            yield return ("", run.Provision);
            at = run.End;
        }

        if (at < value.Length) yield return (value[at..], null);
    }

    public static string Said(string provision) => $"[maskerat: {provision}]";

    /// <summary>Runs that meet are one, so that nothing shows between them and nothing tells how many words there were.</summary>
    private static IEnumerable<(int Start, int End, string Provision)> Merged(IEnumerable<MaskSpan> spans)
    {
        (int Start, int End, string Provision)? open = null;
        foreach (var span in spans.OrderBy(s => s.Start))
        {
            var (start, end) = (span.Start!.Value, span.Start.Value + span.Length!.Value);
            if (open is { } one && start <= one.End)
            {
                open = (one.Start, Math.Max(one.End, end), one.Provision == span.Provision ? one.Provision : $"{one.Provision}, {span.Provision}");
                continue;
            }

            if (open is { } done) yield return done;
            open = (start, end, span.Provision);
        }

        if (open is { } last) yield return last;
    }
}

/// <summary>A word to hide wherever it stands in the record.</summary>
public sealed record MaskWord(string? Text, string? Provision);

/// <summary>Says what is hidden in the copy: spans, whole parts, and words wherever they stand. Replaces what was said before.</summary>
public sealed record SetMasks(IReadOnlyList<MaskSpan>? Spans = null, IReadOnlyList<MaskWord>? Words = null)
{
    /// <summary>Pure. <paramref name="document"/>: the record as it was captured, with every version.</summary>
    public Decision Decide(DisclosureState state, Guid target, OriginalDocument document, Policy policy)
    {
        if (Requests.Refuse(state) is { } closed) return closed;
        if (state.Find(target) is not { Kind: not FoundKind.Case } item) return Requests.NoItem;
        if (item.Delivered) return new Refusal("item-delivered", "Handlingen är utlämnad i den här begäran.");
        if (item.Of(ExaminationStep.Provision) is not { Finding: "possible" }) return new Refusal("provision-first", "Ange först vilken bestämmelse som kan gälla: det som ingen bestämmelse skyddar maskas inte.");
        var spans = new List<MaskSpan>();
        foreach (var span in Spans ?? [])
        {
            if (Provision(span.Provision) is not { } provision) return NoProvision;
            // A part without a version is that part of every version.
            var versions = span.Part.StartsWith("attachment/", StringComparison.Ordinal) ? [] : document.Versions.Where(v => span.Event is null || v.EventId == span.Event).Where(v => v.Parts.ContainsKey(span.Part)).ToList();
            if (versions.Count == 0 && !document.Files.Any(f => MaskMap.AttachmentPart(f.Id) == span.Part))
                return Refusal.Input("mask-part-unknown", $"Handlingen har ingen del {span.Part} i den versionen. Möjliga: {string.Join(", ", document.Versions.SelectMany(v => v.Parts.Keys).Distinct())}, attachment/ID.");
            if (versions.Count == 0) spans.Add(new(null, span.Part, null, null, provision));
            foreach (var version in versions)
            {
                var value = version.Parts[span.Part];
                if ((span.Start, span.Length) is (null, null))
                {
                    spans.Add(new(version.EventId, span.Part, null, null, provision));
                    continue;
                }

                if (span is not { Start: >= 0 and var start, Length: > 0 and var length } || start > value.Length - length) return Refusal.Input("mask-outside", "En maskning ligger utanför texten.");
                if (char.IsLowSurrogate(value[start]) || (start + length < value.Length && char.IsLowSurrogate(value[start + length])))
                    return Refusal.Input("mask-outside", "En maskning delar ett tecken. Ta med hela tecknet.");
                spans.Add(new(version.EventId, span.Part, start, length, provision));
            }
        }

        foreach (var word in Words ?? [])
        {
            if (Provision(word.Provision) is not { } provision) return NoProvision;
            if (word.Text?.Trim() is not { Length: > 0 and <= 500 } text) return Refusal.Input("mask-word-missing", "Skriv vad som ska maskas, högst 500 tecken.");
            var found = Found(document, text, provision).ToList();
            // A mask that hides nothing is a mistake, never passed over in silence.
            if (found.Count == 0) return Refusal.Input("mask-word-not-found", $"”{text}” står ingenstans i handlingen. Inget har ändrats.");
            spans.AddRange(found);
        }

        if (spans.Count > 2000) return Refusal.Input("too-many-masks", "En handling kan ha högst 2 000 maskningar. Maska hela delar.");
        var map = new MaskMap([.. spans.Distinct()]);
        return new Happened(
            new DisclosureMasksSet(target, map.Spans.Count, [.. map.Spans.Select(s => s.Provision).Distinct().Order(StringComparer.Ordinal)], policy.Version), KeyClass.Request,
            map.Spans.Count == 0 ? null : new Parts().With(MaskMap.Part, map.Written));
    }

    private static readonly Refusal NoProvision = Refusal.Input("provision-missing", "Ange för varje maskning vilken bestämmelse den har stöd i, högst 200 tecken (TF 2 kap. 20 §).");

    private static string? Provision(string? given) => given?.Trim() is { Length: > 0 and <= 200 } provision ? provision : null;

    private static IEnumerable<MaskSpan> Found(OriginalDocument document, string text, string provision)
    {
        foreach (var version in document.Versions)
        {
            foreach (var (part, value) in version.Parts)
            {
                for (var at = value.IndexOf(text, StringComparison.OrdinalIgnoreCase); at >= 0; at = value.IndexOf(text, at + text.Length, StringComparison.OrdinalIgnoreCase))
                    yield return new(version.EventId, part, at, text.Length, provision);
            }
        }

        foreach (var file in document.Files.Where(f => f.Name?.Contains(text, StringComparison.OrdinalIgnoreCase) == true)) yield return new(null, MaskMap.AttachmentPart(file.Id), null, null, provision);
    }
}
