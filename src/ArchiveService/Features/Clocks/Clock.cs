using System.Globalization;
using System.Text.RegularExpressions;
using ArchiveService.Features.PageParts;

namespace ArchiveService.Features.Clocks;

/// <summary>
/// How long something may wait. Pure: from when, until when, in Europe/Stockholm. A later start never gives an earlier end, so that a clock can be turned
/// around (<see cref="LatestDueBy"/>) and asked of thousands of rows with one comparison each.
/// </summary>
public abstract partial record Clock
{
    private const int MostHours = 2000;

    private const int MostDays = 366;

    private Clock()
    {
    }

    public abstract DateTimeOffset Due(DateTimeOffset since);

    /// <summary>"inom 24 timmar på vardagar".</summary>
    public abstract string InSwedish { get; }

    /// <summary>As a policy writes it; null where it has no form of its own.</summary>
    public abstract string? Written { get; }

    /// <summary>"PT24H", "PT24H-weekdays" (only the hours of weekdays run), "P1D" (by the end of the next day), "P2D-weekdays"; null for anything else.</summary>
    public static Clock? Parse(string written)
    {
        var match = Form().Match(written);
        if (!match.Success || !int.TryParse(match.Groups["n"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var n)) return null;
        return (match.Groups["unit"].Value, match.Groups["weekdays"].Success) switch
        {
            ("H", false) when n is >= 1 and <= MostHours => new Hours(n),
            ("H", true) when n is >= 1 and <= MostHours => new WeekdayHours(n),
            ("D", false) when n is >= 1 and <= MostDays => new Days(n),
            ("D", true) when n is >= 1 and <= MostDays => new Weekdays(n),
            _ => null,
        };
    }

    /// <summary>What is due first by any of them; null when there is none.</summary>
    public static Clock? Earliest(params IEnumerable<Clock?> clocks) => clocks.OfType<Clock>().Distinct().ToArray() switch
    {
        [] => null,
        [var one] => one,
        var more => new First(more),
    };

    /// <summary>The last start whose end has come at <paramref name="now"/>: what began then or before is due.</summary>
    public DateTimeOffset LatestDueBy(DateTimeOffset now)
    {
        // To the microsecond, as the database keeps times.
        var (due, running) = (now.UtcTicks - (5 * 366 * TimeSpan.TicksPerDay), now.UtcTicks);
        (due, running) = (due / TimeSpan.TicksPerMicrosecond, (running / TimeSpan.TicksPerMicrosecond) + 1);
        while (running - due > 1)
        {
            var middle = due + ((running - due) / 2);
            if (Due(At(middle)) <= now) due = middle;
            else running = middle;
        }

        return At(due);

        static DateTimeOffset At(long microseconds) => new(microseconds * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
    }

    /// <summary>Genast: it is late from the moment it is known (T-14, R-11).</summary>
    public sealed record AtOnce : Clock
    {
        public override DateTimeOffset Due(DateTimeOffset since) => since;

        public override string InSwedish => "genast";

        public override string? Written => null;
    }

    /// <summary>Hours as they pass, also the hour that is lived twice in October.</summary>
    public sealed record Hours(int Count) : Clock
    {
        public override DateTimeOffset Due(DateTimeOffset since) => since.AddHours(Count);

        public override string InSwedish => $"inom {Swedish.Count(Count, "timme", "timmar")}";

        public override string Written => $"PT{Count}H";
    }

    /// <summary>Hours that run on weekdays only, all 24 of the day: Friday 15.00 and 24 hours is Monday 15.00 (V-03).</summary>
    public sealed record WeekdayHours(int Count) : Clock
    {
        public override DateTimeOffset Due(DateTimeOffset since)
        {
            var (day, from, left) = (Swedish.Day(since), since, TimeSpan.FromHours(Count));
            for (; ; day = day.AddDays(1))
            {
                var end = Swedish.StartOf(day.AddDays(1));
                if (!SwedishCalendar.IsWeekday(day))
                {
                    from = end;
                    continue;
                }

                if (left <= end - from) return from + left;
                left -= end - from;
                from = end;
            }
        }

        public override string InSwedish => $"inom {Swedish.Count(Count, "timme", "timmar")} på vardagar";

        public override string Written => $"PT{Count}H-weekdays";
    }

    /// <summary>By the end of the n-th day after, whatever day that is.</summary>
    public sealed record Days(int Count) : Clock
    {
        public override DateTimeOffset Due(DateTimeOffset since) => Swedish.StartOf(Swedish.Day(since).AddDays(Count + 1));

        public override string InSwedish => Count == 1 ? "senast dagen efter" : $"inom {Swedish.Count(Count, "dag", "dagar")}";

        public override string Written => $"P{Count}D";
    }

    /// <summary>By the end of the n-th weekday after.</summary>
    public sealed record Weekdays(int Count) : Clock
    {
        public override DateTimeOffset Due(DateTimeOffset since) => Swedish.StartOf(SwedishCalendar.WeekdaysAfter(Swedish.Day(since), Count).AddDays(1));

        public override string InSwedish => Count == 1 ? "senast nästa vardag" : $"inom {Swedish.Count(Count, "vardag", "vardagar")}";

        public override string Written => $"P{Count}D-weekdays";
    }

    private sealed record First(IReadOnlyList<Clock> Of) : Clock
    {
        public override DateTimeOffset Due(DateTimeOffset since) => Of.Min(clock => clock.Due(since));

        public override string InSwedish => string.Join(" och ", Of.Select(clock => clock.InSwedish));

        public override string? Written => null;
    }

    [GeneratedRegex("^P(?<time>T)?(?<n>[0-9]{1,4})(?<unit>(?(time)H|D))(?<weekdays>-weekdays)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
