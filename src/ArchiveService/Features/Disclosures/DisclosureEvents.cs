using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Disclosures;

/// <summary>The way a request came in.</summary>
public enum RequestChannel
{
    Web,
    Email,
    Letter,
    Phone,
    Visit,
    SocialMedia,
}

/// <summary>How the asker wants it (TF 2:15–16); nobody has to say.</summary>
public enum WantedForm
{
    Unstated,
    Read,
    Copy,
    Email,
}

public enum FoundKind
{
    Record,
    Case,

    /// <summary>A note, a decision, or an appeal on paper that a case has of its own; named by the id of its entry.</summary>
    Document,
}

/// <summary>The steps of an examination, in their order (c 12).</summary>
public enum ExaminationStep
{
    /// <summary>Which provision can apply; none for what is plainly open.</summary>
    Provision,

    /// <summary>Whom or what it protects.</summary>
    Protects,

    /// <summary>What harm giving it out does.</summary>
    Harm,

    /// <summary>Whether the protected one has waived it (OSL 12:2).</summary>
    Waiver,

    /// <summary>Who asks and why: only where the harm turns on it (TF 2:18).</summary>
    Asker,
}

public enum ItemOutcome
{
    Disclose,
    Mask,

    /// <summary>Utlämnande med förbehåll (OSL 10:14).</summary>
    Reservation,
    Refuse,
}

public enum GivenAs
{
    /// <summary>Read on the spot (TF 2:15).</summary>
    Read,
    Copy,
    Email,
}

public enum RequestAnswer
{
    Given,
    GivenInPart,
    NothingFound,

    /// <summary>The official's no, with word of the right to the authority's own decision (OSL 6:3).</summary>
    Declined,

    /// <summary>The authority's written decision.</summary>
    Refused,
    Withdrawn,
}

/// <summary>Why the clock stands still: only the asker can go on.</summary>
public enum PauseReason
{
    /// <summary>What is asked for cannot be told from the request; the authority helps, and waits (TF 2:15).</summary>
    Clarification,

    /// <summary>The fee for copies is paid in advance (avgiftsförordningen 1992:191). Nobody pays to read on the spot.</summary>
    Fee,
}

public enum AppealOutcome
{
    /// <summary>It came too late, or from somebody who may not appeal (FL 45 §).</summary>
    Dismissed,

    /// <summary>The decision stands.</summary>
    Upheld,

    /// <summary>The court gives it out, or sends it back: what was withheld is examined anew.</summary>
    Changed,
}

public abstract record DisclosureRequestEvent : SealableEvent;

/// <summary>Somebody asked to see or to have documents (TF 2:15–16). Who they are and why stands nowhere, for nobody asked. What was asked for, and where to send it, stand sealed.</summary>
[EventName("disclosure_requested")]
public sealed record DisclosureRequested(Guid Authority, string Reference, RequestChannel Channel, WantedForm Form, DateTimeOffset ReceivedAt, int PolicyVersion) : DisclosureRequestEvent;

/// <summary>A record, a case with what is in it, or a document that a case has of its own answers to the request. From now on it is not gallrad until the request is closed; of a document the case it stands in is held with it.</summary>
[EventName("disclosure_item_found")]
public sealed record DisclosureItemFound(FoundKind Kind, Guid Target, int PolicyVersion, Guid? Case = null) : DisclosureRequestEvent;

/// <summary>It did not belong to the request after all. The reason stands sealed.</summary>
[EventName("disclosure_item_dropped")]
public sealed record DisclosureItemDropped(Guid Target, int PolicyVersion) : DisclosureRequestEvent;

/// <summary>
/// One step of the examination of one item (c 12). <paramref name="Finding"/> is a word of the step, <paramref name="Provision"/> names what can apply,
/// <paramref name="Test"/> how the provision is written. What was reasoned stands sealed. A step taken again replaces the one before.
/// </summary>
[EventName("disclosure_step_taken")]
public sealed record DisclosureStepTaken(Guid Item, ExaminationStep Step, string Finding, string? Provision, string? Test, int PolicyVersion) : DisclosureRequestEvent;

/// <summary>Somebody else looked at the examination of the item. What they said stands sealed.</summary>
[EventName("disclosure_second_opinion_given")]
public sealed record DisclosureSecondOpinionGiven(Guid Item, bool Agrees, int PolicyVersion) : DisclosureRequestEvent;

/// <summary>What is hidden in the copy of the item. The map itself (which letters of which part of which version, and why) stands sealed; the original is untouched.</summary>
[EventName("disclosure_masks_set")]
public sealed record DisclosureMasksSet(Guid Item, int Masks, IReadOnlyList<string> Provisions, int PolicyVersion) : DisclosureRequestEvent;

/// <summary>
/// A copy of a file, masked by hand, stands in for it in what is given out; the original is untouched. What the file is called, and how it was masked, stand sealed. The copy
/// itself is sealed under the request's key and goes with it.
/// </summary>
[EventName("disclosure_file_replaced")]
public sealed record DisclosureFileReplaced(Guid Item, Guid Attachment, Guid Copy, Guid Object, long Bytes, string MediaType, string Provision, int PolicyVersion) : DisclosureRequestEvent;

