using ArchiveService.Access;
using ArchiveService.Features.Assignments;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Cases;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Retention;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Records;

/// <summary>Three acts, not two: dölja (stands in the channel), avpublicera (out of the medium, full copy kept here), radera (nothing is to be kept).</summary>
public enum TakeDownAct
{
    Hide,
    Unpublish,
    DeleteFromChannel,
}

/// <summary>
/// Takes an item down with grounds and motivation; stored with the actor, the policy version (I10) and, where given, the data of FL 31–32 §§. Those
/// paragraphs seldom bind here (a removal is mostly a factual act): the data is good practice, so nothing but the motivation is demanded.
/// </summary>
/// <param name="External">The number it gets in another system, where the diary is kept there (diary.mode external or both).</param>
/// <param name="ThresholdMet">It is gross or unlawful, where the ground asks for that.</param>
/// <param name="ViewpointNeutral">The same would be taken down if it said the opposite.</param>
/// <param name="Circumstances">What decided the matter (FL 32 §), beside the motivation.</param>
/// <param name="Rapporteur">Who reported the matter (FL 31 § 4).</param>
/// <param name="Participants">Who took part without deciding (FL 31 § 5).</param>
public sealed record TakeDown(
    IReadOnlyList<string>? Grounds, string? Motivation, string? LegalReference, bool? SenderNotified, bool Emergency, Guid? DisposalDecision, ExternalNumber? External = null,
    bool? ThresholdMet = null, bool? ViewpointNeutral = null, string? ViewpointNote = null, string? Circumstances = null, string? Rapporteur = null, string? Participants = null)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (name, act) in new[] { ("hide", TakeDownAct.Hide), ("unpublish", TakeDownAct.Unpublish), ("delete-from-channel", TakeDownAct.DeleteFromChannel) })
        {
            routes.MapPost($"/api/v1/records/{{id:guid}}/{name}", async (Guid id, TakeDown command, IfMatch expected, Caller caller, TakeDownHandler handler, CancellationToken ct) =>
            {
                var (outcome, registered, proposed) = await handler.TakeDown(id, act, command, expected, caller, ct);
                return outcome switch
                {
                    Outcome.Done done when proposed => TypedResults.Accepted($"/api/v1/records/{id}/confirm-take-down", new { proposed, done.LastSequence, done.Version }),
                    Outcome.Done done => TypedResults.Ok(new { registered?.DiaryNumber, caseId = registered?.Case, done.LastSequence, done.Version }),
                    _ => outcome.Answer(),
                };
            })
            .WithName(name);
        }
    }

    /// <summary>Pure.</summary>
    /// <param name="decisionInForce">The gallringsbeslut named is in force and covers the record's type.</param>
    /// <param name="by">Who decides.</param>
    /// <param name="proposedBy">Who wanted it, when this is the second person's confirmation.</param>
    public Decision Decide(RecordState state, TakeDownAct act, Policy policy, bool decisionInForce, Guid? by = null, Guid? proposedBy = null)
    {
        if (MadeHere.Is(state.RecordType)) return new Refusal("not-in-channel", "Handlingen är gjord här och står inte i någon kanal. Det finns inget att ta ned.");
        if (Grounds is not { Count: > 0 }) return Refusal.Input("ground-missing", "Ange minst en grund för åtgärden.");
        if (Grounds.FirstOrDefault(g => !policy.KnowsGround(g)) is { } unknown)
            return Refusal.Input("ground-not-in-policy", $"Grunden {unknown} finns inte i myndighetens policy. Möjliga: {string.Join(", ", policy.Grounds.Select(g => g.Ground))}.");
        if (string.IsNullOrWhiteSpace(Motivation) || Motivation.Length > 5000) return Refusal.Input("motivation-missing", "Motivera åtgärden, högst 5000 tecken (H-25).");
        if (LegalReference is { Length: > 500 }) return Refusal.Input("legal-reference", "Lagrummet får vara högst 500 tecken.");
        if (Circumstances is { Length: > 5000 } || ViewpointNote is { Length: > 2000 } || Rapporteur is { Length: > 200 } || Participants is { Length: > 500 })
            return Refusal.Input("decision-data-too-long", "Avgörande omständigheter får vara högst 5000 tecken, svaret om motsatt åsikt 2000, föredragande 200 och deltagare 500.");
        if (ThresholdMet == false && TakeDownAdvice.AsksThreshold(Grounds, policy) is { } asks) return new Refusal("threshold-not-met", $"{Swedish.Sentence(PolicyKeys.Grounds[asks])} är grund bara när det är {TakeDownAdvice.ThresholdWord(policy.ThresholdOf(asks))} (C9). Är det inte det får innehållet stå kvar, eller så gäller en annan grund.");
        // RF 1:9 and 2:1, JO 1248-2008: what may be posted is never decided by opinion. Where opinion cannot matter the answer changes nothing.
        if (ViewpointNeutral == false && !Grounds.All(TakeDownAdvice.OpinionIsIrrelevant))
            return new Refusal("viewpoint-not-neutral", "Innehållet skulle få stå kvar om det uttryckte motsatt åsikt. Då är det åsikten som avgör, och den får inte vara skäl att ta ned något (RF 1 kap. 9 § och 2 kap. 1 §, JO 1248-2008).");
        if (External is not null && state.Registration == Registration.Registered)
            return new Refusal("already-registered", $"Handlingen är redan registrerad ({state.DiaryNumber}). Ta ned den utan nummer från det andra diariet.");
        if (External?.Check() is { } unusable) return unusable;
        if (state.Visibility == Visibility.Deleted) return new Refusal("already-deleted", "Det är redan raderat ur kanalen.");
        if (Same(state, act)) return Decision.Nothing;
        if (Emergency && act == TakeDownAct.DeleteFromChannel) return new Refusal("emergency-never-deletes", "En nödåtgärd får dölja eller avpublicera men aldrig radera: då finns inget kvar att pröva efteråt.");

        // I1, T-08: content and sender are kept before anything is taken down. The emergency path destroys nothing.
        if (!Emergency && !(state.ContentCaptured && state.SenderCaptured))
        {
            return new Refusal("capture-missing",
                $"{(state.ContentCaptured ? "Avsändaren" : state.SenderCaptured ? "Innehållet" : "Innehåll och avsändare")} är inte sparat. Spara det först (I1, T-08), eller använd nödåtgärd som bekräftas i efterhand.");
        }

        if (!Emergency && state.AttachmentsExpected.Except(state.AttachmentsStored) is { Count: > 0 } missing && act == TakeDownAct.DeleteFromChannel)
            return new Refusal("attachments-missing", $"{missing.Count} bilaga/bilagor är inte sparade. Spara dem innan något raderas.");

        if (act == TakeDownAct.DeleteFromChannel)
        {
            if (state.IsMarkedSecret || Grounds.Contains("SECRECY"))
                return new Refusal("secret-is-never-deleted", "Innehåll som kan omfattas av sekretess ska avpubliceras och registreras, inte raderas (OSL 5 kap. 1 §, T-14).");
            // N-16: only what is minor or unconnected to the activity, and only under a gallringsbeslut in force; radera is gallring.
            if (!decisionInForce) return new Refusal("disposal-decision-missing", "Att radera utan att spara är gallring. Ange ett gallringsbeslut i kraft som omfattar handlingstypen (N-16), eller avpublicera i stället.");
            if (!state.AssessedMinor && state.Registration != Registration.Registered)
                return new Refusal("not-assessed-minor", "Bara det som bedömts vara av ringa betydelse, eller redan är registrerat, får raderas (N-16, H-18). Bedöm handlingen först.");
        }

        string[] grounds = [.. Grounds.Distinct().Order(StringComparer.Ordinal)];
        var basis = new TakeDownBasis([.. grounds.Select(g => TakeDownAdvice.Of(g, policy))], ThresholdMet, ViewpointNeutral, state.Content, by, proposedBy);
        var decision = new TakenDown(grounds, Emergency, SenderNotified, act == TakeDownAct.DeleteFromChannel ? DisposalDecision : null, policy.Version, basis);

        // Four eyes where the policy asks for them. What cannot wait does not wait for them either.
        var proposes = proposedBy is null && by is not null && !Emergency && (policy.SecondPerson == "all" || (policy.SecondPerson == "delete" && act == TakeDownAct.DeleteFromChannel));
        if (proposes && state.Proposal is { } already && already.Act == act) return new Refusal("already-proposed", "Det är redan föreslaget. En annan person ska bekräfta eller avslå förslaget.");
        RecordEvent happened = proposes ? new TakeDownProposed(act, decision, by!.Value) : act switch
        {
            TakeDownAct.Hide => new ItemHidden(ActedBy.Authority, decision, null),
            TakeDownAct.Unpublish => new ItemUnpublished(ActedBy.Authority, decision, null),
            _ => new ItemDeletedFromChannel(ActedBy.Authority, decision, null),
        };
        return new Happened(happened, KeyClass.Register, Said(new Parts().With(Parts.Motivation, Motivation.Trim())));
    }

    private Parts Said(Parts parts)
    {
        foreach (var (part, text) in new[] { ("legalReference", LegalReference), ("circumstances", Circumstances), ("rapporteur", Rapporteur), ("participants", Participants), ("viewpointNote", ViewpointNote) })
        {
            if (text?.Trim() is { Length: > 0 } said) parts.With(part, said);
        }

        return parts;
    }

    /// <summary>The command that a proposal stands for.</summary>
    public static TakeDown Of(TakeDownProposed proposal, Parts parts, ExternalNumber? external) => new(
        proposal.Decision.Grounds, parts[Parts.Motivation], parts["legalReference"], proposal.Decision.SenderNotified, Emergency: false, proposal.Decision.DisposalDecision, external,
        proposal.Decision.Basis?.ThresholdMet, proposal.Decision.Basis?.ViewpointNeutral, parts["viewpointNote"], parts["circumstances"], parts["rapporteur"], parts["participants"]);

    /// <summary>C2: what the guideline says of the diary when something is removed; secret content always (the legal floor).</summary>
    public bool MustBeRegistered(RecordState state, TakeDownAct act, Policy policy)
    {
        if (state.Registration == Registration.Registered) return false;

        // H-25: what is removed is registered with its motivation, also when it stands in an akt instead; elsewhere the akt is enough (OSF 2 §).
        if (state.Registration == Registration.Routed && policy["routing.registration"] == "instead") return false;
        if (External is not null) return true;
        // An act that cannot wait does not wait for another system's number either; what is not registered stays in view as such.
        if (Emergency && policy["diary.mode"] == "external") return false;
        if (state.IsMarkedSecret || Grounds!.Contains("SECRECY")) return true;
        if (act == TakeDownAct.DeleteFromChannel && policy.DeleteRequires == "decision-and-registration") return true;
        return policy.RemovalRegister switch
        {
            "always" => true,
            "when-preserved" => act == TakeDownAct.Unpublish && !state.AssessedMinor,
            _ => false,
        };
    }

    private static bool Same(RecordState state, TakeDownAct act) => state.TakenDownByAuthority && !state.EmergencyUnconfirmed && (act, state.Visibility) is
        (TakeDownAct.Hide, Visibility.Hidden) or (TakeDownAct.Unpublish, Visibility.Unpublished);
}

