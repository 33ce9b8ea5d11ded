using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Verify;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

[Collection(nameof(CommandArchive))]
public sealed class The_life_of_a_channel(CommandArchive archive)
{
    private static int numbers;

    [Fact]
    [Trait("Requirement", "I9")]
    [Trait("Requirement", "C15")]
    [Trait("Requirement", "T-21")]
    [Trait("Requirement", "T-06")]
    [Trait("Requirement", "T-05")]
    [Trait("Requirement", "R-08")]
    [Trait("Requirement", "H-05")]
    public async Task goes_from_proposed_to_closed_through_the_api()
    {
        var channel = await Registered("TKS", "api");
        var (kim, chef, mo) = (await Program("kommunikator"), await Program("chef"), await Program("moderator"));

        var (status, code) = await Refused(await kim.Client.PostAsync(Of(channel, "/activate"), null));
        Assert.Equal((409, "activation-incomplete"), (status, code));
        var missing = JsonDocument.Parse(await (await kim.Client.PostAsync(Of(channel, "/activate"), null)).Content.ReadAsStringAsync()).RootElement.GetProperty("missing").EnumerateArray().ToList();
        Assert.Contains(missing, m => m.GetProperty("code").GetString() == "signatures" && m.GetProperty("requirement").GetString() == "T-21");
        Assert.Contains(missing, m => m.GetProperty("code").GetString() == "infoText.visibility" && m.GetProperty("requirement").GetString() == "BBS-lagen 3 §");
        Assert.Equal("proposed", (await Read(kim, channel)).GetProperty("state").GetString());

        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(Of(channel, "/approvals"), new { function = "ansvarig-chef" })));
        await Ok(await chef.Client.PostAsJsonAsync(Of(channel, "/approvals"), new { function = "ansvarig-chef", note = "TKS § 3/2026" }));
        Assert.Equal("approved", (await Read(kim, channel)).GetProperty("state").GetString());
        await Ok(await kim.Client.PostAsJsonAsync(Of(channel, "/approvals"), new { function = "informationsansvarig" }));
        await Ok(await kim.Client.PutAsJsonAsync(Of(channel, "/plan"), new { unit = "Parkenheten", targetGroup = "Boende", goals = "Fler svar", contact = "parken@example.se", watch = "Varje vardag", hoursPerWeek = 3, evaluateBy = "2099-01-01", url = "https://www.example.se/park" }));
        foreach (var (person, function) in new[] { (kim.Id, "responsible"), (kim.Id, "administrator"), (mo.Id, "administrator"), (mo.Id, "daily-operator") })
            await Ok(await kim.Client.PostAsJsonAsync(Of(channel, "/administrators"), new { person, function, email = "park@example.se", phone = "0000-000000" }));
        await Ok(await kim.Client.PostAsJsonAsync(Of(channel, "/plan/signatures"), new { @as = "administrator" }));
        await Ok(await mo.Client.PostAsJsonAsync(Of(channel, "/plan/signatures"), new { @as = "administrator" }));
        await Ok(await chef.Client.PostAsJsonAsync(Of(channel, "/plan/signatures"), new { @as = "manager" }));
        foreach (var kind in new[] { "provider", "visibility" }) await Ok(await kim.Client.PutAsJsonAsync(Of(channel, $"/texts/{kind}"), new { text = $"Text om {kind}" }));
        await Ok(await kim.Client.PostAsJsonAsync(Of(channel, "/terms-reviews"), new { reviewedOn = "2026-01-15", terms = "Facebooks villkor, januari 2026" }));
        Assert.Equal((400, "custody-holds-secret"), await Refused(await kim.Client.PutAsJsonAsync(Of(channel, "/login-custody"), new { holder = "Enheten", place = "lösenord: Sommar2026" })));
        await Ok(await kim.Client.PutAsJsonAsync(Of(channel, "/login-custody"), new { holder = "Parkenheten", place = "Kommunens valv" }));
        foreach (var item in new[] { "ownAccount", "logo" }) await Ok(await kim.Client.PutAsJsonAsync(Of(channel, $"/checklist/{item}"), new { done = true }));
        await Ok(await kim.Client.PostAsync(Of(channel, "/activate"), null));
        Assert.Equal("active", (await Read(kim, channel)).GetProperty("state").GetString());

        await Ok(await mo.Client.PostAsJsonAsync(Of(channel, "/pause"), new { how = "comments-closed", reason = "Semester", notice = "Vi är tillbaka i augusti." }));
        var shown = await Shown(channel, c => c.GetProperty("state").GetString() == "paused");
        Assert.Equal(("parken@example.se", "Vi är tillbaka i augusti.", "https://www.example.se/park"), (shown.GetProperty("contact").GetString(), shown.GetProperty("notice").GetString(), shown.GetProperty("url").GetString()));
        Assert.DoesNotContain("Semester", shown.ToString(), StringComparison.Ordinal);
        Assert.Contains("Vi är tillbaka i augusti.", WebUtility.HtmlDecode(await archive.Served.Program().GetStringAsync(At("/public/channels"))), StringComparison.Ordinal);
        await Ok(await mo.Client.PostAsJsonAsync(Of(channel, "/resume"), new { }));
        await Ok(await chef.Client.PostAsJsonAsync(Of(channel, "/reviews"), new { evaluation = "Används och bevakas." }));
        await Ok(await kim.Client.PostAsJsonAsync(Of(channel, "/close"), new { reason = "Projektet är slut" }));

        var details = await Read(kim, channel);
        Assert.Equal("closed", details.GetProperty("state").GetString());
        Assert.Contains(details.GetProperty("history").EnumerateArray(), h => h.GetProperty("event").GetString() == "channel_approved" && h.GetProperty("said").GetString() == "TKS § 3/2026" && h.GetProperty("policyVersion").GetInt32() == 1 && h.GetProperty("by").GetString() is { Length: > 0 });
        Assert.Equal((409, "channel-closed"), await Refused(await kim.Client.PostAsync(Of(channel, "/activate"), null)));
        Assert.Equal("closed", (await Shown(channel, c => c.GetProperty("state").GetString() == "closed")).GetProperty("state").GetString());
    }

    [Fact]
    [Trait("Requirement", "I9")]
    public async Task lets_everything_be_captured_whatever_state_it_is_in()
    {
        var channel = await Registered("NKS", "fangst");
        async Task<int> Capture(string native)
        {
            var line = JsonSerializer.Serialize(new { act = "create", nativeId = native, kind = "comment", author = new { nativeId = "77" }, audience = "public", occurredAt = "2026-03-01T12:00:00Z", text = "Hej" });
            using var content = new StringContent(line, Encoding.UTF8, "application/x-ndjson");
            return (await Ok(await archive.Everybody.PostAsync(Of(channel, "/captures"), content))).GetProperty("accepted").GetInt32();
        }

        Assert.Equal(1, await Capture("foreslagen"));
        await Ok(await (await Program("chef")).Client.PostAsJsonAsync(Of(channel, "/approvals"), new { function = "vd" }));
        Assert.Equal(1, await Capture("godkand"));
        foreach (var how in new[] { "comments-closed", "hidden" })
        {
            await Ok(await archive.Everybody.PostAsJsonAsync(Of(channel, "/pause"), new { how, reason = "Semester" }));
            Assert.Equal(1, await Capture(how));
        }

        await Ok(await archive.Everybody.PostAsJsonAsync(Of(channel, "/resume"), new { }));
        Assert.Equal(1, await Capture("oppnad"));
        using (var snapshot = Made.Form([("from", "2026-01-01"), ("to", "2026-03-31"), ("coversContent", "true"), ("coversLayout", "true"), ("screened", "true"), ("occasion", "closing")], ("screenshot", "sidan.png", Made.Png)))
            await Ok(await archive.Everybody.PostAsync(Of(channel, "/snapshots"), snapshot));
        await Ok(await archive.Everybody.PostAsJsonAsync(Of(channel, "/close"), new { reason = "Används inte" }));
        Assert.Equal(1, await Capture("avslutad"));
    }

    [Fact]
    [Trait("Requirement", "C14")]
    [Trait("Requirement", "H-14")]
    public async Task refuses_a_private_account_where_the_guideline_forbids_it()
    {
        object Channel(string authority, bool? privateAccount) => new { authority, platform = "x", nativeAccountId = $"privat-{authority}-{privateAccount}", purpose = "Dialog", privateAccount };

        Assert.Equal((409, "private-account-forbidden"), await Refused(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), Channel("HKS", true))));
        var advised = (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), Channel("VA", true)))).GetProperty("id").GetGuid();
        var own = (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), Channel("HKS", false)))).GetProperty("id").GetGuid();

        Assert.False(Check(await Read(archive.Everybody, advised)));
        Assert.True(Check(await Read(archive.Everybody, own)));

        static bool Check(JsonElement channel) => channel.GetProperty("checklist").EnumerateArray().Single(c => c.GetProperty("item").GetString() == "ownAccount").GetProperty("done").GetBoolean();
    }

    [Fact]
    public async Task answers_only_to_staff_and_to_the_version_that_was_read()
    {
        var channel = await Registered("HKS", "version");
        var read = await Read(archive.Everybody, channel);

        Assert.Equal((404, "channel-unknown"), await Refused(await archive.Everybody.GetAsync(Of(Guid.Parse("0199ffff-0000-7000-8000-000000000001"), ""))));
        Assert.Equal((404, "channel-unknown"), await Refused(await archive.Everybody.PostAsync(Of(Guid.Parse("0199ffff-0000-7000-8000-000000000001"), "/activate"), null)));
        Assert.Equal((404, "text-kind-unknown"), await Refused(await archive.Everybody.PutAsJsonAsync(Of(channel, "/texts/vad-som-helst"), new { text = "x" })));
        Assert.Equal(HttpStatusCode.Unauthorized, (await archive.Served.Program().GetAsync(Of(channel, ""))).StatusCode);
        using var stale = new HttpRequestMessage(HttpMethod.Put, Of(channel, "/plan")) { Content = JsonContent.Create(new { unit = "Enheten" }), Headers = { { "If-Match", "\"99\"" } } };
        Assert.Equal((412, "changed-meanwhile"), await Refused(await archive.Everybody.SendAsync(stale)));
        using var fresh = new HttpRequestMessage(HttpMethod.Put, Of(channel, "/plan")) { Content = JsonContent.Create(new { unit = "Enheten" }), Headers = { { "If-Match", $"\"{read.GetProperty("version").GetInt64()}\"" } } };
        await Ok(await archive.Everybody.SendAsync(fresh));
    }

    [Fact]
    public async Task keeps_who_is_named_in_a_table_that_verify_checks()
    {
        var channel = await Registered("HKS", "namngivna");
        var kim = await Program("kommunikator");
        foreach (var function in new[] { "administrator", "substitute" }) await Ok(await kim.Client.PostAsJsonAsync(Of(channel, "/administrators"), new { person = kim.Id, function }));
        await Ok(await kim.Client.DeleteAsync(Of(channel, $"/administrators/{kim.Id}/substitute")));
        Assert.Equal((404, "channel-administrator-unknown"), await Refused(await kim.Client.DeleteAsync(Of(channel, $"/administrators/{kim.Id}/substitute"))));
        Assert.Equal((400, "channel-person-unknown"), await Refused(await kim.Client.PostAsJsonAsync(Of(channel, "/administrators"), new { person = Guid.Parse("0199ffff-0000-7000-8000-000000000001"), function = "administrator" })));

        Assert.Equal("administrator", await archive.Served.Value<string>($"select string_agg(function, ',') from archive.channel_administrators where channel_id = '{channel}'"));
        var verified = await ActivatorUtilities.CreateInstance<VerifyArchive>(archive.Served.Services).Run(null, default);
        Assert.DoesNotContain(verified.Findings, f => f.What.Contains("channel_administrators", StringComparison.Ordinal));
    }

    [Fact]
    public async Task lets_two_who_write_at_once_both_be_heard()
    {
        var channel = await Registered("RKS", "kapplopning");

        var answers = await Task.WhenAll(ArchiveService.Features.Channels.ChannelDemands.Checks.Keys.Take(4).Select(item => archive.Everybody.PutAsJsonAsync(Of(channel, $"/checklist/{item}"), new { done = true })));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(4, (await Read(archive.Everybody, channel)).GetProperty("checklist").EnumerateArray().Count(c => c.GetProperty("done").ValueKind == JsonValueKind.True));
    }

    [Fact]
    [Trait("Requirement", "I9")]
    [Trait("Requirement", "H-06")]
    [Trait("Requirement", "H-22")]
    [Trait("Requirement", "R-08")]
    [Trait("Requirement", "C18")]
    [Trait("Requirement", "T-06")]
    public async Task is_led_on_the_pages()
    {
        var channel = await Registered("HKS", "sidor");
        var chef = await archive.Browser("sidchefen", Role.Chef);
        var kim = await archive.Browser("sidkim", Role.Kommunikator);
        var here = $"/kanaler/{channel}";
        async Task<string> Page(HttpClient browser, string address) => WebUtility.HtmlDecode(await browser.GetStringAsync(At(address)));

        var overview = await Page(chef, here);
        Assert.Contains("Vad som krävs innan kanalen är aktiv", overview, StringComparison.Ordinal);
        Assert.Contains($"{here}/plan#checklista", overview, StringComparison.Ordinal);
        Assert.Contains("H-22", overview, StringComparison.Ordinal);
        Assert.DoesNotContain("Gör kanalen aktiv", overview, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(chef, here, $"{here}?handler=Approve", ("Approval.Function", "forvaltningschef"), ("Approval.Note", "KS § 9/2026"))).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(kim, here, $"{here}?handler=Approve", ("Approval.Function", "kommunikation"))).StatusCode);
        var plan = $"{here}/plan";
        async Task Send(string handler, params (string, string)[] fields)
        {
            var answer = await ServedArchive.Post(kim, plan, $"{plan}?handler={handler}", fields);
            Assert.True(answer.StatusCode == HttpStatusCode.Redirect, $"{handler}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }

        var me = (await archive.Served.Value<Guid>("select person_id from archive.users where username = 'sidkim'")).ToString();
        await Send("Plan", ("Plan.Goals", "Fler får svar"), ("Plan.TargetGroup", "Boende"), ("Plan.Contact", "Växeln"));
        foreach (var function in new[] { "responsible", "administrator", "substitute" }) await Send("Name", ("Named.Person", me), ("Named.Function", function));
        foreach (var kind in new[] { "provider", "visibility" }) await Send("Text", ("Text.Kind", kind), ("Text.Text", "Nämnden står bakom"));
        var secret = await ServedArchive.Post(kim, plan, $"{plan}?handler=Custody", ("Custody.Holder", "Enheten"), ("Custody.Place", "lösenord: Sommar2026"));
        Assert.Contains("ser ut som ett lösenord", WebUtility.HtmlDecode(await secret.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        await Send("Custody", ("Custody.Holder", "Kommunikationsenheten"), ("Custody.Place", "Valvet"));
        foreach (var item in new[] { "ownAccount", "resources", "logo", "equality", "officialMailbox" }) await Send("Check", ("item", item), ("done", "true"));

        Assert.Contains("Gör kanalen aktiv", await Page(kim, here), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(kim, here, $"{here}?handler=Activate")).StatusCode);
        var refused = await ServedArchive.Post(kim, here, $"{here}?handler=Pause", ("Pause.How", "hidden"), ("Pause.Reason", ""), ("Pause.Notice", "Vi är snart tillbaka"));
        var again = WebUtility.HtmlDecode(await refused.Content.ReadAsStringAsync());
        Assert.Contains("Ange varför kanalen pausas", again, StringComparison.Ordinal);
        Assert.Contains("Vi är snart tillbaka", again, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(kim, here, $"{here}?handler=Absence", ("Absence.Since", "2026-01-01"), ("Absence.Until", "2099-01-01"), ("Absence.Reason", "Sjukdom"))).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(chef, here, $"{here}?handler=Review", ("Review.Evaluation", "Den fyller sitt ändamål."))).StatusCode);

        overview = await Page(kim, here);
        foreach (var said in (string[])["Aktiv", "KS § 9/2026", "sidchefen Exempelsson", "Policyversion 1", "Den fyller sitt ändamål.", "ersättaren tar över"]) Assert.Contains(said, overview, StringComparison.Ordinal);
        Assert.Contains("href=\"/kanaler/" + channel, await Page(kim, "/kanaler"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await kim.GetAsync(At("/kanaler/0199ffff-0000-7000-8000-000000000001"))).StatusCode);
    }

    [Fact]
    [Trait("Requirement", "T-18")]
    public async Task stands_in_the_plan_beside_the_decisions_of_gallring()
    {
        await Registered("TKS", "planlistan");
        var arkivarie = await archive.Browser("planarkivarien", Role.Arkivarie);

        var page = WebUtility.HtmlDecode(await arkivarie.GetStringAsync(At("/gallring")));

        Assert.Contains("Kanaler i dokumenthanteringsplanen", page, StringComparison.Ordinal);
        Assert.Contains("kanal planlistan", page, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "I9")]
    public async Task cannot_be_excused_by_policy_from_what_the_law_asks()
    {
        Assert.Equal((400, "legal-floor"), await Refused(await archive.Everybody.PutAsJsonAsync(At("/api/v1/authorities/HKS"), new { policy = new Dictionary<string, string> { ["channel.informUsers"] = "false" }, decisionReference = "KS § 1/2026" })));
        Assert.Equal((400, "policy-key-unknown"), await Refused(await archive.Everybody.PutAsJsonAsync(At("/api/v1/authorities/HKS"), new { policy = new Dictionary<string, string> { ["infoText.provider"] = "none" }, decisionReference = "KS § 1/2026" })));
    }

    private static Uri Of(Guid channel, string below) => At($"/api/v1/channels/{channel}{below}");

    private async Task<Guid> Registered(string authority, string name) => (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"),
        new { authority, platform = "facebook", nativeAccountId = $"liv-{name}", handle = $"kanal {name}", purpose = "Dialog om parken" }))).GetProperty("id").GetGuid();

    private async Task<(HttpClient Client, Guid Id)> Program(string role)
    {
        var name = $"Livs {role} {Interlocked.Increment(ref numbers)}";
        var client = archive.Served.Program(await archive.Served.Token(name, [new(role)]));
        return (client, await archive.Served.Value<Guid>($"select person_id from views.persons where name = '{name}'"));
    }

    private static async Task<JsonElement> Read((HttpClient Client, Guid Id) by, Guid channel) => await Read(by.Client, channel);

    private static async Task<JsonElement> Read(HttpClient by, Guid channel) => await Ok(await by.GetAsync(Of(channel, "")));

    private async Task<JsonElement> Shown(Guid channel, Func<JsonElement, bool> when)
    {
        var handle = (await Read(archive.Everybody, channel)).GetProperty("handle").GetString();
        for (var patience = 0; patience < 100; patience++, await Task.Delay(100))
        {
            var shown = (await Ok(await archive.Served.Program().GetAsync(At("/public/channels.json")))).GetProperty("items").EnumerateArray().FirstOrDefault(c => c.GetProperty("handle").GetString() == handle);
            if (shown.ValueKind == JsonValueKind.Object && when(shown)) return shown;
        }

        throw new TimeoutException("The public register does not show the channel as expected.");
    }
}
