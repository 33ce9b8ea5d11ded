using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Consents;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

[Collection(nameof(CommandArchive))]
public sealed class Keeping_consents(CommandArchive archive)
{
    private T Get<T>()
        where T : notnull => archive.Served.Services.GetRequiredService<T>();

    private object Consent(string authority = "HKS", string age = "adult", string? guardian = null, bool written = true) => new
    {
        person = "Elsa Låtsberg",
        age,
        guardian,
        written,
        channels = new[] { archive.Channels[authority] },
        purpose = "Bilder från invigningen av simhallen",
        givenOn = "2026-03-01",
    };

    private async Task<Guid> Given(string authority = "HKS") => (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/consents"), Consent(authority)))).GetProperty("id").GetGuid();

    /// <summary>A post by the channel itself.</summary>
    private async Task<Guid> An_own_post(string authority = "HKS")
    {
        var native = $"own-post-{Guid.CreateVersion7(TimeProvider.System.GetUtcNow()):N}";
        var line = JsonSerializer.Serialize(new { act = "create", nativeId = native, kind = "post", author = new { nativeId = $"own-{authority}", displayName = authority }, audience = "public", occurredAt = "2026-03-01T12:00:00Z", text = "Simhallen är öppen" });
        using var content = new StringContent(line, Encoding.UTF8, "application/x-ndjson");
        await Ok(await archive.Everybody.PostAsync(At($"/api/v1/channels/{archive.Channels[authority]}/captures"), content));
        return Get<KeyedIds>().Record(archive.Channels[authority], "facebook", "native", native);
    }

    [Fact]
    [Trait("Requirement", "H-20")]
    [Trait("Requirement", "C17")]
    public async Task links_them_to_own_posts_and_tells_on_withdrawal_what_is_to_come_down()
    {
        var consent = await Given();
        var (own, down) = (await An_own_post(), await An_own_post());
        await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/consents/{consent}/uses"), new { record = own }));
        await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/consents/{consent}/uses"), new { record = own }));
        await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/consents/{consent}/uses"), new { record = down }));
        Assert.Equal((409, "not-own-record"), await Refused(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/consents/{consent}/uses"), new { record = await archive.A_comment() })));
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{down}/unpublish"), new { grounds = new[] { "PERSONAL_DATA_VIOLATION" }, motivation = "Fel bild" }));

        var withdrawn = await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/consents/{consent}/withdraw"), new { note = "Ringde" }));

        Assert.Equal(own, Assert.Single(withdrawn.GetProperty("toTakeDown").EnumerateArray()).GetProperty("record").GetGuid());
        Assert.Equal((409, "consent-withdrawn"), await Refused(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/consents/{consent}/withdraw"), new { })));
        Assert.Equal((409, "consent-withdrawn"), await Refused(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/consents/{consent}/uses"), new { record = own })));
        var read = await Ok(await archive.Everybody.GetAsync(At($"/api/v1/consents/{consent}")));
        Assert.Equal("Elsa Låtsberg", read.GetProperty("consent").GetProperty("person").GetString());
        Assert.Equal(2, read.GetProperty("uses").GetArrayLength());
    }

    [Fact]
    [Trait("Requirement", "H-20")]
    public async Task keeps_the_names_out_of_everything_that_is_in_the_clear()
    {
        var consent = await Given();

        Assert.Equal(0, await archive.Served.Value<long>($"select count(*) from archive.mt_events where stream_id = '{consent}' and data::text like '%Låtsberg%'"));
        var answer = await archive.Everybody.GetAsync(At($"/api/v1/records/{consent}?after={await archive.Served.Value<long>("select max(seq_id) from archive.mt_events")}"));
        Assert.DoesNotContain("Låtsberg", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var admin = archive.Served.Program(await archive.Served.Token("Adam Bara-admin", [new("admin")]));
        Assert.Equal((403, "not-allowed"), await Refused(await admin.GetAsync(At("/api/v1/consents"))));
        Assert.Equal((404, "consent-unknown"), await Refused(await admin.GetAsync(At($"/api/v1/consents/{consent}"))));
        Assert.Equal("content", await archive.Served.Value<string>($"select class from archive.record_keys where stream_id = '{consent}' and class = 'content'"));
    }

    [Fact]
    [Trait("Requirement", "R-07")]
    [Trait("Requirement", "H-21")]
    [Trait("Requirement", "C17")]
    public async Task refuses_what_the_guideline_does_not_let_stand()
    {
        Assert.Equal((409, "written-consent-missing"), await Refused(await archive.Everybody.PostAsJsonAsync(At("/api/v1/consents"), Consent("RKS", written: false))));
        Assert.Equal((400, "guardian-missing"), await Refused(await archive.Everybody.PostAsJsonAsync(At("/api/v1/consents"), Consent("HKS", "under-13"))));
        Assert.Equal((400, "guardian-missing"), await Refused(await archive.Everybody.PostAsJsonAsync(At("/api/v1/consents"), Consent("RKS", "13-17"))));
        await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/consents"), Consent("HKS", "13-17")));
        await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/consents"), Consent("HKS", "under-13", "Gunnar Låtsberg")));
        Assert.Equal((400, "scope-missing"), await Refused(await archive.Everybody.PostAsJsonAsync(At("/api/v1/consents"), new { person = "Elsa", age = "adult", channels = new[] { new Guid("0195aaaa-0000-7000-8000-00000000ffff") }, purpose = "x", givenOn = "2026-03-01" })));
    }

    [Fact]
    [Trait("Requirement", "R-07")]
    public async Task works_on_its_pages_with_the_signed_form_as_a_file()
    {
        var browser = await archive.Browser("samtyckt", Role.Kommunikator);
        var page = await browser.GetStringAsync(At("/samtycken/nytt"));
        var token = System.Text.RegularExpressions.Regex.Match(page, "name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"").Groups[1].Value;
        async Task<HttpResponseMessage> Post(string purpose)
        {
            using var form = Made.Form(
                [("__RequestVerificationToken", token), ("Person", "Tor Låtsberg"), ("Age", "adult"), ("Written", "true"), ("Channels", archive.Channels["RKS"].ToString()), ("Purpose", purpose), ("GivenOn", "2026-03-01")],
                ("scan", "samtycke.pdf", Made.Pdf));
            return await browser.PostAsync(At("/samtycken/nytt"), form);
        }

        var refused = WebUtility.HtmlDecode(await (await Post("")).Content.ReadAsStringAsync());
        Assert.Contains("Ange vad samtycket gäller", refused, StringComparison.Ordinal);
        Assert.Contains("Tor Låtsberg", refused, StringComparison.Ordinal);
        var done = await Post("Porträtt på webben");
        Assert.Equal(HttpStatusCode.Redirect, done.StatusCode);
        var id = Guid.Parse(done.Headers.Location!.OriginalString.Split('/')[^1]);
        Assert.Single((await archive.State(id)).AttachmentsStored);
        Assert.Contains("Tor Låtsberg", WebUtility.HtmlDecode(await browser.GetStringAsync(At("/samtycken"))), StringComparison.Ordinal);

        var withdrawn = await ServedArchive.Post(browser, $"/samtycken/{id}", $"/samtycken/{id}", ("WithdrawnOn", "2026-03-02"));
        Assert.Equal(HttpStatusCode.Redirect, withdrawn.StatusCode);
        Assert.Equal(new DateOnly(2026, 3, 2), (await archive.State(id)).ConsentWithdrawnOn);
    }

    [Fact]
    [Trait("Requirement", "R-07")]
    [Trait("Requirement", "H-20")]
    public async Task says_whose_a_post_is_by_api_and_on_its_page()
    {
        var own = await An_own_post("RKS");

        Assert.Equal((400, "source-missing"), await Refused(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/records/{own}/rights"), new { basis = "licensed", holder = "Foto-Frida" })));
        await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/records/{own}/rights"), new { basis = "licensed", holder = "Foto-Frida", source = "Bildbyrån" }));
        Assert.Equal((409, "not-own-record"), await Refused(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/records/{await archive.A_comment("RKS")}/rights"), new { basis = "own", holder = "x" })));
        using (var stale = new HttpRequestMessage(HttpMethod.Post, At($"/api/v1/records/{own}/rights")) { Content = JsonContent.Create(new { basis = "own", holder = "x" }) })
        {
            stale.Headers.TryAddWithoutValidation("If-Match", "\"1\"");
            Assert.Equal((412, "changed-meanwhile"), await Refused(await archive.Everybody.SendAsync(stale)));
        }

        var browser = await archive.Browser("ratten", Role.Kommunikator);
        var consent = await Given("RKS");
        var page = WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/handlingar/{own}/rattigheter")));
        Assert.Contains("Foto-Frida", page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, $"/handlingar/{own}/rattigheter", $"/handlingar/{own}/rattigheter?handler=Consent", ("Consent.Id", consent.ToString()))).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, $"/handlingar/{own}/rattigheter", $"/handlingar/{own}/rattigheter", ("Rights.Basis", "own"), ("Rights.Holder", "Trosa kommun"))).StatusCode);
        var rights = await Ok(await archive.Everybody.GetAsync(At($"/api/v1/records/{own}/rights")));
        Assert.Equal("Trosa kommun", Assert.Single(rights.GetProperty("statements").EnumerateArray()).GetProperty("holder").GetString());
        Assert.Equal(consent, Assert.Single(rights.GetProperty("consents").EnumerateArray()).GetProperty("id").GetGuid());
    }

    [Fact]
    [Trait("Requirement", "V-01")]
    [Trait("Requirement", "V-02")]
    [Trait("Requirement", "V-04")]
    public async Task judges_suitability_before_publishing_and_links_what_was_published()
    {
        var channel = archive.Channels["VA"];
        var well = ReviewPublication.Questions.ToDictionary(q => q.Word, _ => "ok");
        Assert.Equal((400, "checks-missing"), await Refused(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/channels/{channel}/publication-reviews"), new { purpose = "Bild", suitable = true })));

        var review = (await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/channels/{channel}/publication-reviews"), new { purpose = "Utställningen öppnar", checks = well, suitable = true }))).GetProperty("id").GetGuid();

        Assert.Equal((409, "not-own-record"), await Refused(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/publication-reviews/{review}/record"), new { record = await archive.A_comment("VA") })));
        var own = await An_own_post("VA");
        await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/publication-reviews/{review}/record"), new { record = own }));
        Assert.Equal((409, "review-linked"), await Refused(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/publication-reviews/{review}/record"), new { record = own })));
        var browser = await archive.Browser("lamplig", Role.Kommunikator);
        Assert.Contains("Riktlinjen kräver", WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/kanaler/{channel}/publicering"))), StringComparison.Ordinal);
        var saved = await ServedArchive.Post(browser, $"/kanaler/{channel}/publicering", $"/kanaler/{channel}/publicering",
            ("Purpose", "Nytt inlägg"), ("Secrecy", "ok"), ("PersonalData", "ok"), ("Consent", "not-applicable"), ("Copyright", "ok"), ("Politics", "ok"), ("Result", "suitable"));
        Assert.Equal(HttpStatusCode.Redirect, saved.StatusCode);
        Assert.Contains("Lämpligheten bedömdes", WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/handlingar/{own}/rattigheter"))), StringComparison.Ordinal);
        Assert.Contains("Ingen lämplighetsbedömning", WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/handlingar/{await An_own_post("VA")}/rattigheter"))), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "H-20")]
    public async Task by_two_at_once_is_one_link()
    {
        var (consent, own) = (await Given(), await An_own_post());

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => archive.Everybody.PostAsJsonAsync(At($"/api/v1/consents/{consent}/uses"), new { record = own })));

        Assert.All(answers, a => Assert.True(a.IsSuccessStatusCode));
        Assert.Equal(1, await archive.Served.Value<long>($"select count(*) from archive.consent_uses where consent_id = '{consent}'"));
        Assert.Equal(1, await archive.Served.Value<long>($"select count(*) from archive.mt_events where stream_id = '{consent}' and type = 'consent_used'"));
    }

    [Fact]
    [Trait("Requirement", "H-18")]
    [Trait("Requirement", "C8")]
    public async Task and_copies_on_paper_are_noted_where_the_guideline_wants_them()
    {
        var id = await archive.A_comment();
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/unpublish"), new { grounds = new[] { "INSULT" }, motivation = "Grov" }));
        var browser = await archive.Browser("pappret", Role.Registrator);
        await Eventually(async () => WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/handlingar/{id}"))).Contains("Papperskopia återstår", StringComparison.Ordinal));

        Assert.Equal((400, "location-missing"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/paper-copies"), new { paper = "age-resistant", pages = 1, printer = "Plan 2" })));
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/paper-copies"), new { paper = "age-resistant", pages = 1, printer = "Plan 2", location = "Pärm 1" })));
        var done = await ServedArchive.Post(browser, $"/handlingar/{id}/papperskopia", $"/handlingar/{id}/papperskopia",
            ("Paper", "age-resistant"), ("Pages", "2"), ("Printer", "Plan 2"), ("Location", "Pärm 4"), ("ProducedOn", "2026-03-02"), ("IsArchival", "true"));

        Assert.Equal(HttpStatusCode.Redirect, done.StatusCode);
        Assert.Equal(1, (await archive.State(id)).PaperCopies);
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/paper-copies"), new { paper = "archival", pages = 1, printer = "Plan 2", location = "Pärm 1" }));
        Assert.Equal(2, await archive.Served.Value<long>($"select count(*) from archive.paper_copies where record_id = '{id}' and archival"));
        await Eventually(async () => !WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/handlingar/{id}"))).Contains("Papperskopia återstår", StringComparison.Ordinal));
    }

    private static async Task Eventually(Func<Task<bool>> so)
    {
        for (var i = 0; i < 200; i++)
        {
            if (await so()) return;
            await Task.Delay(50);
        }

        Assert.Fail("It never came to be so.");
    }
}
