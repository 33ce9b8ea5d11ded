using ArchiveService.Access;
using ArchiveService.Features.Delegations;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Cases;

/// <summary>
/// Records a decision of the case (FL 31–33 §§): when, by whom, what and why. With a body the body decided, as a nämnd at a meeting; without one the caller decides, on
/// delegation where the authority has a delegationsordning (KL 6 kap. 37 §, 7 kap. 5 §).
/// </summary>
/// <param name="Body">As ”Barn- och utbildningsnämnden 2026-11-20 § 112”.</param>
/// <param name="PublicSubject">What the public diary shows instead of the subject, once a registrator has released the entry.</param>
public sealed record MakeDecision(
    DateOnly? DecidedOn, CaseOutcome? Outcome, string? Body, string? Subject, string? Text, string? Reasons, string? HowToAppeal, string? Provision, string? PublicSubject = null)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/cases/{id:guid}/decisions", async (Guid id, MakeDecision command, IfMatch expected, Caller caller, CaseActs acts, MakeDecisionHandler handler, CancellationToken ct) =>
        {
            var (outcome, document) = await handler.Make(id, command, expected, caller, ct);
            return outcome is Http.Outcome.Done done ? TypedResults.Ok(new { documentNumber = document, done.LastSequence, done.Version }) : outcome.Answer();
        }).WithName("make-case-decision");
        routes.MapPost("/api/v1/cases/{id:guid}/decisions/{number:int}/dispatch", async (Guid id, int number, DispatchDecision command, IfMatch expected, Caller caller, CaseActs acts, CancellationToken ct) =>
            (await acts.Decide(id, expected, caller, at => command.Decide(at, number), ct)).Answer()).WithName("dispatch-case-decision");
    }

    /// <summary>Pure. <paramref name="delegated"/>: whether the caller has a point for it; not asked where a body decided.</summary>
    public Decision Decide(CaseMoment at, Delegated? delegated)
    {
        if ((at.NotHandled("föra in ett beslut") ?? at.NotOpen()) is { } no) return no;
        if (Outcome is not { } outcome || !Enum.IsDefined(outcome)) return Refusal.Input("decision-outcome", "Ange utgången: bifall, delvis bifall, avslag, avvisning, avskrivning eller annat.");
        if (DecidedOn is null) return Refusal.Input("decision-day", "Ange beslutsdagen (FL 31 §).");
        if ((CaseInput.Day(DecidedOn, at.Today, "decision-day", "Beslutsdagen") ?? CaseInput.Required(Text, 20_000, "decision-text", "Skriv vad som beslutades (FL 31 §)")
            ?? CaseInput.AtMost(Reasons, 20_000, "decision-reasons", "Motiveringen") ?? CaseInput.AtMost(HowToAppeal, 5000, "decision-appeal", "Överklagandehänvisningen")
            ?? CaseInput.AtMost(Body, 300, "decision-body", "Beslutande organ") ?? CaseInput.AtMost(Subject, 300, "decision-subject", "Rubriken") ?? CaseInput.Provision(Provision) ?? CaseInput.Public(PublicSubject)) is { } wrong) return wrong;
        var body = CaseInput.Trimmed(Body);
        if (body is null && delegated?.Refused is { } missing) return missing;
        return new Happened(
            new CaseDecisionMade(
                at.NextDocument, DecidedOn.Value, outcome, body is null ? at.By.PersonId : null, body is null ? delegated?.Version : null, body is null ? delegated?.Number : null, at.Now,
                CaseInput.Trimmed(Provision), at.PolicyVersion),
            KeyClass.Case,
            new Parts().With(Parts.Text, Text!.Trim()).With("body", body).With(Parts.Subject, CaseInput.Trimmed(Subject)).With(Parts.Motivation, CaseInput.Trimmed(Reasons)).With("howToAppeal", CaseInput.Trimmed(HowToAppeal))
                .With(CaseDocumentTables.PublicPart, CaseInput.Trimmed(PublicSubject)));
    }
}

/// <summary>Notes that a decision went out, to whom, when and how (FL 33 §). Once a receiver.</summary>
public sealed record DispatchDecision(DateOnly? On, DispatchMeans? Means, string? Recipient, string? Note)
{
    /// <summary>Pure.</summary>
    public Decision Decide(CaseMoment at, int number)
    {
        if ((at.NotHandled("anteckna att ett beslut har expedierats") ?? at.NotOpen()) is { } no) return no;
        if (!at.State.Decisions.TryGetValue(number, out var decision)) return Refusal.Unknown("decision", $"Handling {number} är inget beslut i ärendet.");
        if (Means is not { } means || !Enum.IsDefined(means)) return Refusal.Input("dispatch-means", "Ange hur beslutet skickades.");
        var on = On ?? at.Today;
        if ((CaseInput.Day(on, at.Today, "dispatch-day", "Dagen") ?? CaseInput.Required(Recipient, 300, "dispatch-recipient", "Ange till vem beslutet skickades") ?? CaseInput.AtMost(Note, 2000, "note-too-long", "Anteckningen")) is { } wrong) return wrong;
        return on < decision.DecidedOn
            ? Refusal.Input("dispatch-day", "Beslutet kan inte ha skickats innan det fattades.")
            : new Happened(new CaseDecisionDispatched(number, on, means, at.PolicyVersion), KeyClass.Case, new Parts().With("recipient", Recipient!.Trim()).With("note", CaseInput.Trimmed(Note)));
    }
}

public sealed class MakeDecisionHandler(CaseActs acts, DelegationCheck delegations)
{
    public async Task<(Http.Outcome Outcome, int Document)> Make(Guid id, MakeDecision command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await acts.Find(id, caller, ct) is not { } seen) return (CaseActs.Unknown, 0);
        var delegated = string.IsNullOrWhiteSpace(command.Body) ? await delegations.Under(seen.State.Authority, DelegationKinds.DecideCase, caller, ct) : null;
        var (outcome, document, _) = await Numbered.Make(acts, id, expected, caller, at => command.Decide(at, delegated), ct, (_, at, _) =>
        {
            // On the list for the next meeting (KL 6 kap. 40 §, 7 kap. 8 §).
            var (drafts, statements) = delegated?.Noted("case", id, caller, at.PolicyVersion, at.Now) ?? ([], []);
            return Task.FromResult(new CaseBeside(drafts, statements));
        });
        return (outcome, document);
    }
}
