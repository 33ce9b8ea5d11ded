using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace ArchiveService.Capture.Meta;

/// <summary>What a delivery's signature says. It proves Meta, never which authority the delivery belongs to.</summary>
public enum MetaSignatureResult
{
    /// <summary>Right over the bytes as they arrived.</summary>
    Valid,

    /// <summary>Right over the bytes with everything outside ASCII escaped.</summary>
    ValidEscaped,

    /// <summary>Wrong or malformed: keep the delivery in quarantine.</summary>
    Invalid,

    /// <summary>There was none.</summary>
    Absent,
}

/// <summary>Verifies <c>X-Hub-Signature-256</c>, and the older <c>X-Hub-Signature</c> only where the newer is missing.</summary>
public static class MetaSignature
{
    private const char LastAscii = '\u007F';

    /// <summary>
    /// Compares in constant time. Meta signs the JSON with non-ASCII as <c>\uXXXX</c> in lower case; bodies mostly
    /// arrive that way, but some arrive as UTF-8 and are right only after escaping.
    /// </summary>
    public static MetaSignatureResult Verify(ReadOnlySpan<byte> body, string? header256, string? headerSha1, string secret)
    {
        var newer = !string.IsNullOrEmpty(header256);
        if (!newer && string.IsNullOrEmpty(headerSha1)) return MetaSignatureResult.Absent;

        var algorithm = newer ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1;
        var claimed = newer ? Claimed(header256!, "sha256=", SHA256.HashSizeInBytes) : Claimed(headerSha1!, "sha1=", SHA1.HashSizeInBytes);
        if (claimed is null || string.IsNullOrEmpty(secret)) return MetaSignatureResult.Invalid;

        using var hmac = IncrementalHash.CreateHMAC(algorithm, Encoding.UTF8.GetBytes(secret));
        hmac.AppendData(body);
        if (CryptographicOperations.FixedTimeEquals(hmac.GetHashAndReset(), claimed)) return MetaSignatureResult.Valid;
        if (Ascii.IsValid(body) || !Utf8.IsValid(body)) return MetaSignatureResult.Invalid;

        AppendEscaped(hmac, body);
        return CryptographicOperations.FixedTimeEquals(hmac.GetHashAndReset(), claimed) ? MetaSignatureResult.ValidEscaped : MetaSignatureResult.Invalid;
    }

    private static byte[]? Claimed(string header, string prefix, int bytes)
    {
        var value = header.AsSpan().Trim();
        if (!value.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) || value.Length != prefix.Length + (bytes * 2)) return null;
        var claimed = new byte[bytes];
        return Convert.FromHexString(value[prefix.Length..], claimed, out _, out _) == OperationStatus.Done ? claimed : null;
    }

    private static void AppendEscaped(IncrementalHash hmac, ReadOnlySpan<byte> body)
    {
        Span<byte> escape = stackalloc byte[6];
        Span<char> units = stackalloc char[2];
        while (!body.IsEmpty)
        {
            var plain = body.IndexOfAnyExceptInRange((byte)0, (byte)LastAscii);
            if (plain < 0) plain = body.Length;
            hmac.AppendData(body[..plain]);
            body = body[plain..];
            if (body.IsEmpty) break;

            Rune.DecodeFromUtf8(body, out var rune, out var length);
            body = body[length..];
            foreach (var unit in units[..rune.EncodeToUtf16(units)])
            {
                Utf8.TryWrite(escape, CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}", out _);
                hmac.AppendData(escape);
            }
        }
    }
}
