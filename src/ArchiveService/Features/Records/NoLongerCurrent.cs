using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Records;

/// <summary>Inaktuell: says from which day a record no longer matters for what it was for, which a frist may be counted from. Said again, the later word holds.</summary>
/// <param name="From">A day of the Swedish calendar; absent means today.</param>
public sealed record NoLongerCurrent(DateOnly? From, string? Note)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/records/{id:guid}/no-longer-current", async (Guid id, NoLongerCurrent command, IfMatch expected, Caller caller, NoLongerCurrentHandler handler, CancellationToken ct) =>
            (await handler.Decide(id, command, expected, caller, ct)).Answer())
        .WithName("no-longer-current");

    /// <summary>Pure.</summary>
    public Decision Decide(RecordState state, Policy policy, DateOnly today)
    {
        var from = From ?? today;
        if (from > today) return Refusal.Input("current-day", "Dagen kan inte ligga i framtiden. Anteckna den när handlingen har blivit inaktuell.");
        if (from < PageParts.Swedish.Day(state.ReceivedAt)) return Refusal.Input("current-day", "Handlingen kan inte ha blivit inaktuell innan den kom in eller upprättades.");
        if (Note is { Length: > 5000 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 5000 tecken.");
        return state.CurrentUntil == from
            ? Decision.Nothing
            : new Happened(new RecordNoLongerCurrent(from, policy.Version), KeyClass.Register, new Parts().With("note", string.IsNullOrWhiteSpace(Note) ? null : Note.Trim()));
    }
}

public sealed class NoLongerCurrentHandler(Records records, AuthorityRegister authorities, TimeProvider clock)
{
    public async Task<Outcome> Decide(Guid id, NoLongerCurrent command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.");
        var policy = (await authorities.Find(seen.Authority, ct))!.Policy;
        return await records.Decide(id, expected, caller, state => caller.May(state.Authority, Role.Registrator, Role.Arkivarie)
            ? command.Decide(state, policy, PageParts.Swedish.Day(clock.GetUtcNow()))
            : Refusal.NotAllowed("Bara en registrator eller arkivarie får anteckna att en handling är inaktuell."), ct: ct);
    }
}
