using System.Globalization;
using System.Text.RegularExpressions;

namespace ArchiveService.Features.Retention;

/// <summary>A gallringsfrist in whole years, months and days, counted in dates of the Swedish calendar.</summary>
public sealed partial record Period(int Years, int Months, int Days)
{
    /// <summary>What stands where a frist would, for what is preserved: whoever looks at the frist alone keeps it too.</summary>
    public static Period Preserved { get; } = new(1000, 0, 0);

    public bool IsSound() => Years is >= 0 and <= 1000 && Months is >= 0 and <= 12_000 && Days is >= 0 and <= 366_000;

    /// <summary>Reads ISO 8601: <c>P2Y</c>, <c>P6M</c>, <c>P1Y6M</c>, <c>P30D</c>, <c>P2W</c>. <c>P0D</c> means at once, as for what is gallrat när det inte längre är aktuellt.</summary>
    public static Period? Parse(string? iso)
    {
        if (iso is null || Form.Match(iso.Trim().ToUpperInvariant()) is not { Success: true } match || match.Length < 3) return null;
        int Part(string group) => match.Groups[group].Success ? int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture) : 0;
        var period = new Period(Part("y"), Part("m"), (Part("w") * 7) + Part("d"));
        return period.IsSound() ? period : null;
    }

    /// <summary>As people write it: <c>2 år</c>, <c>1 år och 6 månader</c>, <c>30 dagar</c>, <c>genast</c>; ISO 8601 too.</summary>
    public static Period? Typed(string? text)
    {
        if (Parse(text) is { } iso) return iso;
        var said = text?.Replace('\u00A0', ' ').Trim().ToLowerInvariant() ?? "";
        if (said == "genast") return new(0, 0, 0);
        if (said.Length == 0 || Spoken.Match(said) is not { Success: true } match) return null;
        int Part(string group) => match.Groups[group].Success ? int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture) : 0;
        var period = new Period(Part("y"), Part("m"), (Part("w") * 7) + Part("d"));
        return period.IsSound() ? period : null;
    }

    /// <summary>The same-numbered day, or the month's last where it has none: as the database counts (archive.due_on).</summary>
    public DateOnly After(DateOnly day) => day.AddMonths((Years * 12) + Months).AddDays(Days);

    /// <summary>Whether this frist is over no earlier than the other, whatever day both are counted from.</summary>
    public bool IsAtLeast(Period other)
    {
        // Months differ in length, so the answer may depend on the day: it has to hold from every day of a leap cycle.
        var day = new DateOnly(2000, 1, 1);
        for (var i = 0; i < 1461; i++, day = day.AddDays(1))
        {
            if (After(day) < other.After(day)) return false;
        }

        return true;
    }

    public string ToIso()
    {
        var text = $"P{(Years > 0 ? $"{Years}Y" : "")}{(Months > 0 ? $"{Months}M" : "")}{(Days > 0 ? $"{Days}D" : "")}";
        return text == "P" ? "P0D" : text;
    }

    public string InSwedish()
    {
        if (this == Preserved) return "bevaras";
        var parts = new[] { (Years, "år", "år"), (Months, "månad", "månader"), (Days, "dag", "dagar") }
            .Where(part => part.Item1 > 0).Select(part => $"{part.Item1} {(part.Item1 == 1 ? part.Item2 : part.Item3)}").ToList();
        return parts.Count == 0 ? "genast" : string.Join(" och ", parts);
    }

    [GeneratedRegex(@"^P((?<y>\d{1,4})Y)?((?<m>\d{1,5})M)?((?<w>\d{1,5})W)?((?<d>\d{1,6})D)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Form { get; }

    [GeneratedRegex(@"^(?!$)((?<y>\d{1,4}) år)?(, | och | )?((?<m>\d{1,5}) månad(er)?)?(, | och | )?((?<w>\d{1,5}) veck(a|or))?(, | och | )?((?<d>\d{1,6}) dag(ar)?)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Spoken { get; }
}
