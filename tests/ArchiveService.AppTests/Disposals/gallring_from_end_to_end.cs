using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.AppTests.Commands;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Verify;
using ArchiveService.Hosting;
using ArchiveService.Hosting.Embedded;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.Disposals;

/// <summary>The trial mode as ./run starts it: one data folder with its own PostgreSQL, keys, attachments and erasure ledger.</summary>
public sealed class Gallring_from_end_to_end
{
    // Nothing of these may be left anywhere afterwards; long enough not to occur by chance.
    private const string Text = "kvistfinkarnas", Name = "Järpabergsson", Handle = "jarpabergarn", FileName = "lavskrikebild", Subject = "tornseglardebatten", Motivation = "nattskärrekrav";

    private static readonly string[] Words = [Text, Name, Handle, FileName, Subject, Motivation];

    [Fact]
    public async Task destroys_until_not_a_byte_of_it_is_left_on_the_disk()
    {
        await using var served = await ServedArchive.Start(embedded: true);
        await served.Services.GetRequiredService<ArchiveService.Attachments.IObjectStore>().Probe(default);
        var (record, kept, channel) = await FilledArchive(served);
        var embedded = served.Services.GetRequiredService<Installation>().Embedded!;

        // The test would prove nothing if the words were not there before.
        await Do(served, "checkpoint");
        var before = await Dump(embedded);
        Assert.All(Words, word => Assert.Contains(word, before, StringComparison.Ordinal));
        Assert.All(Words, word => Assert.NotEmpty(FilesWith(word, embedded.Cluster, served.DataFolder)));

        var certificate = await Gallra(served);
        Assert.StartsWith("raderad, slutförs senast ", certificate.GetProperty("status").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Words, word => certificate.GetRawText().Contains(word, StringComparison.Ordinal));

        var scrubbed = await served.Services.GetRequiredService<Scrub>().Run(Caller.System, default);
        Assert.Equal((1, 0L), (scrubbed.Runs, scrubbed.OldLog));

        var after = await Dump(embedded);
        Assert.All(Words, word => Assert.DoesNotContain(word, after, StringComparison.Ordinal));
        Assert.All(Words, word => Assert.Empty(FilesWith(word, embedded.Cluster, served.DataFolder)));

        // What was not to be destroyed is there, and the whole archive verifies.
        var staff = served.Program(await served.Token("Rut Registrator", [new("registrator"), new("moderator")]));
        var found = await CommandArchive.Ok(await staff.GetAsync(At("/api/v1/records?q=blåmesarnas")));
        Assert.Equal(kept, found.GetProperty("items")[0].GetProperty("id").GetGuid());
        foreach (var word in Words)
            Assert.Equal(0, (await CommandArchive.Ok(await staff.GetAsync(At($"/api/v1/records?q={Uri.EscapeDataString(word)}")))).GetProperty("items").GetArrayLength());
        var report = await ActivatorUtilities.CreateInstance<VerifyArchive>(served.Services).Run(null, default);
        Assert.Equal([], report.Findings.Where(f => f.Severity == Severity.Error).Select(f => $"{f.Code} {f.What}"));
        Assert.Equal((1L, 1L), (report.Counts["destroyed records"], report.Counts["erasure ledger entries"]));

        // It comes again from the platform: counted, stored nowhere.
        var again = await Capture(served, channel, Comment("c-1", Text));
        Assert.Equal((0, 1), (again.GetProperty("accepted").GetInt32(), again.GetProperty("disposed").GetInt32()));
        Assert.Empty(FilesWith(Text, embedded.Cluster, served.DataFolder));
        Assert.NotEqual(record, kept);
    }

