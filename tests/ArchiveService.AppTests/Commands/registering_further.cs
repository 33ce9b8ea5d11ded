using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;
using Registration = ArchiveService.Features.Records.Registration;

namespace ArchiveService.AppTests.Commands;

[Collection(nameof(CommandArchive))]
public sealed class Registering_further(CommandArchive archive)
{
    private static readonly object Routed = new { target = "personakt", receivingUnit = "Barn och familj", receipt = "Ann Andersson, akt 12", provision = "OSL 26 kap. 1 §" };

    /// <summary>An authority of the test's own, with a channel.</summary>
    private async Task A_nämnd(string code, string preset, object? policy = null, string? mode = null)
    {
        await Ok(await archive.Everybody.PutAsJsonAsync(At($"/api/v1/authorities/{code}"), new { name = $"Nämnden {code}", preset, policy, diary = mode is null ? null : new { mode } }));
        lock (archive.Channels) if (archive.Channels.ContainsKey(code)) return;
        var id = (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = code, platform = "facebook", nativeAccountId = $"own-{code}", handle = code, purpose = "Dialog" }))).GetProperty("id").GetGuid();
        lock (archive.Channels) archive.Channels[code] = id;
    }

    [Fact]
    [Trait("Requirement", "R-11")]
    public async Task to_an_akt_is_refused_where_none_is_kept_and_takes_its_place_where_one_is()
    {
        await A_nämnd("RTS", "trosa", new Dictionary<string, string> { ["routing.holds"] = "personakt" });
        var (elsewhere, here) = (await archive.A_comment("RKS"), await archive.A_comment("RTS"));

        Assert.Equal((409, "akt-not-held"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{elsewhere}/route"), Routed)));
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{here}/route"), Routed)));
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{here}/route"), Routed));

        var state = await archive.State(here);
        Assert.Equal((Registration.Routed, Wall.Secret), (state.Registration, state.Wall));
        Assert.Equal((404, "record-unknown"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{here}/route"), Routed)));
    }

    [Fact]
    public async Task to_an_akt_has_a_page_that_says_what_to_do_instead()
    {
        await A_nämnd("RTS", "trosa", new Dictionary<string, string> { ["routing.holds"] = "personakt" });
        var (elsewhere, here) = (await archive.A_comment("RKS"), await archive.A_comment("RTS"));
        var browser = await archive.Browser("rutrutt", Role.Registrator);

        Assert.Contains("håller inga akter", WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/handlingar/{elsewhere}/for-till-akt"))), StringComparison.Ordinal);
        var page = $"/handlingar/{here}/for-till-akt";
        var done = await ServedArchive.Post(browser, page, page, ("Target", "personakt"), ("ReceivingUnit", "Barn och familj"), ("Receipt", "Akt 12"), ("ReceivedOn", ""), ("Provision", "OSL 26 kap. 1 §"));
        Assert.Equal(HttpStatusCode.Redirect, done.StatusCode);
        Assert.Equal("personakt", (await archive.State(here)).RoutedTo);
    }

    [Fact]
    [Trait("Requirement", "I2")]
    public async Task warns_of_names_and_goes_on_unless_the_policy_demands_an_answer()
    {
        await A_nämnd("SBJ", "trosa", new Dictionary<string, string> { ["registration.subjectCheck"] = "demand" });
        var (warned, demanded) = (await archive.A_comment("RKS"), await archive.A_comment("SBJ"));
        var named = new { newCase = new { title = "Skolmaten" }, subject = "Klagomål av Nils Låtsasson" };

        var registered = await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{warned}/register"), named));
        Assert.Equal("sender", registered.GetProperty("warnings")[0].GetProperty("kind").GetString());

        var refused = await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{demanded}/register"), named);
        Assert.Contains("Nils Låtsasson", JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement.GetProperty("warnings")[0].GetProperty("found").GetString(), StringComparison.Ordinal);
        Assert.Equal((422, "subject-not-neutral"), await Refused(refused));
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{demanded}/register"), new { newCase = new { title = "Skolmaten" }, subject = "Klagomål av Nils Låtsasson", acceptWarnings = true }));
    }

    [Fact]
    public async Task asks_on_its_page_before_a_name_is_saved()
    {
        var id = await archive.A_comment("RKS");
        var browser = await archive.Browser("rutfraga", Role.Registrator);
        var page = $"/handlingar/{id}/registrera";

        var asked = await ServedArchive.Post(browser, page, page, ("Subject", "Klagomål av Nils Låtsasson"), ("Where", "new"), ("Title", "Skolmaten"));
        Assert.Equal(HttpStatusCode.OK, asked.StatusCode);
        Assert.Contains("Det ska stå så", WebUtility.HtmlDecode(await asked.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        Assert.Equal(Registration.Captured, (await archive.State(id)).Registration);

        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, page, ("Subject", "Klagomål av Nils Låtsasson"), ("Where", "new"), ("Title", "Skolmaten"), ("AcceptWarnings", "true"))).StatusCode);
        Assert.Equal(Registration.Registered, (await archive.State(id)).Registration);
    }

    [Fact]
    [Trait("Requirement", "I3")]
    public async Task shows_another_subject_to_the_public_after_the_release_and_keeps_both_apart_when_secret()
    {
        var id = await archive.A_comment("RKS");
        var done = await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), new { newCase = new { title = "Hemlig mening" }, subject = "Inre saken zebra", publicSubject = "Yttre saken tapir" }));
        var number = done.GetProperty("diaryNumber").GetString()!;
        var after = done.GetProperty("lastSequence").GetInt64();
        async Task<string> Public() => (await archive.Served.Program().GetStringAsync(At($"/public/diary.json?q={Uri.EscapeDataString(number)}")));
        async Task<string> Staff() => await archive.Moderator.GetStringAsync(At($"/api/v1/diary?authority=RKS&q={Uri.EscapeDataString(number)}&after={after}"));

        Assert.Contains("zebra", await Staff(), StringComparison.Ordinal);
        after = (await Ok(await archive.Registrator.PostAsync(At($"/api/v1/records/{id}/release"), null))).GetProperty("lastSequence").GetInt64();
        await Staff();
        var released = await Public();
        Assert.Contains("tapir", released, StringComparison.Ordinal);
        Assert.DoesNotContain("zebra", released, StringComparison.Ordinal);

        after = (await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/secrecy"), new { provision = "OSL 26 kap. 1 §" }))).GetProperty("lastSequence").GetInt64();
        foreach (var shown in new[] { await Staff(), await Public(), WebUtility.HtmlDecode(await archive.Served.Program().GetStringAsync(At($"/public/diary?q={Uri.EscapeDataString(number)}"))) })
        {
            Assert.Contains(number, shown.Replace("\\u2013", "–", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.DoesNotContain("tapir", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("zebra", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("Låtsasson", shown, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task takes_a_whole_thread_as_one_document_and_keeps_the_exceptions_apart()
    {
        await A_nämnd("TRD", "trosa");
        var channel = archive.Channels["TRD"];
        var lines = new List<string> { Line("root", null, "500", "Olle Rot", "Vad händer med bron?") };
        for (var i = 0; i < 6; i++) lines.Add(Line($"r{i}", "root", $"60{i}", $"Skribent{i} Unikberg{i}", $"Svar {i}"));
        lines.Add(Line("pnr", "root", "700", "Ove Nummer", "Mitt nummer är 19121212-1212"));
        using var content = new StringContent(string.Join('\n', lines), Encoding.UTF8, "application/x-ndjson");
        await Ok(await archive.Everybody.PostAsync(At($"/api/v1/channels/{channel}/captures"), content));
        Guid Id(string native) => archive.Served.Services.GetRequiredService<KeyedIds>().Record(channel, "facebook", "native", native);
        var early = await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{Id("r0")}/register"), NewCase()));
        var down = await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{Id("r1")}/unpublish"), new { grounds = new[] { "OTHER_UNLAWFUL" }, motivation = "Olagligt.", emergency = true }));
        var seen = down.GetProperty("lastSequence").GetInt64();
        await Ok(await archive.Registrator.GetAsync(At($"/api/v1/records?after={seen}&limit=1")));

        var plan = await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{Id("root")}/register-thread"), new { preview = true }));
        Assert.Equal((8, 5), (plan.GetProperty("total").GetInt32(), plan.GetProperty("register").GetInt32()));
        Assert.Equal(["already-registered", "behind-wall", "removed"], plan.GetProperty("exceptions").EnumerateArray().Select(e => e.GetProperty("why").GetString()!).Order());

        var whole = new { newCase = new { title = "Bron" }, subject = "Inlägg om bron" };
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{Id("root")}/register-thread"), whole)));
        var done = await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{Id("root")}/register-thread"), whole));
        Assert.Equal((5, Id("root")), (done.GetProperty("records").GetInt32(), done.GetProperty("lead").GetGuid()));
        foreach (var native in new[] { "root", "r2", "r5" })
        {
            var state = await archive.State(Id(native));
            Assert.Equal((Registration.Registered, done.GetProperty("diaryNumber").GetString(), 1), (state.Registration, state.DiaryNumber, state.DocumentNumber));
        }

        // One entry, found by anybody who wrote in it; what was kept apart is not in it.
        var after = done.GetProperty("lastSequence").GetInt64();
        var found = await Ok(await archive.Registrator.GetAsync(At($"/api/v1/diary?authority=TRD&q=Unikberg4&after={after}")));
        Assert.Equal(done.GetProperty("diaryNumber").GetString(), Assert.Single(found.GetProperty("items").EnumerateArray()).GetProperty("diaryNumber").GetString());
        Assert.Empty((await Ok(await archive.Registrator.GetAsync(At("/api/v1/diary?authority=TRD&q=Unikberg1")))).GetProperty("items").EnumerateArray());
        Assert.Equal(1, await archive.Served.Value<long>($"select count(*) from archive.diary_entries where case_id = '{done.GetProperty("caseId").GetGuid()}'"));

        // Its entry is put right on the first record, and it is not taken apart.
        Assert.Equal((409, "carried-by-thread"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{Id("r2")}/correct-registration"), new { subject = "Annat", reason = "Fel." })));
        Assert.Equal((409, "carried-by-thread"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{Id("root")}/reregister"), new { caseId = early.GetProperty("caseId").GetGuid(), reason = "Fel." })));
        Assert.Equal((409, "carried-by-thread"), await Refused(await archive.Registrator.PostAsync(At($"/api/v1/records/{Id("r2")}/release"), null)));
        Assert.Equal((409, "nothing-to-register"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{Id("root")}/register-thread"), whole)));
    }

    [Fact]
    [Trait("Requirement", "I7")]
    public async Task gives_a_thread_one_number_though_two_register_it_at_once()
    {
        await A_nämnd("TRK", "trosa");
        var channel = archive.Channels["TRK"];
        var lines = Enumerable.Range(0, 8).Select(i => Line($"k{i}", i == 0 ? null : "k0", $"60{i}", $"Skribent{i} Kappberg{i}", $"Svar {i}")).ToList();
        await Capture(channel, lines);
        Guid Id(string native) => archive.Served.Services.GetRequiredService<KeyedIds>().Record(channel, "facebook", "native", native);

        var both = await Task.WhenAll(new[] { "k0", "k3", "k0", "k5" }.Select(native => archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{Id(native)}/register-thread"), new { newCase = new { title = "Bron" }, subject = "Inlägg om bron" })));

        var done = await Ok(Assert.Single(both, a => a.IsSuccessStatusCode));
        Assert.Equal(8, done.GetProperty("records").GetInt32());
        foreach (var refused in both.Where(a => !a.IsSuccessStatusCode)) Assert.Equal((409, "nothing-to-register"), await Refused(refused));
        Assert.Equal(1, await archive.Served.Value<long>("select count(*) from archive.diary_entries join archive.authorities using (authority_id) where code = 'TRK'"));
        Assert.Equal(1, await archive.Served.Value<long>("select count(*) from archive.cases join archive.authorities using (authority_id) where code = 'TRK'"));

        // The next number is the next: those who were too late have taken none.
        var next = await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{await archive.A_comment("TRK")}/register"), NewCase()));
        int Number(JsonElement of) => int.Parse(of.GetProperty("diaryNumber").GetString()!.Split('/', '-', '.', ':')[^1], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(Number(done) + 1, Number(next));
    }

    [Fact]
    [Trait("Requirement", "I2")]
    public async Task leaves_no_record_halfway_that_comes_in_while_its_thread_is_registered()
    {
        await A_nämnd("TRN", "trosa");
        var channel = archive.Channels["TRN"];
        await Capture(channel, Enumerable.Range(0, 30).Select(i => Line($"n{i}", i == 0 ? null : "n0", $"60{i}", $"Skribent{i} Nyberg{i}", $"Svar {i}")));
        Guid Id(string native) => archive.Served.Services.GetRequiredService<KeyedIds>().Record(channel, "facebook", "native", native);

        // New comments come in, and one that is in it is edited, in the same moments.
        var coming = Task.WhenAll(Enumerable.Range(30, 6).Select(i => Capture(channel, [Line($"n{i}", "n0", $"60{i}", $"Skribent{i} Nyberg{i}", $"Svar {i}"), Line($"n{i - 20}", "n0", $"60{i - 20}", $"Skribent{i - 20} Nyberg{i - 20}", "Ändrat", "edit")])));
        var done = await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{Id("n0")}/register-thread"), new { newCase = new { title = "Bron" }, subject = "Inlägg om bron" }));
        await coming;

        var states = new List<RecordState>();
        foreach (var i in Enumerable.Range(0, 36)) states.Add(await archive.State(Id($"n{i}")));
        var registered = states.Where(s => s.Registration == Registration.Registered).ToList();
        Assert.Equal(done.GetProperty("records").GetInt32(), registered.Count);
        Assert.All(registered, s => Assert.Equal((done.GetProperty("diaryNumber").GetString(), 1), (s.DiaryNumber, s.DocumentNumber)));
        Assert.All(states.Take(30), s => Assert.Equal(Registration.Registered, s.Registration));
        Assert.Equal(registered.Count - 1, await archive.Served.Value<long>($"select count(*) from archive.thread_registrations where case_id = '{done.GetProperty("caseId").GetGuid()}'"));

        // What came too late waits as it was, and is registered for itself.
        foreach (var late in Enumerable.Range(30, 6).Where(i => states[i].Registration == Registration.Captured).Take(1))
            await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{Id($"n{late}")}/register"), new { caseId = done.GetProperty("caseId").GetGuid(), subject = "Inlägg till" }));
    }

    [Fact]
    [Trait("Requirement", "I3")]
    public async Task warns_again_when_a_record_is_moved_under_another_subject()
    {
        await A_nämnd("OMR", "trosa", new Dictionary<string, string> { ["registration.subjectCheck"] = "demand" });
        var (id, other) = (await archive.A_comment("RKS"), await archive.A_comment("OMR"));
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), NewCase()));
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{other}/register"), NewCase()));
        var named = new { newCase = new { title = "Skolmaten" }, subject = "Klagomål av Nils Låtsasson", publicSubject = "Klagomål på skolmaten", reason = "Hör till ett annat ärende" };

        Assert.Equal((422, "subject-not-neutral"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{other}/reregister"), named)));
        var moved = await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/reregister"), named));
        Assert.Equal(("sender", "subject"), (moved.GetProperty("warnings")[0].GetProperty("kind").GetString(), moved.GetProperty("warnings")[0].GetProperty("in").GetString()));
        var number = moved.GetProperty("diaryNumber").GetString()!;
        var released = await Ok(await archive.Registrator.GetAsync(At($"/api/v1/diary?authority=RKS&q={Uri.EscapeDataString(number)}&after={moved.GetProperty("lastSequence").GetInt64()}")));
        Assert.Contains("Nils Låtsasson", released.ToString(), StringComparison.Ordinal);
        var after = (await Ok(await archive.Registrator.PostAsync(At($"/api/v1/records/{id}/release"), null))).GetProperty("lastSequence").GetInt64();
        await Ok(await archive.Registrator.GetAsync(At($"/api/v1/diary?after={after}")));
        var shown = await archive.Served.Program().GetStringAsync(At($"/public/diary.json?q={Uri.EscapeDataString(number)}"));
        Assert.Contains("Klagomål på skolmaten", JsonDocument.Parse(shown).RootElement.GetProperty("items")[0].GetProperty("subject").GetString(), StringComparison.Ordinal);

        // On the page it is a question, and what is left empty stands as before.
        var browser = await archive.Browser("rutflytt", Role.Registrator);
        var page = $"/handlingar/{id}/omregistrera";
        var asked = await ServedArchive.Post(browser, page, page, ("Authority", "RKS"), ("Where", "new"), ("Title", "Ett klagomål av Nils Låtsasson"), ("Reason", "Fel ärende"));
        Assert.Contains("Det ska stå så", WebUtility.HtmlDecode(await asked.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        Assert.Contains("href=\"#Title\"", await asked.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, page, ("Authority", "RKS"), ("Where", "new"), ("Title", "Ett klagomål av Nils Låtsasson"), ("Reason", "Fel ärende"), ("AcceptWarnings", "true"))).StatusCode);
        Assert.Equal("Klagomål av Nils Låtsasson", (await archive.Opened((await archive.History(id)).Last(h => h.Event is RecordRegistered)))![Parts.Subject]);
    }

    private async Task Capture(Guid channel, IEnumerable<string> lines)
    {
        using var content = new StringContent(string.Join('\n', lines), Encoding.UTF8, "application/x-ndjson");
        var told = await Ok(await archive.Everybody.PostAsync(At($"/api/v1/channels/{channel}/captures"), content));
        await Ok(await archive.Registrator.GetAsync(At($"/api/v1/records?after={told.GetProperty("lastSequence").GetInt64()}&limit=1")));
    }

    private static string Line(string native, string? parent, string author, string name, string text, string act = "create") => JsonSerializer.Serialize(new
    {
        act,
        nativeId = native,
        parentNativeId = parent,
        kind = parent is null ? "post" : "comment",
        author = new { nativeId = author, displayName = name },
        audience = "public",
        occurredAt = parent is null ? "2026-03-01T12:00:00Z" : act == "edit" ? "2026-03-01T12:09:00Z" : "2026-03-01T12:05:00Z",
        text,
    });
}
