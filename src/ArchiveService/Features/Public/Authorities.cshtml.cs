using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Public;

/// <summary>/public/authorities: whose archives there are.</summary>
[AllowAnonymous]
public sealed class PublicAuthoritiesModel(PublicViews views) : PageModel
{
    public IReadOnlyList<(string Code, string Name)> Authorities { get; private set; } = [];

    public async Task OnGet(CancellationToken ct)
    {
        PublicViews.NotForRobots(Response);
        Authorities = await views.Authorities(ct);
    }
}
