using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.AppTests.Commands;
using ArchiveService.Features.Assignments;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Persons;
using ArchiveService.Features.Verify;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Assignments;

/// <summary>I11: who acts in a channel has an uppdrag in force for it, once the channel is in use.</summary>
[Collection(nameof(CommandArchive))]
public sealed class Assignments_in_channels(CommandArchive archive)
{
    private static readonly object Insult = new { grounds = new[] { "HATE_SPEECH" }, motivation = "Hets" };

    private static readonly object InAnEmergency = new { grounds = new[] { "HATE_SPEECH" }, motivation = "Hets", emergency = true };

    [Fact]
    [Trait("Requirement", "I11")]
    [Trait("Requirement", "V-12")]
    public async Task are_asked_for_from_the_first_one_given_and_not_before()
    {
        var channel = await Established("UPDA", "vastarvet");
        var (chef, mo) = (await Chef("Cia Chef"), await Person("Mo Moderator"));
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{await archive.A_comment("UPDA")}/hide"), Insult));

        var given = await Ok(await chef.PostAsJsonAsync(At("/api/v1/assignments"), new { channel, person = await Person("Annan Anställd"), function = "moderator", decision = "Beslut 1" }));
        Assert.False(given.GetProperty("awaitsAuthorisation").GetBoolean());
        var record = await archive.A_comment("UPDA");
        foreach (var act in new[] { "hide", "unpublish" })
            Assert.Equal((409, "assignment-missing"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{record}/{act}"), Insult)));

        await Ok(await chef.PostAsJsonAsync(At("/api/v1/assignments"), new { authority = "UPDA", person = mo, function = "answers", decision = "Beslut 2" }));
        Assert.Equal((409, "assignment-missing"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{record}/hide"), Insult)));
        Assert.Equal((true, false), (await Missing(AssignmentUse.Moderate), await Missing(AssignmentUse.Answer)));
        var all = await Ok(await chef.PostAsJsonAsync(At("/api/v1/assignments"), new { authority = "UPDA", person = mo, function = "administrator", decision = "Beslut 3" }));
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{record}/hide"), Insult));

        await Ok(await chef.PostAsJsonAsync(At($"/api/v1/assignments/{all.GetProperty("id").GetGuid()}/end"), new { reason = "Byter tjänst" }));
        Assert.Equal((409, "assignment-missing"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{record}/restore"), new { reason = "Fel" })));
        Assert.Equal((409, "assignment-ended"), await Refused(await chef.PostAsJsonAsync(At($"/api/v1/assignments/{all.GetProperty("id").GetGuid()}/end"), new { reason = "Igen" })));
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{record}/assess"), new { minor = false }));

        async Task<bool> Missing(AssignmentUse use)
        {
            var authority = (await archive.Served.Services.GetRequiredService<AuthorityRegister>().Find("UPDA", default))!;
            return await new AssignmentDemand(authority.Policy, use).Missing(archive.Served.Databases, authority.Id, channel, new Caller(mo, "Mo", [new(Role.Moderator, null)], false, false, []), Today, default) is not null;
        }
    }

    [Fact]
    [Trait("Requirement", "I11")]
    public async Task are_asked_for_at_once_where_the_policy_says_always()
    {
        await Established("UPDB", "custom");
        await Ok(await archive.Everybody.PutAsJsonAsync(At("/api/v1/authorities/UPDB"), new { policy = new Dictionary<string, string> { ["assignment.required"] = "always" }, decisionReference = "KS § 3" }));

        Assert.Equal((409, "assignment-missing"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{await archive.A_comment("UPDB")}/hide"), Insult)));
    }

    [Fact]
    [Trait("Requirement", "H-06")]
    [Trait("Requirement", "H-08")]
    public async Task wait_for_the_other_decision_where_there_are_two()
    {
        var channel = await Established("UPDC", "herrljunga");
        var (chef, mo, record) = (await Chef("Cia Chef"), await Person("Mo Moderator"), await archive.A_comment("UPDC"));
        var given = await Ok(await chef.PostAsJsonAsync(At("/api/v1/assignments"), new { channel, person = mo, function = "moderator", decision = "Uppdrag 1", introducedOn = "2026-01-01" }));
        var id = given.GetProperty("id").GetGuid();

        Assert.True(given.GetProperty("awaitsAuthorisation").GetBoolean());
        Assert.Equal((409, "assignment-missing"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{record}/hide"), Insult)));
        Assert.Equal((400, "decision-reference-missing"), await Refused(await chef.PostAsJsonAsync(At($"/api/v1/assignments/{id}/authorise"), new { })));
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/assignments/{id}/authorise"), new { decision = "Mitt" })));
        await Ok(await chef.PostAsJsonAsync(At($"/api/v1/assignments/{id}/authorise"), new { decision = "Förvaltningschefens beslut 9" }));
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{record}/hide"), Insult));

        var listed = (await Ok(await chef.GetAsync(At($"/api/v1/assignments?channel={channel}")))).GetProperty("items")[0];
        Assert.Equal(("Uppdrag 1", "Förvaltningschefens beslut 9", "inForce", "Mo Moderator"), (listed.GetProperty("decision").GetString(), listed.GetProperty("authorisationDecision").GetString(), listed.GetProperty("standing").GetString(), listed.GetProperty("name").GetString()));
        Assert.Empty((await Ok(await chef.GetAsync(At($"/api/v1/assignments?channel={channel}&person={mo}&at=2020-01-01")))).GetProperty("items").EnumerateArray());
        var told = await archive.Served.Value<string>($"select string_agg(data::text, '') from archive.mt_events where stream_id = '{id}'");
        Assert.DoesNotContain("Uppdrag 1", told, StringComparison.Ordinal);
        Assert.DoesNotContain("Förvaltningschefens", told, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "I11")]
    [Trait("Requirement", "T-14")]
    [Trait("Requirement", "R-11")]
    public async Task never_stand_in_the_way_of_an_emergency_which_somebody_with_authority_confirms()
    {
        var channel = await Established("UPDD", "norrkoping");
        var (chef, record) = (await Chef("Cia Chef"), await archive.A_comment("UPDD"));
        var before = await archive.A_comment("UPDD");
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{before}/hide"), InAnEmergency));
        Assert.Equal((403, "not-allowed"), await Refused(await chef.PostAsJsonAsync(At($"/api/v1/records/{before}/confirm-emergency"), new { upheld = true, motivation = "Rätt" })));
        await Ok(await chef.PostAsJsonAsync(At("/api/v1/assignments"), new { channel, person = await Person("Annan Anställd"), function = "moderator", decision = "Beslut 1" }));

        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{record}/unpublish"), InAnEmergency));
        Assert.Equal((409, "emergency-never-deletes"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{record}/delete-from-channel"), InAnEmergency)));
        foreach (var who in new[] { archive.Moderator, archive.Registrator })
            Assert.Equal((409, "assignment-missing"), await Refused(await who.PostAsJsonAsync(At($"/api/v1/records/{record}/confirm-emergency"), new { upheld = true, motivation = "Rätt" })));
        await Ok(await chef.PostAsJsonAsync(At($"/api/v1/records/{record}/confirm-emergency"), new { upheld = true, motivation = "Rätt" }));
        Assert.False((await archive.State(record)).EmergencyUnconfirmed);
        var browser = await archive.Browser("nödchefen", Role.Chef);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, $"/handlingar/{before}/nodatgard", $"/handlingar/{before}/nodatgard", ("Upheld", "yes"), ("Motivation", "Rätt"))).StatusCode);
    }

    [Fact]
    [Trait("Requirement", "H-07")]
    public async Task let_a_substitute_act_while_named_and_the_assignment_holds()
    {
        var channel = await Established("UPDE", "vastarvet");
        var (chef, mo, record) = (await Chef("Cia Chef"), await Person("Mo Moderator"), await archive.A_comment("UPDE"));
        var id = (await Ok(await chef.PostAsJsonAsync(At("/api/v1/assignments"), new { channel, person = await Person("Annan Anställd"), function = "moderator", decision = "Beslut 1" }))).GetProperty("id").GetGuid();
        var today = Today;

        await Ok(await chef.PostAsJsonAsync(At($"/api/v1/assignments/{id}/substitutes"), new { person = mo, from = today.AddDays(5), until = today.AddDays(9) }));
        Assert.Equal((409, "assignment-missing"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{record}/hide"), Insult)));
        Assert.Equal((400, "substitute-period"), await Refused(await chef.PostAsJsonAsync(At($"/api/v1/assignments/{id}/substitutes"), new { person = mo, from = today.AddDays(-2), until = today.AddDays(3) })));
        await Ok(await chef.PostAsJsonAsync(At($"/api/v1/assignments/{id}/substitutes"), new { person = mo, until = today.AddDays(3) }));

        // The replay of the channel says who acts in whose place that day.
        await EvidenceTests.After_a_restore_that_is_behind.Vouched(archive.Served);
        var fields = (await Ok(await archive.Registrator.GetAsync(At($"/api/v1/replay/channels/{channel}/state")))).GetProperty("fields").EnumerateArray().Where(f => f.GetProperty("key").GetString()!.StartsWith($"substitute:{id}", StringComparison.Ordinal)).ToList();
        Assert.StartsWith("Mo Moderator för ", Assert.Single(fields).GetProperty("value").GetString(), StringComparison.Ordinal);
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{record}/hide"), Insult));
        await Ok(await chef.PostAsJsonAsync(At($"/api/v1/assignments/{id}/end"), new { reason = "Slutar" }));
        Assert.Equal((409, "assignment-missing"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{record}/restore"), new { reason = "Fel" })));
    }

    /// <summary>The take-down has hold of the assignment and waits for its stream; the withdrawal waits for the take-down, and stands after it in the log.</summary>
    [Fact]
    [Trait("Requirement", "I11")]
    public async Task that_are_ended_while_a_take_down_is_under_way_end_after_it()
    {
        var (channel, chef, id) = await WithAssignment("UPDF");
        var record = await archive.A_comment("UPDF");
        await using var connection = await archive.Served.Databases.Owner.OpenConnectionAsync();
        await using var stop = await connection.BeginTransactionAsync();
        await using (var hold = new Npgsql.NpgsqlCommand($"select from archive.mt_streams where id = '{record}' for update", connection, stop)) await hold.ExecuteNonQueryAsync();

        var hiding = archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{record}/hide"), Insult);
        await Waiting(1);
        var ending = chef.PostAsJsonAsync(At($"/api/v1/assignments/{id}/end"), new { reason = "Slutar" });
        await Waiting(2);
        await stop.RollbackAsync();

        var hidden = (await Ok(await hiding)).GetProperty("lastSequence").GetInt64();
        Assert.True(hidden < (await Ok(await ending)).GetProperty("lastSequence").GetInt64());
    }

    /// <summary>The other way round: what waits behind a withdrawal is refused.</summary>
    [Fact]
    [Trait("Requirement", "I11")]
    public async Task that_are_being_ended_let_nothing_through_behind()
    {
        var (channel, chef, id) = await WithAssignment("UPDG");
        var record = await archive.A_comment("UPDG");
        await using var connection = await archive.Served.Databases.Owner.OpenConnectionAsync();
        await using var stop = await connection.BeginTransactionAsync();
        await using (var hold = new Npgsql.NpgsqlCommand($"select from archive.mt_streams where id = '{id}' for update", connection, stop)) await hold.ExecuteNonQueryAsync();

        var ending = chef.PostAsJsonAsync(At($"/api/v1/assignments/{id}/end"), new { reason = "Slutar" });
        await Waiting(1);
        var hiding = archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{record}/hide"), Insult);
        await Waiting(2);
        await stop.RollbackAsync();

        await Ok(await ending);
        Assert.Equal((409, "assignment-missing"), await Refused(await hiding));
    }

    [Fact]
    [Trait("Requirement", "H-04")]
    public async Task are_given_on_the_channels_page_and_seen_in_the_lists()
    {
        var channel = await Established("UPDH", "herrljunga");
        var (page, mo) = ($"/kanaler/{channel}/uppdrag", await Person("Mo Moderator"));
        var browser = await archive.Browser("uppdragschefen", Role.Chef);

        Assert.Contains("Uppdrag krävs inte ännu", WebUtility.HtmlDecode(await browser.GetStringAsync(At(page))), StringComparison.Ordinal);
        var asked = new[] { ("Person", $"{mo}"), ("Function", "moderator"), ("Scope", "channel"), ("Until", $"{Today.AddDays(10):yyyy-MM-dd}"), ("Decision", "") };
        var refused = WebUtility.HtmlDecode(await (await ServedArchive.Post(browser, page, $"{page}?handler=Give", asked)).Content.ReadAsStringAsync());
        Assert.Contains("Ange beslutet, med datum eller diarienummer", refused, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, $"{page}?handler=Give", [.. asked[..^1], ("Decision", "Uppdrag 2026-1")])).StatusCode);
        var given = await archive.Served.Value<Guid>($"select assignment_id from archive.assignments where channel_id = '{channel}'");
        Assert.Contains("Väntar på förvaltningschefens beslut", WebUtility.HtmlDecode(await browser.GetStringAsync(At(page))), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, $"{page}?handler=Authorise", ("assignment", $"{given}"), ("reference", "Förvaltningschefen 5"))).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, $"{page}?handler=Substitute", ("assignment", $"{given}"), ("substitute", $"{await Person("Annan Anställd")}"), ("last", $"{Today.AddDays(5):yyyy-MM-dd}"))).StatusCode);

        var shown = WebUtility.HtmlDecode(await browser.GetStringAsync(At(page)));
        Assert.Contains("Uppdrag 2026-1", shown, StringComparison.Ordinal);
        Assert.Contains("Förvaltningschefen 5", shown, StringComparison.Ordinal);
        Assert.Contains("Annan Anställd", shown, StringComparison.Ordinal);
        var users = WebUtility.HtmlDecode(await browser.GetStringAsync(At("/behoriga")));
        Assert.Contains("Går ut inom 30 dagar", users, StringComparison.Ordinal);
        Assert.Contains("ersätts nu av", users, StringComparison.Ordinal);
        var admin = await archive.Browser("uppdragsadmin", Role.Admin);
        Assert.Contains("Facebook UPDH", WebUtility.HtmlDecode(await admin.GetStringAsync(At($"/anvandare/{mo}"))), StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, $"{page}?handler=End", ("assignment", $"{given}"), ("reason", "Slutar i juni"))).StatusCode);
        Assert.Contains("Slutar i juni", WebUtility.HtmlDecode(await browser.GetStringAsync(At(page))), StringComparison.Ordinal);
        var reader = await archive.Browser("uppdragsläsaren", Role.Kommunikator);
        Assert.DoesNotContain("Ge ett uppdrag", WebUtility.HtmlDecode(await reader.GetStringAsync(At(page))), StringComparison.Ordinal);
        var moderator = await archive.Browser("uppdragslös", Role.Moderator);
        Assert.Contains("Du har inget gällande uppdrag för kanalen", WebUtility.HtmlDecode(await moderator.GetStringAsync(At($"/handlingar/{await archive.A_comment("UPDH")}/ta-ned"))), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "T-03")]
    [Trait("Requirement", "T-12")]
    public async Task are_given_by_a_chef_of_the_authority_only()
    {
        var channel = await Established("UPDI", "vastarvet");
        var body = new { channel, person = await Person("Mo Moderator"), function = "moderator", decision = "Beslut 1" };

        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(At("/api/v1/assignments"), body)));
        var elsewhere = archive.Served.Program(await archive.Served.Token("Chef Annanstans", [new("chef", "VA")]));
        Assert.Equal((404, "channel-unknown"), await Refused(await elsewhere.PostAsJsonAsync(At("/api/v1/assignments"), body)));
        Assert.Equal((404, "authority-unknown"), await Refused(await elsewhere.PostAsJsonAsync(At("/api/v1/assignments"), new { authority = "UPDI", body.person, body.function, body.decision })));
        var (_, chef, id) = await WithAssignment("UPDI");
        Assert.Equal((404, "assignment-unknown"), await Refused(await elsewhere.PostAsJsonAsync(At($"/api/v1/assignments/{id}/end"), new { reason = "x" })));
        Assert.Empty((await Ok(await elsewhere.GetAsync(At($"/api/v1/assignments?channel={channel}")))).GetProperty("items").EnumerateArray());
        Assert.Equal((404, "assignment-unknown"), await Refused(await chef.PostAsJsonAsync(At($"/api/v1/assignments/{channel}/end"), new { reason = "x" })));
        Assert.Equal((412, "changed-meanwhile"), await Refused(await Conditional(chef, $"/api/v1/assignments/{id}/end", 7, new { reason = "x" })));
    }

    [Fact]
    public async Task stand_in_the_tables_as_in_the_log_and_verify_sees_it_when_they_do_not()
    {
        var (_, _, id) = await WithAssignment("UPDJ");
        Assert.DoesNotContain((await Verified()).Findings, f => f.Code is "assignments-differ" or "delegations-differ" or "policy-version-differs" && f.Subject == id);

        await archive.Served.Value<object>($"update archive.assignments set valid_until = '2099-01-01' where assignment_id = '{id}' returning 1");
        Assert.Contains((await Verified()).Findings, f => f.Code == "assignments-differ" && f.Subject == id);
        await archive.Served.Value<object>($"update archive.assignments set valid_until = null where assignment_id = '{id}' returning 1");
    }

    private DateOnly Today => archive.Served.Services.GetRequiredService<AssignmentList>().Today;

    private Task<Verification> Verified() => ActivatorUtilities.CreateInstance<VerifyArchive>(archive.Served.Services).Run(null, default);

    private async Task<(Guid Channel, HttpClient Chef, Guid Id)> WithAssignment(string code)
    {
        var channel = await Established(code, "vastarvet");
        var chef = await Chef("Cia Chef");
        var given = await Ok(await chef.PostAsJsonAsync(At("/api/v1/assignments"), new { channel, person = await Person("Mo Moderator"), function = "moderator", decision = "Beslut 1" }));
        return (channel, chef, given.GetProperty("id").GetGuid());
    }

    private async Task<Guid> Established(string code, string preset)
    {
        await Ok(await archive.Everybody.PutAsJsonAsync(At($"/api/v1/authorities/{code}"), new { name = $"Nämnden {code}", preset }));
        if (!archive.Channels.TryGetValue(code, out var channel))
            archive.Channels[code] = channel = (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = code, platform = "facebook", nativeAccountId = $"own-{code}", handle = code, purpose = "Dialog" }))).GetProperty("id").GetGuid();
        return channel;
    }

