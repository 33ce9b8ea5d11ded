using System.Globalization;
using ArchiveService.Features.Records;
using ArchiveService.Features.Search;
using ArchiveService.Http;

namespace ArchiveService.Features.Accounts;

/// <summary>
/// Two times: how it was on the platform at <paramref name="At"/>, as far as the last checkpoint signed at or before <paramref name="KnownAt"/> vouches for. A
/// <paramref name="KnownAt"/> that is not given, or is still to come, bounds nothing: then it is all that is known.
/// </summary>
public sealed record ReplayInstant(DateTimeOffset At, DateTimeOffset KnownAt, SearchCursor? After)
{
    /// <summary>Whether a checkpoint divides what was known from what came later.</summary>
    public bool IsBounded { get; init; }

    /// <summary>The last event known.</summary>
    internal long Last { get; init; } = long.MaxValue;

    private static readonly TimeZoneInfo Stockholm = TimeZoneInfo.FindSystemTimeZoneById("Europe/Stockholm");

    public static (ReplayInstant? Asked, Refusal? Refused) Parse(string? at, string? knownAt, string? cursor, DateTimeOffset now)
    {
        if (Read(at, now) is not { } when) return (null, BadParameter.Of("at", "at ska vara en tidpunkt, som 2026-11-20T08:00:00Z eller 2026-11-20T08:00 (svensk tid)."));
        if (Read(knownAt, now) is not { } known) return (null, BadParameter.Of("knownAt", "knownAt ska vara en tidpunkt, som 2026-11-20T08:00:00Z eller 2026-11-20T08:00 (svensk tid)."));
        SearchCursor? after = null;
        return !string.IsNullOrEmpty(cursor) && (after = SearchCursor.Read(cursor)) is null
            ? (null, BadParameter.Of("cursor", "Markören går inte att läsa. Börja om från första sidan."))
            : (new(when, known, after) { IsBounded = !string.IsNullOrWhiteSpace(knownAt) && known < now }, null);
    }

