using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Records;

/// <summary>Sekretessmarkering (OSL 5:5): provision, date and the authority that made it. The record goes behind the wall in the same transaction.</summary>
public sealed record MarkSecrecy(string? Provision, string? Note, DateTimeOffset? MarkedAt)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/records/{id:guid}/secrecy", async (Guid id, MarkSecrecy command, IfMatch expected, Caller caller, SecrecyHandler handler, CancellationToken ct) =>
            (await handler.Mark(id, command, expected, caller, ct)).Answer()).WithName("mark-secrecy");
        routes.MapPost("/api/v1/records/{id:guid}/secrecy/lift", async (Guid id, LiftSecrecy command, IfMatch expected, Caller caller, SecrecyHandler handler, CancellationToken ct) =>
            (await handler.Lift(id, command, expected, caller, ct)).Answer()).WithName("lift-secrecy");
        routes.MapPost("/api/v1/records/{id:guid}/secrecy/review", async (Guid id, ReviewSecrecy command, IfMatch expected, Caller caller, SecrecyHandler handler, CancellationToken ct) =>
            (await handler.Review(id, command, expected, caller, ct)).Answer()).WithName("review-secrecy");
    }

    public Decision Decide(RecordState state, Policy policy, DateTimeOffset now)
    {
        if (string.IsNullOrWhiteSpace(Provision) || Provision.Length > 200) return Refusal.Input("provision-missing", "Ange tillämplig bestämmelse, till exempel OSL 25 kap. 1 § (OSL 5 kap. 5 §).");
        if (Note is { Length: > 5000 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 5000 tecken.");
        if (MarkedAt > now.AddMinutes(5)) return Refusal.Input("marked-in-the-future", "Markeringen kan inte ha gjorts i framtiden.");
        return new Happened(new SecrecyMarked(state.Authority, Provision.Trim(), MarkedAt ?? now, policy.Version), KeyClass.Register, new Parts().With("note", Note));
    }
}

public sealed record LiftSecrecy(string? Reason)
{
    public Decision Decide(RecordState state, Policy policy, DateTimeOffset now)
    {
        if (!state.SecrecyMarked) return new Refusal("not-marked", "Handlingen har ingen sekretessmarkering.");
        return string.IsNullOrWhiteSpace(Reason) || Reason.Length > 5000
            ? Refusal.Input("reason-missing", "Ange varför markeringen tas bort.")
            : new Happened(new SecrecyLifted(state.Authority, now, policy.Version), KeyClass.Register, new Parts().With("note", Reason));
    }
}

/// <summary>
/// A mark examined anew (OSL 5:5): it stands, stands under another provision, or goes. Never an answer to a request, which is examined for itself.
/// </summary>
public sealed record ReviewSecrecy(string? Outcome, string? Reason, string? Provision = null)
{
    public static IReadOnlyList<(string Word, SecrecyOutcome Outcome, string Said)> Outcomes { get; } =
        [("stands", SecrecyOutcome.Stands, "Står kvar"), ("changed", SecrecyOutcome.Changed, "Står kvar, med en annan bestämmelse"), ("lifted", SecrecyOutcome.Lifted, "Tas bort")];

    public Decision Decide(RecordState state, Policy policy, DateTimeOffset now)
    {
        if (!state.SecrecyMarked) return new Refusal("not-marked", "Handlingen har ingen sekretessmarkering att pröva.");
        if (Outcomes.FirstOrDefault(o => o.Word == Outcome) is not { Word: not null } chosen) return Refusal.Input("outcome-unknown", "Ange utfallet: stands (står kvar), changed (annan bestämmelse) eller lifted (tas bort).");
        if (Reason?.Trim() is not { Length: > 0 and <= 5000 } reason) return Refusal.Input("reason-missing", "Ange skälen för bedömningen, högst 5000 tecken.");
        if (chosen.Outcome != SecrecyOutcome.Changed && !string.IsNullOrWhiteSpace(Provision))
            return Refusal.Input("provision-unexpected", "En bestämmelse anges bara när markeringen ska stå kvar med en annan.");
        var reviewed = new Happened(new SecrecyReviewed(state.Authority, chosen.Outcome, now, policy.Version), KeyClass.Register, new Parts().With("note", reason));
        var then = chosen.Outcome switch
        {
            SecrecyOutcome.Changed => new MarkSecrecy(Provision, null, null).Decide(state, policy, now),
            SecrecyOutcome.Lifted => new LiftSecrecy(reason).Decide(state, policy, now),
            _ => Decision.Nothing,
        };
        return then.Refused is not null ? then : new Decision([reviewed, .. then.Events]);
    }
}

public sealed class SecrecyHandler(Records records, AuthorityRegister authorities, TimeProvider clock)
{
    public async Task<Outcome> Mark(Guid id, MarkSecrecy command, IfMatch expected, Caller caller, CancellationToken ct) =>
        await Decide(id, expected, caller, [Role.Registrator, Role.Moderator, Role.Arkivarie], "Bara registrator, moderator eller arkivarie får sekretessmarkera.", command.Decide, ct);

    public async Task<Outcome> Lift(Guid id, LiftSecrecy command, IfMatch expected, Caller caller, CancellationToken ct) =>
        await Decide(id, expected, caller, [Role.Registrator, Role.Arkivarie], "Bara registrator eller arkivarie får ta bort en sekretessmarkering.", command.Decide, ct);

    public async Task<Outcome> Review(Guid id, ReviewSecrecy command, IfMatch expected, Caller caller, CancellationToken ct) =>
        await Decide(id, expected, caller, [Role.Registrator, Role.Arkivarie], "Bara registrator eller arkivarie får pröva en sekretessmarkering på nytt.", command.Decide, ct);

    private async Task<Outcome> Decide(Guid id, IfMatch expected, Caller caller, Role[] roles, string no, Func<RecordState, Policy, DateTimeOffset, Decision> decide, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.");
        var policy = (await authorities.Find(seen.Authority, ct))!.Policy;
        return await records.Decide(id, expected, caller, state => caller.May(state.Authority, roles) ? decide(state, policy, clock.GetUtcNow()) : Refusal.NotAllowed(no), ct: ct);
    }
}
