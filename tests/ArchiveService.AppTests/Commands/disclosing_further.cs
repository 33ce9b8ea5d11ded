using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Printing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

/// <summary>The clock, the diary and the appeal of a request on its pages; documents that a case has of its own; files masked by hand.</summary>
[Collection(nameof(CommandArchive))]
public sealed class Disclosing_further(CommandArchive archive)
{
    private static readonly byte[] Film = [0, 0, 0, 0x18, .. "ftypmp42"u8, .. new byte[64]];

    private Task<HttpResponseMessage> Post(string path, object body) => archive.Everybody.PostAsJsonAsync(At($"/api/v1/disclosures/{path}"), body);

    private async Task<Guid> A_request(string authority) =>
        (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/disclosures"), new { authority, request = "Allt om filmen", channel = "visit", form = "copy" }))).GetProperty("id").GetGuid();

    private async Task<JsonElement> One(Guid request) => await Ok(await archive.Everybody.GetAsync(At($"/api/v1/disclosures/{request}")));

    private async Task Harm(Guid request, Guid item)
    {
        await Ok(await Post($"{request}/items/{item}/steps", new { step = "provision", finding = "possible", provision = "OSL 26 kap. 1 §" }));
        await Ok(await Post($"{request}/items/{item}/steps", new { step = "protects", finding = "individual" }));
        await Ok(await Post($"{request}/items/{item}/steps", new { step = "harm", finding = "harm", test = "secret", note = "Det står inte klart" }));
        await Ok(await Post($"{request}/items/{item}/steps", new { step = "waiver", finding = "none" }));
    }

    private async Task Sent(HttpClient browser, string page, string action, params (string, string)[] fields)
    {
        var answer = await ServedArchive.Post(browser, page, action, fields);
        Assert.True(answer.StatusCode == HttpStatusCode.Redirect, $"{action}: {(int)answer.StatusCode} {WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync())}");
    }

    private async Task<ZipArchive> Package(Guid request) => new(new MemoryStream(await archive.Everybody.GetByteArrayAsync(At($"/api/v1/disclosures/{request}/package"))));

    [Fact]
    [Trait("Requirement", "R-10")]
    public async Task the_pages_stop_the_clock_register_the_request_and_follow_the_appeal()
    {
        var record = await archive.A_comment("HKS", "Uppgifter om någons hälsa igen");
        var request = await A_request("HKS");
        var browser = await archive.Browser("klockare", Role.Registrator);
        var (page, no) = ($"/utlamnanden/{request}", $"/utlamnanden/{request}/neka");
        await Sent(browser, page, $"{page}?handler=Pause", ("Pause.Reason", "clarification"), ("Pause.Note", "Vilket år avses?"));
        var shown = WebUtility.HtmlDecode(await browser.GetStringAsync(At(page)));
        Assert.Contains("står still sedan", shown, StringComparison.Ordinal);
        Assert.Contains("Vilket år avses?", shown, StringComparison.Ordinal);
        await Sent(browser, page, $"{page}?handler=Resume");
        Assert.Contains("stod still", WebUtility.HtmlDecode(await browser.GetStringAsync(At(page))), StringComparison.Ordinal);

        // A case of its own, by the form; then it stands there, and cannot be registered once more.
        await Sent(browser, page, $"{page}?handler=Register", ("Diary.Where", "new"));
        var caseId = (await One(request)).GetProperty("case").GetGuid();
        var file = await Ok(await archive.Everybody.GetAsync(At($"/api/v1/cases/{caseId}")));
        Assert.StartsWith("Begäran om allmän handling (", file.GetProperty("title").GetString(), StringComparison.Ordinal);
        Assert.Contains($"/arenden/{caseId}", await browser.GetStringAsync(At(page)), StringComparison.Ordinal);
        var cases = await archive.Served.Value<long>("select count(*) from archive.cases");
        Assert.Equal((409, "already-registered"), await Refused(await Post($"{request}/register", new { newCase = new { title = "En gång till" } })));
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Served.Program(await archive.Served.Token("Arkiv Arian", [new("arkivarie")])).PostAsJsonAsync(At($"/api/v1/disclosures/{await A_request("HKS")}/register"), new { newCase = new { title = "Fel roll" } })));
        Assert.Equal(cases, await archive.Served.Value<long>("select count(*) from archive.cases"));

        await Ok(await Post($"{request}/items", new { records = new[] { record } }));
        await Harm(request, record);
        await Ok(await Post($"{request}/items/{record}/decide", new { outcome = "refuse", nothingCanBeGiven = true }));
        await Ok(await Post($"{request}/decline", new { reason = "OSL 26 kap. 1 § hindrar", toldOfDecision = true }));
        await Ok(await Post($"{request}/demand-decision", new { }));
        await Ok(await Post($"{request}/refuse", new { motivation = "Uppgifterna skyddas av OSL 26 kap. 1 § och det står inte klart att de kan röjas." }));
        var today = Features.PageParts.Swedish.Date(TimeProvider.System.GetUtcNow());
        await Ok(await Post($"{request}/served", new { servedOn = today }));
        await Sent(browser, no, $"{no}?handler=Appeal", ("Appeal.ReceivedOn", today));
        Assert.Contains("Kom in i rätt tid", WebUtility.HtmlDecode(await browser.GetStringAsync(At(no))), StringComparison.Ordinal);
        Assert.Contains("Anteckna avgörandet", WebUtility.HtmlDecode(await browser.GetStringAsync(At(page))), StringComparison.Ordinal);
        await Sent(browser, no, $"{no}?handler=Settle", ("Settle.Outcome", "changed"), ("Settle.SettledOn", today), ("Settle.Note", "Kammarrätten, mål 123-26"));

