using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Cases;
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

/// <summary>Takes an item down with grounds and motivation; stored with the data of FL 31–32 §§, the actor and the policy version (I10).</summary>
/// <param name="External">The number it gets in another system, where the diary is kept there (diary.mode external or both).</param>
public sealed record TakeDown(IReadOnlyList<string>? Grounds, string? Motivation, string? LegalReference, bool? SenderNotified, bool Emergency, Guid? DisposalDecision, ExternalNumber? External = null)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (name, act) in new[] { ("hide", TakeDownAct.Hide), ("unpublish", TakeDownAct.Unpublish), ("delete-from-channel", TakeDownAct.DeleteFromChannel) })
        {
            routes.MapPost($"/api/v1/records/{{id:guid}}/{name}", async (Guid id, TakeDown command, IfMatch expected, Caller caller, TakeDownHandler handler, CancellationToken ct) =>
            {
                var (outcome, registered) = await handler.TakeDown(id, act, command, expected, caller, ct);
                return outcome is Outcome.Done done
                    ? TypedResults.Ok(new { registered?.DiaryNumber, caseId = registered?.Case, done.LastSequence, done.Version })
                    : outcome.Answer();
            })
            .WithName(name);
        }
    }

    /// <summary>Pure. <paramref name="decisionInForce"/>: the gallringsbeslut named is in force and covers the record's type.</summary>
    public Decision Decide(RecordState state, TakeDownAct act, Policy policy, bool decisionInForce)
    {
        if (MadeHere.Is(state.RecordType)) return new Refusal("not-in-channel", "Handlingen är gjord här och står inte i någon kanal. Det finns inget att ta ned.");
        if (Grounds is not { Count: > 0 }) return Refusal.Input("ground-missing", "Ange minst en grund för åtgärden.");
        if (Grounds.FirstOrDefault(g => !policy.KnowsGround(g)) is { } unknown)
            return Refusal.Input("ground-not-in-policy", $"Grunden {unknown} finns inte i myndighetens policy. Möjliga: {string.Join(", ", policy.Grounds.Select(g => g.Ground))}.");
        if (string.IsNullOrWhiteSpace(Motivation) || Motivation.Length > 5000) return Refusal.Input("motivation-missing", "Motivera åtgärden, högst 5000 tecken (H-25).");
        if (LegalReference is { Length: > 500 }) return Refusal.Input("legal-reference", "Lagrummet får vara högst 500 tecken.");
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
            if (state.SecrecyMarked || Grounds.Contains("SECRECY"))
                return new Refusal("secret-is-never-deleted", "Innehåll som kan omfattas av sekretess ska avpubliceras och registreras, inte raderas (OSL 5 kap. 1 §, T-14).");
            // N-16: only what is minor or unconnected to the activity, and only under a gallringsbeslut in force; radera is gallring.
            if (!decisionInForce) return new Refusal("disposal-decision-missing", "Att radera utan att spara är gallring. Ange ett gallringsbeslut i kraft som omfattar handlingstypen (N-16), eller avpublicera i stället.");
            if (!state.AssessedMinor && state.Registration != Registration.Registered)
                return new Refusal("not-assessed-minor", "Bara det som bedömts vara av ringa betydelse, eller redan är registrerat, får raderas (N-16, H-18). Bedöm handlingen först.");
        }

        var decision = new TakenDown([.. Grounds.Distinct().Order(StringComparer.Ordinal)], Emergency, SenderNotified, act == TakeDownAct.DeleteFromChannel ? DisposalDecision : null, policy.Version);
        RecordEvent happened = act switch
        {
            TakeDownAct.Hide => new ItemHidden(ActedBy.Authority, decision, null),
            TakeDownAct.Unpublish => new ItemUnpublished(ActedBy.Authority, decision, null),
            _ => new ItemDeletedFromChannel(ActedBy.Authority, decision, null),
        };
        return new Happened(happened, KeyClass.Register, new Parts().With(Parts.Motivation, Motivation.Trim()).With("legalReference", LegalReference?.Trim()));
    }

    /// <summary>C2: what the guideline says of the diary when something is removed; secret content always (the legal floor).</summary>
    public bool MustBeRegistered(RecordState state, TakeDownAct act, Policy policy)
    {
        if (state.Registration is Registration.Registered or Registration.Routed) return false;
        if (External is not null) return true;
        // An act that cannot wait does not wait for another system's number either; what is not registered stays in view as such.
        if (Emergency && policy["diary.mode"] == "external") return false;
        if (state.SecrecyMarked || Grounds!.Contains("SECRECY")) return true;
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
    public async Task<(Outcome Outcome, RecordRegistered? Registered)> TakeDown(Guid id, TakeDownAct act, TakeDown command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return (Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den."), null);
        var authority = (await authorities.Find(seen.Authority, ct))!;
        var inForce = command.DisposalDecision is { } decision && await decisions.IsInForce(decision, seen.Authority, seen.RecordType, ct);
        RecordRegistered? registered = null;
        var outcome = await records.Decide(id, expected, caller,
            state => !caller.May(state.Authority, Role.Moderator, Role.Kommunikator)
                ? Refusal.NotAllowed("Bara en moderator eller kommunikatör får ta ned innehåll.")
                : command.Decide(state, act, authority.Policy, inForce),
            async (transaction, state, token) =>
            {
                if (state.Version == seen.Version || !command.MustBeRegistered(state, act, authority.Policy)) return Beside.Empty;
                var choice = command.External is { } number ? number.Choice(Subject(state, act))
                    : authority.Policy.CollectiveCase == "none" ? new CaseChoice.New("Borttaget innehåll i sociala medier", null)
                    : new CaseChoice.Collective();
                var beside = await registration.Prepare(transaction, id, state, authority, choice, new(Subject(state, act), await RecordGlance.Sender(id, state, caller, log, token), null, command.Motivation!.Trim()), token);
                registered = beside.RecordEvents.Select(e => e.Event).OfType<RecordRegistered>().SingleOrDefault();
                return beside;
            }, ct);
        return (outcome, registered);
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
