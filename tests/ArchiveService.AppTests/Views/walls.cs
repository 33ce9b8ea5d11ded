using System.Net;
using System.Text.Json;

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
