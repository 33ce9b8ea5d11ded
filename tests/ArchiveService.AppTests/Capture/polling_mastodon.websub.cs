using System.Net.Http.Json;
using ArchiveService.Features.Completeness;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Sources.YouTube;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.Capture;

/// <summary>YouTube's hub, on the same archive: a subscription is asked for before it ends, and counts when the hub has asked in return.</summary>
public sealed partial class Polling_mastodon
{
    [Fact]
    public async Task and_a_subscription_at_youtubes_hub_is_renewed_by_itself_and_a_lapse_is_a_gap()
    {
        await using var hub = await FakeMastodon.Start();
        var asked = new List<Dictionary<string, string>>();
        hub.Instead = async http =>
        {
            asked.Add((await http.Request.ReadFormAsync()).ToDictionary(f => f.Key, f => f.Value.ToString(), StringComparer.Ordinal));
            http.Response.StatusCode = StatusCodes.Status202Accepted;
            return true;
        };
        var channel = await intake.NewChannel("youtube", "UClease");
        await IntakeArchive.Ok(await intake.Staff.PutAsJsonAsync(At(channel), new { address = hub.Address, account = "UClease", means = "poll", intervalMinutes = 60 }));
        var leases = ActivatorUtilities.CreateInstance<WebSubLeases>(intake.Served.Services, new WebSubOptions(new Uri("https://arkiv.example"), new Uri(new Uri(hub.Address), "/subscribe")));
        Assert.Equal((1, 0), (await leases.Renew(default), await leases.Renew(default)));
        var form = Assert.Single(asked);
        Assert.Equal(("subscribe", "864000", IntakeArchive.Secret), (form["hub.mode"], form["hub.lease_seconds"], form["hub.secret"]));
        Assert.Null((await leases.Find(channel, default)).Until);

        // Somebody else's question about the same channel is answered, and starts no lease; the hub's own does.
        async Task Confirm(string lease)
        {
            var query = new Dictionary<string, string?>(StringComparer.Ordinal) { ["lease"] = lease, ["hub.mode"] = "subscribe", ["hub.topic"] = form["hub.topic"], ["hub.challenge"] = "abc", ["hub.lease_seconds"] = "432000" };
            Assert.Equal("abc", await intake.Served.Program().GetStringAsync(IntakeArchive.Address(QueryHelpers.AddQueryString("/api/v1/webhooks/youtube", query))));
        }

        await Confirm("gissat");
        Assert.Null((await leases.Find(channel, default)).Until);
        var ours = QueryHelpers.ParseQuery(new Uri(form["hub.callback"]).Query)["lease"].ToString();
        Assert.StartsWith("https://arkiv.example/api/v1/webhooks/youtube?", form["hub.callback"], StringComparison.Ordinal);
        await Confirm(ours);
        var lease = await leases.Find(channel, default);
        Assert.Equal(TimeSpan.FromDays(5), lease.Until - lease.ConfirmedAt);

        // A third is left: it is asked again. It ended unrenewed: a gap until the hub confirms.
        await Do($"update work.websub_leases set asked_at = asked_at - interval '4 days', confirmed_at = confirmed_at - interval '4 days', lease_until = lease_until - interval '4 days' where channel_id = '{channel}'");
        Assert.Equal(1, await leases.Renew(default));
        await Do($"update work.websub_leases set lease_until = clock_timestamp() - interval '1 hour' where channel_id = '{channel}'");
        await leases.Renew(default);
        await leases.Renew(default);
        var alarm = Assert.Single(await intake.Get<ChannelAlarms>().Unsubscribed(ArchiveService.Access.Caller.System with { Grants = [new(ArchiveService.Access.Role.Admin, null)], IsService = false }, default), a => a.Channel == channel);
        Assert.Equal($"/kallor/{channel}", alarm.Page);
        await Confirm(ours);
        Assert.Equal((1L, 1L), (
            await intake.Served.Value<long>($"select count(*) from archive.subscription_gaps where channel_id = '{channel}' and to_at is not null"),
            await intake.Served.Value<long>($"select count(*) from archive.mt_events where type = 'channel_subscribed_again' and data->>'channel' = '{channel}'")));
    }
}
