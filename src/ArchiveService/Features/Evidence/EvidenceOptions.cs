using System.Security.Cryptography;
using ArchiveService.Evidence;
using ArchiveService.Hosting;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Evidence;

/// <summary>Who vouches for the log, and where its checkpoints are kept besides.</summary>
/// <param name="Origin">The log's name for ever, frozen by its first leaf.</param>
/// <param name="SigningKey">32 bytes.</param>
/// <param name="CopyFolder">Where each checkpoint is written at once, on another machine's disk if it is to be worth anything; null for nowhere.</param>
public sealed record EvidenceOptions(string Origin, byte[] SigningKey, string? CopyFolder)
{
    /// <exception cref="CannotStart">The origin cannot name a log.</exception>
    public static EvidenceOptions From(IConfiguration configuration, IKeyProvider keys)
    {
        // Without a name of one's own the key names the log: two archives never share one.
        var origin = configuration["Evidence:Origin"] is { Length: > 0 } given
            ? given
            : $"archiveservice.invalid/{Convert.ToHexStringLower(SHA256.HashData(Ed25519.PublicKey(keys.SigningKey)).AsSpan(0, 6))}";
        if (!NoteKey.IsName(origin))
            throw new CannotStart($"Evidence__Origin is \"{origin}\", which cannot name a log: use an address without its scheme, such as arkiv.kommunen.se/bevis, without spaces and plus signs.");
        return new(origin, keys.SigningKey, configuration["Evidence:CheckpointCopy"] is { Length: > 0 } folder ? Path.GetFullPath(folder) : null);
    }
}
