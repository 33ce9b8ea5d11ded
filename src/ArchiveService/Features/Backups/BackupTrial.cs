using System.Security.Cryptography;
using System.Text.Json;
using ArchiveService.EventStore;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Backups;

/// <summary>What a backup was found to hold when it was opened.</summary>
public sealed record TrialOpened(long Keys, long ContentsOpened, long Objects);

/// <summary>
/// Opens a backup on trial, from its own files: every hash, every wrapped key under the one epoch key that is to remain, a sample of what is sealed, and every object's bytes.
/// Only after this may the old epoch key go.
/// </summary>
public sealed class BackupTrial(Databases databases, IKeyProvider keys)
{
    private const int Sample = 500;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <param name="folder">A finished backup.</param>
    /// <param name="under">The one epoch key that may be needed.</param>
    /// <param name="ct">Cancels the trial.</param>
    /// <exception cref="BackupProblem">Something in it cannot be read or opened.</exception>
    public async Task<TrialOpened> Open(string folder, EpochKey under, CancellationToken ct)
    {
        var manifest = BackupManifest.Read(folder, keys);
        await Intact(folder, manifest, ct);
        var tools = await PostgresTools.Find(databases.Connections.Owner, manifest.ServerVersion, ct);
        var dump = Path.Combine(folder, BackupManifest.DumpName);

        var opened = new Dictionary<Guid, RecordKey>();
        await foreach (var row in tools.Rows(dump, "record_keys", ct))
        {
            var wrapped = new WrappedKey(Guid.Parse(row[0]), Enum.GetValues<KeyClass>().First(c => c.Stored() == row[1]), Guid.Parse(row[2]), Guid.Parse(row[3]), row[4], Bytes(row[5]));
            if (wrapped.KekId != under.Id) throw new BackupProblem($"Key {wrapped.KeyId} in the backup is still wrapped under epoch key {wrapped.KekId}. Nothing has been destroyed.");
            try
            {
                opened[wrapped.KeyId] = RecordKey.Unwrap(wrapped, under);
            }
            catch (CryptographicException error)
            {
                throw new BackupProblem($"Key {wrapped.KeyId} in the backup does not open. Nothing has been destroyed; run ./run verify.", error);
            }
        }

        if (opened.Count != manifest.Counts["keys"]) throw new BackupProblem($"The backup says {manifest.Counts["keys"]} keys and holds {opened.Count}. Nothing has been destroyed.");
        return new(opened.Count, await Contents(tools, dump, manifest, opened, ct), manifest.Counts["objects"] - manifest.Counts["objectsMissing"]);
    }

    /// <summary>Every file is the one that the manifest names.</summary>
    public static async Task Intact(string folder, BackupManifest manifest, CancellationToken ct)
    {
        foreach (var file in new[] { manifest.Dump, manifest.Objects }) await Same(folder, file, file.Name, ct);
        foreach (var one in Objects(folder)) await Same(Path.Combine(folder, "objects"), one, one.Name.Replace('/', '.'), ct);
    }

    /// <summary>The objects in the backup by their keys.</summary>
    public static IEnumerable<BackupFile> Objects(string folder) =>
        File.ReadLines(Path.Combine(folder, BackupManifest.ObjectsName)).Where(line => line.Length > 0).Select(line => JsonSerializer.Deserialize<BackupFile>(line, Json)!);

    private static async Task Same(string folder, BackupFile said, string name, CancellationToken ct)
    {
        if (!File.Exists(Path.Combine(folder, name))) throw new BackupProblem($"{name} is missing in {folder}.");
        var found = await PrivateFolder.Hash(folder, name, ct);
        if (found.Sha256 != said.Sha256) throw new BackupProblem($"{name} in {folder} is not what the backup wrote: it was altered or is damaged.");
    }

    private async Task<long> Contents(PostgresTools tools, string dump, BackupManifest manifest, Dictionary<Guid, RecordKey> opened, CancellationToken ct)
    {
        var every = Math.Max(1, manifest.Counts["sealedContents"] / Sample);
        long seen = 0;
        var sample = new Dictionary<Guid, byte[]>();
        await foreach (var row in tools.Rows(dump, "sealed_content", ct))
        {
            if (seen++ % every == 0) sample[Guid.Parse(row[0])] = Bytes(row[1]);
        }

        if (seen != manifest.Counts["sealedContents"]) throw new BackupProblem($"The backup says {manifest.Counts["sealedContents"]} sealed contents and holds {seen}. Nothing has been destroyed.");
        await using var query = databases.Owner.CreateCommand("select id, stream_id, type, (data #>> '{sealed,key}')::uuid from archive.mt_events where id = any ($1)");
        query.Parameters.Add(new() { Value = sample.Keys.ToArray() });
        await using var rows = await query.ExecuteReaderAsync(ct);
        long read = 0;
        while (await rows.ReadAsync(ct))
        {
            var (id, key) = (rows.GetGuid(0), rows.GetGuid(3));
            if (!opened.TryGetValue(key, out var found)) throw new BackupProblem($"The key of event {id} is not in the backup. Nothing has been destroyed.");
            try
            {
                Seal.Open(found, id, rows.GetGuid(1), rows.GetString(2), sample[id]);
            }
            catch (CryptographicException error)
            {
                throw new BackupProblem($"What is sealed beside event {id} does not open in the backup. Nothing has been destroyed; run ./run verify.", error);
            }

            read++;
        }

        return read == sample.Count ? read : throw new BackupProblem("The backup holds sealed contents of events that are not in the log. Nothing has been destroyed; run ./run verify.");
    }

    // COPY's text form of bytea: \\x and hexadecimal.
    private static byte[] Bytes(string copied) => Convert.FromHexString(copied.AsSpan(copied.IndexOf('x', StringComparison.Ordinal) + 1));
}
