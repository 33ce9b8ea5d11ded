using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Cases;

/// <summary>/arenden/{id}: the ärendeakt, cover and documents in order.</summary>
public sealed class CaseModel(CaseFiles files, CloseCaseHandler handler, CaseNumberHandler numbers, Retention.RecordRetention kept, Retention.CaseKeeping keeping) : PageModel
{
    public CaseFile? Akt { get; private set; }

    public CaseCover Cover => Akt!.Cover;

    public bool MayHold => HttpContext.Caller().May(Cover.AuthorityId, Role.Registrator, Role.Arkivarie);

    public async Task<IActionResult> OnGet(Guid id, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        ViewData["OwesReason"] = caller.OwesReason;
        Akt = await files.Read(id, caller.Reasoned(), ct);
        return Akt is null ? NotFound() : await Held(ct);
    }

    /// <summary>Why nothing in the case is gallrat, whatever a rule says.</summary>
    private IReadOnlyList<Retention.HoldOnRecord> holds = [];

    private async Task<IActionResult> Held(CancellationToken ct)
    {
        holds = await kept.OfCase(Cover.Id, ct);
        Keeping = await keeping.Of(Cover.Id, Cover.AuthorityId, ct);
        MayNoteDay = MayHold && await keeping.TakesDays(Cover.AuthorityId, ct);
        return Page();
    }

    /// <summary>Which copy is the arkivexemplar, and what preserves it.</summary>
    public IReadOnlyList<Fact> Keeping { get; private set; } = [];

    /// <summary>A rule counts from a day that is noted on the case.</summary>
    public bool MayNoteDay { get; private set; }

    [BindProperty]
    public string? Alternate { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    public bool MayNumber => HttpContext.Caller().May(Cover.AuthorityId, Role.Registrator);

    /// <summary>A registrator, a chef who hands it out, or the case's own officer.</summary>
    public bool MayHandle => HttpContext.Caller() is var caller && (caller.May(Cover.AuthorityId, Role.Registrator, Role.Chef) || caller.IsOrStandsInFor(Cover.AuthorityId, Cover.OfficerId));

    /// <summary>Drafts and working notes are for those who prepare the matter.</summary>
    public bool MayPrepare => HttpContext.Caller() is var caller && (caller.May(Cover.AuthorityId, Role.Registrator) || caller.IsOrStandsInFor(Cover.AuthorityId, Cover.OfficerId));

    /// <summary>May set or examine its mark, or choose what the public diary shows.</summary>
    public bool MayMark(CaseFileDocument own) => own.Visible && (MayHold || HttpContext.Caller().IsOrStandsInFor(Cover.AuthorityId, Cover.OfficerId));

    /// <summary>May set or examine the mark of the case itself.</summary>
    public bool MayMarkCase => !Cover.Withheld && (MayHold || HttpContext.Caller().IsOrStandsInFor(Cover.AuthorityId, Cover.OfficerId));

    /// <summary>Documents that have not been transferred to another case.</summary>
    public int Standing => Akt!.Documents.Count(d => d.TransferredTo is null);

    public IReadOnlyList<Fact> Facts()
    {
        List<Fact> facts =
        [
            new("Myndighet", Cover.Authority), new("Klass", Cover.ClassCode.Length == 0 ? "–" : Cover.ClassTitle is { } title ? $"{Cover.ClassCode} {title}" : Cover.ClassCode),
            new("Öppnat", Swedish.Date(Cover.OpenedAt)), new("Inleddes med", CaseWords.Of(Cover.Initiative)),
            new("Läge", Cover.ClosedAt is { } closed ? "Avslutat " + Swedish.Date(closed) : "Öppet"),
            new("Handläggare", Cover.Officer is { } officer ? $"{officer}, sedan {Swedish.Date(Cover.OfficerSince!.Value)}" : "ingen"),
        ];
        facts.AddRange(holds.Select(h => h.Id == Cover.Id ? new Fact("Gallring", "Inget i ärendet gallras medan det är öppet") : new Fact("Gallringsstopp", Swedish.Sentence(Retention.Words.HoldGrounds.GetValueOrDefault(h.Ground, h.Ground)), Href: "/gallring/stopp", Note: $"sedan {Swedish.Date(h.PlacedAt)}")));
        if (Cover.Provision is { } provision) facts.Add(new("Sekretess", provision));
        if (Cover.PublicTitle is { } shown) facts.Add(new("Offentlig ärendemening", shown));
        if (Cover.AlternateIds.Count > 0) facts.Add(new("Även känt som", string.Join("; ", Cover.AlternateIds), FactLook.DiaryNumber));
        if (Cover.ExternalSystem is { } system) facts.Add(new("Numret förs i", system));
        if (Cover.ArchivedOn is { } on) facts.Add(new("Arkivlagt", string.Join(", ", new[] { Swedish.Date(on), Cover.Folder, Cover.Shelf is { } shelf ? $"hylla {shelf}" : null, Cover.Box is { } box ? $"kartong {box}" : null }.OfType<string>())));
        facts.AddRange(Keeping);
        return facts;
    }

    public Task<IActionResult> OnPostAlternate(Guid id, CancellationToken ct) =>
        Numbered(id, () => numbers.AddAlternate(id, new(Alternate, null), default, HttpContext.Caller(), ct), nameof(Alternate), Notice.Done("Numret är tillagt", "Ärendet hittas nu även med det."), ct);

    public Task<IActionResult> OnPostVoid(Guid id, CancellationToken ct) =>
        Numbered(id, () => numbers.Void(id, new(Reason, null), default, HttpContext.Caller(), ct), nameof(Reason), Notice.Done("Numret har utgått", "Det visas som utgånget i diariet och ges aldrig till något annat."), ct);

    private async Task<IActionResult> Numbered(Guid id, Func<Task<Outcome>> act, string field, Notice done, CancellationToken ct)
    {
        if (await act() is not Outcome.Refused no)
        {
            TempData.Tell(done);
            return LocalRedirect($"/arenden/{id:D}");
        }

        if (no.Why.Status == StatusCodes.Status404NotFound) return NotFound();
        if (no.Why.Status == StatusCodes.Status403Forbidden) return Forbid();
        ModelState.AddModelError(field, no.Why.Explanation);
        return await OnGet(id, ct);
    }

    public bool MayClose => Cover is { ClosedAt: null, VoidedAt: null } && HttpContext.Caller().May(Cover.AuthorityId, Role.Registrator);

    public async Task<IActionResult> OnPostClose(Guid id, CancellationToken ct)
    {
        var outcome = await handler.Close(id, new(null), default, HttpContext.Caller(), ct);
        if (outcome is Outcome.Refused { Why.Status: StatusCodes.Status404NotFound }) return NotFound();
        TempData.Tell(outcome is Outcome.Refused no
            ? Notice.Refused("Ärendet kunde inte avslutas", no.Why.Explanation)
            : Notice.Done("Ärendet är avslutat", "Frister som räknas från avslutat ärende löper nu. Nya handlingar registreras i ett annat ärende."));
        return LocalRedirect($"/arenden/{id:D}");
    }
}
