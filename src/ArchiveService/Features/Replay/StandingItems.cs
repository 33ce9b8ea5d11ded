using ArchiveService.Features.Records;

namespace ArchiveService.Features.Replay;

/// <summary>
/// What stood in a channel, or what an account had written, at an instant. Where a record stood in time is read by index from the act that put it there,
/// so that a page costs what it shows, whatever else has happened in the channel.
/// </summary>
public static class StandingItems
{
    public const int PageSize = 50;

    /// <summary>How many are counted exactly; the newest at the instant.</summary>
    private const int Counted = 1000;

    private const string Moves = "('item_hidden', 'item_unpublished', 'item_deleted_from_channel', 'item_restored')";

    /// <param name="sight">What the caller may know of.</param>
    /// <param name="sql">Where the values go.</param>
    /// <param name="of">Account or channel.</param>
    /// <param name="id">Which.</param>
    /// <param name="at">As it was.</param>
    /// <param name="known">The last event known.</param>
    /// <param name="after">Where the page begins.</param>
    /// <param name="limit">How many.</param>
    private static string Places(RecordViewSight sight, SqlText sql, ReplayOf of, Guid id, DateTimeOffset at, long known, ReplayCursor? after, int limit) => $"""
        select p.record_id, p.placed_kind, p.placed_direction, p.placed_at, p.author_id, p.wall
        from {sight.Acts} p join {sight.Records} r on r.record_id = p.record_id and r.wall = p.wall
        where p.{(of == ReplayOf.Channel ? "channel_id" : "author_id")} = {sql.Value(id)} and p.placed_at is not null and p.placed_at <= {sql.Value(at.ToUniversalTime())}
          and p.seq <= {sql.Value(known)} and (p.placed_until is null or p.placed_until > {sql.Value(known)}) and {sight.Allows(sql, "r")}
          {(after is null ? "" : $"and (p.placed_at, p.record_id) < ({sql.Value(after.At.ToUniversalTime())}, {sql.Value(after.Id)})")}
        order by p.placed_at desc, p.record_id desc limit {sql.Value(limit)}
        """;

    /// <summary>The state at an instant: of several acts at one moment the strongest holds, as in the record view.</summary>
    internal static string StateAt(RecordViewSight sight, string record, string wall, string at, string known) => $"""
        left join lateral (
          select a.name, a.acted_by, a.valid_at from {sight.Acts} a
          where a.record_id = {record} and a.wall = {wall} and a.valid_at <= {at} and a.seq <= {known} and a.name in {Moves}
          order by a.valid_at desc, case a.name when 'item_deleted_from_channel' then 3 when 'item_unpublished' then 2 when 'item_hidden' then 1 else 0 end desc, a.seq desc limit 1
        )
        """;

    internal static string TextAt(RecordViewSight sight, string record, string wall, string at, string known) => $"""
        left join lateral (
          select t.text, t.destroyed from {sight.Versions} t
          where t.record_id = {record} and t.wall = {wall} and t.valid_at <= {at} and t.seq <= {known} order by t.valid_at desc, t.content collate "C" desc, t.seq desc limit 1
        )
        """;

    internal static string Disposed(RecordViewSight sight, string record, string wall) => $"""
        left join lateral (
          select (a.facts ->> 'run')::uuid as run, a.recorded_at from {sight.Acts} a
          where a.record_id = {record} and a.wall = {wall} and a.name = 'item_disposed' order by a.seq limit 1
        )
        """;

    public static SqlText PageSql(RecordViewSight sight, ReplayOf of, Guid id, DateTimeOffset at, long known, ReplayCursor? after, int limit)
    {
        var sql = new SqlText();
        var (when, until) = (sql.Value(at.ToUniversalTime()), sql.Value(known));
        sql.Add($"""
            select p.record_id, p.placed_kind, p.placed_direction, p.placed_at, p.author_id, p.wall, v.name, v.acted_by, v.valid_at, t.text, n.name, n.handle, d.run, d.recorded_at
            from ({Places(sight, sql, of, id, at, known, after, limit)}) p
            {StateAt(sight, "p.record_id", "p.wall", when, until)} v on true
            {TextAt(sight, "p.record_id", "p.wall", when, until)} t on true
            left join lateral (
              select n.name, n.handle from {sight.AccountNames} n join {sight.Accounts} k on k.account_id = n.account_id and k.wall = n.wall
              where n.account_id = p.author_id and n.valid_at <= {when} and n.seq <= {until} and {sight.Allows(sql, "k")} order by n.valid_at desc, n.seq desc limit 1
            ) n on true
            {Disposed(sight, "p.record_id", "p.wall")} d on true
            order by p.placed_at desc, p.record_id desc
            """);
        return sql;
    }

    public static async Task<(IReadOnlyList<StandingItem> Items, string? Next)> Read(RecordViewSight sight, ReplayOf of, Guid id, DateTimeOffset at, long known, ReplayCursor? after, CancellationToken ct)
    {
        await using var query = PageSql(sight, of, id, at, known, after, PageSize + 1).Command(sight.Db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var items = new List<StandingItem>();
        while (await rows.ReadAsync(ct))
        {
            var wall = rows.GetString(5);
            var open = wall == RecordStates.Stored(Wall.Open);
            items.Add(new(
                rows.GetGuid(0), rows.GetString(1), rows.GetString(2), rows.GetFieldValue<DateTimeOffset>(3), rows.GetFieldValue<Guid?>(4), rows.Text(10), rows.Text(11), State(rows.Text(6)), rows.Text(7),
                rows.GetFieldValue<DateTimeOffset?>(8), open ? rows.Text(9) : null, rows.IsDBNull(12) ? null : new(rows.GetGuid(12), rows.GetFieldValue<DateTimeOffset>(13)), wall));
        }

        if (items.Count <= PageSize) return (items, null);
        items.RemoveAt(PageSize);
        return (items, new ReplayCursor(items[^1].OccurredAt, items[^1].Id).Written);
    }

    public static SqlText CountSql(RecordViewSight sight, ReplayOf of, Guid id, DateTimeOffset at, long known)
    {
        var sql = new SqlText();
        var (when, until) = (sql.Value(at.ToUniversalTime()), sql.Value(known));
        return sql.Add($"""
            select v.name, count(*)::int from ({Places(sight, sql, of, id, at, known, null, Counted + 1)}) p
            {StateAt(sight, "p.record_id", "p.wall", when, until)} v on true group by v.name
            """);
    }

    public static async Task<StandingCounts> Count(RecordViewSight sight, ReplayOf of, Guid id, DateTimeOffset at, long known, CancellationToken ct)
    {
        await using var query = CountSql(sight, of, id, at, known).Command(sight.Db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        while (await rows.ReadAsync(ct))
        {
            var state = State(rows.Text(0));
            counts[state] = counts.GetValueOrDefault(state) + rows.GetInt32(1);
        }

        int Of(Visibility visibility) => counts.GetValueOrDefault(RecordStates.Stored(visibility));
        return new(Of(Visibility.Visible), Of(Visibility.Hidden), Of(Visibility.Unpublished), Of(Visibility.Deleted), counts.Values.Sum() > Counted ? "atLeast" : "exact");
    }

    internal static string State(string? act) => RecordStates.Stored(act switch
    {
        "item_hidden" => Visibility.Hidden,
        "item_unpublished" => Visibility.Unpublished,
        "item_deleted_from_channel" => Visibility.Deleted,
        _ => Visibility.Visible,
    });
}
