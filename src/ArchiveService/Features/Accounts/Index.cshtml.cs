using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Accounts;

/// <summary>/konton: who has written, and the channels' own accounts.</summary>
public sealed class IndexModel(AccountViews accounts, Search.SearchLog log, RecordViewFreshness freshness) : PageModel
{
    public AccountPage? Found { get; private set; }

    public string? Wrong { get; private set; }

    public string Q => Request.Query["q"].ToString();

    public async Task OnGetAsync(CancellationToken ct)
    {
        await freshness.Reach(Request, ct);
        var (page, refused) = await accounts.Find(Request.Query["q"], Request.Query["channel"], Request.Query["cursor"], HttpContext.Caller(), ct);
        Found = page;
        if (refused is not null) (Wrong, Response.StatusCode) = (refused.Explanation, refused.Status);
        else await log.Note(HttpContext.Caller(), Search.SearchLog.Person, AccountViews.Asked(Request), first: !Request.Query.ContainsKey("cursor"), page!.Items.Count, ct);
    }

    public Pager Paging() => new(Request.Query.ContainsKey("cursor") ? Request.Without("cursor") : null, Found!.Next is { } next ? Request.With("cursor", next) : null)
    {
        PreviousText = "Första sidan",
        NextText = "Fler konton",
        Label = "Bläddra bland konton",
    };
}
