using System.Net;
using System.Net.Http.Json;
using System.Text;
using ArchiveService.Access;
using ArchiveService.Features.Verify;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

[Collection(nameof(CommandArchive))]
public sealed class Classifying_cases(CommandArchive archive)
{
    private const string First = "kod;titel;giltig från;giltig till;ersätter\n1.1;Styra;;;\n1.7.9;Kommunicera;;;956\n";

    [Fact]
    public async Task by_a_plan_taken_in_and_changed()
    {
        var code = await Authority("KLASS1");
        var tried = await Ok(await Put(code, First, "?dryRun=true"));
        Assert.True(tried.GetProperty("dryRun").GetBoolean());
        Assert.Equal(2, tried.GetProperty("differences").GetArrayLength());
        Assert.Equal(0, await Plans(code));

        var taken = await Ok(await Put(code, First, "?decisionReference=KS%20%C2%A7%209"));
        Assert.Equal(1, taken.GetProperty("version").GetInt32());
        Assert.Equal(0, (await Ok(await Put(code, First))).GetProperty("differences").GetArrayLength());
        Assert.Equal(1, await Plans(code));

        Assert.Equal(2, (await Ok(await Put(code, "kod;titel\n1.7.9;Kommunicera med många\n"))).GetProperty("version").GetInt32());
        var now = (await Ok(await archive.Everybody.GetAsync(At($"/api/v1/authorities/{code}/classes")))).GetProperty("items").EnumerateArray().Select(c => (c.GetProperty("code").GetString(), c.GetProperty("validUntil").ValueKind != System.Text.Json.JsonValueKind.Null));
        Assert.Equal([("1.1", true), ("1.7.9", false)], now);
        Assert.DoesNotContain(await Findings(), f => f.Code == "classes-differ");
    }

    [Fact]
    public async Task under_a_class_that_may_be_chosen_only()
    {
        var code = await Authority("KLASS2");
        archive.Channels[code] = (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = code, platform = "facebook", nativeAccountId = $"own-{code}", handle = code, purpose = "Dialog" }))).GetProperty("id").GetGuid();
        await Ok(await Put(code, First));
        var id = await archive.A_comment(code);

        Assert.Equal((400, "class-unknown"), await Refused(await Register(id, "8.8")));
        Assert.Equal((409, "class-closed"), await Refused(await Register(id, "956")));
        Assert.EndsWith("1.7.9", (await Ok(await Register(id, "1.7.9"))).GetProperty("diaryNumber").GetString(), StringComparison.Ordinal);

        // What is registered by itself, without a class chosen, goes on under the authority's usual class.
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{await archive.A_comment(code)}/unpublish"), new { grounds = new[] { "INSULT" }, motivation = "Grov förolämpning" }));
    }

    [Theory]
    [InlineData("kod;titel\n1;\n", "plan-faulty")]
    [InlineData("", "plan-missing")]
    public async Task never_by_a_faulty_plan(string csv, string refused)
    {
        var code = await Authority("KLASS3");

        Assert.Equal((400, refused), await Refused(await Put(code, csv)));
        Assert.Equal(0, await Plans(code));
    }

    [Fact]
    public async Task is_refused_to_moderators_and_to_bytes_that_are_not_text()
    {
        var code = await Authority("KLASS4");
        using var latin = new ByteArrayContent(Encoding.Latin1.GetBytes("kod;titel\n1;Förskola\n"));

        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PutAsync(At($"/api/v1/authorities/{code}/classes"), new StringContent(First, Encoding.UTF8, "text/csv"))));
        Assert.Equal((400, "plan-encoding"), await Refused(await archive.Everybody.PutAsync(At($"/api/v1/authorities/{code}/classes"), latin)));
        Assert.Equal((404, "authority-unknown"), await Refused(await Put("FINNSINTE", First)));
    }

    [Fact]
    public async Task of_two_first_plans_at_once_one_is_taken()
    {
        var code = await Authority("KLASS5");

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => Put(code, $"kod;titel\n{n};Klass {n}\n")));

        Assert.Contains(answers, a => a.IsSuccessStatusCode);
        Assert.Equal(answers.Count(a => a.IsSuccessStatusCode), await Plans(code));
    }

    [Fact]
    public async Task on_the_page_is_seen_before_it_is_done()
    {
        var code = await Authority("KLASS6");
        var browser = await archive.Browser("klassare", Role.Arkivarie);
        var address = $"/myndigheter/{code}/klasser";
        using var form = new MultipartFormDataContent { { new StringContent(await ServedArchive.FormToken(browser, address)), "__RequestVerificationToken" }, { new StringContent(First), "PlanFile", "plan.csv" }, { new StringContent("KS § 9"), "DecisionReference" } };

        var preview = WebUtility.HtmlDecode(await (await browser.PostAsync(At($"{address}?handler=Preview"), form)).Content.ReadAsStringAsync());
        Assert.Contains("Så här skulle planen ändras", preview, StringComparison.Ordinal);
        Assert.Equal(0, await Plans(code));

        await ServedArchive.Post(browser, address, $"{address}?handler=Adopt", ("Csv", First), ("DecisionReference", "KS § 9"));
        Assert.Contains("Kommunicera", WebUtility.HtmlDecode(await browser.GetStringAsync(At(address))), StringComparison.Ordinal);
        Assert.Equal(1, await Plans(code));
    }

    private async Task<string> Authority(string code)
    {
        await Ok(await archive.Everybody.PutAsJsonAsync(At($"/api/v1/authorities/{code}"), new { name = $"Nämnden {code}", preset = "herrljunga" }));
        return code;
    }

    private Task<HttpResponseMessage> Put(string code, string csv, string query = "") =>
        archive.Everybody.PutAsync(At($"/api/v1/authorities/{code}/classes{query}"), new StringContent(csv, Encoding.UTF8, "text/csv"));

    private Task<HttpResponseMessage> Register(Guid id, string classCode) =>
        archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), new { newCase = new { title = "Skolmaten", classCode }, subject = "Synpunkt" });

    private async Task<long> Plans(string code) => await archive.Served.Value<long>($"select count(*) from archive.classification_plans join archive.authorities using (authority_id) where code = '{code}'");

    private async Task<IReadOnlyList<Finding>> Findings() => (await ActivatorUtilities.CreateInstance<VerifyArchive>(archive.Served.Services).Run(null, default)).Findings;
}
