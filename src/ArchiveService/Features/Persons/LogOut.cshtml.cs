using ArchiveService.Access;
using ArchiveService.Access.Oidc;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Persons;

/// <summary>Only a command ends a session: a link or an image address on another site must not.</summary>
[AllowAnonymous]
public sealed class LogOutModel(Sessions sessions, IServiceProvider services) : PageModel
{
    /// <summary>Where the provider ends its own session.</summary>
    public string EndAddress { get; private set; } = "/logga-in";

    public IActionResult OnGet() => LocalRedirect("/");

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        var loggedIn = User.Identity is { IsAuthenticated: true };
        await sessions.End(HttpContext, ct);
        if (!loggedIn || services.GetService<OidcLogIn>() is not { } logIn || await logIn.EndAddress(HttpContext, ct) is not { } address) return LocalRedirect("/logga-in");
        // A form may not lead to another site (form-action): a page of ours does.
        EndAddress = address;
        Response.Headers["Refresh"] = $"0; url={address}";
        return Page();
    }
}
