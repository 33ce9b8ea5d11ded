using ArchiveService.Features.Diary;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Authorization;

namespace ArchiveService.Features.Public;

/// <summary>/public/diary and /offentligt/diarium: the postlista and the diary for everybody, without a question of who or why.</summary>
[AllowAnonymous]
public sealed class DiaryModel(PublicViews views) : PublicDiarySearchModel(views)
{
    public string Period => Postlist.Said(Found!.From, Found.To);

    /// <summary>The days shown, also when they are the ones nobody asked for.</summary>
    public string Day(DateOnly? day) => day is { } at ? Swedish.Date(at) : "";

    public string File(string ending) => $"/public/diary.{ending}{Request.QueryString}";

    public string PeriodHref(string word) => $"/public/diary{QueryString.Create([KeyValuePair.Create<string, string?>("period", word), .. Kept("authority"), .. Kept("direction")])}";

    public string EarlierHref => $"/public/diary{QueryString.Create([KeyValuePair.Create<string, string?>("from", Day(Found!.From!.Value.AddDays(-7))), KeyValuePair.Create<string, string?>("to", Day(Found.From.Value.AddDays(-1))), .. Kept("authority"), .. Kept("direction")])}";

    protected override void Prepare() => PublicViews.NotForRobots(Response);

    private IEnumerable<KeyValuePair<string, string?>> Kept(string name) => Value(name) is { Length: > 0 } value ? [KeyValuePair.Create<string, string?>(name, value)] : [];
}
