using ArchiveService.Features.Records;
using Npgsql;

namespace ArchiveService.Features.Search;

/// <summary>How many there are, and which way they are found soonest.</summary>
public sealed partial class SearchRecords
{
    // A plan may never read a whole table. Without statistics (none may hold content) the planner cannot tell a word that many records have, which is found
    // soonest by walking the records in their order, from a rare one, which only its index finds soon: it is told which.
    private const string Planner = "set local enable_seqscan = off; set local enable_indexscan = on; set local enable_bitmapscan = on; set local enable_sort = on";
    private const string Walking = "set local enable_seqscan = off; set local enable_indexscan = on; set local enable_bitmapscan = off; set local enable_sort = off";
    private const string ByWords = "set local enable_seqscan = off; set local enable_indexscan = off; set local enable_bitmapscan = on; set local enable_sort = on";

    /// <summary>So many of the newest records are looked at to tell whether hits are common. At a microsecond each, that is little beside any other way.</summary>
    private const int Probed = 1000;

    /// <summary>From so many hits among them, the records are walked; they are at most <see cref="Walked"/>.</summary>
    private const int Common = 20;

    private const int Walked = 60_000;

    /// <param name="Page">The records of the page in order, when there are so few hits that all were seen.</param>
    private sealed record Counted(int Total, bool Walk, Guid[]? Page);

