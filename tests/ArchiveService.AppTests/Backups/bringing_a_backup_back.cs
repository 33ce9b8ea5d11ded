using System.Text;
using ArchiveService.AppTests.Disposals;
using ArchiveService.AppTests.Hosting;
using ArchiveService.Features.Backups;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Verify;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.Backups;

/// <summary>architecture §4 Backups: what was destroyed does not come back with a backup.</summary>
public sealed class Bringing_a_backup_back
{
    private const string Planted = "kvistfinkarnas";

    [Fact]
    [Trait("Requirement", "H-19")]
    [Trait("Requirement", "I4")]
    public async Task destroys_again_what_was_destroyed_after_it()
    {
        await using var world = await World.Make();
        var folder = world.DataFolder;
        await world.Capture(
            World.Comment("c-1", Planted, attachments: new { fileName = "bild.png", mediaType = "image/png", contentBase64 = Convert.ToBase64String(Encoding.UTF8.GetBytes(Planted)) }),
            World.Comment("c-2", "blåmesarnas väl", author: "author-2", at: "2026-05-01T12:00:00Z", attachments: new { fileName = "annan.png", mediaType = "image/png", contentBase64 = "aGVq" }));
        Assert.True(await world.Projected());
        var (record, keptObject) = (world.Record("c-1"), await Object(world, world.Record("c-2")));
        var goneObject = await Object(world, record);

        var before = Path.Combine(folder, "before");
        var taken = await world.Get<Backup>().Run(before, null, default);
        Assert.Equal(2, taken.Counts["objects"]);
        var oldKeys = Path.Combine(folder, "old-keys.json");
        File.Copy(Path.Combine(folder, "keys.json"), oldKeys);
        var ledger = world.Get<ErasureLedger>().Path;

        await world.Executed(await world.Rule());

        // One that came after the backup and was destroyed too: the log that comes back has never heard of it.
        await world.Capture(World.Comment("c-3", "taltrastens", author: "author-3"));
        await world.Executed(await world.Rule());
        var rotated = await world.Get<KeyRotation>().Run(world.Boss, Path.Combine(folder, "backups"), null, default);
        Assert.True(await world.Projected());
        var own = await ActivatorUtilities.CreateInstance<VerifyArchive>(world.Services).Run(null, default);
        Assert.Equal([], own.Findings.Where(f => f.Severity == Severity.Error).Select(f => $"{f.Code} {f.What}"));

        // The backup that the rotation opened on trial: of what was destroyed there is neither key nor ciphertext nor object in it.
        var after = rotated.Backup!;
        var dump = await BroughtBack.Unpacked(Path.Combine(after, BackupManifest.DumpName));
        Assert.DoesNotContain(Planted, dump, StringComparison.Ordinal);
        Assert.DoesNotMatch($@"(?m)^[0-9a-f-]{{36}}\tcontent\t{record}\t", dump);
        Assert.Matches($@"(?m)^[0-9a-f-]{{36}}\tcontent\t{world.Record("c-2")}\t", dump);
        Assert.DoesNotContain($"{rotated.OldKek}", dump.Split("COPY archive.record_keys")[1].Split("\\.")[0], StringComparison.Ordinal);
        Assert.Equal([keptObject.Replace('/', '.')], Directory.GetFiles(Path.Combine(after, "objects")).Select(Path.GetFileName));
        Assert.DoesNotContain("COPY views.", dump, StringComparison.Ordinal);
        Assert.DoesNotContain("COPY work.", dump, StringComparison.Ordinal);

        // With the key file of today nobody opens the older one, and it is said before anything changes.
        var keys = KeyFile.Open(Path.Combine(folder, "keys.json"));
        var refused = await Assert.ThrowsAsync<BackupProblem>(() => RestoreCheck.Look(before, keys, world.Get<ErasureLedger>(), _ => { }, default));
        Assert.Contains("can be opened by nobody", refused.Message, StringComparison.Ordinal);

        // With the old key file it opens: and what has been destroyed since is destroyed again before anything else.
        await using (var back = await BroughtBack.Into(oldKeys, ledger))
        {
            var restored = await back.Restore(before);
            Assert.Equal((2, taken.LastSequence), (restored.Replayed.LinesReplayed, restored.Manifest.LastSequence));
            Assert.Equal([], await back.Errors());
            Assert.True((await back.Rebuilt()).Same);

            Assert.Equal(0L, await back.Ask<long>($"select count(*) from archive.record_keys where stream_id = '{record}'"));
            Assert.Equal(0L, await back.Ask<long>($"select count(*) from archive.sealed_content c join archive.mt_events e on e.id = c.event_id where e.stream_id = '{record}'"));
            Assert.True(await back.Ask<bool>($"select destroyed from views.all_records where record_id = '{record}'"));
            Assert.Equal(1L, await back.Ask<long>($"select count(*) from archive.mt_events where stream_id = '{record}' and type = 'item_disposed'"));
            Assert.Equal(1L, await back.Ask<long>($"select count(*) from archive.erased_streams where stream_id = '{world.Record("c-3")}'"));
            Assert.Equal("blåmesarnas väl", await back.Ask<string>($"select text from views.all_versions where record_id = '{world.Record("c-2")}'"));
            Assert.Null(await back.Services.GetRequiredService<ArchiveService.Attachments.IObjectStore>().Length(goneObject, default));
            Assert.NotNull(await back.Services.GetRequiredService<ArchiveService.Attachments.IObjectStore>().Length(keptObject, default));

            // Somebody did it, at some time, and it stands in the log; numbers wait for what is known outside.
            Assert.Equal(1L, await back.Ask<long>("select count(*) from archive.mt_events where type = 'backup_restored' and data->>'linesReplayed' = '2'"));
            Assert.True(await back.Services.GetRequiredService<ArchiveService.Features.Cases.LogBehind>().Is(default));

            // Again into the same database: refused, and nothing changes. The replay again: nothing to do.
            Assert.Contains("not empty", (await Assert.ThrowsAsync<BackupProblem>(() => back.Restore(before))).Message, StringComparison.Ordinal);
            Assert.True((await back.Services.GetRequiredService<LedgerReplay>().Run(ArchiveService.Access.Caller.System, default)).Nothing);
            Assert.DoesNotContain(Planted, await Everything(back), StringComparison.Ordinal);
        }

        // And the one that the rotation took, with the keys of today.
        await using var again = await BroughtBack.Into(Path.Combine(folder, "keys.json"), ledger);
        var second = await again.Restore(after, []);
        Assert.True(second.Replayed.Nothing);
        Assert.Equal([], await again.Errors());
        Assert.Equal(1L, await again.Ask<long>("select count(*) from archive.key_rotations where destroyed_at is not null"));
        Assert.False(await again.Services.GetRequiredService<ArchiveService.Features.Cases.LogBehind>().Is(default));
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task knows_a_run_that_was_approved_before_the_backup_and_carried_out_after_it()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"), World.Comment("c-2", author: "author-2"));
        var run = await world.Approved(await world.Rule());
        var backup = Path.Combine(world.DataFolder, "backup");

        // As a kill leaves it in the middle of the very first file: it is gone on with all the same.
        Directory.CreateDirectory(backup);
        await File.WriteAllTextAsync(Path.Combine(backup, "unfinished.json.new"), "{\"Id\":");
        await world.Get<Backup>().Run(backup, null, default);
        await world.Get<RunCommands>().Start(run.Id, world.Anna, default);
        Assert.True(await world.Get<DisposalExecutor>().Run(run.Id, default));

        await using var back = await BroughtBack.Into(Path.Combine(world.DataFolder, "keys.json"), world.Get<ErasureLedger>().Path);
        var restored = await back.Restore(backup, []);

        // The closing events name the decision that the run was proposed under; the batch's number is taken.
        Assert.Equal((1, 4), (restored.Replayed.LinesReplayed, restored.Replayed.Keys));
        Assert.Equal([], await back.Errors());
        Assert.Equal(2L, await back.Ask<long>($"select count(*) from archive.mt_events where type = 'item_disposed' and data->>'decision' = '{run.Decision}'"));
        Assert.Equal(1L, await back.Ask<long>($"select ledger_entry from archive.disposal_batches where run_id = '{run.Id}' and batch = 1"));
    }

