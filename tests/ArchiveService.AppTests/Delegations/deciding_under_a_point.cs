using System.Net;
using System.Net.Http.Json;
using ArchiveService.Access;
using ArchiveService.AppTests.Commands;
using ArchiveService.AppTests.Disposals;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Delegations;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Verify;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Delegations;

/// <summary>Gallring under a delegationsordning, once one is adopted.</summary>
public sealed class Gallring_under_a_point
{
    [Fact]
    public async Task asks_for_none_before_an_ordning_is_adopted_and_for_one_afterwards()
    {
        await using var world = await World.Make(projecting: false);
        await world.Capture(World.Comment("1"), World.Comment("2"));
        var rule = await world.Rule();
        var (first, commands, delegations) = (await world.Proposed(rule), world.Get<RunCommands>(), world.Get<DelegationCommands>());
        Assert.Null((await commands.Approve(first.Id, world.Bo, default)).Refused);
        Assert.Equal(0L, await world.Ask<long>("select count(*) from archive.delegated_decisions"));
        Assert.Null((await commands.Cancel(first.Id, world.Bo, default)).Refused);

        // A point for others: nobody here may approve, though the role is right.
        Assert.Null((await delegations.Adopt("KS", new("KS § 1", null, null, [new("2.3.1", DelegationKinds.Dispose, "chef", null), new("2.3.2", DelegationKinds.Mask, "arkivarie", null)]), world.Boss, default)).Refused);
        var run = await world.Proposed(rule);
        Assert.Equal("delegation-missing", (await commands.Approve(run.Id, world.Bo, default)).Refused!.Code);
        Assert.Equal("proposed", await world.Ask<string>("select state from archive.disposal_runs where run_id = $1", run.Id));

        Assert.Null((await delegations.Adopt("KS", new("KS § 2", null, null, [new("2.3.1", DelegationKinds.Dispose, "arkivarie", null)]), world.Boss, default)).Refused);
        Assert.Null((await commands.Approve(run.Id, world.Bo, default)).Refused);
        var noted = (await world.Get<DelegationRegister>().Decisions(world.Authority.Id, null, default)).Single();
        Assert.Equal(("2.3.1", 2, "disposal_run", run.Id, "dispose"), (noted.Number, noted.OrderVersion, noted.SubjectKind, noted.Subject, noted.Kind));

        // The point is gone before the execution: that needs one too.
        Assert.Null((await delegations.Adopt("KS", new("KS § 3", null, null, [new("2.3.1", DelegationKinds.BlockSender, "arkivarie", null)]), world.Boss, default)).Refused);
        Assert.Equal("delegation-missing", (await commands.Start(run.Id, world.Anna, default)).Refused!.Code);
        Assert.Null((await commands.Cancel(run.Id, world.Anna, default)).Refused);

        var verified = await ActivatorUtilities.CreateInstance<VerifyArchive>(world.Services).Run(null, default);
        Assert.DoesNotContain(verified.Findings, f => f.Code is "delegations-differ" or "policy-version-differs");
        await world.Do(world.Database.Owner, "update archive.delegated_decisions set number = '9.9'");
        Assert.Contains((await ActivatorUtilities.CreateInstance<VerifyArchive>(world.Services).Run(null, default)).Findings, f => f.Code == "delegations-differ");
    }

    [Fact]
    public async Task asks_for_a_version_and_a_point_whose_time_has_come_and_not_gone()
    {
        await using var world = await World.Make(projecting: false);
        var (check, delegations) = (world.Get<DelegationCheck>(), world.Get<DelegationCommands>());
        var today = world.Get<DelegationRegister>().Today;
        async Task<Delegated> Under() => await check.Under(world.Authority.Id, DelegationKinds.Dispose, world.Anna, default);
        async Task Adopt(DateOnly from, DateOnly? until, params PointAsked[] points) => Assert.Null((await delegations.Adopt("KS", new("KS § 1", from, until, points), world.Boss, default)).Refused);
        var point = new PointAsked("1", DelegationKinds.Dispose, "arkivarie", null);

        Assert.Equal((null, null), ((await Under()).Number, (await Under()).Refused));
        await Adopt(today.AddDays(5), null, point with { Number = "5" });
        Assert.Contains("Ingen version av delegationsordningen gäller i dag", (await Under()).Refused!.Explanation, StringComparison.Ordinal);
        await Adopt(today.AddDays(-9), today.AddDays(-1), point with { Number = "2" });
        Assert.Contains("Ingen version av delegationsordningen gäller i dag", (await Under()).Refused!.Explanation, StringComparison.Ordinal);
        await Adopt(today, today, point with { Number = "3", ValidFrom = today.AddDays(1) });
        Assert.Contains("version 3", (await Under()).Refused!.Explanation, StringComparison.Ordinal);
        await Adopt(today, null, point with { Number = "4", Role = "chef" }, point with { Number = "4.2", ValidUntil = today });
        Assert.Equal((4, "4.2"), ((await Under()).Version, (await Under()).Number));
        Assert.Equal("delegation-missing", (await check.Under(world.Authority.Id, DelegationKinds.Dispose, world.Registrar, default)).Refused!.Code);
    }
}

