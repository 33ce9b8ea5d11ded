using System.Net;
using System.Text;
using ArchiveService.Access;

namespace ArchiveService.AppTests.Capture;

public sealed class The_intake_page(IntakeArchive intake) : IClassFixture<IntakeArchive>
{
    [Fact]
    public async Task shows_channels_dead_letters_and_quarantine_and_retries()
    {
        var body = Encoding.UTF8.GetBytes("""{"object":"page","entry":[{"id":"9999","time":1770000100,"changes":[{"field":"feed","value":{"item":"comment","verb":"add","comment_id":"sida-1","post_id":"9999_1","message":"Hej"}}]}]}""");
        await intake.Capture(IntakeArchive.Comment("page-1"));
        await intake.Deliver(body);
        await intake.WorkOffInbox();
        await intake.Deliver("{}"u8.ToArray(), "sha256=fel");
        await intake.Served.User("Kim Låtsberg", "kim", "ett långt lösenord 1", new Grant(Role.Kommunikator, null));
        var browser = intake.Served.Browser();
        await Testing.ServedArchive.LogIn(browser, "kim", "ett långt lösenord 1");

        var html = WebUtility.HtmlDecode(await browser.GetStringAsync(IntakeArchive.Address("/insamling")));
        Assert.Contains("Facebook", html, StringComparison.Ordinal);
        Assert.Contains("Fångar", html, StringComparison.Ordinal);
        Assert.Contains(intake.DeliveryId(body).ToString(), html, StringComparison.Ordinal);
        Assert.Contains("Kontot finns inte i kanalförteckningen", html, StringComparison.Ordinal);
        Assert.Contains("signaturen stämmer inte", html, StringComparison.Ordinal);
        Assert.Contains("./run import mastodon", html, StringComparison.Ordinal);

        Assert.Contains("För in kanalen med kontots id", html, StringComparison.Ordinal);
        var narrowed = WebUtility.HtmlDecode(await browser.GetStringAsync(IntakeArchive.Address("/insamling?Lage=waiting")));
        Assert.DoesNotContain(intake.DeliveryId(body).ToString(), narrowed, StringComparison.Ordinal);
        Assert.Contains("Behöver åtgärd (1)", narrowed, StringComparison.Ordinal);
        var one = WebUtility.HtmlDecode(await browser.GetStringAsync(IntakeArchive.Address($"/insamling/{intake.DeliveryId(body)}")));
        Assert.Contains("X-Hub-Signature-256", one, StringComparison.Ordinal);

        var channel = await intake.NewChannel("facebook", "9999");
        var retried = await Testing.ServedArchive.Post(browser, "/insamling", "/insamling?handler=RetryAll", ("problem", "channel-unknown"));
        Assert.Equal(HttpStatusCode.Redirect, retried.StatusCode);
        await intake.WorkOffInbox();
        Assert.Single(await intake.Get<Sealing.SealedLog>().Store.ReadStream(intake.RecordId("sida-1", channel)));
        Assert.Contains("Inkorgen är tom", WebUtility.HtmlDecode(await browser.GetStringAsync(IntakeArchive.Address("/insamling"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task is_closed_to_those_who_do_not_take_in()
    {
        await intake.Served.User("Hedda Påhittsdotter", "hedda", "ett långt lösenord 2", new Grant(Role.Chef, null));
        var browser = intake.Served.Browser();
        await Testing.ServedArchive.LogIn(browser, "hedda", "ett långt lösenord 2");

        var answer = await browser.GetAsync(IntakeArchive.Address("/insamling"));

        Assert.NotEqual(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task keeps_the_inbox_from_a_moderator_who_may_not_retry()
    {
        var moderator = intake.Served.Program(await intake.Served.Token("Nils Granne", [new("moderator", "KS")]));

        Assert.Equal(HttpStatusCode.OK, (await moderator.GetAsync(IntakeArchive.Address("/api/v1/deliveries"))).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await moderator.PostAsync(IntakeArchive.Address("/api/v1/deliveries/0195aaaa-0000-7000-8000-000000000001/retry"), null)).StatusCode);
    }

    private static readonly byte[] Screenshot = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3];

    [Fact]
    [Trait("Requirement", "T-08")]
    [Trait("Requirement", "H-13")]
    public async Task an_item_seen_is_written_down_with_its_screenshot_and_becomes_a_record()
    {
        var answer = await ByHand([("kind", "comment"), ("authorName", "Nils Låtsasson"), ("text", "Ful kommentar"), ("permalink", "https://EXEMPEL.invalid/p/77#a"), ("day", "2026-03-01"), ("clock", "12:30"), ("timeUncertain", "true"), ("seenBy", "Siv Exempelsson"), ("note", "Såg den i mobilen")]);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var id = (await IntakeArchive.Ok(answer)).GetProperty("id").GetGuid();

        var history = await intake.Get<Sealing.SealedLog>().Store.ReadStream(id);
        var captured = Assert.IsType<Features.Records.ItemCaptured>(history[0].Event);
        Assert.Equal((Features.Records.Direction.Received, ArchiveService.Capture.ItemKind.Comment), (captured.Direction, captured.Kind));
        Assert.Contains("by-hand", captured.Observed.Flags);
        Assert.Contains("time-uncertain", captured.Observed.Flags);
        var stored = Assert.Single(history.Select(h => h.Event).OfType<Features.Records.AttachmentStored>());
        Assert.Equal("image/png", stored.MediaType);
        Assert.Contains("Såg den i mobilen", (await intake.PartsOf(history[0]))[Sealing.Parts.Raw], StringComparison.Ordinal);

        // Form and files are its delivery, by the one who wrote it down.
        var delivery = await intake.Get<Sealing.SealedLog>().Store.ReadStream(captured.Observed.Delivery!.Value);
        Assert.Equal("manual", Assert.IsType<Features.Deliveries.DeliveryReceived>(delivery[0].Event).Means);
        Assert.Equal(history[0].Actor, delivery[0].Actor);
        Assert.NotEqual(Caller.System.PersonId.ToString("D"), delivery[0].Actor);
        Assert.IsType<Features.Deliveries.DeliveryProcessed>(delivery[^1].Event);
        Assert.DoesNotContain("Ful kommentar", await intake.Served.Value<string>("select string_agg(data::text, ' ') from archive.mt_events"), StringComparison.Ordinal);

        var again = await ByHand([("kind", "comment"), ("text", "Ful kommentar, igen"), ("permalink", "https://exempel.invalid/p/77"), ("seenBy", "Siv")]);
        Assert.Equal((HttpStatusCode.Conflict, "already-captured"), (again.StatusCode, await IntakeArchive.Problem(again)));
        Assert.Contains(id.ToString(), await again.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, (await ByHand([("kind", "comment"), ("text", "Ful kommentar, igen"), ("permalink", "https://exempel.invalid/p/77"), ("seenBy", "Siv"), ("evenSo", "true")])).StatusCode);
    }

    [Fact]
    public async Task what_the_platform_has_told_of_already_is_found_by_its_id()
    {
        await intake.Capture(IntakeArchive.Comment("hand-1"));

        var answer = await ByHand([("kind", "comment"), ("text", "Hej"), ("nativeId", "hand-1"), ("seenBy", "Siv")]);

        Assert.Equal((HttpStatusCode.Conflict, "already-captured"), (answer.StatusCode, await IntakeArchive.Problem(answer)));
        Assert.Contains(intake.RecordId("hand-1").ToString(), await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "I6")]
    public async Task what_the_channel_itself_wrote_is_drawn_up_by_the_register_and_not_by_the_claim()
    {
        var id = (await IntakeArchive.Ok(await ByHand([("kind", "post"), ("own", "true"), ("text", "Vårt inlägg"), ("seenBy", "Siv")]))).GetProperty("id").GetGuid();
        Assert.Equal(Features.Records.Direction.DrawnUp, Assert.IsType<Features.Records.ItemCaptured>((await intake.Get<Sealing.SealedLog>().Store.ReadStream(id))[0].Event).Direction);

        var other = (await IntakeArchive.Ok(await ByHand([("kind", "post"), ("own", "true"), ("authorNativeId", "någon annan"), ("text", "Inte vårt"), ("seenBy", "Siv")]))).GetProperty("id").GetGuid();
        Assert.Equal(Features.Records.Direction.Received, Assert.IsType<Features.Records.ItemCaptured>((await intake.Get<Sealing.SealedLog>().Store.ReadStream(other))[0].Event).Direction);
    }

    [Fact]
    public async Task the_page_of_it_keeps_what_was_typed_and_saves()
    {
        await intake.Served.User("Mona Moderator", "mona", "ett långt lösenord 4", new Grant(Role.Moderator, null));
        var browser = intake.Served.Browser();
        await Testing.ServedArchive.LogIn(browser, "mona", "ett långt lösenord 4");
        var page = $"/kanaler/{intake.Channel}/registrera-inlagg";
        var token = await Testing.ServedArchive.FormToken(browser, page);
        async Task<HttpResponseMessage> Send(params (string, string)[] fields)
        {
            using var form = new MultipartFormDataContent { { new StringContent(token), "__RequestVerificationToken" } };
            foreach (var (name, value) in fields) form.Add(new StringContent(value), name);
            form.Add(new ByteArrayContent(Screenshot), "file", "skärm.png");
            return await browser.PostAsync(IntakeArchive.Address(page), form);
        }

        var refused = WebUtility.HtmlDecode(await (await Send(("Kind", "post"), ("Text", "Det jag såg"), ("SeenBy", ""))).Content.ReadAsStringAsync());
        Assert.Contains("Ange vem som såg inlägget.", refused, StringComparison.Ordinal);
        Assert.Contains("Det jag såg", refused, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await Send(("Kind", "post"), ("Text", "Det jag såg"), ("SeenBy", "Mona"))).StatusCode);
        Assert.Contains("Inlägget är sparat", WebUtility.HtmlDecode(await browser.GetStringAsync(IntakeArchive.Address(page))), StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> ByHand((string, string)[] fields)
    {
        using var form = new MultipartFormDataContent();
        foreach (var (name, value) in fields) form.Add(new StringContent(value), name);
        form.Add(new ByteArrayContent(Screenshot), "file", "skärm.png");
        return await intake.Staff.PostAsync(IntakeArchive.Address($"/api/v1/channels/{intake.Channel}/captures-by-hand"), form);
    }
}
