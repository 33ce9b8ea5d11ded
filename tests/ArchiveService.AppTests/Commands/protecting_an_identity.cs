using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Features.Secrecy;
using ArchiveService.Features.Verify;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

/// <summary>Protected identity as a flag on a person's accounts, across channels (OSL 21:3, 21:3a, 22:1).</summary>
[Collection(nameof(CommandArchive))]
public sealed class Protecting_an_identity(CommandArchive archive)
{
    private static readonly object Flag = new { basis = "secrecyMark", reason = "Underrättelse från Skatteverket." };

    private Guid Account(string channel, string native) => archive.Served.Services.GetRequiredService<KeyedIds>().Account(archive.Channels[channel], "facebook", "native", native);

    private static object Says(string native, string text, string by, string? name = null, string? handle = null, string? parent = null) => new
    {
        act = "create",
        nativeId = native,
        kind = "comment",
        parentNativeId = parent,
        author = new { nativeId = by, displayName = name ?? "Sofia Skyddad", handle = handle ?? "sofia.skyddad" },
        audience = "public",
        text,
        occurredAt = "2026-03-01T12:00:00Z",
    };

    private async Task<HttpClient> Cleared() => archive.Served.Program(await archive.Served.Token("Klara Klarerad", [new("registrator"), new("moderator"), new("arkivarie")], clearance: true));

    private Task<HttpResponseMessage> Post(HttpClient by, Guid account, string act, object command) => by.PostAsJsonAsync(At($"/api/v1/accounts/{account}/protected-identity{act}"), command);

    private static async Task<HttpStatusCode> Asked(HttpClient by, string path) => (await by.GetAsync(At(path))).StatusCode;

    private async Task<IReadOnlyList<string>> Faults() =>
        [.. (await ActivatorUtilities.CreateInstance<VerifyArchive>(archive.Served.Services).Run(null, default)).Findings
            .Where(f => f.Code.StartsWith("protected", StringComparison.Ordinal) || f.Code is "open-behind-wall" or "wall-differs" or "view-differs" or "open-items-differ" or "inline-versions-differ").Select(f => f.What)];

