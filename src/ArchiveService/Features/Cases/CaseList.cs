using System.Globalization;
using System.Text;
using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Search;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Microsoft.Extensions.Primitives;

namespace ArchiveService.Features.Cases;

/// <summary>A case in a list. <paramref name="Withheld"/>: its title is kept apart from this reader (OSL 5:2).</summary>
public sealed record CaseListed(
    Guid Id, string DiaryNumber, string Authority, string? Title, bool Withheld, string ClassCode, DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt, DateOnly? ArchivedOn, Guid? OfficerId, string? Officer,
    DateOnly? OfficerSince, int OpenAppeals, int Documents);

/// <param name="State">open, closed, archived, or all.</param>
/// <param name="Officer">A person's id, <c>none</c> for cases nobody has, <c>me</c> for the reader's own.</param>
/// <param name="Appeals">Only those with an open appeal.</param>
public sealed record CaseSearch(string? Authority, string State, string? Officer, string? ClassCode, string? Q, bool Appeals, int Page)
{
    public const int PageSize = 50;

    public static (CaseSearch? Search, Refusal? Refused) Parse(IEnumerable<KeyValuePair<string, StringValues>> query)
    {
        CaseSearch search = new(null, "open", null, null, null, false, 1);
        foreach (var (name, values) in query)
        {
            var value = RecordViewText.Clean(values.ToString())?.Trim() ?? "";
            if (name is not ("authority" or "state" or "officer" or "class" or "q" or "appeals" or "page" or "after")) return (null, BadParameter.Of(name, $"Parametern {name} finns inte. Möjliga: authority, state, officer, class, q, appeals, page, after."));
            if (value.Length == 0 || name == "after") continue;
            if (value.Length > 300) return (null, BadParameter.Of(name, $"{name} får vara högst 300 tecken."));
            CaseSearch? next = name switch
            {
                "authority" => search with { Authority = value },
                "state" => value is "open" or "closed" or "archived" or "all" ? search with { State = value } : null,
                "officer" => value is "none" or "me" || Guid.TryParse(value, out _) ? search with { Officer = value } : null,
                "class" => search with { ClassCode = value },
                "q" => search with { Q = value },
                "appeals" => value is "true" or "false" ? search with { Appeals = value == "true" } : null,
                _ => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var page) && page is >= 1 and <= 200 ? search with { Page = page } : null,
            };
            if (next is null) return (null, BadParameter.Of(name, $"{name} går inte att läsa. state är open, closed, archived eller all; officer är en persons id, none eller me; page är 1–200."));
            search = next;
        }

        return (search, null);
    }
}

/// <summary>A case on the balanslista: open at the end of the day asked for, and whose it was then.</summary>
/// <param name="HalfYears">Whole half-years since it was opened.</param>
public sealed record BalanceLine(Guid Id, string DiaryNumber, string? Title, bool Withheld, DateOnly OpenedOn, int HalfYears, Guid? OfficerId, string? Officer, bool OpenAppeal)
{
    public string Age => AgeOf(HalfYears);

    public static string AgeOf(int halfYears) => halfYears switch
    {
        0 => "under ett halvår",
        1 => "ett halvår till ett år",
        2 => "ett år till ett och ett halvt",
        3 => "ett och ett halvt till två år",
        _ => "två år eller äldre",
    };
}

/// <summary>Open cases by officer and age (balanslista).</summary>
/// <param name="Opened">Opened during the half-year up to the day, and <paramref name="Closed"/> likewise.</param>
public sealed record Balance(string Authority, string AuthorityName, DateOnly On, IReadOnlyList<BalanceLine> Lines, int Opened, int Closed);

