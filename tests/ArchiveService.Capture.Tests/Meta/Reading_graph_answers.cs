using System.Text;
using ArchiveService.Capture.Meta;

namespace ArchiveService.Capture.Tests.Meta;

public sealed class Reading_graph_answers
{
    private static readonly DateTimeOffset Seen = new(2026, 5, 31, 10, 0, 0, TimeSpan.Zero);

    private static readonly GraphContext Feed = new("100", "feed", "100", Seen);

    [Fact]
    public void gives_a_post_the_id_time_and_text_that_the_webhook_gives_it()
    {
        var polled = Only("""{"data":[{"id":"100_5","created_time":"2026-02-02T02:40:00+0000","message":"Hej på er","from":{"id":"100","name":"Kommunen"},"is_published":true}]}""", Feed);
        var told = Delivered.Feed(""" "item":"status","verb":"add","post_id":"100_5","created_time":1770000000,"message":"Hej på er","from":{"id":"100","name":"Kommunen"} """);

        Assert.Equal((told.NativeId, told.IdKind, told.Kind, told.Act, told.Text, told.OccurredAt, told.Author, told.Audience), (polled.NativeId, polled.IdKind, polled.Kind, polled.Act, polled.Text, polled.OccurredAt, polled.Author, polled.Audience));
        Assert.Equal((Seen, ActingParty.OwnChannel), (polled.ObservedAt, polled.ActingParty));
        Assert.Empty(polled.Flags);
    }

    [Fact]
    public void gives_a_comment_and_its_answer_the_ids_that_the_webhook_gives_them()
    {
        var read = All("""{"data":[{"id":"5_9","created_time":"2026-02-02T02:40:00+0000","message":"Fråga","from":null,"comments":{"data":[{"id":"5_10","created_time":"2026-02-02T02:41:00+0000","message":"Svar","from":{"id":"100","name":"K"}}]}}]}""", new("100", "comments", "100_5", Seen));

        Assert.Equal([("5_9", ItemKind.Comment, "100_5", "100_5"), ("5_10", ItemKind.Reply, "5_9", "100_5")], read.Select(act => (act.NativeId, act.Kind, act.ParentNativeId!, act.RootNativeId!)));
        Assert.Null(read[0].Author);
        Assert.True(read[1].Author!.ClaimsOwnChannel);
        Assert.Equal("/data/0/comments/data/0", read[1].RawPointer);
    }

    [Fact]
    public void knows_a_comments_post_by_the_comments_own_id()
    {
        var read = Only("""{"id":"5_9","created_time":"2026-02-02T02:40:00+0000","message":"Fråga","comment_count":0,"parent":{"id":"5_8"}}""", new("100"));

        Assert.Equal(("5_8", "100_5", ItemKind.Reply), (read.ParentNativeId, read.RootNativeId, read.Kind));
    }

    [Theory]
    [InlineData("https://www.facebook.com/100/posts/5/?comment_id=9", "5_9", "100_5")]
    [InlineData("https://www.facebook.com/100/posts/5/?comment_id=9&reply_comment_id=10", "5_10", "5_9")]
    [InlineData("https://www.facebook.com/permalink.php?story_fbid=5&id=100&comment_id=9", "5_9", "100_5")]
    public void finds_a_missing_id_in_the_address(string address, string id, string parent)
    {
        var read = Only($$"""{"data":[{"created_time":"2026-02-02T02:40:00+0000","message":"Fråga","permalink_url":"{{address}}"}]}""", new("100", "comments"));

        Assert.Equal((id, parent, "100_5"), (read.NativeId, read.ParentNativeId, read.RootNativeId));
        Assert.Empty(read.Flags);
    }

