using ArchiveService.Access;
using ArchiveService.Features.Assignments;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Cases;

/// <summary>/arenden: the cases the reader may know of, newest first.</summary>
public sealed class IndexModel(CaseLists lists, ArchiveService.Features.Search.SearchLog log, AuthorityRegister authorities, RecordViewFreshness freshness) : PageModel
{
    public CaseSearch? Search { get; private set; }

    public IReadOnlyList<CaseListed> Items { get; private set; } = [];

    public bool More { get; private set; }

    public string? Wrong { get; private set; }

    public IReadOnlyList<Authority> Authorities { get; private set; } = [];

    public bool MayOpen { get; private set; }

    public string Value(string name) => Request.Query[name].ToString();

    public async Task OnGetAsync(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        ViewData["OwesReason"] = caller.OwesReason;
        caller = caller.Reasoned();
        Authorities = [.. (await authorities.All(ct)).Where(a => caller.IsStaffOf(a.Id))];
        MayOpen = Authorities.Any(a => caller.May(a.Id, Role.Registrator));
        var (search, refused) = CaseSearch.Parse(Request.Query);
        if (refused is not null)
        {
            (Wrong, Response.StatusCode) = (refused.Explanation, refused.Status);
            return;
        }

        await freshness.Reach(Request, ct);
        Search = search;
        (Items, More) = await lists.Find(search!, caller, ct);
        await log.Note(caller, ArchiveService.Features.Search.SearchLog.Case, search!.Q, search.Page == 1, Items.Count, ct);
    }

    public Pager Paging() => new(
        Search!.Page == 1 ? null : Request.With("page", (Search.Page - 1).ToString(System.Globalization.CultureInfo.InvariantCulture)),
        More ? Request.With("page", (Search.Page + 1).ToString(System.Globalization.CultureInfo.InvariantCulture)) : null)
    {
        PreviousText = "Nyare",
        NextText = "Äldre ärenden",
        Label = "Bläddra bland ärendena",
    };
}
