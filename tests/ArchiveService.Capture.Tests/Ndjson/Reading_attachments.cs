using System.Security.Cryptography;

namespace ArchiveService.Capture.Tests.Ndjson;

public sealed class Reading_attachments
{
    private static readonly string Hash = Convert.ToHexStringLower(SHA256.HashData("hej"u8));

    [Fact]
    public async Task gives_the_bytes_when_they_match_their_hash()
    {
        var attachment = Assert.Single((await Given.Accepted(With($$"""{"nativeId":7,"fileName":"å.txt","mediaType":"text/plain","contentBase64":"aGVq","sha256":"{{Hash.ToUpperInvariant()}}","altText":"En hälsning"}"""))).Attachments);

        Assert.Equal("hej"u8.ToArray(), attachment.Content!.Value.ToArray());
        Assert.Equal(("7", "å.txt", Hash, "En hälsning"), (attachment.NativeId, attachment.FileName, attachment.Sha256Claimed, attachment.AltText));
    }

    [Fact]
    public async Task knows_a_file_that_did_not_come_from_an_empty_one()
    {
        Assert.Null(Assert.Single((await Given.Accepted(With("""{"fileName":"a.jpg","url":"https://exempel.invalid/a.jpg"}"""))).Attachments).Content);
        Assert.Equal(0, Assert.Single((await Given.Accepted(With("""{"fileName":"tom.txt","contentBase64":""}"""))).Attachments).Content!.Value.Length);
    }

    [Fact]
    public async Task takes_base64_with_escaped_slashes() =>
        Assert.Equal([0xFF, 0xFF, 0xFF], Assert.Single((await Given.Accepted(With("""{"contentBase64":"\/\/\/\/"}"""))).Attachments).Content!.Value.ToArray());

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("a/b.png")]
    [InlineData("..\\\\b.png")]
    [InlineData("C:\\\\b.png")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("a\\u0000.png")]
    [InlineData("a\\n.png")]
    [InlineData("a\\ud83d.png")]
    [InlineData("exe\\u202Egnp.exe")]
    public async Task refuses_a_path_or_a_trick_as_a_file_name(string name) =>
        Assert.Equal(RefusalCodes.AttachmentFileName, await Given.Refused(With($$"""{"fileName":"{{name}}"}""")));

    [Theory]
    [InlineData("bild..1.png")]
    [InlineData("Möte 3 mars (kopia).docx")]
    [InlineData(".htaccess")]
    public async Task takes_an_odd_but_bare_file_name(string name) =>
        Assert.Equal(name, Assert.Single((await Given.Accepted(With($$"""{"fileName":"{{name}}"}"""))).Attachments).FileName);

    [Theory]
    [InlineData("\"contentBase64\":\"aGVq\",\"sha256\":\"0000000000000000000000000000000000000000000000000000000000000000\"", RefusalCodes.AttachmentHashMismatch)]
    [InlineData("\"contentBase64\":\"aGVq\",\"sha256\":\"abc\"", RefusalCodes.AttachmentHash)]
    [InlineData("\"contentBase64\":\"inte base64\"", RefusalCodes.AttachmentBase64)]
    [InlineData("\"contentBase64\":\"aGV\"", RefusalCodes.AttachmentBase64)]
    [InlineData("\"contentBase64\":5", RefusalCodes.WrongType)]
    public async Task refuses_bytes_that_cannot_be_trusted(string members, string code) =>
        Assert.Equal(code, await Given.Refused(With($"{{{members}}}")));

    [Fact]
    public async Task refuses_too_many()
    {
        Assert.Equal(100, (await Given.Accepted(With(string.Join(',', Enumerable.Repeat("{}", 100))))).Attachments.Count);
        Assert.Equal(RefusalCodes.TooManyAttachments, await Given.Refused(With(string.Join(',', Enumerable.Repeat("{}", 101)))));
    }

    private static string With(string attachments) => $$"""{"act":"create","kind":"post","nativeId":"1","attachments":[{{attachments}}]}""";
}
