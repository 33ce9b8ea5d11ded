using System.Text;
using ArchiveService.Capture.Ndjson;

namespace ArchiveService.Capture.Tests.Ndjson;

public sealed class Reading_hostile_input
{
    private const string Good = """{"act":"create","kind":"post","nativeId":"1","text":"hej"}""";

    [Theory]
    [InlineData("{", RefusalCodes.BrokenJson)]
    [InlineData("{\"act\":\"create\",\"nativeId\":\"1\",}", RefusalCodes.BrokenJson)]
    [InlineData("{\"act\":\"create\" \"nativeId\":\"1\"}", RefusalCodes.BrokenJson)]
    [InlineData("{\"act\":\"create\",\"nativeId\":\"\\uD8\"}", RefusalCodes.BrokenJson)]
    [InlineData("null", RefusalCodes.NotAnObject)]
    [InlineData("\"text\"", RefusalCodes.NotAnObject)]
    [InlineData("{}", RefusalCodes.ActMissing)]
    [InlineData("""{"act":"create","kind":"post"}""", RefusalCodes.NativeIdMissing)]
    [InlineData("""{"act":"create","kind":"post","nativeId":null}""", RefusalCodes.NativeIdMissing)]
    [InlineData("""{"act":"create","kind":"post","nativeId":"  "}""", RefusalCodes.NativeIdMissing)]
    [InlineData("""{"act":"create","kind":"post","nativeId":{"id":1}}""", RefusalCodes.WrongType)]
    [InlineData("""{"act":7,"nativeId":"1"}""", RefusalCodes.WrongType)]
    [InlineData("""{"act":"create","kind":"post","nativeId":"1","text":["a"]}""", RefusalCodes.WrongType)]
    [InlineData("""{"act":"create","kind":"post","nativeId":"1","author":"Åsa"}""", RefusalCodes.WrongType)]
    [InlineData("""{"act":"create","kind":"post","nativeId":"1","author":{"isOwnChannel":"yes"}}""", RefusalCodes.WrongType)]
    [InlineData("""{"act":"create","kind":"post","nativeId":"1","attachments":{}}""", RefusalCodes.WrongType)]
    [InlineData("""{"act":"create","kind":"post","nativeId":"1","attachments":["a.png"]}""", RefusalCodes.WrongType)]
    [InlineData("""{"act":"create","kind":"post","nativeId":"1","occurredAt":1700000000}""", RefusalCodes.WrongType)]
    [InlineData("""{"act":"create","kind":"post","nativeId":"1","occurredAt":"i går"}""", RefusalCodes.TimeUnreadable)]
    [InlineData("""{"act":"create","kind":"post","nativeId":"1","occurredAt":"03/01/2026 12:00:00"}""", RefusalCodes.TimeUnreadable)]
    [InlineData("""{"act":"create","kind":"post","nativeId":"1","occurredAt":"0001-01-01T00:00:00Z"}""", RefusalCodes.TimeOutOfRange)]
    [InlineData("""{"act":"create","kind":"post","nativeId":"1","occurredAt":"1989-12-31T23:59:59Z"}""", RefusalCodes.TimeOutOfRange)]
    [InlineData("""{"act":"create","kind":"post","nativeId":"1","occurredAt":"2026-06-02T12:00:01Z"}""", RefusalCodes.TimeOutOfRange)]
    [InlineData("""{"act":"create","kind":"post","nativeId":"1","observedAt":"9999-12-31T23:59:59Z"}""", RefusalCodes.TimeOutOfRange)]
    [InlineData("{\"act\":\"create\",\"kind\":\"post\",\"nativeId\":\"a\\u0000b\"}", RefusalCodes.BadCharacters)]
    [InlineData("{\"act\":\"create\",\"kind\":\"post\",\"nativeId\":\"a\\ud83d\"}", RefusalCodes.BadCharacters)]
    public async Task refuses_one_line_and_takes_the_others(string bad, string code)
    {
        var lines = await Given.Read($"{Good}\n{bad}\n{Good}\n");
        var array = await Given.Read($"[{Good},{Good}]");

        Assert.IsType<ReadAct.Accepted>(lines[0]);
        Assert.Equal((2L, code), lines[1] is ReadAct.Rejected no ? (no.Place, no.Code) : default);
        Assert.IsType<ReadAct.Accepted>(lines[2]);
        Assert.Equal(3, lines.Count);
        Assert.Equal(2, array.Count);
    }

