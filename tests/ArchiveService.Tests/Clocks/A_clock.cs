using System.Globalization;
using ArchiveService.Features.Clocks;
using ArchiveService.Features.PageParts;

namespace ArchiveService.Tests.Clocks;

public sealed class A_clock
{
    public static TheoryData<string> All => ["PT1H", "PT24H", "PT48H", "PT24H-weekdays", "PT72H-weekdays", "P1D", "P3D", "P1D-weekdays", "P5D-weekdays"];

    /// <summary>Local time as people write it; the second of the two hours in October with "b" after.</summary>
    private static DateTimeOffset At(string local)
    {
        var twice = local.EndsWith('b');
        var time = DateTime.ParseExact(local.TrimEnd('b'), "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Stockholm");
        return new(time, zone.IsAmbiguousTime(time) ? zone.GetAmbiguousTimeOffsets(time).Order().ElementAt(twice ? 0 : 1) : zone.GetUtcOffset(time));
    }

    [Theory]
    [InlineData("2026-11-26 15:00", "2026-11-27 15:00")]
    [InlineData("2026-11-27 15:00", "2026-11-30 15:00")]
    [InlineData("2026-11-28 10:00", "2026-12-01 00:00")]
    [InlineData("2026-11-29 23:59", "2026-12-01 00:00")]
    [InlineData("2026-11-27 00:00", "2026-11-28 00:00")]
    [InlineData("2026-12-23 16:30", "2026-12-28 16:30")]
    [InlineData("2026-12-30 09:00", "2027-01-04 09:00")]
    [InlineData("2026-04-02 12:00", "2026-04-07 12:00")]
    [InlineData("2026-06-18 12:00", "2026-06-22 12:00")]
    // Over both changes of the clock: 24 hours of weekdays, Friday to Monday at the same time of day.
    [InlineData("2026-03-27 15:00", "2026-03-30 15:00")]
    [InlineData("2026-10-23 15:00", "2026-10-26 15:00")]
    [InlineData("2026-03-29 01:30", "2026-03-31 00:00")]
    [InlineData("2026-10-25 02:30", "2026-10-27 00:00")]
    [Trait("Requirement", "V-03")]
    public void counts_24_hours_on_weekdays_V03(string since, string due) => Assert.Equal(At(due), Clock.Parse("PT24H-weekdays")!.Due(At(since)));

    [Theory]
    [InlineData("2026-03-28 12:00", "2026-03-29 13:00")]
    [InlineData("2026-10-24 12:00", "2026-10-25 11:00")]
    [InlineData("2026-10-25 02:30", "2026-10-26 01:30")]
    [InlineData("2026-10-25 02:30b", "2026-10-26 02:30")]
    [Trait("Requirement", "T-21")]
    public void counts_hours_as_they_pass_on_the_nights_the_clocks_change(string since, string due) => Assert.Equal(At(due), Clock.Parse("PT24H")!.Due(At(since)));

    [Theory]
    [InlineData("2026-11-27 08:00", "2026-11-29 00:00")]
    [InlineData("2026-12-24 08:00", "2026-12-26 00:00")]
    [InlineData("2026-03-28 23:59", "2026-03-30 00:00")]
    [InlineData("2026-10-24 00:00", "2026-10-26 00:00")]
    [Trait("Requirement", "H-09")]
    public void ends_with_the_next_day_whatever_day_it_is_H09(string since, string due) => Assert.Equal(At(due), Clock.Parse("P1D")!.Due(At(since)));

    [Theory]
    [InlineData("P1D-weekdays", "2026-11-27 08:00", "2026-12-01 00:00")]
    [InlineData("P1D-weekdays", "2026-11-28 08:00", "2026-12-01 00:00")]
    [InlineData("P2D-weekdays", "2026-12-22 08:00", "2026-12-29 00:00")]
    public void counts_weekdays(string written, string since, string due) => Assert.Equal(At(due), Clock.Parse(written)!.Due(At(since)));

    [Fact]
    [Trait("Requirement", "T-14")]
    [Trait("Requirement", "R-11")]
    public void never_runs_for_what_is_secret() => Assert.Equal(At("2026-11-28 03:00"), ChannelClocks.Secrecy.Due(At("2026-11-28 03:00")));

    [Theory]
    [MemberData(nameof(All))]
    public void never_ends_earlier_when_it_begins_later_and_never_before_it_begins(string written)
    {
        var clock = Clock.Parse(written)!;
        var before = DateTimeOffset.MinValue;
        for (var since = At("2024-12-01 00:00"); since < At("2028-01-15 00:00"); since = since.AddMinutes(47))
        {
            var due = clock.Due(since);
            Assert.True(due >= before && due > since, $"{written} from {since:o} is due {due:o}, after {before:o}.");
            before = due;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void can_be_turned_around(string written)
    {
        var clock = Clock.Parse(written)!;
        for (var now = At("2026-03-20 00:00"); now < At("2027-01-15 00:00"); now = now.AddMinutes(1237))
        {
            var latest = clock.LatestDueBy(now);
            Assert.True(clock.Due(latest) <= now, $"{written}: what began {latest:o} is not due at {now:o}.");
            Assert.True(clock.Due(latest.AddMicroseconds(1)) > now, $"{written}: what began just after {latest:o} is due at {now:o} too.");
        }
    }

    /// <summary>Counted in another way: minute by minute.</summary>
    [Fact]
    [Trait("Requirement", "V-03")]
    public void counts_the_same_as_somebody_who_counts_every_minute()
    {
        for (var since = At("2026-03-01 00:13"); since < At("2027-01-10 00:00"); since = since.AddHours(29))
        {
            var (at, left) = (since, 24 * 60);
            while (left > 0)
            {
                if (SwedishCalendar.IsWeekday(Swedish.Day(at))) left--;
                at = at.AddMinutes(1);
            }

            Assert.Equal(at, Clock.Parse("PT24H-weekdays")!.Due(since));
        }
    }

    [Theory]
    [InlineData("promptly")]
    [InlineData("P0D")]
    [InlineData("PT0H")]
    [InlineData("P1H")]
    [InlineData("PT1D")]
    [InlineData("P9999D")]
    [InlineData("P1D-weekday")]
    [InlineData(" P1D")]
    [InlineData("")]
    public void is_not_read_from_anything_else(string written) => Assert.Null(Clock.Parse(written));

    [Theory]
    [MemberData(nameof(All))]
    public void is_written_as_it_was_read(string written) => Assert.Equal(written, Clock.Parse(written)!.Written);
}
