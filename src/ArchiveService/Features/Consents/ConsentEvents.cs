using ArchiveService.EventStore;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Consents;

/// <summary>The age a consent turns on (H-21): under 13 a guardian consents.</summary>
public enum AgeClass
{
    Adult,
    ThirteenToSeventeen,
    UnderThirteen,
}

/// <summary>A consent to be seen in what is published (H-20, R-07). Who, whose guardian, and to what, stand sealed under the record's own key and go with it.</summary>
[EventName("consent_given")]
public sealed record ConsentGiven(
    AgeClass Age, bool Guardian, bool Written, IReadOnlyList<Guid> Channels, DateOnly GivenOn, DateOnly? ValidUntil, int PolicyVersion) : RecordEvent;

/// <summary>The consent no longer holds from a day. What used it is to be taken down. A remark stands sealed.</summary>
[EventName("consent_withdrawn")]
public sealed record ConsentWithdrawn(DateOnly WithdrawnOn, int PolicyVersion) : RecordEvent;

/// <summary>An own post, or one of its files, rests on the consent.</summary>
[EventName("consent_used")]
public sealed record ConsentUsed(Guid Record, Guid? Attachment, int PolicyVersion) : RecordEvent;

public enum RightsBasis
{
    Own,
    Licensed,
    CreativeCommons,
    Quotation,
    PublicDomain,
}

/// <summary>Whose an own post's text or picture is, and why it may be used (H-20, R-07). Holder, source and licence stand sealed; the last one said holds.</summary>
[EventName("rights_stated")]
public sealed record RightsStated(Guid? Attachment, RightsBasis Basis, int PolicyVersion) : RecordEvent;

public enum CheckAnswer
{
    Ok,
    NotApplicable,
    Problem,
}

/// <summary>What is looked at before something is published (V-01, V-02, V-04, N-09, H-20).</summary>
public sealed record SuitabilityChecks(CheckAnswer Secrecy, CheckAnswer PersonalData, CheckAnswer Consent, CheckAnswer Copyright, CheckAnswer Politics)
{
    public bool HasProblem() => CheckAnswer.Problem is var problem && (Secrecy == problem || PersonalData == problem || Consent == problem || Copyright == problem || Politics == problem);
}

public abstract record PublicationEvent : SealableEvent;

/// <summary>Lämplighetsbedömning: somebody judged whether something may be published, before it was. Purpose and note stand sealed.</summary>
[EventName("publication_reviewed")]
public sealed record PublicationReviewed(
    Guid Authority, Guid Channel, SuitabilityChecks Checks, bool Identifiable, IReadOnlyList<Guid> Consents, bool Suitable, int PolicyVersion) : PublicationEvent;

/// <summary>What was published after the review.</summary>
[EventName("publication_linked")]
public sealed record PublicationLinked(Guid Authority, Guid Record, int PolicyVersion) : PublicationEvent;
