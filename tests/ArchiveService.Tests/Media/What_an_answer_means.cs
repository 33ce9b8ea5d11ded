using System.Net;
using System.Text;
using ArchiveService.Attachments;
using ArchiveService.Features.Media;

namespace ArchiveService.Tests.Media;

public sealed class What_an_answer_means
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private static FetchVerdict? Of(int status, string address = "https://fil.exempel.invalid/a.jpg", string? type = "image/jpeg", int? after = null) =>
        MediaAnswers.Of((HttpStatusCode)status, type, new Uri(address), Now, after is { } seconds ? TimeSpan.FromSeconds(seconds) : null);

    [Theory]
    [InlineData(403, FetchOutcome.Forbidden)]
    [InlineData(401, FetchOutcome.Forbidden)]
    [InlineData(404, FetchOutcome.Missing)]
    [InlineData(410, FetchOutcome.Missing)]
    [InlineData(302, FetchOutcome.Refused)]
    [InlineData(400, FetchOutcome.Failed)]
    [InlineData(206, FetchOutcome.Failed)]
    [InlineData(429, null)]
    [InlineData(500, null)]
    [InlineData(503, null)]
    public void a_status_is_an_end_or_worth_another_try(int status, FetchOutcome? outcome) => Assert.Equal(outcome, Of(status)!.Outcome);

    [Fact]
    public void the_file_is_the_body_unless_it_is_a_page()
    {
        Assert.Null(Of(200));
        Assert.Equal(FetchOutcome.NotAFile, Of(200, type: "text/html")!.Outcome);
    }

    [Theory]
    [InlineData("https://a.invalid/x?oe=5F000000", true)]
    [InlineData("https://a.invalid/x?oe=7F000000", false)]
    [InlineData("https://a.invalid/x?Expires=1500000000&Signature=x", true)]
    [InlineData("https://a.invalid/x?Expires=99999999999", false)]
    [InlineData("https://a.invalid/x?X-Amz-Date=20260601T115900Z&X-Amz-Expires=60", true)]
    [InlineData("https://a.invalid/x?X-Amz-Date=20260601T115900Z&X-Amz-Expires=61", false)]
    [InlineData("https://a.invalid/x?oe=hej", false)]
    [InlineData("https://a.invalid/x", false)]
    public void an_address_may_say_when_it_dies(string address, bool expired)
    {
        Assert.Equal(expired, MediaAnswers.HasExpired(new Uri(address), Now));
        Assert.Equal(expired ? FetchOutcome.Expired : FetchOutcome.Forbidden, Of(403, address)!.Outcome);
    }

    [Fact]
    public void a_server_is_left_alone_as_long_as_it_wants_but_not_for_ever()
    {
        Assert.Equal(TimeSpan.FromMinutes(10), Of(429, after: 600)!.After);
        Assert.Equal(TimeSpan.FromHours(12), Of(503, after: 10_000_000)!.After);
        Assert.Null(Of(503, after: -5)!.After);
        Assert.Equal([1, 4, 16, 64, 256, 720, 720], Enumerable.Range(1, 7).Select(n => (int)MediaOptions.Wait(n).TotalMinutes));
    }

    [Theory]
    [InlineData("https://a.invalid/v/bild%20%C3%A5.jpg?x=1", "bild å.jpg")]
    [InlineData("https://a.invalid/v/", null)]
    [InlineData("https://a.invalid/utan", null)]
    [InlineData("https://a.invalid/a%2F..%2Fb.jpg", null)]
    [InlineData("https://a.invalid/x%E2%80%AEgpj.exe", null)]
    public void the_last_step_of_the_address_is_a_name_when_it_can_be(string address, string? name) => Assert.Equal(name, MediaAnswers.FileName(new Uri(address)));

    [Theory]
    [InlineData("<!DOCTYPE html><p>", "text/html")]
    [InlineData("\uFEFF \r\n<HTML lang=sv>", "text/html")]
    [InlineData("{\\rtf1", "application/rtf")]
    [InlineData("fLaC", "audio/flac")]
    [InlineData("%PDF-1.7", "application/pdf")]
    [InlineData("0000ftypavif", "image/avif")]
    [InlineData("0000ftypisom", "video/mp4")]
    [InlineData("bara text", "application/octet-stream")]
    [InlineData("", "application/octet-stream")]
    public void a_file_is_what_its_first_bytes_say(string start, string mediaType) => Assert.Equal(mediaType, MediaTypes.Sniff(Encoding.UTF8.GetBytes(start)));
}
