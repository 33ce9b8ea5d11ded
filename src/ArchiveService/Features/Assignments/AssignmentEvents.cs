using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Assignments;

/// <summary>What an assignment lets its holder do in the channel.</summary>
public enum AssignmentFunction
{
    /// <summary>Everything, also what stands in the platform's settings.</summary>
    Administrator,

    /// <summary>Takes down, restores and answers.</summary>
    Moderator,

    /// <summary>Answers only.</summary>
    Answers,
}

public abstract record AssignmentEvent : SealableEvent;

/// <summary>
/// A chef gave a person the documented uppdrag to act in a channel, or in all of the authority's when <paramref name="Channel"/> is absent (H-08, V-12, T-21).
/// It makes clear that the person acts as an employee (V-13). Where the guideline has two decisions it waits for the other one.
/// The decision's reference and a note stand sealed.
/// </summary>
[EventName("assignment_given")]
public sealed record AssignmentGiven(
    Guid Authority, Guid? Channel, Guid Person, AssignmentFunction Function, DateOnly From, DateOnly? Until, Guid GivenBy, bool AsEmployee,
    DateOnly? PolicyInformedOn, DateOnly? IntroducedOn, bool NeedsAuthorisation, int PolicyVersion) : AssignmentEvent;

/// <summary>The förvaltningschef decided that the person may administer (H-06): the other of two decisions. Its reference stands sealed.</summary>
[EventName("assignment_authorised")]
public sealed record AssignmentAuthorised(Guid Authority, int PolicyVersion) : AssignmentEvent;

/// <summary>A substitute acts under the assignment from a day to a day (H-07).</summary>
[EventName("assignment_substitute_named")]
public sealed record AssignmentSubstituteNamed(Guid Authority, Guid Person, DateOnly From, DateOnly Until, int PolicyVersion) : AssignmentEvent;

/// <summary>The assignment was ended, or withdrawn, before its last day. The reason stands sealed.</summary>
[EventName("assignment_ended")]
public sealed record AssignmentEnded(Guid Authority, int PolicyVersion) : AssignmentEvent;