/// <summary>The lists of cases: <c>GET /api/v1/cases</c>, <c>GET /api/v1/authorities/{code}/balance</c> and <c>/arenden/balans.csv</c>.</summary>
public sealed class CaseLists(Databases databases, AuthorityRegister authorities, RecordReads reads, TimeProvider clock)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/cases", async (HttpRequest request, Caller caller, CaseLists lists, SearchLog log, RecordViewFreshness freshness, CancellationToken ct) =>
        {
            if (await freshness.Reach(request, ct) is { } early) return Problems.Refused(early);
            var (search, refused) = CaseSearch.Parse(request.Query);
            if (refused is not null) return Problems.Refused(refused);
            var (items, more) = await lists.Find(search!, caller, ct);
            await log.Note(caller, SearchLog.Case, search!.Q, search.Page == 1, items.Count, ct);
            return (IResult)TypedResults.Ok(new { items, more });
        }).WithName("get-cases");
        routes.MapGet("/api/v1/authorities/{code}/balance", async (string code, DateOnly? on, HttpRequest request, Caller caller, CaseLists lists, RecordViewFreshness freshness, CancellationToken ct) =>
            await freshness.Reach(request, ct) is { } early ? Problems.Refused(early)
            : await lists.Balance(code, on, caller, ct) is { } balance ? (IResult)TypedResults.Ok(balance) : Problems.Refused(NoAuthority)).WithName("get-balance");
        routes.MapGet("/arenden/balans.csv", async (string? authority, DateOnly? on, HttpResponse response, Caller caller, CaseLists lists, CancellationToken ct) =>
        {
            if (await lists.Balance(authority ?? "", on, caller.Reasoned(), ct) is not { } balance) return Problems.Refused(NoAuthority);
            response.Headers.CacheControl = "private, no-store";
            return (IResult)TypedResults.File(Encoding.UTF8.GetPreamble().Concat(Encoding.UTF8.GetBytes(Csv(balance))).ToArray(), "text/csv; charset=utf-8", $"balanslista-{balance.Authority.ToLowerInvariant()}-{Swedish.Date(balance.On)}.csv");
        }).WithName("balance-csv");
    }

    private static Refusal NoAuthority { get; } = Refusal.Unknown("authority", "Myndigheten finns inte, eller så får du inte se den.");

    public DateOnly Today => Swedish.Day(clock.GetUtcNow());

    public async Task<(IReadOnlyList<CaseListed> Items, bool More)> Find(CaseSearch search, Caller caller, CancellationToken ct)
    {
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        sql.Add("select c.case_id, c.diary_number, a.code, v.title, v.case_id is null, c.class_code, c.opened_at, c.closed_at, c.archived_on, c.officer_id, n.name, c.officer_since, c.open_appeals, c.last_document, v.wall")
            .Add("from archive.cases c join archive.authorities a using (authority_id) left join views.persons n on n.person_id = c.officer_id")
            .Add($"left join {sight.Cases} v on v.case_id = c.case_id and {sight.Allows(sql, "v")}");
        var all = new List<string> { sight.StaffOf(sql, "c") };
        if (search.Authority is { } authority) all.Add($"a.code = {sql.Value(authority.ToUpperInvariant())}");
        all.Add(search.State switch { "open" => "c.closed_at is null and c.voided_at is null", "closed" => "c.closed_at is not null", "archived" => "c.archived_on is not null", _ => "true" });
        if (search.Officer == "none") all.Add("c.officer_id is null");
        else if (search.Officer == "me" && caller.StandIns.Count > 0) all.Add($"(c.officer_id = {sql.Value(caller.PersonId)} or exists (select from unnest({sql.Value(caller.StandIns.Select(s => s.Authority).ToArray())}, {sql.Value(caller.StandIns.Select(s => s.Person).ToArray())}) s(authority_id, person_id) where s.authority_id = c.authority_id and s.person_id = c.officer_id))");
        else if (search.Officer is { } officer) all.Add($"c.officer_id = {sql.Value(officer == "me" ? caller.PersonId : Guid.Parse(officer))}");
        if (search.ClassCode is { } code) all.Add($"(c.class_code = {sql.Value(code)} or c.class_code like {sql.Value(SearchRecords.Like(code) + ".%")})");
        if (search.Appeals) all.Add("c.open_appeals > 0");

        // A title that is kept apart from the reader is no hit for them, whatever it says.
        if (search.Q is { } q) all.Add($"(v.title ilike {sql.Value("%" + SearchRecords.Like(q) + "%")} or c.folded_number = {sql.Value(Diary.DiaryNumberKey.MayBe(q) ? Diary.DiaryNumberKey.Of(q) : "")})");
        sql.Add($"where {string.Join(" and ", all)} order by c.opened_at desc, c.case_id desc limit {sql.Value(CaseSearch.PageSize + 1)} offset {sql.Value((search.Page - 1) * CaseSearch.PageSize)}");
        await using var query = sql.Command(sight.Db);
        await using var row = await query.ExecuteReaderAsync(ct);
        var items = new List<CaseListed>();
        var secret = new List<(Guid, string)>();
        while (await row.ReadAsync(ct))
        {
            items.Add(new(
                row.GetGuid(0), row.GetString(1), row.GetString(2), row.Text(3), row.GetBoolean(4), row.GetString(5), row.GetFieldValue<DateTimeOffset>(6), row.GetFieldValue<DateTimeOffset?>(7),
                row.GetFieldValue<DateOnly?>(8), row.GetFieldValue<Guid?>(9), row.Text(10), row.GetFieldValue<DateOnly?>(11), row.GetInt32(12), row.GetInt32(13)));
            if (items.Count <= CaseSearch.PageSize && row.Text(14) == RecordStates.Stored(Wall.Secret)) secret.Add((row.GetGuid(0), row.GetString(14)));
        }

        await reads.Note(caller, secret, ct);

        var more = items.Count > CaseSearch.PageSize;
        if (more) items.RemoveAt(CaseSearch.PageSize);
        return (items, more);
    }

    /// <summary>Null when the authority is unknown to the caller.</summary>
    public async Task<Balance?> Balance(string code, DateOnly? on, Caller caller, CancellationToken ct)
    {
        if (await authorities.Find(code, ct) is not { } authority || !caller.IsStaffOf(authority.Id)) return null;
        var day = on is { Year: >= 1900 and < 9000 } given ? given : Today;
        var end = Swedish.StartOf(day.AddDays(1)).ToUniversalTime();
        var half = Swedish.StartOf(day.AddMonths(-6).AddDays(1)).ToUniversalTime();
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        var until = sql.Value(end);

        // A case that gathers the year's gallringsprotokoll is nobody's matter to settle: it is not balance.
        // As it stood at the end of the day: closed by its last turn until then, and whose by the last time somebody got it.
        sql.Add("select c.case_id, c.diary_number, v.title, v.case_id is null, c.opened_at, o.officer_id, n.name, c.open_appeals > 0, v.wall")
            .Add("from archive.cases c")
            .Add($"left join {sight.Cases} v on v.case_id = c.case_id and {sight.Allows(sql, "v")}")
            .Add($"left join lateral (select t.kind from archive.case_turns t where t.case_id = c.case_id and t.at < {until} and t.kind in ('closed', 'reopened') order by t.version desc limit 1) l on true")
            .Add($"left join lateral (select t.officer_id from archive.case_turns t where t.case_id = c.case_id and t.at < {until} and t.kind = 'assigned' order by t.version desc limit 1) o on true")
            .Add("left join views.persons n on n.person_id = o.officer_id")
            .Add($"where c.authority_id = {sql.Value(authority.Id)} and c.opened_at < {until} and l.kind is distinct from 'closed' and c.collective is distinct from ('disposals-' || c.year) and (c.voided_at is null or c.voided_at >= {until})")
            .Add("order by n.name collate \"sv-x-icu\" nulls first, c.opened_at, c.case_id limit 20000");
        var lines = new List<BalanceLine>();
        var secret = new List<(Guid, string)>();
        await using (var query = sql.Command(sight.Db))
        {
            await using var row = await query.ExecuteReaderAsync(ct);
            while (await row.ReadAsync(ct))
            {
                var opened = Swedish.Day(row.GetFieldValue<DateTimeOffset>(4));
                lines.Add(new(row.GetGuid(0), row.GetString(1), row.Text(2), row.GetBoolean(3), opened, HalfYears(opened, day), row.GetFieldValue<Guid?>(5), row.Text(6), row.GetBoolean(7)));
                if (row.Text(8) == RecordStates.Stored(Wall.Secret)) secret.Add((row.GetGuid(0), row.GetString(8)));
            }
        }

        await reads.Note(caller, secret, ct);

        await using var counts = databases.Staff.CreateCommand("""
            select (select count(*)::int from archive.cases where authority_id = $1 and opened_at >= $2 and opened_at < $3),
                   (select count(*)::int from archive.case_turns t join archive.cases c using (case_id) where c.authority_id = $1 and t.kind = 'closed' and t.at >= $2 and t.at < $3)
            """);
        counts.Parameters.Add(new() { Value = authority.Id });
        counts.Parameters.Add(new() { Value = half });
        counts.Parameters.Add(new() { Value = end });
        await using var count = await counts.ExecuteReaderAsync(ct);
        await count.ReadAsync(ct);
        return new(authority.Code, authority.Name, day, lines, count.GetInt32(0), count.GetInt32(1));
    }

    /// <summary>Pure: whole half-years between two days.</summary>
    public static int HalfYears(DateOnly opened, DateOnly on)
    {
        var halves = 0;
        while (opened.AddMonths(6 * (halves + 1)) <= on) halves++;
        return halves;
    }

    /// <summary>Semicolons, as a Swedish spreadsheet opens it. A cell that a spreadsheet would take for a formula gets an apostrophe before it.</summary>
    public static string Csv(Balance balance)
    {
        var text = new StringBuilder("Handläggare;Diarienummer;Ärendemening;Öppnat;Ålder;Öppet överklagande\r\n");
        foreach (var line in balance.Lines)
        {
            string[] cells = [line.Officer ?? "ingen", line.DiaryNumber, line.Withheld ? "uppgift utelämnad" : line.Title ?? "", Swedish.Date(line.OpenedOn), line.Age, line.OpenAppeal ? "ja" : "nej"];
            text.AppendJoin(';', cells.Select(Cell)).Append("\r\n");
        }

        return text.ToString();
    }

    private static string Cell(string value)
    {
        if (value.Length > 0 && value[0] is '=' or '+' or '-' or '@' or '\t' or '\r') value = "'" + value;
        return value.AsSpan().ContainsAny(";\"\r\n") ? $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : value;
    }
}
