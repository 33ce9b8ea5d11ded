using System.Net;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Persons;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.Views;

public sealed class Behind_the_wall(ViewedArchive archive) : IClassFixture<ViewedArchive>
{
    [Fact]
    [Trait("Requirement", "I3")]
    [Trait("Requirement", "N-09")]
    [Trait("Requirement", "V-02")]
    public async Task nothing_of_a_secret_record_is_known_to_the_uncleared()
    {
        await archive.Say("secret-1", "hemlighetsprov om en namngiven sjuk person", by: "Hemliga Avsändaren");
        var id = await archive.Found(archive.Registrator, "hemlighetsprov");
        var number = await archive.Register(id, "hemlighetsprov i ärendet", "Hemliga Avsändaren");
        var account = (await archive.Get(archive.Registrator, $"/api/v1/records/{id}")).GetProperty("sender").GetProperty("account").GetGuid();
        await archive.MarkSecret(id);

        foreach (var uncleared in new[] { archive.Registrator, archive.Kommunikator })
        {
            var search = await archive.Get(uncleared, "/api/v1/records?q=hemlighetsprov");
            Assert.Equal(0, search.GetProperty("total").GetProperty("value").GetInt32());
            Assert.Empty(search.GetProperty("items").EnumerateArray());
            Assert.Empty(await archive.Search(uncleared, "sender=hemliga"));
            Assert.Empty(await archive.Search(uncleared, $"dnr={Uri.EscapeDataString(number)}"));
            foreach (var path in new[] { "", "/versions", "/events", "/thread" })
                Assert.Equal(HttpStatusCode.NotFound, (await archive.Send(uncleared, $"/api/v1/records/{id}{path}")).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await archive.Send(uncleared, $"/handlingar/{id}")).StatusCode);

            // OSL 5:2: date and number stay in the diary; the third and fourth facts are kept apart.
            var diary = (await archive.Get(uncleared, $"/api/v1/diary/{Uri.EscapeDataString(number)}")).ToString();
            Assert.Contains("\"withheld\":true", diary, StringComparison.Ordinal);
            Assert.DoesNotContain("hemlig", diary, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(id.ToString(), diary, StringComparison.Ordinal);
            Assert.Empty((await archive.Get(uncleared, "/api/v1/diary?q=hemlighetsprov")).GetProperty("items").EnumerateArray());
        }

        Assert.Equal(HttpStatusCode.NotFound, (await archive.Send(archive.Registrator, $"/api/v1/accounts/{account}/history")).StatusCode);
        Assert.DoesNotContain("Hemliga", (await archive.Get(archive.Registrator, "/api/v1/accounts?q=hemliga")).ToString(), StringComparison.Ordinal);
        Assert.Single(await archive.Search(archive.Cleared, "q=hemlighetsprov"));
        Assert.Contains("hemlighetsprov i ärendet", (await archive.Get(archive.Cleared, $"/api/v1/diary/{Uri.EscapeDataString(number)}")).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "I3")]
    public async Task the_login_of_the_uncleared_cannot_read_the_tables()
    {
        await archive.Say("login-1", "inloggningsprov");
        var id = await archive.Found(archive.Registrator, "inloggningsprov");
        await archive.MarkSecret(id);
        await archive.Shown();

        foreach (var table in new[] { "record_view_secret", "all_records", "record_versions_secret", "all_acts", "diary_secret", "all_diary", "all_accounts", "account_names_secret", "case_view_secret" })
        {
            await using var look = archive.Archive.Databases.Staff.CreateCommand($"select count(*) from views.{table}");
            Assert.Equal("42501", (await Assert.ThrowsAsync<Npgsql.PostgresException>(() => look.ExecuteScalarAsync())).SqlState);
        }

        foreach (var table in new[] { "record_view", "diary", "account_view", "channel_register" })
        {
            await using var look = archive.Archive.Databases.Public.CreateCommand($"select count(*) from views.{table}");
            Assert.Equal("42501", (await Assert.ThrowsAsync<Npgsql.PostgresException>(() => look.ExecuteScalarAsync())).SqlState);
        }
    }

