using System.Buffers.Text;
using System.Globalization;
using System.Text;
using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Search;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
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

    /// <summary>record; or note, decision, appeal: a document the case has of its own, which is opened in the case.</summary>
    public string Kind { get; init; } = DiaryKinds.Record;

    /// <summary>Where the reader opens it; nowhere what is kept apart.</summary>
    internal string? Href => RecordId is { } record ? $"/handlingar/{record:D}" : Kind != DiaryKinds.Record && !Withheld ? $"/arenden/{CaseId:D}#handling-{DocumentNumber}" : null;

    /// <summary>What became of the entry: never overwritten, never taken away (arkivförordningen 3 §).</summary>
    public required EntryFate Fate { get; init; }

    /// <summary>Every version of the entry, for one number at a time.</summary>
    public IReadOnlyList<RegistrationVersion>? Versions { get; init; }
}

/// <summary>What kind of document an entry is of; its kind is as open as its number (OSL 5:2).</summary>
internal static class DiaryKinds
{
    public const string Record = "record";

    /// <summary>Null for a record, which says what it is itself.</summary>
    public static string? Said(string kind) => kind switch
    {
        "note" => "Tjänsteanteckning",
        "decision" => "Beslut",
        "appeal" => "Överklagande på papper",
        "protocol" => "Gallringsprotokoll",
        _ => null,
    };
}

/// <summary>
/// What became of an entry of the diary: where the document was transferred to or from, how often the entry was put right, which dates stood
/// there before, and whether the number has been voided (utgår).
/// </summary>
public sealed record EntryFate(string? TransferredTo, string? TransferredFrom, int Corrections, IReadOnlyList<DateOnly> EarlierDates, bool Voided)
{
    /// <summary>For the columns that <see cref="Columns"/> gives, from <paramref name="at"/> on.</summary>
    internal static EntryFate Read(NpgsqlDataReader row, int at) => new(
        row.IsDBNull(at) ? null : RecordViewWords.DocumentNumber(row.GetString(at), row.GetInt32(at + 1)),
        row.IsDBNull(at + 2) ? null : RecordViewWords.DocumentNumber(row.GetString(at + 2), row.GetInt32(at + 3)),
        row.GetInt32(at + 4), [.. row.GetFieldValue<DateTime[]>(at + 5).Select(t => Swedish.Day(new(t, TimeSpan.Zero))).Distinct()], row.GetBoolean(at + 6))
    {
        DateCorrections = row.GetFieldValue<DateTime[]>(at + 5).Length,
    };

    internal const string Columns = """
        t.to_number, t.to_document_number, f.from_number, f.document_number,
        (select count(*)::int from archive.diary_corrections k where k.case_id = p.case_id and k.document_number = p.document_number),
        array(select k.received_before from archive.diary_corrections k where k.case_id = p.case_id and k.document_number = p.document_number and k.received_before <> k.received_after order by k.correction),
        exists (select from archive.voided_numbers v where v.case_id = p.case_id)
        """;

    internal const string Joins = """
        left join archive.diary_transfers t on t.case_id = p.case_id and t.document_number = p.document_number
        left join archive.diary_transfers f on f.to_case_id = p.case_id and f.to_document_number = p.document_number
        """;

    /// <summary>How many of the corrections changed the date.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int DateCorrections { get; init; }

    /// <summary>What is left where sender and matter are withheld: how often those were put right tells of them, how often the date was does not (OSL 5:2).</summary>
    public EntryFate Known(bool withheld) => withheld ? this with { Corrections = DateCorrections } : this;

    /// <summary>In words, for the page.</summary>
    internal IEnumerable<string> Said()
    {
        if (TransferredTo is not null) yield return $"Utgår: överförd till {TransferredTo}";
        if (TransferredFrom is not null) yield return $"Överförd från {TransferredFrom}";
        if (Voided) yield return "Numret har utgått";
        if (Corrections > 0) yield return Corrections == 1 ? "Rättad" : $"Rättad {Corrections} gånger";
        if (EarlierDates.Count > 0) yield return $"Tidigare datum: {string.Join(", ", EarlierDates.Select(PageParts.Swedish.Date))}";
    }
}

