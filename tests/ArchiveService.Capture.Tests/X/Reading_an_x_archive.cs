using System.Text;
using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Exports;
using ArchiveService.Capture.Tests.Exports;
using ArchiveService.Capture.Tests.Mastodon;
using ArchiveService.Capture.X;

namespace ArchiveService.Capture.Tests.X;

public sealed class Reading_an_x_archive
{
    private const string Account = """window.YTD.account.part0 = [{"account":{"accountId":"12","username":"simhallen","accountDisplayName":"Simhallen"}}]""";

    private static readonly ActAuthor Own = new("12", "Simhallen", "simhallen", ClaimsOwnChannel: true, null);

    [Theory]
    [InlineData("tweet.js", "window.YTD.tweet.part0 = [ {TWEET} ]")]
    [InlineData("data/tweet.js", "window.YTD.tweet.part0 = [ {TWEET} ]")]
    [InlineData("data/tweets.js", "window.YTD.tweets.part0 = [ { \"tweet\" : {TWEET} } ]")]
    [InlineData("twitter-2023/data/tweets.js", "\uFEFFwindow.YTD.tweets.part0 =\n[{\"tweet\":{TWEET}}]\n;")]
    [InlineData("data/tweets-part12.js", "window.YTD.tweets.part12 = [{\"tweet\":{TWEET}},]")]
    [InlineData("data/js/tweets/2015_06.js", "Grailbird.data.tweets_2015_06 =\n [ {TWEET} ]")]
    [Trait("Requirement", "C9")]
    public async Task gives_posts_of_every_layout(string file, string script)
    {
        const string tweet = """{"id_str":"1169246717864136705","id":1169246717864136700,"created_at":"Sat Feb 18 12:33:11 +0000 2023","full_text":"Bad &amp; bastu &lt;3 https://t.co/a","entities":{"urls":[{"url":"https://t.co/a","expanded_url":"https://exempel.se/?a=1&copy=2"}]},"in_reply_to_status_id_str":"99"}""";
        await using var opened = await OpenedExport.Zip(XArchive.Form, (file, script.Replace("{TWEET}", tweet, StringComparison.Ordinal)), ("data/account.js", Account));
        var act = Assert.Single(await opened.Acts(), act => act.Act != ActKind.ProfileChange);

        Assert.Equal((ActKind.Create, ItemKind.Reply, "1169246717864136705", "99"), (act.Act, act.Kind, act.NativeId, act.ParentNativeId));
        Assert.Equal("Bad & bastu <3 https://exempel.se/?a=1&copy=2", act.Text);
        Assert.Equal((new DateTimeOffset(2023, 2, 18, 12, 33, 11, TimeSpan.Zero), Own, "https://x.com/simhallen/status/1169246717864136705"), (act.OccurredAt, act.Author, act.Permalink));
        Assert.Contains(tweet, Encoding.UTF8.GetString(act.Raw.Span), StringComparison.Ordinal);
        Assert.Empty(act.Flags);
        Assert.Empty(opened.File.Problems);
        Assert.False(opened.File.IsPartial);
    }

    [Fact]
    public async Task joins_long_texts_by_id_and_by_time()
    {
        await using var opened = await OpenedExport.Zip(
            XArchive.Form,
            ("data/account.js", Account),
            ("data/tweets.js", """
                window.YTD.tweets.part0 = [
                {"tweet":{"id_str":"1","created_at":"Sat Feb 18 12:33:11 +0000 2023","full_text":"Långt så att… https://t.co/x"}},
                {"tweet":{"id_str":"2","created_at":"Sat Feb 18 12:33:12 +0000 2023","full_text":"Ännu längre så… https://t.co/y"}},
                {"tweet":{"id_str":"3","created_at":"Sat Feb 18 12:33:12 +0000 2023","full_text":"Kort"}}]
                """),
            ("data/note-tweet.js", """
                window.YTD.note_tweet.part0 = [
                {"noteTweet":{"noteTweetId":"91","tweetId":"1","noteTweetResults":{"text":"Långt så att det inte &amp; får plats"}}},
                {"noteTweet":{"noteTweetId":"92","createdAt":"2023-02-18T12:33:12.000Z","core":{"text":"Ännu längre så att det heller inte får plats"}}},
                {"noteTweet":{"noteTweetId":"93","createdAt":"2023-02-19T12:33:12.000Z","core":{"text":"För sig själv"}}}]
                """));
        var read = await opened.Read();
        var acts = read.OfType<ReadAct.Accepted>().Select(a => a.Act).Where(act => act.Act == ActKind.Create).ToList();

        Assert.Equal(["Långt så att det inte & får plats", "Ännu längre så att det heller inte får plats", "Kort", "För sig själv"], acts.Select(act => act.Text));
        Assert.Equal(["1", "2", "3", "93"], acts.Select(act => act.NativeId));
        Assert.Equal([ExportFlags.TextJoined], acts[0].Flags);
        Assert.Contains("noteTweetId", Encoding.UTF8.GetString(acts[0].Raw.Span), StringComparison.Ordinal);
        Assert.Equal("data/tweets.js#/0 data/note-tweet.js#/0", acts[0].RawPointer);
        Assert.Equal(2, read.OfType<ReadAct.NotARecord>().Count(n => n.NativeActName == "archive/note-tweet/joined"));
    }

