using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
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
    /// <summary>How it stands against the demand to be quick, when the list was read (TF 2:16).</summary>
    public required Pace Pace { get; init; }

    /// <summary>When an answer is due (skyndsamt, TF 2:16); vacation is no excuse (JO 4209-09).</summary>
    public DateTimeOffset Due => Pace.Due;

    public bool Overdue(DateTimeOffset now) => AnsweredAt is null && Due < now;
}

/// <summary>How long one request took, for the report of a period.</summary>
public sealed record DisclosureTime(Guid Request, string Reference, RequestChannel Channel, DateTimeOffset ReceivedAt, DateTimeOffset? AnsweredAt, RequestAnswer? Answer, Pace Pace)
{
    public TimeSpan? Took => AnsweredAt - ReceivedAt;
}

/// <summary>Something that those who handle requests have to mend before it delays anybody.</summary>
public sealed record DisclosureWarning(string Code, string Authority, string Said);

/// <summary>The requests, with their clocks.</summary>
public sealed class DisclosureRegister(Databases databases, AuthorityRegister authorities, SealedLog log, TimeProvider clock)
{
    private static readonly Role[] Staff = [Role.Moderator, Role.Registrator, Role.Arkivarie, Role.Revisor, Role.Chef, Role.Kommunikator, Role.Admin];

    /// <summary>What a clock goes by, of the request r.</summary>
    private const string Facts = """
        coalesce((select bool_or(i.may_be_secret) from archive.disclosure_items i where i.request_id = r.request_id and i.kind <> 'case' and (i.released_at is null or i.released_at = r.closed_at)), false),
        coalesce((select bool_and(not coalesce(i.may_be_secret, true)) from archive.disclosure_items i where i.request_id = r.request_id and i.kind <> 'case' and (i.released_at is null or i.released_at = r.closed_at)), false),
        coalesce((select jsonb_agg(jsonb_build_object('reason', p.reason, 'since', p.since, 'until', p.until) order by p.place) from archive.disclosure_pauses p where p.request_id = r.request_id), '[]')
        """;

    /// <summary>Open ones first: the one that is due first before the others, those that wait for the asker last; then the closed, the newest first.</summary>
    public async Task<IReadOnlyList<RequestRow>> Of(Caller caller, bool openOnly, CancellationToken ct) =>
        [.. (await Read(caller, openOnly, null, ct)).OrderBy(r => r.ClosedAt is not null).ThenBy(r => r.ClosedAt is null && r.Pace.Standing == PaceStanding.Paused)
            .ThenBy(r => r.ClosedAt is null ? r.Due : DateTimeOffset.MinValue).ThenByDescending(r => r.ReceivedAt)];

    public async Task<RequestRow?> Find(Guid id, Caller caller, CancellationToken ct) => (await Read(caller, openOnly: false, id, ct)).FirstOrDefault();

