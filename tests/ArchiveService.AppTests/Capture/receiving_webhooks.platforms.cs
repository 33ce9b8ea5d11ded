using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using ArchiveService.Access;
using ArchiveService.Capture;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;

namespace ArchiveService.AppTests.Capture;

/// <summary>The same path for X, LinkedIn and YouTube: handshake, signature, sealing, and the channel that the body names.</summary>
public sealed partial class Receiving_webhooks
{
    private static readonly byte[] Key = Encoding.UTF8.GetBytes(IntakeArchive.Secret);

    [Fact]
    [Trait("Requirement", "C5")]
    public async Task answers_what_x_linkedin_and_youtube_ask()
    {
        await intake.NewChannel("youtube", "UCask");
        var x = await Ask("x?crc_token=abc");
        var linkedIn = await Ask("linkedin?challengeCode=abc-1");
        const string topic = "https://www.youtube.com/xml/feeds/videos.xml?channel_id=";
        var youTube = await Ask($"youtube?hub.mode=subscribe&hub.challenge=abc&hub.topic={Uri.EscapeDataString($"{topic}UCask")}");
        var other = await Ask($"youtube?hub.mode=subscribe&hub.challenge=abc&hub.topic={Uri.EscapeDataString($"{topic}UCnone")}");

        Assert.Equal($$"""{"response_token":"sha256={{Convert.ToBase64String(HMACSHA256.HashData(Key, "abc"u8))}}"}""", await x.Content.ReadAsStringAsync());
        Assert.Equal($$"""{"challengeCode":"abc-1","challengeResponse":"{{Convert.ToHexStringLower(HMACSHA256.HashData(Key, "abc-1"u8))}}"}""", await linkedIn.Content.ReadAsStringAsync());
        Assert.Equal(("application/json", "abc"), (x.Content.Headers.ContentType!.MediaType, await youTube.Content.ReadAsStringAsync()));
        Assert.Equal((HttpStatusCode.NotFound, "topic-unknown"), (other.StatusCode, await IntakeArchive.Problem(other)));
        Assert.Equal("crc-token", await IntakeArchive.Problem(await Ask("x")));
        Assert.Equal("challenge-code", await IntakeArchive.Problem(await Ask("linkedin")));
        Assert.Equal(HttpStatusCode.NotFound, (await Ask("finns-inte")).StatusCode);
    }

    [Theory]
    [InlineData("x", "1200", "x-1", "x-twitter-webhooks-signature", """{"data":{"event_uuid":"-7","filter":{"user_id":"1200"},"event_type":"post.mention.create","payload":{"id":"x-1","text":"När öppnar badet?","author_id":"42","created_at":"2026-05-01T10:00:00.000Z"}}}""")]
    [InlineData("linkedin", "urn:li:organization:1200", "urn:li:comment:222", "X-LI-Signature", """{"type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS","notifications":[{"notificationId":-8,"organizationalEntity":"urn:li:organization:1200","action":"COMMENT","sourcePost":"urn:li:share:1","generatedActivity":"urn:li:comment:(activity:1,222)","decoratedGeneratedActivity":{"comment":{"owner":"urn:li:person:k","text":"När öppnar badet?"}},"lastModifiedAt":1776254400000}]}""")]
    [InlineData("youtube", "UCdelivered", "vid-1", "X-Hub-Signature", """<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns="http://www.w3.org/2005/Atom"><entry><yt:videoId>vid-1</yt:videoId><yt:channelId>UCdelivered</yt:channelId><published>2026-03-09T19:05:24+00:00</published></entry></feed>""")]
    [Trait("Requirement", "C5")]
    public async Task captures_what_is_signed_rightly_to_the_channel_it_names(string platform, string account, string nativeId, string header, string body)
    {
        var channel = await intake.NewChannel(platform, account);
        var bytes = Encoding.UTF8.GetBytes(body);
        var wrong = await Tell(platform, Encoding.UTF8.GetBytes(body + " "), header, Sign(platform, bytes));
        var missing = await Tell(platform, bytes, header, null);
        var right = await Tell(platform, bytes, header, Sign(platform, bytes));
        await intake.WorkOffInbox();

        Assert.Equal("signature-wrong", await IntakeArchive.Problem(wrong));
        Assert.Equal("signature-missing", await IntakeArchive.Problem(missing));
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
        var history = await intake.Get<SealedLog>().Store.ReadStream(intake.RecordId(nativeId, channel, platform));
        Assert.Equal(channel, Assert.IsType<ItemCaptured>(history[0].Event).Channel);
    }

    [Fact]
    [Trait("Requirement", "T-13")]
    public async Task takes_an_exports_word_for_what_is_the_accounts_own()
    {
        var channel = (await intake.Get<ChannelRegister>().Find(await intake.NewChannel("instagram", "9001"), default))!;
        CapturedAct Post(string id, bool own) => new()
        {
            Act = ActKind.Create,
            NativeId = id,
            IdKind = "synthetic",
            Kind = ItemKind.Post,
            Text = "Hej",
            OccurredAt = new(2021, 1, 1, 0, 0, 0, TimeSpan.Zero),
            Author = new(null, own ? null : "Kim", null, own, null),
            Raw = Encoding.UTF8.GetBytes($"{{\"id\":\"{id}\"}}"),
        };
        await intake.Get<CaptureActs>().Capture(new(channel, 1, null, Caller.System, new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)), [new ReadAct.Accepted(Post("export:own", own: true), 1), new ReadAct.Accepted(Post("export:other", own: false), 2)], default);

        async Task<Direction> DirectionOf(string id) => Assert.IsType<ItemCaptured>((await intake.Get<SealedLog>().Store.ReadStream(intake.RecordId(id, channel.Id, "instagram", "synthetic")))[0].Event).Direction;
        Assert.Equal((Direction.DrawnUp, Direction.Received), (await DirectionOf("export:own"), await DirectionOf("export:other")));
    }

    private Task<HttpResponseMessage> Ask(string platform) => intake.Served.Program().GetAsync(IntakeArchive.Address($"/api/v1/webhooks/{platform}"));

    private static string Sign(string platform, byte[] body)
    {
        if (platform == "x") return $"sha256={Convert.ToBase64String(HMACSHA256.HashData(Key, body))}";
        if (platform == "linkedin") return Convert.ToHexStringLower(HMACSHA256.HashData(Key, (byte[])[.. "hmacsha256="u8, .. body]));
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA1, Key);
        hmac.AppendData(body);
        return $"sha1={Convert.ToHexStringLower(hmac.GetHashAndReset())}";
    }

    private async Task<HttpResponseMessage> Tell(string platform, byte[] body, string header, string? signature)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(platform == "youtube" ? "application/atom+xml" : "application/json");
        if (signature is not null) content.Headers.TryAddWithoutValidation(header, signature);
        return await intake.Served.Program().PostAsync(IntakeArchive.Address($"/api/v1/webhooks/{platform}"), content);
    }
}
