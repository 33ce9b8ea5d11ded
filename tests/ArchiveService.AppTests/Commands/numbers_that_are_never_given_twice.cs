using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Cases;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Persons;
using ArchiveService.Features.Verify;
using ArchiveService.Hosting.Embedded;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

/// <summary>Unique and without gaps whatever fails, at the turn of the year and after a restore (I7).</summary>
public sealed class Numbers_that_are_never_given_twice
{
    [Fact]
    [Trait("Requirement", "I7")]
    public async Task by_64_registrars_at_once_whose_connections_are_cut()
    {
        await using var served = await ServedArchive.Start();
        var registrator = await Ready(served);
        var records = await Comments(served, registrator, 128);
        using var over = new CancellationTokenSource();
        var cutting = Cut(served, over.Token);

        var numbers = new System.Collections.Concurrent.ConcurrentBag<string>();
        await Task.WhenAll(Enumerable.Range(0, 64).Select(async of =>
        {
            for (var i = of; i < records.Count; i += 64)
            {
                // A few want what does not exist, and roll back first.
                if (i % 5 == 0) (await registrator.PostAsJsonAsync(At($"/api/v1/records/{records[i]}/register"), new { caseId = records[i], subject = "Finns inte" })).Dispose();
                numbers.Add(await Registered(served, registrator, records[i]));
            }
        }));
        await over.CancelAsync();
        var cuts = await cutting;

        Assert.True(cuts > 0, "No connection was cut.");
        Assert.Equal(records.Count, numbers.Distinct().Count());
        Assert.Equal(
            string.Join(',', Enumerable.Range(1, records.Count)),
            await served.Value<string>("select string_agg(number::text, ',' order by number) from archive.cases"));
        Assert.Equal(records.Count, await served.Value<long>("select last from archive.diary_counters"));
        Assert.Equal(records.Count, await served.Value<long>("select count(*) from archive.diary_entries"));
        Assert.DoesNotContain((await Verified(served)).Findings, f => f.Severity == Severity.Error && f.Code.StartsWith("diary", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Requirement", "I7")]
    public async Task at_the_turn_of_the_year_in_Stockholm()
    {
        await using var served = await ServedArchive.Start();
        var registrator = await Ready(served);
        var records = await Comments(served, registrator, 3);

        // A registration is recorded no earlier than its streams: they set its clock.
        async Task<string> Numbered(int record, string clock)
        {
            await served.Value<object>($"update archive.mt_streams set timestamp = '{clock}' where id = '{records[record]}' returning 1");
            return (await Ok(await registrator.PostAsJsonAsync(At($"/api/v1/records/{records[record]}/register"), NewCase()))).GetProperty("diaryNumber").GetString()!;
        }

        Assert.Equal("KS 2090/1", await Numbered(0, "2090-12-31T22:59:59.9Z"));
        Assert.Equal("KS 2091/1", await Numbered(1, "2090-12-31T23:00:00Z"));
        Assert.Equal("KS 2090/2", await Numbered(2, "2090-12-31T22:59:59Z"));
    }

    [Fact]
    [Trait("Requirement", "I7")]
    public async Task after_a_restore_that_lost_the_last_of_them()
    {
        await using var served = await ServedArchive.Start();
        var registrator = await Ready(served);
        var records = await Comments(served, registrator, 8);
        var year = LocalYear.Of(TimeProvider.System.GetUtcNow());
        for (var i = 0; i < 3; i++) Assert.Equal($"KS {year}/{i + 1}", await Registered(served, registrator, records[i]));
        var dump = Path.Combine(served.DataFolder, "archive.dump");
        await Run("pg_dump", served.Database!.SuperuserConnection, "--format=custom", "--file", dump);
        for (var i = 3; i < 6; i++) await Registered(served, registrator, records[i]);

        await using var database = await PostgresServer.NewEmptyDatabase();
        await Run("pg_restore", database.SuperuserConnection, "--clean", "--if-exists", "--dbname", database.Name, dump);
        var settings = database.Settings.ToDictionary(s => s.Key, s => s.Value);
        settings["Keys:MasterKeyFile"] = Path.Combine(served.DataFolder, "keys.json");
        await using var restored = await ServedArchive.Start(settings: settings);
        var resume = ActivatorUtilities.CreateInstance<ResumeLog>(restored.Services);
        Assert.Equal(3, await restored.Value<long>("select count(*) from archive.cases"));

        var lost = TimeProvider.System.GetUtcNow().AddMinutes(-1);
        // What is outside the database knows more than it does.
        await restored.Services.GetRequiredService<ErasureLedger>().Append(new(Guid.CreateVersion7(lost), 1, Guid.CreateVersion7(lost), lost, 1, [], []), default);
        var again = restored.Program(await restored.Token("Rut Registrator", [new("admin"), new("moderator"), new("registrator")]));
        Assert.Equal((503, "log-behind"), await Refused(await again.PostAsJsonAsync(At($"/api/v1/records/{records[6]}/register"), NewCase())));

        Assert.Equal("number-unread", (await resume.Run([new("KS", "BUN 2026/6")], false, CommandLineCaller.Caller, default)).Refused?.Code);
        Assert.Equal("authority-unknown", (await resume.Run([new("NEJ", "NEJ 2026/6")], false, CommandLineCaller.Caller, default)).Refused?.Code);
        Assert.Single((await resume.Run([new("KS", $"KS {year}/6")], true, CommandLineCaller.Caller, default)).Resumed);
        Assert.Equal(0, await restored.Value<long>("select count(*) from archive.voided_numbers"));
        var resumed = Assert.Single((await resume.Run([new("KS", $"ks {year} / 6-1"), new("KS", $"KS {year}/5")], false, CommandLineCaller.Caller, default)).Resumed);
        Assert.Equal([$"KS {year}/4", $"KS {year}/5", $"KS {year}/6"], resumed.Numbers);
        Assert.Empty((await resume.Run([new("KS", $"KS {year}/6")], false, CommandLineCaller.Caller, default)).Resumed);

        Assert.Equal($"KS {year}/7", await Registered(restored, again, records[6]));
        var gone = await Ok(await again.GetAsync(At($"/api/v1/diary/{Uri.EscapeDataString($"KS {year}/5")}")));
        Assert.Equal(("resumed", 0), (gone.GetProperty("voided").GetProperty("why").GetString(), gone.GetProperty("documents").GetArrayLength()));
        Assert.Contains("Utgår (återläsning)", WebUtility.HtmlDecode(await restored.Program().GetStringAsync(At($"/public/diary?q={Uri.EscapeDataString($"KS {year}/5")}"))), StringComparison.Ordinal);
        var happened = Assert.Single(await Events(restored));
        Assert.Equal((4L, 6L), (happened.Skipped[0].From, happened.Skipped[0].Until));
        Assert.DoesNotContain((await Verified(restored)).Findings, f => f.Severity == Severity.Error && (f.Code.StartsWith("diary", StringComparison.Ordinal) || f.Code.StartsWith("voided", StringComparison.Ordinal)));

        // A number that vanished without that is told.
        await restored.Value<object>("update archive.diary_counters set last = last + 1 returning 1");
        Assert.Contains((await Verified(restored)).Findings, f => f.Code == "diary-number-gap");
    }

    private static async Task<IReadOnlyList<LogResumed>> Events(ServedArchive served)
    {
        var id = await served.Value<Guid>("select stream_id from archive.mt_events where type = 'log_resumed'");
        return [.. (await served.Services.GetRequiredService<SealedLog>().Store.ReadStream(id)).Select(e => (LogResumed)e.Event)];
    }

    private static Task<Verification> Verified(ServedArchive served) => ActivatorUtilities.CreateInstance<VerifyArchive>(served.Services).Run(null, default);

    internal static async Task<HttpClient> Ready(ServedArchive served)
    {
        await served.Services.GetRequiredService<ArchiveService.Attachments.IObjectStore>().Probe(default);
        var client = served.Program(await served.Token("Rut Registrator", [new("admin"), new("kommunikator"), new("moderator"), new("registrator")]));
        await Ok(await client.PutAsJsonAsync(At("/api/v1/authorities/KS"), new { name = "Kommunstyrelsen", preset = "toreboda" }));
        return client;
    }

    internal static async Task<List<Guid>> Comments(ServedArchive served, HttpClient client, int count)
    {
        var channel = (await Ok(await client.PostAsJsonAsync(At("/api/v1/channels"), new { authority = "KS", platform = "facebook", nativeAccountId = "own", handle = "ks", purpose = "Dialog" }))).GetProperty("id").GetGuid();
        var lines = Enumerable.Range(0, count).Select(n => JsonSerializer.Serialize(new
        {
            act = "create",
            nativeId = $"c{n}",
            kind = "comment",
            author = new { nativeId = "77", displayName = "Nils Låtsasson" },
            audience = "public",
            occurredAt = "2026-03-01T12:00:00Z",
            text = $"Fråga {n}",
        }));
        using var content = new StringContent(string.Join('\n', lines), Encoding.UTF8, "application/x-ndjson");
        await Ok(await client.PostAsync(At($"/api/v1/channels/{channel}/captures"), content));
        var ids = served.Services.GetRequiredService<KeyedIds>();
        return [.. Enumerable.Range(0, count).Select(n => ids.Record(channel, "facebook", "native", $"c{n}"))];
    }

    /// <summary>Until it is done: who is cut off tries again, and may find that it was done after all.</summary>
    internal static async Task<string> Registered(ServedArchive served, HttpClient client, Guid record)
    {
        for (var attempt = 0; attempt < 60; attempt++)
        {
            using var answer = await client.PostAsJsonAsync(At($"/api/v1/records/{record}/register"), NewCase());
            if (answer.IsSuccessStatusCode) return (await Ok(answer)).GetProperty("diaryNumber").GetString()!;
            if (answer.StatusCode == HttpStatusCode.Conflict)
                return Features.Records.RecordState.From(await served.Services.GetRequiredService<SealedLog>().Store.ReadStream(record)).DiaryNumber ?? throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
            await Task.Delay(20);
        }

        throw new TimeoutException($"{record} was never registered.");
    }

    private static async Task<int> Cut(ServedArchive served, CancellationToken over)
    {
        var (cuts, random) = (0, new Random(64));
        await using var superuser = await served.Database!.Superuser.OpenConnectionAsync(CancellationToken.None);
        while (!over.IsCancellationRequested && cuts < 40)
        {
            await using var shoot = new NpgsqlCommand("""
                select count(pg_terminate_backend(pid))::int from (
                  select pid from pg_stat_activity where datname = current_database() and usename = 'archive_writer' and (state = 'idle in transaction' or wait_event_type = 'Lock') order by random() limit 1) one
                """, superuser);
            cuts += (int)(await shoot.ExecuteScalarAsync(CancellationToken.None))!;
            await Task.Delay(random.Next(10, 60), CancellationToken.None);
        }

        return cuts;
    }

    internal static async Task Run(string program, string connection, params string[] arguments)
    {
        var binaries = await PostgresBinaries.Find(null, default);
        using var process = Process.Start(StoreSoak.Program(binaries, program, connection, arguments))!;
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }
}
