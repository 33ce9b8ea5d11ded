using System.Buffers.Text;
using System.Globalization;
using System.Text;
using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Clocks;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Search;
using ArchiveService.Features.Watch;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Opening;

public enum MorningState
{
    /// <summary>Everything without an outcome.</summary>
    All,

    /// <summary>Came in since the last emptying.</summary>
    New,

    /// <summary>Should have had an outcome before now.</summary>
    Overdue,

    /// <summary>Direct messages.</summary>
    Messages,
}

public sealed record MorningPerson(Guid Id, string Name);

/// <param name="ProtectedIdentity">By somebody with a protected identity: only the cleared have such a row.</param>
/// <param name="Names">Staff whose whole name stands in the text; only where the text may be shown.</param>
public sealed record MorningItem(
    Guid Id, Guid Channel, string Platform, string? ChannelHandle, string? Kind, bool DirectMessage, FoundSender? Sender, string? Snippet, string Access, string Visibility,
    DateTimeOffset ReceivedAt, DateTimeOffset ArrivedAt, bool IsNew, DateTimeOffset Due, bool Overdue, IReadOnlyList<MorningPerson> Names, bool ProtectedIdentity = false);

/// <param name="TendedBy">Those with an assignment in force for the channel, and its administrators.</param>
public sealed record MorningChannel(Guid Channel, string Platform, string? Handle, long Rows, long Messages, long Overdue, IReadOnlyList<MorningPerson> TendedBy);

/// <param name="ByRule">Given a default state by a rule since the last emptying.</param>
public sealed record MorningCounts(long Rows, long New, long Overdue, long Messages, DateTimeOffset? Oldest, long ByRule);

public sealed record MorningAsked(MorningState State = MorningState.All, Guid? Channel = null, Guid? Person = null, (DateTimeOffset At, Guid Id)? After = null, int Limit = 50);

public sealed record MorningPage(IReadOnlyList<MorningItem> Items, string? Next);

/// <summary>One authority with what stands in its list, as the reader may know it.</summary>
public sealed record MorningAuthority(Authority Authority, MorningCounts Counts, EmptyingMoment? Last, Clock Clock);

/// <summary>Who signed last, when, and until which moment.</summary>
public sealed record EmptyingMoment(Guid Id, DateTimeOffset Until, DateTimeOffset CountedAt, DateTimeOffset SignedAt, Guid SignedBy);

/// <summary>
/// Postöppning: what came in since last and has no outcome, of every channel of an authority (OSL 5:1, amendment c 1). A row leaves it by an outcome only,
/// because it is nothing but the incoming records without one.
/// </summary>
public sealed class MorningList(Databases databases, AuthorityRegister authorities, WatchRegister watch, TimeProvider clock)
{
    public static readonly Role[] Readers = [Role.Registrator, Role.Moderator, Role.Chef];

    private const int MostRows = 200;

