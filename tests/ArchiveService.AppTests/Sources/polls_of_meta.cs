using System.Net.Http.Json;
using System.Text;
using ArchiveService.Access;
using ArchiveService.AppTests.Commands;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Records;
using ArchiveService.Features.Sources.Meta;
using ArchiveService.Sealing;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.Sources;

[Collection(nameof(CommandArchive))]
public sealed class Polls_of_meta(CommandArchive archive)
{
    private Guid Channel => archive.Channels["RKS"];

    [Fact]
    [Trait("Requirement", "T-07")]
    public async Task and_webhooks_tell_of_one_record_and_a_poll_finds_what_no_webhook_told()
    {
        await Poll(Comment("Hej", hidden: false), "08:00");
        var first = await State();
        Assert.Equal((Visibility.Visible, 1L), (first.Visibility, first.Version));

        // The same again, with other counters: another body, nothing new.
        await Poll(Comment("Hej", hidden: false, likes: 3), "08:30");
        Assert.Equal(1, (await State()).Version);

        await Poll(Comment("Hej på er", hidden: false), "09:00");
        await Poll(Comment("Hej på er", hidden: true), "10:00");
        await Poll(Comment("Hej på er", hidden: true, likes: 4), "10:30");
        Assert.Equal((Visibility.Hidden, 3L), (await State() is var hidden) ? (hidden.Visibility, hidden.Version) : default);
        await Poll(Comment("Hej på er", hidden: false, likes: 5), "11:00");
        await Poll(Comment("Hej på er", hidden: true, likes: 6), "12:00");
        var last = await State();
        Assert.Equal((Visibility.Hidden, ActedBy.Unknown, 5L), (last.Visibility, last.RemovedBy, last.Version));

        var history = await archive.Served.Services.GetRequiredService<SealedLog>().Store.ReadStream(Record);
        var edited = Assert.IsType<ItemEdited>(history[1].Event).Observed;
        Assert.Equal((null, At("09:00")), (edited.OccurredAt, edited.ObservedAt));
        Assert.Equal(ArchiveService.Capture.Certainty.Inferred, Assert.IsType<ItemHidden>(history[2].Event).Observed!.Certainty);
    }

    /// <summary>Hidden and shown again between two polls: word for word the first answer, and yet not the same.</summary>
    [Fact]
    public async Task and_an_answer_that_comes_back_after_another_one_is_new()
    {
        string Of(bool hidden) => Comment("Fram och tillbaka", hidden).Replace("55_91", "55_92", StringComparison.Ordinal);
        var record = archive.Served.Services.GetRequiredService<KeyedIds>().Record(Channel, "facebook", "native", "55_92");
        await Poll(Of(hidden: false), "08:00");
        await Poll(Of(hidden: false), "08:30");
        Assert.Equal((Visibility.Visible, 1L), await archive.State(record) is var first ? (first.Visibility, first.Version) : default);
        await Poll(Of(hidden: true), "09:00");
        await Poll(Of(hidden: false), "10:00");
        await Poll(Of(hidden: false), "10:30");
        Assert.Equal((Visibility.Visible, 3L), await archive.State(record) is var last ? (last.Visibility, last.Version) : default);
        await Poll(Of(hidden: true), "11:00");
        Assert.Equal((Visibility.Hidden, 4L), await archive.State(record) is var again ? (again.Visibility, again.Version) : default);
    }