    [Fact]
    public void gives_what_has_no_id_one_that_counters_do_not_change()
    {
        static string IdWith(int likes) => Only($$"""{"data":[{"created_time":"2026-02-02T02:40:00+0000","message":"Fråga","like_count":{{likes}}}]}""", new("100", "comments", "100_5")).NativeId;

        Assert.StartsWith("unknown:", IdWith(0), StringComparison.Ordinal);
        Assert.Equal(IdWith(0), IdWith(7));
    }

    [Theory]
    [InlineData("true", ActKind.Hide)]
    [InlineData("false", ActKind.Unhide)]
    public void tells_how_it_stands_as_a_conclusion(string hidden, ActKind expected)
    {
        var read = All($$"""{"data":[{"id":"5_9","created_time":"2026-02-02T02:40:00+0000","message":"Fråga","is_hidden":{{hidden}}}]}""", new("100", "comments", "100_5", Seen));

        Assert.Equal([ActKind.Create, expected], read.Select(act => act.Act));
        Assert.Equal((Certainty.Inferred, null, Seen, "5_9", ActingParty.Unknown), (read[1].Certainty, read[1].OccurredAt, read[1].ObservedAt, read[1].NativeId, read[1].ActingParty));
        Assert.Equal(("/data/0/is_hidden", hidden, null), (read[1].RawPointer, Encoding.UTF8.GetString(read[1].Raw.Span), read[1].Text));
        Assert.Equal(hidden == "true" ? [ActFlags.HiddenOnArrival] : [], read[0].Flags);
    }

    [Fact]
    public void keeps_nothing_of_others_with_a_post()
    {
        var read = All("""{ "id":"100_5","created_time":"2026-02-02T02:40:00+0000", "message":"Hej","likes":{"data":[{"id":"7","name":"Åsa"}]},"comments" : {"data":[{"id":"5_9","message":"Känsligt"}]}, "shares":{"count":1}}""", Feed);

        Assert.Equal("""{"id":"100_5","created_time":"2026-02-02T02:40:00+0000","message":"Hej","shares":{"count":1}}""", Encoding.UTF8.GetString(read[0].Raw.Span));
        Assert.Equal("""{"id":"5_9","message":"Känsligt"}""", Encoding.UTF8.GetString(read[1].Raw.Span));
    }

    [Fact]
    public void gives_the_files_of_a_post_one_by_one()
    {
        var read = Only("""
            {"data":[{"id":"100_5","created_time":"2026-02-02T02:40:00+0000","message":"Bilder","full_picture":"https://x.fbcdn.net/v/1_n.jpg?oh=1","attachments":{"data":[{"media_type":"album","target":{"id":"900"},"subattachments":{"data":[
            {"media":{"image":{"src":"https://x.fbcdn.net/v/1_n.jpg?oh=1"}},"target":{"id":"901"},"type":"photo"},
            {"media":{"source":"https://x.fbcdn.net/v/2.mp4?oh=1","image":{"src":"https://x.fbcdn.net/v/2_n.jpg"}},"target":{"id":"902"},"type":"video_inline"}]}}]}}]}
            """, Feed);

        Assert.Equal([("901", "https://x.fbcdn.net/v/1_n.jpg?oh=1"), ("902", "https://x.fbcdn.net/v/2.mp4?oh=1")], read.Attachments.Select(file => (file.NativeId!, file.Url!)));
    }

    [Fact]
    public void knows_a_file_without_an_id_by_its_name_whatever_the_server_and_the_signature()
    {
        var told = Delivered.Feed(""" "item":"comment","verb":"add","comment_id":"5_9","post_id":"100_5","photo":"https://scontent-a.xx.fbcdn.net/v/t31.0-8/16_47_22_o.jpg?oh=1&oe=2" """);
        var polled = Only("""{"data":[{"id":"5_9","attachment":{"type":"photo","media":{"image":{"src":"https://scontent-b.xx.fbcdn.net/v/t31.0-8/p720x720/16_47_22_o.jpg?oh=3&oe=4"}},"target":{"id":"77"}}}]}""", new("100", "comments", "100_5"));

        Assert.Equal("16_47_22_o.jpg", told.Attachments[0].NativeId);
        Assert.Equal(told.Attachments[0].NativeId, polled.Attachments[0].NativeId);
    }

