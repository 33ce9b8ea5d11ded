using System.Text;
using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Exports;
using ArchiveService.Capture.Tests.Mastodon;

namespace ArchiveService.Capture.Tests.Exports;

public sealed class Reading_a_meta_export
{
    private const string Post = """{"timestamp":1609459200,"data":[{"post":"Gott nytt \u00c3\u00a5r \u00f0\u009f\u008e\u0086"}],"title":"Simhallen uppdaterade sin status.","attachments":[{"data":[{"media":{"uri":"posts/media/bad.jpg","creation_timestamp":1609459200,"title":"Mobile Uploads","description":"En bass\u00c3\u00a4ng","media_metadata":{"photo_metadata":{"upload_ip":"192.0.2.7"}}}}]}]}""";

    public static TheoryData<string> PostFiles =>
    [
        "posts/your_posts_1.json",
        "facebook-simhallen/posts/your_posts.json",
        "your_facebook_activity/posts/your_posts__check_ins__photos_and_videos_1.json",
        "this_profile's_activity_across_facebook/posts/profile_posts_2.json",
        "din_facebook_aktivitet/inlägg/your_posts_12.json",
    ];

    [Theory]
    [MemberData(nameof(PostFiles))]
    [Trait("Requirement", "C9")]
    public async Task finds_posts_by_the_name_of_the_file_in_every_generation(string file)
    {
        await using var opened = await OpenedExport.Zip(MetaExport.Facebook, (file, $"[{Post}]"), ("posts/media/bad.jpg", "bild"));
        var act = Assert.Single(await opened.Acts());

        Assert.Equal((ActKind.Create, ItemKind.Post, "synthetic", "Gott nytt år 🎆"), (act.Act, act.Kind, act.IdKind, act.Text));
        Assert.Equal(new DateTimeOffset(2021, 1, 1, 0, 0, 0, TimeSpan.Zero), act.OccurredAt);
        Assert.Equal(Post, Encoding.UTF8.GetString(act.Raw.Span));
        Assert.Equal($"{file}#/0", act.RawPointer);
        Assert.Equal([ExportFlags.EncodingRepaired, ActFlags.SyntheticId], act.Flags);
        var picture = Assert.Single(act.Attachments);
        Assert.Equal(("posts/media/bad.jpg", "bad.jpg", "En bassäng"), (picture.ArchivePath, picture.FileName, picture.AltText));
        Assert.Equal("bild", Encoding.UTF8.GetString(opened.Media(picture.ArchivePath!)));
        Assert.DoesNotContain("192.0.2.7", act.Text + act.Attachments[0] + act.Author, StringComparison.Ordinal);
        Assert.True(act.Author!.ClaimsOwnChannel);
        Assert.Empty(opened.File.Problems);
    }

    [Fact]
    public async Task knows_the_same_post_again_in_a_later_export_with_other_folders()
    {
        await using var older = await OpenedExport.Zip(MetaExport.Facebook, ("posts/your_posts_1.json", $"[{Post}]"));
        await using var newer = await OpenedExport.Zip(MetaExport.Facebook, ("your_facebook_activity/posts/profile_posts_1.json", $"[{Post.Replace("posts/media", "your_facebook_activity/posts/media", StringComparison.Ordinal).Replace("\\u00c3\\u00a5", "å", StringComparison.Ordinal).Replace("\\u00f0\\u009f\\u008e\\u0086", "🎆", StringComparison.Ordinal).Replace("\\u00c3\\u00a4", "ä", StringComparison.Ordinal)}]"));
        var (one, other) = ((await older.Acts())[0], (await newer.Acts())[0]);

        Assert.Equal(one.NativeId, other.NativeId);
        Assert.Equal([ActFlags.SyntheticId, ActFlags.AttachmentMissing, ExportFlags.EncodingLeft], other.Flags);
    }

    [Fact]
    public async Task takes_several_parts_as_one_export()
    {
        await using var opened = await OpenedExport.Folder(
            MetaExport.Facebook,
            ("del-2.zip", OldArchive.Zip([("posts/media/bad.jpg", Given.Utf8("bild")), ("messages/inbox/kim_1/message_1.json", Given.Utf8("""{"messages":[{"sender_name":"Kim","timestamp_ms":1609459200123,"content":"Hej"}]}"""))])),
            ("del-1.zip", OldArchive.Zip([("posts/your_posts_1.json", Given.Utf8($"[{Post}]")), ("messages/inbox/kim_1/message_1.json", Given.Utf8("""{"messages":[{"sender_name":"Kim","timestamp_ms":1609459200000,"content":"Hallå"}]}"""))])));
        var acts = await opened.Acts();

        Assert.Equal(["Gott nytt år 🎆", "Hallå", "Hej"], acts.Select(act => act.Text));
        Assert.DoesNotContain(ActFlags.AttachmentMissing, acts[0].Flags);
        Assert.All(acts.Skip(1), act => Assert.Equal("kim_1", act.ConversationId));
    }

