using System.Net;
using System.Net.Http.Json;
using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Public;

/// <summary>The form of the accessibility statement: what is sent is a message like any other, and of the visitor nothing is kept.</summary>
[Collection(nameof(PublicArchive))]
public sealed class Saying_what_was_hard(PublicArchive archive)
{
    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) => new(fields.Select(f => KeyValuePair.Create(f.Name, f.Value)));

    private Task<Guid> TheLatest(string authority) => archive.Served.Value<Guid>($"""
        select s.record_id from archive.record_states s join archive.channels c using (channel_id) join archive.authorities a on a.authority_id = c.authority_id
        where a.code = '{authority}' and c.platform = 'other' and s.record_type = 'direct-message' order by s.received_at desc, s.record_id desc limit 1
        """);

    [Fact]
    [Trait("Requirement", "R-10")]
    public async Task becomes_a_sealed_message_behind_the_wall()
    {
        using var visitor = archive.From("127.0.0.7");
        visitor.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", "Skarmlasaren/3");
        var page = WebUtility.HtmlDecode(await visitor.GetStringAsync(At("/public/accessibility?authority=PUB")));
        Assert.Contains("2018:1937", page, StringComparison.Ordinal);
        Assert.Contains("https://www.digg.se/tdosanmalan", page, StringComparison.Ordinal);
        Assert.DoesNotContain("__RequestVerificationToken", page, StringComparison.Ordinal);

        var answer = await visitor.PostAsync(At("/public/accessibility"), Form(("authority", "PUB"), ("What", "Knappen läses inte upp av skärmläsaren"), ("Where", "Diariet"), ("Contact", "siv@example.org")));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Contains("Synpunkten är mottagen", WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        var record = await TheLatest("PUB");
        Assert.Equal("unassessed", await archive.Served.Value<string>($"select wall from archive.record_states where record_id = '{record}'"));
        var log = archive.Served.Services.GetRequiredService<SealedLog>();
        var captured = (await log.Store.ReadStream(record)).Single(h => h.Event is ItemCaptured);
        Assert.Equal(Direction.Received, ((ItemCaptured)captured.Event).Direction);
        Assert.Equal(Caller.System.PersonId.ToString("D"), captured.Actor);
        var parts = (await log.Open([captured], default))[captured.Id].Parts!;
        Assert.Contains("Knappen läses inte upp", parts["text"], StringComparison.Ordinal);
        Assert.Contains("Sida: Diariet", parts["text"], StringComparison.Ordinal);

        // In clear it stands nowhere, and who sent it not at all.
        var stored = await archive.Served.Value<string>($"select string_agg(e.data::text || coalesce(e.headers::text, '') || coalesce(e.user_name, ''), ' ') from archive.mt_events e where e.stream_id = '{record}'");
        foreach (var trace in new[] { "127.0.0.7", "Skarmlasaren", "siv@example.org", "Knappen" })
        {
            Assert.DoesNotContain(trace, stored!, StringComparison.Ordinal);
            Assert.DoesNotContain(archive.Log.Lines, line => line.Contains(trace, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task is_registered_as_any_message_and_enters_one_channel()
    {
        for (var i = 0; i < 2; i++)
            Assert.Equal(HttpStatusCode.Accepted, (await archive.Anybody.PostAsJsonAsync(At("/public/accessibility/feedback"), new { authority = "TYST", what = $"Texten är för liten {i}" })).StatusCode);

        Assert.Equal(1L, await archive.Served.Value<long>("select count(*) from archive.channels c join archive.authorities a using (authority_id) where a.code = 'TYST' and c.platform = 'other'"));
        var record = await TheLatest("TYST");
        var registered = await Ok(await archive.Staff.PostAsJsonAsync(At($"/api/v1/records/{record}/register"), new { newCase = new { title = "Synpunkt på tillgängligheten" }, subject = "Synpunkt på tillgängligheten" }));
        Assert.NotNull(registered.GetProperty("diaryNumber").GetString());
    }

    [Fact]
    public async Task is_refused_with_what_was_typed()
    {
        var answer = await archive.Anybody.PostAsync(At("/public/accessibility"), Form(("authority", "PUB"), ("What", " "), ("Where", "Startsidan")));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        Assert.Contains("<title>Fel:", page, StringComparison.Ordinal);
        Assert.Contains("Skriv vad som var svårt", page, StringComparison.Ordinal);
        Assert.Contains("Startsidan", page, StringComparison.Ordinal);
        Assert.Equal((400, "feedback-missing"), await Refused(await archive.Anybody.PostAsJsonAsync(At("/public/accessibility/feedback"), new { authority = "PUB" })));
        Assert.Equal((404, "authority-unknown"), await Refused(await archive.Anybody.PostAsJsonAsync(At("/public/accessibility/feedback"), new { authority = "FINNSINTE", what = "Allt" })));
        Assert.Equal((400, "feedback-place-too-long"), await Refused(await archive.Anybody.PostAsJsonAsync(At("/public/accessibility/feedback"), new { authority = "PUB", what = "Allt", where = new string('x', 501) })));
        Assert.Equal((400, "feedback-contact-too-long"), await Refused(await archive.Anybody.PostAsJsonAsync(At("/public/accessibility/feedback"), new { authority = "PUB", what = "Allt", contact = new string('x', 501) })));
    }

    [Fact]
    public async Task too_often_from_one_place_is_refused_there()
    {
        using var busy = archive.From("127.0.0.6");
        HttpResponseMessage last = null!;
        for (var i = 0; i < 31; i++) last = await busy.PostAsJsonAsync(At("/public/accessibility/feedback"), new { authority = "PUB" });

        Assert.Equal((429, "too-many-requests"), await Refused(last));
    }
}