    [Fact]
    public async Task know_how_the_subscriptions_stand()
    {
        var address = CommandArchive.At($"/api/v1/sources/{Channel}/subscriptions");
        Assert.Equal("unchecked", (await CommandArchive.Ok(await archive.Everybody.GetAsync(address))).GetProperty("state").GetString());
        Assert.Equal((409, "source-missing"), await CommandArchive.Refused(await archive.Everybody.PostAsync(address, null)));
        Assert.Equal((403, "not-allowed"), await CommandArchive.Refused(await archive.Moderator.PostAsync(address, null)));
        Assert.Equal((404, "channel-unknown"), await CommandArchive.Refused(await archive.Everybody.GetAsync(CommandArchive.At($"/api/v1/sources/{Guid.CreateVersion7()}/subscriptions"))));

        var rows = archive.Served.Services.GetRequiredService<SubscriptionRows>();
        await rows.Keep(Channel, new(null, []), new(null, ["standby"]), default);
        var broken = await CommandArchive.Ok(await archive.Everybody.GetAsync(address));
        Assert.Equal(("broken", "standby"), (broken.GetProperty("state").GetString(), broken.GetProperty("page").GetProperty("missing")[0].GetString()));
        Assert.Contains("archive_source_subscriptions_broken 1", await archive.Everybody.GetStringAsync(CommandArchive.At("/metrics")), StringComparison.Ordinal);

        // Meta cannot be asked: what was missing is taken for missing still, and its time stays.
        await rows.Keep(Channel, new(null, []), new("unreachable", []), default);
        Assert.Equal(broken.GetProperty("brokenSince").GetString(), (await CommandArchive.Ok(await archive.Everybody.GetAsync(address))).GetProperty("brokenSince").GetString());

        // The time without is a gap in the channel's ledger, and an alarm until it is over; both are told once.
        var alarms = await CommandArchive.Ok(await archive.Everybody.GetAsync(CommandArchive.At("/api/v1/channel-alarms")));
        var alarm = Assert.Single(alarms.GetProperty("items").EnumerateArray(), a => a.GetProperty("channel").GetGuid() == Channel);
        Assert.Equal(("unsubscribed", $"/kanaler/{Channel}/prenumerationer"), (alarm.GetProperty("kind").GetString(), alarm.GetProperty("page").GetString()));
        var caller = new Caller(Guid.CreateVersion7(), "Nils Annanstans", [new(Role.Moderator, Guid.CreateVersion7())], Clearance: false, IsService: false, []);
        Assert.Empty(await archive.Served.Services.GetRequiredService<ArchiveService.Features.Completeness.ChannelAlarms>().Of(caller, default));
        Assert.Equal(1L, await archive.Served.Value<long>($"select count(*) from archive.mt_events where type = 'channel_unsubscribed' and data->>'channel' = '{Channel}'"));
        Assert.Equal(1L, await archive.Served.Value<long>($"select count(*) from archive.subscription_gaps where channel_id = '{Channel}' and to_at is null"));

        var browser = await archive.Browser("prenumerant", Role.Kommunikator);
        var page = await browser.GetStringAsync(CommandArchive.At($"/kanaler/{Channel}/prenumerationer"));
        Assert.Contains("En prenumeration saknas", page, StringComparison.Ordinal);
        Assert.Contains("Kontrollera nu", page, StringComparison.Ordinal);
        await rows.Keep(Channel, new(null, []), new(null, []), default);
        Assert.Equal("whole", (await CommandArchive.Ok(await archive.Everybody.GetAsync(address))).GetProperty("state").GetString());
        Assert.Equal(1L, await archive.Served.Value<long>($"select count(*) from archive.mt_events where type = 'channel_subscribed_again' and data->>'channel' = '{Channel}'"));
        Assert.Equal(0L, await archive.Served.Value<long>($"select count(*) from archive.subscription_gaps where channel_id = '{Channel}' and to_at is null"));
    }

    private Guid Record => archive.Served.Services.GetRequiredService<KeyedIds>().Record(Channel, "facebook", "native", "55_91");

    private async Task<RecordState> State() => await archive.State(Record);

    private static DateTimeOffset At(string clock) => DateTimeOffset.Parse($"2026-03-02T{clock}:00Z", System.Globalization.CultureInfo.InvariantCulture);

    private static string Comment(string text, bool hidden, int likes = 0) =>
        $$"""{"data":[{"id":"55_91","created_time":"2026-03-01T12:00:00+0000","message":"{{text}}","from":{"id":"77","name":"Nils Låtsasson"},"is_hidden":{{(hidden ? "true" : "false")}},"like_count":{{likes}}}]}""";

    /// <summary>As the worker keeps a page that a poller gave it.</summary>
    private async Task Poll(string body, string clock)
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["Date"] = At(clock).ToString("r"), [GraphDeliveryReader.Account] = "own-RKS" };
        var services = archive.Served.Services;
        var (id, _) = await services.GetRequiredService<Deliveries>().Receive("facebook", "poll", Channel, "none", Encoding.UTF8.GetBytes(body), new(GraphDeliveryReader.FormName, "/v24.0/own-RKS_55/comments?filter=stream", headers), default);
        for (var tries = 0; tries < 100 && await archive.Served.Value<long>($"select count(*) from work.inbox where delivery_id = '{id}'") > 0; tries++)
        {
            if (!await services.GetRequiredService<InboxWorker>().WorkOne(default)) await Task.Delay(50);
        }
    }
}
