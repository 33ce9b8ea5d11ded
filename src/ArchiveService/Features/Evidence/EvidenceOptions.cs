using System.Security.Cryptography;
using ArchiveService.Evidence;
using ArchiveService.Hosting;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Evidence;

/// <summary>A witness asked to cosign: its key, and the address under which <c>add-checkpoint</c> lies.</summary>
public sealed record AskedWitness(NoteKey Key, Uri Address);

/// <summary>How the log is called, and who else is to vouch for it.</summary>
/// <param name="Origin">The log's name for ever, frozen by its first leaf.</param>
/// <param name="OriginGiven">Whether somebody chose it; else it is made from the first signing key.</param>
/// <param name="CopyFolder">Where each checkpoint is written at once, on another machine's disk if it is to be worth anything; null for nowhere.</param>
/// <param name="ResumesByItself">Whether the service goes on by itself after a restore that is behind, when the copies outside say all it needs; else an administrator says so.</param>
/// <param name="Witnesses">Who is asked for cosignatures.</param>
/// <param name="WitnessName">The name under which this archive cosigns the logs of others; null when it does not.</param>
/// <param name="WitnessSeed">The key it does that with, 32 bytes.</param>
/// <param name="Witnessed">The logs of others that it cosigns.</param>
public sealed record EvidenceOptions(
    string Origin, bool OriginGiven, string? CopyFolder, bool ResumesByItself, IReadOnlyList<AskedWitness> Witnesses,
    string? WitnessName, byte[] WitnessSeed, IReadOnlyList<NoteKey> Witnessed)
{
    /// <exception cref="CannotStart">A setting cannot be used.</exception>
    public static EvidenceOptions From(IConfiguration configuration, IKeyProvider keys)
    {
        // Without a name of one's own the key names the log: two archives never share one.
        var given = configuration["Evidence:Origin"] is { Length: > 0 } chosen ? chosen : null;
        var origin = given ?? $"archiveservice.invalid/{Convert.ToHexStringLower(SHA256.HashData(Ed25519.PublicKey(keys.SigningKey)).AsSpan(0, 6))}";
        if (!NoteKey.IsName(origin))
            throw new CannotStart($"Evidence__Origin is \"{origin}\", which cannot name a log: use an address without its scheme, such as arkiv.kommunen.se/bevis, without spaces and plus signs.");
        var resumes = configuration["Evidence:Resume"] switch
        {
            null or "" or "automatic" => true,
            "confirm" => false,
            var other => throw new CannotStart($"Evidence__Resume is \"{other}\". It is automatic (the service goes on by itself after a restore that is behind) or confirm (an administrator says so)."),
        };
        var name = configuration["Evidence:WitnessName"] is { Length: > 0 } named ? named : null;
        if (name is not null && !NoteKey.IsName(name)) throw new CannotStart($"Evidence__WitnessName is \"{name}\", which cannot name a witness: no spaces, no plus signs.");
        return new(
            origin, given is not null, configuration["Evidence:CheckpointCopy"] is { Length: > 0 } folder ? Path.GetFullPath(folder) : null, resumes,
            [.. configuration.GetSection("Evidence:Witnesses").GetChildren().Select(one => Asked(one.Key, one.Value))],
            name, HKDF.DeriveKey(HashAlgorithmName.SHA256, keys.IdentitySecret, Ed25519.KeySize, salt: [], "archiveservice/v1/witness"u8.ToArray()),
            [.. configuration.GetSection("Evidence:WitnessedLogs").GetChildren().Select(one => KeyOf($"Evidence__WitnessedLogs__{one.Key}", one.Value, NoteKeyType.Log))]);
    }

    private static AskedWitness Asked(string nth, string? written)
    {
        var parts = (written ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != 2 || !Uri.TryCreate(parts[1].TrimEnd('/') + "/", UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new CannotStart($"Evidence__Witnesses__{nth} is not VKEY ADDRESS, such as \"vittne.example.se+0a1b2c3d+BH… https://vittne.example.se/evidence/witness\".");
        return new(KeyOf($"Evidence__Witnesses__{nth}", parts[0], NoteKeyType.Witness), address);
    }

    private static NoteKey KeyOf(string setting, string? line, NoteKeyType type) =>
        NoteKey.TryParse(line ?? "", out var key) && key.Type == type ? key : throw new CannotStart($"{setting} holds no vkey line of a {(type == NoteKeyType.Log ? "log" : "witness")}: \"{line}\".");
}