    [Theory]
    [InlineData("2026-06-02T11:59:59Z")]
    [InlineData("1990-01-01T00:00:00Z")]
    [InlineData("2026-03-01T12:00:00.1234567+0100")]
    public async Task takes_times_at_the_edges(string time) =>
        Assert.NotNull((await Given.Accepted($$"""{"act":"create","kind":"post","nativeId":"1","occurredAt":"{{time}}"}""")).OccurredAt);

    [Fact]
    public async Task takes_a_time_without_a_zone_as_utc_and_says_so()
    {
        var act = await Given.Accepted("""{"act":"create","kind":"post","nativeId":"1","occurredAt":"2026-03-01T12:00:00"}""");

        Assert.Equal(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero), act.OccurredAt);
        Assert.Equal([ActFlags.SuspiciousTime], act.Flags);
    }

    [Fact]
    public async Task keeps_half_an_emoji_and_nul_and_says_so()
    {
        var line = """{"act":"create","kind":"post","nativeId":"1","text":"a\ud83dz \udE00 \u0000 \ud83d\ude00"}""";
        var act = await Given.Accepted(line);

        Assert.Equal("a\uFFFDz \uFFFD \uFFFD 😀", act.Text);
        Assert.Equal([ActFlags.LoneSurrogateReplaced, ActFlags.NulReplaced], act.Flags);
        Assert.Equal(Given.Utf8(line), act.Raw.ToArray());
    }

    [Fact]
    public async Task keeps_bytes_that_are_not_utf8_and_says_so()
    {
        byte[] line = [.. Given.Utf8("""{"act":"create","kind":"post","nativeId":"1","text":"r"""), 0xE5, .. Given.Utf8("""d \"och\" ro","x":1}""")];

        var act = Assert.IsType<ReadAct.Accepted>(Assert.Single(await Given.Read(line))).Act;

        Assert.Equal("r\uFFFDd \"och\" ro", act.Text);
        Assert.Equal([ActFlags.InvalidUtf8Replaced], act.Flags);
        Assert.Equal(line, act.Raw.ToArray());
    }

    [Fact]
    public async Task survives_member_names_that_cannot_be_read()
    {
        byte[] line = [.. Given.Utf8("{\"a\\ud83d\":1,\""), 0xFF, .. Given.Utf8("\":2,\"act\":\"delete\",\"nativeId\":\"1\"}")];

        Assert.IsType<ReadAct.Accepted>(Assert.Single(await Given.Read(line)));
    }

    [Fact]
    public async Task lets_the_last_of_two_members_count_and_says_so()
    {
        var act = await Given.Accepted("""{"act":"create","kind":"post","nativeId":"1","text":"a","text":"b"}""");

        Assert.Equal("b", act.Text);
        Assert.Equal([ActFlags.DuplicateKeys], act.Flags);
    }

    [Fact]
    public async Task refuses_nesting_that_is_too_deep()
    {
        var deep = $$"""{"act":"create","nativeId":"1","x":{{new string('[', 100_000)}}{{new string(']', 100_000)}}}""";

        Assert.Equal(RefusalCodes.BrokenJson, await Given.Refused(deep));
    }

    [Fact]
    public async Task refuses_a_line_over_the_limit_and_reads_on()
    {
        var most = Line(CaptureLimits.MaxLineBytes);
        var over = Line(CaptureLimits.MaxLineBytes + 1);
        var far = Line(5 * 1024 * 1024);

        var lines = await Given.Read($"{most}\r\n{over}\n{far}\n{Good}");
        var array = await Given.Read($"[{most} , {over},{far},{Good}]");

        foreach (var read in new[] { lines, array })
        {
            Assert.Equal([1, 2, 3, 4], read.Select(outcome => outcome.Place));
            Assert.Equal([null, RefusalCodes.LineTooLong, RefusalCodes.LineTooLong, null], read.Select(outcome => (outcome as ReadAct.Rejected)?.Code));
        }
    }

    [Fact]
    public async Task refuses_a_text_over_the_limit()
    {
        static string WithText(int length) => $$"""{"act":"create","kind":"post","nativeId":"1","text":"{{new string('a', length)}}"}""";

        Assert.Equal(500_000, (await Given.Accepted(WithText(500_000))).Text!.Length);
        Assert.Equal(RefusalCodes.TextTooLong, await Given.Refused(WithText(500_001)));
        Assert.Equal(RefusalCodes.ValueTooLong, await Given.Refused($$"""{"act":"delete","nativeId":"{{new string('1', 5_000)}}"}"""));
    }

    [Fact]
    public async Task refuses_an_element_with_broken_grammar_alone()
    {
        var read = await Given.Read($$"""[{{Good}},{"act":create},{{Good}},,{{Good}}]""");

        Assert.Equal([null, RefusalCodes.BrokenJson, null, RefusalCodes.BrokenJson, null], read.Select(outcome => (outcome as ReadAct.Rejected)?.Code));
    }

    [Theory]
    [InlineData("[" + Good, 2, RefusalCodes.InputTruncated)]
    [InlineData("[" + Good + ",{\"act\":\"cre", 2, RefusalCodes.InputTruncated)]
    [InlineData("[" + Good + ",", 2, RefusalCodes.InputTruncated)]
    [InlineData("[" + Good + "}", 2, RefusalCodes.BrokenJson)]
    [InlineData("[" + Good + "] {}", 2, RefusalCodes.BrokenJson)]
    public async Task says_when_an_array_does_not_end_as_it_should(string input, int outcomes, string code)
    {
        var read = await Given.Read(input);

        Assert.IsType<ReadAct.Accepted>(read[0]);
        Assert.Equal(outcomes, read.Count);
        Assert.Equal(code, Assert.IsType<ReadAct.Rejected>(read[^1]).Code);
    }

    [Fact]
    public async Task says_when_an_array_was_promised_and_something_else_came() =>
        Assert.Equal(RefusalCodes.BrokenJson, Assert.IsType<ReadAct.Rejected>(Assert.Single(await Given.Read(Good, ActForm.Array))).Code);

    [Fact]
    public async Task never_throws_whichever_bytes_are_broken()
    {
        var line = Given.Utf8($$"""{"act":"create","kind":"post","nativeId":1,"author":{"nativeId":"7","displayName":"\u00e5\ud83d\ude00"},"occurredAt":"2026-03-01T12:00:00Z","text":"ö\"\\","attachments":[{"fileName":"a.png","contentBase64":"aGVq","sha256":"{{new string('a', 64)}}"}]}""");
        byte[] hostile = [0x00, 0x22, 0x5C, 0x7B, 0x7D, 0x5B, 0x5D, 0x2C, 0x3A, 0x0A, 0x2D, 0x65, 0x80, 0xC3, 0xED, 0xFF];
        for (var at = 0; at < line.Length; at++)
        {
            foreach (var value in hostile)
            {
                var broken = (byte[])line.Clone();
                broken[at] = value;
                Assert.NotEmpty(await Given.Read(broken));
                await Given.Read([(byte)'[', .. broken, (byte)']']);
            }

            Assert.NotNull(await Given.Read(line[..at]));
        }
    }

    [Fact]
    public async Task never_repeats_content_in_a_refusal()
    {
        const string word = "Hemlighetsord";
        var read = await Given.Read($$"""
            {"act":"create","kind":"post","nativeId":"1","text":"{{word}}",}
            {"act":"create","kind":"post","nativeId":"1","occurredAt":"{{word}}"}
            {"act":"create","kind":"post","nativeId":"1","attachments":[{"fileName":"../{{word}}"}]}
            {"act":"create","kind":"post","nativeId":"1","attachments":[{"contentBase64":"{{word}}!"}]}
            {{word}}
            """);

        Assert.Equal(5, read.Count);
        Assert.All(read, outcome => Assert.DoesNotContain(word, Assert.IsType<ReadAct.Rejected>(outcome).Detail, StringComparison.Ordinal));
    }

    private static string Line(int bytes)
    {
        var line = new StringBuilder("""{"act":"delete","nativeId":"1","x":" """.TrimEnd());
        return line.Append('a', bytes - line.Length - 2).Append("\"}").ToString();
    }
}
