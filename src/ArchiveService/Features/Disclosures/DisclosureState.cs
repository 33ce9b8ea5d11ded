using System.Collections.Immutable;
using ArchiveService.EventStore;

namespace ArchiveService.Features.Disclosures;

/// <summary>A step as it was last taken, and by whom.</summary>
public sealed record StepTaken(string Finding, string? Provision, string? Test, string? By, DateTimeOffset At, Guid EventId);

public sealed record SecondOpinion(bool Agrees, string? By, DateTimeOffset At, Guid EventId);

/// <summary>A file as somebody masked it by hand, and the event that tells of it.</summary>
public sealed record FileCopy(Guid Id, Guid Object, long Bytes, string MediaType, string Provision, Guid EventId);

/// <summary>Something found for the request, and how far its examination has come.</summary>
public sealed record FoundItem(Guid Target, FoundKind Kind, int Place, DateTimeOffset FoundAt, Guid? Case = null)
{
    public ImmutableDictionary<ExaminationStep, StepTaken> Steps { get; init; } = ImmutableDictionary<ExaminationStep, StepTaken>.Empty;

    public ImmutableList<SecondOpinion> Opinions { get; init; } = [];

    public ItemOutcome? Outcome { get; init; }

    public ImmutableArray<string> Provisions { get; init; } = [];

    /// <summary>The event whose sealed map holds; null when nothing is masked.</summary>
    public Guid? MaskMap { get; init; }

    public int Masks { get; init; }

    public ImmutableArray<string> MaskProvisions { get; init; } = [];

    /// <summary>Files that a copy masked by hand stands in for, by attachment.</summary>
    public ImmutableSortedDictionary<Guid, FileCopy> Copies { get; init; } = ImmutableSortedDictionary<Guid, FileCopy>.Empty;

    /// <summary>Something of it is hidden in what is given out.</summary>
    public bool IsMasked => Masks > 0 || !Copies.IsEmpty;

    /// <summary>Every provision that something is hidden under.</summary>
    public IReadOnlyList<string> HidingProvisions => [.. MaskProvisions.Concat(Copies.Values.Select(c => c.Provision)).Distinct().Order(StringComparer.Ordinal)];

    public Guid? DecidedIn { get; init; }

    /// <summary>How much is hidden, in words.</summary>
    public string Hidden => string.Join(", ", new[]
    {
        Masks > 0 ? PageParts.Swedish.Count(Masks, "maskning", "maskningar") : null, Copies.IsEmpty ? null : PageParts.Swedish.Count(Copies.Count, "fil ersatt av maskad kopia", "filer ersatta av maskade kopior"),
    }.OfType<string>());

    public bool Delivered { get; init; }

    /// <summary>The official has said no, or given less than was asked for.</summary>
    public bool Declined { get; init; }

    public bool Refused { get; init; }

    /// <summary>Whether a provision can apply; null until that is examined.</summary>
    public bool? MayBeSecret => Of(ExaminationStep.Provision) is { } step ? step.Finding == "possible" : null;

    public StepTaken? Of(ExaminationStep step) => Steps.GetValueOrDefault(step);
}

/// <summary>A request as its decisions see it.</summary>
public sealed record DisclosureState
{
    public const string StreamType = "disclosure_request";

    /// <summary>What rules and decisions of gallring call it.</summary>
    public const string RecordType = "disclosure-request";

    public static DisclosureState None { get; } = new();

    public long Version { get; init; }

    public Guid Authority { get; init; }

    public string Reference { get; init; } = "";

    public RequestChannel Channel { get; init; }

    public WantedForm Form { get; init; }

    public DateTimeOffset ReceivedAt { get; init; }

    /// <summary>What was found and not dropped, in the order it was found.</summary>
    public ImmutableList<FoundItem> Items { get; init; } = [];

    public int LastPlace { get; init; }

    public RequestAnswer? Answer { get; init; }

    public DateTimeOffset? AnsweredAt { get; init; }

    public DateTimeOffset? DecisionDemandedAt { get; init; }

    public Guid? Decision { get; init; }

    public DateOnly? AppealBy { get; init; }

    /// <summary>When the official last said no.</summary>
    public DateTimeOffset? DeclinedAt { get; init; }

    /// <summary>An appeal that is not settled came in that day.</summary>
    public DateOnly? AppealedOn { get; init; }

    public ImmutableList<ClockPause> Pauses { get; init; } = [];

    /// <summary>The case it is registered in; null while it is only kept in order.</summary>
    public Guid? Case { get; init; }

    public DateTimeOffset? ClosedAt { get; init; }

    public DateTimeOffset? DisposedAt { get; init; }

    public bool Paused => Pauses is [.., { Until: null }];

    /// <summary>What the clock goes by.</summary>
    public ClockFacts Clock => new(
        ReceivedAt, AnsweredAt, Records.Any(i => i.MayBeSecret == true), Records.Any() && Records.All(i => i.MayBeSecret == false), Pauses);

    public bool Exists => Version > 0;

    /// <summary>What is examined one by one; a case only holds what is in it together.</summary>
    public IEnumerable<FoundItem> Records => Items.Where(i => i.Kind != FoundKind.Case);

    public FoundItem? Find(Guid target) => Items.FirstOrDefault(i => i.Target == target);

