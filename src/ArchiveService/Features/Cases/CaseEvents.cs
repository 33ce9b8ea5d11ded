using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Cases;

public abstract record CaseEvent : SealableEvent;

/// <summary>
/// A case got its diary number. The title (ärendemening) stands sealed under the case's key. <paramref name="Initiative"/> is there when it was opened without a
/// document; its public title, where it has another, stands sealed too.
/// </summary>
[EventName("case_opened")]
public sealed record CaseOpened(
    Guid Authority, Guid Series, string DiaryNumber, int Year, long Number, string ClassCode, DateTimeOffset OpenedAt, string? ExternalSystem, int PolicyVersion,
    CaseInitiative? Initiative = null) : CaseEvent;

public enum CaseInitiative
{
    /// <summary>The authority's own, as a supervision (tillsyn).</summary>
    Authority,

    /// <summary>Somebody asked or applied, on paper or by word of mouth.</summary>
    Application,

    /// <summary>Split off from another case.</summary>
    Split,
}

/// <summary>A registered record became document n of the case.</summary>
[EventName("case_document_added")]
public sealed record CaseDocumentAdded(Guid Record, int DocumentNumber) : CaseEvent;

/// <summary>
/// The case is finished (avslutat): nothing more is registered in it, and what is counted from its end runs. <paramref name="Findings"/> are the points of the
/// checklist that were not met, <paramref name="Stated"/> those that rest on the word of whoever closed it. The reason, and the reason of each point not met, stand
/// sealed under the case's key.
/// </summary>
[EventName("case_closed")]
public sealed record CaseClosed(DateTimeOffset ClosedAt, int PolicyVersion, IReadOnlyList<ClosingItem>? Findings = null, IReadOnlyList<ClosingItem>? Stated = null) : CaseEvent;

/// <summary>What is looked at before a case is closed.</summary>
public enum ClosingItem
{
    DocumentsFinal,
    DraftsWeeded,
    PaperMatched,
    ClassSet,
    RetentionSet,
    DecisionsDispatched,
    NoOpenAppeal,
    OfficerAssigned,
}

/// <summary>A closed case goes on. The reason stands sealed under the case's key.</summary>
[EventName("case_reopened")]
public sealed record CaseReopened(DateTimeOffset ReopenedAt, int PolicyVersion) : CaseEvent;

/// <summary>The akt was laid in the archive (arkivlagd). Folder, shelf and box stand sealed under the case's key.</summary>
[EventName("case_archived")]
public sealed record CaseArchived(DateOnly ArchivedOn, int PolicyVersion) : CaseEvent;

/// <summary>Who handles the case (handläggare) from now on; null: nobody. A note stands sealed under the case's key.</summary>
[EventName("case_officer_assigned")]
public sealed record CaseOfficerAssigned(Guid? Officer, Guid? From, DateOnly AssignedOn, DateTimeOffset AssignedAt, int PolicyVersion) : CaseEvent;

public enum PartyRole
{
    Applicant,
    Party,
    Counterparty,
    Representative,
    Other,
}

/// <summary>
/// Somebody is a party, or represents one. Name, address and note stand sealed under the case's key. <paramref name="ProtectedIdentity"/>: skyddade
/// personuppgifter; name and address are for the cleared only (OSL 21:3, 22:1).
/// </summary>
[EventName("case_party_added")]
public sealed record CasePartyAdded(Guid Party, PartyRole Role, bool ProtectedIdentity, Guid? Represents, int PolicyVersion) : CaseEvent;

/// <summary>No party any longer; it stays in the case that it was. The reason stands sealed under the case's key.</summary>
[EventName("case_party_ended")]
public sealed record CasePartyEnded(Guid Party, DateOnly EndedOn, int PolicyVersion) : CaseEvent;

public enum NoteMeans
{
    Phone,
    Visit,
    Meeting,
    Letter,
    Observation,
    Other,
}

/// <summary>
/// Tjänsteanteckning (FL 27 §), document n of the case: never edited; one that is wrong is corrected by a new one (<paramref name="Corrects"/>). What was said, and with whom,
/// stand sealed under the case's key. <paramref name="Provision"/>: what it says may be secret.
/// </summary>
[EventName("case_note_written")]
public sealed record CaseNoteWritten(int DocumentNumber, NoteMeans Means, DateTimeOffset OccurredAt, DateTimeOffset WrittenAt, int? Corrects, string? Provision, int PolicyVersion) : CaseEvent;

public enum CaseOutcome
{
    Granted,
    PartlyGranted,
    Refused,

    /// <summary>Avvisat: not tried, as an appeal that came too late (FL 45 §).</summary>
    Dismissed,

