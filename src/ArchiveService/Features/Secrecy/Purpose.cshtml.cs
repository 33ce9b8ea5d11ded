using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Secrecy;

/// <summary>/andamal: why the reader reads what is secret, for the task at hand. To who may read nothing secret there is nothing to state.</summary>
public sealed class PurposeModel : PageModel
{
    [BindProperty]
    public string? Reason { get; set; }

    /// <summary>Where the reader came from; never out of the service.</summary>
    public string To { get; private set; } = "/";

    public StatedPurpose? Stated { get; private set; }

    public IActionResult OnGet(string? to)
    {
        Prepare(to);
        return Page();
    }

    public IActionResult OnPost(string? to)
    {
        Prepare(to);
        var caller = HttpContext.Caller();
        if (!caller.ReadsSecrets) return Forbid();
        if (Reason?.Trim() is not { Length: > 2 and <= ReadPurpose.Longest } reason)
        {
            ModelState.AddModelError(nameof(Reason), "Ange varför du läser, högst 1000 tecken.");
            return Page();
        }

        ReadPurpose.State(HttpContext, caller.PersonId, reason);
        TempData.Tell(Notice.Done("Ändamålet är angivet", "Det gäller i 30 minuter och antecknas med varje läsning av sekretess."));
        return LocalRedirect(To);
    }

    public IActionResult OnPostForget(string? to)
    {
        Prepare(to);
        ReadPurpose.Forget(HttpContext);
        TempData.Tell(Notice.Done("Läsningen är avslutad", "Hemliga uppgifter visas igen när du anger ett ändamål."));
        return LocalRedirect(To);
    }

    private void Prepare(string? to)
    {
        To = to is { Length: > 0 } && Url.IsLocalUrl(to) ? to : "/";
        Stated = ReadPurpose.Stated(HttpContext, HttpContext.Caller().PersonId);
    }
}
