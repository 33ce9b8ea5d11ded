using ArchiveService.Access;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Persons;

/// <summary>What an event brings that must not stand in it.</summary>
internal sealed record BesideEvents(string? Name = null, byte[]? NameKey = null, string? Username = null, string? PasswordHash = null, byte[]? TokenHash = null, string? TokenHint = null, byte[]? IdentityKey = null);

/// <summary>The rows that stand in the same transaction as a person's events.</summary>
internal static class PersonTables
{
    public static IEnumerable<NpgsqlBatchCommand> Rows(Guid person, SealableEvent happened, BesideEvents beside, DateTimeOffset now) => happened switch
    {
        PersonRegistered e =>
        [
            Sql("insert into archive.persons (person_id, name_key, is_service) values ($1, $2, $3)", person, beside.NameKey!, e.Service),
            Sql("insert into views.persons (person_id, name) values ($1, $2)", person, beside.Name!),
        ],
        PersonIdentityLinked => [Sql("insert into archive.person_identities (identity_key, person_id, linked_at) values ($1, $2, $3)", beside.IdentityKey!, person, now)],
        PersonRenamed =>
        [
            Sql("update archive.persons set name_key = $2 where person_id = $1", person, beside.NameKey!),
            Sql("insert into views.persons (person_id, name) values ($1, $2) on conflict (person_id) do update set name = excluded.name", person, beside.Name!),
        ],
        RoleGranted e => [Sql("insert into archive.grants (person_id, role, authority_id, granted_by, granted_at) values ($1, $2, $3, $4, $5)", person, e.Role.Stored(), e.Authority, e.GrantedBy, now)],
        RoleRevoked e => [Sql("delete from archive.grants where person_id = $1 and role = $2 and authority_id is not distinct from $3", person, e.Role.Stored(), e.Authority)],
        ClearanceGranted => [Sql("update archive.persons set clearance = true where person_id = $1", person)],
        ClearanceRevoked => [Sql("update archive.persons set clearance = false where person_id = $1", person)],
        ClearanceGrantedAt e => [Cleared("insert into archive.clearances (person_id, role, authority_id, granted_by, granted_at) values ($1, $2, $3, $4, $5)", person, e.Role, e.Authority, e.GrantedBy, now)],
        ClearanceRevokedAt e => [Cleared("delete from archive.clearances where person_id = $1 and role is not distinct from $2 and authority_id = $3", person, e.Role, e.Authority)],
        LocalAccountOpened => [Sql("insert into archive.users (person_id, username, password_hash) values ($1, $2, $3)", person, beside.Username!, beside.PasswordHash!)],
        PasswordSet =>
        [
            Sql("update archive.users set password_hash = $2, failures = 0, locked_until = null where person_id = $1", person, beside.PasswordHash!),
            Sql("delete from work.sessions where person_id = $1", person),
        ],
        PersonClosed =>
        [
            Sql("update archive.persons set closed_at = $2 where person_id = $1", person, now),
            Sql("delete from work.sessions where person_id = $1", person),
        ],
        PersonReopened => [Sql("update archive.persons set closed_at = null where person_id = $1", person)],
        TokenIssued e => [Token(person, e, beside)],
        TokenRevoked e => [Sql("update archive.tokens set revoked_at = $2 where token_id = $1", e.Token, e.RevokedAt)],
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "No rows are known for this event."),
    };

    private static NpgsqlBatchCommand Cleared(string text, Guid person, Role? role, params ReadOnlySpan<object> more)
    {
        var command = new NpgsqlBatchCommand(text) { Parameters = { new() { Value = person }, new() { Value = (object?)role?.Stored() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text } } };
        foreach (var value in more) command.Parameters.Add(new() { Value = value });
        return command;
    }

    private static NpgsqlBatchCommand Token(Guid person, TokenIssued e, BesideEvents beside) => Sql("""
        insert into archive.tokens (token_id, token_hash, hint, person_id, roles, authorities, clearance, channels, issued_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        e.Token, beside.TokenHash!, beside.TokenHint!, person,
        e.Grants.Select(g => g.Role.Stored()).ToArray(), e.Grants.Select(g => g.Authority).ToArray(), e.Clearance, e.Channels.ToArray(), e.IssuedAt, e.ExpiresAt);

    private static NpgsqlBatchCommand Sql(string text, params ReadOnlySpan<object?> values)
    {
        var command = new NpgsqlBatchCommand(text);
        foreach (var value in values)
            command.Parameters.Add(value is null ? new() { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid } : new() { Value = value });
        return command;
    }
}
