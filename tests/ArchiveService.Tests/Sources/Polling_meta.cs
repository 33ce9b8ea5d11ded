using System.Text;
using ArchiveService.Capture;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Sources;
using ArchiveService.Features.Sources.Meta;

namespace ArchiveService.Tests.Sources;

public sealed class Polling_meta : IDisposable
{
    private const string Token = "EAAB-hemlig-nyckel";

    private static readonly DateTimeOffset Now = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    private readonly HttpClient http = new();

    public void Dispose() => http.Dispose();

    [Fact]
    public async Task reads_the_feed_with_what_goes_on_within_it_and_the_conversations()
    {
        await using var server = await GraphServer.Start((path, query) => (path, query.GetValueOrDefault("after")) switch
        {
            ("100/feed", null) => """{"data":[{"id":"100_5","created_time":"2026-11-20T08:00:00+0000","message":"Ett","comments":{"data":[{"id":"5_1","message":"a","created_time":"2026-11-20T08:10:00+0000"}],"paging":{"cursors":{"after":"c1"},"next":"https://g/x?access_token=EAAB-hemlig-nyckel"}}}],"paging":{"cursors":{"after":"f1"},"next":"https://g/100/feed?access_token=EAAB-hemlig-nyckel&after=f1"}}""",
            ("100_5/comments", "c1") => """{"data":[{"id":"5_2","message":"b","created_time":"2026-11-20T08:11:00+0000"}]}""",
            ("100/feed", "f1") => """{"data":[{"id":"100_4","created_time":"2026-11-19T08:00:00+0000","message":"Två"}],"paging":{"cursors":{"after":"f2"}}}""",
            ("100/conversations", null) => """{"data":[{"id":"t_1","updated_time":"2026-11-20T08:00:00+0000","participants":{"data":[{"id":"55"},{"id":"100"}]},"messages":{"data":[{"id":"m_1","created_time":"2026-11-20T08:00:00+0000","from":{"id":"100"},"to":{"data":[{"id":"55"}]},"message":"Hej"}]}}]}""",
            _ => null,
        });

        var pages = await Poll(server, "facebook");

        Assert.Equal(["/v24.0/100/feed", "/v24.0/100_5/comments", "/v24.0/100/feed", "/v24.0/100/conversations"], server.Asked.Select(asked => asked.Split('?')[0]));
        var acts = Read(pages, "facebook");
        Assert.Equal(["100_5", "5_1", "5_2", "100_4", "m_1"], acts.Select(act => act.NativeId));
        Assert.Equal("100_5", acts[2].RootNativeId);
        Assert.Equal("55", acts[4].ConversationId);
        Assert.All(server.Authorizations, header => Assert.Equal($"Bearer {Token}", header));
        Assert.All(server.Asked, asked => Assert.DoesNotContain("access_token", asked, StringComparison.Ordinal));
        Assert.All(pages, page => Assert.DoesNotContain(Token, Encoding.UTF8.GetString(page.Body) + page.Request + string.Join(' ', page.Headers.Values), StringComparison.Ordinal));
        Assert.All(pages, page => Assert.Equal("v24.0", page.Headers["facebook-api-version"]));
    }

    /// <summary>For the comparison: the feed with its comments, or the media with theirs; never stories, which go by themselves, nor messages.</summary>
    [Theory]
    [InlineData("facebook", "100/feed", "100_5 5_1")]
    [InlineData("instagram", "100/media", "9 91")]
    public async Task lists_what_stands_since_a_day(string platform, string path, string expected)
    {
        await using var server = await GraphServer.Start((asked, _) => asked switch
        {
            "100/feed" => """{"data":[{"id":"100_5","created_time":"2026-11-20T08:00:00+0000","message":"Ett","comments":{"data":[{"id":"5_1","message":"a","created_time":"2026-11-20T08:10:00+0000"}]}}]}""",
            "100/media" => """{"data":[{"id":"9","media_type":"IMAGE","caption":"Ett","timestamp":"2026-11-20T08:00:00+0000","username":"kommunen","comments":{"data":[{"id":"91","text":"a","timestamp":"2026-11-20T08:10:00+0000","username":"nils"}]}}]}""",
            _ => null,
        });
        var pages = await new MetaLister(new()).List(Order(server, platform), Now.AddDays(-30), default).ToListAsync();
        Assert.Equal(expected, string.Join(' ', Read(pages, platform).Where(act => act.Act == ActKind.Create).Select(act => act.NativeId)));
        Assert.All(pages, page => Assert.Null(page.Mark));
        Assert.Equal($"/v24.0/{path}", Assert.Single(server.Asked).Split('?')[0]);
        Assert.DoesNotContain(new MetaLister(new()).Platforms, p => p == "messenger");
    }

