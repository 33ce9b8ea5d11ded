using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using ArchiveService.Access;
using ArchiveService.AppTests.Attachments;
using ArchiveService.Attachments;
using ArchiveService.Capture;
using ArchiveService.Capture.Archives;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;

namespace ArchiveService.AppTests.Capture;

public sealed class Keeping_attachments(IntakeArchive intake) : IClassFixture<IntakeArchive>
{
    private static string WithFile(string id, byte[] bytes, string name = "bild å.txt") =>
        IntakeArchive.Comment(id, more: $$""","attachments":[{"fileName":"{{name}}","contentBase64":"{{Convert.ToBase64String(bytes)}}","sha256":"{{Convert.ToHexStringLower(SHA256.HashData(bytes))}}"}]""");

    [Fact]
    public async Task that_came_with_a_line_seals_them_and_gives_them_back()
    {
        var bytes = RandomNumberGenerator.GetBytes(10_000);
        await intake.Capture(WithFile("file-1", bytes));

        var stored = Assert.Single((await intake.History("file-1")).Select(h => h.Event).OfType<AttachmentStored>());
        Assert.Equal(bytes.Length, stored.Bytes);
        var whole = await intake.Staff.GetAsync(Link("file-1", stored.Attachment));
        Assert.Equal(HttpStatusCode.OK, whole.StatusCode);
        Assert.Equal(bytes, await whole.Content.ReadAsByteArrayAsync());
        Assert.Equal("nosniff", whole.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task uploaded_later_keeps_a_file_name_with_å()
    {
        var bytes = MadeBytes(3_000_000);
        await intake.Capture(IntakeArchive.Comment("file-2"));

        var id = await Upload("file-2", bytes, "Bilaga på ärende – översikt.bin");

        var stored = (await intake.History("file-2"))[^1];
        Assert.Equal("Bilaga på ärende – översikt.bin", (await intake.PartsOf(stored))[Parts.AttachmentFileName(id)]);
        Assert.Contains(Parts.AttachmentBytes(id), ((AttachmentStored)stored.Event).Sealed!.Cm.Keys);
    }

    [Theory]
    [InlineData("0-9", 206, 0, 10)]
    [InlineData("2999990-", 206, 2_999_990, 10)]
    [InlineData("-5", 206, 2_999_995, 5)]
    [InlineData("1048570-2097160", 206, 1_048_570, 1_048_591)]
    [InlineData("2999999-99999999", 206, 2_999_999, 1)]
    [InlineData("3000000-", 416, 0, 0)]
    public async Task are_read_by_range(string range, int status, int from, int length)
    {
        var bytes = MadeBytes(3_000_000);
        var record = $"range-{range}";
        await intake.Capture(IntakeArchive.Comment(record));
        var id = await Upload(record, bytes, "film.bin");
        using var request = new HttpRequestMessage(HttpMethod.Get, Link(record, id));
        request.Headers.TryAddWithoutValidation("Range", $"bytes={range}");

        var answer = await intake.Staff.SendAsync(request);

        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 206)
        {
            Assert.Equal(bytes[from..(from + length)], await answer.Content.ReadAsByteArrayAsync());
            Assert.Equal($"bytes {from}-{from + length - 1}/3000000", answer.Content.Headers.ContentRange!.ToString());
        }
        else
        {
            Assert.Equal("bytes */3000000", answer.Content.Headers.ContentRange!.ToString());
        }
    }

    [Theory]
    [InlineData("../flykt.txt")]
    [InlineData("C:\\\\flykt.txt")]
    public async Task with_a_path_as_name_are_refused(string name)
    {
        await intake.Capture(IntakeArchive.Comment("path-1"));

        var answer = await Send("path-1", [1, 2, 3], name);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("attachment-file-name", await IntakeArchive.Problem(answer));
    }

    [Fact]
    public async Task that_cannot_be_read_reject_their_item_and_no_other()
    {
        var channel = (await intake.Get<ChannelRegister>().Find(intake.Channel, default))!;
        var policy = (await intake.Get<AuthorityRegister>().Find("KS", default))!.Policy;
        var now = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        var source = new CaptureSource(channel, policy.Version, null, Caller.System, now, (attachment, _) => Task.FromResult<Stream?>(attachment.ArchivePath switch
        {
            "bomb" => new MadeStream(1_000_000, made => made > 100_000 ? throw new ArchiveLimitException("over the limit") : Task.CompletedTask),
            "damaged" => new MadeStream(1_000_000, made => made > 100_000 ? throw new InvalidDataException("damaged") : Task.CompletedTask),
            "unopenable" => throw new InvalidDataException("damaged at its head"),
            _ => new MemoryStream([1, 2, 3]),
        }));
        ReadAct Item(string id, long place, params string[] media) => new ReadAct.Accepted(new CapturedAct
        {
            Act = ActKind.Create,
            NativeId = id,
            Kind = ItemKind.Post,
            Text = id,
            OccurredAt = now,
            Raw = Encoding.UTF8.GetBytes($"{{\"id\":\"{id}\"}}"),
            Attachments = [.. media.Select(path => new ActAttachment(null, path + ".bin", null, null, null, null, path, null))],
        }, place);
        var before = await intake.Objects();

        var result = await intake.Get<CaptureActs>().Capture(source, [Item("media-1", 1, "whole"), Item("media-2", 2, "whole", "bomb"), Item("media-3", 3, "damaged"), Item("media-4", 4, "unopenable"), Item("media-5", 5)], default);

        Assert.Equal(2, result.Accepted);
        Assert.Equal([(2, "attachment-over-archive-limit"), (3, "attachment-damaged"), (4, "attachment-damaged")], result.Rejected.Select(r => ((int)r.Line, r.Code)));
        Assert.Empty(await intake.History("media-2"));
        Assert.Equal(before.Count + 1, (await intake.Objects()).Count);
        Assert.Equal(0L, await intake.Served.Value<long>($"select count(*) from archive.record_keys where stream_id = '{intake.RecordId("media-2")}'"));
    }

    private static byte[] MadeBytes(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)((i * 31) + (i >> 8)))];

    private Uri Link(string record, Guid attachment) => IntakeArchive.Address($"/api/v1/records/{intake.RecordId(record)}/attachments/{attachment}");

    private async Task<Guid> Upload(string record, byte[] bytes, string name) => (await IntakeArchive.Ok(await Send(record, bytes, name))).GetProperty("id").GetGuid();

    // Written as browsers do: the name as it is, in UTF-8.
    private async Task<HttpResponseMessage> Send(string record, byte[] bytes, string name)
    {
        byte[] body = [.. Encoding.UTF8.GetBytes($"--gräns\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n".Replace("gräns", "grans", StringComparison.Ordinal)), .. bytes, .. "\r\n--grans--\r\n"u8];
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=grans");
        return await intake.Staff.PostAsync(IntakeArchive.Address($"/api/v1/records/{intake.RecordId(record)}/attachments"), content);
    }
}

