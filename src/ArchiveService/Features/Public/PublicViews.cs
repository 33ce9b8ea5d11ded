using ArchiveService.Features.Diary;
using ArchiveService.Features.Records;
using ArchiveService.Features.Search;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Public;

/// <summary>A line of the diary as everybody may read it. No sender and no subject: <em>uppgift utelämnad</em>.</summary>
public sealed record PublicDiaryLine(string DiaryNumber, int DocumentNumber, DateOnly Date, string Direction, string? Sender, string? Subject, bool Withheld, string Authority, EntryFate Fate);

public sealed record PublicDiaryPage(IReadOnlyList<PublicDiaryLine> Items, string? Next, Total Total, IReadOnlyList<VoidedNumber> Voided);

/// <param name="State">listed, active, paused or closed; listed is one that stands in the register without having been activated there.</param>
/// <param name="Paused">comments-closed or hidden while it is paused; <paramref name="Notice"/> is what is said of it.</param>
public sealed record PublicChannel(
    string Authority, string AuthorityName, string Platform, string? Handle, string? Url, string? Purpose, string? TargetGroup, DateTimeOffset RegisteredAt, DateTimeOffset? ClosedAt,
    string? Contact, string State, string? Paused, string? Notice);

/// <summary>
/// What anybody may read without saying who they are: the public diary and the channel register. The login it reads as can read nothing else.
/// </summary>
public sealed class PublicViews(Databases databases)
{
    private const int Exact = 1000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        // The Swedish addresses of the two pages.
        routes.MapGet("/offentligt/diarium", (HttpRequest request) => TypedResults.LocalRedirect("~/public/diary" + request.QueryString)).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/offentligt/kanaler", () => TypedResults.LocalRedirect("~/public/channels")).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/public/diary.json", async (HttpRequest request, HttpResponse response, PublicViews views, CancellationToken ct) =>
        {
            var (search, refused) = DiarySearch.Parse(request.Query);
            NotForRobots(response);
            return refused is null ? TypedResults.Ok(await views.Diary(search!, ct)) : (IResult)Problems.Refused(refused);
        }).AllowAnonymous().WithName("get-public-diary");
        routes.MapGet("/public/channels.json", async (HttpResponse response, PublicViews views, CancellationToken ct) =>
        {
            NotForRobots(response);
            return TypedResults.Ok(new { items = await views.Channels(ct) });
        }).AllowAnonymous().WithName("get-public-channels");
    }

    public static void NotForRobots(HttpResponse response) => response.Headers["X-Robots-Tag"] = "noindex, noarchive";

    public async Task<PublicDiaryPage> Diary(DiarySearch search, CancellationToken ct)
    {
        var count = new SqlText();
        count.Add($"select count(*)::int from (select {From(search, count)} limit {count.Value(Exact + 1)}) found");
        await using var counted = count.Command(databases.Public);
        var total = (int)(await counted.ExecuteScalarAsync(ct))!;

        var page = new SqlText();
        var from = From(search, page);
        if (search.After is { } after)
            from += $" and (p.diary_date, p.registered_at, p.entry_id) < ({page.Value(after.Date)}, {page.Value(after.RegisteredAt.ToUniversalTime())}, {page.Value(after.Entry)})";
        page.Add($"select p.diary_number, p.document_number, p.diary_date, p.direction, p.sender, p.subject, a.code, p.registered_at, p.entry_id, {EntryFate.Columns} {from}")
            .Add($"order by p.diary_date desc, p.registered_at desc, p.entry_id desc limit {page.Value(search.Limit + 1)}");
        var voided = await VoidedNumber.Find(databases.Public, search, _ => "true", ct);
        await using var query = page.Command(databases.Public);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var items = new List<PublicDiaryLine>();
        DiaryCursor? last = null;
        string? next = null;
        while (await rows.ReadAsync(ct))
        {
            if (items.Count == search.Limit)
            {
                next = last!.Written;
                break;
            }

            var (sender, subject) = (rows.Text(4), rows.Text(5));
            items.Add(new(rows.GetString(0), rows.GetInt32(1), rows.GetFieldValue<DateOnly>(2), rows.GetString(3), sender, subject, sender is null && subject is null, rows.GetString(6), EntryFate.Read(rows, 9).Known(sender is null && subject is null)));
            last = new(rows.GetFieldValue<DateOnly>(2), rows.GetFieldValue<DateTimeOffset>(7), rows.GetGuid(8));
        }

        return new(items, next, new(Math.Min(total, Exact), total > Exact ? "atLeast" : "exact"), voided);
    }

    public async Task<IReadOnlyList<PublicChannel>> Channels(CancellationToken ct)
    {
        await using var query = databases.Public.CreateCommand("""
            select a.code, a.name, c.platform, c.handle, c.url, c.purpose, c.target_group, c.registered_at, c.closed_at, c.contact, c.state, c.paused, c.notice
            from views.channel_register_public c join archive.authorities a using (authority_id)
            order by a.name collate "sv-x-icu", c.closed_at is not null, c.platform, c.handle collate "sv-x-icu", c.channel_id
            """);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var channels = new List<PublicChannel>();
        while (await rows.ReadAsync(ct))
        {
            channels.Add(new(
                rows.GetString(0), rows.GetString(1), rows.GetString(2), rows.Text(3), rows.Text(4), rows.Text(5),
                rows.Text(6), rows.GetFieldValue<DateTimeOffset>(7), rows.GetFieldValue<DateTimeOffset?>(8), rows.Text(9), rows.GetString(10), rows.Text(11), rows.Text(12)));
        }

        return channels;
    }

    public async Task<IReadOnlyList<(string Code, string Name)>> Authorities(CancellationToken ct)
    {
        await using var query = databases.Public.CreateCommand("select code, name from archive.authorities order by name collate \"sv-x-icu\"");
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<(string, string)>();
        while (await rows.ReadAsync(ct)) found.Add((rows.GetString(0), rows.GetString(1)));
        return found;
    }

    /// <summary>The index of words holds only what is released, so nobody can find a masked entry by guessing what it says.</summary>
    private static string From(DiarySearch search, SqlText sql)
    {
        var all = new List<string> { "true" };
        if (search.Authority is { } authority) all.Add($"a.code = {sql.Value(authority.ToUpperInvariant())}");
        if (search.From is { } from) all.Add($"p.diary_date >= {sql.Value(from)}");
        if (search.To is { } to) all.Add($"p.diary_date <= {sql.Value(to)}");
        if (search.Q is { } q)
        {
            var words = sql.Value(q);
            var found = $"p.search @@ views.asked({words})";
            all.Add(DiaryNumberKey.MayBe(q) ? $"({found} or {SearchRecords.Number(sql, q, "p")})" : found);
        }

        return $"from views.diary_public p join archive.authorities a using (authority_id) {EntryFate.Joins} where {string.Join(" and ", all)}";
    }
}