    [Fact]
    public async Task signs_every_question_and_keeps_the_proof_nowhere()
    {
        await using var server = await GraphServer.Start((path, _) => """{"data":[]}""");

        var pages = await Poll(server, "facebook", options: new(AppSecret: "s"));

        var proof = Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData("s"u8, Encoding.UTF8.GetBytes(Token)));
        Assert.All(server.Asked, asked => Assert.EndsWith($"&appsecret_proof={proof}", asked, StringComparison.Ordinal));
        Assert.All(pages, page => Assert.DoesNotContain("appsecret_proof", page.Request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task takes_the_version_of_the_address()
    {
        await using var server = await GraphServer.Start((path, _) => """{"data":[]}""");

        await Poll(server, "messenger", address: new(server.Address, "/v25.0"));

        Assert.All(server.Asked, asked => Assert.StartsWith("/v25.0/100/conversations?fields=", asked, StringComparison.Ordinal));
    }

    [Fact]
    public async Task ends_where_a_cursor_repeats_where_nothing_is_new_and_after_ten_empty_pages()
    {
        await using var repeats = await GraphServer.Start((path, query) => path != "100/feed" ? (GraphReply?)"""{"data":[]}""" : $$$"""{"data":[{"id":"100_{{{query.GetValueOrDefault("after")?.Length ?? 0}}}","message":"x"}],"paging":{"cursors":{"after":"same"},"next":"https://g/x"}}""");
        await Poll(repeats, "facebook");
        Assert.Equal(2, repeats.Asked.Count(asked => asked.Contains("/feed", StringComparison.Ordinal)));

        var turn = 0;
        await using var nothingNew = await GraphServer.Start((path, _) => path != "100/feed" ? (GraphReply?)"""{"data":[]}""" : $$$"""{"data":[{"id":"100_1","message":"x"}],"paging":{"cursors":{"after":"{{{++turn}}}"},"next":"https://g/x"}}""");
        await Poll(nothingNew, "facebook");
        Assert.Equal(2, nothingNew.Asked.Count(asked => asked.Contains("/feed", StringComparison.Ordinal)));

        await using var empty = await GraphServer.Start((path, _) => path != "100/feed" ? (GraphReply?)"""{"data":[]}""" : $$$"""{"data":[],"paging":{"cursors":{"after":"{{{++turn}}}"},"next":"https://g/x"}}""");
        await Poll(empty, "facebook");
        Assert.Equal(11, empty.Asked.Count(asked => asked.Contains("/feed", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task goes_over_an_empty_page_that_has_a_next_one()
    {
        await using var server = await GraphServer.Start((path, query) => (path, query.GetValueOrDefault("after")) switch
        {
            ("100/feed", null) => """{"data":[],"paging":{"cursors":{"after":"f1"},"next":"https://g/x"}}""",
            ("100/feed", "f1") => """{"data":[{"id":"100_4","message":"Två"}]}""",
            _ => """{"data":[]}""",
        });

        Assert.Equal(["100_4"], Read(await Poll(server, "facebook"), "facebook").Select(act => act.NativeId));
    }

    [Fact]
    public async Task goes_on_where_it_was_broken_off()
    {
        await using var server = await GraphServer.Start((path, query) => (path, query.GetValueOrDefault("after")) switch
        {
            ("100/feed", null) => """{"data":[{"id":"100_5","message":"Ett","comments":{"data":[],"paging":{"cursors":{"after":"c1"},"next":"https://g/x"}}}],"paging":{"cursors":{"after":"f1"},"next":"https://g/x"}}""",
            ("100_5/comments", "c1") => """{"data":[{"id":"5_2","message":"b"}]}""",
            ("100/feed", "f1") => """{"data":[{"id":"100_4","message":"Två"}]}""",
            _ => """{"data":[]}""",
        });
        string? mark = null;
        await foreach (var page in Poller().Poll(Order(server, "facebook"), default))
        {
            mark = page.Mark;
            break;
        }

        server.Asked.Clear();
        var rest = await Poll(server, "facebook", mark);

        Assert.Equal(["/v24.0/100_5/comments", "/v24.0/100/feed", "/v24.0/100/conversations"], server.Asked.Select(asked => asked.Split('?')[0]));
        server.Asked.Clear();
        await Poll(server, "facebook", rest[^1].Mark);
        Assert.Contains($"&since={(Now - TimeSpan.FromDays(30)).ToUnixTimeSeconds()}", server.Asked[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task stops_before_meta_does_and_says_when_to_go_on()
    {
        await using var server = await GraphServer.Start((path, query) => new(
            """{"data":[{"id":"100_5","message":"Ett"}],"paging":{"cursors":{"after":"f1"},"next":"https://g/x"}}""",
            Headers: [("X-Business-Use-Case-Usage", """{"100":[{"type":"pages","call_count":76,"total_cputime":2,"total_time":3,"estimated_time_to_regain_access":19}]}""")]));
        var pages = new List<PolledPage>();

        var problem = await Assert.ThrowsAsync<PollProblem>(() => Into(pages, Order(server, "facebook")));

        Assert.Equal(("throttled", Now.AddMinutes(19)), (problem.Code, problem.NotBefore));
        Assert.Single(pages);
        Assert.NotNull(pages[0].Mark);
        Assert.Single(server.Asked);
    }

    [Theory]
    [InlineData(190, 400, "token-dead")]
    [InlineData(4, 400, "throttled")]
    [InlineData(17, 400, "throttled")]
    [InlineData(32, 400, "throttled")]
    [InlineData(613, 400, "throttled")]
    [InlineData(10, 400, "not-permitted")]
    [InlineData(200, 403, "not-permitted")]
    [InlineData(100, 400, "not-found")]
    [InlineData(2, 500, "unreachable")]
    public async Task says_why_it_was_refused(int code, int status, string expected)
    {
        await using var server = await GraphServer.Start((_, _) => new($$$"""{"error":{"message":"hemligt EAAB-hemlig-nyckel","type":"OAuthException","code":{{{code}}}}}""", status));

        var problem = await Assert.ThrowsAsync<PollProblem>(() => Poll(server, "facebook"));

        Assert.Equal(expected, problem.Code);
        Assert.Equal(expected == "throttled", problem.NotBefore is not null);
        Assert.DoesNotContain("hemlig", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task reads_the_rest_when_one_right_is_missing_and_then_says_so()
    {
        await using var server = await GraphServer.Start((path, _) => path == "100/feed" ? new GraphReply("""{"error":{"code":10}}""", 403) : """{"data":[{"id":"t_1","messages":{"data":[{"id":"m_1","message":"Hej"}]}}]}""");
        var pages = new List<PolledPage>();

        var problem = await Assert.ThrowsAsync<PollProblem>(() => Into(pages, Order(server, "facebook")));

        Assert.Equal("not-permitted", problem.Code);
        Assert.Equal(["m_1"], Read(pages, "facebook").Select(act => act.NativeId));
    }

    [Fact]
    public async Task asks_for_less_when_meta_says_that_it_is_too_much()
    {
        await using var server = await GraphServer.Start((path, query) => query["limit"] == "25" && path == "100/feed"
            ? new GraphReply("""{"error":{"code":1,"message":"Please reduce the amount of data you're asking for, then retry your request"}}""", 500)
            : """{"data":[]}""");

        await Poll(server, "facebook");

        Assert.Contains(server.Asked, asked => asked.Contains("&limit=12", StringComparison.Ordinal));
    }

    [Fact]
    public async Task leaves_messages_to_the_page_where_that_is_registered()
    {
        await using var server = await GraphServer.Start((_, _) => """{"data":[]}""");

        Assert.Empty(await new MetaPoller(new(), (account, _) => Task.FromResult(account == "100")).Poll(Order(server, "messenger"), default).ToListAsync());
        Assert.Empty(server.Asked);
    }

    [Fact]
    public async Task reads_instagram_with_stories_answers_and_the_end_of_what_is_new()
    {
        await using var server = await GraphServer.Start((path, query) => (path, query.GetValueOrDefault("after")) switch
        {
            ("100/stories", null) => """{"data":[{"id":"1","media_type":"IMAGE","media_url":"https://a/1","timestamp":"2026-11-27T08:00:00+0000"}]}""",
            ("100/media", null) => """{"data":[{"id":"2","caption":"Ny","media_type":"IMAGE","media_url":"https://a/2","timestamp":"2026-11-26T08:00:00+0000","comments":{"data":[{"id":"21","text":"Hej","replies":{"data":[{"id":"22","text":"Svar"}]}}]}}],"paging":{"cursors":{"after":"m1"},"next":"https://g/x"}}""",
            ("100/media", "m1") => """{"data":[{"id":"3","caption":"Gammal","media_type":"IMAGE","timestamp":"2026-01-01T08:00:00+0000"}],"paging":{"cursors":{"after":"m2"},"next":"https://g/x"}}""",
            ("100/media", "m2") => """{"data":[{"id":"4","caption":"Äldre","media_type":"IMAGE","timestamp":"2025-01-01T08:00:00+0000"}]}""",
            _ => """{"data":[]}""",
        });

        var first = await Poll(server, "instagram");
        Assert.Equal([("1", ItemKind.Story), ("2", ItemKind.Post), ("21", ItemKind.Comment), ("22", ItemKind.Reply), ("3", ItemKind.Post), ("4", ItemKind.Post)], Read(first, "instagram").Select(act => (act.NativeId, act.Kind)));
        var again = await Poll(server, "instagram", first[^1].Mark);
        Assert.Equal(["1", "2", "21", "22", "3"], Read(again, "instagram").Select(act => act.NativeId));
    }

    [Fact]
    public async Task takes_only_a_proof_for_gone()
    {
        var neighbours = """{"data":[{"id":"5_1"}]}""";
        var status = 400;
        await using var server = await GraphServer.Start((path, _) => path switch
        {
            "5_1" => """{"id":"5_1"}""",
            "5_9" => new GraphReply("""{"error":{"code":100,"error_subcode":33}}""", status),
            "100_5/comments" => neighbours,
            "100" => """{"id":"100"}""",
            "5_7" => new GraphReply("""{"error":{"code":10}}""", 403),
            "m_1" => new GraphReply("""{"error":{"code":100}}""", 404),
            _ => null,
        });
        Task<ItemPresence> Look(string id) => Poller().Look(Order(server, "facebook"), id, default);

        Assert.Equal(ItemPresence.Present, await Look("5_1"));
        Assert.Equal(ItemPresence.Gone, await Look("5_9"));
        neighbours = """{"data":[]}""";
        Assert.Equal(ItemPresence.Unclear, await Look("5_9"));
        status = 404;
        Assert.Equal(ItemPresence.Gone, await Look("5_9"));
        neighbours = """{"data":[{"id":"5_9"}]}""";
        Assert.Equal(ItemPresence.Unclear, await Look("5_9"));
        Assert.Equal(ItemPresence.Unclear, await Look("5_7"));
        Assert.Equal(ItemPresence.Unclear, await Look("m_1"));
        Assert.Equal(ItemPresence.Unclear, await Look("../me"));
    }

    [Fact]
    public async Task cannot_ask_without_a_token_and_survives_a_server_that_is_not_there()
    {
        var order = new PollOrder(new(Guid.CreateVersion7(), Guid.CreateVersion7(), "facebook", [], null), new("http://127.0.0.1:1"), "100", null, null, Now, http);

        Assert.Equal("token-dead", (await Assert.ThrowsAsync<PollProblem>(() => Into([], order))).Code);
        Assert.Equal("unreachable", (await Assert.ThrowsAsync<PollProblem>(() => Into([], order with { Token = Token }))).Code);
    }

    [MetaSamplesFact]
    public async Task reads_the_recorded_answers_of_a_page_and_an_account()
    {
        await using var facebook = await GraphServer.Start((path, query) => (path, query.GetValueOrDefault("after")) switch
        {
            ("19292868552/feed", null) => MetaSamplesFactAttribute.Read("facebook/graph-api/base__full_connecions_p1.json"),
            ("19292868552/feed", "after") => MetaSamplesFactAttribute.Read("facebook/graph-api/base__full_connecions_p2.json"),
            _ => """{"data":[]}""",
        });
        Assert.Equal(8, Read(await Poll(facebook, "facebook", account: "19292868552"), "facebook").Select(act => act.NativeId).Distinct().Count());

        await using var instagram = await GraphServer.Start((path, query) => (path, query.GetValueOrDefault("after")) switch
        {
            ("17841406338772941/stories", _) => MetaSamplesFactAttribute.Read("instagram/graph-api/users__stories.json"),
            ("17841406338772941/media", null) => MetaSamplesFactAttribute.Read("instagram/graph-api/users__medias_p1.json"),
            _ => """{"data":[]}""",
        });
        Assert.Equal([ItemKind.Story, ItemKind.Story, ItemKind.Post, ItemKind.Post], Read(await Poll(instagram, "instagram", account: "17841406338772941"), "instagram").Select(act => act.Kind));

        await using var refusing = await GraphServer.Start((_, _) => new(MetaSamplesFactAttribute.Read("facebook/graph-api/base__error_data.json"), 400));
        Assert.Equal("not-found", (await Assert.ThrowsAsync<PollProblem>(() => Poll(refusing, "facebook"))).Code);
    }

    private static MetaPoller Poller(MetaGraphOptions? options = null) => new(options ?? new(), (_, _) => Task.FromResult(false));

    private PollOrder Order(GraphServer server, string platform, string? mark = null, Uri? address = null, string account = "100") =>
        new(new(Guid.CreateVersion7(), Guid.CreateVersion7(), platform, [], null), address ?? server.Address, account, Token, mark, Now, http);

    private async Task<List<PolledPage>> Poll(GraphServer server, string platform, string? mark = null, MetaGraphOptions? options = null, Uri? address = null, string account = "100") =>
        await Poller(options).Poll(Order(server, platform, mark, address, account), default).ToListAsync();

    private static async Task Into(List<PolledPage> pages, PollOrder order)
    {
        await foreach (var page in Poller().Poll(order, default)) pages.Add(page);
    }

    private static List<CapturedAct> Read(IEnumerable<PolledPage> pages, string platform) =>
        [.. pages.SelectMany(page => new GraphDeliveryReader(platform).Read(page.Body, new DeliveryContext(page.Form, page.Request, page.Headers), Now)).OfType<ReadAct.Accepted>().Select(read => read.Act).Where(act => act.Act is not (ActKind.Hide or ActKind.Unhide))];
}

/// <summary>A test over recorded answers that are not part of the repository; skipped with the reason where they are absent.</summary>
internal sealed class MetaSamplesFactAttribute : FactAttribute
{
    private static readonly string? Data = Find();

    public MetaSamplesFactAttribute()
    {
        if (Data is null) Skip = "shared/data is not beside the repository (ARCHIVESERVICE_SHARED may point to the folder shared).";
    }

    public static string Read(string path) => File.ReadAllText(Path.Combine(Data!, path));

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("ARCHIVESERVICE_SHARED") is { } told) return Directory.Exists(Path.Combine(told, "data")) ? Path.Combine(told, "data") : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var data = Path.Combine(folder.FullName, "..", "shared", "data");
            if (File.Exists(Path.Combine(folder.FullName, "ArchiveService.sln"))) return Directory.Exists(data) ? data : null;
        }

        return null;
    }
}
