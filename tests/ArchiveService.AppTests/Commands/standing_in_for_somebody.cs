using System.Net;
using System.Net.Http.Json;
using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Testing;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

/// <summary>A substitute (ersättare) has the queue of whoever is away, for the period and no longer.</summary>
[Collection(nameof(CommandArchive))]
public sealed class Standing_in_for_somebody(CommandArchive archive)
{
    private static DateOnly Today => Swedish.Day(TimeProvider.System.GetUtcNow());

    private async Task<(HttpClient Client, Guid Id)> Person(string name, string role, string authority) =>
        (archive.Served.Program(await archive.Served.Token(name, [new(role, authority)])), await archive.Served.Value<Guid>($"select person_id from views.persons where name = '{name}'"));

    private async Task<Guid> Registered(string code, string native)
    {
        await archive.Capture(code, Assessed.Act(native, "Fråga"));
        var id = archive.Record(code, native);
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), NewCase()));
        return id;
    }

    [Fact]
    [Trait("Requirement", "H-07")]
    public async Task has_the_queue_for_the_period_and_loses_it_at_once()
    {
        var code = await archive.An_authority("trosa");
        var (eva, evasId) = await Person($"Eva Borta {code}", "registrator", code);
        var (bo, bosId) = await Person($"Bo Ersatt {code}", "moderator", code);
        var (first, second) = (await Registered(code, "s1"), await Registered(code, "s2"));
        foreach (var id in new[] { first, second }) await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/allot"), new { officer = evasId }));
        async Task<Guid[]> Mine(HttpClient by) => [.. (await Ok(await by.GetAsync(At($"/api/v1/allotments?state=mine&authority={code}")))).GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetGuid())];
        Assert.Empty(await Mine(bo));
        Assert.Equal((403, "not-allowed"), await Refused(await bo.PostAsync(At($"/api/v1/records/{first}/allotment/receive"), null)));

        // Not before its first day, not after its last.
        var (from, until) = (Today.AddDays(3), Today.AddDays(5));
        await Ok(await eva.PostAsJsonAsync(At("/api/v1/substitutions"), new { authority = code, substitute = bosId, from, until }));
        Assert.Empty(await Mine(bo));
        async Task<int> StandIns(DateOnly day) =>
            (await new Principals(archive.Served.Databases, new(true), new SetClock(new(day, new(12, 0), TimeSpan.Zero))).OfPerson(bosId, default))!.StandIns.Count;
        Assert.Equal((0, 1, 1, 0), (await StandIns(from.AddDays(-1)), await StandIns(from), await StandIns(until), await StandIns(until.AddDays(1))));

        var named = await Ok(await eva.PostAsJsonAsync(At("/api/v1/substitutions"), new { authority = code, substitute = bosId, until, note = "Semester" }));
        Assert.Equal([first, second], await Mine(bo));
        await Ok(await bo.PostAsync(At($"/api/v1/records/{first}/allotment/receive"), null));
        var shown = (await Ok(await eva.GetAsync(At($"/api/v1/substitutions?authority={code}")))).GetProperty("items").EnumerateArray().Single(i => i.GetProperty("id").GetGuid() == named.GetProperty("id").GetGuid());
        Assert.Equal(("Semester", "allotment-received", first), (shown.GetProperty("note").GetString(), shown.GetProperty("acts")[0].GetProperty("kind").GetString(), shown.GetProperty("acts")[0].GetProperty("subject").GetGuid()));
        Assert.Equal(1L, await archive.Served.Value<long>($"select count(*) from archive.mt_events where type = 'substitute_acted' and data->>'subject' = '{first}' and data->>'person' = '{evasId}' and user_name = '{bosId}'"));

        // Somebody else's is nobody's business, and ending it takes effect at the next request.
        Assert.Empty((await Ok(await archive.Moderator.GetAsync(At($"/api/v1/substitutions?authority={code}")))).GetProperty("items").EnumerateArray());
        Assert.Equal((404, "substitution-unknown"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/substitutions/{named.GetProperty("id").GetGuid()}/end"), new { })));
        await Ok(await eva.PostAsJsonAsync(At($"/api/v1/substitutions/{named.GetProperty("id").GetGuid()}/end"), new { reason = "Tillbaka" }));
        Assert.Empty(await Mine(bo));
        Assert.Equal((403, "not-allowed"), await Refused(await bo.PostAsync(At($"/api/v1/records/{second}/allotment/receive"), null)));
    }

    [Fact]
    public async Task handles_the_cases_of_whoever_is_away_and_it_is_noted()
    {
        var code = await archive.An_authority("trosa");
        var (eva, evasId) = await Person($"Eva Handläggare {code}", "moderator", code);
        var (bo, bosId) = await Person($"Bo Handläggare {code}", "moderator", code);
        await archive.Capture(code, Assessed.Act("c1", "Fråga"));
        var record = archive.Record(code, "c1");
        var id = (await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{record}/register"), NewCase()))).GetProperty("caseId").GetGuid();
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{id}/officer"), new { person = evasId }));
        var note = new { means = "phone", text = "Ringde och frågade" };
        Assert.Equal((403, "not-allowed"), await Refused(await bo.PostAsJsonAsync(At($"/api/v1/cases/{id}/notes"), note)));

        await Ok(await eva.PostAsJsonAsync(At("/api/v1/substitutions"), new { authority = code, substitute = bosId, until = Today }));
        await Ok(await bo.PostAsJsonAsync(At($"/api/v1/cases/{id}/notes"), note));

        Assert.Equal(1L, await archive.Served.Value<long>($"select count(*) from archive.substitute_acts where subject_id = '{id}' and kind = 'case'"));
        Assert.Contains(id, (await Ok(await bo.GetAsync(At($"/api/v1/cases?officer=me&authority={code}")))).GetProperty("items").EnumerateArray().Select(c => c.GetProperty("id").GetGuid()));
    }

    [Fact]
    public async Task has_a_page_where_one_names_and_ends_ones_own()
    {
        var code = await archive.An_authority("trosa");
        var (_, bosId) = await Person($"Bo Sidan {code}", "moderator", code);
        var browser = await archive.Browser($"borta-{code.ToLowerInvariant()}", Role.Registrator);
        var page = $"/ersattare?myndighet={code}";
        var refused = await ServedArchive.Post(browser, page, $"{page}&handler=Name", ("Substitute", bosId.ToString()), ("Until", Today.AddDays(-1).ToString("O")));
        Assert.Equal(HttpStatusCode.OK, refused.StatusCode);
        Assert.Contains("Perioden ska sluta efter att den börjar", WebUtility.HtmlDecode(await refused.Content.ReadAsStringAsync()), StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, $"{page}&handler=Name", ("Substitute", bosId.ToString()), ("Until", Today.AddDays(2).ToString("O")), ("Note", "Föräldraledig"))).StatusCode);

        var shown = WebUtility.HtmlDecode(await browser.GetStringAsync(At(page)));
        Assert.Contains($"Bo Sidan {code}", shown, StringComparison.Ordinal);
        Assert.Contains("Föräldraledig", shown, StringComparison.Ordinal);
        var id = await archive.Served.Value<Guid>($"select substitution_id from archive.substitutions where substitute_id = '{bosId}'");
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, $"{page}&handler=End", ("substitution", id.ToString()))).StatusCode);
        Assert.True(await archive.Served.Value<bool>($"select ended_at is not null from archive.substitutions where substitution_id = '{id}'"));
    }
}
