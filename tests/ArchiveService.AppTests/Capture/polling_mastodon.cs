using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Capture;
using ArchiveService.EventStore;
using ArchiveService.Features.Records;
using ArchiveService.Features.Sources;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.AspNetCore.Http;

namespace ArchiveService.AppTests.Capture;

/// <summary>An archive whose sources may ask a server on this machine.</summary>
public sealed class SourcesArchive : IntakeArchive
{
    protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?> { ["Sources:AllowPrivate"] = "true" };
}

public sealed partial class Polling_mastodon(SourcesArchive intake) : IClassFixture<SourcesArchive>
{
    private const string Token = "en-hemlig-nyckel-som-ingen-ser";

    private async Task<Guid> Source(FakeMastodon server, string means = "poll", bool withToken = true)
    {
        var channel = await intake.NewChannel("mastodon", server.Actor);
        await IntakeArchive.Ok(await intake.Staff.PutAsJsonAsync(At(channel), new { address = server.Address, account = "@kommun", means, intervalMinutes = 60 }));
        if (withToken) await IntakeArchive.Ok(await intake.Staff.PostAsJsonAsync(At(channel, "/credential"), new { token = Token }));
        return channel;
    }

    private static Uri At(Guid channel, string below = "") => IntakeArchive.Address($"/api/v1/sources/{channel}{below}");

    private async Task Poll(Guid channel)
    {
        await Due(channel);
        Assert.True(await intake.Get<SourceWorker>().WorkOne(default));
        await intake.WorkOffInbox();
    }

    /// <summary>This source and no other one of these tests.</summary>
    private Task Due(Guid channel) => Do($"update work.source_runs set due_at = case when channel_id = '{channel}' then now() - interval '1 second' else now() + interval '1 day' end");

