namespace ArchiveService.Capture.Tests.Meta;

public sealed class Reading_page_changes
{
    private const string Ids = """ "post_id":"100_5","comment_id":"5_9","photo_id":31,"video_id":"32","share_id":33,"album_id":34,"event_id":"35","open_graph_story_id":36 """;

    [Theory]
    [InlineData("feed", "status", "add", ActKind.Create, ItemKind.Post, "100_5")]
    [InlineData("feed", "status", "edited", ActKind.Edit, ItemKind.Post, "100_5")]
    [InlineData("feed", "post", "add", ActKind.Create, ItemKind.Post, "100_5")]
    [InlineData("feed", "post", "edit", ActKind.Edit, ItemKind.Post, "100_5")]
    [InlineData("feed", "post", "hide", ActKind.Hide, ItemKind.Post, "100_5")]
    [InlineData("feed", "post", "unhide", ActKind.Unhide, ItemKind.Post, "100_5")]
    [InlineData("feed", "post", "remove", ActKind.Delete, ItemKind.Post, "100_5")]
    [InlineData("feed", "comment", "add", ActKind.Create, ItemKind.Comment, "5_9")]
    [InlineData("feed", "comment", "edited", ActKind.Edit, ItemKind.Comment, "5_9")]
    [InlineData("feed", "comment", "hide", ActKind.Hide, ItemKind.Comment, "5_9")]
    [InlineData("feed", "comment", "unhide", ActKind.Unhide, ItemKind.Comment, "5_9")]
    [InlineData("feed", "comment", "remove", ActKind.Delete, ItemKind.Comment, "5_9")]
    [InlineData("feed", "photo", "add", ActKind.Create, ItemKind.Post, "100_5")]
    [InlineData("feed", "photo", "edited", ActKind.Edit, ItemKind.Post, "100_5")]
    [InlineData("feed", "photo", "hide", ActKind.Hide, ItemKind.Post, "100_5")]
    [InlineData("feed", "photo", "remove", ActKind.Delete, ItemKind.Post, "100_5")]
    [InlineData("feed", "video", "add", ActKind.Create, ItemKind.Video, "100_5")]
    [InlineData("feed", "video", "block", ActKind.Hide, ItemKind.Video, "100_5")]
    [InlineData("feed", "video", "unblock", ActKind.Unhide, ItemKind.Video, "100_5")]
    [InlineData("feed", "video", "mute", ActKind.Edit, ItemKind.Video, "100_5")]
    [InlineData("feed", "video", "remove", ActKind.Delete, ItemKind.Video, "100_5")]
    [InlineData("feed", "share", "add", ActKind.Share, ItemKind.Share, "100_5")]
    [InlineData("feed", "share", "hide", ActKind.Hide, ItemKind.Share, "100_5")]
    [InlineData("feed", "share", "unhide", ActKind.Unhide, ItemKind.Share, "100_5")]
    [InlineData("feed", "album", "add", ActKind.Create, ItemKind.Post, "100_5")]
    [InlineData("feed", "event", "add", ActKind.Create, ItemKind.Post, "100_5")]
    [InlineData("mention", "comment", "add", ActKind.Create, ItemKind.Mention, "5_9")]
    [InlineData("mention", "post", "add", ActKind.Create, ItemKind.Mention, "100_5")]
    [InlineData("ratings", "rating", "add", ActKind.Create, ItemKind.Review, "36")]
    [InlineData("ratings", "rating", "edit", ActKind.Edit, ItemKind.Review, "36")]
    [InlineData("ratings", "rating", "remove", ActKind.Delete, ItemKind.Review, "36")]
    [InlineData("ratings", "comment", "edited", ActKind.Edit, ItemKind.Comment, "5_9")]
    public void gives_each_item_and_verb_its_act(string field, string item, string verb, ActKind act, ItemKind kind, string nativeId)
    {
        var read = Delivered.Change(field, $$"""{"item":"{{item}}","verb":"{{verb}}",{{Ids}}}""");

        Assert.Equal((act, kind, nativeId), (read.Act, read.Kind, read.NativeId));
        Assert.Equal($"{field}/{item}/{verb}", read.NativeActName);
        Assert.Equal("native", read.IdKind);
        Assert.Empty(read.Flags);
    }

    [Fact]
    public void follows_one_comment_through_its_life_under_one_id()
    {
        string[] verbs = ["add", "edited", "hide", "unhide", "remove"];
        var life = verbs.Select(verb => Delivered.Feed($$""" "item":"comment","verb":"{{verb}}",{{Ids}},"parent_id":"100_5","from":{"id":"7","name":"Åsa"}""")).ToList();

        Assert.Equal([ActKind.Create, ActKind.Edit, ActKind.Hide, ActKind.Unhide, ActKind.Delete], life.Select(act => act.Act));
        Assert.Equal(["5_9"], life.Select(act => act.NativeId).Distinct());
    }

