using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace ArchiveService.Capture.LinkedIn;

/// <summary>What a delivery's signature says.</summary>
public enum LinkedInSignatureResult
{
    /// <summary>Right over the bytes as they arrived.</summary>
    Valid,

    /// <summary>Wrong or malformed: keep the delivery in quarantine.</summary>
    Invalid,

    /// <summary>There was none.</summary>
    Absent,
}

/// <summary>Verifies <c>X-LI-Signature</c>: hex of HMAC-SHA256 over the body <em>with a prefix before it</em>, which belongs to what is signed and not to the header.</summary>
public static class LinkedInSignature
{
    private const string Prefix = "hmacsha256=";

    /// <summary>Compares in constant time under the app's client secret.</summary>
    public static LinkedInSignatureResult Verify(ReadOnlySpan<byte> body, string? header, string secret)
    {
        if (string.IsNullOrWhiteSpace(header)) return LinkedInSignatureResult.Absent;
        var value = header.AsSpan().Trim();
        if (value.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) value = value[Prefix.Length..];
        Span<byte> claimed = stackalloc byte[SHA256.HashSizeInBytes];
        if (string.IsNullOrEmpty(secret) || value.Length != SHA256.HashSizeInBytes * 2 || Convert.FromHexString(value, claimed, out _, out _) != OperationStatus.Done) return LinkedInSignatureResult.Invalid;
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hmac.AppendData("hmacsha256="u8);
        hmac.AppendData(body);
        return CryptographicOperations.FixedTimeEquals(hmac.GetHashAndReset(), claimed) ? LinkedInSignatureResult.Valid : LinkedInSignatureResult.Invalid;
    }
}

/// <summary>The question LinkedIn asks every other hour: <c>GET ?challengeCode=…</c>, to be answered within three seconds. Three failures block the address.</summary>
public static class LinkedInHandshake
{
    private const int MaxChallengeChars = 256;

    /// <summary>The JSON to answer with 200, or null: answer 400.</summary>
    public static string? Answer(string? challengeCode, string secret) =>
        string.IsNullOrEmpty(challengeCode) || challengeCode.Length > MaxChallengeChars || !challengeCode.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') || string.IsNullOrEmpty(secret)
            ? null
            : $$"""{"challengeCode":"{{challengeCode}}","challengeResponse":"{{Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(challengeCode)))}}"}""";
}
