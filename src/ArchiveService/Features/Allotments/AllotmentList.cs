using System.Globalization;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Opening;
using ArchiveService.Features.Records;
using ArchiveService.Features.Watch;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Allotments;

public enum AllotmentState
{
    /// <summary>Registered, and nobody has been given it.</summary>
    Unallotted,

    /// <summary>Given to the reader, or to a unit, and not received.</summary>
    Mine,

    /// <summary>Given to a unit, and nobody in it has received it.</summary>
    Unit,

    /// <summary>Given to anybody and not received.</summary>
    Waiting,

    /// <summary>Received, or in a case that somebody handles.</summary>
    Received,
}

/// <param name="Late">Unallotted for longer than the policy lets it: red.</param>
/// <param name="Declined">The last reason for not receiving it, while nobody else has been given it.</param>
/// <param name="ByCase">Nobody was given the record: the officer is the one who handles its case.</param>
public sealed record AllotmentItem(
    Guid Id, string Authority, string AuthorityName, Guid? Case, string? DiaryNumber, int? DocumentNumber, string? Subject, string Access, DateTimeOffset EnteredAt, DateTimeOffset Due, bool Late,
    Guid? Officer, string? OfficerName, string? Unit, DateTimeOffset? AllottedAt, DateTimeOffset? ReceivedAt, string? Declined,
    bool ByCase = false);

public sealed record AllotmentCounts(long Unallotted, long Late, long Mine, long Unit);

/// <param name="Unit">Only what this unit has been given.</param>
public sealed record AllotmentAsked(AllotmentState State, string? Authority = null, string? Unit = null, (DateTimeOffset At, Guid Id)? After = null, int Limit = 200);

public sealed record AllotmentPage(IReadOnlyList<AllotmentItem> Items, string? Next);

/// <summary>Fördelning: what is registered and nobody has been given, and what waits to be received. Facts from the inline table, late computed when asked.</summary>
public sealed class AllotmentList(Databases databases, SealedLog log, AuthorityRegister authorities, WatchRegister watch, TimeProvider clock)
{
    private const int MostRows = 200;

    // What is in a closed case waits for nobody. Whoever handles the case has been given what is in it, unless it has been sent back.
    private const string Rows = """
        select i.*, s.wall, s.case_id, case when i.allotment_id is null and i.allotment_declined_at is null then c.officer_id end as handled_by
        from archive.open_items i join archive.record_states s on s.record_id = i.record_id join archive.cases c on c.case_id = s.case_id
        where i.incoming and i.entered_at is not null and s.registration = 'registered' and s.disposed_at is null and c.closed_at is null
        """;

