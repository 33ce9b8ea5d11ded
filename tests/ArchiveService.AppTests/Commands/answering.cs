using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Features.Verify;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

/// <summary>What came in, who answers it, and what waits meanwhile: through the API and through the pages, on channels of these tests' own.</summary>
[Collection(nameof(CommandArchive))]
public sealed class Answering(CommandArchive archive)
{
    private static int numbers;

    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private static readonly Guid Nobody = new("0195aaaa-0000-7000-8000-00000000dead");

    private HttpClient Everybody => archive.Everybody;

    private sealed record AChannel(Guid Id, string Code, string Own);

    private async Task<AChannel> A_channel(string preset)
    {
        var code = $"SV{Interlocked.Increment(ref numbers)}";
        await Ok(await Everybody.PutAsJsonAsync(At($"/api/v1/authorities/{code}"), new { name = $"Nämnden {code}", preset }));
        var id = (await Ok(await Everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = code, platform = "facebook", nativeAccountId = $"own-{code}", handle = code, purpose = "Dialog" }))).GetProperty("id").GetGuid();
        return new(id, code, $"own-{code}");
    }

    private async Task<(Guid Id, string Native, long Last)> Written(AChannel channel, string text, TimeSpan ago, string? under = null, bool own = false, string kind = "comment")
    {
        var native = $"s{Interlocked.Increment(ref numbers)}";
        var line = JsonSerializer.Serialize(new
        {
            act = "create",
            nativeId = native,
            kind,
            parentNativeId = under,
            author = own ? new { nativeId = channel.Own, displayName = channel.Code } : new { nativeId = "77", displayName = "Nils Låtsasson" },
            audience = kind == "dm" ? "direct" : "public",
            occurredAt = Now - ago,
            text,
        });
        using var content = new StringContent(line, Encoding.UTF8, "application/x-ndjson");
        var answer = await Ok(await Everybody.PostAsync(At($"/api/v1/channels/{channel.Id}/captures"), content));
        return (archive.Served.Services.GetRequiredService<KeyedIds>().Record(channel.Id, "facebook", "native", native), native, answer.GetProperty("lastSequence").GetInt64());
    }

    private async Task<Dictionary<Guid, JsonElement>> Queue(AChannel channel, string state = "open", string more = "", HttpClient? by = null) =>
        (await Ok(await (by ?? Everybody).GetAsync(At($"/api/v1/queue?channel={channel.Id}&state={state}{more}")))).GetProperty("items").EnumerateArray().ToDictionary(i => i.GetProperty("id").GetGuid());

    private async Task<long> Last(HttpResponseMessage answer) => (await Ok(answer)).GetProperty("lastSequence").GetInt64();

    private Task<HttpResponseMessage> Do(Guid id, string act, object body, HttpClient? by = null) => (by ?? Everybody).PostAsJsonAsync(At($"/api/v1/records/{id}/{act}"), body);

    private static string[] Clocks(JsonElement item) => [.. item.GetProperty("waits").EnumerateArray().Select(w => w.GetProperty("clock").GetString()!)];

    [Fact]
    [Trait("Requirement", "N-12")]
    public async Task is_asked_of_everything_that_comes_in_also_when_it_is_taken_down()
    {
        var channel = await A_channel("norrkoping");
        var (post, native, _) = await Written(channel, "Vi bygger en park", TimeSpan.FromDays(20), own: true, kind: "post");
        var (old, _, _) = await Written(channel, "Idioter", TimeSpan.FromDays(19), under: native);
        var (fresh, _, last) = await Written(channel, "Fint!", TimeSpan.FromMinutes(1), under: native);

        var open = await Queue(channel, more: $"&after={last}");
        Assert.Equal([old, fresh], open.Keys);
        Assert.DoesNotContain(post, open.Keys);
        Assert.Equal(["review", "answer"], Clocks(open[old]));
        Assert.Equal("Nils Låtsasson", open[old].GetProperty("sender").GetProperty("name").GetString());
        Assert.Equal([old], (await Queue(channel, "overdue")).Keys);

        await Ok(await Do(old, "unpublish", new { grounds = new[] { "INSULT" }, motivation = "Förolämpning" }));
        var removed = (await Queue(channel, "unanswered"))[old];
        Assert.Equal("unpublished", removed.GetProperty("state").GetString());
        Assert.Equal(["answer"], Clocks(removed));
        Assert.DoesNotContain(old, (await Queue(channel, "new")).Keys);

        await Ok(await Do(old, "answer", new { text = "Vi tog bort det för att det var en förolämpning.", where = "Direktmeddelande" }));
        Assert.DoesNotContain(old, (await Queue(channel)).Keys);
    }

    [Fact]
    [Trait("Requirement", "V-03")]
    public async Task runs_only_for_what_is_assessed_as_a_question_where_the_guideline_says_so()
    {
        var channel = await A_channel("vastarvet");
        var (question, _, _) = await Written(channel, "När öppnar ni?", TimeSpan.FromDays(30));
        var (praise, _, _) = await Written(channel, "Så fint!", TimeSpan.FromDays(30));
        await Ok(await Do(question, "assess", new { minor = false, secrecySuspected = false, isQuestion = true }));
        await Ok(await Do(praise, "assess", new { minor = true, secrecySuspected = false, isQuestion = false }));

        var waits = Assert.Single(await Queue(channel));
        Assert.Equal(question, waits.Key);
        var wait = Assert.Single(waits.Value.GetProperty("waits").EnumerateArray().ToList());
        Assert.Equal(("answer", true, "V-03"), (wait.GetProperty("clock").GetString(), wait.GetProperty("overdue").GetBoolean(), wait.GetProperty("requirement").GetString()));
    }

    [Fact]
    public async Task counts_at_once_by_another_policy()
    {
        var channel = await A_channel("vastarvet");
        var (id, _, _) = await Written(channel, "Så fint!", TimeSpan.FromDays(30));
        await Ok(await Do(id, "assess", new { minor = false, secrecySuspected = false, isQuestion = false }));
        Assert.Empty(await Queue(channel));

        await Ok(await Everybody.PutAsJsonAsync(At($"/api/v1/authorities/{channel.Code}"), new { name = $"Nämnden {channel.Code}", preset = "vastarvet", policy = new Dictionary<string, string> { ["answer.duty"] = "all" }, decisionReference = "VA § 1" }));

        Assert.Equal([id], (await Queue(channel, "overdue")).Keys);
    }

    [Fact]
    public async Task proposes_the_channels_own_reply_and_a_person_confirms_it_in_one_click()
    {
        var channel = await A_channel("norrkoping");
        var (question, native, _) = await Written(channel, "När öppnar ni?", TimeSpan.FromHours(2));
        var (reply, _, last) = await Written(channel, "Klockan nio.", TimeSpan.FromHours(1), under: native, own: true, kind: "reply");
        Assert.Equal(reply, (await Queue(channel, more: $"&after={last}"))[question].GetProperty("proposedReply").GetGuid());

        var browser = await archive.Browser($"svarar{channel.Code}", Role.Moderator);
        var list = WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/arbetslista?channel={channel.Id}")));
        Assert.Contains("Bekräfta svaret", list, StringComparison.Ordinal);
        var page = $"/handlingar/{question}/besvara";
        Assert.Contains("Klockan nio.", WebUtility.HtmlDecode(await browser.GetStringAsync(At(page))), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, page, [("Reply", reply.ToString())])).StatusCode);

        var state = await archive.State(question);
        Assert.Contains(reply, state.Replies);
        Assert.DoesNotContain(question, (await Queue(channel, "unanswered")).Keys);
        Assert.Equal(("reply-not-ours", 409), await Code(await Do(question, "answer", new { reply = question })));
    }

    private static async Task<(string, int)> Code(HttpResponseMessage answer) => await Refused(answer) is var (status, code) ? (code, status) : default;

    [Fact]
    [Trait("Requirement", "H-10")]
    public async Task stays_with_the_administrator_when_it_is_passed_on()
    {
        var channel = await A_channel("herrljunga");
        var (id, _, _) = await Written(channel, "Varför är gatan avstängd?", TimeSpan.FromHours(3));
        await Ok(await Do(id, "assess", new { minor = false, secrecySuspected = false, isQuestion = true }));
        Assert.Equal(("notice-missing", 400), await Code(await Do(id, "forward", new { owner = "Gatukontoret" })));

        var browser = await archive.Browser($"skickar{channel.Code}", Role.Kommunikator);
        var page = $"/handlingar/{id}/vidarebefordra";
        Assert.Contains("sägs där (H-10)", WebUtility.HtmlDecode(await (await ServedArchive.Post(browser, page, page, [("Owner", "Gatukontoret")])).Content.ReadAsStringAsync()), StringComparison.Ordinal);
        var sent = await ServedArchive.Post(browser, page, page, [("Owner", "Gatukontoret"), ("Notice", "Vi har skickat frågan till gatukontoret.")]);
        Assert.Equal(HttpStatusCode.Redirect, sent.StatusCode);

        var waits = (await Queue(channel, "unanswered"))[id];
        Assert.NotEqual(JsonValueKind.Null, waits.GetProperty("forwardedAt").ValueKind);
        var record = WebUtility.HtmlDecode(await browser.GetStringAsync(sent.Headers.Location));
        Assert.Contains("Till: Gatukontoret.", record, StringComparison.Ordinal);
        Assert.Contains("Vi har skickat frågan till gatukontoret.", record, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "N-12")]
    [Trait("Requirement", "N-16")]
    public async Task is_left_out_only_under_a_decision_to_dispose_where_everybody_is_answered()
    {
        var channel = await A_channel("norrkoping");
        var (id, _, _) = await Written(channel, "👍", TimeSpan.FromHours(3));
        Assert.Equal(("not-assessed-minor", 409), await Code(await Do(id, "close-unanswered", new { reason = "En tumme upp" })));
        await Ok(await Do(id, "assess", new { minor = true, secrecySuspected = false, isQuestion = false }));
        Assert.Equal(("disposal-decision-missing", 409), await Code(await Do(id, "close-unanswered", new { reason = "En tumme upp" })));
        Assert.Equal(("disposal-decision-missing", 409), await Code(await Do(id, "close-unanswered", new { reason = "En tumme upp", disposalDecision = Nobody })));

        var archivist = archive.Served.Program(await archive.Served.Token("Arvid Arkivarie", [new("arkivarie")]));
        var decision = (await Ok(await archivist.PostAsJsonAsync(At("/api/v1/retention/decisions"), new
        {
            authority = channel.Code,
            reference = "N § 12",
            decidingBody = "Kommunstyrelsen",
            decidedOn = "2020-01-01",
            recordTypes = new[] { "comment" },
            frist = "P0D",
            validFrom = "2020-01-01",
        }))).GetProperty("id").GetGuid();
        await Ok(await Do(id, "close-unanswered", new { reason = "En tumme upp", disposalDecision = decision }));
        Assert.Empty(await Queue(channel));
        Assert.Equal(("already-answered", 409), await Code(await Do(id, "forward", new { owner = "X" })));
    }

    [Fact]
    public async Task refuses_those_whose_work_it_is_not_and_hides_what_they_may_not_know_of()
    {
        var channel = await A_channel("norrkoping");
        var (id, _, _) = await Written(channel, "Hej", TimeSpan.FromHours(3));
        var (secret, _, _) = await Written(channel, "Min son 19811218-9876", TimeSpan.FromHours(3));
        var archivist = archive.Served.Program(await archive.Served.Token("Arvid Arkivarie", [new("arkivarie")]));
        var communicator = archive.Served.Program(await archive.Served.Token("Kim Kommunikatör", [new("kommunikator")]));

        Assert.Equal(("not-allowed", 403), await Code(await Do(id, "answer", new { text = "Hej" }, archivist)));
        Assert.Equal(("not-allowed", 403), await Code(await archivist.GetAsync(At("/api/v1/queue"))));
        Assert.Equal(("not-allowed", 403), await Code(await Do(id, "close-unanswered", new { reason = "x" }, communicator)));
        Assert.Equal(("record-unknown", 404), await Code(await Do(secret, "answer", new { text = "Hej" }, communicator)));
        Assert.Equal(("record-unknown", 404), await Code(await Do(Nobody, "forward", new { owner = "X" })));
        Assert.Equal(("answer-missing", 400), await Code(await Do(id, "answer", new { })));
        Assert.Equal(("not-received", 409), await Code(await Do((await Written(channel, "Vårt inlägg", TimeSpan.FromDays(1), own: true, kind: "post")).Id, "answer", new { text = "Hej" })));

        // I9, walls: nothing of it, no row and no count, for those who do not assess; for those who do, no text in a list.
        Assert.Equal([id], (await Queue(channel, by: communicator)).Keys);
        var count = (await Ok(await communicator.GetAsync(At("/api/v1/queue")))).GetProperty("channels").EnumerateArray().Single(c => c.GetProperty("channel").GetGuid() == channel.Id);
        Assert.Equal(1, count.GetProperty("new").GetInt64());
        var seen = (await Queue(channel, by: archive.Moderator))[secret];
        Assert.Equal(JsonValueKind.Null, seen.GetProperty("snippet").ValueKind);
        Assert.Equal("secrecy", Clocks(seen)[0]);
    }

    [Fact]
    [Trait("Requirement", "T-14")]
    [Trait("Requirement", "R-11")]
    public async Task comes_after_what_is_secret_and_still_in_the_medium_also_hidden()
    {
        var channel = await A_channel("toreboda");
        var (old, _, _) = await Written(channel, "Hej", TimeSpan.FromDays(40));
        var (secret, _, _) = await Written(channel, "Min son 19811218-9876", TimeSpan.FromHours(1));
        Assert.Equal([secret, old], (await Queue(channel)).Keys);
        // No plan, so nothing but secrecy is late: 48 hours is no rule.
        Assert.Equal([secret], (await Queue(channel, "overdue")).Keys);

        await Ok(await Do(secret, "hide", new { grounds = new[] { "SECRECY" }, motivation = "Personuppgifter" }));
        Assert.Equal([secret], (await Queue(channel, "overdue")).Keys);
        await Ok(await Do(secret, "unpublish", new { grounds = new[] { "SECRECY" }, motivation = "Personuppgifter" }));
        Assert.Empty(await Queue(channel, "overdue"));

        await Ok(await Everybody.PutAsJsonAsync(At($"/api/v1/channels/{channel.Id}/watch/plan"), new { intervalHours = 48, days = new[] { "monday", "sunday" } }));
        Assert.Equal([old], (await Queue(channel, "overdue")).Keys);
    }

    [Fact]
    public async Task is_said_by_one_of_two_who_read_the_same_version()
    {
        var channel = await A_channel("norrkoping");
        var (id, _, _) = await Written(channel, "När öppnar ni?", TimeSpan.FromHours(2));

        async Task<HttpStatusCode> Say(string text)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, At($"/api/v1/records/{id}/answer")) { Content = JsonContent.Create(new { text }) };
            request.Headers.TryAddWithoutValidation("If-Match", "\"1\"");
            return (await Everybody.SendAsync(request)).StatusCode;
        }

        var both = await Task.WhenAll(Say("Nio"), Say("Tio"));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.PreconditionFailed], both.Order());
    }

    [Fact]
    public async Task is_listed_a_page_at_a_time_without_gap_or_double()
    {
        var channel = await A_channel("norrkoping");
        for (var i = 0; i < 7; i++) await Written(channel, $"Nummer {i}", TimeSpan.FromHours(5));
        var seen = new List<Guid>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await Ok(await Everybody.GetAsync(At($"/api/v1/queue?channel={channel.Id}&limit=3{(cursor.Length > 0 ? "&cursor=" + cursor : "")}")));
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetGuid()));
            cursor = page.TryGetProperty("next", out var next) ? next.GetString() : null;
        }

        Assert.Equal(7, seen.Count);
        Assert.Equal(7, seen.Distinct().Count());
    }

    [Theory]
    [InlineData("state=late")]
    [InlineData("channel=x")]
    [InlineData("due=i morgon")]
    [InlineData("cursor=%25")]
    [InlineData("limit=0")]
    [InlineData("colour=red")]
    public async Task is_not_listed_by_what_cannot_be_read(string query) => Assert.Equal(("bad-parameter", 400), await Code(await Everybody.GetAsync(At($"/api/v1/queue?{query}"))));

    [Fact]
    public async Task is_reminded_of_on_the_start_page_and_by_the_digest()
    {
        var channel = await A_channel("norrkoping");
        await Written(channel, "När öppnar ni?", TimeSpan.FromDays(30));

        var digest = await Ok(await Everybody.GetAsync(At("/api/v1/queue/overdue")));
        Assert.Contains(digest.GetProperty("late").EnumerateArray(), late => late.GetProperty("channel").GetGuid() == channel.Id && late.GetProperty("overdue").GetInt64() == 1);
        var browser = await archive.Browser($"paminns{channel.Code}", Role.Kommunikator);
        Assert.Contains($"/arbetslista?state=overdue&channel={channel.Id}", WebUtility.HtmlDecode(await browser.GetStringAsync(At("/"))), StringComparison.Ordinal);
        var without = await archive.Browser($"utan{channel.Code}", Role.Arkivarie);
        Assert.DoesNotContain("/arbetslista", await without.GetStringAsync(At("/")), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, (await without.GetAsync(At("/arbetslista"))).StatusCode);
    }

    [Fact]
    [Trait("Requirement", "H-07")]
    [Trait("Requirement", "H-09")]
    [Trait("Requirement", "R-08")]
    public async Task has_somebody_who_watches_and_somebody_who_stands_in()
    {
        var channel = await A_channel("herrljunga");
        var week = Enum.GetValues<DayOfWeek>();
        var ada = await archive.Served.User("Vera Vaktsam", $"vera{channel.Code}", "ett långt lösenord 1", [new Grant(Role.Moderator, null)]);
        var bo = await archive.Served.User("Bosse Bytande", $"bosse{channel.Code}", "ett långt lösenord 1", [new Grant(Role.Kommunikator, null)]);
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTimeBySystemTimeZoneId(TimeProvider.System.GetUtcNow(), "Europe/Stockholm").DateTime);
        var browser = await archive.Browser($"ordnar{channel.Code}", Role.Kommunikator);
        var page = $"/kanaler/{channel.Id}/bemanning";
        Assert.Contains("Ingen bemanning är lagd", WebUtility.HtmlDecode(await browser.GetStringAsync(At(page))), StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, page + "?handler=Rota", [("Person", ada.ToString()), ("From", $"{today:yyyy-MM-dd}"), .. week.Select(d => ("Days", d.ToString()))])).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, page, page + "?handler=Keep", [("Day", $"{today:yyyy-MM-dd}")])).StatusCode);
        async Task<JsonElement> Watch() => await Ok(await Everybody.GetAsync(At($"/api/v1/channels/{channel.Id}/watch")));
        Assert.Equal((true, 0, 0), (await Watch()) is var w ? (w.GetProperty("watchedToday").GetBoolean(), w.GetProperty("unwatched").GetArrayLength(), w.GetProperty("unstaffed").GetArrayLength()) : default);

        var absence = new { person = ada, from = today.AddDays(1), until = today.AddDays(2) };
        await Ok(await Everybody.PostAsJsonAsync(At($"/api/v1/channels/{channel.Id}/watch/absences"), absence));
        Assert.Equal(2, (await Watch()).GetProperty("leftAlone").GetArrayLength());
        var html = WebUtility.HtmlDecode(await browser.GetStringAsync(At(page)));
        Assert.Contains("Kanalen blir utan uppsikt", html, StringComparison.Ordinal);
        Assert.Contains($"href=\"/kanaler/{channel.Id}\"", html, StringComparison.Ordinal);
        var entered = (await Watch()).GetProperty("absences")[0].GetProperty("id").GetGuid();
        await Ok(await Everybody.PostAsync(At($"/api/v1/channels/{channel.Id}/watch/absences/{entered}/withdraw"), null));
        await Ok(await Everybody.PostAsJsonAsync(At($"/api/v1/channels/{channel.Id}/watch/absences"), new { absence.person, absence.from, absence.until, substitute = bo }));
        Assert.Equal(0, (await Watch()).GetProperty("leftAlone").GetArrayLength());

        var entry = (await Watch()).GetProperty("rota")[0].GetProperty("id").GetGuid();
        await Ok(await Everybody.PostAsJsonAsync(At($"/api/v1/channels/{channel.Id}/watch/rota/{entry}/end"), new { last = today }));
        Assert.Equal(13, (await Watch()).GetProperty("unstaffed").GetArrayLength());

        Assert.Equal(("not-allowed", 403), await Code(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/channels/{channel.Id}/watch/rota"), new { person = ada, from = today, days = new[] { "monday" } })));
        Assert.Equal(("person-cannot-watch", 400), await Code(await Everybody.PostAsJsonAsync(At($"/api/v1/channels/{channel.Id}/watch/rota"), new { person = Nobody, from = today, days = new[] { "monday" } })));
        Assert.Equal(("channel-unknown", 404), await Code(await Everybody.GetAsync(At($"/api/v1/channels/{Nobody}/watch"))));
        Assert.Contains("Ange minst en veckodag", WebUtility.HtmlDecode(await (await ServedArchive.Post(browser, page, page + "?handler=Rota", [("Person", ada.ToString()), ("From", $"{today:yyyy-MM-dd}")])).Content.ReadAsStringAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task is_seen_to_have_been_watched_on_a_day_somebody_assessed()
    {
        var channel = await A_channel("herrljunga");
        var (id, _, _) = await Written(channel, "Hej", TimeSpan.FromHours(1));
        async Task<bool> Watched() => (await Ok(await Everybody.GetAsync(At($"/api/v1/channels/{channel.Id}/watch")))).GetProperty("watchedToday").GetBoolean();
        Assert.False(await Watched());
        await Ok(await Do(id, "assess", new { minor = false, secrecySuspected = false, isQuestion = false }));
        Assert.True(await Watched());
    }

    [Fact]
    public async Task stands_in_the_tables_as_the_log_says()
    {
        var channel = await A_channel("norrkoping");
        var (id, _, _) = await Written(channel, "Min son 19811218-9876", TimeSpan.FromHours(1));
        await Ok(await Do(id, "hide", new { grounds = new[] { "SECRECY" }, motivation = "Bråttom", emergency = true }));
        Assert.Contains("emergency", Clocks((await Queue(channel))[id]));
        await Ok(await Do(id, "confirm-emergency", new { upheld = true, motivation = "Riktigt" }));
        await Ok(await Do(id, "forward", new { owner = "Socialkontoret" }));
        await Ok(await Do(id, "answer", new { text = "Vi hör av oss." }));
        await Ok(await Everybody.PostAsJsonAsync(At($"/api/v1/channels/{channel.Id}/watch/days"), new { }));

        var report = await ActivatorUtilities.CreateInstance<VerifyArchive>(archive.Served.Services).Run(null, default);

        Assert.DoesNotContain(report.Findings, f => f.Code is "open-items-differ" or "watch-differs");
    }
}
