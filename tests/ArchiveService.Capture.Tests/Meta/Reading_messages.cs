namespace ArchiveService.Capture.Tests.Meta;

public sealed class Reading_messages
{
    [Fact]
    public void gives_an_incoming_message()
    {
        var read = Delivered.Message(""" "message":{"mid":"m1","text":"Hej!","reply_to":{"mid":"m0"}} """);

        Assert.Equal((ActKind.Message, ItemKind.Dm, Audience.Direct), (read.Act, read.Kind, read.Audience));
        Assert.Equal(("m1", "m0", "55", "Hej!"), (read.NativeId, read.ParentNativeId, read.ConversationId, read.Text));
        Assert.Equal(new ActAuthor("55", null, null, ClaimsOwnChannel: false, null), read.Author);
        Assert.Equal((DateTimeOffset.FromUnixTimeMilliseconds(1_770_000_000_456), "platform"), (read.OccurredAt, read.OccurredAtSource));
        Assert.Empty(read.Flags);
    }

    [Theory]
    [InlineData("messaging")]
    [InlineData("standby")]
    public void gives_an_outgoing_message_in_the_same_conversation(string list)
    {
        var read = Delivered.Message(""" "message":{"mid":"m2","text":"Hej själv","is_echo":true,"app_id":1517776481860111} """, list, sender: "100", recipient: "55");

        Assert.Equal((ActKind.Message, "55", ActingParty.OwnChannel), (read.Act, read.ConversationId, read.ActingParty));
        Assert.Equal(new ActAuthor("100", null, null, ClaimsOwnChannel: true, "1517776481860111"), read.Author);
    }

    [Fact]
    public void gives_an_edit_and_an_unsending_under_the_same_id()
    {
        var edited = Delivered.Message(""" "message_edit":{"mid":"m1","text":"Hej!!","num_edit":2} """);
        var unsent = Delivered.Message(""" "message":{"mid":"m1","is_deleted":true} """);

        Assert.Equal((ActKind.Edit, "m1", "m1/edit/2", "Hej!!"), (edited.Act, edited.NativeId, edited.NativeEventId, edited.Text));
        Assert.Equal(edited.OccurredAt, edited.EditedAt);
        Assert.Equal((ActKind.MessageUnsend, "m1", null), (unsent.Act, unsent.NativeId, unsent.Text));
    }

    [Fact]
    public void gives_its_attachments_whatever_their_form()
    {
        var read = Delivered.Message(""" "message":{"mid":"m1","attachments":[{"type":"image","payload":{"url":"https://x/1","sticker_id":369239263222822}},{"type":"fallback","title":"Länk","url":"https://x/2","payload":"BLOB"},{"type":"unsupported_type","payload":{}},7]} """);

        Assert.Equal([("369239263222822", "https://x/1", null), (null, "https://x/2", "Länk"), (null, null, null)], read.Attachments.Select(file => (file.NativeId, file.Url, file.AltText)));
        Assert.Equal([ActFlags.ContentNotDelivered], read.Flags);
    }

    [Fact]
    public void counts_a_reaction_on_its_message()
    {
        var set = Delivered.Message(""" "reaction":{"mid":"m1","action":"react","emoji":"😢","reaction":"sad"} """);
        var taken = Delivered.Message(""" "reaction":{"mid":"m1","action":"unreact"} """);

        Assert.Equal((ActKind.React, "m1", "sad"), (set.Act, set.ParentNativeId, set.ReactionKind));
        Assert.Equal((ActKind.Unreact, set.NativeId), (taken.Act, taken.NativeId));
    }

    [Fact]
    public void takes_a_pressed_answer_for_what_it_said()
    {
        var read = Delivered.Message(""" "postback":{"mid":"m3","title":"Öppettider","payload":"X"} """);

        Assert.Equal((ActKind.Message, "m3", "Öppettider", "postback"), (read.Act, read.NativeId, read.Text, read.NativeKind));
    }

    [Theory]
    [InlineData("read")]
    [InlineData("delivery")]
    public void makes_no_record_of_a_receipt(string receipt)
    {
        var outcome = Delivered.OnlyOutcome($$$"""{"object":"page","entry":[{"id":"100","time":1780000000123,"messaging":[{"sender":{"id":"55"},"recipient":{"id":"100"},"timestamp":1,"{{{receipt}}}":{"watermark":1}}]}]}""");

        Assert.Equal(new ReadAct.NotARecord(1, $"messaging/{receipt}"), outcome);
    }

    [Theory]
    [InlineData(""" "optin":{"ref":"x"} """, "messaging/optin")]
    [InlineData(""" "message":{"text":"utan id"} """, "messaging/message")]
    [InlineData(""" "reaction":"?" """, "messaging/reaction")]
    public void keeps_what_it_does_not_understand(string members, string name)
    {
        var read = Delivered.Message(members);

        Assert.Equal((ActKind.Unknown, name, Audience.Direct, "55"), (read.Act, read.NativeActName, read.Audience, read.Author?.NativeId));
        Assert.Contains(ActFlags.SyntheticId, read.Flags);
    }

    [Theory]
    [InlineData("""{"id":"1","text":"Fint!"}""", ItemKind.Comment, null, null)]
    [InlineData("""{"id":"1","text":"Fint!","from":{"id":"7","username":"asa"},"media":{"id":"9"}}""", ItemKind.Comment, "9", "asa")]
    [InlineData("""{"id":"1","text":"Fint!","from":{"id":"7","username":"asa"},"media":{"id":"9"},"parent_id":"8"}""", ItemKind.Reply, "8", "asa")]
    public void reads_instagram_comments_in_both_forms(string value, ItemKind kind, string? parent, string? handle)
    {
        var read = Delivered.Change("comments", value);

        Assert.Equal((ActKind.Create, kind, "1", parent, handle, "Fint!"), (read.Act, read.Kind, read.NativeId, read.ParentNativeId, read.Author?.Handle, read.Text));
    }
}
