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

        var channel = await intake.NewChannel("facebook", "9999");
        var retried = await Testing.ServedArchive.Post(browser, "/insamling", "/insamling?handler=Retry", ("id", intake.DeliveryId(body).ToString()));
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
}
