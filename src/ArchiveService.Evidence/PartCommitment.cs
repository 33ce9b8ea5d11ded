using System.Security.Cryptography;
using System.Text;

namespace ArchiveService.Evidence;

/// <summary>What an event says of a part that stands sealed beside it: enough to recognise the part when it is shown, and nothing of what it says.</summary>
public static class PartCommitment
{
    /// <summary>Bytes of a salt.</summary>
    public const int SaltSize = 32;

    /// <summary>SHA-256(<c>archiveservice/cm/v1</c> ‖ 0 ‖ part ‖ 0 ‖ salt ‖ value), in lower-case hexadecimal.</summary>
    public static string Of(ReadOnlySpan<byte> salt, string part, ReadOnlySpan<byte> value)
    {
        using var hash = Begin(salt, part);
        hash.AppendData(value);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The same of a value that is read piece by piece.</summary>
    public static string Of(ReadOnlySpan<byte> salt, string part, Stream value)
    {
        using var hash = Begin(salt, part);
        var piece = new byte[81920];
        for (int read; (read = value.Read(piece)) > 0;) hash.AppendData(piece.AsSpan(0, read));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static IncrementalHash Begin(ReadOnlySpan<byte> salt, string part)
    {
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("archiveservice/cm/v1\0"u8);
        hash.AppendData(Encoding.UTF8.GetBytes(part));
        hash.AppendData("\0"u8);
        hash.AppendData(salt);
        return hash;
    }
}
