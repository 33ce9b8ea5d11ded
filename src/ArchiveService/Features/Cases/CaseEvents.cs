using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Cases;

public abstract record CaseEvent : SealableEvent;

/// <summary>A case got its diary number. The title (ärendemening) stands sealed under the case's key.</summary>
[EventName("case_opened")]
public sealed record CaseOpened(Guid Authority, Guid Series, string DiaryNumber, int Year, long Number, string ClassCode, DateTimeOffset OpenedAt, string? ExternalSystem, int PolicyVersion) : CaseEvent;

/// <summary>A registered record became document n of the case.</summary>
[EventName("case_document_added")]
public sealed record CaseDocumentAdded(Guid Record, int DocumentNumber) : CaseEvent;

/// <summary>The case is finished (avslutat): nothing more is registered in it, and what is counted from its end runs. The reason stands sealed under the case's key.</summary>
[EventName("case_closed")]
public sealed record CaseClosed(DateTimeOffset ClosedAt, int PolicyVersion) : CaseEvent;

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
