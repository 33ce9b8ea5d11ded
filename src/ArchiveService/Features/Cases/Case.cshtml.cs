using ArchiveService.Access;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Cases;

public sealed class CaseModel(Databases databases, SealedLog log) : PageModel
{
    public CaseDetails? Details { get; private set; }

    public bool MayHold => HttpContext.Caller().May(Details!.AuthorityId, Role.Registrator, Role.Arkivarie);

    public async Task<IActionResult> OnGet(Guid id, CancellationToken ct)
    {
        Details = await CaseDetails.Read(id, HttpContext.Caller(), databases, log, ct);
        return Details is null ? NotFound() : Page();
    }
}
