using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.DataSubjects;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

/// <summary>Register extract, erasure and rectification, at authorities of their own.</summary>
[Collection(nameof(CommandArchive))]
public sealed class Using_the_rights_of_a_person(CommandArchive archive)
{
    private const string Root = "/api/v1/data-subject-requests";

    private sealed record Place(string Code, Guid[] Channels, HttpClient Cleared, HttpClient Registrar)
    {
        public long After { get; set; }
    }

    private async Task<Place> An_authority(string code)
    {
        await Ok(await archive.Everybody.PutAsJsonAsync(At($"/api/v1/authorities/{code}"), new { name = $"Nämnden {code}", preset = "custom" }));
        var channels = new List<Guid>();
        foreach (var platform in new[] { "facebook", "instagram" })
            channels.Add((await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = code, platform, nativeAccountId = $"own-{code}", handle = $"{code}-{platform}", purpose = "Dialog" }))).GetProperty("id").GetGuid());
        return new(code, [.. channels], archive.Served.Program(await archive.Served.Token($"Klara {code}", [new("registrator", code), new("moderator", code)], clearance: true)),
            archive.Served.Program(await archive.Served.Token($"Rut {code}", [new("registrator", code)])));
    }

    private async Task Capture(Place place, int channel, params object[] acts)
    {
        using var content = new StringContent(string.Join('\n', acts.Select(a => JsonSerializer.Serialize(a))), Encoding.UTF8, "application/x-ndjson");
        place.After = (await Ok(await archive.Everybody.PostAsync(At($"/api/v1/channels/{place.Channels[channel]}/captures"), content))).GetProperty("lastSequence").GetInt64();
    }

    private static object Comment(string native, string text, string author = "kajsa", string name = "Kajsa Låtsberg", string? parent = null, string kind = "comment", string at = "2026-03-01T12:00:00Z", string act = "create") =>
        new { act, nativeId = native, kind, parentNativeId = parent, author = new { nativeId = author, displayName = name, handle = "@" + author }, audience = kind == "dm" ? "private" : "public", occurredAt = at, text };

    private Guid Record(Place place, int channel, string native) => Ids.Record(place.Channels[channel], channel == 0 ? "facebook" : "instagram", "native", native);

    private Guid Account(Place place, int channel, string author = "kajsa") => Ids.Account(place.Channels[channel], channel == 0 ? "facebook" : "instagram", "native", author);

    private KeyedIds Ids => archive.Served.Services.GetRequiredService<KeyedIds>();

    private static async Task<Guid> Received(HttpClient by, string code, string right = "access") =>
        (await Ok(await by.PostAsJsonAsync(At(Root), new { authority = code, right, name = "Kajsa Låtsberg", contact = "Storgatan 1", wish = "Allt om mig", channel = "visit" }))).GetProperty("id").GetGuid();

    private static Task<HttpResponseMessage> Post(HttpClient by, Guid id, string path, object? body = null) => by.PostAsJsonAsync(At($"{Root}/{id}/{path}"), body ?? new { });

    private async Task<bool> Held(Guid record)
    {
        await using var query = archive.Served.Services.GetRequiredService<Databases>().Writer.CreateCommand("select archive.is_held(authority_id, record_id, case_id, account_id) from archive.record_states where record_id = $1");
        query.Parameters.Add(new() { Value = record });
        return (bool)(await query.ExecuteScalarAsync())!;
    }

    private static async Task Linked(Place place, HttpClient by, Guid id, params Guid[] accounts)
    {
        await Ok(await by.GetAsync(At($"{Root}/{id}/accounts?q=kajsa&after={place.After}")));
        foreach (var account in accounts) await Ok(await Post(by, id, "links", new { account, reason = "Skrev från kontot medan vi talades vid" }));
    }

    [Fact]
    [Trait("Law", "GDPR art. 15")]
    public async Task an_extract_has_everything_of_one_sender_and_nothing_of_anybody_else()
    {
        var place = await An_authority("GUT");
        var other = await An_authority("GUA");
        await Capture(place, 0,
            Comment("p-1", "Vi svarar på frågor.", $"own-{place.Code}", "Nämnden", kind: "post"),
            Comment("k-1", "Vägen är hal", parent: "p-1"),
            Comment("k-1", "Vägen är mycket hal", parent: "p-1", act: "edit", at: "2026-03-01T12:05:00Z"),
            Comment("b-1", "Bertils hemliga fråga, @kajsa", "bertil", "Bertil Granne", parent: "p-1"),
            Comment("s-1", "Hej Kajsa och Bertil, vi sandar.", $"own-{place.Code}", "Nämnden", parent: "k-1"),
            Comment("h-1", "Jag är sjuk i hjärtat", parent: "p-1"),
            Comment("b-2", "Bertil svarar i tråden", "bertil", "Bertil Granne", parent: "k-1"));
        await Capture(place, 1, Comment("i-1", "Samma fråga här"));
        await Capture(other, 0, Comment("o-1", "Hos en annan nämnd"));
        var secret = Record(place, 0, "h-1");
        await Ok(await place.Cleared.PostAsJsonAsync(At($"/api/v1/records/{secret}/register"), new { newCase = new { title = "Enskild fråga" }, subject = "Fråga" }));
        await Ok(await place.Cleared.PostAsJsonAsync(At($"/api/v1/records/{secret}/secrecy"), new { provision = "OSL 25 kap. 1 §" }));

        var id = await Received(archive.Moderator, place.Code);
        Assert.Equal((409, "not-identified"), await Refused(await place.Cleared.GetAsync(At($"{Root}/{id}/accounts?q=kajsa"))));
        Assert.Equal((409, "not-identified"), await Refused(await Post(place.Cleared, id, "links", new { account = Account(place, 0), reason = "x" })));
        Assert.Equal((409, "not-identified"), await Refused(await Post(place.Cleared, id, "extract", new { form = "json" })));
        await Ok(await Post(place.Registrar, id, "identify", new { means = "accountMessage", message = Record(place, 1, "i-1") }));

        var seen = await Ok(await place.Cleared.GetAsync(At($"{Root}/{id}/accounts?q=kajsa&after={Math.Max(place.After, other.After)}")));
        Assert.Equal(2, seen.GetProperty("items").GetArrayLength());
        Assert.Equal((404, "account-unknown"), await Refused(await Post(place.Cleared, id, "links", new { account = Account(other, 0), reason = "x" })));
        Assert.Equal((400, "reason-missing"), await Refused(await Post(place.Cleared, id, "links", new { account = Account(place, 0) })));
        Assert.False(await Held(Record(place, 0, "k-1")));
        await Linked(place, place.Cleared, id, Account(place, 0), Account(place, 1));
        Assert.True(await Held(Record(place, 0, "k-1")));
        Assert.False(await Held(Record(place, 0, "b-1")));

        // Who cannot see everything cannot say what is left out: asked whether there is anything or not.
        Assert.Equal((403, "not-allowed"), await Refused(await Post(place.Registrar, id, "extract", new { form = "json" })));
        Assert.Equal((409, "extract-missing"), await Refused(await Post(place.Registrar, id, "hand-out", new { means = "visit" })));
        var answer = await Post(place.Cleared, id, "extract", new { form = "json" });
        var made = await Ok(answer);
        var extract = made.GetProperty("extract");
        var text = extract.GetRawText();
        Assert.Equal(made.GetProperty("digest").GetString(), Assert.Single(answer.Headers.GetValues("Extract-Digest")));
        Assert.Equal(1, extract.GetProperty("withheld").GetInt32());
        foreach (var whole in new[] { "Vägen är hal", "Vägen är mycket hal", "Samma fråga här", "vi sandar", "15.1 a", "15.1 h", "imy.se", "2 kap. 18 §" }.SkipLast(1)) Assert.Contains(whole, text, StringComparison.Ordinal);
        foreach (var never in new[] { "hjärtat", "Bertil", "bertil", "Granne", "annan nämnd" }) Assert.DoesNotContain(never, text, StringComparison.Ordinal);
        Assert.Contains(OthersMasked.Mask, text, StringComparison.Ordinal);
        Assert.Equal(1, extract.GetProperty("mentions").GetArrayLength());

        await Ok(await Post(place.Cleared, id, $"records/{secret}/examine", new { release = true }));
        Assert.Equal((404, "record-unknown"), await Refused(await Post(place.Cleared, id, $"records/{Record(place, 0, "b-1")}/examine", new { release = true })));
        Assert.Equal((403, "not-allowed"), await Refused(await Post(place.Registrar, id, $"records/{secret}/examine", new { release = true })));
        Assert.Equal((409, "extract-stale"), await Refused(await Post(place.Registrar, id, "hand-out", new { means = "visit" })));
        var whole2 = (await Ok(await Post(place.Cleared, id, "extract"))).GetProperty("extract");
        Assert.Equal(0, whole2.GetProperty("withheld").GetInt32());
        Assert.Contains("hjärtat", whole2.GetRawText(), StringComparison.Ordinal);
        Assert.True(await archive.Served.Value<long>($"select count(*) from archive.record_reads where record_id = '{secret}'") > 0);
        await Ok(await Post(place.Registrar, id, "hand-out", new { means = "visit" }));

        var told = await Ok(await place.Registrar.GetAsync(At($"{Root}/{id}")));
        Assert.Equal(("handedOut", 2), (told.GetProperty("answer").GetString(), told.GetProperty("produced").GetArrayLength()));
        Assert.True(await Held(Record(place, 0, "k-1")));
        await Ok(await Post(place.Registrar, id, "close"));
        Assert.False(await Held(Record(place, 0, "k-1")));
    }

    [Fact]
    [Trait("Law", "GDPR art. 17.3")]
    public async Task an_erasure_becomes_a_case_with_an_answer_and_deletes_nothing()
    {
        var place = await An_authority("GER");
        await Capture(place, 0, Comment("k-1", "Ta bort det här"));
        var record = Record(place, 0, "k-1");
        var before = (await archive.State(record)).Version;
        var id = await Received(place.Registrar, place.Code, "erasure");
        await Ok(await Post(place.Registrar, id, "identify", new { means = "idDocument" }));
        await Linked(place, place.Registrar, id, Account(place, 0));
        var refusal = new { answer = "refused", reasons = "Kommentaren är en allmän handling.", grounds = new[] { "17.3b" } };
        Assert.Equal((409, "case-missing"), await Refused(await Post(place.Registrar, id, "answer", refusal)));
        Assert.Equal((409, "gallring-rule-missing"), await Refused(await Post(place.Registrar, id, "answer", new { answer = "granted", reasons = "Ja", rule = Guid.CreateVersion7() })));

        var opened = await Ok(await Post(place.Registrar, id, "case"));
        Assert.Equal((409, "case-opened"), await Refused(await Post(place.Registrar, id, "case")));
        await Ok(await Post(place.Registrar, id, "answer", refusal));
        var told = await Ok(await place.Registrar.GetAsync(At($"{Root}/{id}")));
        Assert.Contains("ändras eller förstörs inte på begäran", told.GetProperty("answerText").GetString()!, StringComparison.Ordinal);
        Assert.Equal(1L, await archive.Served.Value<long>($"select count(*) from archive.mt_events where stream_id = '{opened.GetProperty("caseId").GetGuid()}' and type = 'case_decision_made' and data->>'outcome' = 'refused'"));
        Assert.Equal(1L, await archive.Served.Value<long>($"select count(*) from archive.mt_events where stream_id = '{opened.GetProperty("caseId").GetGuid()}' and type = 'case_party_added'"));
        Assert.Equal((409, "appeal-time-runs"), await Refused(await Post(place.Registrar, id, "close")));
        Assert.True(await Held(record));
        Assert.Equal(before, (await archive.State(record)).Version);
    }

    [Fact]
    [Trait("Law", "GDPR art. 16")]
    public async Task a_rectification_stands_beside_the_record_and_the_pages_take_every_step()
    {
        var place = await An_authority("GRE");
        await Capture(place, 0, Comment("k-1", "Jag bor på Lillgatan"));
        var record = Record(place, 0, "k-1");
        var before = (await archive.State(record)).Version;
        var browser = await archive.Browser("rattaren", Role.Registrator);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, "/registerutdrag/ny", "/registerutdrag/ny", ("Authority", place.Code), ("Right", "rectification"), ("Name", "Kajsa Låtsberg"), ("Channel", "letter"))).StatusCode);
        var id = await archive.Served.Value<Guid>("select request_id from archive.subject_requests join archive.authorities using (authority_id) where code = 'GRE'");
        var page = $"/registerutdrag/{id}";
        async Task Step(string handler, params (string, string)[] fields)
        {
            var answer = await ServedArchive.Post(browser, page, $"{page}?handler={handler}", fields);
            Assert.True(answer.StatusCode == HttpStatusCode.Redirect, $"{handler}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }

        Assert.Contains("Klarlägg identiteten", await browser.GetStringAsync(At(page)), StringComparison.Ordinal);
        Assert.Contains("Kajsa", await browser.GetStringAsync(At(page)), StringComparison.Ordinal);
        var wrong = await ServedArchive.Post(browser, page, $"{page}?handler=Identify", ("Identify.Means", "other"));
        Assert.Contains("hur identiteten klarlades", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await Step("Identify", ("Identify.Means", "idDocument"));
        Assert.Contains(Account(place, 0).ToString(), await browser.GetStringAsync(At($"{page}?q=kajsa&after={place.After}")), StringComparison.Ordinal);
        await Step("Link", ("Link.Account", Account(place, 0).ToString()), ("Link.Reason", "Visade mobilen"));
        await Step("Case");
        await Step("Supplement", ("Supplement.Record", $"https://arkiv.example/handlingar/{record}"), ("Supplement.Text", "Personen uppger att gatan är Storgatan."));
        Assert.Contains("gatan är Storgatan", await browser.GetStringAsync(At($"/handlingar/{record}")), StringComparison.Ordinal);
        await Step("Answer", ("Answer.Answer", "granted"), ("Answer.Reasons", "Anteckningen är gjord."));
        await Step("Close");
        Assert.Equal(before, (await archive.State(record)).Version);
        Assert.Contains("Bifall", await browser.GetStringAsync(At("/registerutdrag")), StringComparison.Ordinal);
        Assert.Contains("behörighet till sekretess", await browser.GetStringAsync(At($"{page}/utdrag")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_request_is_not_seen_by_another_authority_nor_by_those_who_have_nothing_to_do_with_it()
    {
        var place = await An_authority("GWA");
        var other = await An_authority("GWB");
        var id = await Received(place.Registrar, place.Code);
        Assert.Equal((404, "data-subject-request-unknown"), await Refused(await other.Cleared.GetAsync(At($"{Root}/{id}"))));
        Assert.Equal((404, "data-subject-request-unknown"), await Refused(await Post(other.Cleared, id, "identify", new { means = "idDocument" })));
        Assert.Equal((404, "data-subject-request-unknown"), await Refused(await archive.Moderator.GetAsync(At($"{Root}/{id}"))));
        Assert.Empty((await Ok(await other.Cleared.GetAsync(At(Root)))).GetProperty("items").EnumerateArray());
        Assert.Equal((404, "authority-unknown"), await Refused(await other.Registrar.PostAsJsonAsync(At(Root), new { authority = place.Code, right = "access", name = "X" })));

        var hidden = (await Ok(await place.Cleared.PostAsJsonAsync(At(Root), new { authority = place.Code, right = "access", name = "Skyddade Sven", protectedIdentity = true }))).GetProperty("id").GetGuid();
        Assert.DoesNotContain("Skyddade Sven", await (await place.Registrar.GetAsync(At($"{Root}/{hidden}"))).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("Skyddade Sven", await (await place.Cleared.GetAsync(At($"{Root}/{hidden}"))).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task many_at_once_take_each_number_once_make_each_extract_an_event_and_close_once()
    {
        var place = await An_authority("GRC");
        await Capture(place, 0, Comment("k-1", "Hej"));
        var ids = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Received(place.Cleared, place.Code)));
        Assert.Equal(12L, await archive.Served.Value<long>("select count(distinct number) from archive.subject_requests join archive.authorities using (authority_id) where code = 'GRC' and split_part(number, ':', 2)::int between 1 and 12"));

        var id = ids[0];
        await Ok(await Post(place.Cleared, id, "identify", new { means = "idDocument" }));
        await Linked(place, place.Cleared, id, Account(place, 0));
        var made = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Post(place.Cleared, id, "extract")));
        Assert.All(made, m => Assert.Equal(HttpStatusCode.OK, m.StatusCode));
        Assert.Equal(4L, await archive.Served.Value<long>($"select count(*) from archive.mt_events where stream_id = '{id}' and type = 'data_subject_extract_produced'"));
        await Ok(await Post(place.Cleared, id, "hand-out", new { means = "letter" }));
        var closed = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Post(place.Cleared, id, "close")));
        Assert.Single(closed, c => c.StatusCode == HttpStatusCode.OK);
        Assert.Equal(1L, await archive.Served.Value<long>($"select count(*) from archive.mt_events where stream_id = '{id}' and type = 'data_subject_request_closed'"));
        Assert.Equal((409, "request-closed"), await Refused(await Post(place.Cleared, id, "extract")));
    }

    [Fact]
    [Trait("Law", "GDPR art. 15.4")]
    public async Task others_in_the_persons_own_words_are_marked_and_masked_until_somebody_lets_them_stand()
    {
        var place = await An_authority("GMA");
        const string said = "Min granne Bertil Granne ringde 070-123 45 67 och skrev till bertil@exempel.se. Ada Admin svarade. Kajsa hälsar!";
        await Capture(place, 0, Comment("p-1", "Vi svarar.", $"own-{place.Code}", "Nämnden", kind: "post"), Comment("b-1", "Jag med", "bertil", "Bertil Granne", parent: "p-1"), Comment("k-1", said, parent: "p-1"), Comment("k-2", "Inget särskilt", parent: "p-1"));
        var record = Record(place, 0, "k-1");
        var id = await Received(place.Registrar, place.Code);
        await Ok(await Post(place.Registrar, id, "identify", new { means = "idDocument" }));
        await Linked(place, place.Cleared, id, Account(place, 0));
        Assert.Equal((403, "not-allowed"), await Refused(await place.Registrar.GetAsync(At($"{Root}/{id}/marks"))));

        var marked = await Ok(await place.Cleared.GetAsync(At($"{Root}/{id}/marks?after={place.After}")));
        var own = Assert.Single(marked.GetProperty("items").EnumerateArray());
        (string Kind, string Text)[] found = [.. own.GetProperty("marks").EnumerateArray().Select(m => (m.GetProperty("kind").GetString()!, m.GetProperty("text").GetString()!))];
        Assert.Equal([("sender", "Bertil Granne"), ("phone", "070-123 45 67"), ("email", "bertil@exempel.se"), ("staff", "Ada Admin")], found);
        var made = await Ok(await Post(place.Cleared, id, "extract"));
        Assert.Equal(4, made.GetProperty("undecidedMarks").GetInt32());
        foreach (var hidden in new[] { "Bertil", "070-123", "exempel.se", "Ada Admin" }) Assert.DoesNotContain(hidden, made.GetProperty("extract").GetRawText(), StringComparison.Ordinal);

        var version = own.GetProperty("version").GetGuid();
        object Of(int which) => new { start = own.GetProperty("marks")[which].GetProperty("start").GetInt32(), length = own.GetProperty("marks")[which].GetProperty("length").GetInt32() };
        var path = $"records/{record}/passages";
        Assert.Equal((404, "passage-version-unknown"), await Refused(await Post(place.Cleared, id, path, new { version = Guid.CreateVersion7(), stand = new[] { Of(0) } })));
        Assert.Equal((400, "passage-out-of-range"), await Refused(await Post(place.Cleared, id, path, new { version, stand = new[] { new { start = 5, length = 5000 } } })));
        Assert.Equal((400, "passage-said-twice"), await Refused(await Post(place.Cleared, id, path, new { version, stand = new[] { Of(0) }, mask = new[] { Of(0) } })));
        Assert.Equal((400, "word-not-there"), await Refused(await Post(place.Cleared, id, path, new { version, words = new[] { "Sara" } })));
        Assert.Equal((403, "not-allowed"), await Refused(await Post(place.Registrar, id, path, new { version, stand = new[] { Of(3) } })));
        await Ok(await Post(place.Cleared, id, path, new { version, stand = new[] { Of(3) }, mask = new[] { Of(0) }, words = new[] { "granne" } }));
        Assert.Equal((409, "extract-stale"), await Refused(await Post(place.Registrar, id, "hand-out", new { means = "visit" })));
        made = await Ok(await Post(place.Cleared, id, "extract"));
        var text = made.GetProperty("extract").GetRawText();
        Assert.Equal(2, made.GetProperty("undecidedMarks").GetInt32());
        Assert.Contains("Ada Admin", text, StringComparison.Ordinal);
        Assert.DoesNotContain("granne", text, StringComparison.OrdinalIgnoreCase);

        // The same on the page.
        await archive.Served.Token("maskaren Exempelsson", [new("registrator")], clearance: true);
        var browser = await archive.Browser("maskaren", Role.Registrator);
        var page = $"/registerutdrag/{id}/utdrag";
        Assert.Contains("2\u00a0ställen är inte bedömda", WebUtility.HtmlDecode(await browser.GetStringAsync(At(page))), StringComparison.Ordinal);
        (string, string)[] all = [.. Enumerable.Range(0, 4).Select(i => ("marks", $"{own.GetProperty("marks")[i].GetProperty("start").GetInt32()}-{own.GetProperty("marks")[i].GetProperty("length").GetInt32()}"))];
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, $"{page}?handler=Passages", [("record", record.ToString()), ("version", version.ToString()), .. all, ("stand", all[3].Item2)])).StatusCode);
        Assert.Equal(0, (await Ok(await place.Cleared.GetAsync(At($"{Root}/{id}/marks")))).GetProperty("undecided").GetInt32());
        Assert.DoesNotContain("070-123", await (await ServedArchive.Post(browser, page, $"{page}?handler=Produce", ("form", "page"))).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Law", "GDPR art. 15.3")]
    public async Task an_extract_is_given_as_pdf_and_as_a_package_with_the_persons_own_files()
    {
        var place = await An_authority("GPZ");
        await Capture(place, 0, Comment("k-1", "Med bild"));
        var record = Record(place, 0, "k-1");
        byte[] picture = [.. Made.Png, 7, 7];
        using (var form = new MultipartFormDataContent { { new ByteArrayContent(picture), "file", "min bild.png" } })
            await Ok(await archive.Everybody.PostAsync(At($"/api/v1/records/{record}/attachments"), form));
        var id = await Received(place.Registrar, place.Code);
        await Ok(await Post(place.Registrar, id, "identify", new { means = "idDocument" }));
        await Linked(place, place.Cleared, id, Account(place, 0));

        var answer = await Post(place.Cleared, id, "extract", new { form = "zip" });
        Assert.Equal(("application/zip", true), (answer.Content.Headers.ContentType!.MediaType, answer.Headers.CacheControl!.NoStore));
        var printed = (await archive.Served.Services.GetRequiredService<Printing.Pdf>().Standing(default)).Available;
        using (var zip = new System.IO.Compression.ZipArchive(await answer.Content.ReadAsStreamAsync()))
        {
            byte[] Bytes(System.IO.Compression.ZipArchiveEntry entry)
            {
                using var into = new MemoryStream();
                using var from = entry.Open();
                from.CopyTo(into);
                return into.ToArray();
            }

            var json = Bytes(zip.GetEntry("registerutdrag.json")!);
            Assert.Equal(Assert.Single(answer.Headers.GetValues("Extract-Digest")), Convert.ToHexStringLower(SHA256.HashData(json)));
            Assert.Equal(picture, Bytes(Assert.Single(zip.Entries, e => e.FullName.StartsWith("filer/", StringComparison.Ordinal))));
            Assert.Equal(printed, zip.GetEntry("registerutdrag.pdf") is { } paper && Bytes(paper).AsSpan().StartsWith("%PDF-"u8));
            Assert.Equal(2 + (printed ? 1 : 0), zip.Entries.Count);
        }

        var pdf = await Post(place.Cleared, id, "extract", new { form = "pdf" });
        if (printed)
        {
            Assert.Equal("application/pdf", pdf.Content.Headers.ContentType!.MediaType);
            Assert.True((await pdf.Content.ReadAsByteArrayAsync()).AsSpan().StartsWith("%PDF-"u8));
        }
        else
        {
            Assert.Equal(503, (await Refused(pdf)).Status);
        }

        Assert.Equal(printed ? 2 : 1, (await Ok(await place.Registrar.GetAsync(At($"{Root}/{id}")))).GetProperty("produced").GetArrayLength());
    }
}
