using ArchiveService.Capture;
using ArchiveService.Capture.YouTube;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Sources;
using ArchiveService.Features.Sources.YouTube;

namespace ArchiveService.Tests.Sources;

public sealed class Polling_youtube
{
    private const string Account = "UC_x5XG1OV2P6uZZ5FSM9Ttw";

    private static readonly DateTimeOffset Now = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    private static string Comment(string id, string at = "2026-11-20T10:00:00Z") =>
        $$$"""{"kind":"youtube#comment","id":"{{{id}}}","snippet":{"videoId":"vidvidvid11","authorChannelId":{"value":"UC42"},"textOriginal":"Hej","publishedAt":"{{{at}}}","updatedAt":"{{{at}}}"} }""";

    private static string Thread(string id, int answers = 0, string at = "2026-11-20T10:00:00Z") =>
        $$$"""{"kind":"youtube#commentThread","id":"{{{id}}}","snippet":{"videoId":"vidvidvid11","topLevelComment":{{{Comment(id, at)}}},"totalReplyCount":{{{answers}}},"isPublic":true} }""";

    private static string Page(string items, string? next = null) => "{\"kind\":\"x\",\"items\":[" + items + "]" + (next is null ? "" : ",\"nextPageToken\":\"" + next + "\"") + "}";

    private static (int, string) Whole(string url) => url switch
    {
        _ when url.Contains("/channels?", StringComparison.Ordinal) => (200, Page($$$"""{"kind":"youtube#channel","id":"{{{Account}}}","snippet":{"title":"Kommunen"} }""")),
        _ when url.Contains("/playlistItems?", StringComparison.Ordinal) => (200, Page("""{"contentDetails":{"videoId":"vidvidvid11"} }""")),
        _ when url.Contains("/videos?", StringComparison.Ordinal) => (200, Page("""{"kind":"youtube#video","id":"vidvidvid11","snippet":{"title":"Film","publishedAt":"2026-11-01T10:00:00Z"} }""")),
        _ when url.Contains("moderationStatus=heldForReview", StringComparison.Ordinal) => (200, Page(Thread("UgHeld"))),
        _ when url.Contains("moderationStatus=likelySpam", StringComparison.Ordinal) => (200, Page("")),
        _ when url.Contains("parentId=UgOne", StringComparison.Ordinal) && url.Contains("pageToken=R2", StringComparison.Ordinal) => (200, Page(Comment("UgOne.b"))),
        _ when url.Contains("parentId=UgOne", StringComparison.Ordinal) => (200, Page(Comment("UgOne.a"), "R2")),
        _ when url.Contains("pageToken=P2", StringComparison.Ordinal) => (200, Page(Thread("UgTwo", at: "2026-11-01T10:00:00Z"))),
        _ when url.Contains("/commentThreads?", StringComparison.Ordinal) => (200, Page(Thread("UgOne", answers: 2), "P2")),
        _ => (404, """{"error":{"code":404,"errors":[{"reason":"notFound"}]} }"""),
    };

    [Fact]
    [Trait("Requirement", "C5")]
    public async Task asks_for_threads_missing_answers_films_and_the_channel()
    {
        await using var server = new ScriptedServer(request => Whole(request.RawUrl!));
        var pages = await Poll(server, "oauth-token");
        var acts = pages.SelectMany(page => YouTubeApi.Read(page.Body).Acts).OfType<ReadAct.Accepted>().Select(read => read.Act.NativeId).ToList();

        Assert.Equal(["UgHeld", "UgOne.a", "UgOne.b", "UgOne", "UgTwo", "vidvidvid11", Account], acts);
        Assert.All(server.Tokens, token => Assert.Equal("Bearer oauth-token", token));
        Assert.All(pages, page => Assert.DoesNotContain("oauth-token", page.Request, StringComparison.Ordinal));
        Assert.Equal(new YouTubeMark(new DateTimeOffset(2026, 11, 20, 10, 0, 0, TimeSpan.Zero), Now), YouTubeMark.Read(pages[^1].Mark));
        Assert.Equal(["likelySpam", "published", "", "", "P2", "films", "channel", ""], pages.Select(page => YouTubeMark.Read(page.Mark)).Select(mark => mark.Page ?? mark.Part ?? ""));
    }