    [Fact]
    public void gives_a_shared_link_as_the_webhook_does()
    {
        var told = Delivered.Feed(""" "item":"share","verb":"add","post_id":"100_5","link":"https://exempel.invalid/","message":"Läs" """);
        var polled = Only("""{"data":[{"id":"100_5","message":"Läs","status_type":"shared_story","attachments":{"data":[{"media_type":"link","type":"share","title":"Titel","url":"https://l.facebook.com/l.php?u=x","unshimmed_url":"https://exempel.invalid/","media":{"image":{"src":"https://external.fbcdn.net/safe_image.php?d=1"}}}]}}]}""", Feed);

        Assert.Equal((told.Act, told.Kind, told.Attachments[0] with { AltText = "Titel" }), (polled.Act, polled.Kind, polled.Attachments[0]));
    }

    [Theory]
    [InlineData("\"is_published\":false", Audience.Unpublished)]
    [InlineData("\"scheduled_publish_time\":1", Audience.Unpublished)]
    [InlineData("\"privacy\":{\"value\":\"EVERYONE\"}", Audience.Public)]
    [InlineData("\"privacy\":{\"value\":\"ALL_FRIENDS\"}", Audience.Followers)]
    [InlineData("\"privacy\":{\"value\":\"CUSTOM\"}", Audience.Direct)]
    public void tells_who_may_see_it(string member, Audience expected) =>
        Assert.Equal(expected, Only($$"""{"data":[{"id":"100_5","message":"Hej",{{member}}}]}""", Feed).Audience);

    [Fact]
    public void takes_an_empty_list_for_an_empty_object()
    {
        var read = Only("""{"id":"100_5","message":"Hej","comments":[],"likes":[],"attachments":[],"message_tags":{},"from":[],"privacy":[]}""", Feed);

        Assert.Equal(("100_5", "Hej"), (read.NativeId, read.Text));
    }

    [Fact]
    public void gives_messages_under_the_webhooks_ids_and_in_its_conversations()
    {
        var read = All("""
            {"data":[{"id":"t_1","updated_time":"2026-02-02T02:40:00+0000","participants":{"data":[{"id":"55","name":"Åsa"},{"id":"100","name":"K"}]},"messages":{"data":[
            {"id":"m_abc","created_time":"2026-02-02T02:40:00+0000","from":{"id":"55","name":"Åsa","email":"55@facebook.com"},"to":{"data":[{"id":"100"}]},"message":"Hej!"},
            {"id":"m_mid.17:4","created_time":"2026-02-02T02:41:00+0000","from":{"id":"100","name":"K"},"to":{"data":[{"id":"55"}]},"message":"","sticker":"https://x.fbcdn.net/1_n.png"}]}}]}
            """, new("100", "conversations", "100", Seen));

        Assert.Equal([("m_abc", "55", ActKind.Message, false), ("mid.17:4", "55", ActKind.Message, true)], read.Select(act => (act.NativeId, act.ConversationId!, act.Act, act.Author!.ClaimsOwnChannel)));
        Assert.All(read, act => Assert.Equal((ItemKind.Dm, Audience.Direct), (act.Kind, act.Audience)));
        Assert.Equal("1_n.png", Assert.Single(read[1].Attachments).NativeId);
    }

