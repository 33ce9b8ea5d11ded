using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Replay;

/// <summary>/granskning/ovanliga-lasningar: what the rules found, until somebody has examined it.</summary>
public sealed class UnusualModel(UnusualReads reads) : PageModel
{
    public UnusualReadPage Found { get; private set; } = new([], null);

    public string? Wrong { get; private set; }

    public Guid Me => HttpContext.Caller().PersonId;

    private string Shown => Request.Query["state"].ToString() is "examined" or "all" ? Request.Query["state"].ToString() : "open";

    public Tabs Tabs => new("Fynd",
    [
        new("Väntar", "/granskning/ovanliga-lasningar", Current: Shown == "open"), new("Granskade", "/granskning/ovanliga-lasningar?state=examined", Current: Shown == "examined"),
        new("Alla", "/granskning/ovanliga-lasningar?state=all", Current: Shown == "all"),
    ]);

    public Pager Paging => new(Request.Query.ContainsKey("cursor") ? Request.Without("cursor") : null, Found.Next is { } next ? Request.With("cursor", next) : null)
    {
        PreviousText = "Nyaste",
        NextText = "Äldre",
        Label = "Bläddra bland fynd",
    };

    public async Task<IActionResult> OnGetAsync(CancellationToken ct)
    {
        var (after, wrong) = ReplayCursor.Parse(Request.Query["cursor"]);
        if (wrong is not null) (Wrong, Response.StatusCode) = (wrong.Explanation, wrong.Status);
        var (page, refused) = await reads.Find(Shown, after, HttpContext.Caller(), ct);
        if (refused is not null) return Forbid();
        Found = page!;
        return Page();
    }

    public async Task<IActionResult> OnPostLookAsync(CancellationToken ct)
    {
        if (!UnusualReads.MaySee(HttpContext.Caller())) return Forbid();
        await reads.Look(alsoToday: true, ct);
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostExamineAsync(Guid finding, string? reason, CancellationToken ct)
    {
        if (await reads.Examine(finding, new(reason), HttpContext.Caller(), ct) is not Outcome.Refused { Why: var why }) return RedirectToPage();
        if (why.Status == StatusCodes.Status404NotFound) return NotFound();
        (Wrong, Response.StatusCode) = (why.Explanation, why.Status);
        var (page, refused) = await reads.Find(Shown, null, HttpContext.Caller(), ct);
        if (refused is not null) return Forbid();
        Found = page!;
        return Page();
    }
}