    private async Task<List<RequestRow>> Read(Caller caller, bool openOnly, Guid? id, CancellationToken ct)
    {
        if (caller.IsService) return [];
        // What the caller may not know of is not counted for them either.
        await using var query = databases.Staff.CreateCommand($"""
            select r.request_id, a.authority_id, a.code, a.name, r.reference, r.channel, r.form, r.received_at, r.answered_at, r.answer, r.closed_at, f.items, f.withheld, {Facts}
            from archive.disclosure_requests r join archive.authorities a using (authority_id)
            cross join lateral (
              select count(*) filter (where i.released_at is null or i.released_at = r.closed_at)::int as items, count(*) filter (where i.outcome in ('mask', 'reservation', 'refuse'))::int as withheld
              from archive.disclosure_items i
              cross join lateral (
                select s.wall, s.authority_id from archive.record_states s where i.kind = 'record' and s.record_id = i.target_id
                union all select archive.wall_of_case_document(d.case_id, d.document_number), d.authority_id from archive.case_documents d where i.kind = 'document' and d.entry_id = i.target_id) s
              where i.request_id = r.request_id and i.kind <> 'case'
                and (s.wall = 'open' or (s.wall = 'secret' and ($4::uuid[] is null or s.authority_id = any ($4))) or (s.wall = 'unassessed' and ($5::uuid[] is null or s.authority_id = any ($5))))) f
            where ($1::uuid[] is null or r.authority_id = any ($1)) and (not $2 or r.closed_at is null) and ($3::uuid is null or r.request_id = $3)
            order by r.closed_at is not null, case when r.closed_at is null then r.received_at end, r.received_at desc limit 500
            """);
        query.Parameters.Add(Ids(caller.AuthoritiesWith(Staff)));
        query.Parameters.Add(new() { Value = openOnly });
        query.Parameters.Add(new() { Value = (object?)id ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        query.Parameters.Add(Ids(caller.ReadsSecretsOf));
        query.Parameters.Add(Ids(caller.AuthoritiesWith(Role.Moderator, Role.Registrator)));
        var clocks = (await authorities.All(ct)).ToDictionary(a => a.Id, a => DisclosureClock.Of(a.Policy));
        var now = clock.GetUtcNow();
        var found = new List<RequestRow>();
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            var (authority, received, answered) = (rows.GetGuid(1), rows.GetFieldValue<DateTimeOffset>(7), rows.GetFieldValue<DateTimeOffset?>(8));
            found.Add(new(
                rows.GetGuid(0), authority, rows.GetString(2), rows.GetString(3), rows.GetString(4), DisclosureWords.Parse<RequestChannel>(rows.GetString(5)), DisclosureWords.Parse<WantedForm>(rows.GetString(6)),
                received, answered, rows.Text(9) is { } answer ? DisclosureWords.Parse<RequestAnswer>(answer) : null,
                rows.GetFieldValue<DateTimeOffset?>(10), rows.GetInt32(11), rows.GetInt32(12))
            {
                Pace = clocks[authority].At(new(received, answered, rows.GetBoolean(13), rows.GetBoolean(14), Pauses(rows.GetString(15))), now),
            });
        }

        return found;
    }

    /// <summary>The pauses as the tables' JSON has them.</summary>
    internal static IReadOnlyList<ClockPause> Pauses(string json)
    {
        using var read = JsonDocument.Parse(json);
        return [.. read.RootElement.EnumerateArray().Select(p => new ClockPause(
            DisclosureWords.Parse<PauseReason>(p.GetProperty("reason").GetString()!), p.GetProperty("since").GetDateTimeOffset(),
            p.GetProperty("until") is { ValueKind: JsonValueKind.String } until ? until.GetDateTimeOffset() : null))];
    }

    private static Npgsql.NpgsqlParameter Ids(IReadOnlyList<Guid>? ids) => new() { Value = (object?)ids?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid };

    /// <summary>Received to answered, request by request, of those that came in during the period (c 27: what JO asks for).</summary>
    public async Task<IReadOnlyList<DisclosureTime>> Times(Guid authority, DateOnly from, DateOnly to, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand($"""
            select r.request_id, r.reference, r.received_at, r.answered_at, r.answer, r.channel, {Facts} from archive.disclosure_requests r
            where r.authority_id = $1 and archive.swedish_date(r.received_at) between $2 and $3 order by r.received_at, r.request_id
            """);
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = from });
        query.Parameters.Add(new() { Value = to });
        var office = DisclosureClock.Of((await authorities.Find(authority, ct))!.Policy);
        var now = clock.GetUtcNow();
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<DisclosureTime>();
        while (await rows.ReadAsync(ct))
        {
            var (received, answered) = (rows.GetFieldValue<DateTimeOffset>(2), rows.GetFieldValue<DateTimeOffset?>(3));
            found.Add(new(
                rows.GetGuid(0), rows.GetString(1), DisclosureWords.Parse<RequestChannel>(rows.GetString(5)), received, answered,
                rows.Text(4) is { } answer ? DisclosureWords.Parse<RequestAnswer>(answer) : null,
                office.At(new(received, answered, rows.GetBoolean(6), rows.GetBoolean(7), Pauses(rows.GetString(8))), now)));
        }

        return found;
    }

    /// <summary>Too few who can decide, so that one person's absence would delay an answer (JO 2340-94).</summary>
    public async Task<IReadOnlyList<DisclosureWarning>> Warnings(Caller caller, CancellationToken ct)
    {
        if (caller.IsService) return [];
        var found = new List<DisclosureWarning>();
        foreach (var authority in (await authorities.All(ct)).Where(a => caller.IsStaffOf(a.Id))) found.AddRange(await Warnings(authority, ct));
        return found;
    }

    public async Task<IReadOnlyList<DisclosureWarning>> Warnings(string code, CancellationToken ct) =>
        await authorities.Find(code, ct) is { } authority ? await Warnings(authority, ct) : [];

    private async Task<IReadOnlyList<DisclosureWarning>> Warnings(Authority authority, CancellationToken ct)
    {
        var needed = int.Parse(authority.Policy["disclosure.minDeciders"], System.Globalization.CultureInfo.InvariantCulture);
        return await Deciders(authority.Id, ct) is var deciders && deciders >= needed ? []
            : [new("too-few-deciders", authority.Code, $"{authority.Name}: {Swedish.Count(deciders, "person kan", "personer kan")} besluta om att inte lämna ut. Minst {Swedish.InWords(needed)} behövs, så att ingen frånvaro fördröjer svaret (JO 2340-94).")];
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
