using System.Net;
using System.Net.Http.Json;
using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

[Collection(nameof(CommandArchive))]
public sealed class Taking_down_in_a_running_archive(CommandArchive archive)
{
    private static readonly object Insult = new { grounds = new[] { "INSULT" }, motivation = "Grov förolämpning", senderNotified = true };

    [Theory]
    [InlineData("HKS", true)]
    [InlineData("NKS", true)]
    [InlineData("TKS", false)]
    [InlineData("RKS", false)]
    [InlineData("VA", false)]
    [Trait("Requirement", "C2")]
    [Trait("Requirement", "H-25")]
    [Trait("Requirement", "N-15")]
    public async Task is_registered_with_its_motivation_where_the_guideline_says_so_C2(string authority, bool registered)
    {
        var id = await archive.A_comment(authority);

        var answer = await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/unpublish"), Insult));

        Assert.Equal(registered, answer.GetProperty("diaryNumber").GetString() is not null);
        var log = archive.Served.Services.GetRequiredService<SealedLog>();
        var history = await log.Store.ReadStream(id);
        var opened = await log.Open([.. history], default);
        var down = history.Single(h => h.Event is ItemUnpublished);
        Assert.Equal("Grov förolämpning", opened[down.Id].Parts!["motivation"]);
        Assert.Equal(registered ? "Grov förolämpning" : null, history.Where(h => h.Event is RecordRegistered).Select(h => opened[h.Id].Parts!["motivation"]).SingleOrDefault());
        Assert.Equal(registered ? "Nils Låtsasson" : null, history.Where(h => h.Event is RecordRegistered).Select(h => opened[h.Id].Parts!["senderRecipient"]).SingleOrDefault());
    }

    [Fact]
    [Trait("Requirement", "H-18")]
    public async Task collects_what_is_removed_in_one_ongoing_case_H18()
    {
        var one = await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{await archive.A_comment()}/hide"), Insult));
        var other = await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{await archive.A_comment()}/unpublish"), Insult));

        Assert.Equal(one.GetProperty("caseId").GetGuid(), other.GetProperty("caseId").GetGuid());
    }

    [Fact]
    public async Task is_refused_to_who_is_no_moderator_and_for_what_is_unknown()
    {
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{await archive.A_comment()}/hide"), Insult)));
        Assert.Equal((404, "record-unknown"), await Refused(await archive.Moderator.PostAsJsonAsync(At("/api/v1/records/0199aaaa-0000-8000-8000-000000000001/hide"), Insult)));
    }

    [Fact]
    public async Task by_two_moderators_at_once_is_one_act()
    {
        var id = await archive.A_comment();

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/hide"), Insult)));

        Assert.All(answers, a => Assert.True(a.IsSuccessStatusCode));
        var history = await archive.Served.Services.GetRequiredService<SealedLog>().Store.ReadStream(id);
        Assert.Single(history, h => h.Event is ItemHidden);
        Assert.Single(history, h => h.Event is RecordRegistered);
    }

