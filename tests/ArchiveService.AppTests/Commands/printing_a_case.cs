using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using ArchiveService.Access;
using ArchiveService.Features.Cases;
using ArchiveService.Features.Records;
using ArchiveService.Printing;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

/// <summary>The ärendeakt as PDF, and the protocol of its prints.</summary>
[Collection(nameof(CommandArchive))]
public sealed class Printing_a_case(CommandArchive archive)
{
    private const string Open = "Åkrövägens buss čálli <script>document.title='x'</script> 😀";
    private const string Hidden = "Om barnets sjukdom";

    private static readonly string[] Png = ["iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="];

    [Fact]
    [Trait("Requirement", "R-15")]
    [Trait("Requirement", "N-15")]
    public async Task gives_cover_contents_and_documents_with_the_secret_ones_in_a_cover_of_their_own()
    {
        var (@case, number, open, _, last) = await A_case_with_something_secret();
        var path = $"/api/v1/cases/{@case}/file.pdf?after={last}";
        var cleared = archive.Served.Program(await archive.Served.Token("Kim Behörig", [new("arkivarie")], clearance: true));
        if (!(await archive.Served.Services.GetRequiredService<Pdf>().Standing(default)).Available)
        {
            Assert.Equal((503, "pdf-unavailable"), await Refused(await archive.Registrator.GetAsync(At(path))));
            return;
        }

        var answer = await archive.Registrator.GetAsync(At(path));
        var (akt, alsoCleared) = (await Words(answer), await Words(await cleared.GetAsync(At(path))));
        Assert.Equal("application/pdf", answer.Content.Headers.ContentType!.MediaType);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        foreach (var text in new[] { akt, alsoCleared }.OfType<string>())
        {
            Assert.Contains($"Ärendeakt {number}", text, StringComparison.Ordinal);
            Assert.Contains("Nämnden RKS", text, StringComparison.Ordinal);
            Assert.Contains(Open, text, StringComparison.Ordinal);
            Assert.Contains("Nils Låtsasson", text, StringComparison.Ordinal);
            Assert.Contains("bild.png", text, StringComparison.Ordinal);
            Assert.Contains("Bilageförteckning", text, StringComparison.Ordinal);
            Assert.Matches(@"Sida 1 av \d", text);
            // The second document: number and date, nothing else (OSL 5:2).
            Assert.Contains($"Handling {number}-2", text, StringComparison.Ordinal);
            Assert.DoesNotContain(Hidden, text, StringComparison.Ordinal);
            Assert.DoesNotContain("25 kap", text, StringComparison.Ordinal);
            Assert.DoesNotContain("Skolmaten", text, StringComparison.Ordinal);
        }

        Assert.Equal((403, "not-allowed"), await Refused(await archive.Registrator.GetAsync(At($"{path}&secret=separate"))));
        Assert.Equal((400, "secret-unknown"), await Refused(await cleared.GetAsync(At($"{path}&secret=all"))));
        Assert.Equal((404, "case-unknown"), await Refused(await archive.Registrator.GetAsync(At($"/api/v1/cases/{Guid.Empty}/file.pdf"))));

        var before = await Openings();
        var cover = await Words(await cleared.GetAsync(At($"{path}&secret=separate")));
        Assert.Equal(before + 1, await Openings());
        if (cover is null) return;
        Assert.Contains("SEKRETESS", cover, StringComparison.Ordinal);
        Assert.Contains("OSL 25 kap. 1 §", cover, StringComparison.Ordinal);
        Assert.Contains(Hidden, cover, StringComparison.Ordinal);
        Assert.DoesNotContain(Open, cover, StringComparison.Ordinal);
        _ = open;
    }