    [Fact]
    public async Task makes_the_ids_of_an_edited_post_versions_of_the_first()
    {
        await using var opened = await OpenedExport.Zip(XArchive.Form, ("data/tweets.js", """
            window.YTD.tweets.part0 = [
            {"tweet":{"id_str":"11","created_at":"Sat Feb 18 12:40:00 +0000 2023","full_text":"Rättad","edit_info":{"edit":{"initialTweetId":"10","editControlInitial":{"editTweetIds":["10","11"]}}}}},
            {"tweet":{"id_str":"10","created_at":"Sat Feb 18 12:33:00 +0000 2023","full_text":"Fel","edit_info":{"initial":{"editTweetIds":["10","11"],"editableUntil":"2023-02-18T13:03:00.000Z","editsRemaining":"4","isEditEligible":true}}}}]
            """));
        var acts = await opened.Acts();

        Assert.Equal([(ActKind.Edit, "10", "11"), (ActKind.Create, "10", null)], acts.Select(act => (act.Act, act.NativeId, act.NativeEventId)));
        Assert.Equal(new DateTimeOffset(2023, 2, 18, 12, 40, 0, TimeSpan.Zero), acts[0].EditedAt);
        Assert.Equal([ArchiveProblemCodes.ActorMissing], opened.ProblemCodes);
    }

    [Fact]
    public async Task tells_what_was_passed_on_deleted_and_shown()
    {
        await using var opened = await OpenedExport.Zip(
            XArchive.Form,
            ("data/account.js", Account),
            ("data/tweets.js", """
                window.YTD.tweets.part0 = [
                {"tweet":{"id_str":"1","created_at":"Sat Feb 18 12:33:11 +0000 2023","full_text":"RT @kim_k: Så fint och nu kommer det…"}},
                {"tweet":{"id_str":"2","created_at":"Sat Feb 18 12:33:11 +0000 2023","full_text":"RT-märkt: @kim_k","extended_entities":{"media":[{"id_str":"7","media_url_https":"https://pbs.twimg.com/media/Abc.jpg","ext_alt_text":"Badet","type":"photo"},{"id_str":"8","media_url_https":"https://pbs.twimg.com/ext/p.jpg","type":"video","video_info":{"variants":[{"content_type":"application/x-mpegURL","url":"https://video.twimg.com/x.m3u8"},{"bitrate":"256","content_type":"video/mp4","url":"https://video.twimg.com/liten.mp4?tag=1"},{"bitrate":"832","content_type":"video/mp4","url":"https://video.twimg.com/stor.mp4?tag=1"}]}}]}}}]
                """),
            ("data/deleted-tweets.js", """window.YTD.deleted_tweets.part0 = [{"tweet":{"id_str":"3","created_at":"Sat Feb 18 12:33:11 +0000 2023","full_text":"Ångrat","deleted_at":"2023-02-19T08:00:00.000Z"}}]"""),
            ("data/tweets_media/2-Abc.jpg", "bild"),
            ("data/tweets_media/2-liten.mp4", "film"));
        var acts = (await opened.Acts()).Skip(1).ToList();

        Assert.Equal([(ActKind.Share, "1"), (ActKind.Create, "2"), (ActKind.Create, "3"), (ActKind.Delete, "3")], acts.Select(act => (act.Act, act.NativeId)));
        Assert.Equal([ActFlags.ContentNotDelivered, ExportFlags.TextCutByPlatform], acts[0].Flags);
        Assert.Equal([("data/tweets_media/2-Abc.jpg", "Badet"), ("data/tweets_media/2-liten.mp4", null)], acts[1].Attachments.Select(a => (a.ArchivePath, a.AltText)));
        Assert.Equal("film", Encoding.UTF8.GetString(opened.Media(acts[1].Attachments[1].ArchivePath!)));
        Assert.Equal(("Ångrat", new DateTimeOffset(2023, 2, 19, 8, 0, 0, TimeSpan.Zero)), (acts[2].Text, acts[3].OccurredAt));
    }