    /// <summary>A second channel of the same authority.</summary>
    private async Task<(string First, string Second)> Two_channels()
    {
        var code = await archive.An_authority("herrljunga");
        archive.Channels[code + "2"] = (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = code, platform = "facebook", nativeAccountId = $"own2-{code}", handle = code + "2", purpose = "Dialog" }))).GetProperty("id").GetGuid();
        return (code, code + "2");
    }

    [Fact]
    [Trait("Requirement", "I3")]
    [Trait("Requirement", "T-14")]
    public async Task puts_all_a_person_wrote_in_every_channel_behind_the_wall_and_all_that_comes()
    {
        var (first, second) = await Two_channels();
        await archive.Capture(first, Says("a1", "Vi bor vid sjön ännuohördsak", "s1"), Says("a2", "En till", "s1"), Says("x1", "Jag med", "annan", "Nils Känd", "nils.kand"));
        await archive.Capture(second, Says("b1", "Hej igen", "s2"));
        var (one, two) = (Account(first, "s1"), Account(second, "s2"));
        var registered = archive.Record(first, "a1");
        await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/records/{registered}/register"), NewCase()));
        var byHand = archive.Record(first, "a2");
        await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/records/{byHand}/secrecy"), new { provision = "OSL 25 kap. 1 §" }));
        var cleared = await Cleared();

        Assert.Equal(HttpStatusCode.OK, await Asked(archive.Registrator, $"/api/v1/records/{registered}"));
        var set = await Ok(await Post(archive.Registrator, one, "", new { basis = "secrecyMark", reason = "Underrättelse från Skatteverket.", accounts = new[] { two }, reviewOn = "2027-11-01" }));
        Assert.Equal((2, 3), (set.GetProperty("accounts").GetInt32(), set.GetProperty("records").GetInt32()));

        // At once, without waiting for anything.
        foreach (var record in new[] { registered, byHand, archive.Record(second, "b1") })
        {
            Assert.Equal(Wall.Secret, (await archive.State(record)).Wall);
            Assert.Equal(HttpStatusCode.NotFound, await Asked(archive.Registrator, $"/api/v1/records/{record}"));
            Assert.Equal(HttpStatusCode.OK, await Asked(cleared, $"/api/v1/records/{record}"));
        }

        Assert.Equal(HttpStatusCode.NotFound, await Asked(archive.Registrator, $"/api/v1/accounts/{one}/history"));
        Assert.Equal(HttpStatusCode.NotFound, await Asked(archive.Registrator, $"/api/v1/accounts/{two}/history"));
        Assert.Equal(HttpStatusCode.OK, await Asked(cleared, $"/api/v1/accounts/{one}/history"));
        Assert.Empty((await Ok(await archive.Registrator.GetAsync(At("/api/v1/records?q=ännuohördsak")))).GetProperty("items").EnumerateArray());

        // Who is not cleared cannot tell a flag from an account that is not there.
        foreach (var (act, command) in new (string, object)[] { ("", Flag), ("/lift", new { reason = "?" }), ("/review", new { reason = "?" }) })
            Assert.Equal((404, "account-unknown"), await Refused(await Post(archive.Registrator, one, act, command)));
        Assert.Equal((404, "account-unknown"), await Refused(await Post(archive.Registrator, Guid.CreateVersion7(), "/lift", new { reason = "?" })));
        Assert.Equal((409, "already-protected"), await Refused(await Post(cleared, one, "", Flag)));
        Assert.Equal((400, "basis-unknown"), await Refused(await Post(cleared, Account(first, "annan"), "", new { basis = "känsla", reason = "x" })));
        Assert.Empty((await Ok(await archive.Registrator.GetAsync(At($"/api/v1/protected-identities?authority={first}")))).GetProperty("items").EnumerateArray());

        // What comes afterwards stands behind the wall from the first, and is an alarm until somebody has looked.
        await archive.Capture(second, Says("b2", "Nu skriver jag på nytt", "s2", "Sofia Nyttnamn"));
        await archive.Capture(first, Says("x2", "Jag håller med @sofia.skyddad", "annan", "Nils Känd", "nils.kand"));
        var (late, naming) = (archive.Record(second, "b2"), archive.Record(first, "x2"));
        Assert.Equal(Wall.Secret, (await archive.State(late)).Wall);
        Assert.Equal(Wall.Open, (await archive.State(naming)).Wall);
        var list = await Ok(await cleared.GetAsync(At($"/api/v1/protected-identities?authority={first}")));
        Assert.Equal(2, list.GetProperty("items").GetArrayLength());
        Assert.Equal(late, Assert.Single(list.GetProperty("arrivals").EnumerateArray()).GetProperty("record").GetGuid());
        Assert.All(list.GetProperty("mentions").EnumerateArray(), m => Assert.Equal(naming, m.GetProperty("record").GetGuid()));
        Assert.NotEmpty(list.GetProperty("mentions").EnumerateArray());
        Assert.Contains((await Ok(await cleared.GetAsync(At($"/api/v1/authorities/{first}/inbox")))).GetProperty("items").EnumerateArray(), i => i.GetProperty("protectedIdentity").GetBoolean());
        Assert.Empty(await Faults());

        // A record of its own can be unmarked, and stays behind the wall for the flag's sake.
        await Ok(await cleared.PostAsJsonAsync(At($"/api/v1/records/{late}/assess"), new { minor = false, secrecySuspected = false, isQuestion = false }));
        Assert.Equal(Wall.Secret, (await archive.State(late)).Wall);
        Assert.Empty((await Ok(await cleared.GetAsync(At($"/api/v1/protected-identities?authority={first}")))).GetProperty("arrivals").EnumerateArray());

        await Ok(await Post(cleared, two, "/review", new { reviewOn = "2028-11-01", reason = "Gäller alltjämt." }));
        Assert.Empty(await Faults());
        var lifted = await Ok(await Post(cleared, two, "/lift", new { reason = "Skyddet har upphört." }));
        Assert.Equal((2, 4), (lifted.GetProperty("accounts").GetInt32(), lifted.GetProperty("records").GetInt32()));
        Assert.Equal((Wall.Open, Wall.Secret, Wall.Open), ((await archive.State(registered)).Wall, (await archive.State(byHand)).Wall, (await archive.State(late)).Wall));
        Assert.False((await archive.State(registered)).DiaryReleased);
        var shown = await (await archive.Registrator.GetAsync(At($"/api/v1/records/{registered}?after={lifted.GetProperty("lastSequence").GetInt64()}"))).Content.ReadAsStringAsync();
        Assert.DoesNotContain("protect", shown, StringComparison.OrdinalIgnoreCase);
        Assert.Equal((409, "not-protected"), await Refused(await Post(cleared, two, "/lift", new { reason = "?" })));
        Assert.Empty(await Faults());
    }

    [Fact]
    [Trait("Requirement", "I3")]
    public async Task leaves_no_record_open_that_was_captured_while_the_flag_was_set()
    {
        var code = await archive.An_authority("norrkoping");
        await archive.Capture(code, Says("r0", "Först", "tävlar", "Ture Tävlar", "ture"));
        var (account, done) = (Account(code, "tävlar"), new TaskCompletionSource());
        var number = 0;
        var capturing = Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            // At least a few after the flag as well.
            for (var after = 0; after < 3; after += done.Task.IsCompleted ? 1 : 0)
            {
                var line = JsonSerializer.Serialize(Says($"r{Interlocked.Increment(ref number)}", "Mitt i", "tävlar", "Ture Tävlar", "ture"));
                using var content = new StringContent(line, System.Text.Encoding.UTF8, "application/x-ndjson");
                await Ok(await archive.Everybody.PostAsync(At($"/api/v1/channels/{archive.Channels[code]}/captures"), content));
            }
        })).ToList();
        while (Volatile.Read(ref number) < 12) await Task.Delay(5);
        await Ok(await Post(archive.Everybody, account, "", Flag));
        var open = await archive.Served.Value<long>($"select count(*) from archive.record_states where account_id = '{account}' and wall <> 'secret'");
        done.SetResult();
        await Task.WhenAll(capturing);

        Assert.Equal(0, open);
        Assert.Equal(0, await archive.Served.Value<long>($"select count(*) from archive.record_states where account_id = '{account}' and wall <> 'secret'"));
        Assert.Equal(number + 1, await archive.Served.Value<long>($"select count(*) from archive.mt_events e where e.type = 'record_protected' and e.data->>'account' = '{account}'"));
        Assert.True(await archive.Served.Value<bool>("select exists (select from archive.mt_events where type = 'record_protected' and (data->>'atCapture')::boolean)"));
    }

    [Fact]
    [Trait("Requirement", "I3")]
    public async Task follows_the_person_when_what_the_account_was_called_has_been_destroyed()
    {
        var code = await archive.An_authority("toreboda");
        await archive.Capture(code, Says("g1", "Innan", "åter", "Åter Kommen", "ater.kommen"));
        var (account, log) = (Account(code, "åter"), archive.Served.Services.GetRequiredService<SealedLog>());
        await Ok(await Post(archive.Everybody, account, "", Flag));
        var head = (await log.Store.ReadStream(account))[^1].Version;
        await log.Append([new(account, "account", EventStore.ExpectedVersion.Exactly(head), [new(new Features.Accounts.AccountDisposed(Guid.CreateVersion7(), TimeProvider.System.GetUtcNow()))])], log.NewKeySet(), new());

        await archive.Capture(code, Says("g2", "Efter", "åter", "Åter Kommen", "ater.kommen"));
        Assert.Equal(Wall.Secret, (await archive.State(archive.Record(code, "g2"))).Wall);
        Assert.Equal(2, await archive.Served.Value<long>($"select count(*) from archive.protected_accounts p join archive.authorities a using (authority_id) where a.code = '{code}'"));
        await archive.Capture(code, Says("g3", "Och igen", "åter", "Åter Kommen", "ater.kommen"));
        Assert.Equal(Wall.Secret, (await archive.State(archive.Record(code, "g3"))).Wall);
        Assert.Empty(await Faults());
    }

    [Fact]
    public async Task is_set_on_the_accounts_page()
    {
        var code = await archive.An_authority("trosa");
        await archive.Capture(code, Says("p1", "Hej", "sida", "Sigrid Sidåsker", "sigrid.s"));
        var (account, browser) = (Account(code, "sida"), await archive.Browser("flaggare1", Role.Registrator));
        var (account1, page) = ($"/konton/{account}", $"/konton/{account}/skyddad-identitet");
        Assert.Contains("Flagga för skyddad identitet", WebUtility.HtmlDecode(await browser.GetStringAsync(At(account1))), StringComparison.Ordinal);

        Assert.Contains("Ange skälen", WebUtility.HtmlDecode(await (await ServedArchive.Post(browser, page, page, ("Basis", "court"))).Content.ReadAsStringAsync()), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, page, ("Basis", "court"), ("Reason", "Beslut om kontaktförbud."))).StatusCode);

        Assert.Equal(HttpStatusCode.NotFound, await Asked(browser, account1));
        Assert.Equal(HttpStatusCode.NotFound, await Asked(browser, page));
        Assert.DoesNotContain("Sidåsker", await browser.GetStringAsync(At("/skyddade-identiteter")), StringComparison.Ordinal);

        await archive.Served.Token("flaggare1 Exempelsson", [new("registrator")], clearance: true);
        var (list, own) = (await browser.GetStringAsync(At("/skyddade-identiteter")), WebUtility.HtmlDecode(await browser.GetStringAsync(At(page))));
        Assert.Contains("Sigrid", list, StringComparison.Ordinal);
        Assert.Contains("Beslut om kontaktförbud.", own, StringComparison.Ordinal);
        Assert.Contains("flaggare1 Exempelsson", own, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, page + "?handler=Review", ("ReviewOn", "2027-06-01"), ("Reason", "Gäller än."))).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, page + "?handler=Lift", ("Why", "Upphört."))).StatusCode);
        Assert.Equal(Wall.Open, (await archive.State(archive.Record(code, "p1"))).Wall);
    }

    private async Task<Guid> A_picture(HttpClient by, Guid channel, string from, string to)
    {
        using var form = Made.Form([("from", from), ("to", to), ("coversContent", "true"), ("screened", "true")], ("screen-recording", "film.mp4", Made.Mp4));
        return (await Ok(await by.PostAsync(At($"/api/v1/channels/{channel}/snapshots"), form))).GetProperty("id").GetGuid();
    }

    [Fact]
    [Trait("Requirement", "I3")]
    [Trait("Requirement", "H-28")]
    public async Task puts_pictures_of_the_channel_behind_the_wall_until_somebody_has_looked_at_them()
    {
        var code = await archive.An_authority("herrljunga");
        var channel = archive.Channels[code];
        await archive.Capture(code, Says("s1", "Hej från sjön", "bild", "Berit Bildad", "berit.b"));
        var (before, covers) = (await A_picture(archive.Everybody, channel, "2025-07-01", "2025-12-31"), await A_picture(archive.Everybody, channel, "2026-01-01", "2026-06-30"));
        var account = Account(code, "bild");
        var set = await Ok(await Post(archive.Registrator, account, "", Flag));
        Assert.Equal(2, set.GetProperty("records").GetInt32());
        Assert.Equal((Wall.Open, Wall.Secret), ((await archive.State(before)).Wall, (await archive.State(covers)).Wall));
        var cleared = await Cleared();
        foreach (var path in new[] { $"/api/v1/records/{covers}", $"/api/v1/records/{covers}/attachments/{(await archive.State(covers)).AttachmentsStored.Single()}", $"/handlingar/{covers}" })
        {
            Assert.Equal(HttpStatusCode.NotFound, await Asked(archive.Registrator, path));
        }

        Assert.DoesNotContain((await Ok(await archive.Registrator.GetAsync(At($"/api/v1/channels/{channel}/snapshots")))).GetProperty("items").EnumerateArray(), i => i.GetProperty("id").GetGuid() == covers);
        Assert.Contains((await Ok(await cleared.GetAsync(At($"/api/v1/channels/{channel}/snapshots")))).GetProperty("items").EnumerateArray(), i => i.GetProperty("id").GetGuid() == covers);

        // What is taken while the flag stands is there for the cleared only, from its first moment.
        var taken = await A_picture(archive.Everybody, channel, "2026-07-01", "2026-09-30");
        Assert.Equal(Wall.Secret, (await archive.State(taken)).Wall);

        // Something older of theirs that is heard of late reaches the picture of that time.
        await archive.Capture(code, new { act = "create", nativeId = "s0", kind = "comment", author = new { nativeId = "bild", displayName = "Berit Bildad", handle = "berit.b" }, audience = "public", text = "Långt före", occurredAt = "2025-10-01T12:00:00Z" });
        Assert.Equal(Wall.Secret, (await archive.State(before)).Wall);
        Assert.Empty(await Faults());

        Task<HttpResponseMessage> Look(HttpClient by, Guid picture, string? reason) => by.PostAsJsonAsync(At($"/api/v1/records/{picture}/release-snapshot"), new { reason });
        Assert.Equal((404, "record-unknown"), await Refused(await Look(archive.Registrator, covers, "Sett")));
        Assert.Equal((400, "reason-missing"), await Refused(await Look(cleared, covers, " ")));
        Assert.Equal((409, "not-a-snapshot"), await Refused(await Look(cleared, archive.Record(code, "s1"), "Sett")));
        await Ok(await Look(cleared, covers, "Har sett filmen igenom: ingen kommentar syns."));
        Assert.Equal(Wall.Open, (await archive.State(covers)).Wall);
        Assert.Equal((409, "snapshot-not-protected"), await Refused(await Look(cleared, covers, "Igen")));

        // On the page, by somebody cleared; and lifting the flag opens what nobody looked at.
        await archive.Served.Token("bildprövare1 Exempelsson", [new("registrator"), new("arkivarie")], clearance: true);
        var browser = await archive.Browser("bildprövare1", Role.Registrator, Role.Arkivarie);
        Assert.Contains("/prova-bilden", await browser.GetStringAsync(At($"/kanaler/{channel}/ogonblicksbilder")), StringComparison.Ordinal);
        var page = $"/handlingar/{taken}/prova-bilden";
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, page, ("Reason", "Inget syns."))).StatusCode);
        Assert.Equal(Wall.Open, (await archive.State(taken)).Wall);
        await Ok(await Post(cleared, account, "/lift", new { reason = "Upphört." }));
        Assert.Equal(Wall.Open, (await archive.State(before)).Wall);
        Assert.Empty(await Faults());
    }

    [Fact]
    [Trait("Requirement", "I3")]
    public async Task keeps_a_picture_behind_the_wall_as_long_as_any_of_two_flags_stands()
    {
        var code = await archive.An_authority("herrljunga");
        await archive.Capture(code, Says("t1", "En", "ett", "Ett Skydd", "ett.s"), Says("t2", "Två", "tva", "Två Skydd", "tva.s"));
        var picture = await A_picture(archive.Everybody, archive.Channels[code], "2026-01-01", "2026-06-30");
        var cleared = await Cleared();
        await Ok(await Post(cleared, Account(code, "ett"), "", Flag));
        await Ok(await Post(cleared, Account(code, "tva"), "", Flag));
        await Ok(await Post(cleared, Account(code, "ett"), "/lift", new { reason = "Upphört." }));
        Assert.Equal(Wall.Secret, (await archive.State(picture)).Wall);
        await Ok(await Post(cleared, Account(code, "tva"), "/lift", new { reason = "Upphört." }));
        Assert.Equal(Wall.Open, (await archive.State(picture)).Wall);

        // One look is for all of them: what was looked at stays open when one of two flags goes, or is examined anew.
        await Ok(await Post(cleared, Account(code, "ett"), "", Flag));
        await Ok(await Post(cleared, Account(code, "tva"), "", Flag));
        await Ok(await cleared.PostAsJsonAsync(At($"/api/v1/records/{picture}/release-snapshot"), new { reason = "Ingen av dem syns." }));
        await Ok(await Post(cleared, Account(code, "tva"), "/review", new { reason = "Gäller." }));
        await Ok(await Post(cleared, Account(code, "ett"), "/lift", new { reason = "Upphört." }));
        Assert.Equal(Wall.Open, (await archive.State(picture)).Wall);
        Assert.Empty(await Faults());
    }

    [Fact]
    [Trait("Requirement", "I3")]
    public async Task hides_a_raw_delivery_that_brought_something_by_them()
    {
        var code = await archive.An_authority("toreboda");
        var body = $$$"""{"object":"page","entry":[{"id":"own-{{{code}}}","time":1770000100,"changes":[{"field":"feed","value":{"item":"comment","verb":"add","comment_id":"own-{{{code}}}_9","post_id":"own-{{{code}}}_1","from":{"id":"raw55","name":"Runa Rådata"},"created_time":1770000000,"message":"Hej"}}]}]}""";
        var (id, _) = await archive.Served.Services.GetRequiredService<Features.Deliveries.Deliveries>().Receive("meta", "webhook", null, "valid", System.Text.Encoding.UTF8.GetBytes(body), default);
        await archive.Served.Services.GetRequiredService<Features.Deliveries.ProcessDelivery>().Process(id, "meta", default);
        var record = await archive.Served.Value<Guid>($"select record_id from archive.delivery_records where delivery_id = '{id}'");
        var page = $"/insamling/{id}";
        var (browser, sees) = (await archive.Browser("rådata1", Role.Admin, Role.Kommunikator), await archive.Browser("rådata2", Role.Admin, Role.Kommunikator));
        await archive.Served.Token("rådata2 Exempelsson", [new("admin"), new("kommunikator")], clearance: true);
        Assert.Equal(HttpStatusCode.OK, await Asked(browser, page));

        await Ok(await Post(archive.Registrator, (await archive.State(record)).Account!.Value, "", Flag));
        Assert.Equal(HttpStatusCode.NotFound, await Asked(browser, page));
        Assert.Equal(HttpStatusCode.OK, await Asked(sees, page));

        // Given up and discarded ones as well, in lists and for every act.
        await archive.Served.Value<long>($"with one as (insert into work.inbox (delivery_id, platform, dead) values ('{id}', 'meta', true) on conflict (delivery_id) do update set dead = true returning 1) select count(*) from one");
        Assert.DoesNotContain((await Ok(await archive.Everybody.GetAsync(At("/api/v1/deliveries")))).GetProperty("items").EnumerateArray(), i => i.GetProperty("id").GetGuid() == id);
        Assert.DoesNotContain(id.ToString(), await browser.GetStringAsync(At("/insamling")), StringComparison.Ordinal);
        Assert.Contains(id.ToString(), await sees.GetStringAsync(At("/insamling")), StringComparison.Ordinal);
        Assert.Equal((404, "delivery-unknown"), await Refused(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/deliveries/{id}/retry"), new { })));
        Assert.Equal((404, "delivery-unknown"), await Refused(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/deliveries/{id}/discard"), new { reason = "other", note = "x" })));
        await archive.Served.Value<long>($"with one as (delete from work.inbox where delivery_id = '{id}' returning 1) select count(*) from one");
    }
}
