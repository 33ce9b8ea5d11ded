using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using ArchiveService.Access;
using ArchiveService.Features.Bulk;
using ArchiveService.Features.Progress;
using ArchiveService.Features.Records;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

/// <summary>One act on many records, saved searches, shortcuts and work that is shown while it goes on.</summary>
[Collection(nameof(CommandArchive))]
public sealed partial class Working_on_many(CommandArchive archive)
{
    private async Task<JsonElement> Bulk(HttpClient by, object command) => await Ok(await by.PostAsJsonAsync(At("/api/v1/records/bulk"), command));

    private static string Outcome(JsonElement told, Guid id) => told.GetProperty("items").EnumerateArray().Single(i => i.GetProperty("id").GetGuid() == id).GetProperty("outcome").GetString()!;

    [Fact]
    [Trait("Requirement", "T-15")]
    public async Task tells_of_each_beforehand_and_does_what_can_be_done()
    {
        var code = await archive.An_authority("toreboda");
        await archive.Capture(code, Assessed.Act("b1", "Tack"), Assessed.Act("b2", "Fin park"), Assessed.Act("b3", "Hemligt", kind: "dm", audience: "direct"), Assessed.Act("b4", "Ändras"));
        var (one, two, message, changed, nowhere) = (archive.Record(code, "b1"), archive.Record(code, "b2"), archive.Record(code, "b3"), archive.Record(code, "b4"), Guid.CreateVersion7());
        await Ok(await archive.Moderator.PostAsync(At($"/api/v1/records/{two}/keep-ordered"), null));
        Guid[] ids = [one, two, message, changed, nowhere];

        var plan = await Bulk(archive.Moderator, new { act = "keep-ordered", ids, dryRun = true });
        Assert.Equal(("done", "nothing", "refused", "done", "unknown"), (Outcome(plan, one), Outcome(plan, two), Outcome(plan, message), Outcome(plan, changed), Outcome(plan, nowhere)));
        Assert.Equal(Features.Records.Registration.Captured, (await archive.State(one)).Registration);
        var versions = plan.GetProperty("items").EnumerateArray().Where(i => i.GetProperty("version").ValueKind == JsonValueKind.Number).ToDictionary(i => i.GetProperty("id").GetGuid(), i => i.GetProperty("version").GetInt64());

        // One is changed between the preview and the act: it is left alone.
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{changed}/assess"), new { minor = false, secrecySuspected = false, isQuestion = true, note = (string?)null }));
        var done = await Bulk(archive.Moderator, new { act = "keep-ordered", ids, versions });
        Assert.Equal(("done", "nothing", "refused", "changed", "unknown"), (Outcome(done, one), Outcome(done, two), Outcome(done, message), Outcome(done, changed), Outcome(done, nowhere)));
        Assert.Equal(Features.Records.Registration.KeptOrdered, (await archive.State(one)).Registration);
        Assert.Equal(Features.Records.Registration.Captured, (await archive.State(changed)).Registration);

        // The run is its owner's.
        var id = done.GetProperty("id").GetGuid();
        Assert.True((await Ok(await archive.Moderator.GetAsync(At($"/api/v1/bulk/{id}")))).GetProperty("finished").GetBoolean());
        Assert.Equal((404, "bulk-act-unknown"), await Refused(await archive.Registrator.GetAsync(At($"/api/v1/bulk/{id}"))));

        // Who may not know of a record is told what one is told of no record.
        var kommunikator = archive.Served.Program(await archive.Served.Token($"Kom {code}", [new("kommunikator", code)]));
        var seen = await Bulk(kommunikator, new { act = "forward", ids, dryRun = true });
        Assert.Equal(("unknown", "unknown", "done"), (Outcome(seen, message), Outcome(seen, nowhere), Outcome(seen, one)));
        Assert.Equal(
            seen.GetProperty("items").EnumerateArray().Single(i => i.GetProperty("id").GetGuid() == message).GetProperty("why").GetString(),
            seen.GetProperty("items").EnumerateArray().Single(i => i.GetProperty("id").GetGuid() == nowhere).GetProperty("why").GetString());
        var elsewhere = archive.Served.Program(await archive.Served.Token($"Annan {code}", [new("moderator", "HKS")]));
        Assert.All((await Bulk(elsewhere, new { act = "keep-ordered", ids, dryRun = true })).GetProperty("items").EnumerateArray(), i => Assert.Equal("unknown", i.GetProperty("outcome").GetString()));
    }

