using ArchiveService.Access;
using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Features.Disposals;

/// <summary>Who gave somebody the role they acted in. Null name: the person has no name here, as one who has only been given roles on the command line.</summary>
public sealed record RoleGiven(Guid By, string? Name, DateTimeOffset At);

/// <summary>Somebody who acted, the role they acted in, and who gave it; null where no grant stands in the log.</summary>
public sealed record Acted(Guid Person, string Role, DateTimeOffset At, RoleGiven? Given);

/// <summary>The three who carry a run. Four eyes are no more than two if one of them made the other an arkivarie: then that is shown.</summary>
public sealed record RunActors(Acted? Proposed, Acted? Approved, Acted? Executed)
{
    public bool RoleGivenByTheOther =>
        Approved is { Given: { } given } && given.By == Proposed?.Person || Proposed is { Given: { } gave } && gave.By == Approved?.Person;
}

/// <summary>Reads from the log in which role each person of a run acted and who gave it to them.</summary>
public sealed class WhoActed(Databases databases)
{
    public async Task<RunActors> Of(DisposalRun run, CancellationToken ct) => new(
        await Of(run.Authority, run.ProposedBy, run.ProposedAt, ct), await Of(run.Authority, run.ApprovedBy, run.ApprovedAt, ct), await Of(run.Authority, run.StartedBy, run.StartedAt, ct));

    private async Task<Acted?> Of(Guid authority, Guid? person, DateTimeOffset? at, CancellationToken ct)
    {
        if (person is not { } who || at is not { } when) return null;
        await using var query = databases.Staff.CreateCommand("""
            select (g.data->>'grantedBy')::uuid, n.name, g.timestamp
            from archive.mt_events g left join views.persons n on n.person_id = (g.data->>'grantedBy')::uuid
            where g.stream_id = $1 and g.type = 'role_granted' and g.data->>'role' = 'arkivarie' and coalesce(g.data->>'authority', $2) = $2 and g.timestamp <= $3
              and not exists (select from archive.mt_events r where r.stream_id = g.stream_id and r.type = 'role_revoked' and r.version > g.version and r.timestamp <= $3
                              and r.data->>'role' = g.data->>'role' and r.data->>'authority' is not distinct from g.data->>'authority')
            order by g.version desc limit 1
            """);
        query.Parameters.Add(new NpgsqlParameter { Value = who });
        query.Parameters.Add(new NpgsqlParameter { Value = authority.ToString("D") });
        query.Parameters.Add(new NpgsqlParameter { Value = when.ToUniversalTime() });
        await using var row = await query.ExecuteReaderAsync(ct);
        RoleGiven? given = null;
        if (await row.ReadAsync(ct))
        {
            var by = row.GetGuid(0);
            given = new(by, by == CommandLineCaller.Caller.PersonId ? "kommandoraden" : row.IsDBNull(1) ? null : row.GetString(1), row.GetFieldValue<DateTimeOffset>(2));
        }

        return new(who, DisposalRun.RoleWord, when, given);
    }
}
