using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Persons;
using ArchiveService.Features.Seed;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ArchiveService.AppTests.Hardening;

/// <summary>An authority of the demo, and beside its own content what somebody hostile wrote, in every field that takes text.</summary>
public sealed class HostileArchive : IAsyncLifetime
{
    /// <summary>Stands in everything hostile, and in nothing else.</summary>
    public const string Marker = "zqfiende";

    /// <summary>Leaves an element, an attribute, a comment, a script, a style, a title and a template; the rest tries terminals, directions, entities and formulas.</summary>
    public const string Text =
        "=" + Marker + "\"'><script>window.__pwned=1</script><img src=x onerror=\"window.__pwned=2\"><pwned-tag data-pwned=\"1\" onmouseover=\"window.__pwned=3\">"
        + "</textarea></title></style></script>--><svg onload=window.__pwned=4><a href=\"javascript:window.__pwned=5\">x</a><meta http-equiv=refresh content=\"0;url=https://ond.exempel.invalid/\">"
        + "<base href=https://ond.exempel.invalid/><form action=https://ond.exempel.invalid/><iframe src=https://ond.exempel.invalid/></iframe>"
        + "{{7*7}}${7*7}<%=7*7%>@(7*7)#{7*7} &lt;script&gt;&#x3c;&amp;quot; \u202Egpj.exe\u2066\u200B\u200D https://ond.exempel.invalid/ javascript:window.__pwned=6 /JavaScript (app.alert(1)) /AA << /S /URI >> %0d%0aSet-Cookie:%20pwned=1";

    /// <summary>For fields that are short.</summary>
    public const string Short = "=" + Marker + "\"'><pwned-tag onclick=pwned data-pwned=1><script>window.__pwned=7</script>\u202E{{7*7}}";

    public const string Link = "javascript:window.__pwned=8//" + Marker;

    public const string FileName = "=" + Marker + "\"'><pwned-tag data-pwned=1>\u202Efdp.exe.pdf";

    public static string LongWord { get; } = Marker + new string('å', 4000);

    public ServedArchive Served { get; private set; } = null!;

    public Heard Log { get; } = new();

    /// <summary>Every role and clearance.</summary>
    public HttpClient Program { get; private set; } = null!;

    public HttpClient Browser { get; private set; } = null!;

    public IReadOnlyList<string> Refused => [.. refused];

    public Dictionary<string, List<string>> Ids { get; } = new(StringComparer.Ordinal);

    private readonly List<string> refused = [];
    private readonly List<string> broken = [];

    /// <summary>What the service broke on instead of refusing it.</summary>
    public IReadOnlyList<string> Broken => [.. broken];

    public async Task InitializeAsync()
    {
        Served = await ServedArchive.Start(
            builder =>
            {
                // As it is set where it runs.
                builder.Logging.AddProvider(Log);
                builder.Logging.AddFilter<Heard>(null, LogLevel.Information);
                foreach (var name in (string[])["Microsoft", "Npgsql", "Quartz"]) builder.Logging.AddFilter<Heard>(name, LogLevel.Warning);
            },
            settings: new Dictionary<string, string?> { ["Limits:PublicPerSecond"] = "1", ["Limits:LogInsPerMinute"] = "600" });
        await Served.Services.GetRequiredService<ArchiveService.Attachments.IObjectStore>().Probe(default);
        await foreach (var _ in DemoArchive.Of(Served.Services).Load(default)) break;
        List<RoleAt> all = [new("admin"), new("moderator"), new("registrator"), new("kommunikator"), new("arkivarie"), new("chef"), new("revisor")];
        Program = Served.Program(await Served.Token("Alla Roller", all, clearance: true));
        Program.DefaultRequestHeaders.Add("Read-Reason", "Granskning");
        await Served.User("Siv Exempelsson", "siv", "fyra glada grisar", [.. Enum.GetValues<Role>().Where(r => r != Role.Connector).Select(r => new Grant(r, null))]);
        Browser = Served.Browser();
        await ServedArchive.LogIn(Browser, "siv", "fyra glada grisar");
        await Seed();
    }

    public Task DisposeAsync() => Served.DisposeAsync().AsTask();

    public static Uri At(string path) => new(path, UriKind.Relative);