    [Fact]
    [Trait("Requirement", "R-15")]
    public async Task is_noted_in_a_protocol_when_its_pages_are_counted()
    {
        var (@case, _, _, _, _) = await A_case_with_something_secret();
        var good = new { paper = "age-resistant", pages = 7, counted = 7, printer = "Canon C5850", location = "Pärm 4, hylla B" };

        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/cases/{@case}/prints"), good)));
        Assert.Equal((404, "case-unknown"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{Guid.Empty}/prints"), good)));
        Assert.Equal((409, "pages-differ"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{@case}/prints"), good with { counted = 6 })));
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{@case}/prints"), new { good.paper, good.pages, good.counted, good.printer, good.location, secret = true })));
        var stale = new HttpRequestMessage(HttpMethod.Post, At($"/api/v1/cases/{@case}/prints")) { Content = JsonContent.Create(good) };
        stale.Headers.TryAddWithoutValidation("If-Match", "\"1\"");
        Assert.Equal((412, "changed-meanwhile"), await Refused(await archive.Registrator.SendAsync(stale)));

        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{@case}/prints"), good));
        var noted = Assert.Single((await Ok(await archive.Registrator.GetAsync(At($"/api/v1/cases/{@case}/prints")))).GetProperty("items").EnumerateArray());
        Assert.Equal((7, true, "Pärm 4, hylla B", "Rut Registrator"), (noted.GetProperty("pages").GetInt32(), noted.GetProperty("isArchival").GetBoolean(), noted.GetProperty("location").GetString(), noted.GetProperty("by").GetString()));
        Assert.Equal(1, await archive.Served.Value<long>($"select count(*) from archive.case_prints where case_id = '{@case}' and archival"));

        // Where the secret ones lie is told to those with clearance only.
        var cleared = archive.Served.Program(await archive.Served.Token("Kim Behörig", [new("arkivarie")], clearance: true));
        await Ok(await cleared.PostAsJsonAsync(At($"/api/v1/cases/{@case}/prints"), new { good.paper, good.pages, good.counted, good.printer, location = "Kassaskåpet", secret = true }));
        Assert.DoesNotContain("Kassaskåpet", await archive.Registrator.GetStringAsync(At($"/api/v1/cases/{@case}/prints")), StringComparison.Ordinal);
        Assert.Contains("Kassaskåpet", WebUtility.HtmlDecode(await cleared.GetStringAsync(At($"/api/v1/cases/{@case}/prints"))).Replace("\\u00E5", "å", StringComparison.OrdinalIgnoreCase), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "R-15")]
    public async Task has_every_print_in_its_protocol_when_several_are_noted_at_once()
    {
        var (@case, _, _, _, _) = await A_case_with_something_secret();

        var answers = await Task.WhenAll(Enumerable.Range(1, 4).Select(n => archive.Registrator.PostAsJsonAsync(
            At($"/api/v1/cases/{@case}/prints"), new { paper = "age-resistant", pages = n, counted = n, printer = "Canon", location = $"Pärm {n}" })));

        // Each waits its turn for the case: each has a place of its own in its stream, and none is lost.
        var versions = new List<long>();
        foreach (var answer in answers) versions.Add((await Ok(answer)).GetProperty("version").GetInt64());
        Assert.Equal(4, versions.Distinct().Count());
        var noted = (await Ok(await archive.Registrator.GetAsync(At($"/api/v1/cases/{@case}/prints")))).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal([1, 2, 3, 4], noted.Select(p => p.GetProperty("pages").GetInt32()).Order());
        Assert.Equal([1, 2, 3, 4], noted.Select(p => p.GetProperty("number").GetInt32()).Order());
        Assert.Equal(4, await archive.Served.Value<long>($"select count(*) from archive.case_prints where case_id = '{@case}'"));
    }

    [Fact]
    [Trait("Law", "OSL 5:2")]
    public async Task leaves_out_what_nobody_has_assessed_also_when_a_registrator_prints()
    {
        var line = """{"act":"message","nativeId":"obedomd","kind":"dm","author":{"nativeId":"9","displayName":"Nils Låtsasson"},"audience":"direct","occurredAt":"2026-03-01T12:00:00Z","text":"Ingen har prövat detta"}""";
        await Ok(await archive.Everybody.PostAsync(At($"/api/v1/channels/{archive.Channels["RKS"]}/captures"), new StringContent(line, Encoding.UTF8, "application/x-ndjson")));
        var record = archive.Served.Services.GetRequiredService<KeyedIds>().Record(archive.Channels["RKS"], "facebook", "native", "obedomd");
        var registered = await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{record}/register"), NewCase("Fråga")));
        var @case = registered.GetProperty("caseId").GetGuid();
        var after = registered.GetProperty("lastSequence").GetInt64();

        // On the page a registrator reads it, and the reading is noted; on the papers that lie with the rest it is not.
        var document = (await Ok(await archive.Registrator.GetAsync(At($"/api/v1/cases/{@case}/file?after={after}")))).GetProperty("documents")[0];
        Assert.Equal((true, "Ingen har prövat detta"), (document.GetProperty("unassessed").GetBoolean(), document.GetProperty("text").GetString()));
        Assert.Equal(1, await archive.Served.Value<long>($"select count(*) from archive.record_reads where record_id = '{record}' and wall = 'unassessed'"));
        var registrator = new Caller(Guid.CreateVersion7(), "Rut", [new(Role.Registrator, null)], false, false, []);
        var print = await archive.Served.Services.GetRequiredService<CasePrints>().Read(@case, false, registrator, default);
        Assert.Null(Assert.Single(print!.Documents).Content);
        Assert.Null(print.Case.Title);
        Assert.DoesNotContain("prövat", CasePrintTemplate.Of(print).Html, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "R-15")]
    public async Task has_a_page_that_notes_it_and_shows_the_protocol()
    {
        var (@case, _, _, _, _) = await A_case_with_something_secret();
        var browser = await archive.Browser("caseprint", Role.Registrator);
        var page = $"/arenden/{@case}/utskrift";

        Assert.Contains(page, await browser.GetStringAsync(At($"/arenden/{@case}")), StringComparison.Ordinal);
        var wrong = await ServedArchive.Post(browser, page, page, ("Paper", "age-resistant"), ("Pages", "5"), ("Counted", "4"), ("Printer", "Ricoh"), ("Location", "Pärm 9"));
        Assert.Contains("Akten har 5 sidor men 4 kom ut", WebUtility.HtmlDecode(await wrong.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        var answer = await ServedArchive.Post(browser, page, page, ("Paper", "age-resistant"), ("Pages", "5"), ("Counted", "5"), ("Printer", "Ricoh"), ("Location", "Pärm 9"), ("IsArchival", "true"));

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var html = WebUtility.HtmlDecode(await browser.GetStringAsync(At(page)));
        Assert.Contains("Utskriften är antecknad", html, StringComparison.Ordinal);
        Assert.Contains("Pärm 9", html, StringComparison.Ordinal);
        Assert.DoesNotContain("sekretessomslaget", html, StringComparison.Ordinal);
    }

    private async Task<(Guid Case, string Number, Guid Open, Guid Secret, long Last)> A_case_with_something_secret()
    {
        var (open, secret) = (await archive.A_comment("RKS", Open), await archive.A_comment("RKS", Hidden));
        using var form = new MultipartFormDataContent { { new ByteArrayContent(Convert.FromBase64String(Png[0])), "file", "bild.png" } };
        await Ok(await archive.Registrator.PostAsync(At($"/api/v1/records/{open}/attachments"), form));
        var @case = (await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{open}/register"), NewCase("Synpunkt på bussen")))).GetProperty("caseId").GetGuid();
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{secret}/register"), new { caseId = @case, subject = "Synpunkt" }));
        var last = (await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{secret}/secrecy"), new { provision = "OSL 25 kap. 1 §" }))).GetProperty("lastSequence").GetInt64();
        return (@case, (await archive.Served.Value<string>($"select diary_number from archive.cases where case_id = '{@case}'"))!, open, secret, last);
    }

    private Task<long> Openings() => archive.Served.Value<long>("select count(*) from archive.mt_events where type = 'record_opened'");

    /// <summary>What the PDF says, in one line; null where pdftotext is not installed.</summary>
    private static async Task<string?> Words(HttpResponseMessage answer)
    {
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        Assert.True(answer.IsSuccessStatusCode, Encoding.UTF8.GetString(bytes));
        Assert.StartsWith("%PDF-", Encoding.Latin1.GetString(bytes[..5]), StringComparison.Ordinal);
        if (!File.Exists("/usr/bin/pdftotext")) return null;
        var start = new ProcessStartInfo("/usr/bin/pdftotext", ["-", "-"]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEndAsync();
        await process.StandardInput.BaseStream.WriteAsync(bytes);
        process.StandardInput.Close();
        return string.Join(' ', (await said).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}
