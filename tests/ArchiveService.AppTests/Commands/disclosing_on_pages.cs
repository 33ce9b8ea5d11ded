using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.RegularExpressions;
using ArchiveService.Access;
using ArchiveService.Printing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

/// <summary>A request from what is found to what is given out, or not, by the forms of the pages alone.</summary>
[Collection(nameof(CommandArchive))]
public sealed partial class Disclosing_on_pages(CommandArchive archive)
{
    private static readonly byte[] Png = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    private HttpClient browser = null!;

    [GeneratedRegex("value=\"(?<span>[0-9a-f]{32}/text/8/10)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex SecondWord { get; }

    private async Task<string> Read(string path) => WebUtility.HtmlDecode(await browser.GetStringAsync(At(path)));

    private async Task Sent(string page, string action, params (string, string)[] fields)
    {
        var answer = await ServedArchive.Post(browser, page, action, fields);
        Assert.True(answer.StatusCode == HttpStatusCode.Redirect, $"{action}: {(int)answer.StatusCode} {Errors(await answer.Content.ReadAsStringAsync())}");
    }

    private async Task<string> Refused(string page, string action, params (string, string)[] fields)
    {
        var answer = await ServedArchive.Post(browser, page, action, fields);
        var html = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        Assert.Contains("<title>Fel:", html, StringComparison.Ordinal);
        return html;
    }

    private static string Errors(string html) => Regex.Match(html, "class=\"err-sum\".*?</ul>", RegexOptions.Singleline).Value;

    private async Task<Guid> A_request(string asked, string authority = "HKS")
    {
        await Sent("/utlamnanden/ny", "/utlamnanden/ny", ("Authority", authority), ("Asked", asked), ("Form", "copy"), ("Channel", "visit"));
        return await archive.Served.Value<Guid>("select request_id from archive.disclosure_requests order by noted_at desc, request_id desc limit 1");
    }

    private async Task Examined(string item)
    {
        foreach (var (step, fields) in new (string, (string, string)[])[]
        {
            ("provision", [("Step.Finding", "possible"), ("Step.Provision", "OSL 26 kap. 1 §")]), ("protects", [("Step.Finding", "individual")]),
            ("harm", [("Step.Finding", "harm"), ("Step.Test", "secret"), ("Step.Note", "Det står inte klart")]), ("waiver", [("Step.Finding", "none")]),
        })
        {
            await Sent(item, $"{item}?handler=Step&steg={step}", fields);
        }
    }

    [Fact]
    [Trait("Requirement", "R-10")]
    [Trait("Requirement", "R-13")]
    public async Task finds_examines_masks_and_delivers()
    {
        var word = $"soppa{Guid.CreateVersion7():N}"[..37];
        var record = await archive.A_comment("HKS", $"Grannen Hemligsson slog till. Sedan var {word} kall.");
        foreach (var name in (string[])["hemligsson.png", "tallrik.png"])
        {
            using var form = new MultipartFormDataContent { { new ByteArrayContent(Png), "file", name } };
            await Ok(await archive.Everybody.PostAsync(At($"/api/v1/records/{record}/attachments"), form));
        }

        browser = await archive.Browser("sidutlamnare", Role.Registrator, Role.Arkivarie);
        var request = await A_request("Allt om soppan");
        var page = $"/utlamnanden/{request}";
        Assert.Contains("Hitta handlingarna", await Read(page), StringComparison.Ordinal);

        // Found by its words, ticked, and held from gallring.
        var last = await archive.Served.Value<long>("select max(seq_id) from archive.mt_events");
        var hits = await Read($"{page}/hitta?q={word}&after={last}");
        Assert.Contains(record.ToString(), hits, StringComparison.Ordinal);
        Assert.Contains("Kryssa för minst en handling", await Refused($"{page}/hitta", $"{page}/hitta?q={word}&handler=Add"), StringComparison.Ordinal);
        await Sent($"{page}/hitta", $"{page}/hitta?q={word}&handler=Add", ("Add.Records", record.ToString()));
        var shown = await Read($"/handlingar/{record}?after={last}");
        Assert.Contains($"href=\"{page}\"", shown, StringComparison.Ordinal);
        Assert.Contains("Gallras inte medan begäran är öppen", shown, StringComparison.Ordinal);

        Assert.Contains($"href=\"{page}\"", await Read("/gallring"), StringComparison.Ordinal);

        // Examined in steps; what is missing is said at its field, and what was typed stays.
        var item = $"{page}/handlingar/1";
        var wrong = await Refused(item, $"{item}?handler=Step&steg=provision", ("Step.Finding", "possible"), ("Step.Note", "det jag skrev"));
        Assert.Contains("Ange bestämmelsen", wrong, StringComparison.Ordinal);
        Assert.Contains("det jag skrev", wrong, StringComparison.Ordinal);
        await Examined(item);
        Assert.Contains("prövningen visar skada", await Read(item), StringComparison.Ordinal);
        Assert.Contains("En andra bedömning görs av någon annan", await Refused(item, $"{item}?handler=Opinion", ("Opinion.Agrees", "true"), ("Opinion.Note", "Ja")), StringComparison.Ordinal);

        // Masked: a word, and a file by the name in it. Previewed first, which changes nothing.
        var form1 = await Read($"{item}/maska");
        var span = SecondWord.Match(form1).Groups["span"].Value;
        (string, string)[] masks = [("Mask.Provision", "OSL 26 kap. 1 §"), ("Mask.Ticks", span), ("Mask.Words", "hemligsson")];
        Assert.Contains("står ingenstans i handlingen", await Refused($"{item}/maska", $"{item}/maska?handler=Preview", ("Mask.Provision", "OSL 26 kap. 1 §"), ("Mask.Words", "Finnsinte")), StringComparison.Ordinal);
        var preview = WebUtility.HtmlDecode(await (await ServedArchive.Post(browser, $"{item}/maska", $"{item}/maska?handler=Preview", masks)).Content.ReadAsStringAsync());
        Assert.Contains("[maskerat: OSL 26 kap. 1 §]", preview, StringComparison.Ordinal);
        Assert.DoesNotContain("[maskerat", await Read($"{item}/maska"), StringComparison.Ordinal);
        await Sent($"{item}/maska", $"{item}/maska?handler=Save", masks);
        Assert.Contains("[maskerat: OSL 26 kap. 1 §]", await Read($"{item}/maska"), StringComparison.Ordinal);
        await Sent(item, $"{item}?handler=Decide", ("Decide.Outcome", "mask"));

        // The masked words are nowhere in the PDF; the rest is.
        var answer = await browser.GetAsync(At($"{page}/kopia.pdf"));
        if ((await archive.Served.Services.GetRequiredService<Pdf>().Standing(default)).Available)
        {
            var pdf = await answer.Content.ReadAsByteArrayAsync();
            Assert.Equal("application/pdf", answer.Content.Headers.ContentType!.MediaType);
            foreach (var text in await Words(pdf) is { } said ? Everything(pdf).Append(said) : Everything(pdf)) Assert.DoesNotContain("hemligsson", text, StringComparison.OrdinalIgnoreCase);
            if (await Words(pdf) is { } words)
            {
                Assert.Contains("[maskerat: OSL 26 kap. 1 §]", words, StringComparison.Ordinal);
                Assert.Contains(word, words, StringComparison.Ordinal);
                Assert.Contains("tallrik.png", words, StringComparison.Ordinal);
                Assert.Contains("lämnas inte ut", words, StringComparison.Ordinal);
            }
        }

        // The fee is counted, the electronic form warned of, the receipt says what was given.
        var give = $"{page}/lamna-ut";
        Assert.Contains("Avgiften blir", WebUtility.HtmlDecode(await (await ServedArchive.Post(browser, give, $"{give}?handler=Count", ("Give.Form", "copy"), ("Give.Pages", "12"))).Content.ReadAsStringAsync()), StringComparison.Ordinal);
        Assert.Contains("hur många sidor", await Refused(give, $"{give}?handler=Give", ("Give.Items", record.ToString()), ("Give.Form", "copy")), StringComparison.Ordinal);
        await Sent(give, $"{give}?handler=Give", ("Give.Items", record.ToString()), ("Give.Form", "copy"), ("Give.Pages", "12"));
        var receipt = await Read($"{page}/kvitto");
        Assert.Contains("för 12\u00a0sidor", receipt, StringComparison.Ordinal);
        Assert.Contains("lämnas ut maskad med stöd av OSL 26 kap. 1 §", receipt, StringComparison.Ordinal);
        Assert.DoesNotContain("Hemligsson", receipt, StringComparison.Ordinal);

        // A masked copy is a no in part: closed only when the right to a decision was told of.
        Assert.Contains("begära ett beslut", await Refused(page, $"{page}?handler=Close"), StringComparison.Ordinal);
        await Sent($"{page}/neka", $"{page}/neka?handler=Decline", ("Decline.Reason", "Ett namn skyddas av OSL 26 kap. 1 §"), ("Decline.ToldOfDecision", "true"));

        // Told of that right, the asker has time to use it; until then everything is held.
        Assert.Contains("hålls kvar till och med", await Refused(page, $"{page}?handler=Close"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "R-10")]
    public async Task refuses_in_two_steps_and_writes_the_decision_with_how_to_appeal()
    {
        var record = await archive.A_comment("HKS", "Uppgifter om någons hälsa");
        browser = await archive.Browser("sidnekare", Role.Registrator);
        var request = await A_request("Vad som står om Nils hälsa");
        var (page, item) = ($"/utlamnanden/{request}", $"/utlamnanden/{request}/handlingar/1");
        await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/disclosures/{request}/items"), new { records = new[] { record } }));
        await Examined(item);
        Assert.Contains("Bekräfta att ingen del kan lämnas ut", await Refused(item, $"{item}?handler=Decide", ("Decide.Outcome", "refuse")), StringComparison.Ordinal);
        await Sent(item, $"{item}?handler=Decide", ("Decide.Outcome", "refuse"), ("Decide.NothingCanBeGiven", "true"));
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync(At($"{page}/beslut"))).StatusCode);

        var no = $"{page}/neka";
        var untold = await Refused(no, $"{no}?handler=Decline", ("Decline.Reason", "OSL 26 kap. 1 § hindrar"));
        Assert.Contains("Frågaren ska få veta att det går att begära", untold, StringComparison.Ordinal);
        Assert.Contains("OSL 26 kap. 1 § hindrar", untold, StringComparison.Ordinal);
        await Sent(no, $"{no}?handler=Decline", ("Decline.Reason", "OSL 26 kap. 1 § hindrar"), ("Decline.ToldOfDecision", "true"));
        await Sent(no, $"{no}?handler=Demand");
        Assert.Contains("minst 40 tecken", await Refused(no, $"{no}?handler=Decision", ("Decision.Motivation", "Nej")), StringComparison.Ordinal);
        await Sent(no, $"{no}?handler=Decision", ("Decision.Motivation", "Uppgifterna skyddas av OSL 26 kap. 1 § och det står inte klart att de kan röjas."), ("Decision.Title", "Registrator"));

        var decision = await Read($"{page}/beslut");
        foreach (var said in (string[])["Vad som står om Nils hälsa", "lämnas inte ut med stöd av OSL 26 kap. 1 §", "det står inte klart att de kan röjas", "sidnekare Exempelsson, registrator", "kammarrätten (OSL 6 kap. 7 §)", "inom tre veckor", "skicka eller lämna det till Nämnden HKS"])
            Assert.Contains(said, decision, StringComparison.Ordinal);
        Assert.DoesNotContain("Uppgifter om någons hälsa", decision, StringComparison.Ordinal);
        if ((await archive.Served.Services.GetRequiredService<Pdf>().Standing(default)).Available && await Words(await browser.GetByteArrayAsync(At($"{page}/beslut.pdf"))) is { } printed)
            Assert.Contains("Hur du överklagar", printed, StringComparison.Ordinal);

        await Sent(no, $"{no}?handler=Served", ("Served.ServedOn", Features.PageParts.Swedish.Date(TimeProvider.System.GetUtcNow())));
        Assert.Contains("kan överklagas till och med", await Refused(page, $"{page}?handler=Close"), StringComparison.Ordinal);

        // Who does not handle requests sees how it goes, and none of the forms.
        browser = await archive.Browser("sidlasare", Role.Moderator);
        Assert.DoesNotContain("/neka", await Read(page), StringComparison.Ordinal);
        foreach (var closed in (string[])["hitta", "lamna-ut", "neka", "handlingar/1", "handlingar/1/maska"]) Assert.Equal(HttpStatusCode.Forbidden, (await browser.GetAsync(At($"{page}/{closed}"))).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.GetAsync(At($"{page}/kopia.pdf"))).StatusCode);
    }

