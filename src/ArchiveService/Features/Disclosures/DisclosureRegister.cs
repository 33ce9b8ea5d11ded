using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Clocks;
using ArchiveService.Features.Delegations;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using NpgsqlTypes;

namespace ArchiveService.Features.Disclosures;

public sealed record RequestRow(
    Guid Id, Guid Authority, string AuthorityCode, string AuthorityName, string Reference, RequestChannel Channel, WantedForm Form, DateTimeOffset ReceivedAt, DateTimeOffset? AnsweredAt, RequestAnswer? Answer,
    DateTimeOffset? ClosedAt, int Items, int Withheld)
{
    /// <summary>When an answer is due (skyndsamt, TF 2:16); vacation is no excuse (JO 4209-09).</summary>
    public DateTimeOffset Due { get; init; }

    public bool Overdue(DateTimeOffset now) => AnsweredAt is null && Due < now;
}

/// <summary>How long one request took, for the report of a period.</summary>
public sealed record DisclosureTime(Guid Request, string Reference, DateTimeOffset ReceivedAt, DateTimeOffset? AnsweredAt, RequestAnswer? Answer)
{
    public TimeSpan? Took => AnsweredAt - ReceivedAt;
}

/// <summary>The requests, with their clocks.</summary>
public sealed class DisclosureRegister(Databases databases, AuthorityRegister authorities, SealedLog log, TimeProvider clock)
{
    private static readonly Role[] Staff = [Role.Moderator, Role.Registrator, Role.Arkivarie, Role.Revisor, Role.Chef, Role.Kommunikator, Role.Admin];

    /// <summary>Open ones first, the oldest first; then the closed, the newest first.</summary>
    public async Task<IReadOnlyList<RequestRow>> Of(Caller caller, bool openOnly, CancellationToken ct)
    {
        if (caller.IsService) return [];
        await using var query = databases.Staff.CreateCommand("""
            select r.request_id, a.authority_id, a.code, a.name, r.reference, r.channel, r.form, r.received_at, r.answered_at, r.answer, r.closed_at,
                   (select count(*)::int from archive.disclosure_items i where i.request_id = r.request_id and i.kind = 'record' and (i.released_at is null or r.closed_at is not null)),
                   (select count(*)::int from archive.disclosure_items i where i.request_id = r.request_id and i.outcome in ('mask', 'reservation', 'refuse'))
            from archive.disclosure_requests r join archive.authorities a using (authority_id)
            where ($1::uuid[] is null or r.authority_id = any ($1)) and (not $2 or r.closed_at is null)
            order by r.closed_at is not null, case when r.closed_at is null then r.received_at end, r.received_at desc limit 500
            """);
        query.Parameters.Add(new() { Value = (object?)caller.AuthoritiesWith(Staff)?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        query.Parameters.Add(new() { Value = openOnly });
        var found = new List<RequestRow>();
        await using (var rows = await query.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct))
            {
                found.Add(new(
                    rows.GetGuid(0), rows.GetGuid(1), rows.GetString(2), rows.GetString(3), rows.GetString(4), DisclosureWords.Parse<RequestChannel>(rows.GetString(5)), DisclosureWords.Parse<WantedForm>(rows.GetString(6)),
                    rows.GetFieldValue<DateTimeOffset>(7), rows.GetFieldValue<DateTimeOffset?>(8), rows.Text(9) is { } answer ? DisclosureWords.Parse<RequestAnswer>(answer) : null,
                    rows.GetFieldValue<DateTimeOffset?>(10), rows.GetInt32(11), rows.GetInt32(12)));
            }
        }

        var clocks = (await authorities.All(ct)).ToDictionary(a => a.Id, a => ClockOf(a.Policy));
        return [.. found.Select(r => r with { Due = clocks[r.Authority].Due(r.ReceivedAt) })];
    }

    public async Task<RequestRow?> Find(Guid id, Caller caller, CancellationToken ct) => (await Of(caller, openOnly: false, ct)).FirstOrDefault(r => r.Id == id);

    public static Clock ClockOf(Policy policy) => Clock.Parse(policy["clock.disclosure"]) ?? new Clock.Weekdays(1);

    /// <summary>Received to answered, request by request, of those that came in during the period (c 27: what JO asks for).</summary>
    public async Task<IReadOnlyList<DisclosureTime>> Times(Guid authority, DateOnly from, DateOnly to, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("""
            select request_id, reference, received_at, answered_at, answer from archive.disclosure_requests
            where authority_id = $1 and archive.swedish_date(received_at) between $2 and $3 order by received_at, request_id
            """);
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = from });
        query.Parameters.Add(new() { Value = to });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<DisclosureTime>();
        while (await rows.ReadAsync(ct))
        {
            found.Add(new(
                rows.GetGuid(0), rows.GetString(1), rows.GetFieldValue<DateTimeOffset>(2), rows.GetFieldValue<DateTimeOffset?>(3),
                rows.Text(4) is { } answer ? DisclosureWords.Parse<RequestAnswer>(answer) : null));
        }

        return found;
    }

    /// <summary>How many people could decide not to give out today: with a point of the delegationsordning, or by role where none is adopted.</summary>
    public async Task<int> Deciders(Guid authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select count(distinct p.person_id)::int
            from archive.persons p
            left join archive.grants g on g.person_id = p.person_id and (g.authority_id is null or g.authority_id = $1)
            left join lateral (select o.version from archive.delegation_orders o where o.authority_id = $1 and o.valid_from <= $3 order by o.valid_from desc, o.version desc limit 1) v on true
            where p.closed_at is null and not p.is_service
              and case when exists (select from archive.delegation_orders o where o.authority_id = $1)
                then g.role = any ($4) and exists (select from archive.delegation_points d where d.authority_id = $1 and d.version = v.version and d.kind = $2 and (d.person_id = p.person_id or d.role = any (array(
                  select r.role from archive.grants r where r.person_id = p.person_id and (r.authority_id is null or r.authority_id = $1))))
                  and $3 between coalesce(d.valid_from, '-infinity') and coalesce(d.valid_until, 'infinity'))
                else g.role = any ($4) end
            """);
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = DelegationKinds.RefuseDisclosure });
        query.Parameters.Add(new() { Value = Swedish.Day(clock.GetUtcNow()) });
        query.Parameters.Add(new() { Value = Requests.Handlers.Select(r => r.Stored()).ToArray() });
        return (int)(await query.ExecuteScalarAsync(ct))!;
    }

    /// <summary>The words of the request's events, by event; what the request's key no longer opens is absent.</summary>
    public async Task<(IReadOnlyList<Recorded> History, IReadOnlyDictionary<Guid, Opened> Words)> Told(Guid id, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(id, ct: ct);
        return (history, await log.Open(history, ct));
    }
}
