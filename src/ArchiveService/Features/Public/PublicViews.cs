using ArchiveService.Features.Authorities;
using ArchiveService.Features.Diary;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Search;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Printing;

namespace ArchiveService.Features.Public;

/// <summary>A line of the diary as everybody may read it. No sender and no subject: <em>uppgift utelämnad</em>.</summary>
public sealed record PublicDiaryLine(
    string DiaryNumber, int DocumentNumber, DateOnly Date, string Direction, string? Sender, string? Subject, bool Withheld, string Authority, EntryFate Fate, DateOnly RegisteredOn)
{
    /// <summary>record, note, decision or appeal.</summary>
    public string Kind { get; init; } = DiaryKinds.Record;

    /// <summary>The neutral title that the case was given for everybody; never its internal one.</summary>
    public string? CaseTitle { get; init; }

    /// <summary>The files that a registrator lets everybody read.</summary>
    public IReadOnlyList<PublicFile> Attachments { get; init; } = [];
}

/// <param name="From">The first day of what is listed, when it is a period.</param>
public sealed record PublicDiaryPage(IReadOnlyList<PublicDiaryLine> Items, string? Next, Total Total, IReadOnlyList<VoidedNumber> Voided, DateOnly? From, DateOnly? To);

/// <param name="State">listed, active, paused or closed; listed is one that stands in the register without having been activated there.</param>
/// <param name="Paused">comments-closed or hidden while it is paused; <paramref name="Notice"/> is what is said of it.</param>
public sealed record PublicChannel(
    string Authority, string AuthorityName, string Platform, string? Handle, string? Url, string? Purpose, string? TargetGroup, DateTimeOffset RegisteredAt, DateTimeOffset? ClosedAt,
    string? Contact, string State, string? Paused, string? Notice);

