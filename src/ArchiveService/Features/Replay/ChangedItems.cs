using ArchiveService.Features.Records;

namespace ArchiveService.Features.Replay;

/// <summary>
/// What something happened to between two instants, or was learnt of one instant between two checkpoints: each record once, by the last that happened to it, newest first.
/// </summary>
internal static class ChangedItems
{
    private const string Changing = "('item_captured', 'item_edited', 'item_hidden', 'item_unpublished', 'item_deleted_from_channel', 'item_restored')";

    public static async Task<(IReadOnlyList<ItemChange> Items, string? Next)> Read(
        RecordViewSight sight, ReplayOf of, Guid id, CompareQuestion asked, long knownBefore, long known, CancellationToken ct)
    {
        var sql = new SqlText();
        var (from, to, before, until) = (sql.Value(asked.From.ToUniversalTime()), sql.Value(asked.To.ToUniversalTime()), sql.Value(knownBefore), sql.Value(known));
        var since = asked.KnownFrom is null ? $"a.valid_at > {from}" : $"a.seq > {before}";
        sql.Add($"""
            select c.record_id, c.valid_at, c.event_id, p.placed_kind, p.placed_direction, p.placed_at, c.wall, v1.name, v2.name, v2.acted_by, t1.text, t2.text, d.run, d.recorded_at,
              exists (select from {sight.Acts} q where q.record_id = c.record_id and q.wall = c.wall and q.placed_at is not null and q.placed_at <= {from}
                and q.seq <= {before} and (q.placed_until is null or q.placed_until > {before}))
            from (
              select a.record_id, a.valid_at, a.event_id, a.wall
              from {sight.Acts} a join {sight.Records} r on r.record_id = a.record_id and r.wall = a.wall
              where a.{(of == ReplayOf.Channel ? "channel_id" : "author_id")} = {sql.Value(id)} and {since} and a.valid_at <= {to} and a.seq <= {until} and a.name in {Changing}
                and {sight.Allows(sql, "r")}
                {(asked.After is { } beyond ? $"and (a.valid_at, a.event_id) < ({sql.Value(beyond.At.ToUniversalTime())}, {sql.Value(beyond.Id)})" : "")}
                and not exists (
                  select from {sight.Acts} b where b.record_id = a.record_id and b.wall = a.wall and b.seq <= {until} and b.name in {Changing} and b.valid_at <= {to} and {since.Replace("a.", "b.", StringComparison.Ordinal)}
                    and (b.valid_at, b.event_id) > (a.valid_at, a.event_id))
              order by a.valid_at desc, a.event_id desc limit {sql.Value(StandingItems.PageSize + 1)}
            ) c
            join lateral (
              select p.placed_kind, p.placed_direction, p.placed_at from {sight.Acts} p
              where p.record_id = c.record_id and p.wall = c.wall and p.placed_at is not null and p.seq <= {until} and (p.placed_until is null or p.placed_until > {until}) limit 1
            ) p on true
            {StandingItems.StateAt(sight, "c.record_id", "c.wall", from, before)} v1 on true
            {StandingItems.StateAt(sight, "c.record_id", "c.wall", to, until)} v2 on true
            {StandingItems.TextAt(sight, "c.record_id", "c.wall", from, before)} t1 on true
            {StandingItems.TextAt(sight, "c.record_id", "c.wall", to, until)} t2 on true
            {StandingItems.Disposed(sight, "c.record_id", "c.wall")} d on true
            order by c.valid_at desc, c.event_id desc
            """);
        await using var query = sql.Command(sight.Db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var items = new List<(ItemChange Item, Guid Event)>();
        while (await rows.ReadAsync(ct))
        {
            var (occurred, wall) = (rows.GetFieldValue<DateTimeOffset>(5), rows.GetString(6));
            var open = wall == RecordStates.Stored(Wall.Open);
            var (stood, after) = (rows.GetBoolean(14) ? StandingItems.State(rows.Text(7)) : null, StandingItems.State(rows.Text(8)));
            var (was, isNow) = open ? (stood is null ? null : rows.Text(10), rows.Text(11)) : (null, null);
            var differs = stood is not null && rows.Text(10) != rows.Text(11);
            items.Add((new(
                rows.GetGuid(0), rows.GetString(3), rows.GetString(4), occurred, rows.GetFieldValue<DateTimeOffset>(1), ItemChange.Of(stood, after, rows.Text(9), differs), stood, after, rows.Text(9), was, isNow,
                open && differs ? VersionDiff.Words(was, isNow) : null, rows.IsDBNull(12) ? null : new(rows.GetGuid(12), rows.GetFieldValue<DateTimeOffset>(13)), wall), rows.GetGuid(2)));
        }

        if (items.Count <= StandingItems.PageSize) return ([.. items.Select(i => i.Item)], null);
        items.RemoveAt(StandingItems.PageSize);
        return ([.. items.Select(i => i.Item)], new ReplayCursor(items[^1].Item.LastAt, items[^1].Event).Written);
    }
}
