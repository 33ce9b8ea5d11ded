using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Backups;

/// <summary>A file of the backup.</summary>
public sealed record BackupFile(string Name, long Bytes, string Sha256);

/// <summary>
/// What a backup holds. Written last and whole: a folder without it is an unfinished backup. Ids, numbers and hashes only, and an HMAC under a key derived from the
/// identity secret, so that another's or an altered one is known before anything changes.
/// </summary>
/// <param name="KeysByKek">How many keys each epoch key wraps; without these nobody opens the backup.</param>
/// <param name="LedgerLines">How long the erasure ledger was: one that is shorter has been cut.</param>
public sealed record BackupManifest(
    int Version, Guid Id, DateTimeOffset TakenAt, string Program, int ServerVersion, int LastMigration, long LastSequence, DateTimeOffset? LastEventAt,
    IReadOnlyDictionary<string, long> Counts, IReadOnlyDictionary<string, long> KeysByKek, string? Checkpoint, long LedgerLines, string LedgerHash, BackupFile Dump, BackupFile Objects)
{
    public const string FileName = "manifest.json";
    public const string UnfinishedName = "unfinished.json";
    public const string DumpName = "archive.dump";
    public const string ObjectsName = "objects.jsonl";

    private const string Mac = ",\n  \"mac\": \"";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, NewLine = "\n" };

    public void Write(string folder, IKeyProvider keys)
    {
        var whole = JsonSerializer.Serialize(this, Json);
        var body = whole[..whole.LastIndexOf('}')].TrimEnd();
        PrivateFolder.Write(Path.Combine(folder, FileName), Encoding.UTF8.GetBytes($"{body}{Mac}{MacOf(body, keys)}\"\n}}\n"));
    }

    /// <exception cref="BackupProblem">There is none, or it is not what was written under these keys.</exception>
    public static BackupManifest Read(string folder, IKeyProvider keys)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            throw new BackupProblem(File.Exists(Path.Combine(folder, UnfinishedName))
                ? $"The backup in {folder} was never finished: it is not used. Run ./run backup {folder} again where it was taken; it goes on from there."
                : $"{folder} holds no backup: {FileName} is missing.");
        }

        var text = File.ReadAllText(path);
        var cut = text.LastIndexOf(Mac, StringComparison.Ordinal);
        if (cut < 0 || text.Length < cut + Mac.Length + 64) throw new BackupProblem($"{path} has no signature: it was altered.");
        var said = Encoding.UTF8.GetBytes(text.Substring(cut + Mac.Length, 64));
        if (!CryptographicOperations.FixedTimeEquals(said, Encoding.UTF8.GetBytes(MacOf(text[..cut], keys))))
            throw new BackupProblem($"{path} was altered, or the key file is another archive's. Use the key file that belongs to the backup (Keys__MasterKeyFile).");
        return JsonSerializer.Deserialize<BackupManifest>(text[..cut] + "\n}", Json) is { Version: 1 } manifest
            ? manifest
            : throw new BackupProblem($"{path} is of a form that this build does not know. Use the version of the program that took the backup, or a newer one.");
    }

    private static string MacOf(string body, IKeyProvider keys) => Convert.ToHexStringLower(HMACSHA256.HashData(
        HKDF.DeriveKey(HashAlgorithmName.SHA256, keys.IdentitySecret, 32, salt: [], "archiveservice/v1/backup-manifest"u8.ToArray()), Encoding.UTF8.GetBytes(body)));
}

/// <summary>Files that only the owner may read, whole or not at all.</summary>
internal static class PrivateFolder
{
    private const UnixFileMode Folder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode File = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static void Make(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, Folder);
    }

    public static FileStream New(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = File;
        return new(path, options);
    }

    public static void Write(string path, byte[] content)
    {
        using (var file = New(path + ".new"))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        Place(path);
    }

    /// <summary>Gives what stands under the name with .new its own.</summary>
    public static void Place(string path) => Place(path + ".new", path);

    public static void Place(string unfinished, string path)
    {
        System.IO.File.Move(unfinished, path, overwrite: true);
        Attachments.Disk.SyncFolder(Path.GetDirectoryName(path)!);
    }

    public static async Task<BackupFile> Hash(string folder, string name, CancellationToken ct)
    {
        await using var file = System.IO.File.OpenRead(Path.Combine(folder, name));
        var hash = await SHA256.HashDataAsync(file, ct);
        return new(name, file.Length, Convert.ToHexStringLower(hash));
    }
}
