using System.Buffers.Text;
using System.Globalization;
using System.Text;
using ArchiveService.Access;
using ArchiveService.Features.Clocks;
using ArchiveService.Features.Records;
using ArchiveService.Features.Search;
using ArchiveService.Features.Watch;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Answering;

public enum QueueState
{
    /// <summary>Everything that waits for anything.</summary>
    Open,

    /// <summary>Nobody has looked at it.</summary>
    New,

    /// <summary>Must be answered and is not, forwarded or not.</summary>
    Unanswered,

    /// <summary>A clock ends before the end of today, or has ended.</summary>
    Due,

    /// <summary>A clock has ended.</summary>
    Overdue,
}

/// <summary>What makes something wait.</summary>
public enum QueueClock
{
    /// <summary>Secrecy is suspected and it still stands in the medium: genast.</summary>
    Secrecy,

    /// <summary>An emergency act that nobody has examined.</summary>
    Emergency,

    /// <summary>Nobody has looked at it.</summary>
    Review,

    /// <summary>Nobody has answered.</summary>
    Answer,
}

/// <param name="Due">Null where neither the guideline nor the channel's plan says how soon.</param>
public sealed record QueueDue(QueueClock Clock, DateTimeOffset Since, DateTimeOffset? Due, bool Overdue, string Span, string Requirement);

public sealed record QueueItem(
    Guid Id, Guid Channel, string Authority, string Platform, string? ChannelHandle, string? Kind, FoundSender? Sender, string? Snippet, string Access, string State,
    DateTimeOffset ReceivedAt, bool IsNew, bool IsQuestion, DateTimeOffset? ForwardedAt, Guid? ProposedReply, IReadOnlyList<QueueDue> Waits)
{
    /// <summary>What ends first.</summary>
    public QueueDue? First => Waits.OrderBy(w => w.Due ?? DateTimeOffset.MaxValue).FirstOrDefault();
}

public sealed record QueueCount(Guid Channel, Guid AuthorityId, string Authority, string AuthorityName, string Platform, string? Handle, long New, long Unanswered, long Due, long Overdue, DateTimeOffset? OldestOverdue);

/// <summary>Where the next page begins.</summary>
public sealed record QueueCursor(int Urgency, DateTimeOffset ReceivedAt, Guid Id)
{
    public string Written => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Urgency}|{ReceivedAt.UtcTicks}|{Id:N}")));

    public static QueueCursor? Read(string written)
    {
        try
        {
            var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(written)).Split('|');
            return parts.Length == 3 && parts[0] is "0" or "1" && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTime.MaxValue.Ticks
                && Guid.TryParseExact(parts[2], "N", out var id)
                ? new(parts[0] == "0" ? 0 : 1, new(ticks, TimeSpan.Zero), id)
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}

/// <summary>What is asked for. <paramref name="Due"/>: what is due by then, instead of by the end of today.</summary>
public sealed record QueueAsked(QueueState State = QueueState.Open, Guid? Channel = null, DateTimeOffset? Due = null, QueueCursor? After = null, int Limit = 50);

public sealed record QueuePage(IReadOnlyList<QueueItem> Items, string? Next);

/// <summary>
/// The list of what waits, computed when asked. For each channel its clocks are turned around: what came in at this instant or before is overdue, so that
/// one comparison a row finds it, whatever the policy, the plan and the calendar say today.
/// </summary>
public sealed class Queue(Databases databases, WatchRegister watch, TimeProvider clock)
{
    public static readonly Role[] Readers = [Role.Moderator, Role.Kommunikator, Role.Chef, Role.Registrator];

    private const int MostRows = 200;

