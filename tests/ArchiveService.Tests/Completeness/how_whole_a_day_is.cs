using ArchiveService.EventStore;
using ArchiveService.Features.Completeness;
using ArchiveService.Features.Sources;
using Xunit;

namespace ArchiveService.Tests.Completeness;

/// <summary>The ledger's decisions: observed, inferred, gap with a reason (capture formats §0.4).</summary>
public sealed class How_whole_a_day_is
{
    private static readonly DateOnly Day = new(2026, 11, 20);
    private static readonly Span Frame = new(At(0), At(24));
    private static readonly DateTimeOffset Later = At(24 * 10);

    private static readonly DayFacts Unknown = new(Day, Frame, new(At(-1000), DateTimeOffset.MaxValue), HasSource: false, [], [], null, [], 0, [], []);

    private static readonly DayFacts Streamed = Unknown with { HasSource = true, Running = [new(new(At(-100), At(300)), "stream")] };

    [Fact]
    public void A_channel_that_was_not_in_the_register_has_no_such_day()
    {
        Assert.Null(DayStanding.Of(Unknown with { Life = new(At(30), DateTimeOffset.MaxValue) }, Later));
        Assert.Null(DayStanding.Of(Unknown with { Life = new(At(-1000), At(-5)) }, Later));
        Assert.Null(DayStanding.Of(Unknown, At(-1)));
    }

    [Fact]
    public void Without_a_source_the_day_is_a_gap_and_says_so() =>
        Assert.Equal(new(Coverage.Gap, "no-source", TimeSpan.FromHours(24)), DayStanding.Of(Unknown, Later));

    [Fact]
    public void A_stream_that_ran_all_day_has_seen_it() => Assert.Equal(Coverage.Observed, DayStanding.Of(Streamed, Later)!.Coverage);

    [Fact]
    public void What_a_platform_sends_by_itself_is_seen_until_it_is_found_not_to_send()
    {
        Assert.Equal(Coverage.Observed, DayStanding.Of(Unknown with { Webhooks = 1 }, Later)!.Coverage);
        Assert.Equal(new(Coverage.Gap, "not-subscribed", TimeSpan.FromHours(2)), DayStanding.Of(Unknown with { Webhooks = 1, Unsubscribed = [new(At(3), At(5))] }, Later));
    }

    [Fact]
    public void A_broken_stream_is_a_gap_until_what_happened_was_asked_for()
    {
        var broken = Streamed with { StreamGaps = [new(At(10), At(11.5))] };
        Assert.Equal(new(Coverage.Gap, "stream-broken", TimeSpan.FromHours(1.5)), DayStanding.Of(broken, Later));
        Assert.Equal(new(Coverage.Gap, "stream-broken", TimeSpan.FromHours(0.5)), DayStanding.Of(broken with { AskedUntil = At(11) }, Later));
        Assert.Equal(Coverage.Inferred, DayStanding.Of(broken with { AskedUntil = At(12) }, Later)!.Coverage);
    }

    [Fact]
    public void What_polls_fetched_is_inferred_and_what_they_have_not_reached_is_missing()
    {
        var polled = Unknown with { HasSource = true, Running = [new(new(At(-100), At(300)), "poll")] };
        Assert.Equal(Coverage.Inferred, DayStanding.Of(polled with { AskedUntil = At(25) }, Later)!.Coverage);
        Assert.Equal(new(Coverage.Gap, "not-asked", TimeSpan.FromHours(4)), DayStanding.Of(polled with { AskedUntil = At(20) }, Later));
        Assert.Equal("source-stopped", DayStanding.Of(polled with { Running = [new(new(At(-100), At(-5)), "poll")] }, Later)!.Reason);
    }

    [Fact]
    public void A_token_that_was_lost_is_said_before_anything_else()
    {
        var stopped = Unknown with { HasSource = true, Running = [new(new(At(-100), At(9)), "poll")], AskedUntil = At(8), TokenLost = [new(At(9), At(60))] };
        Assert.Equal(new(Coverage.Gap, "token-lost", TimeSpan.FromHours(16)), DayStanding.Of(stopped, Later));
        Assert.Equal(Coverage.Inferred, DayStanding.Of(stopped with { AskedUntil = At(70) }, Later)!.Coverage);
    }

