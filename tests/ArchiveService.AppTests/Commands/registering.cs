using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Testing;
using Npgsql;
using static ArchiveService.AppTests.Commands.CommandArchive;
using Registration = ArchiveService.Features.Records.Registration;

namespace ArchiveService.AppTests.Commands;

[Collection(nameof(CommandArchive))]
public sealed partial class Registering(CommandArchive archive)
{
    [GeneratedRegex(@"\d+(?=/)")]
    private static partial Regex Number { get; }

    [Theory]
    [InlineData("HKS", @"^HKS \d+/\d{4} 956$")]
    [InlineData("NKS", @"^NKS-\d+/\d{4} 003$")]
    [InlineData("VA", @"^VA \d{4}–\d{5}$")]
    [Trait("Requirement", "I2")]
    [Trait("Requirement", "I7")]
    [Trait("Requirement", "H-01")]
    public async Task gives_the_guidelines_own_number_I2_I7(string authority, string form)
    {
        var id = await archive.A_comment(authority);

        var registered = await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), NewCase()));

        Assert.Matches(form, registered.GetProperty("diaryNumber").GetString()!);
        var state = await archive.State(id);
        Assert.Equal((Registration.Registered, registered.GetProperty("diaryNumber").GetString()), (state.Registration, state.DiaryNumber));
    }

    [Fact]
    [Trait("Requirement", "N-07")]
    public async Task into_an_existing_case_gives_the_next_document_number()
    {
        var first = await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{await archive.A_comment()}/register"), NewCase()));
        var second = await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{await archive.A_comment()}/register"), new { caseId = first.GetProperty("caseId").GetGuid(), subject = "Svar" }));

        Assert.Equal(first.GetProperty("diaryNumber").GetString(), second.GetProperty("diaryNumber").GetString());
        Assert.Equal(2, second.GetProperty("documentNumber").GetInt32());
    }

    [Fact]
    [Trait("Requirement", "I7")]
    public async Task by_many_at_once_takes_every_number_once_and_leaves_no_gap_I7()
    {
        var records = new List<Guid>();
        for (var i = 0; i < 24; i++) records.Add(await archive.A_comment("NKS"));

        var answers = await Task.WhenAll(records.Select(async (id, i) => await archive.Registrator.PostAsJsonAsync(
            At($"/api/v1/records/{id}/register"), i % 4 == 3 ? new { caseId = Guid.Empty, subject = "Finns inte" } : NewCase())));

        var numbers = new List<int>();
        foreach (var answer in answers.Where(a => a.IsSuccessStatusCode)) numbers.Add(int.Parse(Number.Match((await Ok(answer)).GetProperty("diaryNumber").GetString()!).Value));
        Assert.Equal(18, numbers.Count);
        Assert.Equal(numbers.Count, numbers.Distinct().Count());
        var all = await archive.Served.Value<long>("select count(*) from archive.cases c join archive.authorities a using (authority_id) where a.code = 'NKS'");
        Assert.Equal(all, await archive.Served.Value<long>("select max(last) from archive.diary_counters d join archive.diary_series s using (series_id) join archive.authorities a using (authority_id) where a.code = 'NKS'"));
    }

    [Fact]
    public async Task by_two_registrars_on_what_both_have_read_lets_one_win_and_tells_the_other()
    {
        var id = await archive.A_comment();
        var version = (await archive.State(id)).Version;

        var answers = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Send(id, version)));

        Assert.Single(answers, a => a.IsSuccessStatusCode);
        Assert.Equal((412, "changed-meanwhile"), await Refused(answers.Single(a => !a.IsSuccessStatusCode)));
    }

    [Fact]
    [Trait("Requirement", "I8")]
    public async Task twice_is_refused_I8()
    {
        var id = await archive.A_comment();
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), NewCase()));

        Assert.Equal((409, "already-registered"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), NewCase())));
    }

    [Fact]
    [Trait("Requirement", "I2")]
    public async Task is_refused_to_who_is_no_registrator_and_without_a_subject_I2()
    {
        var id = await archive.A_comment();

        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), NewCase())));
        Assert.Equal((400, "subject-missing"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), NewCase(subject: ""))));
        Assert.Equal((409, "diary-mode"), await Refused(await archive.Registrator.PostAsJsonAsync(
            At($"/api/v1/records/{id}/register"), new { external = new { system = "Platina", diaryNumber = "KS 2026/1", registeredAt = "2026-03-02T08:00:00Z" }, subject = "x" })));
    }

    [Fact]
    [Trait("Requirement", "I7")]
    public async Task that_dies_with_its_connection_leaves_neither_number_nor_entry()
    {
        var id = await archive.A_comment("VA");
        var before = await archive.Served.Value<long?>("select coalesce(sum(last), 0)::bigint from archive.diary_counters");

        // Holds the record's stream, so that the registration waits with its transaction open; then every waiting backend is shot.
        await using (var connection = await archive.Served.Databases.Writer.OpenConnectionAsync())
        await using (var holding = await connection.BeginTransactionAsync())
        {
            await using (var hold = new NpgsqlCommand("select 1 from archive.mt_streams where id = $1 for update", connection, holding) { Parameters = { new() { Value = id } } }) await hold.ExecuteScalarAsync();
            var dying = archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), NewCase());
            await using var shoot = archive.Served.Databases.Owner.CreateCommand("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()");
            for (var i = 0; i < 200 && (long)(await shoot.ExecuteScalarAsync())! == 0; i++) await Task.Delay(20);
            await using var kill = archive.Served.Databases.Writer.CreateCommand("select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database() and usename = current_user");
            await kill.ExecuteScalarAsync();
            Assert.Equal((503, "database-unavailable"), await Refused(await dying));
        }

        Assert.Equal(before, await archive.Served.Value<long?>("select coalesce(sum(last), 0)::bigint from archive.diary_counters"));
        Assert.Equal(Registration.Captured, (await archive.State(id)).Registration);
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), NewCase()));
    }

    [Fact]
    public async Task works_on_its_page_and_keeps_what_was_typed_when_refused()
    {
        var id = await archive.A_comment();
        var browser = await archive.Browser("rutan", Role.Registrator);

        var refused = await ServedArchive.Post(browser, $"/handlingar/{id}/registrera", $"/handlingar/{id}/registrera", ("Subject", "Begäran om matsedel"), ("Where", "new"), ("Title", ""));
        var html = WebUtility.HtmlDecode(await refused.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, refused.StatusCode);
        Assert.Contains("Fel:", html, StringComparison.Ordinal);
        Assert.Contains("Begäran om matsedel", html, StringComparison.Ordinal);

        var done = await ServedArchive.Post(browser, $"/handlingar/{id}/registrera", $"/handlingar/{id}/registrera", ("Subject", "Begäran om matsedel"), ("Where", "new"), ("Title", "Skolmaten"));
        Assert.Equal(HttpStatusCode.Redirect, done.StatusCode);
        Assert.Equal(Registration.Registered, (await archive.State(id)).Registration);
    }

    private Task<HttpResponseMessage> Send(Guid id, long version)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, At($"/api/v1/records/{id}/register")) { Content = JsonContent.Create(NewCase()) };
        request.Headers.TryAddWithoutValidation("If-Match", $"\"{version}\"");
        return archive.Registrator.SendAsync(request);
    }
}
