using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Cases;

public sealed class CaseModel(Databases databases, SealedLog log, CloseCaseHandler handler) : PageModel
{
    public CaseDetails? Details { get; private set; }

    public async Task<IActionResult> OnGet(Guid id, CancellationToken ct)
    {
        Details = await CaseDetails.Read(id, HttpContext.Caller(), databases, log, ct);
        return Details is null ? NotFound() : Page();
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
