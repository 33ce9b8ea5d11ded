using System.Buffers.Text;
using System.Globalization;
using System.Text;
using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Features.Search;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Microsoft.Extensions.Primitives;
using Npgsql;

namespace ArchiveService.Features.Diary;

/// <summary>
/// A line of the diary with the four facts of OSL 5:2. Date and number are always there; <paramref name="Withheld"/> says that the third and fourth,
/// sender or recipient and what it concerns, are kept apart from this reader. Then there is no record to open either.
/// </summary>
public sealed record DiaryLine(
    string DiaryNumber, int DocumentNumber, DateOnly Date, DateTimeOffset RegisteredAt, string Direction, string? Sender, string? Subject, bool Withheld, bool Destroyed,
    Guid? RecordId, Guid CaseId, string Authority, string? RecordType, string? Platform, string? ExternalSystem, string? Access)
{
    [System.Text.Json.Serialization.JsonIgnore]
    public Guid EntryId { get; init; }
}

public sealed record DiaryPage(IReadOnlyList<DiaryLine> Items, string? Next, Total Total);

/// <summary>The four facts of a record's entry (OSL 5:2).</summary>
public sealed record DiaryEntryFacts(string DiaryNumber, int DocumentNumber, DateOnly Date, string Direction, string? Sender, string? Subject)
{
    /// <summary>Which no public diary shows.</summary>
    public bool HoldsPersonalNumber => SecrecyHints.Any(Sender) || SecrecyHints.Any(Subject);
}

/// <summary>A case as the diary shows it.</summary>
public sealed record DiaryCase(Guid CaseId, string DiaryNumber, string Authority, string? Title, bool Withheld, string? ClassCode, DateTimeOffset? OpenedAt, IReadOnlyList<DiaryLine> Documents);

/// <summary>What of the diary is asked for.</summary>
public sealed record DiarySearch(string? Authority, DateOnly? From, DateOnly? To, string? Q, DiaryCursor? After, int Limit)
{
    public static (DiarySearch? Search, Refusal? Refused) Parse(IEnumerable<KeyValuePair<string, StringValues>> query)
    {
        var search = new DiarySearch(null, null, null, null, null, 50);
        foreach (var (name, values) in query)
        {
            var value = RecordViewText.Clean(values.ToString())?.Trim() ?? "";
            if (name is not ("authority" or "from" or "to" or "q" or "cursor" or "limit" or "after"))
                return (null, BadParameter.Of(name, $"Parametern {name} finns inte. Möjliga: authority, from, to, q, cursor, limit, after."));
            if (value.Length == 0 || name == "after") continue;
            if (value.Length > 1000) return (null, BadParameter.Of(name, $"{name} får vara högst 1000 tecken."));
            DiarySearch? next = name switch
            {
                "authority" => search with { Authority = value },
                "q" => search with { Q = value },
                "from" => Day(value) is { } from ? search with { From = from } : null,
                "to" => Day(value) is { } to ? search with { To = to } : null,
                "limit" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= RecordSearch.MostRows ? search with { Limit = limit } : null,
                _ => DiaryCursor.Read(value) is { } cursor ? search with { After = cursor } : null,
            };
            if (next is null)
            {
                return (null, BadParameter.Of(name, name switch
                {
                    "limit" => $"limit ska vara 1–{RecordSearch.MostRows}.",
                    "cursor" => "Markören går inte att läsa. Börja om från första sidan.",
                    _ => $"{name} ska vara en dag, som 2026-11-20.",
                }));
            }

            search = next;
        }

        return (search, null);
    }

    private static DateOnly? Day(string value) => DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;
}

public sealed record DiaryCursor(DateOnly Date, DateTimeOffset RegisteredAt, Guid Entry)
{
    public string Written => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Date.DayNumber}|{RegisteredAt.UtcTicks}|{Entry:N}")));

    public static DiaryCursor? Read(string written)
    {
        try
        {
            var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(written)).Split('|');
            return parts.Length == 3 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var day) && day <= DateOnly.MaxValue.DayNumber
                && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTime.MaxValue.Ticks && Guid.TryParseExact(parts[2], "N", out var entry)
                ? new(DateOnly.FromDayNumber(day), new(ticks, TimeSpan.Zero), entry)
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}

