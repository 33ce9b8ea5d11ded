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

    /// <summary>Given to anybody and not received.</summary>
    Waiting,

    Received,
}

/// <param name="Late">Unallotted for longer than the policy lets it: red.</param>
/// <param name="Declined">The last reason for not receiving it, while nobody else has been given it.</param>
public sealed record AllotmentItem(
    Guid Id, string Authority, string AuthorityName, Guid? Case, string? DiaryNumber, int? DocumentNumber, string? Subject, string Access, DateTimeOffset EnteredAt, DateTimeOffset Due, bool Late,
    Guid? Officer, string? OfficerName, string? Unit, DateTimeOffset? AllottedAt, DateTimeOffset? ReceivedAt, string? Declined);

public sealed record AllotmentCounts(long Unallotted, long Late, long Mine);

/// <summary>Fördelning: what is registered and nobody has been given, and what waits to be received. Facts from the inline table, late computed when asked.</summary>
public sealed class AllotmentList(Databases databases, SealedLog log, AuthorityRegister authorities, WatchRegister watch, TimeProvider clock)
{
    private const int MostRows = 200;

    // What is in a closed case waits for nobody.
    private const string Rows = """
        select i.*, s.wall, s.case_id from archive.open_items i join archive.record_states s on s.record_id = i.record_id left join archive.cases c on c.case_id = s.case_id
        where i.incoming and i.entered_at is not null and s.registration = 'registered' and s.disposed_at is null and c.closed_at is null
        """;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/v1/allotments", async (string? state, string? authority, Caller caller, AllotmentList list, CancellationToken ct) =>
    {
        if (caller.IsService && !caller.MayAnywhere(Role.Registrator, Role.Chef)) return Problems.Refused(Refusal.NotAllowed("Fördelningen är för dem som arbetar hos myndigheten."));
        if (StoredWord.Find<AllotmentState>(state is { Length: > 0 } ? state : "unallotted") is not { } asked) return Problems.Refused(BadParameter.Of("state", "state ska vara unallotted, mine, waiting eller received."));
        return (IResult)TypedResults.Ok(new { items = await list.Of(asked, authority, caller, ct), counts = await list.Counts(caller, ct) });
    }).WithName("allotments");

    public async Task<AllotmentCounts> Counts(Caller caller, CancellationToken ct)
    {
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        var (ids, latest) = await Clocks(ct);
        sql.Add($"""
            with w as ({Rows}), k as (select * from unnest({sql.Value(ids)}, {sql.Value(latest)}) k(authority_id, latest))
            select count(*) filter (where w.allotment_id is null), count(*) filter (where w.allotment_id is null and w.entered_at <= k.latest),
                   count(*) filter (where w.officer_id = {sql.Value(caller.PersonId)} and w.allotment_received_at is null)
            from w join k using (authority_id) where {MorningList.Seen(sight, sql, "w")}
            """);
        await using var query = sql.Command(sight.Db);
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return new(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
    }

    /// <summary>The oldest first, at most two hundred.</summary>
    public async Task<IReadOnlyList<AllotmentItem>> Of(AllotmentState state, string? authority, Caller caller, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var known = (await authorities.All(ct)).ToDictionary(a => a.Id);
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        var condition = state switch
        {
            AllotmentState.Mine => $"w.allotment_id is not null and w.allotment_received_at is null and (w.officer_id is null or w.officer_id = {sql.Value(caller.PersonId)})",
            AllotmentState.Waiting => "w.allotment_id is not null and w.allotment_received_at is null",
            AllotmentState.Received => "w.allotment_received_at is not null",
            _ => "w.allotment_id is null",
        };
        if (authority is { Length: > 0 }) condition += $" and w.authority_id = {sql.Value(known.Values.FirstOrDefault(a => string.Equals(a.Code, authority, StringComparison.OrdinalIgnoreCase))?.Id ?? Guid.Empty)}";
        sql.Add($"""
            with w as ({Rows}), page as materialized (select w.* from w where {condition} and {MorningList.Seen(sight, sql, "w")} order by w.entered_at, w.record_id limit {MostRows.ToString(CultureInfo.InvariantCulture)})
            select p.record_id, p.authority_id, p.case_id, v.diary_number, v.document_number, case when p.wall = 'open' then v.subject end, p.wall, p.entered_at, p.officer_id, p.allotted_at, p.allotment_received_at, p.allotment_declined_at
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
                    row.GetGuid(0), of.Code, of.Name, row.GetFieldValue<Guid?>(2), row.Text(3), row.GetFieldValue<int?>(4), row.Text(5), row.GetString(6), entered, due, row.IsDBNull(9) && due <= now,
                    row.GetFieldValue<Guid?>(8), null, null, row.GetFieldValue<DateTimeOffset?>(9), row.GetFieldValue<DateTimeOffset?>(10), null));
            }
        }

        var last = (await log.Store.ReadStreams([.. told], ct: ct)).Select(s => s.Value.LastOrDefault(e => e.Event is RecordAllotted or AllotmentDeclined)).OfType<Recorded>().ToDictionary(e => e.StreamId);
        var opened = await log.Open([.. last.Values], ct);
        var names = await watch.Names(rows.Select(r => r.Officer).OfType<Guid>(), ct);
        string? Part<T>(Guid record, string part) => last.GetValueOrDefault(record) is { Event: T } e ? opened.GetValueOrDefault(e.Id)?.Parts?[part] : null;
        return
        [
            .. rows.Select(r => r with
            {
                OfficerName = r.Officer is { } officer ? names.GetValueOrDefault(officer) ?? "okänd person" : null,
                Unit = Part<RecordAllotted>(r.Id, "unit"),
                Declined = Part<AllotmentDeclined>(r.Id, "note"),
            }),
        ];
    }

    private async Task<(Guid[] Ids, DateTimeOffset[] Latest)> Clocks(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var all = await authorities.All(ct);
        return ([.. all.Select(a => a.Id)], [.. all.Select(a => Outcomes.AllotmentClock(a.Policy).LatestDueBy(now))]);
    }
}
