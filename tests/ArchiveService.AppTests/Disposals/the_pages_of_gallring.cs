using System.Net;
using System.Net.Http.Json;
using ArchiveService.Access;
using ArchiveService.AppTests.Commands;
using ArchiveService.Features.Disposals;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.Disposals;

[Collection(nameof(CommandArchive))]
public sealed class The_pages_of_gallring(CommandArchive archive)
{
    [Fact]
    public async Task take_a_run_from_decision_to_certificate()
    {
        // A decision, a rule, a proposal, another person's approval, execution, certificate: without the API and without JavaScript.
        await archive.Served.Services.GetRequiredService<ArchiveService.Attachments.IObjectStore>().Probe(default);
        var native = await archive.A_comment("VA", "Ett utlåtande om snöröjningen");
        await CommandArchive.Ok(await System.Net.Http.Json.HttpClientJsonExtensions.PutAsJsonAsync(archive.Everybody, CommandArchive.At("/api/v1/authorities/VA"),
            new { policy = new Dictionary<string, string> { ["disposal.coolingOffDays"] = "0" }, decisionReference = "VA § 6" }));
        var anna = await archive.Browser("sida-anna", Role.Arkivarie);
        var bo = await archive.Browser("sida-bo", Role.Arkivarie);

        await Posted(anna, "/gallring?handler=Decision", ("Decision.Authority", "VA"), ("Decision.Reference", "VA § 7"), ("Decision.DecidedOn", "2020-05-25"),
            ("Decision.RecordTypes", "comment"), ("Decision.Frist", "P1M"));
        var decision = await archive.Served.Value<Guid>("select decision_id from archive.retention_decisions where reference = 'VA § 7'");
        await Posted(anna, "/gallring?handler=Rule", ("Rule.Decision", $"{decision}"), ("Rule.Name", "Kommentarer av ringa betydelse"), ("Rule.CountedFrom", "received"), ("Rule.WithRegister", "true"));
        var rule = await archive.Served.Value<Guid>($"select rule_id from archive.retention_rules where decision_id = '{decision}'");
        Assert.Contains("Kommentarer av ringa betydelse", await Text(anna, "/gallring"), StringComparison.Ordinal);

        var run = await Posted(anna, "/gallring?handler=Propose", ("rule", $"{rule}"), ("dueBefore", "2026-06-01"));
        var own = await Text(anna, run);
        Assert.Contains("En annan arkivarie ska godkänna den", own, StringComparison.Ordinal);
        Assert.DoesNotContain("Godkänn gallringen", own, StringComparison.Ordinal);
        Assert.Contains("Godkänn gallringen", await Text(bo, run), StringComparison.Ordinal);

        await Posted(bo, $"{run}?handler=Approve");
        await Posted(anna, $"{run}?handler=Execute");
        var id = Guid.Parse(run[(run.LastIndexOf('/') + 1)..]);
        for (var i = 0; i < 120 && (await archive.Served.Services.GetRequiredService<DisposalRuns>().Find(id, default))!.State is not RunState.Completed; i++) await Task.Delay(500);

        var page = await Text(anna, run);
        Assert.Contains("Gallringsbevis", page, StringComparison.Ordinal);
        Assert.Contains("raderad, slutförs senast", page, StringComparison.Ordinal);
        Assert.Contains("sida-bo Exempelsson", page, StringComparison.Ordinal);
        Assert.DoesNotContain("snöröjningen", page, StringComparison.Ordinal);
        Assert.NotEqual(Guid.Empty, native);

        // The protocol stands in the diary, has its fields on the page, and is signed there by somebody else than the one who executed.
        var number = await archive.Served.Value<string>("select c.diary_number from archive.cases c join archive.case_documents d using (case_id) join archive.authorities a on a.authority_id = c.authority_id where a.code = 'VA' and d.kind = 'protocol'");
        Assert.All(new[] { number!, "Gallringsprotokoll med gallringsbevis", "Arkivbildare", "VA § 7", "arkivlagen (1990:782) 10 §", "Samråd", "Handlingstyper", "Klass", "Volym", "Förvaring", "Fristen gick ut", "Hölls kvar", "Kontroll, hänvisning",
            "Logisk radering", "Fysisk radering", "Slutlig radering", "Oläslig överallt från", "kan inte sägas", "Avvikelser", "Finns kvar i", "Lista, SHA-256", "views.all_records" }, field => Assert.Contains(field, page, StringComparison.Ordinal));
        // The case that gathers protocols is nobody's to settle.
        Assert.DoesNotContain(number!, (await CommandArchive.Ok(await archive.Registrator.GetAsync(CommandArchive.At("/api/v1/authorities/VA/balance")))).GetRawText(), StringComparison.Ordinal);
        var refused = await ServedArchive.Post(anna, run, $"{run}?handler=Sign", ("Part", "controller"), ("Form", "electronic"), ("SignerTitle", "Arkivarie"));
        Assert.Contains("Den som verkställde gallringen kan inte också ha kontrollerat den", WebUtility.HtmlDecode(await refused.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        await Posted(bo, $"{run}?handler=Sign", ("Part", "controller"), ("Form", "electronic"), ("SignerTitle", "Första arkivarie"));
        Assert.Contains("Första arkivarie, undertecknat elektroniskt", await Text(anna, run), StringComparison.Ordinal);
        Assert.Equal((409, "already-signed"), await CommandArchive.Refused(await System.Net.Http.Json.HttpClientJsonExtensions.PostAsJsonAsync(
            archive.Served.Program(await archive.Served.Token("sida-bo Exempelsson", [new("arkivarie")])), CommandArchive.At($"/api/v1/disposals/{id}/sign"), new { part = "controller", title = "Första arkivarie" })));
    }

    [Fact]
    [Trait("Requirement", "T-17")]
    [Trait("Requirement", "V-11")]
    public async Task say_what_is_missing_in_a_decision()
    {
        var anna = await archive.Browser("sida-anna2", Role.Arkivarie);
        var answer = await ServedArchive.Post(anna, "/gallring", "/gallring?handler=Decision", ("Decision.Authority", "VA"), ("Decision.Reference", "VA § 8"), ("Decision.DecidedOn", "2020-05-25"), ("Decision.RecordTypes", "comment"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("ska innehålla en gallringsfrist (T-17)", WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task are_closed_to_those_who_have_nothing_to_do_with_gallring()
    {
        var moderator = await archive.Browser("sida-mod", Role.Moderator);
        var answer = await moderator.GetAsync(CommandArchive.At("/gallring"));
        Assert.NotEqual(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task take_a_review_a_stop_on_a_search_and_a_trial_of_a_rule()
    {
        // By page and by API on one authority; what the reviewer keeps and the stop covers is there afterwards.
        var (kept, free) = (await archive.A_comment("RKS", "Bryggan är trasig"), await archive.A_comment("RKS", "Bra jobbat"));
        await CommandArchive.Ok(await archive.Everybody.PutAsJsonAsync(CommandArchive.At("/api/v1/authorities/RKS"), new { policy = new Dictionary<string, string> { ["disposal.coolingOffDays"] = "0" }, decisionReference = "RKS § 6" }));
        var anna = archive.Served.Program(await archive.Served.Token("Api Anna", [new("arkivarie")]));
        var decision = (await CommandArchive.Ok(await anna.PostAsJsonAsync(CommandArchive.At("/api/v1/retention/decisions"),
            new { authority = "RKS", reference = "RKS § 7", decidedOn = "2020-05-25", recordTypes = new[] { "comment" }, frist = "P1M" }))).GetProperty("id").GetGuid();
        var rule = (await CommandArchive.Ok(await anna.PostAsJsonAsync(CommandArchive.At("/api/v1/retention/rules"), new { authority = "RKS", decision, name = "Ris och ros", countedFrom = "received" }))).GetProperty("id").GetGuid();
        var tried = await CommandArchive.Ok(await anna.PostAsJsonAsync(CommandArchive.At("/api/v1/retention/dry-runs"), new { rule, frist = "P2M" }));
        Assert.True(tried.GetProperty("due").GetInt32() >= 2);
        Assert.Equal(2026, tried.GetProperty("years")[0].GetProperty("year").GetInt32());
        Assert.Equal((400, "frist-unreadable"), await CommandArchive.Refused(await anna.PostAsJsonAsync(CommandArchive.At("/api/v1/retention/dry-runs"), new { rule, frist = "snart" })));

        var run = await CommandArchive.Ok(await anna.PostAsJsonAsync(CommandArchive.At("/api/v1/disposals"), new { rule, dueBefore = "2026-06-01" }));
        var (id, page) = (run.GetProperty("id").GetGuid(), $"/gallring/{run.GetProperty("id").GetGuid()}");
        Assert.True(run.GetProperty("manifest").GetProperty("size").GetProperty("contentBytes").GetInt64() > 0);
        Assert.Equal("Kommandoraden", run.GetProperty("proposed").GetProperty("roleGiven").GetProperty("name").GetString(), ignoreCase: true);

        var chef = await archive.Browser("granskar-chef", Role.Chef);
        Assert.Contains("Behåll handlingen", await Text(chef, page), StringComparison.Ordinal);
        await Posted(chef, $"{page}?handler=Review", ("record", $"{kept}"), ("keep", "true"), ("remark", "Bryggan är ett ärende"));
        Assert.Contains("Bryggan är ett ärende", await Text(chef, page), StringComparison.Ordinal);
        Assert.Equal((409, "already-kept"), await CommandArchive.Refused(await anna.PostAsJsonAsync(CommandArchive.At($"/api/v1/disposals/{id}/items/{kept}/review"), new { keep = true, remark = "Igen" })));
        Assert.Equal((403, "not-allowed"), await CommandArchive.Refused(await archive.Moderator.PostAsJsonAsync(CommandArchive.At($"/api/v1/disposals/{id}/items/{free}/review"), new { keep = true, remark = "Nej" })));
        var items = (await CommandArchive.Ok(await anna.GetAsync(CommandArchive.At($"/api/v1/disposals/{id}/items")))).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(("kept", "chef"), (items.Single(i => i.GetProperty("record").GetGuid() == kept).GetProperty("reason").GetString(), items.Single(i => i.GetProperty("record").GetGuid() == kept).GetProperty("remarks")[0].GetProperty("role").GetString()));

        var browser = await archive.Browser("stoppar-anna", Role.Arkivarie);
        await Posted(browser, "/gallring/stopp?handler=Search", ("Authority", "RKS"), ("RecordTypes", "comment"), ("From", "2026-01-01"), ("Ground", "litigation"), ("Mandate", "Mål T 1-26"), ("Reason", "Stämning om bryggan"));
        var stops = await Text(browser, "/gallring/stopp");
        Assert.Contains("Kommentar; från 2026-01-01", stops, StringComparison.Ordinal);
        Assert.Contains("Mål T 1-26", stops, StringComparison.Ordinal);
        Assert.Contains("Tvist eller rättsprocess", await Text(browser, page), StringComparison.Ordinal);
        var answer = await ServedArchive.Post(browser, "/gallring/stopp", "/gallring/stopp?handler=Search", ("Authority", "RKS"), ("Ground", "other"), ("Reason", "Allt"));
        Assert.Contains("Ange vad urvalet gäller", WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        var bo = archive.Served.Program(await archive.Served.Token("Api Bo", [new("arkivarie")]));
        Assert.Equal((409, "held"), await CommandArchive.Refused(await bo.PostAsync(CommandArchive.At($"/api/v1/disposals/{id}/approve"), null)));

        var hold = (await CommandArchive.Ok(await anna.GetAsync(CommandArchive.At("/api/v1/holds?authority=RKS")))).GetProperty("items").EnumerateArray().Single(h => h.GetProperty("kind").GetString() == "search");
        Assert.Equal(("Stämning om bryggan", true), (hold.GetProperty("reason").GetString(), hold.GetProperty("covers").GetInt32() >= 2));
        await Posted(browser, "/gallring/stopp?handler=Lift", ("id", $"{hold.GetProperty("id").GetGuid()}"));
        await CommandArchive.Ok(await bo.PostAsync(CommandArchive.At($"/api/v1/disposals/{id}/approve"), null));
        Assert.Contains("rollen gavs av kommandoraden", await Text(browser, page), StringComparison.Ordinal);
        await CommandArchive.Ok(await anna.PostAsync(CommandArchive.At($"/api/v1/disposals/{id}/cancel"), null));
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task change_and_end_a_rule_with_a_look_first_and_list_what_waits_to_be_handed_over()
    {
        const string Code = "REG";
        await CommandArchive.Ok(await archive.Everybody.PutAsJsonAsync(CommandArchive.At($"/api/v1/authorities/{Code}"), new { name = "Regelnämnden", preset = "custom" }));
        archive.Channels[Code] = (await CommandArchive.Ok(await archive.Everybody.PostAsJsonAsync(CommandArchive.At("/api/v1/channels"), new { authority = Code, platform = "facebook", nativeAccountId = "own-" + Code, handle = Code, purpose = "Dialog" }))).GetProperty("id").GetGuid();
        var record = await archive.A_comment(Code, "En synpunkt på regeln");
        var anna = archive.Served.Program(await archive.Served.Token("Regel-Anna", [new("arkivarie", Code)]));
        var decision = (await CommandArchive.Ok(await anna.PostAsJsonAsync(CommandArchive.At("/api/v1/retention/decisions"),
            new { authority = Code, reference = "REG § 1", decidedOn = "2020-05-25", recordTypes = new[] { "comment", "post" }, frist = "P1M" }))).GetProperty("id").GetGuid();
        var rule = (await CommandArchive.Ok(await anna.PostAsJsonAsync(CommandArchive.At("/api/v1/retention/rules"),
            new { authority = Code, decision, name = "Regel att ändra", countedFrom = "received", classCodes = new[] { "1.7" }, platforms = new[] { "facebook" } }))).GetProperty("id").GetGuid();
        var browser = await archive.Browser("regel-anna", Role.Arkivarie);
        var at = $"/gallring/regler/{rule}";
        Assert.Contains($"href=\"{at}\"", await Text(browser, "/gallring"), StringComparison.Ordinal);
        var shown = await Text(browser, at);
        Assert.Contains("1.7", shown, StringComparison.Ordinal);
        (string, string)[] Form(string frist, string action = "destroy") =>
        [
            ("Change.Decision", $"{decision}"), ("Change.Name", "Regel som ändrats"), ("Change.RecordTypes", "comment"), ("Change.Action", action), ("Change.CountedFrom", "received"), ("Change.Frist", frist), ("Change.Platforms", "facebook"),
        ];

        // A look changes nothing; what is wrong is said at its field; then a new version, in which what was left empty is taken away.
        var answer = WebUtility.HtmlDecode(await (await ServedArchive.Post(browser, at, $"{at}?handler=Preview", Form("2 månader"))).Content.ReadAsStringAsync());
        Assert.Contains("byter öde", answer, StringComparison.Ordinal);
        Assert.Equal(1L, await archive.Served.Value<long>($"select count(*) from archive.retention_rules where rule_id = '{rule}'"));
        answer = WebUtility.HtmlDecode(await (await ServedArchive.Post(browser, at, $"{at}?handler=Change", Form("1 dag"))).Content.ReadAsStringAsync());
        Assert.Contains("regeln kan inte vara kortare", answer, StringComparison.Ordinal);
        await Posted(browser, $"{at}?handler=Change", Form("2 månader"));
        var now = (await CommandArchive.Ok(await anna.GetAsync(CommandArchive.At($"/api/v1/retention/rules?authority={Code}")))).GetProperty("items").EnumerateArray().Single();
        Assert.Equal((2, "Regel som ändrats", "P2M", System.Text.Json.JsonValueKind.Null), (now.GetProperty("version").GetInt32(), now.GetProperty("name").GetString(), now.GetProperty("frist").GetString(), now.TryGetProperty("classCodes", out var classes) ? classes.ValueKind : System.Text.Json.JsonValueKind.Null));
        Assert.Equal("facebook", now.GetProperty("platforms")[0].GetString());

        // What waits to be handed over: the records, on the page, by the API and as a file.
        await Posted(browser, $"{at}?handler=Change", Form("1 månad", "transfer"));
        Assert.Contains($"/handlingar/{record}", await Text(browser, "/gallring/granskning"), StringComparison.Ordinal);
        Assert.Equal(record, (await CommandArchive.Ok(await anna.GetAsync(CommandArchive.At("/api/v1/retention/transfers")))).GetProperty("items").EnumerateArray().Single().GetProperty("record").GetGuid());
        var file = await (await anna.GetAsync(CommandArchive.At("/api/v1/retention/transfers.csv"))).Content.ReadAsStringAsync();
        Assert.Contains($"{record};{Code};comment;", file, StringComparison.Ordinal);
        Assert.Contains(";REG § 1;", file, StringComparison.Ordinal);
        Assert.DoesNotContain("synpunkt", file, StringComparison.Ordinal);
        Assert.Equal((403, "not-allowed"), await CommandArchive.Refused(await archive.Moderator.GetAsync(CommandArchive.At("/api/v1/retention/transfers.csv"))));

        // Ended after a look; then it is nobody's page.
        answer = WebUtility.HtmlDecode(await (await ServedArchive.Post(browser, at, $"{at}?handler=PreviewRepeal")).Content.ReadAsStringAsync());
        Assert.Contains("Inget är infört", answer, StringComparison.Ordinal);
        await Posted(browser, $"{at}?handler=Repeal");
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync(CommandArchive.At(at))).StatusCode);
        Assert.Equal(1L, await archive.Served.Value<long>($"select count(*) from archive.mt_events where stream_id = '{rule}' and type like 'retention_rule_repealed%'"));
    }

    [Fact]
    public async Task try_a_rule_on_what_has_been()
    {
        var anna = await archive.Browser("provar-anna", Role.Arkivarie);
        var answer = await ServedArchive.Post(anna, "/gallring/prova", "/gallring/prova", ("Authority", "TKS"), ("RecordTypes", "comment"), ("CountedFrom", "received"), ("Frist", "1 månad"));
        Assert.Contains("Så hade det blivit", WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        answer = await ServedArchive.Post(anna, "/gallring/prova", "/gallring/prova", ("Authority", "TKS"), ("RecordTypes", "comment"), ("CountedFrom", "received"), ("Frist", "snart"));
        Assert.Contains("går inte att läsa", WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task weed_the_drafts_of_a_case()
    {
        var @case = (await CommandArchive.Ok(await archive.Registrator.PostAsJsonAsync(CommandArchive.At("/api/v1/cases"), new { authority = "TKS", title = "Parkbänkar" }))).GetProperty("caseId").GetGuid();
        var draft = (await CommandArchive.Ok(await archive.Registrator.PostAsJsonAsync(CommandArchive.At($"/api/v1/cases/{@case}/working-notes"), new { kind = "memo", text = "Ring snickaren" }))).GetProperty("id").GetGuid();
        Assert.Equal((403, "not-allowed"), await CommandArchive.Refused(await archive.Moderator.PostAsJsonAsync(CommandArchive.At($"/api/v1/cases/{@case}/working-notes"), new { text = "Jag med" })));
        Assert.Equal((404, "case-unknown"), await CommandArchive.Refused(await archive.Moderator.GetAsync(CommandArchive.At($"/api/v1/cases/{@case}/working-notes"))));

        var browser = await archive.Browser("rensar-rut", Role.Registrator);
        var page = $"/arenden/{@case}/arbetsmaterial";
        await Posted(browser, $"{page}?handler=Write", ("Kind", "draft"), ("Heading", "Svar"), ("Text", "Utkast till svar"));
        Assert.Contains("Ring snickaren", await Text(browser, page), StringComparison.Ordinal);
        await Posted(browser, $"{page}?handler=Weed", ("note", $"{draft}"));
        Assert.DoesNotContain("Ring snickaren", await Text(browser, page), StringComparison.Ordinal);
        Assert.Equal((409, "note-weeded"), await CommandArchive.Refused(await archive.Registrator.PostAsJsonAsync(CommandArchive.At($"/api/v1/cases/{@case}/weed"), new { notes = new[] { draft } })));
        Assert.Equal((404, "note-unknown"), await CommandArchive.Refused(await archive.Registrator.PostAsJsonAsync(CommandArchive.At($"/api/v1/cases/{@case}/weed"), new { notes = new[] { Guid.Empty } })));
        await CommandArchive.Ok(await archive.Registrator.PostAsJsonAsync(CommandArchive.At($"/api/v1/cases/{@case}/weed"), new { note = "Inget kvar att svara på" }));
        Assert.Contains("Inget kvar att svara på", await Text(browser, page), StringComparison.Ordinal);
        Assert.Contains("Inget i ärendet gallras medan det är öppet", await Text(browser, $"/arenden/{@case}"), StringComparison.Ordinal);
        Assert.Equal((409, "nothing-to-weed"), await CommandArchive.Refused(await archive.Registrator.PostAsJsonAsync(CommandArchive.At($"/api/v1/cases/{@case}/weed"), new { })));
    }

    [Fact]
    public async Task show_a_reader_no_buttons()
    {
        var auditor = await archive.Browser("sida-granskare", Role.Revisor);
        var page = await Text(auditor, "/gallring");
        Assert.DoesNotContain("För in ett gallringsbeslut", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Stoppa gallring<", page, StringComparison.Ordinal);
    }

    private static async Task<string> Text(HttpClient browser, string page)
    {
        var answer = await browser.GetAsync(CommandArchive.At(page));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
    }

    /// <returns>Where the browser is sent.</returns>
    private static async Task<string> Posted(HttpClient browser, string action, params IEnumerable<(string, string)> fields)
    {
        var answer = await ServedArchive.Post(browser, action.Split('?')[0], action, fields);
        Assert.True(answer.StatusCode is HttpStatusCode.Redirect or HttpStatusCode.Found, $"{action}: {(int)answer.StatusCode} {WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync())}");
        return answer.Headers.Location!.ToString();
    }
}
