using System.Net;
using System.Net.Http.Json;
using System.Text;
using ArchiveService.Access;
using ArchiveService.Features.Deliveries;
using ArchiveService.Testing;

namespace ArchiveService.AppTests.Capture;

/// <summary>A dead letter leaves the inbox by a decision alone, and nothing of it is lost.</summary>
public sealed class Discarding_a_dead_letter(IntakeArchive intake) : IClassFixture<IntakeArchive>
{
    private static byte[] Body(string page, string comment) => Encoding.UTF8.GetBytes(
        $$$"""{"object":"page","entry":[{"id":"{{{page}}}","time":1770000100,"changes":[{"field":"feed","value":{"item":"comment","verb":"add","comment_id":"{{{comment}}}","post_id":"{{{page}}}_1","message":"Hej"}}]}]}""");

    private async Task<Guid> Dead(byte[] body)
    {
        await intake.Deliver(body);
        await intake.WorkOffInbox();
        return intake.DeliveryId(body);
    }

    private Task<HttpResponseMessage> Discard(HttpClient by, Guid id, object command) => by.PostAsJsonAsync(IntakeArchive.Address($"/api/v1/deliveries/{id}/discard"), command);

    private async Task<HttpClient> Browser(string username, Role role)
    {
        await intake.Served.User($"{username} Exempelsson", username, "ett långt lösenord 1", new Grant(role, null));
        var browser = intake.Served.Browser();
        await ServedArchive.LogIn(browser, username, "ett långt lösenord 1");
        return browser;
    }

    private static async Task<string> Page(HttpClient browser, string path) => WebUtility.HtmlDecode(await browser.GetStringAsync(IntakeArchive.Address(path)));

    [Fact]
    public async Task is_an_event_with_a_reason_and_keeps_the_delivery_sealed()
    {
        var body = Body("8001", "bort-1");
        var id = await Dead(body);

        await IntakeArchive.Ok(await Discard(intake.Staff, id, new { reason = "not-ours", note = "En annan kommuns sida" }));
        await IntakeArchive.Ok(await Discard(intake.Staff, id, new { reason = "not-ours", note = "En gång till" }));

        var history = await intake.DeliveryHistory(body);
        var discarded = Assert.Single(history, h => h.Event is DeliveryDiscarded);
        Assert.Equal("not-ours", ((DeliveryDiscarded)discarded.Event).Reason);
        Assert.Equal("En annan kommuns sida", (await intake.PartsOf(discarded))["note"]);
        Assert.DoesNotContain(await intake.Inbox(), waiting => waiting.Id == id);
        Assert.Equal(body, await intake.Get<Deliveries>().Body(id, default));
    }

    [Fact]
    public async Task is_refused_without_a_reason_without_the_role_and_for_what_is_not_dead()
    {
        var id = await Dead(Body("8002", "bort-2"));
        var moderator = intake.Served.Program(await intake.Served.Token("Mo Moderator", [new("moderator")]));

        Assert.Equal("discard-reason", await IntakeArchive.Problem(await Discard(intake.Staff, id, new { reason = "trött", note = "Nej" })));
        Assert.Equal("reason-missing", await IntakeArchive.Problem(await Discard(intake.Staff, id, new { reason = "test", note = " " })));
        Assert.Equal("not-allowed", await IntakeArchive.Problem(await Discard(moderator, id, new { reason = "test", note = "Prov" })));
        Assert.Equal("delivery-unknown", await IntakeArchive.Problem(await Discard(intake.Staff, new("0195aaaa-0000-7000-8000-000000000001"), new { reason = "test", note = "Prov" })));
        var waiting = Body(IntakeArchive.OwnAccount, "bort-3");
        await intake.Deliver(waiting);
        Assert.Equal("delivery-not-dead", await IntakeArchive.Problem(await Discard(intake.Staff, intake.DeliveryId(waiting), new { reason = "test", note = "Prov" })));
        Assert.Contains(await intake.Inbox(), w => w.Id == id && w.Dead);
    }

    [Fact]
    public async Task can_be_regretted_and_the_delivery_is_read_in()
    {
        var body = Body("8004", "bort-4");
        var id = await Dead(body);
        await IntakeArchive.Ok(await Discard(intake.Staff, id, new { reason = "other", note = "Trodde att den var vår grannes" }));
        var channel = await intake.NewChannel("facebook", "8004");

        Assert.Equal(HttpStatusCode.Accepted, (await intake.Staff.PostAsync(IntakeArchive.Address($"/api/v1/deliveries/{id}/retry"), null)).StatusCode);
        await intake.WorkOffInbox();

        Assert.NotEmpty(await intake.Get<Sealing.SealedLog>().Store.ReadStream(intake.RecordId("bort-4", channel)));
        Assert.IsType<DeliveryProcessed>((await intake.DeliveryHistory(body))[^1].Event);
    }

    [Fact]
    public async Task at_the_same_time_as_reading_it_again_is_one_of_the_two()
    {
        var body = Body("8005", "bort-5");
        var id = await Dead(body);

        var discarding = Discard(intake.Staff, id, new { reason = "test", note = "Prov" });
        var retrying = intake.Staff.PostAsync(IntakeArchive.Address($"/api/v1/deliveries/{id}/retry"), null);
        await Task.WhenAll(discarding, retrying);

        var discarded = (await intake.DeliveryHistory(body)).Any(h => h.Event is DeliveryDiscarded);
        Assert.Equal((await discarding).IsSuccessStatusCode, discarded);
        Assert.True((await intake.Inbox()).Any(w => w.Id == id) || discarded);
    }

    [Fact]
    public async Task works_on_its_page()
    {
        var body = Body("8006", "bort-6");
        var id = await Dead(body);
        var browser = await Browser("kimavskriver", Role.Kommunikator);
        var page = $"/insamling/{id}";

        Assert.Contains("8006", await Page(browser, page), StringComparison.Ordinal);
        Assert.DoesNotContain("Hej", await Page(browser, page), StringComparison.Ordinal);
        var refused = await ServedArchive.Post(browser, page, page + "?handler=Discard", ("Note", "Utan skäl"));
        Assert.Contains("Välj ett skäl.", WebUtility.HtmlDecode(await refused.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, page + "?handler=Discard", ("Reason", "not-ours"), ("Note", "Grannkommunens sida"))).StatusCode);

        var shown = await Page(browser, page);
        foreach (var said in new[] { "Avskriven", "Grannkommunens sida", "kimavskriver Exempelsson", "Läs in igen" }) Assert.Contains(said, shown, StringComparison.Ordinal);
        Assert.Contains("Avskrivna leveranser", await Page(browser, "/insamling"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task is_not_offered_to_who_only_looks()
    {
        var id = await Dead(Body("8007", "bort-7"));
        var browser = await Browser("momotittar", Role.Moderator);

        Assert.DoesNotContain("Avskriv leveransen", await Page(browser, $"/insamling/{id}"), StringComparison.Ordinal);
        var stranger = await Browser("chefentittar", Role.Chef);
        Assert.Equal(HttpStatusCode.Forbidden, (await stranger.GetAsync(IntakeArchive.Address($"/insamling/{id}"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync(IntakeArchive.Address("/insamling/0195aaaa-0000-7000-8000-000000000001"))).StatusCode);
    }
}