    /// <summary>
    /// Counts as far as totals are exact. Of a word that every tenth record has, its index would name a hundred thousand in a million, and the thousand
    /// counted lie on a page each; walked from the newest they are the first ten thousand, side by side.
    /// </summary>
    private static async Task<Counted> Hits(RecordSearch search, RecordViewSight sight, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken ct)
    {
        await Set(Walking, connection, transaction, ct);
        var byWords = search.Q is not null || search.Sender is not null;
        var (probed, found) = await Pair(Probe(search, sight), connection, transaction, ct);
        var part = (double)found / Math.Max(1, probed);
        if (found >= Common && probed == Probed && (await Pair(Walk(search, sight), connection, transaction, ct)).First is var walked and > Exact)
            return new(walked, Walks(part), null);

        // All that may be a hit was looked at: the same walk finds it again. Otherwise by the index of the words, or what the planner takes for the filters.
        await Set(probed < Probed ? Walking : byWords ? ByWords : Planner, connection, transaction, ct);
        await using var counted = All(search, sight).Command(connection, transaction);
        await using var row = await counted.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct)) return new(0, false, []);
        var total = row.GetInt32(0);
        if (total <= Exact) return new(total, false, total == 0 ? [] : search.Order == SearchOrder.Relevance ? null : row.GetFieldValue<Guid[]>(4));

        // Hits by words come in the order in which they lie on disk, so how far into the table the last one counted lies tells about how many there are:
        // the walk is taken when it meets what is wanted before the index would have fetched them all.
        var (pages, rows) = (row.GetDouble(2), row.GetDouble(3));
        var among = total * pages / (row.GetDouble(1) + 1) / rows;
        return new(total, byWords ? among * among * rows > (search.Order == SearchOrder.Relevance ? RecordSearch.Ranked : search.Limit + 1) : Walks(1), null);

        bool Walks(double common) => search.Order switch
        {
            SearchOrder.Relevance => common > 0.05,
            // Senders in order may all lie outside a stretch of time.
            SearchOrder.Sender => search.From is null && search.Until is null,
            _ => true,
        };
    }

    private static async Task<(int First, int Second)> Pair(SqlText sql, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken ct)
    {
        await using var query = sql.Command(connection, transaction);
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? (row.GetInt32(0), row.GetInt32(1)) : default;
    }

    /// <summary>How many of the newest records were looked at, and how many of them are hits. What bounds the reading is what is looked at, not what is found.</summary>
    private static SqlText Probe(RecordSearch search, RecordViewSight sight) => Newest(search, sight, Probed, "select count(*)::int, (count(*) filter (where hit))::int from newest");

    private static SqlText Walk(RecordSearch search, RecordViewSight sight) => Newest(search, sight, Walked, $"select count(*)::int, 0 from (select from newest where hit limit {Exact + 1}) found");

    private static SqlText Newest(RecordSearch search, RecordViewSight sight, int most, string select)
    {
        var sql = new SqlText();
        var hit = Condition(search, sight, sql);
        return sql.Add($"with newest as not materialized (select ({hit}) as hit from {sight.Records} r where {Along(search, sight, sql)} order by r.occurred_at desc, r.record_id desc limit {most.ToString(System.Globalization.CultureInfo.InvariantCulture)})").Add(select);
    }

    /// <summary>What an index in order of time begins with, so that the walk meets nothing else.</summary>
    private static string Along(RecordSearch search, RecordViewSight sight, SqlText sql)
    {
        var along = new List<string>();
        if (search.From is { } from) along.Add($"r.occurred_at >= {sql.Value(from.ToUniversalTime())}");
        if (search.Until is { } until) along.Add($"r.occurred_at < {sql.Value(until.ToUniversalTime())}");
        if (search.Author is { } author) along.Add($"r.author_id = {sql.Value(author)}");
        else if (search.Case is { } inCase) along.Add($"r.case_id = {sql.Value(inCase)}");
        else if (search.Channels is [var channel]) along.Add($"r.channel_id = {sql.Value(channel)}");
        else if (sight.OneAuthority is { } only) along.Add($"r.authority_id = {sql.Value(only)}");
        else if (search.Authority is { } authority) along.Add(OfAuthority(authority, sql));
        return along.Count == 0 ? "true" : string.Join(" and ", along);
    }

    private static string OfAuthority(string authority, SqlText sql) => Guid.TryParse(authority, out var id)
        ? $"r.authority_id = {sql.Value(id)}"
        : $"r.authority_id = (select authority_id from archive.authorities where code = {sql.Value(authority.ToUpperInvariant())})";

    private static SqlText All(RecordSearch search, RecordViewSight sight)
    {
        var sql = new SqlText();
        var condition = Condition(search, sight, sql);
        var (order, key) = Order(search, sql);
        var sender = search.Order == SearchOrder.Sender ? ", r.sender_order" : "";
        return sql.Add($"""
            with hits as materialized (
              select r.record_id, r.occurred_at{sender}, case when r.tableoid = 'views.record_view'::regclass then r.ctid end as at from {sight.Records} r where {condition} limit {sql.Value(Exact + 1)})
            select (select count(*)::int from hits), coalesce((select max((at::text::point)[0]) from hits), 0)::float8, o.pages, o.rows,
              array(select r.record_id from hits r where {key ?? "true"} order by {order} limit {sql.Value(search.Limit + 1)})
            from (select greatest(1, pg_relation_size('views.record_view') / 8192)::float8 as pages, case when c.reltuples > 0 then c.reltuples else 3 * greatest(1, pg_relation_size('views.record_view') / 8192.0) end::float8 as rows
                  from pg_class c where c.oid = 'views.record_view'::regclass) o
            """);
    }

    private static (string Order, string? Key) Order(RecordSearch search, SqlText sql)
    {
        var (order, direction) = search.Order switch
        {
            SearchOrder.Oldest => ("r.occurred_at, r.record_id", ">"),
            SearchOrder.Sender => ("r.sender_order, r.occurred_at desc, r.record_id desc", "<"),
            _ => ("r.occurred_at desc, r.record_id desc", "<"),
        };
        if (search.After is not { } after) return (order, null);
        var key = $"(r.occurred_at, r.record_id) {direction} ({sql.Value(after.At.ToUniversalTime())}, {sql.Value(after.Id)})";
        if (search.Order != SearchOrder.Sender) return (order, key);
        var sender = sql.Value(after.Sender);
        return (order, $"(r.sender_order >= {sender} and (r.sender_order > {sender} or {key}))");
    }

    private static async Task Set(string settings, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken ct)
    {
        await using var set = new NpgsqlCommand(settings, connection, transaction);
        await set.ExecuteNonQueryAsync(ct);
    }
}
