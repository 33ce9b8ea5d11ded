using System.Security.Cryptography;
using System.Text;

namespace ArchiveService.Capture.Json;

/// <summary>An id for what has none: the same bytes in the same place give the same id, so a redelivery is found again.</summary>
internal static class SyntheticId
{
    public static string For(ReadOnlySpan<byte> raw, params ReadOnlySpan<string?> place)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in place)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(part ?? ""));
            hash.AppendData([0]);
        }

        hash.AppendData(raw);
        return $"unknown:{Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }
}
