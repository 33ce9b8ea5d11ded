using ArchiveService.Access;
using ArchiveService.Features.Assignments;
using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Relation = ArchiveService.Features.Records.CaseRelation;
using Weight = ArchiveService.Features.Records.Significance;

namespace ArchiveService.Features.Records;

/// <summary>
/// A person's assessment: significance, secrecy suspected, a question that wants an answer; further whether it belongs to a case, which personal data it
/// holds and where the response chart led. What nobody has assessed stays with those who assess.
/// </summary>
/// <param name="SecrecySuspected">Enough that a provision can apply (sekretessreglerad, OSL 3:1), before any test of harm: N-08, T-14.</param>
/// <param name="Significance"><c>minor</c>, <c>ordinary</c> or <c>important</c>; <paramref name="Minor"/> says the first of them too.</param>
/// <param name="CaseRelation"><c>none</c>, <c>belongsToCase</c> or <c>startsCase</c> (H-24).</param>
/// <param name="Provision">The provision thought of; stands sealed. No decision.</param>
public sealed record AssessRecord(
    bool Minor, bool SecrecySuspected, bool IsQuestion, string? Note,
    string? Significance = null, string? CaseRelation = null, Guid? Case = null, IReadOnlyList<string>? PersonalData = null, string? Provision = null, string? ChartNode = null)
{
    public Decision Decide(RecordState state, Policy policy) => Decide(state, policy, null);

    /// <param name="thread">The assessment of a whole thread that this one is part of.</param>
    public Decision Decide(RecordState state, Policy policy, Guid? thread)
    {
        if (Note is { Length: > 5000 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 5000 tecken.");
        if (Significance is not null && !AssessmentWords.Significances.ContainsKey(Significance))
            return Refusal.Input("significance-unknown", $"Betydelsen kan vara: {string.Join(", ", AssessmentWords.Significances.Keys)}.");
        if (Minor && Significance is not (null or "minor")) return Refusal.Input("significance-contradicts", "Handlingen kan inte både vara av uppenbart ringa betydelse och inte vara det.");
        if (CaseRelation is not null && !AssessmentWords.CaseRelations.ContainsKey(CaseRelation))
            return Refusal.Input("case-relation-unknown", $"Samband med ett ärende kan vara: {string.Join(", ", AssessmentWords.CaseRelations.Keys)}.");
        if (Case is not null && CaseRelation is not "belongsToCase") return Refusal.Input("case-without-relation", "Ange ett ärende bara när handlingen hör till det (caseRelation: belongsToCase).");
        if (PersonalData?.FirstOrDefault(f => !AssessmentWords.PersonalData.ContainsKey(f)) is { } unknown)
            return Refusal.Input("personal-data-unknown", $"Slaget av personuppgift {unknown} finns inte. Möjliga: {string.Join(", ", AssessmentWords.PersonalData.Keys)}.");
        if (Provision is { Length: > 200 }) return Refusal.Input("provision-too-long", "Bestämmelsen får vara högst 200 tecken.");
        if (ChartNode is not null && policy["triage.chart"] == "none") return new Refusal("chart-not-in-policy", "Myndigheten använder inte svarsschemat (T-22).");
        if (ChartNode is not null && ResponseChart.Outcome(ChartNode) is null) return Refusal.Input("chart-node-unknown", $"Svarsschemat slutar i: {string.Join(", ", ResponseChart.Outcomes.Select(o => o.Code))}.");

        var minor = Minor || Significance == "minor";
        if (minor && SecrecySuspected) return Refusal.Input("minor-and-secret", "Något som kan omfattas av sekretess kan inte bedömas vara av ringa betydelse (OSL 5 kap. 1 §).");

        var happened = new List<Happened> { new(new RecordAssessed(minor, SecrecySuspected, IsQuestion, policy.Version), KeyClass.Register, new Parts().With("note", Note)) };
        if (Significance is not null || CaseRelation is not null || PersonalData is { Count: > 0 } || !string.IsNullOrWhiteSpace(Provision) || ChartNode is not null || thread is not null)
        {
            happened.Add(new(
                new AssessmentDetailed(
                    minor ? Weight.ObviouslyMinor : Significance == "important" ? Weight.Important : Weight.Ordinary,
                    CaseRelation is null ? Relation.NotSaid : AssessmentWords.CaseRelations[CaseRelation].Relation, Case,
                    [.. (PersonalData ?? []).Distinct().Order(StringComparer.Ordinal)], ChartNode, thread, policy.Version),
                KeyClass.Register, new Parts().With("provision", string.IsNullOrWhiteSpace(Provision) ? null : Provision.Trim())));
        }

        // A person has seen more than the rule did: what it gave is withdrawn, and the record waits for a decision.
        if (state.SettledByRule is { } rule && (SecrecySuspected || Significance == "important" || CaseRelation is "belongsToCase" or "startsCase"))
            happened.Add(new(new RuleSettlementWithdrawn(rule.Rule, rule.RuleVersion, "assessed", policy.Version)));
        return new(happened);
    }

    /// <summary>The record already stands as this assessment would leave it.</summary>
    public bool IsSaidOf(RecordState state) =>
        state.Assessment is { } now && now.Minor == (Minor || Significance == "minor") && now.SecrecySuspected == SecrecySuspected && now.IsQuestion == IsQuestion
        && (Significance is null or "minor" || (state.AssessedFurther?.Significance ?? Weight.Ordinary) == AssessmentWords.Significances[Significance].Significance)
        && (CaseRelation is null || (state.AssessedFurther is { } further && further.CaseRelation == AssessmentWords.CaseRelations[CaseRelation].Relation && further.Case == Case));
}

/// <summary>Hålla ordnad instead of registering (OSL 5:1, N-08, T-15, V-10): only what is not sekretessreglerat.</summary>
public sealed record KeepOrdered
{
    public Decision Decide(RecordState state, Policy policy)
    {
        if (state.Registration is Registration.Registered or Registration.Routed) return new Refusal("already-registered", "Handlingen är redan registrerad eller överlämnad. Det går inte att ta tillbaka (I8).");
        if (state.Wall != Wall.Open) return new Refusal("secrecy-possible", "Handlingen kan omfattas av sekretess eller är inte bedömd. Då ska den registreras (OSL 5 kap. 1 §, N-08).");
        if (policy.RegistrationDefault == "register") return new Refusal("policy-registers-all", "Myndighetens riktlinje låter inte handlingar hållas ordnade i stället för att registreras (R-14).");
        if (state.AssessedFurther is { CaseRelation: Relation.BelongsToCase or Relation.StartsCase } && policy.RegistrationDefault == "not-unless-case")
            return new Refusal("belongs-to-case", "Handlingen hör till ett ärende eller ger upphov till ett. Då ska den registreras (H-24).");
        return state is { Registration: Registration.KeptOrdered, SettledByRule: null } ? Decision.Nothing : new Happened(new RecordKeptOrdered(policy.Version));
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
        if (state.AssessedFurther is { CaseRelation: Relation.BelongsToCase or Relation.StartsCase } or { Significance: Weight.Important })
            return new Refusal("not-minor", "Handlingen är bedömd som viktig eller hör till ett ärende. Då är den inte av uppenbart ringa betydelse (OSL 5 kap. 1 §, H-24).");
        if (string.IsNullOrWhiteSpace(Reason) || Reason.Length > 2000) return Refusal.Input("reason-missing", "Ange varför handlingen är av uppenbart ringa betydelse, högst 2000 tecken.");
        return state is { Registration: Registration.Exempt, SettledByRule: null }
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
        routes.MapPost("/api/v1/records/{id:guid}/assess", async (Guid id, AssessRecord command, IfMatch expected, Caller caller, RecordAssessments handler, CancellationToken ct) => (await handler.Assess(id, command, expected, caller, ct)).Answer()).WithName("assess-record");
        routes.MapPost("/api/v1/records/{id:guid}/keep-ordered", (Guid id, IfMatch expected, Caller caller, RecordAssessments handler, CancellationToken ct) => handler.Answer(id, expected, caller, new KeepOrdered().Decide, ct)).WithName("keep-ordered");
        routes.MapPost("/api/v1/records/{id:guid}/exempt", (Guid id, ExemptRecord command, IfMatch expected, Caller caller, RecordAssessments handler, CancellationToken ct) => handler.Answer(id, expected, caller, command.Decide, ct)).WithName("exempt-record");
        routes.MapPost("/api/v1/records/{id:guid}/restore", async (Guid id, RestoreItem command, IfMatch expected, Caller caller, RecordAssessments handler, CancellationToken ct) => (await handler.Restore(id, command, expected, caller, ct)).Answer()).WithName("restore-item");
        routes.MapPost("/api/v1/records/{id:guid}/confirm-emergency", async (Guid id, ConfirmEmergency command, IfMatch expected, Caller caller, RecordAssessments handler, CancellationToken ct) => (await handler.ConfirmEmergency(id, command, expected, caller, ct)).Answer()).WithName("confirm-emergency");
    }

    public async Task<Outcome> Assess(Guid id, AssessRecord command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (command.Case is { } of)
        {
            if (await records.Find(id, caller, ct) is not { } seen) return Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.");
            await using var query = databases.Writer.CreateCommand("select exists (select from archive.cases where case_id = $1 and authority_id = $2)");
            query.Parameters.Add(new() { Value = of });
            query.Parameters.Add(new() { Value = seen.Authority });
            if (!(bool)(await query.ExecuteScalarAsync(ct))!) return Refusal.Input("case-unknown", "Ärendet finns inte hos myndigheten. Gäller det en annan myndighets ärende: hänvisa dit.");
        }

        return await Decide(id, expected, caller, command.Decide, ct);
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
