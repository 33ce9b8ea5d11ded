using System.Text;
using ArchiveService.Capture.X;

namespace ArchiveService.Capture.Tests.X;

public sealed class Reading_x_deliveries
{
    [Fact]
    public void answers_the_challenge_in_base64()
    {
        // printf 'abc' | openssl dgst -sha256 -hmac secret -binary | base64
        Assert.Equal("""{"response_token":"sha256=mUba1OAOkT/Ivo5dP34RCkqegy+D+wnDRShdeGONig4="}""", XHandshake.Answer("abc", "secret"));
        Assert.Null(XHandshake.Answer("", "secret"));
        Assert.Null(XHandshake.Answer(null, "secret"));
        Assert.Null(XHandshake.Answer("abc", ""));
        Assert.Null(XHandshake.Answer(new string('a', 2_000), "secret"));
    }

    [SharedDataFact]
    public async Task verifies_the_official_vector_and_refuses_one_flipped_byte()
    {
        var body = await File.ReadAllBytesAsync(SharedData.PathOf("x-twitter/signature-vectors/autohook-1.body.txt"));
        body = Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(body).TrimEnd('\n'));
        const string header = "sha256=25Cu3iwbbiqBTwQRzcKJZwisjf736V2Q8UaTlkfLSoc=";

        Assert.Equal(XSignatureResult.Valid, XSignature.Verify(body, header, "test"));
        Assert.Equal(XSignatureResult.Valid, XSignature.Verify(body, $" {header} ", "test"));
        Assert.Equal(XSignatureResult.Invalid, XSignature.Verify(body, header, "annan"));
        body[0] ^= 1;
        Assert.Equal(XSignatureResult.Invalid, XSignature.Verify(body, header, "test"));
    }

    [Theory]
    [InlineData(null, XSignatureResult.Absent)]
    [InlineData("", XSignatureResult.Absent)]
    [InlineData("sha256=", XSignatureResult.Invalid)]
    [InlineData("sha256=inte base64", XSignatureResult.Invalid)]
    [InlineData("sha256=25Cu3iwbbiqBTwQRzcKJ", XSignatureResult.Invalid)]
    [InlineData("sha1=25Cu3iwbbiqBTwQRzcKJZwisjf736V2Q8UaTlkfLSoc=", XSignatureResult.Invalid)]
    [InlineData("sha256=db90aede2c1b6e2a814f0411cdc2896708ac8dfef7e95d90f146939647cb4a87", XSignatureResult.Invalid)]
    public void refuses_what_is_no_signature(string? header, XSignatureResult expected) => Assert.Equal(expected, XSignature.Verify("test=1&other_test=2"u8, header, "test"));

    [Theory]
    [InlineData("post.create", """{"id":"5","text":"Hej","author_id":"12","created_at":"2026-05-01T10:00:00.000Z"}""", ActKind.Create, ItemKind.Post, "5")]
    [InlineData("post.create", """{"id":"6","text":"Rättat","author_id":"12","created_at":"2026-05-01T10:05:00.000Z","edit_history_tweet_ids":["5","6"]}""", ActKind.Edit, ItemKind.Post, "5")]
    [InlineData("post.reply.create", """{"id":"7","text":"Svar","author_id":"42","created_at":"2026-05-01T10:05:00.000Z","referenced_tweets":[{"type":"replied_to","id":"5"}]}""", ActKind.Create, ItemKind.Reply, "7")]
    [InlineData("post.repost.create", """{"id":"8","text":"RT @x: y","author_id":"42","referenced_tweets":[{"type":"retweeted","id":"5"}]}""", ActKind.Share, ItemKind.Share, "8")]
    [InlineData("post.delete", """{"id":"5","author_id":"12"}""", ActKind.Delete, ItemKind.Post, "5")]
    [InlineData("dm.received", """{"id":"900","event_type":"MessageCreate","text":"Fråga","sender_id":"42","dm_conversation_id":"12-42","created_at":"2026-05-01T10:05:00.000Z"}""", ActKind.Message, ItemKind.Dm, "900")]
    [InlineData("chat.received", """{"id":"901","conversation_id":"12-42","sender_id":"42"}""", ActKind.Message, ItemKind.Dm, "901")]
    [InlineData("profile.update.bio", """{"before":"a","after":"b"}""", ActKind.ProfileChange, ItemKind.Unknown, "12")]
    [InlineData("oauth.revoke", "{}", ActKind.AccessLost, ItemKind.Unknown, "12")]
    [InlineData("något.nytt", "{}", ActKind.Unknown, ItemKind.Unknown, "-2781149976877970683")]
    [Trait("Requirement", "C5")]
    public void reads_the_events_of_the_activity_api(string type, string payload, ActKind act, ItemKind kind, string id)
    {
        var entry = Assert.Single(XWebhook.Read(Given.Utf8($$$"""{"data":{"event_uuid":"-2781149976877970683","filter":{"user_id":"12"},"event_type":"{{{type}}}","tag":"t","payload":{{{payload}}} }}"""), Given.Now));
        var read = Assert.IsType<ReadAct.Accepted>(Assert.Single(entry.Acts)).Act;

        Assert.Equal("12", entry.AccountId);
        Assert.Equal((act, kind, id), (read.Act, read.Kind, read.NativeId));
        Assert.NotNull(read.NativeEventId);
        Assert.Equal("/data", read.RawPointer);
    }

    [Theory]
    [InlineData("like.create")]
    [InlineData("follow.followed")]
    [InlineData("dm.read")]
    public void keeps_no_likes_and_receipts(string type) => Assert.IsType<ReadAct.NotARecord>(
        Assert.Single(XWebhook.Read(Given.Utf8($$$"""{"data":{"event_uuid":"1","filter":{"user_id":"12"},"event_type":"{{{type}}}","payload":{"id":"1"} }}"""))[0].Acts));

    [Fact]
    public void reads_the_older_account_activity()
    {
        var entry = Assert.Single(XWebhook.Read(Given.Utf8("""
            {"for_user_id":"12",
             "tweet_create_events":[{"id":5,"id_str":"5","created_at":"Wed Apr 15 12:00:00 +0000 2026","text":"Hej…","truncated":true,"extended_tweet":{"full_text":"Hej allihop"},"user":{"id_str":"42","name":"Kim","screen_name":"kim"}}],
             "tweet_delete_events":[{"status":{"id":"5","user_id":"42"},"timestamp_ms":"1776254400000"}],
             "direct_message_events":[{"type":"message_create","id":"954491830116155396","created_timestamp":"1776254400000","message_create":{"target":{"recipient_id":"12"},"sender_id":"42","message_data":{"text":"Hej","entities":{}}}}],
             "favorite_events":[{"id":"x"}],"users":{"42":{"id":"42","name":"Kim","screen_name":"kim"}}}
            """), Given.Now));

        Assert.Equal(
            [(ActKind.Create, "5"), (ActKind.Delete, "5"), (ActKind.Message, "954491830116155396")],
            entry.Acts.OfType<ReadAct.Accepted>().Select(a => (a.Act.Act, a.Act.NativeId)));
        var acts = entry.Acts.OfType<ReadAct.Accepted>().Select(a => a.Act).ToList();
        Assert.Equal(("Hej allihop", "Kim", new DateTimeOffset(2026, 4, 15, 12, 0, 0, TimeSpan.Zero)), (acts[0].Text, acts[0].Author!.DisplayName, acts[1].OccurredAt));
        Assert.Equal(("12-42", "Kim"), (acts[2].ConversationId, acts[2].Author!.DisplayName));
        Assert.Single(entry.Acts.OfType<ReadAct.NotARecord>());

        var revoked = Assert.Single(XWebhook.Read("""{"user_event":{"revoke":{"date_time":"2018-05-24T09:48:12+00:00","target":{"app_id":"13090192"},"source":{"user_id":"63046977"}}}}"""u8.ToArray()));
        Assert.Equal("63046977", revoked.AccountId);
        Assert.Equal(ActKind.AccessLost, Assert.IsType<ReadAct.Accepted>(Assert.Single(revoked.Acts)).Act.Act);
    }

    [Theory]
    [InlineData("", typeof(ReadAct.Rejected))]
    [InlineData("7", typeof(ReadAct.Rejected))]
    [InlineData("[]", typeof(ReadAct.Rejected))]
    [InlineData("{}", typeof(ReadAct.Accepted))]
    [InlineData("""{"data":{"event_type":7}}""", typeof(ReadAct.Accepted))]
    [InlineData("""{"tweet_create_events":[7,null]}""", typeof(ReadAct.Accepted))]
    [InlineData("""{"tweet_delete_events":{}}""", typeof(ReadAct.Accepted))]
    public void never_throws_because_of_what_a_body_says(string body, Type expected) => Assert.All(XWebhook.Read(Given.Utf8(body)).SelectMany(e => e.Acts), act => Assert.IsType(expected, act));
}
