using ArchiveService.Features.Authorities;
using ArchiveService.Features.Clocks;
using ArchiveService.Features.Disclosures;
using ArchiveService.Features.PageParts;

namespace ArchiveService.Tests.Disclosures;

/// <summary>TF 2:16 skyndsamt, JO: the simple the same day, otherwise the next weekday, longer only for a secrecy test; in the hours the office is open.</summary>
public sealed class The_clock_of_a_request
{
    private static readonly Policy Usual = new(1, "custom", new Dictionary<string, string>());

    private static readonly Policy HalfDays = new(1, "custom", new Dictionary<string, string> { ["disclosure.halfDayCloses"] = "12:00" });

    private static DateTimeOffset At(string local) => Swedish.At(DateOnly.Parse(local[..10]), TimeOnly.Parse(local[11..]));

    private static Pace Of(string received, string now, string? answered = null, bool secrecy = false, bool open = false, Policy? policy = null, params IReadOnlyList<ClockPause> pauses) =>
        DisclosureClock.Of(policy ?? Usual).At(new(At(received), answered is null ? null : At(answered), secrecy, open, pauses), At(now));

    [Theory]
    // An ordinary Tuesday: the next day at closing.
    [InlineData("2026-11-24 09:00", false, "2026-11-25 16:30")]
    [InlineData("2026-11-24 16:29", false, "2026-11-25 16:30")]
    // In the evening, and before opening: from the same day all the same.
    [InlineData("2026-11-24 22:00", false, "2026-11-25 16:30")]
    [InlineData("2026-11-24 05:00", false, "2026-11-25 16:30")]
    // Over a weekend.
    [InlineData("2026-11-27 10:00", false, "2026-11-30 16:30")]
    [InlineData("2026-11-28 10:00", false, "2026-11-30 16:30")]
    // Over Christmas 2026: julafton Thursday, juldagen Friday, annandag Saturday.
    [InlineData("2026-12-23 10:00", false, "2026-12-28 16:30")]
    // Over New Year: nyårsafton Thursday, nyårsdagen Friday.
    [InlineData("2026-12-30 14:00", false, "2027-01-04 16:30")]
    [InlineData("2026-12-31 23:59", false, "2027-01-04 16:30")]
    // Trettondedag jul.
    [InlineData("2027-01-05 10:00", false, "2027-01-07 16:30")]
    // Easter 2027: långfredagen 26 March, annandag 29 March; summer time begins on Easter Day, the 28th.
    [InlineData("2027-03-25 10:00", false, "2027-03-30 16:30")]
    // The change back to winter time, 25 October 2026.
    [InlineData("2026-10-23 16:00", false, "2026-10-26 16:30")]
    // Kristi himmelsfärdsdag, nationaldagen on a Saturday, midsommar.
    [InlineData("2026-05-13 10:00", false, "2026-05-15 16:30")]
    [InlineData("2026-06-05 10:00", false, "2026-06-08 16:30")]
    [InlineData("2026-06-18 10:00", false, "2026-06-22 16:30")]
    // In the middle of July: vacation is no excuse (JO 4209-09).
    [InlineData("2026-07-15 10:00", false, "2026-07-16 16:30")]
    // A secrecy test may take three weekdays, and no more.
    [InlineData("2026-11-24 09:00", true, "2026-11-27 16:30")]
    [InlineData("2026-12-22 09:00", true, "2026-12-29 16:30")]
    [Trait("Requirement", "R-10")]
    public void ends_when_the_office_closes(string received, bool secrecy, string due) => Assert.Equal(At(due), Of(received, received, secrecy: secrecy).Due);

    [Theory]
    [InlineData("2026-11-24 09:00", "2026-11-24 16:30")]
    [InlineData("2026-11-24 12:30", "2026-11-24 16:30")]
    // Less than four hours are left.
    [InlineData("2026-11-24 12:31", null)]
    // Came in at night: the whole of the next day the office is open.
    [InlineData("2026-11-24 03:00", "2026-11-24 16:30")]
    [InlineData("2026-11-24 20:00", "2026-11-25 16:30")]
    [InlineData("2026-11-28 20:00", "2026-11-30 16:30")]
    public void asks_for_the_simple_the_same_day(string received, string? by) => Assert.Equal(by is null ? null : At(by), Of(received, received).SameDayBy);

    [Theory]
    [InlineData("2026-11-24 09:00", "2026-11-24 10:00", PaceStanding.DueToday)]
    [InlineData("2026-11-24 15:00", "2026-11-24 16:00", PaceStanding.OnTime)]
    [InlineData("2026-11-24 15:00", "2026-11-25 08:00", PaceStanding.DueToday)]
    [InlineData("2026-11-24 15:00", "2026-11-25 16:31", PaceStanding.Overdue)]
    [InlineData("2026-11-27 15:00", "2026-11-29 12:00", PaceStanding.OnTime)]
    public void says_how_it_stands(string received, string now, PaceStanding standing) => Assert.Equal(standing, Of(received, now).Standing);

    [Theory]
    [InlineData("2026-11-24 09:00", "2026-11-25 16:30", PaceStanding.AnsweredInTime, 16.0)]
    [InlineData("2026-11-24 09:00", "2026-11-26 08:00", PaceStanding.AnsweredLate, 16.0)]
    [InlineData("2026-11-27 16:00", "2026-11-30 09:00", PaceStanding.AnsweredInTime, 1.5)]
    // Given out in the evening: nobody was at work.
    [InlineData("2026-11-24 17:00", "2026-11-24 19:00", PaceStanding.AnsweredInTime, 0.0)]
    public void stops_at_the_answer(string received, string answered, PaceStanding standing, double hours)
    {
        var pace = Of(received, "2027-06-01 12:00", answered);
        Assert.Equal((standing, hours, TimeSpan.Zero), (pace.Standing, pace.Worked.TotalHours, pace.Left));
    }

