using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Replay;

/// <summary>/granskning/lasningar: who read what.</summary>
public sealed class ReadingsModel(ReadLog log, TimeProvider clock) : PageModel
{
    public ReadLogPage? Found { get; private set; }

    public string? Wrong { get; private set; }

    public string Asked(string name) => Request.Query[name].ToString();

    public Pager Paging => new(Request.Query.ContainsKey("cursor") ? Request.Without("cursor") : null, Found!.Next is { } next ? Request.With("cursor", next) : null)
    {
        PreviousText = "Nyaste",
        NextText = "Äldre",
        Label = "Bläddra bland läsningar",
    };

    public async Task<IActionResult> OnGetAsync(CancellationToken ct)
    {
        var (asked, wrong) = ReadLogQuestion.Parse(Request.Query, clock.GetUtcNow());
        var refused = wrong;
        if (asked is not null) (Found, refused) = await log.Find(asked, HttpContext.Caller(), ct);
        if (refused is { Status: StatusCodes.Status403Forbidden }) return Forbid();
        if (refused is not null) (Wrong, Response.StatusCode) = (refused.Explanation, refused.Status);
        return Page();
    }
}