    private const string Rows = """
        select i.*, s.wall, s.visibility, s.record_type, s.account_id from archive.open_items i join archive.record_states s on s.record_id = i.record_id
        where i.incoming and i.outcome is null and s.disposed_at is null
        """;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/v1/authorities/{code}/inbox", async (
        string code, HttpRequest request, Caller caller, MorningList list, RecordViewFreshness freshness, CancellationToken ct) =>
    {
        var (authority, no) = await list.Find(code, caller, ct);
        if (authority is null) return Problems.Refused(no!);
        var (asked, refused) = Parse(request.Query);
        refused ??= await freshness.Reach(request, ct);
        if (refused is not null) return Problems.Refused(refused);
        var standing = await list.Standing(authority, caller, ct);
        var page = await list.Page(standing, asked!, caller, ct);
        return (IResult)TypedResults.Ok(new
        {
            authority = authority.Code,
            page.Items,
            page.Next,
            standing.Counts,
            lastEmptied = standing.Last,
            due = standing.Clock.Written,
            channels = await list.Channels(standing, caller, ct),
        });
    }).WithName("inbox");

    public async Task<(Authority? Authority, Refusal? Refused)> Find(string code, Caller caller, CancellationToken ct)
    {
        if (await authorities.Find(code.Trim(), ct) is not { } authority || !caller.IsStaffOf(authority.Id)) return (null, Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {code}."));
        return caller.May(authority.Id, Readers) ? (authority, null) : (null, Refusal.NotAllowed("Postöppningen är för registrator, moderator och chef."));
    }

    public static (MorningAsked? Asked, Refusal? Refused) Parse(IQueryCollection query)
    {
        var asked = new MorningAsked();
        foreach (var (name, values) in query)
        {
            var value = values.ToString().Trim();
            if (value.Length == 0) continue;
            switch (name)
            {
                case "after" or "authority": break;
                case "state" when StoredWord.Find<MorningState>(value) is { } state: asked = asked with { State = state }; break;
                case "state": return (null, BadParameter.Of(name, "state ska vara all, new, overdue eller messages."));
                case "channel" when Guid.TryParse(value, out var channel): asked = asked with { Channel = channel }; break;
                case "channel": return (null, BadParameter.Of(name, "channel ska vara en kanals id."));
                case "person" when Guid.TryParse(value, out var person): asked = asked with { Person = person }; break;
                case "person": return (null, BadParameter.Of(name, "person ska vara en persons id."));
                case "cursor" when Cursor(value) is { } cursor: asked = asked with { After = cursor }; break;
                case "cursor": return (null, BadParameter.Of(name, "Markören går inte att läsa. Börja om från första sidan."));
                case "limit" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MostRows: asked = asked with { Limit = limit }; break;
                case "limit": return (null, BadParameter.Of(name, $"limit ska vara 1–{MostRows}."));
                default: return (null, BadParameter.Of(name, $"Parametern {name} finns inte. Möjliga: state, channel, person, cursor, limit."));
            }
        }

        return (asked, null);
    }

    /// <summary>Every authority whose list the caller reads.</summary>
    public async Task<IReadOnlyList<MorningAuthority>> Mine(Caller caller, CancellationToken ct)
    {
        if (caller.IsService) return [];
        var of = caller.AuthoritiesWith(Readers);
        var found = new List<MorningAuthority>();
        foreach (var authority in (await authorities.All(ct)).Where(a => of is null || of.Contains(a.Id))) found.Add(await Standing(authority, caller, ct));
        return [.. found.OrderBy(a => a.Authority.Name, StringComparer.Create(CultureInfo.GetCultureInfo("sv-SE"), ignoreCase: true))];
    }

    public async Task<MorningAuthority> Standing(Authority authority, Caller caller, CancellationToken ct)
    {
        var timer = Outcomes.RegistrationClock(authority.Policy);
        var last = await Last(authority.Id, ct);
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        var (of, overdue, since, counted) = (sql.Value(authority.Id), sql.Value(timer.LatestDueBy(clock.GetUtcNow())), sql.Value(last?.Until ?? DateTimeOffset.UnixEpoch), sql.Value(last?.CountedAt ?? DateTimeOffset.UnixEpoch));
        sql.Add($"""
            with w as ({Rows} and i.authority_id = {of})
            select count(*), count(*) filter (where w.arrived_at > {since}), count(*) filter (where w.received_at <= {overdue}), count(*) filter (where w.record_type = 'direct-message'), min(w.received_at),
                   (select count(*) from (select i.authority_id, s.wall from archive.open_items i join archive.record_states s using (record_id)
                    where i.authority_id = {of} and i.incoming and i.outcome is not null and i.by_rule and i.outcome_at > {counted}) r where {Seen(sight, sql, "r")})
            from w where {Seen(sight, sql, "w")}
            """);
        await using var query = sql.Command(sight.Db);
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return new(authority, new(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetFieldValue<DateTimeOffset?>(4), row.GetInt64(5)), last, timer);
    }

    public async Task<MorningPage> Page(MorningAuthority of, MorningAsked asked, Caller caller, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        var condition = asked.State switch
        {
            MorningState.New => $"w.arrived_at > {sql.Value(of.Last?.Until ?? DateTimeOffset.UnixEpoch)}",
            MorningState.Overdue => $"w.received_at <= {sql.Value(of.Clock.LatestDueBy(now))}",
            MorningState.Messages => "w.record_type = 'direct-message'",
            _ => "true",
        };
        if (asked.Channel is { } channel) condition += $" and w.channel_id = {sql.Value(channel)}";
        if (asked.Person is { } person)
        {
            // What is addressed to somebody on the staff came to a channel they tend, or names them in the text.
            var tended = (await Tended(of.Authority.Id, ct)).Where(t => t.Person == person).Select(t => t.Channel).ToArray();
            var name = (await watch.Names([person], ct)).GetValueOrDefault(person) ?? "";
            condition += $" and (w.channel_id = any ({sql.Value(tended)})";
            if (name.Contains(' ', StringComparison.Ordinal))
                condition += $" or (w.wall = 'open' and exists (select from {sight.Records} t where t.record_id = w.record_id and position(lower({sql.Value(name)}) in lower(t.text)) > 0))";
            condition += ")";
        }

        if (asked.After is { } after) condition += $" and (w.received_at, w.record_id) > ({sql.Value(after.At)}, {sql.Value(after.Id)})";
        sql.Add($"""
            with w as ({Rows} and i.authority_id = {sql.Value(of.Authority.Id)}),
            page as materialized (select w.* from w where {condition} and {Seen(sight, sql, "w")} order by w.received_at, w.record_id limit {sql.Value(asked.Limit + 1)})
            select p.record_id, p.channel_id, c.platform, h.handle, v.kind, p.record_type, v.sender_name, v.sender_handle, v.author_id, case when p.wall = 'open' then left(v.text, 2000) end,
                   p.wall, p.visibility, p.received_at, p.arrived_at, {(sight.SeesBehindWalls ? "p.wall = 'secret' and exists (select from archive.protected_accounts f where f.account_id = p.account_id)" : "false")}
            from page p join archive.channels c using (channel_id) left join views.channel_register h using (channel_id) left join {sight.Records} v using (record_id)
            order by p.received_at, p.record_id
            """);
        var names = await Employees(of.Authority.Id, ct);
        await using var query = sql.Command(sight.Db);
        await using var row = await query.ExecuteReaderAsync(ct);
        var items = new List<MorningItem>();
        while (await row.ReadAsync(ct))
        {
            if (items.Count == asked.Limit) return new(items, Written(items[^1].ReceivedAt, items[^1].Id));
            var (text, received, arrived) = (row.Text(9), row.GetFieldValue<DateTimeOffset>(12), row.GetFieldValue<DateTimeOffset>(13));
            var due = of.Clock.Due(received);
            items.Add(new(
                row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.Text(3), row.Text(4), row.GetString(5) == "direct-message",
                row.IsDBNull(4) ? null : new(row.Text(6), row.Text(7), row.GetFieldValue<Guid?>(8)), text is { Length: > 300 } ? text[..300] : text, row.GetString(10), row.GetString(11),
                received, arrived, arrived > (of.Last?.Until ?? DateTimeOffset.MinValue), due, due <= now,
                text is null ? [] : [.. names.Where(n => text.Contains(n.Name, StringComparison.OrdinalIgnoreCase) && Hints.In(text, [n.Name]).Any(h => h.Kind == HintKind.Employee && string.Equals(text.Substring(h.At, h.Length), n.Name, StringComparison.OrdinalIgnoreCase)))], row.GetBoolean(14)));
        }

        return new(items, null);
    }

    /// <summary>The authority's channels in which something stands, with those who tend them.</summary>
    public async Task<IReadOnlyList<MorningChannel>> Channels(MorningAuthority of, Caller caller, CancellationToken ct)
    {
        var tended = await Tended(of.Authority.Id, ct);
        var names = await watch.Names(tended.Select(t => t.Person), ct);
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        sql.Add($"""
            with w as ({Rows} and i.authority_id = {sql.Value(of.Authority.Id)})
            select w.channel_id, c.platform, h.handle, count(*), count(*) filter (where w.record_type = 'direct-message'), count(*) filter (where w.received_at <= {sql.Value(of.Clock.LatestDueBy(clock.GetUtcNow()))})
            from w join archive.channels c using (channel_id) left join views.channel_register h using (channel_id)
            where {Seen(sight, sql, "w")} group by 1, 2, 3 order by c.platform, h.handle, 1
            """);
        await using var query = sql.Command(sight.Db);
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<MorningChannel>();
        while (await row.ReadAsync(ct))
        {
            var id = row.GetGuid(0);
            found.Add(new(id, row.GetString(1), row.Text(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5),
                [.. tended.Where(t => t.Channel == id && names.ContainsKey(t.Person)).Select(t => new MorningPerson(t.Person, names[t.Person])).Distinct().OrderBy(p => p.Name, StringComparer.CurrentCulture)]));
        }

        return found;
    }

    /// <summary>Those whom something can be addressed to at the authority.</summary>
    public async Task<IReadOnlyList<MorningPerson>> People(Guid authority, CancellationToken ct)
    {
        var tended = await Tended(authority, ct);
        var names = await watch.Names(tended.Select(t => t.Person), ct);
        return [.. names.Select(n => new MorningPerson(n.Key, n.Value)).OrderBy(p => p.Name, StringComparer.CurrentCulture)];
    }

    private async Task<IReadOnlyList<MorningPerson>> Employees(Guid authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select p.person_id, n.name from archive.persons p join views.persons n using (person_id)
            where not p.is_service and p.closed_at is null and position(' ' in n.name) > 0
              and exists (select from archive.grants g where g.person_id = p.person_id and (g.authority_id is null or g.authority_id = $1))
            limit 5000
            """);
        query.Parameters.Add(new() { Value = authority });
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<MorningPerson>();
        while (await row.ReadAsync(ct)) found.Add(new(row.GetGuid(0), row.GetString(1)));
        return found;
    }

    /// <summary>Channel and person: by an assignment in force today, as its substitute, or as the channel's administrator.</summary>
    private async Task<IReadOnlyList<(Guid Channel, Guid Person)>> Tended(Guid authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            with held as (
              select a.* from archive.assignments a
              where a.authority_id = $1 and $2 between a.valid_from and coalesce(a.valid_until, 'infinity') and a.ended_at is null and (a.authorised_at is not null or not a.needs_authorisation))
            select c.channel_id, h.person_id from archive.channels c join held h on h.channel_id is null or h.channel_id = c.channel_id where c.authority_id = $1
            union
            select c.channel_id, s.person_id from archive.channels c join held h on h.channel_id is null or h.channel_id = c.channel_id
            join archive.assignment_substitutes s on s.assignment_id = h.assignment_id and $2 between s.valid_from and s.valid_until where c.authority_id = $1
            union
            select c.channel_id, m.person_id from archive.channels c join archive.channel_administrators m using (channel_id) where c.authority_id = $1
            """);
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = Swedish.Day(clock.GetUtcNow()) });
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<(Guid, Guid)>();
        while (await row.ReadAsync(ct)) found.Add((row.GetGuid(0), row.GetGuid(1)));
        return found;
    }

    private async Task<EmptyingMoment?> Last(Guid authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select emptying_id, until, counted_at, signed_at, signed_by from archive.inbox_emptyings where authority_id = $1 order by signed_at desc limit 1");
        query.Parameters.Add(new() { Value = authority });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? new(row.GetGuid(0), row.GetFieldValue<DateTimeOffset>(1), row.GetFieldValue<DateTimeOffset>(2), row.GetFieldValue<DateTimeOffset>(3), row.GetGuid(4)) : null;
    }

    /// <summary>The inline tables know of every record, and one login reads them all: who may see nothing behind a wall is kept to what is open here.</summary>
    internal static string Seen(RecordViewSight sight, SqlText sql, string alias) => sight.SeesBehindWalls ? sight.Allows(sql, alias) : $"{alias}.wall = 'open' and {sight.Allows(sql, alias)}";

    internal static string Written(DateTimeOffset at, Guid id) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{at.UtcTicks}|{id:N}")));

    internal static (DateTimeOffset At, Guid Id)? Cursor(string written)
    {
        try
        {
            var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(written)).Split('|');
            return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTime.MaxValue.Ticks && Guid.TryParseExact(parts[1], "N", out var id)
                ? (new DateTimeOffset(ticks, TimeSpan.Zero), id)
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
