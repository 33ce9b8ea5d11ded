using ArchiveService.Access;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Persons;

/// <summary>Only a command ends a session: a link or an image address on another site must not.</summary>
[AllowAnonymous]
public sealed class LogOutModel(Sessions sessions) : PageModel
{
    public IActionResult OnGet() => LocalRedirect("/");

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        await sessions.End(HttpContext, ct);
        return LocalRedirect("/logga-in");
    }
}
