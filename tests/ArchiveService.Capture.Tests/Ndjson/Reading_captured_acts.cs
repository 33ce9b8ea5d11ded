using ArchiveService.Capture.Ndjson;

namespace ArchiveService.Capture.Tests.Ndjson;

public sealed class Reading_captured_acts
{
    private const string Comment = """
        {"act":"create","nativeId":"10_20","nativeEventId":"e1","kind":"comment","parentNativeId":"10","conversationId":"c","author":{"nativeId":"77","displayName":"Åsa Öst","handle":"@asa","isOwnChannel":false,"operator":"Kim"},"audience":"public","occurredAt":"2026-03-01T13:00:00+01:00","observedAt":"2026-03-01T12:00:05Z","certainty":"observed","actingParty":"author","text":"När öppnar simhallen? 🏊","textFormat":"plain","permalink":"https://example.org/10_20","attachments":[{"fileName":"bad.jpg","mediaType":"image/jpeg","url":"https://example.org/bad.jpg"}]}
        """;

    [Fact]
    public async Task gives_every_member_of_the_documented_form()
    {
        var act = await Given.Accepted(Comment);

        Assert.Equal(ActKind.Create, act.Act);
        Assert.Equal("10_20", act.NativeId);
        Assert.Equal("native", act.IdKind);
        Assert.Equal("e1", act.NativeEventId);
        Assert.Equal(ItemKind.Comment, act.Kind);
        Assert.Equal("10", act.ParentNativeId);
        Assert.Equal("c", act.ConversationId);
        Assert.Equal(new ActAuthor("77", "Åsa Öst", "@asa", ClaimsOwnChannel: false, "Kim"), act.Author);
        Assert.Equal(Audience.Public, act.Audience);
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero), act.OccurredAt);
        Assert.Equal(TimeSpan.Zero, act.OccurredAt!.Value.Offset);
        Assert.Equal("platform", act.OccurredAtSource);
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 12, 0, 5, TimeSpan.Zero), act.ObservedAt);
        Assert.Equal(Certainty.Observed, act.Certainty);
        Assert.Equal(ActingParty.Author, act.ActingParty);
        Assert.Equal("När öppnar simhallen? 🏊", act.Text);
        Assert.Equal("https://example.org/10_20", act.Permalink);
        Assert.Equal(("bad.jpg", "image/jpeg", "https://example.org/bad.jpg"), Assert.Single(act.Attachments) is var a ? (a.FileName, a.MediaType, a.Url) : default);
        Assert.Empty(act.Flags);
        Assert.Equal(Given.Utf8(Comment), act.Raw.ToArray());
        Assert.Equal("1", act.RawPointer);
    }

    [Theory]
    [InlineData("create", ActKind.Create)]
    [InlineData("edit", ActKind.Edit)]
    [InlineData("delete", ActKind.Delete)]
    [InlineData("hide", ActKind.Hide)]
    [InlineData("unhide", ActKind.Unhide)]
    [InlineData("restore", ActKind.Restore)]
    [InlineData("message", ActKind.Message)]
    [InlineData("message_unsend", ActKind.MessageUnsend)]
    [InlineData("react", ActKind.React)]
    [InlineData("unreact", ActKind.Unreact)]
    [InlineData("share", ActKind.Share)]
    [InlineData("profile_change", ActKind.ProfileChange)]
    [InlineData("access_lost", ActKind.AccessLost)]
    public async Task knows_every_act(string word, ActKind expected)
    {
        var act = await Given.Accepted($$"""{"act":"{{word}}","nativeId":"1","kind":"post"}""");

        Assert.Equal(expected, act.Act);
        Assert.Empty(act.Flags);
    }

    [Fact]
    public async Task takes_an_array_and_lines_alike()
    {
        const string one = """{"act":"create","kind":"post","nativeId":"1"}""";
        const string two = """{"act":"delete","nativeId":"2"}""";

        var lines = await Given.Read($"{one}\n{two}\n");
        var array = await Given.Read($" [ {one} ,\n  {two}\n] ");

        Assert.Equal(["1", "2"], lines.Select(read => ((ReadAct.Accepted)read).Act.NativeId));
        Assert.Equal(["1", "2"], array.Select(read => ((ReadAct.Accepted)read).Act.NativeId));
        Assert.Equal([1, 2], array.Select(read => read.Place));
        Assert.Equal([Given.Utf8(one), Given.Utf8(two)], array.Select(read => ((ReadAct.Accepted)read).Act.Raw.ToArray()));
        Assert.Equal(["/0", "/1"], array.Select(read => ((ReadAct.Accepted)read).Act.RawPointer));
    }

    [Fact]
    public async Task counts_blank_lines_but_gives_nothing_for_them()
    {
        var read = await Given.Read("\uFEFF\r\n\n  \t\r\n{\"act\":\"delete\",\"nativeId\":\"1\"}\r\n\r\n{\"act\":\"delete\",\"nativeId\":\"2\"}");

        Assert.Equal([(4L, "1"), (6L, "2")], read.Cast<ReadAct.Accepted>().Select(a => (a.Place, a.Act.NativeId)));
        Assert.Equal("""{"act":"delete","nativeId":"1"}""", System.Text.Encoding.UTF8.GetString(((ReadAct.Accepted)read[0]).Act.Raw.Span));
    }

    [Fact]
    public async Task does_not_depend_on_how_the_bytes_arrive()
    {
        var input = Given.Utf8($"\uFEFF{Comment}\r\nbroken\n{Comment}");
        var array = Given.Utf8($"\uFEFF[{Comment},broken,{Comment}]");

        Assert.Equal(Told(await Given.Read(input)), Told(await Given.Read(Given.Slowly(input))));
        Assert.Equal(Told(await Given.Read(array)), Told(await Given.Read(Given.Slowly(array))));
    }

    [Theory]
    [InlineData("1234567890123456789012", "1234567890123456789012")]
    [InlineData("-2781149976877970683", "-2781149976877970683")]
    [InlineData("\"-2781149976877970683\"", "-2781149976877970683")]
    [InlineData("900767076685784.0", "900767076685784.0")]
    public async Task keeps_an_id_written_as_a_number_exactly(string written, string expected)
    {
        var act = await Given.Accepted($$$"""{"act":"create","kind":"post","nativeId":{{{written}}},"author":{"nativeId":{{{written}}}}}""");

        Assert.Equal(expected, act.NativeId);
        Assert.Equal(expected, act.Author!.NativeId);
    }

    [Fact]
    public async Task keeps_and_flags_what_it_does_not_know()
    {
        var act = await Given.Accepted("""{"act":"pin","nativeId":"1","kind":"reel","audience":"friends","certainty":"sure","actingParty":"bot","textFormat":"markdown"}""");

        Assert.Equal((ActKind.Unknown, "pin"), (act.Act, act.NativeActName));
        Assert.Equal((ItemKind.Unknown, "reel"), (act.Kind, act.NativeKind));
        Assert.Equal(Audience.Direct, act.Audience);
        Assert.Equal((Certainty.Inferred, ActingParty.Unknown, TextFormat.Plain), (act.Certainty, act.ActingParty, act.TextFormat));
        Assert.Equal([ActFlags.UnknownAct, ActFlags.UnknownKind, ActFlags.UnknownAudience, ActFlags.UnknownHint], act.Flags);
    }

    [Fact]
    public async Task does_not_flag_a_deletion_that_only_has_an_id()
    {
        var act = await Given.Accepted("""{"act":"delete","nativeId":"1"}""");

        Assert.Equal((ItemKind.Unknown, "delete"), (act.Kind, act.NativeActName));
        Assert.Equal("none", act.OccurredAtSource);
        Assert.Empty(act.Flags);
    }

    [Fact]
    public async Task holds_a_message_to_be_direct_unless_told_otherwise()
    {
        var act = await Given.Accepted("""{"act":"message","nativeId":"1","text":"hej"}""");

        Assert.Equal((ItemKind.Dm, Audience.Direct), (act.Kind, act.Audience));
    }

    [Fact]
    public async Task gives_nothing_for_an_empty_input()
    {
        Assert.Empty(await Given.Read(""));
        Assert.Empty(await Given.Read("\uFEFF"));
        Assert.Empty(await Given.Read(" \n \n"));
        Assert.Empty(await Given.Read("[ ]"));
    }

    private static IEnumerable<string> Told(IEnumerable<ReadAct> read) => read.Select(outcome => outcome switch
    {
        ReadAct.Accepted accepted => $"{accepted.Place} {accepted.Act.NativeId} {Convert.ToHexString(accepted.Act.Raw.Span)}",
        _ => outcome.ToString(),
    });
}
