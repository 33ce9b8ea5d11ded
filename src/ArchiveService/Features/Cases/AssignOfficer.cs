using ArchiveService.Access;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Cases;

/// <summary>Gives a case its handläggare, or hands it over to another; without a person it has none.</summary>
/// <param name="From">The day it holds from; absent means today.</param>
public sealed record AssignOfficer(Guid? Person, DateOnly? From, string? Note)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/cases/{id:guid}/officer", async (Guid id, AssignOfficer command, IfMatch expected, Caller caller, AssignOfficerHandler handler, CancellationToken ct) =>
            (await handler.Assign(id, command, expected, caller, ct)).Answer())
        .WithName("assign-case-officer");

    /// <summary>Pure. <paramref name="works"/>: the person works at the authority.</summary>
    public Decision Decide(CaseMoment at, bool works)
    {
        if (!at.MayHandle && !at.By.May(at.State.Authority, Role.Chef)) return Refusal.NotAllowed("Bara en registrator, en chef eller ärendets handläggare får fördela ärendet.");
        if (at.NotOpen() is { } closed) return closed;
        if (Person is not null && !works) return Refusal.Input("officer-unknown", "Handläggaren ska vara en person med roll hos myndigheten.");
        if ((CaseInput.Day(From, at.Today, "assigned-day", "Dagen") ?? CaseInput.AtMost(Note, 2000, "note-too-long", "Anteckningen")) is { } wrong) return wrong;
        if (Person == at.State.Officer) return Decision.Nothing;
        return new Happened(new CaseOfficerAssigned(Person, at.State.Officer, From ?? at.Today, at.Now, at.PolicyVersion), KeyClass.Case, new Parts().With("note", CaseInput.Trimmed(Note)));
    }
}

public sealed class AssignOfficerHandler(CaseActs acts, Databases databases)
{
    public async Task<Outcome> Assign(Guid id, AssignOfficer command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await acts.Find(id, caller, ct) is not { } seen) return CaseActs.Unknown;
        var works = command.Person is { } person && await Works(person, seen.State.Authority, ct);
        return await acts.Decide(id, expected, caller, at => command.Decide(at, works), ct);
    }

    private async Task<bool> Works(Guid person, Guid authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select exists (select from archive.persons p join archive.grants g using (person_id)
                           where p.person_id = $1 and not p.is_service and p.closed_at is null and g.role <> 'connector' and (g.authority_id is null or g.authority_id = $2))
            """);
        query.Parameters.Add(new() { Value = person });
        query.Parameters.Add(new() { Value = authority });
        return (bool)(await query.ExecuteScalarAsync(ct))!;
    }
}