    private async Task<JsonElement> Do(HttpMethod method, string path, object command, bool must = false)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var request = new HttpRequestMessage(method, At(path)) { Content = JsonContent.Create(command) };
            var answer = await Program.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            if (answer.IsSuccessStatusCode) return text.Length > 0 ? JsonDocument.Parse(text).RootElement : default;

            // What shows it is a moment behind.
            if ((int)answer.StatusCode == 503 && attempt < 50)
            {
                await Task.Delay(100);
                continue;
            }

            ((int)answer.StatusCode >= 500 ? broken : refused).Add($"{method} {path}: {(int)answer.StatusCode} {text}");
            Assert.False(must, $"{method} {path}: {(int)answer.StatusCode} {text}");
            return default;
        }
    }

    private Task<JsonElement> Post(string path, object command, bool must = false) => Do(HttpMethod.Post, "/api/v1/" + path, command, must);

    private async Task<List<string>> Some(string sql)
    {
        await using var query = Served.Databases.Owner.CreateCommand(sql);
        await using var rows = await query.ExecuteReaderAsync();
        var found = new List<string>();
        while (await rows.ReadAsync()) found.Add(rows.GetValue(0).ToString()!);
        return found;
    }

    private static Guid Id(JsonElement answer, string name = "id") => answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(name, out var id) ? id.GetGuid() : Guid.Empty;

    private async Task Seed()
    {
        var ids = Served.Services.GetRequiredService<KeyedIds>();
        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        await Do(HttpMethod.Put, "/api/v1/authorities/OND", new { name = Short, preset = "custom", policy = new Dictionary<string, string> { ["publicDiary.names"] = "released" }, decisionReference = Short }, must: true);
        var channel = Id(await Post("channels", new { authority = "OND", platform = "facebook", nativeAccountId = "own-ond", handle = Short, url = "https://exempel.invalid/" + Marker, purpose = Text, targetGroup = Text }, must: true));
        await Post("channels", new { authority = "OND", platform = "facebook", nativeAccountId = "own-ond-2", handle = "b", url = Link, purpose = "x" });
        object Act(string id, string text, string kind = "comment", string? parent = null, string act = "create") => new
        {
            act,
            nativeId = id,
            kind,
            parentNativeId = parent,
            audience = kind == "dm" ? "direct" : "public",
            conversationId = kind == "dm" ? Short : null,
            author = new { nativeId = "acct:" + Short, displayName = Short, handle = Short, @operator = Short },
            occurredAt = "2026-03-01T12:00:00Z",
            text,
            contentWarning = Text,
            permalink = Link,
            nativeKind = Short,
            attachments = new[] { new { nativeId = id + "-a", fileName = FileName.Replace("\u202E", "", StringComparison.Ordinal), mediaType = "image/png", url = Link, altText = Text } },
        };
        var lines = new[]
        {
            Act("post-" + Short, Text, "post"), Act("k-1", Text, parent: "post-" + Short), Act("k-2", LongWord, parent: "k-1"), Act("k-3", Text, parent: "k-1"), Act("k-4", "\u0000\u0001\u001b[31m\u0085" + Text + "\r\n\r\n" + Text), Act("dm-1", Text, "dm"),
            Act("k-1", Text + " ändrad", act: "edit"), Act("k-5", Text),
        };
        using (var body = new StringContent(string.Join('\n', lines.Select(l => JsonSerializer.Serialize(l))), Encoding.UTF8, "application/x-ndjson"))
        {
            var answer = await Program.PostAsync(At($"/api/v1/channels/{channel}/captures"), body);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            var told = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
            Assert.True(told.GetProperty("rejected").GetArrayLength() == 0, told.ToString());
        }

        Guid Record(string native) => ids.Record(channel, "facebook", "native", native);
        var (post, first, second, third, fourth, message, fifth) = (Record("post-" + Short), Record("k-1"), Record("k-2"), Record("k-3"), Record("k-4"), Record("dm-1"), Record("k-5"));
        var registered = await Post($"records/{first}/register", new { newCase = new { title = Text[..240] }, subject = Text[..240], senderRecipient = Short, publicSubject = Short, acceptWarnings = true });
        if (registered.ValueKind == JsonValueKind.Undefined) registered = await Post($"records/{first}/register", new { newCase = new { title = Short }, subject = Short, senderRecipient = Short, acceptWarnings = true });
        if (registered.ValueKind == JsonValueKind.Undefined) registered = await Post($"records/{first}/register", new { newCase = new { title = Marker }, subject = Marker, acceptWarnings = true }, must: true);
        var @case = registered.GetProperty("caseId").GetGuid();
        await Post($"records/{first}/release", new { });
        await Post($"records/{first}/correct-registration", new { subject = Short + " rättad", senderRecipient = Short, reason = Text, acceptWarnings = true });
        await Post($"records/{second}/register", new { caseId = @case, subject = Short, senderRecipient = Short, acceptWarnings = true });
        await Post($"records/{second}/secrecy", new { provision = "OSL 25 kap. 1 §", note = Text });
        await Post($"records/{third}/hide", new { grounds = new[] { "INSULT" }, motivation = Text, senderNotified = true, thresholdMet = true, viewpointNeutral = true });
        await Post($"records/{third}/police-report", new { crime = Short, reportNumber = Short, reportedBy = Short, note = Text });
        await Post($"records/{third}/notify-sender", new { text = Text, means = Short });
        await Post($"records/{fourth}/answer", new { text = Text, where = Short });
        await Post($"records/{message}/assess", new { isQuestion = true, note = Text });
        await Post($"records/{message}/escalate", new { to = "emergencyNumber", note = Text });
        await Post($"records/{fifth}/wrong-addressee", new { to = Short, note = Text });
        await Post($"records/{post}/paper-copies", new { paper = "ageResistant", pages = 2, location = Short });
        foreach (var record in (Guid[])[first, fourth])
        {
            using var file = new ByteArrayContent("<!doctype html><script>window.__pwned=9</script>"u8.ToArray());
            file.Headers.ContentType = new MediaTypeHeaderValue("text/html");
            file.Headers.TryAddWithoutValidation("Content-Disposition", "form-data; name=\"file\"; filename*=UTF-8''" + Uri.EscapeDataString(FileName));
            using var form = new MultipartFormDataContent { file };
            var stored = await Program.PostAsync(At($"/api/v1/records/{record}/attachments"), form);
            if (!stored.IsSuccessStatusCode) refused.Add("attachment: " + await stored.Content.ReadAsStringAsync());
        }

        await Post($"cases/{@case}/rename", new { title = Short + " nytt", publicTitle = Short, reason = Text });
        await Post($"cases/{@case}/parties", new { role = "party", name = Short, contact = Text });
        await Post($"cases/{@case}/notes", new { means = "phone", occurredAt = "2026-03-02T08:00:00Z", with = Short, text = Text });
        await Post($"cases/{@case}/decisions", new { text = Text, decidedBy = Short, decidedAt = "2026-03-03T08:00:00Z", outcome = Short, title = Short });
        await Post($"cases/{@case}/alternates", new { number = Short, system = Short });
        await Post("cases", new { authority = "OND", title = Short, publicTitle = Short });
        await Post("persons", new { name = Short });
        await Post("persons", new { name = Short.Replace("\u202E", "", StringComparison.Ordinal) });
        await Post("on-call", new { authority = "OND", name = Short, function = Short, phone = "javascript:alert(1)", hours = Short });
        await Do(HttpMethod.Put, "/api/v1/authorities/OND/on-call", new { name = Short, function = Short, phone = Short, hours = Short });
        await Do(HttpMethod.Put, $"/api/v1/channels/{channel}/plan", new { unit = Short, targetGroup = Text, goals = Text, contact = Text, watch = Text, hoursPerWeek = 3, scope = Text, archivingPlan = Text, sensitiveData = Text, url = Link });
        await Do(HttpMethod.Put, $"/api/v1/channels/{channel}/texts/provider", new { text = Text });
        await Do(HttpMethod.Put, $"/api/v1/channels/{channel}/checklist/ownAccount", new { done = true, note = Text });
        await Post("holds", new { authority = "OND", record = fifth, ground = "LITIGATION", reason = Text, mandate = Short });
        var asked = await Post("disclosures", new { authority = "OND", request = Text, deliveryAddress = Short, channel = "phone" }, must: true);
        var request = Id(asked);
        await Post($"disclosures/{request}/items", new { records = new[] { first, third } });
        await Post($"disclosures/{request}/items/{first}/steps", new { step = "provision", finding = "none", note = Text });
        await Post($"disclosures/{request}/items/{first}/decide", new { outcome = "disclose", reason = Text });
        var subject = await Post("data-subject-requests", new { authority = "OND", name = Short, contact = Text, what = Text, request = Text, means = Short });
        await Post("consents", new { authority = "OND", channel, name = Short, person = Short, purpose = Text, scope = Text, givenAt = "2026-03-01", contact = Text, what = Text });
        await Post("default-rules", new { authority = "OND", name = Short, recordTypes = new[] { "comment" }, content = "thumbsUp", to = "keptOrdered", decisionReference = Short });
        await Post("retention/decisions", new { authority = "OND", reference = Short, description = Text, decidedOn = today, kind = "rule", name = Short });
        await Post("saved-searches", new { name = Short, query = "q=" + Uri.EscapeDataString(Short) });
        await ServedArchive.Post(Browser, "/anvandare", "/sok?handler=Save", ("name", Short[..90]), ("question", "q=" + Uri.EscapeDataString(Short)));
        using (var anybody = Served.Program())
        {
            var sent = await anybody.PostAsJsonAsync(At("/public/requests"), new { authority = "OND", request = Text, number = Short[..90], deliveryAddress = Short });
            if (!sent.IsSuccessStatusCode) refused.Add("public request: " + await sent.Content.ReadAsStringAsync());
            Ids["references"] = [asked.GetProperty("reference").GetString()!, .. sent.IsSuccessStatusCode ? [(await sent.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("reference").GetString()!] : Array.Empty<string>()];
        }

        var last = await Served.Value<long>("select max(seq_id) from archive.mt_events");
        for (var attempt = 1; attempt < 20 && !(await Program.GetAsync(At($"/api/v1/records?limit=1&after={last}"))).IsSuccessStatusCode; attempt++) await Task.Delay(200);
        var account = await Some($"select account_id from archive.record_states where record_id = '{first}'");
        Ids["records"] = [first.ToString(), second.ToString(), third.ToString(), fourth.ToString(), message.ToString(), post.ToString(), .. await Some("select record_id from archive.record_states where disposed_at is not null limit 1")];
        Ids["accounts"] = [.. account, .. await Some("select account_id from archive.blocks limit 1")];
        Ids["cases"] = [@case.ToString(), .. await Some("select case_id from archive.cases order by 1 limit 1")];
        Ids["channels"] = [channel.ToString(), .. await Some($"select channel_id from archive.channels where channel_id <> '{channel}' order by 1 limit 1")];
        Ids["authorities"] = ["OND", "KS"];
        Ids["requests"] = [request.ToString(), .. await Some($"select request_id from archive.disclosure_requests where request_id <> '{request}' order by 1 limit 2")];
        Ids["subjects"] = [.. subject.ValueKind == JsonValueKind.Object && subject.TryGetProperty("id", out var s) ? [s.GetString()!] : Array.Empty<string>(), .. await Some("select request_id from archive.subject_requests order by 1 limit 2")];
        Ids["persons"] = [.. await Some("select person_id from archive.persons order by 1 desc limit 3")];
        Ids["consents"] = await Some("select record_id from archive.consents order by 1 desc limit 2");
        Ids["runs"] = await Some("select run_id from archive.disposal_runs order by 1 limit 1");
        Ids["rules"] = await Some("select rule_id from archive.retention_rules order by 1 limit 1");
        Ids["numbers"] = [registered.GetProperty("diaryNumber").GetString()!];
        Ids["attachments"] = await Some("select record_id || ' ' || attachment_id from archive.attachments order by attachment_id desc limit 2");
    }

    /// <summary>All that is logged, as it would be written.</summary>
    public sealed class Heard : ILoggerProvider
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => new Ear(this, categoryName);

        public void Dispose()
        {
        }

        private sealed class Ear(Heard heard, string category) : ILogger
        {
            private static readonly LogLines Written = new();

            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                using var to = new StringWriter();
                Written.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter), null, to);
                heard.Lines.Enqueue(to.ToString().TrimEnd('\r', '\n'));
            }
        }
    }
}

[CollectionDefinition(nameof(HostileArchive))]
public sealed class HostileCollection : ICollectionFixture<HostileArchive>;
