using System.Text;
using ArchiveService.Capture.Exports;
using ArchiveService.Capture.YouTube;

namespace ArchiveService.Capture.Tests.YouTube;

public sealed class Reading_youtube_answers
{
    private static string Comment(string id, string more = "", string updated = "2026-05-01T10:00:00Z", string text = "\"textDisplay\":\"Hej<br>hå\",\"textOriginal\":\"Hej\\nhå\"") =>
        $$$"""{"kind":"youtube#comment","id":"{{{id}}}","snippet":{"authorDisplayName":"@kim","authorChannelId":{"value":"UC42"},{{{text}}},"publishedAt":"2026-05-01T10:00:00Z","updatedAt":"{{{updated}}}"{{{more}}}}}""";

    private static string Thread(string top, string replies = "", int total = 0, string more = "") =>
        $$$"""{"kind":"youtube#commentThread","id":"Ug1","snippet":{"channelId":"UC12","videoId":"vid","topLevelComment":{{{top}}},"totalReplyCount":{{{total}}},"isPublic":true{{{more}}} },"replies":{"comments":[{{{replies}}}]}}""";

    private static YouTubePage Read(string body) => YouTubeApi.Read(Given.Utf8(body), Given.Now, "UC12");

    private static List<CapturedAct> Acts(YouTubePage page) => [.. page.Acts.Select(act => Assert.IsType<ReadAct.Accepted>(act).Act)];

    [Fact]
    public void gives_a_thread_with_its_answers_and_tells_which_parents_must_be_asked()
    {
        var page = Read($$$"""{"kind":"youtube#commentThreadListResponse","nextPageToken":"N","items":[{{{Thread(Comment("Ug1"), Comment("Ug1.a", ",\"parentId\":\"Ug1\""), 3)}}},{{{Thread(Comment("Ug2"), "", 0)}}}]}""");
        var acts = Acts(page);

        Assert.Equal([("Ug1", ItemKind.Comment, "vid"), ("Ug1.a", ItemKind.Reply, "Ug1"), ("Ug2", ItemKind.Comment, "vid")], acts.Select(act => (act.NativeId, act.Kind, act.ParentNativeId)));
        Assert.All(acts, act => Assert.Equal("vid", act.RootNativeId));
        Assert.Equal(["Ug1"], page.ParentsToAsk);
        Assert.Equal(("N", 2, null), (page.NextPage, page.Items, page.Problem));
        Assert.Equal("/items/0/replies/comments/0", acts[1].RawPointer);
        Assert.Equal(Comment("Ug1"), Encoding.UTF8.GetString(acts[0].Raw.Span));
        Assert.Equal(("Hej\nhå", TextFormat.Plain, "https://www.youtube.com/watch?v=vid&lc=Ug1"), (acts[0].Text, acts[0].TextFormat, acts[0].Permalink));
        Assert.Equal(new ActAuthor("UC42", "@kim", "@kim", ClaimsOwnChannel: false, null), acts[0].Author);
    }

    [Fact]
    public void tells_an_edit_by_its_two_times()
    {
        var acts = Acts(Read($$"""{"kind":"youtube#commentListResponse","items":[{{Comment("Ug1", updated: "2026-05-02T10:00:00Z")}},{{Comment("Ug2")}}]}"""));

        Assert.Equal(new DateTimeOffset(2026, 5, 2, 10, 0, 0, TimeSpan.Zero), acts[0].EditedAt);
        Assert.Equal([ActFlags.EarlierVersionsMissing], acts[0].Flags);
        Assert.Null(acts[1].EditedAt);
    }

    [Theory]
    [InlineData("heldForReview", ExportFlags.HeldForReview)]
    [InlineData("likelySpam", ExportFlags.HeldForReview)]
    [InlineData("rejected", ActFlags.HiddenOnArrival)]
    public void keeps_what_was_held_back_from_the_public(string status, string flag)
    {
        var act = Assert.Single(Acts(Read(Comment("Ug1", $",\"moderationStatus\":\"{status}\""))));
        Assert.Equal((Audience.Unpublished, status), (act.Audience, act.NativeKind));
        Assert.Equal([flag], act.Flags);
    }

    [Fact]
    public void takes_the_display_form_where_there_is_no_other()
    {
        var act = Assert.Single(Acts(Read(Comment("Ug1", text: "\"textDisplay\":\"<b>Hej</b>\""))));
        Assert.Equal(("<b>Hej</b>", TextFormat.Html), (act.Text, act.TextFormat));
    }

    [Fact]
    public void gives_films_and_channels_as_they_describe_themselves()
    {
        var acts = Acts(Read("""
            {"items":[{"kind":"youtube#video","id":"vid","snippet":{"publishedAt":"2026-05-01T10:00:00Z","channelId":"UC12","title":"Budget","description":"Så blev den","channelTitle":"Kommunen","thumbnails":{"default":{"url":"https://i.ytimg.com/d.jpg"},"high":{"url":"https://i.ytimg.com/h.jpg"}},"liveBroadcastContent":"none"},"status":{"privacyStatus":"unlisted"}},
             {"kind":"youtube#channel","id":"UC12","snippet":{"title":"Kommunen","description":"Välkommen","customUrl":"@kommunen"}}]}
            """));

        Assert.Equal((ItemKind.Video, "Budget\n\nSå blev den", Audience.Unlisted, true), (acts[0].Kind, acts[0].Text, acts[0].Audience, acts[0].Author!.ClaimsOwnChannel));
        Assert.Equal("https://i.ytimg.com/h.jpg", Assert.Single(acts[0].Attachments).Url);
        Assert.Equal((ActKind.ProfileChange, "Välkommen", "@kommunen"), (acts[1].Act, acts[1].Text, acts[1].Author!.Handle));
    }

    [Theory]
    [InlineData("""{"error":{"code":403,"message":"x","errors":[{"reason":"quotaExceeded"}]}}""", "quotaExceeded")]
    [InlineData("""{"error":{"code":403,"errors":[],"status":"PERMISSION_DENIED"}}""", "PERMISSION_DENIED")]
    [InlineData("""{"error":{"code":400}}""", "400")]
    public void tells_why_the_platform_did_not_answer(string body, string problem) => Assert.Equal(problem, Read(body).Problem);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"items":[7,null,{},{"kind":"youtube#comment"},{"kind":"youtube#commentThread","id":"a","snippet":{"totalReplyCount":"2","topLevelComment":7},"replies":7},{"kind":"nytt","id":"b"}]}""")]
    [InlineData("""{"kind":"youtube#video","id":"v","snippet":{"title":"\ud83d","thumbnails":[]}}""")]
    public void never_throws_because_of_what_an_answer_says(string body) => Assert.NotEmpty(Read(body).Acts);

    [SharedDataFact]
    public void finds_the_real_threads_whose_answers_are_missing()
    {
        var missing = SharedData.Files("youtube/api").Where(file => file.Contains("comment_threads", StringComparison.Ordinal)).SelectMany(file => YouTubeApi.Read(File.ReadAllBytes(file)).ParentsToAsk).ToList();
        Assert.Equal(3, missing.Count);
    }
}
