using ArchiveService.Features.Authorities;

namespace ArchiveService.Features.Clocks;

/// <summary>Who must be answered: every message (N-12), what is assessed as a question (V-03, R-09, H-09), or nobody by rule.</summary>
public enum AnswerDuty
{
    All,
    Questions,
    None,
}

/// <summary>What a channel's plan says of watching it (T-21 field 7): how long a thing may stand unseen, and the days on which somebody looks.</summary>
public sealed record WatchPlan(int? IntervalHours, IReadOnlyList<DayOfWeek> Days)
{
    public static WatchPlan None { get; } = new(null, []);
}

/// <summary>
/// The clocks of one channel, from its authority's policy in force and its own plan. Computed when asked, never stored: a changed policy or plan counts
/// at once for everything that waits (ADR 0007).
/// </summary>
/// <param name="Answer">From when it came in; null where nothing says how soon.</param>
/// <param name="Review">Until somebody has looked at what came in; null where nothing says how soon.</param>
/// <param name="Promptly">Skyndsamt: what is against the law, or was taken down in an emergency and waits for somebody to examine it (N-13, T-08).</param>
public sealed record ChannelClocks(AnswerDuty Duty, Clock? Answer, string AnswerRequirement, Clock? Review, string ReviewRequirement, Clock Promptly, bool Daily, WatchPlan Plan)
{
    /// <summary>Secrecy waits for nobody, whatever a policy says (T-14 "direkt", R-11 "omgående").</summary>
    public static Clock Secrecy { get; } = new Clock.AtOnce();

    public static ChannelClocks Of(Policy policy, WatchPlan plan)
    {
        // A policy may hold what no clock can read, decided before there was one: then nothing is measured by it.
        var promptly = Clock.Parse(policy["clock.promptly"]) ?? new Clock.Weekdays(1);
        var soon = Clock.Parse(policy["clock.asSoonAsPossible"]) ?? new Clock.Weekdays(2);
        Clock? planned = plan.IntervalHours is { } hours ? new Clock.Hours(hours) : null;
        var answer = policy["sla.reply"] switch
        {
            "promptly" => promptly,
            // N-12 says that everybody is answered, not how soon.
            "as-soon-as-possible" or "all" => soon,
            "plan" => planned,
            var written => Clock.Parse(written),
        };
        var moderate = policy["sla.moderate"];
        var review = moderate switch
        {
            // H-09: every day, Sundays and red days too; what came in after the day's watch is seen the next day.
            "daily" => new Clock.Days(1),
            "continuous" => promptly,
            "all-read" or "supervised" => soon,
            "plan" => null,
            var written => Clock.Parse(written),
        };
        return new(
            policy["answer.duty"] switch { "all" => AnswerDuty.All, "none" => AnswerDuty.None, _ => AnswerDuty.Questions },
            answer, policy.Of("sla.reply").Requirement,
            // 48 hours is an example in a plan's form, never a rule: the interval is the channel's own, and holds beside the guideline's.
            Clock.Earliest(review, planned), policy.Of("sla.moderate").Requirement, promptly, moderate == "daily", plan);
    }

    /// <summary>Whether somebody has to look at the channel that day.</summary>
    public bool IsWatchDay(DateOnly day) =>
        Daily
        || (Plan.Days.Count > 0
            // A red day in the week is no weekday of the plan; one that has all seven days means every day.
            ? Plan.Days.Contains(day.DayOfWeek) && (Plan.Days.Count == 7 || day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday || SwedishCalendar.IsWeekday(day))
            : SwedishCalendar.IsWeekday(day));
}