    // $1–$8 are the channels with their clocks; the conditions are the same for the rows and for the counts.
    private const string Waiting = """
        select i.*, s.wall, s.visibility, s.record_type,
               (i.incoming and i.reviewed_at is null) as is_new,
               (i.incoming and i.answered_at is null and i.closed_at is null and (k.duty = 'all' or (k.duty = 'questions' and i.is_question))) as unanswered,
               -- Hidden is still seen by its author and their friends: what is secret has to be out of the medium (T-14, R-11).
               (i.secrecy_since is not null and s.visibility in ('visible', 'hidden') and s.record_type <> 'direct-message') as secret_stands,
               k.review_overdue, k.review_due, k.answer_overdue, k.answer_due, k.promptly_overdue, k.promptly_due
        from unnest($1, $2, $3, $4, $5, $6, $7, $8) k(channel_id, duty, review_overdue, review_due, answer_overdue, answer_due, promptly_overdue, promptly_due)
        -- One branch a partial index: what has long been done is not looked at, however much of it there is.
        cross join lateral (
          select o.* from archive.open_items o where o.channel_id = k.channel_id and o.incoming and o.reviewed_at is null
          union select o.* from archive.open_items o where o.channel_id = k.channel_id and o.incoming and o.is_question and o.answered_at is null and o.closed_at is null
          union select o.* from archive.open_items o where k.duty = 'all' and o.channel_id = k.channel_id and o.incoming and o.answered_at is null and o.closed_at is null
          union select o.* from archive.open_items o where o.channel_id = k.channel_id and (o.secrecy_since is not null or o.emergency_since is not null)) i
        join archive.record_states s on s.record_id = i.record_id
        where s.disposed_at is null
        """;