    [Fact]
    public async Task answers_that_nothing_was_found_with_what_the_archive_knows()
    {
        browser = await archive.Browser("sidsokare", Role.Registrator);
        var request = await A_request("Det som inte finns");
        var page = $"/utlamnanden/{request}/hitta";
        var found = await Read($"{page}?q=finnsintealls&from=2026-04-01&to=2026-04-30");
        Assert.Contains("Inga träffar", found, StringComparison.Ordinal);
        Assert.Contains("Så blir svaret", found, StringComparison.Ordinal);
        Assert.Contains("Skriv en dag", await Read($"{page}?from=i-fjol"), StringComparison.Ordinal);
        Assert.Contains("vilken period", await Refused(page, $"{page}?handler=Nothing"), StringComparison.Ordinal);
        await Sent(page, $"{page}?handler=Nothing", ("Nothing.From", "2026-04-01"), ("Nothing.To", "2026-04-30"));
        Assert.Contains("inte funnit det du begär", await Read($"/utlamnanden/{request}"), StringComparison.Ordinal);
    }

    /// <summary>The bytes of the file and of everything packed in it, as they could be read.</summary>
    private static IEnumerable<string> Everything(byte[] pdf)
    {
        foreach (var bytes in (IEnumerable<byte[]>)[pdf, .. Streams(pdf)])
        {
            yield return Encoding.Latin1.GetString(bytes);
            yield return Encoding.BigEndianUnicode.GetString(bytes);
            yield return Encoding.BigEndianUnicode.GetString(bytes, 1, bytes.Length - 1);
        }
    }

    private static IEnumerable<byte[]> Streams(byte[] pdf)
    {
        var text = Encoding.Latin1.GetString(pdf);
        foreach (Match stream in Regex.Matches(text, @"stream\r?\n"))
        {
            var start = stream.Index + stream.Length;
            if (start + 2 >= pdf.Length || pdf[start] != 0x78) continue;
            using var unpacked = new MemoryStream();
            try
            {
                using var packed = new ZLibStream(new MemoryStream(pdf, start, pdf.Length - start), CompressionMode.Decompress);
                packed.CopyTo(unpacked);
            }
            catch (InvalidDataException)
            {
                continue;
            }

            if (unpacked.Length > 1) yield return unpacked.ToArray();
        }
    }

    /// <summary>What the PDF says, in one line; null where pdftotext is not installed.</summary>
    private static async Task<string?> Words(byte[] pdf)
    {
        if (!File.Exists("/usr/bin/pdftotext")) return null;
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/pdftotext", ["-", "-"]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        var said = process.StandardOutput.ReadToEndAsync();
        await process.StandardInput.BaseStream.WriteAsync(pdf);
        process.StandardInput.Close();
        return string.Join(' ', (await said).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}
