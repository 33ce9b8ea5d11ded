using ArchiveService.Features.PageParts;
using ArchiveService.Features.Public;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Disclosures;

/// <summary>/public/requests/{code}: how far a request has come, for who has its code.</summary>
[AllowAnonymous]
public sealed class PublicRequestModel(DisclosureStatuses statuses) : PageModel
{
    public DisclosureStatus? Status { get; private set; }

    public async Task<IActionResult> OnGet(string code, CancellationToken ct)
    {
        PublicViews.NotForRobots(Response);
        Response.Headers.CacheControl = "no-store";
        Status = await statuses.Find(code, ct);
        return Status is null ? NotFound() : Page();
    }

    public Notice Now() => Status!.Stage switch
    {
        "received" or "examined" => Notice.Info("Under behandling", Status.InSwedish),
        "given" => Notice.Done("Utlämnat", Status.InSwedish),
        _ => Notice.Attention("Besvarad", Status.InSwedish),
    };
}
