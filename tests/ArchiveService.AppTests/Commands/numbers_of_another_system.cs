using System.Net;
using System.Net.Http.Json;
using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Testing;
using static ArchiveService.AppTests.Commands.CommandArchive;
using Registration = ArchiveService.Features.Records.Registration;

namespace ArchiveService.AppTests.Commands;

/// <summary>diary.mode external and both: the number is another system's, and many documents may stand under it.</summary>
[Collection(nameof(CommandArchive))]
public sealed class Numbers_of_another_system(CommandArchive archive)
{
    [Fact]
    public async Task take_several_documents_into_one_case_whatever_dash_is_typed()
    {
        await Authority("EXA", "external");
        var first = await Ok(await Register(await archive.A_comment("EXA"), "KS 2026–00017"));
        var second = await Ok(await Register(await archive.A_comment("EXA"), "ks 2026-00017 "));

        Assert.Equal(first.GetProperty("caseId").GetGuid(), second.GetProperty("caseId").GetGuid());
        Assert.Equal(("KS 2026–00017", 1), (first.GetProperty("diaryNumber").GetString(), first.GetProperty("documentNumber").GetInt32()));
        Assert.Equal(("KS 2026–00017", 2), (second.GetProperty("diaryNumber").GetString(), second.GetProperty("documentNumber").GetInt32()));
    }

    [Fact]
    [Trait("Requirement", "I7")]
    public async Task given_by_many_at_once_open_one_case()
    {
        await Authority("EXB", "external");
        var records = new List<Guid>();
        for (var i = 0; i < 5; i++) records.Add(await archive.A_comment("EXB"));

        var answers = await Task.WhenAll(records.Select(id => Register(id, "EXB 2026-1")));

        var numbers = new List<int>();
        foreach (var answer in answers) numbers.Add((await Ok(answer)).GetProperty("documentNumber").GetInt32());
        Assert.Equal([1, 2, 3, 4, 5], numbers.Order());
        Assert.Equal(1, await archive.Served.Value<long>("select count(*) from archive.cases where diary_number = 'EXB 2026-1'"));
    }

