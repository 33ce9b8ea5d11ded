using ArchiveService.EventStore;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Sources;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Tests.Sources;

public sealed class Deciding_on_a_source
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);
    private static readonly Channel Channel = new(Guid.Parse("0195aaaa-0000-7000-8000-00000000000b"), Guid.Parse("0195aaaa-0000-7000-8000-00000000000a"), "mastodon", [], null);
    private static readonly SourceMeans Means = new(new HashSet<string> { "mastodon", "facebook" }, new HashSet<string> { "mastodon" });
    private static readonly SetUpSource Command = new("https://social.example", "kommun");

    private static SourceState State(params SealableEvent[] events)
    {
        var version = 0L;
        return SourceState.From([.. events.Select(e => new Recorded(++version, Guid.CreateVersion7(Now), Channel.Id, version, "", e, Now, "system", null, null, null))]);
    }

    private static SourceSetUp SetUp(bool enabled = true) => new(Channel.Authority, Channel.Id, "poll", 15, enabled, 4);

    [Fact]
    public void Where_and_how_it_is_asked_stands_in_the_event_and_the_place_sealed_beside_it()
    {
        var happened = Assert.Single(Command.Decide(Channel, Means, new(false), 4).Events);

        Assert.Equal(new SourceSetUp(Channel.Authority, Channel.Id, "poll", 15, true, 4), happened.Event);
        Assert.Equal((KeyClass.Channel, "https://social.example", "kommun"), (happened.Under, happened.Parts!["address"], happened.Parts["account"]));
    }

    [Theory]
    [InlineData("http://social.example", "kommun", "poll", 15, "source-address")]
    [InlineData("https://user:pass@social.example", "kommun", "poll", 15, "source-address")]
    [InlineData("https://social.example?x=1", "kommun", "poll", 15, "source-address")]
    [InlineData("social.example", "kommun", "poll", 15, "source-address")]
    [InlineData("https://social.example", " ", "poll", 15, "source-account")]
    [InlineData("https://social.example", "två ord", "poll", 15, "source-account")]
    [InlineData("https://social.example", "kommun", "push", 15, "source-means")]
    [InlineData("https://social.example", "kommun", "poll", 0, "source-interval")]
    [InlineData("https://social.example", "kommun", "poll", 1441, "source-interval")]
    public void What_cannot_be_asked_is_refused(string address, string account, string how, int minutes, string code) =>
        Assert.Equal(code, new SetUpSource(address, account, how, minutes).Decide(Channel, Means, new(false), 4).Refused?.Code);

    [Fact]
    public void A_platform_that_nobody_can_ask_and_a_closed_channel_are_refused()
    {
        Assert.Equal("source-platform", Command.Decide(Channel with { Platform = "tiktok" }, Means, new(false), 4).Refused?.Code);
        Assert.Equal("source-means", (Command with { Means = "stream" }).Decide(Channel with { Platform = "facebook" }, Means, new(false), 4).Refused?.Code);
        Assert.Equal("channel-closed", Command.Decide(Channel with { ClosedAt = Now }, Means, new(false), 4).Refused?.Code);
        Assert.Null((Command with { Address = "http://10.0.0.1" }).Decide(Channel, Means, new(AllowPrivate: true), 4).Refused);
    }

    [Fact]
    public void The_token_is_in_no_event_and_in_no_text_of_the_command()
    {
        var command = new SetCredential("hemlig-nyckel-1");

        var happened = Assert.Single(command.Decide(Channel, State(SetUp()), 4).Events);

        Assert.Null(happened.Parts);
        Assert.DoesNotContain("hemlig", $"{command} {happened.Event}", StringComparison.Ordinal);
        Assert.Equal(new SourceCredentialSet(Channel.Authority, Channel.Id, false, 4), happened.Event);
        Assert.Equal("source-unknown", command.Decide(Channel, SourceState.None, 4).Refused?.Code);
        Assert.Equal("source-token", new SetCredential("två ord med mellanrum").Decide(Channel, State(SetUp()), 4).Refused?.Code);
        Assert.Equal("source-no-token", SourceDecisions.RemoveCredential(Channel, State(SetUp()), 4).Refused?.Code);
    }

    [Fact]
    public void It_is_paused_and_resumed_once()
    {
        Assert.Equal("source-running", SourceDecisions.Resume(Channel, State(SetUp()), 4).Refused?.Code);
        Assert.IsType<SourcePaused>(Assert.Single(SourceDecisions.Pause(Channel, State(SetUp()), 4).Events).Event);
        Assert.Equal("source-paused", SourceDecisions.Pause(Channel, State(SetUp(), new SourcePaused(Channel.Authority, Channel.Id, 4)), 4).Refused?.Code);
    }

    [Fact]
    public void A_dead_token_stops_it_at_once_and_is_told_once()
    {
        var alarm = SourceDecisions.Alarm(Channel, State(SetUp()), "token-dead", 1)!;

        Assert.True(alarm.Stopped);
        var stopped = State(SetUp(), alarm);
        Assert.True(stopped.Stopped);
        Assert.Null(SourceDecisions.Alarm(Channel, stopped, "token-dead", 2));
        var renewed = State(SetUp(), alarm, new SourceCredentialSet(Channel.Authority, Channel.Id, true, 4));
        Assert.False(renewed.Stopped);
        Assert.Equal("token-dead", renewed.Alarm);
        Assert.Equal("token-dead", SourceDecisions.Recovery(Channel, renewed)!.Problem);
        Assert.Null(State(SetUp(), alarm, new SourceRecovered(Channel.Authority, Channel.Id, "token-dead")).Alarm);
    }

    [Fact]
    public void What_lasts_is_told_and_what_passes_is_not()
    {
        Assert.Null(SourceDecisions.Alarm(Channel, State(SetUp()), "unreachable", 4));
        Assert.False(SourceDecisions.Alarm(Channel, State(SetUp()), "unreachable", 5)!.Stopped);
        Assert.Null(SourceDecisions.Alarm(Channel, State(SetUp()), "throttled", 50));
        Assert.Null(SourceDecisions.Recovery(Channel, State(SetUp())));
    }

    [Fact]
    public void It_waits_longer_the_longer_it_fails_and_never_less_than_it_was_told()
    {
        Assert.Equal(Now.AddMinutes(15), SourceDecisions.Next(Now, 15, 0, null));
        Assert.Equal([1, 2, 4, 8, 16], Enumerable.Range(1, 5).Select(failures => (int)(SourceDecisions.Next(Now, 15, failures, null) - Now).TotalMinutes));
        Assert.Equal(Now.AddHours(6), SourceDecisions.Next(Now, 15, 1000, null));
        Assert.Equal(Now.AddMinutes(3), SourceDecisions.Next(Now, 15, 1, Now.AddMinutes(3)));
        Assert.Equal(Now.AddHours(24), SourceDecisions.Next(Now, 15, 1, Now.AddYears(1)));
        Assert.True(SourceDecisions.Next(Now, 15, 1, Now.AddYears(-1)) > Now);
    }
}
