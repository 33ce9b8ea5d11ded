using ArchiveService.Capture;
using ArchiveService.Capture.LinkedIn;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Sources;
using ArchiveService.Features.Sources.LinkedIn;

namespace ArchiveService.Tests.Sources;

public sealed class Polling_linkedin
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);
    private static readonly HttpClient Http = new();

    private static string List(string elements, string? next = null) =>
        "{\"elements\":[" + elements + "],\"metadata\":{" + (next is null ? "" : "\"paginationCursorMetdata\":{\"nextPaginationCursor\":\"" + next + "\"}") + "}}";

    private static (int, string) Whole(string url) => Uri.UnescapeDataString(url) switch
    {
        var u when u.Contains("dmaPosts?ids=List(urn:li:share:1,urn:li:ugcPost:2)", StringComparison.Ordinal) => (200, """{"results":{"urn:li:share:1":{"id":"urn:li:share:1","author":"urn:li:organization:12","commentary":"Ett"},"urn:li:ugcPost:2":{"id":"urn:li:ugcPost:2","author":"urn:li:organization:12","commentary":"Två"} },"statuses":{} }"""),
        var u when u.Contains("dmaPosts?ids=List(urn:li:share:3)", StringComparison.Ordinal) => (200, """{"results":{},"statuses":{"urn:li:share:3":404},"errors":{} }"""),
        var u when u.Contains("q=postsByAuthor", StringComparison.Ordinal) && u.Contains("paginationCursor=N", StringComparison.Ordinal) => (200, List("""{"id":"urn:li:share:3"}""")),
        var u when u.Contains("q=postsByAuthor&author=urn:li:organization:12&", StringComparison.Ordinal) => (200, List("""{"id":"urn:li:share:1"},{"id":"urn:li:ugcPost:2"}""", "N")),
        var u when u.Contains("q=commentsOnEntity&entity=urn:li:share:1&", StringComparison.Ordinal) => (200, List("""{"id":"urn:li:comment:(urn:li:activity:9,91)"}""")),
        var u when u.Contains("q=commentsOnEntity", StringComparison.Ordinal) => (200, List("")),
        var u when u.Contains("dmaComments?ids=List(urn:li:comment:(urn:li:activity:9,91))", StringComparison.Ordinal) => (200, """{"results":{"urn:li:comment:(urn:li:activity:9,91)":{"actor":"urn:li:person:k","created":{"time":1776254400000},"message":{"text":"Hej"} } } }"""),
        _ => (404, "{}"),
    };

    [Fact]
    [Trait("Requirement", "C5")]
    public async Task asks_for_the_posts_that_the_list_names_and_then_for_their_comments()
    {
        await using var server = new ScriptedServer(request => request.Headers["LinkedIn-Version"] == "202610" && request.Headers["X-Restli-Protocol-Version"] == "2.0.0" ? Whole(request.RawUrl!) : (426, "{}"));
        var pages = await Poll(server, null);
        var acts = pages.SelectMany(page => LinkedInApi.Read(page.Body).Acts).OfType<ReadAct.Accepted>().Select(read => read.Act.NativeId).ToList();

        Assert.Equal(["urn:li:share:1", "urn:li:ugcPost:2", "urn:li:comment:91"], acts);
        Assert.Equal(8, server.Asked.Count);
        Assert.All(server.Tokens, token => Assert.Equal("Bearer token", token));
        Assert.Equal(new LinkedInMark(), LinkedInMark.Read(pages[^1].Mark));
    }

    /// <summary>For the comparison: posts only, and nothing is concluded when the platform wants a pause before the list has ended.</summary>
    [Fact]
    public async Task lists_the_pages_posts_and_no_comments()
    {
        await using var server = new ScriptedServer(request => Whole(request.RawUrl!));
        var pages = await new LinkedInPoller(new("202610")).List(Order(server, null), Now.AddDays(-30), default).ToListAsync();
        Assert.Equal(["urn:li:share:1", "urn:li:ugcPost:2"], pages.SelectMany(page => LinkedInApi.Read(page.Body).Acts).OfType<ReadAct.Accepted>().Select(read => read.Act.NativeId));
        Assert.All(pages, page => Assert.Null(page.Mark));
        Assert.DoesNotContain(server.Asked, asked => asked.Contains("commentsOnEntity", StringComparison.Ordinal));

        await using var pausing = new ScriptedServer(request => Uri.UnescapeDataString(request.RawUrl!).Contains("paginationCursor=N", StringComparison.Ordinal) ? (429, "{}") : Whole(request.RawUrl!));
        Assert.Equal("throttled", (await Assert.ThrowsAsync<PollProblem>(async () => await new LinkedInPoller(new("202610")).List(Order(pausing, null), Now.AddDays(-30), default).ToListAsync())).Code);
    }

    [Fact]
    public async Task remembers_what_is_left_when_the_platform_wants_a_pause()
    {
        var asked = 0;
        await using var server = new ScriptedServer(request => request.RawUrl!.Contains("commentsOnEntity", StringComparison.Ordinal) && ++asked == 2 ? (429, "{}") : Whole(request.RawUrl!));
        var pages = new List<PolledPage>();
        var told = await Assert.ThrowsAsync<PollProblem>(async () =>
        {
            await foreach (var page in new LinkedInPoller(new("202610")).Poll(Order(server, null), default)) pages.Add(page);
        });
        var mark = pages.Last(page => page.Mark is not null).Mark;

        Assert.Equal(("throttled", Now.AddSeconds(90)), (told.Code, told.NotBefore));
        Assert.Equal((true, "urn:li:ugcPost:2 urn:li:share:3"), (LinkedInMark.Read(mark).IsListed, string.Join(' ', LinkedInMark.Read(mark).Posts!)));
        Assert.Equal(2, (await Poll(server, mark)).Count);
    }

    [Theory]
    [InlineData(401, "token-dead")]
    [InlineData(403, "not-permitted")]
    [InlineData(404, "not-found")]
    [InlineData(426, "unreadable")]
    [InlineData(503, "unreachable")]
    public async Task says_why_there_was_no_answer(int status, string code)
    {
        await using var server = new ScriptedServer(_ => (status, "{}"));
        Assert.Equal(code, (await Assert.ThrowsAsync<PollProblem>(() => Poll(server, null))).Code);
    }

    [Theory]
    [InlineData("urn:li:share:3", ItemPresence.Gone)]
    [InlineData("urn:li:share:4", ItemPresence.Unclear)]
    [InlineData("urn:li:comment:91", ItemPresence.Unclear)]
    public async Task calls_a_post_gone_only_when_told_so(string id, ItemPresence expected)
    {
        await using var server = new ScriptedServer(request => Whole(request.RawUrl!));
        Assert.Equal(expected, await new LinkedInPoller(new("202610")).Look(Order(server, null), id, default));
    }

    private static PollOrder Order(ScriptedServer server, string? mark) => new(new Channel(Guid.CreateVersion7(Now), Guid.CreateVersion7(Now), "linkedin", [], null), server.Address, "12", "token", mark, Now, Http);

    private static async Task<List<PolledPage>> Poll(ScriptedServer server, string? mark) => await new LinkedInPoller(new("202610")).Poll(Order(server, mark), default).ToListAsync();
}