    public static DisclosureState From(IReadOnlyList<Recorded> history) => history.Aggregate(None, (state, recorded) => state.After(recorded));

    private DisclosureState After(Recorded recorded) =>
        After((DisclosureRequestEvent)recorded.Event, recorded.Id, recorded.Time, recorded.Actor) with { Version = recorded.Version };

    public DisclosureState After(DisclosureRequestEvent happened, Guid eventId, DateTimeOffset at, string? by) => happened switch
    {
        DisclosureRequested e => this with { Authority = e.Authority, Reference = e.Reference, Channel = e.Channel, Form = e.Form, ReceivedAt = e.ReceivedAt },
        DisclosureItemFound e => this with { Items = Items.Add(new(e.Target, e.Kind, LastPlace + 1, at, e.Case)), LastPlace = LastPlace + 1 },
        DisclosureItemDropped e => this with { Items = Items.RemoveAll(i => i.Target == e.Target) },
        // Whatever was decided before rested on the examination as it was.
        DisclosureStepTaken e => With(e.Item, i => i with { Steps = i.Steps.SetItem(e.Step, new(e.Finding, e.Provision, e.Test, by, at, eventId)), Outcome = null, Provisions = [], DecidedIn = null, Declined = false }),
        DisclosureSecondOpinionGiven e => With(e.Item, i => i with { Opinions = i.Opinions.Add(new(e.Agrees, by, at, eventId)) }),
        DisclosureMasksSet e => With(e.Item, i => i with { MaskMap = e.Masks == 0 ? null : eventId, Masks = e.Masks, MaskProvisions = [.. e.Provisions], Outcome = null, Provisions = [], DecidedIn = null }),
        DisclosureFileReplaced e => With(e.Item, i => i with
        {
            Copies = i.Copies.SetItem(e.Attachment, new(e.Copy, e.Object, e.Bytes, e.MediaType, e.Provision, eventId)),
            Outcome = null,
            Provisions = [],
            DecidedIn = null,
        }),
        DisclosureFileCopyWithdrawn e => With(e.Item, i => i with { Copies = i.Copies.Remove(e.Attachment), Outcome = null, Provisions = [], DecidedIn = null }),
        DisclosureItemDecided e => With(e.Item, i => i with { Outcome = e.Outcome, Provisions = [.. e.Provisions], DecidedIn = eventId }),
        DisclosureDelivered e => Answered(Whole(e.Items) ? RequestAnswer.Given : RequestAnswer.GivenInPart, e.GivenAt).WithAll(e.Items, i => i with { Delivered = true }),
        DisclosureNothingFound => Answered(RequestAnswer.NothingFound, at),
        DisclosureDeclined e => (Answered(RequestAnswer.Declined, at) with { DeclinedAt = at }).WithAll(e.Items, i => i with { Declined = true }),
        DisclosureDecisionDemanded e => this with { DecisionDemandedAt = e.DemandedAt },
        DisclosureRefused e => (Answered(RequestAnswer.Refused, at) with { Decision = eventId, AppealBy = null }).WithAll(e.Items, i => i with { Refused = true }),
        DisclosureDecisionServed e => this with { AppealBy = e.AppealBy },
        DisclosureWithdrawn => Answered(RequestAnswer.Withdrawn, at),
        DisclosureClosed => this with { ClosedAt = at },
        DisclosureClockPaused e => this with { Pauses = Pauses.Add(new(e.Reason, e.Since, null)) },
        DisclosureClockResumed e => this with { Pauses = Pauses is [.., { Until: null } open] ? Pauses.SetItem(Pauses.Count - 1, open with { Until = e.At }) : Pauses },
        DisclosureAppealed e => this with { AppealedOn = e.ReceivedOn },
        // What a court gives out, or sends back, is examined anew: nothing of the refusal stands.
        DisclosureAppealSettled { Outcome: AppealOutcome.Changed } => (this with { AppealedOn = null })
            .WithAll([.. Records.Where(i => i.Refused).Select(i => i.Target)], i => i with { Refused = false, Declined = false, Outcome = null, Provisions = [], DecidedIn = null }),
        DisclosureAppealSettled => this with { AppealedOn = null },
        DisclosureRegistered e => this with { Case = e.Case },
        DisclosureRequestDisposed => this with { DisposedAt = at },
        _ => throw new System.Diagnostics.UnreachableException($"{happened.GetType().Name} is not handled by {nameof(DisclosureState)}."),
    };

    /// <summary>Everything that was found has then been given out as it is.</summary>
    private bool Whole(IReadOnlyList<Guid> items) => Records.All(i => i.Outcome == ItemOutcome.Disclose && (i.Delivered || items.Contains(i.Target)));

    /// <summary>The first answer is what the pace is measured by; the last is what holds.</summary>
    private DisclosureState Answered(RequestAnswer answer, DateTimeOffset at) => this with { Answer = answer, AnsweredAt = AnsweredAt ?? at };

    private DisclosureState With(Guid item, Func<FoundItem, FoundItem> change) => WithAll([item], change);

    private DisclosureState WithAll(IReadOnlyList<Guid> items, Func<FoundItem, FoundItem> change) =>
        this with { Items = [.. Items.Select(i => items.Contains(i.Target) ? change(i) : i)] };
}