    private const string IsOverdue = "(w.secret_stands or coalesce(w.is_new and w.received_at <= w.review_overdue, false) or coalesce(w.unanswered and w.received_at <= w.answer_overdue, false) or coalesce(w.emergency_since <= w.promptly_overdue, false))";
    private const string IsDue = "(w.secret_stands or coalesce(w.is_new and w.received_at <= w.review_due, false) or coalesce(w.unanswered and w.received_at <= w.answer_due, false) or coalesce(w.emergency_since <= w.promptly_due, false))";
    private const string Urgency = "(case when w.secret_stands or w.emergency_since is not null then 0 else 1 end)";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/queue", async (HttpRequest request, Caller caller, Queue queue, RecordViewFreshness freshness, CancellationToken ct) =>
        {
            if (!caller.MayAnywhere(Readers)) return Problems.Refused(NotAllowed);
            var (asked, refused) = Parse(request.Query);
            refused ??= await freshness.Reach(request, ct);
            if (refused is not null) return Problems.Refused(refused);
            var page = await queue.Page(asked!, caller, ct);
            return (IResult)TypedResults.Ok(new { page.Items, page.Next, channels = await queue.Counts(caller, ct) });
        }).WithName("queue");
        routes.MapGet("/api/v1/queue/overdue", async (Caller caller, Queue queue, CancellationToken ct) => caller.MayAnywhere(Readers)
            ? (IResult)TypedResults.Ok(await queue.Digest(caller, ct))
            : Problems.Refused(NotAllowed)).WithName("queue-overdue");
    }

    private static Refusal NotAllowed => Refusal.NotAllowed("Arbetslistan är för moderator, kommunikatör, registrator och chef.");

    public static (QueueAsked? Asked, Refusal? Refused) Parse(IQueryCollection query)
    {
        var asked = new QueueAsked();
        foreach (var (name, values) in query)
        {
            var value = values.ToString().Trim();
            if (value.Length == 0) continue;
            switch (name)
            {
                case "after": break;
                case "state" when StoredWord.Find<QueueState>(value) is { } state: asked = asked with { State = state }; break;
                case "state": return (null, BadParameter.Of(name, "state ska vara open, new, unanswered, due eller overdue."));
                case "channel" when Guid.TryParse(value, out var channel): asked = asked with { Channel = channel }; break;
                case "channel": return (null, BadParameter.Of(name, "channel ska vara en kanals id."));
                case "due" when RecordSearch.Day(value) is { } day: asked = asked with { Due = day.End }; break;
                case "due": return (null, BadParameter.Of(name, "due ska vara en dag (2026-11-20) eller en tidpunkt (2026-11-20T08:00:00Z)."));
                case "cursor" when QueueCursor.Read(value) is { } cursor: asked = asked with { After = cursor }; break;
                case "cursor": return (null, BadParameter.Of(name, "Markören går inte att läsa. Börja om från första sidan."));
                case "limit" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MostRows: asked = asked with { Limit = limit }; break;
                case "limit": return (null, BadParameter.Of(name, $"limit ska vara 1–{MostRows}."));
                default: return (null, BadParameter.Of(name, $"Parametern {name} finns inte. Möjliga: channel, state, due, cursor, limit."));
            }
        }

        return (asked.Due is not null && asked.State == QueueState.Open ? asked with { State = QueueState.Due } : asked, null);
    }

    public async Task<QueuePage> Page(QueueAsked asked, Caller caller, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var channels = (await Channels(caller, ct)).Where(c => asked.Channel is null || c.Id == asked.Channel).ToDictionary(c => c.Id);
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        AddClocks(sql, channels.Values, now, asked.Due ?? EndOfDay(now));
        var condition = asked.State switch
        {
            QueueState.New => "w.is_new",
            QueueState.Unanswered => "w.unanswered",
            QueueState.Due => IsDue,
            QueueState.Overdue => IsOverdue,
            _ => "(w.is_new or w.unanswered or w.secret_stands or w.emergency_since is not null)",
        };
        if (asked.After is { } after) condition += $" and ({Urgency}, w.received_at, w.record_id) > ({sql.Value(after.Urgency)}, {sql.Value(after.ReceivedAt.ToUniversalTime())}, {sql.Value(after.Id)})";
        sql.Add($"""
            with w as ({Waiting}),
            page as materialized (
              select w.*, {Urgency} as urgency from w where {condition} and {Seen(sight, sql)} order by urgency, w.received_at, w.record_id limit {sql.Value(asked.Limit + 1)}
            )
            select p.record_id, p.channel_id, v.kind, v.sender_name, v.sender_handle, v.author_id, case when p.wall = 'open' then left(v.text, 300) end, p.wall, p.visibility,
                   p.received_at, p.is_new, p.is_question, p.forwarded_at, p.unanswered, p.secret_stands, p.secrecy_since, p.emergency_since, p.urgency,
                   -- The channel's own reply under it, until somebody has confirmed that it is the answer.
                   (select r.record_id from {sight.Records} r
                    where p.unanswered and r.parent_id = p.record_id and r.direction = 'drawnUp' and not r.destroyed and {sight.Allows(sql, "r")}
                    order by r.occurred_at limit 1)
            from page p left join {sight.Records} v using (record_id)
            order by p.urgency, p.received_at, p.record_id
            """);
        await using var query = sql.Command(sight.Db);
        await using var row = await query.ExecuteReaderAsync(ct);
        var items = new List<QueueItem>();
        QueueCursor? next = null, last = null;
        while (await row.ReadAsync(ct))
        {
            if (items.Count == asked.Limit)
            {
                next = last;
                break;
            }

            var channel = channels[row.GetGuid(1)];
            var received = row.GetFieldValue<DateTimeOffset>(9);
            items.Add(new(
                row.GetGuid(0), channel.Id, channel.AuthorityCode, channel.Platform, channel.Handle, row.Text(2),
                row.IsDBNull(2) ? null : new(row.Text(3), row.Text(4), row.GetFieldValue<Guid?>(5)), row.Text(6), row.GetString(7), row.GetString(8),
                received, row.GetBoolean(10), row.GetBoolean(11), row.GetFieldValue<DateTimeOffset?>(12), row.GetFieldValue<Guid?>(18),
                channel.Clocks.Waits(
                    now, received, row.GetBoolean(10), row.GetBoolean(13), row.GetBoolean(14) ? row.GetFieldValue<DateTimeOffset>(15) : null, row.GetFieldValue<DateTimeOffset?>(16))));
            last = new(row.GetInt32(17), received, row.GetGuid(0));
        }

        return new(items, next?.Written);
    }

    /// <summary>What waits in each of the caller's channels that are open, or where something still waits.</summary>
    public async Task<IReadOnlyList<QueueCount>> Counts(Caller caller, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var channels = await Channels(caller, ct);
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        AddClocks(sql, channels, now, EndOfDay(now));
        sql.Add($"""
            with w as ({Waiting})
            select w.channel_id, count(*) filter (where w.is_new), count(*) filter (where w.unanswered), count(*) filter (where {IsDue}), count(*) filter (where {IsOverdue}),
                   min(w.received_at) filter (where {IsOverdue})
            from w where {Seen(sight, sql)} group by 1
            """);
        await using var query = sql.Command(sight.Db);
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new Dictionary<Guid, (long New, long Unanswered, long Due, long Overdue, DateTimeOffset? Oldest)>();
        while (await row.ReadAsync(ct)) found[row.GetGuid(0)] = (row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetFieldValue<DateTimeOffset?>(5));
        return
        [
            .. channels.Where(c => c.ClosedAt is null || found.ContainsKey(c.Id)).Select(c =>
            {
                var n = found.GetValueOrDefault(c.Id);
                return new QueueCount(c.Id, c.AuthorityId, c.AuthorityCode, c.AuthorityName, c.Platform, c.Handle, n.New, n.Unanswered, n.Due, n.Overdue, n.Oldest);
            }),
        ];
    }

    /// <summary>The day's reminder: what is late by channel, and the days nobody has looked.</summary>
    public async Task<QueueDigest> Digest(Caller caller, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var counts = await Counts(caller, ct);
        return new(
            PageParts.Swedish.Day(now), counts.Sum(c => c.New), counts.Sum(c => c.Unanswered), counts.Sum(c => c.Due), counts.Sum(c => c.Overdue),
            [.. counts.Where(c => c.Overdue > 0).OrderBy(c => c.OldestOverdue)],
            [.. (await watch.Standing(caller, ct)).Where(s => s.Unwatched.Count > 0 || s.Unstaffed.Count > 0 || s.ProposesClosing)]);
    }

    /// <summary>The inline tables know of every record, and one login reads them all: who may see nothing behind a wall is kept to what is open here.</summary>
    private static string Seen(RecordViewSight sight, SqlText sql) => sight.SeesBehindWalls ? sight.Allows(sql, "w") : $"w.wall = 'open' and {sight.Allows(sql, "w")}";

    private static DateTimeOffset EndOfDay(DateTimeOffset now) => PageParts.Swedish.StartOf(PageParts.Swedish.Day(now).AddDays(1));

    private async Task<IReadOnlyList<WatchedChannel>> Channels(Caller caller, CancellationToken ct) =>
        [.. (await watch.Channels(caller, Readers, ct))];

    private static void AddClocks(SqlText sql, IEnumerable<WatchedChannel> channels, DateTimeOffset now, DateTimeOffset due)
    {
        var all = channels.ToList();
        // Channels of one authority mostly share their clocks, which are turned around once each.
        var turned = new Dictionary<(Clock, DateTimeOffset), DateTimeOffset>();
        object? Turn(Clock? clock, DateTimeOffset at)
        {
            if (clock is null) return null;
            if (!turned.TryGetValue((clock, at), out var latest)) turned[(clock, at)] = latest = clock.LatestDueBy(at);
            return latest;
        }

        void Times(Func<ChannelClocks, Clock?> of, DateTimeOffset at) => sql.Parameters.Add(new()
        {
            Value = all.Select(c => (DateTimeOffset?)Turn(of(c.Clocks), at)).ToArray(),
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
        });
        sql.Parameters.Add(new() { Value = all.Select(c => c.Id).ToArray() });
        sql.Parameters.Add(new() { Value = all.Select(c => RecordStates.Stored(c.Clocks.Duty)).ToArray() });
        Times(c => c.Review, now);
        Times(c => c.Review, due);
        Times(c => c.Answer, now);
        Times(c => c.Answer, due);
        Times(c => c.Promptly, now);
        Times(c => c.Promptly, due);
    }
}

