using System.Security.Claims;
using System.Text.Json;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Access;

/// <summary>
/// Who a request comes from, read from the database every time: a role taken away, a person closed or a token revoked takes effect on the next request.
/// </summary>
public sealed class Principals(Databases databases, SeparateDuties duties, TimeProvider clock)
{
    private const string Who = """
        p.person_id, coalesce(n.name, ''), p.is_service, p.clearance,
        array(select g.role from archive.grants g where g.person_id = p.person_id order by g.role, g.authority_id),
        array(select g.authority_id from archive.grants g where g.person_id = p.person_id order by g.role, g.authority_id),
        array(select c.role from archive.clearances c where c.person_id = p.person_id order by c.role, c.authority_id),
        array(select c.authority_id from archive.clearances c where c.person_id = p.person_id order by c.role, c.authority_id),
        (select json_agg(json_build_object('substitution', s.substitution_id, 'authority', s.authority_id, 'person', s.person_id,
                 'roles', (select coalesce(json_agg(distinct g.role), '[]') from archive.grants g
                           where g.person_id = s.person_id and g.role <> 'connector' and (g.authority_id is null or g.authority_id = s.authority_id))) order by s.valid_from, s.substitution_id)
         from archive.substitutions s join archive.persons a on a.person_id = s.person_id and a.closed_at is null
         where s.substitute_id = p.person_id and s.ended_at is null and archive.swedish_date($2) between s.valid_from and s.valid_until)::text
        """;

    public async Task<ClaimsPrincipal?> OfSession(byte[] sessionHash, bool byProvider, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand($"""
            select {Who}
            from work.sessions s join archive.persons p using (person_id) left join views.persons n using (person_id)
            where s.session_hash = $1 and s.ends_at > $2 and (s.provider_person is not null) = $3 and p.closed_at is null and not p.is_service
            """);
        query.Parameters.Add(new() { Value = sessionHash });
        query.Parameters.Add(new() { Value = clock.GetUtcNow() });
        query.Parameters.Add(new() { Value = byProvider });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? Principal(Read(row), Schemes.Cookie) : null;
    }

    public async Task<ClaimsPrincipal?> OfToken(byte[] tokenHash, CancellationToken ct)
    {
        // The time of last use is noted once a minute at most, so that a busy token does not write at every request.
        await using var query = databases.Writer.CreateCommand($"""
            with used as (
              update archive.tokens t set last_used = $2
              where t.token_hash = $1 and t.revoked_at is null and t.expires_at > $2 and (t.last_used is null or t.last_used < $2 - interval '1 minute')
            )
            select {Who}, t.roles, t.authorities, t.clearance, t.channels
            from archive.tokens t join archive.persons p using (person_id) left join views.persons n using (person_id)
            where t.token_hash = $1 and t.revoked_at is null and t.expires_at > $2 and p.closed_at is null
            """);
        query.Parameters.Add(new() { Value = tokenHash });
        query.Parameters.Add(new() { Value = clock.GetUtcNow() });
        await using var row = await query.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct)) return null;
        var person = Read(row);
        var caller = person with
        {
            Grants = Common(person.Grants, Grants(row, 9)),
            Clearance = person.Clearance && row.GetBoolean(11),
            ClearedIn = row.GetBoolean(11) ? person.ClearedIn : [],
            Channels = row.GetFieldValue<Guid[]>(12),
        };

        // A key for one authority stands in for nobody at another, and one for some roles is lent no others.
        return Principal(caller with { StandIns = [.. caller.StandIns.Where(s => caller.IsStaffOf(s.Authority)).Select(s => s with { Roles = [.. s.Roles.Where(role => caller.MayAnywhere(role))] })] }, Schemes.Token);
    }

    /// <summary>A person with all they may, for a verb that acts in their name; null for a service account and one that is closed.</summary>
    public async Task<Caller?> OfPerson(Guid person, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand($"""
            select {Who} from archive.persons p left join views.persons n using (person_id) where p.person_id = $1 and p.closed_at is null and not p.is_service
            """);
        query.Parameters.Add(new() { Value = person });
        query.Parameters.Add(new() { Value = clock.GetUtcNow() });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? Read(row) : null;
    }

    /// <summary>What the token was given and the person still has.</summary>
    public static IReadOnlyList<Grant> Common(IReadOnlyList<Grant> ofPerson, IReadOnlyList<Grant> ofToken) =>
    [
        .. ofToken
            .SelectMany(given => ofPerson
                .Where(held => held.Role == given.Role && (held.Authority is null || given.Authority is null || held.Authority == given.Authority))
                .Select(held => new Grant(given.Role, given.Authority ?? held.Authority)))
            .Distinct(),
    ];

    private Caller Read(NpgsqlDataReader row)
    {
        var person = new Caller(row.GetGuid(0), row.GetString(1), Grants(row, 4), row.GetBoolean(3), row.GetBoolean(2), [])
        {
            ClearedIn = [.. row.GetFieldValue<string?[]>(6).Zip(row.GetFieldValue<Guid[]>(7), (role, authority) => new ClearedAt(role is null ? null : Roles.Parse(role), authority))],
        };
        return row.IsDBNull(8) ? person : person with { StandIns = StandIns(person, row.GetString(8)) };
    }

    // A substitute has to work at the authority still, and does not become what may not be held together with what he or she is there.
    private List<StandIn> StandIns(Caller person, string json) =>
    [
        .. JsonSerializer.Deserialize<List<StandInRow>>(json, JsonSerializerOptions.Web)!
            .Where(s => person.IsStaffOf(s.Authority))
            .Select(s => new StandIn(s.Substitution, s.Authority, s.Person, [.. s.Roles.Select(Roles.Parse).Where(role => role != Role.Admin && duties.Refuse(person.Grants, new(role, s.Authority)) is null)])),
    ];

    private sealed record StandInRow(Guid Substitution, Guid Authority, Guid Person, IReadOnlyList<string> Roles);

    private static List<Grant> Grants(NpgsqlDataReader row, int from) =>
        [.. row.GetFieldValue<string[]>(from).Zip(row.GetFieldValue<Guid?[]>(from + 1), (role, authority) => new Grant(Roles.Parse(role), authority))];

    // The form token is bound to the name identifier; without one it would be bound to every claim, and end with each change of a role.
    private static ClaimsPrincipal Principal(Caller caller, string scheme)
    {
        var identity = new ClaimsIdentity(caller.ToClaims(), scheme, Caller.NameClaim, roleType: null);
        identity.AddClaim(new(ClaimTypes.NameIdentifier, caller.PersonId.ToString("D")));
        return new(identity);
    }
}
