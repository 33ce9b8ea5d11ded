using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Substitutes;

public abstract record SubstitutionEvent : SealableEvent;

/// <summary>
/// From a day to a day somebody takes over what another has to do and approve at an authority (ersättare): the queue and the approvals, never what the other may read. A note stands
/// sealed.
/// </summary>
[EventName("substitute_named")]
public sealed record SubstituteNamed(Guid Authority, Guid Person, Guid Substitute, DateOnly From, DateOnly Until, int PolicyVersion) : SubstitutionEvent;

/// <summary>The substitution ended before its last day, at once. The reason stands sealed.</summary>
[EventName("substitution_ended")]
public sealed record SubstitutionEnded(Guid Authority, int PolicyVersion) : SubstitutionEvent;

/// <summary>A substitute did something in somebody's place. What was done is an event on the subject's own stream, in the same transaction.</summary>
[EventName("substitute_acted")]
public sealed record SubstituteActed(Guid Authority, Guid Substitution, Guid Person, Guid Substitute, string Kind, string SubjectKind, Guid Subject, int PolicyVersion) : SubstitutionEvent;
