using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Cases;

/// <summary>
/// Sekretessmarkering of what a case is called, who its parties are and what is noted of it as a whole (OSL 5:5): a warning, never a decision; each request is examined anew. The titles,
/// the public one too, go behind the wall in the same transaction. Its number and days stay open (OSL 5:2), and the documents have marks of their own.
/// </summary>
public sealed record MarkCase(string? Provision, string? Note = null)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        const string One = "/api/v1/cases/{id:guid}/secrecy";
        routes.MapPost(One, async (Guid id, MarkCase command, IfMatch expected, Caller caller, CaseActs acts, CancellationToken ct) =>
            (await acts.Decide(id, expected, caller, command.Decide, ct)).Answer()).WithName("mark-case");
        routes.MapPost($"{One}/review", async (Guid id, ReviewCase command, IfMatch expected, Caller caller, CaseActs acts, CancellationToken ct) =>
            (await acts.Decide(id, expected, caller, command.Decide, ct)).Answer()).WithName("review-case");
        routes.MapPost($"{One}/lift", async (Guid id, LiftCase command, IfMatch expected, Caller caller, CaseActs acts, CancellationToken ct) =>
            (await acts.Decide(id, expected, caller, command.Decide, ct)).Answer()).WithName("lift-case");
    }

    /// <summary>Pure.</summary>
    public Decision Decide(CaseMoment at)
    {
        if (!at.MayHandle && !at.By.May(at.State.Authority, Role.Arkivarie)) return Refusal.NotAllowed("Bara ärendets handläggare, en registrator eller en arkivarie får sekretessmarkera.");
        if (string.IsNullOrWhiteSpace(Provision) || Provision.Length > 200) return Refusal.Input("provision-missing", "Ange tillämplig bestämmelse, till exempel OSL 25 kap. 1 § (OSL 5 kap. 5 §).");
        if (CaseInput.AtMost(Note, 5000, "note-too-long", "Anteckningen") is { } wrong) return wrong;
        return at.State.Provision == Provision.Trim()
            ? Decision.Nothing
            : new Happened(new CaseTitleMarked(Provision.Trim(), at.Now, at.PolicyVersion), KeyClass.Case, new Parts().With("note", CaseInput.Trimmed(Note)));
    }
}

public sealed record LiftCase(string? Reason)
{
    /// <summary>Pure.</summary>
    public Decision Decide(CaseMoment at)
    {
        if (Refuse(at) is { } no) return no;
        return Reason?.Trim() is { Length: > 0 and <= 5000 } reason
            ? new Happened(new CaseTitleMarkLifted(at.Now, at.PolicyVersion), KeyClass.Case, new Parts().With("reason", reason))
            : Refusal.Input("reason-missing", "Ange varför markeringen tas bort, högst 5000 tecken.");
    }

    /// <summary>Who may not read what is secret has no mark to examine: that there is one may itself be told to nobody else.</summary>
    internal static Refusal? Refuse(CaseMoment at)
    {
        if (!at.By.May(at.State.Authority, Role.Registrator, Role.Arkivarie)) return Refusal.NotAllowed("Bara registrator eller arkivarie får pröva en sekretessmarkering på nytt eller ta bort den.");
        return at.State.Provision is null || !at.By.MayReadSecret(at.State.Authority) ? new Refusal("not-marked", "Ärendet är inte sekretessmarkerat, eller så får du inte se att det är det.") : null;
    }
}

/// <summary>The mark is examined anew: it stands, stands with another provision, or is taken away.</summary>
public sealed record ReviewCase(string? Outcome, string? Reason, string? Provision = null)
{
    /// <summary>Pure.</summary>
    public Decision Decide(CaseMoment at)
    {
        if (LiftCase.Refuse(at) is { } no) return no;
        var chosen = ReviewSecrecy.Outcomes.FirstOrDefault(o => o.Word == Outcome);
        if (chosen.Word is null) return Refusal.Input("outcome-unknown", $"Utfallet kan vara: {string.Join(", ", ReviewSecrecy.Outcomes.Select(o => o.Word))}.");
        if (Reason?.Trim() is not { Length: > 0 and <= 5000 } reason) return Refusal.Input("reason-missing", "Ange skälen för bedömningen, högst 5000 tecken.");
        if (chosen.Outcome != SecrecyOutcome.Changed && !string.IsNullOrWhiteSpace(Provision)) return Refusal.Input("provision-unexpected", "En annan bestämmelse anges bara när markeringen står kvar med en annan.");
        var reviewed = new Happened(new CaseTitleMarkReviewed(chosen.Outcome, at.Now, at.PolicyVersion), KeyClass.Case, new Parts().With("reason", reason));
        var then = chosen.Outcome switch
        {
            SecrecyOutcome.Changed => new MarkCase(Provision).Decide(at),
            SecrecyOutcome.Lifted => new LiftCase(reason).Decide(at),
            _ => Decision.Nothing,
        };
        return then.Refused is not null ? then : new Decision([reviewed, .. then.Events]);
    }
}
