using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Retention;

public abstract record RetentionEvent : SealableEvent;

/// <summary>
/// A gallringsbeslut: who decided, under which reference, from when, for which record types and with which frist (T-17, V-11).
/// The scope in words, notes on consultation and the gallringsutredning stand sealed.
/// </summary>
[EventName("disposal_decision_recorded")]
public sealed record DisposalDecisionRecorded(
    Guid Authority, string Reference, string DecidingBody, DateOnly DecidedOn, DateOnly ValidFrom, DateOnly? ValidUntil,
    IReadOnlyList<string> RecordTypes, Period Frist, int PolicyVersion,
    // Kind absent: a gallringsbeslut of the authority's own. Appraised absent: no gallringsutredning stands in it; AppraisalOf: the general decision that has it.
    DecisionKind? Kind = null, string? LegalBasis = null, DateOnly? ConsultedOn = null, bool? Appraised = null, Guid? AppraisalOf = null) : RetentionEvent;

/// <summary>A version of a retention rule, whole. Earlier versions end with it.</summary>
[EventName("retention_rule_adopted")]
public sealed record RetentionRuleAdopted(
    Guid Authority, int Version, Guid Decision, string Name, IReadOnlyList<string> RecordTypes, CountedFrom CountedFrom, Period Frist,
    IReadOnlyList<string> Classes, int PolicyVersion,
    // Action absent: destroy. Scope absent: everything of the types. Impact: what the change meant, counted before it took effect.
    RuleAction? Action = null, RuleScope? Scope = null, string? DateName = null, string? LegalBasis = null, DateOnly? ValidFrom = null, DateOnly? ValidUntil = null,
    RuleImpact? Impact = null) : RetentionEvent;

/// <summary>The rule no longer applies to anything.</summary>
[EventName("retention_rule_repealed")]
public sealed record RetentionRuleRepealed(Guid Authority, int Version, int PolicyVersion, RuleImpact? Impact = null) : RetentionEvent;

public enum HoldKind
{
    Record,
    Case,
    Account,

    /// <summary>Everything that fits a filter, now and later.</summary>
    Search,
}

/// <summary>
/// Gallringsstopp: nothing it covers is destroyed while it stands. Its reason, and the mandate it rests on, stand sealed. A hold on a search is its own target,
/// and says what it asks of a record.
/// </summary>
[EventName("disposal_held")]
public sealed record DisposalHeld(Guid Authority, HoldKind Kind, Guid Target, string Ground, int PolicyVersion, HoldFilter? Filter = null) : RetentionEvent;

/// <summary>
/// What a hold on a search asks of a record, by what the database decides on: never by words, which stand sealed. What is absent asks nothing; all that is asked must fit.
/// </summary>
/// <param name="From">First day on which it came in or was drawn up, in Sweden.</param>
/// <param name="To">Last day, that day included.</param>
public sealed record HoldFilter(
    IReadOnlyList<Guid>? Channels = null, IReadOnlyList<string>? RecordTypes = null, IReadOnlyList<string>? Directions = null, IReadOnlyList<string>? Visibilities = null,
    IReadOnlyList<string>? Registrations = null, IReadOnlyList<Guid>? Accounts = null, DateOnly? From = null, DateOnly? To = null)
{
    /// <summary>Empty lists ask nothing, and each thing is said once.</summary>
    public HoldFilter Tidy() => new(Of(Channels), Of(RecordTypes), Of(Directions), Of(Visibilities), Of(Registrations), Of(Accounts), From, To);

    /// <summary>A method, so that it does not stand in the event.</summary>
    public bool AsksNothing() => Channels is null && RecordTypes is null && Directions is null && Visibilities is null && Registrations is null && Accounts is null && From is null && To is null;

    private static IReadOnlyList<T>? Of<T>(IReadOnlyList<T>? asked) => asked is { Count: > 0 } ? [.. asked.Distinct()] : null;
}

/// <summary>
/// Somebody asked what a rule, or a draft of one, would have destroyed. Nothing else of it is written. The rule is the version that was tried, or that the draft began from; absent for a
/// draft of its own.
/// </summary>
[EventName("retention_dry_run_asked")]
public sealed record RetentionDryRunAsked(
    Guid Authority, Guid? Rule, int? RuleVersion, IReadOnlyList<string> RecordTypes, CountedFrom CountedFrom, Period Frist, DateOnly Until, int PolicyVersion) : RetentionEvent;

