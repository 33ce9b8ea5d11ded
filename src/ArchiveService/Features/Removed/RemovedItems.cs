using System.Globalization;
using System.Text;
using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Search;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Removed;

/// <summary>What the list is narrowed to.</summary>
public sealed record RemovedSearch(string? Authority = null, string? Act = null, string? Ground = null, DateOnly? From = null, DateOnly? To = null, string? State = null)
{
    public static IReadOnlyDictionary<string, string> Acts { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["item_hidden"] = "Dold",
        ["item_unpublished"] = "Avpublicerad",
        ["item_deleted_from_channel"] = "Raderad i kanalen",
    };

    public static IReadOnlyDictionary<string, string> States { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["down"] = "Fortfarande nedtaget",
        ["restored"] = "Återställt",
        ["unconfirmed"] = "Nödåtgärd som inte är prövad",
        ["untold"] = "Avsändaren har inte fått besked",
        ["locked"] = "Låst innehåll",
    };

    public static (RemovedSearch? Search, Refusal? Refused) Parse(IQueryCollection query)
    {
        var (from, to) = (Day(query["from"]), Day(query["to"]));
        if (from.Wrong) return (null, BadParameter.Of("from", "from ska vara en dag, som 2026-11-20."));
        if (to.Wrong) return (null, BadParameter.Of("to", "to ska vara en dag, som 2026-11-20."));
        var search = new RemovedSearch(Said(query["authority"]), Said(query["act"]), Said(query["ground"]), from.Value, to.Value, Said(query["state"]));
        if (search.Act is { } act && !Acts.ContainsKey(act)) return (null, BadParameter.Of("act", $"act ska vara en av {string.Join(", ", Acts.Keys)}."));
        if (search.State is { } state && !States.ContainsKey(state)) return (null, BadParameter.Of("state", $"state ska vara en av {string.Join(", ", States.Keys)}."));
        return search.Ground is { } ground && !PolicyKeys.Grounds.ContainsKey(ground)
            ? (null, BadParameter.Of("ground", $"ground ska vara en av {string.Join(", ", PolicyKeys.Grounds.Keys.Order(StringComparer.Ordinal))}."))
            : (search, null);
    }

    private static string? Said(string? value) => string.IsNullOrWhiteSpace(value) || value.Length > 100 ? null : value.Trim();

    private static (DateOnly? Value, bool Wrong) Day(string? value) =>
        string.IsNullOrWhiteSpace(value) ? (null, false)
        : DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? (day, false) : (null, true);
}

/// <summary>Something the authority took down. Behind a wall its motivation is read by opening the record: that reading is noted.</summary>
public sealed record RemovedItem(
    Guid Record, string Act, DateTimeOffset At, Guid? By, string? ByName, IReadOnlyList<string> Grounds, bool Emergency, string? Motivation, string? LegalReference, string Platform, string? Channel,
    string Authority, string? DiaryNumber, int? DocumentNumber, string Access, bool Restored, bool Unconfirmed, bool SenderTold, bool? ViewpointNeutral, bool Locked);

/// <summary><c>/borttaget</c>, <c>/borttaget.csv</c> and <c>GET /api/v1/removed</c>: the list of what was removed, with the motivation (H-25, domain §6).</summary>
public sealed class RemovedItems(Databases databases)
{
    public const int Most = 200;

