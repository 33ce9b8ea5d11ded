using ArchiveService.Capture;
using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Records;

/// <summary>Inkommen or upprättad, derived from the author's account against the channel's registered ones (I6); never from the channel, never from a claim.</summary>
public enum Direction
{
    Received,
    DrawnUp,

    /// <summary>The author is not known, as for an item seen only as deleted.</summary>
    Undetermined,
}

/// <summary>What is seen in the channel.</summary>
public enum Visibility
{
    Visible,
    Hidden,
    Unpublished,
    Deleted,
}

public enum ActedBy
{
    Authority,
    Author,
    Platform,
    Unknown,
}

/// <summary>What the diary knows (I8: never lowered by what happens on the platform).</summary>
public enum Registration
{
    Captured,
    KeptOrdered,
    Exempt,
    Routed,
    Registered,
}

/// <summary>Who may know of the record: everybody on the staff of the authority, only those who assess it, or only the cleared.</summary>
public enum Wall
{
    Open,
    Unassessed,
    Secret,
}

public abstract record RecordEvent : SealableEvent;

/// <summary>An act as the platform told it. <paramref name="Act"/> is an HMAC under the record's key: the same act again has the same one.</summary>
public sealed record ObservedAct(
    string Act, DateTimeOffset? OccurredAt, DateTimeOffset? ObservedAt, Certainty Certainty, ActingParty ActingParty, IReadOnlyList<string> Flags, Guid? Delivery);

/// <summary>What came with an item; the bytes arrive by <see cref="AttachmentStored"/>.</summary>
public sealed record ExpectedAttachment(Guid Id);

/// <summary>An authority's decision to take something down. Motivation and legal reference stand sealed beside it, under the register key.</summary>
public sealed record TakenDown(IReadOnlyList<string> Grounds, bool Emergency, bool? SenderNotified, Guid? DisposalDecision, int PolicyVersion);

/// <summary><paramref name="Content"/> is an HMAC of text and attachments under the record's key: a version is new only when it differs.</summary>
[EventName("item_captured")]
public sealed record ItemCaptured(
    Guid Authority, Guid Channel, string Platform, long Generation, ItemKind Kind, Direction Direction, Audience Audience,
    Guid? Author, Guid? Parent, Guid? Root, Guid? Conversation, string RecordType, Wall Wall,
    bool ContentCaptured, bool SenderCaptured, string Content, TextFormat TextFormat, IReadOnlyList<ExpectedAttachment> Attachments,
    DateTimeOffset? EditedAt, ObservedAct Observed, int PolicyVersion) : RecordEvent;

[EventName("item_edited")]
public sealed record ItemEdited(string Content, TextFormat TextFormat, IReadOnlyList<ExpectedAttachment> Attachments, ObservedAct Observed) : RecordEvent;

[EventName("item_hidden")]
public sealed record ItemHidden(ActedBy By, TakenDown? Decision, ObservedAct? Observed) : RecordEvent;

[EventName("item_unpublished")]
public sealed record ItemUnpublished(ActedBy By, TakenDown? Decision, ObservedAct? Observed) : RecordEvent;

[EventName("item_deleted_from_channel")]
public sealed record ItemDeletedFromChannel(ActedBy By, TakenDown? Decision, ObservedAct? Observed) : RecordEvent;

[EventName("item_restored")]
public sealed record ItemRestored(ActedBy By, int? PolicyVersion, ObservedAct? Observed) : RecordEvent;

/// <summary>Confirms an emergency act afterwards (nödåtgärd).</summary>
[EventName("emergency_confirmed")]
public sealed record EmergencyConfirmed(bool Upheld, int PolicyVersion) : RecordEvent;

/// <summary>The platform said something that has no place yet. Kept and flagged, never dropped.</summary>
[EventName("unknown_act_observed")]
public sealed record UnknownActObserved(ObservedAct Observed) : RecordEvent;

/// <summary>Reactions are counters on what they react to. Who reacted is not kept (data minimisation): <paramref name="Reactor"/> is an HMAC under the record's key, so that nobody counts twice.</summary>
[EventName("reaction_counted")]
public sealed record ReactionCounted(int Delta, string Reactor, ObservedAct Observed) : RecordEvent
{
    /// <summary>The flag of an act that took a reaction back, also of one not heard of before.</summary>
    public const string TakenBack = "reaction-taken-back";
}

