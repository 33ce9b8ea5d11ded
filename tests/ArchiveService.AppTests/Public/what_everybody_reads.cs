using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ArchiveService.Access;
using ArchiveService.Features.Disclosures;
using ArchiveService.Features.Inspections;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Public;

[Collection(nameof(PublicArchive))]
public sealed class The_postlist_of_everybody(PublicArchive archive)
{
    private async Task<JsonElement> Line(string number, string query = "") =>
        (await Ok(await archive.Anybody.GetAsync(At($"/public/diary.json{query}")))).GetProperty("items").EnumerateArray().SingleOrDefault(i => i.GetProperty("diaryNumber").GetString() == number);

    [Fact]
    [Trait("Requirement", "R-14")]
    public async Task has_what_was_registered_in_the_last_week_though_it_came_in_earlier()
    {
        var (_, number) = await archive.A_registered_comment("PUB", "Belysningen på Ekgatan");

        var line = await Line(number);
        Assert.True(line.GetProperty("withheld").GetBoolean());
        Assert.Equal("2026-03-01", line.GetProperty("date").GetString());
        Assert.Equal(JsonValueKind.Object, (await Line(number, "?date=2026-03-01&direction=received")).ValueKind);
        Assert.Equal(JsonValueKind.Undefined, (await Line(number, "?period=yesterday")).ValueKind);
        Assert.Equal(JsonValueKind.Undefined, (await Line(number, "?direction=drawnUp")).ValueKind);
        var page = WebUtility.HtmlDecode(await archive.Anybody.GetStringAsync(At("/public/diary")));
        Assert.Contains(number, page, StringComparison.Ordinal);
        Assert.DoesNotContain("Ekgatan", page, StringComparison.Ordinal);
        Assert.Equal(400, (await Refused(await archive.Anybody.GetAsync(At("/public/diary.json?period=month")))).Status);
    }