/// <summary>A store that cannot be reached: an S3 at a port nobody listens on.</summary>
public sealed class UnreachableStore : IntakeArchive
{
    protected override bool StoreAnswers => false;

    protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Attachments:S3:Endpoint"] = "http://127.0.0.1:1",
        ["Attachments:S3:Bucket"] = "archive",
        ["Attachments:S3:AccessKey"] = "a",
        ["Attachments:S3:SecretKey"] = "b",
    };
}

public sealed class An_unreachable_S3(UnreachableStore intake) : IClassFixture<UnreachableStore>
{
    [Fact]
    public async Task rejects_what_has_attachments_and_keeps_the_rest()
    {
        var answer = await intake.Capture(
            IntakeArchive.Comment("outage-1", more: ""","attachments":[{"fileName":"a.txt","contentBase64":"aGVq"}]"""), IntakeArchive.Comment("outage-2"));

        Assert.Equal("attachment-store-unavailable", Assert.Single(answer.GetProperty("rejected").EnumerateArray()).GetProperty("code").GetString());
        Assert.Equal(1, answer.GetProperty("accepted").GetInt32());
        Assert.Empty(await intake.History("outage-1"));
        Assert.Equal(0L, await intake.Served.Value<long>($"select count(*) from archive.record_keys where stream_id = '{intake.RecordId("outage-1")}'"));
        Assert.Equal(0L, await intake.Served.Value<long>("select count(*) from archive.attachments"));
    }
}

public sealed class A_broken_folder_store(IntakeArchive intake) : IClassFixture<IntakeArchive>
{
    [Fact]
    public async Task registers_nothing_of_an_upload_and_says_try_again()
    {
        await intake.Capture(IntakeArchive.Comment("folder-1"));
        var folder = Path.Combine(intake.Served.DataFolder, "attachments");
        Directory.Move(folder, folder + "-unmounted");
        using var form = new MultipartFormDataContent { { new ByteArrayContent([1, 2, 3]), "file", "a.bin" } };

        var answer = await intake.Staff.PostAsync(IntakeArchive.Address($"/api/v1/records/{intake.RecordId("folder-1")}/attachments"), form);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("attachment-store-unavailable", await IntakeArchive.Problem(answer));
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Single(await intake.History("folder-1"));
        Assert.Equal(0L, await intake.Served.Value<long>("select count(*) from archive.attachments"));

        Directory.Move(folder + "-unmounted", folder);
        using var again = new MultipartFormDataContent { { new ByteArrayContent([1, 2, 3]), "file", "a.bin" } };
        Assert.Equal(HttpStatusCode.Created, (await intake.Staff.PostAsync(IntakeArchive.Address($"/api/v1/records/{intake.RecordId("folder-1")}/attachments"), again)).StatusCode);
    }
}
