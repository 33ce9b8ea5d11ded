using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Audit;
using ArchiveService.Features.Persons;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.AccessTests;

[Collection(nameof(WalkedArchive))]
public sealed class The_audit_log(WalkedArchive walked)
{
    private const string Secret = "ett långt lösenord 1";

    private static async Task<JsonElement> Json(HttpClient by, string path)
    {
        var answer = await by.GetAsync(new Uri(path, UriKind.Relative));
        var said = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode}: {said}");
        return JsonDocument.Parse(said).RootElement;
    }

    private static async Task<List<JsonElement>> Items(HttpClient by, string query) => [.. (await Json(by, "/api/v1/audit?" + query)).GetProperty("items").EnumerateArray()];

    private static string? Text(JsonElement item, string name) => item.GetProperty(name).GetString();

    private HttpClient Reviewer => walked.As["gra"];

    private HttpClient Admin => walked.As["adm"];

    [Fact]
    [Trait("Requirement", "H-19")]
    public async Task tells_who_gave_what_to_whom_and_at_which_authority()
    {
        await walked.Served.Token("Gunnar Given", [new("kommunikator", WalkedArchive.Own)], clearance: true);
        var person = await walked.Person("Gunnar Given");
        var token = (await Items(Reviewer, $"subject={person}&kind=nycklar")).Single();

        Assert.Equal(("token_issued", "Gunnar Given", "Kommandoraden"), (Text(token, "kind"), Text(token, "subjectName"), Text(token, "actorName")));
        Assert.StartsWith("kommunikatör, gäller till", Text(token, "detail"), StringComparison.Ordinal);
        var given = await Items(Reviewer, $"subject={person}&kind=role_granted");
        Assert.Equal((WalkedArchive.Own, "kommunikatör"), (Text(Assert.Single(given), "authority"), Text(given[0], "detail")));
        Assert.Equal(["clearance_granted_at", "person_registered", "role_granted"], (await Items(Admin, $"subject={person}&kind=behorighet")).Select(i => Text(i, "kind")).Order(StringComparer.Ordinal));
        Assert.NotEmpty(await Items(Reviewer, "q=gunnar+giv"));
        Assert.Empty(await Items(Reviewer, $"subject={person}&to=2020-01-01"));

        // An administrator of another authority neither sees it nor learns that there is something.
        Assert.Empty(await Items(walked.As["other"], $"subject={person}"));
        Assert.Equal(HttpStatusCode.NotFound, (await walked.As["other"].GetAsync(new Uri($"/api/v1/audit?authority={WalkedArchive.Own}", UriKind.Relative))).StatusCode);
    }

    [Fact]
    [Trait("Requirement", "H-19")]
    public async Task shows_readings_to_reviewers_and_not_to_administrators()
    {
        var record = await walked.Comment("loggprov-1", "Loggprov");
        foreach (var (what, command) in new (string, object)[] { ("register", new { newCase = new { title = "Loggprov" }, subject = "Loggprov" }), ("secrecy", new { provision = "OSL 25 kap. 1 §" }) })
            Assert.True((await walked.As["all"].PostAsJsonAsync(new Uri($"/api/v1/records/{record}/{what}", UriKind.Relative), command)).IsSuccessStatusCode);
        await Json(walked.As["all"], $"/api/v1/records/{record}");

        Assert.Equal(("record_opened", record.ToString()), (await Items(walked.As["all"], $"record={record}")).Select(i => (Text(i, "kind"), Text(i, "record"))).First());
        foreach (var blind in new[] { Reviewer, Admin }) Assert.Empty(await Items(blind, $"record={record}"));
        Assert.DoesNotContain(await Items(Admin, ""), i => Text(i, "group") is "lasningar" or "granskning");
        Assert.Empty(await Items(Admin, "kind=lasningar"));

        // Nor does a hold tell of it.
        Assert.True((await walked.As["all"].PostAsJsonAsync(new Uri("/api/v1/holds", UriKind.Relative), new { authority = WalkedArchive.Own, record, ground = "litigation", reason = "Loggprov" })).IsSuccessStatusCode);
        var hold = await walked.Served.Value<Guid>($"select hold_id from archive.holds where target_id = '{record}'");
        Assert.Contains(await Items(walked.As["all"], "kind=disposal_held"), i => i.GetProperty("stream").GetGuid() == hold);
        Assert.DoesNotContain(await Items(Reviewer, "kind=disposal_held"), i => i.GetProperty("stream").GetGuid() == hold);
    }

    [Fact]
    public async Task is_for_reviewers_and_administrators_and_says_so()
    {
        foreach (var who in new[] { "mod", "reg", "ark", "chef", "kom", "none", "con" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await walked.As[who].GetAsync(new Uri("/api/v1/audit", UriKind.Relative))).StatusCode);
            Assert.Equal(HttpStatusCode.Forbidden, (await walked.As[who].GetAsync(new Uri("/api/v1/audit.csv?kind=x", UriKind.Relative))).StatusCode);
            Assert.Equal(HttpStatusCode.Forbidden, (await walked.As[who].GetAsync(new Uri("/granskning/logg", UriKind.Relative))).StatusCode);
        }

        foreach (var wrong in new[] { "kind=Fel%20ord", "actor=x", "from=x", "cursor=x", $"q={new string('x', 101)}" })
            Assert.Equal(HttpStatusCode.BadRequest, (await Reviewer.GetAsync(new Uri("/api/v1/audit?" + wrong, UriKind.Relative))).StatusCode);
    }

    [Fact]
    [Trait("Requirement", "H-19")]
    public async Task turns_pages_goes_out_as_a_file_and_notes_both()
    {
        var name = "Lotta Läsare";
        var by = walked.Served.Program(await walked.Served.Token(name, [new("revisor", WalkedArchive.Own)]));
        var person = await walked.Person(name);
        async Task<long> Noted(string kind) => await walked.Served.Value<long>($"select count(*) from archive.mt_events where stream_id = '{person}' and type = '{kind}'");

        var first = await Json(by, "/api/v1/audit");
        Assert.Equal(AuditLog.PageSize, first.GetProperty("items").GetArrayLength());
        var second = await Json(by, $"/api/v1/audit?cursor={Uri.EscapeDataString(first.GetProperty("next").GetString()!)}");
        Assert.Empty(first.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetGuid()).Intersect(second.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetGuid())));
        Assert.True(second.GetProperty("items")[0].GetProperty("at").GetDateTimeOffset() <= first.GetProperty("items")[AuditLog.PageSize - 1].GetProperty("at").GetDateTimeOffset());
        Assert.Equal(1, await Noted("audit_opened"));

        var file = await by.GetAsync(new Uri("/granskning/logg.csv?kind=behorighet", UriKind.Relative));
        var text = await file.Content.ReadAsStringAsync();
        Assert.Equal("text/csv", file.Content.Headers.ContentType?.MediaType);
        Assert.Contains(";role_granted;", text, StringComparison.Ordinal);
        Assert.DoesNotContain(";logged_in;", text, StringComparison.Ordinal);
        Assert.Equal(1, await Noted("audit_exported"));
        Assert.Equal("audit_exported", Text((await Items(by, $"actor={person}&kind=granskning"))[0], "kind"));

        var page = await by.GetStringAsync(new Uri("/granskning/logg?q=lotta", UriKind.Relative));
        Assert.Contains("Lotta Läsare", WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        Assert.Contains("Roll given", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task knows_every_log_in_every_failure_and_every_lock_without_the_name_that_nobody_has()
    {
        var authority = await walked.Served.Value<Guid>($"select authority_id from archive.authorities where code = '{WalkedArchive.Own}'");
        var person = await walked.Served.User("Inga Inloggning", "inga", Secret, new Grant(Role.Registrator, authority));
        await ServedArchive.LogIn(walked.Served.Browser(), "inga", "fel lösenord helt");
        await ServedArchive.LogIn(walked.Served.Browser(), "okänd-väggprov", "fel lösenord helt");
        var browser = walked.Served.Browser();
        await ServedArchive.LogIn(browser, "inga", Secret);
        await ServedArchive.Post(browser, "/sok", "/logga-ut");

        Assert.Equal(["logged_out", "logged_in", "log_in_failed"], (await Items(Reviewer, $"subject={person}&kind=inloggning")).Select(i => Text(i, "kind")).Where(k => k is "logged_out" or "logged_in" or "log_in_failed"));
        Assert.NotEqual(0, await walked.Served.Value<long>("select count from archive.log_in_failures where person_id is null"));
        Assert.Equal(0, await walked.Served.Value<long>("select count(*) from archive.mt_events where data::text like '%okänd-väggprov%' or user_name like '%okänd%'"));

        // A flood is one event an hour, and a number.
        var logIns = walked.Served.Services.GetRequiredService<LogIns>();
        var notes = walked.Served.Services.GetRequiredService<LogInNotes>();
        for (var n = 0; n < 40; n++) await notes.Failed("inga", default);
        Assert.InRange(await walked.Served.Value<long>($"select count(*) from archive.mt_events where stream_id = '{person}' and type = 'log_in_failed'"), 1, 2);
        Assert.Contains("gånger den timmen", Text((await Items(Reviewer, $"subject={person}&kind=log_in_failed"))[0], "detail"), StringComparison.Ordinal);

        await walked.Served.Value<object>($"update archive.users set failures = {LogIns.FreeFailures - 1} where person_id = '{person}' returning 1");
        Assert.Null(await logIns.Try("inga", "fel lösenord helt", default));
        Assert.StartsWith($"{LogIns.FreeFailures} fel i rad", Text(Assert.Single(await Items(Reviewer, $"subject={person}&kind=account_locked")), "detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task is_what_the_log_of_events_says()
    {
        var kinds = string.Join(", ", AuditKinds.Names(walked.Served.Services.GetRequiredService<ArchiveService.EventStore.EventTypes>()).Select(k => $"'{k}'"));

        Assert.Equal(0, await walked.Served.Value<long>($"select count(*) from (select id from archive.mt_events where type in ({kinds}) except select event_id from archive.audit_entries) x"));
        Assert.Equal(0, await walked.Served.Value<long>($"select count(*) from (select event_id from archive.audit_entries except select id from archive.mt_events where type in ({kinds})) x"));
        Assert.Equal(0, await walked.Served.Value<long>("select count(*) from archive.audit_entries where authority_id is null and kind in ('channel_registered', 'policy_decided', 'assignment_ended', 'disposal_approved', 'disposal_hold_lifted', 'role_granted') and kind <> 'role_granted'"));
    }

    [Fact]
    public async Task finds_its_lines_by_an_index_when_the_log_is_long()
    {
        await using var connection = await walked.Served.Databases.Owner.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        async Task<string> Ask(string sql)
        {
            await using var command = new Npgsql.NpgsqlCommand(sql, connection, transaction);
            await using var rows = await command.ExecuteReaderAsync();
            var said = new List<string>();
            while (await rows.ReadAsync()) said.Add(rows.GetValue(0).ToString()!);
            return string.Join('\n', said);
        }

        await Ask("""
            insert into archive.audit_entries (event_id, recorded_at, kind, stream_id, version, authority_id, actor_id, subject_id)
            select gen_random_uuid(), now() - n * interval '1 minute', (array['role_granted', 'logged_in', 'policy_decided', 'channel_paused'])[1 + n % 4], gen_random_uuid(), 1, null, ('00000000-0000-0000-0000-' || lpad((n % 500)::text, 12, '0'))::uuid, ('00000000-0000-0000-0000-' || lpad((n % 400)::text, 12, '0'))::uuid
            from generate_series(1, 30000) n returning null
            """);
        await Ask("analyze archive.audit_entries");
        foreach (var condition in new[] { "true", "kind = 'policy_decided'", "actor_id = '00000000-0000-0000-0000-000000000007'", "subject_id = '00000000-0000-0000-0000-000000000007'" })
            Assert.DoesNotContain("Seq Scan", await Ask($"explain select * from archive.audit_entries a where {condition} order by recorded_at desc, event_id desc limit 51"), StringComparison.Ordinal);
    }
}