[EventName("disposal_hold_lifted")]
public sealed record DisposalHoldLifted(int PolicyVersion) : RetentionEvent;

/// <summary>What a frist is counted from.</summary>
public enum CountedFrom
{
    Captured,
    Received,
    Removed,
    CaseClosed,
    NoLongerCurrent,
    SnapshotTaken,
    EventDate,
}

/// <summary>What kind of decision a rule rests on: the authority's own gallringsbeslut, a special act that commands gallring, or a decision to preserve.</summary>
public enum DecisionKind
{
    Disposal,
    Law,
    Preservation,
}

/// <summary>What a rule does when its day has come.</summary>
public enum RuleAction
{
    Destroy,

    /// <summary>A special act commands it: no longer frist keeps it, only a hold does.</summary>
    Compulsory,
    Preserve,

    /// <summary>An archivist decides of each record: keep or destroy.</summary>
    Review,

    /// <summary>Never destroyed here: it waits to be handed over.</summary>
    Transfer,
}

/// <summary>Narrower than the record types: each list that is there must hold the record's own value.</summary>
/// <param name="ClassCodes">Classes of cases, with those below them.</param>
public sealed record RuleScope(IReadOnlyList<string>? ClassCodes, IReadOnlyList<Guid>? Channels, IReadOnlyList<string>? Platforms, IReadOnlyList<string>? Directions)
{
    // A method: a property would stand in the event.
    public bool IsEmpty() => ClassCodes is null && Channels is null && Platforms is null && Directions is null;
}

/// <summary>How many records a change of rules moves: from kept to a day, from a day to kept, to an earlier or a later day.</summary>
/// <param name="DueAtOnce">Of those that get a day or an earlier one: how many whose day has passed already.</param>
public sealed record RuleImpact(long Records, long KeptToDue, long DueToKept, long Sooner, long Later, long DueAtOnce, IReadOnlyList<TypeImpact> ByType);

/// <param name="Year">When the records came in.</param>
public sealed record TypeImpact(string RecordType, int Year, long KeptToDue, long DueToKept, long Sooner, long Later);

public enum PreservationKind
{
    Record,
    Case,
    Type,
}

/// <summary>Bevarandebeslut: what it names is preserved, whatever rules say that are not a special act's. Its reason stands sealed.</summary>
[EventName("preservation_decided")]
public sealed record PreservationDecided(Guid Authority, PreservationKind Kind, Guid? Target, string? RecordType, string Reference, int PolicyVersion) : RetentionEvent;

[EventName("preservation_lifted")]
public sealed record PreservationLifted(Guid Authority, string Reference, int PolicyVersion) : RetentionEvent;

/// <summary>A day that a rule may count from, such as the day an agreement ended. Without a day it is taken back. What was noted beside it stands sealed.</summary>
[EventName("retention_date_given")]
public sealed record RetentionDateGiven(Guid Authority, HoldKind Kind, Guid Target, string Name, DateOnly? On, int PolicyVersion) : RetentionEvent;

public enum ReviewOutcome
{
    Keep,
    Destroy,
}

/// <summary>An archivist looked at a record that a rule says is to be reviewed, and decided. The reason stands sealed.</summary>
[EventName("retention_reviewed")]
public sealed record RetentionReviewed(Guid Authority, Guid Record, Guid Rule, int RuleVersion, ReviewOutcome Outcome, int PolicyVersion) : RetentionEvent;

/// <summary>A row of the information management plan.</summary>
/// <param name="Title">What the plan calls the documents.</param>
/// <param name="Handling">Whether they are registered or kept ordered, where, and how.</param>
public sealed record PlanRow(
    string RecordType, string Title, string? ClassCode, string Handling, RuleAction Action, CountedFrom? CountedFrom, string? DateName, Period? Frist, string? LegalBasis);

/// <summary>A version of an authority's informationshanteringsplan, whole. It holds no personal data: a plan is decided and published.</summary>
[EventName("information_plan_adopted")]
public sealed record InformationPlanAdopted(Guid Authority, int Version, IReadOnlyList<PlanRow> Rows, string? DecisionReference, int PolicyVersion) : RetentionEvent;
