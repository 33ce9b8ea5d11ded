using System.Text;
using System.Text.Json;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;

namespace ArchiveService.AppTests.Capture;

/// <summary>Each bad line is refused by its place and code, and those around it are kept.</summary>
public sealed class Capturing_bad_input(IntakeArchive intake) : IClassFixture<IntakeArchive>
{
    private static int tried;

    public static TheoryData<string, string> Bad => new()
    {
        { "broken-json", """{"act":"create","nativeId":"b""" },
        { "not-an-object", "[1,2]" },
        { "line-too-long", $$"""{"act":"create","nativeId":"b","text":"{{new string('x', 5 * 1024 * 1024)}}"}""" },
        { "text-too-long", $$"""{"act":"create","nativeId":"b","text":"{{new string('x', 500_001)}}"}""" },
        { "wrong-type", """{"act":"create","nativeId":"b","text":{"a":1}}""" },
        { "wrong-type", """{"act":"create","nativeId":"b","attachments":"fil.jpg"}""" },
        { "native-id-missing", """{"act":"create","text":"utan id"}""" },
        { "act-missing", """{"nativeId":"b","text":"utan verb"}""" },
        { "bad-characters", """{"act":"create","nativeId":"b\ud83d","text":"halvt id"}""" },
        { "bad-characters", """{"act":"create","nativeId":"b\u0000","text":"NUL i id"}""" },
        { "time-out-of-range", """{"act":"create","nativeId":"b","text":"år ett","occurredAt":"0001-01-01T00:00:00Z"}""" },
        { "time-out-of-range", """{"act":"create","nativeId":"b","text":"framtid","occurredAt":"2199-01-01T00:00:00Z"}""" },
        { "time-unreadable", """{"act":"create","nativeId":"b","text":"tid","occurredAt":"i går"}""" },
        { "attachment-hash-mismatch", $$"""{"act":"create","nativeId":"b","attachments":[{"fileName":"a.txt","contentBase64":"aGVq","sha256":"{{new string('0', 64)}}"}]}""" },
        { "attachment-file-name", """{"act":"create","nativeId":"b","attachments":[{"fileName":"../../etc/passwd","contentBase64":"aGVq"}]}""" },
        { "attachment-base64", """{"act":"create","nativeId":"b","attachments":[{"fileName":"a.txt","contentBase64":"!!!"}]}""" },
    };

    [Theory]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public async Task refuses_the_line_and_keeps_the_rest(string code, string line)
    {
        var mark = $"{code}-{Interlocked.Increment(ref tried)}";
        var before = await intake.Objects();

        var answer = await intake.Capture(IntakeArchive.Comment($"{mark}-1"), line, IntakeArchive.Comment($"{mark}-2"));

        Assert.Equal(2, answer.GetProperty("accepted").GetInt32());
        var rejected = Assert.Single(answer.GetProperty("rejected").EnumerateArray());
        Assert.Equal((2, code), (rejected.GetProperty("line").GetInt32(), rejected.GetProperty("code").GetString()));
        Assert.DoesNotContain("xxxxx", rejected.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Single(await intake.History($"{mark}-1"));
        Assert.Single(await intake.History($"{mark}-2"));
        Assert.Empty(await intake.History("b"));
        Assert.Equal(before, await intake.Objects());
    }

    [Fact]
    public async Task keeps_half_an_emoji_and_NUL_in_a_text_as_they_came()
    {
        const string Line = """{"act":"create","nativeId":"half-1","kind":"comment","author":{"nativeId":"77","displayName":"Ni\u0000ls"},"text":"halv \ud83d och \u0000"}""";

        var answer = await intake.Capture(Line);

        Assert.Equal(1, answer.GetProperty("accepted").GetInt32());
        var captured = Assert.Single(await intake.History("half-1"));
        var parts = await intake.PartsOf(captured);
        Assert.Equal(Line, Encoding.UTF8.GetString(parts.Bytes(Parts.Raw)!));
        Assert.Equal("halv \uFFFD och \uFFFD", parts[Parts.Text]);
        Assert.NotEmpty(Assert.IsType<ItemCaptured>(captured.Event).Observed.Flags);
    }

    [Fact]
    public async Task tells_of_a_thousand_bad_lines_and_counts_them_all()
    {
        var answer = await intake.Capture(Enumerable.Repeat("trasig", 1500).Append(IntakeArchive.Comment("after-many")));

        Assert.Equal(1, answer.GetProperty("accepted").GetInt32());
        Assert.Equal(1500, answer.GetProperty("rejectedCount").GetInt32());
        Assert.Equal(1000, answer.GetProperty("rejected").GetArrayLength());
    }

    [Fact]
    public async Task refuses_the_rest_of_an_array_that_breaks_off_and_keeps_what_came_before()
    {
        var answer = await IntakeArchive.Ok(await intake.Send($"[{IntakeArchive.Comment("cut-1")},{{\"act\":\"crea", "application/json"));

        Assert.Equal(1, answer.GetProperty("accepted").GetInt32());
        Assert.Equal("input-truncated", Assert.Single(answer.GetProperty("rejected").EnumerateArray()).GetProperty("code").GetString());
    }

    [Fact]
    public async Task refuses_a_request_over_the_limit_before_it_is_sent()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, IntakeArchive.Address($"/api/v1/channels/{intake.Channel}/captures")) { Content = new ByteArrayContent(new byte[65 * 1024 * 1024]) };
        request.Content.Headers.ContentType = new("application/x-ndjson");
        request.Headers.ExpectContinue = true;

        var answer = await intake.Staff.SendAsync(request);

        Assert.Equal(System.Net.HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal("request-too-large", await IntakeArchive.Problem(answer));
    }

    [Fact]
    public async Task is_never_written_to_where_it_could_be_read()
    {
        await intake.Capture(IntakeArchive.Comment("sealed-1", "vattenmärkesordet"));

        var clear = await intake.Served.Value<string>("select string_agg(data::text || coalesce(headers::text, ''), ' ') from archive.mt_events");
        Assert.DoesNotContain("vattenmärkesordet", clear!, StringComparison.Ordinal);
        Assert.DoesNotContain("Låtsasson", clear!, StringComparison.Ordinal);
    }
}
