using ArchiveService.EventStore;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;

namespace ArchiveService.Features.DefaultStates;

public abstract record DefaultRuleEvent : SealableEvent;

/// <summary>What a text must be for the rule to be about it.</summary>
public enum RuleContent
{
    /// <summary>Thumbs up and nothing else.</summary>
    ThumbsUp,

    /// <summary>Emoji and nothing else, none that threatens or insults.</summary>
    EmojiOnly,

    /// <summary>A few characters: no link, no number, no question.</summary>
    Short,
}

/// <summary>
/// A version of a rule that gives a default state, whole; earlier versions end with it. The version is the decision-maker of record of every record it
/// settles (H-24, T-16, V-10). It keeps ordered or exempts, and nothing else.
/// </summary>
[EventName("default_rule_adopted")]
public sealed record DefaultRuleAdopted(
    Guid Authority, int Version, string Name, IReadOnlyList<string> RecordTypes, RuleContent Content, int? AtMostCharacters, Registration To,
    Guid? DisposalDecision, string? DecisionReference, int PolicyVersion) : DefaultRuleEvent;

/// <summary>The rule settles nothing more; what it has settled stays as it is.</summary>
[EventName("default_rule_repealed")]
public sealed record DefaultRuleRepealed(Guid Authority, int Version, int PolicyVersion) : DefaultRuleEvent;