/// <summary>A number that is nobody's (utgår). <paramref name="Why"/> is <c>void</c>, or <c>resumed</c> for one lost in a restore (återläsning).</summary>
public sealed record VoidedNumber(string DiaryNumber, string Authority, DateTimeOffset VoidedAt, string Why)
{
    internal string Said => Why == "resumed" ? "utgår (återläsning)" : "utgår";

    /// <summary>The newest of what a search of the diary asks for; numbers and dates are open to all.</summary>
    internal static async Task<IReadOnlyList<VoidedNumber>> Find(NpgsqlDataSource db, DiarySearch search, Func<SqlText, string> among, CancellationToken ct)
    {
        if (search.After is not null) return [];
        var sql = new SqlText();
        var all = new List<string> { among(sql) };
        if (search.Authority is { } authority) all.Add($"a.code = {sql.Value(authority.ToUpperInvariant())}");
        if (search.From is { } from) all.Add($"v.voided_at >= {sql.Value(from)}::date::timestamp at time zone 'Europe/Stockholm'");
        if (search.To is { } to) all.Add($"v.voided_at < ({sql.Value(to)}::date + 1)::timestamp at time zone 'Europe/Stockholm'");
        if (search.Q is { } q)
        {
            if (!DiaryNumberKey.MayBe(q)) return [];
            all.Add(Number(sql, q));
        }

        sql.Add($"select v.diary_number, a.code, v.voided_at, v.why from archive.voided_numbers v join archive.authorities a using (authority_id) where {string.Join(" and ", all)}")
            .Add("order by v.voided_at desc, v.series_id, v.year desc, v.number desc limit 200");
        await using var query = sql.Command(db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<VoidedNumber>();
        while (await rows.ReadAsync(ct)) found.Add(new(rows.GetString(0), rows.GetString(1), rows.GetFieldValue<DateTimeOffset>(2), rows.GetString(3)));
        return found;
    }

    /// <summary>A skipped number has no class code; whoever holds its paper types one.</summary>
    private static string Number(SqlText sql, string typed)
    {
        var key = DiaryNumberKey.Of(typed);
        var keys = Enumerable.Range(1, key.Length).Where(n => n == key.Length || key[n] is ' ' or '-').Select(n => key[..n]).ToArray();
        return $"(v.folded_number = any ({sql.Value(keys)}) or v.folded_number like {sql.Value(SearchRecords.Like(key) + " %")})";
    }
}

public sealed record DiaryPage(IReadOnlyList<DiaryLine> Items, string? Next, Total Total, IReadOnlyList<VoidedNumber> Voided);

/// <summary>The four facts of a record's entry (OSL 5:2).</summary>
/// <param name="PublicSubject">What the public diary shows instead of the subject, where the registration gave it.</param>
public sealed record DiaryEntryFacts(string DiaryNumber, int DocumentNumber, DateOnly Date, string Direction, string? Sender, string? Subject, string? PublicSubject = null)
{
    /// <summary>What the public diary would say it concerns.</summary>
    public string? ShownSubject => PublicSubject ?? Subject;

    /// <summary>Which no public diary shows.</summary>
    public bool HoldsPersonalNumber => SecrecyHints.Any(Sender) || SecrecyHints.Any(ShownSubject);
}

/// <summary>A case as the diary shows it.</summary>
/// <param name="CaseId">Absent for a number that was skipped: no case has it.</param>
public sealed record DiaryCase(Guid? CaseId, string DiaryNumber, string Authority, string? Title, bool Withheld, string? ClassCode, DateTimeOffset? OpenedAt, IReadOnlyList<DiaryLine> Documents)
{
    /// <summary>Numbers it had before, or has in another system.</summary>
    public IReadOnlyList<string> AlternateIds { get; init; } = [];