    [Fact]
    [Trait("Requirement", "H-19")]
    public async Task is_refused_without_the_whole_ledger_or_with_a_part_that_was_altered()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"), World.Comment("c-2", author: "author-2"), World.Comment("c-3", author: "author-3", at: "2026-05-01T12:00:00Z"));
        await world.Executed(await world.Rule());
        var backup = Path.Combine(world.DataFolder, "backup");
        await world.Get<Backup>().Run(backup, null, default);
        await world.Capture(World.Comment("c-4", author: "author-4"));
        await world.Executed(await world.Rule());
        var (keys, ledger) = (KeyFile.Open(Path.Combine(world.DataFolder, "keys.json")), world.Get<ErasureLedger>());
        Task<BackupManifest> Look() => RestoreCheck.Look(backup, keys, ledger, _ => { }, default);
        async Task Refused(string because, string file, Func<string[], string[]> change)
        {
            var whole = File.ReadAllBytes(file);
            File.WriteAllLines(file, change(File.ReadAllLines(file)));
            var why = await Assert.ThrowsAsync<BackupProblem>(Look);
            Assert.Contains(because, why.Message, StringComparison.Ordinal);
            File.WriteAllBytes(file, whole);
        }

        await Look();
        await Refused("its end was cut off", ledger.Path, lines => lines[..1]);
        await Refused("was altered", ledger.Path, lines => [lines[0].Replace("\"records\":2", "\"records\":3", StringComparison.Ordinal), lines[1]]);
        File.Move(ledger.Path + ".head", ledger.Path + ".kept");
        await Refused("It was cut or is another one", ledger.Path, _ => []);
        File.Move(ledger.Path + ".kept", ledger.Path + ".head");
        File.Move(ledger.Path, ledger.Path + ".kept");
        Assert.Contains("is not there", (await Assert.ThrowsAsync<BackupProblem>(Look)).Message, StringComparison.Ordinal);
        File.Move(ledger.Path + ".kept", ledger.Path);

