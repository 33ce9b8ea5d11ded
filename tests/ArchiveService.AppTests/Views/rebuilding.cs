using System.Net;
using ArchiveService.EventStore;
using ArchiveService.Features.Rebuild;
using ArchiveService.Features.Records;
using ArchiveService.Features.Verify;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.Views;

public sealed class Rebuilding_the_views : IAsyncLifetime
{
    private readonly ViewedArchive archive = new();

    public async Task InitializeAsync()
    {
        await archive.InitializeAsync();
        await archive.Archive.Services.GetRequiredService<ArchiveService.Attachments.IObjectStore>().Probe(default);
    }

    public Task DisposeAsync() => archive.DisposeAsync();

    /// <summary>What a case has of its own and is called by all; nobody handles a case here. Documents_of_a_case builds them anew with rows in them.</summary>
    private static readonly string[] OfCasesOnly = ["all_case_documents", "case_titles_public"];

    [Fact]
    [Trait("Requirement", "I12")]
    public async Task gives_the_same_rows_with_the_same_rights_and_goes_on_from_there()
    {
        await Work("ombyggnad", 40);
        var shape = await Shape();

        var rebuilt = await Rebuild();

        Assert.True(rebuilt is { Same: true, Switched: true }, string.Join(", ", rebuilt.Tables.Where(t => !t.Same)));
        Assert.All(rebuilt.Tables.Where(t => !OfCasesOnly.Contains(t.Table)), t => Assert.True(t.Rows > 0, t.Table));
        Assert.Equal(shape, await Shape());
        Assert.Equal(40 - 4, (await archive.Search(archive.Kommunikator, "q=ombyggnad&limit=200")).Count);
        Assert.Equal(40, (await archive.Search(archive.Cleared, "q=ombyggnad&limit=200")).Count + 2);
        await archive.Say("efteråt", "efterombyggnaden");
        Assert.Single(await archive.Search(archive.Registrator, "q=efterombyggnaden"));
        Assert.True((await Rebuild()).Same);
        await MustBeSound();
    }

