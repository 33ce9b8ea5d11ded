using System.Text;
using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Exports;
using ArchiveService.Capture.Tests.Exports;
using ArchiveService.Capture.Tests.Mastodon;
using ArchiveService.Capture.YouTube;

namespace ArchiveService.Capture.Tests.YouTube;

public sealed class Reading_a_takeout
{
    private const string Channel = "UCYnl1cugi7Lw1h8j6JNqNEg";

    public static TheoryData<string, string> Orders => new()
    {
        { "Comment ID,Channel ID,Comment Create Timestamp,Price,Parent Comment ID,Video ID,Comment Text\r\n", "{id},{channel},{time},0,{parent},{video},{text}" },
        { "Channel ID,Comment Create Timestamp,Price,Comment ID,Parent Comment ID,Video ID,Comment Text\r\n", "{channel},{time},0,{id},{parent},{video},{text}" },
        { "channel id,comment create timestamp,price,comment id,parent comment id,post id,video id,comment text,top-level comment id\r\n", "{channel},{time},0,{id},{parent},,{video},{text}," },
        { "Kanal-id,Tidsstämpel,Pris,Kommentars-id,Överordnad kommentar,Video-id,Text\r\n", "{channel},{time},0,{id},{parent},{video},{text}" },
        { "", "{channel},{time},0,{id},{parent},{video},{text}" },
    };

    [Theory]
    [MemberData(nameof(Orders))]
    [Trait("Requirement", "C9")]
    public async Task maps_the_columns_by_header_or_by_look(string header, string row)
    {
        var line = row.Replace("{id}", "UgwDN8UeMxW4NDFbvY54AaABAg.9iwJkUYNcXa9u0lv3j3Abh", StringComparison.Ordinal).Replace("{parent}", "UgwDN8UeMxW4NDFbvY54AaABAg", StringComparison.Ordinal)
            .Replace("{channel}", Channel, StringComparison.Ordinal).Replace("{time}", "2023-08-30T01:54:46.801024+00:00", StringComparison.Ordinal).Replace("{video}", "jH39c5-y6kg", StringComparison.Ordinal)
            .Replace("{text}", "\"{\"\"text\"\":\"\"Hej,\"\"},{\"\"text\"\":\"\"\n\"\"},{\"\"text\"\":\"\"nästa rad\"\"}\"", StringComparison.Ordinal);
        await using var opened = await OpenedExport.Zip(YouTubeTakeout.Form, ("Takeout/YouTube och YouTube Music/kommentarer/comments(1).csv", $"{header}{line}\r\n"));
        var act = Assert.Single(await opened.Acts());

        Assert.Equal((ActKind.Create, ItemKind.Reply, "UgwDN8UeMxW4NDFbvY54AaABAg.9iwJkUYNcXa9u0lv3j3Abh", "UgwDN8UeMxW4NDFbvY54AaABAg", "jH39c5-y6kg"), (act.Act, act.Kind, act.NativeId, act.ParentNativeId, act.RootNativeId));
        Assert.Equal("Hej,\nnästa rad", act.Text);
        Assert.Equal(new ActAuthor(Channel, null, null, ClaimsOwnChannel: true, null), act.Author);
        Assert.Equal(new DateTimeOffset(2023, 8, 30, 1, 54, 46, 801, 24, TimeSpan.Zero), act.OccurredAt);
        Assert.Equal(line, Encoding.UTF8.GetString(act.Raw.Span));
        Assert.Empty(act.Flags);
    }

