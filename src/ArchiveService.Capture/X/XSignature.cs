using System.Security.Cryptography;
using System.Text;

namespace ArchiveService.Capture.X;

/// <summary>What a delivery's signature says.</summary>
public enum XSignatureResult
{
    /// <summary>Right over the bytes as they arrived.</summary>
    Valid,

    /// <summary>Wrong or malformed: keep the delivery in quarantine.</summary>
    Invalid,

    /// <summary>There was none.</summary>
    Absent,
}

/// <summary>Verifies <c>x-twitter-webhooks-signature</c>: Base64, where the other platforms write hex.</summary>
public static class XSignature
{
    private const string Prefix = "sha256=";

    /// <summary>Compares in constant time with HMAC-SHA256 of the body under the app's consumer secret.</summary>
    public static XSignatureResult Verify(ReadOnlySpan<byte> body, string? header, string secret)
    {
        if (string.IsNullOrWhiteSpace(header)) return XSignatureResult.Absent;
        var value = header.AsSpan().Trim();
        if (string.IsNullOrEmpty(secret) || !value.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) return XSignatureResult.Invalid;
        Span<byte> claimed = stackalloc byte[SHA256.HashSizeInBytes + 3];
        if (!Convert.TryFromBase64Chars(value[Prefix.Length..], claimed, out var written) || written != SHA256.HashSizeInBytes) return XSignatureResult.Invalid;
        var own = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body);
        return CryptographicOperations.FixedTimeEquals(own, claimed[..written]) ? XSignatureResult.Valid : XSignatureResult.Invalid;
    }
}

/// <summary>The question X asks about hourly: <c>GET ?crc_token=…</c> (challenge-response check), to be answered within ten seconds.</summary>
public static class XHandshake
{
    private const int MaxTokenChars = 1024;

    /// <summary>The JSON to answer with 200, or null: answer 400.</summary>
    public static string? Answer(string? crcToken, string secret) =>
        string.IsNullOrEmpty(crcToken) || crcToken.Length > MaxTokenChars || string.IsNullOrEmpty(secret)
            ? null
            : $$"""{"response_token":"sha256={{Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(crcToken)))}}"}""";
}
