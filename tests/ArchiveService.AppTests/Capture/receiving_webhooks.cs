using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ArchiveService.Capture.Meta;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;

namespace ArchiveService.AppTests.Capture;

public sealed partial class Receiving_webhooks(IntakeArchive intake) : IClassFixture<IntakeArchive>
{
    private static string Body(string nativeId, string text = "Hej", string page = IntakeArchive.OwnAccount) =>
        $$$"""{"object":"page","entry":[{"id":"{{{page}}}","time":1770000100,"changes":[{"field":"feed","value":{"item":"comment","verb":"add","comment_id":"{{{nativeId}}}","post_id":"{{{page}}}_1","parent_id":"{{{page}}}_1","from":{"id":"55","name":"Nils Låtsasson"},"created_time":1770000000,"message":"{{{text}}}"}}]}]}""";

    [Fact]
    public async Task answers_the_handshake_with_the_challenge()
    {
        var right = await intake.Served.Program().GetAsync(IntakeArchive.Address($"/api/v1/webhooks/meta?hub.mode=subscribe&hub.verify_token={Uri.EscapeDataString(IntakeArchive.VerifyToken)}&hub.challenge=1158201444"));
        var wrong = await intake.Served.Program().GetAsync(IntakeArchive.Address("/api/v1/webhooks/meta?hub.mode=subscribe&hub.verify_token=fel&hub.challenge=1158201444"));

        Assert.Equal("1158201444", await right.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.Forbidden, wrong.StatusCode);
    }

    [Fact]
    public async Task stores_the_delivery_sealed_before_it_answers()
    {
        var body = Encoding.UTF8.GetBytes(Body("stored-1", "ordet i leveransen"));

        Assert.Equal(HttpStatusCode.OK, (await intake.Deliver(body)).StatusCode);

        // The worker stands still: this is what a crash right after the answer leaves.
        var received = Assert.Single(await intake.DeliveryHistory(body));
        Assert.Equal("valid", Assert.IsType<DeliveryReceived>(received.Event).Signature);
        Assert.Equal(body, (await intake.PartsOf(received)).Bytes(Parts.Raw));
        Assert.Contains(await intake.Inbox(), w => w.Id == intake.DeliveryId(body));
        Assert.Empty(await intake.History("stored-1"));

        await intake.WorkOffInbox();

        Assert.Single(await intake.History("stored-1"));
        Assert.DoesNotContain(await intake.Inbox(), w => w.Id == intake.DeliveryId(body));
        Assert.Equal(1, Assert.IsType<DeliveryProcessed>((await intake.DeliveryHistory(body))[^1].Event).Accepted);
        Assert.Equal(intake.DeliveryId(body), await intake.Served.Value<Guid>($"select delivery_id from archive.delivery_records where record_id = '{intake.RecordId("stored-1")}'"));
    }

    [Fact]
    public async Task seals_the_headers_worth_keeping_with_the_delivery_and_no_others()
    {
        var body = Encoding.UTF8.GetBytes(Body("headers-1"));
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, IntakeArchive.Address("/api/v1/webhooks/meta")) { Content = content };
        request.Headers.TryAddWithoutValidation("X-Hub-Signature-256", IntakeArchive.Signature(body));
        request.Headers.TryAddWithoutValidation("User-Agent", "Webhooks/1.0");
        request.Headers.TryAddWithoutValidation("Cookie", "hemlig=1");
        Assert.Equal(HttpStatusCode.OK, (await intake.Served.Program().SendAsync(request)).StatusCode);