    [Fact]
    [Trait("Requirement", "H-24")]
    public async Task a_direct_message_is_for_those_who_assess_until_somebody_has()
    {
        await archive.Say("dm-1", "direktmeddelandeprov", kind: "dm");

        var hit = Assert.Single(await archive.Search(archive.Registrator, "q=direktmeddelandeprov"));
        Assert.Equal("unassessed", hit.GetProperty("access").GetString());
        Assert.Equal(JsonValueKind.Null, hit.GetProperty("snippet").ValueKind);
        Assert.Empty(await archive.Search(archive.Kommunikator, "q=direktmeddelandeprov"));
        Assert.Empty(await archive.Search(archive.Cleared, "q=direktmeddelandeprov"));
        Assert.Empty(await archive.Search(archive.Neighbour, "q=direktmeddelandeprov"));

        await archive.Do(archive.Registrator, hit.GetProperty("id").GetGuid(), "assess", new { minor = false, secrecySuspected = false, isQuestion = true });

        Assert.Single(await archive.Search(archive.Kommunikator, "q=direktmeddelandeprov"));
    }

    [Fact]
    [Trait("Requirement", "H-19")]
    public async Task every_reading_is_an_event_on_the_readers_stream()
    {
        await archive.Say("read-1", "läsloggsprov");
        var id = await archive.Found(archive.Registrator, "läsloggsprov");
        await archive.Get(archive.Cleared, $"/api/v1/records/{id}");
        await archive.MarkSecret(id);

        await archive.Get(archive.Cleared, $"/api/v1/records/{id}");
        await archive.Send(archive.Kommunikator, $"/api/v1/records/{id}");

        var read = await archive.Column($"select data->>'wall' from archive.mt_events where type = 'record_opened' and data->>'record' = '{id}'");
        Assert.Equal(["secret"], read);
    }

    [Fact]
    [Trait("Requirement", "I3")]
    public async Task a_mark_is_examined_anew_and_stands_changes_or_goes()
    {
        await archive.Say("review-1", "omprövningsprov");
        var id = await archive.Found(archive.Registrator, "omprövningsprov");
        await archive.MarkSecret(id);

        await archive.Do(archive.Cleared, id, "secrecy/review", new { outcome = "stands", reason = "Skälen finns kvar." });
        var mark = (await archive.Get(archive.Cleared, "/api/v1/secrecy/marks")).GetProperty("items").EnumerateArray().Single(m => m.GetProperty("id").GetGuid() == id);
        Assert.NotEqual(JsonValueKind.Null, mark.GetProperty("reviewedAt").ValueKind);
        Assert.Equal("OSL 25 kap. 1 §", mark.GetProperty("provision").GetString());
        Assert.DoesNotContain(id.ToString(), (await archive.Get(archive.Registrator, "/api/v1/secrecy/marks")).ToString(), StringComparison.Ordinal);
        Assert.Contains("prova-sekretess", await (await archive.Send(archive.Cleared, "/sekretess")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await archive.Send(archive.Cleared, $"/handlingar/{id}/prova-sekretess")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await archive.Send(archive.Registrator, $"/handlingar/{id}/prova-sekretess")).StatusCode);

        await archive.Do(archive.Cleared, id, "secrecy/review", new { outcome = "changed", provision = "OSL 26 kap. 1 §", reason = "En annan bestämmelse." });
        Assert.Equal("OSL 26 kap. 1 §", (await archive.Get(archive.Cleared, $"/api/v1/records/{id}")).GetProperty("secrecy").GetProperty("provision").GetString());

        await archive.Do(archive.Cleared, id, "secrecy/review", new { outcome = "lifted", reason = "Inget skadar längre." });
        Assert.Equal(id, await archive.Found(archive.Kommunikator, "omprövningsprov"));
        using var again = JsonBody(new { outcome = "stands", reason = "Igen." });
        Assert.Equal(HttpStatusCode.Conflict, (await archive.Cleared.PostAsync(new Uri($"/api/v1/records/{id}/secrecy/review", UriKind.Relative), again)).StatusCode);
    }

