using ArchiveService.Features.Diary;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Public;

/// <summary>What the diary for everybody and the screen in the reception share: one search, its answer, and the way on in it.</summary>
public abstract class PublicDiarySearchModel(PublicViews views) : PageModel
{
    public PublicDiaryPage? Found { get; private set; }

    public DiarySearch? Search { get; private set; }

    public string? Wrong { get; private set; }

    public IReadOnlyList<(string Code, string Name)> Authorities { get; private set; } = [];

    public string Value(string name) => Request.Query[name].ToString();

    public string Note => Found!.Total.Relation == "atLeast" ? $"minst {Swedish.Number(Found.Total.Value)}" : Swedish.Count(Found.Total.Value, "handling", "handlingar");

    public Pager Paging() => new(Search!.After is null ? null : Request.Without("cursor"), Found!.Next is { } next ? Request.With("cursor", next) : null)
    {
        PreviousText = "Nyaste",
        NextText = "Äldre handlingar",
        Label = "Bläddra i diariet",
    };

    /// <summary>What kind of answer it is, before anything is read.</summary>
    protected abstract void Prepare();

    public async Task OnGetAsync(CancellationToken ct)
    {
        Prepare();
        Authorities = await views.Authorities(ct);
        var (search, refused) = Postlist.Parse(Request.Query, views.Today);
        if (refused is not null)
        {
            (Wrong, Response.StatusCode) = (refused.Explanation, refused.Status);
            return;
        }

        Search = search;
        Found = await views.Diary(search!, ct);
    }
}
