using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Rebuild;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

/// <summary>What a case has of its own, notes, decisions and appeals on paper, in the diary, the public diary and the search.</summary>
[Collection(nameof(CommandArchive))]
public sealed class Documents_of_a_case(CommandArchive archive)
{
    [Fact]
    [Trait("Law", "OSL 5:1")]
    [Trait("Law", "OSL 5:2")]
    [Trait("Law", "TF 2:12")]
    public async Task stand_in_the_diary_with_date_and_number_and_tell_everybody_more_when_released()
    {
        var (id, number) = await Opened("DCA", "Annas ansökan om plats", "Ansökan om plats");
        await Post(id, "notes", new { means = "phone", with = "Anna Låtsas", text = "Berättade om kvarkstaden." });
        await Post(id, "decisions", new { decidedOn = "2026-03-02", outcome = "refused", body = "Nämnden § 7", subject = "Avslag för Anna", publicSubject = "Avslag på ansökan", text = "Platsansökan avslås.", reasons = "Kvoten är full." });
        await Post(id, "appeals", new { appellant = "Anna Låtsas", subject = "Överklagar avslaget", receivedOn = "2026-03-03" });

        // The staff's diary has all three, the note among them; everybody's has the decision and the appeal, and no title but the one for everybody.
        var lines = await Diary($"authority=DCA");
        Assert.Equal(["3 appeal", "2 decision", "1 note"], lines.Where(l => l.GetProperty("diaryNumber").GetString() == number).OrderByDescending(l => l.GetProperty("documentNumber").GetInt32()).Select(l => $"{l.GetProperty("documentNumber")} {l.GetProperty("kind").GetString()}"));
        Assert.Equal("Anna Låtsas", lines.Single(l => l.GetProperty("documentNumber").GetInt32() == 3).GetProperty("sender").GetString());
        var open = await Everybody("authority=DCA&period=all");
        Assert.Equal(["2 decision True", "3 appeal True"], Shown(open, number));
        Assert.Equal(["Ansökan om plats"], open.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("caseTitle").GetString()).Distinct());
        Assert.DoesNotContain("Anna", open.GetRawText(), StringComparison.Ordinal);
        var day = await Everybody("authority=DCA&date=2026-03-02");
        Assert.Equal(["2 decision True"], Shown(day, number));
        var csv = await archive.Served.Browser().GetStringAsync(At("/public/diary.csv?authority=DCA&date=2026-03-02"));
        Assert.Contains("Beslut. Ärendet: Ansökan om plats", csv, StringComparison.Ordinal);
        Assert.Single((await Everybody("authority=DCA&q=ansökan plats")).GetProperty("items").EnumerateArray(), i => i.GetProperty("documentNumber").GetInt32() == 2);
        Assert.Empty((await Everybody("authority=DCA&q=Annas")).GetProperty("items").EnumerateArray());
        foreach (var page in new[] { "/public/diary", "/public/terminal" })
        {
            var html = WebUtility.HtmlDecode(await archive.Served.Browser().GetStringAsync(At($"{page}?authority=DCA&period=all")));
            Assert.Contains("Ansökan om plats", html, StringComparison.Ordinal);
            Assert.DoesNotContain("Anna", html, StringComparison.Ordinal);
        }

        // By number, as people type it, and by words for those who may read the case.
        var one = await Ok(await archive.Registrator.GetAsync(At($"/api/v1/diary/{Uri.EscapeDataString($"{number}-2")}")));
        Assert.Equal([2], one.GetProperty("documents").EnumerateArray().Select(d => d.GetProperty("documentNumber").GetInt32()));
        Assert.Equal([1], Numbers(await Search("kvarkstaden")));
        Assert.Equal([2], Numbers(await Search("platsansökan")));
        Assert.Equal([3], Numbers(await Search($"{number}-3")));
        Assert.Equal((400, "bad-parameter"), await Refused(await archive.Registrator.GetAsync(At("/api/v1/case-documents"))));
        var browser = await archive.Browser("dcasok", Role.Registrator);
        Assert.Contains("Berättade om kvarkstaden.", WebUtility.HtmlDecode(await browser.GetStringAsync(At("/sok?q=kvarkstaden"))), StringComparison.Ordinal);
        Assert.Contains($"#handling-1", await browser.GetStringAsync(At("/diarium?authority=DCA")), StringComparison.Ordinal);

