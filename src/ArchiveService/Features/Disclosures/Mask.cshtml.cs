using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Disclosures;

/// <summary>A part of a version with its sentences, to be ticked, and as it will be given out.</summary>
public sealed record MaskText(int Number, DocumentVersion Version, string Part, IReadOnlyList<Sentence> Sentences)
{
    public string Value(Passage passage) => Passages.Value(Version.EventId, Part, passage);
}

/// <summary>/utlamnanden/{id}/handlingar/{nr}/maska: what is hidden in the copy, beside the original, which is never touched.</summary>
public sealed class MaskModel(
    Requests requests, DisclosureRegister register, RecordReads reads, OriginalDocuments documents, AuthorityRegister authorities)
    : DisclosureItemPage(requests, register, reads, documents)
{
    public sealed class MaskForm
    {
        public string? Provision { get; set; }

        /// <summary>Sentences and words that were ticked.</summary>
        public List<string> Ticks { get; set; } = [];

        /// <summary>Words to hide wherever they stand, one a line.</summary>
        public string? Words { get; set; }

        /// <summary>Whole parts of every version.</summary>
        public List<string> Parts { get; set; } = [];

        public List<string> Files { get; set; } = [];

        /// <summary>Masks to take away, by their place in the map as it stands.</summary>
        public List<int> Remove { get; set; } = [];
    }

    [BindProperty]
    public MaskForm Mask { get; set; } = new();

    /// <summary>The map as the form would have it, not stored; null when nothing is tried.</summary>
    public MaskMap? Tried { get; private set; }

    public MaskMap Shown => Tried ?? Map;

    public bool MayMask => MayHandle && !Item.Delivered && Original is not null && Item.Of(ExaminationStep.Provision) is { Finding: "possible" };

    public IReadOnlyList<MaskText> Texts => [.. Original!.Versions.Select((v, i) => (v, i)).Reverse().SelectMany(x => Long.Where(x.v.Parts.ContainsKey).Select(p => new MaskText(x.i + 1, x.v, p, Passages.Of(x.v.Parts[p]))))];

    /// <summary>The parts that are masked sentence by sentence.</summary>
    private static readonly string[] Long = [Sealing.Parts.Text, Sealing.Parts.Motivation];

    public IReadOnlyList<Choice> WholeParts =>
        [.. OriginalDocument.GivenParts.Concat(CaseDocuments.GivenParts).Distinct().Where(p => Original!.Versions.Any(v => v.Parts.ContainsKey(p))).Select(p => new Choice(p, OriginalDocument.Said(p), p == Sealing.Parts.Text ? "all text i alla versioner" : Original!.Versions.Select(v => v.Parts.GetValueOrDefault(p)).FirstOrDefault(v => v is not null)))];

    public IReadOnlyList<Choice> Files => [.. Original!.Files.Where(f => Map.OfAttachment(f.Id) is null).Select(f => new Choice(f.Id.ToString("D"), f.Name ?? "Fil utan namn", $"{f.MediaType}, {Swedish.Bytes(f.Bytes)}"))];

    /// <summary>The masks as they stand, each in words.</summary>
    public IReadOnlyList<Choice> Standing => [.. Map.Spans.Select((s, i) => new Choice(i.ToString(System.Globalization.CultureInfo.InvariantCulture), Said(s), s.Provision))];

    public string Said(MaskSpan span)
    {
        if (span.Event is not { } version) return $"Bilaga {Original!.Files.FirstOrDefault(f => MaskMap.AttachmentPart(f.Id) == span.Part)?.Name}".TrimEnd();
        var number = Original!.Versions.Select((v, i) => (v.EventId, Number: i + 1)).FirstOrDefault(v => v.EventId == version).Number;
        var where = Original.Versions.Count > 1 ? $"version {number}" : null;
        if (span.Start is not { } start) return string.Join(", ", new[] { OriginalDocument.Said(span.Part), "hela", where }.OfType<string>());
        var value = Original.Versions.First(v => v.EventId == version).Parts[span.Part];
        var hidden = value.Substring(start, span.Length!.Value);
        return string.Join(", ", new[] { $"”{(hidden.Length > 80 ? hidden[..79] + "…" : hidden)}”", span.Part == Sealing.Parts.Text ? null : OriginalDocument.Said(span.Part).ToLowerInvariant(), where }.OfType<string>());
    }

    public override async Task<IActionResult> OnGet(CancellationToken ct)
    {
        if (await Load(ct) is { } no) return no;
        if (!MayMask) return LocalRedirect(ItemAddress);
        Mask.Provision = Provision;
        return Page();
    }

    /// <summary>The whole of what is to be hidden: what stands and is not taken away, and what was added.</summary>
    private SetMasks Command()
    {
        var provision = Mask.Provision ?? "";
        var kept = Map.Spans.Where((_, i) => !Mask.Remove.Contains(i));
        var ticked = Mask.Ticks.Select(t => Passages.Read(t, provision)).OfType<MaskSpan>();
        return new(
            [
                .. kept, .. Passages.Joined(ticked, Original!), .. Mask.Parts.Select(p => new MaskSpan(null, p, null, null, provision)),
                .. Mask.Files.Select(f => new MaskSpan(null, Guid.TryParse(f, out var id) ? MaskMap.AttachmentPart(id) : f, null, null, provision)),
            ],
            [.. (Mask.Words ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(w => new MaskWord(w, provision))]);
    }

    private static string? Field(string code) => code switch
    {
        "provision-missing" => "Provision",
        "mask-word-missing" or "mask-word-not-found" => "Words",
        _ => null,
    };

    /// <summary>The masks to take away are named by their place in the map that was read.</summary>
    private bool IsStale => Version != State.Version && Version != 0;

    private Task<IActionResult> Stale(CancellationToken ct)
    {
        Mask.Remove = [];
        ModelState.Remove("Mask.Remove");
        return After(Http.Refusal.ChangedMeanwhile(State.Version), nameof(Mask), Field, Notice.Done(""), ItemAddress, ct);
    }

    /// <summary>Decides without writing, and shows what the copy would be.</summary>
    public async Task<IActionResult> OnPostPreview(CancellationToken ct)
    {
        if (await Load(ct) is { } no) return no;
        if (!MayMask) return LocalRedirect(ItemAddress);
        if (IsStale) return await Stale(ct);
        var decision = Command().Decide(State, Item.Target, Original!, (await authorities.Find(State.Authority, ct))!.Policy);
        if (decision.Refused is { } why) return Ask($"Mask.{Field(why.Code)}", why.Explanation);
        Tried = MaskMap.Read(decision.Events[0].Parts?[MaskMap.Part]);
        return Page();
    }

    public async Task<IActionResult> OnPostSave(CancellationToken ct)
    {
        if (await Load(ct) is { } no) return no;
        if (!MayMask) return LocalRedirect(ItemAddress);
        if (IsStale) return await Stale(ct);
        if (Mask is { Ticks.Count: 0, Parts.Count: 0, Files.Count: 0, Remove.Count: 0 } && string.IsNullOrWhiteSpace(Mask.Words)) return Ask("Mask.", "Kryssa för något att maska, skriv ett ord, eller kryssa för en maskning som ska bort.");
        return await After(await Commands.Mask(Id, Item.Target, Command(), Expected, HttpContext.Caller(), ct), nameof(Mask), Field, Notice.Done("Maskningen är sparad", "Originalet är orört."), $"{ItemAddress}/maska", ct);
    }
}
