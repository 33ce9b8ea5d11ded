using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;
using ArchiveService.Features.Search;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Diary;

/// <summary>The internal diary: <c>GET /api/v1/diary</c> and <c>GET /api/v1/diary/{diaryNumber}</c>, the number with any dash.</summary>
public sealed class DiaryViews(Databases databases, SealedLog log, AuthorityRegister authorities, Cases.CaseNumbers numbers, RecordReads reads)
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

        await Note(items, caller, ct);
        return new(items, next, new(Math.Min(total, Exact), total > Exact ? "atLeast" : "exact"), await VoidedNumber.Find(sight.Db, search, sql => sight.StaffOf(sql, "v"), ct));
    }

    /// <summary>Whom and what a secret entry concerns is secret too: that it was read is noted, with why where that was said.</summary>
    private Task Note(IEnumerable<DiaryLine> lines, Caller caller, CancellationToken ct)
    {
        var secret = RecordStates.Stored(Wall.Secret);
        return reads.Note(caller, lines.Where(l => !l.Withheld && l.Access == secret).Select(l => (l.RecordId ?? l.EntryId, secret)).Distinct(), ct);
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

        await Note(lines, caller, ct);
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