    /// <summary>Two builds that know nothing of each other, folded in pages that end elsewhere.</summary>
    [Fact]
    [Trait("Requirement", "I12")]
    public async Task from_the_log_twice_gives_the_digests_of_the_rows_in_use_whatever_the_size_of_a_page()
    {
        await Work("oberoende", 30);
        using var stop = new CancellationTokenSource();
        var answers = 0;
        var reading = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                Assert.Equal(26, (await archive.Search(archive.Kommunikator, "q=oberoende&limit=200")).Count);
                answers++;
            }
        });

        var first = await BuildBeside(pageSize: 7);
        var second = await BuildBeside(pageSize: 211);
        await stop.CancelAsync();
        await reading;

        Assert.Equal(first, second);
        Assert.Equal(first, await Digests(RecordViewProjection.Live));
        Assert.Equal(RebuildViews.Compared, first.Select(t => t.Table));
        Assert.All(first.Where(t => !OfCasesOnly.Contains(t.Table)), t => Assert.True(t.Rows > 0, t.Table));
        Assert.True(answers > 1, $"{answers} answers");
    }

    private async Task<IReadOnlyList<(string Table, long Rows, string Digest)>> BuildBeside(int pageSize)
    {
        await using (var build = archive.Archive.Databases.Owner.CreateCommand("select archive.build_views_beside($1, $2)"))
        {
            build.Parameters.Add(new() { Value = RebuildViews.Tables.ToArray() });
            build.Parameters.Add(new() { Value = RebuildViews.Functions.ToArray() });
            await build.ExecuteNonQueryAsync();
        }

        var beside = new RecordViewProjection(archive.Archive.Services.GetRequiredService<SealedLog>(), RecordViewProjection.Beside);
        await using var reader = new HoleSafeReader(archive.Archive.Databases.Writer, archive.Archive.Services.GetRequiredService<EventTypes>());
        for (var page = await reader.Read(0, pageSize); page.Events.Count > 0; page = await reader.Read(page.UpTo, pageSize))
        {
            await using var connection = await archive.Archive.Databases.Writer.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await beside.Write(transaction, page.Events, default);
            await transaction.CommitAsync();
        }

        var digests = await Digests(RecordViewProjection.Beside);
        await archive.Run("select archive.drop_views_beside()");
        return digests;
    }

    private async Task<IReadOnlyList<(string Table, long Rows, string Digest)>> Digests(string schema)
    {
        await using var session = await archive.Archive.Databases.Owner.OpenConnectionAsync();
        var digests = new List<(string, long, string)>();
        foreach (var table in RebuildViews.Compared)
        {
            var (rows, digest) = await RebuildViews.Digest(session, schema, table, default);
            digests.Add((table, rows, digest));
        }

        return digests;
    }

    [Fact]
    [Trait("Requirement", "I12")]
    [Trait("Requirement", "I3")]
    public async Task disturbs_neither_readers_nor_writers_nor_the_walls()
    {
        await Work("lugnet", 30);
        var secrets = new List<Guid>();
        for (var n = 0; n < 6; n++)
        {
            await archive.Say($"hem-{n}", $"hemlighet nummer{n}");
            secrets.Add(await archive.Found(archive.Registrator, $"nummer{n}"));
        }

        using var stop = new CancellationTokenSource();
        var answers = 0;
        var reading = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                // A reader without clearance: never a half-built view, never an error, never what is marked just now.
                Assert.Equal(26, (await archive.Search(archive.Kommunikator, "q=lugnet&limit=200")).Count);
                Assert.Equal(HttpStatusCode.OK, (await archive.Anybody.GetAsync(new Uri("/public/diary.json", UriKind.Relative))).StatusCode);
                answers++;
            }
        });
        var writing = Task.Run(async () =>
        {
            for (var round = 0; !stop.IsCancellationRequested; round++)
            {
                var id = secrets[round % secrets.Count];
                await archive.MarkSecret(id);
                Assert.Empty(await archive.Search(archive.Kommunikator, $"q=nummer{round % secrets.Count}"));
                await archive.Do(archive.Cleared, id, "secrecy/lift", new { reason = "Prövat igen." });
                await archive.Say($"ny-{round}", "medan det byggs");
            }
        });

        for (var round = 0; round < 4; round++) Assert.True(await Rebuild() is { Same: true, Switched: true });
        await stop.CancelAsync();
        await Task.WhenAll(reading, writing);

        Assert.True(answers > 4, $"{answers} answers");
        await archive.Shown();
        Assert.True((await Rebuild()).Same);
        await MustBeSound();
    }

    [Fact]
    public async Task tells_of_rows_that_differ_and_takes_the_new_ones_only_when_told_to()
    {
        await Work("avvikelse", 10);
        await archive.Run("update views.all_records set text = 'ändrad för hand' where text like '%avvikelse%' and wall = 'open'; delete from views.all_acts where seq = (select min(seq) from views.all_acts)");

        var refused = await Rebuild();
        Assert.False(refused.Switched);
        Assert.Equal(["all_acts", "all_records"], refused.Tables.Where(t => !t.Same).Select(t => t.Table).Order());
        Assert.NotEmpty(await archive.Column("select record_id from views.all_records where text = 'ändrad för hand'"));

        var accepted = await Rebuild(accept: true);
        Assert.True(accepted.Switched);
        Assert.Empty(await archive.Column("select record_id from views.all_records where text = 'ändrad för hand'"));
        Assert.True((await Rebuild()).Same);
    }

    [Fact]
    public async Task that_is_killed_leaves_the_views_as_they_were_and_is_cleared_away()
    {
        await Work("avbrott", 10);
        var before = await archive.Column("select oid from pg_class where relnamespace = 'views'::regnamespace and relname = 'all_records'");
        await archive.Run("select archive.build_views_beside(array['all_records', 'record_view', 'record_view_secret'], array['place_records'])");

        await archive.Archive.Services.GetRequiredService<RebuildViews>().ClearAway(default);

        Assert.Equal(before, await archive.Column("select oid from pg_class where relnamespace = 'views'::regnamespace and relname = 'all_records'"));
        Assert.Equal(["0"], await archive.Column("select count(*) from pg_namespace where nspname in ('views_next', 'views_old')"));
        Assert.True((await Rebuild()).Same);
    }

    [Fact]
    public async Task is_one_persons_work_at_a_time_and_can_be_broken_off()
    {
        await Work("ensam", 8);
        await using (var turn = await archive.Archive.Databases.Owner.OpenConnectionAsync())
        {
            await using var take = new Npgsql.NpgsqlCommand("select pg_advisory_lock(hashtextextended('archive:rebuild', 0))", turn);
            await take.ExecuteNonQueryAsync();
            await Assert.ThrowsAsync<RebuildRunning>(() => Rebuild());
            await using var give = new Npgsql.NpgsqlCommand("select pg_advisory_unlock_all()", turn);
            await give.ExecuteNonQueryAsync();
        }

        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => archive.Archive.Services.GetRequiredService<RebuildViews>().Run(false, null, cancelled.Token));
        Assert.True((await Rebuild()).Switched);
    }

    [Fact]
    public async Task of_another_version_happens_by_itself_and_only_then()
    {
        await Work("uppgradering", 10);
        var rebuild = archive.Archive.Services.GetRequiredService<RebuildViews>();
        Assert.False(await rebuild.IsOfAnotherVersion(default));
        await using (var standing = new ViewsOfAnotherBuild(archive))
        {
            await standing.Pretend();
            Assert.True(await rebuild.IsOfAnotherVersion(default));

            // An archive just brought to a new version is not called damaged for views that the service builds anew when it starts.
            var report = await ActivatorUtilities.CreateInstance<VerifyArchive>(archive.Archive.Services).Run(null, default);
            Assert.Equal(["views-of-another-version"], report.Findings.Where(f => f.Code.StartsWith("view", StringComparison.Ordinal) || f.Code == "projection-behind").Select(f => f.Code));

            var rebuilt = await rebuild.Run(acceptDifferences: true, null, default);

            Assert.True(rebuilt is { Switched: true, Tables: [] });
            Assert.False(await rebuild.IsOfAnotherVersion(default));
            Assert.Empty(await archive.Column("select record_id from views.all_records where text = 'som den förra skrev'"));
        }

        await archive.Say("sedan", "efteruppgraderingen");
        Assert.Single(await archive.Search(archive.Registrator, "q=efteruppgraderingen"));
        await MustBeSound();
    }

    /// <summary>Makes the views look like those of a build before this one, while this one's projection stands still.</summary>
    private sealed class ViewsOfAnotherBuild(ViewedArchive archive) : IAsyncDisposable
    {
        private Npgsql.NpgsqlConnection? leader;

        public async Task Pretend()
        {
            // The session that leads is ended, and the lead taken before it comes back.
            leader = await archive.Archive.Databases.Writer.OpenConnectionAsync();
            while (true)
            {
                await using var kill = archive.Archive.Database!.Superuser.CreateCommand("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted and pid <> pg_backend_pid() and database = (select oid from pg_database where datname = current_database()) and objsubid = 1 and classid <> 0");
                await kill.ExecuteNonQueryAsync();
                await using var take = new Npgsql.NpgsqlCommand("select pg_try_advisory_lock(hashtextextended('archive:records:v3', 0))", leader);
                if ((bool)(await take.ExecuteScalarAsync())!) break;
                await Task.Delay(50);
            }

            await archive.Run("""
                update archive.mt_event_progression set name = 'archive:records:v0' where name = 'archive:records:v3';
                update views.all_records set text = 'som den förra skrev' where wall = 'open'
                """);
        }

        public async ValueTask DisposeAsync()
        {
            await using (var give = new Npgsql.NpgsqlCommand("select pg_advisory_unlock_all()", leader)) await give.ExecuteNonQueryAsync();
            await leader!.DisposeAsync();
        }
    }

    private Task<Rebuilt> Rebuild(bool accept = false) => archive.Archive.Services.GetRequiredService<RebuildViews>().Run(accept, null, default);

    /// <summary>Records of every sort: edited, taken down, registered, released, secret, unassessed, reacted to, deleted.</summary>
    private async Task Work(string word, int records)
    {
        for (var n = 0; n < records; n++) await archive.Say($"{word}-{n}", $"{word} nummer {n}", by: $"Avsändare {n % 7}", kind: n is 1 or 2 ? "dm" : "comment");
        await archive.Capture(ViewedArchive.Comment($"{word}-3", $"{word} rättad", "2026-03-01T13:00:00Z", "Avsändare 3", act: "edit"), ViewedArchive.Comment($"{word}-4", word, act: "delete", at: "2026-03-02T13:00:00Z"),
            new { act = "react", nativeId = "r1", parentNativeId = $"{word}-5", author = new { nativeId = "acct:R", displayName = "R" }, reactionKind = "like", occurredAt = "2026-03-01T14:00:00Z" });
        var all = (await archive.Search(archive.Registrator, $"q={word}&limit=200")).Select(r => r.GetProperty("id").GetGuid()).ToList();
        var open = (await archive.Search(archive.Kommunikator, $"q={word}&state=visible&limit=200")).Select(r => r.GetProperty("id").GetGuid()).ToList();
        Assert.Equal(records, all.Count);
        await archive.Do(archive.Registrator, open[0], "unpublish", new { grounds = new[] { "INSULT" }, motivation = $"Motivering {word}" });
        await archive.Register(open[1], $"sak {word}", "Avsändare 1");
        await archive.Shown();
        await archive.Do(archive.Registrator, open[1], "release", new { });
        await archive.MarkSecret(open[2]);
        if (records >= 30) await archive.MarkSecret(open[3]);
        await archive.Shown();
    }

    private async Task MustBeSound()
    {
        var report = await ActivatorUtilities.CreateInstance<VerifyArchive>(archive.Archive.Services).Run(null, default);
        Assert.True(report.IsSound, string.Join('\n', report.Findings.Select(f => $"{f.Code} {f.What}")));
    }

    /// <summary>Everything about the tables but their rows: columns, keys, indexes, partitions, rights, and what has no statistics.</summary>
    private Task<IReadOnlyList<string>> Shape() => archive.Column("""
        select line from (
          select format('%s %s %s', c.relname, c.relkind, c.relacl::text) as line from pg_class c where c.relnamespace = 'views'::regnamespace and c.relkind in ('r', 'p', 'v', 'i', 'I')
          union all
          select format('%s.%s %s %s %s %s %s', c.relname, a.attname, a.atttypid::regtype, a.attnotnull, a.attstattarget, a.attgenerated, a.attacl::text)
          from pg_attribute a join pg_class c on c.oid = a.attrelid where c.relnamespace = 'views'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
          union all
          select pg_get_indexdef(c.oid) from pg_class c where c.relnamespace = 'views'::regnamespace and c.relkind in ('i', 'I')
          union all
          select format('%s %s %s', n.conrelid::regclass, n.conname, pg_get_constraintdef(n.oid)) from pg_constraint n where n.connamespace = 'views'::regnamespace
          union all
          select format('%s of %s %s', i.inhrelid::regclass, i.inhparent::regclass, pg_get_expr(c.relpartbound, c.oid)) from pg_inherits i join pg_class c on c.oid = i.inhrelid where c.relnamespace = 'views'::regnamespace
          union all
          select format('%s %s', p.oid::regprocedure, p.proacl::text) from pg_proc p where p.pronamespace = 'views'::regnamespace
        ) lines order by line collate "C"
        """);
}
