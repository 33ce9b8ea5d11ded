using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ArchiveService.Access;
using ArchiveService.Features.Persons;
using ArchiveService.Features.Seed;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.AccessTests;

/// <summary>What somebody was answered.</summary>
/// <param name="Code">Of the problem, where the answer is one.</param>
internal sealed record Answered(int Status, string? Code, string? Location, string Body)
{
    public bool AsksWhoIsThere => Status == 401 || (Status is 302 or 303 && Location?.Contains("/logga-in", StringComparison.Ordinal) == true);

    public bool IsRefused => AsksWhoIsThere || Status is 403 or 404;

    /// <summary>Got as far as the input: whether the caller may is not said yet.</summary>
    public bool IsOnInput => Status is 400 or 415 or 422;

    public string Word => AsksWhoIsThere ? "401" : Status switch { 403 => "403", 404 => "404", >= 500 and not 503 => Status.ToString(CultureInfo.InvariantCulture), _ => "yes" };
}

/// <summary>
/// An archive with two authorities of the demo, somebody in each role at the one and somebody in all of them at the other. Every route is asked as each of them, once:
/// first as those from the other authority, who may change nothing, then as everybody.
/// </summary>
public sealed partial class WalkedArchive : IAsyncLifetime
{
    public const string Own = "KS";
    public const string Other = "BUN";

    /// <summary>A word that stands in what is secret alone.</summary>
    public const string Marker = "väggprovsmarkören";

    /// <summary>The columns of the matrix, and who stands for each.</summary>
    internal static readonly (string Name, string Means)[] Callers =
    [
        ("nobody", "nobody is logged in"), ("none", "a person without any role"), ("mod", "moderator"), ("reg", "registrator"), ("ark", "arkivarie"), ("gra", "revisor (granskare)"), ("chef", "chef"), ("kom", "kommunikator"),
        ("adm", "admin at the authority"), ("adm*", "admin for all"), ("con", "connector of the channel"), ("other", "every role but connector at another authority, cleared there"),
    ];

    internal ServedArchive Served { get; private set; } = null!;

    internal Dictionary<string, HttpClient> As { get; } = [];

    internal Dictionary<string, string> Ids { get; } = [];

    internal Dictionary<string, string> OthersIds { get; } = [];

    /// <summary>What the seed was refused.</summary>
    internal List<string> Trouble { get; } = [];

    internal IReadOnlyList<AccessRoute> Routes { get; private set; } = [];

    /// <summary>By route and caller.</summary>
    internal IReadOnlyDictionary<string, IReadOnlyDictionary<string, Answered>> Matrix { get; private set; } = new Dictionary<string, IReadOnlyDictionary<string, Answered>>();

    /// <summary>What the stranger was told of an id of ours, and of one that nothing has.</summary>
    internal IReadOnlyDictionary<string, (Answered Real, Answered Unknown)> Strange { get; private set; } = new Dictionary<string, (Answered, Answered)>();

