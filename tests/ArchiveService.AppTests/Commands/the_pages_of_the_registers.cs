using System.Net;
using System.Net.Http.Json;
using ArchiveService.Access;
using ArchiveService.Testing;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

[Collection(nameof(CommandArchive))]
public sealed class The_pages_of_the_registers(CommandArchive archive)
{
    [Fact]
    public async Task set_up_an_authority_and_change_its_policy()
    {
        var browser = await archive.Browser("uppläggaren", Role.Admin);
        Task<HttpResponseMessage> Send(params (string, string)[] fields) => ServedArchive.Post(browser, "/myndigheter", "/myndigheter", fields);

        Assert.Equal(HttpStatusCode.Redirect, (await Send(("Code", "SIDN"), ("Name", "Sidnämnden"), ("Preset", "trosa"))).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await Send(("Code", "SIDN"), ("Name", "Sidnämnden"), ("Preset", "trosa"), ("CoolingOffDays", "3"), ("DecisionReference", "KS § 9/2026"))).StatusCode);

        var page = WebUtility.HtmlDecode(await browser.GetStringAsync(At("/myndigheter")));
        Assert.Contains("Sidnämnden", page, StringComparison.Ordinal);
        Assert.Equal("3", await archive.Served.Value<string>("select policy->>'disposal.coolingOffDays' from archive.policy_versions join archive.authorities using (authority_id) where code = 'SIDN' order by version desc limit 1"));
    }

    [Fact]
    public async Task say_what_is_wrong_with_an_authority_and_keep_what_was_typed()
    {
        var browser = await archive.Browser("felläggaren", Role.Admin);

        var answer = await ServedArchive.Post(browser, "/myndigheter", "/myndigheter", ("Code", "å å"), ("Name", "Nämnden som skrevs"), ("Preset", "trosa"));
        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());

        Assert.Contains("aria-invalid=\"true\"", page, StringComparison.Ordinal);
        Assert.Contains("Nämnden som skrevs", page, StringComparison.Ordinal);
        Assert.Equal(0L, await archive.Served.Value<long>("select count(*) from archive.authorities where name = 'Nämnden som skrevs'"));
    }

    [Fact]
    public async Task enter_a_channel_refuse_it_twice_and_close_it()
    {
        var browser = await archive.Browser("kanalaren", Role.Kommunikator);
        (string, string)[] fields =
            [("Authority", "RKS"), ("Platform", "instagram"), ("NativeAccountId", "sida-1"), ("Handle", "sidokanalen"), ("Address", "https://www.instagram.com/sidokanalen"), ("Purpose", "Bilder från parken")];
        Task<HttpResponseMessage> Register() => ServedArchive.Post(browser, "/kanaler", "/kanaler?handler=Register", fields);

        Assert.Equal(HttpStatusCode.Redirect, (await Register()).StatusCode);
        var again = WebUtility.HtmlDecode(await (await Register()).Content.ReadAsStringAsync());
        var id = (await Ok(await archive.Everybody.GetAsync(At("/api/v1/channels")))).GetProperty("items").EnumerateArray().Single(c => c.GetProperty("handle").GetString() == "sidokanalen").GetProperty("id").GetGuid();
        Assert.Contains("Bilder från parken", again, StringComparison.Ordinal);

        var refused = await ServedArchive.Post(browser, "/kanaler", $"/kanaler?handler=Close&id={id}", ("reason", ""));
        Assert.Equal(HttpStatusCode.OK, refused.StatusCode);
        Assert.Null(await archive.Served.Value<DateTime?>($"select closed_at from archive.channels where channel_id = '{id}'"));
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, "/kanaler", $"/kanaler?handler=Close&id={id}", ("reason", "Används inte längre"))).StatusCode);
        Assert.True(await archive.Served.Value<bool>($"select closed_at is not null from archive.channels where channel_id = '{id}'"));
    }

    [Fact]
    [Trait("Requirement", "H-19")]
    [Trait("Requirement", "R-10")]
    public async Task give_a_file_of_a_record_and_note_that_it_was_read_behind_the_wall()
    {
        var id = await archive.A_comment("NKS");
        using var form = new MultipartFormDataContent { { new ByteArrayContent([1, 2, 3]), "file", "intyg.bin" } };
        var file = (await Ok(await archive.Everybody.PostAsync(At($"/api/v1/records/{id}/attachments"), form))).GetProperty("id").GetGuid();
        await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/records/{id}/secrecy"), new { provision = "OSL 26 kap. 1 §" }));
        var cleared = await archive.Browser("klarerad", Role.Registrator);
        await archive.Served.Value<object>("update archive.persons set clearance = true where person_id = (select person_id from archive.users where username = 'klarerad') returning 1");
        var uncleared = await archive.Browser("oklarerad", Role.Registrator);

        var bytes = await (await cleared.GetAsync(At($"/handlingar/{id}/bilagor/{file}"))).Content.ReadAsByteArrayAsync();

        Assert.Equal([1, 2, 3], bytes);
        Assert.Equal(HttpStatusCode.NotFound, (await uncleared.GetAsync(At($"/handlingar/{id}/bilagor/{file}"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await uncleared.GetAsync(At($"/handlingar/{id}/registrera"))).StatusCode);
        Assert.Equal(1L, await Read());
        Assert.Equal(HttpStatusCode.OK, (await cleared.GetAsync(At($"/handlingar/{id}/registrera"))).StatusCode);
        Assert.Equal(2L, await Read());

        Task<long> Read() => archive.Served.Value<long>($"select count(*) from archive.mt_events where type = 'record_opened' and data->>'record' = '{id}'");
    }
}
