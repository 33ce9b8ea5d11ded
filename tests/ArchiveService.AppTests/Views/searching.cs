using System.Net;

namespace ArchiveService.AppTests.Views;

public sealed class Searching_records(ViewedArchive archive) : IClassFixture<ViewedArchive>
{
    [Theory]
    [InlineData("bygglov", "bygglovet")]
    [InlineData("bygglovet", "bygglov")]
    [InlineData("ansökningarna", "ansökning")]
    [InlineData("Skolvägen", "SKOLVÄGEN")]
    [Trait("Requirement", "N-15")]
    public async Task finds_a_word_in_its_other_forms(string written, string asked)
    {
        var mark = $"m{written.Length}{asked.Length}{(int)written[0]}";
        await archive.Say($"stem-{mark}", $"Frågan om {written} hos {mark}");

        Assert.Single(await archive.Search(archive.Registrator, $"q={Uri.EscapeDataString($"{asked} {mark}")}"));
    }

    [Fact]
    public async Task shows_the_words_that_were_found()
    {
        await archive.Say("hit-1", "Tre morgnar i rad har min dotter halkat på gångbanan vid Björkstigen.");

        var hit = Assert.Single(await archive.Search(archive.Registrator, "q=Bj%C3%B6rkstigen"));
        var snippet = hit.GetProperty("snippet").GetString()!;
        var range = Assert.Single(hit.GetProperty("highlights").EnumerateArray());

        Assert.Equal("Björkstigen", snippet.Substring(range.GetProperty("start").GetInt32(), range.GetProperty("length").GetInt32()));
        Assert.Equal("Nils Låtsasson", hit.GetProperty("sender").GetProperty("name").GetString());
        Assert.Equal("received", hit.GetProperty("direction").GetString());
    }

    [Fact]
    public async Task keeps_hostile_text_harmless()
    {
        await archive.Capture(
            """{"act":"create","nativeId":"evil-1","kind":"comment","author":{"displayName":"<img src=x onerror=alert(1)>","nativeId":"evil"},"text":"<script>alert('ondska')</script> \u0000 halv \ud83d emoji \u0002falsk\u0003 träff","occurredAt":"2026-03-02T08:00:00Z"}""");

        var hit = Assert.Single(await archive.Search(archive.Registrator, "q=ondska"));
        var id = hit.GetProperty("id").GetGuid();
        var page = await (await archive.Send(archive.Registrator, $"/handlingar/{id}")).Content.ReadAsStringAsync();
        var found = await (await archive.Send(archive.Registrator, "/sok?q=ondska")).Content.ReadAsStringAsync();

        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", found, StringComparison.Ordinal);
        Assert.DoesNotContain("<img src=x", page + found, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain('\u0002', page + found);
        Assert.Single(hit.GetProperty("highlights").EnumerateArray());
    }

    [Fact]
    public async Task pages_without_losing_or_doubling_while_more_arrives()
    {
        await archive.Capture([.. Enumerable.Range(0, 25).Select(i => ViewedArchive.Comment($"page-{i}", $"bläddringsprov {i}", $"2026-02-{1 + (i / 5):00}T10:00:00Z"))]);
        var seen = new List<Guid>();
        string? next = null;
        do
        {
            var page = await archive.Get(archive.Registrator, "/api/v1/records?q=bl%C3%A4ddringsprov&limit=10" + (next is null ? "" : "&cursor=" + next));
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetGuid()));
            next = page.GetProperty("next").GetString();
            await archive.Say($"page-new-{seen.Count}", "bläddringsprov som kom under tiden", "2026-03-03T10:00:00Z");
        }
        while (next is not null);

