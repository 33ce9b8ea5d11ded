using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ArchiveService.Attachments;
using ArchiveService.EventStore;
using ArchiveService.Features.Disposals;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Backups;

/// <summary>
/// Log, wrapped keys, inline tables and attachments in a folder, at one moment, while the archive is used. What is unsealed for searching and work (schemas views and
/// work) is left out but for its empty shape, and no epoch key is in it. Broken off, it goes on when it is run again.
/// </summary>
public sealed class Backup(Databases databases, IObjectStore store, IKeyProvider keys, ErasureLedger ledger, SealedLog log, TimeProvider clock)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private sealed record Unfinished(Guid Id, string Archive);

    private sealed record Content(int ServerVersion, int LastMigration, long LastSequence, DateTimeOffset? LastEventAt, SortedDictionary<string, long> Counts, Dictionary<string, long> KeysByKek, string? Checkpoint, List<string> Objects);

    /// <exception cref="BackupProblem">The folder holds something else, or a part could not be read.</exception>
    public async Task<BackupManifest> Run(string folder, IProgress<(string What, long Done, long Of)>? progress, CancellationToken ct)
    {
        folder = Path.GetFullPath(folder);
        var id = Begin(folder);
        var takenAt = clock.GetUtcNow();

        // The ledger before the snapshot: it may hold a little less than the database, never more.
        var (lines, hash) = ledger.Head();
        Content content;
        await using (var connection = await databases.Owner.OpenConnectionAsync(ct))
        await using (var snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct))
        {
            await Do(snapshot, "set local idle_in_transaction_session_timeout = 0", ct);
            var name = (string)(await Ask(snapshot, "select pg_export_snapshot()", ct))!;
            content = await Read(snapshot, ct);
            progress?.Report(("Dumping the log", 0, 1));
            var tools = await PostgresTools.Find(databases.Connections.Owner, content.ServerVersion, ct);
            var dump = Path.Combine(folder, BackupManifest.DumpName);

            // A name of its own: the pg_dump of a try that was killed may still be writing.
            foreach (var left in Directory.EnumerateFiles(folder, $"{BackupManifest.DumpName}.*")) File.Delete(left);
            var unfinished = $"{dump}.{RandomNumberGenerator.GetHexString(12, lowercase: true)}";
            await using (PrivateFolder.New(unfinished))
            {
            }

            await tools.Dump(unfinished, name, ct);
            await using (var written = new FileStream(unfinished, FileMode.Open, FileAccess.ReadWrite)) written.Flush(flushToDisk: true);
            PrivateFolder.Place(unfinished, dump);
            progress?.Report(("Dumping the log", 1, 1));
            await snapshot.RollbackAsync(CancellationToken.None);
        }

        // Objects after the snapshot: what it names was stored before, and an object is written once.
        content.Counts["objects"] = content.Objects.Count;
        await Copy(folder, content, progress, ct);
        var manifest = new BackupManifest(
            1, id, takenAt, Program, content.ServerVersion, content.LastMigration, content.LastSequence, content.LastEventAt, content.Counts, content.KeysByKek, content.Checkpoint, lines, hash,
            await PrivateFolder.Hash(folder, BackupManifest.DumpName, ct), await PrivateFolder.Hash(folder, BackupManifest.ObjectsName, ct));
        manifest.Write(folder, keys);
        File.Delete(Path.Combine(folder, BackupManifest.UnfinishedName));
        return manifest;
    }

    /// <summary>Says in the log that a backup was taken, by whom and of how much. It is not in the backup itself.</summary>
    public async Task Note(BackupManifest taken, Guid by, CancellationToken ct)
    {
        var happened = new BackupTaken(
            taken.Id, taken.TakenAt, taken.LastSequence, taken.Counts["events"], taken.Counts["keys"], taken.Counts["objects"] - taken.Counts["objectsMissing"], taken.Counts["objectBytes"]);
        await log.Append([new(taken.Id, "log", ExpectedVersion.NewStream, [new(happened)])], log.NewKeySet(), new(by.ToString("D")), ct: ct);
    }

    public static string Program => typeof(Backup).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>Whether the folder holds a finished backup already, as a rotation that was broken off after it left one.</summary>
    public static bool IsFinished(string folder) => File.Exists(Path.Combine(folder, BackupManifest.FileName));

    private Guid Begin(string folder)
    {
        PrivateFolder.Make(folder);
        if (IsFinished(folder)) throw new BackupProblem($"{folder} holds a finished backup already. Choose a new folder: a backup is never overwritten.");
        var archive = Convert.ToHexStringLower(HMACSHA256.HashData(keys.IdentitySecret, "archiveservice/v1/backup-of"u8))[..16];
        var mark = Path.Combine(folder, BackupManifest.UnfinishedName);
        if (File.Exists(mark))
        {
            return JsonSerializer.Deserialize<Unfinished>(File.ReadAllBytes(mark), Json) is { } begun && begun.Archive == archive
                ? begun.Id
                : throw new BackupProblem($"{folder} holds an unfinished backup of another archive. Choose another folder.");
        }

        // A kill in the middle of writing the mark leaves what was to become it, and nothing else.
        File.Delete(mark + ".new");
        if (Directory.EnumerateFileSystemEntries(folder).Any()) throw new BackupProblem($"{folder} is not empty and holds no backup that could be gone on with. Choose an empty folder.");
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        PrivateFolder.Write(mark, JsonSerializer.SerializeToUtf8Bytes(new Unfinished(id, archive), Json));
        return id;
    }

    private static async Task<Content> Read(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        async Task<long> Count(string sql) => Convert.ToInt64(await Ask(snapshot, sql, ct) ?? 0L, System.Globalization.CultureInfo.InvariantCulture);
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal)
        {
            ["events"] = await Count("select count(*) from archive.mt_events"),
            ["streams"] = await Count("select count(*) from archive.mt_streams"),
            ["keys"] = await Count("select count(*) from archive.record_keys"),
            ["sealedContents"] = await Count("select count(*) from archive.sealed_content"),
            ["destructionMarks"] = await Count("select count(*) from archive.destruction_marks"),
        };
        var byKek = new Dictionary<string, long>(StringComparer.Ordinal);
        await using (var query = Command(snapshot, "select kek_id::text, count(*) from archive.record_keys group by 1 order by 1"))
        await using (var rows = await query.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) byKek[rows.GetString(0)] = rows.GetInt64(1);
        }

        var objects = new List<string>();
        await using (var query = Command(snapshot, """
            select 'attachment/' || a.object_id from archive.attachments a join archive.record_states r using (record_id) where r.disposed_at is null
            union all
            select 'delivery/' || d.object_id from archive.delivery_objects d
            where not exists (select from archive.destruction_marks m where m.stream_id = d.delivery_id and m.class = 'delivery')
            order by 1
            """))
        await using (var rows = await query.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) objects.Add(rows.GetString(0));
        }

        var lastAt = await Ask(snapshot, "select timestamp from archive.mt_events order by seq_id desc limit 1", ct);
        return new(
            (int)await Count("select current_setting('server_version_num')::bigint"),
            (int)await Count("select max(number) from archive.schema_migrations"),
            await Count("select coalesce(max(seq_id), 0) from archive.mt_events"),
            lastAt is DateTime at ? new DateTimeOffset(at, TimeSpan.Zero) : null,
            counts, byKek,
            await Ask(snapshot, "select c.note from archive.evidence_checkpoints c join archive.evidence_logs l using (origin) order by l.ordinal desc, c.size desc limit 1", ct) as string,
            objects);
    }

    private async Task Copy(string folder, Content content, IProgress<(string, long, long)>? progress, CancellationToken ct)
    {
        var objects = Path.Combine(folder, "objects");
        PrivateFolder.Make(objects);
        var wanted = content.Objects.ToHashSet(StringComparer.Ordinal);
        var list = new StringBuilder();
        long done = 0, bytes = 0, missing = 0;
        foreach (var key in content.Objects)
        {
            if (await Copy(Path.Combine(objects, key.Replace('/', '.')), key, ct) is { } file)
            {
                list.Append(JsonSerializer.Serialize(file, Json)).Append('\n');
                bytes += file.Bytes;
            }
            else
            {
                missing++;
            }

            progress?.Report(("Copying attachments", ++done, content.Objects.Count));
        }

        // Of an earlier try, destroyed since.
        foreach (var file in Directory.EnumerateFiles(objects).Where(file => !wanted.Contains(Path.GetFileName(file).Replace('.', '/'))).ToList()) File.Delete(file);
        content.Counts["objectBytes"] = bytes;
        content.Counts["objectsMissing"] = missing;
        PrivateFolder.Write(Path.Combine(folder, BackupManifest.ObjectsName), Encoding.UTF8.GetBytes(list.ToString()));
    }

    /// <summary>Null when it has been destroyed since the snapshot was taken.</summary>
    private async Task<BackupFile?> Copy(string path, string key, CancellationToken ct)
    {
        try
        {
            var length = await store.Length(key, ct);
            if (length is null) return await Gone(key, ct);
            if (!File.Exists(path) || new FileInfo(path).Length != length)
            {
                await using (var from = await store.Read(key, 0, null, ct))
                await using (var to = PrivateFolder.New(path + ".new"))
                {
                    await from.CopyToAsync(to, ct);
                    to.Flush(flushToDisk: true);
                }

                PrivateFolder.Place(path);
            }

            var (_, bytes, hash) = await PrivateFolder.Hash(Path.GetDirectoryName(path)!, Path.GetFileName(path), ct);
            return bytes == length ? new(key, bytes, hash) : throw new BackupProblem($"Object {key} is {length} bytes in {store.Where}, but {bytes} came. Run the backup again.");
        }
        catch (ObjectMissing)
        {
            return await Gone(key, ct);
        }
    }

    private async Task<BackupFile?> Gone(string key, CancellationToken ct)
    {
        await using var query = databases.Owner.CreateCommand("select exists (select from archive.object_deletions where object_key = $1)");
        query.Parameters.Add(new() { Value = key });
        return await query.ExecuteScalarAsync(ct) is true ? null : throw new BackupProblem($"Object {key} is not in {store.Where}, and nothing says that it was destroyed. Run ./run verify.");
    }

    private static NpgsqlCommand Command(NpgsqlTransaction snapshot, string sql) => new(sql, snapshot.Connection, snapshot) { CommandTimeout = 0 };

    private static async Task<object?> Ask(NpgsqlTransaction snapshot, string sql, CancellationToken ct)
    {
        await using var query = Command(snapshot, sql);
        return await query.ExecuteScalarAsync(ct) is { } value and not DBNull ? value : null;
    }

    private static async Task Do(NpgsqlTransaction snapshot, string sql, CancellationToken ct)
    {
        await using var command = Command(snapshot, sql);
        await command.ExecuteNonQueryAsync(ct);
    }
}
