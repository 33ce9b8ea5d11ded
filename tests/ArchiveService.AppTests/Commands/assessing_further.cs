using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Features.Verify;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;
using Registration = ArchiveService.Features.Records.Registration;

namespace ArchiveService.AppTests.Commands;

/// <summary>What the assessing tests share: authorities of their own, so that rules and lists disturb nobody.</summary>
internal static class Assessed
{
    private static int authorities;

    /// <summary>An authority under a preset with a channel, in the archive's list of channels.</summary>
    public static async Task<string> An_authority(this CommandArchive archive, string preset)
    {
        var code = $"BED{Interlocked.Increment(ref authorities)}";
        await Ok(await archive.Everybody.PutAsJsonAsync(At($"/api/v1/authorities/{code}"), new { name = $"Nämnden {code}", preset }));
        archive.Channels[code] = (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = code, platform = "facebook", nativeAccountId = $"own-{code}", handle = code, purpose = "Dialog" }))).GetProperty("id").GetGuid();
        return code;
    }

    public static async Task Capture(this CommandArchive archive, string code, params IEnumerable<object> acts)
    {
        foreach (var some in acts.Chunk(500))
        {
            using var content = new StringContent(string.Join('\n', some.Select(a => JsonSerializer.Serialize(a))), Encoding.UTF8, "application/x-ndjson");
            var told = await Ok(await archive.Everybody.PostAsync(At($"/api/v1/channels/{archive.Channels[code]}/captures"), content));
            Assert.Equal(0, told.GetProperty("rejected").GetArrayLength());
            // The thread is read from the views.
            var any = Record(archive, code, JsonSerializer.SerializeToElement(some[^1]).GetProperty("nativeId").GetString()!);
            await archive.Everybody.GetAsync(At($"/api/v1/records/{any}?after={told.GetProperty("lastSequence").GetInt64()}"));
        }
    }

    public static Guid Record(this CommandArchive archive, string code, string native) => archive.Served.Services.GetRequiredService<KeyedIds>().Record(archive.Channels[code], "facebook", "native", native);

    public static object Act(string native, string text, string? parent = null, string act = "create", string kind = "comment", string audience = "public", int minute = 0) => new
    {
        act,
        nativeId = native,
        kind,
        parentNativeId = parent,
        author = new { nativeId = "77", displayName = "Nils Låtsasson" },
        audience,
        text,
        occurredAt = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).AddMinutes(minute),
    };

    public static async Task<List<EventStore.Recorded>> History(this CommandArchive archive, Guid id) => [.. await archive.Served.Services.GetRequiredService<SealedLog>().Store.ReadStream(id)];

    public static async Task<Parts?> Opened(this CommandArchive archive, EventStore.Recorded recorded) => (await archive.Served.Services.GetRequiredService<SealedLog>().Open([recorded], default))[recorded.Id].Parts;

    public static async Task<string> Read(HttpClient browser, string path) => WebUtility.HtmlDecode(await browser.GetStringAsync(At(path)));
}