    [Fact]
    [Trait("Requirement", "I3")]
    public async Task clearance_at_one_authority_opens_nothing_at_another()
    {
        await archive.Say("nämnd-1", "nämndgränsprov");
        var id = await archive.Found(archive.Registrator, "nämndgränsprov");
        await archive.MarkSecret(id);
        var admin = archive.Archive.Program(await archive.Archive.Token("Ada Administratör", [new("admin")]));
        async Task<HttpClient> Both(string name, string clearedAt)
        {
            await archive.Archive.Token(name, [new("registrator", clearedAt)], clearance: true);
            var person = (await archive.Get(admin, "/api/v1/persons")).GetProperty("items").EnumerateArray().Single(p => p.GetProperty("name").GetString() == name);
            Assert.Equal(clearedAt, Assert.Single(person.GetProperty("clearedAt").EnumerateArray()).GetProperty("authority").GetString());
            Assert.False(person.GetProperty("clearance").GetBoolean());

            // A second key with the role at both does not carry the clearance over.
            var register = archive.Archive.Services.GetRequiredService<PersonRegister>();
            var by = CommandLineCaller.Caller;
            var grants = (await archive.Archive.Services.GetRequiredService<RoleWords>().Read([new("registrator", "KS"), new("registrator", "BN")], default)).Grants;
            foreach (var grant in grants) await register.Decide(person.GetProperty("id").GetGuid(), p => new GrantRole(grant.Role, grant.Authority).Decide(p, by), by, default);
            var (_, token, _) = await register.IssueToken(person.GetProperty("id").GetGuid(), grants, clearance: true, [], TimeSpan.FromHours(1), by, default);
            return archive.Archive.Program(token);
        }

        Assert.Equal(HttpStatusCode.OK, (await archive.Send(await Both("Klara Kommunstyrelse", "KS"), $"/api/v1/records/{id}")).StatusCode);
        var other = await Both("Berit Barnnämnd", "BN");
        Assert.Equal(HttpStatusCode.NotFound, (await archive.Send(other, $"/api/v1/records/{id}")).StatusCode);
        Assert.Empty(await archive.Search(other, "q=n%C3%A4mndgr%C3%A4nsprov"));
        Assert.Equal(HttpStatusCode.NotFound, (await archive.Send(archive.Neighbour, $"/api/v1/records/{id}")).StatusCode);
    }

    [Fact]
    [Trait("Requirement", "H-19")]
    public async Task a_secret_record_is_opened_with_a_reason_that_the_granskare_can_read()
    {
        await archive.Say("skäl-1", "läsningsskälsprov");
        var id = await archive.Found(archive.Registrator, "läsningsskälsprov");
        await archive.MarkSecret(id);
        await archive.Shown();

        // On the page the question comes first, and shows nothing.
        var asked = await archive.Send(archive.Cleared, $"/handlingar/{id}");
        Assert.Equal($"/handlingar/{id}/oppna", asked.Headers.Location!.ToString());
        Assert.DoesNotContain("läsningsskälsprov", await archive.Cleared.GetStringAsync(new Uri($"/handlingar/{id}/oppna", UriKind.Relative)), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await archive.Send(archive.Registrator, $"/handlingar/{id}/oppna")).StatusCode);

        await archive.Get(archive.Cleared, $"/api/v1/records/{id}?reason=beg%C3%A4ran+om+utl%C3%A4mnande");
        Assert.Contains("läsningsskälsprov", await (await archive.Send(archive.Cleared, $"/handlingar/{id}")).Content.ReadAsStringAsync(), StringComparison.Ordinal);

