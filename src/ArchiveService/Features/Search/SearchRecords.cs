using ArchiveService.Access;
using ArchiveService.Features.Diary;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Npgsql;

namespace ArchiveService.Features.Search;

public sealed record Total(int Value, string Relation);

/// <summary>A part of the snippet that matched: UTF-16 units.</summary>
public sealed record Highlight(int Start, int Length);

public sealed record FoundSender(string? Name, string? Handle, Guid? Account);

public sealed record FoundChannel(Guid Id, string Platform, string? Handle);

public sealed record FoundRecord(
    Guid Id, string Kind, string Direction, DateTimeOffset OccurredAt, DateTimeOffset CapturedAt, FoundSender Sender, FoundChannel Channel, string Authority,
    string? Snippet, IReadOnlyList<Highlight> Highlights, string State, string? StateBy, bool Edited, string Registration, string? DiaryNumber, int? DocumentNumber,
    string RecordType, int Attachments, string Access, DateTimeOffset? DisposedAt)
{
    /// <summary>The snippet with its hits between two control characters, for the page.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string? Marked { get; init; }
}

public sealed record FoundRecords(IReadOnlyList<FoundRecord> Items, string? Next, Total Total);

/// <summary><c>GET /api/v1/records</c>: full text in Swedish, names and numbers as they are written, every filter, newest first.</summary>
public sealed class SearchRecords(Databases databases)
{
    /// <summary>Up to here totals are exact.</summary>
    private const int Exact = 1000;

