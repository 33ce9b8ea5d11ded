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
}

/// <summary>Gallringsstopp: nothing it covers is destroyed while it stands. Its reason stands sealed.</summary>
[EventName("disposal_held")]
public sealed record DisposalHeld(Guid Authority, HoldKind Kind, Guid Target, string Ground, int PolicyVersion) : RetentionEvent;

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