/// <summary>An attachment's sealed bytes are durable in the object store under <paramref name="Object"/>.</summary>
[EventName("attachment_stored")]
public sealed record AttachmentStored(Guid Attachment, Guid Object, long Bytes, string MediaType) : RecordEvent;

[EventName("record_assessed")]
public sealed record RecordAssessed(bool Minor, bool SecrecySuspected, bool IsQuestion, int PolicyVersion) : RecordEvent;

/// <summary>Diarieföring. Subject, sender or recipient, and the motivation where there is one, stand sealed under the register key (OSL 5:2).</summary>
[EventName("record_registered")]
public sealed record RecordRegistered(
    Guid Authority, Guid Case, string DiaryNumber, int DocumentNumber, Direction Direction, DateTimeOffset ReceivedAt, DateTimeOffset RegisteredAt,
    string RecordType, string? ExternalSystem, int PolicyVersion) : RecordEvent;

/// <summary>
/// A registration was put right by a new entry; the earlier ones stay (arkivförordningen 3 §). <paramref name="Changed"/> names what differs: <c>subject</c>,
/// <c>senderRecipient</c>, <c>recordType</c>, <c>classCode</c>, <c>receivedAt</c>. The new subject, the new sender or recipient and the reason stand sealed under the register key.
/// </summary>
[EventName("registration_corrected")]
public sealed record RegistrationCorrected(
    Guid Authority, Guid Case, string DiaryNumber, int DocumentNumber, int Correction, IReadOnlyList<string> Changed, string RecordType, DateTimeOffset ReceivedAt,
    DateTimeOffset CorrectedAt, int PolicyVersion) : RecordEvent
{
    public const string Subject = "subject";
    public const string SenderRecipient = "senderRecipient";
    public const string OfType = "recordType";
    public const string ClassCode = "classCode";
    public const string Received = "receivedAt";

    /// <summary>The third or the fourth fact of OSL 5:2 is another one: whether everybody may read it has to be examined anew.</summary>
    internal bool ChangesFacts => Changed.Contains(Subject) || Changed.Contains(SenderRecipient);
}

/// <summary>
/// Registered in another case, or in another authority's diary, instead (omregistrering). The old number stays as transferred; the new entry is the
/// <see cref="RecordRegistered"/> that follows. <paramref name="Authority"/> is the one it leaves, <paramref name="PolicyVersion"/> that authority's. The reason stands sealed under the register key.
/// </summary>
[EventName("record_transferred")]
public sealed record RecordTransferred(
    Guid Authority, Guid FromCase, string FromDiaryNumber, int FromDocumentNumber, Guid ToAuthority, Guid ToCase, string ToDiaryNumber, int ToDocumentNumber, int PolicyVersion) : RecordEvent;

[EventName("record_kept_ordered")]
public sealed record RecordKeptOrdered(int PolicyVersion) : RecordEvent;

[EventName("record_exempted")]
public sealed record RecordExempted(Guid? DisposalDecision, int PolicyVersion) : RecordEvent;

[EventName("record_routed")]
public sealed record RecordRouted(string Target, int PolicyVersion) : RecordEvent;

/// <summary>Sekretessmarkering (OSL 5:5): provision, date and authority. A warning, never a decision. The note stands sealed.</summary>
[EventName("secrecy_marked")]
public sealed record SecrecyMarked(Guid Authority, string Provision, DateTimeOffset MarkedAt, int PolicyVersion) : RecordEvent;

[EventName("secrecy_lifted")]
public sealed record SecrecyLifted(Guid Authority, DateTimeOffset LiftedAt, int PolicyVersion) : RecordEvent;

/// <summary>Inaktuell from a day of the Swedish calendar; a frist may be counted from it. The last one said holds. A note stands sealed.</summary>
[EventName("record_no_longer_current")]
public sealed record RecordNoLongerCurrent(DateOnly From, int PolicyVersion) : RecordEvent;

/// <summary>Gallring: what the record said is destroyed; this stub remains.</summary>
[EventName("item_disposed")]
public sealed record ItemDisposed(Guid Run, Guid Decision, Guid Rule, int RuleVersion, IReadOnlyList<string> Classes, DateTimeOffset DisposedAt) : RecordEvent;
