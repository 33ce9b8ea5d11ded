using ArchiveService.Access;
using ArchiveService.Features.Answering;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;
using ArchiveService.Features.Substitutes;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using Registration = ArchiveService.Features.Records.Registration;

namespace ArchiveService.Features.Allotments;

/// <summary>Somebody a record may be given to.</summary>
public sealed record OfficerAsked(bool Service, bool Closed, bool Staff, bool Cleared);

/// <summary>Fördelar a registered record to an officer or a unit (amendment c 2). Once more: to somebody else instead.</summary>
public sealed record AllotRecord(Guid? Officer, string? Unit, string? Note = null)
{
    public Decision Decide(RecordState state, OfficerAsked? officer, Guid allotment, Policy policy)
    {
        if (state.Registration != Registration.Registered) return new Refusal("not-registered", "Bara det som är registrerat fördelas. Registrera handlingen först.");
        var unit = AnswerRecord.Clean(Unit);
        if ((Officer is null) == (unit is null)) return Refusal.Input("officer-or-unit", "Ange en handläggare eller en enhet, ett av dem.");
        if (unit is { Length: > 200 }) return Refusal.Input("unit-too-long", "Enhetens namn får vara högst 200 tecken.");
        if (Note is { Length: > 2000 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 2000 tecken.");
        if (Officer is not null)
        {
            if (officer is not { Service: false, Staff: true }) return Refusal.Unknown("officer", "Handläggaren finns inte hos myndigheten.");
            if (officer.Closed) return new Refusal("officer-closed", "Personen har slutat. Välj en annan handläggare.");
            if (state.Wall == Wall.Secret && !officer.Cleared) return new Refusal("officer-not-cleared", "Handlingen är sekretessmarkerad, och den valda får inte läsa den.");
            if (state.Allotment?.Officer == Officer) return Decision.Nothing;
        }

        return new Happened(new RecordAllotted(allotment, Officer, policy.Version), KeyClass.Register, new Parts().With("unit", unit).With("note", AnswerRecord.Clean(Note)));
    }

    public static Decision Receive(RecordState state, Caller caller, Policy policy) =>
        state.Allotment is not { } held ? NotAllotted
        : held.ReceivedAt is not null ? held.Officer == caller.PersonId ? Decision.Nothing : new Refusal("already-received", "Handlingen är redan mottagen.")
        : held.Officer is { } officer && !caller.IsOrStandsInFor(state.Authority, officer) ? NotYours
        : new Happened(new AllotmentReceived(held.Id, caller.PersonId, policy.Version));

    public static Decision Decline(RecordState state, string? reason, Caller caller, Policy policy) =>
        state.Allotment is not { } held ? NotAllotted
        : held.ReceivedAt is not null ? new Refusal("already-received", "Handlingen är redan mottagen. Be registratorn eller chefen fördela om den.")
        : held.Officer is { } officer && !caller.IsOrStandsInFor(state.Authority, officer) ? NotYours
        : AnswerRecord.Clean(reason) is not { Length: <= 2000 } why ? Refusal.Input("reason-missing", "Skriv varför du inte tar emot handlingen, högst 2000 tecken. Den går tillbaka för att fördelas om.")
        : new Happened(new AllotmentDeclined(held.Id, caller.PersonId, policy.Version), KeyClass.Register, new Parts().With("note", why));

    private static Refusal NotAllotted => new("not-allotted", "Handlingen är inte fördelad.");

    private static Refusal NotYours => Refusal.NotAllowed("Bara den som handlingen är fördelad till tar emot den eller skickar den tillbaka.");
}

public sealed record DeclineAllotment(string? Reason);

public sealed class AllotmentHandler(Records.Records records, AuthorityRegister authorities, Databases databases, TimeProvider clock)
{
    private static readonly Role[] Officers = [Role.Registrator, Role.Chef, Role.Moderator, Role.Kommunikator, Role.Arkivarie, Role.Admin];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/records/{id:guid}/allot", async (Guid id, AllotRecord command, IfMatch expected, Caller caller, AllotmentHandler handler, CancellationToken ct) =>
            (await handler.Allot(id, command, expected, caller, ct)).Answer()).WithName("allot-record");
        routes.MapPost("/api/v1/records/{id:guid}/allotment/receive", async (Guid id, IfMatch expected, Caller caller, AllotmentHandler handler, CancellationToken ct) =>
            (await handler.Receive(id, expected, caller, ct)).Answer()).WithName("receive-allotment");
        routes.MapPost("/api/v1/records/{id:guid}/allotment/decline", async (Guid id, DeclineAllotment command, IfMatch expected, Caller caller, AllotmentHandler handler, CancellationToken ct) =>
            (await handler.Decline(id, command, expected, caller, ct)).Answer()).WithName("decline-allotment");
    }