    [Fact]
    public async Task gives_messages_and_what_happened_in_groups()
    {
        await using var opened = await OpenedExport.Zip(
            XArchive.Form,
            ("data/account.js", Account),
            ("data/direct-messages.js", """
                window.YTD.direct_messages.part0 = [{"dmConversation":{"conversationId":"12-42","messages":[
                {"messageCreate":{"recipientId":"12","senderId":"42","id":"900","text":"Hej &amp; hå https://t.co/z","urls":[{"url":"https://t.co/z","expanded":"https://exempel.se"}],"mediaUrls":["https://ton.twitter.com/dm/900/1/Bild.jpg"],"createdAt":"2023-06-03T20:00:00.000Z"}}]}},
                {"dmConversation":{"conversationId":"12-43","messages":[{"messageCreate":{"recipientId":"43","senderId":"12","id":"901","text":"Svar","mediaUrls":[],"createdAt":"2023-06-03T20:01:00.000Z"}}]}}]
                """),
            ("data/direct-messages-group.js", """
                window.YTD.direct_messages_group.part0 = [{"dmConversation":{"conversationId":"777","messages":[
                {"joinConversation":{"initiatingUserId":"42","participantsSnapshot":["12","42"],"createdAt":"2023-06-03T20:02:00.000Z"}},
                {"conversationNameUpdate":{"initiatingUserId":"42","name":"Badgänget","createdAt":"2023-06-03T20:03:00.000Z"}},
                {"messageCreate":{"senderId":"42","id":"902","text":"Hej alla","createdAt":"2023-06-03T20:04:00.000Z"}},
                {"participantsLeave":{"userIds":["43"],"createdAt":"2023-06-03T20:05:00.000Z"}}]}}]
                """),
            ("data/direct_messages_media/900-Bild.jpg", "bild"));
        var acts = (await opened.Acts()).Skip(1).ToList();

        Assert.Equal(
            [(ActKind.Message, "12-42", "Hej & hå https://exempel.se"), (ActKind.Message, "12-43", "Svar"), (ActKind.Unknown, "777", null), (ActKind.Message, "777", "Badgänget"), (ActKind.Message, "777", "Hej alla"), (ActKind.Unknown, "777", null)],
            acts.Select(act => (act.Act, act.ConversationId, act.Text)));
        Assert.All(acts, act => Assert.Equal(Audience.Direct, act.Audience));
        Assert.Equal([false, true], acts.Take(2).Select(act => act.Author!.ClaimsOwnChannel));
        Assert.Equal("data/direct_messages_media/900-Bild.jpg", acts[0].Attachments[0].ArchivePath);
        Assert.Equal("archive/dm/participantsLeave", acts[5].NativeActName);
        Assert.Contains(opened.File.Summary, sentence => sentence.StartsWith("data/direct-messages.js: 2 entries present", StringComparison.Ordinal));
    }