    private const int MostInFile = 10_000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/removed", async (HttpRequest request, Caller caller, RemovedItems removed, RecordViewFreshness freshness, CancellationToken ct) =>
        {
            if (await freshness.Reach(request, ct) is { } early) return Problems.Refused(early);
            var (search, refused) = RemovedSearch.Parse(request.Query);
            if (refused is not null) return Problems.Refused(refused);
            var (items, more) = await removed.Find(search!, caller, Most, ct);
            return (IResult)TypedResults.Ok(new { items, more });
        }).WithName("get-removed");
        routes.MapGet("/borttaget.csv", async (HttpRequest request, HttpResponse response, Caller caller, RemovedItems removed, CancellationToken ct) =>
        {
            var (search, refused) = RemovedSearch.Parse(request.Query);
            if (refused is not null) return Problems.Refused(refused);
            response.Headers.CacheControl = "private, no-store";
            return (IResult)TypedResults.File(Encoding.UTF8.GetPreamble().Concat(Encoding.UTF8.GetBytes(Csv((await removed.Find(search!, caller, MostInFile, ct)).Items))).ToArray(), "text/csv; charset=utf-8", "borttaget.csv");
        }).WithName("removed-csv");
    }

    public async Task<(IReadOnlyList<RemovedItem> Items, bool More)> Find(RemovedSearch search, Caller caller, int most, CancellationToken ct)
    {
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        const string ViewpointPath = "'{decision,basis,viewpointNeutral}'";
        const string Back = "exists (select from acts b where b.record_id = a.record_id and b.name = 'item_restored' and b.acted_by = 'authority' and b.seq > a.seq)";
        const string Told = "(coalesce(a.facts #>> '{decision,senderNotified}', '') = 'true' or exists (select from acts b where b.record_id = a.record_id and b.name = 'notice_sent' and b.seq > a.seq))";
        const string Unconfirmed = "(coalesce(a.emergency, false) and not exists (select from acts b where b.record_id = a.record_id and b.name = 'emergency_confirmed' and b.seq > a.seq))";
        var all = new List<string> { sight.Allows(sql, "r"), "a.acted_by = 'authority'", "cardinality(a.grounds) > 0", "a.name in ('item_hidden', 'item_unpublished', 'item_deleted_from_channel')" };
        if (search.Authority is { } authority) all.Add($"u.code = {sql.Value(authority.ToUpperInvariant())}");
        if (search.Act is { } act) all.Add($"a.name = {sql.Value(act)}");
        if (search.Ground is { } ground) all.Add($"{sql.Value(ground)} = any (a.grounds)");
        if (search.From is { } from) all.Add($"archive.swedish_date(a.recorded_at) >= {sql.Value(from)}");
        if (search.To is { } to) all.Add($"archive.swedish_date(a.recorded_at) <= {sql.Value(to)}");
        all.Add(search.State switch { "down" => $"not {Back}", "restored" => Back, "unconfirmed" => Unconfirmed, "untold" => $"not {Told}", "locked" => "r.locked", _ => "true" });
        sql.Add($"""
            select a.record_id, a.name, a.recorded_at, a.actor_id, p.name, a.grounds, coalesce(a.emergency, false), case when r.wall = 'open' then a.motivation end,
                   case when r.wall = 'open' then a.legal_reference end, r.platform, c.handle, u.code, r.diary_number, r.document_number, r.wall, {Back}, {Unconfirmed}, {Told},
                   (a.facts #>> {ViewpointPath})::boolean, r.locked
            from {sight.Acts} a
            join {sight.Records} r on r.record_id = a.record_id
            join archive.authorities u on u.authority_id = r.authority_id
            left join views.channel_register c on c.channel_id = r.channel_id
            left join views.persons p on p.person_id = a.actor_id
            where {string.Join(" and ", all)}
            order by a.recorded_at desc, a.event_id limit {sql.Value(most + 1)}
            """.Replace("from acts b", $"from {sight.Acts} b", StringComparison.Ordinal));
        await using var query = sql.Command(sight.Db);
        await using var row = await query.ExecuteReaderAsync(ct);
        var items = new List<RemovedItem>();
        while (await row.ReadAsync(ct))
        {
            items.Add(new(
                row.GetGuid(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2), row.GetFieldValue<Guid?>(3), row.Text(4), row.GetFieldValue<string[]>(5), row.GetBoolean(6), row.Text(7), row.Text(8),
                row.GetString(9), row.Text(10), row.GetString(11), row.Text(12), row.GetFieldValue<int?>(13), row.GetString(14), row.GetBoolean(15), row.GetBoolean(16), row.GetBoolean(17),
                row.GetFieldValue<bool?>(18), row.GetBoolean(19)));
        }

        var more = items.Count > most;
        if (more) items.RemoveAt(most);
        return (items, more);
    }

    public static string Csv(IEnumerable<RemovedItem> items)
    {
        var text = new StringBuilder("Datum;Myndighet;Plattform;Kanal;Åtgärd;Grund;Motivering;Lagrum;Beslutat av;Nödåtgärd;Motsatt åsikt;Avsändaren underrättad;Återställt;Diarienummer;Handling\r\n");
        foreach (var item in items)
        {
            string[] cells =
            [
                Swedish.DateAndClock(item.At).Replace('\u00a0', ' '), item.Authority, RecordViewWords.Platform(item.Platform), item.Channel ?? "", RemovedSearch.Acts[item.Act],
                string.Join(", ", item.Grounds.Select(RecordViewWords.Ground)), item.Motivation ?? (item.Access == "open" ? "" : "läses i handlingen"), item.LegalReference ?? "", item.ByName ?? "",
                item.Emergency ? "ja" : "nej", Viewpoint(item.ViewpointNeutral), item.SenderTold ? "ja" : "nej", item.Restored ? "ja" : "nej",
                item.DiaryNumber is { } number ? RecordViewWords.DocumentNumber(number, item.DocumentNumber) : "", item.Record.ToString("D"),
            ];
            text.AppendJoin(';', cells.Select(CsvText.Cell)).Append("\r\n");
        }

        return text.ToString();
    }

    /// <summary>What nobody answered is shown as that.</summary>
    public static string Viewpoint(bool? neutral) => neutral switch { true => "skulle tas ned ändå", false => "saknar betydelse för grunden", null => "inte besvarad" };
}
