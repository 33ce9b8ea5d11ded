using ArchiveService.Access;
using ArchiveService.Features.Audit;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Persons;

/// <summary>Log-ins with a local account. Ten wrong passwords in a row close it for a minute, and each one after that for twice as long, an hour at most.</summary>
public sealed class LogIns(Databases databases, TimeProvider clock, LogInNotes notes)
{
    public const int FreeFailures = 10;

    /// <summary>The person, or null. It does not tell why: an outsider learns neither which usernames exist nor which are closed.</summary>
    public async Task<Guid?> Try(string? username, string? password, CancellationToken ct)
    {
        var folded = PersonName.FoldUsername(username);
        if (password is null || password.Length > Password.Longest) return null;

        var attempt = folded is null ? null : await Begin(folded, ct);
        if (!Password.Verify(attempt?.Hash, password))
        {
            await notes.Failed(folded, ct);
            if (attempt is { LockedUntil: { } until }) await notes.Locked(attempt.Value.Person, attempt.Value.Failures, until, ct);
            return null;
        }

        await Succeed(attempt!.Value.Person, ct);
        return attempt.Value.Person;
    }

    // The attempt counts as failed before the password is looked at, so that many at once are not more than many in a row.
    private async Task<(Guid Person, string Hash, int Failures, DateTimeOffset? LockedUntil)?> Begin(string username, CancellationToken ct)
    {
        await using var take = databases.Writer.CreateCommand("""
            update archive.users u
            set failures = u.failures + 1,
                locked_until = case when u.failures + 1 >= $3 then $2 + least(interval '1 hour', interval '1 minute' * power(2, least(u.failures + 1 - $3, 10))) end
            from archive.persons p
            where p.person_id = u.person_id and u.username = $1 and p.closed_at is null and (u.locked_until is null or u.locked_until <= $2)
            returning u.person_id, u.password_hash, u.failures, u.locked_until
            """);
        take.Parameters.Add(new() { Value = username });
        take.Parameters.Add(new() { Value = clock.GetUtcNow() });
        take.Parameters.Add(new() { Value = FreeFailures });
        await using var row = await take.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? (row.GetGuid(0), row.GetString(1), row.GetInt32(2), row.GetFieldValue<DateTimeOffset?>(3)) : null;
    }

    private async Task Succeed(Guid person, CancellationToken ct)
    {
        await using var reset = databases.Writer.CreateCommand("update archive.users set failures = 0, locked_until = null, last_login = $2 where person_id = $1");
        reset.Parameters.Add(new() { Value = person });
        reset.Parameters.Add(new() { Value = clock.GetUtcNow() });
        await reset.ExecuteNonQueryAsync(ct);
    }
}
