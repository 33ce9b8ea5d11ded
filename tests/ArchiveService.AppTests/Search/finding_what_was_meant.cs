using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.AppTests.Views;
using ArchiveService.Features.Records;
using ArchiveService.Features.Search;
using ArchiveService.Testing;
using ArchiveService.Testing.Search;

namespace ArchiveService.AppTests.Search;

/// <summary>The archive of the written texts.</summary>
public sealed class QualityArchive : ViewedArchive, IAsyncLifetime
{
    private long after;

    public long After => Math.Max(after, Last);

    async Task IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        await SearchQuality.Say(Registrator, Channel, sequence => Task.FromResult(after = sequence));
    }

    public async Task<JsonElement> Ask(string query, HttpClient? by = null) => await Json(await (by ?? Registrator).GetAsync(new Uri($"/api/v1/records?{query}&after={After}", UriKind.Relative)));

    public async Task<string[]> Texts(string query) => [.. (await Ask(query)).GetProperty("items").EnumerateArray().Select(i => i.GetProperty("snippet").GetString()!)];
}

[Trait("Requirement", "N-15")]
public sealed class Finding_what_was_meant(QualityArchive archive) : IClassFixture<QualityArchive>
{
    [Fact]
    public async Task every_written_question_finds_what_it_must()
    {
        var missed = new List<string>();
        foreach (var query in SearchQuality.Queries)
        {
            var answer = await SearchQuality.Ask(archive.Registrator, archive.Channel, query, archive.After);
            if (answer.Recall < 1) missed.Add($"{query.Asked}: {string.Join(' ', query.Must.Except(answer.Found))} missed, found {string.Join(' ', answer.Found)}");
        }

        Assert.True(SearchQuality.Queries.Count >= 60);
        Assert.Empty(missed);
    }

    [Fact]
    public async Task says_why_a_record_was_found()
    {
        var found = (await archive.Ask("q=skolskjuts&sort=relevance")).GetProperty("items").EnumerateArray().ToList();
        var compound = found.Single(f => f.GetProperty("snippet").GetString()!.StartsWith("Ska skolskjutsavgiften", StringComparison.Ordinal)).GetProperty("matched")[0];
        var page = await archive.Registrator.GetStringAsync(new Uri("/sok?q=skolskjuts", UriKind.Relative));

        Assert.Equal(("skolskjutsavgiften", "begins", "skolskjuts", "text"), (
            compound.GetProperty("word").GetString(), compound.GetProperty("how").GetString(), compound.GetProperty("term").GetString(), compound.GetProperty("where").GetString()));
        Assert.Contains("skolskjutsavgiften (börjar på skolskjuts)", WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        Assert.Contains("<mark>skolskjutsavgiften</mark>", WebUtility.HtmlDecode(page), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("q=avgift&sort=relevance", "högsta avgiften")]
    [InlineData("q=%C3%A5ngstr%C3%B6m&sort=relevance", "Föreläsningen om Anders Ångström")]
    public async Task puts_the_word_as_it_was_typed_first(string query, string first) => Assert.Contains(first, (await archive.Texts(query))[0], StringComparison.Ordinal);

    [Theory]
    [InlineData("pa")]
    [InlineData("bil")]
    [InlineData("vag")]
    public async Task keeps_short_words_to_themselves(string q) => Assert.Empty(await archive.Texts("q=" + q));

    [Fact]
    public async Task finds_a_phrase_only_in_its_order()
    {
        Assert.Single(await archive.Texts("q=%22under+all+kritik%22"));
        Assert.Empty(await archive.Texts("q=%22kritik+all%22"));
    }

    [Fact]
    public async Task leafs_through_an_order_of_relevance_while_more_arrives()
    {
        await archive.Capture([.. Enumerable.Range(0, 7).Select(n => ViewedArchive.Comment($"rank-old-{n}", $"rangprov nummer {n}{string.Concat(Enumerable.Repeat(" rangprov", n))}"))]);
        var seen = new List<Guid>();
        string? next = null;
        do
        {
            var page = await archive.Ask("q=rangprov&sort=relevance&limit=2" + (next is null ? "" : "&cursor=" + next));
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetGuid()));
            next = page.GetProperty("next").GetString();
            await archive.Capture(ViewedArchive.Comment($"rank-{seen.Count}", "rangprov rangprov som kom under tiden", "2026-03-05T10:00:00Z"));
            await archive.Shown();
        }
        while (next is not null && seen.Count < 50);

        Assert.Equal(7, seen.Count);
        Assert.Equal(7, seen.Distinct().Count());
    }

    [Theory]
    [InlineData("recordType=comment", true)]
    [InlineData("retention=none", true)]
    [InlineData("retention=held", false)]
    [InlineData("retention=due", false)]
    [InlineData("retention=dated", false)]
    [InlineData("class=9.9", false)]
    [InlineData("case=00000000-0000-0000-0000-000000000001", false)]
    [InlineData("edited=false", true)]
    [InlineData("audience=public", true)]
    [InlineData("policyVersion=99", false)]
    [Trait("Requirement", "V-10")]
    public async Task narrows_by_every_filter(string filter, bool found) => Assert.Equal(found, (await archive.Texts("q=kulturskolan&" + filter)).Length > 0);