    [Fact]
    public void gives_media_of_instagram_with_children_comments_and_answers()
    {
        var read = All("""
            {"data":[{"id":"17","caption":"Album","media_type":"CAROUSEL_ALBUM","media_url":"https://a/1","permalink":"https://www.instagram.com/p/C/","timestamp":"2026-02-02T02:40:00+0000","username":"kommunen","owner":{"id":"100"},
            "children":{"data":[{"id":"18","media_url":"https://a/1"},{"id":"19","media_url":"https://a/2"}]},
            "comments":{"data":[{"id":"21","text":"Fint","timestamp":"2026-02-02T02:41:00+0000","from":{"id":"9","username":"asa"},"hidden":true,"replies":{"data":[{"id":"22","text":"Tack","timestamp":"2026-02-02T02:42:00+0000","from":{"id":"100","username":"kommunen"}}]}}]}}]}
            """, new("100", "media", "100", Seen));

        Assert.Equal([(ActKind.Create, "17", null, null), (ActKind.Create, "21", "17", "17"), (ActKind.Hide, "21", "17", "17"), (ActKind.Create, "22", "21", "17")], read.Select(act => (act.Act, act.NativeId, act.ParentNativeId, act.RootNativeId)));
        Assert.Equal(["18", "19"], read[0].Attachments.Select(file => file.NativeId));
        Assert.Equal([ItemKind.Post, ItemKind.Comment, ItemKind.Comment, ItemKind.Reply], read.Select(act => act.Kind));
        Assert.Equal(new ActAuthor("100", null, "kommunen", ClaimsOwnChannel: true, null), read[0].Author);
    }

    [Fact]
    public void gives_a_story_and_a_mention_as_what_they_are()
    {
        Assert.Equal(ItemKind.Story, Only("""{"data":[{"id":"17","media_type":"IMAGE","media_url":"https://a/1"}]}""", new("100", "stories", "100")).Kind);
        Assert.Equal((ItemKind.Mention, "31"), Only("""{"mentioned_comment":{"id":"31","text":"@kommunen","timestamp":"2026-02-02T02:40:00+0000"},"id":"100"}""", new("100")) is var act ? (act.Kind, act.NativeId) : default);
    }

    [Theory]
    [InlineData("""{"error":{"message":"x","code":100}}""", RefusalCodes.PlatformError)]
    [InlineData("7", RefusalCodes.NotAnObject)]
    [InlineData("{", RefusalCodes.BrokenJson)]
    public void refuses_what_is_no_answer(string body, string code) =>
        Assert.Equal(code, Assert.IsType<ReadAct.Rejected>(Assert.Single(MetaGraph.Read(Given.Utf8(body), Feed))).Code);

    [Fact]
    public void keeps_half_an_emoji_double_members_and_what_is_no_object()
    {
        var read = All("""{"data":[{"id":"100_5","message":"a","message":"b\ud83d"},7,null,[]]}""", Feed);

        Assert.Equal(("b\uFFFD", ActKind.Create), (read[0].Text, read[0].Act));
        Assert.Equal([ActFlags.DuplicateKeys, ActFlags.LoneSurrogateReplaced], read[0].Flags);
        Assert.All(read[1..], act => Assert.Equal(ActKind.Unknown, act.Act));
    }

    [Theory]
    [InlineData("""{"next":"https://g/v1/me?access_token=EAAB123&limit=2"}""", """{"next":"https://g/v1/me?access_token=&limit=2"}""")]
    [InlineData("""{"next":"https:\/\/g\/me?limit=2\u0026access_token=EAAB123\u0026appsecret_proof=ab12"}""", """{"next":"https:\/\/g\/me?limit=2\u0026access_token=\u0026appsecret_proof="}""")]
    [InlineData("""{"access_token": "EAAB123", "a":"access_token"}""", """{"access_token": "", "a":"access_token"}""")]
    [InlineData("""{"u":"https%3A%2F%2Fg%3Faccess_token%3DEAAB123"}""", """{"u":"https%3A%2F%2Fg%3Faccess_token%3D"}""")]
    [InlineData("""{"a":"EAAB123secret"}""", """{"a":""}""")]
    [InlineData("""{"a":1}""", """{"a":1}""")]
    public void takes_tokens_out(string body, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(GraphTokens.Scrub(Given.Utf8(body), "EAAB123secret")));

