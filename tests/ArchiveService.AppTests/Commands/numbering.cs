using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Cases;
using ArchiveService.Features.Diary;
using ArchiveService.Testing;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

/// <summary>Series, older numbers and numbers as people type them (domain §2.8).</summary>
[Collection(nameof(CommandArchive))]
public sealed class Numbering(CommandArchive archive)
{
    [Fact]
    public async Task has_several_series_an_authority_each_with_its_own_template_and_days()
    {
        await Authority("SERA");
        Assert.Equal(HttpStatusCode.Created, (await Series("SERA", "RA-KS", new { template = "{organ} {yyyy}/{seq} {class}" })).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await Series("SERA", "VAL", new { from = "2020-01-01", until = "2020-12-31" })).StatusCode);
        var record = await Comment("SERA");

        Assert.Equal((409, "series-closed"), await Refused(await Register(record, new { newCase = new { title = "Val", series = "VAL" }, subject = "Val" })));
        Assert.Equal((400, "series-unknown"), await Refused(await Register(record, new { newCase = new { title = "Val", series = "BUN" }, subject = "Val" })));
        var own = await Ok(await Register(record, new { newCase = new { title = "Remiss", series = "ra-ks", classCode = "1.7.9" }, subject = "Remiss" }));
        var usual = await Ok(await Register(await Comment("SERA"), NewCase()));

        Assert.Matches(@"^RA-KS \d{4}/1 1\.7\.9$", own.GetProperty("diaryNumber").GetString()!);
        Assert.Matches(@"^SERA 1/\d{4} 956$", usual.GetProperty("diaryNumber").GetString()!);