    private const string HitStart = "\u0002";
    private const string HitStop = "\u0003";

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/records", async (HttpRequest request, Caller caller, SearchRecords records, RecordViewFreshness freshness, CancellationToken ct) =>
        {
            var (search, refused) = RecordSearch.Parse(request.Query);
            refused ??= await freshness.Reach(request, ct);
            return refused is null ? TypedResults.Ok(await records.Find(search!, caller, ct)) : (IResult)Problems.Refused(refused);
        })
        .WithName("search-records");

    public async Task<FoundRecords> Find(RecordSearch search, Caller caller, CancellationToken ct)
    {
        var sight = RecordViewSight.Of(databases, caller);
        await using var connection = await sight.Db.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);

        var count = new SqlText();
        count.Add($"select count(*)::int from (select from {sight.Records} r where {Condition(search, sight, count)} limit {count.Value(Exact + 1)}) found");
        await using var counted = count.Command(connection, transaction);
        var total = (int)(await counted.ExecuteScalarAsync(ct))!;

        // Without statistics (none may hold content) the planner cannot tell a word that many records have, which is found soonest by walking the
        // records from the newest, from a rare one, which only its index finds soon. The count has told.
        await using (var way = new NpgsqlCommand(
            total > Exact && search.Order != SearchOrder.Sender ? "set local enable_bitmapscan = off; set local enable_sort = off" : "set local enable_indexscan = off", connection, transaction))
        {
            await way.ExecuteNonQueryAsync(ct);
        }

        var page = Page(search, sight);
        await using var query = page.Command(connection, transaction);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var items = new List<FoundRecord>();
        while (await rows.ReadAsync(ct)) items.Add(Read(rows));

        SearchCursor? next = null;
        if (items.Count > search.Limit)
        {
            items.RemoveAt(search.Limit);
            var last = items[^1];
            next = new(search.Order, last.OccurredAt, SortKey(last.Sender), last.Id);
        }

        return new(items, next?.Written, new(Math.Min(total, Exact), total > Exact ? "atLeast" : "exact"));
    }

    private static string SortKey(FoundSender sender) => sender.Name ?? sender.Handle ?? "";

    private static SqlText Page(RecordSearch search, RecordViewSight sight)
    {
        var sql = new SqlText();
        var (order, direction) = search.Order switch
        {
            SearchOrder.Oldest => ("r.occurred_at, r.record_id", ">"),
            SearchOrder.Sender => ("coalesce(r.sender_name, r.sender_handle, '') collate \"sv-x-icu\", r.occurred_at desc, r.record_id desc", "<"),
            _ => ("r.occurred_at desc, r.record_id desc", "<"),
        };
        var condition = Condition(search, sight, sql);
        if (search.After is { } after)
        {
            var key = $"(r.occurred_at, r.record_id) {direction} ({sql.Value(after.At.ToUniversalTime())}, {sql.Value(after.Id)})";
            if (search.Order == SearchOrder.Sender)
            {
                var sender = sql.Value(after.Sender);
                const string Own = "coalesce(r.sender_name, r.sender_handle, '') collate \"sv-x-icu\"";
                key = $"({Own} > {sender} or ({Own} = {sender} and {key}))";
            }

            condition += $" and {key}";
        }

        // Behind a wall nothing of the content is shown in a list: each reading of it is an event, and opening is how one reads.
        var snippet = search.Q is null ? "left(p.text, 300)" : $"views.snippet(p.text, views.asked({sql.Value(search.Q)}))";
        sql.Add($"""
            with page as materialized (
              select r.* from {sight.Records} r where {condition} order by {order} limit {sql.Value(search.Limit + 1)}
            )
            select p.record_id, p.kind, p.direction, p.occurred_at, p.captured_at, p.sender_name, p.sender_handle, p.author_id, p.channel_id, p.platform, c.handle, a.code,
                   case when p.wall = 'open' then {snippet} end, p.visibility, p.visibility_by, p.edited, p.registration, p.diary_number, p.document_number,
                   p.record_type, cardinality(p.attachment_ids), p.wall, p.disposed_at, p.destroyed
            from page p
            join archive.authorities a using (authority_id)
            left join views.channel_register c using (channel_id)
            order by {order.Replace("r.", "p.", StringComparison.Ordinal)}
            """);
        return sql;
    }

    private static string Condition(RecordSearch search, RecordViewSight sight, SqlText sql)
    {
        var all = new List<string> { sight.Allows(sql, "r") };
        if (search.Q is { } q)
        {
            var words = $"r.search @@ views.asked({sql.Value(q)})";
            all.Add(DiaryNumberKey.MayBe(q) ? $"({words} or {Number(sql, q)})" : words);
        }

        if (search.Authority is { } authority)
        {
            all.Add(Guid.TryParse(authority, out var id)
                ? $"r.authority_id = {sql.Value(id)}"
                : $"r.authority_id = (select authority_id from archive.authorities where code = {sql.Value(authority.ToUpperInvariant())})");
        }

        if (search.Channels.Count > 0) all.Add($"r.channel_id = any ({sql.Value(search.Channels.ToArray())})");
        if (search.Author is { } author) all.Add($"r.author_id = {sql.Value(author)}");
        if (search.Platforms.Count > 0) all.Add($"r.platform = any ({sql.Value(search.Platforms.ToArray())})");
        if (search.Kinds.Count > 0) all.Add($"r.kind = any ({sql.Value(search.Kinds.ToArray())})");
        if (search.Direction is { } direction) all.Add($"r.direction = {sql.Value(direction)}");
        if (search.Sender is { } sender) all.Add($"r.sender_fold like '%' || {sql.Value(Like(sender.ToLowerInvariant()))} || '%'");
        if (search.From is { } from) all.Add($"r.occurred_at >= {sql.Value(from.ToUniversalTime())}");
        if (search.Until is { } until) all.Add($"r.occurred_at < {sql.Value(until.ToUniversalTime())}");
        if (search.States.Count > 0)
        {
            var states = $"(not r.destroyed and r.visibility = any ({sql.Value(search.States.Where(s => s != "disposed").ToArray())}))";
            all.Add(search.States.Contains("disposed") ? $"(r.destroyed or {states})" : states);
        }

        if (search.Registrations.Count > 0) all.Add($"r.registration = any ({sql.Value(search.Registrations.ToArray())})");
        if (search.Grounds.Count > 0) all.Add($"r.grounds && {sql.Value(search.Grounds.ToArray())}");
        if (search.Dnr is { } dnr) all.Add(Number(sql, dnr));
        if (search.HasAttachment is { } has) all.Add(has ? "cardinality(r.attachment_ids) > 0" : "cardinality(r.attachment_ids) = 0");
        if (search.Wall is { } wall) all.Add($"r.wall = {sql.Value(wall)}");
        return string.Join(" and ", all);
    }

    /// <summary>The number of the case, with or without its class code, one the case had before, or of the document in it; of a record also one it was transferred from.</summary>
    internal static string Number(SqlText sql, string typed, string alias = "r")
    {
        var key = DiaryNumberKey.Of(typed);
        var number = sql.Value(key);
        var either = $"({alias}.number_key = {number} or {alias}.number_key like {sql.Value(Like(key) + " %")}";
        var dash = key.LastIndexOf('-');
        if (dash > 0 && int.TryParse(key.AsSpan(dash + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var document))
            either += $" or (({alias}.number_key = {sql.Value(key[..dash])} or {alias}.number_key like {sql.Value(Like(key[..dash]) + " %")}) and {alias}.document_number = {sql.Value(document)})";

        // Both sides of the first come from an index; the case ties the number to its authority.
        either += $"""
             or ({alias}.number_key = any (array(select o.case_key from archive.case_alternates o where o.folded_number = {number}))
                 and {alias}.case_id = any (array(select o.case_id from archive.case_alternates o where o.folded_number = {number})))
            """;
        if (alias == "r") either += $" or {alias}.record_id = any (array(select t.record_id from archive.diary_transfers t join archive.cases c using (case_id) where c.folded_number = {number}))";
        return either + ")";
    }

    internal static string Like(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);

    private static FoundRecord Read(NpgsqlDataReader row)
    {
        var marked = row.IsDBNull(12) ? null : row.GetString(12);
        var (snippet, highlights) = Unmark(marked);
        return new(
            row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetFieldValue<DateTimeOffset>(3), row.GetFieldValue<DateTimeOffset>(4),
            new(row.Text(5), row.Text(6), row.GetFieldValue<Guid?>(7)),
            new(row.GetGuid(8), row.GetString(9), row.Text(10)), row.GetString(11),
            snippet, highlights, row.GetBoolean(23) ? "disposed" : row.GetString(13), row.Text(14), row.GetBoolean(15), row.GetString(16),
            row.Text(17), row.GetFieldValue<int?>(18), row.GetString(19), row.GetInt32(20), row.GetString(21), row.GetFieldValue<DateTimeOffset?>(22))
        {
            Marked = marked,
        };
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
