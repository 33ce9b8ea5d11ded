using System.Net;
using System.Net.Http.Json;
using ArchiveService.Access;
using ArchiveService.Testing;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

/// <summary>Why what is secret is read, said once for a task, and a case that is itself marked secret.</summary>
[Collection(nameof(CommandArchive))]
public sealed class Stating_why(CommandArchive archive)
{
    private Task<long> Last() => archive.Served.Value<long>("select max(seq_id) from archive.mt_events");

    [Fact]
    [Trait("Law", "OSL 5:2")]
    public async Task what_is_secret_stands_in_the_diary_when_it_is_said_why_and_each_reading_bears_the_reason()
    {
        await Ok(await archive.Everybody.PutAsJsonAsync(At("/api/v1/authorities/SWA"), new { name = "Nämnden SWA", preset = "trosa" }));
        archive.Channels["SWA"] = (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = "SWA", platform = "facebook", nativeAccountId = "own-SWA", handle = "SWA", purpose = "Dialog" }))).GetProperty("id").GetGuid();
        var record = await archive.A_comment("SWA", "Om något hemligt");
        await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/records/{record}/register"), new { newCase = new { title = "Ett ärende" }, subject = "Kvarnstensfrågan" }));
        await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/records/{record}/secrecy"), new { provision = "OSL 25 kap. 1 §" }));
        await archive.Served.User("Klara Behörig", "swaklar", "ett långt lösenord 1", [new Grant(Role.Registrator, null)]);
        await archive.Served.Token("Klara Behörig", [new("registrator")], clearance: true);
        var browser = archive.Served.Browser();
        await ServedArchive.LogIn(browser, "swaklar", "ett långt lösenord 1");
        var diary = $"/diarium?authority=SWA&after={await Last()}";
        async Task<string> Read() => WebUtility.HtmlDecode(await browser.GetStringAsync(At(diary)));
        Task<long> Reads(bool reasoned) => archive.Served.Value<long>($"select count(*) from archive.record_reads where record_id = '{record}' and reasoned = {reasoned}");

        var before = await Read();
        Assert.DoesNotContain("Kvarnstensfrågan", before, StringComparison.Ordinal);
        Assert.Contains("Hemliga uppgifter visas inte", before, StringComparison.Ordinal);
        var asked = await ServedArchive.Post(browser, "/andamal", "/andamal", ("Reason", ""));
        Assert.Contains("Ange varför du läser", WebUtility.HtmlDecode(await asked.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, "/andamal", "/andamal", ("Reason", "Handläggning av SWA"), ("to", diary))).StatusCode);
        var after = await Read();
        Assert.Contains("Kvarnstensfrågan", after, StringComparison.Ordinal);
        Assert.Contains("Ändamål: Handläggning av SWA", after, StringComparison.Ordinal);
        Assert.Equal((1, 0), (await Reads(true), await Reads(false)));

        // The record needs no second reason; a program gives it in the header, and is noted without one where it gives none.
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync(At($"/handlingar/{record}"))).StatusCode);
        var cleared = archive.Served.Program(await archive.Served.Token("Prog Ram", [new("registrator")], clearance: true));
        await Ok(await cleared.GetAsync(At("/api/v1/diary?authority=SWA")));
        Assert.Equal(1, await Reads(false));
        cleared.DefaultRequestHeaders.Add("X-Read-Reason", "Avst%C3%A4mning");
        await Ok(await cleared.GetAsync(At("/api/v1/diary?authority=SWA")));
        var reads = (await Ok(await cleared.GetAsync(At($"/api/v1/records/{record}/reads")))).GetProperty("items").EnumerateArray().Select(r => r.GetProperty("reason").GetString()).ToList();
        Assert.Equal("Avstämning", reads[0]);
        Assert.Contains("Handläggning av SWA", reads);

        // Taken back, it is withheld again; who is not cleared has nothing to state.
        await ServedArchive.Post(browser, "/andamal", "/andamal?handler=Forget");
        Assert.DoesNotContain("Kvarnstensfrågan", await Read(), StringComparison.Ordinal);
        var other = await archive.Browser("swaoklar", Role.Registrator);
        Assert.DoesNotContain("/andamal", await other.GetStringAsync(At("/diarium")), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Law", "OSL 5:5")]
    public async Task a_case_is_marked_examined_anew_and_lifted_and_its_titles_go_with_the_mark()
    {
        await Ok(await archive.Everybody.PutAsJsonAsync(At("/api/v1/authorities/SWB"), new { name = "Nämnden SWB", preset = "trosa" }));
        var opened = await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/cases"), new { authority = "SWB", title = "Om Hemligsson", publicTitle = "Om en familj" }));
        var id = opened.GetProperty("caseId").GetGuid();
        Task<HttpResponseMessage> Post(string what, object body, HttpClient? by = null) => (by ?? archive.Everybody).PostAsJsonAsync(At($"/api/v1/cases/{id}/{what}"), body);
        await Ok(await Post("parties", new { role = "party", name = "Hemma Hemligsson" }));
        await Ok(await Post("decisions", new { decidedOn = "2026-03-02", outcome = "other", body = "Nämnden § 9", subject = "Beslutet om familjen", text = "Text" }));
        await Ok(await Post("documents/1/release", new { }));
        var cleared = archive.Served.Program(await archive.Served.Token("Kim Klar", [new("registrator")], clearance: true));
        async Task<string> Everywhere(HttpClient by)
        {
            var after = await Last();
            var said = await by.GetStringAsync(At($"/api/v1/cases/{id}")) + await by.GetStringAsync(At($"/api/v1/cases/{id}/file?after={after}")) + await by.GetStringAsync(At($"/api/v1/cases?authority=SWB&after={after}"))
                + await by.GetStringAsync(At($"/api/v1/diary/{Uri.EscapeDataString(opened.GetProperty("diaryNumber").GetString()!)}?after={after}"));
            return said + await archive.Served.Browser().GetStringAsync(At("/public/diary.json?authority=SWB&period=all"));
        }

        Assert.Contains("Hemma Hemligsson", await Everywhere(archive.Everybody), StringComparison.Ordinal);
        Assert.Equal((400, "provision-missing"), await Refused(await Post("secrecy", new { provision = "" })));
        Assert.Equal((403, "not-allowed"), await Refused(await Post("secrecy", new { provision = "OSL 25 kap. 1 §" }, archive.Moderator)));
        await Ok(await Post("secrecy", new { provision = "OSL 25 kap. 1 §", note = "Hela familjen" }));
        foreach (var word in (string[])["Hemligsson", "Om en familj", "familjen"]) Assert.DoesNotContain(word, await Everywhere(archive.Everybody), StringComparison.Ordinal);
        Assert.Contains("Hemma Hemligsson", await Everywhere(cleared), StringComparison.Ordinal);
        Assert.Equal((409, "not-marked"), await Refused(await Post("secrecy/lift", new { reason = "Gissar" })));
        Assert.Equal((400, "reason-missing"), await Refused(await Post("secrecy/review", new { outcome = "stands" }, cleared)));
        await Ok(await Post("secrecy/review", new { outcome = "changed", reason = "En annan", provision = "OSL 26 kap. 1 §" }, cleared));
        await Ok(await Post("secrecy/lift", new { reason = "Inget skydd längre" }, cleared));
        Assert.Contains("Om en familj", await Everywhere(archive.Everybody), StringComparison.Ordinal);

        // And by the page; its number and days are open all along.
        var browser = await archive.Browser("swbmark", Role.Registrator);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, $"/arenden/{id}/sekretess", $"/arenden/{id}/sekretess?handler=Mark", ("Provision", "OSL 25 kap. 1 §"))).StatusCode);
        var page = WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/arenden/{id}")));
        Assert.DoesNotContain("Hemligsson", page, StringComparison.Ordinal);
        Assert.Contains(opened.GetProperty("diaryNumber").GetString()!, page, StringComparison.Ordinal);
    }
}
