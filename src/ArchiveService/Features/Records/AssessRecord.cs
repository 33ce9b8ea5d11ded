using ArchiveService.Access;
using ArchiveService.Features.Assignments;
using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Records;

/// <summary>A person's assessment: minor significance, secrecy suspected, a question that wants an answer. What nobody has assessed stays with those who assess.</summary>
public sealed record AssessRecord(bool Minor, bool SecrecySuspected, bool IsQuestion, string? Note)
{
    public Decision Decide(RecordState state, Policy policy) =>
        Note is { Length: > 5000 } ? Refusal.Input("note-too-long", "Anteckningen får vara högst 5000 tecken.")
        : Minor && SecrecySuspected ? Refusal.Input("minor-and-secret", "Något som kan omfattas av sekretess kan inte bedömas vara av ringa betydelse (OSL 5 kap. 1 §).")
        : new Happened(new RecordAssessed(Minor, SecrecySuspected, IsQuestion, policy.Version), KeyClass.Register, new Parts().With("note", Note));
}

/// <summary>Hålla ordnad instead of registering (OSL 5:1, N-08, T-15, V-10): only what is not sekretessreglerat.</summary>
public sealed record KeepOrdered
{
    public Decision Decide(RecordState state, Policy policy)
    {
        if (state.Registration is Registration.Registered or Registration.Routed) return new Refusal("already-registered", "Handlingen är redan registrerad eller överlämnad. Det går inte att ta tillbaka (I8).");
        if (state.Wall != Wall.Open) return new Refusal("secrecy-possible", "Handlingen kan omfattas av sekretess eller är inte bedömd. Då ska den registreras (OSL 5 kap. 1 §, N-08).");
        if (policy.RegistrationDefault == "register") return new Refusal("policy-registers-all", "Myndighetens riktlinje låter inte handlingar hållas ordnade i stället för att registreras (R-14).");
        return state.Registration == Registration.KeptOrdered ? Decision.Nothing : new Happened(new RecordKeptOrdered(policy.Version));
    }
}

/// <summary>Uppenbart ringa betydelse: neither registered nor kept ordered (T-16), where the policy knows it (not V-10).</summary>
public sealed record ExemptRecord(string? Reason, Guid? DisposalDecision)
{
    public Decision Decide(RecordState state, Policy policy)
    {
        if (state.Registration is Registration.Registered or Registration.Routed) return new Refusal("already-registered", "Handlingen är redan registrerad eller överlämnad. Det går inte att ta tillbaka (I8).");
        if (state.Wall != Wall.Open) return new Refusal("secrecy-possible", "Handlingen kan omfattas av sekretess eller är inte bedömd. Då kan den inte undantas (OSL 5 kap. 1 §).");
        if (policy["ringa.keepOrdered"] == "true") return new Refusal("policy-keeps-minor-ordered", "Myndighetens riktlinje håller också det ringa ordnat (V-10). Välj Håll ordnad.");
        if (string.IsNullOrWhiteSpace(Reason) || Reason.Length > 2000) return Refusal.Input("reason-missing", "Ange varför handlingen är av uppenbart ringa betydelse, högst 2000 tecken.");
        return state.Registration == Registration.Exempt
            ? Decision.Nothing
            : new Happened(new RecordExempted(DisposalDecision, policy.Version), KeyClass.Register, new Parts().With("note", Reason.Trim()));
    }
}

/// <summary>Takes a hidden or unpublished item back into the channel.</summary>
public sealed record RestoreItem(string? Reason)
{
    public Decision Decide(RecordState state, Policy policy) =>
        state.Visibility == Visibility.Visible ? new Refusal("not-taken-down", "Det är inte nedtaget.")
        : state.Locked ? RestrictContent.Refused("Det som är låst får inte bli synligt igen.")
        : state.Visibility == Visibility.Deleted ? new Refusal("already-deleted", "Det är raderat ur kanalen och kan inte återställas härifrån.")
        : string.IsNullOrWhiteSpace(Reason) || Reason.Length > 5000 ? Refusal.Input("reason-missing", "Ange varför det återställs.")
        : new Happened(new ItemRestored(ActedBy.Authority, policy.Version, null), KeyClass.Register, new Parts().With(Parts.Motivation, Reason.Trim()));
}