    [Fact]
    public async Task gives_live_chats_with_and_without_a_header()
    {
        await using var opened = await OpenedExport.Zip(
            YouTubeTakeout.Form,
            ("comments/live chats.csv", $"Ci0KJ0NPRexyz,{Channel},2016-01-29T18:26:53.255+00:00,0,ZuvK-oe647c,\"{{\"\"text\"\":\"\"Hej i chatten\"\"}}\"\n"),
            ("comments/live chats(1).csv", $"Live Chat ID,Channel ID,Live Chat Create Timestamp,Price,Video ID,Live Chat Text\nCi0KJ0NPRexyw,{Channel},2016-01-29T18:26:53.255+00:00,0,ZuvK-oe647c,Klartext\n"));
        var acts = await opened.Acts();

        Assert.Equal([("Ci0KJ0NPRexyw", ItemKind.Live, "Klartext"), ("Ci0KJ0NPRexyz", ItemKind.Live, "Hej i chatten")], acts.Select(act => (act.NativeId, act.Kind, act.Text)).OrderBy(act => act.NativeId, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""{"takeoutSegments":[{"text":"a"},{"text":"b"}]}""", "ab")]
    [InlineData("{\"text\":\"a\"},{\"text\":\"\n\"},{\"text\":\"b\"}", "a\nb")]
    [InlineData("{\"text\":\"a\\\\\"},{\"text\":\"\t\"}", "a\\\t")]
    [InlineData("""{"text":"@Kim","mention":{"externalChannelId":"UC1"}},{"text":" hej"}""", "@Kim hej")]
    [InlineData("{trasig", "{trasig")]
    [InlineData("rent", "rent")]
    [InlineData("{}", null)]
    public async Task reads_the_words_of_every_form(string words, string? expected)
    {
        await using var opened = await OpenedExport.Zip(YouTubeTakeout.Form, ("comments.csv", $"Comment ID,Channel ID,Comment Create Timestamp,Comment Text\nUg1,{Channel},2023-04-14T07:39:35Z,\"{words.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));
        Assert.Equal(expected, Assert.Single(await opened.Acts()).Text);
    }

    [Fact]
    public async Task reads_what_is_left_of_a_file_that_was_cut_off()
    {
        await using var opened = await OpenedExport.Zip(YouTubeTakeout.Form, ("comments.csv", $"Comment ID,Channel ID,Comment Create Timestamp,Comment Text\nUg1,{Channel},2023-04-14T07:39:35Z,\"ett\"\nUg2,{Channel},2023-04-14T07:39:35Z,\"tv"));
        var read = await opened.Read();

        Assert.Equal("ett", Assert.Single(read.OfType<ReadAct.Accepted>()).Act.Text);
        Assert.Equal(RefusalCodes.InputTruncated, Assert.Single(read.OfType<ReadAct.Rejected>()).Code);
        Assert.Equal([ArchiveProblemCodes.Truncated], opened.ProblemCodes);
        Assert.True(opened.File.IsPartial);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",,,\n,,\n")]
    [InlineData("\"\n\"\"\n\0,\uFFFD")]
    [InlineData("Comment ID,Comment Text\n\"a\"b\"c,d\ne\n")]
    public async Task never_throws_because_of_what_a_file_says(string csv)
    {
        await using var opened = await OpenedExport.Zip(YouTubeTakeout.Form, ("comments.csv", csv));
        Assert.All((await opened.Read()).OfType<ReadAct.Accepted>(), accepted => Assert.NotEmpty(accepted.Act.NativeId));
    }

    [Fact]
    public async Task refuses_what_is_no_takeout()
    {
        await using var html = await OpenedExport.Zip(YouTubeTakeout.Form, ("my-comments.html", ""));
        await using var other = await OpenedExport.Zip(YouTubeTakeout.Form, ("playlists.csv", "Playlist ID,Title\n1,2"));

        Assert.Equal((ExportProblemCodes.Html, ExportProblemCodes.NothingKnown), (html.Refusal, other.Refusal));
    }

    [SharedDataFact]
    public async Task gives_what_the_page_says_of_the_samples()
    {
        var table = new SampleTable("youtube.md");
        foreach (var file in SharedData.Files("youtube/takeout", "*.csv"))
        {
            await using var opened = await OpenedExport.Bytes(YouTubeTakeout.Form, OldArchive.Zip([("comments.csv", await File.ReadAllBytesAsync(file))]));
            table.Add(Named(file), await opened.Read());
        }

        foreach (var file in SharedData.Files("youtube"))
        {
            await using var opened = await OpenedExport.Bytes(YouTubeApi.Form, await File.ReadAllBytesAsync(file), "svar.json");
            table.Add(Named(file), await opened.Read());
        }

        foreach (var file in SharedData.Files("youtube/websub", "*.xml")) table.Add(Named(file), YouTubeWebSub.Read(await File.ReadAllBytesAsync(file), Given.Now).SelectMany(entry => entry.Acts));
        table.IsInThePage();
    }

    private static string Named(string file) => Path.GetRelativePath(SharedData.PathOf("."), file);
}
