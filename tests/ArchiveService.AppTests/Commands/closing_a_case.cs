using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Cases;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

/// <summary>What a frist may be counted from besides what the platform does: the end of the case, and the day a record became inaktuell.</summary>
[Collection(nameof(CommandArchive))]
public sealed class Closing_a_case(CommandArchive archive)
{
    [Fact]
    [Trait("Requirement", "N-10")]
    public async Task lets_the_frist_of_its_documents_run_and_takes_no_more()
    {
        var (record, @case) = await Registered("NKS");
        await Rule("NKS", "case-closed", "comment");
        Assert.Null(await Due(record, "case-closed"));

        var done = await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{@case}/close"), new { reason = "Besvarat" }));

        var closed = (await archive.Served.Services.GetRequiredService<SealedLog>().Store.ReadStream(@case))[^1];
        Assert.IsType<CaseClosed>(closed.Event);
        Assert.Equal("Besvarat", (await archive.Served.Services.GetRequiredService<SealedLog>().Open([closed], default))[closed.Id].Parts!["reason"]);
        Assert.Equal(3, done.GetProperty("version").GetInt64());
        Assert.Equal(await archive.Served.Value<DateTime>("select (now() at time zone 'Europe/Stockholm')::date + interval '2 years'"), await Due(record, "case-closed"));
        Assert.NotEqual(JsonValueKind.Null, (await Ok(await archive.Registrator.GetAsync(At($"/api/v1/cases/{@case}")))).GetProperty("closedAt").ValueKind);
        Assert.Equal((409, "case-closed"), await Refused(await archive.Registrator.PostAsJsonAsync(
            At($"/api/v1/records/{await archive.A_comment("NKS")}/register"), new { caseId = @case, subject = "Svar" })));
        Assert.Equal((409, "case-closed"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{@case}/close"), new { })));
    }

    [Fact]
    public async Task is_refused_to_who_is_no_registrator_for_what_is_unknown_and_on_an_older_version()
    {
        var (_, @case) = await Registered("NKS");

        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/cases/{@case}/close"), new { })));
        Assert.Equal((404, "case-unknown"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{Guid.Empty}/close"), new { })));
        var stale = new HttpRequestMessage(HttpMethod.Post, At($"/api/v1/cases/{@case}/close")) { Content = JsonContent.Create(new { }) };
        stale.Headers.TryAddWithoutValidation("If-Match", "\"1\"");
        Assert.Equal((412, "changed-meanwhile"), await Refused(await archive.Registrator.SendAsync(stale)));
        Assert.Equal(0, await archive.Served.Value<long>($"select count(closed_at) from archive.cases where case_id = '{@case}'"));
    }

    [Fact]
    [Trait("Requirement", "H-18")]
    public async Task of_what_was_removed_lets_the_next_one_open_a_new_case_H18()
    {
        var insult = new { grounds = new[] { "INSULT" }, motivation = "Grov förolämpning" };
        var first = (await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{await archive.A_comment()}/unpublish"), insult))).GetProperty("caseId").GetGuid();
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{first}/close"), new { }));

        var next = (await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{await archive.A_comment()}/unpublish"), insult))).GetProperty("caseId").GetGuid();

        Assert.NotEqual(first, next);
    }

    [Fact]
    public async Task has_a_button_on_its_page_for_a_registrator()
    {
        var (_, @case) = await Registered("NKS");
        var reader = await archive.Browser("caseread", Role.Moderator);
        Assert.DoesNotContain("Avsluta ärendet", WebUtility.HtmlDecode(await reader.GetStringAsync(At($"/arenden/{@case}"))), StringComparison.Ordinal);
        var browser = await archive.Browser("caseclose", Role.Registrator);

        var answer = await ServedArchive.Post(browser, $"/arenden/{@case}", $"/arenden/{@case}?handler=Close");

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var html = WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/arenden/{@case}")));
        Assert.Contains("Ärendet är avslutat", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Avsluta ärendet", html, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "N-10")]
    [Trait("Requirement", "R-16")]
    public async Task is_not_what_makes_a_record_inaktuell_which_is_said_of_the_record()
    {
        var id = await archive.A_comment("NKS");
        await Rule("NKS", "no-longer-current", "comment");
        Assert.Null(await Due(id, "no-longer-current"));
        var archivist = archive.Served.Program(await archive.Served.Token("Arne Arkivarie", [new("arkivarie")]));

        await Ok(await archivist.PostAsJsonAsync(At($"/api/v1/records/{id}/no-longer-current"), new { from = "2026-03-15", note = "Ersatt av ny information" }));
        await Ok(await archivist.PostAsJsonAsync(At($"/api/v1/records/{id}/no-longer-current"), new { from = "2026-03-20" }));
        var version = (await archive.State(id)).Version;
        await Ok(await archivist.PostAsJsonAsync(At($"/api/v1/records/{id}/no-longer-current"), new { from = "2026-03-20" }));

        Assert.Equal((new DateOnly(2026, 3, 20), version), ((await archive.State(id)).CurrentUntil!.Value, (await archive.State(id)).Version));
        Assert.Equal(new DateTime(2028, 3, 20), await Due(id, "no-longer-current"));
        Assert.Equal((400, "current-day"), await Refused(await archivist.PostAsJsonAsync(At($"/api/v1/records/{id}/no-longer-current"), new { from = "2999-01-01" })));
        Assert.Equal((400, "current-day"), await Refused(await archivist.PostAsJsonAsync(At($"/api/v1/records/{id}/no-longer-current"), new { from = "0001-01-01" })));
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/no-longer-current"), new { from = "2026-03-15" })));
    }

    [Fact]
    public async Task and_other_acts_are_told_by_the_API_with_what_officials_wrote_but_not_over_the_wall()
    {
        var id = await archive.A_comment("TKS");
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/unpublish"), new { grounds = new[] { "INSULT" }, motivation = "Grov förolämpning", legalReference = "BrB 5 kap. 3 §" }));
        var last = (await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/assess"), new { isQuestion = true, note = "Vill ha svar" }))).GetProperty("lastSequence").GetInt64();

        var events = (await Ok(await archive.Registrator.GetAsync(At($"/api/v1/records/{id}/events?after={last}")))).GetProperty("items").EnumerateArray().ToList();

        var down = events.Single(e => e.GetProperty("type").GetString() == "item_unpublished");
        Assert.Equal(("Grov förolämpning", "BrB 5 kap. 3 §"), (down.GetProperty("motivation").GetString(), down.GetProperty("legalReference").GetString()));
        Assert.Equal("Vill ha svar", events.Single(e => e.GetProperty("type").GetString() == "record_assessed").GetProperty("note").GetString());

        last = (await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/secrecy"), new { provision = "OSL 25 kap. 1 §" }))).GetProperty("lastSequence").GetInt64();
        Assert.Equal((404, "record-unknown"), await Refused(await archive.Registrator.GetAsync(At($"/api/v1/records/{id}/events?after={last}"))));
    }

    private async Task<(Guid Record, Guid Case)> Registered(string authority)
    {
        var id = await archive.A_comment(authority);
        return (id, (await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), NewCase()))).GetProperty("caseId").GetGuid());
    }

    private async Task Rule(string authority, string countedFrom, string type)
    {
        var archivist = archive.Served.Program(await archive.Served.Token("Arne Arkivarie", [new("arkivarie")]));
        var decision = (await Ok(await archivist.PostAsJsonAsync(At("/api/v1/retention/decisions"), new
        {
            authority,
            reference = $"KS § 1 {countedFrom}",
            decidingBody = "kommunstyrelsen",
            decidedOn = "2026-01-01",
            recordTypes = new[] { type },
            frist = "P2Y",
        }))).GetProperty("id").GetGuid();
        await Ok(await archivist.PostAsJsonAsync(At("/api/v1/retention/rules"), new { authority, decision, name = countedFrom, countedFrom }));
    }

    private async Task<DateTime?> Due(Guid record, string countedFrom) => await archive.Served.Value<DateTime?>(
        $"select x.due_on::timestamp from archive.rules_of_records x join archive.retention_rules r using (rule_id) where r.ended_at is null and r.counted_from = '{countedFrom}' and x.record_id = '{record}'");
}
