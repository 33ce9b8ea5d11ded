using ArchiveService.Features.Diary;
using ArchiveService.Features.Records;

namespace ArchiveService.Features.Search;

/// <summary>What the database is asked: the page, the best of the newest, and what every question is narrowed by.</summary>
public sealed partial class SearchRecords
{
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
        if (search.CapturedSince is { } captured) all.Add($"r.captured_at >= {sql.Value(captured.ToUniversalTime())}");
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
}