        await Refused("was altered, or the key file", Path.Combine(backup, BackupManifest.FileName), lines => [.. lines.Select(l => l.Replace("\"lastSequence\": ", "\"lastSequence\": 1", StringComparison.Ordinal))]);
        await using (var dump = new FileStream(Path.Combine(backup, BackupManifest.DumpName), FileMode.Open))
        {
            dump.Position = dump.Length / 2;
            var b = dump.ReadByte();
            dump.Position--;
            dump.WriteByte((byte)(b ^ 1));
        }

        Assert.Contains("is not what the backup wrote", (await Assert.ThrowsAsync<BackupProblem>(Look)).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(backup, BackupManifest.FileName));
        Assert.Contains("holds no backup", (await Assert.ThrowsAsync<BackupProblem>(Look)).Message, StringComparison.Ordinal);
        Assert.Contains("finished backup already", (await Assert.ThrowsAsync<BackupProblem>(async () =>
        {
            var other = Path.Combine(world.DataFolder, "other");
            await world.Get<Backup>().Run(other, null, default);
            await world.Get<Backup>().Run(other, null, default);
        })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task survives_a_kill_in_the_backup_and_in_the_restore()
    {
        await using var served = await ServedArchive.Start();
        var client = served.Program(await served.Token("Ada Admin", [new("admin"), new("kommunikator"), new("moderator")]));
        var channel = await Channel(client);
        await Sent(client, channel, Enumerable.Range(0, 200).Select(n => $"c{n}"));

        // Captures go on while the backup is taken; it is killed in the dump or the copying, and gone on with.
        using var stop = new CancellationTokenSource();
        var capturing = Task.Run(async () =>
        {
            for (var n = 0; !stop.IsCancellationRequested; n++) await Sent(client, channel, [$"m{n}"]);
        });
        var backup = Path.Combine(served.DataFolder, "backup");
        using (var killed = Verb.Start(served, "backup", backup))
        {
            for (var i = 0; i < 1200 && !File.Exists(Path.Combine(backup, BackupManifest.UnfinishedName)); i++) await Task.Delay(25);
            await killed.Kill();
        }

        var keys = KeyFile.Open(Path.Combine(served.DataFolder, "keys.json"));
        Assert.Contains("never finished", Assert.Throws<BackupProblem>(() => BackupManifest.Read(backup, keys)).Message, StringComparison.Ordinal);
        var (code, said) = await Verb.Run(served, "backup", backup, "--by", "Ada Admin");
        await stop.CancelAsync();
        await capturing;
        Assert.True(code == 0, said);

        // One event, when it was whole: who, when and how much; nothing of where.
        var taken = BackupManifest.Read(backup, keys);
        Assert.Equal(taken.Counts["events"], await served.Value<long>("select (data->>'events')::bigint from archive.mt_events where type = 'backup_taken'"));
        Assert.Equal(1L, await served.Value<long>($"select count(*) from archive.mt_events e join views.persons p on p.person_id::text = e.user_name where e.type = 'backup_taken' and e.stream_id = '{taken.Id}' and p.name = 'Ada Admin'"));
        Assert.DoesNotContain("/", await served.Value<string>("select data::text from archive.mt_events where type = 'backup_taken'"), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(backup, BackupManifest.UnfinishedName)));

        await using var database = await PostgresServer.NewEmptyDatabase();
        var folder = Directory.CreateTempSubdirectory("archiveservice-restored-");
        var settings = database.Settings.ToDictionary(s => s.Key.Replace(":", "__", StringComparison.Ordinal), s => s.Value!);
        settings["Keys__MasterKeyFile"] = Path.Combine(served.DataFolder, "keys.json");
        settings["Erasure__Ledger"] = Path.Combine(served.DataFolder, "erasure-ledger.jsonl");
        async Task<(int Code, string Said)> Run(params string[] arguments)
        {
            await using var program = new RunningProgram(folder.FullName, [], settings, arguments);
            return await program.Ended();
        }

        await using (var killed = new RunningProgram(folder.FullName, [], settings, "restore", backup))
        {
            for (var i = 0; i < 1200 && !await Holds(database, "select to_regclass('archive.mt_events') is not null"); i++) await Task.Delay(10);
            await killed.KillAtOnce();
        }

        // Nobody is served from a database in which what was destroyed may have come back.
        (code, said) = await Run("verify");
        Assert.True(code == 1 && said.Contains("has not ended", StringComparison.Ordinal), said);
        (code, said) = await Run("restore", backup, "--by", "Rolf Återläsare", "--no-numbers");
        Assert.True(code == 0, said);
        (code, said) = await Run("verify");
        Assert.True(code == 0, said);
        Assert.True(await Holds(database, "select count(*) = 1 from archive.mt_events where type = 'backup_restored'"));
        Assert.True(await Holds(database, "select (select count(*) from archive.record_states) = (select count(*) from views.all_records)"));
        folder.Delete(recursive: true);
    }

    [S3Fact]
    public async Task takes_attachments_from_one_bucket_to_another()
    {
        var server = await S3Server.Running;
        await using var from = await server.NewBucket(versioned: true);
        await using var to = await server.NewBucket(versioned: true);
        await using var served = await ServedArchive.Start(settings: Settings(from));
        await served.Services.MustStoreAttachments(default);
        var client = served.Program(await served.Token("Ada Admin", [new("admin"), new("kommunikator"), new("moderator")]));
        var channel = await Channel(client);
        var act = System.Text.Json.JsonSerializer.Serialize(World.Comment("c-1", attachments: new { fileName = "bild.png", mediaType = "image/png", contentBase64 = Convert.ToBase64String(new byte[70_000]) }));
        using var content = new StringContent(act, Encoding.UTF8, "application/x-ndjson");
        await Commands.CommandArchive.Ok(await client.PostAsync(new Uri($"/api/v1/channels/{channel}/captures", UriKind.Relative), content));
        var backup = Path.Combine(served.DataFolder, "backup");
        await served.Services.GetRequiredService<Backup>().Run(backup, null, default);

        await using var back = await BroughtBack.Into(Path.Combine(served.DataFolder, "keys.json"), Path.Combine(served.DataFolder, "erasure-ledger.jsonl"), Settings(to));
        await back.Restore(backup, []);

        Assert.Equal([], await back.Errors());
        Assert.Equal((await from.Versions()).Select(v => v.Key), (await to.Versions()).Select(v => v.Key));
    }

    private static Dictionary<string, string?> Settings(S3Bucket bucket) => new()
    {
        ["Attachments:S3:Endpoint"] = $"{bucket.Settings.Endpoint}",
        ["Attachments:S3:Bucket"] = bucket.Name,
        ["Attachments:S3:AccessKey"] = bucket.Settings.AccessKey,
        ["Attachments:S3:SecretKey"] = bucket.Settings.SecretKey,
        ["Attachments:S3:Region"] = bucket.Settings.Region,
    };

    private static Task<string> Object(World world, Guid record) => world.Ask<string>("select 'attachment/' || object_id from archive.attachments where record_id = $1", record);

    private static async Task<bool> Holds(TestDatabase database, string sql)
    {
        await using var query = database.Owner.CreateCommand(sql);
        return await query.ExecuteScalarAsync() is true;
    }

    private static async Task<string> Everything(BroughtBack back)
    {
        var file = Path.Combine(back.DataFolder, "everything.sql");
        using var dumping = System.Diagnostics.Process.Start("/bin/sh", ["-c", "exec $(ls -d /usr/lib/postgresql/*/bin | tail -1)/pg_dump --file=\"$0\" \"$1\"", file, Uri(back.Database.SuperuserConnection)]);
        await dumping.WaitForExitAsync();
        Assert.Equal(0, dumping.ExitCode);
        var all = await File.ReadAllTextAsync(file);
        File.Delete(file);
        return all;
    }

    private static string Uri(string connection)
    {
        var server = new Npgsql.NpgsqlConnectionStringBuilder(connection);
        return $"host={server.Host} port={server.Port} user={server.Username} password={server.Password} dbname={server.Database}";
    }

    internal static async Task<Guid> Channel(HttpClient client)
    {
        await Commands.CommandArchive.Ok(await System.Net.Http.Json.HttpClientJsonExtensions.PutAsJsonAsync(client, "/api/v1/authorities/KS", new { name = "Kommunstyrelsen", preset = "toreboda" }));
        return (await Commands.CommandArchive.Ok(await System.Net.Http.Json.HttpClientJsonExtensions.PostAsJsonAsync(client, "/api/v1/channels",
            new { authority = "KS", platform = "facebook", nativeAccountId = "own", handle = "ks", purpose = "Dialog" }))).GetProperty("id").GetGuid();
    }

    internal static async Task Sent(HttpClient client, Guid channel, IEnumerable<string> natives)
    {
        var lines = string.Join('\n', natives.Select(n => System.Text.Json.JsonSerializer.Serialize(World.Comment(n, $"Text {n}", author: n))));
        using var content = new StringContent(lines, Encoding.UTF8, "application/x-ndjson");
        var answer = await Commands.CommandArchive.Ok(await client.PostAsync(new Uri($"/api/v1/channels/{channel}/captures", UriKind.Relative), content));
        Assert.Equal(0, answer.GetProperty("rejected").GetArrayLength());
    }
}
