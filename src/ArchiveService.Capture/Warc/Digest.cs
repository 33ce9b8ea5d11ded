using System.Security.Cryptography;

namespace ArchiveService.Capture.Warc;

/// <summary>A digest as a field states it: <c>sha1:</c> and hexadecimal, base32, base64 or base64url.</summary>
internal sealed class Digest
{
    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private readonly byte[] expected;

    private Digest(HashAlgorithmName algorithm, byte[] expected) => (Algorithm, this.expected) = (algorithm, expected);

    public HashAlgorithmName Algorithm { get; }

    public bool Holds(ReadOnlySpan<byte> actual) => actual.SequenceEqual(expected);

    /// <summary>Null with the code of what is wrong with it.</summary>
    public static Digest? Parse(string field, out string? problem)
    {
        problem = null;
        var colon = field.IndexOf(':', StringComparison.Ordinal);
        var named = colon < 0 ? "" : field[..colon].Trim().ToUpperInvariant().Replace("-", "", StringComparison.Ordinal);
        (HashAlgorithmName Name, int Bytes) algorithm = named switch
        {
            "MD5" => (HashAlgorithmName.MD5, 16),
            "SHA1" => (HashAlgorithmName.SHA1, 20),
            "SHA256" => (HashAlgorithmName.SHA256, 32),
            "SHA384" => (HashAlgorithmName.SHA384, 48),
            "SHA512" => (HashAlgorithmName.SHA512, 64),
            _ => default,
        };
        if (algorithm.Bytes == 0)
        {
            problem = colon > 0 ? WarcCodes.DigestUnchecked : WarcCodes.DigestMalformed;
            return null;
        }

        var bytes = Decode(field[(colon + 1)..].Trim(), algorithm.Bytes);
        if (bytes is null) problem = WarcCodes.DigestMalformed;
        return bytes is null ? null : new Digest(algorithm.Name, bytes);
    }

    /// <summary>As writers of WARC files put it: base32 without padding.</summary>
    public static string ToBase32(ReadOnlySpan<byte> bytes)
    {
        var text = new System.Text.StringBuilder((bytes.Length * 8 + 4) / 5);
        uint held = 0;
        var bits = 0;
        foreach (var next in bytes)
        {
            held = (held << 8) | next;
            for (bits += 8; bits >= 5; bits -= 5) text.Append(Base32[(int)(held >> (bits - 5)) & 31]);
        }

        if (bits > 0) text.Append(Base32[(int)(held << (5 - bits)) & 31]);
        return text.ToString();
    }

    private static byte[]? Decode(string value, int length)
    {
        var bare = value.TrimEnd('=');
        if (value.Length == 2 * length) return value.All(char.IsAsciiHexDigit) ? Convert.FromHexString(value) : null;
        if (bare.Length == (length * 8 + 4) / 5) return FromBase32(bare, length);
        if (bare.Length != (length * 8 + 5) / 6) return null;
        var into = new byte[length];
        var padded = bare.Replace('-', '+').Replace('_', '/') + new string('=', (4 - bare.Length % 4) % 4);
        return Convert.TryFromBase64String(padded, into, out var written) && written == length ? into : null;
    }

    private static byte[]? FromBase32(string value, int length)
    {
        var bytes = new byte[length];
        uint held = 0;
        var bits = 0;
        var at = 0;
        foreach (var letter in value)
        {
            var five = Base32.IndexOf(char.ToUpperInvariant(letter), StringComparison.Ordinal);
            if (five < 0) return null;
            held = (held << 5) | (uint)five;
            bits += 5;
            if (bits < 8 || at == length) continue;
            bits -= 8;
            bytes[at++] = (byte)(held >> bits);
        }

        return at == length ? bytes : null;
    }
}
