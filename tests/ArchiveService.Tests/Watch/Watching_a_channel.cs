using ArchiveService.Features.Channels;
using ArchiveService.Features.Clocks;
using ArchiveService.Features.Watch;
using ArchiveService.Tests.Records;

namespace ArchiveService.Tests.Watch;

public sealed class Watching_a_channel
{
    private static readonly Guid Ada = new("0199aaaa-0000-7000-8000-00000000000a");
    private static readonly Guid Bo = new("0199aaaa-0000-7000-8000-00000000000b");
    private static readonly DateOnly Friday = new(2026, 11, 27);
    private static readonly Channel Channel = new(Given.Channel, Given.Authority, "facebook", [], null);
    private static readonly DayOfWeek[] Weekdays = [DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday];

    private static WatchedChannel Watched(string preset) => new(
        Given.Channel, Given.Authority, "KS", "Kommunstyrelsen", "facebook", null, Given.Noon, null, ChannelClocks.Of(Given.PolicyOf(preset), WatchPlan.None));

    private static Rota Rota(params Absence[] absences) => new([new(Guid.Empty, Ada, Friday.AddDays(-30), null, Weekdays)], absences);

    [Fact]
    [Trait("Requirement", "H-09")]
    public void shows_unwatched_weekends_where_the_guideline_says_daily()
    {
        var watched = Enumerable.Range(1, 14).Select(n => Friday.AddDays(-n)).Where(SwedishCalendar.IsWeekday).ToHashSet();

        Assert.Equal([new DateOnly(2026, 11, 22), new DateOnly(2026, 11, 21), new DateOnly(2026, 11, 15), new DateOnly(2026, 11, 14)],
            WatchStanding.Of(Watched("herrljunga"), Rota(), watched, new(2026, 1, 1), Friday).Unwatched);
        Assert.Empty(WatchStanding.Of(Watched("norrkoping"), Rota(), watched, new(2026, 1, 1), Friday).Unwatched);
    }

    [Fact]
    public void asks_nothing_of_days_before_the_channel_was_there() => Assert.Empty(WatchStanding.Of(Watched("herrljunga"), Rota(), new HashSet<DateOnly>(), Friday, Friday).Unwatched);

    [Fact]
    [Trait("Requirement", "H-09")]
    public void shows_the_next_days_that_nobody_has() =>
        Assert.Equal([new DateOnly(2026, 11, 28), new DateOnly(2026, 11, 29)], WatchStanding.Of(Watched("herrljunga"), Rota(), new HashSet<DateOnly>(), Friday, Friday).Unstaffed.Take(2));

    [Fact]
    [Trait("Requirement", "H-07")]
    public void goes_to_the_substitute_while_somebody_is_away()
    {
        var rota = Rota(new Absence(Guid.Empty, Ada, Friday, Friday.AddDays(3), Bo));

        Assert.Equal([Bo], rota.WatchersOn(Friday));
        Assert.Equal([Ada], rota.WatchersOn(Friday.AddDays(4)));
        Assert.False(rota.LeftAlone(Friday));
    }

    [Fact]
    [Trait("Requirement", "R-08")]
    public void proposes_closing_when_somebody_is_away_and_nobody_stands_in()
    {
        var alone = WatchStanding.Of(Watched("trosa"), Rota(new Absence(Guid.Empty, Ada, Friday, Friday.AddDays(3), null)), new HashSet<DateOnly>(), Friday, Friday);
        Assert.True(alone.ProposesClosing);
        Assert.Equal([Friday, Friday.AddDays(3)], alone.LeftAlone);

        var bothAway = Rota(new Absence(Guid.Empty, Ada, Friday, Friday, Bo), new Absence(Guid.Empty, Bo, Friday, Friday, null));
        Assert.True(bothAway.LeftAlone(Friday));
        Assert.False(WatchStanding.Of(Watched("trosa"), Rota(), new HashSet<DateOnly>(), Friday, Friday).ProposesClosing);
    }

    [Fact]
    public void is_marked_for_days_that_have_been_and_once()
    {
        Assert.Equal("day-to-come", new KeepWatch(Friday.AddDays(1)).Decide(Channel, Friday, false, 3).Refused?.Code);
        Assert.Equal("day-too-old", new KeepWatch(Friday.AddDays(-8)).Decide(Channel, Friday, false, 3).Refused?.Code);
        Assert.Empty(new KeepWatch(Friday).Decide(Channel, Friday, true, 3).Events);
        Assert.Equal(Friday, ((WatchKept)Assert.Single(new KeepWatch(null).Decide(Channel, Friday, false, 3).Events).Event).Day);
    }

    [Fact]
    public void refuses_a_rota_that_cannot_be()
    {
        Assert.Equal("person-cannot-watch", new EnterRota(Ada, Friday, null, Weekdays).Decide(Channel, Guid.Empty, [Bo], 3).Refused?.Code);
        Assert.Equal("days-missing", new EnterRota(Ada, Friday, null, []).Decide(Channel, Guid.Empty, [Ada], 3).Refused?.Code);
        Assert.Equal("period", new EnterRota(Ada, Friday, Friday.AddDays(-1), Weekdays).Decide(Channel, Guid.Empty, [Ada], 3).Refused?.Code);
        Assert.Equal("not-on-rota", new EnterAbsence(Bo, Friday, Friday, null).Decide(Channel, Guid.Empty, [Ada, Bo], Rota(), 3).Refused?.Code);
        Assert.Equal("substitute-self", new EnterAbsence(Ada, Friday, Friday, Ada).Decide(Channel, Guid.Empty, [Ada, Bo], Rota(), 3).Refused?.Code);
        Assert.Equal("watch-interval", new PlanWatch(0, null).Decide(Channel, 3).Refused?.Code);
    }
}
