using System.Net;
using System.Net.Http.Json;
using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;
using Registration = ArchiveService.Features.Records.Registration;

namespace ArchiveService.AppTests.Commands;

/// <summary>Each act on its page, as a browser without script does it: read the form, send it, follow the answer.</summary>
[Collection(nameof(CommandArchive))]
public sealed class The_pages_of_a_record(CommandArchive archive)
{
    private static readonly object Insult = new { grounds = new[] { "INSULT" }, motivation = "Grov förolämpning", senderNotified = true };

    private Task<HttpResponseMessage> Send(HttpClient browser, Guid id, string page, params (string, string)[] fields) =>
        ServedArchive.Post(browser, $"/handlingar/{id}/{page}", $"/handlingar/{id}/{page}", fields);

    private static async Task<string> Html(HttpResponseMessage answer) => WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());

    private async Task<string> Read(HttpClient browser, string path) => WebUtility.HtmlDecode(await browser.GetStringAsync(At(path)));

    private async Task<Guid> A_message(string text = "Min son heter 19811218-9876")
    {
        var id = await archive.A_comment("NKS", text);
        Assert.Equal(Wall.Unassessed, (await archive.State(id)).Wall);
        return id;
    }

    private async Task<string?> Sealed(Guid id, string name, string part)
    {
        var log = archive.Served.Services.GetRequiredService<SealedLog>();
        var history = await log.Store.ReadStream(id);
        var told = history.Last(h => h.Name == name);
        return (await log.Open([told], default))[told.Id].Parts?[part];
    }

    [Fact]
    public async Task lift_a_record_from_unassessed_and_put_it_back()
    {
        var id = await A_message();
        var browser = await archive.Browser("bedomare1", Role.Registrator);

        Assert.Contains("Obedömd", await Read(browser, $"/handlingar/{id}/bedom"), StringComparison.Ordinal);
        Assert.Contains("Svara om uppgifterna kan omfattas av sekretess", await Html(await Send(browser, id, "bedom", ("Note", "Titta igen"))), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await Send(browser, id, "bedom", ("Secrecy", "no"), ("IsQuestion", "true"), ("Note", "Eget nummer"))).StatusCode);
        Assert.Equal(Wall.Open, (await archive.State(id)).Wall);
        Assert.Equal("Eget nummer", await Sealed(id, "record_assessed", "note"));

        Assert.Equal(HttpStatusCode.Redirect, (await Send(browser, id, "bedom", ("Secrecy", "yes"))).StatusCode);
        Assert.Equal(Wall.Unassessed, (await archive.State(id)).Wall);
    }

    [Fact]
    [Trait("Requirement", "T-14")]
    public async Task refuse_what_is_minor_and_may_be_secret_OSL_5_1()
    {
        var id = await A_message();
        var browser = await archive.Browser("bedomare2", Role.Registrator);

        var answer = await Send(browser, id, "bedom", ("Secrecy", "yes"), ("Minor", "true"), ("Note", "står kvar"));

        var page = await Html(answer);
        Assert.Contains("kan inte bedömas vara av ringa betydelse", page, StringComparison.Ordinal);
        Assert.Contains("står kvar", page, StringComparison.Ordinal);
        Assert.Contains("<title>Fel:", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task are_closed_to_those_whose_role_does_not_do_it()
    {
        var id = await archive.A_comment("NKS");
        var browser = await archive.Browser("utanroll", Role.Chef);

        foreach (var page in (string[])["bedom", "hall-ordnad", "undanta", "aterstall", "nodatgard", "publicering", "hav-sekretess", "ta-ned", "registrera", "sekretess"])
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await browser.GetAsync(At($"/handlingar/{id}/{page}"))).StatusCode);
        }

        var record = await Read(browser, $"/handlingar/{id}");
        Assert.DoesNotContain($"/handlingar/{id}/ta-ned", record, StringComparison.Ordinal);
    }

    [Fact]
    public async Task do_not_exist_for_a_record_the_reader_may_not_know_of()
    {
        var id = await A_message();
        var browser = await archive.Browser("bakommur", Role.Arkivarie);

        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync(At($"/handlingar/{id}/bedom"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync(At("/handlingar/0199aaaa-0000-8000-8000-000000000001/bedom"))).StatusCode);
    }

    [Fact]
    [Trait("Requirement", "N-08")]
    public async Task keep_a_record_ordered_and_twice_is_once()
    {
        var id = await archive.A_comment("NKS");
        var browser = await archive.Browser("ordnare", Role.Registrator);

        Assert.Contains("Inget tyder på sekretess", await Read(browser, $"/handlingar/{id}/hall-ordnad"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await Send(browser, id, "hall-ordnad")).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await Send(browser, id, "hall-ordnad")).StatusCode);

        Assert.Equal(Registration.KeptOrdered, (await archive.State(id)).Registration);
        Assert.Single(await archive.Served.Services.GetRequiredService<SealedLog>().Store.ReadStream(id), h => h.Event is RecordKeptOrdered);
    }

    [Fact]
    [Trait("Requirement", "N-08")]
    public async Task keep_nothing_ordered_that_may_be_secret_N08()
    {
        var id = await A_message();
        var browser = await archive.Browser("ordnare2", Role.Registrator);

        Assert.Contains("Bedöm handlingen först", await Read(browser, $"/handlingar/{id}/hall-ordnad"), StringComparison.Ordinal);
        Assert.Contains("Då ska den registreras", await Html(await Send(browser, id, "hall-ordnad")), StringComparison.Ordinal);
        Assert.Equal(Registration.Captured, (await archive.State(id)).Registration);
    }

    [Fact]
    [Trait("Requirement", "T-16")]
    public async Task exempt_what_is_minor_with_a_reason()
    {
        var id = await archive.A_comment("TKS");
        var browser = await archive.Browser("undantagare", Role.Registrator);

        Assert.Contains("Ange varför handlingen är av uppenbart ringa betydelse", await Html(await Send(browser, id, "undanta", ("Reason", " "))), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await Send(browser, id, "undanta", ("Reason", "En tumme upp"))).StatusCode);

        Assert.Equal(Registration.Exempt, (await archive.State(id)).Registration);
        Assert.Equal("En tumme upp", await Sealed(id, "record_exempted", "note"));
    }

    [Fact]
    public async Task exempt_nothing_under_a_disposal_decision_that_cannot_be_read()
    {
        var id = await archive.A_comment("TKS");
        var browser = await archive.Browser("undantagare2", Role.Registrator);

        Assert.Contains("går inte att läsa", await Html(await Send(browser, id, "undanta", ("Reason", "En tumme upp"), ("DisposalDecision", "inte-ett-id"))), StringComparison.Ordinal);
        Assert.Equal(Registration.Captured, (await archive.State(id)).Registration);
    }

    [Fact]
    [Trait("Requirement", "N-14")]
    public async Task restore_what_was_hidden_with_a_reason()
    {
        var id = await archive.A_comment("TKS");
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/hide"), Insult));
        var browser = await archive.Browser("aterstallare", Role.Moderator);

        Assert.Contains("Ange varför det återställs", await Html(await Send(browser, id, "aterstall", ("Reason", ""))), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await Send(browser, id, "aterstall", ("Reason", "Felbedömt"))).StatusCode);
        Assert.Equal(Visibility.Visible, (await archive.State(id)).Visibility);
        Assert.Contains("Det är inte nedtaget", await Read(browser, $"/handlingar/{id}/aterstall"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "I1")]
    public async Task examine_an_emergency_act_afterwards()
    {
        var id = await archive.A_comment("TKS");
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/hide"), new { grounds = new[] { "INSULT" }, motivation = "Hot mot person", emergency = true }));
        var browser = await archive.Browser("provare", Role.Moderator);

        Assert.Contains("Nödåtgärden är inte prövad", await Shown(browser, id, "nodatgard"), StringComparison.Ordinal);
        Assert.Contains("Hot mot person", await Read(browser, $"/handlingar/{id}/nodatgard"), StringComparison.Ordinal);
        Assert.Contains("Motivera prövningen i efterhand", await Html(await Send(browser, id, "nodatgard", ("Upheld", "no"))), StringComparison.Ordinal);
        var done = await Send(browser, id, "nodatgard", ("Upheld", "no"), ("Motivation", "Det var ett citat"));

        Assert.Equal($"/handlingar/{id}/aterstall", done.Headers.Location!.OriginalString);
        Assert.False((await archive.State(id)).EmergencyUnconfirmed);
        Assert.Contains("Det finns ingen nödåtgärd att pröva", await Read(browser, $"/handlingar/{id}/nodatgard"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task take_a_secrecy_mark_away_for_the_cleared()
    {
        var id = await archive.A_comment("TKS");
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/secrecy"), new { provision = "OSL 21 kap. 1 §" }));
        var cleared = archive.Served.Program(await archive.Served.Token("Klara Klarerad", [new("registrator")], clearance: true));
        var browser = await archive.Browser("oklarerad", Role.Registrator);

        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync(At($"/handlingar/{id}/hav-sekretess"))).StatusCode);
        Assert.Contains("Varför markeringen tas bort", WebUtility.HtmlDecode(await cleared.GetStringAsync(At($"/handlingar/{id}/hav-sekretess"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task show_what_is_true_now_to_who_came_second_and_keep_what_was_typed()
    {
        var id = await archive.A_comment("TKS");
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/hide"), Insult));
        var browser = await archive.Browser("andre", Role.Moderator);

        var answer = await Send(browser, id, "aterstall", ("Version", "1"), ("Reason", "Skrivet på gammal grund"));

        Assert.Equal(HttpStatusCode.PreconditionFailed, answer.StatusCode);
        var page = await Html(answer);
        Assert.Contains("Handlingen har ändrats sedan du öppnade formuläret", page, StringComparison.Ordinal);
        Assert.Contains("Skrivet på gammal grund", page, StringComparison.Ordinal);
        Assert.Contains($"name=\"Version\" value=\"{(await archive.State(id)).Version}\"", page, StringComparison.Ordinal);
        Assert.Equal(Visibility.Hidden, (await archive.State(id)).Visibility);
    }

    [Fact]
    [Trait("Requirement", "R-10")]
    public async Task show_a_registrator_what_the_public_would_read_before_it_is_released_OSL_5_2()
    {
        var id = await archive.A_comment("VA", "Fråga om skolmaten");
        var number = (await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), NewCase("Synpunkt på skolmaten i publika diariet")))).GetProperty("diaryNumber").GetString()!;
        var browser = await archive.Browser("publicist", Role.Registrator);

        var page = await Shown(browser, id, "Om du visar", "publicering");
        foreach (var said in new[] { number, "Synpunkt på skolmaten i publika diariet", "Nils Låtsasson", "Om du visar", "uppgift utelämnad" }) Assert.Contains(said, page, StringComparison.Ordinal);
        Assert.DoesNotContain("Synpunkt på skolmaten i publika diariet", await Read(archive.Served.Browser(), "/public/diary"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await Send(browser, id, "publicering", ("Release", "true"))).StatusCode);
        Assert.True((await archive.State(id)).DiaryReleased);
        await Until(async () => (await Read(archive.Served.Browser(), "/public/diary")).Contains("Synpunkt på skolmaten i publika diariet", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.Redirect, (await Send(browser, id, "publicering", ("Release", "false"))).StatusCode);
        Assert.False((await archive.State(id)).DiaryReleased);
    }

    [Fact]
    [Trait("Requirement", "I3")]
    public async Task release_nothing_that_holds_a_personal_number()
    {
        var id = await archive.A_comment("VA", "Fråga");
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), NewCase("Rör 811218-9876")));
        var browser = await archive.Browser("publicist2", Role.Registrator);

        Assert.Contains("Innehåller ett personnummer", await Shown(browser, id, "Innehåller", "publicering"), StringComparison.Ordinal);
        Assert.Contains("Det får inte stå i det publika diariet", await Html(await Send(browser, id, "publicering", ("Release", "true"))), StringComparison.Ordinal);
        Assert.False((await archive.State(id)).DiaryReleased);
    }

    [Fact]
    public async Task register_under_the_number_of_another_system()
    {
        var admin = archive.Everybody;
        await Ok(await admin.PutAsJsonAsync(At("/api/v1/authorities/RKS"), new { diary = new { mode = "both" }, decisionReference = "KS § 3/2026" }));
        var id = await archive.A_comment("RKS");
        var browser = await archive.Browser("extern", Role.Registrator);

        Assert.Contains("Nummer från ett annat diariesystem", await Read(browser, $"/handlingar/{id}/registrera"), StringComparison.Ordinal);
        var refused = await Send(browser, id, "registrera", ("Subject", "Synpunkt"), ("Where", "external"), ("ExternalSystem", "Platina"));
        Assert.Contains("Ange system, diarienummer och registreringsdatum", await Html(refused), StringComparison.Ordinal);
        var done = await Send(browser, id, "registrera", ("Subject", "Synpunkt"), ("Where", "external"), ("ExternalSystem", "Platina"), ("ExternalNumber", "PL 2026/77"), ("ExternalDay", "2026-03-02"));

        Assert.Equal(HttpStatusCode.Redirect, done.StatusCode);
        Assert.Equal("PL 2026/77", (await archive.State(id)).DiaryNumber);
    }

    [Fact]
    public async Task offer_what_the_role_may_do_and_say_what_is_to_become_of_the_record()
    {
        var id = await archive.A_comment("NKS");
        var browser = await archive.Browser("erbjuden", Role.Registrator);

        var page = await Shown(browser, id, "hall-ordnad");

        foreach (var said in new[] { $"/handlingar/{id}/registrera", $"/handlingar/{id}/sekretess", "Bevaras, ingen regel", "Inget gallringsbeslut omfattar handlingen" })
            Assert.Contains(said, page, StringComparison.Ordinal);

        await Ok(await archive.Registrator.PostAsJsonAsync(At("/api/v1/holds"), new { record = id, ground = "litigation", reason = "Stämning väntas" }));
        page = await Read(browser, $"/handlingar/{id}");
        foreach (var said in new[] { "Gallringsstopp", "tvist eller rättsprocess", "Stämning väntas" }) Assert.Contains(said, page, StringComparison.Ordinal);
    }

    /// <summary>The record's page, or one under it, as soon as the views have reached what it is to say.</summary>
    private async Task<string> Shown(HttpClient browser, Guid id, string says, string? page = null)
    {
        var path = $"/handlingar/{id}{(page is null ? "" : "/" + page)}";
        await Until(async () => await browser.GetAsync(At(path)) is { IsSuccessStatusCode: true } answer && (page != "publicering" ? true : (await Html(answer)).Contains("Om du", StringComparison.Ordinal)));
        await Until(async () => (await Read(browser, path)).Contains(says, StringComparison.Ordinal));
        return await Read(browser, path);
    }

    private static async Task Until(Func<Task<bool>> holds)
    {
        for (var i = 0; i < 50 && !await holds(); i++) await Task.Delay(100);
        Assert.True(await holds());
    }
}
