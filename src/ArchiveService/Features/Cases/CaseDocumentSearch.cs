using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Features.Search;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Cases;

/// <summary>A note, a decision or an appeal on paper that a search found, or that a number names. <paramref name="Withheld"/>: what it says is kept apart from the reader (OSL 5:2).</summary>
public sealed record FoundCaseDocument(
    Guid CaseId, string DiaryNumber, int DocumentNumber, string Kind, DateOnly Date, DateTimeOffset RegisteredAt, string Authority, string? Counterpart, string? Subject, string? Text, bool Withheld, string? Access);

/// <summary><c>GET /api/v1/case-documents</c>: the documents that cases have of their own, by words or number, for those who may read the case.</summary>
public sealed class CaseDocumentSearch(Databases databases, SearchLog log, RecordReads reads)
{
    public const int Most = 50;

    private const int LongestText = 300;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/case-documents", async (HttpRequest request, string? q, string? authority, string? kind, Caller caller, CaseDocumentSearch search, RecordViewFreshness freshness, CancellationToken ct) =>
        {
            if (await freshness.Reach(request, ct) is { } early) return Problems.Refused(early);
            if (RecordViewText.Clean(q)?.Trim() is not { Length: > 0 and <= 1000 } words) return Problems.Refused(BadParameter.Of("q", "Ange vad du söker: ord eller ett diarienummer, högst 1000 tecken."));
            if (kind is not (null or "" or "note" or "decision" or "appeal" or "protocol")) return Problems.Refused(BadParameter.Of("kind", "kind ska vara note, decision, appeal eller protocol."));
            var (items, more) = await search.Find(words, authority, kind, caller, ct);
            await search.Log(caller, words, authority, items.Count, ct);
            return (IResult)TypedResults.Ok(new { items, more });
        })
        .WithName("search-case-documents");

    private Task Log(Caller caller, string words, string? authority, int found, CancellationToken ct) => log.Note(caller, new RecordSearch { Q = words, Authority = authority }, found, ct);

    /// <summary>Newest first.</summary>
    public async Task<(IReadOnlyList<FoundCaseDocument> Items, bool More)> Find(string typed, string? authority, string? kind, Caller caller, CancellationToken ct)
    {
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        var words = sql.Value(typed);

        // By number everybody finds the number and the date, as in the diary; by words only what the reader may know of.
        var among = $"select f.case_id, f.document_number from {sight.CaseDocuments} f where {sight.AllowsCaseDocument(sql, "f")} and f.search @@ views.asked({words})";
        if (Diary.DiaryNumberKey.MayBe(typed))
            among += $" union select n.case_id, n.document_number from (select w.case_id, w.document_number, c.folded_number as number_key from archive.case_documents w join archive.cases c using (case_id)) n where {SearchRecords.Number(sql, typed, "n")}";
        sql.Add($"select p.case_id, c.diary_number, p.document_number, p.kind, p.diary_date, p.registered_at, a.code, k.counterpart, k.subject, case when k.wall = 'open' then left(k.content, {sql.Value(LongestText)}) end, k.entry_id is null, k.wall, p.entry_id")
            .Add("from archive.case_documents p join archive.cases c using (case_id) join archive.authorities a on a.authority_id = p.authority_id")
            .Add($"left join {sight.CaseDocuments} k on k.entry_id = p.entry_id and {sight.AllowsCaseDocument(sql, "k")}")
            .Add($"where {sight.StaffOf(sql, "p")} and (p.case_id, p.document_number) in ({among})");
        if (!string.IsNullOrWhiteSpace(authority)) sql.Add($"and a.code = {sql.Value(authority.Trim().ToUpperInvariant())}");
        if (!string.IsNullOrEmpty(kind)) sql.Add($"and p.kind = {sql.Value(kind)}");
        sql.Add($"order by p.diary_date desc, p.registered_at desc, p.entry_id limit {sql.Value(Most + 1)}");
        await using var query = sql.Command(sight.Db);
        await using var row = await query.ExecuteReaderAsync(ct);
        var items = new List<FoundCaseDocument>();
        var secret = new List<(Guid, string)>();
        while (await row.ReadAsync(ct))
        {
            items.Add(new(
                row.GetGuid(0), row.GetString(1), row.GetInt32(2), row.GetString(3), row.GetFieldValue<DateOnly>(4), row.GetFieldValue<DateTimeOffset>(5), row.GetString(6), row.Text(7), row.Text(8), row.Text(9),
                row.GetBoolean(10), row.Text(11)));
            if (items.Count <= Most && row.Text(11) == RecordStates.Stored(Wall.Secret)) secret.Add((row.GetGuid(12), row.GetString(11)));
        }

        await reads.Note(caller, secret, ct);

        var more = items.Count > Most;
        if (more) items.RemoveAt(Most);
        return (items, more);
    }
}
