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

/// <summary>
/// An authority's decision to take something down. Motivation, legal reference and the other data of FL 31–32 §§ stand sealed beside it, under the
/// register key. <paramref name="Basis"/> is absent in decisions older than it.
/// </summary>
public sealed record TakenDown(IReadOnlyList<string> Grounds, bool Emergency, bool? SenderNotified, Guid? DisposalDecision, int PolicyVersion, TakeDownBasis? Basis = null);

/// <summary>What the decision rested on: the policy's word on each ground, what was answered before the act, the version that was judged, and who decided.</summary>
/// <param name="ThresholdMet">It is gross, or unlawful, where the ground asks for that; absent: not answered.</param>
/// <param name="ViewpointNeutral">The same would be taken down if it said the opposite (RF 1:9, 2:1); absent: not answered.</param>
/// <param name="Content">The HMAC of the version that was judged, as in the capture.</param>
public sealed record TakeDownBasis(IReadOnlyList<GroundDuty> Duties, bool? ThresholdMet, bool? ViewpointNeutral, string? Content, Guid? DecidedBy, Guid? ProposedBy);

/// <summary>A ground with the threshold and the duty (must, law, may, human-choice, contact-sender, inferred) that the policy gave it.</summary>
public sealed record GroundDuty(string Ground, string Threshold, string Duty);

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

/// <summary>Confirms an emergency act afterwards (nödåtgärd). <paramref name="SamePerson"/>: whoever acted examined it too; absent where it is not known.</summary>
[EventName("emergency_confirmed")]
public sealed record EmergencyConfirmed(bool Upheld, int PolicyVersion, bool? SamePerson = null) : RecordEvent;

/// <summary>Somebody wants something taken down, where the policy asks for a second person. Nothing is taken down before another one confirms it.</summary>
[EventName("take_down_proposed")]
public sealed record TakeDownProposed(TakeDownAct Act, TakenDown Decision, Guid ProposedBy) : RecordEvent;

/// <summary>The proposal is not carried out. The reason stands sealed.</summary>
[EventName("take_down_proposal_withdrawn")]
public sealed record TakeDownProposalWithdrawn(int PolicyVersion) : RecordEvent;

/// <summary>Whoever wrote it was told that it was taken down, and why. What was said, and by which means, stands sealed.</summary>
[EventName("notice_sent")]
public sealed record NoticeSent(DateTimeOffset SentAt, int PolicyVersion) : RecordEvent;

/// <summary>A police report was made; <paramref name="Hold"/> is the gallringsstopp placed with it. Crime suspected, number and by whom stand sealed.</summary>
[EventName("police_report_made")]
public sealed record PoliceReportMade(DateTimeOffset ReportedAt, Guid Hold, int PolicyVersion) : RecordEvent;

/// <summary>
/// Suspected child abuse material: nobody is shown the content or its attachments again, cleared or not (BrB 16:10 a). A neutral description stands sealed;
/// the only thing that can happen to the bytes is destruction by decision.
/// </summary>
[EventName("content_locked")]
public sealed record ContentLocked(int PolicyVersion) : RecordEvent;

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

public enum Significance
{
    /// <summary>Uppenbart ringa betydelse (OSL 5:1, T-16).</summary>
    ObviouslyMinor,
    Ordinary,
    Important,
}

/// <summary>Whether it belongs to a case (ärende), which H-24 excepts from what need not be registered.</summary>
public enum CaseRelation
{
    NotSaid,
    None,
    BelongsToCase,
    StartsCase,
}

/// <summary>
/// What an assessment said beyond its three questions; stands after it. The node of the response chart (T-22) is advice that was followed or not.
/// <paramref name="Thread"/>: assessed together with a whole thread. The provision thought of stands sealed.
/// </summary>
[EventName("assessment_detailed")]
public sealed record AssessmentDetailed(
    Significance Significance, CaseRelation CaseRelation, Guid? Case, IReadOnlyList<string> PersonalData, string? ChartNode, Guid? Thread, int PolicyVersion) : RecordEvent;

