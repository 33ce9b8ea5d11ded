using System.IO.Compression;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

[Collection(nameof(CommandArchive))]
public sealed class Disclosing(CommandArchive archive)
{
    private HttpClient Registrar => archive.Everybody;

    private async Task<(Guid Id, string Reference)> A_request(string authority = "HKS")
    {
        var made = await Ok(await archive.Moderator.PostAsJsonAsync(At("/api/v1/disclosures"), new { authority, request = "Allt om skolmaten", channel = "phone" }));
        return (made.GetProperty("id").GetGuid(), made.GetProperty("reference").GetString()!);
    }

    private Task<HttpResponseMessage> Post(string path, object body) => Registrar.PostAsJsonAsync(At($"/api/v1/disclosures/{path}"), body);

    private async Task<Guid> Found(Guid request, string text, string authority = "HKS")
    {
        var record = await archive.A_comment(authority, text);
        await Ok(await Post($"{request}/items", new { records = new[] { record } }));
        return record;
    }

    private async Task<bool> Held(Guid record)
    {
        await using var query = archive.Served.Services.GetRequiredService<Databases>().Writer.CreateCommand("select archive.is_held(authority_id, record_id, case_id, account_id) from archive.record_states where record_id = $1");
        query.Parameters.Add(new() { Value = record });
        return (bool)(await query.ExecuteScalarAsync())!;
    }

    private async Task Harm(Guid request, Guid record)
    {
        await Ok(await Post($"{request}/items/{record}/steps", new { step = "provision", finding = "possible", provision = "OSL 26 kap. 1 §" }));
        await Ok(await Post($"{request}/items/{record}/steps", new { step = "protects", finding = "individual" }));
        await Ok(await Post($"{request}/items/{record}/steps", new { step = "harm", finding = "harm", test = "secret", note = "Det står inte klart" }));
        await Ok(await Post($"{request}/items/{record}/steps", new { step = "waiver", finding = "none" }));
    }

