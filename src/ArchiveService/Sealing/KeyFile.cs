using System.Security.Cryptography;
using System.Text.Json;

namespace ArchiveService.Sealing;

/// <summary>Where the epoch keys (KEK) and the identity secret live: never in PostgreSQL, never in a backup folder.</summary>
public interface IKeyProvider
{
    /// <summary>Never rotated: record and account ids are derived from it.</summary>
    byte[] IdentitySecret { get; }

    /// <summary>The Ed25519 key (32 bytes) that signs checkpoints of the evidence log (architecture §5).</summary>
    byte[] SigningKey { get; }

    /// <summary>The epoch key new keys are wrapped under.</summary>
    EpochKey Current { get; }

    /// <summary>An epoch key by id, or null when it has been destroyed or was never here.</summary>
    EpochKey? Find(Guid kekId);
}

public sealed record EpochKey(Guid Id, byte[] Key);

/// <summary>The key provider in a file of its own, readable by the service's user only (mode 600).</summary>
public sealed class KeyFile : IKeyProvider
{
    private readonly Dictionary<Guid, EpochKey> epochs;

    private KeyFile(Content content)
    {
        (IdentitySecret, SigningKey) = (content.IdentitySecret, content.SigningKey);
        epochs = content.EpochKeys.ToDictionary(e => e.Id, e => new EpochKey(e.Id, e.Key));
        Current = epochs[content.CurrentEpochKey];
    }

    public byte[] IdentitySecret { get; }

    public byte[] SigningKey { get; }

    public EpochKey Current { get; }

    public EpochKey? Find(Guid kekId) => epochs.GetValueOrDefault(kekId);

    /// <exception cref="KeyFileProblem">The file is missing, unreadable, damaged or open to others.</exception>
    public static KeyFile Open(string path)
    {
        if (!File.Exists(path))
            throw new KeyFileProblem($"The key file {path} does not exist. Put the file from the key backup there, or point Keys__MasterKeyFile at it. Without it nothing sealed can be opened.");
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & (UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != UnixFileMode.None)
            throw new KeyFileProblem($"The key file {path} can be read by others than its owner. Run: chmod 600 '{path}'");
        try
        {
            var content = JsonSerializer.Deserialize<Content>(File.ReadAllBytes(path), JsonSerializerOptions.Web);
            if (content is not { Version: 1, IdentitySecret.Length: 32, SigningKey.Length: 32, EpochKeys.Count: > 0 } || content.EpochKeys.All(e => e.Id != content.CurrentEpochKey) || content.EpochKeys.Any(e => e.Key.Length != 32))
                throw new KeyFileProblem($"The key file {path} is damaged: a secret is missing or has the wrong length. Restore it from the key backup.");
            return new(content);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException or FormatException)
        {
            throw new KeyFileProblem($"The key file {path} cannot be read ({error.GetType().Name}). Check its rights, or restore it from the key backup.", error);
        }
    }

    /// <summary>Makes a new file with fresh secrets. Refuses to overwrite one.</summary>
    public static KeyFile Create(string path, TimeProvider clock)
    {
        var epoch = new StoredEpoch(Guid.CreateVersion7(clock.GetUtcNow()), RandomNumberGenerator.GetBytes(32), clock.GetUtcNow());
        var content = new Content(1, RandomNumberGenerator.GetBytes(32), epoch.Id, [epoch], RandomNumberGenerator.GetBytes(32));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(path, options))
        {
            JsonSerializer.Serialize(file, content, JsonSerializerOptions.Web);
            file.Flush(flushToDisk: true);
        }

        return new(content);
    }

    public static KeyFile OpenOrCreate(string path, TimeProvider clock) => File.Exists(path) ? Open(path) : Create(path, clock);

    private sealed record Content(int Version, byte[] IdentitySecret, Guid CurrentEpochKey, IReadOnlyList<StoredEpoch> EpochKeys, byte[] SigningKey);

    private sealed record StoredEpoch(Guid Id, byte[] Key, DateTimeOffset Created);
}

/// <summary>A sentence that says what is wrong with the key file and what to do.</summary>
public sealed class KeyFileProblem(string message, Exception? inner = null) : Exception(message, inner);