    private async Task Do(string sql)
    {
        await using var command = intake.Served.Databases.Writer.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private Task<IReadOnlyList<Recorded>> History(Guid channel, string uri) => intake.Get<SealedLog>().Store.ReadStream(intake.RecordId(uri, channel, "mastodon", "uri"));

    private async Task<RecordState> State(Guid channel, string uri) => RecordState.From(await History(channel, uri));

    private async Task<long> Records(Guid channel) => await intake.Served.Value<long>($"select count(*) from archive.record_states where channel_id = '{channel}'");

    private async Task<JsonElement> Shown(Guid channel) => await IntakeArchive.Ok(await intake.Staff.GetAsync(At(channel)));

    private async Task<string?> Outcome(Guid channel) => await intake.Served.Value<string?>($"select outcome from work.source_polls where channel_id = '{channel}' order by started_at desc limit 1");

    private static async Task Eventually(Func<Task<bool>> so)
    {
        for (var i = 0; i < 300; i++)
        {
            if (await so()) return;
            await Task.Delay(50);
        }

        Assert.Fail("It did not come to be.");
    }

    [Fact]
    public async Task brings_what_the_channel_wrote_and_what_was_written_to_it()
    {
        await using var server = await FakeMastodon.Start();
        server.Post(100, "Badet stänger klockan 16")["replies_count"] = 1;
        var answer = server.Status(101, "Varför det?", account: "2", name: "nils", answers: 100);
        server.Threads["100"] = $$"""{"ancestors":[],"descendants":[{{answer.ToJsonString()}}]}""";
        server.Notifications[7] = new() { ["id"] = "7", ["type"] = "mention", ["created_at"] = "2026-10-01T11:00:00Z", ["account"] = server.Account("2", "nils"), ["status"] = answer.DeepClone() };
        var channel = await Source(server);

        await Poll(channel);
        await Poll(channel);

        Assert.Equal(2, await Records(channel));
        var own = await State(channel, server.Uri(100));
        var theirs = await State(channel, server.Uri(101, "nils"));
        Assert.Equal((Direction.DrawnUp, Direction.Received), (own.Direction, theirs.Direction));
        var captured = (ItemCaptured)(await History(channel, server.Uri(101, "nils")))[0].Event;
        Assert.Equal(ItemKind.Reply, captured.Kind);
        Assert.Equal(intake.RecordId(server.Uri(100), channel, "mastodon", "uri"), captured.Parent);
        Assert.Single(await History(channel, server.Uri(101, "nils")), h => h.Event is ItemCaptured);
        Assert.Equal("ok", await Outcome(channel));
        Assert.Empty(await intake.Inbox());

        // The first poll asks from the beginning by ids, the second from where the first ended; never by page numbers.
        Assert.Contains("/api/v1/accounts/1/statuses?limit=40&min_id=0", server.Asked);
        Assert.Contains("/api/v1/accounts/1/statuses?limit=40&min_id=100", server.Asked);
        Assert.DoesNotContain(server.Asked, asked => asked.Contains("page=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task keeps_every_version_of_what_was_edited_in_its_order()
    {
        await using var server = await FakeMastodon.Start();
        server.Post(100, "Mötet är på tisdag");
        server.Edit(100, "Mötet är på onsdag", "2026-10-01T12:00:00.000Z");
        server.Post(101, "Välkommen");
        var channel = await Source(server);

        await Poll(channel);
        server.Edit(101, "Välkomna", "2026-10-02T12:00:00.000Z");
        await Poll(channel);
        await Poll(channel);

        foreach (var (id, before, after) in ((long, string, string)[])[(100, "Mötet är på tisdag", "Mötet är på onsdag"), (101, "Välkommen", "Välkomna")])
        {
            var history = await History(channel, server.Uri(id));
            var versions = history.Where(h => h.Event is ItemCaptured or ItemEdited).ToList();
            Assert.Equal([typeof(ItemCaptured), typeof(ItemEdited)], versions.Select(v => v.Event.GetType()));
            Assert.Equal($"<p>{before}</p>", (await intake.PartsOf(versions[0]))[Parts.Text]);
            Assert.Equal($"<p>{after}</p>", (await intake.PartsOf(versions[1]))[Parts.Text]);
        }

        Assert.Equal(2, server.Asked.Count(asked => asked.EndsWith("/history", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task goes_on_where_it_was_broken_off_without_loss_and_without_doubles()
    {
        await using var server = await FakeMastodon.Start();
        for (var id = 1001; id <= 1090; id++) server.Post(id, $"Inlägg {id}");
        var channel = await Source(server, withToken: false);
        using var killed = new CancellationTokenSource();
        var pages = 0;
        server.Instead = async http =>
        {
            if (!http.Request.QueryString.Value!.Contains("min_id", StringComparison.Ordinal) || ++pages != 2) return false;
            await killed.CancelAsync();
            return false;
        };
        await Due(channel);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => intake.Get<SourceWorker>().WorkOne(killed.Token));
        await intake.WorkOffInbox();
        Assert.Equal(40, await Records(channel));
        server.Instead = null;
        await Poll(channel);

        Assert.Equal(90, await Records(channel));
        Assert.Equal(90, await intake.Served.Value<long>($"select count(*) from archive.mt_events e join archive.record_states s on s.record_id = e.stream_id where s.channel_id = '{channel}'"));
        Assert.Equal(1, server.Asked.Count(asked => asked.EndsWith("min_id=0", StringComparison.Ordinal)));
        Assert.Equal("broken-off", await intake.Served.Value<string?>($"select outcome from work.source_polls where channel_id = '{channel}' order by started_at limit 1"));
    }

    [Fact]
    public async Task waits_as_long_as_it_is_told()
    {
        await using var server = await FakeMastodon.Start();
        var channel = await Source(server);
        var until = TimeProvider.System.GetUtcNow().AddMinutes(40);
        server.Instead = async http =>
        {
            http.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            http.Response.Headers["X-RateLimit-Reset"] = until.ToString("O");
            await http.Response.WriteAsync("""{"error":"Too many requests"}""");
            return true;
        };

        await Poll(channel);

        Assert.Equal("throttled", await Outcome(channel));
        var next = (await Shown(channel)).GetProperty("nextPollAt").GetDateTimeOffset();
        Assert.InRange(next, until.AddSeconds(-1), until.AddSeconds(1));
        Assert.Equal("new", (await Shown(channel)).GetProperty("state").GetString());
        Assert.False(await intake.Get<SourceWorker>().WorkOne(default));
    }

    [Fact]
    public async Task leaves_the_last_questions_to_others()
    {
        await using var server = await FakeMastodon.Start();
        server.Post(100, "Hej");
        var channel = await Source(server);
        server.Instead = http =>
        {
            http.Response.Headers["X-RateLimit-Remaining"] = "2";
            http.Response.Headers["X-RateLimit-Reset"] = TimeProvider.System.GetUtcNow().AddMinutes(3).ToString("O");
            return Task.FromResult(false);
        };

        await Poll(channel);

        Assert.Single(server.Asked);
        Assert.Equal("throttled", await Outcome(channel));
    }

    [Fact]
    public async Task stops_and_alarms_when_the_token_is_dead_and_says_when_it_lives_again()
    {
        await using var server = await FakeMastodon.Start();
        server.Post(100, "Hej");
        server.Token = "en-annan-nyckel-gäller";
        var channel = await Source(server);

        await Poll(channel);
        await Due(channel);
        Assert.False(await intake.Get<SourceWorker>().WorkOne(default));

        var shown = await Shown(channel);
        Assert.Equal(("stopped", "token-dead"), (shown.GetProperty("state").GetString(), shown.GetProperty("alarm").GetProperty("problem").GetString()));
        var history = await intake.Get<SealedLog>().Store.ReadStream(intake.Get<KeyedIds>().Source(channel));
        Assert.Equal(new SourceAlarmRaised(history.Select(h => h.Event).OfType<SourceSetUp>().First().Authority, channel, "token-dead", true), history[^1].Event);
        Assert.Contains("archive_source_alarms 1", await intake.Served.Program().GetStringAsync(IntakeArchive.Address("/metrics")), StringComparison.Ordinal);
        Assert.Equal("source-stopped", await IntakeArchive.Problem(await intake.Staff.PostAsync(At(channel, "/poll"), null)));
        Assert.Contains("Källor med larm", await Page("larm", "/", Role.Kommunikator), StringComparison.Ordinal);
        Assert.Contains("Åtkomstnyckeln gäller inte längre", await Page("larm", "/kallor", Role.Kommunikator), StringComparison.Ordinal);
        Assert.DoesNotContain(await intake.Faults(), fault => fault.StartsWith("source-", StringComparison.Ordinal));

        server.Token = Token;
        await IntakeArchive.Ok(await intake.Staff.PostAsJsonAsync(At(channel, "/credential"), new { token = Token }));
        await Poll(channel);

        Assert.Equal("running", (await Shown(channel)).GetProperty("state").GetString());
        Assert.IsType<SourceRecovered>((await intake.Get<SealedLog>().Store.ReadStream(intake.Get<KeyedIds>().Source(channel)))[^1].Event);
        Assert.Equal(1, await Records(channel));
        Assert.DoesNotContain(await intake.Faults(), fault => fault.StartsWith("source-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task hears_the_stream_and_asks_for_what_was_said_while_it_was_broken()
    {
        await using var server = await FakeMastodon.Start();
        server.Post(100, "Före");
        var channel = await Source(server, "stream");
        await Poll(channel);
        using var stopped = new CancellationTokenSource();
        var streams = intake.Get<SourceStreams>();
        var listening = streams.ListenOnce(channel, stopped.Token);
        await Eventually(async () => await intake.Served.Value<bool>($"select stream_heard_at is not null from work.source_runs where channel_id = '{channel}'"));
        await Poll(channel);

        // One's own is told, and what others write on the same home page is not.
        server.Tell("update", server.Post(101, "I strömmen").ToJsonString());
        server.Tell("update", server.Status(102, "Någon annans", account: "9", name: "annan").ToJsonString());
        server.Tell("delete", "102");
        server.Statuses.Remove(100);
        server.Tell("delete", "100");
        await Eventually(async () =>
        {
            await intake.WorkOffInbox();
            return (await State(channel, server.Uri(100))).Visibility == Visibility.Deleted;
        });
        Assert.True((await State(channel, server.Uri(101))).Exists);
        Assert.False((await State(channel, server.Uri(102, "annan"))).Exists);
        Assert.Equal(2, await Records(channel));

        server.Break();
        Assert.True(await listening);
        Assert.Equal(1, await intake.Served.Value<long>($"select count(*) from archive.source_gaps where channel_id = '{channel}' and to_at is null and reason = 'stream-broken'"));
        server.Post(103, "Medan strömmen var bruten");

        listening = streams.ListenOnce(channel, stopped.Token);
        await Eventually(async () => await intake.Served.Value<long>($"select count(*) from archive.source_gaps where channel_id = '{channel}' and to_at is not null") == 1);
        Assert.Equal(1, (await Shown(channel)).GetProperty("openGaps").GetInt64());
        await Poll(channel);

        Assert.True((await State(channel, server.Uri(103))).Exists);
        Assert.Equal(0, (await Shown(channel)).GetProperty("openGaps").GetInt64());
        Assert.Equal(3, await Records(channel));
        await stopped.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);
    }

    [Fact]
    public async Task takes_what_is_missing_twice_for_deleted_only_when_the_server_says_that_there_is_none()
    {
        await using var server = await FakeMastodon.Start();
        for (var id = 100; id <= 103; id++) server.Statuses[id] = server.Status(id, $"Inlägg {id}", at: Lately(id - 90));
        var channel = await Source(server);
        await Poll(channel);
        await Compare(channel);

        // One is gone, one is only left out of the list.
        server.Statuses.Remove(101);
        server.Unlisted.Add(102);
        await Poll(channel);
        Assert.Equal((Visibility.Visible, Visibility.Visible), ((await State(channel, server.Uri(101))).Visibility, (await State(channel, server.Uri(102))).Visibility));
        await Poll(channel);
        await Compare(channel);
        Assert.Contains(channel, await intake.Get<ArchiveService.Features.Completeness.CompletenessRegister>().WithMissing(default));
        Assert.Equal(Visibility.Visible, (await State(channel, server.Uri(101))).Visibility);
        await Later(channel);
        await Compare(channel);

        Assert.Equal((Visibility.Deleted, Visibility.Visible), ((await State(channel, server.Uri(101))).Visibility, (await State(channel, server.Uri(102))).Visibility));
        var deleted = Assert.Single((await History(channel, server.Uri(101))).Select(h => h.Event).OfType<ItemDeletedFromChannel>());
        Assert.Equal(Certainty.Inferred, deleted.Observed!.Certainty);
        Assert.Equal(4, await Records(channel));
        await intake.WorkOffInbox();
        Assert.Empty(await intake.Inbox());
    }

    [Fact]
    public async Task takes_only_a_404_to_a_token_that_works_for_gone()
    {
        await using var server = await FakeMastodon.Start();
        server.Post(100, "Hej");
        var channel = new ArchiveService.Features.Channels.Channel(Guid.CreateVersion7(), Guid.CreateVersion7(), "mastodon", [], null);
        var poller = intake.Get<ArchiveService.Features.Sources.Mastodon.MastodonPoller>();
        PollOrder Order(string? token) => new(channel, new Uri(server.Address), "1", token, null, TimeProvider.System.GetUtcNow(), intake.Get<SourceClients>().Polls);

        Assert.Equal(ItemPresence.Present, await poller.Look(Order(Token), server.Uri(100), default));
        Assert.Equal(ItemPresence.Gone, await poller.Look(Order(Token), server.Uri(999), default));
        Assert.Equal(ItemPresence.Unclear, await poller.Look(Order(null), server.Uri(999), default));
        Assert.Equal(ItemPresence.Unclear, await poller.Look(Order(null), "https://other.example/users/x/statuses/1", default));
        server.Token = "en-annan";
        Assert.Equal("token-dead", (await Assert.ThrowsAsync<PollProblem>(() => poller.Look(Order(Token), server.Uri(999), default))).Code);
        server.Instead = http =>
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.FromResult(true);
        };
        Assert.Equal(ItemPresence.Unclear, await poller.Look(Order(Token), server.Uri(100), default));
    }

    [Fact]
    public async Task never_shows_the_token_and_refuses_what_it_must()
    {
        await using var server = await FakeMastodon.Start();
        var channel = await Source(server);
        var registrator = intake.Served.Program(await intake.Served.Token("Rut Registrator", [new("registrator")]));
        var nobody = intake.Served.Program(await intake.Served.Token("Arne Arkivarie", [new("arkivarie")]));

        var shown = await (await registrator.GetAsync(At(channel))).Content.ReadAsStringAsync();
        Assert.DoesNotContain(Token, shown, StringComparison.Ordinal);
        Assert.Contains("\"by\":\"Siv Exempelsson\"", shown, StringComparison.Ordinal);
        Assert.Equal(0, await intake.Served.Value<long>($"select count(*) from archive.mt_events where data::text like '%{Token}%'"));
        Assert.Equal(0, await intake.Served.Value<long>($"select count(*) from archive.source_secrets where position('{Token}'::bytea in sealed) > 0"));
        Assert.Equal(Token, await intake.Get<SourceSecrets>().Read(channel, SourceSecrets.Token, default));
        Assert.Equal("not-allowed", await IntakeArchive.Problem(await registrator.PostAsJsonAsync(At(channel, "/credential"), new { token = Token })));
        Assert.Equal("not-allowed", await IntakeArchive.Problem(await nobody.GetAsync(At(channel))));
        Assert.Equal("channel-unknown", await IntakeArchive.Problem(await intake.Staff.PutAsJsonAsync(At(Guid.CreateVersion7()), new { address = server.Address, account = "1" })));
        Assert.Equal("source-platform", await IntakeArchive.Problem(await intake.Staff.PutAsJsonAsync(At(await intake.NewChannel("tiktok", "t1")), new { address = server.Address, account = "1" })));
        Assert.Equal("source-running", await IntakeArchive.Problem(await intake.Staff.PostAsync(At(channel, "/resume"), null)));
        await IntakeArchive.Ok(await intake.Staff.PostAsync(At(channel, "/pause"), null));
        Assert.Equal("source-paused", await IntakeArchive.Problem(await intake.Staff.PostAsync(At(channel, "/pause"), null)));
        await IntakeArchive.Ok(await intake.Staff.PostAsync(At(channel, "/credential/remove"), null));
        Assert.Null(await intake.Get<SourceSecrets>().Read(channel, SourceSecrets.Token, default));
        Assert.Contains((await IntakeArchive.Ok(await intake.Staff.GetAsync(IntakeArchive.Address("/api/v1/sources")))).GetProperty("items").EnumerateArray(), s => s.GetProperty("channel").GetGuid() == channel);
    }

    [Fact]
    public async Task is_set_up_on_a_page()
    {
        await using var server = await FakeMastodon.Start();
        var channel = await intake.NewChannel("mastodon", server.Actor);
        var browser = await Browser("kim", Role.Kommunikator);
        var path = $"/kallor/{channel}";

        var refused = WebUtility.HtmlDecode(await (await ServedArchive.Post(browser, path, path + "?handler=SetUp", ("Address", "inte en adress"), ("Account", "kommun"), ("Means", "poll"), ("IntervalMinutes", "15"), ("Enabled", "ja"))).Content.ReadAsStringAsync());
        Assert.Contains("Ange adressen till plattformens API", refused, StringComparison.Ordinal);
        await ServedArchive.Post(browser, path, path + "?handler=SetUp", ("Address", server.Address), ("Account", "kommun"), ("Means", "poll"), ("IntervalMinutes", "30"), ("Enabled", "ja"));
        await ServedArchive.Post(browser, path, path + "?handler=Credential", ("Token", Token));

        var page = WebUtility.HtmlDecode(await browser.GetStringAsync(IntakeArchive.Address(path)));
        Assert.Contains("frågar var 30:e minut", page, StringComparison.Ordinal);
        Assert.Contains("av kim Exempelsson", page, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, page, StringComparison.Ordinal);
    }

    [SharedDataFact]
    public async Task takes_in_what_a_real_server_answered()
    {
        await using var server = await FakeMastodon.Start();
        string Sample(string name) => File.ReadAllText(SharedData.PathOf($"mastodon/rest-api/{name}.json"));
        server.Recorded["/api/v1/accounts/1/statuses"] = Sample("test_min_max_id__04_GET_v1_timelines_home");
        server.Recorded["/api/v1/notifications"] = Sample("test_notifications__01_GET_v1_notifications");
        server.Recorded["/api/v1/conversations"] = Sample("test_conversations__02_GET_v1_conversations");
        server.Recorded["/api/v1/statuses/117020593780198542/context"] = Sample("test_status_context__01_GET_v1_statuses_117020585487094447_context");
        var channel = await Source(server);

        await Poll(channel);

        Assert.Equal("ok", await Outcome(channel));
        Assert.Empty(await intake.Inbox());
        Assert.True((await State(channel, "http://localhost:3000/ap/users/117020565693913441/statuses/117020576916218297")).Exists);
        Assert.Equal("direct-message", (await State(channel, "http://localhost:3000/ap/users/117020566092212359/statuses/117020593780198542")).RecordType);
    }

    private async Task<HttpClient> Browser(string username, Role role)
    {
        await intake.Served.User($"{username} Exempelsson", username, "ett långt lösenord 1", new Grant(role, null));
        var browser = intake.Served.Browser();
        await ServedArchive.LogIn(browser, username, "ett långt lösenord 1");
        return browser;
    }

    private async Task<string> Page(string username, string path, Role role) => WebUtility.HtmlDecode(await (await Browser(username, role)).GetStringAsync(IntakeArchive.Address(path)));
}
