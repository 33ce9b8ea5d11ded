using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Testing;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

/// <summary>The life of a case: opened, handled, appealed, split, closed and laid in the archive.</summary>
[Collection(nameof(CommandArchive))]
public sealed class Handling_cases(CommandArchive archive)
{
    [Fact]
    public async Task begins_without_a_document_and_every_note_and_decision_becomes_a_numbered_one()
    {
        var (id, number) = await Opened();
        var me = await Me();
        await Post(id, "officer", new { person = me, from = "2026-03-01" });
        await Post(id, "parties", new { role = "applicant", name = "Anna Låtsas", contact = "070-000 00 00" });
        await Post(id, "parties", new { role = "counterparty", name = "Hemliga Hanna", protectedIdentity = true });
        Assert.Equal(1, (await Post(id, "notes", new { means = "phone", with = "Anna Låtsas", text = "Ringde om tiden." })).GetProperty("documentNumber").GetInt32());
        Assert.Equal(2, (await Post(id, "notes", new { means = "phone", text = "Hon ringde i går, inte i dag.", corrects = 1 })).GetProperty("documentNumber").GetInt32());
        Assert.Equal(3, (await Post(id, "notes", new { means = "visit", text = "Om hennes hälsa.", provision = "OSL 25 kap. 1 §" })).GetProperty("documentNumber").GetInt32());
        Assert.Equal(4, (await Post(id, "decisions", new { decidedOn = "2026-03-02", outcome = "refused", body = "Nämnden § 7", text = "Ansökan avslås.", howToAppeal = "Inom tre veckor." })).GetProperty("documentNumber").GetInt32());
        await Post(id, "decisions/4/dispatch", new { on = "2026-03-03", means = "served", recipient = "Anna Låtsas" });
        await Post(id, "rename", new { title = "Bygglov för carport", publicTitle = "Bygglov", reason = "Felskrivet" });

        var file = await File(id);
        var cover = file.GetProperty("cover");
        Assert.Equal((number, "Bygglov för carport", "Bygglov", "authority"), (cover.GetProperty("diaryNumber").GetString(), cover.GetProperty("title").GetString(), cover.GetProperty("publicTitle").GetString(), cover.GetProperty("initiative").GetString()));
        Assert.Equal(me, cover.GetProperty("officerId").GetGuid());
        var documents = file.GetProperty("documents").EnumerateArray().ToList();
        Assert.Equal([1, 2, 3, 4], documents.Select(d => d.GetProperty("number").GetInt32()));
        Assert.Equal(["note", "note", "note", "decision"], documents.Select(d => d.GetProperty("kind").GetString()));
        Assert.Equal([2], documents[0].GetProperty("note").GetProperty("correctedBy").EnumerateArray().Select(n => n.GetInt32()));
        Assert.Equal("Ringde om tiden.", documents[0].GetProperty("text").GetString());

        // Without clearance a secret note has its date and number only, and a protected name is not there.
        Assert.Equal((false, JsonValueKind.Null), (documents[2].GetProperty("visible").GetBoolean(), documents[2].GetProperty("text").ValueKind));
        Assert.DoesNotContain("Hanna", file.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("hälsa", file.GetRawText(), StringComparison.Ordinal);
        var cleared = archive.Served.Program(await archive.Served.Token("Klara Klarerad", [new("registrator")], clearance: true));
        Assert.Contains("Hemliga Hanna", (await Ok(await cleared.GetAsync(At($"/api/v1/cases/{id}/file")))).GetRawText(), StringComparison.Ordinal);
        Assert.Equal((400, "note-unknown"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{id}/notes"), new { means = "phone", text = "x", corrects = 4 })));
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/cases/{id}/notes"), new { means = "phone", text = "x" })));
        Assert.Equal((404, "case-unknown"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{Guid.Empty}/notes"), new { means = "phone", text = "x" })));
    }

    [Fact]
    public async Task with_a_secret_document_tells_an_uncleared_reader_its_date_and_number_only()
    {
        var (id, number) = await Opened("Tystnadens ärende");
        var record = await archive.A_comment("NKS", "Hemligt om sjukdomen");
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{record}/register"), new { caseId = id, subject = "Om sjukdomen" }));
        await Post(id, "notes", new { means = "phone", text = "Sjukdomen nämndes." });
        var last = (await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{record}/secrecy"), new { provision = "OSL 25 kap. 1 §" }))).GetProperty("lastSequence").GetInt64();

        var file = (await Ok(await archive.Moderator.GetAsync(At($"/api/v1/cases/{id}/file?after={last}")))).GetRawText();
        Assert.Contains(number, file, StringComparison.Ordinal);
        foreach (var word in new[] { "ystnadens", "jukdomen", record.ToString("D") }) Assert.DoesNotContain(word, file, StringComparison.Ordinal);
        var found = await Ok(await archive.Moderator.GetAsync(At("/api/v1/cases?authority=NKS&q=Tystnadens")));
        Assert.Empty(found.GetProperty("items").EnumerateArray());
    }

    [Fact]
    [Trait("Law", "FL 45 §")]
    public async Task takes_an_appeal_that_no_answer_ends_and_hands_it_over_with_the_file()
    {
        var record = await archive.A_comment("NKS", "Härmed överklagar jag ert beslut att ta bort min kommentar.");
        var @case = (await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{record}/register"), new { newCase = new { title = "Borttagen kommentar" }, subject = "Överklagande", recordType = "appeal" }))).GetProperty("caseId").GetGuid();
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{record}/answer"), new { text = "Beslutet går inte att överklaga." }));

        var appeal = (await File(@case)).GetProperty("appeals").EnumerateArray().Single();
        Assert.Equal((true, "2026-03-01"), (appeal.GetProperty("isOpen").GetBoolean(), appeal.GetProperty("receivedOn").GetString()));
        Assert.Contains(@case, (await Ok(await archive.Registrator.GetAsync(At("/api/v1/cases?appeals=true&authority=NKS")))).GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetGuid()));
        Assert.Equal((409, "appeal-open"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{@case}/close"), new { })));
        var path = $"appeals/{appeal.GetProperty("id").GetGuid()}";
        Assert.Equal((409, "time-not-checked"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{@case}/{path}/forward"), new { court = "Förvaltningsrätten i Linköping" })));
        await Post(@case, $"{path}/time-check", new { notifiedOn = "2026-02-20" });
        await Post(@case, $"{path}/forward", new { court = "Förvaltningsrätten i Linköping" });

        appeal = (await File(@case)).GetProperty("appeals").EnumerateArray().Single();
        Assert.Equal(("inTime", "2026-03-13", "Förvaltningsrätten i Linköping"), (appeal.GetProperty("time").GetString(), appeal.GetProperty("lastDay").GetString(), appeal.GetProperty("court").GetString()));
        Assert.Equal([1], appeal.GetProperty("forwardedDocuments").EnumerateArray().Select(d => d.GetInt32()));
        Assert.Contains("noOpenAppeal", (await (await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{@case}/close"), new { checklist = true })).Content.ReadAsStringAsync()), StringComparison.Ordinal);
        await Post(@case, $"{path}/conclude", new { end = "ruled", note = "Avslag, mål 123-26" });
        Assert.Equal(0, await archive.Served.Value<int>($"select open_appeals from archive.cases where case_id = '{@case}'"));
        await Post(@case, "close", new { });
    }

    [Fact]
    public async Task splits_with_references_both_ways_and_loses_nothing()
    {
        var first = await archive.A_comment("NKS");
        var @case = (await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{first}/register"), NewCase()))).GetProperty("caseId").GetGuid();
        var (second, third) = (await archive.A_comment("NKS"), await archive.A_comment("NKS"));
        foreach (var record in new[] { second, third }) await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{record}/register"), new { caseId = @case, subject = "Skolskjuts" }));
        await Post(@case, "notes", new { means = "phone", text = "Står kvar." });

        Assert.Equal((409, "document-not-movable"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{@case}/split"), new { documents = new[] { 4 }, newCase = new { title = "Skolskjutsen" }, reason = "Två saker" })));
        Assert.Equal((412, "changed-meanwhile"), await Refused(await archive.Registrator.SendAsync(new(HttpMethod.Post, At($"/api/v1/cases/{@case}/split"))
        {
            Content = JsonContent.Create(new { documents = new[] { 2, 3 }, newCase = new { title = "Skolskjutsen" }, reason = "Två saker" }),
            Headers = { { "If-Match", "\"1\"" } },
        })));
        var to = (await Post(@case, "split", new { documents = new[] { 2, 3 }, newCase = new { title = "Skolskjutsen" }, reason = "Två saker" })).GetProperty("caseId").GetGuid();

        var (old, fresh) = (await File(@case), await File(to));
        Assert.Equal([1, 2, 3, 4], old.GetProperty("documents").EnumerateArray().Select(d => d.GetProperty("number").GetInt32()));
        Assert.All(old.GetProperty("documents").EnumerateArray().Where(d => d.GetProperty("number").GetInt32() is 2 or 3), d => Assert.Contains("överförd", d.GetProperty("fate").ToString(), StringComparison.Ordinal));
        Assert.Equal([second, third], fresh.GetProperty("documents").EnumerateArray().Select(d => d.GetProperty("record").GetGuid()));
        Assert.Equal(("splitInto", to), Reference(old));
        Assert.Equal(("splitFrom", @case), Reference(fresh));
        Assert.Equal(to, (await archive.State(third)).Case);
        Assert.Equal((400, "document-unknown"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{@case}/split"), new { documents = new[] { 2 }, newCase = new { title = "Igen" }, reason = "x" })));

        await Post(@case, "relations", new { other = to, link = "continuedBy" });
        Assert.Contains("continues", (await File(to)).GetProperty("references").ToString(), StringComparison.Ordinal);
        Assert.Equal((404, "other-case-unknown"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{@case}/relations"), new { other = Guid.CreateVersion7() })));

        static (string?, Guid) Reference(JsonElement file) => (file.GetProperty("references")[0].GetProperty("link").GetString(), file.GetProperty("references")[0].GetProperty("other").GetGuid());
    }

    [Fact]
    public async Task gives_each_of_many_that_write_at_once_a_number_of_their_own()
    {
        var (id, _) = await Opened();

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{id}/notes"), new { means = "phone", text = $"Nummer {n}" })));

        var numbers = new List<int>();
        foreach (var answer in answers) numbers.Add((await Ok(answer)).GetProperty("documentNumber").GetInt32());
        Assert.Equal([1, 2, 3, 4], numbers.Order());
    }

    [Fact]
    public async Task ends_with_a_checklist_goes_to_the_archive_and_may_begin_again_through_the_pages()
    {
        var browser = await archive.Browser("akthanterare", Role.Registrator);
        var answer = await ServedArchive.Post(browser, "/arenden/nytt", "/arenden/nytt", ("Authority", "NKS"), ("Title", "Tillsyn av lekplatsen"), ("Initiative", "Authority"));
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var page = answer.Headers.Location!.ToString();
        var id = Guid.Parse(page[(page.LastIndexOf('/') + 1)..]);
        answer = await ServedArchive.Post(browser, $"{page}/handlagg", $"{page}/handlagg?handler=Note", ("Note.Means", "Visit"), ("Note.With", "Vaktmästaren"), ("Note.Text", "Gungan är trasig."));
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var again = WebUtility.HtmlDecode(await (await ServedArchive.Post(browser, $"{page}/handlagg", $"{page}/handlagg?handler=Decision", ("Decision.Text", "Laga gungan"))).Content.ReadAsStringAsync());
        Assert.Contains("Ange utgången", again, StringComparison.Ordinal);
        Assert.Contains("Gungan är trasig.", WebUtility.HtmlDecode(await browser.GetStringAsync(At(page))), StringComparison.Ordinal);
        var told = await archive.Served.Value<long>("select max(seq_id) from archive.mt_events");
        Assert.Contains("Tillsyn av lekplatsen", WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/arenden?q=lekplatsen&officer=none&after={told}"))), StringComparison.Ordinal);

        Assert.Contains("Ärendet har en handläggare", WebUtility.HtmlDecode(await browser.GetStringAsync(At($"{page}/avsluta"))), StringComparison.Ordinal);
        var refused = await (await ServedArchive.Post(browser, $"{page}/avsluta", $"{page}/avsluta?handler=Close")).Content.ReadAsStringAsync();
        Assert.Contains("Checklistan är inte klar", WebUtility.HtmlDecode(refused), StringComparison.Ordinal);
        var day = await archive.Served.Value<DateTime>("select (now() at time zone 'Europe/Stockholm')::date::timestamp");
        Assert.Contains("Tillsyn av lekplatsen", WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/arenden/balans?authority=NKS&on={day:yyyy-MM-dd}"))), StringComparison.Ordinal);
        Assert.Contains("ingen;", await browser.GetStringAsync(At($"/arenden/balans.csv?authority=NKS&on={day:yyyy-MM-dd}")), StringComparison.Ordinal);
        answer = await ServedArchive.Post(browser, $"{page}/avsluta", $"{page}/avsluta?handler=Close", ("Because[officerAssigned]", "Avgjordes samma dag"), ("DraftsWeeded", "true"));
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        answer = await ServedArchive.Post(browser, $"{page}/avsluta", $"{page}/avsluta?handler=Archive", ("Folder", "Volym 7"), ("Shelf", "B3"));
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var html = WebUtility.HtmlDecode(await browser.GetStringAsync(At(page)));
        Assert.Contains("Volym 7, hylla B3", html, StringComparison.Ordinal);
        Assert.Contains("ärendet har en handläggare (Avgjordes samma dag)", html, StringComparison.Ordinal);
        Assert.Contains("Intygat: utkast och minnesanteckningar är rensade", html, StringComparison.Ordinal);
        Assert.Equal((409, "case-closed"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{id}/notes"), new { means = "phone", text = "För sent" })));

        answer = await ServedArchive.Post(browser, $"{page}/avsluta", $"{page}/avsluta?handler=Reopen", ("Reopening", "Nya uppgifter"));
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal(0, await archive.Served.Value<long>($"select count(closed_at) + count(archived_on) from archive.cases where case_id = '{id}'"));
        Assert.Equal((409, "case-open"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{id}/reopen"), new { reason = "Igen" })));
    }

    private async Task<(Guid Id, string Number)> Opened(string title = "Bygglov för karport")
    {
        var opened = await Ok(await archive.Registrator.PostAsJsonAsync(At("/api/v1/cases"), new { authority = "NKS", title, initiative = "authority" }));
        return (opened.GetProperty("caseId").GetGuid(), opened.GetProperty("diaryNumber").GetString()!);
    }

    private async Task<JsonElement> Post(Guid id, string what, object body) => await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{id}/{what}"), body));

    private async Task<JsonElement> File(Guid id) => await Ok(await archive.Registrator.GetAsync(At($"/api/v1/cases/{id}/file?after={await archive.Served.Value<long>("select max(seq_id) from archive.mt_events")}")));

    private async Task<Guid> Me() => await archive.Served.Value<Guid>("select g.person_id from archive.grants g join archive.persons p using (person_id) join archive.users u using (person_id) where g.role = 'registrator' and p.closed_at is null limit 1") is var me && me != Guid.Empty
        ? me : await NewPerson();

    private async Task<Guid> NewPerson()
    {
        await archive.Browser("handlaggare", Role.Registrator);
        return await archive.Served.Value<Guid>("select person_id from archive.users where username = 'handlaggare'");
    }
}