    [Fact]
    public void A_token_is_lost_from_the_alarm_until_another_is_given_or_the_source_answers()
    {
        Recorded Told(int hour, SourceEvent e) => new(hour, Guid.CreateVersion7(), Guid.CreateVersion7(), hour, "source", e, At(hour), "somebody", null, null, null);
        var (authority, channel) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        Assert.Equal([new(At(2), At(5)), new(At(9), At(24))], SourceTimes.WithoutToken(
            [
                Told(1, new SourceSetUp(authority, channel, "poll", 15, true, 1)), Told(2, new SourceAlarmRaised(authority, channel, "token-dead", true)), Told(5, new SourceCredentialSet(authority, channel, true, 1)),
                Told(7, new SourceAlarmRaised(authority, channel, "unreachable", false)), Told(9, new SourceAlarmRaised(authority, channel, "token-dead", true)),
            ], At(24)));
    }

    [Fact]
    public void A_script_may_say_that_it_sent_everything() =>
        Assert.Equal(new(Coverage.Gap, "no-source", TimeSpan.FromHours(1)), DayStanding.Of(Unknown with { Told = [new(At(-3), At(12)), new(At(13), At(40))] }, Later));

    [Fact]
    public void An_untrusted_time_wins_over_everything() =>
        Assert.Equal(new(Coverage.Untrusted, null, TimeSpan.FromHours(6)), DayStanding.Of(Streamed with { Untrusted = [new(At(18), At(99))] }, Later));

    [Fact]
    public void Only_the_part_of_the_day_that_has_been_counts() =>
        Assert.Equal(TimeSpan.FromHours(5), DayStanding.Of(Unknown, At(5))!.Missing);

    [Fact]
    public void A_channel_falls_silent_when_its_longest_usual_pause_is_passed_many_times()
    {
        DateTimeOffset[] daily = [.. Enumerable.Range(0, 30).Select(n => At(-24 * n))];
        Assert.Null(Silence.Of(daily, At(24 * 3)));
        Assert.Equal(TimeSpan.FromDays(4), Silence.Of(daily, At(24 * 5)));
        Assert.Null(Silence.Of(daily[..10], At(24 * 400)));
        DateTimeOffset[] hourly = [.. Enumerable.Range(0, 100).Select(n => At(-n))];
        Assert.Null(Silence.Of(hourly, At(40)));
        Assert.Equal(TimeSpan.FromDays(2), Silence.Of(hourly, At(49)));
    }

    [Fact]
    public void Absent_is_not_deleted_until_two_readings_far_enough_apart_miss_it()
    {
        Assert.False(Absence.IsWorthAsking(1));
        Assert.True(Absence.IsWorthAsking(2));
        Assert.True(Absence.IsIndependent(null, At(0)));
        Assert.False(Absence.IsIndependent(At(0), At(0.9)));
        Assert.True(Absence.IsIndependent(At(0), At(1)));
    }

    [Fact]
    public void Stretches_of_time_are_cut_and_split()
    {
        Span[] day = [new(At(0), At(10))];
        Assert.Equal([new Span(At(0), At(2)), new Span(At(3), At(10))], day.Without([new(At(2), At(3))]));
        Assert.Empty(day.Without([new(At(-1), At(11))]));
        Assert.Equal([new Span(At(5), At(10))], day.Without([new(At(-1), At(5))]));
        Assert.Equal(day, day.Without([new(At(10), At(12)), new(At(4), At(4))]));
        Assert.Equal(TimeSpan.FromHours(3), day.Within(new(At(7), At(90))).Total());
    }

    [Fact]
    public void A_month_is_shown_in_whole_weeks_from_Monday()
    {
        var weeks = CalendarWeek.Of(new(2026, 11, 1), new Dictionary<DateOnly, ChannelDay>());
        Assert.Equal([44, 45, 46, 47, 48, 49], weeks.Select(w => w.Number));
        Assert.Equal(new DateOnly(2026, 11, 1), weeks[0].Days[6].Day);
        Assert.Null(weeks[0].Days[5].Day);
        Assert.Equal(new DateOnly(2026, 11, 30), weeks[^1].Days[0].Day);
        Assert.Equal(30, weeks.SelectMany(w => w.Days).Count(d => d.Day is not null));
    }

    private static DateTimeOffset At(double hours) => new DateTimeOffset(2026, 11, 20, 0, 0, 0, TimeSpan.FromHours(1)).AddHours(hours);
}
