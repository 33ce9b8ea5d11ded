using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Audit;

/// <summary>/granskning/logg: what was administered, and for reviewers what was read.</summary>
public sealed class LogModel(AuditLog log, TimeProvider clock) : PageModel
{
    public AuditPage? Found { get; private set; }

    public string? Wrong { get; private set; }

    public bool Reviews { get; private set; }

    public string Asked(string name) => Request.Query[name].ToString();

    public IEnumerable<(string Word, string Title)> Groups => AuditKinds.Groups.Where(g => Reviews || g.Word is not (AuditKinds.Readings or "granskning"));

    public string CsvHref => "/granskning/logg.csv" + Request.QueryString;

    /// <summary>The same list narrowed to one person.</summary>
    public string With(string name, Guid id) => Request.With(name, id.ToString("D"));

    public Pager Paging => new(Request.Query.ContainsKey("cursor") ? Request.Without("cursor") : null, Found!.Next is { } next ? Request.With("cursor", next) : null)
    {
        PreviousText = "Nyaste",
        NextText = "Äldre",
        Label = "Bläddra i loggen",
    };

    public async Task<IActionResult> OnGetAsync(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (!AuditLog.MaySee(caller)) return Forbid();
        Reviews = caller.MayAnywhere(Role.Revisor);
        var (asked, wrong) = AuditQuestion.Parse(Request.Query, clock.GetUtcNow());
        var refused = wrong;
        if (asked is not null) (Found, refused) = await log.Find(asked, caller, ct);
        if (refused is not null) (Wrong, Response.StatusCode) = (refused.Explanation, refused.Status);
        return Page();
    }
}
