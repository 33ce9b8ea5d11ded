using ArchiveService.Features.Clocks;

namespace ArchiveService.Tests.Clocks;

public sealed class The_Swedish_calendar
{
    private static IEnumerable<DateOnly> EveryDay(int from, int to) => Enumerable.Range(0, new DateOnly(to + 1, 1, 1).DayNumber - new DateOnly(from, 1, 1).DayNumber).Select(new DateOnly(from, 1, 1).AddDays);

    [Theory]
    [InlineData("1961-04-02")]
    [InlineData("2000-04-23")]
    [InlineData("2008-03-23")]
    [InlineData("2011-04-24")]
    [InlineData("2019-04-21")]
    [InlineData("2024-03-31")]
    [InlineData("2025-04-20")]
    [InlineData("2026-04-05")]
    [InlineData("2027-03-28")]
    [InlineData("2038-04-25")]
    [InlineData("2285-03-22")]
    public void knows_when_Easter_is(string day) => Assert.Equal(DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture), SwedishCalendar.Easter(DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture).Year));

    [Theory]
    [InlineData("2026-01-01", "nyårsdagen")]
    [InlineData("2026-01-06", "trettondedag jul")]
    [InlineData("2026-04-03", "långfredagen")]
    [InlineData("2026-04-05", "påskdagen")]
    [InlineData("2026-04-06", "annandag påsk")]
    [InlineData("2026-05-01", "första maj")]
    [InlineData("2026-05-14", "Kristi himmelsfärdsdag")]
    [InlineData("2026-05-24", "pingstdagen")]
    [InlineData("2026-05-25", null)]
    [InlineData("2004-05-31", "annandag pingst")]
    [InlineData("2004-06-06", null)]
    [InlineData("2026-06-06", "nationaldagen")]
    [InlineData("2026-06-20", "midsommardagen")]
    [InlineData("2026-10-31", "alla helgons dag")]
    [InlineData("2027-11-06", "alla helgons dag")]
    [InlineData("2026-12-25", "juldagen")]
    [InlineData("2026-12-26", "annandag jul")]
    public void names_the_holidays_of_the_law(string day, string? name) => Assert.Equal(name, SwedishCalendar.Holiday(DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture)));

    [Theory]
    [InlineData("2026-06-19", "midsommarafton")]
    [InlineData("2026-12-24", "julafton")]
    [InlineData("2026-12-31", "nyårsafton")]
    [InlineData("2026-11-28", "lördag")]
    [InlineData("2026-11-29", "söndag")]
    [InlineData("2026-11-27", null)]
    [InlineData("2026-04-02", null)]
    public void counts_the_eves_and_Saturdays_as_days_off_1930_173(string day, string? why) => Assert.Equal(why, SwedishCalendar.DayOff(DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public void has_the_movable_days_where_the_law_puts_them_in_every_year()
    {
        Assert.All(Enumerable.Range(1950, 250), year =>
        {
            var easter = SwedishCalendar.Easter(year);
            Assert.Equal(DayOfWeek.Sunday, easter.DayOfWeek);
            Assert.InRange(easter, new DateOnly(year, 3, 22), new DateOnly(year, 4, 25));
            Assert.Equal(DayOfWeek.Saturday, SwedishCalendar.Midsummer(year).DayOfWeek);
            Assert.InRange(SwedishCalendar.Midsummer(year), new DateOnly(year, 6, 20), new DateOnly(year, 6, 26));
            Assert.Equal(DayOfWeek.Saturday, SwedishCalendar.AllSaints(year).DayOfWeek);
            Assert.InRange(SwedishCalendar.AllSaints(year), new DateOnly(year, 10, 31), new DateOnly(year, 11, 6));
        });
    }

    /// <summary>Thirteen named by law; Easter Sunday and Whit Sunday among them, and two of them may meet (första maj and Kristi himmelsfärd, 2008).</summary>
    [Fact]
    public void has_as_many_holidays_as_the_law_names_in_every_year()
    {
        foreach (var year in EveryDay(1950, 2150).GroupBy(day => day.Year))
        {
            var named = year.Select(SwedishCalendar.Holiday).OfType<string>().ToList();
            Assert.InRange(named.Count, 12, 13);
            Assert.Equal(named.Count, named.Distinct().Count());
        }
    }

    [Fact]
    public void never_has_more_than_six_days_off_or_five_weekdays_in_a_row()
    {
        var (off, on) = (0, 0);
        foreach (var day in EveryDay(2005, 2105))
        {
            (off, on) = SwedishCalendar.IsWeekday(day) ? (0, on + 1) : (off + 1, 0);
            Assert.InRange(off, 0, 6);
            Assert.InRange(on, 0, 5);
        }
    }

    [Fact]
    public void finds_the_next_weekday_of_every_day()
    {
        foreach (var day in EveryDay(2020, 2060))
        {
            var next = SwedishCalendar.WeekdaysAfter(day, 1);
            Assert.True(next > day && SwedishCalendar.IsWeekday(next));
            Assert.DoesNotContain(Enumerable.Range(1, next.DayNumber - day.DayNumber - 1).Select(day.AddDays), SwedishCalendar.IsWeekday);
        }
    }
}