/// <summary>The masked copy of a file is not used any more.</summary>
[EventName("disclosure_file_copy_withdrawn")]
public sealed record DisclosureFileCopyWithdrawn(Guid Item, Guid Attachment, int PolicyVersion) : DisclosureRequestEvent;

/// <summary>What is to become of the item in this request. The terms of a förbehåll stand sealed.</summary>
[EventName("disclosure_item_decided")]
public sealed record DisclosureItemDecided(Guid Item, ItemOutcome Outcome, IReadOnlyList<string> Provisions, int PolicyVersion) : DisclosureRequestEvent;

/// <summary>
/// The items were given out; <paramref name="GivenAt"/> is when the asker had them. The fee is in whole kronor. Where to, why in electronic form although
/// personal data stand in it, and the digest of the package stand sealed.
/// </summary>
[EventName("disclosure_delivered")]
public sealed record DisclosureDelivered(GivenAs Form, IReadOnlyList<Guid> Items, int Pages, int FeeKronor, bool ElectronicDespiteWarning, DateTimeOffset GivenAt, int PolicyVersion) : DisclosureRequestEvent;

/// <summary>There is nothing to give out, and why: the period is whole, or something of it was destroyed or never captured. The words of the answer stand sealed.</summary>
[EventName("disclosure_nothing_found")]
public sealed record DisclosureNothingFound(DateOnly From, DateOnly To, Guid? Channel, bool Whole, int Destroyed, int Gaps, int PolicyVersion) : DisclosureRequestEvent;

/// <summary>The official's no, with word of the right to have the authority decide (OSL 6:3). The provision and the reason as they were told stand sealed.</summary>
[EventName("disclosure_declined")]
public sealed record DisclosureDeclined(IReadOnlyList<Guid> Items, IReadOnlyList<string> Provisions, int PolicyVersion) : DisclosureRequestEvent;

/// <summary>The asker wants the authority's own decision (OSL 6:3).</summary>
[EventName("disclosure_decision_demanded")]
public sealed record DisclosureDecisionDemanded(DateTimeOffset DemandedAt, int PolicyVersion) : DisclosureRequestEvent;

/// <summary>The authority's written decision not to give out, or to give out masked or with förbehåll; it can be appealed (OSL 6:7). The reasons stand sealed.</summary>
[EventName("disclosure_refused")]
public sealed record DisclosureRefused(IReadOnlyList<Guid> Items, IReadOnlyList<string> Provisions, string? DelegationPoint, int PolicyVersion) : DisclosureRequestEvent;

/// <summary>The asker had the decision that day; an appeal must be in by the other (three weeks, FL 44 §).</summary>
[EventName("disclosure_decision_served")]
public sealed record DisclosureDecisionServed(DateOnly ServedOn, DateOnly AppealBy, int PolicyVersion) : DisclosureRequestEvent;

/// <summary>The asker takes the request back.</summary>
[EventName("disclosure_withdrawn")]
public sealed record DisclosureWithdrawn(int PolicyVersion) : DisclosureRequestEvent;

/// <summary>Nothing more is to be done, and what was found is held no longer.</summary>
[EventName("disclosure_closed")]
public sealed record DisclosureClosed(int PolicyVersion) : DisclosureRequestEvent;

/// <summary>The clock stands still from then. What the asker was asked stands sealed.</summary>
[EventName("disclosure_clock_paused")]
public sealed record DisclosureClockPaused(PauseReason Reason, DateTimeOffset Since, int PolicyVersion) : DisclosureRequestEvent;

/// <summary>The asker has answered, or paid, and the clock goes on from then.</summary>
[EventName("disclosure_clock_resumed")]
public sealed record DisclosureClockResumed(DateTimeOffset At, int PolicyVersion) : DisclosureRequestEvent;

/// <summary>The decision is appealed (OSL 6:7). What was withheld is held until a court has said the last.</summary>
[EventName("disclosure_appealed")]
public sealed record DisclosureAppealed(DateOnly ReceivedOn, bool InTime, int PolicyVersion) : DisclosureRequestEvent;

/// <summary>The appeal is settled for good. What was said of it stands sealed.</summary>
[EventName("disclosure_appeal_settled")]
public sealed record DisclosureAppealSettled(AppealOutcome Outcome, DateOnly SettledOn, int PolicyVersion) : DisclosureRequestEvent;

/// <summary>The request stands in the diary, in that case (OSL 5:1).</summary>
[EventName("disclosure_registered")]
public sealed record DisclosureRegistered(Guid Case, int PolicyVersion) : DisclosureRequestEvent;

/// <summary>The request is gallrad: what was asked for, where it went and every reason went with its key. That there was one, and how it was answered, stays.</summary>
[EventName("disclosure_request_disposed")]
public sealed record DisclosureRequestDisposed(Guid Run, Guid Decision, Guid Rule, int RuleVersion, DateTimeOffset DisposedAt) : DisclosureRequestEvent;
