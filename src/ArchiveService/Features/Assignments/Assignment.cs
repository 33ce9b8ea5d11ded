using System.Collections.Immutable;
using ArchiveService.EventStore;
using ArchiveService.Features.PageParts;

namespace ArchiveService.Features.Assignments;

public enum AssignmentStanding
{
    /// <summary>Given, but the förvaltningschef has not decided yet (H-06).</summary>
    AwaitsAuthorisation,
    Coming,
    InForce,
    Lapsed,
    Ended,
}

/// <summary>Somebody who acts under another's assignment, from a day to a day.</summary>
public sealed record Substitute(Guid Person, DateOnly From, DateOnly Until)
{
    public bool IsActive(DateOnly on) => on >= From && on <= Until;
}

/// <summary>What is decided on: one assignment's own history.</summary>
public sealed record Assignment(Guid Id)
{
    public const string StreamType = "assignment";

    public long Version { get; init; }

    public Guid Authority { get; init; }

    public Guid? Channel { get; init; }

    public Guid Person { get; init; }

    public AssignmentFunction Function { get; init; }

    public DateOnly From { get; init; }

    public DateOnly? Until { get; init; }

    public Guid GivenBy { get; init; }

    public DateTimeOffset GivenAt { get; init; }

    public DateOnly? PolicyInformedOn { get; init; }

    public DateOnly? IntroducedOn { get; init; }

    public bool NeedsAuthorisation { get; init; }

    public DateTimeOffset? AuthorisedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public ImmutableList<Substitute> Substitutes { get; init; } = [];

    public bool Exists => Version > 0;

    public static Assignment Read(Guid id, IEnumerable<Recorded> history) =>
        history.Aggregate(new Assignment(id), (assignment, recorded) => recorded.Event is AssignmentEvent happened ? assignment.After(happened, recorded.Time) : assignment);

    public Assignment After(AssignmentEvent happened, DateTimeOffset at)
    {
        var next = happened switch
        {
            AssignmentGiven e => this with
            {
                Authority = e.Authority,
                Channel = e.Channel,
                Person = e.Person,
                Function = e.Function,
                From = e.From,
                Until = e.Until,
                GivenBy = e.GivenBy,
                GivenAt = at,
                PolicyInformedOn = e.PolicyInformedOn,
                IntroducedOn = e.IntroducedOn,
                NeedsAuthorisation = e.NeedsAuthorisation,
            },
            AssignmentAuthorised => this with { AuthorisedAt = at },
            AssignmentSubstituteNamed e => this with { Substitutes = Substitutes.Add(new(e.Person, e.From, e.Until)) },
            AssignmentEnded => this with { EndedAt = at },
            _ => this,
        };
        return next with { Version = Version + 1 };
    }

    /// <summary>A day is a day of the Swedish calendar: from its first midnight to its last.</summary>
    public AssignmentStanding On(DateOnly day) =>
        EndedAt is { } ended && Swedish.Day(ended) <= day ? AssignmentStanding.Ended
        : Until < day ? AssignmentStanding.Lapsed
        : NeedsAuthorisation && (AuthorisedAt is not { } authorised || Swedish.Day(authorised) > day) ? AssignmentStanding.AwaitsAuthorisation
        : From > day ? AssignmentStanding.Coming
        : AssignmentStanding.InForce;
}