    [Fact]
    [Trait("Requirement", "N-16")]
    public async Task by_deletion_without_a_decision_is_refused_N16() =>
        Assert.Equal((409, "disposal-decision-missing"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{await archive.A_comment("NKS")}/delete-from-channel"), Insult)));

    [Fact]
    [Trait("Requirement", "V-06")]
    [Trait("Requirement", "C10")]
    public async Task works_on_its_page_with_the_grounds_of_the_policy()
    {
        var id = await archive.A_comment("VA");
        var browser = await archive.Browser("moa", Role.Moderator);

        var form = WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/handlingar/{id}/ta-ned")));
        Assert.Contains("Skräppost", form, StringComparison.Ordinal);
        var refused = await ServedArchive.Post(browser, $"/handlingar/{id}/ta-ned", $"/handlingar/{id}/ta-ned", ("Act", "Unpublish"), ("Grounds", "SPAM"), ("Motivation", ""));
        Assert.Contains("Motivera åtgärden", WebUtility.HtmlDecode(await refused.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        var done = await ServedArchive.Post(browser, $"/handlingar/{id}/ta-ned", $"/handlingar/{id}/ta-ned", ("Act", "Unpublish"), ("Grounds", "SPAM"), ("Motivation", "Skräppost"), ("Viewpoint", "yes"));

        Assert.Equal(HttpStatusCode.Redirect, done.StatusCode);
        Assert.Equal(Visibility.Unpublished, (await archive.State(id)).Visibility);
    }

    [Fact]
    [Trait("Requirement", "N-14")]
    public async Task can_be_undone_with_a_reason()
    {
        var id = await archive.A_comment("TKS");
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/hide"), Insult));

        Assert.Equal((400, "reason-missing"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/restore"), new { })));
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/restore"), new { reason = "Felbedömt" }));

        Assert.Equal(Visibility.Visible, (await archive.State(id)).Visibility);
    }
}

[Collection(nameof(CommandArchive))]
public sealed class Marking_secrecy_in_a_running_archive(CommandArchive archive)
{
    [Fact]
    [Trait("Requirement", "I3")]
    [Trait("Requirement", "N-09")]
    [Trait("Requirement", "V-02")]
    public async Task takes_the_record_from_everybody_who_is_not_cleared_at_once()
    {
        var id = await archive.A_comment(text: "kvarglömd hemlighetsfullhet");
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/secrecy"), new { provision = "OSL 25 kap. 1 §" }));

        Assert.Equal((404, "record-unknown"), await Refused(await archive.Registrator.GetAsync(At($"/api/v1/records/{id}"))));
        Assert.Equal(0, (await Ok(await archive.Registrator.GetAsync(At("/api/v1/records?q=hemlighetsfullhet")))).GetProperty("total").GetProperty("value").GetInt32());
        var cleared = archive.Served.Program(await archive.Served.Token("Klara Behörig", [new("registrator")], clearance: true));
        Assert.True((await cleared.GetAsync(At($"/api/v1/records/{id}"))).IsSuccessStatusCode);
        Assert.Equal(Wall.Secret, (await archive.State(id)).Wall);
    }

    [Fact]
    public async Task without_a_provision_is_refused_OSL_5_5() =>
        Assert.Equal((400, "provision-missing"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{await archive.A_comment()}/secrecy"), new { provision = " " })));

    [Fact]
    public async Task works_on_its_page()
    {
        var id = await archive.A_comment();
        var browser = await archive.Browser("sekreta", Role.Registrator);

        var done = await ServedArchive.Post(browser, $"/handlingar/{id}/sekretess", $"/handlingar/{id}/sekretess", ("Provision", "OSL 21 kap. 1 §"));

        Assert.Equal(HttpStatusCode.Redirect, done.StatusCode);
        Assert.Equal(Wall.Secret, (await archive.State(id)).Wall);
    }
}

[Collection(nameof(CommandArchive))]
public sealed class Authorities_and_channels(CommandArchive archive)
{
    [Fact]
    [Trait("Requirement", "I10")]
    [Trait("Requirement", "H-01")]
    public async Task a_changed_policy_is_a_new_version_with_its_source_shown_I10()
    {
        await Ok(await archive.Everybody.PutAsJsonAsync(At("/api/v1/authorities/POL"), new { name = "Prövonämnden", preset = "trosa" }));
        await Ok(await archive.Everybody.PutAsJsonAsync(At("/api/v1/authorities/POL"), new { policy = new Dictionary<string, string> { ["disposal.coolingOffDays"] = "14" }, decisionReference = "KS § 1" }));

        var policy = await Ok(await archive.Everybody.GetAsync(At("/api/v1/authorities/POL/policy")));
        Assert.Equal(2, policy.GetProperty("version").GetInt32());
        var cooling = policy.GetProperty("values").EnumerateArray().Single(v => v.GetProperty("key").GetString() == "disposal.coolingOffDays");
        Assert.Equal("14", cooling.GetProperty("value").GetString());
        Assert.Contains("eget val", cooling.GetProperty("requirement").GetString(), StringComparison.Ordinal);
        Assert.Contains(policy.GetProperty("values").EnumerateArray(), v => v.GetProperty("requirement").GetString() == "R-14");
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task the_legal_floor_cannot_be_weakened_and_says_why()
    {
        var answer = await archive.Everybody.PutAsJsonAsync(At("/api/v1/authorities/HKS"), new { policy = new Dictionary<string, string> { ["disposal.requireDecision"] = "false" } });

        Assert.Equal((400, "legal-floor"), await Refused(answer));
    }

    [Fact]
    public async Task only_an_administrator_changes_an_authority() =>
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PutAsJsonAsync(At("/api/v1/authorities/HKS"), new { name = "Kupp" })));

    [Fact]
    public async Task many_making_the_same_authority_at_once_make_one()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => archive.Everybody.PutAsJsonAsync(At("/api/v1/authorities/RACE"), new { name = "Kapplöpningsnämnden", preset = "custom" })));

        Assert.Contains(answers, a => a.IsSuccessStatusCode);
        Assert.Equal(1, await archive.Served.Value<long>("select count(*) from archive.authorities where code = 'RACE'"));
    }

    [Fact]
    public async Task one_account_is_one_channel()
    {
        var again = await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = "HKS", platform = "facebook", nativeAccountId = "own-NKS", purpose = "Dubblett" });

        Assert.Equal((409, "channel-already-registered"), await Refused(again));
    }

    [Fact]
    [Trait("Requirement", "H-30")]
    public async Task a_channel_is_listed_closed_with_a_reason_and_keeps_what_it_has()
    {
        var id = (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = "HKS", platform = "youtube", nativeAccountId = "yt-1", url = "https://exempel.invalid/yt", purpose = "Film" }))).GetProperty("id").GetGuid();

        Assert.Equal((400, "reason-missing"), await Refused(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/channels/{id}/close"), new { reason = "" })));
        await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/channels/{id}/close"), new { reason = "Används inte (H-30)" }));
        Assert.Equal((409, "channel-closed"), await Refused(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/channels/{id}/close"), new { reason = "Igen" })));

        var listed = (await Ok(await archive.Everybody.GetAsync(At("/api/v1/channels")))).GetProperty("items").EnumerateArray().Single(c => c.GetProperty("id").GetGuid() == id);
        Assert.Equal("Film", listed.GetProperty("purpose").GetString());
        Assert.NotEqual(System.Text.Json.JsonValueKind.Null, listed.GetProperty("closedAt").ValueKind);
    }

    [Theory]
    [InlineData("/", "Det här väntar nu")]
    [InlineData("/kanaler", "För in en kanal")]
    [InlineData("/myndigheter", "Policyn i kraft")]
    [InlineData("/public/channels", "Nämnden HKS")]
    public async Task have_pages(string page, string says)
    {
        var browser = await archive.Browser("sidor" + page.Replace("/", "", StringComparison.Ordinal), Role.Admin, Role.Kommunikator);

        Assert.Contains(says, WebUtility.HtmlDecode(await browser.GetStringAsync(At(page))), StringComparison.Ordinal);
    }
}
