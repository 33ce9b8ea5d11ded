using ArchiveService.Features.Diary;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Public;

/// <summary>/public/terminal: the diary on the screen in the reception (OSL 6:6). As much as everybody may see, and nothing left for the next visitor.</summary>
[AllowAnonymous]
public sealed class TerminalModel(PublicViews views) : PageModel
{
    /// <summary>How long a screen stands still before it is cleared for the next visitor.</summary>
    public const int IdleSeconds = 180;

    public PublicDiaryPage? Found { get; private set; }

    public string? Wrong { get; private set; }

    public IReadOnlyList<(string Code, string Name)> Authorities { get; private set; } = [];

    public DiarySearch? Search { get; private set; }

    public string Value(string name) => Request.Query[name].ToString();

    /// <summary>Kept by no browser. On the terminal the screen goes back to its beginning by itself.</summary>
    public static void LeaveNothing(HttpResponse response, bool terminal)
    {
        response.Headers.CacheControl = "no-store";
        if (terminal) response.Headers["Refresh"] = $"{IdleSeconds}; url=/public/terminal";
    }

    public async Task OnGetAsync(CancellationToken ct)
    {
        LeaveNothing(Response, terminal: true);
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

    public string Note => Found!.Total.Relation == "atLeast" ? $"minst {Swedish.Number(Found.Total.Value)}" : Swedish.Count(Found.Total.Value, "handling", "handlingar");

    public Pager Paging() => new(Search!.After is null ? null : Request.Without("cursor"), Found!.Next is { } next ? Request.With("cursor", next) : null)
    {
        PreviousText = "Nyaste",
        NextText = "Äldre handlingar",
        Label = "Bläddra i diariet",
    };
}
