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
    /// <summary>Which words were found, and how they answer to what was typed; nothing of what stands behind a wall.</summary>
    public IReadOnlyList<Matched> Matched { get; init; } = [];

    /// <summary>The snippet with its hits between two control characters, for the page.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string? Marked { get; init; }
}

/// <summary>Nothing was found for what was typed; these are the hits for the word that is nearest to it.</summary>
/// <param name="Query">The whole question as it was answered: the next pages ask it.</param>
public sealed record Meant(string Typed, string Word, string Query);

public sealed record FoundRecords(IReadOnlyList<FoundRecord> Items, string? Next, Total Total)
{
    public Meant? Meant { get; init; }
}

/// <summary><c>GET /api/v1/records</c>: full text in Swedish, names and numbers as they are written, every filter, newest first.</summary>
public sealed class SearchRecords(Databases databases)
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
        var sight = RecordViewSight.Of(databases, caller);
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

    /// <summary>The statements of a search in the order in which they may run, each with its settings: for those who look at their plans.</summary>
    public static IReadOnlyList<(string Name, string Settings, SqlText Sql)> Statements(RecordSearch search, RecordViewSight sight) =>
    [
        ("probe", Walking, Probe(search, sight)), ("walk", Walking, Walk(search, sight)), ("all", search.Q is not null || search.Sender is not null ? ByWords : Planner, All(search, sight)),
        ("page by walking", Walking, search.Order == SearchOrder.Relevance ? Best(search, sight) : Page(search, sight, null)),
        ("page by words", ByWords, search.Order == SearchOrder.Relevance ? Best(search, sight) : Page(search, sight, null)),
    ];

    private static SqlText Page(RecordSearch search, RecordViewSight sight, Guid[]? records)
    {
        var sql = new SqlText();
        var (order, key) = Order(search, sql);
        var condition = records is null ? Condition(search, sight, sql) + (key is null ? "" : $" and {key}") : $"{sight.Allows(sql, "r")} and r.record_id = any ({sql.Value(records)})";

        sql.Add($"with page as materialized (select r.* from {sight.Records} r where {condition} order by {order} limit {sql.Value(search.Limit + 1)})")
            .Add($"select {Shown(search)}")
            .Add(From)
            .Add($"order by {order.Replace("r.", "p.", StringComparison.Ordinal)}");
        return sql;
    }

    /// <summary>The newest hits, as many as are put in order, the best of them first. Where the next pages look is pinned by the newest hit of the first.</summary>
    private static SqlText Best(RecordSearch search, RecordViewSight sight)
    {
        var sql = new SqlText();
        var condition = Condition(search, sight, sql);
        var (window, after) = (search.After?.Window, "");
        if (window is { } pinned)
        {
            condition += $" and (r.occurred_at, r.record_id) <= ({sql.Value(pinned.NewestAt.ToUniversalTime())}, {sql.Value(pinned.NewestId)})";
            after = $"where (n.rank, n.occurred_at, n.record_id) < ({sql.Value(pinned.Rank)}, {sql.Value(search.After!.At.ToUniversalTime())}, {sql.Value(search.After.Id)})";
        }

        sql.Add($$"""
            with newest as materialized (
              select r.record_id, r.occurred_at, ts_rank('{0.05, 0.2, 0.5, 1}', r.search, (select views.asked({{sql.Value(search.Q!)}}))) as rank
              from {{sight.Records}} r where {{condition}} order by r.occurred_at desc, r.record_id desc limit {{sql.Value(RecordSearch.Ranked)}}
            ), top as (select n.occurred_at as top_at, n.record_id as top_id from newest n order by n.occurred_at desc, n.record_id desc limit 1),
            best as materialized (select * from newest n {{after}} order by n.rank desc, n.occurred_at desc, n.record_id desc limit {{sql.Value(search.Limit + 1)}}),
            page as materialized (select r.*, b.rank from best b join lateral (select * from {{sight.Records}} x where x.record_id = b.record_id offset 0) r on true)
            select {{Shown(search)}}, p.rank, t.top_at, t.top_id
            """)
            .Add(From)
            .Add("cross join top t order by p.rank desc, p.occurred_at desc, p.record_id desc");
        return sql;
    }

    // Behind a wall nothing of the content is shown in a list: each reading of it is an event, and opening is how one reads.
    private static string Shown(RecordSearch search) => $"""
        p.record_id, p.kind, p.direction, p.occurred_at, p.captured_at, p.sender_name, p.sender_handle, p.author_id, p.channel_id, p.platform, c.handle, a.code,
        case when p.wall = 'open' then left(p.text, {(search.Whole ? 1_000_000 : search.Q is null ? 300 : 30_000).ToString(System.Globalization.CultureInfo.InvariantCulture)}) end,
        p.visibility, p.visibility_by, p.edited, p.registration, p.diary_number, p.document_number,
        p.record_type, cardinality(p.attachment_ids), p.wall, p.disposed_at, p.destroyed,
        case when p.wall = 'open' then p.subject end, case when p.wall = 'open' then left(p.file_names, 2000) end, p.sender_order
        """;

    private const string From = "from page p join archive.authorities a using (authority_id) left join views.channel_register c using (channel_id)";

    /// <summary>Marks what was found and says why. A word that is not as it was typed is asked about: only the database knows its forms.</summary>
    private static async Task<List<FoundRecord>> Explained(
        RecordSearch search, List<(FoundRecord Found, FoundText Text)> items, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken ct)
    {
        var terms = search.Whole ? [] : SearchWords.Terms(search.Q);
        if (terms.Count == 0) return [.. items.Select(i => i.Found with { Snippet = i.Text.Text, Marked = i.Text.Text })];
        var forms = await Forms(terms, items, connection, transaction, ct);
        var numbers = terms.Where(t => t.NumberKey is not null).DistinctBy(t => t.NumberKey).ToDictionary(t => t.NumberKey!, StringComparer.Ordinal);
        AskedTerm? Of(string word) => terms.FirstOrDefault(t => SearchWords.IsSame(word, t)) ?? (forms.TryGetValue(word.ToLowerInvariant(), out var term) ? term : null);
        var explained = new List<FoundRecord>(items.Count);
        foreach (var (found, text) in items)
        {
            var hits = new List<(int Start, int Length)>();
            var matched = new List<Matched>();
            foreach (var (where, said) in text.Fields)
            {
                foreach (var (start, length, key) in numbers.Count == 0 ? [] : SearchWords.Numbers(said))
                {
                    if (!numbers.TryGetValue(key, out var asked)) continue;
                    if (where == "text") hits.Add((start, length));
                    var written = said.Substring(start, length);
                    matched.Add(new(written, written == asked.Typed ? "same" : "number", asked.Typed, where));
                }

                foreach (var word in SearchWords.Words(said))
                {
                    if (Of(word.Value) is not { } term) continue;
                    if (hits.Any(h => where == "text" && word.Index < h.Start + h.Length && h.Start < word.Index + word.Length)) continue;
                    if (where == "text") hits.Add((word.Index, word.Length));
                    matched.Add(new(word.Value, SearchWords.How(word.Value, term), term.Typed, where));
                }
            }

            hits.Sort();
            var marked = text.Text is null ? null : SearchWords.Snippet(text.Text, hits);
            var (snippet, highlights) = Unmark(marked);
            explained.Add(found with { Marked = marked, Snippet = snippet, Highlights = highlights, Matched = [.. matched.DistinctBy(m => (m.Word.ToLowerInvariant(), m.Where)).Take(8)] });
        }

        return explained;
    }

    private static async Task<Dictionary<string, AskedTerm>> Forms(
        IReadOnlyList<AskedTerm> terms, List<(FoundRecord Found, FoundText Text)> items, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken ct)
    {
        const int Most = 1000;
        var forms = new Dictionary<string, AskedTerm>(StringComparer.Ordinal);
        var bending = terms.Where(t => !t.AsWritten).ToList();
        if (bending.Count == 0) return forms;
        var candidates = new HashSet<(string Word, int Term)>();
        foreach (var word in items.SelectMany(i => i.Text.Fields).SelectMany(f => SearchWords.Words(f.Said)).Select(w => w.Value.ToLowerInvariant()).Distinct(StringComparer.Ordinal))
        {
            var folded = SearchWords.Fold(word);
            foreach (var (i, term) in bending.Index())
            {
                if (candidates.Count < Most && SearchWords.MayAnswer(folded, term)) candidates.Add((word, i));
            }
        }

        if (candidates.Count == 0) return forms;
        await using var query = new NpgsqlCommand(
            """
            with t as materialized (select n, views.asked_word(typed) as asked from unnest($3) with ordinality t(typed, n)),
            w as materialized (select word, views.indexed(word, '') as said from (select distinct word from unnest($1) d(word)) d)
            select c.word, c.term from unnest($1, $2) c(word, term) join t on t.n = c.term + 1 join w using (word) where w.said @@ t.asked
            """, connection, transaction);
        query.Parameters.Add(new() { Value = candidates.Select(c => c.Word).ToArray() });
        query.Parameters.Add(new() { Value = candidates.Select(c => c.Term).ToArray() });
        query.Parameters.Add(new() { Value = bending.Select(t => t.Typed).ToArray() });
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) forms.TryAdd(rows.GetString(0), bending[rows.GetInt32(1)]);
        return forms;
    }

    private static string Condition(RecordSearch search, RecordViewSight sight, SqlText sql)
    {
        var all = new List<string> { sight.Allows(sql, "r") };
        if (search.Q is { } q)
        {
            // A subquery, so that the words are read once and not for every row.
            var words = $"r.search @@ (select views.asked({sql.Value(q)}))";
            all.Add(DiaryNumberKey.MayBe(q) ? $"({words} or {Number(sql, q)})" : words);
        }

        if (sight.OneAuthority is { } only) all.Add($"r.authority_id = {sql.Value(only)}");
        if (search.Authority is { } authority) all.Add(OfAuthority(authority, sql));
        if (search.Channels.Count > 0) all.Add(search.Channels is [var channel] ? $"r.channel_id = {sql.Value(channel)}" : $"r.channel_id = any ({sql.Value(search.Channels.ToArray())})");
        if (search.Author is { } author) all.Add($"r.author_id = {sql.Value(author)}");
        if (search.Platforms.Count > 0) all.Add($"r.platform = any ({sql.Value(search.Platforms.ToArray())})");
        if (search.Kinds.Count > 0)
        {
            all.Add(search.Kinds is [var kind] ? $"r.kind = {sql.Value(kind)}" : $"r.kind = any ({sql.Value(search.Kinds.ToArray())})");
            if (!search.Kinds.Contains("post") && !search.Kinds.Contains("comment")) all.Add("r.kind <> 'post' and r.kind <> 'comment'");
        }

        if (search.Direction is { } direction) all.Add($"r.direction = {sql.Value(direction)}");
        if (search.Sender is { } sender) all.Add($"r.sender_fold like {sql.Value("%" + Like(sender.ToLowerInvariant()) + "%")}");
        if (search.From is { } from) all.Add($"r.occurred_at >= {sql.Value(from.ToUniversalTime())}");
        if (search.Until is { } until) all.Add($"r.occurred_at < {sql.Value(until.ToUniversalTime())}");
        if (search.States.Count > 0)
        {
            string[] kept = [.. search.States.Where(s => s != "disposed")];
            var states = $"(not r.destroyed and r.visibility = {(kept is [var state] ? sql.Value(state) : $"any ({sql.Value(kept)})")})";
            all.Add(search.States.Contains("disposed") ? $"(r.destroyed or {states})" : states);

            // Said in the words of the index of what is not as most is.
            if (!search.States.Contains("visible")) all.Add("(r.visibility <> 'visible' or r.destroyed)");
        }

        if (search.Registrations.Count > 0)
        {
            all.Add($"r.registration = any ({sql.Value(search.Registrations.ToArray())})");
            if (!search.Registrations.Contains("captured")) all.Add("r.registration <> 'captured'");
        }

        if (search.Grounds.Count > 0) all.Add($"r.grounds && {sql.Value(search.Grounds.ToArray())} and r.grounds <> '{{}}'");
        if (search.Dnr is { } dnr) all.Add(Number(sql, dnr));
        if (search.HasAttachment is { } has) all.Add(has ? "cardinality(r.attachment_ids) > 0" : "cardinality(r.attachment_ids) = 0");
        if (search.Wall is { } wall) all.Add($"r.wall = {sql.Value(wall)}");
        if (search.Case is { } inCase) all.Add($"r.case_id = {sql.Value(inCase)}");
        if (search.Class is { } code)
            all.Add($"r.case_id = any (array(select c.case_id from archive.cases c where c.class_code = {sql.Value(code)} or c.class_code like {sql.Value(Like(code) + ".%")}))");
        if (search.RecordTypes.Count > 0) all.Add($"r.record_type = any ({sql.Value(search.RecordTypes.ToArray())})");
        if (search.Audiences.Count > 0) all.Add($"r.audience = any ({sql.Value(search.Audiences.ToArray())})");
        if (search.Edited is { } edited) all.Add(edited ? "r.edited" : "not r.edited");
        if (search.EditedSince is { } since) all.Add(Changed(sql, sight, "name = 'item_edited'", since));
        if (search.RemovedSince is { } gone) all.Add(Changed(sql, sight, "name in ('item_hidden', 'item_unpublished', 'item_deleted_from_channel')", gone));
        if (search.PolicyVersion is { } version)
            all.Add($"exists (select from {sight.Acts} p where p.record_id = r.record_id and p.facts ->> 'policyVersion' = {sql.Value(version.ToString(System.Globalization.CultureInfo.InvariantCulture))})");
        if (search.Retention is { } retention)
        {
            const string Rules = "select from archive.rules_of_records x where x.record_id = r.record_id";
            all.Add(retention switch
            {
                "held" => "archive.is_held(r.authority_id, r.record_id, r.case_id, r.author_id)",
                "due" => $"exists ({Rules}) and not exists ({Rules} and (x.due_on is null or x.due_on > archive.swedish_date(now())))",
                "dated" => $"exists ({Rules} and x.due_on is not null)",
                _ => $"not exists ({Rules})",
            });
        }

        return string.Join(" and ", all);
    }

    private static string Changed(SqlText sql, RecordViewSight sight, string what, DateTimeOffset since) =>
        $"r.record_id in (select p.record_id from {sight.Acts} p where p.{what} and p.valid_at >= {sql.Value(since.ToUniversalTime())})";

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