/// <summary>The internal diary: <c>GET /api/v1/diary</c> and <c>GET /api/v1/diary/{diaryNumber}</c>, the number with any dash.</summary>
public sealed class DiaryViews(Databases databases)
{
    private const int Exact = 1000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/diary", async (HttpRequest request, Caller caller, DiaryViews diary, RecordViewFreshness freshness, CancellationToken ct) =>
        {
            var (search, refused) = DiarySearch.Parse(request.Query);
            refused ??= await freshness.Reach(request, ct);
            return refused is null ? TypedResults.Ok(await diary.Find(search!, caller, ct)) : (IResult)Problems.Refused(refused);
        }).WithName("get-diary");
        routes.MapGet("/api/v1/diary/{*diaryNumber}", async (string diaryNumber, HttpRequest request, Caller caller, DiaryViews diary, RecordViewFreshness freshness, CancellationToken ct) =>
        {
            if (await freshness.Reach(request, ct) is { } early) return Problems.Refused(early);
            var cases = await diary.ByNumber(Written(diaryNumber), caller, ct);
            return cases.Count == 0
                ? Problems.Refused(Refusal.Unknown("diary-number", "Numret finns inte i de diarier du får läsa."))
                : cases is [var one] ? (IResult)TypedResults.Ok(one) : TypedResults.Ok(new { items = cases });
        }).WithName("get-diary-number");
    }

    /// <summary>A slash in the number arrives as it is or as %2F.</summary>
    public static string Written(string fromAddress) => fromAddress.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    public async Task<DiaryPage> Find(DiarySearch search, Caller caller, CancellationToken ct)
    {
        var sight = RecordViewSight.Of(databases, caller);
        var count = new SqlText();
        count.Add($"select count(*)::int from (select {From(search, sight, count)} limit {count.Value(Exact + 1)}) found");
        await using var counted = count.Command(sight.Db);
        var total = (int)(await counted.ExecuteScalarAsync(ct))!;

        var page = new SqlText();
        var from = From(search, sight, page);
        if (search.After is { } after)
            from += $" and (p.diary_date, p.registered_at, p.entry_id) < ({page.Value(after.Date)}, {page.Value(after.RegisteredAt.ToUniversalTime())}, {page.Value(after.Entry)})";
        page.Add($"select {Line} {from} order by p.diary_date desc, p.registered_at desc, p.entry_id desc limit {page.Value(search.Limit + 1)}");
        var items = await Lines(page, sight.Db, ct);
        string? next = null;
        if (items.Count > search.Limit)
        {
            items.RemoveAt(search.Limit);
            next = new DiaryCursor(items[^1].Date, items[^1].RegisteredAt, items[^1].EntryId).Written;
        }

        return new(items, next, new(Math.Min(total, Exact), total > Exact ? "atLeast" : "exact"));
    }

    /// <summary>The facts of a record's entry, as far as the caller may know of them.</summary>
    public async Task<DiaryEntryFacts?> FactsOf(Guid record, Caller caller, CancellationToken ct)
    {
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        sql.Add($"select d.diary_number, d.document_number, d.diary_date, d.direction, d.sender, d.subject from {sight.Diary} d where d.record_id = {sql.Value(record)} and {sight.Allows(sql, "d")}");
        await using var query = sql.Command(sight.Db);
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? new(row.GetString(0), row.GetInt32(1), row.GetFieldValue<DateOnly>(2), row.GetString(3), row.Text(4), row.Text(5)) : null;
    }

    /// <summary>The cases a number belongs to, whatever dash or space it was typed with; of a document's number only that document.</summary>
    public async Task<IReadOnlyList<DiaryCase>> ByNumber(string typed, Caller caller, CancellationToken ct)
    {
        if (!DiaryNumberKey.MayBe(typed)) return [];
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        sql.Add($"select {Line} {Joined(sight, sql)} where {Staff(sight, sql)} and {SearchRecords.Number(sql, typed, "p")} order by p.diary_number, p.document_number limit 1000");
        var lines = await Lines(sql, sight.Db, ct);
        if (lines.Count == 0) return [];

        var titles = new SqlText();
        titles.Add($"select c.case_id, c.title, c.class_code, c.opened_at from {sight.Cases} c where c.case_id = any ({titles.Value(lines.Select(l => l.CaseId).Distinct().ToArray())}) and {sight.Allows(titles, "c")}");
        var known = new Dictionary<Guid, (string? Title, string ClassCode, DateTimeOffset OpenedAt)>();
        await using var query = titles.Command(sight.Db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) known[rows.GetGuid(0)] = (rows.Text(1), rows.GetString(2), rows.GetFieldValue<DateTimeOffset>(3));
        return
        [
            .. lines.GroupBy(l => l.CaseId).Select(of => known.TryGetValue(of.Key, out var title)
                ? new DiaryCase(of.Key, of.First().DiaryNumber, of.First().Authority, title.Title, false, title.ClassCode, title.OpenedAt, [.. of])
                : new DiaryCase(of.Key, of.First().DiaryNumber, of.First().Authority, null, true, null, null, [.. of])),
        ];
    }

    /// <summary>The documents of a case by number, each with as much as the caller may know.</summary>
    public async Task<IReadOnlyDictionary<int, DiaryLine>> OfCase(Guid caseId, Caller caller, CancellationToken ct)
    {
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        sql.Add($"select {Line} {Joined(sight, sql)} where {Staff(sight, sql)} and p.case_id = {sql.Value(caseId)} order by p.document_number limit 1000");
        return (await Lines(sql, sight.Db, ct)).ToDictionary(l => l.DocumentNumber);
    }

    private const string Line = """
        p.diary_number, p.document_number, p.diary_date, p.registered_at, p.direction, d.sender, d.subject, d.entry_id is null, coalesce(d.destroyed, false), d.record_id,
        p.case_id, a.code, d.record_type, d.platform, d.external_system, d.wall, p.entry_id
        """;

    /// <summary>Every entry stands in the public table with its number and date; the rest comes from where this reader may look.</summary>
    private static string Joined(RecordViewSight sight, SqlText sql) => $"""
        from views.diary_public p join archive.authorities a using (authority_id)
        left join {sight.Diary} d on d.entry_id = p.entry_id and {sight.Allows(sql, "d")}
        """;

    private static string Staff(RecordViewSight sight, SqlText sql) => sight.StaffOf(sql, "p");

    private static string From(DiarySearch search, RecordViewSight sight, SqlText sql)
    {
        var all = new List<string> { Staff(sight, sql) };
        if (search.Authority is { } authority) all.Add($"a.code = {sql.Value(authority.ToUpperInvariant())}");
        if (search.From is { } from) all.Add($"p.diary_date >= {sql.Value(from)}");
        if (search.To is { } to) all.Add($"p.diary_date <= {sql.Value(to)}");
        if (search.Q is { } q)
        {
            var words = sql.Value(q);
            var found = $"select f.entry_id from {sight.Diary} f where {sight.Allows(sql, "f")} and f.search @@ views.asked({words})";
            if (DiaryNumberKey.MayBe(q)) found += $" union select n.entry_id from views.diary_public n where {SearchRecords.Number(sql, q, "n")}";
            all.Add($"p.entry_id in ({found})");
        }

        return $"{Joined(sight, sql)} where {string.Join(" and ", all)}";
    }

    private static async Task<List<DiaryLine>> Lines(SqlText sql, NpgsqlDataSource db, CancellationToken ct)
    {
        await using var query = sql.Command(db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var lines = new List<DiaryLine>();
        while (await rows.ReadAsync(ct))
        {
            lines.Add(new(
                rows.GetString(0), rows.GetInt32(1), rows.GetFieldValue<DateOnly>(2), rows.GetFieldValue<DateTimeOffset>(3), rows.GetString(4), rows.Text(5),
                rows.Text(6), rows.GetBoolean(7), rows.GetBoolean(8), rows.GetFieldValue<Guid?>(9), rows.GetGuid(10), rows.GetString(11),
                rows.Text(12), rows.Text(13), rows.Text(14), rows.Text(15))
            {
                EntryId = rows.GetGuid(16),
            });
        }

        return lines;
    }
}