    private static async Task<(Guid Record, Guid Kept, Guid Channel)> FilledArchive(ServedArchive served)
    {
        var everybody = served.Program(await served.Token("Ada Admin", [new("admin"), new("kommunikator"), new("moderator"), new("registrator")]));
        await CommandArchive.Ok(await everybody.PutAsJsonAsync(At("/api/v1/authorities/HKS"), new { name = "Nämnden", preset = "herrljunga", policy = new Dictionary<string, string> { ["disposal.coolingOffDays"] = "0" } }));
        var channel = (await CommandArchive.Ok(await everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = "HKS", platform = "facebook", nativeAccountId = "own", handle = "kommunen", purpose = "Dialog" }))).GetProperty("id").GetGuid();
        await Capture(served, channel, Comment("c-1", $"Om {Text} och annat", new { fileName = $"{FileName}.png", mediaType = "image/png", contentBase64 = Convert.ToBase64String(Encoding.UTF8.GetBytes(Text + new string('x', 4000))) }));
        await Capture(served, channel, Comment("c-2", "Om blåmesarnas väl", at: "2026-05-01T12:00:00Z"));
        var ids = served.Services.GetRequiredService<KeyedIds>();
        var (record, kept) = (ids.Record(channel, "facebook", "native", "c-1"), ids.Record(channel, "facebook", "native", "c-2"));

        // Taken down with a motivation, and so registered with it (H-25); and a subject of its own in the diary.
        await CommandArchive.Ok(await everybody.PostAsJsonAsync(At($"/api/v1/records/{record}/register"), new { newCase = new { title = "Naturvård" }, subject = Subject }));
        await CommandArchive.Ok(await everybody.PostAsJsonAsync(At($"/api/v1/records/{record}/unpublish"), new { grounds = new[] { "INSULT" }, motivation = Motivation }));
        var last = await served.Value<long>("select max(seq_id) from archive.mt_events");
        Assert.True(await served.Services.GetRequiredService<DisposalVerification>().ProjectionsHavePassed(last, TimeSpan.FromSeconds(30), default));
        return (record, kept, channel);
    }

    private static async Task<JsonElement> Gallra(ServedArchive served)
    {
        var anna = served.Program(await served.Token("Anna Arkivarie", [new("arkivarie")]));
        var bo = served.Program(await served.Token("Bo Arkivarie", [new("arkivarie")]));
        var decision = await CommandArchive.Ok(await anna.PostAsJsonAsync(At("/api/v1/retention/decisions"),
            new { authority = "HKS", reference = "KS § 94/2020-05-25", decidingBody = "kommunstyrelsen", decidedOn = "2020-05-25", recordTypes = new[] { "comment" }, frist = "P2Y" }));
        var rule = await CommandArchive.Ok(await anna.PostAsJsonAsync(At("/api/v1/retention/rules"),
            new { authority = "HKS", decision = decision.GetProperty("id").GetGuid(), name = "Kommentarer", countedFrom = "received", classes = new[] { "content", "register" } }));
        var work = await CommandArchive.Ok(await anna.GetAsync(At("/api/v1/retention/worklist?authority=HKS")));
        Assert.Equal((1, 1), (work.GetProperty("rules")[0].GetProperty("due").GetInt32(), work.GetProperty("items").GetArrayLength()));

        var run = await CommandArchive.Ok(await anna.PostAsJsonAsync(At("/api/v1/disposals"), new { rule = rule.GetProperty("id").GetGuid(), dueBefore = "2026-06-01" }));
        var path = $"/api/v1/disposals/{run.GetProperty("id").GetGuid()}";
        Assert.Equal((403, "not-allowed"), await CommandArchive.Refused(await served.Program(await served.Token("Mo Moderator", [new("moderator")])).PostAsync(At($"{path}/approve"), null)));
        Assert.Equal((409, "same-person"), await CommandArchive.Refused(await anna.PostAsync(At($"{path}/approve"), null)));
        Assert.Equal((409, "not-executed"), await CommandArchive.Refused(await anna.GetAsync(At($"{path}/certificate"))));
        await CommandArchive.Ok(await bo.PostAsync(At($"{path}/approve"), null));
        await CommandArchive.Ok(await anna.PostAsync(At($"{path}/execute"), null));
        for (var i = 0; i < 120; i++)
        {
            var now = await CommandArchive.Ok(await anna.GetAsync(At(path)));
            if (now.GetProperty("state").GetString() == "completed") break;
            await Task.Delay(500);
        }

        var certificate = await CommandArchive.Ok(await anna.GetAsync(At($"{path}/certificate.json")));
        Assert.Equal(("Anna Arkivarie", "Bo Arkivarie", "Anna Arkivarie"),
            (Signed(certificate, "proposed"), Signed(certificate, "approved"), Signed(certificate, "executed")));
        return certificate;
    }

    private static string? Signed(JsonElement certificate, string who) => certificate.GetProperty(who).GetProperty("name").GetString();

    private static object Comment(string native, string text, object? attachment = null, string at = "2020-03-01T12:00:00Z") => new
    {
        act = "create",
        nativeId = native,
        kind = "comment",
        audience = "public",
        occurredAt = at,
        text,
        attachments = attachment is null ? [] : new[] { attachment },
        author = native == "c-1" ? new { nativeId = "77", displayName = Name, handle = Handle } : new { nativeId = "78", displayName = "Nils Låtsasson", handle = "nils" },
    };

    private static async Task<JsonElement> Capture(ServedArchive served, Guid channel, object act)
    {
        using var content = new StringContent(JsonSerializer.Serialize(act), Encoding.UTF8, "application/x-ndjson");
        var moderator = served.Program(await served.Token("Mo Moderator", [new("moderator")]));
        return await CommandArchive.Ok(await moderator.PostAsync(At($"/api/v1/channels/{channel}/captures"), content));
    }

    private static async Task Do(ServedArchive served, string sql)
    {
        await using var command = served.Databases.Owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string> Dump(EmbeddedPostgres embedded)
    {
        var binaries = await PostgresBinaries.Find(null, default);
        var server = new Npgsql.NpgsqlConnectionStringBuilder(embedded.Superuser);
        var start = new ProcessStartInfo(binaries["pg_dump"], ["-h", server.Host!, "-p", $"{server.Port}", "-U", server.Username!, server.Database!])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
            StandardOutputEncoding = Encoding.UTF8,
        };
        start.Environment["PGPASSWORD"] = server.Password;
        using var dumping = Process.Start(start)!;
        var dump = await dumping.StandardOutput.ReadToEndAsync();
        await dumping.WaitForExitAsync();
        Assert.Equal(0, dumping.ExitCode);
        return dump;
    }

    /// <summary>Every file of the cluster (tables, indexes, statistics, write-ahead log) and of the data folder (server log, objects, ledger).</summary>
    private static List<string> FilesWith(string word, params string[] folders)
    {
        var bytes = Encoding.UTF8.GetBytes(word);
        var found = new List<string>();
        foreach (var file in folders.SelectMany(f => Directory.EnumerateFiles(f, "*", SearchOption.AllDirectories)).Distinct(StringComparer.Ordinal))
        {
            try
            {
                if (File.ReadAllBytes(file).AsSpan().IndexOf(bytes) >= 0) found.Add(file);
            }
            catch (FileNotFoundException)
            {
                // The server removed it meanwhile.
            }
        }

        return found;
    }

    private static Uri At(string path) => new(path, UriKind.Relative);
}
