using ArchiveService.AppTests.Disposals;
using ArchiveService.AppTests.Hosting;
using ArchiveService.Features.Backups;
using ArchiveService.Features.Search;
using ArchiveService.Features.Verify;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ArchiveService.AppTests.Backups;

/// <summary>architecture §4 Destroying: the final step.</summary>
public sealed class Rotating_the_epoch_key
{
    [Fact]
    [Trait("Requirement", "H-19")]
    public async Task leaves_no_key_and_no_note_under_the_old_one()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"), World.Comment("c-2", author: "author-2", at: "2026-05-01T12:00:00Z"));
        await world.Get<SearchLog>().Note(world.Anna, "text", "blåmes", 1, default);
        await world.Do(world.Database.Owner, "insert into archive.sources (channel_id, authority_id, means, interval_minutes, enabled) select channel_id, authority_id, 'poll', 15, false from archive.channels limit 1");
        var source = await world.Ask<Guid>("select channel_id from archive.sources");
        await world.Get<ArchiveService.Features.Sources.SourceSecrets>().Write(source, "token", "en-hemlig-nyckel", default);
        await world.Executed(await world.Rule());
        var keys = (KeyFile)world.Get<IKeyProvider>();
        var (path, old) = (keys.Path, keys.Current);
        var oldKey = Convert.ToBase64String(old.Key);
        Assert.Contains(oldKey, File.ReadAllText(path), StringComparison.Ordinal);
        Assert.Equal((1L, 0L), await Standing(world));
        await world.Do(world.Database.Owner, "update archive.disposal_runs set final_on = final_on - 60");
        Assert.Equal((1L, 1L), await Standing(world));
        Assert.Contains((await ActivatorUtilities.CreateInstance<VerifyArchive>(world.Services).Run(null, default)).Findings, f => f.Code == "final-step-overdue");
        Assert.Equal(Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Degraded, (await new FinalStepHealth(world.Get<FinalStep>()).CheckHealthAsync(new())).Status);

        var done = await world.Get<KeyRotation>().Run(world.Boss, Path.Combine(world.DataFolder, "backups"), null, default);

        Assert.Equal((old.Id, keys.Current.Id), (done.OldKek, done.NewKek));
        Assert.DoesNotContain(oldKey, File.ReadAllText(path), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.False(File.Exists(path + ".new"));
        Assert.Null(keys.Find(old.Id));
        Assert.Equal([old.Id], keys.Destroyed.Select(d => d.Id));
        Assert.Equal(done.Keys, await world.Ask<long>("select count(*) from archive.record_keys where kek_id = $1 and former_kek_id is null", done.NewKek));
        Assert.Equal(0L, await world.Ask<long>("select count(*) from archive.record_keys where kek_id <> $1", done.NewKek));
        Assert.Equal("blåmes", (await world.Get<SearchLog>().Own(world.Anna, 10, default)).Single().Terms);
        Assert.True(await world.Ask<bool>("select started_at < rewrapped_at and rewrapped_at < trial_opened_at and trial_opened_at <= destroyed_at from archive.key_rotations"));
        var happened = (KeysRotated)(await world.Get<SealedLog>().Store.ReadStream(done.Rotation)).Single().Event;
        Assert.Equal("en-hemlig-nyckel", await world.Get<ArchiveService.Features.Sources.SourceSecrets>().Read(source, "token", default));
        Assert.Equal((done.Keys, done.Keys, 2L), (happened.Keys, happened.KeysByClass.Values.Sum(), happened.Notes));
        Assert.Equal((0L, 0L), await Standing(world));

        // It goes on under the new one, and everything opens.
        await world.Capture(World.Comment("c-3", author: "author-3"));
        Assert.True(await world.Projected());
        var report = await ActivatorUtilities.CreateInstance<VerifyArchive>(world.Services).Run(null, default);

        // The one who searched is nobody here, and nobody set the source up.
        Assert.Equal([], report.Findings.Where(f => f.Severity == Severity.Error && f.Code is not ("search-note-of-nobody" or "source-differs")).Select(f => $"{f.Code} {f.What}"));
        Assert.Equal(report.Counts["keys"], report.Counts[$"keys under epoch key {done.NewKek:D}"]);
    }

