namespace ArchiveService.Features.Completeness;

/// <summary>How whole a channel's day is in the archive.</summary>
public enum Coverage
{
    /// <summary>Heard as it happened, the whole day: what was written and taken away between two questions too.</summary>
    Observed,

    /// <summary>Asked for afterwards: what was both written and taken away in between is not known.</summary>
    Inferred,

    /// <summary>For a part of the day nothing was heard and nothing was asked for.</summary>
    Gap,

    /// <summary>Somebody found that what came from the channel in this time cannot be trusted.</summary>
    Untrusted,
}

/// <summary>A time in which a source ran, and how: <c>poll</c> or <c>stream</c>.</summary>
public sealed record SourceTime(Span Span, string Means);

/// <summary>What is known of one day of one channel.</summary>
/// <param name="Life">From when the channel was in the register until it was closed.</param>
/// <param name="HasSource">A source was ever set up.</param>
/// <param name="Running">When it ran.</param>
/// <param name="StreamGaps">When its stream was broken, filled afterwards or not.</param>
/// <param name="AskedUntil">When the last whole poll began: what the platform still showed then has been asked for.</param>
/// <param name="Told">Times for which a script of the authority's own says that it sent everything.</param>
/// <param name="Webhooks">Deliveries that the platform sent by itself that day.</param>
/// <param name="Unsubscribed">When the platform was found not to be sending.</param>
/// <param name="Untrusted">Times marked as not to be trusted.</param>
public sealed record DayFacts(
    DateOnly Day, Span Frame, Span Life, bool HasSource, IReadOnlyList<SourceTime> Running, IReadOnlyList<Span> StreamGaps, DateTimeOffset? AskedUntil, IReadOnlyList<Span> Told, long Webhooks,
    IReadOnlyList<Span> Unsubscribed, IReadOnlyList<Span> Untrusted)
{
    /// <summary>When the platform did not take the token.</summary>
    public IReadOnlyList<Span> TokenLost { get; init; } = [];
}

/// <param name="Reason">Of a gap: <c>no-source</c>, <c>source-stopped</c>, <c>stream-broken</c>, <c>token-lost</c>, <c>not-subscribed</c>, <c>not-asked</c>.</param>
/// <param name="Missing">How much of the day nothing is known of.</param>
public sealed record DayStanding(Coverage Coverage, string? Reason, TimeSpan Missing)
{
    /// <summary>Null for a day on which the channel was not in the register.</summary>
    public static DayStanding? Of(DayFacts facts, DateTimeOffset now)
    {
        var day = facts.Frame.And(facts.Life).And(new(facts.Frame.From, now));
        if (day.IsEmpty) return null;
        if (facts.Untrusted.Any(day.Meets)) return new(Coverage.Untrusted, null, facts.Untrusted.Within(day).Total());

        Span[] whole = [day];
        var silent = facts.StreamGaps.Concat(facts.Unsubscribed).ToList();
        IEnumerable<Span> heard = facts.Webhooks > 0 ? whole : facts.Running.Where(r => r.Means == "stream").Select(r => r.Span);
        var unheard = whole.Without(heard.Without(silent));
        if (unheard.Count == 0) return new(Coverage.Observed, null, TimeSpan.Zero);

        IEnumerable<Span> asked = facts.AskedUntil is { } until ? [new(DateTimeOffset.MinValue, until)] : [];
        var missing = unheard.Without(asked.Concat(facts.Told));
        return missing.Count == 0 ? new(Coverage.Inferred, null, TimeSpan.Zero) : new(Coverage.Gap, Why(facts, missing), missing.Total());
    }

    private static string Why(DayFacts facts, IReadOnlyList<Span> missing) =>
        facts.TokenLost.Any(lost => missing.Any(lost.Meets)) ? "token-lost"
        : facts.StreamGaps.Any(gap => missing.Any(gap.Meets)) ? "stream-broken"
        : facts.Unsubscribed.Any(gap => missing.Any(gap.Meets)) ? "not-subscribed"
        : !facts.HasSource ? "no-source"
        : facts.Running.Any(r => missing.Any(r.Span.Meets)) ? "not-asked"
        : "source-stopped";
}

/// <summary>Whether a channel that used to speak has fallen silent: a sign that something is wrong which nobody has noticed.</summary>
public static class Silence
{
    private const int FewestItems = 20;

    private const int Times = 4;

    /// <summary>A channel is never silent sooner than this.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromDays(2);

    /// <param name="heard">When items came, in any order.</param>
    /// <returns>How long is too long, when it has been that long; null when the channel speaks, or has spoken too little for a habit.</returns>
    public static TimeSpan? Of(IReadOnlyCollection<DateTimeOffset> heard, DateTimeOffset now)
    {
        if (heard.Count < FewestItems) return null;
        var times = heard.Order().ToList();
        var pauses = times.Zip(times.Skip(1), (a, b) => b - a).Order().ToList();

        // The longest of its usual pauses: 19 in 20 are shorter.
        var usual = pauses[(int)((pauses.Count - 1) * 0.95)];
        var patience = TimeSpan.FromTicks(Math.Max(usual.Ticks * Times, Shortest.Ticks));
        return now - times[^1] > patience ? patience : null;
    }
}

/// <summary>What two full readings of a channel say of an item that was listed before and no longer is: absent is not deleted.</summary>
public static class Absence
{
    /// <summary>Two readings are independent when so much time lies between them.</summary>
    public static readonly TimeSpan Apart = TimeSpan.FromHours(1);

    public const int Enough = 2;

    /// <summary>Whether the platform is to be asked for the item by its own id: absent from two independent readings.</summary>
    public static bool IsWorthAsking(int absences) => absences >= Enough;

    public static bool IsIndependent(DateTimeOffset? lastCounted, DateTimeOffset now) => lastCounted is not { } last || now - last >= Apart;
}