        Assert.Equal(25, seen.Count);
        Assert.Equal(25, seen.Distinct().Count());
    }

    [Fact]
    public async Task counts_exactly_to_a_thousand_and_then_says_at_least()
    {
        foreach (var part in Enumerable.Range(0, 1001).Chunk(251))
            await archive.Capture([.. part.Select(i => ViewedArchive.Comment($"many-{i}", $"tusentalsprov nummer {i}"))]);

        var total = (await archive.Get(archive.Registrator, "/api/v1/records?q=tusentalsprov&limit=5")).GetProperty("total");
        var fewer = (await archive.Get(archive.Registrator, "/api/v1/records?q=tusentalsprov%20-1000&limit=5")).GetProperty("total");

        Assert.Equal((1000, "atLeast"), (total.GetProperty("value").GetInt32(), total.GetProperty("relation").GetString()));
        Assert.Equal((1000, "exact"), (fewer.GetProperty("value").GetInt32(), fewer.GetProperty("relation").GetString()));
    }

    [Fact]
    [Trait("Requirement", "V-10")]
    [Trait("Requirement", "N-15")]
    public async Task narrows_by_sender_day_state_and_kind()
    {
        await archive.Capture(
            ViewedArchive.Comment("f-1", "filterprov äpple", "2026-01-10T22:30:00Z", "Åsa Öberg", "@asa"),
            ViewedArchive.Comment("f-2", "filterprov päron", "2026-01-10T23:30:00Z", "Bo Ek", "@bo", kind: "post"));
        var first = await archive.Found(archive.Registrator, "filterprov äpple");
        await archive.Do(archive.Registrator, first, "unpublish", new { grounds = new[] { "INSULT" }, motivation = "Kränkande mot en namngiven person." });

        Assert.Equal(first, Assert.Single(await archive.Search(archive.Registrator, "q=filterprov&sender=%C3%96BERG")).GetProperty("id").GetGuid());
        Assert.Equal(first, Assert.Single(await archive.Search(archive.Registrator, "q=filterprov&state=unpublished")).GetProperty("id").GetGuid());
        Assert.Equal(first, Assert.Single(await archive.Search(archive.Registrator, "q=filterprov&ground=INSULT&registration=captured,registered")).GetProperty("id").GetGuid());

        // Half past midnight in Sweden is the next day.
        Assert.Equal(first, Assert.Single(await archive.Search(archive.Registrator, "q=filterprov&to=2026-01-10")).GetProperty("id").GetGuid());
        Assert.Single(await archive.Search(archive.Registrator, "q=filterprov&kind=post&from=2026-01-11"));
    }

    [Theory]
    [InlineData("kind=tweet", "kind")]
    [InlineData("from=i%20g%C3%A5r", "from")]
    [InlineData("limit=0", "limit")]
    [InlineData("cursor=%25%25", "cursor")]
    [InlineData("channel=facebook", "channel")]
    [InlineData("colour=red", "colour")]
    [InlineData("after=soon", "after")]
    public async Task refuses_a_bad_filter_by_its_name(string query, string parameter)
    {
        var answer = await archive.Registrator.GetAsync(new Uri("/api/v1/records?" + query, UriKind.Relative));
        var text = await answer.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains($"\"parameter\":\"{parameter}\"", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("''")]
    [InlineData("\"")]
    [InlineData("&|!()")]
    [InlineData("och att")]
    [InlineData("😀")]
    [InlineData("-")]
    public async Task takes_any_words_as_words(string q) => await archive.Get(archive.Registrator, "/api/v1/records?limit=1&q=" + Uri.EscapeDataString(q));

    [Fact]
    public async Task survives_half_a_million_different_words()
    {
        var words = string.Join(' ', Enumerable.Range(0, 71_000).Select(i => $"{(char)('a' + (i % 26))}{i:x5}"));
        await archive.Say("long-1", "sällsyntprov " + words[..490_000]);

        Assert.Single(await archive.Search(archive.Registrator, "q=s%C3%A4llsyntprov"));
    }

    [Fact]
    public async Task answers_may_not_be_kept_by_a_cache()
    {
        var answer = await archive.Registrator.GetAsync(new Uri("/api/v1/records?limit=1", UriKind.Relative));

        Assert.True(answer.Headers.CacheControl is { NoStore: true, Private: true });
    }

    [Fact]
    public async Task shows_an_authority_only_its_own_records()
    {
        await archive.Say("own-1", "grannmyndighetsprov");

        Assert.Single(await archive.Search(archive.Kommunikator, "q=grannmyndighetsprov"));
        Assert.Empty(await archive.Search(archive.Neighbour, "q=grannmyndighetsprov"));
    }
}