    private async Task<HttpClient> Chef(string name) => archive.Served.Program(await archive.Served.Token(name, [new("chef")]));

    private async Task<Guid> Person(string name)
    {
        var register = archive.Served.Services.GetRequiredService<PersonRegister>();
        var ensured = await register.Ensure(name, null, null, [new(Role.Moderator, null)], clearance: false, CommandLineCaller.Caller, default);
        return Assert.IsType<Registered.Done>(ensured).Id;
    }

    private static async Task<HttpResponseMessage> Conditional(HttpClient client, string path, long version, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, At(path)) { Content = JsonContent.Create(body) };
        request.Headers.TryAddWithoutValidation("If-Match", $"\"{version}\"");
        return await client.SendAsync(request);
    }

    /// <summary>Until so many sessions wait for a lock.</summary>
    private async Task Waiting(int sessions)
    {
        await using var watcher = await archive.Served.Database!.Superuser.OpenConnectionAsync();
        await using var waiting = new Npgsql.NpgsqlCommand("select count(*) from pg_stat_activity where datname = current_database() and usename = 'archive_writer' and wait_event_type = 'Lock'", watcher);
        for (var i = 0; i < 500; i++)
        {
            if ((long)(await waiting.ExecuteScalarAsync())! >= sessions) return;
            await Task.Delay(20);
        }

        Assert.Fail("Nobody waits.");
    }
}