/// <summary>The ordning of an authority, and what is reported at its meetings.</summary>
[Collection(nameof(CommandArchive))]
public sealed class A_delegationsordning(CommandArchive archive)
{
    private static readonly object[] Points = [new { number = "2.3.1", kind = "block-sender", role = "moderator", text = "Högst sju dagar" }, new { number = "2.3.2", kind = "mask", role = "registrator" }];

    [Fact]
    public async Task is_adopted_in_versions_and_lists_what_is_to_be_reported_once()
    {
        var authority = await Established("DELA");
        var before = await Ok(await archive.Everybody.GetAsync(At("/api/v1/authorities/DELA/delegation")));
        Assert.False(before.GetProperty("adopted").GetBoolean());

        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PutAsJsonAsync(At("/api/v1/authorities/DELA/delegation"), new { decision = "KS § 1", points = Points })));
        Assert.Equal((400, "points-missing"), await Refused(await archive.Everybody.PutAsJsonAsync(At("/api/v1/authorities/DELA/delegation"), new { decision = "KS § 1" })));
        Assert.Equal((404, "person-unknown"), await Refused(await archive.Everybody.PutAsJsonAsync(At("/api/v1/authorities/DELA/delegation"), new { decision = "KS § 1", points = new[] { new { number = "1", kind = "mask", person = authority.Id } } })));
        Assert.Equal((404, "authority-unknown"), await Refused(await archive.Everybody.GetAsync(At("/api/v1/authorities/FINNSEJ/delegation"))));
        await Ok(await archive.Everybody.PutAsJsonAsync(At("/api/v1/authorities/DELA/delegation"), new { decision = "KS § 1", points = Points }));
        Assert.Equal(2, (await Ok(await archive.Everybody.PutAsJsonAsync(At("/api/v1/authorities/DELA/delegation"), new { decision = "KS § 2", points = Points }))).GetProperty("version").GetInt32());
        var order = await Ok(await archive.Everybody.GetAsync(At("/api/v1/authorities/DELA/delegation")));
        Assert.Equal((2, "KS § 2", "Högst sju dagar"), (order.GetProperty("inForce").GetInt32(), order.GetProperty("versions")[0].GetProperty("decision").GetString(), order.GetProperty("versions")[0].GetProperty("points")[0].GetProperty("text").GetString()));

        await Taken(authority, "block-sender");
        await Taken(authority, "block-sender");
        Assert.Equal(2, (await Ok(await archive.Everybody.GetAsync(At("/api/v1/authorities/DELA/delegation/decisions")))).GetProperty("items").GetArrayLength());
        Assert.Equal((409, "nothing-to-report"), await Refused(await archive.Everybody.PostAsJsonAsync(At("/api/v1/authorities/DELA/delegation/reports"), new { meetingOn = "2020-01-01", paragraph = "KS § 45" })));
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(At("/api/v1/authorities/DELA/delegation/reports"), new { meetingOn = "2020-01-01", paragraph = "KS § 45" })));

        // Two at once: every decision is reported at one meeting only.
        var today = $"{archive.Served.Services.GetRequiredService<DelegationRegister>().Today:yyyy-MM-dd}";
        var both = await Task.WhenAll(Enumerable.Range(45, 2).Select(n => archive.Everybody.PostAsJsonAsync(At("/api/v1/authorities/DELA/delegation/reports"), new { meetingOn = today, paragraph = $"KS § {n}" })));
        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.Conflict], both.Select(b => b.StatusCode).Order());
        Assert.Equal(0, (await Ok(await archive.Everybody.GetAsync(At("/api/v1/authorities/DELA/delegation/decisions")))).GetProperty("items").GetArrayLength());
        var since = (await Ok(await archive.Everybody.GetAsync(At("/api/v1/authorities/DELA/delegation/decisions?since=2020-01-01")))).GetProperty("items").EnumerateArray().ToList();
        Assert.All(since, d => Assert.StartsWith("KS § 4", d.GetProperty("paragraph").GetString(), StringComparison.Ordinal));
        Assert.DoesNotContain("KS § 4", await archive.Served.Value<string>("select string_agg(data::text, '') from archive.mt_events where type in ('delegation_reported', 'delegation_order_adopted', 'delegated_decision_taken')"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task is_put_in_on_its_page_and_its_decisions_are_noted_as_reported_there()
    {
        var authority = await Established("DELB");
        var browser = await archive.Browser("delegationschefen", Role.Chef, Role.Moderator);
        const string Page = "/delegation?myndighet=DELB";

        Assert.Contains("Ingen delegationsordning är införd", WebUtility.HtmlDecode(await browser.GetStringAsync(At(Page))), StringComparison.Ordinal);
        var refused = await ServedArchive.Post(browser, Page, "/delegation?myndighet=DELB&handler=Adopt", ("Decision", "KS § 12"), ("Points", "2.3.1; block-sender; kungen"));
        Assert.Contains("varken en roll eller en person", WebUtility.HtmlDecode(await refused.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        var adopted = await ServedArchive.Post(browser, Page, "/delegation?myndighet=DELB&handler=Adopt", ("Decision", "KS § 12"), ("Points", "2.3.1; block-sender; moderator; högst sju dagar; ; 2099-12-31\n2.3.2; mask; Mo Moderator"));
        Assert.Equal(HttpStatusCode.Redirect, adopted.StatusCode);
        await Taken(authority, "block-sender");

        var shown = WebUtility.HtmlDecode(await browser.GetStringAsync(At(Page)));
        Assert.Contains("Blockera en avsändare", shown, StringComparison.Ordinal);
        Assert.Contains("Mo Moderator", shown, StringComparison.Ordinal);
        Assert.Contains("2.3.1; block-sender; moderator; högst sju dagar; ; 2099-12-31", shown, StringComparison.Ordinal);
        var today = $"{archive.Served.Services.GetRequiredService<DelegationRegister>().Today:yyyy-MM-dd}";
        Assert.Equal(HttpStatusCode.OK, (await ServedArchive.Post(browser, Page, "/delegation?myndighet=DELB&handler=Report", ("MeetingOn", today), ("Paragraph", ""))).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, Page, "/delegation?myndighet=DELB&handler=Report", ("MeetingOn", today), ("Paragraph", "KS § 77"))).StatusCode);
        var after = WebUtility.HtmlDecode(await browser.GetStringAsync(At(Page)));
        Assert.Contains("Inga delegationsbeslut väntar", after, StringComparison.Ordinal);
        Assert.Contains("KS § 77", after, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync(At("/delegation?myndighet=FINNSEJ"))).StatusCode);
    }

    private async Task<Authority> Established(string code)
    {
        await Ok(await archive.Everybody.PutAsJsonAsync(At($"/api/v1/authorities/{code}"), new { name = $"Nämnden {code}", preset = "custom" }));
        return (await archive.Served.Services.GetRequiredService<AuthorityRegister>().Find(code, default))!;
    }

    /// <summary>What a command does that decides under a point.</summary>
    private async Task Taken(Authority authority, string kind)
    {
        var (log, mo) = (archive.Served.Services.GetRequiredService<SealedLog>(), new Caller(await archive.Served.Value<Guid>("select person_id from views.persons where name = 'Mo Moderator'"), "Mo Moderator", [new(Role.Moderator, null)], false, false, []));
        var delegated = await archive.Served.Services.GetRequiredService<DelegationCheck>().Under(authority.Id, kind, mo, default);
        Assert.Equal("2.3.1", delegated.Number);
        var (drafts, statements) = delegated.Noted("record", Guid.CreateVersion7(), mo, authority.Policy.Version, TimeProvider.System.GetUtcNow());
        Assert.IsType<EventStore.Appended.Done>(await log.Append(drafts, log.NewKeySet(), new(mo.PersonId.ToString("D")), statements));
    }
}
