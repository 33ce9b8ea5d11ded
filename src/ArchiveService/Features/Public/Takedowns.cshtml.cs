using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Public;

/// <summary>/public/takedowns and /offentligt/nedtaget: what was taken down, without content or names.</summary>
[AllowAnonymous]
public sealed class TakedownsModel(PublicTakedowns takedowns, PublicViews views) : PageModel
{
    public PublicTakedownYear? Found { get; private set; }

    public int Year { get; private set; }

    public string? Authority { get; private set; }

    public string? Wrong { get; private set; }

    public IReadOnlyList<(string Code, string Name)> Authorities { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken ct)
    {
        PublicViews.NotForRobots(Response);
        Authorities = await views.Authorities(ct);
        (Year, Authority, var refused) = takedowns.Parse(Request.Query);
        if (refused is not null)
        {
            (Wrong, Response.StatusCode) = (refused.Explanation, refused.Status);
            return;
        }

        Found = await takedowns.Of(Year, Authority, ct);
    }
}
