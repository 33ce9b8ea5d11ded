using ArchiveService.Access;
using ArchiveService.Features.Diary;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Cases;

/// <summary>/arenden/{id}: a case with its documents.</summary>
public sealed class CaseModel(Databases databases, SealedLog log, DiaryViews diary, CloseCaseHandler handler, CaseNumberHandler numbers) : PageModel
{
    public CaseDetails? Details { get; private set; }

    /// <summary>Sender and matter of the documents, as the diary shows them to this reader.</summary>
    public IReadOnlyDictionary<int, DiaryLine> Lines { get; private set; } = new Dictionary<int, DiaryLine>();

    public bool MayHold => HttpContext.Caller().May(Details!.AuthorityId, Role.Registrator, Role.Arkivarie);

    public async Task<IActionResult> OnGet(Guid id, CancellationToken ct)
    {
        Details = await CaseDetails.Read(id, HttpContext.Caller(), databases, log, ct);
        if (Details is null) return NotFound();
        Lines = await diary.OfCase(id, HttpContext.Caller(), ct);
        return Page();
    }

    [BindProperty]
    public string? Alternate { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    public bool MayNumber => Details is { } shown && HttpContext.Caller().May(shown.AuthorityId, Role.Registrator);

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

    public bool MayClose => Details is { ClosedAt: null } open && HttpContext.Caller().May(open.AuthorityId, Role.Registrator);

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
