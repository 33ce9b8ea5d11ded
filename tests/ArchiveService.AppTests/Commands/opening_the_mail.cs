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
}