    [Fact]
    public void stands_still_while_the_asker_is_waited_for()
    {
        // Half past two on Tuesday until half past two on Thursday: seventeen open hours.
        ClockPause pause = new(PauseReason.Clarification, At("2026-11-24 14:30"), At("2026-11-26 14:30"));
        var pace = Of("2026-11-24 09:00", "2026-11-26 15:00", pauses: pause);
        Assert.Equal((At("2026-11-27 16:30"), PaceStanding.DueToday, 6.0), (pace.Due, pace.Standing, pace.Worked.TotalHours));
        Assert.Contains(pace.Reasons, r => r.Contains("förtydligande", StringComparison.Ordinal));

        var waiting = Of("2026-11-24 09:00", "2026-11-26 15:00", pauses: pause with { Until = null });
        Assert.Equal(PaceStanding.Paused, waiting.Standing);
        Assert.Equal(PaceStanding.Overdue, Of("2026-11-24 09:00", "2026-11-27 15:00", pauses: new ClockPause(PauseReason.Fee, At("2026-11-26 09:00"), null)).Standing);
    }

    [Fact]
    public void mends_nothing_that_is_late_already() =>
        Assert.Equal(At("2026-11-25 16:30"), Of("2026-11-24 09:00", "2026-12-01 09:00", pauses: new ClockPause(PauseReason.Clarification, At("2026-11-26 09:00"), At("2026-11-30 09:00"))).Due);

    [Fact]
    public void says_why()
    {
        var pace = Of("2026-12-23 18:00", "2026-12-29 09:00", open: true);
        Assert.Contains(pace.Reasons, r => r.Contains("stängt: klockan går från 2026-12-28", StringComparison.Ordinal));
        Assert.Contains(pace.Reasons, r => r.Contains("2026-12-24 är julafton", StringComparison.Ordinal));
        Assert.Contains(pace.Reasons, r => r.Contains("borde ha besvarats samma dag", StringComparison.Ordinal));
    }

    [Theory]
    // Skärtorsdagen 2027, trettondagsafton, and the day before alla helgons dag 2026.
    [InlineData("2027-03-24 10:00", "2027-03-25 12:00")]
    [InlineData("2027-01-04 10:00", "2027-01-05 12:00")]
    [InlineData("2026-10-29 10:00", "2026-10-30 12:00")]
    [InlineData("2026-04-29 10:00", "2026-04-30 12:00")]
    [InlineData("2026-11-24 10:00", "2026-11-25 16:30")]
    public void ends_at_noon_on_half_days_where_the_policy_says_so(string received, string due) => Assert.Equal(At(due), Of(received, received, policy: HalfDays).Due);

    [Theory]
    [InlineData("disclosure.officeHours", "16:30-08:00")]
    [InlineData("disclosure.halfDayCloses", "noon")]
    [InlineData("disclosure.sameDayHours", "25")]
    [InlineData("disclosure.minDeciders", "0")]
    [InlineData("clock.disclosureSecrecy", "soon")]
    [InlineData("disclosure.register", "never")]
    [InlineData("disclosure.retention", "P")]
    public void refuses_a_policy_it_cannot_read(string key, string value) => Assert.Equal("policy-value-unknown", PolicyKeys.Check(key, value)?.Code);

    [Fact]
    public void a_later_start_never_ends_earlier()
    {
        var clock = DisclosureClock.Of(HalfDays);
        var last = DateTimeOffset.MinValue;
        for (var at = At("2026-12-20 00:00"); at < At("2027-01-12 00:00"); at = at.AddMinutes(37))
        {
            var due = clock.At(new(at, null, false, false, []), at).Due;
            Assert.True(due >= last && due > at, $"{at}");
            last = due;
        }
    }
}

public sealed class Working_hours
{
    private static readonly WorkingHours Office = WorkingHours.Usual;

    private static DateTimeOffset At(string local) => Swedish.At(DateOnly.Parse(local[..10]), TimeOnly.Parse(local[11..]));

    [Theory]
    [InlineData("2026-11-24 08:00", "2026-11-24 16:30", 8.5)]
    [InlineData("2026-11-27 12:00", "2026-11-30 12:00", 8.5)]
    [InlineData("2026-12-23 08:00", "2026-12-28 08:00", 8.5)]
    [InlineData("2026-12-31 08:00", "2027-01-01 23:00", 0.0)]
    [InlineData("2026-11-24 12:00", "2026-11-24 12:00", 0.0)]
    public void between_two_moments(string from, string to, double hours) => Assert.Equal(hours, Office.Between(At(from), At(to)).TotalHours);

    [Theory]
    [InlineData("2026-11-27 16:00", 1, "2026-11-30 08:30")]
    [InlineData("2026-11-27 16:30", 0, "2026-11-27 16:30")]
    [InlineData("2026-11-24 07:00", 8.5, "2026-11-24 16:30")]
    [InlineData("2026-10-23 12:00", 9, "2026-10-26 12:30")]
    public void after_so_many(string from, double hours, string to) => Assert.Equal(At(to), Office.After(At(from), TimeSpan.FromHours(hours)));

    [Fact]
    public void are_lived_hours_when_the_clock_is_changed()
    {
        // An office that is open at night on a weekday never meets the change, which comes on a Sunday; what is counted is instants all the same.
        Assert.Equal(TimeSpan.FromHours(47), Swedish.At(new(2027, 3, 29), new(12, 0)) - Swedish.At(new(2027, 3, 27), new(12, 0)));
        Assert.Equal(At("2027-03-30 08:00"), Office.Start(At("2027-03-25 16:30")));
    }
}