/// <summary>The confirmation that an emergency act needs afterwards.</summary>
public sealed record ConfirmEmergency(bool Upheld, string? Motivation)
{
    /// <param name="by">Who examines it: the same person as acted may, for there may be no other, but it is noted.</param>
    public Decision Decide(RecordState state, Policy policy, Guid? by = null) =>
        !state.EmergencyUnconfirmed ? new Refusal("no-emergency", "Det finns ingen nödåtgärd att bekräfta.")
        : string.IsNullOrWhiteSpace(Motivation) || Motivation.Length > 5000 ? Refusal.Input("motivation-missing", "Motivera prövningen i efterhand.")
        : new Happened(new EmergencyConfirmed(Upheld, policy.Version, state.EmergencyBy is { } acted && by is { } examines ? acted == examines : null), KeyClass.Register, new Parts().With(Parts.Motivation, Motivation.Trim()));
}

/// <summary>The short commands that need nothing but the record and the policy.</summary>
public sealed class RecordAssessments(Records records, AuthorityRegister authorities, Hosting.Databases databases)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/records/{id:guid}/assess", (Guid id, AssessRecord command, IfMatch expected, Caller caller, RecordAssessments handler, CancellationToken ct) => handler.Answer(id, expected, caller, command.Decide, ct)).WithName("assess-record");
        routes.MapPost("/api/v1/records/{id:guid}/keep-ordered", (Guid id, IfMatch expected, Caller caller, RecordAssessments handler, CancellationToken ct) => handler.Answer(id, expected, caller, new KeepOrdered().Decide, ct)).WithName("keep-ordered");
        routes.MapPost("/api/v1/records/{id:guid}/exempt", (Guid id, ExemptRecord command, IfMatch expected, Caller caller, RecordAssessments handler, CancellationToken ct) => handler.Answer(id, expected, caller, command.Decide, ct)).WithName("exempt-record");
        routes.MapPost("/api/v1/records/{id:guid}/restore", async (Guid id, RestoreItem command, IfMatch expected, Caller caller, RecordAssessments handler, CancellationToken ct) => (await handler.Restore(id, command, expected, caller, ct)).Answer()).WithName("restore-item");
        routes.MapPost("/api/v1/records/{id:guid}/confirm-emergency", async (Guid id, ConfirmEmergency command, IfMatch expected, Caller caller, RecordAssessments handler, CancellationToken ct) => (await handler.ConfirmEmergency(id, command, expected, caller, ct)).Answer()).WithName("confirm-emergency");
    }

    public Task<Outcome> Decide(Guid id, IfMatch expected, Caller caller, Func<RecordState, Policy, Decision> decide, CancellationToken ct) =>
        Decide(id, expected, caller, [Role.Moderator, Role.Registrator], _ => null, decide, ct);

    public Task<Outcome> Restore(Guid id, RestoreItem command, IfMatch expected, Caller caller, CancellationToken ct) =>
        Decide(id, expected, caller, [Role.Moderator, Role.Registrator], policy => new(policy, AssignmentUse.Moderate), command.Decide, ct);

    /// <summary>
    /// By somebody with authority in the channel, since whoever acted may have had none: an assignment; or the chef, who gives them.
    /// Where no assignment is asked for it is done by those who moderate and register.
    /// </summary>
    public async Task<Outcome> ConfirmEmergency(Guid id, ConfirmEmergency command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        var manager = await records.Find(id, caller, ct) is { } seen && await ManagerConfirms(seen.Authority, seen.Channel, caller, ct);
        Role[] roles = manager ? [Role.Moderator, Role.Registrator, Role.Chef] : [Role.Moderator, Role.Registrator];
        return await Decide(id, expected, caller, roles, policy => new(policy, AssignmentUse.Moderate, ManagerToo: true), (state, policy) => command.Decide(state, policy, caller.PersonId), ct);
    }

    public async Task<bool> ManagerConfirms(Guid authority, Guid channel, Caller caller, CancellationToken ct) =>
        caller.May(authority, Role.Chef) && await AssignmentDemand.IsAskedFor(databases, (await authorities.Find(authority, ct))!.Policy, authority, channel, ct);

    private async Task<Outcome> Decide(
        Guid id, IfMatch expected, Caller caller, Role[] roles, Func<Policy, AssignmentDemand?> demand, Func<RecordState, Policy, Decision> decide, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.");
        var policy = (await authorities.Find(seen.Authority, ct))!.Policy;
        return await records.Decide(id, expected, caller, demand(policy), state => caller.May(state.Authority, roles) ? decide(state, policy) : Refusal.NotAllowed($"Bara {(roles.Contains(Role.Chef) ? "moderator, registrator eller chef" : "moderator eller registrator")} får göra detta."), ct: ct);
    }

    private async Task<IResult> Answer(Guid id, IfMatch expected, Caller caller, Func<RecordState, Policy, Decision> decide, CancellationToken ct) => (await Decide(id, expected, caller, decide, ct)).Answer();
}
