using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Persons;
using ArchiveService.Features.Records;
using ArchiveService.Features.Verify;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

/// <summary>A correction is a new entry; a document that moves leaves its old number behind (domain §4.1; arkivförordningen 3 §).</summary>
[Collection(nameof(CommandArchive))]
public sealed class Correcting_a_registration(CommandArchive archive)
{
    private const string Why = "Felskrivet vid registreringen";

    [Fact]
    [Trait("Requirement", "I8")]
    [Trait("Requirement", "I10")]
    public async Task shows_what_is_right_and_keeps_what_was_wrong()
    {
        var (id, number, _) = await Registered("HKS");

        var done = await Ok(await Correct(id, new { subject = "Synpunkt på matsedeln", senderRecipient = "", recordType = "letter", classCode = "1.7.9", receivedAt = "2026-02-27T09:00:00Z", reason = Why }));

        var versions = await Ok(await archive.Registrator.GetAsync(At($"/api/v1/records/{id}/registration")));
        Assert.Equal(2, versions.GetProperty("versions").GetArrayLength());
        Assert.Equal(["Synpunkt på skolmaten", "Synpunkt på matsedeln"], versions.GetProperty("versions").EnumerateArray().Select(v => v.GetProperty("subject").GetString()));
        Assert.Equal(["subject", "senderRecipient", "recordType", "classCode", "receivedAt"], versions.GetProperty("current").GetProperty("changed").EnumerateArray().Select(c => c.GetString()));
        Assert.Equal((Why, number), (versions.GetProperty("current").GetProperty("reason").GetString(), versions.GetProperty("current").GetProperty("diaryNumber").GetString()));

        var line = (await Ok(await archive.Registrator.GetAsync(At($"/api/v1/diary/{Uri.EscapeDataString(number)}?after={done.GetProperty("lastSequence").GetInt64()}")))).GetProperty("documents")[0];
        Assert.Equal(("Synpunkt på matsedeln", "2026-02-27", "letter"), (line.GetProperty("subject").GetString(), line.GetProperty("date").GetString(), line.GetProperty("recordType").GetString()));
        Assert.Equal(1, line.GetProperty("fate").GetProperty("corrections").GetInt32());
        Assert.Equal("2026-03-01", line.GetProperty("fate").GetProperty("earlierDates")[0].GetString());
        Assert.Equal(2, line.GetProperty("versions").GetArrayLength());

        // Retention counts from the corrected day; the case has its class; the number stays as it was given.
        Assert.Equal(new DateTime(2026, 2, 27, 9, 0, 0, DateTimeKind.Utc), await archive.Served.Value<DateTime>($"select received_at from archive.record_states where record_id = '{id}'"));
        Assert.Equal("1.7.9", await archive.Served.Value<string>($"select c.class_code from archive.cases c join archive.diary_entries e using (case_id) where e.record_id = '{id}'"));
    }

