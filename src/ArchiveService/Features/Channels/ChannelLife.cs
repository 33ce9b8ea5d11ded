using System.Collections.Immutable;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;

namespace ArchiveService.Features.Channels;

/// <summary>Where a channel is in its life. Capturing goes on in all of them: nothing may be lost.</summary>
public enum ChannelState
{
    Proposed,
    Approved,
    Active,
    Paused,
    Closed,
}

/// <summary>What the approver was asked for, by whom and when it was given.</summary>
public sealed record GivenApproval(string Function, string Manner, string? By, DateTimeOffset At, int PolicyVersion);

public sealed record PlanWritten(int Number, ImmutableHashSet<string> Fields, DateOnly? EvaluateBy, DateOnly? EndsOn, int? HoursPerWeek);

public sealed record PlanSignature(int Plan, string SignedAs, string? By);

public sealed record AdministratorNamed(Guid Person, string Function);

public sealed record ReportedAbsence(DateOnly Since, DateOnly Until, string Measure);

/// <summary>What decisions about a channel ask about.</summary>
public sealed record ChannelLife
{
    public static ChannelLife None { get; } = new();

    public Guid Authority { get; init; }

    /// <summary>Who proposed it; the id of a person, as the log has actors.</summary>
    public string? Proposer { get; init; }

    /// <summary>Names of what was told when it was proposed: purpose, targetGroup, url, handle.</summary>
    public ImmutableHashSet<string> Told { get; init; } = [];

    public ImmutableList<GivenApproval> Approvals { get; init; } = [];

    public PlanWritten? Plan { get; init; }

    public ImmutableList<PlanSignature> Signatures { get; init; } = [];

    public ImmutableList<AdministratorNamed> Administrators { get; init; } = [];

    /// <summary>The version of each text.</summary>
    public ImmutableDictionary<string, int> Texts { get; init; } = ImmutableDictionary.Create<string, int>(StringComparer.Ordinal);

    public DateOnly? TermsReviewedOn { get; init; }

    public bool CustodyStated { get; init; }

    public ImmutableDictionary<string, bool> Checks { get; init; } = ImmutableDictionary.Create<string, bool>(StringComparer.Ordinal);

    public DateTimeOffset? ActivatedAt { get; init; }

    /// <summary>comments-closed or hidden while it is paused.</summary>
    public string? Paused { get; init; }

    /// <summary>The day that the plan or the latest review set.</summary>
    public DateOnly? EvaluateBy { get; init; }

    public ReportedAbsence? Absence { get; init; }

    public DateTimeOffset? ClosedAt { get; init; }

    public long Version { get; init; }

    public bool Exists => Authority != Guid.Empty;

    public static ChannelLife From(IReadOnlyList<Recorded> history) => history.Aggregate(None, (life, recorded) => life.After(recorded.Event, recorded.Time, recorded.Actor) with { Version = recorded.Version });

    public ChannelLife After(object happened, DateTimeOffset at, string? by) => happened switch
    {
        ChannelRegistered registered => this with { Authority = registered.Authority, Proposer = by, Told = [.. registered.Sealed?.Cm.Keys ?? []] },
        ChannelApproved given => this with { Approvals = Approvals.Add(new(given.Function, given.Manner, by, at, given.PolicyVersion)) },
        ChannelPlanWritten plan => this with { Plan = new(plan.Plan, [.. plan.Fields], plan.EvaluateBy, plan.EndsOn, plan.HoursPerWeek), EvaluateBy = plan.EvaluateBy ?? EvaluateBy },
        ChannelPlanSigned signed => this with { Signatures = Signatures.Add(new(signed.Plan, signed.SignedAs, by)) },
        ChannelAdministratorNamed named => this with { Administrators = [.. Administrators.Where(a => !Is(a, named.Person, named.Function)), new(named.Person, named.Function)] },
        ChannelAdministratorReleased released => this with { Administrators = Administrators.RemoveAll(a => Is(a, released.Person, released.Function)) },
        ChannelTextWritten text => this with { Texts = Texts.SetItem(text.Kind, text.TextVersion) },
        ChannelTermsReviewed terms => this with { TermsReviewedOn = terms.ReviewedOn },
        ChannelLoginCustodyStated => this with { CustodyStated = true },
        ChannelCheckAnswered check => this with { Checks = Checks.SetItem(check.Item, check.Done) },
        ChannelActivated => this with { ActivatedAt = at },
        ChannelPaused paused => this with { Paused = paused.How },
        ChannelResumed => this with { Paused = null },
        ChannelReviewed reviewed => this with { EvaluateBy = reviewed.NextBy },
        ChannelAbsenceReported absence => this with { Absence = new(absence.Since, absence.Until, absence.Measure) },
        ChannelClosed closed => this with { ClosedAt = closed.ClosedAt },
        // Such as a loss of access: observed, and nothing that a decision here asks about.
        _ => this,
    };

    public ChannelState State(Policy policy) =>
        ClosedAt is not null ? ChannelState.Closed
        : Paused is not null ? ChannelState.Paused
        : ActivatedAt is not null ? ChannelState.Active
        : ChannelApprovers.Of(policy).Any(a => a.BeforeApproved && !IsGiven(a)) ? ChannelState.Proposed
        : ChannelState.Approved;

    public bool IsGiven(ChannelApprover approver) => Approvals.Any(given => approver.Functions.Contains(given.Function) && given.Manner == approver.Manner);

    public IEnumerable<Guid> PersonsAs(string function) => Administrators.Where(a => a.Function == function).Select(a => a.Person).Distinct();

    public bool HasSigned(Guid person, string signedAs) => Signatures.Any(s => s.Plan == Plan?.Number && s.SignedAs == signedAs && s.By == person.ToString("D"));

    public bool IsSignedByManager => Signatures.Any(s => s.Plan == Plan?.Number && s.SignedAs == SignChannelPlan.AsManager);

    /// <summary>When the channel is to be evaluated next: the day set, or so long after it was activated as the policy says (T-06).</summary>
    public DateOnly? ReviewDue(Policy policy) =>
        ClosedAt is not null ? null
        : EvaluateBy ?? (ActivatedAt is { } active && policy.ReviewDays is > 0 and var days ? Swedish.Day(active).AddDays(days) : null);

    public Refusal? Open => ClosedAt is null ? null : new("channel-closed", "Kanalen är avslutad. Det som är fångat finns kvar.");

    private static bool Is(AdministratorNamed one, Guid person, string function) => one.Person == person && one.Function == function;
}
