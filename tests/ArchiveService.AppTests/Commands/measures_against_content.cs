using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Persons;
using ArchiveService.Features.Records;
using ArchiveService.Features.Verify;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

[Collection(nameof(CommandArchive))]
public sealed class Measures_against_content(CommandArchive archive)
{
    private static readonly object Insult = new { grounds = new[] { "INSULT" }, motivation = "Grov förolämpning" };

    private async Task Authority(string code, string preset, params (string Key, string Value)[] policy)
    {
        await Ok(await archive.Everybody.PutAsJsonAsync(At($"/api/v1/authorities/{code}"), new { name = $"Nämnden {code}", preset, policy = policy.ToDictionary(p => p.Key, p => p.Value) }));
        archive.Channels[code] = (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = code, platform = "facebook", nativeAccountId = $"own-{code}", handle = code, purpose = "Dialog" }))).GetProperty("id").GetGuid();
    }

    private async Task<HttpClient> Caller(string name, bool clearance, params string[] roles) => archive.Served.Program(await archive.Served.Token(name, [.. roles.Select(r => new RoleAt(r))], clearance));

    private static long Sequence(JsonElement answer) => answer.GetProperty("lastSequence").GetInt64();

    private async Task<string> Page(HttpClient browser, string path) => WebUtility.HtmlDecode(await browser.GetStringAsync(At(path)));

    [Fact]
    [Trait("Law", "RF 2:1")]
    [Trait("Requirement", "I10")]
    public async Task without_the_new_answers_go_on_as_before_and_say_that_nobody_answered()
    {
        var id = await archive.A_comment("NKS");
        var advice = await Ok(await archive.Moderator.GetAsync(At($"/api/v1/records/{id}/take-down-advice")));
        Assert.Equal("must", advice.GetProperty("grounds").EnumerateArray().Single(g => g.GetProperty("ground").GetString() == "INSULT").GetProperty("duty").GetString());

        var done = await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/hide"), Insult));

        var events = (await Ok(await archive.Moderator.GetAsync(At($"/api/v1/records/{id}/events?after={Sequence(done)}")))).GetProperty("items").EnumerateArray();
        var basis = events.Single(e => e.GetProperty("type").GetString() == "item_hidden").GetProperty("facts").GetProperty("decision").GetProperty("basis");
        Assert.False(basis.TryGetProperty("viewpointNeutral", out _));
        Assert.Equal("must", basis.GetProperty("duties")[0].GetProperty("duty").GetString());
        var browser = await archive.Browser("obesvarad", Role.Moderator);
        Assert.Contains("Frågan om motsatt åsikt är inte besvarad", await Page(browser, $"/handlingar/{id}"), StringComparison.Ordinal);
        Assert.Contains("inte besvarad", await Page(browser, "/borttaget?authority=NKS"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Law", "RF 2:1")]
    [Trait("Requirement", "C9")]
    public async Task are_asked_for_on_the_page_and_an_opinion_is_no_ground()
    {
        var id = await archive.A_comment("HKS");
        var browser = await archive.Browser("neutral", Role.Moderator);
        var to = $"/handlingar/{id}/ta-ned";
        (string, string)[] form = [("Act", "Hide"), ("Grounds", "INSULT"), ("Motivation", "Grov förolämpning")];

        var asked = WebUtility.HtmlDecode(await (await ServedArchive.Post(browser, to, to, form)).Content.ReadAsStringAsync());
        Assert.Contains("Svara på frågan om motsatt åsikt", asked, StringComparison.Ordinal);
        Assert.Contains("är grund bara när det är grovt", asked, StringComparison.Ordinal);
        var refused = WebUtility.HtmlDecode(await (await ServedArchive.Post(browser, to, to, [.. form, ("ThresholdMet", "true"), ("Viewpoint", "no"), ("ViewpointNote", "Håller med om resten")])).Content.ReadAsStringAsync());
        Assert.Contains("JO 1248-2008", refused, StringComparison.Ordinal);
        Assert.Contains("den får inte vara skäl att ta ned", refused, StringComparison.Ordinal);
        Assert.Equal(Visibility.Visible, (await archive.State(id)).Visibility);

        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, to, to, [.. form, ("ThresholdMet", "true"), ("Viewpoint", "yes")])).StatusCode);
        var state = await archive.State(id);
        Assert.Equal(Visibility.Hidden, state.Visibility);
    }

    [Fact]
    public async Task by_two_people_happen_once_and_never_by_one()
    {
        await Authority("FYR", "norrkoping", ("removal.secondPerson", "all"));
        var id = await archive.A_comment("FYR");

        var proposed = await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/unpublish"), Insult);
        Assert.Equal(HttpStatusCode.Accepted, proposed.StatusCode);
        Assert.Equal(Visibility.Visible, (await archive.State(id)).Visibility);
        Assert.Equal((409, "same-person"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/confirm-take-down"), new { })));
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/confirm-take-down"), new { })));

        var others = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => Caller($"Andra Ögon {n}", false, "moderator")));
        var answers = await Task.WhenAll(others.Select(o => o.PostAsJsonAsync(At($"/api/v1/records/{id}/confirm-take-down"), new { })));

        Assert.Single(answers, a => a.IsSuccessStatusCode);
        var history = await archive.Served.Services.GetRequiredService<SealedLog>().Store.ReadStream(id);
        var down = Assert.IsType<ItemUnpublished>(Assert.Single(history, h => h.Event is ItemUnpublished).Event);
        Assert.NotEqual(down.Decision!.Basis!.ProposedBy, down.Decision.Basis.DecidedBy);
        Assert.Single(history, h => h.Event is RecordRegistered);
        Assert.Equal((409, "no-proposal"), await Refused(await others[0].PostAsJsonAsync(At($"/api/v1/records/{id}/confirm-take-down"), new { })));
    }

    [Fact]
    public async Task that_were_proposed_are_turned_down_or_confirmed_on_their_page()
    {
        await Authority("FYS", "norrkoping", ("removal.secondPerson", "all"));
        var id = await archive.A_comment("FYS");
        var browser = await archive.Browser("andraögon", Role.Moderator);
        var to = $"/handlingar/{id}/bekrafta";

        Assert.Equal(HttpStatusCode.Accepted, (await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/hide"), Insult)).StatusCode);
        Assert.Contains("Varför inte", await Page(browser, to), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, to, to, ("Answer", "no"), ("Reason", "Får stå kvar"))).StatusCode);
        Assert.Null((await archive.State(id)).Proposal);

        Assert.Equal(HttpStatusCode.Accepted, (await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/hide"), Insult)).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, to, to, ("Answer", "yes"))).StatusCode);
        Assert.Equal(Visibility.Hidden, (await archive.State(id)).Visibility);
    }

    [Fact]
    [Trait("Requirement", "N-12")]
    public async Task are_told_to_the_sender_afterwards_too()
    {
        var id = await archive.A_comment("NKS");
        Assert.Equal((409, "not-taken-down"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/notify-sender"), new { text = "Borttaget" })));
        var down = await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/unpublish"), Insult));
        var browser = await archive.Browser("besked", Role.Moderator);
        Assert.Contains("Avsändaren har inte fått besked", await Page(browser, $"/handlingar/{id}?after={Sequence(down)}"), StringComparison.Ordinal);
        Assert.Equal((400, "text-missing"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/notify-sender"), new { text = " " })));

        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, $"/handlingar/{id}/besked", $"/handlingar/{id}/besked", ("Text", "Din kommentar är avpublicerad"), ("Means", "Direktmeddelande"))).StatusCode);

        Assert.True((await archive.State(id)).SenderTold);
        var again = await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/notify-sender"), new { text = "Igen", sentAt = "2026-03-01T12:00:00Z" }));
        Assert.Contains("Din kommentar är avpublicerad", await Page(browser, $"/handlingar/{id}?after={Sequence(again)}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task by_the_police_stop_the_gallring_in_the_same_moment_until_a_person_lifts_it()
    {
        var id = await archive.A_comment("NKS");
        using var stale = new HttpRequestMessage(HttpMethod.Post, At($"/api/v1/records/{id}/police-report")) { Content = JsonContent.Create(new { crime = "Olaga hot" }) };
        stale.Headers.TryAddWithoutValidation("If-Match", "\"99\"");
        Assert.Equal((412, "changed-meanwhile"), await Refused(await archive.Moderator.SendAsync(stale)));
        Assert.Equal((400, "crime-missing"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/police-report"), new { crime = "" })));
        Assert.Equal(0, await archive.Served.Value<long>($"select count(*) from archive.holds where target_id = '{id}'"));

        var done = await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/police-report"), new { crime = "Olaga hot", reportNumber = "5000-K1-26", reportedBy = "Mo" }));

        var hold = done.GetProperty("hold").GetGuid();
        Assert.Equal("police", await archive.Served.Value<string>($"select ground from archive.holds where hold_id = '{hold}' and target_id = '{id}' and lifted_at is null"));
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.DeleteAsync(At($"/api/v1/holds/{hold}"))));
        await Ok(await archive.Registrator.DeleteAsync(At($"/api/v1/holds/{hold}")));
        Assert.True((await archive.State(id)).PoliceReported);
        var browser = await archive.Browser("polis", Role.Chef);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, $"/handlingar/{id}/polisanmalan", $"/handlingar/{id}/polisanmalan", ("Crime", "Olaga hot"))).StatusCode);
        Assert.Equal(1, await archive.Served.Value<long>($"select count(*) from archive.holds where target_id = '{id}' and lifted_at is null"));
    }

    [Fact]
    [Trait("Law", "BrB 16:10 a")]
    public async Task that_lock_child_abuse_material_leave_nobody_a_way_to_it()
    {
        await Authority("LAST", "trosa");
        var id = await archive.A_comment("LAST", "zxlåst textinnehåll");
        using var file = new MultipartFormDataContent { { new ByteArrayContent([1, 2, 3]), "file", "zxfil.png" } };
        var attached = await Ok(await archive.Everybody.PostAsync(At($"/api/v1/records/{id}/attachments"), file));
        var bytes = $"/api/v1/records/{id}/attachments/{attached.GetProperty("id").GetGuid()}";
        Assert.True((await archive.Everybody.GetAsync(At(bytes))).IsSuccessStatusCode);
        var anybody = await Caller("Vem Somhelst", false, "arkivarie");
        var cleared = await Caller("Klara Klarerad", true, "registrator", "moderator", "arkivarie");
        Assert.Equal((400, "description-missing"), await Refused(await anybody.PostAsJsonAsync(At($"/api/v1/records/{id}/restrict"), new { })));

        var locked = await Ok(await anybody.PostAsJsonAsync(At($"/api/v1/records/{id}/restrict"), new { description = "En bild i en kommentar" }));

        foreach (var reader in new[] { anybody, cleared, archive.Everybody })
        {
            Assert.Equal((451, "content-locked"), await Refused(await reader.GetAsync(At(bytes))));
            foreach (var path in new[] { "", "/versions", "/thread", "/events" })
            {
                var body = await (await reader.GetAsync(At($"/api/v1/records/{id}{path}"))).Content.ReadAsStringAsync();
                Assert.DoesNotContain("zxl", body, StringComparison.Ordinal);
                Assert.DoesNotContain("zxfil", body, StringComparison.Ordinal);
            }

            foreach (var q in new[] { "zxlåst", "zxfil" })
                Assert.Equal(0, (await Ok(await reader.GetAsync(At($"/api/v1/records?q={q}&after={Sequence(locked)}")))).GetProperty("total").GetProperty("value").GetInt32());
        }

        Assert.True((await Ok(await cleared.GetAsync(At($"/api/v1/records/{id}?after={Sequence(locked)}")))).GetProperty("locked").GetBoolean());
        using var more = new MultipartFormDataContent { { new ByteArrayContent([1]), "file", "mer.png" } };
        Assert.Equal((409, "content-locked"), await Refused(await archive.Everybody.PostAsync(At($"/api/v1/records/{id}/attachments"), more)));
        await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/records/{id}/unpublish"), new { grounds = new[] { "CHILD_ABUSE_MATERIAL" }, motivation = "Misstänkt brott" }));
        Assert.Equal((409, "content-locked"), await Refused(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/records/{id}/restore"), new { reason = "Fel" })));

        var browser = await archive.Browser("låst", Role.Moderator, Role.Registrator);
        foreach (var page in new[] { "", "/ta-ned", "/sekretess", "/registrera", "/besked", "/polisanmalan", "/las" })
        {
            var shown = await Page(browser, $"/handlingar/{id}{page}");
            Assert.DoesNotContain("zxl", shown, StringComparison.Ordinal);
            Assert.Contains("låst", shown, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Contains("Det ska polisanmälas genast", await Page(browser, $"/handlingar/{id}"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Law", "BrB 16:10 a")]
    public async Task that_lock_hold_for_what_is_told_later_too()
    {
        await Authority("LAT", "trosa");
        string Act(string act, string text) => JsonSerializer.Serialize(new { act, nativeId = "lat-1", kind = "comment", author = new { nativeId = "77", displayName = "Nils Låtsasson" }, audience = "public", occurredAt = "2026-03-01T12:00:00Z", text });
        async Task<long> Told(string line)
        {
            using var content = new StringContent(line, Encoding.UTF8, "application/x-ndjson");
            return Sequence(await Ok(await archive.Everybody.PostAsync(At($"/api/v1/channels/{archive.Channels["LAT"]}/captures"), content)));
        }

        await Told(Act("create", "zxförsta"));
        var id = archive.Served.Services.GetRequiredService<KeyedIds>().Record(archive.Channels["LAT"], "facebook", "native", "lat-1");
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/restrict"), new { description = "En bild" }));
        var last = await Told(Act("edit", "zxandra").Replace("12:00:00Z", "13:00:00Z", StringComparison.Ordinal));

        Assert.DoesNotContain("zx", await (await archive.Everybody.GetAsync(At($"/api/v1/records/{id}?after={last}"))).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("zx", await (await archive.Everybody.GetAsync(At($"/api/v1/records/{id}/versions"))).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await archive.Served.Value<long>($"select count(*) from views.all_versions where record_id = '{id}' and text is not null"));
    }

    [Fact]
    [Trait("Requirement", "C13")]
    [Trait("Requirement", "V-07")]
    [Trait("Requirement", "R-18")]
    public async Task that_block_a_sender_are_the_moderators_where_the_guideline_allows_it_else_the_managers()
    {
        await Authority("BLV", "vastarvet");
        await Authority("BLH", "herrljunga");
        var (allowed, silent) = (await archive.A_comment("BLV"), await archive.A_comment("BLH"));
        var chef = await Caller("Charlie Chef", false, "chef");
        object Block(Guid evidence) => new { grounds = new[] { "PROFANITY" }, motivation = "Upprepat", proportionality = "Varnad två gånger", reviewOn = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime).AddDays(30), evidence = new[] { evidence }, viewpointNeutral = true };
        var (account, other) = ((await archive.State(allowed)).Account, (await archive.State(silent)).Account);

        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/accounts/{other}/block"), Block(silent))));
        await Ok(await chef.PostAsJsonAsync(At($"/api/v1/accounts/{other}/block"), Block(silent)));
        Assert.Equal((400, "evidence-not-of-account"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/accounts/{account}/block"), Block(silent))));
        Assert.Equal((404, "account-unknown"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/accounts/{Guid.Empty}/block"), Block(silent))));

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => archive.Moderator.PostAsJsonAsync(At($"/api/v1/accounts/{account}/block"), Block(allowed))));

        Assert.Single(answers, a => a.IsSuccessStatusCode);
        Assert.Equal(1, await archive.Served.Value<long>($"select count(*) from archive.blocks where account_id = '{account}'"));
        Assert.Equal((400, "reason-missing"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/accounts/{account}/unblock"), new { })));
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/accounts/{account}/unblock"), new { reason = "Tiden är ute" }));
        Assert.Equal((409, "not-blocked"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/accounts/{account}/unblock"), new { reason = "Igen" })));
    }

    [Fact]
    [Trait("Requirement", "C13")]
    public async Task that_block_have_a_page_and_say_when_they_are_due()
    {
        await Authority("BLP", "trosa");
        var id = await archive.A_comment("BLP");
        var account = (await archive.State(id)).Account!.Value;
        await archive.Everybody.GetAsync(At($"/api/v1/records/{id}?after={await archive.Served.Value<long>("select max(seq_id) from archive.mt_events")}"));
        var browser = await archive.Browser("blockerare", Role.Moderator);
        var to = $"/konton/{account}/blockera";
        (string, string)[] form = [("Grounds", "INSULT"), ("Motivation", "Upprepat"), ("Proportionality", "Varnad"), ("Evidence", id.ToString("D")), ("Kind", "until"), ("Day", TimeProvider.System.GetUtcNow().AddDays(20).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture))];

        Assert.Contains("(R-18)", await Page(browser, to), StringComparison.Ordinal);
        Assert.Contains("motsatt åsikt", WebUtility.HtmlDecode(await (await ServedArchive.Post(browser, to, to, form)).Content.ReadAsStringAsync()), StringComparison.Ordinal);
        var done = await ServedArchive.Post(browser, to, to, [.. form, ("Viewpoint", "yes")]);
        Assert.Equal(HttpStatusCode.Redirect, done.StatusCode);
        Assert.Contains("Nils Låtsasson", await Page(browser, done.Headers.Location!.ToString()), StringComparison.Ordinal);
        await archive.Served.Value<int>($"update archive.blocks set until_day = current_date - 1 where account_id = '{account}' returning 1");
        Assert.Contains("Tiden är ute", await Page(browser, "/blockerade"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, to, to, ("Reason", "Klart"))).StatusCode);

        // What a reader may not know of is not there: nobody learns that the account is blocked.
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/secrecy"), new { provision = "OSL 25 kap. 1 §" }));
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync(At(to))).StatusCode);
        Assert.DoesNotContain(account.ToString("D"), await Page(browser, "/blockerade"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "I3")]
    public async Task are_told_to_everybody_without_content_names_or_what_is_withheld()
    {
        await Authority("OFF", "norrkoping");
        var (first, second, third) = (await archive.A_comment("OFF", "zxoffentligt"), await archive.A_comment("OFF"), await archive.A_comment("OFF"));
        var down = await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{first}/unpublish"), new { grounds = new[] { "INSULT" }, motivation = "zxmotivering" }));
        var program = archive.Served.Program();
        async Task<string> Told(long after)
        {
            await Ok(await archive.Everybody.GetAsync(At($"/api/v1/records?after={after}&limit=1")));
            return await program.GetStringAsync(At("/public/takedowns.json?authority=OFF"));
        }

        var before = await Told(Sequence(down));
        var one = JsonDocument.Parse(before).RootElement;
        Assert.Equal("förolämpning", one.GetProperty("items")[0].GetProperty("grounds")[0].GetString());
        Assert.Equal(1, one.GetProperty("months")[0].GetProperty("taken").GetInt32());
        Assert.DoesNotContain("zx", before, StringComparison.Ordinal);
        Assert.DoesNotContain("Nils", before, StringComparison.Ordinal);
        Assert.DoesNotContain(first.ToString("D"), before, StringComparison.Ordinal);

        // Two archives that differ only in what is withheld give the same answer.
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{second}/unpublish"), new { grounds = new[] { "SECRECY" }, motivation = "Hälsouppgift" }));
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{third}/unpublish"), new { grounds = new[] { "INSULT" }, motivation = "Förolämpning" }));
        var marked = await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{third}/secrecy"), new { provision = "OSL 21 kap. 3 §" }));
        Assert.Equal(before, await Told(Sequence(marked)));

        var back = await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{first}/restore"), new { reason = "Felbedömt" }));
        Assert.True(JsonDocument.Parse(await Told(Sequence(back))).RootElement.GetProperty("items")[0].GetProperty("restored").GetBoolean());
        Assert.Contains("Förolämpning", WebUtility.HtmlDecode(await program.GetStringAsync(At("/public/takedowns?authority=OFF"))), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await program.GetAsync(At("/public/takedowns.json?year=fel"))).StatusCode);
    }

    [Fact]
    [Trait("Requirement", "H-25")]
    public async Task are_listed_for_the_staff_with_their_motivation_as_page_and_file()
    {
        await Authority("LIS", "norrkoping");
        var (open, hidden) = (await archive.A_comment("LIS"), await archive.A_comment("LIS"));
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{open}/unpublish"), new { grounds = new[] { "INSULT" }, motivation = "=1+1; \"citat\"", viewpointNeutral = true }));
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{hidden}/hide"), new { grounds = new[] { "SECRECY" }, motivation = "zxhemlig motivering" }));
        var last = await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{hidden}/secrecy"), new { provision = "OSL 25 kap. 1 §" }));
        var cleared = await Caller("Klara Listläsare", true, "registrator");

        var items = (await Ok(await archive.Registrator.GetAsync(At($"/api/v1/removed?authority=LIS&after={Sequence(last)}")))).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(open, Assert.Single(items).GetProperty("record").GetGuid());
        var seen = await (await cleared.GetAsync(At("/api/v1/removed?authority=LIS"))).Content.ReadAsStringAsync();
        Assert.Contains(hidden.ToString("D"), seen, StringComparison.Ordinal);
        Assert.DoesNotContain("zxhemlig", seen, StringComparison.Ordinal);
        Assert.Empty((await Ok(await archive.Registrator.GetAsync(At("/api/v1/removed?authority=LIS&state=restored")))).GetProperty("items").EnumerateArray());
        Assert.Equal((400, "bad-parameter"), await Refused(await archive.Registrator.GetAsync(At("/api/v1/removed?act=fel"))));

        var browser = await archive.Browser("listan", Role.Registrator);
        Assert.Contains("=1+1", await Page(browser, "/borttaget?authority=LIS&ground=INSULT"), StringComparison.Ordinal);
        Assert.Contains("\"'=1+1; \"\"citat\"\"\"", await browser.GetStringAsync(At("/borttaget.csv?authority=LIS")), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "I12")]
    [Trait("Law", "BrB 16:10 a")]
    public async Task are_found_whole_by_verification_which_sees_what_was_changed_by_hand()
    {
        await Authority("VER", "trosa");
        var id = await archive.A_comment("VER");
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/restrict"), new { description = "En bild" }));
        async Task<string[]> Codes() => [.. (await ActivatorUtilities.CreateInstance<VerifyArchive>(archive.Served.Services).Run(null, default)).Findings.Select(f => f.Code)];

        var sound = await Codes();
        Assert.DoesNotContain("locks-differ", sound);
        Assert.DoesNotContain("blocks-differ", sound);
        Assert.DoesNotContain("locked-and-shown", sound);

        await archive.Served.Value<int>($"update archive.record_states set locked = false where record_id = '{id}' returning 1");
        Assert.Contains("locks-differ", await Codes());
        await archive.Served.Value<int>($"update archive.record_states set locked = true where record_id = '{id}' returning 1");
    }

    [Fact]
    [Trait("Requirement", "I8")]
    public async Task by_the_author_or_the_platform_lower_no_registration_and_are_no_decision()
    {
        var id = await archive.A_comment("NKS");
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), NewCase()));
        var native = $"del-{id:N}";
        async Task Told(string act, string party)
        {
            using var content = new StringContent(JsonSerializer.Serialize(new { act, nativeId = native, kind = "comment", author = new { nativeId = "77", displayName = "Nils" }, audience = "public", occurredAt = act == "create" ? "2026-03-01T12:00:00Z" : "2026-03-01T13:00:00Z", text = act == "create" ? "Hej" : null, actingParty = party }), Encoding.UTF8, "application/x-ndjson");
            await Ok(await archive.Everybody.PostAsync(At($"/api/v1/channels/{archive.Channels["NKS"]}/captures"), content));
        }

        await Told("create", "author");
        var record = archive.Served.Services.GetRequiredService<KeyedIds>().Record(archive.Channels["NKS"], "facebook", "native", native);
        await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{record}/register"), NewCase()));
        await Told("delete", "author");

        var state = await archive.State(record);
        Assert.Equal((Visibility.Deleted, ArchiveService.Features.Records.Registration.Registered, false), (state.Visibility, state.Registration, state.TakenDownByAuthority));
        Assert.DoesNotContain(record.ToString("D"), await (await archive.Registrator.GetAsync(At($"/api/v1/removed?after={await archive.Served.Value<long>("select max(seq_id) from archive.mt_events")}"))).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
