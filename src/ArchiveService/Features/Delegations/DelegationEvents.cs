using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Delegations;

/// <summary>A point of a delegationsordning: what kind of decision, and who may take it, a role or a person, within the version's own period.</summary>
public sealed record DelegationPoint(string Number, string Kind, Role? Role, Guid? Person, DateOnly? From, DateOnly? Until);

public abstract record DelegationEvent : SealableEvent;

/// <summary>An authority adopted a version of its delegationsordning, whole. The decision's reference and the words of each point stand sealed.</summary>
[EventName("delegation_order_adopted")]
public sealed record DelegationOrderAdopted(Guid Authority, int Version, DateOnly From, DateOnly? Until, IReadOnlyList<DelegationPoint> Points, int PolicyVersion) : DelegationEvent;

/// <summary>
/// A decision was taken on delegation, under a point of a version of the delegationsordning. <paramref name="Subject"/> is the stream of what was
/// decided on, such as a disposal run; the decision itself is an event there, in the same transaction.
/// </summary>
[EventName("delegated_decision_taken")]
public sealed record DelegatedDecisionTaken(Guid Authority, string Kind, string Number, int OrderVersion, string SubjectKind, Guid Subject, Guid DecidedBy, int PolicyVersion) : DelegationEvent;

/// <summary>Decisions taken on delegation were reported (anmälda) at a meeting of the authority (KL 6 kap. 40 §, 7 kap. 8 §). The paragraph stands sealed.</summary>
[EventName("delegation_reported")]
public sealed record DelegationReported(Guid Authority, DateOnly MeetingOn, IReadOnlyList<Guid> Decisions, int PolicyVersion) : DelegationEvent;
