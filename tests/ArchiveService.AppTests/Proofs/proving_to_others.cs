using System.CommandLine;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ArchiveService.Access;
using ArchiveService.AppTests.Commands;
using ArchiveService.Evidence;
using ArchiveService.Features.Proofs;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.ProofTests;

/// <summary>Bundles made by the served archive, and verified with nothing of it but its open key (docs/proofs.md).</summary>
[Collection(nameof(CommandArchive))]
public sealed class Proving_to_others(CommandArchive archive) : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("archiveservice-proofs-");

    public void Dispose() => folder.Delete(recursive: true);

    private async Task<NoteKey> Key() => NoteKey.TryParse(await archive.Served.Program().GetStringAsync(At("/evidence/key")), out var key) ? key : throw new InvalidOperationException();

    private async Task<BundleReport> Verified(byte[] bundle, params IReadOnlyList<string> outside) => BundleVerification.Of(bundle, new([await Key()]) { Outside = outside });

    private static async Task<byte[]> Fetched(HttpClient by, string path)
    {
        using var answer = await by.GetAsync(At(path));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadAsByteArrayAsync();
    }

    private async Task<Guid> With_a_file(string text, byte[] bytes)
    {
        var record = await archive.A_comment("NKS", text);
        using var form = new MultipartFormDataContent { { new ByteArrayContent(bytes), "file", "bild.bin" } };
        await Ok(await archive.Everybody.PostAsync(At($"/api/v1/records/{record}/attachments"), form));
        return record;
    }

    [Fact]
    [Trait("Requirement", "I5")]
    public async Task a_copy_is_authentic_and_shows_only_what_was_asked_for()
    {
        var record = await With_a_file("Vägen till Åby är hal", [1, 2, 255, 0]);
        var bundle = await Fetched(archive.Everybody, $"/api/v1/records/{record}/proof");
        var report = await Verified(bundle);
        Assert.Empty(report.Findings);
        Assert.Equal("authentic-copy", report.Kind);
        var text = Encoding.UTF8.GetString(bundle);
        Assert.Contains("Vägen till Åby är hal", text, StringComparison.Ordinal);
        Assert.Contains(Convert.ToBase64String([1, 2, 255, 0]), text, StringComparison.Ordinal);
        Assert.False((await Verified(Encoding.UTF8.GetBytes(text.Replace("är hal", "är bra", StringComparison.Ordinal)))).Holds);

        // The sender only: the rest stays commitments.
        bundle = await Fetched(archive.Everybody, $"/api/v1/records/{record}/proof?parts=author.displayName");
        text = Encoding.UTF8.GetString(bundle);
        Assert.Empty((await Verified(bundle)).Findings);
        Assert.Contains("Nils Låtsasson", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Vägen till", text, StringComparison.Ordinal);
        Assert.Equal((400, "proof-part-unknown"), await Refused(await archive.Everybody.GetAsync(At($"/api/v1/records/{record}/proof?parts=finnsinte"))));
        Assert.Equal((400, "proof-kind"), await Refused(await archive.Everybody.GetAsync(At($"/api/v1/records/{record}/proof?kind=extension"))));
        Assert.Equal((404, "record-unknown"), await Refused(await archive.Everybody.GetAsync(At($"/api/v1/records/{Guid.Empty}/proof"))));
    }

    [Fact]
    public async Task a_record_existed_at_a_time_and_not_before()
    {
        var before = TimeProvider.System.GetUtcNow();
        await Task.Delay(50);
        var record = await archive.A_comment("NKS", "Fanns jag då?");
        var bundle = await Fetched(archive.Everybody, $"/api/v1/records/{record}/proof?kind=existed");
        var report = await Verified(bundle);
        Assert.Empty(report.Findings);
        Assert.Contains(report.NotShown, line => line.Contains("time-stamp", StringComparison.Ordinal));
        Assert.DoesNotContain("Fanns jag", Encoding.UTF8.GetString(bundle), StringComparison.Ordinal);
        var now = Uri.EscapeDataString(TimeProvider.System.GetUtcNow().ToString("O"));
        Assert.Empty((await Verified(await Fetched(archive.Everybody, $"/api/v1/records/{record}/proof?at={now}"))).Findings);
        Assert.Equal((404, "proof-unknown"), await Refused(await archive.Everybody.GetAsync(At($"/api/v1/records/{record}/proof?at={Uri.EscapeDataString(before.ToString("O"))}"))));
    }

    [Fact]
    [Trait("Requirement", "H-23")]
    public async Task a_secret_record_is_proved_to_the_cleared_who_say_why_and_the_reading_is_noted()
    {
        var record = await archive.A_comment("NKS", "Om någons hälsa");
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{record}/secrecy"), new { provision = "OSL 26 kap. 1 §" }));
        Assert.Equal((404, "record-unknown"), await Refused(await archive.Registrator.GetAsync(At($"/api/v1/records/{record}/proof"))));
        var cleared = archive.Served.Program(await archive.Served.Token("Klara Behörig", [new("registrator", "NKS")], clearance: true));
        Assert.Equal((400, "read-reason-missing"), await Refused(await cleared.GetAsync(At($"/api/v1/records/{record}/proof"))));
        var bundle = await Fetched(cleared, $"/api/v1/records/{record}/proof?reason=tvist");
        Assert.Empty((await Verified(bundle)).Findings);
        Assert.Equal(1L, await archive.Served.Value<long>($"select count(*) from archive.record_reads where record_id = '{record}' and reasoned"));
    }

    [Fact]
    public async Task a_masked_copy_that_is_given_out_carries_its_bundle()
    {
        var made = await Ok(await archive.Moderator.PostAsJsonAsync(At("/api/v1/disclosures"), new { authority = "HKS", request = "Allt om grannen", channel = "phone" }));
        var request = made.GetProperty("id").GetGuid();
        var record = await archive.A_comment("HKS", "Grannen Hemligsson igen");
        Task<HttpResponseMessage> Post(string path, object body) => archive.Everybody.PostAsJsonAsync(At($"/api/v1/disclosures/{request}/{path}"), body);
        await Ok(await Post("items", new { records = new[] { record } }));
        await Ok(await Post($"items/{record}/steps", new { step = "provision", finding = "possible", provision = "OSL 26 kap. 1 §" }));
        await Ok(await Post($"items/{record}/steps", new { step = "protects", finding = "individual" }));
        await Ok(await Post($"items/{record}/steps", new { step = "harm", finding = "harm", test = "secret", note = "Det står inte klart" }));
        await Ok(await Post($"items/{record}/steps", new { step = "waiver", finding = "none" }));
        await Ok(await Post($"items/{record}/masks", new { words = new[] { new { text = "Hemligsson", provision = "OSL 26 kap. 1 §" } } }));
        await Ok(await Post($"items/{record}/decide", new { outcome = "mask" }));

        var one = await Fetched(archive.Everybody, $"/api/v1/disclosures/{request}/package");
        using var zip = new ZipArchive(new MemoryStream(one));
        var entry = zip.Entries.Single(e => e.Name == "bevispaket.json");
        using var copy = new MemoryStream();
        await using (var from = await entry.OpenAsync()) await from.CopyToAsync(copy);
        var report = await Verified(copy.ToArray());
        Assert.Empty(report.Findings);
        Assert.Contains(report.Shown, line => line.StartsWith("Withheld under OSL 26 kap. 1 §", StringComparison.Ordinal));
        Assert.DoesNotContain("Hemligsson", Encoding.UTF8.GetString(copy.ToArray()), StringComparison.Ordinal);

        // The same file whenever it is made, however the log has grown.
        await archive.A_comment("HKS", "Något annat");
        await Fetched(archive.Everybody, $"/api/v1/records/{record}/proof?kind=existed");
        Assert.Equal(one, await Fetched(archive.Everybody, $"/api/v1/disclosures/{request}/package"));
    }

    [Fact]
    public async Task the_log_extends_what_it_was_to_anybody_who_kept_a_checkpoint()
    {
        var record = await archive.A_comment("NKS", "Ett");
        await Fetched(archive.Everybody, $"/api/v1/records/{record}/proof?kind=existed");
        var kept = await archive.Served.Program().GetStringAsync(At("/evidence/checkpoint"));
        var size = kept.Split('\n')[1];
        record = await archive.A_comment("NKS", "Två");
        await Fetched(archive.Everybody, $"/api/v1/records/{record}/proof?kind=existed");
        var bundle = await Fetched(archive.Served.Program(), $"/evidence/consistency?from={size}");
        var report = await Verified(bundle, kept);
        Assert.Empty(report.Findings);
        Assert.Contains(report.Shown, line => line.Contains($"each of the first {size} events", StringComparison.Ordinal));
        Assert.Equal((404, "checkpoint-unknown"), await Refused(await archive.Served.Program().GetAsync(At("/evidence/consistency?from=999999999"))));
        Assert.Equal((400, "checkpoint-size"), await Refused(await archive.Served.Program().GetAsync(At("/evidence/consistency"))));
        Assert.Equal((400, "checkpoint-order"), await Refused(await archive.Served.Program().GetAsync(At($"/evidence/consistency?from={size}&to={size}"))));
    }

    [Fact]
    [Trait("Requirement", "I4")]
    [Trait("Requirement", "I5")]
    public async Task a_destruction_was_lawful_and_nothing_of_the_record_is_in_the_proof()
    {
        const string Code = "BEV";
        await Ok(await archive.Everybody.PutAsJsonAsync(At($"/api/v1/authorities/{Code}"), new { name = "Bevisnämnden", preset = "custom", policy = new Dictionary<string, string> { ["disposal.coolingOffDays"] = "0" } }));
        archive.Channels[Code] = (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = Code, platform = "facebook", nativeAccountId = "own-" + Code, handle = Code, purpose = "Dialog" }))).GetProperty("id").GetGuid();
        var record = await archive.A_comment(Code, "Mjölnarens snickarglädje");
        await Fetched(archive.Everybody, $"/api/v1/records/{record}/proof?kind=existed");
        var anna = archive.Served.Program(await archive.Served.Token("Bevis-Anna", [new("arkivarie", Code), new("revisor", Code)]));
        var bo = archive.Served.Program(await archive.Served.Token("Bevis-Bo", [new("arkivarie", Code)]));
        var decision = (await Ok(await anna.PostAsJsonAsync(At("/api/v1/retention/decisions"), new { authority = Code, reference = "BEV § 9", decidingBody = "nämnden", decidedOn = "2020-05-25", recordTypes = new[] { "comment" }, frist = "P1M" }))).GetProperty("id").GetGuid();
        var rule = (await Ok(await anna.PostAsJsonAsync(At("/api/v1/retention/rules"), new { authority = Code, decision, name = "Kommentarer", countedFrom = "received", classes = new[] { "content", "register" } }))).GetProperty("id").GetGuid();
        var run = (await Ok(await anna.PostAsJsonAsync(At("/api/v1/disposals"), new { rule, dueBefore = "2026-10-01" }))).GetProperty("id").GetGuid();
        Assert.Equal((409, "not-executed"), await Refused(await anna.GetAsync(At($"/api/v1/disposals/{run}/proof"))));
        await Ok(await bo.PostAsync(At($"/api/v1/disposals/{run}/approve"), null));
        await Ok(await anna.PostAsync(At($"/api/v1/disposals/{run}/execute"), null));
        for (var i = 0; i < 200 && await archive.Served.Value<string>($"select state from archive.disposal_runs where run_id = '{run}'") != "completed"; i++) await Task.Delay(100);

        var bundle = await Fetched(anna, $"/api/v1/disposals/{run}/proof?record={record}");
        var report = await Verified(bundle);
        Assert.Empty(report.Findings);
        Assert.Contains(report.Shown, line => line.Contains("BEV § 9", StringComparison.Ordinal));
        Assert.Contains(report.Shown, line => line.Contains("was destroyed", StringComparison.Ordinal));
        var text = Encoding.UTF8.GetString(bundle);
        Assert.DoesNotContain("Mjölnarens", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Låtsasson", text, StringComparison.Ordinal);
        Assert.Contains("Bevis-Bo", text, StringComparison.Ordinal);
        Assert.Empty((await Verified(await Fetched(anna, $"/api/v1/disposals/{run}/proof"))).Findings);
        Assert.Equal((404, "record-unknown"), await Refused(await anna.GetAsync(At($"/api/v1/disposals/{run}/proof?record={Guid.Empty}"))));
        Assert.Equal((404, "disposal-unknown"), await Refused(await archive.Moderator.GetAsync(At($"/api/v1/disposals/{run}/proof"))));

        // Any event left out, any step altered: refused.
        for (var i = 0; i < 4; i++)
        {
            var touched = JsonNode.Parse(bundle)!;
            touched["events"]!.AsArray().RemoveAt(i);
            Assert.False((await Verified(Encoding.UTF8.GetBytes(touched.ToJsonString()))).Holds);
        }

        // What is left of the record is a stub, and its copy is too.
        Assert.Empty((await Verified(await Fetched(anna, $"/api/v1/records/{record}/proof"))).Findings);
    }

    [Fact]
    public async Task by_the_program_without_a_database()
    {
        var record = await archive.A_comment("NKS", "Kontrollera mig");
        var bundle = Path.Combine(folder.FullName, "bevis.json");
        var key = Path.Combine(folder.FullName, "nyckel");
        await File.WriteAllBytesAsync(bundle, await Fetched(archive.Everybody, $"/api/v1/records/{record}/proof"));
        await File.WriteAllTextAsync(key, await archive.Served.Program().GetStringAsync(At("/evidence/key")));
        var (code, said, _) = await Run("verify", bundle, "--checkpoint-key", key);
        Assert.Equal(0, code);
        Assert.Contains("The proof holds (authentic-copy).", said, StringComparison.Ordinal);
        Assert.Contains("What this cannot show:", said, StringComparison.Ordinal);

        await File.WriteAllTextAsync(bundle, (await File.ReadAllTextAsync(bundle)).Replace("Kontrollera", "Kontrollerar", StringComparison.Ordinal));
        (code, said, _) = await Run("verify", bundle, "--checkpoint-key", key, "--json");
        Assert.Equal(1, code);
        using var json = JsonDocument.Parse(said);
        Assert.False(json.RootElement.GetProperty("holds").GetBoolean());
        Assert.Equal("commitment-differs", json.RootElement.GetProperty("findings")[0].GetProperty("code").GetString());
        Assert.Empty(json.RootElement.GetProperty("shown").EnumerateArray());

        await File.WriteAllTextAsync(bundle, "\u001b[2Jhej");
        (code, said, _) = await Run("verify", bundle, "--checkpoint-key", key);
        Assert.Equal(1, code);
        Assert.Contains("THIS IS NO PROOF BUNDLE", said, StringComparison.Ordinal);
        await File.WriteAllTextAsync(key, "hej");
        (code, _, said) = await Run("verify", bundle, "--checkpoint-key", key);
        Assert.Equal(1, code);
        Assert.Contains("no key", said, StringComparison.Ordinal);
        (code, _, said) = await Run("verify", bundle + "x", "--checkpoint-key", key);
        Assert.Equal(1, code);
        Assert.NotEmpty(said);
    }

    [Fact]
    [Trait("Requirement", "H-23")]
    public async Task as_files_in_the_name_of_a_person()
    {
        var files = archive.Served.Services.GetRequiredService<ProofFiles>();
        await archive.Served.User("Fil-Frida", "fil-frida", "ett långt lösenord 1", [new(Role.Registrator, null)]);
        await archive.Served.User("Fil-Olle", "fil-olle", "ett långt lösenord 1", []);
        var record = await With_a_file("Stor fil", new byte[ProofHandler.MostEmbedded + 1]);
        var into = Path.Combine(folder.FullName, "kopia.json");
        var all = new ProofAsked(BundleKind.AuthenticCopy, null, null);
        Assert.Equal(2, await files.OfRecord(record, all, "Fil-Frida", null, into, default));
        var report = BundleVerification.Of(await File.ReadAllBytesAsync(into), new([await Key()]) { File = name => File.OpenRead(Path.Combine(folder.FullName, name)) });
        Assert.Empty(report.Findings);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(into));

        // Not over what is there, not for nobody, not for one who may not, not what is secret without a reason.
        await Assert.ThrowsAsync<CannotStart>(() => files.OfRecord(record, all, "Fil-Frida", null, into, default));
        await Assert.ThrowsAsync<CannotStart>(() => files.OfRecord(record, all, "Ingen Alls", null, into + "1", default));
        await Assert.ThrowsAsync<CannotStart>(() => files.OfRecord(record, all, "Fil-Olle", null, into + "1", default));
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{record}/secrecy"), new { provision = "OSL 26 kap. 1 §" }));
        await Assert.ThrowsAsync<CannotStart>(() => files.OfRecord(record, all, "Fil-Frida", "nyfiken", into + "1", default));
        await Assert.ThrowsAsync<CannotStart>(() => files.OfDisposal(Guid.Empty, null, "Fil-Frida", into + "1", default));
        Assert.False(File.Exists(into + "1"));
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] args)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await ProofVerb.Verb(_ => throw new InvalidOperationException("no archive is opened")).Parse(args).InvokeAsync(new() { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        return (code, output.ToString(), error.ToString());
    }

    [Fact]
    public async Task on_the_pages_of_record_and_log()
    {
        var record = await archive.A_comment("NKS", "På sidan");
        var browser = await archive.Browser("bevis-rut", Role.Registrator);
        var page = WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/handlingar/{record}/bevis")));
        Assert.Contains("Hämta äkta kopia", page, StringComparison.Ordinal);
        Assert.Contains("Avsändarens namn", page, StringComparison.Ordinal);
        Assert.Contains("Hämta bevispaket", await browser.GetStringAsync(At("/bevis/loggen")), StringComparison.Ordinal);
        Assert.Empty((await Verified(await Fetched(browser, $"/api/v1/records/{record}/proof?kind=authentic-copy&parts=text&parts=author.displayName"))).Findings);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync(At($"/handlingar/{Guid.Empty}/bevis"))).StatusCode);
        Assert.NotEqual(HttpStatusCode.OK, (await (await archive.Browser("bevis-mo", Role.Moderator)).GetAsync(At("/bevis/loggen"))).StatusCode);
    }

    [Fact]
    public void the_library_commits_as_the_archive_does() => Assert.Equal(Seal.Commitment(new byte[32], "text", [1, 2]), PartCommitment.Of(new byte[32], "text", [1, 2]));
}