    [Theory]
    [InlineData("100_5", ItemKind.Comment)]
    [InlineData("5_8", ItemKind.Reply)]
    public void tells_a_reply_from_a_comment(string parent, ItemKind kind)
    {
        var read = Delivered.Feed($$""" "item":"comment","verb":"add","comment_id":"5_9","post_id":"100_5","parent_id":"{{parent}}" """);

        Assert.Equal((kind, parent, "100_5"), (read.Kind, read.ParentNativeId, read.RootNativeId));
    }

    [Fact]
    public void takes_the_author_in_both_forms()
    {
        Assert.Equal(new ActAuthor("7", "Åsa", null, ClaimsOwnChannel: false, null), Delivered.Feed(""" "item":"post","verb":"add","post_id":"1","from":{"id":"7","name":"Åsa"} """).Author);
        Assert.Equal(new ActAuthor("7", "Åsa", null, ClaimsOwnChannel: false, null), Delivered.Feed(""" "item":"post","verb":"add","post_id":"1","sender_id":7,"sender_name":"Åsa" """).Author);
        Assert.Equal(new ActAuthor("100", "Kommunen", null, ClaimsOwnChannel: true, null), Delivered.Feed(""" "item":"post","verb":"add","post_id":"1","from":{"id":100,"name":"Kommunen"} """).Author);
    }

    [Theory]
    [InlineData("comment", "add", ActingParty.Author)]
    [InlineData("comment", "edited", ActingParty.Author)]
    [InlineData("comment", "hide", ActingParty.Unknown)]
    [InlineData("comment", "unhide", ActingParty.Unknown)]
    [InlineData("comment", "remove", ActingParty.Unknown)]
    [InlineData("video", "block", ActingParty.Platform)]
    [InlineData("video", "mute", ActingParty.Platform)]
    public void never_guesses_who_hid_or_removed(string item, string verb, ActingParty expected) =>
        Assert.Equal(expected, Delivered.Feed($$""" "item":"{{item}}","verb":"{{verb}}",{{Ids}},"from":{"id":"7","name":"Åsa"}""").ActingParty);

    [Fact]
    public void uses_the_created_time_for_what_was_added_only()
    {
        var added = Delivered.Feed($$""" "item":"post","verb":"add",{{Ids}},"created_time":1770000000""");
        var edited = Delivered.Feed($$""" "item":"post","verb":"edited",{{Ids}},"created_time":1770000000""");
        var untold = Delivered.Feed($$""" "item":"post","verb":"add",{{Ids}}""");

        Assert.Equal((Delivered.CreatedTime, "platform", null), (added.OccurredAt, added.OccurredAtSource, added.EditedAt));
        Assert.Equal((Delivered.EntryTime, "entry", Delivered.EntryTime), (edited.OccurredAt, edited.OccurredAtSource, edited.EditedAt));
        Assert.Equal((Delivered.EntryTime, "entry"), (untold.OccurredAt, untold.OccurredAtSource));
    }