        var reads = (await archive.Get(archive.Cleared, $"/api/v1/records/{id}/reads")).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(["inget", "begäran om utlämnande"], reads.Select(r => r.GetProperty("reason").GetString() ?? "inget"));
        Assert.All(reads, r => Assert.Equal("Hedda Påhittsdotter", r.GetProperty("name").GetString()));
        Assert.Contains("begäran om utlämnande", await (await archive.Send(archive.Cleared, $"/handlingar/{id}/lasningar")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await archive.Send(archive.Registrator, $"/api/v1/records/{id}/reads")).StatusCode);
        Assert.Equal("0", Assert.Single(await archive.Column("select count(*) from archive.mt_events where type = 'record_opened' and data::text like '%utlämnande%'")));
    }

    private static StringContent JsonBody(object body) => new(JsonSerializer.Serialize(body), System.Text.Encoding.UTF8, "application/json");

    [Fact]
    public async Task lifting_the_mark_brings_everything_back()
    {
        await archive.Say("lift-1", "hävningsprov", by: "Hävda Markering");
        var id = await archive.Found(archive.Registrator, "hävningsprov");
        await archive.MarkSecret(id);
        Assert.Empty(await archive.Search(archive.Registrator, "q=h%C3%A4vningsprov"));

        await archive.Do(archive.Cleared, id, "secrecy/lift", new { reason = "Uppgifterna är offentliga nu." });

        Assert.Equal(id, await archive.Found(archive.Kommunikator, "hävningsprov"));
        Assert.Contains("Hävda", (await archive.Get(archive.Registrator, "/api/v1/accounts?q=h%C3%A4vda")).ToString(), StringComparison.Ordinal);
        Assert.Equal("0", Assert.Single(await archive.Column($"select count(*) from views.record_acts_secret where record_id = '{id}'")));
    }

    [Fact]
    [Trait("Requirement", "I3")]
    [Trait("Requirement", "I2")]
    [Trait("Requirement", "R-10")]
    public async Task the_public_diary_shows_date_and_number_and_withholds_the_rest()
    {
        await archive.Say("pub-1", "offentlighetsprov", at: "2026-03-05T22:59:00Z", by: "Olle Offentlig");
        var id = await archive.Found(archive.Registrator, "offentlighetsprov");
        var number = await archive.Register(id, "synpunkt om offentlighetsprov", "Olle Offentlig");
        await archive.Shown();

        var line = (await archive.Get(archive.Anybody, "/public/diary.json")).GetProperty("items").EnumerateArray().Single(l => l.GetProperty("diaryNumber").GetString() == number);
        Assert.Equal("2026-03-05", line.GetProperty("date").GetString());
        Assert.True(line.GetProperty("withheld").GetBoolean());
        Assert.Equal(JsonValueKind.Null, line.GetProperty("subject").ValueKind);
        Assert.Empty((await archive.Get(archive.Anybody, "/public/diary.json?q=offentlighetsprov")).GetProperty("items").EnumerateArray());
        var page = await (await archive.Anybody.GetAsync(new Uri("/public/diary", UriKind.Relative))).Content.ReadAsStringAsync();
        Assert.Contains("uppgift utelämnad", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Olle Offentlig", page, StringComparison.Ordinal);
        Assert.DoesNotContain(id.ToString(), page, StringComparison.Ordinal);

        await archive.Do(archive.Registrator, id, "release", new { });
        await archive.Shown();
        Assert.Contains("synpunkt om offentlighetsprov", (await archive.Get(archive.Anybody, "/public/diary.json")).ToString(), StringComparison.Ordinal);

        await archive.MarkSecret(id);
        Assert.DoesNotContain("offentlighetsprov", (await archive.Get(archive.Anybody, "/public/diary.json")).ToString(), StringComparison.Ordinal);

        // What was released before the mark is examined anew after it.
        await archive.Do(archive.Cleared, id, "secrecy/lift", new { reason = "Ingen uppgift är hemlig längre." });
        await archive.Shown();
        Assert.DoesNotContain("offentlighetsprov", (await archive.Get(archive.Anybody, "/public/diary.json")).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "I3")]
    [Trait("Requirement", "V-02")]
    public async Task the_public_diary_shows_no_personal_number_and_only_what_a_registrator_has_released()
    {
        await archive.Say("pub-2", "släppningsprov");
        var id = await archive.Found(archive.Registrator, "släppningsprov");
        await archive.Register(id, "fråga från 19121212-1212", "Olle Offentlig");
        await archive.Shown();

        var number = await archive.Registrator.PostAsync(new Uri($"/api/v1/records/{id}/release", UriKind.Relative), null);
        var role = await archive.Kommunikator.PostAsync(new Uri($"/api/v1/records/{id}/release", UriKind.Relative), null);

        Assert.Equal(HttpStatusCode.Forbidden, role.StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, number.StatusCode);
        Assert.Equal("0", Assert.Single(await archive.Column("select count(*) from archive.mt_events where type = 'diary_entry_released' and stream_id = '" + id + "'")));
    }
}
