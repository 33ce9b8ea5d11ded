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