[Collection(nameof(CommandArchive))]
public sealed class Assessing_further_in_the_archive(CommandArchive archive)
{
    [Fact]
    [Trait("Requirement", "N-08")]
    [Trait("Requirement", "T-14")]
    public async Task says_it_through_the_api_and_keeps_what_is_sensitive_sealed()
    {
        var id = await archive.A_comment("TKS", "Kritik mot väghållningen");

        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/assess"), new
        {
            secrecySuspected = true,
            significance = "important",
            caseRelation = "startsCase",
            personalData = new[] { "health" },
            provision = "OSL 25 kap. 1 §",
            chartNode = "rectify",
            note = "Om vården",
        }));

        var state = await archive.State(id);
        Assert.Equal((Wall.Unassessed, Significance.Important, "rectify"), (state.Wall, state.AssessedFurther!.Significance, state.AssessedFurther.ChartNode));
        var told = (await archive.History(id)).Single(h => h.Event is AssessmentDetailed);
        Assert.Equal("OSL 25 kap. 1 §", (await archive.Opened(told))!["provision"]);
        Assert.DoesNotContain("25 kap", await archive.Served.Value<string>($"select data::text from archive.mt_events where id = '{told.Id}'"), StringComparison.Ordinal);
        Assert.Equal((409, "secrecy-possible"), await Refused(await archive.Moderator.PostAsync(At($"/api/v1/records/{id}/keep-ordered"), null)));
    }

    [Fact]
    [Trait("Requirement", "H-24")]
    public async Task ties_it_to_a_case_of_the_same_authority_only()
    {
        var (first, other, mine) = (await archive.A_comment("HKS"), await archive.A_comment("TKS"), await archive.A_comment("HKS", "Hör till samma sak"));
        var foreign = (await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{other}/register"), NewCase()))).GetProperty("caseId").GetGuid();
        var own = (await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{first}/register"), NewCase()))).GetProperty("caseId").GetGuid();

        Assert.Equal((400, "case-unknown"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{mine}/assess"), new { caseRelation = "belongsToCase", @case = foreign })));
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{mine}/assess"), new { caseRelation = "belongsToCase", @case = own }));
        Assert.Equal((409, "belongs-to-case"), await Refused(await archive.Moderator.PostAsync(At($"/api/v1/records/{mine}/keep-ordered"), null)));
    }

    [Fact]
    public async Task is_still_what_it_was_with_the_old_fields_and_refuses_a_version_that_has_passed()
    {
        var id = await archive.A_comment("NKS");
        var version = (await archive.State(id)).Version;
        using var stale = new HttpRequestMessage(HttpMethod.Post, At($"/api/v1/records/{id}/assess")) { Content = JsonContent.Create(new { minor = false, secrecySuspected = false, isQuestion = true, note = "n" }), Headers = { { "If-Match", $"\"{version + 7}\"" } } };

        Assert.Equal((412, "changed-meanwhile"), await Refused(await archive.Moderator.SendAsync(stale)));
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/assess"), new { minor = false, secrecySuspected = false, isQuestion = true, note = "n" }));
        Assert.Equal("record_assessed", (await archive.History(id))[^1].Name);
    }

    [Fact]
    [Trait("Requirement", "T-22")]
    [Trait("Requirement", "T-10")]
    [Trait("Requirement", "C19")]
    public async Task walks_the_chart_without_script_and_takes_its_node_along()
    {
        var id = await archive.A_comment("TKS", "Haha, kommunen borde öppna spöktåg i gamla simhallen");
        var browser = await archive.Browser("schemat", Role.Moderator);

        var assess = await Assessed.Read(browser, $"/handlingar/{id}/bedom");
        Assert.Contains("svarsschema", assess, StringComparison.Ordinal);
        Assert.Contains("propaganda", assess, StringComparison.Ordinal);
        Assert.Contains("aldrig en grund", assess, StringComparison.Ordinal);
        Assert.Contains("Är kommentaren positiv?", await Assessed.Read(browser, $"/handlingar/{id}/svarsschema"), StringComparison.Ordinal);
        Assert.Contains("Observera är huvudregeln", await Assessed.Read(browser, $"/handlingar/{id}/svarsschema?steg=joke-how"), StringComparison.Ordinal);
        Assert.Contains($"/handlingar/{id}/bedom?nod=joke-observe", await Assessed.Read(browser, $"/handlingar/{id}/svarsschema?steg=joke-observe"), StringComparison.Ordinal);
        Assert.Contains("Observera skämtet", await Assessed.Read(browser, $"/handlingar/{id}/bedom?nod=joke-observe"), StringComparison.Ordinal);
        var answer = await ServedArchive.Post(browser, $"/handlingar/{id}/bedom?nod=joke-observe", $"/handlingar/{id}/bedom", ("Secrecy", "no"), ("Significance", "minor"), ("CaseRelation", "none"), ("PersonalData", "employee"), ("ChartNode", "joke-observe"));

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var state = await archive.State(id);
        Assert.Equal(("joke-observe", true, Visibility.Visible), (state.AssessedFurther!.ChartNode, state.AssessedMinor, state.Visibility));
    }

    [Fact]
    [Trait("Requirement", "R-07")]
    [Trait("Requirement", "C12")]
    public async Task hints_and_does_nothing_by_itself()
    {
        var id = await archive.A_comment("RKS", "Min order 20250131-1234 har inte kommit. Mitt nummer är 900101-2385 och jag har diabetes.");
        var browser = await archive.Browser("tecken", Role.Moderator);

        var page = await Assessed.Read(browser, $"/handlingar/{id}/bedom");
        Assert.Contains("Ett personnummer", page, StringComparison.Ordinal);
        Assert.Contains("inte besökarnas kommentarer", page, StringComparison.Ordinal);
        Assert.DoesNotContain("20250131-1234,", page, StringComparison.Ordinal);
        var hints = (await Ok(await archive.Moderator.GetAsync(At($"/api/v1/records/{id}/hints")))).GetProperty("items").EnumerateArray().Select(h => h.GetProperty("kind").GetString());
        Assert.Equal(["personnummer", "health"], hints);
        var state = await archive.State(id);
        Assert.Equal((Visibility.Visible, Registration.Captured, Wall.Unassessed, 1L), (state.Visibility, state.Registration, state.Wall, state.Version));
    }

    [Fact]
    public async Task shows_hints_to_those_who_assess_only()
    {
        var id = await archive.A_comment("NKS", "Jag har diabetes och fick fel medicin");
        var program = archive.Served.Program(await archive.Served.Token("Chef Utan Bedömning", [new("chef")]));

        Assert.Equal((404, "record-unknown"), await Refused(await program.GetAsync(At($"/api/v1/records/{id}/hints"))));
        var (assessor, manager) = (await archive.Browser("tecken2", Role.Moderator), await archive.Browser("tecken3", Role.Chef));
        await archive.Capture("NKS", Assessed.Act("efter", "x"));
        Assert.Contains("Ord om hälsa", await Assessed.Read(assessor, $"/handlingar/{id}"), StringComparison.Ordinal);
        Assert.DoesNotContain("Ord om hälsa", await Assessed.Read(manager, $"/handlingar/{id}"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "T-14")]
    public async Task puts_protected_identity_behind_the_wall_at_once_and_flags_danger()
    {
        var (hidden, danger) = (await archive.A_comment("TKS", "Vi har skyddade personuppgifter, ta bort bilden"), await archive.A_comment("TKS", "Jag orkar inte leva längre"));

        Assert.Equal(Wall.Unassessed, (await archive.State(hidden)).Wall);
        Assert.Equal(["secrecy-hint", "protected-identity-hint"], ((ItemCaptured)(await archive.History(hidden))[0].Event).Observed.Flags);
        Assert.Equal(Wall.Open, (await archive.State(danger)).Wall);
        Assert.Equal(["danger-hint"], ((ItemCaptured)(await archive.History(danger))[0].Event).Observed.Flags);
    }
}

[Collection(nameof(CommandArchive))]
public sealed class Acute_danger_in_the_archive(CommandArchive archive)
{
    private static readonly Guid Nowhere = new("0199aaaa-0000-7000-8000-00000000dead");

    private static readonly object Jour = new { name = "Jour Exempelsson", function = "Beredskapssamordnare", phone = "010-000 00 00", hours = "dygnet runt" };

    private async Task<Guid> Contact(string code) => (await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/authorities/{code}/on-call"), Jour))).GetProperty("id").GetGuid();

    [Fact]
    public async Task is_one_click_from_the_record_for_anybody_who_sees_it_and_waits_for_nothing()
    {
        var code = await archive.An_authority("toreboda");
        var contact = await Contact(code);
        await archive.Capture(code, Assessed.Act("fara", "Det brinner i trapphuset på Ågatan!"));
        var id = archive.Record(code, "fara");
        var browser = await archive.Browser("larmaren", Role.Chef);

        Assert.Contains($"/handlingar/{id}/akut", await Assessed.Read(browser, $"/handlingar/{id}"), StringComparison.Ordinal);
        var page = await Assessed.Read(browser, $"/handlingar/{id}/akut");
        Assert.Contains("tel:112", page, StringComparison.Ordinal);
        Assert.Contains("Jour Exempelsson", page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, $"/handlingar/{id}/akut", $"/handlingar/{id}/akut", ("To", "onCall"), ("Contact", contact.ToString("D")))).StatusCode);

        var told = (await archive.History(id)).Single(h => h.Event is DangerEscalated);
        Assert.Equal("Jour Exempelsson, Beredskapssamordnare, 010-000 00 00", (await archive.Opened(told))!["contact"]);
        Assert.DoesNotContain("Exempelsson", await archive.Served.Value<string>($"select data::text from archive.mt_events where id = '{told.Id}'"), StringComparison.Ordinal);
        Assert.Equal(Registration.Captured, (await archive.State(id)).Registration);
    }

    [Fact]
    public async Task is_written_down_through_the_api_and_knows_only_the_authoritys_own_list()
    {
        var (mine, other) = (await archive.An_authority("herrljunga"), await archive.An_authority("trosa"));
        var (own, foreign) = (await Contact(mine), await Contact(other));
        var id = await archive.A_comment(mine, "han andas inte");

        Assert.Equal((400, "contact-unknown"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/escalate"), new { to = "onCall", contact = foreign })));
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/escalate"), new { to = "onCall", contact = own, note = "svarade genast" }));
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/escalate"), new { to = "emergencyNumber", contactedAt = "2026-03-01T12:05:00Z" }));
        Assert.Equal(2, (await archive.History(id)).Count(h => h.Event is DangerEscalated));
        Assert.Equal((404, "record-unknown"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{Nowhere}/escalate"), new { to = "emergencyNumber" })));
    }

    [Fact]
    public async Task has_a_list_that_is_changed_on_its_page_and_told_to_the_staff_alone()
    {
        var code = await archive.An_authority("vastarvet");
        var browser = await archive.Browser("jourlistan", Role.Chef);

        Assert.Contains("Ange ett telefonnummer", WebUtility.HtmlDecode(await (await ServedArchive.Post(browser, "/jour", "/jour?handler=List", ("Form.Authority", code), ("Form.Name", "Siv Jour"), ("Form.Function", "socialjour"), ("Form.Phone", "x"), ("Form.Version", "0"))).Content.ReadAsStringAsync()), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, "/jour", "/jour?handler=List", ("Form.Authority", code), ("Form.Name", "Siv Jour"), ("Form.Function", "socialjour"), ("Form.Phone", "010-111 11 11"), ("Form.Version", "0"))).StatusCode);
        var listed = (await Ok(await archive.Moderator.GetAsync(At($"/api/v1/authorities/{code}/on-call")))).GetProperty("items")[0];
        var id = listed.GetProperty("id").GetGuid();
        Assert.Equal(("Siv Jour", 1), (listed.GetProperty("name").GetString(), listed.GetProperty("version").GetInt32()));

        Assert.Contains("value=\"Siv Jour\"", await Assessed.Read(browser, $"/jour?andra={id}"), StringComparison.Ordinal);
        await Ok(await archive.Everybody.PutAsJsonAsync(At($"/api/v1/authorities/{code}/on-call/{id}"), new { name = "Siv Jour", function = "socialjour", phone = "010-222 22 22" }));
        Assert.Contains("Någon annan har ändrat", WebUtility.HtmlDecode(await (await ServedArchive.Post(browser, "/jour", "/jour?handler=Remove", ("code", code), ("id", id.ToString()), ("version", "1"))).Content.ReadAsStringAsync()), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, "/jour", "/jour?handler=Remove", ("code", code), ("id", id.ToString()), ("version", "2"))).StatusCode);
        Assert.Equal(0, (await Ok(await archive.Moderator.GetAsync(At($"/api/v1/authorities/{code}/on-call")))).GetProperty("items").GetArrayLength());
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/authorities/{code}/on-call"), Jour)));
        Assert.Equal(0, await archive.Served.Value<long>("select count(*) from archive.mt_events where type like 'on_call%' and data::text like '%Siv%'"));
    }
}

[Collection(nameof(CommandArchive))]
[Trait("Requirement", "H-24")]
[Trait("Requirement", "T-16")]
[Trait("Requirement", "V-10")]
public sealed class Default_states_in_the_archive(CommandArchive archive)
{
    private static object Rule(string authority, string content = "thumbsUp", string to = "keptOrdered", int? atMostCharacters = null) => new { authority, name = "Tummar upp", content, to, atMostCharacters, decisionReference = "KS 2026/9" };

    [Fact]
    public async Task are_looked_at_adopted_and_given_to_what_is_captured_and_to_what_waits()
    {
        var code = await archive.An_authority("herrljunga");
        await archive.Capture(code, Assessed.Act("före", "👍"), Assessed.Act("text", "Var är bussen?"));

        var preview = await Ok(await archive.Registrator.PostAsJsonAsync(At("/api/v1/default-rules/preview"), Rule(code)));
        Assert.Equal((2, 1, "👍"), (preview.GetProperty("looked").GetInt32(), preview.GetProperty("matching").GetInt32(), preview.GetProperty("examples")[0].GetProperty("text").GetString()));
        Assert.Equal(Registration.Captured, (await archive.State(archive.Record(code, "före"))).Registration);

        var rule = (await Ok(await archive.Registrator.PostAsJsonAsync(At("/api/v1/default-rules"), Rule(code)))).GetProperty("id").GetGuid();
        await archive.Capture(code, Assessed.Act("ny", "👍👍"), Assessed.Act("fråga", "👍?"), Assessed.Act("dm", "👍", kind: "dm", act: "message", audience: "direct"));

        var settled = await archive.State(archive.Record(code, "ny"));
        Assert.Equal((Registration.KeptOrdered, rule, 1), (settled.Registration, settled.SettledByRule!.Rule, settled.SettledByRule.RuleVersion));
        foreach (var waits in (string[])["före", "text", "fråga", "dm"]) Assert.Equal(Registration.Captured, (await archive.State(archive.Record(code, waits))).Registration);

        var run = await Ok(await archive.Registrator.PostAsync(At($"/api/v1/default-rules/{rule}/apply"), null));
        Assert.Equal(1, run.GetProperty("settled").GetInt32());
        Assert.Equal(Registration.KeptOrdered, (await archive.State(archive.Record(code, "före"))).Registration);
        Assert.Equal(0, (await Ok(await archive.Registrator.PostAsync(At($"/api/v1/default-rules/{rule}/apply"), null))).GetProperty("settled").GetInt32());
        Assert.Equal("keptOrdered", await archive.Served.Value<string>($"select registration from archive.record_states where record_id = '{archive.Record(code, "före")}'"));
    }

    [Fact]
    public async Task are_withdrawn_when_the_author_writes_something_else()
    {
        var code = await archive.An_authority("herrljunga");
        await Ok(await archive.Registrator.PostAsJsonAsync(At("/api/v1/default-rules"), Rule(code)));
        await archive.Capture(code, Assessed.Act("a", "👍"));
        Assert.Equal(Registration.KeptOrdered, (await archive.State(archive.Record(code, "a"))).Registration);

        await archive.Capture(code, Assessed.Act("a", "👍 varför svarar ni inte?", act: "edit", minute: 5));

        Assert.Equal(Registration.Captured, (await archive.State(archive.Record(code, "a"))).Registration);
        Assert.Equal(["item_captured", "record_settled_by_rule", "item_edited", "rule_settlement_withdrawn"], (await archive.History(archive.Record(code, "a"))).Select(h => h.Name));
        await archive.Everybody.GetAsync(At($"/api/v1/records/{archive.Record(code, "a")}"));
        Assert.Contains("Regeln gäller inte längre", await Assessed.Read(await archive.Browser("regelögat", Role.Moderator), $"/handlingar/{archive.Record(code, "a")}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task have_versions_and_an_end()
    {
        var code = await archive.An_authority("norrkoping");
        var rule = (await Ok(await archive.Registrator.PostAsJsonAsync(At("/api/v1/default-rules"), Rule(code)))).GetProperty("id").GetGuid();
        Assert.Equal(2, (await Ok(await archive.Registrator.PutAsJsonAsync(At($"/api/v1/default-rules/{rule}"), Rule(code, "short", "keptOrdered", 5)))).GetProperty("version").GetInt32());
        await archive.Capture(code, Assessed.Act("b", "Tack!"));
        Assert.Equal(2, (await archive.State(archive.Record(code, "b"))).SettledByRule!.RuleVersion);

        await Ok(await archive.Registrator.DeleteAsync(At($"/api/v1/default-rules/{rule}")));

        await archive.Capture(code, Assessed.Act("c", "Tack!"));
        Assert.Equal(Registration.Captured, (await archive.State(archive.Record(code, "c"))).Registration);
        Assert.Equal((404, "rule-unknown"), await Refused(await archive.Registrator.PostAsync(At($"/api/v1/default-rules/{rule}/apply"), null)));
    }

    [Fact]
    [Trait("Requirement", "R-14")]
    public async Task are_refused_where_law_policy_or_role_say_no()
    {
        Assert.Equal((409, "policy-keeps-minor-ordered"), await Refused(await archive.Registrator.PostAsJsonAsync(At("/api/v1/default-rules"), Rule("VA", to: "exempt"))));
        Assert.Equal((409, "policy-registers-all"), await Refused(await archive.Registrator.PostAsJsonAsync(At("/api/v1/default-rules"), Rule("RKS"))));
        Assert.Equal((400, "rule-state"), await Refused(await archive.Registrator.PostAsJsonAsync(At("/api/v1/default-rules"), Rule("HKS", to: "registered"))));
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(At("/api/v1/default-rules"), Rule("HKS"))));
    }

    [Fact]
    public async Task are_previewed_on_the_page_before_they_can_be_adopted()
    {
        var code = await archive.An_authority("toreboda");
        await archive.Capture(code, Assessed.Act("t", "👍"));
        var browser = await archive.Browser("regelmakaren", Role.Registrator);
        (string, string)[] form = [("Form.Authority", code), ("Form.Name", "Tummar"), ("Form.Content", "thumbsUp"), ("Form.RecordTypes", "comment"), ("Form.To", "exempt")];

        Assert.DoesNotContain("Anta regeln", await Assessed.Read(browser, "/standardlagen"), StringComparison.Ordinal);
        var preview = WebUtility.HtmlDecode(await (await ServedArchive.Post(browser, "/standardlagen", "/standardlagen?handler=Preview", form)).Content.ReadAsStringAsync());
        Assert.Contains("Anta regeln", preview, StringComparison.Ordinal);
        Assert.Contains("Så här skulle regeln slå", preview, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, "/standardlagen", "/standardlagen?handler=Adopt", form)).StatusCode);
        var rule = (await Ok(await archive.Registrator.GetAsync(At($"/api/v1/default-rules?authority={code}")))).GetProperty("items")[0].GetProperty("id").GetString()!;
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, "/standardlagen", "/standardlagen?handler=Apply", ("id", rule))).StatusCode);

        Assert.Equal((Registration.Exempt, false), ((await archive.State(archive.Record(code, "t"))).Registration, (await archive.State(archive.Record(code, "t"))).AssessedMinor));
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, "/standardlagen", "/standardlagen?handler=Repeal", ("id", rule))).StatusCode);
    }
}

