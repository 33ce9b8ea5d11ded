using System.Net;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.AppTests.Capture;

public sealed class A_crash_during_capture(IntakeArchive intake) : IClassFixture<IntakeArchive>
{
    [Fact]
    public async Task leaves_nothing_half_and_the_batch_sent_again_gives_everything_once()
    {
        var lines = Enumerable.Range(0, 40).Select(i => IntakeArchive.Comment(
            $"crash-{i}", $"Nummer {i}", more: i < 3 ? ""","attachments":[{"fileName":"a.txt","contentBase64":"aGVq"}]""" : "")).ToList();
        var before = (Objects: (await intake.Objects()).Count, Records: await Records(), Attachments: await Attachments());
        await using var holder = await intake.Served.Database!.Superuser.OpenConnectionAsync();
        await using var hold = await holder.BeginTransactionAsync();

        // Readers pass; the append stops in the middle of its transaction, its attachments already stored.
        await Run(holder, "lock table archive.sealed_content in exclusive mode");
        var sent = intake.Send(string.Join('\n', lines));
        var backend = await Waiting(holder);
        Assert.Equal(before.Objects + 3, (await intake.Objects()).Count);
        await Run(holder, $"select pg_terminate_backend({backend})");
        await hold.RollbackAsync();

        var answer = await sent;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("capture-interrupted", await IntakeArchive.Problem(answer));
        Assert.Equal(before.Records, await Records());
        Assert.Equal(before.Objects, (await intake.Objects()).Count);

        var again = await intake.Capture(lines);

        Assert.Equal((40, 0), (again.GetProperty("accepted").GetInt32(), again.GetProperty("duplicates").GetInt32()));
        Assert.Equal(before.Records + 40, await Records());
        Assert.Single(await intake.History("crash-7"));
        Assert.Equal(before.Attachments + 3, await Attachments());
        Assert.Equal(before.Objects + 3, (await intake.Objects()).Count);
    }

    [Fact]
    public async Task after_the_commit_never_destroys_an_attachment_that_was_recorded()
    {
        await intake.Capture(IntakeArchive.Comment("kept-1", more: ""","attachments":[{"fileName":"b.txt","contentBase64":"aGVqaGVq"}]"""));
        var stored = (await intake.History("kept-1")).Select(h => h.Event).OfType<AttachmentStored>().Single();
        var key = AttachmentIntake.ObjectKey(stored.Object);

        // What is asked when the connection broke and nobody knows whether the commit was heard.
        await intake.Get<StrayObjects>().DestroyUnlessRecorded([(key, stored.Object)]);

        Assert.Contains(key, await intake.Objects());
    }

    private Task<long> Records() => intake.Served.Value<long>("select count(*) from archive.mt_streams where type = 'record'");

    private Task<long> Attachments() => intake.Served.Value<long>("select count(*) from archive.attachments");

    private static async Task<int> Waiting(NpgsqlConnection by)
    {
        await using var query = new NpgsqlCommand("""
            select pid from pg_stat_activity
            where datname = current_database() and usename = 'archive_writer' and wait_event_type = 'Lock' and pid in (select pid from pg_locks where relation = 'archive.sealed_content'::regclass and not granted)
            """, by);
        for (var i = 0; i < 600; i++)
        {
            if (await query.ExecuteScalarAsync() is int pid) return pid;
            await Task.Delay(50);
        }

        throw new TimeoutException("No append waits.");
    }

    private static async Task Run(NpgsqlConnection on, string sql)
    {
        await using var command = new NpgsqlCommand(sql, on);
        await command.ExecuteNonQueryAsync();
    }
}
