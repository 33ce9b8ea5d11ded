using System.Formats.Tar;
using System.Text;
using System.Text.Json;
using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Mastodon;

namespace ArchiveService.Capture.Tests.Mastodon;

public sealed class Reading_a_mastodon_archive
{
    private const string PicturePath = "media_attachments/files/000/001/original/bad.jpg";

    public static TheoryData<string> Shapes => ["tar.gz ustar", "tar.gz pax", "tar.gz gnu", "tar", "zip", "streamed zip", "zip in a folder", "tar.gz with dots"];

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task gives_every_item_in_every_shape(string shape)
    {
        await using var opened = await OpenedArchive.Of(Shaped(shape));
        var acts = await opened.Acts();

        Assert.Equal(
            [
                (ActKind.Create, ItemKind.Post, Audience.Public),
                (ActKind.Create, ItemKind.Post, Audience.Unlisted),
                (ActKind.Create, ItemKind.Post, Audience.Followers),
                (ActKind.Create, ItemKind.Dm, Audience.Direct),
                (ActKind.Share, ItemKind.Share, Audience.Public),
                (ActKind.Create, ItemKind.Poll, Audience.Public),
            ],
            acts.Select(act => (act.Act, act.Kind, act.Audience)));
        Assert.All(acts, act => Assert.Equal(new ActAuthor(OldArchive.Me, "Simhallen Öst", "@simhallen@social.exempel.se", ClaimsOwnChannel: true, null), act.Author));
        Assert.All(acts, act => Assert.Equal("uri", act.IdKind));
        Assert.Equal(OldArchive.Items.Select(Given.Utf8), acts.Select(act => act.Raw.ToArray()));
        Assert.Equal((6, 6), (opened.Archive.DeclaredItems, opened.Archive.ItemsRead));
        Assert.Empty(opened.Archive.Problems);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task opens_media_by_the_path_on_the_act(string shape)
    {
        await using var opened = await OpenedArchive.Of(Shaped(shape));
        var attachment = Assert.Single((await opened.Acts())[0].Attachments);

        Assert.Equal((PicturePath, "bad.jpg", "image/jpeg", "En bassäng"), (attachment.ArchivePath, attachment.FileName, attachment.MediaType, attachment.AltText));
        Assert.Null(attachment.Url);
        Assert.Equal(OldArchive.Picture, opened.Media(attachment.ArchivePath!));
        Assert.Equal(OldArchive.Picture, opened.Media("/" + attachment.ArchivePath!));
        Assert.Null(opened.Archive.OpenMedia("media_attachments/finns-inte.jpg"));
        Assert.Null(opened.Archive.OpenMedia("../outbox.json"));
    }

    [Fact]
    public async Task gives_warnings_edits_answers_and_addresses()
    {
        await using var opened = await OpenedArchive.Of(OldArchive.Zip(OldArchive.Files));
        var acts = await opened.Acts();

        Assert.Equal((OldArchive.Me + "/statuses/1", OldArchive.Me + "/statuses/1/activity", "Mat"), (acts[0].NativeId, acts[0].NativeEventId, acts[0].ContentWarning));
        Assert.Equal(("<p>Vi har öppet.</p>", TextFormat.Html, "https://social.exempel.se/@simhallen/1"), (acts[0].Text, acts[0].TextFormat, acts[0].Permalink));
        Assert.Equal((new DateTimeOffset(2022, 5, 1, 6, 29, 44, TimeSpan.Zero), null), (acts[0].OccurredAt, acts[0].EditedAt));
        Assert.Equal(new DateTimeOffset(2022, 5, 9, 10, 0, 0, TimeSpan.Zero), acts[1].EditedAt);
        Assert.Empty(acts[0].Flags);
        Assert.Equal([ActFlags.EarlierVersionsMissing], acts[1].Flags);
        Assert.Equal(("https://annan.se/users/kim/statuses/77", "tag:annan.se,2022:objectId=5:objectType=Conversation"), (acts[3].ParentNativeId, acts[3].ConversationId));
        Assert.Equal(("https://annan.se/users/kim/statuses/78", null), (acts[4].ParentNativeId, acts[4].Text));
        Assert.Equal([ActFlags.ContentNotDelivered], acts[4].Flags);
        Assert.Equal("<p>Vi har öppet.</p><ul><li>Ja &amp; nej</li><li>&lt;b&gt;</li></ul>", acts[5].Text);
    }

    [Fact]
    public async Task takes_a_folder_that_was_unpacked_already()
    {
        var folder = Directory.CreateTempSubdirectory("capture-tests-");
        try
        {
            foreach (var (name, bytes) in OldArchive.Files)
            {
                var path = Path.Combine(folder.FullName, name);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                await File.WriteAllBytesAsync(path, bytes);
            }

            await using var archive = Assert.IsType<MastodonOpened.Ready>(await MastodonArchive.Open(folder.FullName)).Archive;

            Assert.Equal(6, await archive.ReadActs(Given.Now).CountAsync());
            await using var media = archive.OpenMedia(PicturePath);
            Assert.NotNull(media);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task reads_an_item_that_is_a_reply_as_one()
    {
        await using var opened = await Outbox(OldArchive.Note(1, OldArchive.Everybody, "", """{"inReplyTo":"https://annan.se/1"}"""));

        Assert.Equal((ItemKind.Reply, "https://annan.se/1"), (await opened.Acts()) is [var act] ? (act.Kind, act.ParentNativeId) : default);
    }

    [Fact]
    public async Task uses_the_language_map_where_the_content_is_missing()
    {
        await using var opened = await Outbox(OldArchive.Note(1, OldArchive.Everybody, "", """{"content":null,"contentMap":{"sv":"<p>Hej</p>"}}"""));

        Assert.Equal("<p>Hej</p>", (await opened.Acts())[0].Text);
    }

    [Fact]
    public async Task refuses_a_bad_item_alone()
    {
        var good = OldArchive.Note(1, OldArchive.Everybody, "");
        await using var opened = await Outbox(good, "7", """{"type":}""", good, "null");
        var read = await opened.Read();

        Assert.Equal([null, RefusalCodes.NotAnObject, RefusalCodes.BrokenJson, null, RefusalCodes.NotAnObject], read.Select(outcome => (outcome as ReadAct.Rejected)?.Code));
        Assert.Equal([1, 2, 3, 4, 5], read.Select(outcome => outcome.Place));
    }

    [Fact]
    public async Task keeps_an_activity_it_does_not_know()
    {
        await using var opened = await Outbox("""{"type":"Flag","id":"https://x/1","object":"https://x/2","published":"2022-05-05T06:29:44Z"}""", "{}");
        var acts = await opened.Acts();

        Assert.Equal((ActKind.Unknown, "Flag", "https://x/1", "https://x/2"), (acts[0].Act, acts[0].NativeActName, acts[0].NativeId, acts[0].ParentNativeId));
        Assert.Contains(ActFlags.SyntheticId, acts[1].Flags);
        Assert.Equal(Audience.Direct, acts[1].Audience);
    }

    [Fact]
    public async Task does_not_claim_what_someone_else_wrote()
    {
        await using var opened = await Outbox(OldArchive.Note(1, OldArchive.Everybody, "", """{"attributedTo":"https://annan.se/users/kim"}"""));
        var act = Assert.Single(await opened.Acts());

        Assert.Equal(new ActAuthor("https://annan.se/users/kim", null, null, ClaimsOwnChannel: false, null), act.Author);
        Assert.Contains(ActFlags.AuthorDiffers, act.Flags);
    }

    [Theory]
    [InlineData("media_attachments/borta.jpg", "media_attachments/borta.jpg", ActFlags.AttachmentMissing)]
    [InlineData("../../etc/passwd", null, ActFlags.UnsafeAttachmentPath)]
    [InlineData("/media_attachments/../../x", null, ActFlags.UnsafeAttachmentPath)]
    [InlineData("C:\\\\x", null, ActFlags.UnsafeAttachmentPath)]
    public async Task flags_an_attachment_that_is_not_there(string url, string? path, string flag)
    {
        await using var opened = await Outbox(OldArchive.Note(1, OldArchive.Everybody, "", $$"""{"attachment":[{"type":"Document","url":"{{url}}"}]}"""));
        var act = Assert.Single(await opened.Acts());

        Assert.Equal(path, Assert.Single(act.Attachments).ArchivePath);
        Assert.Contains(flag, act.Flags);
    }

    [Fact]
    public async Task says_when_another_number_was_declared_wherever_it_stands()
    {
        var items = string.Join(',', OldArchive.Items);
        foreach (var outbox in new[] { OldArchive.Outbox(OldArchive.Items, 9), $$"""{"orderedItems" : [ {{items}} ] , "x":{"orderedItems":[1]},"totalItems":9}""" })
        {
            await using var opened = await OpenedArchive.Of(OldArchive.Zip([("outbox.json", Given.Utf8(outbox)), ("actor.json", Given.Utf8(OldArchive.Actor))]));
            await opened.Acts();

            Assert.Equal((9, 6), (opened.Archive.DeclaredItems, opened.Archive.ItemsRead));
            Assert.Equal([ArchiveProblemCodes.DeclaredDiffers], opened.ProblemCodes);
        }
    }

    [Fact]
    public async Task manages_without_the_account_but_says_so()
    {
        await using var opened = await OpenedArchive.Of(OldArchive.Zip([("outbox.json", Given.Utf8(OldArchive.Outbox(OldArchive.Items, 6)))]));
        var acts = await opened.Acts();

        Assert.All(acts, act => Assert.Equal(new ActAuthor(OldArchive.Me, null, null, ClaimsOwnChannel: true, null), act.Author));
        Assert.Equal(Audience.Followers, acts[2].Audience);
        Assert.Equal([ArchiveProblemCodes.ActorMissing], opened.ProblemCodes);
    }

    [SharedDataFact]
    public async Task gives_18_of_19_declared_from_a_real_zip_all_public()
    {
        await using var opened = await OpenedArchive.Of(await File.ReadAllBytesAsync(SharedData.PathOf("mastodon/archive/mastodon-export.zip")));
        var acts = await opened.Acts();

        Assert.Equal((19, 18), (opened.Archive.DeclaredItems, opened.Archive.ItemsRead));
        Assert.Equal(18, acts.Count);
        Assert.All(acts, act => Assert.Equal((ActKind.Create, Audience.Public), (act.Act, act.Audience)));
        Assert.All(acts, act => Assert.Empty(act.Flags));
        Assert.All(acts, act => Assert.Equal(opened.Archive.Account.ActorId, act.Author!.NativeId));
        Assert.Equal(18, acts.Select(act => act.NativeId).Distinct().Count());
        Assert.Equal(781_696, opened.Media(Assert.Single(acts.SelectMany(act => act.Attachments)).ArchivePath!).Length);
        Assert.Equal([ArchiveProblemCodes.DeclaredDiffers], opened.ProblemCodes);
    }

    [SharedDataFact]
    public async Task reads_the_older_real_outbox_with_leading_slashes()
    {
        var outbox = await File.ReadAllBytesAsync(SharedData.PathOf("mastodon/archive/outbox.json"));
        var actor = await File.ReadAllBytesAsync(SharedData.PathOf("mastodon/archive/actor.json"));
        await using var opened = await OpenedArchive.Of(OldArchive.TarGz([("outbox.json", outbox), ("actor.json", actor)]));

        Assert.Equal(2, (await opened.Acts()).Count);
        Assert.Equal((1, 2), (opened.Archive.DeclaredItems, opened.Archive.ItemsRead));
    }

    [SharedDataFact]
    public async Task keeps_every_activity_of_the_activitystreams_corpus()
    {
        foreach (var file in SharedData.Files("activitystreams"))
        {
            await using var opened = await Outbox(Encoding.UTF8.GetString(await File.ReadAllBytesAsync(file)));
            var read = await opened.Read();

            Assert.NotEmpty(read);
            foreach (var act in read.OfType<ReadAct.Accepted>().Select(accepted => accepted.Act))
            {
                Assert.NotEmpty(act.NativeId);
                using var raw = JsonDocument.Parse(act.Raw);
            }
        }
    }

    private static Task<OpenedArchive> Outbox(params string[] items) =>
        OpenedArchive.Of(OldArchive.Zip([("outbox.json", Given.Utf8(OldArchive.Outbox(items, items.Length))), ("actor.json", Given.Utf8(OldArchive.Actor))]));

    private static byte[] Shaped(string shape) => shape switch
    {
        "tar.gz ustar" => OldArchive.TarGz(OldArchive.Files),
        "tar.gz pax" => OldArchive.TarGz(OldArchive.Files, TarEntryFormat.Pax),
        "tar.gz gnu" => OldArchive.TarGz(OldArchive.Files, TarEntryFormat.Gnu),
        "tar.gz with dots" => OldArchive.TarGz(OldArchive.Files.Select(file => ($"./{file.Name}", file.Bytes))),
        "tar" => OldArchive.Tar(OldArchive.Files),
        "zip" => OldArchive.Zip(OldArchive.Files),
        "streamed zip" => OldArchive.Zip(OldArchive.Files, streamed: true),
        _ => OldArchive.Zip(OldArchive.Files.Select(file => ($"arkiv 2022/{file.Name}", file.Bytes)).Append(("arkiv 2022/kopia/outbox.json", []))),
    };
}
