using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ArchiveService.Testing;
using Npgsql;

namespace ArchiveService.AppTests.Capture;

public sealed class Refusing_webhooks(IntakeArchive intake) : IClassFixture<IntakeArchive>
{
    private static byte[] Body(string nativeId) => Encoding.UTF8.GetBytes(
        $$$"""{"object":"page","entry":[{"id":"1001","time":1770000100,"changes":[{"field":"feed","value":{"item":"comment","verb":"add","comment_id":"{{{nativeId}}}","post_id":"1001_1","from":{"id":"55","name":"Nils Låtsasson"},"created_time":1770000000,"message":"Hej"}}]}]}""");

    [Fact]
    public async Task while_the_database_is_away_asks_for_the_delivery_again_and_then_takes_it()
    {
        var body = Body("away-1");
        await using var holder = await intake.Served.Database!.Superuser.OpenConnectionAsync();
        await using var hold = await holder.BeginTransactionAsync();
        await Run(holder, "lock table archive.mt_events in exclusive mode");
        var sent = intake.Deliver(body);
        await using var waiting = new NpgsqlCommand("select pid from pg_locks where relation = 'archive.mt_events'::regclass and not granted", holder);
        var pid = 0;
        for (var i = 0; i < 400 && pid == 0; i++, await Task.Delay(25)) pid = await waiting.ExecuteScalarAsync() as int? ?? 0;
        await Run(holder, $"select pg_terminate_backend({pid})");
        var refused = await sent;
        await hold.RollbackAsync();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "delivery-not-stored"), (refused.StatusCode, await IntakeArchive.Problem(refused)));
        Assert.Equal("30", refused.Headers.RetryAfter?.ToString());
        Assert.Empty(await intake.DeliveryHistory(body));
        Assert.DoesNotContain(await intake.Inbox(), w => w.Id == intake.DeliveryId(body));

        Assert.Equal(HttpStatusCode.OK, (await intake.Deliver(body)).StatusCode);
        await intake.WorkOffInbox();
        Assert.Single(await intake.History("away-1"));
    }

    [Fact]
    public async Task over_the_limit_says_which()
    {
        var before = await intake.Served.Value<long>("select count(*) from work.quarantine");
        using var content = new ByteArrayContent(new byte[17 * 1024 * 1024]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, IntakeArchive.Address("/api/v1/webhooks/meta")) { Content = content };
        request.Headers.ExpectContinue = true;

        var answer = await intake.Served.Program().SendAsync(request);

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "request-too-large"), (answer.StatusCode, await IntakeArchive.Problem(answer)));
        Assert.Equal(before, await intake.Served.Value<long>("select count(*) from work.quarantine"));
    }

    [Fact]
    public async Task that_nobody_has_set_up_says_which_setting_is_missing()
    {
        await using var served = await ServedArchive.Start();
        using var content = new ByteArrayContent(Body("nobody"));

        var delivery = await served.Program().PostAsync(IntakeArchive.Address("/api/v1/webhooks/meta"), content);
        var handshake = await served.Program().GetAsync(IntakeArchive.Address("/api/v1/webhooks/meta?hub.mode=subscribe&hub.verify_token=x&hub.challenge=1"));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "webhook-not-configured"), (delivery.StatusCode, await IntakeArchive.Problem(delivery)));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "webhook-not-configured"), (handshake.StatusCode, await IntakeArchive.Problem(handshake)));
        Assert.Contains("Meta__AppSecret", await delivery.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("Meta__VerifyToken", await handshake.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task Run(NpgsqlConnection on, string sql)
    {
        await using var command = new NpgsqlCommand(sql, on);
        await command.ExecuteNonQueryAsync();
    }
}
