using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

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

    /// <summary>Looks at once whether the epoch keys have changed.</summary>
    void ReadAgain();
}

public sealed record EpochKey(Guid Id, byte[] Key);

/// <summary>A rotation that has begun and has not ended: both epoch keys stand in the file meanwhile.</summary>
public sealed record PendingRotation(Guid Id, Guid From, Guid To, DateTimeOffset Started);

/// <summary>An epoch key that is no more. Its id tells a backup that nobody can open from one that needs another key file.</summary>
public sealed record DestroyedEpoch(Guid Id, Guid Rotation, DateTimeOffset Created, DateTimeOffset Destroyed);

/// <summary>
/// The key provider in a file of its own, readable by the service's user only (mode 600). A rotation rewrites the file while others use it: it is looked at again
/// every half second, and at once when a key is asked for that is not known.
/// </summary>
public sealed class KeyFile : IKeyProvider
{
    /// <summary>After a change of the file every process that uses it has seen it.</summary>
    public static readonly TimeSpan SeenWithin = TimeSpan.FromSeconds(1);

    private const long LookEvery = 500;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly string path;
    private volatile Held held;
    private long looked = Environment.TickCount64;

    private KeyFile(string path, Content content, (DateTime, long) stamp)
    {
        this.path = path;
        held = new(content, stamp);
        (IdentitySecret, SigningKey) = (content.IdentitySecret, content.SigningKey);
    }

    public string Path => path;

    public byte[] IdentitySecret { get; }

    public byte[] SigningKey { get; }

    public EpochKey Current => Now().Current;

    /// <summary>The rotation that is under way.</summary>
    public PendingRotation? Rotation => LookAgain().Content.Rotation;

    public IReadOnlyList<DestroyedEpoch> Destroyed => LookAgain().Content.DestroyedEpochKeys ?? [];

    /// <summary>The epoch keys that are there.</summary>
    public IReadOnlyCollection<Guid> Epochs => LookAgain().Epochs.Keys;

    public EpochKey? Find(Guid kekId) => Now().Epochs.GetValueOrDefault(kekId) ?? LookAgain().Epochs.GetValueOrDefault(kekId);

    public void ReadAgain() => LookAgain();

    /// <exception cref="KeyFileProblem">The file is missing, unreadable, damaged or open to others.</exception>
    public static KeyFile Open(string path)
    {
        var (content, stamp) = Read(path);
        return new(path, content, stamp);
    }

    /// <summary>Makes a new file with fresh secrets. Refuses to overwrite one.</summary>
    public static KeyFile Create(string path, TimeProvider clock)
    {
        var epoch = NewEpoch(clock);
        var content = new Content(1, RandomNumberGenerator.GetBytes(32), epoch.Id, [epoch], RandomNumberGenerator.GetBytes(32));
        Write(path, FileMode.CreateNew, content);
        return Open(path);
    }

    public static KeyFile OpenOrCreate(string path, TimeProvider clock) => File.Exists(path) ? Open(path) : Create(path, clock);

    /// <summary>The same secrets in a file of their own, which must not exist.</summary>
    public static KeyFile Create(string path, byte[] content)
    {
        Write(path, FileMode.CreateNew, Checked(JsonSerializer.Deserialize<Content>(content, Json), "The export"));
        return Open(path);
    }

    /// <summary>Everything in the file, for an export under a passphrase.</summary>
    public byte[] Bytes() => JsonSerializer.SerializeToUtf8Bytes(LookAgain().Content, Json);

    /// <summary>Makes a new epoch key beside the present one, and the one that new keys are wrapped under. One that has begun already goes on.</summary>
    public PendingRotation BeginRotation(TimeProvider clock)
    {
        using var turn = Turn(path);
        var content = LookAgain().Content;
        if (content.Rotation is { } begun) return begun;
        var epoch = NewEpoch(clock);
        var rotation = new PendingRotation(Guid.CreateVersion7(clock.GetUtcNow()), content.CurrentEpochKey, epoch.Id, epoch.Created);
        Replace(content with { CurrentEpochKey = epoch.Id, EpochKeys = [.. content.EpochKeys, epoch], Rotation = rotation });
        return rotation;
    }

    /// <summary>Takes the old epoch key out of the file, and overwrites what stood on the disk as far as a file system lets one.</summary>
    public void DestroyOldEpoch(PendingRotation rotation, TimeProvider clock)
    {
        using var turn = Turn(path);
        var content = LookAgain().Content;
        if (content.EpochKeys.FirstOrDefault(e => e.Id == rotation.From) is not { } old) return;
        Replace(content with
        {
            EpochKeys = [.. content.EpochKeys.Where(e => e.Id != rotation.From)],
            Rotation = null,
            DestroyedEpochKeys = [.. content.DestroyedEpochKeys ?? [], new(old.Id, rotation.Id, old.Created, clock.GetUtcNow())],
        });
        CryptographicOperations.ZeroMemory(old.Key);
    }

    /// <summary>Refuses a path where no file could be replaced, before anything depends on it.</summary>
    public void MustBeWritable()
    {
        var probe = $"{path}.{Environment.ProcessId}.probe";
        try
        {
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new KeyFileProblem($"The key file {path} cannot be rewritten ({error.GetType().Name}): the file and its folder must be writable for a rotation.", error);
        }
    }