public sealed record QueueDigest(DateOnly Day, long New, long Unanswered, long Due, long Overdue, IReadOnlyList<QueueCount> Late, IReadOnlyList<WatchStanding> Watch);

public static class ItemClocks
{
    /// <summary>The clocks that run on one item. Pure.</summary>
    public static IReadOnlyList<QueueDue> Waits(
        this ChannelClocks clocks, DateTimeOffset now, DateTimeOffset received, bool isNew, bool unanswered, DateTimeOffset? secretStandsSince, DateTimeOffset? emergencySince)
    {
        var waits = new List<QueueDue>();
        void Add(QueueClock kind, DateTimeOffset since, Clock? clock, string requirement) =>
            waits.Add(new(kind, since, clock?.Due(since), clock?.Due(since) <= now, clock?.InSwedish ?? "ingen tid angiven", requirement));
        if (secretStandsSince is { } secret) Add(QueueClock.Secrecy, secret, ChannelClocks.Secrecy, "OSL 5 kap. 1 §, T-14, R-11");
        if (emergencySince is { } emergency) Add(QueueClock.Emergency, emergency, clocks.Promptly, "BBS 5 §, N-13, T-08");
        if (isNew) Add(QueueClock.Review, received, clocks.Review, clocks.ReviewRequirement);
        if (unanswered) Add(QueueClock.Answer, received, clocks.Answer, clocks.AnswerRequirement);
        return waits;
    }
}