    public static bool May(Caller caller, Guid authority) => caller.May(authority, Role.Registrator, Role.Chef);

    public Task<Outcome> Allot(Guid id, AllotRecord command, IfMatch expected, Caller caller, CancellationToken ct) => Change(id, expected, caller, async seen =>
    {
        var officer = command.Officer is { } person ? await Officer(person, seen.Authority, ct) : null;
        return (state, policy) => May(caller, state.Authority) ? command.Decide(state, officer, Guid.CreateVersion7(clock.GetUtcNow()), policy) : Refusal.NotAllowed("Bara registrator eller chef fördelar.");
    }, ct);

    public Task<Outcome> Receive(Guid id, IfMatch expected, Caller caller, CancellationToken ct) =>
        Change(id, expected, caller, _ => Own(caller, (state, policy) => AllotRecord.Receive(state, caller, policy)), ct, "allotment-received");

    public Task<Outcome> Decline(Guid id, DeclineAllotment command, IfMatch expected, Caller caller, CancellationToken ct) =>
        Change(id, expected, caller, _ => Own(caller, (state, policy) => AllotRecord.Decline(state, command.Reason, caller, policy)), ct, "allotment-declined");

    private static Task<Func<RecordState, Policy, Decision>> Own(Caller caller, Func<RecordState, Policy, Decision> decide) => Task.FromResult<Func<RecordState, Policy, Decision>>(
        (state, policy) => caller.May(state.Authority, Officers) ? decide(state, policy) : Refusal.NotAllowed("Den som granskar tar inte emot handlingar."));

    private async Task<Outcome> Change(Guid id, IfMatch expected, Caller caller, Func<RecordState, Task<Func<RecordState, Policy, Decision>>> make, CancellationToken ct, string? asSubstitute = null)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.");
        var policy = (await authorities.Find(seen.Authority, ct))!.Policy;
        var decide = await make(seen);
        StandIn? standIn = null;
        try
        {
            return await records.Decide(
                id, expected, caller,
                state =>
                {
                    standIn = asSubstitute is null || state.Allotment?.Officer == caller.PersonId ? null : caller.StandsInFor(state.Authority, state.Allotment?.Officer);
                    return decide(state, policy);
                },
                (_, _, _) =>
                {
                    if (standIn is null) return Task.FromResult(Beside.Empty);
                    var (noted, note) = SubstituteRegister.Noted(standIn, caller, asSubstitute!, "record", id, policy.Version, clock.GetUtcNow());
                    return Task.FromResult(new Beside([], [noted], [note]));
                },
                ct);
        }
        catch (PostgresException error) when (SubstituteRegister.HasEnded(error))
        {
            return SubstituteRegister.Ended;
        }
    }

    internal async Task<OfficerAsked?> Officer(Guid person, Guid authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select p.is_service, p.closed_at is not null, exists (select from archive.grants g where g.person_id = p.person_id and g.role not in ('connector', 'revisor') and (g.authority_id is null or g.authority_id = $2)), p.clearance
            from archive.persons p where p.person_id = $1
            """);
        query.Parameters.Add(new() { Value = person });
        query.Parameters.Add(new() { Value = authority });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? new(row.GetBoolean(0), row.GetBoolean(1), row.GetBoolean(2), row.GetBoolean(3)) : null;
    }
}
