using System.Globalization;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Removed;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Public;

/// <summary>A line of the public log: no content, no names, no number by which a record could be found.</summary>
public sealed record PublicTakedown(string Authority, string AuthorityName, DateOnly Date, string Platform, string Act, IReadOnlyList<string> Grounds, bool Emergency, bool Restored);

public sealed record PublicMonth(string Authority, string Month, int Taken, int Restored);

/// <param name="Truncated">More was taken down than is listed; the months count all of it.</param>
public sealed record PublicTakedownYear(int Year, IReadOnlyList<PublicMonth> Months, IReadOnlyList<PublicTakedown> Items, bool Truncated);

/// <summary>
/// <c>/public/takedowns</c>: what the authorities took down in their channels, generated from the log. What is secret, not assessed, locked or taken down
/// for secrecy is neither listed nor counted: a count would tell that something of the kind exists, and when. So two archives that differ only in that
/// give the same answer, also in the order of the lines, which follows what the lines say.
/// </summary>
public sealed class PublicTakedowns(Databases databases, TimeProvider clock)
{
    private const int Most = 2000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/offentligt/nedtaget", (HttpRequest request) => TypedResults.LocalRedirect("~/public/takedowns" + request.QueryString)).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/public/takedowns.json", async (HttpRequest request, HttpResponse response, PublicTakedowns takedowns, CancellationToken ct) =>
        {
            PublicViews.NotForRobots(response);
            var (year, authority, refused) = takedowns.Parse(request.Query);
            return refused is null ? TypedResults.Ok(await takedowns.Of(year, authority, ct)) : (IResult)Problems.Refused(refused);
        }).AllowAnonymous().WithName("get-public-takedowns");
    }

    public int ThisYear => Swedish.Day(clock.GetUtcNow()).Year;

    public (int Year, string? Authority, Refusal? Refused) Parse(IQueryCollection query)
    {
        var authority = query["authority"].ToString().Trim();
        var asked = query["year"].ToString().Trim();
        if (asked.Length == 0) return (ThisYear, authority.Length is 0 or > 50 ? null : authority, null);
        return int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var year) && year is >= 2000 and <= 9998
            ? (year, authority.Length is 0 or > 50 ? null : authority, null)
            : (ThisYear, null, BadParameter.Of("year", "year ska vara ett år, som 2026."));
    }

    public async Task<PublicTakedownYear> Of(int year, string? authority, CancellationToken ct)
    {
        var months = await Months(year, authority, ct);
        var sql = new SqlText();
        sql.Add("select a.code, a.name, t.day, t.platform, t.act, t.grounds, coalesce(t.emergency, false), t.restored")
            .Add($"from {From(sql, year, authority)}")
            .Add($"order by t.day desc, a.code, t.platform, t.act, t.grounds, 7, t.restored limit {sql.Value(Most)}");
        await using var query = sql.Command(databases.Public);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var items = new List<PublicTakedown>();
        while (await rows.ReadAsync(ct))
        {
            items.Add(new(
                rows.GetString(0), rows.GetString(1), rows.GetFieldValue<DateOnly>(2), rows.GetString(3), Act(rows.GetString(4)),
                [.. rows.GetFieldValue<string[]>(5).Select(g => PolicyKeys.Grounds.GetValueOrDefault(g, g))], rows.GetBoolean(6), rows.GetBoolean(7)));
        }

        return new(year, months, items, months.Sum(m => m.Taken) > items.Count);
    }

    private async Task<IReadOnlyList<PublicMonth>> Months(int year, string? authority, CancellationToken ct)
    {
        var sql = new SqlText();
        sql.Add("select a.code, to_char(t.day, 'YYYY-MM'), count(*)::int, (count(*) filter (where t.restored))::int")
            .Add($"from {From(sql, year, authority)}").Add("group by 1, 2 order by 2 desc, 1");
        await using var query = sql.Command(databases.Public);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var months = new List<PublicMonth>();
        while (await rows.ReadAsync(ct)) months.Add(new(rows.GetString(0), rows.GetString(1), rows.GetInt32(2), rows.GetInt32(3)));
        return months;
    }

    private static string From(SqlText sql, int year, string? authority)
    {
        var from = $"views.takedowns_public t join archive.authorities a using (authority_id) where t.day >= {sql.Value(new DateOnly(year, 1, 1))} and t.day <= {sql.Value(new DateOnly(year, 12, 31))}";
        return authority is null ? from : $"{from} and a.code = {sql.Value(authority.ToUpperInvariant())}";
    }

    private static string Act(string name) => RemovedSearch.Acts[name].ToLowerInvariant();
}
