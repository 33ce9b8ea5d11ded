using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Disposals;

public enum RunState
{
    Proposed,
    Approved,
    Executing,
    Completed,
    Cancelled,
}

/// <summary>What a decision about a run goes by beside the run itself.</summary>
/// <param name="Held">How many items of the manifest are held now.</param>
public sealed record Circumstances(DisposalDecision Decision, RetentionRule? RuleInForce, Policy Policy, DateTimeOffset At, DateOnly Today, long Held)
{
    /// <summary>How many items a reviewer has said are to be kept.</summary>
    public long Kept { get; init; }
}

/// <summary>What a frozen list weighs: sealed text as it is stored, and attachments.</summary>
public sealed record RunSize(long ContentBytes, int Attachments, long AttachmentBytes);

/// <summary>A gallring run as its decisions need it: the inline row, which dispose_batch goes by too.</summary>
public sealed record DisposalRun(
    Guid Id, Guid Authority, Guid Rule, int RuleVersion, Guid Decision, DateOnly DueBefore, RunState State, string ManifestDigest, int Items, DateOnly Oldest, DateOnly Newest,
    Guid ProposedBy, DateTimeOffset ProposedAt, Guid? ApprovedBy, DateTimeOffset? ApprovedAt, DateTimeOffset? CoolingOffUntil,
    Guid? StartedBy, DateTimeOffset? StartedAt, DateTimeOffset? DestroyedAt, DateTimeOffset? VerifiedAt, DateTimeOffset? CompletedAt, DateTimeOffset? ScrubbedAt,
    DateOnly? FinalOn, string? Problem, long Version)
{
    /// <summary>What the list weighed when it was drawn up; null for a run proposed before that was noted.</summary>
    public RunSize? Size { get; init; }

    /// <summary>Four eyes (I4): another person than the proposer, with the role, and never a service account.</summary>
    public Decision Approve(Caller caller, Circumstances now)
    {
        if (State is not RunState.Proposed) return NotIn("godkännas");
        if (caller.PersonId == ProposedBy) return new Refusal("same-person", "Den som har föreslagit gallringen kan inte godkänna den. Be en annan arkivarie.");
        return Unauthorised(now) is { } why ? why : Signed(new DisposalApproved(now.Policy.CoolingOffDays, ManifestDigest, RoleWord, now.Policy.Version), caller);
    }

    public Decision Cancel(Caller caller, Policy policy) =>
        State is RunState.Proposed or RunState.Approved ? Signed(new DisposalCancelled(RoleWord, policy.Version), caller) : NotIn("avbrytas");

    /// <summary>Review: a word about an item of the list, or that it is to be kept. Whoever proposed may review too: keeping only ever makes the run smaller.</summary>
    /// <param name="role">The role it is done in.</param>
    public Decision Review(Caller caller, Role role, ListedItem item, bool keeps, string? remark, Policy policy)
    {
        if (remark?.Trim() is not { Length: > 0 and <= 4000 } said) return Refusal.Input("remark-missing", keeps ? "Skriv varför handlingen ska behållas, högst 4 000 tecken." : "Skriv anmärkningen, högst 4 000 tecken.");
        if (State is RunState.Completed or RunState.Cancelled || (State is RunState.Executing && !keeps)) return NotIn("granskas");
        if (keeps && item.State != "pending")
        {
            return item.Reason == "kept" ? new Refusal("already-kept", "Handlingen ska redan behållas.")
                : new Refusal("item-not-pending", item.State == "destroyed" ? "Handlingen är redan gallrad." : "Handlingen har redan hoppats över.");
        }

        return new Happened(
            new DisposalItemReviewed(item.Record, item.Place, keeps, RecordStates.Stored(role), policy.Version), KeyClass.Office, new Parts().With(ActorName, caller.Name).With("remark", said));
    }

    /// <summary>No event and no refusal: it runs already, and is only taken up again.</summary>
    public Decision Execute(Caller caller, Circumstances now)
    {
        if (State is RunState.Executing) return Http.Decision.Nothing;
        if (State is RunState.Proposed) return new Refusal("not-approved", "Gallringen är inte godkänd. En annan arkivarie än den som föreslog den ska godkänna den först.");
        if (State is not RunState.Approved) return NotIn("verkställas");
        if (Unauthorised(now) is { } why) return why;
        return CoolingOffUntil is { } until && now.At < until
            ? new Refusal("cooling-off", $"Betänketiden går ut {Swedish.DateAndClock(until)}. Till dess kan gallringen avbrytas, inte verkställas.", More: new Dictionary<string, object?>(StringComparer.Ordinal) { ["until"] = until })
            : Signed(new DisposalExecutionStarted(RoleWord, now.Policy.FinalDays, now.Policy.Version), caller);
    }

    /// <summary>Whether the rule and its decision are what they were when the run was proposed, and in force; and whether anything is free to go.</summary>
    private Refusal? Unauthorised(Circumstances now) =>
        now.RuleInForce is null || now.RuleInForce.Version != RuleVersion || now.RuleInForce.EndedAt is not null
            ? new Refusal("rule-changed", "Gallringsregeln har ändrats eller upphävts sedan förslaget. Avbryt och föreslå på nytt.")
        : !now.Decision.IsInForce(now.Today)
            ? new Refusal("decision-not-in-force", $"Gallringsbeslutet {now.Decision.Reference} gäller inte i dag. Utan gällande beslut gallras inget (arkivlagen 10 §).")
        : now.Kept >= Items
            ? new Refusal("all-kept", "Allt i gallringen ska behållas enligt granskningen. Avbryt gallringen.", More: new Dictionary<string, object?>(StringComparer.Ordinal) { ["kept"] = now.Kept })
        : now.Held + now.Kept >= Items
            ? new Refusal("held", "Allt i gallringen är stoppat från gallring. Häv gallringsstoppet eller avbryt gallringen.", More: new Dictionary<string, object?>(StringComparer.Ordinal) { ["held"] = now.Held })
        : null;

    internal const string RoleWord = "arkivarie";

    /// <summary>The name of whoever acts is content: it stands sealed, and the certificate shows it.</summary>
    internal static Happened Signed(DisposalEvent happened, Caller caller) => new(happened, KeyClass.Office, new Parts().With(ActorName, caller.Name));

    internal const string ActorName = "actor.name";

    private Refusal NotIn(string what) => State switch
    {
        RunState.Completed => new Refusal("already-executed", $"Gallringen är redan verkställd och kan inte {what}."),
        RunState.Executing => new Refusal("already-executing", $"Gallringen pågår och kan inte {what}."),
        RunState.Cancelled => new Refusal("run-cancelled", $"Gallringen är avbruten och kan inte {what}."),
        RunState.Approved => new Refusal("already-approved", $"Gallringen är redan godkänd och kan inte {what}."),
        _ => new Refusal("not-approved", $"Gallringen är inte godkänd och kan inte {what}."),
    };
}
