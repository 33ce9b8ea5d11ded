using System.Text;
using ArchiveService.Capture.Mastodon;

namespace ArchiveService.Capture.Tests.Mastodon;

public sealed class Reading_answers
{
    private static readonly DateTimeOffset Now = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    private static string Status(string id, string more = "", string account = "1", string content = "<p>Hej</p>", string visibility = "public") => $$"""
        {"id":"{{id}}","created_at":"2026-10-01T10:00:00.000Z","in_reply_to_id":null,"in_reply_to_account_id":null,"spoiler_text":"","visibility":"{{visibility}}",
         "uri":"https://social.example/users/{{account}}/statuses/{{id}}","url":"https://social.example/@{{account}}/{{id}}","replies_count":0,"edited_at":null,"content":"{{content}}","reblog":null,
         "account":{"id":"{{account}}","username":"kommun","acct":"kommun","display_name":"Kommunen","url":"https://social.example/@kommun","uri":"https://social.example/users/{{account}}"},
         "media_attachments":[],"poll":null{{more}}}
        """;

    private static IReadOnlyList<CapturedAct> Acts(string json, MastodonAround? around = null) =>
        [.. MastodonAnswer.Read(Encoding.UTF8.GetBytes(json), around ?? MastodonAround.Nothing, Now).Cast<ReadAct.Accepted>().Select(a => a.Act)];

