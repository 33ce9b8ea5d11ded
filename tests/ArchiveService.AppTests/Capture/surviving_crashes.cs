using System.Net;
using ArchiveService.AppTests.Hosting;
using ArchiveService.Features.Records;
using Npgsql;

namespace ArchiveService.AppTests.Capture;

/// <summary>The process itself is killed (SIGKILL), not only its connection to the database.</summary>
public sealed class A_killed_process(IntakeArchive intake) : IClassFixture<IntakeArchive>
{
    [Fact]
    public async Task that_was_capturing_leaves_an_archive_that_verifies_and_the_batch_sent_again_gives_everything_once()
    {
        using var service = Verb.Start(intake.Served, "--urls=http://127.0.0.1:0");
        using var http = new HttpClient { BaseAddress = await service.Address() };
        http.DefaultRequestHeaders.Authorization = new("Bearer", await intake.Served.Token("Mo Moderator", [new("moderator")]));
        var lines = string.Join('\n', Enumerable.Range(0, 1000).Select(i => IntakeArchive.Comment(
            $"killed-{i}", $"Nummer {i}", more: i % 100 == 7 ? ""","attachments":[{"fileName":"a.txt","contentBase64":"aGVq"}]""" : "")));
        using var body = new StringContent(lines, System.Text.Encoding.UTF8, "application/x-ndjson");
        var sending = http.PostAsync(IntakeArchive.Address($"/api/v1/channels/{intake.Channel}/captures"), body);

        // Stopped in the middle of its second transaction, the first one committed.
        await using var holder = await intake.Served.Database!.Superuser.OpenConnectionAsync();
        while (await Stored() == 0) await Task.Delay(2);
        await using (var hold = await holder.BeginTransactionAsync())
        {
            await Command(holder, "lock table archive.sealed_content in exclusive mode");
            await service.Kill();
            await hold.RollbackAsync();
        }

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => sending);
        await NobodyWrites(holder);
        var stored = await Stored();
        Assert.InRange(stored, 1, 999);
        Assert.Empty(await intake.Faults());

        var again = await intake.Capture(lines.Split('\n'));

        Assert.Equal((1000 - stored, stored), (again.GetProperty("accepted").GetInt64(), again.GetProperty("duplicates").GetInt64()));
        Assert.Empty(await intake.Faults());
    }

    [Fact]
    public async Task that_was_importing_and_is_run_again_gives_what_an_uninterrupted_one_gives()
    {
        var (cut, whole) = (await intake.NewChannel("facebook", "cut"), await intake.NewChannel("facebook", "whole"));
        var lines = Enumerable.Range(0, 3000).SelectMany(i => new[]
        {
            IntakeArchive.Comment($"i-{i}", $"Nummer {i}", author: $"{i % 7}", more: i % 200 == 3 ? ""","attachments":[{"fileName":"a.txt","contentBase64":"aGVq"}]""" : ""),
            IntakeArchive.Comment($"i-{i / 2}", $"Nummer {i / 2}, ändrad", "edit", "2026-03-02T12:00:00Z", $"{i / 2 % 7}"),
        });
        var folder = Directory.CreateTempSubdirectory("archiveservice-kill-");
        var file = Path.Combine(folder.FullName, "uttag.ndjson");
        await File.WriteAllLinesAsync(file, lines);
        await using var holder = await intake.Served.Database!.Superuser.OpenConnectionAsync();

        using (var import = Verb.Start(intake.Served, "import", "ndjson", file, "--channel", $"{cut}"))
        {
            while (await Of(cut) == 0 && !import.HasEnded) await Task.Delay(2);
            await import.Kill();
        }

        await NobodyWrites(holder);
        Assert.InRange(await Of(cut), 1, 2999);
        Assert.Empty(await intake.Faults());
        var (code, said) = await Verb.Run(intake.Served, "import", "ndjson", file, "--channel", $"{cut}");
        Assert.True(code == 0, said);
        (code, said) = await Verb.Run(intake.Served, "import", "ndjson", file, "--channel", $"{whole}");
        Assert.True(code == 0, said);

        Assert.Equal(3000, await Of(whole));
        Assert.Equal(await Told(whole), await Told(cut));
        Assert.Empty(await intake.Faults());
        folder.Delete(recursive: true);
    }

    private Task<long> Stored() => intake.Served.Value<long>($"select count(*) from archive.record_states where channel_id = '{intake.Channel}'");

    private Task<long> Of(Guid channel) => intake.Served.Value<long>($"select count(*) from archive.record_states where channel_id = '{channel}'");

    /// <summary>What a channel's records went through, without ids and times of recording.</summary>
    private async Task<List<string>> Told(Guid channel)
    {
        var told = new List<string>();
        for (var i = 0; i < 3000; i++)
        {
            var history = await intake.Get<ArchiveService.Sealing.SealedLog>().Store.ReadStream(intake.RecordId($"i-{i}", channel));
            told.Add($"{i}: {string.Join(' ', history.Select(h => h.Name))}");
        }

        return told;
    }

    /// <summary>The server notices a killed client only when it next speaks to it.</summary>
    private static async Task NobodyWrites(NpgsqlConnection by)
    {
        await using var query = new NpgsqlCommand("select count(*) from pg_stat_activity where datname = current_database() and usename = 'archive_writer' and state <> 'idle'", by);
        for (var i = 0; i < 400 && await query.ExecuteScalarAsync() is > 0L; i++) await Task.Delay(50);
    }

    private static async Task Command(NpgsqlConnection on, string sql)
    {
        await using var command = new NpgsqlCommand(sql, on);
        await command.ExecuteNonQueryAsync();
    }
}

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
        Assert.Empty(await intake.Faults());
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
