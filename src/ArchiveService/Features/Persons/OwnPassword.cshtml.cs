using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Persons;

public sealed class OwnPasswordModel(LogIns logIns, PersonRegister register, LocalAccounts local) : PageModel
{
    public bool LocalAccounts => local.Open;

    [BindProperty]
    public string? Username { get; set; }

    [BindProperty]
    public string? OldPassword { get; set; }

    [BindProperty]
    public string? NewPassword { get; set; }

    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        var own = HttpContext.Caller();
        if (!local.Open) return Page();
        if (await logIns.Try(Username, OldPassword, ct) != own.PersonId)
        {
            ModelState.AddModelError(nameof(OldPassword), "Användarnamnet eller det nuvarande lösenordet stämmer inte.");
            return Page();
        }

        if (await register.SetPassword(own.PersonId, null, NewPassword ?? "", own, oldOneGiven: true, ct) is Outcome.Refused { Why: var why })
        {
            ModelState.AddModelError(nameof(NewPassword), why.Explanation);
            return Page();
        }

        TempData.Tell(Notice.Done("Lösenordet är bytt", "Logga in med det nya."));
        return LocalRedirect("/logga-in");
    }
}