    [Theory]
    [InlineData("""{"data":[{"id":"1"}],"paging":{"cursors":{"before":"a","after":"b="},"next":"https://g/x?access_token=t&after=b"}}""", "after=b%3D")]
    [InlineData("""{"data":[{"id":"1"}],"paging":{"cursors":{"before":"a","after":"b"}}}""", null)]
    [InlineData("""{"data":[],"paging":{"next":"https://g/x?access_token=t&until=17&__paging_token=e&fields=id"}}""", "until=17&__paging_token=e")]
    [InlineData("""{"data":[],"paging":{"next":"https://g/x?access_token=t"}}""", null)]
    public void says_where_a_list_goes_on_without_the_token(string body, string? next) => Assert.Equal(next, GraphAnswer.Of(Given.Utf8(body))!.Next);

    [Fact]
    public void says_which_lists_within_go_on()
    {
        var answer = GraphAnswer.Of("""{"data":[{"id":"1","created_time":"2026-02-02T02:40:00+0000","comments":{"data":[{"id":"2","comments":{"data":[],"paging":{"cursors":{"after":"c"},"next":"https://g/2"}}}],"paging":{"cursors":{"after":"b"},"next":"https://g/1"}}},{"id":"3","created_time":"2026-02-03T02:40:00+0000"}]}"""u8.ToArray())!;

        Assert.Equal([("1", "comments", "after=b"), ("2", "comments", "after=c")], answer.Within);
        Assert.Equal(TimeSpan.FromDays(1), answer.Newest - answer.Oldest);
    }

    [Theory]
    [InlineData(190, "token-dead")]
    [InlineData(100, "not-found")]
    [InlineData(4, "throttled")]
    [InlineData(17, "throttled")]
    [InlineData(32, "throttled")]
    [InlineData(613, "throttled")]
    [InlineData(80001, "throttled")]
    [InlineData(10, "not-permitted")]
    [InlineData(200, "not-permitted")]
    [InlineData(2, "unreadable")]
    public void reads_a_refusal(int code, string reason) => Assert.Equal(reason, GraphFault.Of(Given.Utf8($$$"""{"error":{"message":"x","code":{{{code}}},"error_subcode":33}}"""))!.Reason);

    [Fact]
    public void reads_how_much_is_used_up()
    {
        Assert.Equal(new GraphUsage(80, TimeSpan.FromMinutes(19)), GraphUsage.Of(["""{"call_count":28,"total_time":25,"total_cputime":80}""", """{"100":[{"type":"pages","call_count":70,"estimated_time_to_regain_access":19}]}""", "nonsense"]));
        Assert.Equal(new GraphUsage(0, null), GraphUsage.Of([]));
    }

    [SharedDataFact]
    public void never_throws_whichever_bytes_of_a_real_answer_are_broken()
    {
        byte[] hostile = [0x00, 0x22, 0x5C, 0x7B, 0x5D, 0x2C, 0x39, 0x80, 0xED];
        foreach (var file in MetaSamples.GraphFiles())
        {
            var body = File.ReadAllBytes(file);
            for (var at = 0; at < body.Length; at += 211)
            {
                var broken = (byte[])body.Clone();
                broken[at] = hostile[at % hostile.Length];
                MetaGraph.Read(broken, GraphContext.OfFile(Path.GetFileName(file)), Given.Now);
                GraphAnswer.Of(broken);
                GraphFault.Of(broken);
                GraphTokens.Scrub(broken);
                MetaGraph.Read(body.AsMemory(0, at), Feed, Given.Now);
            }
        }
    }

    private static CapturedAct Only(string body, GraphContext context) => Assert.Single(All(body, context));

    private static List<CapturedAct> All(string body, GraphContext context) =>
        [.. MetaGraph.Read(Given.Utf8(body), context, Given.Now).OfType<ReadAct.Accepted>().Select(read => read.Act)];
}
