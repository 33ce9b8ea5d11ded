using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Persons;

/// <summary>A person as an administrator sees one.</summary>
public sealed record PersonListed(
    Guid Id, string Name, string? Username, bool Service, bool Clearance, bool Closed, DateTimeOffset? LastLogin, IReadOnlyList<RoleListed> Roles, IReadOnlyList<TokenListed> Tokens)
{
    /// <summary>Clearances at single authorities; an empty role is every role there.</summary>
    public IReadOnlyList<RoleListed> ClearedAt { get; init; } = [];

    /// <summary>Logs in at the identity provider.</summary>
    public bool AtProvider { get; init; }
}

/// <param name="Role">Stored name.</param>
/// <param name="Authority">Code, or null for everywhere.</param>
/// <param name="AuthorityName">Its name.</param>
/// <param name="FromProvider">The identity provider gave it, and takes it back.</param>
public sealed record RoleListed(string Role, string? Authority, string? AuthorityName, bool FromProvider = false);

public sealed record TokenListed(Guid Id, string Hint, IReadOnlyList<string> Roles, bool Clearance, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt, DateTimeOffset? LastUsed);

public sealed class PersonList(Databases databases, TimeProvider clock)
{
    private static readonly JsonSerializerOptions Json = JsonSerializerOptions.Web;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/persons", async (HttpContext http, PersonList list, CancellationToken ct) =>
            http.Caller().MayAnywhere(Role.Admin) ? TypedResults.Ok(new { Items = await list.Read(null, ct) }) : (IResult)Problems.Refused(PersonRules.OnlyAdministrators)).WithName("list-persons");
        routes.MapGet("/api/v1/persons/{id:guid}", async (Guid id, HttpContext http, PersonList list, CancellationToken ct) =>
            !http.Caller().MayAnywhere(Role.Admin) ? Problems.Refused(PersonRules.OnlyAdministrators)
            : await list.Read(id, ct) is [var person] ? TypedResults.Ok(person)
            : (IResult)Problems.Refused(PersonRules.Unknown)).WithName("get-person");
    }

    /// <param name="only">One person, or null for all.</param>
    /// <param name="ct">Cancels the read.</param>
    public async Task<IReadOnlyList<PersonListed>> Read(Guid? only, CancellationToken ct)
    {
        // Swedish order: å, ä and ö stand last.
        await using var query = databases.Writer.CreateCommand("""
            select p.person_id, coalesce(n.name, '(namnet är gallrat)'), u.username, p.is_service, p.clearance, p.closed_at is not null, greatest(u.last_login, i.last_login),
              coalesce((select json_agg(json_build_object('role', g.role, 'authority', a.code, 'authorityName', a.name, 'fromProvider', g.granted_by = $3) order by a.code nulls first, g.role)
                        from archive.grants g left join archive.authorities a using (authority_id) where g.person_id = p.person_id), '[]')::text,
              coalesce((select json_agg(json_build_object('id', t.token_id, 'hint', t.hint, 'roles', t.roles, 'clearance', t.clearance,
                                                          'issuedAt', t.issued_at, 'expiresAt', t.expires_at, 'lastUsed', t.last_used) order by t.issued_at)
                        from archive.tokens t where t.person_id = p.person_id and t.revoked_at is null and t.expires_at > $2), '[]')::text,
              coalesce((select json_agg(json_build_object('role', coalesce(c.role, ''), 'authority', a.code, 'authorityName', a.name) order by a.code, c.role nulls first)
                        from archive.clearances c join archive.authorities a using (authority_id) where c.person_id = p.person_id), '[]')::text, i.person_id is not null
            from archive.persons p left join views.persons n using (person_id) left join archive.users u using (person_id)
              left join (select person_id, max(last_login) as last_login from archive.person_identities group by 1) i using (person_id)
            where $1::uuid is null or p.person_id = $1
            order by p.closed_at is not null, p.is_service, n.name collate "sv-x-icu", p.person_id
            """);
        query.Parameters.Add(new() { Value = (object?)only ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid });
        query.Parameters.Add(new() { Value = clock.GetUtcNow() });
        query.Parameters.Add(new() { Value = IdentityProvider.Caller.PersonId });
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<PersonListed>();
        while (await row.ReadAsync(ct))
        {
            found.Add(new(
                row.GetGuid(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2), row.GetBoolean(3), row.GetBoolean(4), row.GetBoolean(5),
                row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6),
                JsonSerializer.Deserialize<List<RoleListed>>(row.GetString(7), Json)!,
                JsonSerializer.Deserialize<List<TokenListed>>(row.GetString(8), Json)!)
            {
                ClearedAt = JsonSerializer.Deserialize<List<RoleListed>>(row.GetString(9), Json)!,
                AtProvider = row.GetBoolean(10),
            });
        }

        return found;
    }
}
