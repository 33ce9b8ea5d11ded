using System.Text;
using System.Text.Json;
using ArchiveService.Capture.Meta;

namespace ArchiveService.Capture.Tests.Meta;

public sealed class Reading_a_delivery
{
    [Fact]
    public void groups_by_the_page_that_it_is_routed_on()
    {
        var entries = MetaWebhook.Read("""{"object":"page","entry":[{"id":1,"time":1,"changes":[{"field":"a"},{"field":"b"}]},{"id":"2","time":1,"changes":[{"field":"c"}]}]}"""u8.ToArray());

        Assert.Equal([("page", "1", 2), ("page", "2", 1)], entries.Select(entry => (entry.ObjectKind, entry.EntryId, entry.Acts.Count)));
        Assert.Equal([1, 2, 3], entries.SelectMany(entry => entry.Acts).Select(act => act.Place));
    }

    [Fact]
    public void keeps_a_verbatim_slice_of_each_change()
    {
        const string change = """{ "field" : "feed", "value":{"item":"post","verb":"add","post_id":"1","message":"\u00e5\/ä" ,"x":1e2} }""";
        var read = Delivered.Only($$"""{"object":"page","entry":[{"id":"100","time":1, "changes": [ {{change}} ]}]}""");

        Assert.Equal(change, Encoding.UTF8.GetString(read.Raw.Span));
        Assert.Equal("/entry/0/changes/0", read.RawPointer);
        Assert.Equal("å/ä", read.Text);
    }

    [Fact]
    public void keeps_a_change_without_a_value()
    {
        var read = Delivered.Only("""{"object":"page","entry":[{"id":"100","time":1449589360,"changes":[{"field":"parking"}]}]}""");

        Assert.Equal((ActKind.Unknown, "parking"), (read.Act, read.NativeActName));
        Assert.Equal("""{"field":"parking"}""", Encoding.UTF8.GetString(read.Raw.Span));
    }

    [Fact]
    public void finds_the_same_unknown_again_at_a_redelivery_and_tells_two_days_apart()
    {
        static string At(long time) => Delivered.Only($$"""{"object":"page","entry":[{"id":"100","time":{{time}},"changes":[{"field":"parking"}]}]}""").NativeId;

        Assert.Equal(At(1449589360), At(1449589360));
        Assert.NotEqual(At(1449589360), At(1449675760));
    }

    [Theory]
    [InlineData("""{"object":"page","entry":[{"id":"100","time":1}]}""", "entry")]
    [InlineData("""{"object":"page","entry":[{"id":"100","time":1,"changes":[]}]}""", "entry")]
    [InlineData("""{"object":"page","entry":[{"id":"100","time":1,"changed_fields":["feed"]}]}""", "changed_fields")]
    [InlineData("""{"object":"page","entry":[{"id":"100","time":1,"handovers":[{"x":1}]}]}""", "handovers")]
    [InlineData("""{"object":"page","entry":[7]}""", "entry")]
    [InlineData("""{"object":"page","entry":[{"id":"100","changes":[7]}]}""", "changes")]
    [InlineData("""{"object":"page","entry":[{"id":"100","changes":"feed","messaging":[null]}]}""", "messaging")]
    [InlineData("""{"object":"page","entry":{"id":"100","changes":{"field":"x"}}}""", "x")]
    public void keeps_an_entry_in_a_form_it_does_not_know(string body, string name)
    {
        var read = Delivered.Only(body);

        Assert.Equal((ActKind.Unknown, name), (read.Act, read.NativeActName));
        Assert.False(read.Raw.IsEmpty);
    }

    [Theory]
    [InlineData("", RefusalCodes.BrokenJson)]
    [InlineData("{", RefusalCodes.BrokenJson)]
    [InlineData("[]", RefusalCodes.NotAnObject)]
    [InlineData("{}", RefusalCodes.WrongType)]
    [InlineData("""{"object":"page","entry":[]}""", RefusalCodes.WrongType)]
    public void refuses_what_is_no_delivery(string body, string code)
    {
        var entry = Assert.Single(MetaWebhook.Read(Given.Utf8(body)));

        Assert.Null(entry.EntryId);
        Assert.Equal(code, Assert.IsType<ReadAct.Rejected>(Assert.Single(entry.Acts)).Code);
    }

    [Fact]
    public void keeps_half_an_emoji_and_double_members()
    {
        var read = Delivered.Feed(""" "item":"post","verb":"add","post_id":"1","post_id":"2","message":"a\ud83d" """);

        Assert.Equal(("2", "a\uFFFD"), (read.NativeId, read.Text));
        Assert.Equal([ActFlags.DuplicateKeys, ActFlags.LoneSurrogateReplaced], read.Flags);
    }

    [SharedDataFact]
    public void understands_every_real_body()
    {
        string[] unknown = ["feed-two-entries-25.json", "unknown-change-value.json"];
        foreach (var file in SharedData.Files("facebook/webhooks").Concat(SharedData.Files("instagram/webhooks")))
        {
            var entries = MetaWebhook.Read(File.ReadAllBytes(file), Given.Now);

            Assert.NotEmpty(entries);
            Assert.All(entries, entry => Assert.NotNull(entry.EntryId));
            foreach (var outcome in entries.SelectMany(entry => entry.Acts))
            {
                Assert.IsNotType<ReadAct.Rejected>(outcome);
                if (outcome is not ReadAct.Accepted { Act: var act }) continue;
                Assert.Equal(unknown.Contains(Path.GetFileName(file)), act.Act == ActKind.Unknown);
                Assert.NotNull(act.NativeActName);
                Assert.NotEmpty(act.NativeId);
                Assert.NotNull(act.OccurredAt);
                Assert.DoesNotContain(ActFlags.SuspiciousTime, act.Flags);
                using var raw = JsonDocument.Parse(act.Raw);
            }
        }
    }

    [SharedDataFact]
    public void never_throws_whichever_bytes_of_a_real_body_are_broken()
    {
        byte[] hostile = [0x00, 0x22, 0x5C, 0x7B, 0x5D, 0x2C, 0x39, 0x80, 0xED];
        foreach (var file in SharedData.Files("facebook/webhooks").Concat(SharedData.Files("instagram/webhooks")))
        {
            var body = File.ReadAllBytes(file);
            for (var at = 0; at < body.Length; at += 11)
            {
                var broken = (byte[])body.Clone();
                broken[at] = hostile[at % hostile.Length];
                Assert.NotEmpty(MetaWebhook.Read(broken, Given.Now).SelectMany(entry => entry.Acts));
                Assert.NotEmpty(MetaWebhook.Read(body.AsMemory(0, at), Given.Now));
            }
        }
    }
}
