using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
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

    /// <summary>Rows of the view alone: searching reads nothing else.</summary>
    public async Task Fill()
    {
        await Column($$"""
            insert into views.all_records (record_id, wall, authority_id, channel_id, platform, kind, direction, audience, record_type, generation, occurred_at, captured_at, content_captured,
              sender_captured, flags, content, text_at, text, edited, sender_at, sender_name, sender_handle, attachment_ids, reactions, visibility, grounds, registration, destroyed, version, seq)
            select gen_random_uuid(), 'open', c.authority_id, c.channel_id, 'mastodon', 'comment', 'received', 'public', 'comment', 1, timestamptz '2025-01-01' + n * interval '1 minute', now(), true, true, '{}', 'x', now(),
              case when n % 1500 = 7 then 'planfynd ' else '' end || 'planprov nummer', false, now(), case when n % 1500 = 7 then 'Planfinnare' else 'Person ' || n % 100 end, null, '{}', 0, 'visible', '{}', 'captured', false, 1, n
            from generate_series(1, 4000) n cross join archive.channels c where c.channel_id = '{{Channel}}' and not exists (select from views.all_records where text = 'planprov nummer')
            """);
        await Column("vacuum analyze views.record_view");
        await Column("vacuum analyze views.record_view_secret");
    }

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

    [Fact]
    public async Task says_which_word_was_meant()
    {
        var found = await archive.Ask("q=bibliotket");
        var page = WebUtility.HtmlDecode(await archive.Registrator.GetStringAsync(new Uri("/sok?q=bibliotket", UriKind.Relative)));

        Assert.Equal("bibliotket", found.GetProperty("meant").GetProperty("typed").GetString());
        Assert.StartsWith("bibliotek", found.GetProperty("meant").GetProperty("word").GetString(), StringComparison.Ordinal);
        Assert.Contains("”bibliotket” finns inte", page, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, (await archive.Ask("q=biblioteket")).GetProperty("meant").ValueKind);
        Assert.Equal(0, (await archive.Ask("q=%C3%B6verlupenzx")).GetProperty("total").GetProperty("value").GetInt32());
    }

    [Fact]
    public async Task says_that_a_number_is_the_same()
    {
        var found = (await archive.Ask("q=011150000")).GetProperty("items")[0].GetProperty("matched")[0];

        Assert.Equal(("011-15 00 00", "number"), (found.GetProperty("word").GetString(), found.GetProperty("how").GetString()));
    }

    [Theory]
    [InlineData("Åsa Grön", true)]
    [InlineData("asa gron", true)]
    [InlineData("Asö Gron", false)]
    public async Task finds_a_sender_with_and_without_dots(string sender, bool found)
    {
        await archive.Capture(ViewedArchive.Comment("dots-1", "prickprov", by: "Åsa Grön"));
        await archive.Shown();

        Assert.Equal(found, (await archive.Texts("q=prickprov&sender=" + Uri.EscapeDataString(sender))).Length == 1);
    }

    [Fact]
    [Trait("Requirement", "V-10")]
    public async Task narrows_by_when_something_was_changed_or_taken_down()
    {
        await archive.Capture(
            ViewedArchive.Comment("since-1", "sedanprov ett"), ViewedArchive.Comment("since-2", "sedanprov två"),
            ViewedArchive.Comment("since-1", "sedanprov ett, ändrat", at: "2026-03-10T12:00:00Z", act: "edit"));
        await archive.Shown();

        Assert.Single(await archive.Texts("q=sedanprov&editedSince=2026-03-09"));
        Assert.Empty(await archive.Texts("q=sedanprov&editedSince=2026-03-11"));
        Assert.Empty(await archive.Texts("q=sedanprov&removedSince=2026-03-01"));
        Assert.Equal(2, (await archive.Texts("q=sedanprov&audience=public,unlisted")).Length);
        Assert.Equal(HttpStatusCode.BadRequest, (await archive.Registrator.GetAsync(new Uri("/api/v1/records?audience=public,alla", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task notes_searches_in_the_diary_among_cases_and_accounts()
    {
        foreach (var address in new[] { "/api/v1/diary?q=Dagprov", "/diarium?q=Dagprov", "/api/v1/cases?q=Dagprov", "/arenden?q=Dagprov", "/api/v1/accounts?q=Dagprov", "/konton?q=Dagprov", "/diarium", "/arenden", "/konton" })
            (await archive.Cleared.GetAsync(new Uri(address, UriKind.Relative))).EnsureSuccessStatusCode();

        Assert.Equal(["case 2", "diary 2", "person 2"], await archive.Column($"select kind || ' ' || count(*) from archive.search_log where kind in ('case', 'diary') or (kind = 'person' and person_id in (select person_id from archive.search_log where kind = 'diary')) group by kind order by kind"));
        var own = WebUtility.HtmlDecode(await archive.Cleared.GetStringAsync(new Uri("/min-logg", UriKind.Relative)));
        Assert.Matches("<td[^>]*>diariet</td>\\s*<td[^>]*>Dagprov</td>", own);
        Assert.Contains("konton: Dagprov", own, StringComparison.Ordinal);
    }

    /// <summary>With four thousand older records, of which all have one word and three another.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task no_search_reads_a_whole_table_or_many_more_rows_than_it_shows(bool cleared)
    {
        await archive.Fill();
        var databases = archive.Archive.Databases;
        var authority = Guid.Parse((await archive.Column("select authority_id::text from archive.authorities where code = 'KS'"))[0]);
        var sight = RecordViewSight.Of(databases, new(Guid.CreateVersion7(), "x", [new(cleared ? Role.Registrator : Role.Kommunikator, authority)], cleared, IsService: false, []));
        Assert.Equal(cleared, sight.SeesBehindWalls);
        foreach (var (asked, statement, most) in new[]
        {
            ("q=planprov", "probe", 1002), ("q=planprov", "walk", 1600), ("q=planprov", "page by walking", 600), ("q=planprov&sort=oldest", "page by walking", 600),
            ("q=planprov&sort=sender", "page by walking", 600), ("q=planprov&from=2025-01-01&to=2025-12-31&kind=comment", "walk", 1100), ("q=planprov&state=visible&direction=received", "page by walking", 600),
            ("q=planfynd", "probe", 1002), ("q=planfynd", "all", 10), ("q=planfynd&sort=relevance", "page by words", 10), ("q=planf*", "all", 10), ("q=%22planfynd+planprov%22", "all", 10),
            ("sender=planfinnare", "all", 10), ("state=deleted", "all", 300), ("kind=dm", "all", 300), ("ground=hate", "all", 300), ("registration=registered", "all", 300), ("edited=true", "all", 300), ("hasAttachment=true", "all", 300),
        })
        {
            var (search, _) = RecordSearch.Parse(Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(asked));
            var (_, settings, sql) = SearchRecords.Statements(search!, sight).Single(s => s.Name == statement);
            var plan = await ExplainedPlan.Of(sight.Db, settings, sql);

            Assert.True(plan.WholeTables.Count == 0 && plan.Indexes.Count > 0, $"{asked}, {statement}: {string.Join(' ', plan.WholeTables)}\n{plan.Text}");
            Assert.True(plan.Touched <= most, $"{asked}, {statement}: {plan.Touched} rows\n{plan.Text}");
        }
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
