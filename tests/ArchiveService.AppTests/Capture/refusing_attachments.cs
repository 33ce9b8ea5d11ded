using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ArchiveService.Attachments;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.Capture;

/// <summary>An archive that takes attachments up to 100,000 bytes.</summary>
public sealed class SmallAttachments : IntakeArchive
{
    protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?> { ["Attachments:MaxBytes"] = "100000" };
}

public sealed class Refusing_attachments(SmallAttachments intake) : IClassFixture<SmallAttachments>
{
    [Theory]
    [InlineData(100_001)]
    [InlineData(3_000_000)]
    public async Task over_the_limit_leaves_neither_a_row_nor_an_object(int length)
    {
        await intake.Capture(IntakeArchive.Comment("small-1"));
        var before = (await intake.Objects()).Count;

        var answer = await Send("small-1", Form(new byte[length]));

        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal((413, "attachment-too-large", 100_000), ((int)answer.StatusCode, problem.GetProperty("code").GetString(), problem.GetProperty("limit").GetInt64()));
        Assert.Contains("100\u00A0kB", problem.GetProperty("title").GetString(), StringComparison.Ordinal);
        Assert.Single(await intake.History("small-1"));
        Assert.Equal(before, (await intake.Objects()).Count);
        Assert.Equal(HttpStatusCode.Created, (await Send("small-1-at-limit", Form(new byte[100_000]), capture: true)).StatusCode);
    }

    [Fact]
    public async Task in_a_captured_line_rejects_the_line_and_no_other()
    {
        var big = Convert.ToBase64String(new byte[100_001]);
        var answer = await intake.Capture(
            IntakeArchive.Comment("small-2", more: $$""","attachments":[{"fileName":"a.bin","contentBase64":"{{big}}"}]"""), IntakeArchive.Comment("small-3"));

        Assert.Equal("attachment-too-large", Assert.Single(answer.GetProperty("rejected").EnumerateArray()).GetProperty("code").GetString());
        Assert.Empty(await intake.History("small-2"));
        Assert.Single(await intake.History("small-3"));
    }

    [Theory]
    [InlineData("--grans\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nhalv", "multipart-broken")]
    [InlineData("inget av detta", "multipart-broken")]
    [InlineData("--grans\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nbara text\r\n--grans--\r\n", "file-missing")]
    [InlineData("--grans--\r\n", "file-missing")]
    public async Task that_came_broken_or_not_at_all_registers_nothing(string body, string code)
    {
        await intake.Capture(IntakeArchive.Comment("small-4"));
        var before = (await intake.Objects()).Count;

        var answer = await Send("small-4", Encoding.UTF8.GetBytes(body));

        Assert.Equal((HttpStatusCode.BadRequest, code), (answer.StatusCode, await IntakeArchive.Problem(answer)));
        Assert.Single(await intake.History("small-4"));
        Assert.Equal(before, (await intake.Objects()).Count);
    }

    private static byte[] Form(byte[] bytes) =>
        [.. "--grans\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n"u8, .. bytes, .. "\r\n--grans--\r\n"u8];

    private async Task<HttpResponseMessage> Send(string record, byte[] body, bool capture = false)
    {
        if (capture) await intake.Capture(IntakeArchive.Comment(record));
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=grans");
        using var request = new HttpRequestMessage(HttpMethod.Post, IntakeArchive.Address($"/api/v1/records/{intake.RecordId(record)}/attachments")) { Content = content };
        request.Headers.ExpectContinue = true;
        return await intake.Staff.SendAsync(request);
    }
}

public sealed class Attachments_larger_than_a_servers_ordinary_request(IntakeArchive intake) : IClassFixture<IntakeArchive>
{
    [Fact]
    public async Task are_taken_in()
    {
        await intake.Capture(IntakeArchive.Comment("large-1"));
        using var form = new MultipartFormDataContent { { new ByteArrayContent(new byte[40_000_000]), "file", "film.bin" } };

        var answer = await IntakeArchive.Ok(await intake.Staff.PostAsync(IntakeArchive.Address($"/api/v1/records/{intake.RecordId("large-1")}/attachments"), form));

        Assert.Equal(40_000_000, await intake.Served.Value<long>($"select bytes from archive.attachments where attachment_id = '{answer.GetProperty("id").GetGuid()}'"));
    }
}

public sealed class An_S3_that_goes_away_while_the_service_runs
{
    [S3Fact]
    public async Task registers_nothing_of_an_upload_until_it_is_back()
    {
        await using var bucket = await (await S3Server.Running).NewBucket();
        await using var wire = new S3Wire(bucket.Settings.Endpoint);
        var s3 = bucket.Settings;
        await using var served = await ServedArchive.Start(settings: new Dictionary<string, string?>
        {
            ["Attachments:S3:Endpoint"] = wire.Endpoint.ToString(),
            ["Attachments:S3:Bucket"] = s3.Bucket,
            ["Attachments:S3:AccessKey"] = s3.AccessKey,
            ["Attachments:S3:SecretKey"] = s3.SecretKey,
        });
        await served.Services.GetRequiredService<IObjectStore>().Probe(default);
        var staff = served.Program(await served.Token("Siv Exempelsson", [new("admin"), new("moderator")]));
        await Ok(await staff.PutAsync(IntakeArchive.Address("/api/v1/authorities/KS"), Json("""{"name":"Kommunstyrelsen","preset":"norrkoping"}""")));
        var channel = (await Ok(await staff.PostAsync(
            IntakeArchive.Address("/api/v1/channels"), Json("""{"authority":"KS","platform":"facebook","nativeAccountId":"1001","handle":"g","purpose":"Dialog"}""")))).GetProperty("id").GetGuid();
        await Ok(await staff.PostAsync(IntakeArchive.Address($"/api/v1/channels/{channel}/captures"), Json($"[{IntakeArchive.Comment("s3-1")}]")));
        var record = served.Services.GetRequiredService<KeyedIds>().Record(channel, "facebook", "native", "s3-1");

        wire.Cut();
        var refused = await Upload();
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "attachment-store-unavailable"), (refused.StatusCode, await IntakeArchive.Problem(refused)));
        Assert.Equal("30", refused.Headers.RetryAfter?.ToString());
        Assert.Equal((0L, 1), (await served.Value<long>("select count(*) from archive.attachments"), (await served.Services.GetRequiredService<SealedLog>().Store.ReadStream(record)).Count));
        Assert.True((await staff.GetAsync(IntakeArchive.Address($"/api/v1/records/{record}"))).IsSuccessStatusCode);

        wire.Mend();
        var link = (await Ok(await Upload())).GetProperty("id").GetGuid();
        Assert.Equal("hej"u8.ToArray(), await staff.GetByteArrayAsync(IntakeArchive.Address($"/api/v1/records/{record}/attachments/{link}")));
        Assert.Single(await bucket.Versions());

        async Task<HttpResponseMessage> Upload()
        {
            using var form = new MultipartFormDataContent { { new ByteArrayContent("hej"u8.ToArray()), "file", "a.txt" } };
            return await staff.PostAsync(IntakeArchive.Address($"/api/v1/records/{record}/attachments"), form);
        }
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static Task<JsonElement> Ok(HttpResponseMessage answer) => IntakeArchive.Ok(answer);
}