    [Theory]
    [InlineData("1770000000", "2026-02-02T02:40:00Z", false)]
    [InlineData("1770000000456", "2026-02-02T02:40:00.456Z", false)]
    [InlineData("\"1770000000\"", "2026-02-02T02:40:00Z", false)]
    [InlineData("\"2021-07-09T19:09:52+0000\"", "2021-07-09T19:09:52Z", false)]
    [InlineData("665", "1970-01-01T00:11:05Z", true)]
    [InlineData("4102444800", "2100-01-01T00:00:00Z", true)]
    [InlineData("\"i går\"", null, true)]
    [InlineData("99999999999999999999", null, true)]
    [InlineData("{}", null, true)]
    public void reads_times_by_their_digits(string written, string? expected, bool suspicious)
    {
        var read = Delivered.Feed($$""" "item":"post","verb":"add",{{Ids}},"created_time":{{written}}""");

        Assert.Equal(expected is null ? null : DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), read.OccurredAt);
        Assert.Equal(suspicious, read.Flags.Contains(ActFlags.SuspiciousTime));
    }

    [Theory]
    [InlineData("0", Audience.Unpublished)]
    [InlineData("false", Audience.Unpublished)]
    [InlineData("1", Audience.Public)]
    [InlineData("null", Audience.Public)]
    public void tells_what_is_not_published_yet(string published, Audience expected) =>
        Assert.Equal(expected, Delivered.Feed($$""" "item":"post","verb":"add",{{Ids}},"published":{{published}}""").Audience);

    [Fact]
    public void gathers_the_files_once_each()
    {
        var read = Delivered.Feed(""" "item":"photo","verb":"add","post_id":"1","photo_id":31,"link":"https://x/1","photo":"https://x/1","photos":["https://x/2","https://x/3"],"video":"https://x/4" """);

        Assert.Equal(["https://x/1", "https://x/4", "https://x/2", "https://x/3"], read.Attachments.Select(file => file.Url));
    }

    [Fact]
    public void reads_a_review_with_its_grade()
    {
        var read = Delivered.Change("ratings", """{"item":"rating","verb":"add","open_graph_story_id":904,"reviewer_id":705,"reviewer_name":"Åsa","rating":3,"review_text":"Helt okej","comment_id":null}""");

        Assert.Equal(("904", "Helt okej", "3"), (read.NativeId, read.Text, read.ReactionKind));
        Assert.Equal(new ActAuthor("705", "Åsa", null, ClaimsOwnChannel: false, null), read.Author);
    }

    [Theory]
    [InlineData("""{"item":"like","verb":"add","comment_id":"5_9","sender_id":7}""", ActKind.React, "5_9", "5_9/reaction/7", "like")]
    [InlineData("""{"item":"reaction","verb":"add","post_id":"100_5","parent_id":"100_5","from":{"id":"7"},"reaction_type":"love"}""", ActKind.React, "100_5", "100_5/reaction/7", "love")]
    [InlineData("""{"item":"reaction","verb":"edit","post_id":"100_5","parent_id":"100_5","from":{"id":"7"},"reaction_type":"wow"}""", ActKind.React, "100_5", "100_5/reaction/7", "wow")]
    [InlineData("""{"item":"reaction","verb":"remove","post_id":"100_5","comment_id":"5_9","parent_id":"5_8","from":{"id":"7"},"reaction_type":"wow"}""", ActKind.Unreact, "5_9", "5_9/reaction/7", "wow")]
    [InlineData("""{"item":"like","verb":"add","user_id":7}""", ActKind.React, "100", "100/reaction/7", "like")]
    public void counts_reactions_on_what_they_are_about(string value, ActKind act, string parent, string nativeId, string reaction)
    {
        var read = Delivered.Change("feed", value);

        Assert.Equal((act, parent, nativeId, reaction), (read.Act, read.ParentNativeId, read.NativeId, read.ReactionKind));
    }

    [Fact]
    public void keeps_what_a_removal_does_not_tell_as_unknown()
    {
        var read = Delivered.Feed(""" "item":"comment","verb":"remove","comment_id":"5_9","post_id":"100_5","parent_id":"100_5" """);

        Assert.Null(read.Text);
        Assert.Null(read.Author);
        Assert.Equal("entry", read.OccurredAtSource);
    }

    [Fact]
    public void keeps_a_new_verb_on_the_item_it_is_about()
    {
        var read = Delivered.Feed($$""" "item":"comment","verb":"pin",{{Ids}},"message":"hej" """);

        Assert.Equal((ActKind.Unknown, "feed/comment/pin", "5_9", "hej"), (read.Act, read.NativeActName, read.NativeId, read.Text));
        Assert.Equal([ActFlags.UnknownAct], read.Flags);
    }

    [Fact]
    public void never_lets_a_new_item_touch_the_post_it_names()
    {
        var read = Delivered.Feed(""" "item":"badge","verb":"remove","post_id":"100_5" """);

        Assert.Equal((ActKind.Unknown, ItemKind.Unknown, "badge", "100_5"), (read.Act, read.Kind, read.NativeKind, read.ParentNativeId));
        Assert.StartsWith("unknown:", read.NativeId, StringComparison.Ordinal);
        Assert.Equal([ActFlags.UnknownAct, ActFlags.UnknownKind, ActFlags.SyntheticId], read.Flags);
    }

    [Fact]
    public void shows_a_text_that_is_too_long_in_part_and_keeps_it_whole()
    {
        var text = new string('a', CaptureLimits.MaxTextChars - 1) + "😀" + "slut";
        var read = Delivered.Feed($$""" "item":"post","verb":"add",{{Ids}},"message":"{{text}}" """);

        Assert.Equal(CaptureLimits.MaxTextChars - 1, read.Text!.Length);
        Assert.Equal([ActFlags.TextCut], read.Flags);
        Assert.Contains(text, System.Text.Encoding.UTF8.GetString(read.Raw.Span), StringComparison.Ordinal);
    }
}
