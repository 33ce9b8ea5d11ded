using System.Diagnostics;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.AppTests.Commands;
using ArchiveService.Features.Export;
using ArchiveService.Hosting;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.ProofTests;

/// <summary>The way out, while the archive is served: complete by count, whole by proof, and checked by a program that shares nothing with this one.</summary>
[Collection(nameof(CommandArchive))]
public sealed class Taking_everything_out(CommandArchive archive) : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("archiveservice-export-");

    private string Into => Path.Combine(folder.FullName, "uttag");

    public void Dispose() => folder.Delete(recursive: true);

    private Task<ExportCounts> Export(string? into = null, Guid? by = null) =>
        ActivatorUtilities.CreateInstance<ArchiveExport>(archive.Served.Services).All(into ?? Into, by ?? CommandLineCaller.Caller.PersonId, null, default);

    private static IEnumerable<JsonElement> Lines(string file) => File.ReadLines(file).Select(line => JsonDocument.Parse(line).RootElement);

    private static (int Exit, string Said) Independent(string into, string key, [CallerFilePath] string here = "")
    {
        var start = new ProcessStartInfo("python3") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { "-B", Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "independent", "check_export.py"), into, key }) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said);
    }

    [PythonFact]
    [Trait("Requirement", "I5")]
    public async Task gives_every_event_record_file_and_number_in_files_that_can_be_checked_without_us()
    {
        var record = await archive.A_comment("NKS", "Snöröjning på Storgatan, \"tack\"; hälsningar\nNils");
        using (var form = new MultipartFormDataContent { { new ByteArrayContent([0, 1, 2, 253]), "file", "kartan.bin" } })
            await Ok(await archive.Everybody.PostAsync(At($"/api/v1/records/{record}/attachments"), form));
        var number = (await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{record}/register"), NewCase("Snöröjningen")))).GetProperty("diaryNumber").GetString();
        var secret = await archive.A_comment("NKS", "Det hemliga ordet kvistfink");
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{secret}/secrecy"), new { provision = "OSL 26 kap. 1 §" }));
        var locked = await archive.A_comment("NKS", "Det låsta ordet domherre");
        await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/records/{locked}/restrict"), new { description = "En kommentar" }));
        await (await archive.Everybody.GetAsync(At($"/api/v1/records/{secret}/proof?kind=existed&reason=prov"))).Content.ReadAsStringAsync();
        var before = await archive.Served.Value<long>("select max(seq_id) from archive.mt_events");

        // Somebody goes on writing while it is taken out.
        using var ending = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            while (!ending.IsCancellationRequested) await archive.A_comment("TKS", "Medan det tas ut");
        });
        var counts = await Export();
        await ending.CancelAsync();
        await writing;

        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Into));
        Assert.True(counts.LastSequence >= before);
        Assert.Equal(await archive.Served.Value<long>($"select count(*) from archive.mt_events where seq_id <= {counts.LastSequence}"), counts.Lines["events.ndjson"]);
        Assert.Equal(counts.Lines["events.ndjson"], counts.EventsByType.Values.Sum());
        Assert.Equal(1L, await archive.Served.Value<long>($"select count(*) from archive.mt_events where type = 'archive_exported' and user_name = '{CommandLineCaller.Caller.PersonId}' and (data->>'lastSequence')::bigint = {counts.LastSequence} and (data->>'records')::bigint = {counts.Records["all"]}"));
        Assert.Contains("kvistfink", await File.ReadAllTextAsync(Path.Combine(Into, "events.ndjson")), StringComparison.Ordinal);
        Assert.True(counts.Records["secret"] >= 1 && counts.Records["locked"] >= 1);
        foreach (var file in Directory.GetFiles(Into, "*", SearchOption.AllDirectories)) Assert.DoesNotContain("domherre", await File.ReadAllTextAsync(file), StringComparison.Ordinal);

        foreach (var table in ExportTables.All.Where(t => counts.Lines[t.File] > 0))
            Assert.Equal(table.Members.Select(m => m.Name), Lines(Path.Combine(Into, table.File)).First().EnumerateObject().Select(m => m.Name));

        var shown = Lines(Path.Combine(Into, "records.ndjson")).Single(r => r.GetProperty("record").GetGuid() == record);
        Assert.Equal((number, "Snöröjningen"), (shown.GetProperty("diaryNumber").GetString(), shown.GetProperty("subject").GetString()));
        Assert.Contains(Lines(Path.Combine(Into, "diary.ndjson")), d => d.GetProperty("diaryNumber").GetString() == number);
        Assert.Contains(number!, await File.ReadAllTextAsync(Path.Combine(Into, "diary.csv")), StringComparison.Ordinal);
        var attachment = Lines(Path.Combine(Into, "attachments.ndjson")).Single(a => a.GetProperty("record").GetGuid() == record);
        Assert.Equal("kartan.bin", attachment.GetProperty("fileName").GetString());
        Assert.Equal([0, 1, 2, 253], await File.ReadAllBytesAsync(Path.Combine(Into, attachment.GetProperty("file").GetString()!)));
        var persons = await File.ReadAllTextAsync(Path.Combine(Into, "persons.ndjson"));
        Assert.Contains("Rut Registrator", persons, StringComparison.Ordinal);
        Assert.DoesNotContain("pbkdf2", persons, StringComparison.Ordinal);
        foreach (var line in await File.ReadAllLinesAsync(Path.Combine(Into, "manifest-sha256.txt")))
            Assert.Equal(line[..64], Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(Into, line[66..])))));

        var key = Path.Combine(folder.FullName, "nyckel");
        await File.WriteAllTextAsync(key, await archive.Served.Program().GetStringAsync(At("/evidence/key")));
        var (exit, said) = Independent(Into, key);
        Assert.True(exit == 0, said);

        // One letter of one event, put right in the manifest too: the tree tells.
        var path = Path.Combine(Into, "events.ndjson");
        var old = await File.ReadAllTextAsync(path);
        await File.WriteAllTextAsync(path, old.Replace("\"kind\":\"comment\"", "\"kind\":\"comnent\"", StringComparison.Ordinal));
        var manifest = Path.Combine(Into, "manifest-sha256.txt");
        await File.WriteAllTextAsync(manifest, (await File.ReadAllTextAsync(manifest)).Replace(Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(old))), Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path))), StringComparison.Ordinal));
        (exit, said) = Independent(Into, key);
        Assert.True(exit == 1 && said.Contains("vouches for", StringComparison.Ordinal), said);
    }

    [Fact]
    public async Task refuses_a_folder_that_is_not_empty_and_leaves_it_alone()
    {
        Directory.CreateDirectory(Into);
        await File.WriteAllTextAsync(Path.Combine(Into, "annat.txt"), "annat");
        var why = await Assert.ThrowsAsync<CannotStart>(() => Export());
        Assert.Contains("is not empty", why.Message, StringComparison.Ordinal);
        Assert.Equal("annat.txt", Path.GetFileName(Assert.Single(Directory.GetFiles(Into))));
        await Assert.ThrowsAsync<CannotStart>(() => Export(Path.Combine(Into, "annat.txt")));
    }

    /// <summary>Broken off in the middle: the same folder goes on, with the attachments that are whole, without what is no longer in the archive, and with everything else anew.</summary>
    [PythonFact]
    public async Task goes_on_where_it_broke_off()
    {
        var record = await archive.A_comment("NKS", "Bilden på bron");
        using (var form = new MultipartFormDataContent { { new ByteArrayContent([5, 6, 7, 8]), "file", "bron.bin" } })
            await Ok(await archive.Everybody.PostAsync(At($"/api/v1/records/{record}/attachments"), form));
        await (await archive.Everybody.GetAsync(At($"/api/v1/records/{record}/proof?kind=existed"))).Content.ReadAsStringAsync();
        using (var broken = new CancellationTokenSource())
        {
            // Behind the last event: every attachment has been written.
            var export = ActivatorUtilities.CreateInstance<ArchiveExport>(archive.Served.Services);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => export.All(Into, CommandLineCaller.Caller.PersonId, new Breaking(broken), broken.Token));
        }

        Assert.False(File.Exists(Path.Combine(Into, ExportFolder.ManifestName)));
        var files = Directory.GetFiles(Path.Combine(Into, "attachments"), "*", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        await File.WriteAllTextAsync(files[0], "halv");
        Directory.CreateDirectory(Path.Combine(Into, "attachments", "borta"));
        await File.WriteAllTextAsync(Path.Combine(Into, "attachments", "borta", "gallrad"), "gallrat sedan dess");
        await File.AppendAllTextAsync(Path.Combine(Into, ExportFolder.UnfinishedName), new string('0', 64) + "  attachments/borta/gallrad\n");

        var again = ActivatorUtilities.CreateInstance<ArchiveExport>(archive.Served.Services);
        var counts = await again.All(Into, CommandLineCaller.Caller.PersonId, null, default);
        Assert.Equal(files.Length - 1, again.Kept);
        Assert.True(counts.Attachments - counts.AttachmentsLocked >= files.Length);
        Assert.False(File.Exists(Path.Combine(Into, "attachments", "borta", "gallrad")));
        Assert.False(File.Exists(Path.Combine(Into, ExportFolder.UnfinishedName)));
        var key = Path.Combine(folder.FullName, "nyckel");
        await File.WriteAllTextAsync(key, await archive.Served.Program().GetStringAsync(At("/evidence/key?all=true")));
        var (exit, said) = Independent(Into, key);
        Assert.True(exit == 0, said);

        // Another archive's is left alone, and so is a finished one.
        await Assert.ThrowsAsync<CannotStart>(() => Export());
        File.Delete(Path.Combine(Into, ExportFolder.ManifestName));
        await File.WriteAllTextAsync(Path.Combine(Into, ExportFolder.UnfinishedName), "en annans\n");
        Assert.Contains("another archive", (await Assert.ThrowsAsync<CannotStart>(() => Export())).Message, StringComparison.Ordinal);
    }

    private sealed class Breaking(CancellationTokenSource broken) : IProgress<(long Done, long Of)>
    {
        public void Report((long Done, long Of) value)
        {
            if (value.Done >= value.Of) broken.Cancel();
        }
    }

    /// <summary>By the verb, in the name of a person: the event says who.</summary>
    [Fact]
    public async Task is_noted_with_the_person_who_took_it_out()
    {
        var before = await archive.Served.Value<long>("select max(seq_id) from archive.mt_events");
        var (code, said) = await Hosting.Verb.Run(archive.Served, "export", "all", Into, "--by", "Ingen Alls");
        Assert.True(code == 1 && said.Contains("no person called Ingen Alls", StringComparison.Ordinal), said);
        Assert.False(Directory.Exists(Into));
        (code, said) = await Hosting.Verb.Run(archive.Served, "export", "all", Into, "--by", "Rut Registrator");
        Assert.True(code == 0, said);
        Assert.Equal("Rut Registrator", await archive.Served.Value<string>($"select p.name from archive.mt_events e join views.persons p on p.person_id::text = e.user_name where e.type = 'archive_exported' and e.seq_id > {before}"));
        Assert.True(File.Exists(Path.Combine(Into, ExportFolder.ManifestName)));
    }
}
