using ArchiveService.Capture;
using ArchiveService.Features.ByHand;
using ArchiveService.Features.Deliveries;

namespace ArchiveService.Tests.ByHand;

public sealed class Writing_an_item_down
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private static readonly ByHandContext Context = new("facebook", "1001", "fresh-1", Now);

    private static readonly CaptureByHand Given = new("comment", "Nils Låtsasson", null, null, false, "Hej", null, null, null, null, false, null, null, "Siv", null, null, false);

    [Fact]
    public void The_whole_form_becomes_an_act()
    {
        var act = (Given with { Permalink = "https://Exempel.invalid/p/7/#svar", Day = "2026-03-01", Clock = "12:30", Certainty = "inferred", Audience = "followers" }).Decide(Context, 0).Act!;

        Assert.Equal((ActKind.Create, ItemKind.Comment, "https://exempel.invalid/p/7", "url"), (act.Act, act.Kind, act.NativeId, act.IdKind));
        Assert.Equal((new DateTimeOffset(2026, 3, 1, 11, 30, 0, TimeSpan.Zero), Certainty.Inferred, Audience.Followers), (act.OccurredAt, act.Certainty, act.Audience));
        Assert.Equal([ActFlags.ByHand], act.Flags);
    }

    [Theory]
    [InlineData("native-7", null, "facebook", "native", "native-7")]
    [InlineData("https://x.exempel/1", null, "mastodon", "uri", "https://x.exempel/1")]
    [InlineData(null, "https://exempel.invalid/a", "facebook", "url", "https://exempel.invalid/a")]
    [InlineData(null, null, "facebook", "by-hand", "fresh-1")]
    public void The_platforms_own_id_wins_over_the_address_and_the_address_over_one_made_here(string? id, string? link, string platform, string kind, string native)
    {
        var command = Given with { NativeId = id, Permalink = link };
        var context = Context with { Platform = platform };

        var act = command.Decide(context, 0).Act!;

        Assert.Equal((kind, native), (act.IdKind, act.NativeId));
        Assert.Contains((kind, native), command.Identities(context));
        Assert.Equal(kind == "by-hand", act.Flags.Contains(ActFlags.SyntheticId));
    }

    [Theory]
    [InlineData(null, null, null, true, true)]
    [InlineData("2026-03-01", null, "2026-02-28T23:00:00Z", false, true)]
    [InlineData("2026-03-01", "12:30", "2026-03-01T11:30:00Z", true, true)]
    [InlineData("2025-10-26", "02:30", "2025-10-26T00:30:00Z", false, false)]
    public void A_time_is_swedish_and_what_is_not_known_of_it_is_said(string? day, string? clock, string? utc, bool uncertain, bool flagged)
    {
        var act = (Given with { Day = day, Clock = clock, TimeUncertain = uncertain }).Decide(Context, 0).Act!;

        Assert.Equal(utc is null ? null : DateTimeOffset.Parse(utc, System.Globalization.CultureInfo.InvariantCulture), act.OccurredAt);
        Assert.Equal(flagged, act.Flags.Contains(ActFlags.TimeUncertain));
    }

    public static TheoryData<string, CaptureByHand> Refused => new()
    {
        { "kind-unknown", Given with { Kind = "tweet" } },
        { "content-missing", Given with { Text = " " } },
        { "seen-by-missing", Given with { SeenBy = null } },
        { "audience-unknown", Given with { Audience = "vänner" } },
        { "certainty-unknown", Given with { Certainty = "kanske" } },
        { "permalink-unreadable", Given with { Permalink = "javascript:alert(1)" } },
        { "time-unreadable", Given with { Day = "igår" } },
        { "time-unreadable", Given with { Clock = "12:30" } },
        { "time-unreadable", Given with { Day = "2026-04-01" } },
        { "time-unreadable", Given with { Day = "1976-04-01" } },
        { "seen-day-unreadable", Given with { SeenDay = "2026-03-09" } },
        { "value-too-long", Given with { AuthorName = new string('x', 501) } },
        { "note-too-long", Given with { Note = new string('x', 5001) } },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_cannot_be_kept_is_refused_with_what_to_do(string code, CaptureByHand command) => Assert.Equal(code, command.Decide(Context, 0).Refused!.Code);

    [Fact]
    public void A_screenshot_is_enough() => Assert.Null((Given with { Text = null }).Decide(Context, 1).Refused);

    [Fact]
    public void The_channels_own_account_comes_from_the_register()
    {
        Assert.Equal("1001", (Given with { Own = true }).Decide(Context, 0).Act!.Author!.NativeId);
        Assert.Equal("own-account-unknown", (Given with { Own = true }).Decide(Context with { OwnAccount = null }, 0).Refused!.Code);
    }

    [Fact]
    public void The_delivery_says_the_same_again_and_its_form_alone_is_the_verbatim_slice()
    {
        var command = Given with { Own = true, Day = "2026-03-01", Note = "Sett i mobilen" };
        var act = command.Decide(Context, 1).Act!;
        var body = command.Body(act, [new("skärm.png", [1, 2, 3])]);

        var read = Assert.IsType<ReadAct.Accepted>(Assert.Single(new ByHandReader().Read(body, new DeliveryContext(CaptureByHand.Form), Now.AddDays(9)))).Act;

        Assert.Equal((act.NativeId, act.IdKind, act.Author, act.OccurredAt, act.ObservedAt), (read.NativeId, read.IdKind, read.Author, read.OccurredAt, read.ObservedAt));
        Assert.Equal(new byte[] { 1, 2, 3 }, Assert.Single(read.Attachments).Content!.Value.ToArray());
        var raw = System.Text.Encoding.UTF8.GetString(read.Raw.Span);
        Assert.Contains("Sett i mobilen", raw, StringComparison.Ordinal);
        Assert.DoesNotContain("contentBase64", raw, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"form":{},"nativeId":"1","idKind":"native","ownAccount":null,"at":"2026-03-01T00:00:00Z","files":[]}""")]
    public void A_delivery_that_cannot_be_read_is_refused_and_not_thrown(string body) =>
        Assert.IsType<ReadAct.Rejected>(Assert.Single(new ByHandReader().Read(System.Text.Encoding.UTF8.GetBytes(body), new DeliveryContext(CaptureByHand.Form), Now)));
}
