namespace ArchiveService.Features.PageParts;

/// <param name="Name">Of the bar: a day, a month.</param>
/// <param name="Value">How high it is.</param>
/// <param name="Marked">How much of it is of the kind to look out for; drawn at the bottom of the bar.</param>
public sealed record ChartBar(string Name, long Value, long Marked = 0);

/// <summary>
/// Bars, oldest first, as a figure with its numbers beside it: a caption, a sentence that says what the eye sees, and a table of every number.
/// </summary>
/// <param name="Key">Names the figure among those of its page.</param>
/// <param name="Unit">Of one and of many.</param>
public sealed record Chart(string Key, string Title, IReadOnlyList<ChartBar> Bars, (string One, string Many) Unit) : Part
{
    /// <summary>What else there is to say of it.</summary>
    public string? Note { get; init; }

    /// <summary>What the marked part is called; null where nothing is marked.</summary>
    public string? MarkedAs { get; init; }

    public const int High = 60;

    private const int Step = 10;

    public int Wide => Math.Max(Step, Bars.Count * Step) - 2;

    public long Top => Math.Max(1, Bars.Select(b => b.Value).DefaultIfEmpty(0).Max());

    /// <summary>The sum, the highest, and what is marked: what somebody who sees the bars would say of them.</summary>
    public string Says
    {
        get
        {
            var sum = Bars.Sum(b => b.Value);
            if (sum == 0) return Bars.Count == 0 ? "Inget att visa." : $"Inget att visa från {Bars[0].Name} till {Bars[^1].Name}.";
            var most = Bars.MaxBy(b => b.Value)!;
            var marked = MarkedAs is null ? "" : $" {Swedish.Sentence(Swedish.Count(Bars.Sum(b => b.Marked), Unit.One, Unit.Many))} {MarkedAs}.";
            return $"{Swedish.Count(sum, Unit.One, Unit.Many)} från {Bars[0].Name} till {Bars[^1].Name}. Mest {most.Name}: {Swedish.Number(most.Value)}.{marked}";
        }
    }

    /// <summary>Rectangles that fill the drawing from below.</summary>
    public IEnumerable<(int X, long Y, long Height, bool Marked)> Drawn()
    {
        foreach (var (nth, bar) in Bars.Index())
        {
            var (high, low) = (Of(bar.Value), Of(Math.Min(bar.Marked, bar.Value)));
            if (high > low) yield return (nth * Step, High - high, high - low, false);
            if (low > 0) yield return (nth * Step, High - low, low, true);
        }
    }

    /// <summary>What is there is seen, however little it is beside the highest.</summary>
    private long Of(long value) => value <= 0 ? 0 : Math.Max(2, High * value / Top);

    public static Chart OfDays(string key, string title, DateOnly first, DateOnly last, Func<DateOnly, long> value, (string One, string Many) unit, string? note = null, Func<DateOnly, long>? marked = null, string? markedAs = null) =>
        new(key, title, [.. Enumerable.Range(0, last.DayNumber - first.DayNumber + 1).Select(first.AddDays).Select(day => new ChartBar(Swedish.Date(day), value(day), marked?.Invoke(day) ?? 0))], unit) { Note = note, MarkedAs = markedAs };
}
