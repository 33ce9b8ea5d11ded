using ArchiveService.Access;
using ArchiveService.Access.Oidc;
using ArchiveService.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.WebUtilities;

namespace ArchiveService.Features.Persons;

[AllowAnonymous]
public sealed class LogInModel(LogIns logIns, Sessions sessions, LocalAccounts local, FirstPassword first, IServiceProvider services) : PageModel
{
    private const string Failed = "Det gick inte att logga in. Kontrollera användarnamnet och lösenordet. Efter tio fel i rad är kontot spärrat en stund.";

    private readonly OidcLogIn? oidc = services.GetService<OidcLogIn>();

    [BindProperty]
    public string? Username { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    [BindProperty(SupportsGet = true, Name = "returnUrl")]
    public string? ReturnUrl { get; set; }

    public bool FirstPasswordIsWaiting => first.IsWaiting;

    /// <summary>What people log in with at the identity provider; null where there is none.</summary>
    public string? Provider => oidc?.Called;

    /// <summary>Why a log-in at the identity provider did not even begin.</summary>
    public Refusal? ProviderRefused { get; private set; }

    public string BeginAddress => QueryHelpers.AddQueryString("/logga-in", new Dictionary<string, string?>(StringComparer.Ordinal) { ["handler"] = "Begin", ["returnUrl"] = Destination });

    public Refusal? Refused => local.RefusedFor(HttpContext);

    public IActionResult OnGet()
    {
        if (User.Identity is { IsAuthenticated: true }) return LocalRedirect(Destination);
        if (oidc is null && Refused is not null) Response.StatusCode = StatusCodes.Status403Forbidden;
        return Page();
    }

    /// <summary>A link and no form: what a form leads to may not be another site.</summary>
    public async Task<IActionResult> OnGetBegin(CancellationToken ct)
    {
        if (oidc is null) return LocalRedirect("/logga-in");
        var (address, refused) = await oidc.Begin(HttpContext, Destination, ct);
        if (address is not null) return Redirect(address);
        ProviderRefused = refused;
        Response.StatusCode = refused!.Status;
        return Page();
    }

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        if (Refused is { } refused)
        {
            Response.StatusCode = refused.Status;
            return Page();
        }

        if (string.IsNullOrWhiteSpace(Username)) ModelState.AddModelError(nameof(Username), "Ange användarnamnet.");
        if (string.IsNullOrEmpty(Password)) ModelState.AddModelError(nameof(Password), "Ange lösenordet.");
        if (ModelState.IsValid && await logIns.Try(Username, Password, ct) is { } person)
        {
            await sessions.Start(HttpContext, person, ct);
            return LocalRedirect(Destination);
        }

        if (ModelState.IsValid) ModelState.AddModelError("", Failed);
        Password = null;
        return Page();
    }

    // Only ever to a page of ours, and never to one that ends the session just begun.
    private string Destination => Url.IsLocalUrl(ReturnUrl) && !ReturnUrl.StartsWith("/logga-", StringComparison.OrdinalIgnoreCase) ? ReturnUrl : "/";
}
