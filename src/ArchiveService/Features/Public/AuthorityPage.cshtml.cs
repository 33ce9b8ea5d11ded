using ArchiveService.Features.ArchiveDescriptions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Public;

/// <summary>/public/authorities/{code}: what an authority's archive holds, for everybody (OSL 4:2).</summary>
[AllowAnonymous]
public sealed class PublicAuthorityModel(ArchiveDescriptions.ArchiveDescriptions descriptions) : PageModel
{
    public ArchiveDescription Description { get; private set; } = null!;

    public async Task<IActionResult> OnGet(string code, CancellationToken ct)
    {
        PublicViews.NotForRobots(Response);
        if (await descriptions.ForEverybody(code, ct) is not { } found) return NotFound();
        Description = found;
        return Page();
    }
}