    [Fact]
    public async Task merges_entries_of_one_second_and_one_text_and_unites_their_files()
    {
        static string Entry(string picture, string text = "Badet") => $$$"""{"timestamp":1609459200,"data":[{"post":"{{{text}}}"}],"attachments":[{"data":[{"media":{"uri":"{{{picture}}}"}}]}]}""";
        await using var opened = await OpenedExport.Zip(MetaExport.Facebook, ("posts/your_posts_1.json", $"[{Entry("ett.jpg")},{Entry("två.jpg", "Annat")},{Entry("tre.jpg")},{Entry("ett.jpg")}]"), ("ett.jpg", ""), ("två.jpg", ""), ("tre.jpg", ""));
        var read = await opened.Read();
        var acts = read.OfType<ReadAct.Accepted>().Select(a => a.Act).ToList();

        Assert.Equal(2, acts.Count);
        Assert.Equal(["ett.jpg", "tre.jpg"], acts[0].Attachments.Select(a => a.ArchivePath));
        Assert.Equal($"{Entry("ett.jpg")}\n{Entry("tre.jpg")}", Encoding.UTF8.GetString(acts[0].Raw.Span));
        Assert.Equal("posts/your_posts_1.json#/0 #/2 #/3", acts[0].RawPointer);
        Assert.Contains(ExportFlags.EntriesMerged, acts[0].Flags);
        Assert.DoesNotContain(ExportFlags.EntriesMerged, acts[1].Flags);
        Assert.Equal(["export/duplicate", "export/duplicate"], read.OfType<ReadAct.NotARecord>().Select(n => n.NativeActName));
        Assert.Contains("entries: 4, of which 2 equal", opened.File.Summary[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task gives_edits_titles_words_of_attachments_and_what_others_said_of_a_picture()
    {
        await using var opened = await OpenedExport.Zip(MetaExport.Facebook, ("posts/your_posts_1.json", """
            [{"timestamp":1609459200,"data":[{"post":"Nya tider"},{"update_timestamp":1609545600}]},
             {"timestamp":1609459201,"title":"Simhallen delade en länk.","attachments":[{"data":[{"external_context":{"url":"https://exempel.se/bad","name":"Badet"}}]}]},
             {"timestamp":1609459202,"attachments":[{"data":[{"place":{"name":"Simhallen"}},{"text":"Minne"}]}]},
             {"timestamp":1609459203,"attachments":[{"data":[{"media":{"uri":"https://exempel.se/x.jpg","comments":[{"author":"Kim","comment":"Fint","timestamp":1609459300}]}}]}]}]
            """));
        var acts = await opened.Acts();

        Assert.Equal(["Nya tider", "Simhallen delade en länk.", "Simhallen\nMinne", null, "Fint"], acts.Select(act => act.Text));
        Assert.Equal(new DateTimeOffset(2021, 1, 2, 0, 0, 0, TimeSpan.Zero), acts[0].EditedAt);
        Assert.Contains(ActFlags.EarlierVersionsMissing, acts[0].Flags);
        Assert.Equal(("https://exempel.se/bad", "Badet"), (acts[1].Attachments[0].Url, acts[1].Attachments[0].AltText));
        Assert.Equal((ItemKind.Comment, acts[3].NativeId, "Kim"), (acts[4].Kind, acts[4].ParentNativeId, acts[4].Author!.DisplayName));
        Assert.False(acts[4].Author!.ClaimsOwnChannel);
    }

    [Theory]
    [InlineData("comments/comments.json", """{"comments":[COMMENT]}""")]
    [InlineData("your_facebook_activity/comments_and_reactions/comments.json", """{"comments_v2":[COMMENT]}""")]
    [InlineData("your_facebook_activity/groups/your_comments_in_groups.json", """{"group_comments_v2":[COMMENT]}""")]
    [InlineData("groups/group_posts_and_comments.json", """{"group_posts":[COMMENT]}""")]
    public async Task gives_the_accounts_own_comments(string file, string json)
    {
        const string comment = """{"timestamp":1609459200,"data":[{"comment":{"timestamp":1609459200,"comment":"Tack!","author":"Simhallen"}}],"title":"Simhallen svarade på Kims kommentar."}""";
        await using var opened = await OpenedExport.Zip(MetaExport.Facebook, (file, json.Replace("COMMENT", comment, StringComparison.Ordinal)));
        var act = Assert.Single(await opened.Acts());

        Assert.Equal((ItemKind.Comment, "Tack!", "Simhallen", true), (act.Kind, act.Text, act.Author!.DisplayName, act.Author.ClaimsOwnChannel));
    }

    [Fact]
    public async Task gives_messages_with_files_reactions_and_what_was_taken_back()
    {
        await using var opened = await OpenedExport.Zip(
            MetaExport.Facebook,
            ("profile_information/profile_information.json", """{"profile_v2":{"name":{"full_name":"Simhallen"}}}"""),
            ("your_facebook_activity/messages/inbox/kim_12/message_1.json", """
                {"participants":[{"name":"Kim"},{"name":"Simhallen"}],"messages":[
                 {"sender_name":"Simhallen","timestamp_ms":1609459203000,"content":"Klockan \u00c3\u00a5tta","reactions":[{"reaction":"\u00e2\u009d\u00a4","actor":"Kim"}]},
                 {"sender_name":"Kim","timestamp_ms":1609459202000,"is_unsent":true},
                 {"sender_name":"Kim","timestamp_ms":1609459201000,"photos":[{"uri":"your_facebook_activity/messages/inbox/kim_12/photos/1.jpg","creation_timestamp":1609459201}]},
                 {"sender_name":"Kim","timestamp_ms":1609459201000,"content":"Se bilden"},
                 {"sender_name":"Kim","timestamp_ms":1609459201000,"content":"Se bilden"}],
                 "title":"Kim","thread_path":"inbox/kim_12","is_still_participant":true}
                """),
            ("your_facebook_activity/messages/inbox/kim_12/message_2.json", """{"messages":[{"sender_name":"Kim","timestamp_ms":1609459100000,"content":"N\u00c3\u00a4r \u00c3\u00b6ppnar ni?","share":{"link":"https://exempel.se"}}]}"""),
            ("your_facebook_activity/messages/inbox/kim_12/photos/1.jpg", "bild"));
        var read = await opened.Read();
        var acts = read.OfType<ReadAct.Accepted>().Select(a => a.Act).ToList();

        Assert.Equal([ActKind.Message, ActKind.React, ActKind.MessageUnsend, ActKind.Message, ActKind.Message, ActKind.Message], acts.Select(act => act.Act));
        Assert.Equal(("Klockan åtta", true, "❤", acts[0].NativeId), (acts[0].Text, acts[0].Author!.ClaimsOwnChannel, acts[1].ReactionKind, acts[1].ParentNativeId));
        Assert.Equal(("your_facebook_activity/messages/inbox/kim_12/photos/1.jpg", "Se bilden", "När öppnar ni?"), (acts[3].Attachments[0].ArchivePath, acts[4].Text, acts[5].Text));
        Assert.Equal("export/duplicate", Assert.Single(read.OfType<ReadAct.NotARecord>()).NativeActName);
        Assert.All(acts, act => Assert.Equal((Audience.Direct, "kim_12"), (act.Audience, act.ConversationId)));
        Assert.Equal(6, acts.Select(act => act.NativeId).Distinct().Count());
        Assert.Equal("https://exempel.se", acts[5].Attachments[0].Url);
    }

    [Fact]
    public async Task knows_a_message_again_that_was_taken_back_after_the_first_export()
    {
        await using var before = await OpenedExport.Zip(MetaExport.Instagram, ("messages/inbox/kim_12/message_1.json", """{"messages":[{"sender_name":"Kim","timestamp_ms":1609459202000,"content":"Oj"}]}"""));
        await using var after = await OpenedExport.Zip(MetaExport.Instagram, ("your_instagram_activity/messages/archived_threads/kim_12/message_1.json", """{"messages":[{"sender_name":"Kim","timestamp_ms":1609459202000,"is_unsent":true}]}"""));

        Assert.Equal((await before.Acts())[0].NativeId, (await after.Acts())[0].NativeId);
    }

    [Fact]
    public async Task gives_what_instagram_exports_hold()
    {
        await using var opened = await OpenedExport.Zip(
            MetaExport.Instagram,
            ("content/posts_1.json", """[{"media":[{"uri":"media/posts/1.jpg","creation_timestamp":1609459200,"title":"En bild"}]},{"media":[{"uri":"media/posts/2.jpg","creation_timestamp":1609459201,"title":""},{"uri":"media/posts/3.jpg","creation_timestamp":1609459201,"title":""}],"title":"Flera bilder","creation_timestamp":1609459202}]"""),
            ("content/stories.json", """{"ig_stories":[{"uri":"media/stories/4.jpg","creation_timestamp":1609459203,"title":"Idag"}]}"""),
            ("content/reels.json", """{"ig_reels_media":[{"media":[{"uri":"media/reels/5.mp4","creation_timestamp":1609459204,"title":"Film"}]}]}"""),
            ("comments/post_comments_1.json", """[{"string_map_data":{"Auteur":{"value":"kim.k"},"Tijd":{"timestamp":1609459206}}},{"media_list_data":[{"uri":""}],"string_map_data":{"Kommentar":{"value":"Så fint!"},"Medieägare":{"value":"kim.k"},"Tid":{"timestamp":1609459205}}}]"""),
            ("media.json", """{"photos":[{"caption":"Gammal bild","taken_at":"2016-08-01T10:00:00+00:00","location":"Köping","path":"photos/201608/1.jpg"}]}"""));
        var acts = await opened.Acts();

        Assert.Equal(
            [(ItemKind.Post, "En bild", 1), (ItemKind.Post, "Flera bilder", 2), (ItemKind.Post, "Gammal bild", 1), (ItemKind.Story, "Idag", 1), (ItemKind.Video, "Film", 1), (ItemKind.Comment, "Så fint!", 0), (ItemKind.Comment, "kim.k", 0)],
            acts.Select(act => (act.Kind, act.Text!, act.Attachments.Count)).OrderBy(act => Array.IndexOf([ItemKind.Post, ItemKind.Story, ItemKind.Video, ItemKind.Comment], act.Kind)).ThenBy(act => act.Item2, StringComparer.Ordinal));
        Assert.Equal(new DateTimeOffset(2021, 1, 1, 0, 0, 5, TimeSpan.Zero), acts.Single(act => act.Text == "Så fint!").OccurredAt);
    }

    [Fact]
    public async Task refuses_an_export_made_as_web_pages_and_says_what_to_do()
    {
        await using var opened = await OpenedExport.Zip(MetaExport.Facebook, ("your_facebook_activity/posts/your_posts_1.html", "<html>"));
        Assert.Equal(ExportProblemCodes.Html, opened.Refusal);

        await using var nothing = await OpenedExport.Zip(MetaExport.Instagram, ("läs mig.txt", ""));
        Assert.Equal(ExportProblemCodes.NothingKnown, nothing.Refusal);
    }

    [Fact]
    public async Task reads_what_is_left_of_a_file_that_was_cut_off()
    {
        var whole = $"[{string.Join(',', Enumerable.Range(0, 5).Select(i => $$"""{"timestamp":{{1609459200 + i}},"data":[{"post":"{{i}}"}]}"""))}]";
        await using var opened = await OpenedExport.Zip(MetaExport.Facebook, ("posts/your_posts_1.json", whole[..^70]), ("posts/your_posts_2.json", "[{\"timestamp\":1609459900,\"data\":[{\"post\":\"sist\"}]}]"));
        var read = await opened.Read();

        Assert.Equal(["0", "1", "2", "sist"], read.OfType<ReadAct.Accepted>().Select(a => a.Act.Text));
        Assert.Equal(RefusalCodes.InputTruncated, Assert.Single(read.OfType<ReadAct.Rejected>()).Code);
        Assert.Equal([ArchiveProblemCodes.Truncated], opened.ProblemCodes);
        Assert.True(opened.File.IsPartial);
    }

    [Theory]
    [InlineData("[7,null,\"x\",{\"timestamp\":}]")]
    [InlineData("{\"a\":[{}],\"b\":{\"c\":1}}")]
    [InlineData("[[[[")]
    [InlineData("{\"messages\":{}}")]
    [InlineData("true")]
    [InlineData("")]
    [InlineData("[{\"timestamp\":\"\\ud83d\",\"data\":[{\"post\":\"\\ud83d \\u0000\"}]}]")]
    [InlineData("[{\"timestamp\":99999999999999999999,\"data\":7,\"attachments\":[[],{\"data\":[{\"media\":{\"uri\":\"../../etc/passwd\"}}]}]}]")]
    public async Task never_throws_because_of_what_a_file_says(string json)
    {
        await using var opened = await OpenedExport.Zip(MetaExport.Facebook, ("posts/your_posts_1.json", json), ("messages/inbox/a/message_1.json", json));
        foreach (var outcome in await opened.Read())
        {
            if (outcome is ReadAct.Accepted { Act: var act }) Assert.NotEmpty(act.NativeId);
        }
    }

    [SharedDataFact]
    public async Task gives_what_the_page_says_of_the_samples()
    {
        var table = new SampleTable("meta-exports.md");
        foreach (var file in SharedData.Files("facebook/export").Where(file => !file.Contains("/schemas/", StringComparison.Ordinal)))
            await Sample(table, MetaExport.Facebook, file, "posts/your_posts_1.json");
        foreach (var file in SharedData.Files("instagram/export")) await Sample(table, MetaExport.Instagram, file, "messages/inbox/jane_1/message_1.json");
        table.IsInThePage();
    }

    private static async Task Sample(SampleTable table, ImportForm form, string file, string named)
    {
        await using var opened = await OpenedExport.Bytes(form, OldArchive.Zip([(named, await File.ReadAllBytesAsync(file))]));
        table.Add(Path.GetRelativePath(SharedData.PathOf("."), file), await opened.Read());
    }
}
