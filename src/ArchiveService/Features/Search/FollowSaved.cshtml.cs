using ArchiveService.Access;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Search;

/// <summary>/sok/sparad/{id}: a link to a saved search that stays when the search is changed. It leads on to the search itself.</summary>
public sealed class FollowSavedModel(SavedSearches saved) : PageModel
{
    public async Task<IActionResult> OnGet(Guid id, CancellationToken ct)
    {
        if (await saved.Find(id, HttpContext.Caller(), ct) is not { } search) return NotFound();
        if (search.Own) await saved.Look(search, HttpContext.Caller(), ct);
        return LocalRedirect(SavedSearch.AddressOf(search.Query));
    }
}