    [Fact]
    [Trait("Requirement", "R-10")]
    [Trait("Requirement", "R-13")]
    public async Task an_open_record_is_given_out_whole_and_holds_gallring_until_then()
    {
        var (request, reference) = await A_request();
        var record = await Found(request, "Soppan var kall");
        Assert.True(await Held(record));
        Assert.Equal((409, "examination-missing"), await Refused(await Post($"{request}/items/{record}/decide", new { outcome = "disclose" })));
        await Ok(await Post($"{request}/items/{record}/steps", new { step = "provision", finding = "none" }));
        Assert.Equal((409, "no-ground"), await Refused(await Post($"{request}/items/{record}/decide", new { outcome = "refuse" })));
        await Ok(await Post($"{request}/items/{record}/decide", new { outcome = "disclose" }));
        await Ok(await Post($"{request}/deliver", new { form = "copy", pages = 11 }));

        Assert.False(await Held(record));
        var status = await Ok(await archive.Served.Program().GetAsync(At($"/public/requests/{reference}.json")));
        Assert.Equal("given", status.GetProperty("stage").GetString());
        Assert.DoesNotContain("skolmaten", status.GetRawText(), StringComparison.Ordinal);
        Assert.Equal((409, "disclosure-closed"), await Refused(await Post($"{request}/items", new { records = new[] { record } })));
        var page = await (await archive.Served.Program().GetAsync(At($"/public/requests/{reference}"))).Content.ReadAsStringAsync();
        Assert.Contains("Handlingarna är utlämnade", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task what_is_masked_is_nowhere_in_the_file_and_what_is_whole_can_be_checked()
    {
        var (request, _) = await A_request();
        var record = await Found(request, "Grannen Hemligsson slog till igen");
        await Harm(request, record);
        Assert.Equal((409, "masks-missing"), await Refused(await Post($"{request}/items/{record}/decide", new { outcome = "mask" })));
        Assert.Equal((400, "mask-word-not-found"), await Refused(await Post($"{request}/items/{record}/masks", new { words = new[] { new { text = "Finnsinte", provision = "OSL 26 kap. 1 §" } } })));
        await Ok(await Post($"{request}/items/{record}/masks", new { words = new[] { new { text = "hemligsson", provision = "OSL 26 kap. 1 §" } } }));
        await Ok(await Post($"{request}/items/{record}/decide", new { outcome = "mask" }));

        var bytes = await (await Registrar.GetAsync(At($"/api/v1/disclosures/{request}/package"))).Content.ReadAsByteArrayAsync();
        using var zip = new ZipArchive(new MemoryStream(bytes));
        foreach (var entry in zip.Entries)
        {
            using var reader = new StreamReader(entry.Open(), Encoding.UTF8);
            Assert.DoesNotContain("Hemligsson", await reader.ReadToEndAsync(), StringComparison.OrdinalIgnoreCase);
        }

        using var proof = JsonDocument.Parse(zip.GetEntry("oppnade-delar.json")!.Open());
        var document = proof.RootElement.GetProperty("documents")[0];
        var parts = document.GetProperty("parts").EnumerateArray().ToList();
        Assert.DoesNotContain(parts, p => p.GetProperty("part").GetString() == "text");
        Assert.Equal("text", document.GetProperty("withheld")[0].GetProperty("part").GetString());
        var name = Assert.Single(parts, p => p.GetProperty("part").GetString() == "author.displayName");
        Assert.Equal(
            name.GetProperty("commitment").GetString(),
            Seal.Commitment(Convert.FromHexString(name.GetProperty("salt").GetString()!), "author.displayName", Encoding.UTF8.GetBytes(name.GetProperty("value").GetString()!)));
        Assert.True(await Held(record));
    }

    [Fact]
    public async Task a_no_comes_in_two_steps_and_holds_through_the_time_for_appeal()
    {
        var (request, _) = await A_request();
        var record = await Found(request, "Uppgifter om någons hälsa");
        await Harm(request, record);
        Assert.Equal((409, "harm-found"), await Refused(await Post($"{request}/items/{record}/decide", new { outcome = "disclose" })));
        Assert.Equal((409, "asking-not-allowed"), await Refused(await Post($"{request}/items/{record}/steps", new { step = "asker", finding = "considered" })));
        await Ok(await Post($"{request}/items/{record}/decide", new { outcome = "refuse", nothingCanBeGiven = true }));
        Assert.Equal((409, "right-not-told"), await Refused(await Post($"{request}/decline", new { reason = "OSL 26 kap. 1 § hindrar", toldOfDecision = false })));
        await Ok(await Post($"{request}/decline", new { reason = "OSL 26 kap. 1 § hindrar", toldOfDecision = true }));
        var motivation = "Uppgifterna skyddas av OSL 26 kap. 1 § och det står inte klart att de kan röjas.";
        Assert.Equal((409, "decision-not-demanded"), await Refused(await Post($"{request}/refuse", new { motivation })));
        await Ok(await Post($"{request}/demand-decision", new { }));
        await Ok(await Post($"{request}/refuse", new { motivation }));
        await Ok(await Post($"{request}/served", new { servedOn = Features.PageParts.Swedish.Day(TimeProvider.System.GetUtcNow()) }));
        Assert.Equal((409, "appeal-time-runs"), await Refused(await Post($"{request}/close", new { })));
        Assert.True(await Held(record));
    }

    [Fact]
    [Trait("Requirement", "R-13")]
    public async Task personal_data_by_e_mail_is_warned_of_where_the_guideline_says_so()
    {
        var (request, _) = await A_request("RKS");
        var record = await Found(request, "Hej", "RKS");
        await Ok(await Post($"{request}/items/{record}/steps", new { step = "provision", finding = "none" }));
        await Ok(await Post($"{request}/items/{record}/decide", new { outcome = "disclose" }));
        Assert.Equal((409, "electronic-personal-data"), await Refused(await Post($"{request}/deliver", new { form = "email" })));
        await Ok(await Post($"{request}/deliver", new { form = "email", electronicReason = "Avsändaren frågar efter sitt eget" }));
    }

    [Fact]
    public async Task nothing_found_says_what_the_archive_knows()
    {
        var (request, _) = await A_request();
        await Ok(await Post($"{request}/nothing-found", new { from = "2026-04-01", to = "2026-04-30" }));
        var told = await Ok(await Registrar.GetAsync(At($"/api/v1/disclosures/{request}")));
        Assert.Equal("nothingFound", told.GetProperty("answer").GetString());
        Assert.Contains("2026-04-01", told.GetProperty("answerText").GetString()!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task the_pages_take_a_request_in_and_show_it()
    {
        var browser = await archive.Browser("utlamnaren", Access.Role.Registrator);
        var (request, reference) = await A_request();
        Assert.Contains(reference, await browser.GetStringAsync(At("/utlamnanden")), StringComparison.Ordinal);
        Assert.Contains("Allt om skolmaten", await browser.GetStringAsync(At($"/utlamnanden/{request}")), StringComparison.Ordinal);
        Assert.Contains("TF 2 kap. 18", await browser.GetStringAsync(At("/utlamnanden/ny")), StringComparison.Ordinal);
        Assert.Contains("/utlamnanden/tider", await browser.GetStringAsync(At("/utlamnanden")), StringComparison.Ordinal);
        var code = await archive.Served.Value<string>($"select code from archive.authorities join archive.disclosure_requests using (authority_id) where request_id = '{request}'");
        Assert.Contains(reference, await browser.GetStringAsync(At($"/utlamnanden/tider?authority={code}&from=2020-01-01")), StringComparison.Ordinal);
        Assert.DoesNotContain(reference, await browser.GetStringAsync(At($"/utlamnanden/tider?authority={code}&from=2020-01-01&to=2020-01-02")), StringComparison.Ordinal);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await browser.GetAsync(At("/utlamnanden/tider?authority=FINNSINTE"))).StatusCode);
    }

    [Fact]
    [Trait("Requirement", "R-10")]
    public async Task the_clock_is_told_and_stands_still_for_the_asker()
    {
        var (request, reference) = await A_request();
        var told = await Ok(await Registrar.GetAsync(At($"/api/v1/disclosures/{request}")));
        Assert.NotEmpty(told.GetProperty("pace").GetProperty("reasons").EnumerateArray());
        Assert.Equal((400, "pause-reason-unknown"), await Refused(await Post($"{request}/pause", new { reason = "vacation", note = "Semester" })));
        Assert.Equal((409, "fee-not-due"), await Refused(await Post($"{request}/pause", new { reason = "fee", note = "54 kr" })));
        await Ok(await Post($"{request}/pause", new { reason = "clarification", note = "Vilket år avses?" }));

        Assert.Equal("paused", (await Ok(await Registrar.GetAsync(At($"/api/v1/disclosures/{request}")))).GetProperty("pace").GetProperty("standing").GetString());
        var status = await Ok(await archive.Served.Program().GetAsync(At($"/public/requests/{reference}.json")));
        Assert.Equal(("clarification", false), (status.GetProperty("waitsFor").GetString(), status.GetProperty("late").GetBoolean()));
        Assert.DoesNotContain("Vilket år", status.GetRawText(), StringComparison.Ordinal);

        await Ok(await Post($"{request}/resume", new { }));
        Assert.Equal((409, "clock-running"), await Refused(await Post($"{request}/resume", new { })));
        var listed = (await Ok(await Registrar.GetAsync(At("/api/v1/disclosures?open=true")))).GetProperty("items").EnumerateArray().Single(r => r.GetProperty("id").GetGuid() == request);
        Assert.NotEqual("paused", listed.GetProperty("pace").GetProperty("standing").GetString());
        var day = Features.PageParts.Swedish.Date(TimeProvider.System.GetUtcNow());
        Assert.Contains(reference, (await Ok(await Registrar.GetAsync(At($"/api/v1/disclosures/times?authority=HKS&from={day}&to={day}")))).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task too_few_who_can_decide_is_said_from_the_start()
    {
        var made = await Ok(await archive.Moderator.PostAsJsonAsync(At("/api/v1/disclosures"), new { authority = "HKS", request = "Allt", channel = "phone" }));
        var one = await Ok(await Registrar.GetAsync(At($"/api/v1/disclosures/{made.GetProperty("id").GetGuid()}")));
        var few = one.GetProperty("deciders").GetInt32() < 2;
        foreach (var told in (JsonElement[])[made, one])
            Assert.Equal(few, told.GetProperty("warnings").EnumerateArray().Any(w => w.GetProperty("code").GetString() == "too-few-deciders" && w.GetProperty("said").GetString()!.Contains("JO 2340-94", StringComparison.Ordinal)));
    }
}
