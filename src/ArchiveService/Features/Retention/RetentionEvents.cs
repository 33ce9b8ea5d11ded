using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Retention;

public abstract record RetentionEvent : SealableEvent;

/// <summary>
/// A gallringsbeslut: who decided, under which reference, from when, for which record types and with which frist (T-17, V-11).
/// The scope in words and notes on consultation stand sealed.
/// </summary>
[EventName("disposal_decision_recorded")]
public sealed record DisposalDecisionRecorded(
    Guid Authority, string Reference, string DecidingBody, DateOnly DecidedOn, DateOnly ValidFrom, DateOnly? ValidUntil,
    IReadOnlyList<string> RecordTypes, Period Frist, int PolicyVersion) : RetentionEvent;

/// <summary>A version of a retention rule, whole. Earlier versions end with it.</summary>
[EventName("retention_rule_adopted")]
public sealed record RetentionRuleAdopted(
    Guid Authority, int Version, Guid Decision, string Name, IReadOnlyList<string> RecordTypes, CountedFrom CountedFrom, Period Frist,
    IReadOnlyList<string> Classes, int PolicyVersion) : RetentionEvent;

/// <summary>The rule no longer applies to anything.</summary>
[EventName("retention_rule_repealed")]
public sealed record RetentionRuleRepealed(Guid Authority, int Version, int PolicyVersion) : RetentionEvent;

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
}
