using System.Net;

namespace ArchiveService.AppTests.Views;

public sealed class Pages_of_the_views(ViewedArchive archive) : IClassFixture<ViewedArchive>
{
    [Theory]
    [InlineData("/sok")]
    [InlineData("/sok?q=halka&from=2026-01-01&state=visible&sort=sender")]
    [InlineData("/diarium")]
    [InlineData("/diarium?q=KS-1/2026&from=2026-01-01")]
    [InlineData("/konton")]
    [InlineData("/konton?q=nils")]
    [InlineData("/public/diary")]
    [InlineData("/public/channels")]
    public async Task answer_in_Swedish(string path)
    {
        var answer = await archive.Cleared.GetAsync(new Uri(path, UriKind.Relative));
        var page = await answer.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("<html lang=\"sv\">", page, StringComparison.Ordinal);
        Assert.Contains("<h1>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("style=", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/offentligt/diarium?q=halka", "/public/diary?q=halka")]
    [InlineData("/offentligt/kanaler", "/public/channels")]
    public async Task are_found_under_their_Swedish_addresses(string path, string page)
    {
        var answer = await archive.Anybody.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal((HttpStatusCode.Redirect, page), (answer.StatusCode, answer.Headers.Location!.OriginalString));
    }

    [Fact]
    public async Task say_what_is_wrong_with_a_bad_filter()
    {
        var answer = await archive.Registrator.GetAsync(new Uri("/sok?from=ig%C3%A5r", UriKind.Relative));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("from ska vara en dag", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task narrow_the_hits_by_channel_and_by_the_ground_of_a_removal()
    {
        await archive.Say("ground-1", "grundprov");
        var id = await archive.Found(archive.Registrator, "grundprov");
        await archive.Do(archive.Registrator, id, "unpublish", new { grounds = new[] { "INSULT" }, motivation = "Utpekar en namngiven person." });
        await archive.Shown();

        async Task<string> Hits(string filter) => await (await archive.Registrator.GetAsync(new Uri($"/sok?q=grundprov&{filter}", UriKind.Relative))).Content.ReadAsStringAsync();

        var page = WebUtility.HtmlDecode(await Hits("ground=INSULT"));
        Assert.Contains("träff på ”grundprov”", page, StringComparison.Ordinal);
        Assert.Contains("förolämpning", page, StringComparison.Ordinal);
        Assert.Contains("Inga träffar", await Hits("ground=HATE_SPEECH"), StringComparison.Ordinal);
        Assert.Contains("Inga träffar", await Hits($"channel={Guid.Empty}"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "N-14")]
    public async Task show_a_record_with_its_versions_its_thread_and_what_was_done()
    {
        await archive.Capture(
            ViewedArchive.Comment("p-post", "Så sandar vi i vinter", "2026-03-01T08:00:00Z", "Granvika", kind: "post"),
            ViewedArchive.Comment("p-1", "Det är ganska halt vid sidoprovet", "2026-03-01T09:00:00Z", "Nils Låtsasson", parent: "p-post"),
            ViewedArchive.Comment("p-1", "Det är livsfarligt vid sidoprovet", "2026-03-01T10:00:00Z", "Nils Låtsasson", parent: "p-post", act: "edit"));
        var id = await archive.Found(archive.Registrator, "livsfarligt sidoprovet");
        var taken = await archive.Do(archive.Registrator, id, "unpublish", new { grounds = new[] { "INSULT" }, motivation = "Utpekar en namngiven person.", legalReference = "BrB 5 kap. 3 §" });
        var number = taken.GetProperty("diaryNumber").GetString()!;

        var page = WebUtility.HtmlDecode(await (await archive.Send(archive.Registrator, $"/handlingar/{id}")).Content.ReadAsStringAsync());

        foreach (var said in new[]
        {
            "Det är livsfarligt vid sidoprovet", "[struket: ", "ganska", "Version 2", "Så sandar vi i vinter", "Avpublicerad", "Utpekar en namngiven person.", "BrB 5 kap. 3 §", "förolämpning",
            ViewedArchive.Siv, number, "Avpublicerad kommentar i sociala medier", "Den här handlingen",
        }) Assert.Contains(said, page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task show_the_diary_number_whatever_dash_is_typed()
    {
        await archive.Say("p-dnr", "diarienummerprov");
        var id = await archive.Found(archive.Registrator, "diarienummerprov");
        var number = await archive.Register(id, "diarienummerprov", "Nils Låtsasson");
        var typed = number.Replace('-', '–').ToLowerInvariant();

        Assert.Equal(id, Assert.Single(await archive.Search(archive.Registrator, $"dnr={Uri.EscapeDataString(typed)}")).GetProperty("id").GetGuid());
        Assert.Contains(await archive.Search(archive.Registrator, $"q={Uri.EscapeDataString(typed)}"), hit => hit.GetProperty("id").GetGuid() == id);
        var entry = await archive.Get(archive.Registrator, $"/api/v1/diary/{Uri.EscapeDataString(typed)}");
        Assert.Equal("Ärende om diarienummerprov", entry.GetProperty("title").GetString());
        Assert.Contains(number, await (await archive.Send(archive.Registrator, $"/diarium?q={Uri.EscapeDataString(typed)}")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await archive.Send(archive.Registrator, "/api/v1/diary/KS%2099999/1999")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await archive.Send(archive.Neighbour, $"/api/v1/diary/{Uri.EscapeDataString(number)}")).StatusCode);
    }

    [Fact]
    [Trait("Requirement", "H-04")]
    [Trait("Requirement", "H-05")]
    [Trait("Requirement", "N-06")]
    [Trait("Requirement", "N-01")]
    [Trait("Requirement", "R-10")]
    public async Task show_the_channels_to_everybody()
    {
        await archive.Shown();
        var channels = await archive.Get(archive.Anybody, "/public/channels.json");

        Assert.Contains("Dialog om service", channels.ToString(), StringComparison.Ordinal);
        Assert.All(channels.GetProperty("items").EnumerateArray(), channel => Assert.NotEqual("", channel.GetProperty("url").GetString()));
        Assert.Contains("@granvika", await (await archive.Anybody.GetAsync(new Uri("/public/channels", UriKind.Relative))).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