[Collection(nameof(CommandArchive))]
[Trait("Requirement", "H-24")]
public sealed class Assessing_a_thread_in_the_archive(CommandArchive archive)
{
    private static readonly Guid Nowhere = new("0199aaaa-0000-7000-8000-00000000dead");

    private static readonly Guid Nobody = new("0199aaaa-0000-7000-8000-00000000beef");

    private async Task<(string Code, Guid Post)> A_storm(int comments, string preset = "norrkoping")
    {
        var code = await archive.An_authority(preset);
        await archive.Capture(code, [Assessed.Act("p", "Vi stänger skolan", kind: "post"), .. Enumerable.Range(0, comments).Select(i => Assessed.Act($"k{i}", $"Skärpning, nummer {i} tycker nej", "p", minute: 1 + (i % 60)))]);
        return (code, archive.Record(code, "p"));
    }

    [Fact]
    public async Task previews_keeps_exceptions_apart_and_adds_nothing_twice()
    {
        var (code, post) = await A_storm(450);
        await archive.Capture(code, Assessed.Act("nr", "hennes nummer är 19810107-9294", "p"), Assessed.Act("fara", "vi slår sönder varenda ruta", "p"));
        object Command(bool preview) => new { preview, except = new[] { archive.Record(code, "k3") }, significance = "minor", then = "keepOrdered", motivation = "Drev om skolan, samma synpunkt" };

        var preview = await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{post}/thread/assess"), Command(true)));
        Assert.Equal((450, 0, 3), (preview.GetProperty("assess").GetInt32(), preview.GetProperty("unchanged").GetInt32(), preview.GetProperty("exceptions").GetArrayLength()));

        var run = await Finished(await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{post}/thread/assess"), Command(false))));
        Assert.Equal((450, 0), (run.GetProperty("assessed").GetInt32(), run.GetProperty("waiting").GetInt32()));
        Assert.Equal(["behind-wall", "hint", "taken-out"], run.GetProperty("exceptions").EnumerateArray().Select(e => e.GetProperty("why").GetString()).Order());
        var one = await archive.State(archive.Record(code, "k7"));
        Assert.Equal((true, Registration.KeptOrdered, run.GetProperty("id").GetGuid()), (one.AssessedMinor, one.Registration, one.AssessedFurther!.Thread!.Value));
        foreach (var apart in (string[])["nr", "fara", "k3"]) Assert.Null((await archive.State(archive.Record(code, apart))).Assessment);

        var again = await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{post}/thread/assess"), Command(false)));
        Assert.Equal(JsonValueKind.Null, again.GetProperty("id").ValueKind);
        Assert.Single(await archive.History(archive.Record(code, "k7")), h => h.Event is RecordAssessed);
    }

    [Fact]
    public async Task goes_on_after_a_stop_in_the_middle()
    {
        var (code, post) = await A_storm(450);
        var handler = archive.Served.Services.GetRequiredService<ThreadAssessments>();
        var moderator = new Caller(Nobody, "Mo", [new(Role.Moderator, null)], false, false, []);
        var (run, refused) = await handler.Start(post, new(false, null, "ordinary", false, null, null, null, "Drev"), moderator, default);
        Assert.Null(refused);

        // As a process that went through one batch and died: nobody rings for the rest.
        Assert.True(await handler.Step(run!.Id, default));
        var worker = archive.Served.Services.GetRequiredService<ThreadAssessmentWorker>();
        worker.Ring();
        var now = await worker.WaitFor(run.Id, TimeSpan.FromSeconds(60), default);

        Assert.Equal((451, 0), (now!.Assessed, now.Waiting));
        Assert.NotNull(now.FinishedAt);
        var streams = await archive.Served.Services.GetRequiredService<SealedLog>().Store.ReadStreams([.. Enumerable.Range(0, 450).Select(i => archive.Record(code, $"k{i}"))]);
        Assert.All(streams.Values, history => Assert.Single(history, h => h.Event is RecordAssessed));
        Assert.False(await handler.Step(run.Id, default));
    }

    [Fact]
    [Trait("Requirement", "V-10")]
    public async Task is_done_on_its_page_with_some_taken_out()
    {
        var (code, post) = await A_storm(5, "vastarvet");
        var browser = await archive.Browser("stormaren", Role.Moderator);
        var page = $"/handlingar/{post}/trad/bedom";

        var form = await Assessed.Read(browser, page);
        Assert.Contains("Skärpning, nummer 4 tycker nej", form, StringComparison.Ordinal);
        Assert.Contains("håller också det ringa ordnat", form, StringComparison.Ordinal);
        string Id(string native) => archive.Record(code, native).ToString("N");
        var shown = string.Join(',', Enumerable.Range(0, 5).Select(i => Id($"k{i}")));
        Assert.Contains("Motivera bedömningen", WebUtility.HtmlDecode(await (await ServedArchive.Post(browser, page, page, ("Shown", shown), ("Keep", Id("k0")), ("Significance", "ordinary"))).Content.ReadAsStringAsync()), StringComparison.Ordinal);
        var answer = await ServedArchive.Post(browser, page, page, ("Shown", shown), ("Keep", Id("k0")), ("Keep", Id("k1")), ("Significance", "minor"), ("Then", "keepOrdered"), ("Motivation", "Samma synpunkt"));

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Contains("undantag", await Assessed.Read(browser, answer.Headers.Location!.ToString()), StringComparison.Ordinal);
        var kept = new List<bool>();
        for (var i = 0; i < 5; i++) kept.Add((await archive.State(archive.Record(code, $"k{i}"))).Registration == Registration.KeptOrdered);
        Assert.Equal([true, true, false, false, false], kept);
    }

    [Fact]
    public async Task is_refused_to_those_who_do_not_assess()
    {
        var (_, post) = await A_storm(1);
        var chef = archive.Served.Program(await archive.Served.Token("Chef Utan Drev", [new("chef")]));

        Assert.Equal((403, "not-allowed"), await Refused(await chef.PostAsJsonAsync(At($"/api/v1/records/{post}/thread/assess"), new { preview = true })));
        Assert.Equal((400, "motivation-missing"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{post}/thread/assess"), new { significance = "minor" })));
        Assert.Equal((404, "thread-assessment-unknown"), await Refused(await archive.Moderator.GetAsync(At($"/api/v1/thread-assessments/{Nowhere}"))));
    }

    [Fact]
    public async Task and_rules_and_lists_stand_as_the_log_tells_and_a_change_behind_it_is_found()
    {
        var code = await archive.An_authority("herrljunga");
        var rule = (await Ok(await archive.Registrator.PostAsJsonAsync(At("/api/v1/default-rules"), new { authority = code, name = "Hjärtan", content = "emojiOnly", to = "keptOrdered" }))).GetProperty("id").GetGuid();
        string[] ours = ["default-rules-differ", "on-call-differs", "thread-assessments-differ", "inline-records-differ"];
        async Task<IEnumerable<Finding>> Found() => (await ActivatorUtilities.CreateInstance<VerifyArchive>(archive.Served.Services).Run(null, default)).Findings.Where(f => ours.Contains(f.Code));

        Assert.Empty(await Found());
        await Change("Annat");
        Assert.Equal("default-rules-differ", Assert.Single(await Found()).Code);
        await Change("Hjärtan");

        async Task Change(string name)
        {
            await using var change = archive.Served.Databases.Owner.CreateCommand("update archive.default_rules set name = $1 where rule_id = $2");
            change.Parameters.Add(new() { Value = name });
            change.Parameters.Add(new() { Value = rule });
            await change.ExecuteNonQueryAsync();
        }
    }

    private async Task<JsonElement> Finished(JsonElement run)
    {
        for (var i = 0; i < 300 && !run.GetProperty("finished").GetBoolean(); i++)
        {
            await Task.Delay(100);
            run = await Ok(await archive.Moderator.GetAsync(At($"/api/v1/thread-assessments/{run.GetProperty("id").GetGuid()}")));
        }

        Assert.True(run.GetProperty("finished").GetBoolean());
        return run;
    }
}
