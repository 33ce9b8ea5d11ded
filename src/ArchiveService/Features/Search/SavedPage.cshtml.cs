using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Search;

/// <summary>/sok/sparade: one's own searches with what is new, and those that colleagues share.</summary>
public sealed class SavedPageModel(SavedSearches saved, AuthorityRegister authorities) : PageModel
{
    public IReadOnlyList<(SavedSearch Search, Total? New)> Own { get; private set; } = [];

    public IReadOnlyList<SavedSearch> Shared { get; private set; } = [];

    public IReadOnlyList<Authority> Authorities { get; private set; } = [];

    public string? Wrong { get; private set; }

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        var all = await saved.Of(caller, ct);
        var own = new List<(SavedSearch, Total?)>();
        foreach (var search in all.Where(s => s.Own)) own.Add((search, await saved.New(search, caller, ct)));
        (Own, Shared) = (own, [.. all.Where(s => !s.Own)]);
        Authorities = [.. (await authorities.All(ct)).Where(a => caller.IsStaffOf(a.Id))];
        return Page();
    }

    public async Task<IActionResult> OnPostChange(Guid id, string? name, string? question, string? shareWith, CancellationToken ct)
    {
        var refused = await saved.Change(id, new(name, question, shareWith), HttpContext.Caller(), ct);
        if (refused is null)
        {
            TempData.Tell(Notice.Done("Sökningen är ändrad"));
            return LocalRedirect($"/sok/sparade#r-{id:N}");
        }

        (Wrong, Response.StatusCode) = (refused.Explanation, refused.Status);
        return await OnGet(ct);
    }

    public async Task<IActionResult> OnPostRemove(Guid id, CancellationToken ct)
    {
        if (await saved.Remove(id, HttpContext.Caller(), ct)) TempData.Tell(Notice.Done("Sökningen är borttagen"));
        return LocalRedirect("/sok/sparade");
    }

    public static string Said(Total? found) => found switch
    {
        null => "–",
        { Value: 0 } => "Inget nytt",
        { Relation: "atLeast" } => $"Minst {Swedish.Number(found.Value)} nya",
        _ => Swedish.Count(found.Value, "ny", "nya"),
    };
}