    /// <summary>Set when the number has been voided (utgår).</summary>
    public VoidedNumber? Voided { get; init; }
}

/// <summary>What of the diary is asked for.</summary>
public sealed record DiarySearch(string? Authority, DateOnly? From, DateOnly? To, string? Q, DiaryCursor? After, int Limit)
{
    /// <summary>Only what came in, or only what was drawn up.</summary>
    public string? Direction { get; init; }

    /// <summary>The days are those something came in, was drawn up or was registered: what is registered late stands in some day's list too.</summary>
    public bool OrRegistered { get; init; }

    /// <summary>What the days and the direction ask of a row of the diary.</summary>
    internal IEnumerable<string> Narrowed(SqlText sql, string row)
    {
        if (Direction is { } direction) yield return $"{row}.direction = {sql.Value(direction)}";
        var dated = new List<string>();
        if (From is { } from) dated.Add($"{row}.diary_date >= {sql.Value(from)}");
        if (To is { } to) dated.Add($"{row}.diary_date <= {sql.Value(to)}");
        if (dated.Count == 0) yield break;
        if (!OrRegistered)
        {
            yield return string.Join(" and ", dated);
            yield break;
        }

        var registered = new List<string>();
        if (From is { } first) registered.Add($"{row}.registered_at >= {sql.Value(Swedish.StartOf(first).ToUniversalTime())}");
        if (To is { } last) registered.Add($"{row}.registered_at < {sql.Value(Swedish.StartOf(last.AddDays(1)).ToUniversalTime())}");
        yield return $"({string.Join(" and ", dated)} or {string.Join(" and ", registered)})";
    }

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
public sealed class DiaryViews(Databases databases, SealedLog log, AuthorityRegister authorities, Cases.CaseNumbers numbers)
{
    private const int Exact = 1000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/diary", async (HttpRequest request, Caller caller, DiaryViews diary, SearchLog log, RecordViewFreshness freshness, CancellationToken ct) =>
        {
            var (search, refused) = DiarySearch.Parse(request.Query);
            refused ??= await freshness.Reach(request, ct);
            if (refused is not null) return Problems.Refused(refused);
            var found = await diary.Find(search!, caller, ct);
            await log.Note(caller, SearchLog.Diary, search!.Q, search.After is null, found.Total.Value, ct);
            return (IResult)TypedResults.Ok(found);
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

        return new(items, next, new(Math.Min(total, Exact), total > Exact ? "atLeast" : "exact"), await VoidedNumber.Find(sight.Db, search, sql => sight.StaffOf(sql, "v"), ct));
    }

    /// <summary>The facts of a record's entry, as far as the caller may know of them.</summary>
    public async Task<DiaryEntryFacts?> FactsOf(Guid record, Caller caller, CancellationToken ct)
    {
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        sql.Add($"select d.diary_number, d.document_number, d.diary_date, d.direction, d.sender, d.subject, d.public_subject from {sight.Diary} d where d.record_id = {sql.Value(record)} and {sight.Allows(sql, "d")} order by d.seq desc limit 1");
        await using var query = sql.Command(sight.Db);
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? new(row.GetString(0), row.GetInt32(1), row.GetFieldValue<DateOnly>(2), row.GetString(3), row.Text(4), row.Text(5), row.Text(6)) : null;
    }