    [Fact]
    public async Task gives_a_result_away_without_formulas()
    {
        await archive.Capture(ViewedArchive.Comment("formula-1", "=HYPERLINK(\"http://ond.example\";\"kalkylprov\")", by: "+46 Testa"));
        await archive.Shown();
        var csv = await archive.Registrator.GetAsync(new Uri("/api/v1/records/export?format=csv&q=kalkylprov", UriKind.Relative));
        var text = await csv.Content.ReadAsStringAsync();
        var lines = await archive.Registrator.GetStringAsync(new Uri("/api/v1/records/export?format=ndjson&q=kalkylprov", UriKind.Relative));

        Assert.Equal("text/csv", csv.Content.Headers.ContentType!.MediaType);
        Assert.Contains("\"'=HYPERLINK(\"\"http://ond.example\"\"", text, StringComparison.Ordinal);
        Assert.Contains("\"'+46 Testa\"", text, StringComparison.Ordinal);
        Assert.Single(lines.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(HttpStatusCode.BadRequest, (await archive.Registrator.GetAsync(new Uri("/api/v1/records/export?format=xls", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task notes_who_searched_for_whom_and_keeps_the_words_sealed()
    {
        await archive.Ask("sender=Hemlig+Testsson", archive.Kommunikator);
        var kinds = await archive.Column("select kind || ' ' || (position('Hemlig' in encode(sealed, 'escape')) > 0) from archive.search_log order by searched_at desc limit 1");
        var own = await archive.Kommunikator.GetStringAsync(new Uri("/min-logg", UriKind.Relative));
        var other = await archive.Registrator.GetStringAsync(new Uri("/min-logg", UriKind.Relative));

        Assert.Equal(["person false"], kinds);
        Assert.Contains("Hemlig Testsson", own, StringComparison.Ordinal);
        Assert.DoesNotContain("Hemlig Testsson", other, StringComparison.Ordinal);
    }

    [Fact]
    public async Task saves_a_search_for_its_owner_alone()
    {
        var saved = await archive.Registrator.PostAsJsonAsync(new Uri("/api/v1/saved-searches", UriKind.Relative), new SaveSearch("Bygglov i år", "q=bygglov&from=2026-01-01"));
        var id = (await ViewedArchive.Json(saved)).GetProperty("id").GetGuid();
        var mine = await archive.Registrator.GetStringAsync(new Uri("/api/v1/saved-searches", UriKind.Relative));
        var others = await archive.Kommunikator.GetStringAsync(new Uri("/api/v1/saved-searches", UriKind.Relative));

        Assert.Contains("Bygglov i år", JsonDocument.Parse(mine).RootElement.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("name").GetString()!));
        Assert.DoesNotContain(id.ToString(), others, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await archive.Kommunikator.DeleteAsync(new Uri($"/api/v1/saved-searches/{id}", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await archive.Registrator.DeleteAsync(new Uri($"/api/v1/saved-searches/{id}", UriKind.Relative))).StatusCode);
    }

    [Theory]
    [InlineData("q=diagnos", "Alla", "saved-search-sensitive")]
    [InlineData("q=811218-9876", "Alla", "saved-search-sensitive")]
    [InlineData("q=bygglov", "Sjukskrivna", "saved-search-sensitive")]
    [InlineData("q=bygglov", "", "saved-search-name")]
    [InlineData("", "Alla", "saved-search-empty")]
    [InlineData("colour=red", "Alla", "bad-parameter")]
    public async Task refuses_to_save_what_may_not_be_asked_again_and_again(string query, string name, string code)
    {
        var answer = await archive.Registrator.PostAsJsonAsync(new Uri("/api/v1/saved-searches", UriKind.Relative), new SaveSearch(name, query));

        Assert.False(answer.IsSuccessStatusCode);
        Assert.Contains(code, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    /// <summary>The form of the plans; how fast they are is measured with many records (./run bench search).</summary>
    [Theory]
    [InlineData("staff", "search")]
    [InlineData("cleared", "search")]
    [InlineData("staff", "sender")]
    [InlineData("cleared", "sender")]
    [InlineData("staff", "number")]
    public async Task every_search_can_go_by_its_index(string login, string index)
    {
        var databases = archive.Archive.Databases;
        var db = login == "staff" ? databases.Staff : databases.Cleared;
        var table = login == "staff" ? "views.record_view" : "views.all_records";
        var condition = index switch
        {
            "search" => "r.search @@ (select views.asked('bygglov'))",
            "sender" => "r.sender_fold like '%testsson%'",
            _ => "r.number_key = 'ks 2026/17'",
        };
        await using var connection = await db.OpenConnectionAsync();
        await using var plan = new Npgsql.NpgsqlCommand($"set enable_seqscan = off; set enable_indexscan = off; explain select r.record_id from {table} r where {condition}", connection);
        await using var rows = await plan.ExecuteReaderAsync();
        var text = new StringBuilder();
        while (await rows.ReadAsync()) text.AppendLine(rows.GetString(0));

        Assert.Contains("Bitmap Index Scan on " + (index switch { "search" => "record_view_search_idx", "sender" => "record_view_sender_fold_idx", _ => "record_view_number_key_idx" }), text.ToString(), StringComparison.Ordinal);
    }
}