public sealed class TakeDownHandler(Records records, SealedLog log, AuthorityRegister authorities, Cases.Registration registration, DisposalDecisions decisions)
{
    /// <returns>Proposed: nothing is taken down yet, another person has to confirm it.</returns>
    public async Task<(Outcome Outcome, RecordRegistered? Registered, bool Proposed)> TakeDown(Guid id, TakeDownAct act, TakeDown command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return (Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den."), null, false);
        return await Decide(id, act, command, seen, expected, caller, state => !caller.May(state.Authority, Role.Moderator, Role.Kommunikator)
            ? Refusal.NotAllowed("Bara en moderator eller kommunikatör får ta ned innehåll.")
            : null, null, ct);
    }

    /// <summary>A second person confirms what another one proposed: it is decided anew on the state and the policy of now.</summary>
    public async Task<(Outcome Outcome, RecordRegistered? Registered)> Confirm(Guid id, ConfirmTakeDown command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return (Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den."), null);
        var history = await log.Store.ReadStream(id, ct: ct);
        if (history.LastOrDefault(h => h.Event is TakeDownProposed) is not { Event: TakeDownProposed proposal } recorded || seen.Proposal is null) return (ConfirmTakeDown.None, null);
        if ((await log.Open([recorded], ct)).GetValueOrDefault(recorded.Id)?.Parts is not { } parts) return (ConfirmTakeDown.None, null);
        var (outcome, registered, _) = await Decide(id, proposal.Act, Features.Records.TakeDown.Of(proposal, parts, command.External), seen, expected, caller,
            state => state.Proposal is not null && state.ProposalVersion != recorded.Version ? Refusal.ChangedMeanwhile(state.Version) : ConfirmTakeDown.Refuse(state, caller), proposal.ProposedBy, ct);
        return (outcome, registered);
    }

    private async Task<(Outcome Outcome, RecordRegistered? Registered, bool Proposed)> Decide(
        Guid id, TakeDownAct act, TakeDown command, RecordState seen, IfMatch expected, Caller caller, Func<RecordState, Refusal?> refuse, Guid? proposedBy, CancellationToken ct)
    {
        var authority = (await authorities.Find(seen.Authority, ct))!;
        var inForce = command.DisposalDecision is { } decision && await decisions.IsInForce(decision, seen.Authority, seen.RecordType, ct);
        RecordRegistered? registered = null;
        var proposed = false;

        // I11; but a lapsed uppdrag never stands in the way of what cannot wait (T-14, R-11, BBS 5 §): the emergency path needs none, and is confirmed afterwards.
        var demand = command.Emergency ? null : new AssignmentDemand(authority.Policy, AssignmentUse.Moderate);
        var outcome = await records.Decide(id, expected, caller, demand,
            state =>
            {
                if (refuse(state) is { } no) return no;
                var decision = command.Decide(state, act, authority.Policy, inForce, caller.PersonId, proposedBy);
                proposed = decision.Events is [{ Event: TakeDownProposed }];
                return decision;
            },
            async (transaction, state, token) =>
            {
                if (proposed || state.Version == seen.Version || !command.MustBeRegistered(state, act, authority.Policy)) return Beside.Empty;
                var choice = command.External is { } number ? number.Choice(Subject(state, act))
                    : authority.Policy.CollectiveCase == "none" ? new CaseChoice.New("Borttaget innehåll i sociala medier", null)
                    : new CaseChoice.Collective();
                var beside = await registration.Prepare(transaction, id, state, authority, choice, new(Subject(state, act), await RecordGlance.Sender(id, state, caller, log, token), null, command.Motivation!.Trim()), token);
                registered = beside.RecordEvents.Select(e => e.Event).OfType<RecordRegistered>().SingleOrDefault();
                return beside;
            }, ct);
        return (outcome, registered, proposed);
    }

    /// <summary>Neutral: what was taken down, never what it said or who said it.</summary>
    private static string Subject(RecordState state, TakeDownAct act)
    {
        var what = state.RecordType switch { "direct-message" => "direktmeddelande", "comment" => "kommentar", "post" => "inlägg", _ => "innehåll" };
        var neuter = what is not "kommentar";
        return act switch
        {
            TakeDownAct.Hide => $"{(neuter ? "Dolt" : "Dold")} {what} i sociala medier",
            TakeDownAct.Unpublish => $"{(neuter ? "Avpublicerat" : "Avpublicerad")} {what} i sociala medier",
            _ => $"{(neuter ? "Raderat" : "Raderad")} {what} i sociala medier",
        };
    }
}