    [Fact]
    public async Task refuses_what_is_no_act_on_many()
    {
        Guid[] ids = [Guid.CreateVersion7()];
        Assert.Equal((400, "act-unknown"), await Refused(await archive.Moderator.PostAsJsonAsync(At("/api/v1/records/bulk"), new { act = "unpublish", ids })));
        Assert.Equal((400, "records-missing"), await Refused(await archive.Moderator.PostAsJsonAsync(At("/api/v1/records/bulk"), new { act = "exempt", ids = Array.Empty<Guid>() })));
        Assert.Equal((400, "too-many-records"), await Refused(await archive.Moderator.PostAsJsonAsync(At("/api/v1/records/bulk"), new { act = "exempt", ids = Enumerable.Repeat(ids[0], BulkAct.Most + 1) })));
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(At("/api/v1/records/bulk"), new { act = "hold", ids })));
    }

    [Fact]
    public async Task closes_forwards_allots_and_holds()
    {
        var code = await archive.An_authority("trosa");
        await archive.Capture(code, Assessed.Act("c1", "Fråga ett?"), Assessed.Act("c2", "Fråga två?"));
        var (one, two) = (archive.Record(code, "c1"), archive.Record(code, "c2"));
        Guid[] both = [one, two];
        Assert.Equal(2, (await Bulk(archive.Moderator, new { act = "forward", ids = both, owner = "Gatukontoret", notice = "Vi har skickat frågan vidare." })).GetProperty("done").GetInt32());
        Assert.NotNull((await archive.State(one)).ForwardedAt);
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{one}/register"), NewCase()));
        var allotted = await Bulk(archive.Registrator, new { act = "allot", ids = both, unit = "Kansliet" });
        Assert.Equal(("done", "refused"), (Outcome(allotted, one), Outcome(allotted, two)));
        Assert.NotNull((await archive.State(one)).Allotment);
        Assert.Equal(2, (await Bulk(archive.Registrator, new { act = "hold", ids = both, reason = "Pågående granskning" })).GetProperty("done").GetInt32());
        Assert.Equal(2, await archive.Served.Value<long>($"select count(*) from archive.holds where target_id in ('{one}', '{two}')"));
        var closed = await Bulk(archive.Moderator, new { act = "close-unanswered", ids = both });
        Assert.Equal("reason-missing", closed.GetProperty("items")[1].GetProperty("code").GetString());
    }

    [Fact]
    public async Task on_pages_shows_first_asks_once_and_is_done_once()
    {
        var code = await archive.An_authority("norrkoping");
        await archive.Capture(code, Assessed.Act("s1", "Tummen upp"), Assessed.Act("s2", "Hjärta"), Assessed.Act("s3", "Hemligt", kind: "dm", audience: "direct"));
        var (one, two, message) = (archive.Record(code, "s1"), archive.Record(code, "s2"), archive.Record(code, "s3"));
        var browser = await archive.Browser($"flera{code.ToLowerInvariant()}", Role.Moderator);
        var list = "/arbetslista?state=new";
        var chosen = await ServedArchive.Post(browser, list, "/flera", ("act", "exempt"), ("back", list), ("record", $"{one:N}"), ("record", $"{two:N}"), ("record", $"{message:N}"));
        Assert.Equal(HttpStatusCode.Redirect, chosen.StatusCode);
        var address = chosen.Headers.Location!.OriginalString;
        var preview = await browser.GetStringAsync(At(address));
        Assert.Contains("Kan göras (2)", preview, StringComparison.Ordinal);
        Assert.Contains("Kan inte göras (1)", preview, StringComparison.Ordinal);
        Assert.DoesNotContain("Hemligt", preview, StringComparison.Ordinal);

        // What is written once for all is asked for in the form, and nothing is done without it.
        var seen = Seen.Matches(preview).Select(m => ("Seen", m.Groups[1].Value)).ToList();
        Assert.Equal(3, seen.Count);
        var action = $"/flera/{address.Split('/', '?')[2]}?handler=Do";
        var missing = await ServedArchive.Post(browser, address, action, [.. seen, ("Back", list), ("Reason", " ")]);
        Assert.Equal(HttpStatusCode.OK, missing.StatusCode);
        Assert.Contains("Ange varför", await missing.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Null((await archive.State(one)).MorningOutcome);

        // Sent twice at once: done once.
        var token = await ServedArchive.FormToken(browser, address);
        Task<HttpResponseMessage> Go() => browser.PostAsync(At(action), new FormUrlEncodedContent([.. seen.Select(s => KeyValuePair.Create(s.Item1, s.Value)), KeyValuePair.Create("Back", list), KeyValuePair.Create("Reason", "Bara en tumme upp"), KeyValuePair.Create("__RequestVerificationToken", token)]));
        var both = await Task.WhenAll(Go(), Go());
        Assert.All(both, b => Assert.Equal(HttpStatusCode.Redirect, b.StatusCode));
        var run = Guid.Parse(address.Split('/', '?')[2]);
        await archive.Served.Services.GetRequiredService<BulkRuns>().WaitFor(run, toTheEnd: true, default);
        var result = await browser.GetStringAsync(At(address));
        Assert.Contains("Gjort (2)", result, StringComparison.Ordinal);
        Assert.Contains("Gick inte (1)", result, StringComparison.Ordinal);
        foreach (var id in (Guid[])[one, two])
            Assert.Equal(1, await archive.Served.Value<long>($"select count(*) from archive.mt_events where stream_id = '{id}' and type = 'record_exempted'"));

        // What was written stands nowhere but in the events.
        Assert.Equal(0, await archive.Served.Value<long>($"select count(*) from work.bulk_items where bulk_id = '{run}' and said like '%tumme%'"));

        // The stream of a run that is over says so and ends; of somebody else's there is none.
        var told = await browser.GetStringAsync(At($"/framsteg/flera/{run}"));
        Assert.Contains("\"over\":true", told, StringComparison.Ordinal);
        var other = await archive.Browser($"annanflera{code.ToLowerInvariant()}", Role.Moderator);
        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync(At($"/framsteg/flera/{run}"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync(At(address))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await ServedArchive.Post(browser, list, "/flera", ("act", "exempt"), ("back", list))).StatusCode);

        // All on the page, without ticking.
        var all = await ServedArchive.Post(browser, list, "/flera", ("act", "exempt"), ("back", "//utanfor.example"), ("all", "true"), ("listed", $"{one:N}"), ("listed", $"{two:N}"));
        Assert.Equal(HttpStatusCode.Redirect, all.StatusCode);
        Assert.DoesNotContain("utanfor", all.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [GeneratedRegex("name=\"Seen\" value=\"([^\"]+)\"")]
    private static partial Regex Seen { get; }

    [Fact]
    public async Task a_stream_ends_when_the_log_in_does_and_nobody_holds_many()
    {
        var live = new LiveProgress(new Dictionary<string, LiveWork> { ["evigt"] = (_, _, _) => Task.FromResult<LiveState?>(new(1, 2, false, "hälften")) }, TimeProvider.System);
        var who = (await archive.Served.Services.GetRequiredService<Principals>().OfPerson(await archive.Served.User("Ström Exempelsson", "strömmen", "ett långt lösenord 1", new Grant(Role.Moderator, null)), default))!;
        Microsoft.AspNetCore.Http.DefaultHttpContext Request()
        {
            var http = new Microsoft.AspNetCore.Http.DefaultHttpContext { RequestServices = archive.Served.Services, User = new(new System.Security.Claims.ClaimsIdentity(who.ToClaims(), Schemes.Cookie)) };
            http.Response.Body = new MemoryStream();
            return http;
        }

        // Neither a session nor a token is behind these: the second word is never said.
        var one = Request();
        await live.Tell("evigt", Guid.Empty, one);
        Assert.Equal("text/event-stream", one.Response.ContentType);
        Assert.Single(System.Text.Encoding.UTF8.GetString(((MemoryStream)one.Response.Body).ToArray()).Split("data: ", StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(0, live.OpenOf(who.PersonId));

        var many = Enumerable.Range(0, LiveProgress.MostOfOne + 1).Select(_ => Request()).ToList();
        await Task.WhenAll(many.Select(m => live.Tell("evigt", Guid.Empty, m)));
        Assert.Equal(1, many.Count(m => m.Response.StatusCode == 429));
        Assert.Equal(0, live.OpenOf(who.PersonId));
    }

    [Fact]
    public async Task saved_searches_are_changed_shared_and_tell_what_is_new()
    {
        var code = await archive.An_authority("trosa");
        var token = archive.Served.Program(await archive.Served.Token($"Sök {code}", [new("registrator", code)]));
        var colleague = archive.Served.Program(await archive.Served.Token($"Kollega {code}", [new("moderator", code)]));
        var stranger = archive.Served.Program(await archive.Served.Token($"Främling {code}", [new("moderator", "HKS")]));
        async Task<List<JsonElement>> Of(HttpClient by, string query = "") => [.. (await Ok(await by.GetAsync(At("/api/v1/saved-searches" + query)))).GetProperty("items").EnumerateArray()];

        var id = (await Ok(await token.PostAsJsonAsync(At("/api/v1/saved-searches"), new { name = "Vägen", query = $"authority={code}&q=väghål" }))).GetProperty("id").GetGuid();
        Assert.DoesNotContain(await Of(colleague), s => s.GetProperty("id").GetGuid() == id);
        Assert.Equal((404, "authority-unknown"), await Refused(await token.PutAsJsonAsync(At($"/api/v1/saved-searches/{id}"), new { name = "Vägen", query = "q=väghål", shareWith = "HKS" })));
        Assert.Equal(HttpStatusCode.NoContent, (await token.PutAsJsonAsync(At($"/api/v1/saved-searches/{id}"), new { name = "Väghålen", query = $"authority={code}&q=väghål", shareWith = code })).StatusCode);
        Assert.Equal((404, "saved-search-unknown"), await Refused(await colleague.PutAsJsonAsync(At($"/api/v1/saved-searches/{id}"), new { name = "Min", query = "q=väghål" })));
        Assert.Equal((422, "saved-search-sensitive"), await Refused(await token.PutAsJsonAsync(At($"/api/v1/saved-searches/{id}"), new { name = "Sjuka", query = "q=diagnos" })));
        var shared = Assert.Single(await Of(colleague), s => s.GetProperty("id").GetGuid() == id);
        Assert.Equal(("Väghålen", false, code), (shared.GetProperty("name").GetString(), shared.GetProperty("own").GetBoolean(), shared.GetProperty("sharedWith").GetString()));
        Assert.DoesNotContain(await Of(stranger), s => s.GetProperty("id").GetGuid() == id);
        Assert.Equal(0, await archive.Served.Value<long>("select count(*) from archive.saved_searches where position(convert_to('äghål', 'UTF8') in sealed) > 0"));

        await archive.Capture(code, new { act = "create", nativeId = "n1", kind = "comment", author = new { nativeId = "77", displayName = "Nils Låtsasson" }, audience = "public", text = "Ett väghål till", occurredAt = TimeProvider.System.GetUtcNow() });
        var record = archive.Record(code, "n1");
        await Ok(await token.GetAsync(At($"/api/v1/records?authority={code}&after={await archive.Served.Value<long>("select max(seq_id) from archive.mt_events")}")));
        Assert.Equal(1, (await Of(token, "?counts=true")).Single(s => s.GetProperty("id").GetGuid() == id).GetProperty("new").GetProperty("value").GetInt32());
        Assert.NotEqual(Guid.Empty, record);

        // On pages: the link leads to the search, and what is new is counted from there.
        var browser = await archive.Browser($"sök{code.ToLowerInvariant()}", Role.Registrator);
        var saved = await ServedArchive.Post(browser, $"/sok?q=snö&authority={code}", "/sok?handler=Save", ("question", $"q=snö&authority={code}"), ("name", "Snö"));
        Assert.Equal(HttpStatusCode.Redirect, saved.StatusCode);
        var page = await browser.GetStringAsync(At("/sok/sparade"));
        var own = Regex.Match(page, "/sok/sparad/([0-9a-f-]{36})[^>]*><bdi>Snö").Groups[1].Value;
        var followed = await browser.GetAsync(At($"/sok/sparad/{own}"));
        Assert.StartsWith("/sok?q=sn", followed.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, "/sok/sparade", "/sok/sparade?handler=Change", ("id", own), ("name", "Snöröjning"), ("question", "q=snö"), ("shareWith", ""))).StatusCode);
        Assert.Contains("Snöröjning", await browser.GetStringAsync(At("/sok/sparade")), StringComparison.Ordinal);
        var wrong = await ServedArchive.Post(browser, "/sok/sparade", "/sok/sparade?handler=Change", ("id", own), ("name", "Mina sjuka"), ("question", "q=diagnos"), ("shareWith", ""));
        Assert.Contains("value=\"Mina sjuka\"", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, "/sok/sparade", "/sok/sparade?handler=Remove", ("id", own))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync(At($"/sok/sparad/{own}"))).StatusCode);
    }

    [Fact]
    public async Task shortcuts_stand_in_the_markup_are_listed_and_can_be_turned_off()
    {
        var browser = await archive.Browser("tangent", [.. Enum.GetValues<Role>().Where(r => r is not Role.Connector)]);
        var start = await browser.GetStringAsync(At("/"));
        var list = WebUtility.HtmlDecode(await browser.GetStringAsync(At("/kortkommandon")));
        Assert.Contains("data-keys=\"on\"", start, StringComparison.Ordinal);
        foreach (var key in Features.Shortcuts.Shortcuts.Every)
        {
            foreach (var press in Features.Shortcuts.Shortcuts.Pressed(key)) Assert.Contains($"<kbd class=\"key\">{press}</kbd>", list, StringComparison.Ordinal);
            if (key != Features.Shortcuts.Shortcuts.All) Assert.Contains($"data-key=\"{key.Key}\"", WebUtility.HtmlDecode(start), StringComparison.Ordinal);
        }

        // Every act that the markup names is one the script knows.
        var script = await browser.GetStringAsync(At("/ui.js"));
        Assert.All(Features.Shortcuts.Shortcuts.InLists, s => Assert.Contains($"\"{s.Act}\":", script, StringComparison.Ordinal));
        Assert.Equal(Features.Shortcuts.Shortcuts.Every.Count(), Features.Shortcuts.Shortcuts.Every.Select(s => s.Key).Distinct().Count());

        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, "/kortkommandon", "/kortkommandon", ("On", "false"))).StatusCode);
        var off = await browser.GetStringAsync(At("/"));
        Assert.DoesNotContain("data-keys=\"on\"", off, StringComparison.Ordinal);
        Assert.DoesNotContain("next-row", off, StringComparison.Ordinal);
    }

    [Pages.ChromiumFact]
    public async Task in_a_browser_the_keys_do_what_they_say_and_nothing_while_one_writes()
    {
        var code = await archive.An_authority("toreboda");
        await archive.Capture(code, Assessed.Act("k1", "Första tangenten"), Assessed.Act("k2", "Andra tangenten"));
        await archive.Served.User("Tangent Tryckarsson", "tryckaren", "ett långt lösenord 1", new Grant(Role.Moderator, null));
        using var playwright = await Microsoft.Playwright.Playwright.CreateAsync();
        await using var chromium = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Pages.Chromium.Path, Args = ["--no-sandbox", "--disable-gpu", "--disable-quic"] });
        var page = await chromium.NewPageAsync();
        var faults = new List<string>();
        page.Console += (_, said) => { if (said.Type == "error") faults.Add(said.Text); };
        page.PageError += (_, error) => faults.Add(error);
        await page.GotoAsync(new Uri(archive.Served.Address, "/logga-in").ToString());
        await page.FillAsync("input[name=Username]", "tryckaren");
        await page.FillAsync("input[name=Password]", "ett långt lösenord 1");
        await page.ClickAsync("main button[type=submit]");
        await page.WaitForSelectorAsync("body[data-keys=on]");

        await page.Keyboard.PressAsync("g");
        await page.Keyboard.PressAsync("s");
        await page.WaitForURLAsync("**/sok");
        await page.Keyboard.PressAsync("/");
        Assert.Equal("q-top", await page.EvaluateAsync<string>("document.activeElement.id"));
        await page.Keyboard.TypeAsync("ga?");
        Assert.Equal("ga?", await page.InputValueAsync("#q-top"));
        Assert.EndsWith("/sok", page.Url, StringComparison.Ordinal);

        // Rows: down, chosen, and all; then the first is opened, and the way back leads to it.
        await page.GotoAsync(new Uri(archive.Served.Address, $"/sok?authority={code}").ToString());
        await page.Keyboard.PressAsync("j");
        await page.Keyboard.PressAsync("x");
        Assert.Equal(1, await page.Locator("input[name=record]:checked").CountAsync());
        await page.Keyboard.PressAsync("a");
        Assert.Equal(2, await page.Locator("input[name=record]:checked").CountAsync());
        await page.Keyboard.PressAsync("k");
        await page.Keyboard.PressAsync("o");
        await page.WaitForURLAsync("**/handlingar/*");
        await page.GoBackAsync();
        Assert.Contains("#r-", page.Url, StringComparison.Ordinal);
        await page.Keyboard.PressAsync("?");
        await page.WaitForURLAsync("**/kortkommandon");
        Assert.Empty(faults);

        // Turned off, no key does anything.
        await page.UncheckAsync("input[name=On]");
        await page.ClickAsync("main button[type=submit]");
        await page.WaitForSelectorAsync("body:not([data-keys=on]) .note");
        await page.Keyboard.PressAsync("g");
        await page.Keyboard.PressAsync("s");
        Assert.EndsWith("/kortkommandon", page.Url, StringComparison.Ordinal);
    }
}