    /// <summary>Avskrivet.</summary>
    WrittenOff,
    Other,
}

/// <summary>
/// A decision, document n of the case (FL 31 §). On delegation it names the point; else the body that decided, which stands sealed with the text, the reasons and how to appeal
/// under the case's key.
/// </summary>
[EventName("case_decision_made")]
public sealed record CaseDecisionMade(
    int DocumentNumber, DateOnly DecidedOn, CaseOutcome Outcome, Guid? DecidedBy, int? OrderVersion, string? DelegationPoint, DateTimeOffset RecordedAt, string? Provision, int PolicyVersion) : CaseEvent;

/// <summary>
/// A gallringsprotokoll, document n of the case: drawn up by the run it is of, which holds what it says. What it concerns stands sealed under the case's key.
/// </summary>
[EventName("case_protocol_registered")]
public sealed record CaseProtocolRegistered(int DocumentNumber, Guid Run, DateOnly DrawnUpOn, DateTimeOffset RegisteredAt, int PolicyVersion) : CaseEvent;

public enum DispatchMeans
{
    Letter,
    Email,
    Served,
    Handed,
    Other,
}

/// <summary>A decision went out (expedierat; FL 33 §). To whom, and a note, stand sealed under the case's key.</summary>
[EventName("case_decision_dispatched")]
public sealed record CaseDecisionDispatched(int DocumentNumber, DateOnly DispatchedOn, DispatchMeans Means, int PolicyVersion) : CaseEvent;

/// <summary>The internal or the public title (ärendemening) was put right. The new one and the reason stand sealed under the case's key; the earlier ones stay.</summary>
[EventName("case_renamed")]
public sealed record CaseRenamed(int Correction, IReadOnlyList<string> Changed, DateTimeOffset RenamedAt, int PolicyVersion) : CaseEvent
{
    public const string Title = "title";
    public const string PublicTitle = "publicTitle";
}

public enum CaseLink
{
    Related,

    /// <summary>The other one goes on where this one ended.</summary>
    ContinuedBy,
    Continues,
    SplitInto,
    SplitFrom,
}

/// <summary>Stands in both cases, each with its own side of it. A reason stands sealed under the case's key.</summary>
[EventName("case_related")]
public sealed record CaseRelated(Guid Other, string OtherDiaryNumber, CaseLink Link, DateTimeOffset RelatedAt, int PolicyVersion) : CaseEvent;

/// <summary>
/// An appeal (överklagande) came in: a record registered in the case, or on paper, document n. <paramref name="Decision"/> is the decision's document number.
/// Appellant and matter of one on paper stand sealed under the case's key.
/// </summary>
[EventName("case_appeal_received")]
public sealed record CaseAppealReceived(
    Guid Appeal, int DocumentNumber, Guid? Record, int? Decision, DateOnly ReceivedOn, DateTimeOffset RegisteredAt, string? Provision, int PolicyVersion) : CaseEvent;

public enum Timeliness
{
    InTime,
    Late,

    /// <summary>Late because of wrong instructions from the authority: not dismissed (FL 45 § 2 st. 1).</summary>
    LateWrongInstructions,

    /// <summary>Late here, but the court had it in time: not dismissed (FL 45 § 2 st. 2).</summary>
    LateAtCourtInTime,
}

/// <summary>Rättidsprövning (FL 44–45 §§): the only thing the authority may try. Without a day of notice nobody can say it was late. A note stands sealed under the case's key.</summary>
[EventName("case_appeal_time_checked")]
public sealed record CaseAppealTimeChecked(Guid Appeal, DateOnly? NotifiedOn, DateOnly? LastDay, Timeliness Result, Guid CheckedBy, DateTimeOffset CheckedAt, int PolicyVersion) : CaseEvent;

/// <summary>Handed over to the court with the file (FL 46 §). The court and a note stand sealed under the case's key.</summary>
[EventName("case_appeal_forwarded")]
public sealed record CaseAppealForwarded(Guid Appeal, DateOnly ForwardedOn, IReadOnlyList<int> Documents, int PolicyVersion) : CaseEvent;

/// <summary>Dismissed as late by a decision of the case, which can itself be appealed (FL 45 §).</summary>
[EventName("case_appeal_dismissed")]
public sealed record CaseAppealDismissed(Guid Appeal, int Decision, int PolicyVersion) : CaseEvent;

public enum AppealEnd
{
    /// <summary>The court has ruled.</summary>
    Ruled,

    /// <summary>Whoever appealed took it back.</summary>
    Withdrawn,

    /// <summary>It goes on in another case.</summary>
    Moved,
}