    private static DateTimeOffset? Read(string? written, DateTimeOffset now)
    {
        if (string.IsNullOrWhiteSpace(written)) return now;
        if (DateTime.TryParseExact(written, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
            return local.Year is < 2 or > 9998 ? null : new DateTimeOffset(local, Stockholm.GetUtcOffset(local)).ToUniversalTime();
        return DateTimeOffset.TryParse(written, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant) ? instant : null;
    }
}

public sealed record ReplayName(string? Name, string? Handle, DateTimeOffset ValidAt, DateTimeOffset RecordedAt, bool Destroyed);

/// <summary>An item as it stood: <paramref name="State"/> at the instant, with the text it had then. Behind a wall the text is read by opening the record.</summary>
public sealed record ReplayItem(
    Guid Id, string Kind, string Direction, DateTimeOffset OccurredAt, DateTimeOffset RecordedAt, string State, string? StateBy, DateTimeOffset? StateAt, string? Text, bool Destroyed, string Access);

public sealed record ReplayCounts(int Visible, int Hidden, int Unpublished, int Deleted, string Relation);

/// <summary>An account as it was at an instant and as that was known at another: names, and what it wrote with its state in the channel.</summary>
public sealed record AccountReplay(
    AccountLine Account, DateTimeOffset At, DateTimeOffset KnownAt, ReplayName? Name, IReadOnlyList<ReplayName> Names, ReplayCounts Counts, IReadOnlyList<ReplayItem> Items,
    DateTimeOffset? Previous, DateTimeOffset? NextEvent, string? Next)
{
    /// <summary>What <see cref="KnownAt"/> came to; absent when it bounds nothing, and before the first checkpoint.</summary>
    public Replay.Vouched? Checkpoint { get; init; }

    private const int PageSize = 50;

    /// <summary>How many items are counted exactly; the newest at the instant come first.</summary>
    private const int Counted = 1000;

    internal static async Task<AccountReplay> Read(RecordViewSight sight, AccountLine account, ReplayInstant asked, CancellationToken ct)
    {
        var names = await NamesOf(sight, account.Id, asked, ct);
        var items = await ItemsOf(sight, account.Id, asked, PageSize + 1, ct);
        string? next = null;
        if (items.Count > PageSize)
        {
            items.RemoveAt(PageSize);
            next = new SearchCursor(SearchOrder.Newest, items[^1].OccurredAt, "", items[^1].Id).Written;
        }

        var (previous, following) = await Neighbours(sight, account.Id, asked, ct);
        return new(account, asked.At, asked.KnownAt, names.LastOrDefault(), names, await Count(sight, account.Id, asked, ct), items, previous, following, next);
    }

    private static async Task<List<ReplayName>> NamesOf(RecordViewSight sight, Guid account, ReplayInstant asked, CancellationToken ct)
    {
        await using var query = sight.Db.CreateCommand($"""
            select name, handle, valid_at, recorded_at, destroyed from {sight.AccountNames}
            where account_id = $1 and valid_at <= $2 and seq <= $3 order by valid_at, profile
            """);
        query.Parameters.Add(new() { Value = account });
        query.Parameters.Add(new() { Value = asked.At.ToUniversalTime() });
        query.Parameters.Add(new() { Value = asked.Last });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var names = new List<ReplayName>();
        while (await rows.ReadAsync(ct))
            names.Add(new(rows.Text(0), rows.Text(1), rows.GetFieldValue<DateTimeOffset>(2), rows.GetFieldValue<DateTimeOffset>(3), rows.GetBoolean(4)));
        return names;
    }

    /// <summary>
    /// The account's records that stood at the instant, as far as was known. An act counts when it had happened (valid time) and the checkpoint
    /// vouches for it; of several at one instant the strongest holds, as in the record view.
    /// </summary>
    private static string Standing(RecordViewSight sight, SqlText sql, Guid account, ReplayInstant asked, string page)
    {
        var (at, known) = (sql.Value(asked.At.ToUniversalTime()), sql.Value(asked.Last));
        return $"""
            select r.record_id, r.kind, r.direction, r.occurred_at, r.captured_at, r.wall, r.destroyed, v.name, v.acted_by, v.valid_at
            from {sight.Records} r
            left join lateral (
              select a.name, a.acted_by, a.valid_at from {sight.Acts} a
              where a.record_id = r.record_id and a.valid_at <= {at} and a.seq <= {known}
                and a.name in ('item_hidden', 'item_unpublished', 'item_deleted_from_channel', 'item_restored')
              order by a.valid_at desc, case a.name when 'item_deleted_from_channel' then 3 when 'item_unpublished' then 2 when 'item_hidden' then 1 else 0 end desc limit 1
            ) v on true
            where r.author_id = {sql.Value(account)} and r.occurred_at <= {at} and {sight.Allows(sql, "r")}
              and exists (select from {sight.Acts} a where a.record_id = r.record_id and a.name in ('item_captured', 'item_edited') and a.seq <= {known} and a.valid_at <= {at})
              {page}
            """;
    }

    private static async Task<List<ReplayItem>> ItemsOf(RecordViewSight sight, Guid account, ReplayInstant asked, int limit, CancellationToken ct)
    {
        var sql = new SqlText();
        var page = asked.After is { } after ? $"and (r.occurred_at, r.record_id) < ({sql.Value(after.At.ToUniversalTime())}, {sql.Value(after.Id)})" : "";
        page += $" order by r.occurred_at desc, r.record_id desc limit {sql.Value(limit)}";
        sql.Add($"select s.*, t.text, coalesce(t.destroyed, s.destroyed) from ({Standing(sight, sql, account, asked, page)}) s left join lateral (")
            .Add($"select t.text, t.destroyed from {sight.Versions} t where t.record_id = s.record_id and t.valid_at <= {sql.Value(asked.At.ToUniversalTime())} and t.seq <= {sql.Value(asked.Last)}")
            .Add("order by t.valid_at desc, t.content collate \"C\" desc limit 1) t on true order by s.occurred_at desc, s.record_id desc");
        await using var query = sql.Command(sight.Db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var items = new List<ReplayItem>();
        while (await rows.ReadAsync(ct))
        {
            var wall = rows.GetString(5);
            items.Add(new(
                rows.GetGuid(0), rows.GetString(1), rows.GetString(2), rows.GetFieldValue<DateTimeOffset>(3), rows.GetFieldValue<DateTimeOffset>(4), State(rows.Text(7)),
                rows.Text(8), rows.GetFieldValue<DateTimeOffset?>(9), wall == RecordStates.Stored(Wall.Open) ? rows.Text(10) : null, rows.GetBoolean(11), wall));
        }

        return items;
    }

    private static async Task<ReplayCounts> Count(RecordViewSight sight, Guid account, ReplayInstant asked, CancellationToken ct)
    {
        var sql = new SqlText();
        var standing = Standing(sight, sql, account, asked, $"order by r.occurred_at desc, r.record_id desc limit {sql.Value(Counted + 1)}");
        sql.Add($"select name, count(*)::int from ({standing}) s group by name");
        await using var query = sql.Command(sight.Db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var counts = new Dictionary<string, int>();
        while (await rows.ReadAsync(ct))
        {
            var state = State(rows.Text(0));
            counts[state] = counts.GetValueOrDefault(state) + rows.GetInt32(1);
        }

        int Of(Visibility visibility) => counts.GetValueOrDefault(RecordStates.Stored(visibility));
        return new(Of(Visibility.Visible), Of(Visibility.Hidden), Of(Visibility.Unpublished), Of(Visibility.Deleted), counts.Values.Sum() > Counted ? "atLeast" : "exact");
    }

    /// <summary>When something of the account last changed before the instant, and next after it, as far as was known.</summary>
    private static async Task<(DateTimeOffset? Previous, DateTimeOffset? Next)> Neighbours(RecordViewSight sight, Guid account, ReplayInstant asked, CancellationToken ct)
    {
        var sql = new SqlText();
        var (at, known) = (sql.Value(asked.At.ToUniversalTime()), sql.Value(asked.Last));
        sql.Add($"""
            with nearest as materialized (
              (select r.record_id from {sight.Records} r where r.author_id = {sql.Value(account)} and r.occurred_at <= {at} and {sight.Allows(sql, "r")} order by r.occurred_at desc limit {Counted})
              union all
              (select r.record_id from {sight.Records} r where r.author_id = {sql.Value(account)} and r.occurred_at > {at} and {sight.Allows(sql, "r")} order by r.occurred_at limit 1)
            )
            select max(a.valid_at) filter (where a.valid_at < {at}), min(a.valid_at) filter (where a.valid_at > {at})
            from nearest n join {sight.Acts} a using (record_id)
            where a.seq <= {known} and a.name in ('item_captured', 'item_edited', 'item_hidden', 'item_unpublished', 'item_deleted_from_channel', 'item_restored')
            """);
        await using var query = sql.Command(sight.Db);
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetFieldValue<DateTimeOffset?>(0), row.GetFieldValue<DateTimeOffset?>(1));
    }

    private static string State(string? act) => RecordStates.Stored(act switch
    {
        "item_hidden" => Visibility.Hidden,
        "item_unpublished" => Visibility.Unpublished,
        "item_deleted_from_channel" => Visibility.Deleted,
        _ => Visibility.Visible,
    });
}