    [Fact]
    public async Task takes_parts_in_any_order_and_compares_with_the_manifest()
    {
        static string Part(int number) => $$$"""window.YTD.tweets.part{{{number}}} = [{"tweet":{"id_str":"{{{number}}}","created_at":"Sat Feb 18 12:33:11 +0000 2023","full_text":"del {{{number}}}"}}]""";
        const string manifest = """window.__THAR_CONFIG = {"archiveInfo":{"isPartialArchive":true,"sizeBytes":"10"},"dataTypes":{"tweets":{"files":[{"fileName":"data/tweets.js","globalName":"YTD.tweets.part0","count":"1"},{"fileName":"data/tweets-part1.js","count":"3"},{"fileName":"data/tweets-part3.js","count":"9"}]},"like":{"files":[{"fileName":"data/like.js","count":"5"}]}}};""";
        await using var opened = await OpenedExport.Folder(
            XArchive.Form,
            ("del-b.zip", OldArchive.Zip([("data/tweets-part2.js", Given.Utf8(Part(2))), ("data/tweets.js", Given.Utf8(Part(0)))])),
            ("del-a.zip", OldArchive.Zip([("data/tweets-part10.js", Given.Utf8(Part(10))), ("data/tweets-part1.js", Given.Utf8(Part(1))), ("data/manifest.js", Given.Utf8(manifest)), ("data/account.js", Given.Utf8(Account))])));
        var acts = await opened.Acts();

        Assert.Equal(["del 1", "del 2", "del 10", "del 0"], acts.Skip(1).Select(act => act.Text).OrderBy(text => text == "del 0" ? 99 : int.Parse(text![4..], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.True(opened.File.IsPartial);
        Assert.Equal([ExportProblemCodes.DeclaredPartial, ArchiveProblemCodes.DeclaredDiffers, ArchiveProblemCodes.DeclaredDiffers], opened.ProblemCodes);
        Assert.Contains(opened.File.Problems, problem => problem.Detail.Contains("tweets-part3.js", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    [InlineData(200)]
    public async Task says_how_much_was_recovered_of_a_file_that_breaks_off(int cut)
    {
        var script = $"window.YTD.tweets.part0 = [{string.Join(',', Enumerable.Range(1, 5).Select(i => $$$"""{"tweet":{"id_str":"{{{i}}}","created_at":"Sat Feb 18 12:33:11 +0000 2023","full_text":"nummer {{{i}}}"}}"""))}]";
        await using var opened = await OpenedExport.Zip(XArchive.Form, ("data/account.js", Account), ("data/tweets.js", script[..^cut]), ("data/manifest.js", """window.__THAR_CONFIG = {"dataTypes":{"tweets":{"files":[{"fileName":"data/tweets.js","count":"5"}]}}}"""));
        var read = await opened.Read();
        var recovered = read.OfType<ReadAct.Accepted>().Count(a => a.Act.Act == ActKind.Create);

        Assert.Equal(cut == 200 ? 2 : 4, recovered);
        Assert.Equal(RefusalCodes.InputTruncated, Assert.Single(read.OfType<ReadAct.Rejected>()).Code);
        Assert.Contains(opened.File.Problems, problem => problem.Detail.Contains($"{recovered} of 5 entries were recovered", StringComparison.Ordinal));
        Assert.True(opened.File.IsPartial);
    }

    [Fact]
    public async Task reads_a_zip_whose_end_is_missing()
    {
        var rows = string.Join(',', Enumerable.Range(1, 2_000).Select(i => $$$"""{"tweet":{"id_str":"{{{i}}}","created_at":"Sat Feb 18 12:33:11 +0000 2023","full_text":"nummer {{{i * 7919}}}"}}"""));
        var zip = OldArchive.Zip([("data/account.js", Given.Utf8(Account)), ("data/tweets.js", Given.Utf8($"window.YTD.tweets.part0 = [{rows}]"))]);
        await using var opened = await OpenedExport.Bytes(XArchive.Form, zip[..(zip.Length * 2 / 3)]);
        var read = await opened.Read();

        Assert.InRange(read.OfType<ReadAct.Accepted>().Count(), 500, 1_999);
        Assert.True(opened.File.IsPartial);
    }

    [Theory]
    [InlineData("")]
    [InlineData("window.YTD.tweets.part0 = ")]
    [InlineData("window.YTD.tweets.part0 = 7")]
    [InlineData("window.YTD.tweets.part0 = {\"tweet\":[]}")]
    [InlineData("window.YTD.tweets.part0 = [7,null,[],{},{\"tweet\":7},{\"tweet\":{}},{\"tweet\":{\"id_str\":1.5e3,\"created_at\":\"igår\",\"full_text\":\"\\ud83d\",\"entities\":[],\"extended_entities\":{\"media\":[{}]}}}]")]
    [InlineData("bara ord")]
    public async Task never_throws_because_of_what_a_script_says(string script)
    {
        await using var opened = await OpenedExport.Zip(XArchive.Form, ("data/tweets.js", script), ("data/note-tweet.js", script), ("data/direct-messages.js", script), ("data/account.js", script), ("data/manifest.js", script));
        Assert.All((await opened.Read()).OfType<ReadAct.Accepted>(), accepted => Assert.NotEmpty(accepted.Act.NativeId));
    }

    [SharedDataFact]
    public async Task gives_what_the_page_says_of_the_samples()
    {
        var table = new SampleTable("x.md");
        foreach (var file in SharedData.Files("x-twitter", "*.js")) await Sample(table, XArchive.Form, file, Path.GetFileName(file).Replace(".1.js", ".js", StringComparison.Ordinal));
        foreach (var file in SharedData.Files("x-twitter")) await Sample(table, XApi.Form, file, Path.GetFileName(file));
        table.IsInThePage();
    }

    private static async Task Sample(SampleTable table, ImportForm form, string file, string name)
    {
        var named = Path.GetRelativePath(SharedData.PathOf("."), file);
        await using var opened = await OpenedExport.Bytes(form, OldArchive.Zip([(name, await File.ReadAllBytesAsync(file))]));
        if (opened.IsReady) table.Add(named, await opened.Read());
        else table.Refused(named, opened.Refusal);
    }
}
