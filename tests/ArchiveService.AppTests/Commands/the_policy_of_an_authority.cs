using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Verify;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

[Collection(nameof(CommandArchive))]
public sealed class The_policy_of_an_authority(CommandArchive archive)
{
    [Fact]
    [Trait("Requirement", "I10")]
    public async Task changes_on_its_day_and_every_decision_keeps_the_version_it_was_made_under_I10()
    {
        await Established("DAG");
        var before = await archive.A_comment("DAG");
        await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/records/{before}/assess"), new { minor = true }));

        var coming = await Ok(await Put("DAG", new { policy = Values(("sla.reply", "P2D")), decisionReference = "DAG § 2", effectiveFrom = "2099-01-01" }));
        Assert.Equal((1, 2), (coming.GetProperty("policyVersion").GetInt32(), coming.GetProperty("decidedVersion").GetInt32()));
        await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/records/{before}/assess"), new { minor = false }));
        Assert.Equal("1", await LastVersion(before));
        Assert.Equal("P2D", Value(await Ok(await archive.Everybody.GetAsync(At("/api/v1/authorities/DAG/policy?at=2099-01-01T00:00:00%2B01:00"))), "sla.reply"));
        Assert.NotEqual("P2D", Value(await Ok(await archive.Everybody.GetAsync(At("/api/v1/authorities/DAG/policy?at=2098-12-31T23:59:59%2B01:00"))), "sla.reply"));

        // The day has come: as if it had been decided for today. Nobody does anything.
        await archive.Served.Value<object>("update archive.policy_versions v set effective_from = archive.swedish_date(clock_timestamp()) from archive.authorities a where a.authority_id = v.authority_id and a.code = 'DAG' and version = 2 returning 1");
        await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/records/{before}/assess"), new { minor = true }));
        Assert.Equal("2", await LastVersion(before));
        var after = await archive.A_comment("DAG");
        Assert.Equal("2", await LastVersion(after));
        Assert.Equal(2, (await Ok(await archive.Everybody.GetAsync(At("/api/v1/authorities/DAG/policy")))).GetProperty("version").GetInt32());
        await archive.Served.Value<object>("update archive.policy_versions v set effective_from = '2099-01-01' from archive.authorities a where a.authority_id = v.authority_id and a.code = 'DAG' and version = 2 returning 1");

        var found = (await Verify()).Findings.Where(f => f.Code == "policy-version-differs").ToList();
        Assert.Equal(2, found.Count);
    }

    [Fact]
    [Trait("Requirement", "H-01")]
    public async Task tells_all_its_versions_with_who_when_why_and_what_changed()
    {
        await Established("HIST");
        await Ok(await Put("HIST", new { policy = Values(("reading.removal", "H-15")), decisionReference = "HIST § 4" }));
        await Ok(await Put("HIST", new { policy = Values(("disposal.coolingOffDays", "30")), decisionReference = "HIST § 5", effectiveFrom = "2099-06-01" }));

        var items = (await Ok(await archive.Everybody.GetAsync(At("/api/v1/authorities/HIST/policy/versions")))).GetProperty("items").EnumerateArray().ToList();

        Assert.Equal(["coming", "inForce", "past"], items.Select(i => i.GetProperty("standing").GetString()));
        Assert.Equal(("HIST § 5", "2099-06-01", "Ada Admin"), (items[0].GetProperty("decisionReference").GetString(), items[0].GetProperty("effectiveFrom").GetString(), items[0].GetProperty("decidedBy").GetString()));
        Assert.Equal(["ground.INSULT", "ground.PROFANITY", "reading.removal"], items[1].GetProperty("changes").EnumerateArray().Select(c => c.GetProperty("key").GetString()));
        var insult = items[1].GetProperty("changes")[0];
        Assert.Equal(("gross", "any", "H-15"), (insult.GetProperty("from").GetString(), insult.GetProperty("to").GetString(), insult.GetProperty("requirement").GetString()));
        Assert.Equal("HIST § 5", await archive.Served.Value<string>("select data->>'decisionReference' from archive.mt_events where type = 'policy_decided' and data->>'name' = 'Nämnden HIST' order by seq_id desc limit 1"));
    }

    [Theory]
    [InlineData("sla.reply", "P1D", null, null, "decision-reference-missing")]
    [InlineData("sla.reply", "P1D", "KS § 1", "2020-01-01", "effective-from-past")]
    [InlineData("removal.register", "sometimes", "KS § 1", null, "policy-value-unknown")]
    [InlineData("reading.removal", "H-1", "KS § 1", null, "policy-value-unknown")]
    public async Task is_not_changed_without_what_a_change_needs(string key, string value, string? reference, string? from, string code)
    {
        await Established("NEJ");

        Assert.Equal((400, code), await Refused(await Put("NEJ", new { policy = Values((key, value)), decisionReference = reference, effectiveFrom = from })));
        Assert.Equal(1L, await archive.Served.Value<long>("select count(*) from archive.policy_versions join archive.authorities using (authority_id) where code = 'NEJ'"));
    }