    private static StoredEpoch NewEpoch(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()), RandomNumberGenerator.GetBytes(32), clock.GetUtcNow());

    /// <summary>Rewrites a part of the file that this class does not know, with everything else in it left as it is.</summary>
    internal static T Change<T>(string path, Func<JsonObject, T> change)
    {
        using var turn = Turn(path);
        var file = JsonNode.Parse(File.ReadAllBytes(path))!.AsObject();
        var changed = change(file);
        Replace(path, to => to.Write(System.Text.Encoding.UTF8.GetBytes(file.ToJsonString())));
        return changed;
    }

    /// <summary>One at a time reads the file and writes it anew, also of several processes.</summary>
    private static FileStream Turn(string path)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
                if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                return new($"{path}.lock", options);
            }
            catch (IOException) when (attempt < 200)
            {
                Thread.Sleep(25);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new KeyFileProblem($"The key file {path} cannot be rewritten: {path}.lock could not be taken ({error.GetType().Name}). Another process may be changing it, or the folder is not writable.", error);
            }
        }
    }

    private void Replace(Content content)
    {
        Replace(path, to => JsonSerializer.Serialize(to, content, Json));
        LookAgain();
    }

    private static void Replace(string path, Action<Stream> write)
    {
        // Held open, the old bytes can still be reached when their name is the new file's.
        using var old = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var unfinished = $"{path}.new";
        File.Delete(unfinished);
        Write(unfinished, FileMode.CreateNew, write);
        OwnedAsBefore(path, unfinished);
        File.Move(unfinished, path, overwrite: true);
        Attachments.Disk.SyncFolder(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
        Overwrite(old);
    }

    private static void Overwrite(FileStream old)
    {
        foreach (var fill in new Action<byte[]>[] { bytes => RandomNumberGenerator.Fill(bytes), bytes => Array.Clear(bytes) })
        {
            var bytes = new byte[old.Length];
            fill(bytes);
            old.Position = 0;
            old.Write(bytes);
            old.Flush(flushToDisk: true);
        }
    }

    /// <summary>A rotation run by root leaves the file with the user that the service runs as.</summary>
    private static void OwnedAsBefore(string path, string unfinished)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess) return;
        using var chown = System.Diagnostics.Process.Start("chown", [$"--reference={path}", unfinished]);
        chown.WaitForExit();
        if (chown.ExitCode != 0) throw new KeyFileProblem($"{unfinished} could not be given to the owner of {path}.");
    }

    private static void Write(string path, FileMode mode, Content content) => Write(path, mode, to => JsonSerializer.Serialize(to, content, Json));

    private static void Write(string path, FileMode mode, Action<Stream> write)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
        write(file);
        file.Flush(flushToDisk: true);
    }

    private Held Now()
    {
        var before = Interlocked.Read(ref looked);
        var now = Environment.TickCount64;
        return now - before >= LookEvery && Interlocked.CompareExchange(ref looked, now, before) == before ? LookAgain() : held;
    }

    /// <summary>What stands in the file now. While it cannot be read, and when it is another archive's, what was read before goes on.</summary>
    private Held LookAgain()
    {
        try
        {
            if (StampOf(path) == held.Stamp) return held;
            var (content, stamp) = Read(path);
            if (content.IdentitySecret.AsSpan().SequenceEqual(IdentitySecret)) held = new(content, stamp);
        }
        catch (KeyFileProblem)
        {
        }

        return held;
    }

    private static (DateTime, long) StampOf(string path) => new FileInfo(path) is { Exists: true } file ? (file.LastWriteTimeUtc, file.Length) : default;

    private static (Content Content, (DateTime, long) Stamp) Read(string path)
    {
        if (!File.Exists(path))
            throw new KeyFileProblem($"The key file {path} does not exist. Put the file from the key backup there, or point Keys__MasterKeyFile at it. Without it nothing sealed can be opened.");
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & (UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != UnixFileMode.None)
            throw new KeyFileProblem($"The key file {path} can be read by others than its owner. Run: chmod 600 '{path}'");
        try
        {
            var stamp = StampOf(path);
            return (Checked(JsonSerializer.Deserialize<Content>(File.ReadAllBytes(path), Json), $"The key file {path}"), stamp);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException or FormatException)
        {
            throw new KeyFileProblem($"The key file {path} cannot be read ({error.GetType().Name}). Check its rights, or restore it from the key backup.", error);
        }
    }

    private static Content Checked(Content? content, string what) =>
        content is not { Version: 1, IdentitySecret.Length: 32, SigningKey.Length: 32, EpochKeys.Count: > 0 } || content.EpochKeys.All(e => e.Id != content.CurrentEpochKey) || content.EpochKeys.Any(e => e.Key.Length != 32)
            ? throw new KeyFileProblem($"{what} is damaged: a secret is missing or has the wrong length. Restore it from the key backup.")
            : content;

    private sealed record Content(
        int Version, byte[] IdentitySecret, Guid CurrentEpochKey, IReadOnlyList<StoredEpoch> EpochKeys, byte[] SigningKey,
        PendingRotation? Rotation = null, IReadOnlyList<DestroyedEpoch>? DestroyedEpochKeys = null)
    {
        /// <summary>What else stands in the file, such as a signing key that is to take over: it goes along in every rewriting.</summary>
        [JsonExtensionData]
        public Dictionary<string, JsonElement>? Others { get; init; }
    }

    private sealed record StoredEpoch(Guid Id, byte[] Key, DateTimeOffset Created);

    private sealed class Held(Content content, (DateTime, long) stamp)
    {
        public Content Content { get; } = content;

        public (DateTime, long) Stamp { get; } = stamp;

        public Dictionary<Guid, EpochKey> Epochs { get; } = content.EpochKeys.ToDictionary(e => e.Id, e => new EpochKey(e.Id, e.Key));

        public EpochKey Current => Epochs[Content.CurrentEpochKey];
    }
}

/// <summary>A sentence that says what is wrong with the key file and what to do.</summary>
public sealed class KeyFileProblem(string message, Exception? inner = null) : Exception(message, inner);