    private const string Unallotted = "w.allotment_id is null and w.handled_by is null";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/v1/allotments", async (string? state, string? authority, string? unit, string? cursor, int? limit, Caller caller, AllotmentList list, CancellationToken ct) =>
    {
        if (caller.IsService && !caller.MayAnywhere(Role.Registrator, Role.Chef)) return Problems.Refused(Refusal.NotAllowed("Fördelningen är för dem som arbetar hos myndigheten."));
        if (StoredWord.Find<AllotmentState>(state is { Length: > 0 } ? state : "unallotted") is not { } asked) return Problems.Refused(BadParameter.Of("state", "state ska vara unallotted, mine, unit, waiting eller received."));
        if (limit is < 1 or > MostRows) return Problems.Refused(BadParameter.Of("limit", $"limit ska vara 1–{MostRows}."));
        var after = cursor is { Length: > 0 } ? MorningList.Cursor(cursor) : null;
        if (cursor is { Length: > 0 } && after is null) return Problems.Refused(BadParameter.Of("cursor", "Markören går inte att läsa. Börja om från första sidan."));
        var page = await list.Page(new(asked, authority, unit, after, limit ?? MostRows), caller, ct);
        return (IResult)TypedResults.Ok(new { items = page.Items, next = page.Next, counts = await list.Counts(caller, ct) });
    }).WithName("allotments");

    public async Task<AllotmentCounts> Counts(Caller caller, CancellationToken ct)
    {
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        var (ids, latest) = await Clocks(ct);
        sql.Add($"""
            with w as ({Rows}), k as (select * from unnest({sql.Value(ids)}, {sql.Value(latest)}) k(authority_id, latest))
            select count(*) filter (where {Unallotted}), count(*) filter (where {Unallotted} and w.entered_at <= k.latest),
                   count(*) filter (where {Own(sql, caller)} and w.allotment_received_at is null),
                   count(*) filter (where w.allotment_id is not null and w.officer_id is null)
            from w join k using (authority_id) where {MorningList.Seen(sight, sql, "w")}
            """);
        await using var query = sql.Command(sight.Db);
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return new(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3));
    }

    /// <summary>The oldest first.</summary>
    public async Task<AllotmentPage> Page(AllotmentAsked asked, Caller caller, CancellationToken ct)
    {
        if (asked.Unit?.Trim() is not { Length: > 0 } unit) return await Read(asked, caller, ct);

        // What a unit is called stands sealed: it is read past those of the others.
        var items = new List<AllotmentItem>();
        var after = asked.After;
        while (true)
        {
            var (some, next) = await Read(asked with { After = after, Limit = MostRows }, caller, ct);
            foreach (var item in some)
            {
                if (!string.Equals(item.Unit, unit, StringComparison.OrdinalIgnoreCase)) continue;
                if (items.Count == asked.Limit) return new(items, MorningList.Written(items[^1].EnteredAt, items[^1].Id));
                items.Add(item);
            }

            if (next is null) return new(items, null);
            after = MorningList.Cursor(next);
        }
    }

    private async Task<AllotmentPage> Read(AllotmentAsked asked, Caller caller, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var known = (await authorities.All(ct)).ToDictionary(a => a.Id);
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        var condition = asked.State switch
        {
            AllotmentState.Mine => $"w.allotment_id is not null and w.allotment_received_at is null and (w.officer_id is null or {Own(sql, caller)})",
            AllotmentState.Unit => "w.allotment_id is not null and w.officer_id is null",
            AllotmentState.Waiting => "w.allotment_id is not null and w.allotment_received_at is null",
            AllotmentState.Received => "(w.allotment_received_at is not null or w.handled_by is not null)",
            _ => Unallotted,
        };
        if (asked.Authority is { Length: > 0 } code) condition += $" and w.authority_id = {sql.Value(known.Values.FirstOrDefault(a => string.Equals(a.Code, code, StringComparison.OrdinalIgnoreCase))?.Id ?? Guid.Empty)}";
        if (asked.After is { } after) condition += $" and (w.entered_at, w.record_id) > ({sql.Value(after.At)}, {sql.Value(after.Id)})";
        sql.Add($"""
            with w as ({Rows}), page as materialized (select w.* from w where {condition} and {MorningList.Seen(sight, sql, "w")} order by w.entered_at, w.record_id limit {sql.Value(asked.Limit + 1)})
            select p.record_id, p.authority_id, p.case_id, v.diary_number, v.document_number, case when p.wall = 'open' then v.subject end, p.wall, p.entered_at, coalesce(p.officer_id, p.handled_by), p.allotted_at,
                   p.allotment_received_at, p.allotment_declined_at, p.handled_by is not null
            from page p left join {sight.Records} v using (record_id) order by p.entered_at, p.record_id
            """);
        var rows = new List<AllotmentItem>();
        var told = new HashSet<Guid>();
        await using (var query = sql.Command(sight.Db))
        await using (var row = await query.ExecuteReaderAsync(ct))
        {
            while (await row.ReadAsync(ct))
            {
                var (of, entered) = (known[row.GetGuid(1)], row.GetFieldValue<DateTimeOffset>(7));
                var due = Outcomes.AllotmentClock(of.Policy).Due(entered);
                if (!row.IsDBNull(9) || !row.IsDBNull(11)) told.Add(row.GetGuid(0));
                rows.Add(new(
                    row.GetGuid(0), of.Code, of.Name, row.GetFieldValue<Guid?>(2), row.Text(3), row.GetFieldValue<int?>(4), row.Text(5), row.GetString(6), entered, due, row.IsDBNull(9) && !row.GetBoolean(12) && due <= now,
                    row.GetFieldValue<Guid?>(8), null, null, row.GetFieldValue<DateTimeOffset?>(9), row.GetFieldValue<DateTimeOffset?>(10), null, row.GetBoolean(12)));
            }
        }

        var more = rows.Count > asked.Limit;
        if (more) rows.RemoveAt(asked.Limit);

        var last = (await log.Store.ReadStreams([.. told], ct: ct)).Select(s => s.Value.LastOrDefault(e => e.Event is RecordAllotted or AllotmentDeclined)).OfType<Recorded>().ToDictionary(e => e.StreamId);
        var opened = await log.Open([.. last.Values], ct);
        var names = await watch.Names(rows.Select(r => r.Officer).OfType<Guid>(), ct);
        string? Part<T>(Guid record, string part) => last.GetValueOrDefault(record) is { Event: T } e ? opened.GetValueOrDefault(e.Id)?.Parts?[part] : null;
        return new(
        [
            .. rows.Select(r => r with
            {
                OfficerName = r.Officer is { } officer ? names.GetValueOrDefault(officer) ?? "okänd person" : null,
                Unit = Part<RecordAllotted>(r.Id, "unit"),
                Declined = Part<AllotmentDeclined>(r.Id, "note"),
            }),
        ], more ? MorningList.Written(rows[^1].EnteredAt, rows[^1].Id) : null);
    }

    // The caller's own, and of those whose substitute the caller is today.
    private static string Own(SqlText sql, Caller caller) => caller.StandIns.Count == 0
        ? $"w.officer_id = {sql.Value(caller.PersonId)}"
        : $"(w.officer_id = {sql.Value(caller.PersonId)} or exists (select from unnest({sql.Value(caller.StandIns.Select(s => s.Authority).ToArray())}, {sql.Value(caller.StandIns.Select(s => s.Person).ToArray())}) s(authority_id, person_id) where s.authority_id = w.authority_id and s.person_id = w.officer_id))";

    private async Task<(Guid[] Ids, DateTimeOffset[] Latest)> Clocks(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var all = await authorities.All(ct);
        return ([.. all.Select(a => a.Id)], [.. all.Select(a => Outcomes.AllotmentClock(a.Policy).LatestDueBy(now))]);
    }
}
