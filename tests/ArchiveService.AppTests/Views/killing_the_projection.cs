using ArchiveService.AppTests.Hosting;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Verify;
using ArchiveService.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ArchiveService.AppTests.Views;

/// <summary>Parts 9 and 12: whatever the views' worker dies of, what it leaves goes on to the rows that a rebuild gives.</summary>
public sealed class Killing_the_projection : IAsyncLifetime
{
    private readonly StandingViewedArchive archive = new();

    public async Task InitializeAsync()
    {
        await archive.InitializeAsync();
        await archive.Archive.Services.MustStoreAttachments(default);
        await archive.Capture([.. Enumerable.Range(0, 300).SelectMany(i => new[]
        {
            ViewedArchive.Comment($"k-{i}", $"Nummer {i} om snöröjning", $"2026-03-01T12:{i % 60:00}:00Z", $"Avsändare {i % 9}", kind: i % 10 == 3 ? "dm" : "comment"),
            ViewedArchive.Comment($"k-{i}", $"Nummer {i}, ändrad", "2026-03-02T12:00:00Z", $"Avsändare {i % 9}", act: "edit"),
        })]);
        var one = Guid.Parse((await archive.Column("select record_id from archive.record_states where wall = 'open' and record_type = 'comment' order by record_id limit 1"))[0]);
        await archive.Register(one, "registrerad sak", "Avsändare Noll");
        await archive.Do(archive.Registrator, one, "unpublish", new { grounds = new[] { "INSULT" }, motivation = "Motivering av åtgärden." });
    }

    public Task DisposeAsync() => archive.DisposeAsync();

    [Theory]
    [InlineData("views.all_versions")]
    [InlineData("views.all_diary")]
    [InlineData("views.all_account_names")]
    [InlineData("archive.mt_event_progression")]
    public async Task in_the_middle_of_a_page_takes_it_back_whole(string table)
    {
        await using var holder = await archive.Archive.Database!.Superuser.OpenConnectionAsync();
        await using var hold = await holder.BeginTransactionAsync();
        await Do(holder, $"lock table {table} in exclusive mode");
        using var stop = new CancellationTokenSource();
        var working = archive.Archive.Services.GetRequiredService<ProjectionHost>().Worker.Run(stop.Token);

        await Do(holder, $"select pg_terminate_backend({await Waiting(holder, table)})");
        await hold.RollbackAsync();

        await CaughtUp();
        await stop.CancelAsync();
        await working.ContinueWith(_ => { }, TaskScheduler.Default);
        await LikeARebuild();
    }

    [Fact]
    public async Task with_its_whole_process_lets_the_next_one_go_on()
    {
        await using var holder = await archive.Archive.Database!.Superuser.OpenConnectionAsync();
        await using (var hold = await holder.BeginTransactionAsync())
        {
            await Do(holder, "lock table views.all_account_names in exclusive mode");
            using var service = Verb.Start(archive.Archive, "--urls=http://127.0.0.1:0");
            await Waiting(holder, "views.all_account_names");
            await service.Kill();
            await hold.RollbackAsync();
        }

        using var stop = new CancellationTokenSource();
        var working = archive.Archive.Services.GetRequiredService<ProjectionHost>().Worker.Run(stop.Token);
        await CaughtUp();
        await stop.CancelAsync();
        await working.ContinueWith(_ => { }, TaskScheduler.Default);
        await LikeARebuild();
    }

    private async Task LikeARebuild()
    {
        var rows = await archive.Rows();
        Assert.True(rows.Count > 1000);
        var report = await ActivatorUtilities.CreateInstance<VerifyArchive>(archive.Archive.Services).Run(null, default);
        Assert.Equal([], report.Findings.Select(f => $"{f.Code}: {f.What}"));

        await archive.Rebuild(pageSize: 97);
        Assert.Equal(rows, await archive.Rows());
    }

    private async Task CaughtUp()
    {
        var last = await archive.Archive.Value<long>("select max(seq_id) from archive.mt_events");
        Assert.True(await archive.Archive.Services.GetRequiredService<DisposalVerification>().ProjectionsHavePassed(last, TimeSpan.FromSeconds(60), default));
    }

    private static async Task<int> Waiting(NpgsqlConnection by, string table)
    {
        await using var query = new NpgsqlCommand("""
            select l.pid from pg_locks l join pg_class c on c.oid = l.relation
            where not l.granted and (c.oid = $1::regclass or c.oid in (select inhrelid from pg_inherits where inhparent = $1::regclass)) limit 1
            """, by);
        query.Parameters.Add(new() { Value = table });
        for (var i = 0; i < 1200; i++)
        {
            if (await query.ExecuteScalarAsync() is int pid) return pid;
            await Task.Delay(50);
        }

        throw new TimeoutException($"Nobody waits for {table}.");
    }

    private static async Task Do(NpgsqlConnection on, string sql)
    {
        await using var command = new NpgsqlCommand(sql, on);
        await command.ExecuteNonQueryAsync();
    }
}