    [Theory]
    [InlineData("removal.captureFirst", "arkivlagen")]
    [InlineData("secrecy.register", "OSL 5 kap. 1 §")]
    [InlineData("disposal.requireDecision", "arkivlagen 10 §")]
    [Trait("Requirement", "I1")]
    [Trait("Requirement", "I4")]
    public async Task never_goes_below_the_law_and_is_told_by_which_paragraph(string key, string paragraph)
    {
        var answer = await Put("HKS", new { policy = Values((key, "false")), decisionReference = "KS § 1" });

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("legal-floor", problem.GetProperty("code").GetString());
        Assert.Contains(paragraph, problem.GetProperty("paragraph").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(problem.GetProperty("why").GetString()!);
    }

    [Fact]
    public async Task is_changed_on_its_page_value_by_value()
    {
        await Established("SIDA");
        var browser = await archive.Browser("policyändraren", Role.Admin);
        const string Form = "/myndigheter/SIDA?andra=removal.collectiveCase";

        var refused = await Html(await ServedArchive.Post(browser, Form, Form, ("Value", "per-year"), ("DecisionReference", ""), ("EffectiveFrom", "")));
        Assert.Contains("Ange beslutet som ändringen vilar på", refused, StringComparison.Ordinal);
        Assert.Contains("Förlagans värde, H-18", refused, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, Form, Form, ("Value", "per-year"), ("DecisionReference", "SIDA § 8"), ("EffectiveFrom", "2099-03-01"))).StatusCode);

        var page = WebUtility.HtmlDecode(await browser.GetStringAsync(At("/myndigheter/SIDA")));
        Assert.Contains("Kommande ändringar", page, StringComparison.Ordinal);
        Assert.Contains("SIDA § 8", page, StringComparison.Ordinal);
        Assert.Contains("Där riktlinjen säger emot sig själv", page, StringComparison.Ordinal);
        Assert.Contains("dataskyddsförordningen (2018:218)", page, StringComparison.Ordinal);
        Assert.Contains("arkivlagen 10 §", page, StringComparison.Ordinal);
        Assert.Equal("2099-03-01", await archive.Served.Value<string>("select effective_from::text from archive.policy_versions join archive.authorities using (authority_id) where code = 'SIDA' and version = 2 and policy->>'removal.collectiveCase' = 'per-year'"));
    }

    [Fact]
    public async Task is_read_but_not_changed_by_others_than_administrators()
    {
        await Established("LAS");
        var browser = await archive.Browser("policyläsaren", Role.Arkivarie);

        var page = await browser.GetStringAsync(At("/myndigheter/LAS?andra=sla.reply"));

        Assert.DoesNotContain("DecisionReference", page, StringComparison.Ordinal);
        Assert.Equal((404, "authority-unknown"), await Refused(await archive.Everybody.GetAsync(At("/api/v1/authorities/FINNSEJ/policy/versions"))));
        Assert.Equal((404, "policy-unknown"), await Refused(await archive.Everybody.GetAsync(At("/api/v1/authorities/LAS/policy?at=2001-01-01T00:00:00Z"))));
    }

    [Fact]
    [Trait("Requirement", "C23")]
    public async Task is_compared_with_the_other_guidelines_key_by_key()
    {
        var browser = await archive.Browser("jämföraren", Role.Revisor);

        var page = WebUtility.HtmlDecode(await browser.GetStringAsync(At("/myndigheter/jamfor")));
        Assert.Contains("Avviker: ", page, StringComparison.Ordinal);
        Assert.Contains("H-16a: grova förolämpningar", page, StringComparison.Ordinal);
        var presets = (await Ok(await archive.Everybody.GetAsync(At("/api/v1/policy-presets")))).GetProperty("presets").EnumerateArray().ToList();
        Assert.Equal(["custom", "herrljunga", "norrkoping", "toreboda", "trosa", "vastarvet"], presets.Select(p => p.GetProperty("name").GetString()));
        Assert.All(presets, p => Assert.All(p.GetProperty("values").EnumerateArray(), v => Assert.NotEmpty(v.GetProperty("requirement").GetString()!)));
        Assert.Contains(presets[4].GetProperty("references").EnumerateArray(), r => r.GetProperty("kind").GetString() == "repealed");
    }

    private async Task Established(string code)
    {
        await Ok(await Put(code, new { name = $"Nämnden {code}", preset = "herrljunga" }));
        if (archive.Channels.ContainsKey(code)) return;
        archive.Channels[code] = (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = code, platform = "facebook", nativeAccountId = $"own-{code}", handle = code, purpose = "Dialog" }))).GetProperty("id").GetGuid();
    }

    private Task<HttpResponseMessage> Put(string code, object command) => archive.Everybody.PutAsJsonAsync(At($"/api/v1/authorities/{code}"), command);

    private Task<string?> LastVersion(Guid record) => archive.Served.Value<string>($"select data->>'policyVersion' from archive.mt_events where stream_id = '{record}' and data ? 'policyVersion' order by seq_id desc limit 1");

    private async Task<Verification> Verify() => await ActivatorUtilities.CreateInstance<VerifyArchive>(archive.Served.Services).Run(null, default);

    private static Dictionary<string, string> Values(params (string Key, string Value)[] values) => values.ToDictionary(v => v.Key, v => v.Value);

    private static string Value(JsonElement policy, string key) => policy.GetProperty("values").EnumerateArray().Single(v => v.GetProperty("key").GetString() == key).GetProperty("value").GetString()!;

    private static async Task<string> Html(HttpResponseMessage answer) => WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
}
