using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Npgsql;

namespace ArchiveService.Features.Search;

/// <summary><c>GET /api/v1/records</c>: full text in Swedish, names and numbers as they are written, every filter, newest first.</summary>
public sealed partial class SearchRecords(Databases databases, RecordReads reads)
{
    /// <summary>Up to here totals are exact.</summary>
    private const int Exact = 1000;

    private const string HitStart = "\u0002";
    private const string HitStop = "\u0003";

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/records", async (HttpRequest request, Caller caller, SearchRecords records, SearchLog log, RecordViewFreshness freshness, CancellationToken ct) =>
        {
            var (search, refused) = RecordSearch.Parse(request.Query);
            refused ??= await freshness.Reach(request, ct);
            if (refused is not null) return Problems.Refused(refused);
            var found = await records.Find(search!, caller, ct);
            await log.Note(caller, search!, found.Total.Value, ct);
            return (IResult)TypedResults.Ok(found);
        })
        .WithName("search-records");

    /// <summary>Finds what was asked for; when nothing is, and a long word may be misspelt by a letter, what was meant.</summary>
    public async Task<FoundRecords> Find(RecordSearch search, Caller caller, CancellationToken ct)
    {
        var found = await FindOrMeant(search, RecordViewSight.Of(databases, caller), ct);
        // The text of a secret hit is read on its own page; whom it is from is read here.
        var secret = RecordStates.Stored(Wall.Secret);
        await reads.Note(caller, found.Items.Where(f => f.Access == secret).Select(f => (f.Id, secret)), ct);
        return found;
    }

    private static async Task<FoundRecords> FindOrMeant(RecordSearch search, RecordViewSight sight, CancellationToken ct)
    {
        var found = await Find(search, sight, ct);
        if (found.Total.Value > 0 || search is not { After: null, Q: { } q } || SearchWords.Long(q) is not { Count: > 0 } words) return found;
        foreach (var word in words)
        {
            if (await Misspelling.Nearest(sight, word, ct) is { } meant && q.Replace(word, meant, StringComparison.OrdinalIgnoreCase) is var instead
                && await Find(search with { Q = instead }, sight, ct) is { Total.Value: > 0 } other) return other with { Meant = new(word, meant, instead) };
        }

        return found;
    }

    private static async Task<FoundRecords> Find(RecordSearch search, RecordViewSight sight, CancellationToken ct)
    {
        await using var connection = await sight.Db.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var hits = await Hits(search, sight, connection, transaction, ct);
        var items = new List<(FoundRecord Found, FoundText Text)>();
        SearchCursor? next = null;
        if (hits.Page is not { Length: 0 })
        {
            await Set(hits.Page is not null ? Planner : hits.Walk ? Walking : ByWords, connection, transaction, ct);
            var page = search.Order == SearchOrder.Relevance ? Best(search, sight) : Page(search, sight, hits.Page);
            await using var query = page.Command(connection, transaction);
            await using var rows = await query.ExecuteReaderAsync(ct);
            SearchCursor? last = null;
            while (await rows.ReadAsync(ct))
            {
                if (items.Count == search.Limit)
                {
                    next = last;
                    break;
                }

                items.Add(Read(rows));
                var found = items[^1].Found;
                last = search.Order == SearchOrder.Relevance
                    ? SearchCursor.OfRank(found.OccurredAt, found.Id, rows.GetFloat(27), rows.GetFieldValue<DateTimeOffset>(28), rows.GetGuid(29))
                    : new(search.Order, found.OccurredAt, rows.GetString(26), found.Id);
            }
        }

        return new(await Explained(search, items, connection, transaction, ct), next?.Written, new(Math.Min(hits.Total, Exact), hits.Total > Exact ? "atLeast" : "exact"));
    }

    private static (FoundRecord Found, FoundText Text) Read(NpgsqlDataReader row)
    {
        var text = row.Text(12);
        var found = new FoundRecord(
            row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetFieldValue<DateTimeOffset>(3), row.GetFieldValue<DateTimeOffset>(4),
            new(row.Text(5), row.Text(6), row.GetFieldValue<Guid?>(7)),
            new(row.GetGuid(8), row.GetString(9), row.Text(10)), row.GetString(11),
            null, [], row.GetBoolean(23) ? "disposed" : row.GetString(13), row.Text(14), row.GetBoolean(15), row.GetString(16),
            row.Text(17), row.GetFieldValue<int?>(18), row.GetString(19), row.GetInt32(20), row.GetString(21), row.GetFieldValue<DateTimeOffset?>(22));
        return (found, new(text, found.Access == "open" ? $"{found.Sender.Name} {found.Sender.Handle}" : null, row.Text(24), row.Text(25)));
    }

    private sealed record FoundText(string? Text, string? Sender, string? Subject, string? FileNames)
    {
        public IEnumerable<(string Where, string Said)> Fields =>
            new[] { ("text", Text), ("sender", Sender), ("subject", Subject), ("fileName", FileNames) }.Where(f => f.Item2 is not null).Select(f => (f.Item1, f.Item2!));
    }

    internal static (string? Plain, IReadOnlyList<Highlight> Hits) Unmark(string? marked)
    {
        if (marked is null) return (null, []);
        var plain = new System.Text.StringBuilder(marked.Length);
        var hits = new List<Highlight>();
        var start = -1;
        foreach (var c in marked)
        {
            if (c == HitStart[0]) start = plain.Length;
            else if (c == HitStop[0] && start >= 0) (hits, start) = ([.. hits, new(start, plain.Length - start)], -1);
            else if (c != HitStop[0]) plain.Append(c);
        }

        return (plain.ToString(), hits);
    }
}
