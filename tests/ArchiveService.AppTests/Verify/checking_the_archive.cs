using System.Net;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.AppTests.Commands;
using ArchiveService.AppTests.Hosting;
using ArchiveService.AppTests.Views;
using ArchiveService.Features.Disposals;
using ArchiveService.Hosting;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.VerifyTests;

/// <summary>Part 13, through the API, the page and the verb. Each test has an archive of its own, because some break it.</summary>
public sealed class Checking_the_archive : IAsyncLifetime
{
    private const string Password = "fyra ord i en rad";

    private readonly ViewedArchive archive = new();

    private ServedArchive Served => archive.Archive;

    public async Task InitializeAsync()
    {
        await archive.InitializeAsync();
        await Served.Services.MustStoreAttachments(default);
        await archive.Say("kontroll-1", "hemligordet");
        await archive.Shown();
    }

    public Task DisposeAsync() => archive.DisposeAsync();

    [Fact]
    public async Task answers_at_once_and_keeps_what_it_found_with_its_time()
    {
        var auditor = Served.Program(await Served.Token("Greta Granskare", [new("revisor", "KS")]));
        Assert.Equal((404, "verification-unknown"), await CommandArchive.Refused(await auditor.GetAsync(CommandArchive.At("/api/v1/verification"))));

        var accepted = await auditor.PostAsync(CommandArchive.At("/api/v1/verification"), null);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var begun = await CommandArchive.Ok(accepted);
        var done = await Finished(auditor, accepted.Headers.Location!);

        Assert.Equal(begun.GetProperty("id").GetGuid(), done.GetProperty("id").GetGuid());
        Assert.Equal(("finished", true, 0L), (done.GetProperty("state").GetString(), done.GetProperty("sound").GetBoolean(), done.GetProperty("errors").GetInt64()));
        Assert.Equal("Greta Granskare", done.GetProperty("startedByName").GetString());
        Assert.Equal(await Served.Value<long>("select count(*) from archive.mt_events"), done.GetProperty("report").GetProperty("counts").GetProperty("events").GetInt64());
        Assert.True(done.GetProperty("finishedAt").GetDateTimeOffset() >= done.GetProperty("startedAt").GetDateTimeOffset());
        Assert.Equal(done.GetRawText(), (await CommandArchive.Ok(await auditor.GetAsync(CommandArchive.At("/api/v1/verification")))).GetRawText());
    }

