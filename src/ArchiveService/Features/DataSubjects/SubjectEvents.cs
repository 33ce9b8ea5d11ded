using ArchiveService.EventStore;
using ArchiveService.Features.Disclosures;
using ArchiveService.Sealing;

namespace ArchiveService.Features.DataSubjects;

/// <summary>What a person asks for about what is kept of them.</summary>
public enum SubjectRight
{
    /// <summary>Registerutdrag (GDPR art. 15).</summary>
    Access,

    /// <summary>Art. 16.</summary>
    Rectification,

    /// <summary>Art. 17.</summary>
    Erasure,

    /// <summary>Art. 18.</summary>
    Restriction,

    /// <summary>Art. 21.</summary>
    Objection,
}

/// <summary>How it was made sure who the person is (art. 12.6).</summary>
public enum IdentityMeans
{
    /// <summary>Came with a document of identity.</summary>
    IdDocument,

    /// <summary>An e-legitimation, in another system.</summary>
    ElectronicId,

    /// <summary>Wrote from the account itself, what was agreed on.</summary>
    AccountMessage,

    /// <summary>Somebody with a fullmakt, or a guardian, who was identified.</summary>
    Representative,
    Other,
}

public enum SubjectLinkKind
{
    Account,
    Case,
}

/// <summary>In what form the extract was made.</summary>
public enum ExtractForm
{
    Page,
    Pdf,

    /// <summary>The machine-readable copy (art. 15.3).</summary>
    Json,

    /// <summary>As one file: JSON, PDF and the person's own files.</summary>
    Package,
}

public enum HandedOutAs
{
    Visit,
    Letter,
    ElectronicService,
    EncryptedEmail,
}

public enum SubjectAnswer
{
    HandedOut,

    /// <summary>Nothing is kept of the person.</summary>
    NothingHeld,
    Granted,
    GrantedInPart,
    Refused,

    /// <summary>It could not be made sure who the person is (art. 12.2, 12.6).</summary>
    NotIdentified,

    /// <summary>Plainly unfounded or excessive (art. 12.5 b).</summary>
    Unfounded,
    Withdrawn,
}

public abstract record DataSubjectRequestEvent : SealableEvent;

/// <summary>A person wants to use a right under GDPR. Name, contact and what was said stand sealed. Kept apart from a request for documents, where nobody may ask who it is (TF 2:18).</summary>
[EventName("data_subject_requested")]
public sealed record DataSubjectRequested(
    Guid Authority, string Number, SubjectRight Right, RequestChannel Channel, DateTimeOffset ReceivedAt, DateOnly DueOn, bool ProtectedIdentity, int PolicyVersion) : DataSubjectRequestEvent;

/// <summary>The person was asked for what is needed to know who it is (art. 12.6). How stands sealed.</summary>
[EventName("data_subject_identity_asked")]
public sealed record DataSubjectIdentityAsked(DateOnly AskedOn, int PolicyVersion) : DataSubjectRequestEvent;

/// <summary>It was made sure who the person is. <paramref name="Message"/>: the record that was written from the account. A note stands sealed.</summary>
[EventName("data_subject_identified")]
public sealed record DataSubjectIdentified(IdentityMeans Means, Guid? Message, int PolicyVersion) : DataSubjectRequestEvent;

/// <summary>An account or a case is the person's; why stands sealed. From now on what is in it is not gallrat until the request is closed.</summary>
[EventName("data_subject_linked")]
public sealed record DataSubjectLinked(SubjectLinkKind Kind, Guid Target, int PolicyVersion) : DataSubjectRequestEvent;

/// <summary>It was not the person's after all; why stands sealed.</summary>
[EventName("data_subject_unlinked")]
public sealed record DataSubjectUnlinked(SubjectLinkKind Kind, Guid Target, int PolicyVersion) : DataSubjectRequestEvent;

/// <summary>The person was told within the month that the answer takes up to two months more, and why (art. 12.3). The reason stands sealed.</summary>
[EventName("data_subject_time_extended")]
public sealed record DataSubjectTimeExtended(DateOnly DueOn, DateOnly ToldOn, int PolicyVersion) : DataSubjectRequestEvent;

/// <summary>The request is dealt with in a case, which was opened for it or was there.</summary>
[EventName("data_subject_case_opened")]
public sealed record DataSubjectCaseOpened(Guid Case, string DiaryNumber, int PolicyVersion) : DataSubjectRequestEvent;

/// <summary>Somebody cleared examined a record behind a wall: whether it stands in the extract, and the provision that hinders it. A note stands sealed.</summary>
[EventName("data_subject_record_examined")]
public sealed record DataSubjectRecordExamined(Guid Record, bool Released, string? Provision, int PolicyVersion) : DataSubjectRequestEvent;

/// <summary>
/// Somebody cleared looked at who else is named in a running text of the extract, by its version: which runs are masked in the extract, and which stand. Places only; what stands
/// there is sealed with the record.
/// </summary>
[EventName("data_subject_passages_examined")]
public sealed record DataSubjectPassagesExamined(Guid Record, Guid Version, IReadOnlyList<SubjectPassage> Masked, IReadOnlyList<SubjectPassage> Standing, int PolicyVersion) : DataSubjectRequestEvent;

/// <summary>The extract was made: of how many accounts, with how many records, how many left out. The SHA-256 of its machine-readable copy stands sealed.</summary>
[EventName("data_subject_extract_produced")]
public sealed record DataSubjectExtractProduced(ExtractForm Form, int Accounts, int Records, int Withheld, int PolicyVersion) : DataSubjectRequestEvent;

/// <summary>A supplement to a record: what the person says is right. The record is as it was; the text stands sealed.</summary>
[EventName("data_subject_supplement_noted")]
public sealed record DataSubjectSupplementNoted(Guid Record, int PolicyVersion) : DataSubjectRequestEvent;

/// <summary>The person had the extract. To where, and a note, stand sealed.</summary>
[EventName("data_subject_extract_handed_out")]
public sealed record DataSubjectExtractHandedOut(HandedOutAs Means, DateOnly HandedOutOn, int PolicyVersion) : DataSubjectRequestEvent;

/// <summary>
/// The answer. <paramref name="Grounds"/> are codes of what it rests on; <paramref name="Rule"/> the gallring rule that an erasure is granted through;
/// <paramref name="Document"/> the decision in the case. The words stand sealed. <paramref name="AppealBy"/>: the last day to appeal a no.
/// </summary>
[EventName("data_subject_answered")]
public sealed record DataSubjectAnswered(
    SubjectAnswer Answer, IReadOnlyList<string> Grounds, Guid? Rule, int? Document, DateOnly ToldOn, DateOnly? AppealBy, int PolicyVersion) : DataSubjectRequestEvent;

/// <summary>The person takes the request back.</summary>
[EventName("data_subject_request_withdrawn")]
public sealed record DataSubjectRequestWithdrawn(DateOnly WithdrawnOn, int PolicyVersion) : DataSubjectRequestEvent;

/// <summary>Nothing more is to be done, and nothing is held for it any longer.</summary>
[EventName("data_subject_request_closed")]
public sealed record DataSubjectRequestClosed(int PolicyVersion) : DataSubjectRequestEvent;
