using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ArchiveService.AppTests.Commands;
using ArchiveService.Evidence;
using ArchiveService.Features.Cases;
using ArchiveService.Features.Evidence;
using ArchiveService.Features.Verify;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.EvidenceTests;

/// <summary>Architecture §5: a database that came back from an older copy is found out by the copies of its checkpoints, and goes on without telling anything twice.</summary>
public sealed class After_a_restore_that_is_behind : IDisposable
{
    private const string Origin = "granvika.example.se/bevis";

    private readonly DirectoryInfo kept = Directory.CreateTempSubdirectory("archiveservice-kept-");
    private readonly int year = LocalYear.Of(TimeProvider.System.GetUtcNow());

    public void Dispose() => kept.Delete(recursive: true);

    private string Copies => Path.Combine(kept.FullName, "kopior");

    private Dictionary<string, string?> Settings(TestDatabase? database, string resume)
    {
        var settings = database is null ? [] : database.Settings.ToDictionary(s => s.Key, s => s.Value);
        settings["Keys:MasterKeyFile"] = Path.Combine(kept.FullName, "keys.json");
        settings["Evidence:CheckpointCopy"] = Copies;
        settings["Evidence:Origin"] = Origin;
        settings["Evidence:Resume"] = resume;
        return settings;
    }

    private async Task<ServedArchive> Restored(TestDatabase database, string dump, string resume)
    {
        await Numbers_that_are_never_given_twice.Run("pg_restore", database.SuperuserConnection, "--clean", "--if-exists", "--dbname", database.Name, dump);
        var served = await ServedArchive.Start(settings: Settings(database, resume));
        await served.Services.GetRequiredService<ArchiveService.Attachments.IObjectStore>().Probe(default);
        return served;
    }

    internal static async Task<SignedCheckpoint> Vouched(ServedArchive served)
    {
        for (var i = 0; i < 400; i++)
        {
            if (await served.Services.GetRequiredService<EvidenceLog>().Latest(default) is { } latest && latest.LastSequence == await served.Value<long>("select max(seq_id) from archive.mt_events")) return latest;
            await Task.Delay(50);
        }

        throw new TimeoutException("No checkpoint vouches for the end of the log.");
    }

    private IReadOnlyList<string> Outside() => [.. Directory.GetFiles(Copies, "*.jsonl").SelectMany(CheckpointCopies.Read)];

    private async Task<Verification> Verified(ServedArchive served) => await ActivatorUtilities.CreateInstance<VerifyArchive>(served.Services).Run(null, Outside(), default);

    private static async Task<LogResumed> Resumed(ServedArchive served, string origin)
    {
        var id = await served.Value<Guid>($"select stream_id from archive.mt_events where type = 'log_resumed' and data->>'origin' = '{origin}'");
        return (LogResumed)(await served.Services.GetRequiredService<SealedLog>().Store.ReadStream(id)).Single().Event;
    }

