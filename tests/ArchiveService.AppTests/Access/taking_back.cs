using System.Net;
using System.Net.Http.Json;
using ArchiveService.Access;
using ArchiveService.Features.Persons;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.AccessTests;

/// <summary>What is taken back is gone at the very next request, and in what is open already.</summary>
[Collection(nameof(WalkedArchive))]
public sealed class Taking_back(WalkedArchive walked)
{
    private const string Secret = "ett långt lösenord 1";

    private PersonRegister Register => walked.Served.Services.GetRequiredService<PersonRegister>();

    private static Caller By => CommandLineCaller.Caller;

    private Task<Guid> Authority() => walked.Served.Value<Guid>($"select authority_id from archive.authorities where code = '{WalkedArchive.Own}'");

    private static async Task<HttpStatusCode> Get(HttpClient by, string path) => (await by.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead)).StatusCode;

    private static void Done(ArchiveService.Http.Outcome outcome) => Assert.IsType<ArchiveService.Http.Outcome.Done>(outcome);

    [Fact]
    [Trait("Requirement", "R-10")]
    public async Task a_role_is_felt_by_the_next_request_of_its_token()
    {
        var by = walked.Served.Program(await walked.Served.Token("Tuva Tillbaka", [new("registrator", WalkedArchive.Own), new("moderator", WalkedArchive.Own)]));
        Assert.Equal(HttpStatusCode.OK, await Get(by, $"/api/v1/authorities/{WalkedArchive.Own}/inbox"));

        foreach (var role in new[] { Role.Registrator, Role.Moderator }) Done(await Register.RevokeRole(await walked.Person("Tuva Tillbaka"), new(role, await Authority()), By, default));

        Assert.Equal(HttpStatusCode.NotFound, await Get(by, $"/api/v1/records/{walked.Ids["record"]}"));
        Assert.NotEqual(HttpStatusCode.OK, await Get(by, $"/api/v1/authorities/{WalkedArchive.Own}/inbox"));
        Assert.Contains((await by.PostAsJsonAsync(new Uri("/api/v1/cases", UriKind.Relative), new { authority = WalkedArchive.Own, title = "Ett prov" })).StatusCode, new[] { HttpStatusCode.NotFound, HttpStatusCode.Forbidden });
    }

    [Fact]
    [Trait("Requirement", "I3")]
    public async Task clearance_closes_what_it_opened()
    {
        var by = walked.Served.Program(await walked.Served.Token("Klas Klarering", [new("registrator", WalkedArchive.Own)], clearance: true));
        by.DefaultRequestHeaders.Add("Read-Reason", "prov");
        Assert.Equal(HttpStatusCode.OK, await Get(by, $"/api/v1/records/{walked.Ids["secret"]}"));

        var authority = await Authority();
        Done(await Register.Decide(await walked.Person("Klas Klarering"), person => new SetClearanceAt(false, null, authority).Decide(person, By), By, default));

        Assert.Equal(HttpStatusCode.NotFound, await Get(by, $"/api/v1/records/{walked.Ids["secret"]}"));
        var open = await walked.Comment("klarering-kvar", "Ett prov");
        await walked.SeenAll();
        Assert.Equal(HttpStatusCode.OK, await Get(by, $"/api/v1/records/{open}"));
    }

    [Fact]
    public async Task a_token_and_a_person_end_at_once()
    {
        var (one, other) = (walked.Served.Program(await walked.Served.Token("Niklas Nyckel", [new("registrator", WalkedArchive.Own)])), walked.Served.Program(await walked.Served.Token("Niklas Nyckel", [new("registrator", WalkedArchive.Own)])));
        var person = await walked.Person("Niklas Nyckel");
        var token = await walked.Served.Value<Guid>($"select token_id from archive.tokens where person_id = '{person}' order by issued_at limit 1");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await Get(one, "/api/v1/queue"), await Get(other, "/api/v1/queue")));

        Done(await Register.RevokeToken(token, By, default));
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (await Get(one, "/api/v1/queue"), await Get(other, "/api/v1/queue")));

        Done(await Register.Close(person, new(true), By, default));
        Assert.Equal(HttpStatusCode.Unauthorized, await Get(other, "/api/v1/queue"));
    }

    [Fact]
    public async Task a_page_that_is_open_sends_no_more_than_its_reader_still_may()
    {
        var authority = await Authority();
        var person = await walked.Served.User("Petra Papper", "petra", Secret, new Grant(Role.Registrator, authority));
        var browser = walked.Served.Browser();
        await ServedArchive.LogIn(browser, "petra", Secret);
        var token = await ServedArchive.FormToken(browser, "/arenden/nytt");
        Done(await Register.RevokeRole(person, new(Role.Registrator, authority), By, default));

        using var form = new FormUrlEncodedContent([KeyValuePair.Create("__RequestVerificationToken", token), KeyValuePair.Create("Authority", WalkedArchive.Own), KeyValuePair.Create("Title", "Öppnad sida")]);
        var sent = await browser.PostAsync(new Uri("/arenden/nytt", UriKind.Relative), form);

        Assert.True(sent.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound, $"{sent.StatusCode}");
        Done(await Register.SetPassword(person, null, "ett annat långt lösenord", By, oldOneGiven: false, default));
        var asked = await browser.GetAsync(new Uri("/sok", UriKind.Relative));
        Assert.Equal("/logga-in", asked.Headers.Location?.AbsolutePath ?? $"{asked.StatusCode}");
    }

    [Theory]
    [InlineData("role")]
    [InlineData("token")]
    [InlineData("person")]
    public async Task progress_that_is_being_told_stops(string what)
    {
        var name = $"Frida Följer {what}";
        var by = walked.Served.Program(await walked.Served.Token(name, [new("registrator", WalkedArchive.Own)]));
        var person = await walked.Person(name);
        var authority = await Authority();
        var import = Guid.CreateVersion7();
        await walked.Served.Value<object>($"""
            insert into work.imports (import_id, channel_id, authority_id, form, delivery_id, requested_by, state, due_at, started_at, bytes)
            values ('{import}', '{walked.Ids["channel"]}', '{authority}', 'ndjson', '{Guid.CreateVersion7()}', '{person}', 'running', now() + interval '1 day', now(), 100) returning 1
            """);
        using var answer = await by.GetAsync(new Uri($"/import/{import}?handler=Events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        using var told = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.StartsWith("data: ", await told.ReadLineAsync(), StringComparison.Ordinal);

        Done(what switch
        {
            "role" => await Register.RevokeRole(person, new(Role.Registrator, authority), By, default),
            "token" => await Register.RevokeToken(await walked.Served.Value<Guid>($"select token_id from archive.tokens where person_id = '{person}'"), By, default),
            _ => await Register.Close(person, new(true), By, default),
        });

        // One line may have been on its way; then the answer ends by itself, long before its five minutes.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var lines = 0;
        while (await told.ReadLineAsync(patience.Token) is not null) lines++;
        Assert.InRange(lines, 0, 6);
    }

    [Fact]
    [Trait("Requirement", "I11")]
    public async Task an_assignment_is_missed_by_the_next_act()
    {
        var name = "Urban Uppdrag";
        var by = walked.Served.Program(await walked.Served.Token(name, [new("moderator", WalkedArchive.Own)]));
        var chef = walked.As["all"];
        var given = await chef.PostAsJsonAsync(new Uri("/api/v1/assignments", UriKind.Relative), new { channel = walked.Channel, person = await walked.Person(name), function = "moderator", from = "2026-01-01", until = "2027-12-31", decision = "Beslut 1", policyInformedOn = "2026-01-01", introducedOn = "2026-01-01" });
        var said = await given.Content.ReadAsStringAsync();
        Assert.True(given.IsSuccessStatusCode, said);
        var id = System.Text.Json.JsonDocument.Parse(said).RootElement.GetProperty("id").GetGuid();
        async Task<string?> Hide(string native)
        {
            var record = await walked.Comment(native, "Ett prov");
            string? code = null;
            foreach (var ground in new[] { "HATE_SPEECH", "INSULT", "HARASSMENT", "COMMERCIAL" })
            {
                var answer = await by.PostAsJsonAsync(new Uri($"/api/v1/records/{record}/hide", UriKind.Relative), new { grounds = new[] { ground }, motivation = "Hets", thresholdMet = true, viewpointNeutral = true });
                if (answer.IsSuccessStatusCode) return "done";
                code = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString();
                if (code != "ground-not-in-policy") break;
            }

            return code;
        }

        if (await Hide("uppdrag-1") is "assignment-missing")
            Assert.True((await chef.PostAsJsonAsync(new Uri($"/api/v1/assignments/{id}/authorise", UriKind.Relative), new { decision = "Beslut 2" })).IsSuccessStatusCode);
        Assert.NotEqual("assignment-missing", await Hide("uppdrag-2"));

        Assert.True((await chef.PostAsJsonAsync(new Uri($"/api/v1/assignments/{id}/end", UriKind.Relative), new { reason = "Slut" })).IsSuccessStatusCode);

        Assert.Equal("assignment-missing", await Hide("uppdrag-3"));
    }
}