        var opened = await intake.Get<Deliveries>().Open(intake.DeliveryId(body), default);
        Assert.Equal(["Content-Type", "User-Agent", "X-Hub-Signature-256"], opened!.Context.Headers!.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("Webhooks/1.0", opened.Context.Headers["User-Agent"]);
        Assert.DoesNotContain("Webhooks/1.0", await intake.Served.Value<string>($"select string_agg(data::text, ' ') from archive.mt_events where stream_id = '{intake.DeliveryId(body)}'"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task says_which_platforms_there_are_when_asked_for_another(string method)
    {
        using var request = new HttpRequestMessage(new(method), IntakeArchive.Address("/api/v1/webhooks/orkut"));
        var answer = await intake.Served.Program().SendAsync(request);

        Assert.Equal((HttpStatusCode.NotFound, "webhook-unknown"), (answer.StatusCode, await IntakeArchive.Problem(answer)));
        Assert.Contains("meta", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task reads_again_by_itself_while_the_attachment_store_is_away_and_keeps_what_stays_wrong()
    {
        Assert.True(InboxProblems.Passes("attachment-store-unavailable"));
        Assert.False(InboxProblems.Passes("attachment-store-unavailable, channel-unknown"));
        var bodies = Enumerable.Range(0, 3).Select(i => Encoding.UTF8.GetBytes(Body($"alla-{i}", page: "5150"))).ToList();
        foreach (var body in bodies) await intake.Deliver(body);
        await intake.WorkOffInbox();
        Assert.All(await intake.Inbox(), w => Assert.NotNull(w.Explanation));

        var channel = await intake.NewChannel("facebook", "5150");
        var moderator = intake.Served.Program(await intake.Served.Token("Nils Granne", [new("moderator", "KS")]));
        Assert.Equal(HttpStatusCode.Forbidden, (await moderator.PostAsJsonAsync(IntakeArchive.Address("/api/v1/deliveries/retry"), new { problem = "channel-unknown" })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await intake.Staff.PostAsJsonAsync(IntakeArchive.Address("/api/v1/deliveries/retry"), new { })).StatusCode);
        var retried = await IntakeArchive.Ok(await intake.Staff.PostAsJsonAsync(IntakeArchive.Address("/api/v1/deliveries/retry"), new { problem = "channel-unknown" }));
        Assert.True(retried.GetProperty("retried").GetInt32() >= 3);
        await intake.WorkOffInbox();

        foreach (var body in bodies) Assert.IsType<DeliveryProcessed>((await intake.DeliveryHistory(body))[^1].Event);
        var details = await IntakeArchive.Ok(await intake.Staff.GetAsync(IntakeArchive.Address($"/api/v1/deliveries/{intake.DeliveryId(bodies[0])}")));
        Assert.Equal(("processed", 1, "valid"), (details.GetProperty("standing").GetString(), details.GetProperty("read").GetProperty("accepted").GetInt32(), details.GetProperty("signature").GetString()));
        Assert.Single(await intake.Get<SealedLog>().Store.ReadStream(intake.RecordId("alla-0", channel)));
        Assert.Equal(HttpStatusCode.BadRequest, (await intake.Staff.GetAsync(IntakeArchive.Address("/api/v1/deliveries?state=borta"))).StatusCode);
        Assert.Empty((await IntakeArchive.Ok(await intake.Staff.GetAsync(IntakeArchive.Address("/api/v1/deliveries?platform=youtube")))).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task gives_what_arrived_to_the_cleared_alone_and_notes_that_they_read_it()
    {
        var body = Encoding.UTF8.GetBytes(Body("oppnad-1", "Ordet i kroppen"));
        await intake.Deliver(body);
        await intake.WorkOffInbox();
        var address = IntakeArchive.Address($"/api/v1/deliveries/{intake.DeliveryId(body)}/open");
        var cleared = intake.Served.Program(await intake.Served.Token("Berit Behörig", [new("moderator", "KS")], clearance: true));

        Assert.Equal(HttpStatusCode.Forbidden, (await intake.Staff.PostAsJsonAsync(address, new { reason = "nyfiken" })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await cleared.PostAsJsonAsync(address, new { })).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await cleared.PostAsJsonAsync(IntakeArchive.Address($"/api/v1/deliveries/{Guid.CreateVersion7()}/open"), new { reason = "felsökning" })).StatusCode);
        var opened = await cleared.PostAsJsonAsync(address, new { reason = "felsökning av avsändarens namn" });

        Assert.Equal(body, await opened.Content.ReadAsByteArrayAsync());
        var noted = (await intake.DeliveryHistory(body))[^1];
        Assert.IsType<DeliveryOpened>(noted.Event);
        Assert.Equal("felsökning av avsändarens namn", (await intake.PartsOf(noted))["reason"]);
    }

    [Fact]
    public async Task keeps_a_body_over_a_mebibyte_in_the_attachment_store()
    {
        var body = Encoding.UTF8.GetBytes(Body("big-1", new string('å', 700_000)));

        Assert.Equal(HttpStatusCode.OK, (await intake.Deliver(body)).StatusCode);
        await intake.WorkOffInbox();

        var received = Assert.IsType<DeliveryReceived>((await intake.DeliveryHistory(body))[0].Event);
        Assert.Contains(Deliveries.ObjectKey(received.Object!.Value), await intake.Objects());
        Assert.Equal(body, await intake.Get<Deliveries>().Body(intake.DeliveryId(body), default));
    }

    [Fact]
    public async Task adds_nothing_when_the_same_body_comes_again()
    {
        var body = Encoding.UTF8.GetBytes(Body("repeat-1"));
        await intake.Deliver(body);
        await intake.WorkOffInbox();
        var before = await intake.Events();

        Assert.Equal(HttpStatusCode.OK, (await intake.Deliver(body)).StatusCode);
        await intake.WorkOffInbox();

        Assert.Equal(before, await intake.Events());
    }

    [Fact]
    public async Task accepts_a_signature_over_the_escaped_body()
    {
        var body = Encoding.UTF8.GetBytes(Body("escaped-1", "Räksmörgås 🦐"));
        var escaped = Encoding.ASCII.GetBytes(string.Concat(Encoding.UTF8.GetString(body).Select(c => c < 128 ? c.ToString() : $"\\u{(int)c:x4}")));

        Assert.Equal(HttpStatusCode.OK, (await intake.Deliver(body, IntakeArchive.Signature(escaped))).StatusCode);

        Assert.Equal("valid-escaped", Assert.IsType<DeliveryReceived>((await intake.DeliveryHistory(body))[0].Event).Signature);
    }

    [Theory]
    [InlineData("", "signature-missing")]
    [InlineData("sha256=0000000000000000000000000000000000000000000000000000000000000000", "signature-wrong")]
    [InlineData("sha256=xyz", "signature-wrong")]
    public async Task puts_what_cannot_be_trusted_in_quarantine(string signature, string code)
    {
        var body = Encoding.UTF8.GetBytes(Body($"forged-{signature.Length}", "falsk"));
        var before = await intake.Events();

        var answer = await intake.Deliver(body, signature);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(code, await IntakeArchive.Problem(answer));
        Assert.Equal(before, await intake.Events());
        Assert.True(await intake.Served.Value<long>($"select count(*) from work.quarantine where reason = '{code}' and bytes = {body.Length}") >= 1);
    }

    [Fact]
    public async Task leaves_what_a_crash_interrupted_to_be_done_again_as_duplicates()
    {
        var body = Encoding.UTF8.GetBytes(Body("crash-1"));
        await intake.Deliver(body);

        // Captured, and then the process died before the inbox row was settled.
        await intake.Get<ProcessDelivery>().Process(intake.DeliveryId(body), "meta", default);
        await intake.WorkOffInbox();

        Assert.Single(await intake.History("crash-1"));
        var processed = Assert.Single((await intake.DeliveryHistory(body)).Select(h => h.Event).OfType<DeliveryProcessed>());
        Assert.Equal((0, 1), (processed.Accepted, processed.Duplicates));
    }

    [Fact]
    public async Task shows_a_delivery_of_an_unknown_page_until_the_page_is_registered_and_somebody_retries()
    {
        var body = Encoding.UTF8.GetBytes(Body("homeless-1", page: "4711"));
        await intake.Deliver(body);
        await intake.WorkOffInbox();

        var dead = Assert.Single(await intake.Inbox(), w => w.Id == intake.DeliveryId(body));
        Assert.Equal((true, "channel-unknown"), (dead.Dead, dead.Problem));
        Assert.IsType<DeliveryFailed>((await intake.DeliveryHistory(body))[^1].Event);

        var channel = await intake.NewChannel("facebook", "4711");
        Assert.Equal(HttpStatusCode.Accepted, (await intake.Staff.PostAsync(IntakeArchive.Address($"/api/v1/deliveries/{dead.Id}/retry"), null)).StatusCode);
        await intake.WorkOffInbox();

        Assert.Single(await intake.Get<SealedLog>().Store.ReadStream(intake.RecordId("homeless-1", channel)));
        Assert.DoesNotContain(await intake.Inbox(), w => w.Id == dead.Id);
    }

    [Theory]
    [InlineData("{trasig", "broken-json")]
    [InlineData("[]", "not-an-object")]
    [InlineData("""{"object":"page","entry":[]}""", "wrong-type")]
    public async Task keeps_a_signed_body_it_cannot_read_among_the_dead_letters(string text, string problem)
    {
        var body = Encoding.UTF8.GetBytes(text);
        Assert.Equal(HttpStatusCode.OK, (await intake.Deliver(body)).StatusCode);

        await intake.WorkOffInbox();

        var dead = Assert.Single(await intake.Inbox(), w => w.Id == intake.DeliveryId(body));
        Assert.Equal((true, problem), (dead.Dead, dead.Problem));
        Assert.Equal(body, await intake.Get<Deliveries>().Body(dead.Id, default));
    }

    [Fact]
    public async Task keeps_the_text_and_every_photo_of_a_post_that_is_told_photo_by_photo()
    {
        string Photo(string id, string message, int at) =>
            $$$"""{"object":"page","entry":[{"id":"1001","time":1770000100,"changes":[{"field":"feed","value":{"item":"photo","verb":"add","post_id":"1001_77","photo_id":"{{{id}}}","link":"https://cdn.exempel.invalid/{{{id}}}.jpg?sig={{{at}}}","from":{"id":"1001","name":"Granvika"},"published":1,"created_time":{{{at}}}{{{message}}}}}]}]}""";
        foreach (var body in new[] { Photo("p1", ",\"message\":\"Tre bilder från torget\"", 1770000003), Photo("p2", "", 1770000002), Photo("p3", "", 1770000004), Photo("p2", "", 1770000009) })
            await intake.Deliver(body);

        await intake.WorkOffInbox();

        var versions = (await intake.History("1001_77")).Where(h => h.Event is ItemCaptured or ItemEdited).ToList();
        Assert.Equal(3, versions.Count);
        var latest = Assert.IsType<ItemEdited>(versions[^1].Event);
        Assert.Equal(3, latest.Attachments.Count);
        var parts = await intake.PartsOf(versions[^1]);
        Assert.Equal("Tre bilder från torget", parts[Parts.Text]);
        Assert.Equal(["p1", "p2", "p3"], latest.Attachments.Select(a => parts[$"attachment/{a.Id:D}/nativeId"]));
    }

    [SharedDataFact]
    public async Task loses_nothing_of_the_real_bodies_and_a_repeat_adds_nothing()
    {
        var bodies = Directory.GetFiles(SharedData.PathOf("facebook/webhooks"), "*.json").Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToList();
        var pages = bodies.SelectMany(b => JsonNode.Parse(b)!["entry"]!.AsArray().Select(e => e!["id"]!.ToString())).Distinct().Where(id => id != IntakeArchive.OwnAccount);
        foreach (var page in pages) await intake.NewChannel("facebook", page);

        foreach (var body in bodies) Assert.Equal(HttpStatusCode.OK, (await intake.Deliver(body)).StatusCode);
        await intake.WorkOffInbox();

        foreach (var body in bodies)
        {
            var told = MetaWebhook.Read(body).Sum(e => e.Acts.Count);
            var settled = (await intake.DeliveryHistory(body))[^1].Event;
            var done = Assert.IsType<DeliveryProcessed>(settled);
            Assert.Equal(told, done.Accepted + done.Duplicates + done.Disposed + done.Rejected);
            Assert.Equal(0, done.Rejected);
        }

        Assert.True(bodies.Count > 50);
        Assert.True(await intake.Served.Value<long>("select count(*) from archive.mt_events where type = 'unknown_act_observed'") > 0);

        var before = await intake.Events();
        foreach (var body in bodies) Assert.Equal(HttpStatusCode.OK, (await intake.Deliver(body)).StatusCode);
        await intake.WorkOffInbox();
        Assert.Equal(before, await intake.Events());
    }
}

public sealed class Quarantine_of_deliveries(IntakeArchive intake) : IClassFixture<IntakeArchive>
{
    [Fact]
    public async Task holds_so_much_of_each_so_many_of_a_source_and_day_so_much_in_all_and_counts_the_rest()
    {
        var quarantine = intake.Get<Quarantine>();
        await Run("delete from work.quarantine");
        await Run("delete from work.refused_deliveries");
        var (one, neighbour, other) = (IPAddress.Parse("192.0.2.7"), IPAddress.Parse("192.0.2.8"), IPAddress.Parse("2001:db8:1:2::3"));
        Assert.True((await quarantine.Keep("meta", "signature-wrong", RandomNumberGenerator.GetBytes(300_000), one, default)).Kept);
        Assert.InRange(await intake.Served.Value<int>("select octet_length(sealed) from work.quarantine"), 64 * 1024, (64 * 1024) + 64);
        Assert.Equal(300_000, await intake.Served.Value<int>("select bytes from work.quarantine"));

        // One source is a network, known by a digest alone.
        var source = quarantine.SourceOf("meta", one);
        Assert.Equal((source, source), (quarantine.SourceOf("meta", neighbour), await intake.Served.Value<string>("select source from work.quarantine")));
        Assert.NotEqual(source, quarantine.SourceOf("meta", other));
        Assert.NotEqual(source, quarantine.SourceOf("youtube", one));
        Assert.Equal(24, source.Length);

        await Run($"update work.refused_deliveries set kept = 1000, refused = 1000 where source = '{source}'");
        Assert.False((await quarantine.Keep("meta", "signature-missing", [1, 2, 3], neighbour, default)).Kept);
        Assert.True((await quarantine.Keep("meta", "signature-wrong", [1, 2, 3], other, default)).Kept);
        Assert.Equal(1002L, await intake.Served.Value<long>("select sum(refused)::bigint from work.refused_deliveries"));

        await Run("insert into work.quarantine (quarantine_id, platform, reason, bytes, sealed) select gen_random_uuid(), 'x', 'signature-wrong', 65536, decode(repeat('00', 65536), 'hex') from generate_series(1, 1599)");
        Assert.False((await quarantine.Keep("meta", "signature-wrong", new byte[60_000], other, default)).Kept);
        Assert.False((await quarantine.Count("meta", "signature-wrong", 5, other, default)).Kept);
        Assert.Equal(3L, await intake.Served.Value<long>($"select refused from work.refused_deliveries where source = '{quarantine.SourceOf("meta", other)}'"));
        await Run("delete from work.quarantine where platform = 'x'");

        await Run("update work.quarantine set received_at = now() - interval '15 days' where bytes = 3");
        await quarantine.DeleteOlderThan(DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().Date).AddDays(-14), default);
        Assert.Equal(1, await intake.Served.Value<long>("select count(*) from work.quarantine"));
        Assert.Equal(1004L, await intake.Served.Value<long>("select sum(refused)::bigint from work.refused_deliveries"));
    }

    [Fact]
    public async Task raises_the_alarm_once_when_more_than_ten_come_in_an_hour()
    {
        var quarantine = intake.Get<Quarantine>();
        for (var i = 0; i < 10; i++) await quarantine.Count("youtube", "signature-wrong", 1, null, default);
        Assert.Equal(0L, await intake.Served.Value<long>("select count(*) from work.webhook_alarms where platform = 'youtube'"));

        for (var i = 0; i < 5; i++) await quarantine.Count("youtube", "signature-wrong", 1, null, default);

        Assert.Equal((1L, 15L), (await intake.Served.Value<long>("select count(*) from work.webhook_alarms where platform = 'youtube'"), await intake.Served.Value<long>("select refused from work.webhook_alarms where platform = 'youtube'")));
        var metrics = await intake.Served.Program().GetStringAsync(IntakeArchive.Address("/metrics"));
        Assert.Matches("(?m)^archive_webhook_alarms [1-9]", metrics);
        Assert.Contains("""archive_webhooks_refused_total{platform="youtube",reason="signature-wrong"}""", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task stops_keeping_what_one_network_sends_without_end_and_still_takes_what_is_signed()
    {
        var wrong = Encoding.UTF8.GetBytes("{}");
        var answers = new List<HttpResponseMessage>();
        for (var i = 0; i < WebhookLimit.RefusedPerMinute + 2; i++) answers.Add(await intake.Deliver(wrong, "sha256=fel"));

        var turnedAway = answers.Where(a => a.StatusCode == HttpStatusCode.TooManyRequests).ToList();
        Assert.NotEmpty(turnedAway);
        Assert.All(turnedAway, a => Assert.Equal("60", a.Headers.RetryAfter?.ToString()));
        Assert.Equal("too-many-refused", await IntakeArchive.Problem(turnedAway[^1]));

        var right = Encoding.UTF8.GetBytes("""{"object":"page","entry":[{"id":"1001","time":1770000100,"changes":[]}]}""");
        Assert.Equal(HttpStatusCode.OK, (await intake.Deliver(right)).StatusCode);
    }

    private async Task Run(string sql)
    {
        await using var command = intake.Served.Databases.Owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