    [Fact]
    public async Task shows_everybody_the_new_date_and_neither_what_it_says_nor_what_it_said()
    {
        var (id, number, _) = await Registered("HKS");
        await Ok(await archive.Registrator.PostAsync(At($"/api/v1/records/{id}/release?after={await Head()}"), null), retry: () => archive.Registrator.PostAsync(At($"/api/v1/records/{id}/release"), null));

        var done = await Ok(await Correct(id, new { subject = "Hemligare än väntat", receivedAt = "2026-02-27T09:00:00Z", reason = Why }));
        await Ok(await archive.Registrator.GetAsync(At($"/api/v1/diary?after={done.GetProperty("lastSequence").GetInt64()}")));

        var shown = await Ok(await archive.Served.Program().GetAsync(At($"/public/diary.json?q={Uri.EscapeDataString(number)}")));
        var line = shown.GetProperty("items")[0];
        Assert.True(line.GetProperty("withheld").GetBoolean());
        Assert.Equal(("2026-02-27", 1), (line.GetProperty("date").GetString(), line.GetProperty("fate").GetProperty("corrections").GetInt32()));
        Assert.DoesNotContain("Hemligare", shown.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("skolmaten", shown.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(Why, shown.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task is_refused_without_a_reason_without_a_difference_without_the_role_and_on_what_somebody_else_has_changed()
    {
        var (id, _, _) = await Registered("HKS");

        Assert.Equal((400, "reason-missing"), await Refused(await Correct(id, new { subject = "Ny" })));
        Assert.Equal((409, "nothing-to-correct"), await Refused(await Correct(id, new { subject = "Synpunkt på skolmaten", reason = Why })));
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/correct-registration"), new { subject = "Ny", reason = Why })));
        Assert.Equal((409, "not-registered"), await Refused(await Correct(await archive.A_comment(), new { subject = "Ny", reason = Why })));
        var stale = new HttpRequestMessage(HttpMethod.Post, At($"/api/v1/records/{id}/correct-registration")) { Content = JsonContent.Create(new { subject = "Ny", reason = Why }) };
        stale.Headers.TryAddWithoutValidation("If-Match", "\"1\"");
        Assert.Equal((412, "changed-meanwhile"), await Refused(await archive.Registrator.SendAsync(stale)));
        Assert.Equal(0, await archive.Served.Value<long>($"select count(*) from archive.diary_corrections where record_id = '{id}'"));
    }

    [Fact]
    public async Task by_two_at_once_gives_two_versions_in_order()
    {
        var (id, _, _) = await Registered("NKS");

        var answers = await Task.WhenAll(Enumerable.Range(1, 4).Select(n => Correct(id, new { subject = $"Rättad {n}", reason = Why })));

        foreach (var answer in answers) await Ok(answer);
        Assert.Equal(4, (await archive.State(id)).Corrections);
        Assert.Equal("1,2,3,4", await archive.Served.Value<string>($"select string_agg(correction::text, ',' order by correction) from archive.diary_corrections where record_id = '{id}'"));
    }

    [Fact]
    public async Task works_on_its_page_and_shows_every_version()
    {
        var (id, _, _) = await Registered("HKS");
        var browser = await archive.Browser("rattarn", Role.Registrator);
        var page = $"/handlingar/{id}/ratta";

        var refused = await ServedArchive.Post(browser, page, page, ("Subject", "Begäran om matsedel"), ("SenderRecipient", "Nils Låtsasson"), ("RecordType", "comment"), ("ClassCode", "956"), ("ReceivedOn", "2026-03-01"), ("Reason", ""));
        Assert.Contains("Fel:", WebUtility.HtmlDecode(await refused.Content.ReadAsStringAsync()), StringComparison.Ordinal);

        var done = await ServedArchive.Post(browser, page, page, ("Subject", "Begäran om matsedel"), ("SenderRecipient", "Nils Låtsasson"), ("RecordType", "comment"), ("ClassCode", "956"), ("ReceivedOn", "2026-03-01"), ("Reason", Why));
        Assert.Equal(HttpStatusCode.Redirect, done.StatusCode);
        var html = WebUtility.HtmlDecode(await browser.GetStringAsync(At(page)));
        Assert.Contains("Synpunkt på skolmaten", html, StringComparison.Ordinal);
        Assert.Contains("Rättad: saken", html, StringComparison.Ordinal);
        Assert.Contains(Why, html, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "I8")]
    public async Task to_another_case_leaves_the_old_number_as_transferred_and_lets_it_go()
    {
        var (id, old, oldCase) = await Registered("HKS");
        var (_, _, newCase) = await Registered("HKS");
        Assert.Equal((409, "number-in-use"), await Refused(await Void(old, new { reason = "Registrerad i fel ärende" })));

        var moved = await Ok(await Reregister(id, new { caseId = newCase, reason = "Hör till ett annat ärende" }));

        var number = $"{moved.GetProperty("diaryNumber").GetString()}-2";
        Assert.Equal(2, moved.GetProperty("documentNumber").GetInt32());
        var after = moved.GetProperty("lastSequence").GetInt64();
        var left = (await Ok(await archive.Registrator.GetAsync(At($"/api/v1/diary/{Uri.EscapeDataString(old)}?after={after}")))).GetProperty("documents")[0];
        Assert.Equal((number, "Synpunkt på skolmaten"), (left.GetProperty("fate").GetProperty("transferredTo").GetString(), left.GetProperty("subject").GetString()));
        var to = (await Ok(await archive.Registrator.GetAsync(At($"/api/v1/diary/{Uri.EscapeDataString(number)}")))).GetProperty("documents")[0];
        Assert.Equal($"{old}-1", to.GetProperty("fate").GetProperty("transferredFrom").GetString());
        Assert.Equal(id, (await Ok(await archive.Registrator.GetAsync(At($"/api/v1/records?dnr={Uri.EscapeDataString(old)}")))).GetProperty("items")[0].GetProperty("id").GetGuid());

        Assert.Equal((409, "same-case"), await Refused(await Reregister(id, new { caseId = newCase, reason = "Igen" })));
        Assert.Equal((400, "reason-missing"), await Refused(await Void(old, new { })));
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/diary/{Uri.EscapeDataString(old)}/void"), new { reason = "Tomt" })));
        await Ok(await Void(old.Replace(" ", "\u00a0", StringComparison.Ordinal), new { reason = "Registrerad i fel ärende" }));

        Assert.Equal((409, "number-void"), await Refused(await Void(old, new { reason = "Igen" })));
        Assert.Equal((409, "case-voided"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{await archive.A_comment()}/register"), new { caseId = oldCase, subject = "Svar" })));
        var gone = await Ok(await archive.Registrator.GetAsync(At($"/api/v1/diary/{Uri.EscapeDataString(old)}")));
        Assert.Equal("void", gone.GetProperty("voided").GetProperty("why").GetString());
        var all = await Ok(await archive.Served.Program().GetAsync(At($"/public/diary.json?q={Uri.EscapeDataString(old)}")));
        Assert.Equal(old, all.GetProperty("voided")[0].GetProperty("diaryNumber").GetString());
        Assert.True(all.GetProperty("items")[0].GetProperty("fate").GetProperty("voided").GetBoolean());
        Assert.Equal(number, all.GetProperty("items")[0].GetProperty("fate").GetProperty("transferredTo").GetString());
        Assert.DoesNotContain("fel ärende", all.GetRawText(), StringComparison.Ordinal);
        var page = WebUtility.HtmlDecode(await archive.Served.Program().GetStringAsync(At($"/public/diary?q={Uri.EscapeDataString(old)}")));
        Assert.Contains("Utgår: överförd till", page, StringComparison.Ordinal);
        Assert.Contains("Nummer som utgått", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task to_another_authority_takes_a_registrator_at_both_OSL_8_1()
    {
        var (id, old, _) = await Registered("TKS");
        var atOne = archive.Served.Program(await archive.Served.Token("Einar Enbart", [new("registrator", "TKS")]));
        var atOther = archive.Served.Program(await archive.Served.Token("Annika Andra", [new("registrator", "RKS")]));
        var body = new { authority = "RKS", newCase = new { title = "Skolmaten" }, reason = "Hör till en annan nämnd" };

        Assert.Equal((403, "not-allowed"), await Refused(await atOne.PostAsJsonAsync(At($"/api/v1/records/{id}/reregister"), body)));
        Assert.Equal((404, "record-unknown"), await Refused(await atOther.PostAsJsonAsync(At($"/api/v1/records/{id}/reregister"), body)));
        var written = await archive.Served.Value<long>("select max(seq_id) from archive.mt_events");
        Assert.Equal(HttpStatusCode.OK, (await atOne.GetAsync(At($"/api/v1/records/{id}?after={written}"))).StatusCode);

        var moved = await Ok(await Reregister(id, body));

        var number = moved.GetProperty("diaryNumber").GetString()!;
        var after = moved.GetProperty("lastSequence").GetInt64();
        Assert.StartsWith("RKS ", number, StringComparison.Ordinal);

        // The one that took it over reads it; the other keeps its line and its reference, and opens the document no more.
        Assert.Equal(HttpStatusCode.OK, (await atOther.GetAsync(At($"/api/v1/records/{id}?after={after}"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await atOne.GetAsync(At($"/api/v1/records/{id}"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await atOne.GetAsync(At($"/api/v1/records/{id}/registration"))).StatusCode);
        var left = (await Ok(await atOne.GetAsync(At($"/api/v1/diary/{Uri.EscapeDataString(old)}")))).GetProperty("documents")[0];
        Assert.Equal($"{number}-1", left.GetProperty("fate").GetProperty("transferredTo").GetString());
        Assert.False(left.TryGetProperty("recordId", out var hidden) && hidden.ValueKind != JsonValueKind.Null);
        Assert.Equal((404, "diary-number-unknown"), await Refused(await atOne.GetAsync(At($"/api/v1/diary/{Uri.EscapeDataString(number)}"))));
        Assert.Equal($"{old}-1", (await Ok(await atOther.GetAsync(At($"/api/v1/diary/{Uri.EscapeDataString(number)}")))).GetProperty("documents")[0].GetProperty("fate").GetProperty("transferredFrom").GetString());
    }

    [Fact]
    public async Task works_on_the_page_for_moving_and_the_case_shows_both_ways()
    {
        var (id, _, oldCase) = await Registered("HKS");
        var browser = await archive.Browser("flyttarn", Role.Registrator);
        var page = $"/handlingar/{id}/omregistrera";

        var done = await ServedArchive.Post(browser, page, page, ("Authority", "HKS"), ("Where", "new"), ("Title", "Matsedlar"), ("Reason", "Eget ärende"));

        Assert.Equal(HttpStatusCode.Redirect, done.StatusCode);
        Assert.Contains("Utgår: överförd till", WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/arenden/{oldCase}"))), StringComparison.Ordinal);
        Assert.Contains("Överförd från", WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/arenden/{(await archive.State(id)).Case}"))), StringComparison.Ordinal);
        var gone = await ServedArchive.Post(browser, $"/arenden/{oldCase}", $"/arenden/{oldCase}?handler=Void", ("Reason", "Inget kvar i ärendet"));
        Assert.Equal(HttpStatusCode.Redirect, gone.StatusCode);
        var html = WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/arenden/{oldCase}")));
        Assert.Contains("Numret har utgått", html, StringComparison.Ordinal);
        Assert.Contains("Inget kvar i ärendet", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task and_all_of_it_is_what_the_log_says()
    {
        var (id, _, _) = await Registered("VA");
        await Ok(await Correct(id, new { subject = "Rättad", receivedAt = "2026-02-01T00:00:00Z", reason = Why }));
        var moved = await Ok(await Reregister(id, new { authority = "NKS", newCase = new { title = "Flyttad" }, reason = "Fel nämnd" }));
        await Ok(await Correct(id, new { subject = "Rättad igen", classCode = "004", reason = Why }));
        await Ok(await archive.Registrator.GetAsync(At($"/api/v1/diary?after={moved.GetProperty("lastSequence").GetInt64()}")));

        var report = await ActivatorUtilities.CreateInstance<VerifyArchive>(archive.Served.Services).Run(null, default);

        string[] ours = ["diary-number-gap", "diary-number-ahead", "voided-numbers-differ", "diary-series-differ", "diary-differs", "inline-records-differ", "cases-differ", "policy-version-differs", "view-differs", "wall-differs"];

        // Other tests of this archive move the days of their policies by hand; what is asked here is what this record's events say.
        var events = (await archive.Served.Services.GetRequiredService<SealedLog>().Store.ReadStream(id)).Select(e => (long?)e.Sequence).ToList();
        Assert.Empty(report.Findings.Where(f => ours.Contains(f.Code) && f.Severity == Severity.Error && (f.Code != "policy-version-differs" || events.Contains(f.Sequence))).Select(f => f.What));
    }

    private async Task<(Guid Id, string Number, Guid Case)> Registered(string authority)
    {
        var id = await archive.A_comment(authority);
        var registered = await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), NewCase()));
        return (id, registered.GetProperty("diaryNumber").GetString()!, registered.GetProperty("caseId").GetGuid());
    }

    private async Task<long> Head() => await archive.Served.Value<long>("select max(seq_id) from archive.mt_events");

    private static async Task<JsonElement> Ok(HttpResponseMessage answer, Func<Task<HttpResponseMessage>>? retry = null)
    {
        for (var tries = 0; retry is not null && answer.StatusCode == HttpStatusCode.ServiceUnavailable && tries < 100; tries++)
        {
            await Task.Delay(50);
            answer = await retry();
        }

        return await CommandArchive.Ok(answer);
    }

    private Task<HttpResponseMessage> Correct(Guid id, object body) => archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/correct-registration"), body);

    private Task<HttpResponseMessage> Reregister(Guid id, object body) => archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/reregister"), body);

    private Task<HttpResponseMessage> Void(string number, object body) => archive.Registrator.PostAsJsonAsync(At($"/api/v1/diary/{Uri.EscapeDataString(number)}/void"), body);
}