/// <summary>With a clock that stands until it is moved.</summary>
public sealed class An_assignment_on_its_last_day : IAsyncLifetime
{
    // Half past eleven in the evening of 30 June, Swedish summer time.
    private readonly SetClock clock = new(new(2026, 6, 30, 21, 30, 0, TimeSpan.Zero));

    private ServedArchive served = null!;

    public async Task InitializeAsync()
    {
        served = await ServedArchive.Start(builder => builder.Services.AddSingleton<TimeProvider>(clock));
        await served.Services.GetRequiredService<ArchiveService.Attachments.IObjectStore>().Probe(default);
    }

    public Task DisposeAsync() => served.DisposeAsync().AsTask();

    [Fact]
    [Trait("Requirement", "I11")]
    public async Task lapses_at_midnight_in_Sweden_and_not_in_Greenwich()
    {
        var all = served.Program(await served.Token("Ada Admin", [new("admin"), new("kommunikator"), new("moderator"), new("chef")], lasts: TimeSpan.FromDays(3)));
        var mo = served.Program(await served.Token("Mo Moderator", [new("moderator")], lasts: TimeSpan.FromDays(3)));
        var person = await served.Value<Guid>("select person_id from views.persons where name = 'Mo Moderator'");
        await Ok(await all.PutAsJsonAsync(At("/api/v1/authorities/VA"), new { name = "Nämnden", preset = "vastarvet" }));
        var channel = (await Ok(await all.PostAsJsonAsync(At("/api/v1/channels"), new { authority = "VA", platform = "facebook", nativeAccountId = "own", handle = "VA", purpose = "Dialog" }))).GetProperty("id").GetGuid();
        await Ok(await all.PostAsJsonAsync(At("/api/v1/assignments"), new { channel, person, function = "moderator", until = "2026-06-30", decision = "Sommarvikariat" }));
        await Ok(await all.PostAsJsonAsync(At("/api/v1/assignments"), new { channel, person, function = "moderator", from = "2026-07-02", decision = "Nytt uppdrag" }));

        Assert.Null(await Hide("1"));
        clock.Advance(TimeSpan.FromMinutes(29));
        Assert.Null(await Hide("2"));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("assignment-missing", await Hide("3"));
        Assert.Equal("lapsed", (await Ok(await all.GetAsync(At($"/api/v1/assignments?channel={channel}")))).GetProperty("items")[0].GetProperty("standing").GetString());
        clock.Advance(TimeSpan.FromHours(24));
        Assert.Null(await Hide("4"));

        async Task<string?> Hide(string native)
        {
            var line = JsonSerializer.Serialize(new { act = "create", nativeId = native, kind = "comment", author = new { nativeId = "77", displayName = "Nils" }, audience = "public", occurredAt = "2026-03-01T12:00:00Z", text = "hej" });
            using var content = new StringContent(line, Encoding.UTF8, "application/x-ndjson");
            await Ok(await all.PostAsync(At($"/api/v1/channels/{channel}/captures"), content));
            var record = served.Services.GetRequiredService<KeyedIds>().Record(channel, "facebook", "native", native);
            var answer = await mo.PostAsJsonAsync(At($"/api/v1/records/{record}/hide"), new { grounds = new[] { "HATE_SPEECH" }, motivation = "Hets" });
            return answer.IsSuccessStatusCode ? null : (await Refused(answer)).Code;
        }
    }
}
