using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Diary;

/// <summary>/diarium/postlista: what came in and went out, a day or a period at a time, to be read on the screen or printed for the desk (c 4).</summary>
public sealed class PostlistPageModel(DiaryViews diary, RecordViewFreshness freshness, AuthorityRegister authorities, TimeProvider clock) : PageModel
{
    // A day's post is read whole; a file has more.
    private const int MostOnPage = 500;

    public DiaryPage? Found { get; private set; }

    public DiarySearch? Search { get; private set; }

    public string? Wrong { get; private set; }

    public DateTimeOffset Now { get; } = clock.GetUtcNow();

    public IReadOnlyList<Authority> Authorities { get; private set; } = [];

    public string Value(string name) => Request.Query[name].ToString();

    public string Day(DateOnly? day) => day is { } at ? Swedish.Date(at) : "";

    public string File(string ending) => $"/diarium/postlista.{ending}{Request.QueryString}";

    public string? AuthorityName => Authorities.FirstOrDefault(a => string.Equals(a.Code, Search?.Authority, StringComparison.OrdinalIgnoreCase))?.Name ?? (Authorities is [var only] ? only.Name : null);

    public string Note => Found!.Next is null ? Swedish.Count(Found.Items.Count, "handling", "handlingar") : $"de {Swedish.Number(Found.Items.Count)} senaste; filen har alla";

    public async Task OnGetAsync(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        ViewData["OwesReason"] = caller.OwesReason;
        caller = caller.Reasoned();
        Authorities = [.. (await authorities.All(ct)).Where(a => caller.IsStaffOf(a.Id))];
        var (search, refused) = Postlist.Parse(Request.Query, Swedish.Day(Now));
        if (refused is not null)
        {
            (Wrong, Response.StatusCode) = (refused.Explanation, refused.Status);
            return;
        }

        await freshness.Reach(Request, ct);
        Search = search;
        Found = await diary.Find(search! with { Limit = MostOnPage }, caller, ct);
    }
}