    [Fact]
    public async Task tells_no_word_of_what_people_wrote()
    {
        await archive.Run("delete from views.all_versions; update views.all_records set version = 9");
        var auditor = Served.Program(await Served.Token("Greta Granskare", [new("revisor", "KS")]));

        var done = await Finished(auditor, (await auditor.PostAsync(CommandArchive.At("/api/v1/verification"), null)).Headers.Location!);

        Assert.False(done.GetProperty("sound").GetBoolean());
        var errors = done.GetProperty("report").GetProperty("findings").EnumerateArray().Where(f => f.GetProperty("severity").GetString() == "error").ToList();
        Assert.Equal(2, errors.Count(f => f.GetProperty("code").GetString() == "view-differs"));
        Assert.All(errors, f => Assert.Contains(f.GetProperty("code").GetString(), (string[])["view-differs", "view-text-differs"]));
        Assert.Contains(errors, f => f.GetProperty("what").GetString()!.EndsWith("of views.all_records differs from the log in version.", StringComparison.Ordinal));
        Assert.DoesNotContain("hemligordet", done.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task is_for_auditors_archivists_and_administrators()
    {
        var registrar = Served.Program(await Served.Token("Rut Registrator", [new("registrator"), new("moderator"), new("chef"), new("kommunikator")]));
        Assert.Equal((403, "not-allowed"), await CommandArchive.Refused(await registrar.PostAsync(CommandArchive.At("/api/v1/verification"), null)));
        Assert.Equal((403, "not-allowed"), await CommandArchive.Refused(await registrar.GetAsync(CommandArchive.At("/api/v1/verification"))));
        var rut = await Browser("rut", Role.Registrator);
        Assert.NotEqual(HttpStatusCode.OK, (await rut.GetAsync(CommandArchive.At("/kontroll"))).StatusCode);
        Assert.Equal(0L, await Served.Value<long>("select count(*) from archive.verifications"));
    }

    [Fact]
    public async Task joins_the_one_that_is_running_and_takes_up_after_one_that_fell_silent()
    {
        await archive.Run("insert into archive.verifications (verification_id, started_by) values ('0199aaaa-0000-7000-8000-0000000000aa', '0199aaaa-0000-7000-8000-000000000001')");
        var archivist = Served.Program(await Served.Token("Arvid Arkivarie", [new("arkivarie")]));

        var joined = await CommandArchive.Ok(await archivist.PostAsync(CommandArchive.At("/api/v1/verification"), null));
        Assert.Equal(("0199aaaa-0000-7000-8000-0000000000aa", "running"), (joined.GetProperty("id").GetString(), joined.GetProperty("state").GetString()));

        // Its process was killed: no sign of life since.
        await archive.Run("update archive.verifications set seen_at = seen_at - interval '3 minutes'");
        var left = await CommandArchive.Ok(await archivist.GetAsync(CommandArchive.At("/api/v1/verification")));
        Assert.Equal("interrupted", left.GetProperty("state").GetString());
        var next = await archivist.PostAsync(CommandArchive.At("/api/v1/verification"), null);
        Assert.True((await Finished(archivist, next.Headers.Location!)).GetProperty("sound").GetBoolean());
        Assert.Equal(1L, await Served.Value<long>("select count(*) from archive.verifications where problem = 'interrupted'"));
    }

    [Fact]
    public async Task from_the_page_starts_one_and_shows_what_it_found()
    {
        var greta = await Browser("greta", Role.Revisor);
        Assert.Contains("Ingen kontroll är gjord än", await Text(greta, "/kontroll"), StringComparison.Ordinal);

        await CaughtUp();
        var started = await ServedArchive.Post(greta, "/kontroll", "/kontroll");
        Assert.Equal((HttpStatusCode.Redirect, "/kontroll"), (started.StatusCode, started.Headers.Location!.ToString()));
        Assert.Contains("Inga fel hittades", await Shown(greta), StringComparison.Ordinal);

        await archive.Run("delete from views.all_acts");
        await ServedArchive.Post(greta, "/kontroll", "/kontroll");
        var page = await Shown(greta);
        Assert.Contains("3 fel hittades", page, StringComparison.Ordinal);
        Assert.Contains("En rad i en vy säger något annat än loggen", page, StringComparison.Ordinal);
        Assert.Contains("En tabell säger något annat än loggen", page, StringComparison.Ordinal);
        Assert.Contains("views.all_acts has 0 rows", page, StringComparison.Ordinal);
        Assert.DoesNotContain("hemligordet", page, StringComparison.Ordinal);
        Assert.Contains("href=\"/kontroll\"", await Text(greta, "/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task by_the_verb_ends_with_nought_when_it_is_whole_and_with_one_when_it_is_not()
    {
        var (code, said) = await Verb.Run(Served, "verify");
        Assert.True(code == 0, said);
        Assert.Contains("No errors found.", said, StringComparison.Ordinal);
        Assert.Contains("rows of views.all_records", said, StringComparison.Ordinal);
        Assert.Contains("What this cannot show:", said, StringComparison.Ordinal);

        // A row whose text somebody changed in the database is named, and so is one that is gone; what they say is not.
        await archive.Run("delete from views.all_acts; update views.all_records set text = 'förfalskat'");
        var record = await Served.Value<Guid>("select record_id from views.all_records");
        (code, said) = await Verb.Run(Served, "verify");
        Assert.Equal(1, code);
        Assert.Contains($"error    view-text-differs: The row {record} of views.all_records differs from the log in ", said, StringComparison.Ordinal);
        Assert.Contains("of views.all_acts is missing; the log says that it stands there.", said, StringComparison.Ordinal);
        Assert.DoesNotContain("förfalskat", said, StringComparison.Ordinal);
        Assert.Contains("error    view-differs: views.all_acts has 0 rows, the log says 1; 1 missing", said, StringComparison.Ordinal);
        Assert.Contains("4 errors found.", said, StringComparison.Ordinal);
        Assert.DoesNotContain("hemligordet", said, StringComparison.Ordinal);

        (code, said) = await Verb.Run(Served, "verify", "--json", "--rows-only");
        var report = JsonDocument.Parse(said).RootElement;
        Assert.Equal((1, false), (code, report.GetProperty("isSound").GetBoolean()));
        Assert.All(report.GetProperty("findings").EnumerateArray(), finding => Assert.Equal("view-differs", finding.GetProperty("code").GetString()));
    }

    private static async Task<JsonElement> Finished(HttpClient by, Uri at)
    {
        for (var i = 0; i < 300; i++)
        {
            var now = await CommandArchive.Ok(await by.GetAsync(at));
            if (now.GetProperty("state").GetString() != "running") return now;
            await Task.Delay(100);
        }

        throw new TimeoutException("The verification did not end.");
    }

    /// <summary>A view that is behind would be a warning.</summary>
    private async Task CaughtUp() => Assert.True(await Served.Services.GetRequiredService<DisposalVerification>().ProjectionsHavePassed(
        await Served.Value<long>("select max(seq_id) from archive.mt_events"), TimeSpan.FromSeconds(30), default));

    private async Task<HttpClient> Browser(string username, Role role)
    {
        await Served.User($"{username} Exempelsson", username, Password, new Grant(role, null));
        var browser = Served.Browser();
        await ServedArchive.LogIn(browser, username, Password);
        return browser;
    }

    private static async Task<string> Shown(HttpClient browser)
    {
        for (var i = 0; i < 300; i++)
        {
            var page = await Text(browser, "/kontroll");
            if (!page.Contains("Kontrollen pågår", StringComparison.Ordinal)) return page;
            await Task.Delay(100);
        }

        throw new TimeoutException("The verification did not end.");
    }

    private static async Task<string> Text(HttpClient browser, string path) => WebUtility.HtmlDecode(await browser.GetStringAsync(CommandArchive.At(path))).Replace((char)0xA0, (char)0x20);
}