        // What the court sends back is examined anew.
        Assert.Equal(JsonValueKind.Null, (await One(request)).GetProperty("items")[0].GetProperty("outcome").ValueKind);
    }

    [Fact]
    [Trait("Requirement", "R-10")]
    public async Task what_a_case_has_of_its_own_is_examined_masked_and_given_out_one_by_one()
    {
        await Ok(await archive.Everybody.PutAsJsonAsync(At("/api/v1/authorities/DFA"), new { name = "Nämnden DFA", preset = "trosa" }));
        var opened = await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/cases"), new { authority = "DFA", title = "Tillsyn" }));
        var (id, number) = (opened.GetProperty("caseId").GetGuid(), opened.GetProperty("diaryNumber").GetString()!);
        async Task Wrote(string what, object body) => await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/cases/{id}/{what}"), body));
        await Wrote("notes", new { means = "phone", with = "Anna Låtsas", text = "Ringde om Hemligssons hälsa." });
        await Wrote("decisions", new { decidedOn = "2026-03-02", outcome = "other", body = "Nämnden § 8", subject = "Tillsyn", text = "Tillsynen av Hemligsson avslutas.", reasons = "Inget fel fanns hos Hemligsson." });

        // With the whole case comes what is an entry for everybody; a note of a case that is still handled by its own number only (TF 2:12).
        var request = await A_request("DFA");
        await Ok(await Post($"{request}/items", new { diaryNumber = number }));
        Assert.Equal(["case", "document"], (await One(request)).GetProperty("items").EnumerateArray().Select(i => i.GetProperty("kind").GetString()));
        await Ok(await Post($"{request}/items", new { diaryNumber = $"{number}-1" }));
        var items = (await One(request)).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(3, items.Count);
        var (decision, note) = (items[1].GetProperty("target").GetGuid(), items[2].GetProperty("target").GetGuid());

        // The case is held as long as one of them is asked for.
        Assert.Equal((409, "case-held"), await Refused(await Post($"{request}/items/{id}/drop", new { reason = "Fel ärende" })));
        await Ok(await Post($"{request}/items/{note}/drop", new { reason = "Begärdes inte" }));
        await Harm(request, decision);
        await Ok(await Post($"{request}/items/{decision}/masks", new { words = new[] { new { text = "Hemligsson", provision = "OSL 26 kap. 1 §" } } }));
        await Ok(await Post($"{request}/items/{decision}/decide", new { outcome = "mask" }));
        using (var zip = await Package(request))
        {
            using var reader = new StreamReader(zip.GetEntry("002/handling.txt")!.Open(), Encoding.UTF8);
            var said = await reader.ReadToEndAsync();
            Assert.Contains("Skälen: Inget fel fanns hos [maskerat: OSL 26 kap. 1 §].", said, StringComparison.Ordinal);
            Assert.DoesNotContain("Hemligsson", said, StringComparison.Ordinal);
        }

        var browser = await archive.Browser("akthandlare", Role.Registrator);
        var page = WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/utlamnanden/{request}/handlingar/2")));
        Assert.Contains("Beslut, upprättad", page, StringComparison.Ordinal);
        Assert.Contains("Inget fel fanns hos Hemligsson.", page, StringComparison.Ordinal);
        Assert.Contains("Skälen", WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/utlamnanden/{request}/handlingar/2/maska"))), StringComparison.Ordinal);
        Assert.Contains($"#handling-2", await browser.GetStringAsync(At($"/utlamnanden/{request}")), StringComparison.Ordinal);
        await Ok(await Post($"{request}/deliver", new { form = "copy", pages = 1 }));

        // What only the cleared may know of is no item for others.
        await Wrote("documents/2/secrecy", new { provision = "OSL 25 kap. 1 §" });
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync(At($"/utlamnanden/{request}/handlingar/2"))).StatusCode);
    }

    [Fact]
    [Trait("Requirement", "R-10")]
    [Trait("Law", "TF 2:15")]
    public async Task a_copy_masked_by_hand_stands_in_for_what_cannot_be_cleaned()
    {
        var record = await archive.A_comment("HKS", "Se filmen av grannen");
        using (var form = new MultipartFormDataContent { { new ByteArrayContent(Film), "file", "grannen.mp4" } }) await Ok(await archive.Everybody.PostAsync(At($"/api/v1/records/{record}/attachments"), form));
        var request = await A_request("HKS");
        await Ok(await Post($"{request}/items", new { records = new[] { record } }));
        await Harm(request, record);
        await Ok(await Post($"{request}/items/{record}/masks", new { words = new[] { new { text = "grannen", provision = "OSL 26 kap. 1 §" } } }));

        // The name of the file holds the word, so the whole file is hidden; unmasked again it cannot be given out as it is.
        await Ok(await Post($"{request}/items/{record}/masks", new { spans = new[] { new { part = "text", start = 13, length = 7, provision = "OSL 26 kap. 1 §" } } }));
        await Ok(await Post($"{request}/items/{record}/decide", new { outcome = "mask" }));
        Assert.Equal((409, "attachment-not-cleaned"), await Refused(await archive.Everybody.GetAsync(At($"/api/v1/disclosures/{request}/package"))));

        var attachment = await archive.Served.Value<Guid>($"select attachment_id from archive.attachments where record_id = '{record}'");
        var files = $"/api/v1/disclosures/{request}/items/{record}/files/{attachment}/copy";
        async Task<HttpResponseMessage> Sends(string? provision, string isChecked)
        {
            using var form = new MultipartFormDataContent { { new ByteArrayContent([.. Film, 1, 2, 3]), "file", "maskad.mp4" }, { new StringContent(provision ?? ""), "provision" }, { new StringContent(isChecked), "checked" } };
            return await archive.Everybody.PostAsync(At(files), form);
        }

        Assert.Equal((400, "provision-missing"), await Refused(await Sends(null, "true")));
        Assert.Equal((400, "copy-not-checked"), await Refused(await Sends("OSL 26 kap. 1 §", "false")));
        var stored = await archive.Served.Value<long>("select count(*) from archive.disclosure_copies");
        await Ok(await Sends("OSL 26 kap. 1 §", "true"));
        Assert.Equal(stored + 1, await archive.Served.Value<long>("select count(*) from archive.disclosure_copies"));

        // What was decided before does not hold for another copy.
        Assert.Equal((409, "nothing-to-deliver"), await Refused(await archive.Everybody.GetAsync(At($"/api/v1/disclosures/{request}/package"))));
        await Ok(await Post($"{request}/items/{record}/decide", new { outcome = "mask" }));
        using (var zip = await Package(request))
        {
            var copy = Assert.Single(zip.Entries, e => e.FullName.EndsWith("-maskad.mp4", StringComparison.Ordinal));
            using var bytes = new MemoryStream();
            await copy.Open().CopyToAsync(bytes);
            Assert.Equal([.. Film, 1, 2, 3], bytes.ToArray());
            using var proof = JsonDocument.Parse(zip.GetEntry("oppnade-delar.json")!.Open());
            Assert.Equal("ersatt av maskad kopia", proof.RootElement.GetProperty("documents")[0].GetProperty("replaced")[0].GetProperty("said").GetString());
            if ((await archive.Served.Services.GetRequiredService<Pdf>().Standing(default)).Available) Assert.NotNull(zip.GetEntry("kopia.pdf"));
        }

        // The file is the same whenever it is made: the receipt names it by its hash.
        await Ok(await Post($"{request}/deliver", new { form = "copy", pages = 1 }));
        var browser = await archive.Browser("kopierare", Role.Registrator);
        var once = await archive.Everybody.GetByteArrayAsync(At($"/api/v1/disclosures/{request}/package"));
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(once));
        Assert.Contains(hash, (await browser.GetStringAsync(At($"/utlamnanden/{request}/kvitto"))).Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("ersatt av maskad kopia", WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/utlamnanden/{request}/handlingar/1/kopior"))), StringComparison.Ordinal);

        // The original is untouched.
        Assert.Equal(Film, await archive.Everybody.GetByteArrayAsync(At($"/api/v1/records/{record}/attachments/{attachment}")));
    }

    [Fact]
    public async Task nothing_found_does_not_count_what_the_one_who_answers_may_not_know_of()
    {
        await Ok(await archive.Everybody.PutAsJsonAsync(At("/api/v1/authorities/DFC"), new { name = "Nämnden DFC", preset = "trosa" }));
        archive.Channels["DFC"] = (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = "DFC", platform = "facebook", nativeAccountId = "own-DFC", handle = "DFC", purpose = "Dialog" }))).GetProperty("id").GetGuid();
        var record = await archive.A_comment("DFC", "En öppen fråga");
        var secret = await archive.A_comment("DFC", "En hemlig fråga");
        await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/records/{secret}/secrecy"), new { provision = "OSL 25 kap. 1 §" }));
        var request = await A_request("DFC");
        var cleared = archive.Served.Program(await archive.Served.Token("Kim Klar", [new("registrator")], clearance: true));
        async Task<int> Kept(HttpClient by) => (await Ok(await by.GetAsync(At($"/api/v1/disclosures/{request}/coverage?from=2026-03-01&to=2026-03-31")))).GetProperty("kept").GetInt32();
        Assert.Equal((1, 2), (await Kept(archive.Everybody), await Kept(cleared)));
        Assert.NotEqual(record, secret);
    }
}