    [Fact]
    [Trait("Requirement", "H-19")]
    public async Task comes_by_itself_before_the_day_on_the_certificate()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"));
        await world.Executed(await world.Rule());
        NightlyRotation Night(string? folder) => new(world.Get<FinalStep>(), world.Get<KeyRotation>(), new(folder), world.Get<Microsoft.Extensions.Configuration.IConfiguration>(), Microsoft.Extensions.Logging.Abstractions.NullLogger<NightlyRotation>.Instance);
        Task<long> Rotations() => world.Ask<long>("select count(*) from archive.key_rotations where destroyed_at is not null");
        var folder = Path.Combine(world.DataFolder, "backups");

        // 30 days from now.
        await Night(folder).Execute(null!);
        Assert.Equal(0L, await Rotations());
        await world.Do(world.Database.Owner, "update archive.disposal_runs set final_on = archive.swedish_date(now()) + 7");
        await Night(null).Execute(null!);
        Assert.Equal(0L, await Rotations());
        await Night(folder).Execute(null!);
        await Night(folder).Execute(null!);
        Assert.Equal(1L, await Rotations());
    }

    [Fact]
    public async Task goes_on_beside_a_service_that_is_used_and_after_every_kill()
    {
        await using var served = await ServedArchive.Start();
        var client = served.Program(await served.Token("Ada Admin", [new("admin"), new("kommunikator"), new("moderator")]));
        var channel = await Bringing_a_backup_back.Channel(client);
        await Bringing_a_backup_back.Sent(client, channel, Enumerable.Range(0, 300).Select(n => $"c{n}"));
        var old = ((KeyFile)served.Services.GetRequiredService<IKeyProvider>()).Current.Id;

        using var stop = new CancellationTokenSource();
        var sent = 0;
        var capturing = Task.Run(async () =>
        {
            for (; !stop.IsCancellationRequested; sent++) await Bringing_a_backup_back.Sent(client, channel, [$"m{sent}"]);
        });
        var backups = Path.Combine(served.DataFolder, "backups");
        string[] stages =
        [
            "select exists (select from archive.key_rotations)",
            "select exists (select from archive.key_rotations where old_closed_at is not null)",
            "select exists (select from archive.key_rotations where rewrapped_at is not null)",
        ];
        foreach (var stage in stages)
        {
            using var killed = Verb.Start(served, "keys", "rotate", "--backup", backups);
            for (var i = 0; i < 2000 && !killed.HasEnded && !await served.Value<bool>(stage); i++) await Task.Delay(10);
            await killed.Kill();
        }

        var (code, said) = await Verb.Run(served, "keys", "rotate", "--backup", backups);
        await stop.CancelAsync();
        await capturing;

        Assert.True(code == 0, said);
        Assert.True(sent > 5, $"{sent}");
        Assert.Equal((1L, 1L), (await served.Value<long>("select count(*) from archive.key_rotations"), await served.Value<long>("select count(*) from archive.mt_events where type = 'keys_rotated'")));
        Assert.Equal(0L, await served.Value<long>($"select count(*) from archive.record_keys where kek_id = '{old}' or former_kek_id is not null"));
        Assert.Equal([old], ((KeyFile)served.Services.GetRequiredService<IKeyProvider>()).Destroyed.Select(d => d.Id));
        await Bringing_a_backup_back.Sent(client, channel, ["last"]);
        var report = await ActivatorUtilities.CreateInstance<VerifyArchive>(served.Services).Run(null, default);
        Assert.Equal([], report.Findings.Where(f => f.Severity == Severity.Error).Select(f => $"{f.Code} {f.What}"));
        Assert.Equal(301L + sent, await served.Value<long>("select count(*) from archive.record_states"));
    }

    [Fact]
    public async Task stops_before_it_destroys_when_a_key_does_not_open_or_the_backup_is_damaged()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"));
        var backups = Path.Combine(world.DataFolder, "backups");
        var old = world.Get<IKeyProvider>().Current;
        await world.Do(world.Database.Superuser, "alter table archive.record_keys disable trigger user; update archive.record_keys set wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1) where stream_id = $1 and class = 'content'; alter table archive.record_keys enable always trigger record_keys_rewrapped".Replace("$1", $"'{world.Record("c-1")}'", StringComparison.Ordinal));
        Assert.Contains("does not open under epoch key", (await Assert.ThrowsAsync<CannotStart>(() => world.Get<KeyRotation>().Run(world.Boss, backups, null, default))).Message, StringComparison.Ordinal);
        Assert.NotNull(world.Get<IKeyProvider>().Find(old.Id));

        // An older copy of the key file knows nothing of what has begun.
        Assert.Equal(1L, await world.Ask<long>("select count(*) from archive.key_rotations where destroyed_at is null"));
        var findings = (await ActivatorUtilities.CreateInstance<VerifyArchive>(world.Services).Run(null, default)).Findings.Select(f => f.Code).ToList();
        Assert.Contains("rotation-unfinished", findings);
        Assert.Contains("key-does-not-unwrap", findings);
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task is_the_only_way_to_change_a_key()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"));
        await world.Do(world.Database.Owner, "insert into archive.key_rotations (rotation_id, old_kek, new_kek, started_at) select gen_random_uuid(), kek_id::text, gen_random_uuid()::text, now() from archive.record_keys limit 1");
        var (rotation, key) = (await world.Ask<Guid>("select rotation_id from archive.key_rotations"), await world.Ask<Guid>("select key_id from archive.record_keys limit 1"));
        string[] attempts =
        [
            $"select archive.rewrap_keys('{rotation}', array['{key}'::uuid], array['\\x00'::bytea])",
            $"select archive.settle_keys('{rotation}', array['{key}'::uuid])",
            "select archive.replay_erasure(1, gen_random_uuid(), 1, now(), 1, 'x', '{}', '{}', '{}', 0)",
            "update archive.record_keys set kek_id = gen_random_uuid()",
            "delete from archive.record_keys",
            "delete from archive.key_rotations",
            "update archive.key_rotations set destroyed_at = now()",
            "insert into archive.replayed_erasures values (gen_random_uuid(), 1, 1, now(), now(), 0, 0, 0, 0)",
        ];
        foreach (var login in new[] { world.Database.Writer, world.Database.Staff, world.Database.Cleared, world.Database.Public })
        {
            foreach (var sql in attempts)
            {
                var refused = await Assert.ThrowsAsync<PostgresException>(() => world.Do(login, sql));
                Assert.True(refused.SqlState is "AS001" or "AS010" or PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.ReadOnlySqlTransaction, $"{sql}: {refused.SqlState} {refused.MessageText}");
            }
        }

        // Nor does the owner, pretending to be a rotation, change anything but how it is wrapped, or let the old wrap go with it.
        foreach (var sql in (string[])["set wrapped = '\\x00'", "set stream_id = gen_random_uuid()", "set kek_id = (select new_kek::uuid from archive.key_rotations), wrapped = '\\x00'"])
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => world.Do(world.Database.Owner, $"begin; set local archive.rewrapping = '{rotation}'; update archive.record_keys {sql}; commit"));
            Assert.Equal("AS010", refused.SqlState);
        }

        // What is being destroyed wraps nothing new.
        await world.Do(world.Database.Owner, "update archive.key_rotations set old_closed_at = now()");
        Assert.Equal("AS012", (await Assert.ThrowsAsync<PostgresException>(() => world.Capture(World.Comment("c-2", author: "author-2")))).SqlState);
    }

    [Fact]
    public async Task is_followed_by_an_export_that_a_lost_key_file_is_replaced_with()
    {
        await using var world = await World.Make();
        var (export, file) = (Path.Combine(world.DataFolder, "export.json"), Path.Combine(world.DataFolder, "again.json"));
        const string Phrase = "en lång fras om blåmesar";
        await Assert.ThrowsAsync<CannotStart>(() => world.Get<KeyExport>().Write(export, "kort", world.Boss, default));
        var id = await world.Get<KeyExport>().Write(export, Phrase, world.Boss, default);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(export));
        Assert.Equal(id, await world.Ask<Guid>("select export_id from archive.key_exports where kek_id = $1", $"{world.Get<IKeyProvider>().Current.Id:D}"));
        Assert.Equal(1L, await world.Ask<long>("select count(*) from archive.mt_events where type = 'keys_exported'"));
        Assert.Throws<CannotStart>(() => KeyExport.Import(export, file, Phrase + "!"));
        var again = KeyExport.Import(export, file, Phrase);
        var keys = world.Get<IKeyProvider>();
        Assert.Equal((Convert.ToHexString(keys.IdentitySecret), keys.Current.Id, Convert.ToHexString(keys.SigningKey)), (Convert.ToHexString(again.IdentitySecret), again.Current.Id, Convert.ToHexString(again.SigningKey)));
        Assert.Throws<CannotStart>(() => KeyExport.Import(export, file, Phrase));
    }

    private static async Task<(long Waiting, long Overdue)> Standing(World world)
    {
        var now = await world.Get<FinalStep>().Now(default);
        return (now.Waiting, now.Overdue);
    }
}
