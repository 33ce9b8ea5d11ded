using ArchiveService.Access.Oidc;
using ArchiveService.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Persons;

/// <summary>Where the identity provider sends the browser back to: on to the page that was asked for, or why not.</summary>
[AllowAnonymous]
public sealed class OidcAnswerModel(IServiceProvider services) : PageModel
{
    public Refusal Refused { get; private set; } = null!;

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        if (services.GetService<OidcLogIn>() is not { } logIn) return LocalRedirect("/logga-in");
        var (returnUrl, refused) = await logIn.Answer(HttpContext, ct);
        if (returnUrl is not null) return LocalRedirect(Url.IsLocalUrl(returnUrl) ? returnUrl : "/");
        Refused = refused!;
        Response.StatusCode = Refused.Status;
        return Page();
    }
}