/// <summary>
/// A rule gave the record its default state (H-24, T-16, V-10): the version of the rule is the decision-maker of record. Never a registration, a
/// secrecy mark, a taking down or a gallring.
/// </summary>
[EventName("record_settled_by_rule")]
public sealed record RecordSettledByRule(Guid Rule, int RuleVersion, Registration To, Guid? DisposalDecision, int PolicyVersion) : RecordEvent;

/// <summary>What the rule built on no longer holds, as when the item says something else now: it waits for a person again.</summary>
[EventName("rule_settlement_withdrawn")]
public sealed record RuleSettlementWithdrawn(Guid Rule, int RuleVersion, string Why, int PolicyVersion) : RecordEvent;

/// <summary>
/// Acute danger: who was told. <paramref name="Contact"/> is on the authority's on-call list; 112 and others are in no list. Name as it stood then,
/// number and note stand sealed.
/// </summary>
[EventName("danger_escalated")]
public sealed record DangerEscalated(DangerContact To, Guid? Contact, DateTimeOffset ContactedAt, int PolicyVersion) : RecordEvent;

public enum DangerContact
{
    EmergencyNumber,
    OnCall,
    Other,
}

/// <summary>Diarieföring. Subject, another one for the public diary, sender or recipient, and the motivation, where there are any, stand sealed under the register key (OSL 5:2).</summary>
[EventName("record_registered")]
public sealed record RecordRegistered(
    Guid Authority, Guid Case, string DiaryNumber, int DocumentNumber, Direction Direction, DateTimeOffset ReceivedAt, DateTimeOffset RegisteredAt,
    string RecordType, string? ExternalSystem, int PolicyVersion) : RecordEvent;

/// <summary>
/// A registration was put right by a new entry; the earlier ones stay (arkivförordningen 3 §). <paramref name="Changed"/> names what differs: <c>subject</c>,
/// <c>senderRecipient</c>, <c>recordType</c>, <c>classCode</c>, <c>receivedAt</c>, <c>publicSubject</c>. The new subjects, the new sender or recipient and the reason stand sealed under the register key.
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

    /// <summary>What the public diary shows instead of the subject.</summary>
    public const string PublicSubject = "publicSubject";

    /// <summary>The third or the fourth fact of OSL 5:2 is another one: whether everybody may read it has to be examined anew.</summary>
    internal bool ChangesFacts => Changed.Contains(Subject) || Changed.Contains(SenderRecipient) || Changed.Contains(PublicSubject);
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

/// <summary>
/// Put in an akt that the authority itself keeps (OSF 2 §): instead of a registration, or beside one. <paramref name="Target"/> is <c>personakt</c> or
/// <c>patientjournal</c>; the receiving unit, its receipt and the provision stand sealed under the register key.
/// </summary>
/// <param name="ReceivedOn">The day the unit received it; absent in events older than it.</param>
[EventName("record_routed")]
public sealed record RecordRouted(string Target, int PolicyVersion, DateOnly? ReceivedOn = null) : RecordEvent;

/// <summary>
/// Registered as a part of a thread that is one document: the number is that of the entry which <paramref name="Lead"/>, the thread's first record,
/// carries (docs/adr/0015). Its sender stands sealed where it always stood.
/// </summary>
[EventName("record_joined_registration")]
public sealed record RecordJoinedRegistration(
    Guid Authority, Guid Case, string DiaryNumber, int DocumentNumber, Guid Lead, DateTimeOffset RegisteredAt, int PolicyVersion) : RecordEvent;

/// <summary>The entry just made stands for a whole thread: itself and <paramref name="Members"/> more.</summary>
[EventName("thread_registered")]
public sealed record ThreadRegistered(Guid Authority, int Members, int PolicyVersion) : RecordEvent;

/// <summary>Sekretessmarkering (OSL 5:5): provision, date and authority. A warning, never a decision. The note stands sealed.</summary>
[EventName("secrecy_marked")]
public sealed record SecrecyMarked(Guid Authority, string Provision, DateTimeOffset MarkedAt, int PolicyVersion) : RecordEvent;

[EventName("secrecy_lifted")]
public sealed record SecrecyLifted(Guid Authority, DateTimeOffset LiftedAt, int PolicyVersion) : RecordEvent;

public enum SecrecyOutcome
{
    /// <summary>The mark stands as it is.</summary>
    Stands,

