using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Diary;

/// <summary>/diarium: the internal diary, newest first.</summary>
public sealed class IndexModel(DiaryViews diary, ArchiveService.Features.Search.SearchLog log, RecordViewFreshness freshness, AuthorityRegister authorities) : PageModel
{
    public DiaryPage? Found { get; private set; }

    public DiarySearch? Search { get; private set; }

    public string? Wrong { get; private set; }

    public IReadOnlyList<Authority> Authorities { get; private set; } = [];

    public string Value(string name) => Request.Query[name].ToString();

    public async Task OnGetAsync(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        ViewData["OwesReason"] = caller.OwesReason;
        caller = caller.Reasoned();
        Authorities = [.. (await authorities.All(ct)).Where(a => caller.IsStaffOf(a.Id))];
        var (search, refused) = DiarySearch.Parse(Request.Query);
        if (refused is not null)
        {
            (Wrong, Response.StatusCode) = (refused.Explanation, refused.Status);
            return;
        }

        await freshness.Reach(Request, ct);
        Search = search;
        Found = await diary.Find(search!, caller, ct);
        await log.Note(caller, ArchiveService.Features.Search.SearchLog.Diary, search!.Q, search.After is null, Found.Total.Value, ct);
    }

    public string Note => Found!.Total.Relation == "atLeast" ? $"minst {Swedish.Number(Found.Total.Value)}" : Swedish.Count(Found.Total.Value, "handling", "handlingar");

    public Pager Paging() => new(Search!.After is null ? null : Request.Without("cursor"), Found!.Next is { } next ? Request.With("cursor", next) : null)
    {
        PreviousText = "Nyaste",
        NextText = "Äldre handlingar",
        Label = "Bläddra i diariet",
    };
}