    /// <summary>The cases a number belongs to, whatever dash or space it was typed with; of a document's number only that document.</summary>
    public async Task<IReadOnlyList<DiaryCase>> ByNumber(string typed, Caller caller, CancellationToken ct)
    {
        if (!DiaryNumberKey.MayBe(typed)) return [];
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        sql.Add($"select {Line} {Joined(sight, sql)} where {Staff(sight, sql)} and {SearchRecords.Number(sql, typed, "p")} order by p.diary_number, p.document_number limit 1000");
        var lines = await Lines(sql, sight.Db, ct);
        var voided = await VoidedNumber.Find(sight.Db, new(null, null, null, typed, null, 1), v => sight.StaffOf(v, "v"), ct);
        if (lines.Count == 0) lines = await Read(typed, caller, sight, ct);
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i] is { RecordId: { } record, Withheld: false, Fate: { Corrections: > 0 } or { TransferredTo: not null } or { TransferredFrom: not null } })
                lines[i] = lines[i] with { Versions = await RegistrationVersion.Read(record, caller, log, ct) };
        }

        if (lines.Count == 0) return [.. voided.Select(v => new DiaryCase(null, v.DiaryNumber, v.Authority, null, false, null, null, []) { Voided = v })];

        var alternates = await Alternates(sight.Db, [.. lines.Select(l => l.CaseId).Distinct()], ct);
        var titles = new SqlText();
        titles.Add($"select c.case_id, c.title, c.class_code, c.opened_at from {sight.Cases} c where c.case_id = any ({titles.Value(lines.Select(l => l.CaseId).Distinct().ToArray())}) and {sight.Allows(titles, "c")}");
        var known = new Dictionary<Guid, (string? Title, string ClassCode, DateTimeOffset OpenedAt)>();
        await using var query = titles.Command(sight.Db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) known[rows.GetGuid(0)] = (rows.Text(1), rows.GetString(2), rows.GetFieldValue<DateTimeOffset>(3));
        return
        [
            .. lines.GroupBy(l => l.CaseId).Select(of => (known.TryGetValue(of.Key, out var title)
                ? new DiaryCase(of.Key, of.First().DiaryNumber, of.First().Authority, title.Title, false, title.ClassCode, title.OpenedAt, [.. of])
                : new DiaryCase(of.Key, of.First().DiaryNumber, of.First().Authority, null, true, null, null, [.. of])) with
            {
                AlternateIds = [.. alternates.Where(a => a.Case == of.Key).Select(a => a.Number)],
                Voided = voided.FirstOrDefault(v => v.DiaryNumber == of.First().DiaryNumber && v.Authority == of.First().Authority),
            }),
        ];
    }

    /// <summary>A number typed as nobody writes it, without its zeros or its class: read by the templates of the series.</summary>
    private async Task<List<DiaryLine>> Read(string typed, Caller caller, RecordViewSight sight, CancellationToken ct)
    {
        var cases = new List<Guid>();
        foreach (var authority in await authorities.All(ct))
        {
            if (caller.IsStaffOf(authority.Id) && await numbers.Find(authority, typed, ct) is { } id) cases.Add(id);
        }

        if (cases.Count == 0) return [];
        var sql = new SqlText();
        sql.Add($"select {Line} {Joined(sight, sql)} where {Staff(sight, sql)} and p.case_id = any ({sql.Value(cases.ToArray())}) order by p.diary_number, p.document_number limit 1000");
        return await Lines(sql, sight.Db, ct);
    }

    private static async Task<List<(Guid Case, string Number)>> Alternates(NpgsqlDataSource db, Guid[] cases, CancellationToken ct)
    {
        await using var query = db.CreateCommand("select case_id, alternate from archive.case_alternates where case_id = any ($1) order by added_at, alternate");
        query.Parameters.Add(new() { Value = cases });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<(Guid, string)>();
        while (await rows.ReadAsync(ct)) found.Add((rows.GetGuid(0), rows.GetString(1)));
        return found;
    }

    /// <summary>The documents of a case by number, each with as much as the caller may know.</summary>
    public async Task<IReadOnlyDictionary<int, DiaryLine>> OfCase(Guid caseId, Caller caller, CancellationToken ct)
    {
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        sql.Add($"select {Line} {Joined(sight, sql)} where {Staff(sight, sql)} and p.case_id = {sql.Value(caseId)} order by p.document_number limit 1000");
        return (await Lines(sql, sight.Db, ct)).ToDictionary(l => l.DocumentNumber);
    }

    // A document that another authority took over is opened there (OSL 8:1).
    private const string Line = $"""
        p.diary_number, p.document_number, p.diary_date, p.registered_at, p.direction, coalesce(d.sender, o.counterpart), coalesce(d.subject, o.subject), d.entry_id is null and o.entry_id is null, coalesce(d.destroyed, o.destroyed, false),
        case when t.to_authority_id is null or t.to_authority_id = p.authority_id then d.record_id end,
        p.case_id, a.code, d.record_type, d.platform, d.external_system, coalesce(d.wall, o.wall), p.entry_id,
        {EntryFate.Columns}, p.kind
        """;

    /// <summary>
    /// Every entry stands in the public table with its number and date; the rest comes from where this reader may look. The notes of a case that is not closed are no entries for
    /// everybody yet (TF 2:12), but stand in the staff's diary.
    /// </summary>
    private static string Joined(RecordViewSight sight, SqlText sql) => $"""
        from (
          select entry_id, authority_id, case_id, diary_number, document_number, direction, diary_date, registered_at, number_key, kind from views.diary_public
          union all
          select w.entry_id, w.authority_id, w.case_id, c.diary_number, w.document_number, w.direction, w.diary_date, w.registered_at, c.folded_number, w.kind
          from archive.case_documents w join archive.cases c using (case_id) where not w.entered
        ) p join archive.authorities a using (authority_id)
        left join {sight.Diary} d on d.entry_id = p.entry_id and {sight.Allows(sql, "d")}
        left join {sight.CaseDocuments} o on p.kind <> 'record' and o.entry_id = p.entry_id and {sight.AllowsCaseDocument(sql, "o")}
        {EntryFate.Joins}
        """;

    private static string Staff(RecordViewSight sight, SqlText sql) => sight.StaffOf(sql, "p");

    private static string From(DiarySearch search, RecordViewSight sight, SqlText sql)
    {
        var all = new List<string> { Staff(sight, sql) };
        if (search.Authority is { } authority) all.Add($"p.authority_id = (select one.authority_id from archive.authorities one where one.code = {sql.Value(authority.ToUpperInvariant())})");
        all.AddRange(search.Narrowed(sql, "p"));
        if (search.Q is { } q)
        {
            var words = sql.Value(q);
            var found = $"select f.entry_id from {sight.Diary} f where {sight.Allows(sql, "f")} and f.search @@ views.asked({words})";

            found += $" union select g.entry_id from {sight.CaseDocuments} g where {sight.AllowsCaseDocument(sql, "g")} and g.search @@ views.asked({words})";

            // A thread registered as one document is found by everybody who wrote in it, as far as this reader may know of them.
            found += $"""
                 union select e.entry_id from {sight.Records} r join archive.thread_registrations t on t.record_id = r.record_id
                 join views.diary_public e on e.case_id = t.case_id and e.document_number = t.document_number
                 where r.sender_fold like '%' || {sql.Value(SearchRecords.Like(q.ToLowerInvariant()))} || '%' and {sight.Allows(sql, "r")}
                """;
            if (DiaryNumberKey.MayBe(q))
            {
                found += $" union select n.entry_id from views.diary_public n where {SearchRecords.Number(sql, q, "n")}";
                found += $" union select m.entry_id from (select w.entry_id, w.case_id, w.document_number, c.folded_number as number_key from archive.case_documents w join archive.cases c using (case_id) where not w.entered) m where {SearchRecords.Number(sql, q, "m")}";
            }

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
                Fate = EntryFate.Read(rows, 17).Known(rows.GetBoolean(7)),
                Kind = rows.GetString(24),
            });
        }

        return lines;
    }
}
