using ArchiveService.Features.Diary;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Public;

/// <summary>/public/diary and /offentligt/diarium: the postlista and the diary for everybody, without a question of who or why.</summary>
[AllowAnonymous]
public sealed class DiaryModel(PublicViews views) : PageModel
{
    public PublicDiaryPage? Found { get; private set; }

    public DiarySearch? Search { get; private set; }

    public string? Wrong { get; private set; }

    public IReadOnlyList<(string Code, string Name)> Authorities { get; private set; } = [];

    public string Value(string name) => Request.Query[name].ToString();

    public string Period => Postlist.Said(Found!.From, Found.To);

    /// <summary>The days shown, also when they are the ones nobody asked for.</summary>
    public string Day(DateOnly? day) => day is { } at ? Swedish.Date(at) : "";

    public string File(string ending) => $"/public/diary.{ending}{Request.QueryString}";

    public string PeriodHref(string word) => $"/public/diary{QueryString.Create([KeyValuePair.Create<string, string?>("period", word), .. Kept("authority"), .. Kept("direction")])}";

    public string EarlierHref => $"/public/diary{QueryString.Create([KeyValuePair.Create<string, string?>("from", Day(Found!.From!.Value.AddDays(-7))), KeyValuePair.Create<string, string?>("to", Day(Found.From.Value.AddDays(-1))), .. Kept("authority"), .. Kept("direction")])}";

    public async Task OnGetAsync(CancellationToken ct)
    {
        PublicViews.NotForRobots(Response);
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

    private IEnumerable<KeyValuePair<string, string?>> Kept(string name) => Value(name) is { Length: > 0 } value ? [KeyValuePair.Create<string, string?>(name, value)] : [];
}
