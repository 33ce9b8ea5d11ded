using System.Security.Cryptography;
using System.Text;
using ArchiveService.Capture.YouTube;

namespace ArchiveService.Capture.Tests.YouTube;

public sealed class Reading_websub
{
    private const string Feed = """
        <feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns="http://www.w3.org/2005/Atom"><title>x</title>
          <entry>
            <yt:videoId>vid</yt:videoId><yt:channelId>UC12</yt:channelId><title>Å &amp; ä</title>
            <link rel="alternate" href="http://www.youtube.com/watch?v=vid"/>
            <author><name>Kommunen</name><uri>http://www.youtube.com/channel/UC12</uri></author>
            <published>2026-03-09T19:05:24.552394234+00:00</published><updated>2026-03-09T19:06:24.552394234+00:00</updated>
          </entry>
        </feed>
        """;

    [Fact]
    [Trait("Requirement", "C5")]
    public void gives_a_film_that_is_new_or_changed()
    {
        var entry = Assert.Single(YouTubeWebSub.Read(Given.Utf8("\uFEFF<?xml version='1.0' encoding='UTF-8'?>\r\n" + Feed), Given.Now));
        var act = Assert.IsType<ReadAct.Accepted>(Assert.Single(entry.Acts)).Act;

        Assert.Equal(("UC12", ActKind.Create, ItemKind.Video, "vid"), (entry.ChannelId, act.Act, act.Kind, act.NativeId));
        Assert.Equal([ActFlags.ContentNotDelivered], act.Flags);
        Assert.Equal(new DateTimeOffset(2026, 3, 9, 19, 5, 24, TimeSpan.Zero), act.OccurredAt!.Value.AddTicks(-(act.OccurredAt.Value.Ticks % TimeSpan.TicksPerSecond)));
        var raw = Encoding.UTF8.GetString(act.Raw.Span);
        Assert.StartsWith("<entry>", raw, StringComparison.Ordinal);
        Assert.EndsWith("</entry>", raw, StringComparison.Ordinal);
        Assert.Contains("Å &amp; ä", raw, StringComparison.Ordinal);
        Assert.Equal(("Kommunen", "vid@2026-03-09T19:06:24.552394234+00:00"), (act.Author!.DisplayName, act.NativeEventId));
    }

    [Fact]
    public void gives_a_film_that_was_deleted()
    {
        var entry = Assert.Single(YouTubeWebSub.Read("""
            <feed xmlns:at="http://purl.org/atompub/tombstones/1.0" xmlns="http://www.w3.org/2005/Atom"><at:deleted-entry ref="yt:video:vid" when="2026-04-09T22:34:19.642702+00:00">
            <link href="https://www.youtube.com/watch?v=vid" /><at:by><name>Kommunen</name><uri>https://www.youtube.com/channel/UC12</uri></at:by></at:deleted-entry></feed>
            """u8.ToArray(), Given.Now));
        var act = Assert.IsType<ReadAct.Accepted>(Assert.Single(entry.Acts)).Act;

        Assert.Equal(("UC12", ActKind.Delete, "vid", new DateTimeOffset(2026, 4, 9, 22, 34, 19, 642, 702, TimeSpan.Zero)), (entry.ChannelId, act.Act, act.NativeId, act.OccurredAt));
        Assert.Equal("https://www.youtube.com/watch?v=vid", act.Permalink);
    }

    [Theory]
    [InlineData("""<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY x SYSTEM "file:///etc/passwd">]><feed xmlns="http://www.w3.org/2005/Atom"><entry><id>&x;</id></entry></feed>""")]
    [InlineData("""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><lolz>&lol2;</lolz>""")]
    [InlineData("""<!DOCTYPE feed SYSTEM "http://exempel.invalid/x.dtd"><feed/>""")]
    [InlineData("<feed><entry>")]
    [InlineData("{}")]
    [InlineData("")]
    [Trait("Requirement", "C7")]
    public void refuses_document_types_and_what_is_no_xml(string body) =>
        Assert.Equal(YouTubeWebSub.BrokenXml, Assert.IsType<ReadAct.Rejected>(Assert.Single(YouTubeWebSub.Read(Given.Utf8(body)).SelectMany(e => e.Acts))).Code);

    [Theory]
    [InlineData("""<feed xmlns="http://www.w3.org/2005/Atom"><entry/></feed>""", "<entry/>")]
    [InlineData("<feed xmlns=\"http://www.w3.org/2005/Atom\">\r\n<!-- <entry> -->\r<entry>\n<title><![CDATA[</entry>]]></title>\r\n</entry\n></feed>", "<entry>\n<title><![CDATA[</entry>]]></title>\r\n</entry\n>")]
    public void keeps_an_entry_it_does_not_understand_verbatim(string body, string raw)
    {
        var act = Assert.IsType<ReadAct.Accepted>(Assert.Single(YouTubeWebSub.Read(Given.Utf8(body)).SelectMany(e => e.Acts))).Act;
        Assert.Equal(ActKind.Unknown, act.Act);
        Assert.Equal(raw, Encoding.UTF8.GetString(act.Raw.Span));
    }

    [Theory]
    [InlineData("subscribe", "https://www.youtube.com/xml/feeds/videos.xml?channel_id=UC12", "abc123", "abc123")]
    [InlineData("subscribe", "https://www.youtube.com/feeds/videos.xml?channel_id=UC12", "abc123", "abc123")]
    [InlineData("unsubscribe", "https://www.youtube.com/xml/feeds/videos.xml?channel_id=UC12", "abc123", null)]
    [InlineData("subscribe", "https://www.youtube.com/xml/feeds/videos.xml?channel_id=UC99", "abc123", null)]
    [InlineData("subscribe", "https://exempel.se/?channel_id=UC12", "abc123", null)]
    [InlineData("subscribe", "https://www.youtube.com/xml/feeds/videos.xml?channel_id=UC12", "<script>", null)]
    [InlineData("subscribe", "https://www.youtube.com/xml/feeds/videos.xml?channel_id=UC12", null, null)]
    [InlineData(null, null, null, null)]
    public void confirms_only_topics_of_ours(string? mode, string? topic, string? challenge, string? expected) =>
        Assert.Equal(expected, WebSubHandshake.Answer(mode, topic, challenge, channel => channel == "UC12"));

    [Theory]
    [InlineData("sha1", WebSubSignatureResult.Valid)]
    [InlineData("sha256", WebSubSignatureResult.Valid)]
    [InlineData("md5", WebSubSignatureResult.Invalid)]
    public void verifies_the_hubs_signature(string algorithm, WebSubSignatureResult expected)
    {
        var body = Given.Utf8(Feed);
        using var hmac = IncrementalHash.CreateHMAC(algorithm == "sha256" ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1, "hemlig"u8);
        hmac.AppendData(body);
        var header = $"{algorithm}={Convert.ToHexStringLower(hmac.GetHashAndReset())}";

        Assert.Equal(expected, WebSubSignature.Verify(body, header, "hemlig"));
        Assert.Equal(WebSubSignatureResult.Invalid, WebSubSignature.Verify(body, header, "annan"));
        Assert.Equal(WebSubSignatureResult.Invalid, WebSubSignature.Verify(body, header[..^1], "hemlig"));
        Assert.Equal(WebSubSignatureResult.Absent, WebSubSignature.Verify(body, null, "hemlig"));
        body[^3] ^= 1;
        Assert.Equal(WebSubSignatureResult.Invalid, WebSubSignature.Verify(body, header, "hemlig"));
    }
}
