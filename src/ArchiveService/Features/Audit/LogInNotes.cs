using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Persons;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Audit;

/// <summary>
/// Log-ins, failures and log-outs as events. Of failures the first in an hour is one, for each person, and one for all names that nobody has; the others are counted. A name that
/// nobody has is stored nowhere.
/// </summary>
public sealed class LogInNotes(SealedLog log, Databases databases, TimeProvider clock)
{
    public Task LoggedIn(Guid person, CancellationToken ct) => Note(person, new LoggedIn(), ct);

    public Task LoggedOut(Guid person, CancellationToken ct) => Note(person, new LoggedOut(), ct);

    public Task Locked(Guid person, int failures, DateTimeOffset until, CancellationToken ct) => Note(person, new AccountLocked(failures, until), ct);

    /// <param name="username">Folded; null when it is none.</param>
    /// <param name="ct">Cancels.</param>
    public async Task Failed(string? username, CancellationToken ct)
    {
        // The same statement for a name that somebody has and for one that nobody has.
        await using var count = databases.Writer.CreateCommand("""
            insert into archive.log_in_failures as f (hour, person_id, count)
            values (date_trunc('hour', $2::timestamptz), (select u.person_id from archive.users u join archive.persons p using (person_id) where u.username = $1 and p.closed_at is null), 1)
            on conflict on constraint log_in_failures_once do update set count = f.count + 1
            returning f.person_id, f.count
            """);
        count.Parameters.Add(new() { Value = (object?)username ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        count.Parameters.Add(new() { Value = clock.GetUtcNow() });
        Guid? person;
        await using (var row = await count.ExecuteReaderAsync(ct))
        {
            await row.ReadAsync(ct);
            if (row.GetInt64(1) > 1) return;
            person = row.GetFieldValue<Guid?>(0);
        }

        if (person is { } known) await Note(known, new LogInFailed(), ct);
        else await log.Append([new(Guid.CreateVersion7(clock.GetUtcNow()), "log", ExpectedVersion.NewStream, [new(new UnknownLogInFailed())])], log.NewKeySet(), new(Caller.System.PersonId.ToString("D")), ct: ct);
    }

    private async Task Note(Guid person, PersonEvent happened, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            // Only the very first event of a stream can meet another one; then the stream is there.
            if (await log.Append([new(person, Person.StreamType, ExpectedVersion.Any, [new(happened)])], log.NewKeySet(), new(person.ToString("D")), ct: ct) is Appended.Done || attempt == 2) return;
        }
    }
}
