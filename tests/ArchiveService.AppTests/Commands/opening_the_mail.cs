using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Features.Verify;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

[Collection(nameof(CommandArchive))]
public sealed class Opening_the_mail(CommandArchive archive)
{
    private async Task<JsonElement> Inbox(string code, string query = "", HttpClient? by = null) => await Ok(await (by ?? archive.Registrator).GetAsync(At($"/api/v1/authorities/{code}/inbox{query}")));

    private async Task Clean(params Guid[] records)
    {
        var found = (await ActivatorUtilities.CreateInstance<VerifyArchive>(archive.Served.Services).Run(null, default)).Findings;
        Assert.DoesNotContain(found, f => f.Severity == Severity.Error && (f.Code == "emptyings-differ" || (f.Code == "open-items-differ" && records.Any(r => f.What.Contains(r.ToString(), StringComparison.Ordinal)))));
    }

    [Fact]
    [Trait("Requirement", "R-14")]
    public async Task lists_what_has_no_outcome_and_signs_when_all_have_one()
    {
        var code = await archive.An_authority("norrkoping");
        await archive.Capture(code, Assessed.Act("p1", "Fråga om vägen"), Assessed.Act("p2", "Tack för en fin park"), Assessed.Act("p3", "Till regionen"), Assessed.Act("p4", "Hemligt", kind: "dm", audience: "direct"));
        var (first, second, third, message) = (archive.Record(code, "p1"), archive.Record(code, "p2"), archive.Record(code, "p3"), archive.Record(code, "p4"));

        var list = await Inbox(code);
        Assert.Equal(4, list.GetProperty("counts").GetProperty("rows").GetInt64());
        Assert.All(list.GetProperty("items").EnumerateArray(), i => Assert.True(i.GetProperty("overdue").GetBoolean()));
        Assert.Equal(1, (await Inbox(code, "?state=messages")).GetProperty("items").GetArrayLength());
        Assert.Equal(2, (await Inbox(code, "?limit=2")).GetProperty("items").GetArrayLength());

        // A chef sees what is overdue, but neither finds nor counts what nobody has assessed.
        var chef = archive.Served.Program(await archive.Served.Token($"Chef {code}", [new("chef")]));
        Assert.Equal(3, (await Inbox(code, "?state=overdue", chef)).GetProperty("counts").GetProperty("overdue").GetInt64());
        Assert.Equal((403, "not-allowed"), await Refused(await chef.PostAsJsonAsync(At($"/api/v1/authorities/{code}/inbox/emptyings"), new { })));

        Assert.Equal((409, "inbox-not-empty"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/authorities/{code}/inbox/emptyings"), new { })));
        var received = (await archive.State(first)).ReceivedAt;
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{first}/register"), NewCase()));
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{message}/register"), NewCase()));
        await Ok(await archive.Moderator.PostAsync(At($"/api/v1/records/{second}/keep-ordered"), null));
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{third}/wrong-addressee"), new { to = "Regionen", told = "Vi har skickat din fråga till regionen." }));
        Assert.Equal(received, (await archive.State(first)).ReceivedAt);
        Assert.Equal(0, (await Inbox(code)).GetProperty("counts").GetProperty("rows").GetInt64());

        // Two sign at the same moment: each after the other, and the second counts nothing again.
        var signed = await Task.WhenAll(Enumerable.Range(0, 2).Select(async _ => await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/authorities/{code}/inbox/emptyings"), new { note = "Genomgånget" }))));
        Assert.Equal(2, signed.Sum(s => s.GetProperty("counts").GetProperty("registered").GetInt64()));
        var earlier = (await Ok(await archive.Registrator.GetAsync(At($"/api/v1/authorities/{code}/inbox/emptyings")))).GetProperty("items");
        Assert.Equal(1, earlier.EnumerateArray().Sum(e => e.GetProperty("counts").GetProperty("misdirected").GetInt64()));
        Assert.Equal("Rut Registrator", earlier[0].GetProperty("name").GetString());
        await Clean(first, second, third, message);
    }

    [Fact]
    public async Task tells_no_one_uncleared_of_what_is_secret()
    {
        var code = await archive.An_authority("toreboda");
        await archive.Capture(code, Assessed.Act("h1", "Öppet"), Assessed.Act("h2", "Hemligt"));
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{archive.Record(code, "h2")}/secrecy"), new { provision = "OSL 25 kap. 1 §" }));
        Assert.Equal(1, (await Inbox(code)).GetProperty("counts").GetProperty("rows").GetInt64());
        var cleared = archive.Served.Program(await archive.Served.Token($"Klara {code}", [new("registrator")], clearance: true));
        Assert.Equal(2, (await Inbox(code, by: cleared)).GetProperty("counts").GetProperty("rows").GetInt64());
        await Ok(await archive.Moderator.PostAsync(At($"/api/v1/records/{archive.Record(code, "h1")}/keep-ordered"), null));

        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/authorities/{code}/inbox/emptyings"), new { }));
        Assert.Equal((409, "inbox-not-empty"), await Refused(await cleared.PostAsJsonAsync(At($"/api/v1/authorities/{code}/inbox/emptyings"), new { })));
        Assert.Equal((404, "authority-unknown"), await Refused(await archive.Registrator.GetAsync(At("/api/v1/authorities/FINNSINTE/inbox"))));
    }

    [Fact]
    public async Task gives_what_is_registered_to_somebody_who_receives_it()
    {
        var code = await archive.An_authority("trosa");
        await archive.Capture(code, Assessed.Act("f1", "Fråga"));
        var id = archive.Record(code, "f1");
        Assert.Equal((409, "not-registered"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/allot"), new { unit = "Gatukontoret" })));
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), NewCase()));
        async Task<JsonElement> Allotted(string state, HttpClient by) => (await Ok(await by.GetAsync(At($"/api/v1/allotments?state={state}&authority={code}")))).GetProperty("items");
        Assert.Equal(1, (await Allotted("unallotted", archive.Registrator)).GetArrayLength());

        var browser = await archive.Browser("handlaggaren", Role.Moderator);
        var officer = await archive.Served.Value<Guid>("select person_id from archive.users where username = 'handlaggaren'");
        var chef = await archive.Browser("fordelaren", Role.Chef);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(chef, $"/handlingar/{id}/fordela", $"/handlingar/{id}/fordela", ("Officer", officer.ToString()))).StatusCode);
        Assert.Equal(0, (await Allotted("unallotted", archive.Registrator)).GetArrayLength());
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsync(At($"/api/v1/records/{id}/allotment/receive"), null)));
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, "/fordelning?state=mine", "/fordelning?handler=Decline", ("record", id.ToString()), ("reason", "Hör till gatan"))).StatusCode);
        Assert.Equal("Hör till gatan", (await Allotted("unallotted", archive.Registrator))[0].GetProperty("declined").GetString());

        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/allot"), new { officer }));
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, "/fordelning?state=mine", "/fordelning?handler=Receive", ("record", id.ToString()))).StatusCode);
        Assert.Equal(officer, (await archive.State(id)).Allotment!.Officer);
        Assert.Equal(1, (await Allotted("received", archive.Registrator)).GetArrayLength());
        await Clean(id);
    }

    [Fact]
    public async Task has_a_page_with_the_way_out_and_the_signature()
    {
        var code = await archive.An_authority("herrljunga");
        await archive.Capture(code, Assessed.Act("s1", "Fel myndighet"));
        var id = archive.Record(code, "s1");
        var browser = await archive.Browser("postoppnaren", Role.Registrator);
        Assert.Contains($"/handlingar/{id}/fel-adressat", await Assessed.Read(browser, $"/postoppning?authority={code}"), StringComparison.Ordinal);
        Assert.Contains("saknar utfall", WebUtility.HtmlDecode(await (await ServedArchive.Post(browser, $"/postoppning?authority={code}", $"/postoppning?authority={code}")).Content.ReadAsStringAsync()), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, $"/handlingar/{id}/fel-adressat", $"/handlingar/{id}/fel-adressat", ("To", "Regionen"), ("Told", "Skickad vidare"))).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, $"/postoppning?authority={code}", $"/postoppning?authority={code}")).StatusCode);
        Assert.Contains("1 fel adressat", await Assessed.Read(browser, $"/postoppning?authority={code}"), StringComparison.Ordinal);
        Assert.Contains("I postöppningen", await Assessed.Read(browser, "/"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "T-15")]
    [Trait("Requirement", "T-16")]
    public async Task settles_many_rows_each_for_itself_and_says_of_each_why_not()
    {
        var code = await archive.An_authority("norrkoping");
        var elsewhere = await archive.An_authority("norrkoping");
        await archive.Capture(elsewhere, Assessed.Act("m0", "Hos en annan"));
        await archive.Capture(code, Assessed.Act("m1", "Tumme upp"), Assessed.Act("m2", "Hjärta"), Assessed.Act("m3", "Hemligt", kind: "dm", audience: "direct"), Assessed.Act("m4", "Ringa"));
        var (first, second, message, minor) = (archive.Record(code, "m1"), archive.Record(code, "m2"), archive.Record(code, "m3"), archive.Record(code, "m4"));
        async Task<HttpResponseMessage> Settle(object command, HttpClient? by = null) => await (by ?? archive.Moderator).PostAsJsonAsync(At($"/api/v1/authorities/{code}/inbox/settle"), command);
        object Rows(params Guid[] ids) => ids.Select(id => new { id }).ToArray();

        var chef = archive.Served.Program(await archive.Served.Token($"Chef flera {code}", [new("chef")]));
        Assert.Equal((403, "not-allowed"), await Refused(await Settle(new { how = "keepOrdered", records = Rows(first) }, chef)));
        Assert.Equal((400, "how-unknown"), await Refused(await Settle(new { how = "register", records = Rows(first) })));
        Assert.Equal((400, "records-missing"), await Refused(await Settle(new { how = "exempt" })));
        Assert.Equal((400, "reason-missing"), await Refused(await Settle(new { how = "exempt", records = Rows(minor) })));
        Assert.Equal((400, "decision-unknown"), await Refused(await Settle(new { how = "exempt", reason = "Ringa", disposalDecision = Guid.Empty, records = Rows(minor) })));

        // A look first: nothing is done.
        var all = Rows(first, second, message, archive.Record(elsewhere, "m0"));
        Assert.Equal(2, (await Ok(await Settle(new { how = "keepOrdered", records = all, preview = true }))).GetProperty("settled").GetInt32());
        Assert.Null((await archive.State(first)).MorningOutcome);

        var done = await Ok(await Settle(new { how = "keepOrdered", records = all }));
        Assert.Equal(["", "", "secrecy-possible", "record-unknown"], done.GetProperty("rows").EnumerateArray().Select(r => r.GetProperty("code").GetString() ?? ""));
        Assert.Equal(("keptOrdered", "keptOrdered", null), ((await archive.State(first)).MorningOutcome, (await archive.State(second)).MorningOutcome, (await archive.State(message)).MorningOutcome));
        Assert.Null((await archive.State(archive.Record(elsewhere, "m0"))).MorningOutcome);

        // What somebody has settled meanwhile keeps its outcome, and what was read before a change is not settled.
        var late = await Ok(await Settle(new { how = "exempt", reason = "Tumme upp", records = new object[] { new { id = first }, new { id = minor, version = 99 } } }));
        Assert.Equal(["has-outcome", "changed-meanwhile"], late.GetProperty("rows").EnumerateArray().Select(r => r.GetProperty("code").GetString()));
        var exempt = await Ok(await Settle(new { how = "exempt", reason = "Ringa för verksamheten", records = Rows(minor) }));
        Assert.Equal(1, exempt.GetProperty("settled").GetInt32());
        var told = (await archive.History(minor)).Single(h => h.Event is RecordExempted);
        Assert.Equal("Ringa för verksamheten", (await archive.Opened(told))!["note"]);
        await Clean(first, second, message, minor);
    }

    [Fact]
    public async Task settles_the_rows_that_are_ticked_after_showing_what_comes_of_them()
    {
        var code = await archive.An_authority("norrkoping");
        await archive.Capture(code, Assessed.Act("v1", "Tack för parken"), Assessed.Act("v2", "Fråga"), Assessed.Act("v3", "Tumme"));
        var (kept, registered, minor) = (archive.Record(code, "v1"), archive.Record(code, "v2"), archive.Record(code, "v3"));
        var browser = await archive.Browser("flerval", Role.Registrator);
        var list = await Assessed.Read(browser, $"/postoppning?authority={code}");
        Assert.Contains($"value=\"{kept:N}\"", list, StringComparison.Ordinal);
        Assert.Contains("De valda", list, StringComparison.Ordinal);
        var (from, to) = ($"/postoppning?authority={code}", $"/postoppning/flera?authority={code}");
        async Task<string> Sent(string address, params (string, string)[] fields) => WebUtility.HtmlDecode(await (await ServedArchive.Post(browser, from, address, fields)).Content.ReadAsStringAsync());

        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{registered}/register"), NewCase()));
        var shown = await Sent(to, ("How", "keepOrdered"), ("Row", kept.ToString("N")), ("Row", registered.ToString("N")));
        Assert.Contains("Tack för parken", shown, StringComparison.Ordinal);
        Assert.Contains("Handlingen har redan ett utfall", shown, StringComparison.Ordinal);
        Assert.Null((await archive.State(kept)).MorningOutcome);
        var version = (await archive.State(kept)).Version;
        Assert.Contains("1\u00a0handling hålls ordnad", await Sent(to + "&handler=Do", ("How", "keepOrdered"), ("Row", $"{kept:N}.{version}")), StringComparison.Ordinal);
        Assert.Equal("keptOrdered", (await archive.State(kept)).MorningOutcome);

        Assert.Contains("Ange varför handlingarna", await Sent(to + "&handler=Do", ("How", "exempt"), ("Row", minor.ToString("N"))), StringComparison.Ordinal);
        Assert.Contains("1\u00a0handling är undantagen", await Sent(to + "&handler=Do", ("How", "exempt"), ("Row", minor.ToString("N")), ("Reason", "Tumme upp")), StringComparison.Ordinal);
        Assert.Equal("exempt", (await archive.State(minor)).MorningOutcome);
        Assert.Contains("Välj minst en rad", await Sent(to, ("How", "exempt")), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync(At("/postoppning/flera"))).StatusCode);
    }

    [Fact]
    [Trait("Requirement", "R-11")]
    public async Task leads_to_the_akt_where_the_authority_keeps_one()
    {
        var (keeps, none) = (await archive.An_authority("trosa"), await archive.An_authority("trosa"));
        await Ok(await archive.Everybody.PutAsJsonAsync(At($"/api/v1/authorities/{keeps}"), new { name = $"Nämnden {keeps}", preset = "trosa", policy = new Dictionary<string, string> { ["routing.holds"] = "personakt" }, decisionReference = "KS § 1/2026" }));
        await archive.Capture(keeps, Assessed.Act("akt", "Till akten"));
        await archive.Capture(none, Assessed.Act("akt", "Ingen akt"));
        var browser = await archive.Browser("aktforaren", Role.Registrator);

        Assert.Contains($"/handlingar/{archive.Record(keeps, "akt")}/for-till-akt", await Assessed.Read(browser, $"/postoppning?authority={keeps}"), StringComparison.Ordinal);
        Assert.DoesNotContain("for-till-akt", await Assessed.Read(browser, $"/postoppning?authority={none}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task gives_what_is_in_a_case_to_who_handles_it_and_pages_the_rest()
    {
        var code = await archive.An_authority("trosa");
        await archive.Capture(code, Enumerable.Range(1, 4).Select(i => Assessed.Act($"k{i}", $"Fråga {i}")));
        var cases = new List<Guid>();
        foreach (var i in Enumerable.Range(1, 4)) cases.Add((await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{archive.Record(code, $"k{i}")}/register"), NewCase()))).GetProperty("caseId").GetGuid());
        async Task<JsonElement> Allotted(string query) => await Ok(await archive.Registrator.GetAsync(At($"/api/v1/allotments?authority={code}&{query}")));
        IEnumerable<Guid> Ids(JsonElement page) => page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetGuid());

        var first = await Allotted("state=unallotted&limit=3");
        var rest = await Allotted($"state=unallotted&limit=3&cursor={first.GetProperty("next").GetString()}");
        Assert.Equal(Enumerable.Range(1, 4).Select(i => archive.Record(code, $"k{i}")), Ids(first).Concat(Ids(rest)));
        Assert.Equal(JsonValueKind.Null, rest.GetProperty("next").ValueKind);
        Assert.Equal(400, (await Refused(await archive.Registrator.GetAsync(At("/api/v1/allotments?cursor=nonsens")))).Status);

        await archive.Browser("arendehandlaggaren", Role.Moderator);
        var officer = await archive.Served.Value<Guid>("select person_id from archive.users where username = 'arendehandlaggaren'");
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{cases[0]}/officer"), new { person = officer }));
        Assert.DoesNotContain(archive.Record(code, "k1"), Ids(await Allotted("state=unallotted")));
        var handled = (await Allotted("state=received")).GetProperty("items").EnumerateArray().Single();
        Assert.Equal((officer, true, false), (handled.GetProperty("officer").GetGuid(), handled.GetProperty("byCase").GetBoolean(), handled.GetProperty("late").GetBoolean()));

        // A unit has its own queue; another unit does not see it there.
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{archive.Record(code, "k2")}/allot"), new { unit = "Gatukontoret" }));
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{archive.Record(code, "k3")}/allot"), new { unit = "Parken" }));
        Assert.Equal([archive.Record(code, "k2"), archive.Record(code, "k3")], Ids(await Allotted("state=unit")));
        Assert.Equal([archive.Record(code, "k3")], Ids(await Allotted("state=unit&unit=parken&limit=1")));
        var browser = await archive.Browser("enhetslasaren", Role.Moderator);
        Assert.Contains("Gatukontoret", await Assessed.Read(browser, "/fordelning?state=unit&unit=Gatukontoret"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, "/fordelning?state=unit", "/fordelning?state=unit&handler=Receive", ("record", archive.Record(code, "k2").ToString()))).StatusCode);
        Assert.Equal([archive.Record(code, "k3")], Ids(await Allotted("state=unit")));
    }
}