    [Fact]
    public async Task are_refused_where_they_are_numbers_of_this_diary_or_of_a_third_system()
    {
        await Authority("EXC", "both");
        var own = (await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{await archive.A_comment("EXC")}/register"), NewCase()))).GetProperty("diaryNumber").GetString()!;
        await Ok(await Register(await archive.A_comment("EXC"), "P 2026/77"));
        var id = await archive.A_comment("EXC");

        Assert.Equal((409, "external-number-taken"), await Refused(await Register(id, own)));
        Assert.Equal((409, "external-number-taken"), await Refused(await Register(id, "P 2026/77", system: "Public 360")));
        Assert.Equal((400, "external-number"), await Refused(await Register(id, "P 2026/78", at: "2999-01-01T00:00:00Z")));
        Assert.Equal((400, "external-number"), await Refused(await Register(id, "P 2026/78", at: "0001-01-01T00:00:00Z")));
        Assert.Equal(Registration.Captured, (await archive.State(id)).Registration);
    }

    [Fact]
    public async Task that_look_like_the_next_own_number_do_not_stop_the_own_series()
    {
        await Authority("EXD", "both");
        var own = (await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{await archive.A_comment("EXD")}/register"), NewCase()))).GetProperty("diaryNumber").GetString()!;
        await Ok(await Register(await archive.A_comment("EXD"), own.Replace("1/", "2/", StringComparison.Ordinal)));

        var next = (await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{await archive.A_comment("EXD")}/register"), NewCase()))).GetProperty("diaryNumber").GetString()!;

        Assert.Equal(own.Replace("1/", "3/", StringComparison.Ordinal), next);
    }

    [Fact]
    [Trait("Requirement", "C2")]
    public async Task can_be_given_when_something_is_taken_down_and_are_asked_for_where_the_policy_registers_C2()
    {
        await Authority("EXE", "external", ("removal.register", "always"));
        var id = await archive.A_comment("EXE");
        var insult = new { grounds = new[] { "INSULT" }, motivation = "Grov förolämpning" };

        var (status, code) = await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/unpublish"), insult));
        Assert.Equal((409, "diary-mode"), (status, code));
        Assert.Equal((400, "external-number"), await Refused(await archive.Moderator.PostAsJsonAsync(
            At($"/api/v1/records/{id}/unpublish"), new { insult.grounds, insult.motivation, external = new { system = "Platina" } })));
        Assert.Equal(Visibility.Visible, (await archive.State(id)).Visibility);

        var done = await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/unpublish"), new { insult.grounds, insult.motivation, external = Number("EXE 2026/9") }));

        Assert.Equal("EXE 2026/9", done.GetProperty("diaryNumber").GetString());
        var state = await archive.State(id);
        Assert.Equal((Visibility.Unpublished, Registration.Registered, "EXE 2026/9"), (state.Visibility, state.Registration, state.DiaryNumber));
        Assert.Equal((409, "already-registered"), await Refused(await archive.Moderator.PostAsJsonAsync(
            At($"/api/v1/records/{id}/hide"), new { insult.grounds, insult.motivation, external = Number("EXE 2026/10") })));
    }

    [Fact]
    public async Task are_not_waited_for_in_an_emergency()
    {
        await Authority("EXF", "external", ("removal.register", "always"));
        var id = await archive.A_comment("EXF");

        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/hide"), new { grounds = new[] { "HATE_SPEECH" }, motivation = "Hot", emergency = true }));
        Assert.Equal((Visibility.Hidden, Registration.Captured), ((await archive.State(id)).Visibility, (await archive.State(id)).Registration));

        await Ok(await Register(id, "EXF 2026/1"));
        Assert.Equal(Registration.Registered, (await archive.State(id)).Registration);
    }

    [Fact]
    public async Task have_fields_on_the_pages_only_where_the_diary_is_elsewhere()
    {
        await Authority("EXG", "external", ("removal.register", "always"));
        var (down, registered, own) = (await archive.A_comment("EXG"), await archive.A_comment("EXG"), await archive.A_comment());
        var browser = await archive.Browser("elsewhere", Role.Registrator, Role.Moderator);
        (string, string)[] takeDown = [("Act", "Unpublish"), ("Grounds", "INSULT"), ("Motivation", "Grov förolämpning"), ("Viewpoint", "yes"), ("ThresholdMet", "true")];

        Assert.DoesNotContain("ExternalNumber", await browser.GetStringAsync(At($"/handlingar/{own}/ta-ned")), StringComparison.Ordinal);
        Assert.DoesNotContain("ExternalNumber", await browser.GetStringAsync(At($"/handlingar/{own}/registrera")), StringComparison.Ordinal);
        var refused = await ServedArchive.Post(browser, $"/handlingar/{down}/ta-ned", $"/handlingar/{down}/ta-ned", takeDown);
        Assert.Contains("Ange dess diarienummer", WebUtility.HtmlDecode(await refused.Content.ReadAsStringAsync()), StringComparison.Ordinal);

        (string, string)[] number = [("ExternalNumber", "EXG 2026/4"), ("ExternalSystem", "Platina"), ("ExternalDay", "2026-03-02")];
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, $"/handlingar/{down}/ta-ned", $"/handlingar/{down}/ta-ned", [.. takeDown, .. number])).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(
            browser, $"/handlingar/{registered}/registrera", $"/handlingar/{registered}/registrera", [("Subject", "Synpunkt"), ("Where", "external"), .. number])).StatusCode);

        Assert.Equal("EXG 2026/4", (await archive.State(down)).DiaryNumber);
        Assert.Equal("EXG 2026/4", (await archive.State(registered)).DiaryNumber);
    }

    private async Task Authority(string code, string mode, params (string Key, string Value)[] policy)
    {
        await Ok(await archive.Everybody.PutAsJsonAsync(At($"/api/v1/authorities/{code}"), new { name = $"Nämnden {code}", preset = "norrkoping", diary = new { mode }, policy = policy.ToDictionary(p => p.Key, p => p.Value) }));
        archive.Channels[code] = (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = code, platform = "facebook", nativeAccountId = $"own-{code}", handle = code, purpose = "Dialog" }))).GetProperty("id").GetGuid();
    }

    private static object Number(string number, string system = "Platina", string at = "2026-03-02T08:00:00Z") => new { system, diaryNumber = number, registeredAt = at };

    private Task<HttpResponseMessage> Register(Guid id, string number, string system = "Platina", string at = "2026-03-02T08:00:00Z") =>
        archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), new { external = Number(number, system, at), subject = "Synpunkt på skolmaten" });
}