/// <summary>
/// What anybody may read without saying who they are: the public diary and the channel register. The login it reads as can read nothing else.
/// </summary>
public sealed class PublicViews(Databases databases, AuthorityRegister authorities, PublicFiles files, TimeProvider clock)
{
    private const int Exact = 1000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        // The Swedish addresses of the two pages.
        routes.MapGet("/offentligt/diarium", (HttpRequest request) => TypedResults.LocalRedirect("~/public/diary" + request.QueryString)).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/offentligt/begar", (HttpRequest request) => TypedResults.LocalRedirect("~/public/request" + request.QueryString)).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/offentligt/terminal", () => TypedResults.LocalRedirect("~/public/terminal")).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/offentligt/myndigheter", () => TypedResults.LocalRedirect("~/public/authorities")).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/offentligt/kanaler", () => TypedResults.LocalRedirect("~/public/channels")).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/public/diary.json", async (HttpRequest request, HttpResponse response, PublicViews views, CancellationToken ct) =>
        {
            var (search, refused) = Postlist.Parse(request.Query, views.Today);
            NotForRobots(response);
            return refused is null ? TypedResults.Ok(await views.Diary(search!, ct)) : (IResult)Problems.Refused(refused);
        }).AllowAnonymous().WithName("get-public-diary");
        routes.MapGet("/public/diary.csv", async (HttpRequest request, HttpResponse response, PublicViews views, CancellationToken ct) =>
        {
            var (search, refused) = Postlist.Parse(request.Query, views.Today);
            NotForRobots(response);
            if (refused is not null) return (IResult)Problems.Refused(refused);
            var page = await views.Diary(search! with { After = null, Limit = Postlist.MostInFile }, ct);
            return TypedResults.File(Postlist.Csv(page), CsvText.MediaType, Postlist.FileName(search!, "csv"));
        }).AllowAnonymous().WithName("get-public-diary-csv");
        routes.MapGet("/public/diary.pdf", async (HttpRequest request, HttpResponse response, PublicViews views, Pdf pdf, TimeProvider clock, CancellationToken ct) =>
        {
            var (search, refused) = Postlist.Parse(request.Query, views.Today);
            NotForRobots(response);
            if (refused is not null) return Problems.Refused(refused);
            var page = await views.Diary(search! with { After = null, Limit = Postlist.MostOnPaper }, ct);

            // The day, not the instant: the same list is the same file.
            return await pdf.Answer(Postlist.Paper(page, search!.Authority).Pdf(Swedish.StartOf(views.Today)), Postlist.FileName(search, "pdf"), ct);
        }).AllowAnonymous().WithName("get-public-diary-pdf");
        routes.MapGet("/public/channels.json", async (HttpResponse response, PublicViews views, CancellationToken ct) =>
        {
            NotForRobots(response);
            return TypedResults.Ok(new { items = await views.Channels(ct) });
        }).AllowAnonymous().WithName("get-public-channels");
    }

    public DateOnly Today => Swedish.Day(clock.GetUtcNow());

    public static void NotForRobots(HttpResponse response) => response.Headers["X-Robots-Tag"] = "noindex, noarchive";

    public async Task<PublicDiaryPage> Diary(DiarySearch search, CancellationToken ct)
    {
        var nameless = await Nameless(ct);
        var count = new SqlText();
        count.Add($"select count(*)::int from (select {From(search, nameless, count)} limit {count.Value(Exact + 1)}) found");
        await using var counted = count.Command(databases.Public);
        var total = (int)(await counted.ExecuteScalarAsync(ct))!;

        var page = new SqlText();
        var from = From(search, nameless, page);
        if (search.After is { } after)
            from += $" and (p.diary_date, p.registered_at, p.entry_id) < ({page.Value(after.Date)}, {page.Value(after.RegisteredAt.ToUniversalTime())}, {page.Value(after.Entry)})";
        page.Add($"select p.diary_number, p.document_number, p.diary_date, p.direction, case when p.authority_id = any ({page.Value(nameless)}) then null else p.sender end, p.subject, a.code, p.registered_at, p.entry_id, p.case_id, {EntryFate.Columns}, p.kind, e.title {from}")
            .Add($"order by p.diary_date desc, p.registered_at desc, p.entry_id desc limit {page.Value(search.Limit + 1)}");
        var voided = await VoidedNumber.Find(databases.Public, search, _ => "true", ct);
        await using var query = page.Command(databases.Public);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var items = new List<PublicDiaryLine>();
        var cases = new List<Guid>();
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
            items.Add(new(rows.GetString(0), rows.GetInt32(1), rows.GetFieldValue<DateOnly>(2), rows.GetString(3), sender, subject, sender is null && subject is null, rows.GetString(6), EntryFate.Read(rows, 10).Known(sender is null && subject is null), Swedish.Day(rows.GetFieldValue<DateTimeOffset>(7)))
            {
                Kind = rows.GetString(17),
                CaseTitle = rows.Text(18),
            });
            cases.Add(rows.GetGuid(9));
            last = new(rows.GetFieldValue<DateOnly>(2), rows.GetFieldValue<DateTimeOffset>(7), rows.GetGuid(8));
        }

        await rows.CloseAsync();
        var shown = await files.Of([.. items.Zip(cases).Where(i => !i.First.Withheld).Select(i => (i.Second, i.First.DocumentNumber))], ct);
        items = [.. items.Zip(cases).Select(i => i.First.Withheld ? i.First : i.First with { Attachments = shown.GetValueOrDefault((i.Second, i.First.DocumentNumber)) ?? [] })];
        return new(items, next, new(Math.Min(total, Exact), total > Exact ? "atLeast" : "exact"), voided, search.From, search.To);
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

    /// <summary>The authorities whose policy lets no name stand in the public diary, released or not.</summary>
    private async Task<Guid[]> Nameless(CancellationToken ct) => [.. (await authorities.All(ct)).Where(a => a.Policy["publicDiary.names"] == "never").Select(a => a.Id)];

    /// <summary>The index of words holds only what is released, so nobody can find a masked entry by guessing what it says; nor a name that is not shown.</summary>
    private static string From(DiarySearch search, Guid[] nameless, SqlText sql)
    {
        var all = new List<string> { "true" };
        if (search.Authority is { } authority) all.Add($"p.authority_id = (select one.authority_id from archive.authorities one where one.code = {sql.Value(authority.ToUpperInvariant())})");
        all.AddRange(search.Narrowed(sql, "p"));
        if (search.Q is { } q)
        {
            var words = sql.Value(q);
            var found = $"p.search @@ views.asked({words})";
            if (nameless.Length > 0)
            {
                found = $"""
                    ({found} and (p.authority_id <> all ({sql.Value(nameless)}) or to_tsvector('pg_catalog.swedish', views.words(left(coalesce(p.subject, ''), 20000)))
                      || to_tsvector('pg_catalog.simple', views.plain(left(coalesce(p.subject, ''), 20000))) @@ views.asked({words})))
                    """;
            }

            // The title of the case is said by the case, released or not: it was written for everybody.
            found = $"({found} or p.case_id = any (array(select t.case_id from views.case_titles_public t where t.search @@ views.asked({words}) limit 1000)))";
            all.Add(DiaryNumberKey.MayBe(q) ? $"({found} or {SearchRecords.Number(sql, q, "p")})" : found);
        }

        return $"from views.diary_public p join archive.authorities a using (authority_id) left join views.case_titles_public e on e.case_id = p.case_id {EntryFate.Joins} where {string.Join(" and ", all)}";
    }
}