    public async Task InitializeAsync()
    {
        // Without a browser a page for paper answers 503: whoever is told so was let in.
        Served = await ServedArchive.Start(settings: new Dictionary<string, string?> { ["Pdf:Browser"] = "/nowhere" });
        await Served.Services.GetRequiredService<ArchiveService.Attachments.IObjectStore>().Probe(default);
        var loaded = 0;
        await foreach (var _ in DemoArchive.Of(Served.Services).Load(default))
        {
            if (++loaded == 2) break;
        }

        await Staff();
        await Seed();
        foreach (var (who, client) in As) await Form(who, client);
        Routes = await AccessRoutes.Of(Served);

        // The walk may close the first one.
        var registered = await As["all"].PostAsJsonAsync(new Uri("/api/v1/channels", UriKind.Relative), new { authority = Own, platform = "facebook", nativeAccountId = "prov-efter", handle = "Prov", purpose = "Prov" });
        Channel = JsonDocument.Parse(await registered.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetGuid();
    }

    public Task DisposeAsync() => Served.DisposeAsync().AsTask();

    private Task? walk;

    /// <summary>The walk, once, for the first who asks what it found.</summary>
    internal Task Walked() => walk ??= Walk();

    private async Task Staff()
    {
        var channel = await Served.Value<Guid>($"select channel_id from archive.channels join archive.authorities using (authority_id) where code = '{Own}' limit 1");
        As["nobody"] = Served.Program();
        foreach (var (column, role) in new[] { ("mod", "moderator"), ("reg", "registrator"), ("ark", "arkivarie"), ("gra", "revisor"), ("chef", "chef"), ("kom", "kommunikator"), ("adm", "admin") })
            As[column] = Served.Program(await Served.Token($"Prov {role}", [new(role, Own)]));
        As["adm*"] = Served.Program(await Served.Token("Prov alltadmin", [new("admin")]));
        As["con"] = Served.Program(await Served.Token("Prov insamlare", [new("connector")], channels: [channel]));
        string[] all = ["moderator", "registrator", "arkivarie", "revisor", "chef", "kommunikator", "admin"];
        As["other"] = Served.Program(await Served.Token("Prov annan", [.. all.Select(role => new RoleAt(role, Other))], clearance: true));
        As["all"] = Served.Program(await Served.Token("Prov alla roller", [.. all.Select(role => new RoleAt(role, Own))], clearance: true));
        As["all there"] = Served.Program(await Served.Token("Prov alla roller där", [.. all.Select(role => new RoleAt(role, Other))], clearance: true));
        foreach (var client in As.Values) client.Timeout = TimeSpan.FromSeconds(100);
        foreach (var client in new[] { As["all"], As["all there"], As["other"] }) client.DefaultRequestHeaders.Add("Read-Reason", "prov");

        // A token is never given without a role; this one has lost it since.
        As["none"] = Served.Program(await Served.Token("Prov utan roll", [new("moderator", Own)]));
        var person = await Person("Prov utan roll");
        var authority = await Served.Value<Guid>($"select authority_id from archive.authorities where code = '{Own}'");
        await Served.Services.GetRequiredService<PersonRegister>().RevokeRole(person, new(Role.Moderator, authority), CommandLineCaller.Caller, default);
    }

    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<HttpClient, Tuple<string, string>> Forms = new();

    /// <summary>What every form sends along, and the cookie it is compared with, for somebody who has read a page.</summary>
    private static async Task Form(string who, HttpClient client)
    {
        using var page = await client.GetAsync(new Uri(who == "nobody" ? "/logga-in" : "/mitt-losenord", UriKind.Relative));
        if (Token.Match(await page.Content.ReadAsStringAsync()) is not { Success: true } token || !page.Headers.TryGetValues("Set-Cookie", out var cookies)) return;
        Forms.Add(client, new(string.Join("; ", cookies.Select(c => c.Split(';')[0])), System.Net.WebUtility.HtmlDecode(token.Groups[1].Value)));
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex Token { get; }

    internal async Task<Guid> Person(string name) => (await Served.Services.GetRequiredService<PersonRegister>().Find(name, service: false, default))!.Value;

    private async Task Seed()
    {
        foreach (var (code, by, ids) in new[] { (Own, As["all"], Ids), (Other, As["all there"], OthersIds) })
        {
            var at = $"join archive.authorities a using (authority_id) where a.code = '{code}'";
            async Task Take(string kind, string sql)
            {
                if (await Served.Value<object>(sql) is { } found) ids[kind] = found.ToString()!;
            }

            async Task<JsonElement> Do(string what, object command)
            {
                var answer = await by.PostAsJsonAsync(new Uri("/api/v1/" + what, UriKind.Relative), command);
                var said = await answer.Content.ReadAsStringAsync();
                if (answer.IsSuccessStatusCode) return JsonDocument.Parse(said).RootElement;
                Trouble.Add($"{what}: {said}");
                return JsonDocument.Parse($$"""{"id":"{{AccessRoutes.NoSuchId}}"}""").RootElement;
            }

            ids["authority"] = code;
            await Take("record", $"select s.record_id from archive.record_states s {at} and s.wall = 'open' and s.visibility = 'public' and s.disposed_at is null and s.registration = 'captured' and s.account_id is not null and s.record_type = 'comment' order by s.record_id limit 1");
            ids.TryAdd("record", (await Served.Value<Guid>($"select s.record_id from archive.record_states s {at} and s.wall = 'open' and s.disposed_at is null and s.account_id is not null order by s.record_id limit 1")).ToString());
            await Take("account", $"select account_id from archive.record_states where record_id = '{ids["record"]}'");
            await Take("channel", $"select channel_id from archive.channels {at} limit 1");
            await Take("case", $"select case_id from archive.cases {at} and closed_at is null order by 1 limit 1");
            await Take("number", $"select diary_number from archive.cases where case_id = '{ids.GetValueOrDefault("case", AccessRoutes.NoSuchId)}'");
            await Take("consent", $"select record_id from archive.consents {at} limit 1");
            await Take("run", $"select run_id from archive.disposal_runs {at} order by 1 limit 1");
            await Take("rule", $"select rule_id from archive.retention_rules {at} and ended_at is null order by 1 limit 1");
            await Take("default-rule", $"select rule_id from archive.default_rules {at} and ended_at is null limit 1");
            await Take("contact", $"select contact_id from archive.on_call_contacts {at} and removed_at is null limit 1");
            await Take("publication-review", $"select review_id from archive.publication_reviews {at} limit 1");
            await Take("assignment", $"select assignment_id from archive.assignments {at} and ended_at is null limit 1");
            if (code == Own) (ids["secret"], ids["unassessed"]) = await SecretRecord(Marker);
            var (person, token) = await Scapegoat(code);
            (ids["person"], ids["token"]) = (person.ToString(), token.ToString());
            (ids["role"], ids["function"], ids["text"]) = ("kommunikator", "moderator", "x");
            using (var file = new ByteArrayContent("innehåll"u8.ToArray()))
            {
                file.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
                using var form = new MultipartFormDataContent { { file, "file", "prov.txt" } };
                var answer = await by.PostAsync(new Uri($"/api/v1/records/{ids["record"]}/attachments", UriKind.Relative), form);
                ids["attachment"] = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetString()!;
            }

            ids["request"] = (await Do("disclosures", new { authority = code, request = "Allt om vägarna" })).GetProperty("id").GetString()!;
            await Do($"disclosures/{ids["request"]}/items", new { records = new[] { ids["record"] } });
            await Take("reference", $"select reference from archive.disclosure_requests where request_id = '{ids["request"]}'");
            ids["subject-request"] = (await Do("data-subject-requests", new { authority = code, right = "access", name = "Kajsa Prov", contact = "Storgatan 1", channel = "visit", wish = "Allt om mig" })).GetProperty("id").GetString()!;
            await Do("holds", new { authority = code, record = ids["record"], ground = "litigation", reason = "Prov" });
            await Take("hold", $"select hold_id from archive.holds {at} and lifted_at is null and target_id = '{ids["record"]}' limit 1");
            await Do("preservations", new { authority = code, record = ids["record"], reference = "Prov 1", reason = "Prov" });
            await Take("preservation", $"select preservation_id from archive.preservations {at} limit 1");
            await Do($"cases/{ids["case"]}/working-notes", new { kind = "draft", title = "Utkast", text = "Ett prov" });
            await Take("working-note", $"select note_id from archive.working_notes {at} limit 1");
            await Do($"cases/{ids["case"]}/parties", new { role = "party", name = "Nils Prov", contact = "Storgatan 1" });
            await Take("party", $"select data ->> 'party' from archive.mt_events where stream_id = '{ids["case"]}' and data ? 'party' limit 1");
            ids["substitution"] = (await Do("substitutions", new { authority = code, substitute = person, until = "2026-12-31" })).GetProperty("id").GetString()!;
            ids["bulk"] = (await Do("records/bulk", new { act = "keep-ordered", ids = new[] { AccessRoutes.NoSuchId } })).GetProperty("id").GetString()!;
            await Do("saved-searches", new { name = "Vägar", query = "q=v%C3%A4g" });
            await Take("saved-search", $"select saved_id from archive.saved_searches where person_id = '{await Person(by == As["all"] ? "Prov alla roller" : "Prov alla roller där")}' limit 1");
            await Served.Value<object>($"""
                insert into archive.unusual_reads (finding_id, authority_id, person_id, rule, since, until, count, threshold, secret, policy_version, found_at)
                select gen_random_uuid(), authority_id, '{person}', 'reads.perHour', now() - interval '1 day', now(), 5, 1, false, 1, now() from archive.authorities where code = '{code}' returning 1
                """);
            await Take("unusual-read", $"select finding_id from archive.unusual_reads {at} limit 1");
            await Imported(by, ids);
            await Take("delivery", $"select delivery_id from work.imports where import_id = '{ids.GetValueOrDefault("import", AccessRoutes.NoSuchId)}'");
            await Take("thread-assessment", $"select assessment_id from archive.thread_assessments {at} limit 1");
        }

        foreach (var ids in new[] { Ids, OthersIds }) (ids["projection"], ids["platform"], ids["code"], ids["document"], ids["log"], ids["chapter"]) = ("records", "meta", "404", "v1", "1", "gallring");
        await SeenAll();
    }

    /// <summary>A channel of ours that is open when the walk is over.</summary>
    internal Guid Channel { get; private set; }

    /// <summary>A comment by a stranger in our channel.</summary>
    internal async Task<Guid> Comment(string native, string text, string by = "Nils Prov", string kind = "comment")
    {
        var line = JsonSerializer.Serialize(new { act = "create", nativeId = native, kind, author = new { nativeId = "prov-" + by, displayName = by }, audience = kind == "dm" ? "direct" : "public", conversationId = kind == "dm" ? "samtal" : null, occurredAt = "2026-11-01T12:00:00Z", text });
        using var body = new StringContent(line, Encoding.UTF8, "application/x-ndjson");
        var channel = Channel == Guid.Empty ? Guid.Parse(Ids["channel"]) : Channel;
        var answer = await As["all"].PostAsync(new Uri($"/api/v1/channels/{channel}/captures", UriKind.Relative), body);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
        var platform = await Served.Value<string>($"select platform from archive.channels where channel_id = '{channel}'");
        return Served.Services.GetRequiredService<KeyedIds>().Record(channel, platform!, "native", native);
    }

    /// <summary>A registered record that says the word wherever it can and is marked secret, and a message with it that nobody has assessed.</summary>
    private async Task<(string Secret, string Unassessed)> SecretRecord(string word)
    {
        var record = await Comment("hemlig-" + word, $"Jag heter {word}", by: $"Avsändaren {word}");
        var unassessed = await Comment("obedömd-" + word, $"Mitt ärende {word}", by: $"Skribenten {word}", kind: "dm");
        async Task Do(string what, object command)
        {
            var answer = await As["all"].PostAsJsonAsync(new Uri("/api/v1/" + what, UriKind.Relative), command);
            if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{what}: {await answer.Content.ReadAsStringAsync()}");
        }

        await Do($"records/{record}/register", new { newCase = new { title = "Ett prov" }, subject = $"Om {word}", senderRecipient = $"Avsändaren {word}" });
        await Do($"records/{record}/secrecy", new { provision = "OSL 25 kap. 1 §", note = word });
        return (record.ToString(), unassessed.ToString());
    }

    private async Task Imported(HttpClient by, Dictionary<string, string> ids)
    {
        using var file = new ByteArrayContent(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { act = "create", nativeId = $"import-{ids["authority"]}", kind = "comment", author = new { nativeId = "1", displayName = "Nils Prov" }, audience = "public", occurredAt = "2026-11-01T10:00:00Z", text = "Ett prov" })));
        using var form = new MultipartFormDataContent { { new StringContent("ndjson"), "form" }, { file, "file", "prov.ndjson" } };
        var answer = await by.PostAsync(new Uri($"/api/v1/channels/{ids["channel"]}/imports?form=ndjson", UriKind.Relative), form);
        var said = await answer.Content.ReadAsStringAsync();
        if (answer.IsSuccessStatusCode && Guids.Match(said) is { Success: true } id) ids["import"] = id.Value;
        else Trouble.Add($"import: {said}");
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Guids { get; }

    /// <summary>Somebody of the authority whom commands about persons may be tried on.</summary>
    private async Task<(Guid Person, Guid Token)> Scapegoat(string code)
    {
        var name = $"Sven Syndabock {code}";
        await Served.Token(name, [new("kommunikator", code)]);
        var person = await Person(name);
        return (person, await Served.Value<Guid>($"select token_id from archive.tokens where person_id = '{person}'"));
    }

    internal async Task SeenAll()
    {
        var last = await Served.Value<long>("select max(seq_id) from archive.mt_events");
        for (var attempt = 1; attempt < 20; attempt++)
        {
            if ((await As["all"].GetAsync(new Uri($"/api/v1/records?limit=1&after={last}", UriKind.Relative))).IsSuccessStatusCode) return;
        }
    }

    private async Task Walk()
    {
        var strange = new ConcurrentDictionary<string, (Answered, Answered)>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(Routes.Where(r => r.HasId && !r.IsHeavy), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (route, _) =>
            strange[route.Name] = (await Ask(As["other"], route, Ids), await Ask(As["other"], route, Ids, known: false)));
        Strange = strange;

        var matrix = new ConcurrentDictionary<string, IReadOnlyDictionary<string, Answered>>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(Routes.Where(r => !r.IsCommand), new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (route, _) => matrix[route.Name] = await AskAll(route));
        foreach (var route in Routes.Where(r => r.IsCommand)) matrix[route.Name] = await AskAll(route);
        Matrix = matrix;
    }

    /// <summary>Everybody at once, but those who have most to say last: what they do is not to be seen by those who may not.</summary>
    private async Task<IReadOnlyDictionary<string, Answered>> AskAll(AccessRoute route)
    {
        var answers = new ConcurrentDictionary<string, Answered>(StringComparer.Ordinal);
        string[][] turns = route.IsCommand
            ? [["nobody", "none", "con", "other"], ["gra", "kom", "adm"], ["mod", "ark", "chef"], ["reg"], ["adm*"]]
            : [[.. Callers.Select(c => c.Name)]];
        foreach (var turn in turns)
        {
            // One after the other where one may end what the next is asked about; the strangers have nothing to end.
            if (route.IsCommand && turn != turns[0]) foreach (var who in turn) answers[who] = await Ask(As[who], route, Ids);
            else await Task.WhenAll(turn.Select(async who => answers[who] = await Ask(As[who], route, Ids)));
        }

        return answers;
    }

    /// <summary>An empty command first; where that is refused for what it says, one that says something.</summary>
    internal static async Task<Answered> Ask(HttpClient by, AccessRoute route, IReadOnlyDictionary<string, string> ids, bool known = true)
    {
        var address = new Uri(AccessRoutes.Address(route, ids, known), UriKind.Relative);
        if (!route.IsCommand) return await Send(by, route, address, null);
        var answer = await Send(by, route, address, route.IsPage ? Fields(by, []) : route.MediaType is { } media ? new StringContent("prov", Encoding.UTF8, media) : Json("{}"));
        if (answer.IsOnInput || answer.Status == 404 || (route.IsPage && answer.Status == 200))
        {
            var fuller = await Send(by, route, address, route.IsPage ? Fields(by, AccessRoutes.Form(route, ids)) : route.MediaType is { } raw ? new StringContent("prov", Encoding.UTF8, raw) : Json(AccessRoutes.Body(route, ids).ToJsonString()));
            if (!fuller.IsOnInput || answer.Status == 404) answer = fuller;
        }

        if (answer.IsOnInput)
        {
            var form = new MultipartFormDataContent { { new StringContent("prov"), "text" } };
            if (route.IsPage && Forms.TryGetValue(by, out var sent)) form.Add(new StringContent(sent.Item2), "__RequestVerificationToken");
            var file = new ByteArrayContent("prov"u8.ToArray());
            file.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
            form.Add(file, "file", "prov.txt");
            var uploaded = await Send(by, route, address, form);
            if (uploaded.IsRefused) answer = uploaded;
        }

        return answer;
    }

    private static async Task<HttpResponseMessage> Answer(HttpClient by, HttpRequestMessage request)
    {
        try
        {
            return await by.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        }
        catch (TaskCanceledException late)
        {
            throw new TimeoutException($"{request.Method} {request.RequestUri} was not answered.", late);
        }
    }

    private static FormUrlEncodedContent Fields(HttpClient by, IEnumerable<KeyValuePair<string, string>> fields) =>
        new(Forms.TryGetValue(by, out var form) ? fields.Append(KeyValuePair.Create("__RequestVerificationToken", form.Item2)) : fields);

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    private static async Task<Answered> Send(HttpClient by, AccessRoute route, Uri address, HttpContent? body)
    {
        using var request = new HttpRequestMessage(new(route.Method), address) { Content = body };
        if (route.IsPage && body is not null && Forms.TryGetValue(by, out var form)) request.Headers.Add("Cookie", form.Item1);
        using var answer = await Answer(by, request);
        var told = (int)answer.StatusCode >= 400 ? await answer.Content.ReadAsStringAsync() : "";
        string? code = null;
        if (answer.Content.Headers.ContentType?.MediaType == "application/problem+json" && JsonDocument.Parse(told).RootElement.TryGetProperty("code", out var said)) code = said.GetString();
        return new((int)answer.StatusCode, code, answer.Headers.Location?.ToString(), told);
    }
}

[CollectionDefinition(nameof(WalkedArchive))]
public sealed class WalkedCollection : ICollectionFixture<WalkedArchive>;