    /// <summary>For the comparison: what a key sees is what everybody sees, the owner's token also what the filter holds back.</summary>
    [Fact]
    public async Task lists_comments_and_films_since_a_day_without_a_mark()
    {
        await using var server = new ScriptedServer(request => Whole(request.RawUrl!));
        async Task<string> Listed(string token, DateTimeOffset since)
        {
            var pages = await new YouTubeLister().List(Order(server, token, null), since, default).ToListAsync();
            Assert.All(pages, page => Assert.Null(page.Mark));
            return string.Join(' ', pages.SelectMany(page => YouTubeApi.Read(page.Body).Acts).OfType<ReadAct.Accepted>().Select(read => read.Act.NativeId));
        }

        Assert.Equal("UgHeld UgOne.a UgOne.b UgOne UgTwo vidvidvid11", await Listed("oauth-token", Now.AddDays(-60)));
        Assert.Equal("UgOne.a UgOne.b UgOne UgTwo vidvidvid11", await Listed("AIzaNyckel", Now.AddDays(-60)));
        Assert.Equal("UgOne.a UgOne.b UgOne vidvidvid11", await Listed("AIzaNyckel", Now.AddDays(-3)));
    }

    [Fact]
    public async Task goes_on_where_it_was_broken_off_and_asks_a_key_for_nothing_held()
    {
        await using var server = new ScriptedServer(request => Whole(request.RawUrl!));
        var pages = await Poll(server, "AIzaNyckel", new YouTubeMark(Part: "published", Page: "P2").Write());

        Assert.Equal(4, server.Asked.Count);
        Assert.Contains("pageToken=P2", server.Asked[0], StringComparison.Ordinal);
        Assert.All(server.Tokens, token => Assert.Equal("AIzaNyckel", token));
        Assert.Equal(3, pages.Count);
    }

    [Fact]
    public async Task looks_back_a_week_between_two_whole_polls()
    {
        await using var server = new ScriptedServer(request => Whole(request.RawUrl!.Replace("pageToken=P2", "pageToken=P3", StringComparison.Ordinal)));
        await Poll(server, "AIzaNyckel", new YouTubeMark(Now, Now.AddHours(-2)).Write());
        Assert.DoesNotContain(server.Asked, asked => asked.Contains("pageToken=P2", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(403, "quotaExceeded", "throttled")]
    [InlineData(429, "rateLimitExceeded", "throttled")]
    [InlineData(401, "authError", "token-dead")]
    [InlineData(500, "backendError", "unreachable")]
    [InlineData(400, "processingFailure", "unreachable")]
    [InlineData(400, "badRequest", "unreadable")]
    public async Task says_why_there_was_no_answer(int status, string reason, string code)
    {
        await using var server = new ScriptedServer(_ => (status, $$$"""{"error":{"code":{{{status}}},"errors":[{"reason":"{{{reason}}}"}]} }"""));
        var told = await Assert.ThrowsAsync<PollProblem>(() => Poll(server, "AIzaNyckel"));

        Assert.Equal(code, told.Code);
        if (reason == "quotaExceeded") Assert.Equal(new DateTimeOffset(2026, 11, 28, 8, 0, 0, TimeSpan.Zero), told.NotBefore);
        if (status == 429) Assert.Equal(Now.AddSeconds(90), told.NotBefore);
    }

    [Fact]
    public async Task tells_a_missing_right_when_the_rest_has_been_read()
    {
        await using var server = new ScriptedServer(request => request.RawUrl!.Contains("moderationStatus=held", StringComparison.Ordinal) ? (403, """{"error":{"code":403,"errors":[{"reason":"forbidden"}]} }""") : Whole(request.RawUrl!));
        var pages = new List<PolledPage>();
        var told = await Assert.ThrowsAsync<PollProblem>(async () =>
        {
            await foreach (var page in new YouTubePoller().Poll(Order(server, "oauth-token", null), default)) pages.Add(page);
        });

        Assert.Equal(("not-permitted", 7), (told.Code, pages.Count));
    }

    [Theory]
    [InlineData("UgOne", "oauth-token", 1, ItemPresence.Present)]
    [InlineData("UgOne", "oauth-token", 0, ItemPresence.Gone)]
    [InlineData("UgOne", "AIzaNyckel", 0, ItemPresence.Unclear)]
    [InlineData("vidvidvid11", "oauth-token", 0, ItemPresence.Gone)]
    [InlineData("Ci0KJ0NPRe", "oauth-token", 0, ItemPresence.Unclear)]
    [InlineData("../x?y", "oauth-token", 0, ItemPresence.Unclear)]
    public async Task calls_an_item_gone_only_when_the_owner_is_told_so(string id, string token, int items, ItemPresence expected)
    {
        await using var server = new ScriptedServer(_ => (200, Page(items == 0 ? "" : Comment(id))));
        Assert.Equal(expected, await new YouTubePoller().Look(Order(server, token, null), id, default));
    }

    private static readonly HttpClient Http = new();

    private static PollOrder Order(ScriptedServer server, string token, string? mark) => new(new Channel(Guid.CreateVersion7(Now), Guid.CreateVersion7(Now), "youtube", [], null), server.Address, Account, token, mark, Now, Http);

    private static async Task<List<PolledPage>> Poll(ScriptedServer server, string token, string? mark = null) => await new YouTubePoller().Poll(Order(server, token, mark), default).ToListAsync();
}
