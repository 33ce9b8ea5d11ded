namespace ArchiveService.Features.Clocks;

/// <summary>
/// The Swedish calendar, computed. Allmänna helgdagar by lagen (1989:253); Saturdays, midsommarafton, julafton and nyårsafton are days off like them by
/// lagen (1930:173) 2 §. A <i>vardag</i> is here any other day: whether Saturday is one differs in everyday speech, and an authority's office is closed.
/// </summary>
public static class SwedishCalendar
{
    /// <summary>Easter Sunday of the Gregorian calendar (Meeus, Jones, Butcher).</summary>
    public static DateOnly Easter(int year)
    {
        var a = year % 19;
        var (b, c) = (year / 100, year % 100);
        var h = ((19 * a) + b - (b / 4) - ((b - ((b + 8) / 25) + 1) / 3) + 15) % 30;
        var l = (32 + (2 * (b % 4)) + (2 * (c / 4)) - h - (c % 4)) % 7;
        var m = (a + (11 * h) + (22 * l)) / 451;
        var sum = h + l - (7 * m) + 114;
        return new(year, sum / 31, (sum % 31) + 1);
    }

    /// <summary>Midsummer Day: the Saturday of 20–26 June.</summary>
    public static DateOnly Midsummer(int year) => SaturdayFrom(new(year, 6, 20));

    /// <summary>Alla helgons dag: the Saturday of 31 October–6 November.</summary>
    public static DateOnly AllSaints(int year) => SaturdayFrom(new(year, 10, 31));

    /// <summary>What a day is called that is a public holiday by law, Sundays apart; null for others.</summary>
    public static string? Holiday(DateOnly day) => (day.Month, day.Day) switch
    {
        (1, 1) => "nyårsdagen",
        (1, 6) => "trettondedag jul",
        (5, 1) => "första maj",
        // A holiday from 2005 on (SFS 2004:1320), in place of annandag pingst.
        (6, 6) when day.Year >= 2005 => "nationaldagen",
        (12, 25) => "juldagen",
        (12, 26) => "annandag jul",
        _ => day == Midsummer(day.Year) ? "midsommardagen"
            : day == AllSaints(day.Year) ? "alla helgons dag"
            : (day.DayNumber - Easter(day.Year).DayNumber) switch
            {
                -2 => "långfredagen",
                0 => "påskdagen",
                1 => "annandag påsk",
                39 => "Kristi himmelsfärdsdag",
                49 => "pingstdagen",
                50 when day.Year < 2005 => "annandag pingst",
                _ => null,
            },
    };

    /// <summary>The eves that the law counts as holidays when it counts time.</summary>
    public static string? Eve(DateOnly day) => (day.Month, day.Day) switch
    {
        (12, 24) => "julafton",
        (12, 31) => "nyårsafton",
        _ => day == Midsummer(day.Year).AddDays(-1) ? "midsommarafton" : null,
    };

    /// <summary>
    /// The weekdays that many authorities close early on, by their agreements on working time and not by law; null for others. Whether an authority does is its policy.
    /// </summary>
    public static string? HalfDay(DateOnly day) => !IsWeekday(day) ? null : (day.Month, day.Day) switch
    {
        (1, 5) => "trettondagsafton",
        (4, 30) => "valborgsmässoafton",
        _ => day.DayNumber - Easter(day.Year).DayNumber == -3 ? "skärtorsdagen"
            : day == AllSaints(day.Year).AddDays(-1) ? "dagen före alla helgons dag"
            : null,
    };

    /// <summary>Why nobody has to be at work: the holiday's or the eve's name, or the day of the week; null on a vardag.</summary>
    public static string? DayOff(DateOnly day) =>
        Holiday(day) ?? Eve(day) ?? day.DayOfWeek switch { DayOfWeek.Saturday => "lördag", DayOfWeek.Sunday => "söndag", _ => null };

    public static bool IsWeekday(DateOnly day) => DayOff(day) is null;

    /// <summary>The n-th vardag after the day.</summary>
    public static DateOnly WeekdaysAfter(DateOnly day, int n)
    {
        for (; n > 0; n--)
        {
            do day = day.AddDays(1);
            while (!IsWeekday(day));
        }

        return day;
    }

    private static DateOnly SaturdayFrom(DateOnly first) => first.AddDays((DayOfWeek.Saturday - first.DayOfWeek + 7) % 7);
}