        // A request for it finds it, with the case it stands in.
        var request = (await Ok(await archive.Registrator.PostAsJsonAsync(At("/api/v1/disclosures"), new { authority = "DCA", channel = "email", request = "Beslutet om platsen" }))).GetProperty("id").GetGuid();
        Assert.Equal((404, "case-unknown"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/disclosures/{request}/items"), new { diaryNumber = $"{number}-9" })));
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/disclosures/{request}/items"), new { diaryNumber = $"{number}-2" }));
        Assert.Equal(["case", "document"], (await Ok(await archive.Registrator.GetAsync(At($"/api/v1/disclosures/{request}")))).GetProperty("items").EnumerateArray().Select(i => i.GetProperty("kind").GetString()));

        // A registrator examines; at once everybody reads the neutral subject.
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/cases/{id}/documents/2/release"), new { })));
        Assert.Equal((409, "working-material"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{id}/documents/1/release"), new { })));
        Assert.Equal((404, "document-unknown"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{id}/documents/9/release"), new { })));
        await Post(id, "documents/2/release", new { });
        var released = (await Everybody("authority=DCA&date=2026-03-02")).GetProperty("items")[0];
        Assert.Equal(("Avslag på ansökan", false), (released.GetProperty("subject").GetString(), released.GetProperty("withheld").GetBoolean()));
        await Post(id, "documents/2/withhold", new { });
        Assert.Equal(["2 decision True"], Shown(await Everybody("authority=DCA&date=2026-03-02"), number));

        // When the case is closed its notes are entries for everybody (TF 2:12).
        await Post(id, $"appeals/{(await File(id)).GetProperty("appeals")[0].GetProperty("id").GetGuid()}/time-check", new { });
        await Post(id, $"appeals/{(await File(id)).GetProperty("appeals")[0].GetProperty("id").GetGuid()}/conclude", new { end = "withdrawn", note = "Återkallat" });
        await Post(id, "close", new { draftsWeeded = true });
        Assert.Equal(["1 note True", "2 decision True", "3 appeal True"], Shown(await Everybody("authority=DCA&period=all"), number));
        await Post(id, "documents/1/release", new { });
        Assert.Contains("Anna Låtsas", (await Everybody("authority=DCA&q=Anna")).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Law", "OSL 5:5")]
    public async Task are_marked_examined_anew_and_lifted_after_they_were_written()
    {
        var (id, number) = await Opened("DCB", "Tillsyn", "Tillsyn");
        await Post(id, "decisions", new { decidedOn = "2026-03-02", outcome = "other", body = "Nämnden § 8", subject = "Om sjukdomsfallet", text = "Sjukdomsfallet utreds vidare." });
        await Staff();
        await Post(id, "documents/1/release", new { });
        Assert.Equal(["1 decision False"], Shown(await Everybody("authority=DCB&period=all"), number));

        Assert.Equal((400, "provision-missing"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{id}/documents/1/secrecy"), new { })));
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/cases/{id}/documents/1/secrecy"), new { provision = "OSL 25 kap. 1 §" })));
        await Post(id, "documents/1/secrecy", new { provision = "OSL 25 kap. 1 §", note = "Om hennes hälsa" });

        // At once, not when the views have caught up: for everybody, and for staff without clearance.
        Assert.Equal(["1 decision True"], Shown(await Everybody("authority=DCB&period=all"), number));
        foreach (var answer in new[] { await Search("sjukdomsfallet"), await File(id), await Ok(await archive.Registrator.GetAsync(At("/api/v1/diary?authority=DCB"))) })
            Assert.DoesNotContain("jukdomsfall", answer.GetRawText(), StringComparison.Ordinal);
        var cleared = archive.Served.Program(await archive.Served.Token("Kim Klar", [new("registrator")], clearance: true));
        Assert.Contains("Sjukdomsfallet utreds", (await Ok(await cleared.GetAsync(At($"/api/v1/cases/{id}/file")))).GetRawText(), StringComparison.Ordinal);
        Assert.Contains("Om sjukdomsfallet", (await Ok(await cleared.GetAsync(At("/api/v1/case-documents?q=sjukdomsfallet")))).GetRawText(), StringComparison.Ordinal);

        Assert.Equal((404, "document-unknown"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{id}/documents/1/secrecy/lift"), new { reason = "Gäller inte" })));
        Assert.Equal((400, "outcome-unknown"), await Refused(await cleared.PostAsJsonAsync(At($"/api/v1/cases/{id}/documents/1/secrecy/review"), new { reason = "Skäl" })));
        await Ok(await cleared.PostAsJsonAsync(At($"/api/v1/cases/{id}/documents/1/secrecy/review"), new { outcome = "changed", provision = "OSL 26 kap. 1 §", reason = "Socialtjänst" }));
        Assert.Equal("OSL 26 kap. 1 §", (await Ok(await cleared.GetAsync(At($"/api/v1/cases/{id}/file")))).GetProperty("documents")[0].GetProperty("provision").GetString());
        Assert.Equal((409, "secrecy-possible"), await Refused(await cleared.PostAsJsonAsync(At($"/api/v1/cases/{id}/documents/1/release"), new { })));
        await Ok(await cleared.PostAsJsonAsync(At($"/api/v1/cases/{id}/documents/1/secrecy/review"), new { outcome = "lifted", reason = "Ingen skada" }));
        Assert.Equal((409, "not-marked"), await Refused(await cleared.PostAsJsonAsync(At($"/api/v1/cases/{id}/documents/1/secrecy/lift"), new { reason = "Igen" })));

        // What is lifted is read by the staff again; for everybody it has to be examined anew.
        Assert.Equal([1], Numbers(await Search("sjukdomsfallet")));
        Assert.Equal(["1 decision True"], Shown(await Everybody("authority=DCB&period=all"), number));

        // The same through the page.
        var browser = await archive.Browser("dcbsida", Role.Registrator);
        var page = $"/arenden/{id}/handling?nr=1";
        Assert.Contains(page, WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/arenden/{id}"))), StringComparison.Ordinal);
        var again = await ServedArchive.Post(browser, page, $"/arenden/{id}/handling?handler=Mark", ("nr", "1"), ("Provision", ""));
        Assert.Contains("Ange tillämplig bestämmelse", WebUtility.HtmlDecode(await again.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, $"/arenden/{id}/handling?handler=Release", ("nr", "1"), ("Release", "true"))).StatusCode);
        Assert.Equal(["1 decision False"], Shown(await Everybody("authority=DCB&period=all"), number));
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, $"/arenden/{id}/handling?handler=Mark", ("nr", "1"), ("Provision", "OSL 25 kap. 1 §"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync(At(page))).StatusCode);
    }

    [Fact]
    [Trait("Law", "OSL 5:2")]
    public async Task tell_nobody_of_a_secret_document_of_the_case_and_are_the_same_when_they_are_built_anew()
    {
        var (id, number) = await Opened("DCC", "Utredning", "Utredning");
        var channel = (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = "DCC", platform = "facebook", nativeAccountId = "own-DCC", handle = "DCC", purpose = "Dialog" }))).GetProperty("id").GetGuid();
        archive.Channels["DCC"] = channel;
        await Post(id, "decisions", new { decidedOn = "2026-03-02", outcome = "other", body = "Nämnden § 9", subject = "Om granngalten", text = "Granngalten hörs." });
        await Staff();
        await Post(id, "documents/1/release", new { });
        var record = await archive.A_comment("DCC", "Granngaltens hemlighet");
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{record}/register"), new { caseId = id, subject = "Synpunkt" }));
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{record}/secrecy"), new { provision = "OSL 25 kap. 1 §" }));

        Assert.Empty(Numbers(await Search("granngalten")));
        Assert.DoesNotContain("ranngalt", (await Everybody("authority=DCC&period=all")).GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("ranngalt", (await Ok(await archive.Registrator.GetAsync(At("/api/v1/diary?authority=DCC")))).GetRawText(), StringComparison.Ordinal);
        await Post(id, "documents/1/withhold", new { });
        Assert.Equal((409, "secrecy-possible"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{id}/documents/1/release"), new { })));
        await Staff();
        Assert.Equal(["1 decision True", "2 record True"], Shown(await Everybody("authority=DCC&period=all"), number));

        var rebuilt = await archive.Served.Services.GetRequiredService<RebuildViews>().Run(false, null, default);
        Assert.Equal([], rebuilt.Tables.Where(t => !t.Same).Select(t => t.Table));
        Assert.True(rebuilt.Tables.Single(t => t.Table == "all_case_documents").Rows > 0);
        Assert.Equal(["1 decision True", "2 record True"], Shown(await Everybody("authority=DCC&period=all"), number));
    }

    [Fact]
    public async Task stay_when_a_case_is_split_and_are_referred_to_with_the_parties_that_go_along()
    {
        var (id, number) = await Opened("NKS", "Två saker", null);
        var record = await archive.A_comment("NKS");
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{record}/register"), new { caseId = id, subject = "Skolskjuts" }));
        await Post(id, "notes", new { means = "phone", text = "Om båda sakerna." });
        await Post(id, "decisions", new { decidedOn = "2026-03-02", outcome = "other", body = "Nämnden § 9", text = "Utreds." });
        var anna = (await Post(id, "parties", new { role = "applicant", name = "Anna Låtsas", contact = "070-000 00 00" })).GetProperty("party").GetGuid();
        var agent = (await Post(id, "parties", new { role = "representative", name = "Omar Ombud", represents = anna })).GetProperty("party").GetGuid();
        await Post(id, "parties", new { role = "counterparty", name = "Blir Kvar" });

        var browser = await archive.Browser("dcdela", Role.Registrator);
        Assert.Contains("Motpart: Blir Kvar", WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/arenden/{id}/handlagg"))), StringComparison.Ordinal);
        Assert.Equal((400, "reference-unknown"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{id}/split"), new { documents = new[] { 1 }, newCase = new { title = "Skjutsen" }, reason = "Två saker", references = new[] { 1 } })));
        Assert.Equal((400, "party-unknown"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{id}/split"), new { documents = new[] { 1 }, newCase = new { title = "Skjutsen" }, reason = "Två saker", parties = new[] { Guid.CreateVersion7() } })));
        var to = (await Post(id, "split", new { documents = new[] { 1 }, newCase = new { title = "Skjutsen" }, reason = "Två saker", references = new[] { 2, 3 }, parties = new[] { anna, agent } })).GetProperty("caseId").GetGuid();

        var fresh = await File(to);
        Assert.Equal([$"{number}", $"{number}-2", $"{number}-3"], fresh.GetProperty("references").EnumerateArray().Select(r => r.GetProperty("number").GetString()));
        Assert.Equal(["Anna Låtsas", "Omar Ombud"], fresh.GetProperty("parties").EnumerateArray().Select(p => p.GetProperty("name").GetString()));
        Assert.Equal(fresh.GetProperty("parties")[0].GetProperty("id").GetGuid(), fresh.GetProperty("parties")[1].GetProperty("represents").GetGuid());
        Assert.Equal([1, 2, 3], (await File(id)).GetProperty("documents").EnumerateArray().Select(d => d.GetProperty("number").GetInt32()));
        Assert.Equal(3, (await File(id)).GetProperty("parties").GetArrayLength());
        Assert.Contains($"/arenden/{id}#handling-3", await browser.GetStringAsync(At($"/arenden/{to}")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task two_opposite_references_at_once_both_come_to_stand()
    {
        var (one, _) = await Opened("NKS", "Ena", null);
        var (other, _) = await Opened("NKS", "Andra", null);

        for (var round = 0; round < 4; round++)
        {
            var link = round % 2 == 0 ? "continues" : "related";
            var answers = await Task.WhenAll(
                archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{one}/relations"), new { other, link }), archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{other}/relations"), new { other = one, link }));
            foreach (var answer in answers) await Ok(answer);
        }

        // Each says of the other what the other says of it, however they met.
        Assert.Equal(
            (await File(one)).GetProperty("references").EnumerateArray().Select(r => r.GetProperty("link").GetString()!).Order().Select(l => l switch { "continues" => "continuedBy", "continuedBy" => "continues", _ => l }).Order(),
            (await File(other)).GetProperty("references").EnumerateArray().Select(r => r.GetProperty("link").GetString()!).Order());
    }

    [Fact]
    [Trait("Requirement", "N-10")]
    public async Task a_case_is_not_closed_over_a_document_that_nobody_has_assessed_however_they_meet()
    {
        for (var round = 0; round < 4; round++)
        {
            var (id, _) = await Opened("NKS", "Avslutas", null);
            var message = await A_message($"avslut{round}");
            var (close, register) = (
                archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{id}/close"), new { checklist = true, draftsWeeded = true, exceptions = new { officerAssigned = "x", retentionSet = "x", classSet = "x" } }),
                archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{message}/register"), new { caseId = id, subject = "Fråga" }));
            var answers = await Task.WhenAll(close, register);

            Assert.False(answers.All(a => a.IsSuccessStatusCode), "It was closed as if everything in it were assessed.");
            Assert.Contains(answers, a => a.IsSuccessStatusCode);
            if (!answers[0].IsSuccessStatusCode) Assert.Contains("documentsFinal", await answers[0].Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task an_attachment_that_has_not_come_holds_the_closing_checklist()
    {
        var line = """{"act":"create","nativeId":"bilaga1","kind":"comment","author":{"nativeId":"77","displayName":"Nils Låtsasson"},"audience":"public","occurredAt":"2026-03-01T12:00:00Z","text":"Se bilden","attachments":[{"nativeId":"b1","fileName":"bild.png","mediaType":"image/png"}]}""";
        await Ok(await archive.Everybody.PostAsync(At($"/api/v1/channels/{archive.Channels["NKS"]}/captures"), new StringContent(line, Encoding.UTF8, "application/x-ndjson")));
        var record = archive.Served.Services.GetRequiredService<ArchiveService.Sealing.KeyedIds>().Record(archive.Channels["NKS"], "facebook", "native", "bilaga1");
        var id = (await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{record}/register"), NewCase()))).GetProperty("caseId").GetGuid();

        var items = (await Ok(await archive.Registrator.GetAsync(At($"/api/v1/cases/{id}/closing")))).GetProperty("items").EnumerateArray().ToList();

        var final = items.Single(i => i.GetProperty("item").GetString() == "documentsFinal");
        Assert.False(final.GetProperty("met").GetBoolean());
        Assert.EndsWith("saknar en bilaga som inte är hämtad", final.GetProperty("proof").GetString(), StringComparison.Ordinal);
        Assert.False(items.Single(i => i.GetProperty("item").GetString() == "draftsWeeded").GetProperty("met").GetBoolean());
        Assert.Equal((409, "closing-incomplete"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{id}/close"), new { checklist = true, draftsWeeded = true })));
    }

    [Fact]
    [Trait("Requirement", "I5")]
    public async Task are_proved_to_others_by_a_bundle_each_and_so_is_what_goes_out()
    {
        var (id, _) = await Opened("DCP", "Bevisfrågan", null);
        await Post(id, "notes", new { means = "phone", with = "Anna Låtsas", text = "Berättade om bevisningen." });
        await Post(id, "decisions", new { decidedOn = "2026-03-02", outcome = "refused", body = "Nämnden § 3", subject = "Avslag", text = "Ansökan avslås.", reasons = "Kvoten är full." });
        Assert.True(Evidence.NoteKey.TryParse(await archive.Served.Program().GetStringAsync(At("/evidence/key")), out var key));
        async Task<(string Text, Evidence.BundleReport Report)> Bundle(HttpClient by, string path)
        {
            using var answer = await by.GetAsync(At(path));
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            var bytes = await answer.Content.ReadAsByteArrayAsync();
            return (Encoding.UTF8.GetString(bytes), Evidence.BundleVerification.Of(bytes, new([key])));
        }

        var proof = $"/api/v1/cases/{id}/documents/2/proof";
        var (text, report) = await Bundle(archive.Registrator, proof);
        Assert.Empty(report.Findings);
        Assert.Contains("Ansökan avslås.", text, StringComparison.Ordinal);
        Assert.DoesNotContain("bevisningen", text, StringComparison.Ordinal);
        (text, report) = await Bundle(archive.Registrator, $"/api/v1/cases/{id}/documents/1/proof?kind=existed");
        Assert.Empty(report.Findings);
        Assert.Equal("existed", report.Kind);
        Assert.DoesNotContain("bevisningen", text, StringComparison.Ordinal);
        Assert.Equal((404, "case-document-unknown"), await Refused(await archive.Registrator.GetAsync(At($"/api/v1/cases/{id}/documents/9/proof"))));
        Assert.Equal((400, "proof-kind"), await Refused(await archive.Registrator.GetAsync(At($"{proof}?kind=extension"))));
        Assert.Contains(proof, await (await archive.Browser("bevisaren", Role.Registrator)).GetStringAsync(At($"/arenden/{id}")), StringComparison.Ordinal);

        // A mark closes it; who is cleared says why.
        await Post(id, "documents/2/secrecy", new { provision = "OSL 25 kap. 1 §" });
        Assert.Equal((404, "case-document-unknown"), await Refused(await archive.Registrator.GetAsync(At(proof))));
        var cleared = archive.Served.Program(await archive.Served.Token("Klara Bevis", [new("registrator")], clearance: true));
        Assert.Equal((400, "read-reason-missing"), await Refused(await cleared.GetAsync(At(proof))));
        Assert.Empty((await Bundle(cleared, $"{proof}?reason=prov")).Report.Findings);

        // What goes out of a request for documents: the receipt, and no decision where there is none.
        var request = (await Ok(await archive.Registrator.PostAsJsonAsync(At("/api/v1/disclosures"), new { authority = "DCP", channel = "email", request = "Anteckningen" }))).GetProperty("id").GetGuid();
        Assert.Equal((404, "disclosure-receipt-unknown"), await Refused(await archive.Registrator.GetAsync(At($"/api/v1/disclosures/{request}/receipt/proof"))));
        Assert.Equal((404, "disclosure-decision-unknown"), await Refused(await archive.Registrator.GetAsync(At($"/api/v1/disclosures/{request}/decision/proof"))));
        Assert.Equal((404, "disclosure-unknown"), await Refused(await archive.Registrator.GetAsync(At($"/api/v1/disclosures/{Guid.Empty}/decision/proof"))));
        var item = await archive.A_comment("HKS", "Ska lämnas ut");
        var given = (await Ok(await archive.Registrator.PostAsJsonAsync(At("/api/v1/disclosures"), new { authority = "HKS", channel = "email", request = "Kommentaren" }))).GetProperty("id").GetGuid();
        Task<HttpResponseMessage> Do(string what, object body) => archive.Registrator.PostAsJsonAsync(At($"/api/v1/disclosures/{given}/{what}"), body);
        await Ok(await Do("items", new { records = new[] { item } }));
        await Ok(await Do($"items/{item}/steps", new { step = "provision", finding = "none" }));
        await Ok(await Do($"items/{item}/decide", new { outcome = "disclose" }));
        await Ok(await Do("deliver", new { form = "read", items = new[] { item } }));
        (text, report) = await Bundle(archive.Registrator, $"/api/v1/disclosures/{given}/receipt/proof");
        Assert.Empty(report.Findings);
        Assert.Contains("disclosure_delivered", text, StringComparison.Ordinal);
    }

    private async Task<Guid> A_message(string native)
    {
        var line = JsonSerializer.Serialize(new { act = "message", nativeId = native, kind = "dm", author = new { nativeId = "77", displayName = "Nils Låtsasson" }, audience = "direct", occurredAt = "2026-03-01T12:00:00Z", text = "Kan ni hjälpa mig?" });
        await Ok(await archive.Everybody.PostAsync(At($"/api/v1/channels/{archive.Channels["NKS"]}/captures"), new StringContent(line, Encoding.UTF8, "application/x-ndjson")));
        return archive.Served.Services.GetRequiredService<ArchiveService.Sealing.KeyedIds>().Record(archive.Channels["NKS"], "facebook", "native", native);
    }

    private async Task<(Guid Id, string Number)> Opened(string authority, string title, string? publicTitle)
    {
        if (!archive.Channels.ContainsKey(authority)) await Ok(await archive.Everybody.PutAsJsonAsync(At($"/api/v1/authorities/{authority}"), new { name = $"Nämnden {authority}", preset = "herrljunga" }));
        var opened = await Ok(await archive.Registrator.PostAsJsonAsync(At("/api/v1/cases"), new { authority, title, publicTitle, initiative = "application" }));
        return (opened.GetProperty("caseId").GetGuid(), opened.GetProperty("diaryNumber").GetString()!);
    }

    private async Task<JsonElement> Post(Guid id, string what, object body) => await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{id}/{what}"), body));

    private Task<long> Last() => archive.Served.Value<long>("select max(seq_id) from archive.mt_events");

    /// <summary>Waits until the views have come to the end of the log.</summary>
    private async Task Staff() => await Ok(await archive.Registrator.GetAsync(At($"/api/v1/diary?limit=1&after={await Last()}")));

    private async Task<List<JsonElement>> Diary(string query) => [.. (await Ok(await archive.Registrator.GetAsync(At($"/api/v1/diary?{query}&after={await Last()}")))).GetProperty("items").EnumerateArray()];

    private async Task<JsonElement> Everybody(string query) => await Ok(await archive.Served.Browser().GetAsync(At($"/public/diary.json?{query}")));

    private async Task<JsonElement> Search(string words) => await Ok(await archive.Registrator.GetAsync(At($"/api/v1/case-documents?q={Uri.EscapeDataString(words)}&after={await Last()}")));

    private async Task<JsonElement> File(Guid id) => await Ok(await archive.Registrator.GetAsync(At($"/api/v1/cases/{id}/file?after={await Last()}")));

    private static IEnumerable<int> Numbers(JsonElement found) => found.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("documentNumber").GetInt32());

    private static IEnumerable<string> Shown(JsonElement page, string number) => page.GetProperty("items").EnumerateArray().Where(i => i.GetProperty("diaryNumber").GetString() == number)
        .OrderBy(i => i.GetProperty("documentNumber").GetInt32()).Select(i => $"{i.GetProperty("documentNumber")} {i.GetProperty("kind").GetString()} {i.GetProperty("withheld").GetBoolean()}");
}
