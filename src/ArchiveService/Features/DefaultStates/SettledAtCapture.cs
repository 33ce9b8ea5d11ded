using ArchiveService.Capture;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;

namespace ArchiveService.Features.DefaultStates;

/// <summary>What the rules say of an act as it is captured: pure.</summary>
public static class SettledAtCapture
{
    /// <param name="before">The record before the act.</param>
    /// <param name="events">What the act adds to it.</param>
    public static IReadOnlyList<Happened> Decide(RecordState before, CapturedAct act, IReadOnlyList<Happened> events, IReadOnlyList<DefaultRule> rules, int policyVersion)
    {
        if (!events.Any(e => e.Event is ItemEdited or ItemCaptured { ContentCaptured: true })) return [];
        var text = RecordViewRow.ContentOf(new Parts().With(Parts.Text, act.Text).With("contentWarning", act.ContentWarning), act.TextFormat);
        if (before.SettledByRule is { } by)
        {
            // It says something else now, and the rule never saw that: a person looks at it.
            return rules.Any(rule => rule.Id == by.Rule && rule.MatchesText(text)) && act.Attachments.Count == 0
                ? []
                : [new(new RuleSettlementWithdrawn(by.Rule, by.RuleVersion, "edited", policyVersion))];
        }

        // Only what is new: of a record known before, the text at hand need not be the one that stands.
        if (before.ContentCaptured || rules.Count == 0) return [];
        var after = events.Aggregate(before, (state, e) => state.After((RecordEvent)e.Event, RecordStates.NotYetRecorded));
        return rules.FirstOrDefault(rule => rule.Matches(after, text)) is { } first ? [first.Settle(policyVersion)] : [];
    }
}