        // The other becomes the default; each goes on counting for itself.
        await Ok(await Series("SERA", "RA-KS", new { template = "{organ} {yyyy}/{seq} {class}", @default = true }));
        Assert.Equal((409, "series-default"), await Refused(await Series("SERA", "RA-KS", new { template = "{organ} {yyyy}/{seq} {class}", @default = false })));
        Assert.Matches(@"^RA-KS \d{4}/2 956$", (await Ok(await Register(await Comment("SERA"), NewCase()))).GetProperty("diaryNumber").GetString()!);
        var all = (await Ok(await archive.Everybody.GetAsync(At("/api/v1/authorities/SERA/series")))).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(["RA-KS", "SERA", "VAL"], all.Select(s => s.GetProperty("organ").GetString()));
        Assert.Equal([true, false, false], all.Select(s => s.GetProperty("default").GetBoolean()));
    }

    [Fact]
    public async Task of_series_is_an_administrators_business()
    {
        await Authority("SERB");

        Assert.Equal((403, "not-allowed"), await Refused(await archive.Registrator.PutAsJsonAsync(At("/api/v1/authorities/SERB/series/X"), new { })));
        Assert.Equal((404, "authority-unknown"), await Refused(await Series("FINNSEJ", "X", new { })));
        Assert.Equal((400, "diary-template"), await Refused(await Series("SERB", "X", new { template = "{yyyy}/{seq}" })));
        Assert.Equal(1, await archive.Served.Value<long>("select count(*) from archive.diary_series s join archive.authorities a using (authority_id) where a.code = 'SERB'"));
    }

    [Fact]
    public async Task shows_and_changes_series_on_the_authoritys_page()
    {
        await Authority("SERC");
        var browser = await archive.Browser("serierna", Role.Admin);

        var wrong = await ServedArchive.Post(browser, "/myndigheter/SERC?serie=_ny", "/myndigheter/SERC?handler=Series&serie=", ("Organ", "KSN"), ("Template", "{yyyy}/{seq}"));
        Assert.Contains("Fel:", WebUtility.HtmlDecode(await wrong.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        var done = await ServedArchive.Post(browser, "/myndigheter/SERC?serie=_ny", "/myndigheter/SERC?handler=Series&serie=", ("Organ", "KSN"), ("Template", "{organ} {yyyy}-{seq}"), ("SeriesFrom", "2027-01-01"));
        Assert.Equal(HttpStatusCode.Redirect, done.StatusCode);
        var changed = await ServedArchive.Post(browser, "/myndigheter/SERC?serie=KSN", "/myndigheter/SERC?handler=Series&serie=KSN", ("Template", "{organ} {yyyy}-{seq}"), ("SeriesFrom", "2027-01-01"), ("SeriesUntil", "2030-12-31"));
        Assert.Equal(HttpStatusCode.Redirect, changed.StatusCode);
        var html = WebUtility.HtmlDecode(await browser.GetStringAsync(At("/myndigheter/SERC")));
        Assert.Contains("Diarieserier", html, StringComparison.Ordinal);
        Assert.Contains("KSN", html, StringComparison.Ordinal);
        Assert.Equal("2030-12-31", await archive.Served.Value<string>("select until_day::text from archive.diary_series where organ = 'KSN'"));
    }

    [Theory]
    [InlineData("TNA", "{organ} {yyyy}-{seq}", "tna {0}–1", "TNA {0}—1–1")]
    [InlineData("TNB", "{organ} {seq}/{yyyy} {class}", "TNB\u00a01 / {0}", "tnb 1/{0} 956-1")]
    [InlineData("TNC", "{organ} {yyyy}–{seq:5}", "tnc {0}-1", "TNC {0} − 00001")]
    [InlineData("RA-TN", "{organ} {yyyy}/{seq}", "ra–tn {0}/1", "RA-TN {0}/1-1")]
    public async Task finds_a_case_and_its_document_however_the_number_is_typed(string code, string template, string @case, string document)
    {
        await Authority(code, template);
        var registered = await Ok(await Register(await Comment(code), NewCase()));
        var year = LocalYear.Of(TimeProvider.System.GetUtcNow());
        var after = registered.GetProperty("lastSequence").GetInt64();

        foreach (var typed in new[] { registered.GetProperty("diaryNumber").GetString()!, string.Format(null, @case, year), string.Format(null, document, year) })
        {
            var found = await Ok(await archive.Registrator.GetAsync(At($"/api/v1/diary/{Uri.EscapeDataString(typed)}?after={after}")));
            Assert.Equal(registered.GetProperty("caseId").GetGuid(), found.GetProperty("caseId").GetGuid());
        }

        Assert.Equal(DiaryNumberKey.Of(registered.GetProperty("diaryNumber").GetString()!),
            await archive.Served.Value<string>($"select folded_number from archive.cases where case_id = '{registered.GetProperty("caseId").GetGuid()}' and folded_number = archive.fold_number(diary_number)"));
    }

    [Fact]
    public async Task finds_a_case_by_a_number_it_had_before_and_gives_that_to_no_other()
    {
        await Authority("ALT", "{organ} {yyyy}-{seq}");
        var record = await Comment("ALT");
        var registered = await Ok(await Register(record, NewCase()));
        var id = registered.GetProperty("caseId").GetGuid();
        var year = LocalYear.Of(TimeProvider.System.GetUtcNow());

        await Ok(await Alternate(id, new { number = "ALT 2019-000123", note = "Från det förra systemet" }));
        await Ok(await Alternate(id, new { number = "alt 2019 – 000123" }));
        await Ok(await Alternate(id, new { number = $"ALT {year}-2" }));

        Assert.Equal(2, await archive.Served.Value<long>($"select count(*) from archive.case_alternates where case_id = '{id}'"));
        var found = await Ok(await archive.Registrator.GetAsync(At($"/api/v1/diary/{Uri.EscapeDataString("alt 2019—000123")}?after={registered.GetProperty("lastSequence").GetInt64()}")));
        Assert.Equal((id, "ALT 2019-000123"), (found.GetProperty("caseId").GetGuid(), found.GetProperty("alternateIds")[0].GetString()));
        Assert.Equal(record, (await Ok(await archive.Registrator.GetAsync(At("/api/v1/records?dnr=ALT%202019-000123")))).GetProperty("items")[0].GetProperty("id").GetGuid());
        Assert.Equal(1, (await Ok(await archive.Served.Program().GetAsync(At("/public/diary.json?q=ALT%202019-000123")))).GetProperty("items").GetArrayLength());

        // Number 2 is the older case's name: the series goes past it.
        var next = await Ok(await Register(await Comment("ALT"), NewCase()));
        Assert.Equal($"ALT {year}-3", next.GetProperty("diaryNumber").GetString());
        Assert.Equal((409, "alternate-taken"), await Refused(await Alternate(next.GetProperty("caseId").GetGuid(), new { number = "ALT 2019-000123" })));
        Assert.Equal((400, "alternate-number"), await Refused(await Alternate(id, new { number = "Anna 19800101-0001" })));
        Assert.Equal((404, "case-unknown"), await Refused(await Alternate(Guid.Empty, new { number = "ALT 1-2" })));
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/cases/{id}/alternate-ids"), new { number = "ALT 1-2" })));
        Assert.Contains("ALT 2019-000123", WebUtility.HtmlDecode(await (await archive.Browser("aldrenr", Role.Registrator)).GetStringAsync(At($"/arenden/{id}"))), StringComparison.Ordinal);
    }

    private Task<JsonElement> Authority(string code, string? template = null) => Put(code, template);

    private async Task<JsonElement> Put(string code, string? template)
    {
        var answer = await Ok(await archive.Everybody.PutAsJsonAsync(At($"/api/v1/authorities/{code}"), new { name = $"Nämnden {code}", preset = "herrljunga", diary = new { template } }));
        archive.Channels[code] = (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = code, platform = "facebook", nativeAccountId = $"own-{code}", handle = code, purpose = "Dialog" }))).GetProperty("id").GetGuid();
        return answer;
    }

    private Task<Guid> Comment(string code) => archive.A_comment(code);

    private Task<HttpResponseMessage> Series(string code, string organ, object body) => archive.Everybody.PutAsJsonAsync(At($"/api/v1/authorities/{code}/series/{organ}"), body);

    private Task<HttpResponseMessage> Register(Guid id, object body) => archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), body);

    private Task<HttpResponseMessage> Alternate(Guid id, object body) => archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{id}/alternate-ids"), body);
}