    [Fact]
    public async Task as_a_file_holds_no_formula_and_nothing_that_is_kept_apart()
    {
        var (_, open) = await archive.A_registered_comment("PUB", "=HYPERLINK(\"http://x\")", sender: "@Nisse", release: true);
        var (_, kept) = await archive.A_registered_comment("PUB", "Hemlig sak i filen");

        var answer = await archive.Anybody.GetAsync(At("/public/diary.csv?authority=PUB"));
        var lines = (await answer.Content.ReadAsStringAsync()).Split("\r\n");

        Assert.Equal("text/csv", answer.Content.Headers.ContentType!.MediaType);
        var shown = lines.Single(l => l.StartsWith($"{open}-", StringComparison.Ordinal));
        Assert.Contains("\"'=HYPERLINK(\"\"http://x\"\")\"", shown, StringComparison.Ordinal);
        Assert.Contains(";'@Nisse;", shown, StringComparison.Ordinal);
        Assert.Contains(";uppgift utelämnad;uppgift utelämnad;", lines.Single(l => l.StartsWith($"{kept}-", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task is_a_PDF_or_says_why_none_can_be_made()
    {
        var answer = await archive.Anybody.GetAsync(At("/public/diary.pdf"));

        if (answer.IsSuccessStatusCode) Assert.Equal("%PDF", Encoding.ASCII.GetString((await answer.Content.ReadAsByteArrayAsync())[..4]));
        else Assert.Equal((503, "pdf-unavailable"), await Refused(answer));
    }

    [Fact]
    public async Task shows_no_name_and_finds_none_where_the_policy_says_never()
    {
        var (_, number) = await archive.A_registered_comment("TYST", "Parkeringen vid badhuset", sender: "Kvartilia Ensamnamn", release: true);

        var line = await Line(number);
        Assert.Equal("Parkeringen vid badhuset", line.GetProperty("subject").GetString());
        Assert.Equal(JsonValueKind.Null, line.GetProperty("sender").ValueKind);
        Assert.Equal(JsonValueKind.Undefined, (await Line(number, "?q=ensamnamn")).ValueKind);
        Assert.Equal(JsonValueKind.Object, (await Line(number, "?q=badhuset")).ValueKind);
    }

    [Fact]
    [Trait("Requirement", "I3")]
    public async Task is_not_sent_twice_and_changes_at_once_when_something_is_marked()
    {
        var (record, number) = await archive.A_registered_comment("PUB", "Snart hemligstämplat", release: true);
        var address = At($"/public/diary.json?q={Uri.EscapeDataString(number)}");
        var first = await archive.Anybody.GetAsync(address);
        async Task<HttpResponseMessage> Again()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
            return await archive.Anybody.SendAsync(request);
        }

        Assert.Equal("public, no-cache", string.Join(", ", first.Headers.CacheControl!.ToString().Split(", ").Order(StringComparer.Ordinal).Reverse()));
        Assert.Equal(HttpStatusCode.NotModified, (await Again()).StatusCode);
        await Ok(await archive.Staff.PostAsJsonAsync(At($"/api/v1/records/{record}/secrecy"), new { provision = "OSL 25 kap. 1 §" }));

        var after = await Again();
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
        Assert.DoesNotContain("hemligstämplat", await after.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "I3")]
    public async Task opens_a_file_that_was_examined_until_something_is_marked()
    {
        var (record, number) = await archive.A_registered_comment("PUB", "Bild på en trasig bänk");
        async Task<Guid> Attached(string name, byte[] bytes)
        {
            using var form = new MultipartFormDataContent { { new ByteArrayContent(bytes), "file", name } };
            return (await Ok(await archive.Staff.PostAsync(At($"/api/v1/records/{record}/attachments"), form))).GetProperty("id").GetGuid();
        }

        byte[] png = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3];
        var (picture, paper, untyped) = (await Attached("Nils Låtsasson.png", png), await Attached("brev.pdf", [.. "%PDF-1.7 "u8]), await Attached("okänd.bin", [1, 2, 3]));
        async Task<JsonElement> Files() => (await Line(number)).GetProperty("attachments");
        Task<HttpResponseMessage> Release(params object[] files) => archive.Staff.PostAsJsonAsync(At($"/api/v1/records/{record}/release"), new { attachments = files });
        Task<HttpResponseMessage> Open(Guid file) => archive.Anybody.GetAsync(At($"/public/attachments/{file}"));

        // A release of the entry alone shows no file.
        await archive.Shown(await Ok(await archive.Staff.PostAsync(At($"/api/v1/records/{record}/release"), null)));
        Assert.Equal(0, (await Files()).GetArrayLength());
        Assert.Equal((404, "attachment-unknown"), await Refused(await Open(picture)));

        Assert.Equal((400, "attachment-text-missing"), await Refused(await Release(new { id = picture })));
        Assert.Equal((409, "personal-number"), await Refused(await Release(new { id = picture, text = "Bänken hos 811228-9874" })));
        Assert.Equal((409, "attachment-untyped"), await Refused(await Release(new { id = untyped })));
        Assert.Equal((404, "attachment-unknown"), await Refused(await Release(new { id = Guid.Empty, text = "Ingen" })));
        await archive.Shown(await Ok(await Release(new { id = picture, text = "En trasig bänk" }, new { id = paper })));
        var files = await Files();
        Assert.Equal([$"/public/attachments/{picture}", $"/public/attachments/{paper}"], files.EnumerateArray().Select(f => f.GetProperty("address").GetString()));
        Assert.Equal("En trasig bänk", files[0].GetProperty("text").GetString());
        var page = WebUtility.HtmlDecode(await archive.Anybody.GetStringAsync(At($"/public/diary?q={Uri.EscapeDataString(number)}")));
        Assert.Contains("alt=\"En trasig bänk\"", page, StringComparison.Ordinal);
        Assert.Contains("2\u00a0bilagor", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Låtsasson.png", page, StringComparison.Ordinal);
        Assert.Contains($"/public/attachments/{paper}", await archive.Anybody.GetStringAsync(At($"/public/terminal?q={Uri.EscapeDataString(number)}")), StringComparison.Ordinal);
        async Task<string> InTheFile() => (await archive.Anybody.GetStringAsync(At($"/public/diary.csv?q={Uri.EscapeDataString(number)}"))).Split("\r\n").Single(l => l.StartsWith($"{number}-", StringComparison.Ordinal));
        var row = await InTheFile();
        foreach (var told in new[] { "En trasig bänk", $"(/public/attachments/{picture})", $"(/public/attachments/{paper})" }) Assert.Contains(told, row, StringComparison.Ordinal);
        Assert.DoesNotContain(untyped.ToString(), row, StringComparison.Ordinal);
        Assert.DoesNotContain("Låtsasson.png", row, StringComparison.Ordinal);

        var shown = await Open(picture);
        Assert.Equal(png, await shown.Content.ReadAsByteArrayAsync());
        Assert.Equal(("inline", "nosniff"), (shown.Content.Headers.ContentDisposition!.DispositionType, shown.Headers.GetValues("X-Content-Type-Options").Single()));
        Assert.StartsWith("default-src 'none'; sandbox;", shown.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Contains("noindex", shown.Headers.GetValues("X-Robots-Tag").Single(), StringComparison.Ordinal);
        Assert.Equal(("image/png", "no-cache"), (shown.Content.Headers.ContentType!.MediaType, shown.Headers.CacheControl!.NoCache ? "no-cache" : ""));
        Assert.Equal("attachment", (await Open(paper)).Content.Headers.ContentDisposition!.DispositionType);
        async Task<HttpStatusCode> Again()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, At($"/public/attachments/{picture}"));
            request.Headers.IfNoneMatch.Add(shown.Headers.ETag!);
            return (await archive.Anybody.SendAsync(request)).StatusCode;
        }

        Assert.Equal(HttpStatusCode.NotModified, await Again());
        await Ok(await Release(new { id = paper, text = "Brevet" }));
        Assert.Equal(HttpStatusCode.NotFound, await Again());
        Assert.Equal(HttpStatusCode.OK, (await Open(paper)).StatusCode);
        await Ok(await archive.Staff.PostAsJsonAsync(At($"/api/v1/records/{record}/secrecy"), new { provision = "OSL 25 kap. 1 §" }));
        Assert.Equal(HttpStatusCode.NotFound, (await Open(paper)).StatusCode);
        Assert.Equal(0, (await Files()).GetArrayLength());
        Assert.DoesNotContain("/public/attachments/", await InTheFile(), StringComparison.Ordinal);
        var found = (await ActivatorUtilities.CreateInstance<Features.Verify.VerifyArchive>(archive.Served.Services).Run(null, default)).Findings;
        Assert.DoesNotContain(found, f => f.Code == "public-attachments-differ");
    }

    [Fact]
    public async Task shows_a_file_only_when_it_is_ticked_on_the_page()
    {
        var (record, _) = await archive.A_registered_comment("PUB", "Ett brev");
        using var form = new MultipartFormDataContent { { new ByteArrayContent([.. "%PDF-1.7 "u8]), "file", "brev.pdf" } };
        var file = (await Ok(await archive.Staff.PostAsync(At($"/api/v1/records/{record}/attachments"), form))).GetProperty("id").GetGuid();
        await archive.Served.User("Rut Bilaga", "rutbilaga", "ett långt lösenord 1", [new(Role.Registrator, null)]);
        var browser = archive.Served.Browser();
        await ServedArchive.LogIn(browser, "rutbilaga", "ett långt lösenord 1");
        var page = $"/handlingar/{record}/publicering";
        Assert.Contains("brev.pdf", await browser.GetStringAsync(At(page)), StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, page, ("Release", "true"), ($"Text[{file:N}]", "Brevet"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await archive.Anybody.GetAsync(At($"/public/attachments/{file}"))).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, page, ("Release", "true"), ("Show", file.ToString()), ($"Text[{file:N}]", "Brevet"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await archive.Anybody.GetAsync(At($"/public/attachments/{file}"))).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, page, ("Release", "false"), ($"Text[{file:N}]", "Brevet"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await archive.Anybody.GetAsync(At($"/public/attachments/{file}"))).StatusCode);
    }

    [Theory]
    [InlineData("/public/diary")]
    [InlineData("/public/diary.csv")]
    [InlineData("/public/terminal")]
    [InlineData("/public/request")]
    [InlineData("/public/authorities")]
    [InlineData("/public/authorities/PUB")]
    [InlineData("/public/channels")]
    [InlineData("/public/takedowns")]
    [InlineData("/public/accessibility")]
    [InlineData("/offentligt/tillganglighet")]
    [InlineData("/offentligt/diarium")]
    [Trait("Requirement", "R-10")]
    public async Task sets_no_cookie_and_is_for_no_search_engine(string path)
    {
        var answer = await archive.Anybody.GetAsync(At(path));

        Assert.True((int)answer.StatusCode < 400, $"{answer.StatusCode}");
        Assert.False(answer.Headers.Contains("Set-Cookie"));
        Assert.Contains("noindex", answer.Headers.GetValues("X-Robots-Tag").Single(), StringComparison.Ordinal);
        Assert.True(answer.Headers.Contains("Content-Security-Policy"));
        Assert.Contains("Disallow: /", await archive.Anybody.GetStringAsync(At("/robots.txt")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task stands_on_the_terminal_with_nothing_left_for_the_next_visitor()
    {
        var (_, number) = await archive.A_registered_comment("PUB", "Osynligt på terminalen");

        var answer = await archive.Anybody.GetAsync(At("/public/terminal?authority=PUB"));
        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());

        Assert.Contains(number, page, StringComparison.Ordinal);
        Assert.DoesNotContain("Osynligt", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Contains("autocomplete=\"off\"", page, StringComparison.Ordinal);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Contains("/public/terminal", answer.Headers.GetValues("Refresh").Single(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "C13")]
    public async Task is_read_inside_with_what_each_may_know()
    {
        var (_, number) = await archive.A_registered_comment("PUB", "Bron över ån");

        var inside = (await Ok(await archive.Staff.GetAsync(At("/api/v1/postlist?period=today")))).GetProperty("page").GetProperty("items").EnumerateArray().Single(i => i.GetProperty("diaryNumber").GetString() == number);
        Assert.Equal("Bron över ån", inside.GetProperty("subject").GetString());
        Assert.Contains("Bron över ån", await archive.Staff.GetStringAsync(At("/diarium/postlista.csv")), StringComparison.Ordinal);
        Assert.Contains("Bron över ån", WebUtility.HtmlDecode(await archive.Staff.GetStringAsync(At("/diarium/postlista"))), StringComparison.Ordinal);
    }
}

[Collection(nameof(PublicArchive))]
public sealed partial class Asking_for_a_document(PublicArchive archive)
{
    [GeneratedRegex("<code>([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})</code>")]
    private static partial Regex Code { get; }

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) => new(fields.Select(f => KeyValuePair.Create(f.Name, f.Value)));

    [Fact]
    [Trait("Requirement", "R-10")]
    public async Task asks_neither_who_nor_why_and_keeps_no_trace_of_the_visitor()
    {
        var (_, number) = await archive.A_registered_comment("PUB", "Något att begära");
        using var visitor = archive.From("127.0.0.9");
        visitor.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", "Besokarens-lasare/7");
        var list = WebUtility.HtmlDecode(await visitor.GetStringAsync(At("/public/diary?authority=PUB")));
        var href = Regex.Match(list, $"href=\"(/public/request[^\"]*{Regex.Escape(Uri.EscapeDataString(number + "-1"))}[^\"]*)\"").Groups[1].Value;

        var form = WebUtility.HtmlDecode(await visitor.GetStringAsync(At(href)));
        Assert.Contains($"{number}-1", form, StringComparison.Ordinal);
        Assert.DoesNotContain("__RequestVerificationToken", form, StringComparison.Ordinal);
        var answer = await visitor.PostAsync(At("/public/request"), Form(("authority", "PUB"), ("number", $"{number}-1"), ("Form", "email"), ("Address", "nisse@example.org"), ("Wanted", "Och bilagan, hemligt ordval")));
        var page = await answer.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
        Assert.True(answer.Headers.CacheControl!.NoStore);
        var code = Code.Match(page).Groups[1].Value;
        Assert.Equal(HttpStatusCode.OK, (await archive.Anybody.GetAsync(At($"/public/requests/{code}"))).StatusCode);
        var log = archive.Served.Services.GetRequiredService<SealedLog>();
        var stream = await archive.Served.Value<Guid>($"select request_id from archive.disclosure_requests where reference = '{code}'");
        var received = Assert.Single(await log.Store.ReadStream(stream));
        Assert.IsType<DisclosureRequested>(received.Event);
        var parts = (await log.Open([received], default))[received.Id].Parts!;
        Assert.Contains($"{number}-1", parts["request"], StringComparison.Ordinal);
        Assert.Equal(Caller.System.PersonId.ToString("D"), received.Actor);

        // Nothing of the visitor anywhere: not in the event, not in the log of the program.
        var stored = await archive.Served.Value<string>($"select e.data::text || coalesce(e.headers::text, '') || coalesce(e.user_name, '') from archive.mt_events e where e.stream_id = '{stream}'");
        Assert.NotEmpty(archive.Log.Lines);
        foreach (var trace in new[] { "127.0.0.9", "Besokarens-lasare", "nisse@example.org", "hemligt ordval" })
        {
            Assert.DoesNotContain(trace, stored!, StringComparison.Ordinal);
            Assert.DoesNotContain(archive.Log.Lines, line => line.Contains(trace, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task for_nothing_is_refused_with_what_was_typed()
    {
        var answer = await archive.Anybody.PostAsync(At("/public/request"), Form(("authority", "PUB"), ("Form", "copy"), ("Address", "Storgatan 1")));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        Assert.Contains("Skriv vad som begärs", page, StringComparison.Ordinal);
        Assert.Contains("Storgatan 1", page, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "R-10")]
    public async Task is_sent_by_a_program_as_by_the_form()
    {
        var sent = await archive.Anybody.PostAsJsonAsync(At("/public/requests"), new { authority = "PUB", number = "KS 2026/1-1", request = "Och bilagan", form = "email", deliveryAddress = "nisse@example.org" });

        var reference = (await Ok(sent)).GetProperty("reference").GetString();
        Assert.Equal((HttpStatusCode.Created, false), (sent.StatusCode, sent.Headers.Contains("Set-Cookie")));
        Assert.Equal("received", (await Ok(await archive.Anybody.GetAsync(sent.Headers.Location))).GetProperty("stage").GetString());
        Assert.Equal(reference, (await Ok(await archive.Anybody.GetAsync(At($"/public/requests/{reference}.json")))).GetProperty("reference").GetString());
        Assert.Equal((400, "request-missing"), await Refused(await archive.Anybody.PostAsJsonAsync(At("/public/requests"), new { authority = "PUB" })));
        Assert.Equal((404, "authority-unknown"), await Refused(await archive.Anybody.PostAsJsonAsync(At("/public/requests"), new { authority = "FINNSINTE", request = "Allt" })));
        Assert.Equal((400, "number-too-long"), await Refused(await archive.Anybody.PostAsJsonAsync(At("/public/requests"), new { authority = "PUB", number = new string('1', 101) })));
    }

    [Fact]
    public async Task too_often_from_one_place_is_refused_there_and_nowhere_else()
    {
        using var busy = archive.From("127.0.0.8");
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 31; i++) statuses.Add((await busy.PostAsync(At("/public/request"), Form(("authority", "PUB")))).StatusCode);

        Assert.Equal(HttpStatusCode.TooManyRequests, statuses[^1]);
        Assert.DoesNotContain(HttpStatusCode.TooManyRequests, statuses[..^1]);
        Assert.Equal(HttpStatusCode.OK, (await archive.Anybody.PostAsync(At("/public/request"), Form(("authority", "PUB"), ("Wanted", "Allt om bron"), ("terminal", "true")))).StatusCode);
    }
}

[Collection(nameof(PublicArchive))]
public sealed class The_description_of_an_archive(PublicArchive archive)
{
    [Fact]
    [Trait("Requirement", "T-18")]
    public async Task is_written_in_versions_and_read_by_everybody()
    {
        await Ok(await archive.Staff.PutAsJsonAsync(At("/api/v1/authorities/PUB"), new { name = "Nämnden PUB", preset = "custom" }));
        var moderator = archive.Served.Program(await archive.Served.Token("Mo Moderator", [new("moderator")]));
        Assert.Equal((403, "not-allowed"), await Refused(await moderator.PutAsJsonAsync(At("/api/v1/authorities/PUB/archive-description"), new { purpose = "x" })));
        Assert.Equal((404, "authority-unknown"), await Refused(await archive.Staff.PutAsJsonAsync(At("/api/v1/authorities/INGEN/archive-description"), new { purpose = "x" })));

        var before = (await Ok(await archive.Staff.GetAsync(At("/api/v1/authorities/PUB/archive-description")))).GetProperty("version").GetInt32();
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Put(before)));
        Assert.Single(answers, a => a.IsSuccessStatusCode);
        Assert.All(answers.Where(a => !a.IsSuccessStatusCode), a => Assert.Equal(HttpStatusCode.PreconditionFailed, a.StatusCode));

        var page = WebUtility.HtmlDecode(await archive.Anybody.GetStringAsync(At("/public/authorities/PUB")));
        Assert.Contains("Skolor och förskolor", page, StringComparison.Ordinal);
        Assert.Contains("Myndigheten säljer inte personuppgifter.", page, StringComparison.Ordinal);
        Assert.Contains("svenskt arkivpapper", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Sekretessmarkerade registrerade", page, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, (await Ok(await archive.Anybody.GetAsync(At("/public/authorities/PUB.json")))).GetProperty("provisions").ValueKind);
        Assert.Equal(HttpStatusCode.NotFound, (await archive.Anybody.GetAsync(At("/public/authorities/INGEN"))).StatusCode);

        async Task<HttpResponseMessage> Put(int version)
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, At("/api/v1/authorities/PUB/archive-description"))
            {
                Content = JsonContent.Create(new { purpose = "Skolor och förskolor", volumes = "Avpublicerat på papper; 2026; svenskt arkivpapper; arkivlokal 2" }),
            };
            request.Headers.TryAddWithoutValidation("If-Match", $"\"{version}\"");
            return await archive.Staff.SendAsync(request);
        }
    }

    [Fact]
    public async Task counts_what_is_secret_for_the_staff_alone_and_only_by_provision()
    {
        var (record, _) = await archive.A_registered_comment("TYST", "Märks");
        await archive.Shown(await Ok(await archive.Staff.PostAsJsonAsync(At($"/api/v1/records/{record}/secrecy"), new { provision = "OSL 25 kap. 1 § om Nils" })));

        var told = await Ok(await archive.Staff.GetAsync(At("/api/v1/authorities/TYST/archive-description")));
        Assert.Contains(told.GetProperty("provisions").EnumerateArray(), p => p.GetProperty("provision").GetString() == "25 kap. 1 § OSL");
        Assert.DoesNotContain("Nils", told.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task is_changed_on_its_page()
    {
        var browser = archive.Served.Browser();
        await archive.Served.User("Siv Arkivarie", "siv", "ett långt lösenord 1", [new Grant(Role.Arkivarie, null)]);
        await ServedArchive.LogIn(browser, "siv", "ett långt lösenord 1");

        var page = "/myndigheter/TYST/arkivbeskrivning?andra=true";
        var wrong = await ServedArchive.Post(browser, page, page, ("Version", "0"), ("Volumes", "bara serie"));
        Assert.Contains("åtskilda med semikolon", WebUtility.HtmlDecode(await wrong.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, page, ("Version", "0"), ("Contact", "Ring växeln"))).StatusCode);
        Assert.Contains("Ring växeln", WebUtility.HtmlDecode(await browser.GetStringAsync(At("/myndigheter/TYST/arkivbeskrivning"))), StringComparison.Ordinal);
    }
}

[Collection(nameof(PublicArchive))]
public sealed class An_inspection_pack(PublicArchive archive)
{
    private static async Task<Dictionary<string, string>> Files(HttpResponseMessage answer)
    {
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        using var zip = new ZipArchive(await answer.Content.ReadAsStreamAsync());
        return zip.Entries.ToDictionary(e => e.FullName, e => new StreamReader(e.Open()).ReadToEnd());
    }

    private static object Period(bool secret = false) => new { from = "2026-01-01", to = "2030-12-31", secret };

    [Fact]
    [Trait("Requirement", "R-14")]
    [Trait("Requirement", "V-11")]
    [Trait("Requirement", "H-25")]
    public async Task holds_routines_lag_decisions_and_what_was_removed_and_keeps_what_is_secret_apart()
    {
        var (open, number) = await archive.A_registered_comment("PUB", "Grov kommentar");
        var (secret, _) = await archive.A_registered_comment("PUB", "Hemlig kommentar");
        await Ok(await archive.Staff.PostAsJsonAsync(At($"/api/v1/records/{open}/hide"), new { grounds = new[] { "INSULT" }, motivation = "=Öppet skäl", senderNotified = true }));
        await Ok(await archive.Staff.PostAsJsonAsync(At($"/api/v1/records/{secret}/hide"), new { grounds = new[] { "INSULT" }, motivation = "Hemligt skäl", senderNotified = true }));
        await archive.Shown(await Ok(await archive.Staff.PostAsJsonAsync(At($"/api/v1/records/{secret}/secrecy"), new { provision = "OSL 25 kap. 1 §" })));

        var uncleared = await Files(await archive.Staff.PostAsJsonAsync(At("/api/v1/authorities/PUB/inspection-packs"), Period()));
        Assert.Contains("'=Öppet skäl", uncleared["borttaget.csv"], StringComparison.Ordinal);
        Assert.Contains($"{number}-1;2026-03-01", uncleared["registreringstider.csv"], StringComparison.Ordinal);
        Assert.Contains("Vanliga kommentarer", uncleared["rutiner/policy.csv"], StringComparison.Ordinal);
        Assert.All(["gallringsbeslut.csv", "gallringar.csv", "utlamnandetider.csv", "rutiner/delegation.csv", "rutiner/informationstexter.csv"], file => Assert.Contains(file, uncleared.Keys));
        Assert.Contains("Underlag för tillsyn", WebUtility.HtmlDecode(uncleared["index.html"]), StringComparison.Ordinal);
        Assert.DoesNotContain(uncleared, f => f.Key.StartsWith("sekretess/", StringComparison.Ordinal) || f.Value.Contains("Hemligt skäl", StringComparison.Ordinal));

        Assert.Equal((403, "not-allowed"), await Refused(await archive.Staff.PostAsJsonAsync(At("/api/v1/authorities/PUB/inspection-packs"), Period(secret: true))));
        var cleared = archive.Served.Program(await archive.Served.Token("Cia Cleared", [new("revisor")], clearance: true));
        var both = await Files(await cleared.PostAsJsonAsync(At("/api/v1/authorities/PUB/inspection-packs"), Period(secret: true)));
        Assert.Contains("Hemligt skäl", both["sekretess/borttaget.csv"], StringComparison.Ordinal);
        Assert.DoesNotContain(both, f => !f.Key.StartsWith("sekretess/", StringComparison.Ordinal) && f.Value.Contains("Hemligt skäl", StringComparison.Ordinal));
        Assert.Equal(1, await archive.Served.Value<long>($"select count(*) from archive.mt_events where type = 'record_opened' and data->>'record' = '{secret}'"));
        Assert.Equal(1, await archive.Served.Value<long>("select count(*) from archive.mt_events where type = 'inspection_pack_made' and data->>'secret' = 'true'"));
        Assert.Contains((await Ok(await cleared.GetAsync(At("/api/v1/authorities/PUB/inspection-packs")))).GetProperty("items").EnumerateArray(), p => p.GetProperty("secret").GetBoolean());
    }

    [Fact]
    public async Task is_refused_to_others_and_made_on_its_page()
    {
        var moderator = archive.Served.Program(await archive.Served.Token("Mo Moderator", [new("moderator")]));
        Assert.Equal((403, "not-allowed"), await Refused(await moderator.PostAsJsonAsync(At("/api/v1/authorities/PUB/inspection-packs"), Period())));
        Assert.Equal((400, "period-missing"), await Refused(await archive.Staff.PostAsJsonAsync(At("/api/v1/authorities/PUB/inspection-packs"), new { })));
        var browser = archive.Served.Browser();
        await archive.Served.User("Chris Chef", "chris", "ett långt lösenord 1", [new Grant(Role.Chef, null)]);
        await ServedArchive.LogIn(browser, "chris", "ett långt lösenord 1");

        var page = "/myndigheter/PUB/tillsyn";
        var wrong = await ServedArchive.Post(browser, page, page, ("From", "2026-02-01"), ("To", "2026-01-01"));
        Assert.Contains("Perioden kan inte sluta", WebUtility.HtmlDecode(await wrong.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        Assert.Contains("index.html", (await Files(await ServedArchive.Post(browser, page, page, ("From", "2026-01-01"), ("To", "2026-11-27")))).Keys);
    }

    [Fact]
    public async Task from_the_command_line_has_nothing_secret()
    {
        var (files, refused) = await archive.Served.Services.GetRequiredService<InspectionPacks>().Make("PUB", new(new(2026, 1, 1), new(2026, 12, 31)), CommandLineCaller.Caller, default);

        Assert.Null(refused);
        Assert.DoesNotContain(files, f => f.Path.StartsWith("sekretess/", StringComparison.Ordinal));
        Assert.Equal(403, (await archive.Served.Services.GetRequiredService<InspectionPacks>().Make("PUB", new(new(2026, 1, 1), new(2026, 12, 31), true), CommandLineCaller.Caller, default)).Refused!.Status);
    }
}