/// <summary>Nothing more is to be done about the appeal. What the court said, or a note, stands sealed under the case's key.</summary>
[EventName("case_appeal_concluded")]
public sealed record CaseAppealConcluded(Guid Appeal, AppealEnd End, DateOnly ConcludedOn, int PolicyVersion) : CaseEvent;

/// <summary>
/// Sekretessmarkering of a note, a decision or an appeal on paper, after it was written (OSL 5:5): a warning, never a decision. A note stands sealed under the case's key.
/// </summary>
[EventName("case_document_marked")]
public sealed record CaseDocumentMarked(int DocumentNumber, string Provision, DateTimeOffset MarkedAt, int PolicyVersion) : CaseEvent;

/// <summary>The mark of a document of the case was examined anew. The reason stands sealed under the case's key.</summary>
[EventName("case_document_mark_reviewed")]
public sealed record CaseDocumentMarkReviewed(int DocumentNumber, Records.SecrecyOutcome Outcome, DateTimeOffset ReviewedAt, int PolicyVersion) : CaseEvent;

/// <summary>The mark was taken away. The reason stands sealed under the case's key.</summary>
[EventName("case_document_mark_lifted")]
public sealed record CaseDocumentMarkLifted(int DocumentNumber, DateTimeOffset LiftedAt, int PolicyVersion) : CaseEvent;

/// <summary>
/// Sekretessmarkering of the case itself (OSL 5:5): what it is called, who its parties are and what is noted of it as a whole. A warning, never a decision. A note stands sealed under
/// the case's key.
/// </summary>
[EventName("case_title_marked")]
public sealed record CaseTitleMarked(string Provision, DateTimeOffset MarkedAt, int PolicyVersion) : CaseEvent;

/// <summary>The mark of the case itself was examined anew. The reason stands sealed under the case's key.</summary>
[EventName("case_title_mark_reviewed")]
public sealed record CaseTitleMarkReviewed(Records.SecrecyOutcome Outcome, DateTimeOffset ReviewedAt, int PolicyVersion) : CaseEvent;

/// <summary>The mark of the case itself was taken away. The reason stands sealed under the case's key.</summary>
[EventName("case_title_mark_lifted")]
public sealed record CaseTitleMarkLifted(DateTimeOffset LiftedAt, int PolicyVersion) : CaseEvent;

/// <summary>A registrator has examined the entry of a document of the case: whom and what it concerns may stand in the public diary until it is marked secret.</summary>
[EventName("case_document_released")]
public sealed record CaseDocumentReleased(int DocumentNumber, int PolicyVersion) : CaseEvent;

/// <summary>Whom and what it concerns are kept apart from the public diary again (OSL 5:2).</summary>
[EventName("case_document_withheld")]
public sealed record CaseDocumentWithheld(int DocumentNumber, int PolicyVersion) : CaseEvent;

/// <summary>A note, a decision or an appeal stays where it was made; the case that was split off refers to it.</summary>
[EventName("case_document_referred")]
public sealed record CaseDocumentReferred(Guid From, string FromDiaryNumber, int DocumentNumber, CaseDocumentKind Kind, int PolicyVersion) : CaseEvent;

/// <summary>A number the case had in an older form or in another system (ExtraID): the case is found by it too. A note stands sealed under the case's key.</summary>
[EventName("case_alternate_added")]
public sealed record CaseAlternateAdded(string Alternate, DateTimeOffset AddedAt, int PolicyVersion) : CaseEvent;

/// <summary>The case's class was put right. Its number stays as it was given, class code and all. The reason stands sealed under the case's key.</summary>
[EventName("case_class_corrected")]
public sealed record CaseClassCorrected(string From, string To, int PolicyVersion) : CaseEvent;

/// <summary>Document n was registered in another case instead (omregistrering); its place in this one stays, as transferred.</summary>
[EventName("case_document_transferred")]
public sealed record CaseDocumentTransferred(Guid Record, int DocumentNumber, Guid ToAuthority, Guid ToCase, string ToDiaryNumber, int ToDocumentNumber, int PolicyVersion) : CaseEvent;

/// <summary>The case's number is used no more (utgår) and is never given again. The reason stands sealed under the case's key.</summary>
[EventName("diary_number_voided")]
public sealed record DiaryNumberVoided(Guid Series, int Year, long Number, DateTimeOffset VoidedAt, int PolicyVersion) : CaseEvent;

/// <summary>The case file was printed on paper and its pages were counted and agreed (R-15, N-15); <c>secret</c>: the secret documents, in a cover of their own. Printer, place and a note stand sealed under the case's key.</summary>
[EventName("case_file_printed")]
public sealed record CaseFilePrinted(Guid Print, Records.PaperClass Paper, int Pages, DateOnly PrintedOn, bool IsArchival, bool Secret, int PolicyVersion) : CaseEvent;
