using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Sources.Meta;

/// <summary>/kanaler/{id}/prenumerationer: whether Meta will tell of what happens in the channel.</summary>
public sealed class SubscriptionsPageModel(SubscriptionView view) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    public SubscriptionsShown Shown { get; private set; } = null!;

    public string? Refused { get; private set; }

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        if (await view.Show(Id, HttpContext.Caller(), ct) is not { Shown: { } shown }) return NotFound();
        Shown = shown;
        return Page();
    }

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        if (await view.Check(Id, HttpContext.Caller(), ct) is not { } why)
        {
            TempData.Tell(Notice.Done("Meta har tillfrågats om prenumerationerna"));
            return LocalRedirect($"/kanaler/{Id:D}/prenumerationer");
        }

        if (why.Status == StatusCodes.Status404NotFound) return NotFound();
        if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
        Refused = why.Explanation;
        return await OnGet(ct);
    }
}