    /// <summary>It stands under another provision; a new mark follows.</summary>
    Changed,

    /// <summary>It is taken away; the lifting follows.</summary>
    Lifted,
}

/// <summary>A mark was examined anew: it is a warning, and holds no longer than its ground (OSL 5:5). The reason stands sealed.</summary>
[EventName("secrecy_reviewed")]
public sealed record SecrecyReviewed(Guid Authority, SecrecyOutcome Outcome, DateTimeOffset ReviewedAt, int PolicyVersion) : RecordEvent;

/// <summary>
/// Behind the wall because whoever wrote it has a protected identity (OSL 21:3, 22:1): written with the flag on the account, or with the capture when the
/// flag stood already. Beside a mark and apart from it: neither lifts the other (docs/adr/0018).
/// </summary>
[EventName("record_protected")]
public sealed record RecordProtected(Guid Protection, Guid Account, string Provision, bool AtCapture, int PolicyVersion) : RecordEvent;

/// <summary>The flag on the account was lifted; a mark of the record's own still holds.</summary>
[EventName("record_protection_lifted")]
public sealed record RecordProtectionLifted(Guid Protection, Guid Account, int PolicyVersion) : RecordEvent;

/// <summary>
/// The same item of the channel, captured under another id: an export without ids beside the platform's own, or two names of one post. Told in both streams; neither
/// record is written over (architecture §3).
/// </summary>
[EventName("records_linked")]
public sealed record RecordsLinked(Guid Other, LinkBasis Basis, int PolicyVersion) : RecordEvent;

/// <summary>They were not the same after all.</summary>
[EventName("records_unlinked")]
public sealed record RecordsUnlinked(Guid Other, int PolicyVersion) : RecordEvent;

/// <summary>Why two records are held to be one item.</summary>
public enum LinkBasis
{
    /// <summary>The same text in the same channel within a second, and no other that would fit: found by the service.</summary>
    TimeAndText,

    /// <summary>Somebody compared them.</summary>
    Person,
}

/// <summary>Inaktuell from a day of the Swedish calendar; a frist may be counted from it. The last one said holds. A note stands sealed.</summary>
[EventName("record_no_longer_current")]
public sealed record RecordNoLongerCurrent(DateOnly From, int PolicyVersion) : RecordEvent;

/// <summary>Somebody confirmed that the sender was answered: by <paramref name="Reply"/>, an own post captured here, or as told. What was answered, and where, stands sealed.</summary>
[EventName("record_answered")]
public sealed record RecordAnswered(Guid? Reply, int PolicyVersion) : RecordEvent;

/// <summary>Passed on to somebody better placed; it stays open until it is answered (H-10, N-12). The owner, and what was told in the channel, stand sealed.</summary>
[EventName("record_forwarded")]
public sealed record RecordForwarded(bool ToldInChannel, int PolicyVersion) : RecordEvent;

/// <summary>No answer is given: disposable under a gallringsbeslut where everybody must be answered (N-12). The reason stands sealed.</summary>
[EventName("record_closed_unanswered")]
public sealed record RecordClosedUnanswered(Guid? DisposalDecision, int PolicyVersion) : RecordEvent;

/// <summary>Gallring: what the record said is destroyed; this stub remains.</summary>
[EventName("item_disposed")]
public sealed record ItemDisposed(Guid Run, Guid Decision, Guid Rule, int RuleVersion, IReadOnlyList<string> Classes, DateTimeOffset DisposedAt) : RecordEvent;

public enum PaperClass
{
    /// <summary>Åldringsbeständigt: ISO 9706, Svenskt Arkiv.</summary>
    AgeResistant,

    /// <summary>Arkivbeständigt: ISO 11108.</summary>
    Archival,
    Ordinary,
}

/// <summary>A copy on paper was made (H-18, N-15, R-15). <paramref name="IsArchival"/>: it is the arkivexemplar from now on. Printer and location stand sealed.</summary>
[EventName("paper_copy_produced")]
public sealed record PaperCopyProduced(Guid Copy, PaperClass Paper, int Pages, DateOnly ProducedOn, bool IsArchival, int PolicyVersion) : RecordEvent;