    [Fact]
    [Trait("Requirement", "I7")]
    public async Task the_log_goes_on_under_the_next_name_and_the_diary_above_the_numbers_given()
    {
        KeyFile.Create(Path.Combine(kept.FullName, "keys.json"), TimeProvider.System);
        var dump = Path.Combine(kept.FullName, "archive.dump");
        SignedCheckpoint lost;
        string token;
        List<Guid> records;
        await using (var served = await ServedArchive.Start(settings: Settings(null, "automatic")))
        {
            var registrator = await Numbers_that_are_never_given_twice.Ready(served);
            token = await served.Token("Rut Registrator", [new("admin"), new("moderator"), new("registrator")]);
            records = await Numbers_that_are_never_given_twice.Comments(served, registrator, 10);
            for (var i = 0; i < 3; i++) await Numbers_that_are_never_given_twice.Registered(served, registrator, records[i]);
            await Numbers_that_are_never_given_twice.Run("pg_dump", served.Database!.SuperuserConnection, "--format=custom", "--file", dump);
            for (var i = 3; i < 6; i++) await Numbers_that_are_never_given_twice.Registered(served, registrator, records[i]);
            lost = await Vouched(served);
            for (var i = 0; i < 100 && !File.ReadAllText(Path.Combine(Copies, "checkpoint")).Contains(lost.Root.ToString(), StringComparison.Ordinal); i++) await Task.Delay(50);
        }

        await using var database = await PostgresServer.NewEmptyDatabase();
        await using (var restored = await Restored(database, dump, "automatic"))
        {
            var latest = await Vouched(restored);
            Assert.Equal(Origin + "/2", latest.Origin);
            var said = await Resumed(restored, Origin + "/2");
            Assert.Equal((Origin, lost.Size, lost.Root.ToString()), (said.Lost!.Single().Origin, said.Lost!.Single().Size, said.Lost!.Single().Root));
            Assert.Equal((4L, 6L), (said.Skipped.Single().From, said.Skipped.Single().Until));
            Assert.True(said.From!.Size < lost.Size);

            // Its first leaf is that event, and what is open to everybody shows it.
            var anybody = restored.Program();
            var first = await restored.Value<long>("select sequences[1] from archive.evidence_tiles t join archive.evidence_logs l using (origin) where ordinal = 2 and level = 0 and tile = 0");
            Assert.Equal("log_resumed", await restored.Value<string>($"select type from archive.mt_events where seq_id = {first}"));
            var logs = await Ok(await anybody.GetAsync(At("/evidence/logs")));
            Assert.Equal([Origin, Origin + "/2"], logs.EnumerateArray().Select(one => one.GetProperty("origin").GetString()));
            Assert.StartsWith(Origin + "/2\n", await anybody.GetStringAsync(At("/evidence/checkpoint")), StringComparison.Ordinal);

            // The earlier log is served on, and vouched for by its own checkpoints.
            var old = await anybody.GetStringAsync(At("/evidence/logs/1/checkpoint"));
            Assert.True(NoteKey.TryParse(logs[0].GetProperty("vKey").GetString()!, out var key));
            var earlier = Checkpoint.Open(old, key, out var problem)!;
            Assert.Null(problem);
            var tree = new TiledTree(earlier.Size, async tile => MerkleHash.Many(await anybody.GetByteArrayAsync(At($"/evidence/logs/1/tile/{tile}"))));
            Assert.Equal(earlier.Root, await tree.Root(earlier.Size));

            var again = restored.Program(token);
            Assert.Equal($"KS {year}/7", await Numbers_that_are_never_given_twice.Registered(restored, again, records[6]));
            await Vouched(restored);
            var report = await Verified(restored);
            Assert.DoesNotContain(report.Findings, f => f.Severity == Severity.Error);
            Assert.Contains(report.Findings, f => f.Code == "checkpoint-of-lost-range");

            // The log that went on is bridged to the one before it: neither the reason nor the old log can be changed.
            await using var superuser = await NpgsqlConnectionOf(database);
            await Tampered(superuser, $"update archive.evidence_logs set closed_at = null where ordinal = 1");
            Assert.Contains((await Verified(restored)).Findings, f => f.Code == "log-bridge-differs");
            await Tampered(superuser, $"update archive.evidence_logs set closed_at = began_at where ordinal = 1");
            await Tampered(superuser, $"update archive.mt_events set data = jsonb_set(data, '{{from,size}}', '1') where seq_id = {first}");
            Assert.Contains((await Verified(restored)).Findings, f => f.Code == "log-bridge-differs");
            Assert.Contains((await Verified(restored)).Findings, f => f.Code == "event-altered" && f.Sequence == first);
        }

        // The same older copy once more, when the copies know of /2 already: nobody uses that name again, and this time somebody has to say so.
        await using var second = await PostgresServer.NewEmptyDatabase();
        await using var waits = await Restored(second, dump, "confirm");
        var standing = waits.Services.GetRequiredService<LogStanding>();
        Assert.True(standing.IsReadOnly);
        var admin = waits.Program(token);
        using (var refused = await admin.PostAsJsonAsync(At($"/api/v1/records/{records[6]}/register"), NewCase()))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Contains("log-behind", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(0, await waits.Value<long>("select count(*) from archive.evidence_checkpoints c join archive.evidence_logs l using (origin) where l.ordinal > 1"));
        var shown = await Ok(await admin.GetAsync(At("/api/v1/evidence/standing")));
        Assert.Equal(("behind", true, 2), (shown.GetProperty("state").GetString(), shown.GetProperty("readOnly").GetBoolean(), shown.GetProperty("lost").GetArrayLength()));
        Assert.Equal(HttpStatusCode.OK, (await admin.GetAsync(At("/api/v1/diary"))).StatusCode);
        Assert.Contains("Låt loggen fortsätta", WebUtility.HtmlDecode(await admin.GetStringAsync(At("/bevis"))), StringComparison.Ordinal);
        Assert.Equal((400, "number-unread"), await Refused(await admin.PostAsJsonAsync(At("/api/v1/evidence/resume"), new { numbers = new[] { "KS" } })));

        // A dry run, and a crash in the middle: nothing of it is left.
        Assert.Equal(Origin + "/3", (await Ok(await admin.PostAsJsonAsync(At("/api/v1/evidence/resume"), new { numbers = new[] { $"KS=KS {year}/8" }, dryRun = true }))).GetProperty("origin").GetString());
        await using (var superuser = await NpgsqlConnectionOf(second))
        {
            await Run(superuser, """
                create function public.crash() returns trigger language plpgsql security definer as $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
                create trigger crash before insert on archive.voided_numbers for each row execute function public.crash()
                """);
            Assert.False((await admin.PostAsJsonAsync(At("/api/v1/evidence/resume"), new { numbers = new[] { $"KS=KS {year}/8" } })).IsSuccessStatusCode);
            Assert.Equal(0, await waits.Value<long>("select count(*) from archive.mt_events where type = 'log_resumed'"));
            Assert.Equal(0, await waits.Value<long>("select count(*) from archive.evidence_logs where closed_at is not null or ordinal > 1"));
            Assert.True(standing.IsReadOnly);
            await Run(superuser, "drop trigger crash on archive.voided_numbers; drop function public.crash()");
        }

        var done = await Ok(await admin.PostAsJsonAsync(At("/api/v1/evidence/resume"), new { numbers = new[] { $"KS=KS {year}/8" } }));
        Assert.Equal((Origin + "/3", 8), (done.GetProperty("origin").GetString(), done.GetProperty("skipped")[0].GetProperty("until").GetInt32()));
        Assert.Equal($"KS {year}/9", await Numbers_that_are_never_given_twice.Registered(waits, admin, records[6]));
        Assert.Equal(Origin + "/3", (await Vouched(waits)).Origin);
        Assert.Equal([Origin + "/2", Origin], (await Resumed(waits, Origin + "/3")).Lost!.Select(one => one.Origin));
        Assert.DoesNotContain((await Verified(waits)).Findings, f => f.Severity == Severity.Error);

        // Said twice it does nothing.
        Assert.Equal(JsonValueKind.Null, (await Ok(await admin.PostAsJsonAsync(At("/api/v1/evidence/resume"), new { }))).GetProperty("origin").ValueKind);
    }

    private static async Task<NpgsqlConnection> NpgsqlConnectionOf(TestDatabase database) => await database.Superuser.OpenConnectionAsync();

    private static async Task Tampered(NpgsqlConnection superuser, string sql) => await Run(superuser, Unguarded(sql));

    private static string Unguarded(string sql) => $"""
        begin; alter table archive.mt_events disable trigger user; alter table archive.evidence_logs disable trigger user; {sql};
        alter table archive.mt_events enable trigger user; alter table archive.evidence_logs enable trigger user; commit
        """;

    private static async Task Run(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
