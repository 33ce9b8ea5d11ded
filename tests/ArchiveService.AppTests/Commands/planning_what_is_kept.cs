using System.Net;
using System.Net.Http.Json;
using System.Text;
using ArchiveService.Access;
using ArchiveService.Testing;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

/// <summary>The plan, rules with actions, decisions to preserve and noted days: through the API and the pages.</summary>
[Collection(nameof(CommandArchive))]
public sealed class Planning_what_is_kept(CommandArchive archive)
{
    private async Task<HttpClient> Archivist() => archive.Served.Program(await archive.Served.Token("Arne Arkivarie", [new("arkivarie")]));

    private static object Decision(string authority, params (string Key, object Value)[] more)
    {
        var decision = new Dictionary<string, object>
        {
            ["authority"] = authority,
            ["reference"] = "KS § 94",
            ["decidingBody"] = "kommunstyrelsen",
            ["decidedOn"] = "2026-01-01",
            ["recordTypes"] = new[] { "comment" },
            ["frist"] = "P2Y",
        };
        foreach (var (key, value) in more) decision[key] = value;
        return decision;
    }

    [Fact]
    [Trait("Requirement", "T-18")]
    [Trait("Requirement", "V-11")]
    public async Task a_plan_is_taken_in_from_a_file_after_a_dry_run_and_keeps_its_versions()
    {
        var archivist = await Archivist();
        await Authority("PLAN1");
        const string Csv = "handlingstyp;benämning;hantering;åtgärd;räknas från;frist\nkommentar;Kommentarer;Hålls ordnade;gallras;received;2 år\ninlägg;Inlägg;;bevaras;;";
        async Task<HttpResponseMessage> Put(HttpClient by, string csv, string query = "") => await by.PutAsync(At($"/api/v1/authorities/PLAN1/information-plan{query}"), new StringContent(csv, Encoding.UTF8, "text/csv"));

        var dry = await Ok(await Put(archivist, Csv, "?dryRun=true"));
        Assert.Equal((1, true, 2), (dry.GetProperty("version").GetInt32(), dry.GetProperty("dryRun").GetBoolean(), dry.GetProperty("changes").GetArrayLength()));
        Assert.Equal((403, "not-allowed"), await Refused(await Put(archive.Registrator, Csv)));
        Assert.Equal((400, "plan-faulty"), await Refused(await Put(archivist, Csv.Replace("2 år", "snart", StringComparison.Ordinal))));

        await Ok(await Put(archivist, Csv, "?decisionReference=KS%209"));
        Assert.Equal(1, (await Ok(await Put(archivist, Csv, "?decisionReference=KS%209"))).GetProperty("version").GetInt32());
        await Ok(await archivist.PutAsJsonAsync(At("/api/v1/authorities/PLAN1/information-plan"), new
        {
            rows = new object[] { new { recordType = "comment", title = "Kommentarer", handling = "Hålls ordnade", action = "destroy", countedFrom = "received", frist = "P3Y" } },
        }));

        var shown = await Ok(await archivist.GetAsync(At("/api/v1/authorities/PLAN1/information-plan")));
        Assert.Equal((2, 1, 2), (shown.GetProperty("version").GetInt32(), shown.GetProperty("rows").GetArrayLength(), shown.GetProperty("versions").GetArrayLength()));
        Assert.Equal("rule-missing", shown.GetProperty("differences")[0].GetProperty("gap").GetString());
        Assert.Equal(2, (await Ok(await archivist.GetAsync(At("/api/v1/authorities/PLAN1/information-plan?version=1")))).GetProperty("rows").GetArrayLength());
        Assert.Equal(404, (await Refused(await archivist.GetAsync(At("/api/v1/authorities/PLAN1/information-plan?version=9")))).Status);

        var browser = await archive.Browser("plan-arne", Role.Arkivarie);
        var page = await Text(browser, "/gallring/plan?myndighet=PLAN1");
        Assert.Contains("Gallras 3 år", page, StringComparison.Ordinal);
        Assert.Contains("Ingen regel tillämpar raden", page, StringComparison.Ordinal);
        Assert.Contains("comment;Kommentarer;", await Text(browser, "/gallring/plan?myndighet=PLAN1&handler=Fil"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_decision_tells_that_it_has_no_utredning_and_a_rule_what_it_would_change()
    {
        var archivist = await Archivist();
        await Authority("PLAN2");
        var bare = await Ok(await archivist.PostAsJsonAsync(At("/api/v1/retention/decisions"), Decision("PLAN2")));
        Assert.Equal("gallringsutredning saknas", bare.GetProperty("remarks")[0].GetString());
        var appraisal = new { insight = "Inget", justice = "Inget", activity = "Inget", research = "Inget", heritage = "Inget" };
        var whole = await Ok(await archivist.PostAsJsonAsync(At("/api/v1/retention/decisions"), Decision("PLAN2", ("appraisal", appraisal), ("consulted", new { on = "2025-12-01", with = "Kommunarkivet", outcome = "Tillstyrker" }))));
        Assert.Equal(0, whole.GetProperty("remarks").GetArrayLength());
        Assert.Equal((400, "appraisal-incomplete"), await Refused(await archivist.PostAsJsonAsync(At("/api/v1/retention/decisions"), Decision("PLAN2", ("appraisal", new { insight = "Inget" })))));
        await Ok(await archive.Everybody.PutAsJsonAsync(At("/api/v1/authorities/PLAN2"), new { policy = new Dictionary<string, string> { ["disposal.appraisal.required"] = "required" }, decisionReference = "KS § 9/2026" }));
        Assert.Equal((409, "appraisal-missing"), await Refused(await archivist.PostAsJsonAsync(At("/api/v1/retention/decisions"), Decision("PLAN2"))));

        var rule = new { authority = "PLAN2", decision = whole.GetProperty("id").GetGuid(), name = "Kommentarer", countedFrom = "received" };
        Assert.Equal(0, (await Ok(await archivist.PostAsJsonAsync(At("/api/v1/retention/rules/preview"), rule))).GetProperty("keptToDue").GetInt64());
        Assert.Equal(0, (await Ok(await archivist.PostAsJsonAsync(At("/api/v1/retention/rules?preview=true"), rule))).GetProperty("records").GetInt64());
        Assert.Equal(0, (await Ok(await archivist.GetAsync(At("/api/v1/retention/rules?authority=PLAN2")))).GetProperty("items").GetArrayLength());
        await Ok(await archivist.PostAsJsonAsync(At("/api/v1/retention/rules"), rule));
        Assert.Equal("gallras 2 år från det att handlingen kom in eller upprättades", (await Ok(await archivist.GetAsync(At("/api/v1/retention/rules?authority=PLAN2")))).GetProperty("items")[0].GetProperty("inWords").GetString());
    }

    [Fact]
    [Trait("Requirement", "R-11")]
    [Trait("Requirement", "R-15")]
    public async Task a_record_is_preserved_by_a_decision_and_shows_why()
    {
        var archivist = await Archivist();
        await Authority("PLAN4", "trosa");
        archive.Channels["PLAN4"] = (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = "PLAN4", platform = "facebook", nativeAccountId = "own-PLAN4", handle = "PLAN4", purpose = "Dialog" }))).GetProperty("id").GetGuid();
        var id = await archive.A_comment("PLAN4");
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), NewCase()));
        var decision = (await Ok(await archivist.PostAsJsonAsync(At("/api/v1/retention/decisions"), Decision("PLAN4", ("frist", "P1M"))))).GetProperty("id").GetGuid();
        var rule = (await Ok(await archivist.PostAsJsonAsync(At("/api/v1/retention/rules"), new { authority = "PLAN4", decision, name = "Avtal hos Trosa", countedFrom = "event-date", dateName = "avtalet upphör" }))).GetProperty("id").GetGuid();

        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PutAsJsonAsync(At($"/api/v1/records/{id}/dates/avtalet upphör"), new { on = "2026-03-31" })));
        Assert.Equal((400, "date-name-unknown"), await Refused(await archive.Registrator.PutAsJsonAsync(At($"/api/v1/records/{id}/dates/lovet"), new { on = "2026-03-31" })));
        await Ok(await archive.Registrator.PutAsJsonAsync(At($"/api/v1/records/{id}/dates/avtalet upphör"), new { on = "2026-01-31", note = "Uppsagt" }));
        Assert.Equal(new DateTime(2026, 2, 28), await archive.Served.Value<DateTime>($"select due_on::timestamp from archive.rules_of_records where record_id = '{id}' and rule_id = '{rule}'"));

        var registrar = await archive.Browser("plan-rut", Role.Registrator, Role.Arkivarie, Role.Moderator);
        var before = await Text(registrar, $"/handlingar/{id}?after={await archive.Served.Value<long>("select max(seq_id) from archive.mt_events")}");
        Assert.Contains("gallras 1 månad från dagen då avtalet upphör", before, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("2026-01-31", before, StringComparison.Ordinal);

        var sent = await ServedArchive.Post(registrar, $"/gallring/granskning?omfattar=record&id={id}", "/gallring/granskning?handler=Preserve",
            ("Preserve.Kind", "record"), ("Preserve.Target", $"{id}"), ("Preserve.Reference", "KS § 12"), ("Preserve.Reason", "Visar debatten om skolmaten"));
        Assert.Equal(HttpStatusCode.Redirect, sent.StatusCode);
        Assert.Contains("KS § 12", await Text(registrar, $"/handlingar/{id}"), StringComparison.Ordinal);
        Assert.Contains("Visar debatten om skolmaten", await Text(registrar, "/gallring/granskning"), StringComparison.Ordinal);
        Assert.Equal((409, "already-preserved"), await Refused(await archivist.PostAsJsonAsync(At("/api/v1/preservations"), new { record = id, reference = "KS § 13", reason = "Igen" })));
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Registrator.PostAsJsonAsync(At("/api/v1/preservations"), new { record = id, reference = "KS § 13", reason = "Igen" })));
        Assert.Equal((404, "preservation-target-unknown"), await Refused(await archivist.PostAsJsonAsync(At("/api/v1/preservations"), new { record = Guid.CreateVersion7(), reference = "KS § 13", reason = "Igen" })));
        Assert.Equal(0L, await archive.Served.Value<long>($"select count(*) from archive.rules_of_records x where record_id = '{id}' and due_on is not null and not exists (select from archive.rules_of_records o where o.record_id = x.record_id and o.due_on is null)"));

        // Paper is the arkivexemplar in Trosa: what is electronic is destroyed only under a decision all the same.
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/paper-copies"), new { paper = "age-resistant", pages = 1, printer = "HP", location = "Akten" }));
        var after = await Text(registrar, $"/handlingar/{id}?after={await archive.Served.Value<long>("select max(seq_id) from archive.mt_events")}");
        Assert.Contains("Arkivexemplar: Papperskopian", after, StringComparison.Ordinal);
        Assert.Contains("kräver ett gallringsbeslut", after, StringComparison.Ordinal);

        var preservation = (await Ok(await archivist.GetAsync(At("/api/v1/preservations")))).GetProperty("items").EnumerateArray().Single(p => p.TryGetProperty("target", out var t) && t.ValueKind == System.Text.Json.JsonValueKind.String && t.GetGuid() == id).GetProperty("id").GetGuid();
        Assert.Equal((400, "reason-missing"), await Refused(await archivist.PostAsJsonAsync(At($"/api/v1/preservations/{preservation}/lift"), new { reference = "KS § 14" })));
        await Ok(await archivist.PostAsJsonAsync(At($"/api/v1/preservations/{preservation}/lift"), new { reference = "KS § 14", reason = "Finns på papper" }));
    }

    [Fact]
    public async Task a_rule_is_previewed_on_the_page_before_it_is_added()
    {
        var archivist = await Archivist();
        await Authority("PLAN3");
        var decision = (await Ok(await archivist.PostAsJsonAsync(At("/api/v1/retention/decisions"), Decision("PLAN3", ("reference", "PLAN3 § 1"))))).GetProperty("id").GetGuid();
        var browser = await archive.Browser("plan-anna", Role.Arkivarie);
        (string, string)[] fields = [("Rule.Decision", $"{decision}"), ("Rule.Name", "Plan tre"), ("Rule.CountedFrom", "received"), ("Rule.Action", "review"), ("Rule.ValidFrom", "2030-01-01"), ("Rule.ClassCodes", "1.7 2")];

        var preview = await ServedArchive.Post(browser, "/gallring", "/gallring?handler=Preview", fields);
        Assert.Contains("Ingen handling påverkas", WebUtility.HtmlDecode(await preview.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        Assert.Equal(0L, await archive.Served.Value<long>($"select count(*) from archive.retention_rules where decision_id = '{decision}'"));
        await ServedArchive.Post(browser, "/gallring", "/gallring?handler=Rule", fields);
        var page = await Text(browser, "/gallring");
        Assert.Contains("Bara klass 1.7, 2; från 2030-01-01", page, StringComparison.Ordinal);
        Assert.Contains("Gallringsutredning saknas", page, StringComparison.Ordinal);
    }

    private async Task Authority(string code, string preset = "custom") => await Ok(await archive.Everybody.PutAsJsonAsync(At($"/api/v1/authorities/{code}"), new { name = $"Nämnden {code}", preset }));

    private static async Task<string> Text(HttpClient browser, string page)
    {
        var answer = await browser.GetAsync(At(page));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
    }
}
