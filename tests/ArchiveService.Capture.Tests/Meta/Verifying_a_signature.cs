using System.Security.Cryptography;
using System.Text;
using ArchiveService.Capture.Meta;

namespace ArchiveService.Capture.Tests.Meta;

public sealed class Verifying_a_signature
{
    private const string Secret = "hemlig-nyckel";

    /// <summary>Computed with another tool.</summary>
    private const string Sha1OfBody = "sha1=c8573ff13640a6e98af82023df7d5b2b92bb5745";

    private static readonly byte[] Body = Given.Utf8("""{"object":"page","entry":[{"id":"1","time":1700000000,"changes":[]}]}""");

    [Fact]
    public void accepts_the_bytes_as_they_arrived() =>
        Assert.Equal(MetaSignatureResult.Valid, MetaSignature.Verify(Body, Sha256(Body), null, Secret));

    [Fact]
    public void accepts_upper_case_and_spaces_around() =>
        Assert.Equal(MetaSignatureResult.Valid, MetaSignature.Verify(Body, $" {Sha256(Body).ToUpperInvariant()} ", null, Secret));

    [Fact]
    public void accepts_utf8_that_was_signed_escaped()
    {
        var body = Given.Utf8("{\"text\":\"äöå 😀 \\u00e4 \u007F\u0080\"}");
        var signed = Given.Utf8("{\"text\":\"\\u00e4\\u00f6\\u00e5 \\ud83d\\ude00 \\u00e4 \u007F\\u0080\"}");

        Assert.Equal(MetaSignatureResult.ValidEscaped, MetaSignature.Verify(body, Sha256(signed), null, Secret));
        Assert.Equal(MetaSignatureResult.Valid, MetaSignature.Verify(body, Sha256(body), null, Secret));
    }

    [Fact]
    public void refuses_one_flipped_bit_anywhere()
    {
        var header = Sha256(Body);
        for (var at = 0; at < Body.Length; at++)
        {
            var tampered = (byte[])Body.Clone();
            tampered[at] ^= 1;
            Assert.Equal(MetaSignatureResult.Invalid, MetaSignature.Verify(tampered, header, null, Secret));
        }
    }

    [Theory]
    [InlineData("sha256=")]
    [InlineData("sha256=00")]
    [InlineData("sha256=zz")]
    [InlineData("sha1=0000000000000000000000000000000000000000")]
    [InlineData("nonsense")]
    public void refuses_a_malformed_header(string header) =>
        Assert.Equal(MetaSignatureResult.Invalid, MetaSignature.Verify(Body, header, null, Secret));

    [Fact]
    public void takes_the_older_header_only_where_the_newer_is_missing()
    {
        Assert.Equal(MetaSignatureResult.Valid, MetaSignature.Verify(Body, null, Sha1OfBody, Secret));
        Assert.Equal(MetaSignatureResult.Invalid, MetaSignature.Verify(Body, "sha256=" + new string('0', 64), Sha1OfBody, Secret));
        Assert.Equal(MetaSignatureResult.Valid, MetaSignature.Verify(Body, Sha256(Body), "sha1=" + new string('0', 40), Secret));
    }

    [Fact]
    public void tells_a_missing_signature_from_a_wrong_one()
    {
        Assert.Equal(MetaSignatureResult.Absent, MetaSignature.Verify(Body, null, null, Secret));
        Assert.Equal(MetaSignatureResult.Absent, MetaSignature.Verify(Body, "", "", Secret));
    }

    [Fact]
    public void never_accepts_anything_without_a_secret() =>
        Assert.Equal(MetaSignatureResult.Invalid, MetaSignature.Verify(Body, $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(Array.Empty<byte>(), Body))}", null, ""));

    [Fact]
    public void survives_a_body_that_is_not_utf8() =>
        Assert.Equal(MetaSignatureResult.Invalid, MetaSignature.Verify([0xFF, 0xC3], "sha256=" + new string('0', 64), null, Secret));

    [SharedDataFact]
    public void agrees_with_the_published_vectors()
    {
        var plain = File.ReadAllBytes(SharedData.PathOf("facebook/signature-vectors/messenger4j-valid.body.json"));
        var unicode = File.ReadAllBytes(SharedData.PathOf("facebook/signature-vectors/whatsapp-api-js-unicode.body.txt"));

        Assert.Equal(MetaSignatureResult.Valid, MetaSignature.Verify(plain, null, "sha1=3daa41999293ff66c3eb313e04bcf77861bb0276", "60efff025951cddde78c8d03de52cc90"));
        Assert.Equal(MetaSignatureResult.ValidEscaped, MetaSignature.Verify(unicode, "sha256=0363007aabdf1ab579f35936651a460fb5fa1aaf40df98b1264446b72cc96688", null, "YOUR_APP_SECRET"));
    }

    private static string Sha256(byte[] body) => $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), body))}";
}
