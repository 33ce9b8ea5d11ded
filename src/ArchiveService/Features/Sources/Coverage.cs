namespace ArchiveService.Features.Sources;

/// <summary>How sure it is that everything of a day has come in.</summary>
public enum CoverageKind
{
    /// <summary>The channel was asked and answered whole that day.</summary>
    Observed,

    /// <summary>It did not, and what was written has been asked for since; what was deleted before that is not seen.</summary>
    Inferred,

    /// <summary>Nobody knows.</summary>
    Gap,

    /// <summary>No source asked: what there is came by other ways.</summary>
    NotAsked,
}

public sealed record CoverageDay(DateOnly Day, CoverageKind Kind, string? Reason, int Polls, int Whole, long Captured);

public sealed record AskedDay(DateOnly Day, int Polls, int Whole);

/// <summary>Days between which nothing was heard; <paramref name="To"/> null: still.</summary>
public sealed record UnheardDays(DateOnly From, DateOnly? To, string Reason, bool Filled);

/// <summary>The completeness of a channel, day by day. Pure.</summary>
public static class Coverage
{
    public static IReadOnlyList<CoverageDay> Of(DateOnly from, DateOnly today, IReadOnlyList<AskedDay> asked, IReadOnlyList<UnheardDays> unheard, IReadOnlyDictionary<DateOnly, long> captured)
    {
        var days = asked.ToDictionary(a => a.Day);
        DateOnly? first = asked.Count > 0 ? asked.Min(a => a.Day) : null;
        DateOnly? lastWhole = asked.Where(a => a.Whole > 0).Select(a => (DateOnly?)a.Day).Max();
        var found = new List<CoverageDay>();
        for (var day = today; day >= from; day = day.AddDays(-1))
        {
            var of = days.GetValueOrDefault(day) ?? new(day, 0, 0);
            var gaps = unheard.Where(g => g.From <= day && (g.To is not { } to || to >= day)).ToList();
            var (kind, reason) = gaps.Find(g => !g.Filled) is { } open ? (CoverageKind.Gap, open.Reason)
                : of.Whole > 0 ? gaps.Count > 0 ? (CoverageKind.Inferred, gaps[0].Reason) : (CoverageKind.Observed, null)
                : first is not { } begun || day < begun ? (CoverageKind.NotAsked, (string?)null)
                : (lastWhole > day ? CoverageKind.Inferred : CoverageKind.Gap, of.Polls > 0 ? "unanswered" : "not-asked");
            found.Add(new(day, kind, reason, of.Polls, of.Whole, captured.GetValueOrDefault(day)));
        }

        return found;
    }
}

/// <param name="Last">The last day on which something came.</param>
/// <param name="UsualDays">Its usual pause.</param>
public sealed record Silence(DateOnly Last, int Days, int UsualDays);

/// <summary>A channel that used to speak and does not. Pure.</summary>
public static class Silent
{
    /// <summary>With fewer days than this nobody knows what is usual.</summary>
    private const int FewestDays = 5;

    private const int LeastDays = 3;

    private const int Times = 5;

    /// <param name="spoke">The days on which something came.</param>
    /// <returns>Null when it is not silent for longer than it uses to be.</returns>
    public static Silence? Of(IEnumerable<DateOnly> spoke, DateOnly today)
    {
        var days = spoke.Distinct().Order().ToList();
        if (days.Count < FewestDays) return null;
        var pauses = days.Zip(days.Skip(1), (a, b) => b.DayNumber - a.DayNumber).Order().ToList();
        var usual = pauses[pauses.Count / 2];
        var silent = today.DayNumber - days[^1].DayNumber;
        return silent > Math.Max(LeastDays, usual * Times) ? new(days[^1], silent, usual) : null;
    }
}