    [Fact]
    public void An_item_has_the_id_that_the_archive_gives_it()
    {
        var act = Assert.Single(Acts($"[{Status("7")}]"));

        Assert.Equal((ActKind.Create, "uri", "https://social.example/users/1/statuses/7", ItemKind.Post, Audience.Public), (act.Act, act.IdKind, act.NativeId, act.Kind, act.Audience));
        Assert.Equal(("https://social.example/users/1", "@kommun@social.example", "Kommunen"), (act.Author!.NativeId, act.Author.Handle, act.Author.DisplayName));
        Assert.Equal("/0", act.RawPointer);
        Assert.StartsWith("{\"id\":\"7\"", Encoding.UTF8.GetString(act.Raw.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("public", Audience.Public, ItemKind.Post)]
    [InlineData("unlisted", Audience.Unlisted, ItemKind.Post)]
    [InlineData("private", Audience.Followers, ItemKind.Post)]
    [InlineData("direct", Audience.Direct, ItemKind.Dm)]
    [InlineData("limited", Audience.Direct, ItemKind.Dm)]
    public void What_is_not_known_to_be_for_more_is_for_those_it_was_sent_to(string visibility, Audience audience, ItemKind kind)
    {
        var act = Assert.Single(Acts(Status("7", visibility: visibility)));

        Assert.Equal((audience, kind), (act.Audience, act.Kind));
    }

    [Fact]
    public void All_versions_come_the_oldest_first_and_the_list_tells_the_last_of_them_again()
    {
        var account = """{"id":"1","acct":"kommun","url":"https://social.example/@kommun","uri":"https://social.example/users/1"}""";
        var versions = Acts($$"""
            [{"content":"<p>Först</p>","spoiler_text":"","created_at":"2026-10-01T10:00:00.000Z","account":{{account}},"media_attachments":[]},
             {"content":"<p>Sedan</p>","spoiler_text":"","created_at":"2026-10-01T11:00:00.000Z","account":{{account}},"media_attachments":[]}]
            """, new MastodonAround(Item: "https://social.example/users/1/statuses/7", Audience: "public"));
        var listed = Assert.Single(Acts(Status("7", content: "<p>Sedan</p>").Replace("\"edited_at\":null", "\"edited_at\":\"2026-10-01T11:00:00.000Z\"", StringComparison.Ordinal)));

        Assert.Equal([ActKind.Create, ActKind.Edit], versions.Select(v => v.Act));
        Assert.Equal(["<p>Först</p>", "<p>Sedan</p>"], versions.Select(v => v.Text));
        Assert.Null(versions[0].EditedAt);
        Assert.Equal((versions[1].Act, versions[1].NativeActName, versions[1].NativeId, versions[1].EditedAt, versions[1].Text, versions[1].Author!.NativeId),
            (listed.Act, listed.NativeActName, listed.NativeId, listed.EditedAt, listed.Text, listed.Author!.NativeId));
    }

    [Fact]
    public void A_version_that_says_nothing_of_its_status_is_refused_and_not_guessed()
    {
        var read = MastodonAnswer.Read("""[{"content":"x","created_at":"2026-10-01T10:00:00Z","account":{}}]"""u8.ToArray(), MastodonAround.Nothing, Now);

        Assert.Equal(RefusalCodes.NativeIdMissing, Assert.IsType<ReadAct.Rejected>(Assert.Single(read)).Code);
    }

    [Fact]
    public void A_thread_links_answers_to_what_they_answer()
    {
        var answer = Status("9", account: "2").Replace("\"in_reply_to_id\":null", "\"in_reply_to_id\":\"7\"", StringComparison.Ordinal);
        var further = Status("10", account: "3").Replace("\"in_reply_to_id\":null", "\"in_reply_to_id\":\"9\"", StringComparison.Ordinal);

        var acts = Acts($$"""{"ancestors":[],"descendants":[{{answer}},{{further}}]}""", new MastodonAround(Item: "https://social.example/users/1/statuses/7", ItemId: "7"));

        Assert.Equal([ItemKind.Reply, ItemKind.Reply], acts.Select(a => a.Kind));
        Assert.Equal(["https://social.example/users/1/statuses/7", "https://social.example/users/2/statuses/9"], acts.Select(a => a.ParentNativeId));
    }

    [Fact]
    public void An_answer_to_the_channel_is_linked_by_how_its_own_addresses_are_built()
    {
        var answer = Status("9", account: "2").Replace("\"in_reply_to_id\":null,\"in_reply_to_account_id\":null", "\"in_reply_to_id\":\"7\",\"in_reply_to_account_id\":\"1\"", StringComparison.Ordinal);

        var act = Assert.Single(Acts(answer, new MastodonAround(OwnAccount: "1", OwnPrefix: "https://social.example/users/1/statuses/")));

        Assert.Equal("https://social.example/users/1/statuses/7", act.ParentNativeId);
        Assert.False(act.Author!.ClaimsOwnChannel);
    }

    [Fact]
    public void A_notification_brings_a_mention_and_counts_a_favourite()
    {
        var by = """{"id":"2","acct":"nils@other.example","uri":"https://other.example/users/nils","url":"https://other.example/@nils"}""";
        var acts = Acts($$"""
            [{"id":"20","type":"mention","created_at":"2026-10-01T10:00:00Z","account":{{by}},"status":{{Status("9", account: "2")}}},
             {"id":"21","type":"favourite","created_at":"2026-10-01T10:01:00Z","account":{{by}},"status":{{Status("7")}}}]
            """);

        Assert.Equal([ActKind.Create, ActKind.React], acts.Select(a => a.Act));
        Assert.Equal("https://social.example/users/1/statuses/7", acts[1].ParentNativeId);
        Assert.Equal(("https://other.example/users/nils", "@nils@other.example"), (acts[1].Author!.NativeId, acts[1].Author!.Handle));
    }

    [Fact]
    public void What_is_passed_on_has_the_id_of_the_passing_on()
    {
        var shared = Status("7", account: "2");
        var act = Assert.Single(Acts(Status("8").Replace("\"reblog\":null", $"\"reblog\":{shared}", StringComparison.Ordinal).Replace("statuses/8\"", "statuses/8/activity\"", StringComparison.Ordinal)));

        Assert.Equal((ActKind.Share, ItemKind.Share, "https://social.example/users/1/statuses/8/activity", "https://social.example/users/2/statuses/7"), (act.Act, act.Kind, act.NativeId, act.ParentNativeId));
    }

    [Fact]
    public void A_polls_answers_are_part_of_its_text()
    {
        var act = Assert.Single(Acts(Status("7").Replace("\"poll\":null", """ "poll":{"options":[{"title":"Ja"},{"title":"Nej & kanske"}]} """, StringComparison.Ordinal)));

        Assert.Equal((ItemKind.Poll, "<p>Hej</p><ul><li>Ja</li><li>Nej &amp; kanske</li></ul>"), (act.Kind, act.Text));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("[[[")]
    public void What_is_not_JSON_is_refused(string body)
    {
        Assert.Equal(RefusalCodes.BrokenJson, Assert.IsType<ReadAct.Rejected>(Assert.Single(MastodonAnswer.Read(Encoding.UTF8.GetBytes(body), MastodonAround.Nothing, Now))).Code);
    }

    [Fact]
    public async Task Events_are_the_same_however_their_bytes_are_split()
    {
        var bytes = Encoding.UTF8.GetBytes(":)\nevent: update\ndata: " + Status("7").ReplaceLineEndings("") + "\n\n::)\r\nevent: delete\r\ndata: 117\r\n\r\n:thump\nevent: filters_changed\n\nevent: update\ndata: {\"broken off");
        foreach (var size in (int[])[1, 2, 7, 4096])
        {
            await using var stream = new Dribble(bytes, size);
            var events = new List<MastodonEvent>();
            await foreach (var happened in MastodonEvents.Read(stream)) events.Add(happened);

            Assert.Equal([null, "update", null, "delete", null, "filters_changed"], events.Select(e => e.Name));
            Assert.Equal("117", events[3].Data);
            Assert.Equal("https://social.example/users/1/statuses/7", Assert.IsType<ReadAct.Accepted>(Assert.Single(MastodonEvents.ReadOne(events[1].Raw, MastodonAround.Nothing, Now))).Act.NativeId);
            Assert.IsType<ReadAct.NotARecord>(Assert.Single(MastodonEvents.ReadOne(events[3].Raw, MastodonAround.Nothing, Now)));
            var deleted = Assert.IsType<ReadAct.Accepted>(Assert.Single(MastodonEvents.ReadOne(events[3].Raw, new MastodonAround(Item: "https://social.example/users/1/statuses/117"), Now))).Act;
            Assert.Equal((ActKind.Delete, "https://social.example/users/1/statuses/117"), (deleted.Act, deleted.NativeId));
        }
    }

    private sealed class Dribble(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
