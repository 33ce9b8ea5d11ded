using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ArchiveService.AppTests.Capture;
using ArchiveService.AppTests.Commands;
using ArchiveService.AppTests.Hosting;
using ArchiveService.Features.Disposals;
using ArchiveService.Hosting;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests;

/// <summary>The main job, end to end, on one served archive and on real input: each step works on what the step before it left.</summary>
public sealed class The_main_job : IAsyncLifetime
{
    private const string Secret = "hemlighet-för-prov";

    private ServedArchive served = null!;
    private HttpClient staff = null!;

    public async Task InitializeAsync()
    {
        served = await ServedArchive.Start(settings: new Dictionary<string, string?> { ["Meta:AppSecret"] = Secret, ["Meta:VerifyToken"] = "x" });
        await served.Services.MustStoreAttachments(default);
        staff = served.Program(await served.Token("Siv Exempelsson", [new("admin"), new("kommunikator"), new("moderator"), new("registrator"), new("revisor")]));
        await CommandArchive.Ok(await staff.PutAsJsonAsync(At("/api/v1/authorities/KS"), new { name = "Kommunstyrelsen", preset = "herrljunga", policy = new Dictionary<string, string> { ["disposal.coolingOffDays"] = "0" } }));
    }

    public Task DisposeAsync() => served.DisposeAsync().AsTask();

    [SharedDataFact]
    [Trait("Requirement", "H-25")]
    [Trait("Requirement", "I4")]
    public async Task is_done_from_capture_to_proof()
    {
        await ImportTheRealArchive();
        await ImportAnOldTarball();
        await ReceiveEveryRealDeliveryTwice();
        var (record, sequence) = await FindAndTakeDown();
        var other = await RegisterAnother(record, sequence);
        await Gallra(record, other);
        var (code, said) = await Verb.Run(served, "verify");
        Assert.True(code == 0, said);
    }

    private async Task ImportTheRealArchive()
    {
        var channel = await NewChannel("mastodon", "https://verklig.exempel/users/x");
        var (code, said) = await Verb.Run(served, "import", "mastodon", SharedData.PathOf("mastodon/archive/mastodon-export.zip"), "--channel", $"{channel}");
        Assert.True(code == 0, said);
        Assert.Contains("18 present, 19 declared", said, StringComparison.Ordinal);
        Assert.Equal(18L, await Of(channel, "wall = 'open'"));
    }

    private async Task ImportAnOldTarball()
    {
        var channel = await NewChannel("mastodon", PackedArchive.Me);
        var folder = Directory.CreateTempSubdirectory("archiveservice-main-");
        var file = Path.Combine(folder.FullName, "simhallen.tar.gz");
        await File.WriteAllBytesAsync(file, PackedArchive.TarGz(PackedArchive.Files));
        var (code, said) = await Verb.Run(served, "import", "mastodon", file, "--channel", $"{channel}");
        folder.Delete(recursive: true);
        Assert.True(code == 0, said);
        Assert.Equal((3L, 1L), (await Of(channel, "record_type = 'post'"), await Of(channel, "record_type = 'direct-message' and wall = 'unassessed'")));
        var found = await Search("q=simhallen");
        Assert.Equal(4, found.GetProperty("items").GetArrayLength());
    }

    private async Task ReceiveEveryRealDeliveryTwice()
    {
        var bodies = Directory.GetFiles(SharedData.PathOf("facebook/webhooks"), "*.json").Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToList();
        foreach (var page in bodies.SelectMany(b => JsonNode.Parse(b)!["entry"]!.AsArray().Select(e => e!["id"]!.ToString())).Distinct()) await NewChannel("facebook", page);
        Assert.True(bodies.Count > 50);

        foreach (var body in bodies) Assert.Equal(HttpStatusCode.OK, (await Deliver(body)).StatusCode);
        for (var i = 0; i < 600 && await served.Value<long>("select count(*) from work.inbox") > 0; i++) await Task.Delay(100);
        var distinct = bodies.Select(b => Convert.ToHexString(SHA256.HashData(b))).Distinct().Count();
        Assert.Equal((long)distinct, await served.Value<long>("""
            select count(*) from archive.mt_events d where d.type = 'delivery_processed'
              and exists (select from archive.mt_events r where r.stream_id = d.stream_id and r.type = 'delivery_received' and r.data->>'means' = 'webhook')
            """));
        Assert.Equal(0L, await served.Value<long>("select coalesce(sum((data->>'rejected')::int), 0) from archive.mt_events where type = 'delivery_processed'"));
        Assert.True(await served.Value<long>("select count(*) from archive.mt_events where type = 'unknown_act_observed'") > 0);

        var before = await served.Value<long>("select count(*) from archive.mt_events");
        foreach (var body in bodies) Assert.Equal(HttpStatusCode.OK, (await Deliver(body)).StatusCode);
        await Task.Delay(1500);
        Assert.Equal((before, 0L), (await served.Value<long>("select count(*) from archive.mt_events"), await served.Value<long>("select count(*) from work.inbox")));
    }

    /// <summary>A comment by somebody else, found by a word of its own, and taken down: registered with its motivation (H-25).</summary>
    private async Task<(Guid Record, long Sequence)> FindAndTakeDown()
    {
        await Projected();
        var (hit, word) = await AComment(but: Guid.Empty);
        var found = await Search($"q={Uri.EscapeDataString(word)}&platform=facebook&state=visible");
        Assert.Contains(hit, found.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetGuid()));
        var down = await CommandArchive.Ok(await staff.PostAsJsonAsync(At($"/api/v1/records/{hit}/unpublish"), new { grounds = new[] { "INSULT" }, motivation = "Kommentaren kränker en namngiven person." }));
        var number = down.GetProperty("diaryNumber").GetString()!;
        var entry = await CommandArchive.Ok(await staff.GetAsync(At($"/api/v1/diary/{Uri.EscapeDataString(number)}?after={down.GetProperty("lastSequence").GetInt64()}")));
        Assert.Contains(number, entry.GetRawText(), StringComparison.Ordinal);
        return (hit, down.GetProperty("lastSequence").GetInt64());
    }

    /// <summary>A visible comment from the deliveries, old enough to have fallen for a frist, and a word of it.</summary>
    private async Task<(Guid Id, string Word)> AComment(Guid but)
    {
        var id = await served.Value<Guid>($"""
            select v.record_id from views.record_view v join archive.record_states s using (record_id)
            where v.platform = 'facebook' and v.record_type = 'comment' and v.visibility = 'visible' and v.registration = 'captured' and v.content_captured and v.text ~ '[[:alpha:]]'
              and s.received_at < now() - interval '3 years' and v.record_id <> '{but}'
            order by v.sender_captured desc, v.occurred_at limit 1
            """);
        Assert.NotEqual(Guid.Empty, id);
        return (id, (await served.Value<string>($"select w from views.record_view v, regexp_split_to_table(v.text, '[^[:alpha:]]+') w where v.record_id = '{id}' order by length(w) desc limit 1"))!);
    }

    private async Task<Guid> RegisterAnother(Guid not, long after)
    {
        await Search($"limit=1&after={after}");
        var (other, _) = await AComment(but: not);
        var registered = await CommandArchive.Ok(await staff.PostAsJsonAsync(At($"/api/v1/records/{other}/register"), new { newCase = new { title = "Fråga från en medborgare" }, subject = "Fråga i sociala medier" }));
        Assert.Matches(@"\d", registered.GetProperty("diaryNumber").GetString());

        // An open case holds what is in it.
        await CommandArchive.Ok(await staff.PostAsJsonAsync(At($"/api/v1/cases/{registered.GetProperty("caseId").GetGuid()}/close"), new { reason = "Besvarad" }));
        return other;
    }

    private async Task Gallra(params Guid[] expected)
    {
        var anna = served.Program(await served.Token("Anna Arkivarie", [new("arkivarie")]));
        var bo = served.Program(await served.Token("Bo Arkivarie", [new("arkivarie")]));
        var comments = await served.Value<long>("select count(*) from archive.record_states where record_type = 'comment' and received_at < now() - interval '2 years'");
        var decision = (await CommandArchive.Ok(await anna.PostAsJsonAsync(At("/api/v1/retention/decisions"),
            new { authority = "KS", reference = "KS § 94/2020-05-25", decidingBody = "kommunstyrelsen", decidedOn = "2020-05-25", recordTypes = new[] { "comment" }, frist = "P2Y" }))).GetProperty("id").GetGuid();
        var rule = (await CommandArchive.Ok(await anna.PostAsJsonAsync(At("/api/v1/retention/rules"),
            new { authority = "KS", decision, name = "Kommentarer", countedFrom = "received", classes = new[] { "content", "register" } }))).GetProperty("id").GetGuid();
        var run = (await CommandArchive.Ok(await anna.PostAsJsonAsync(At("/api/v1/disposals"), new { rule, dueBefore = "2026-06-01" }))).GetProperty("id").GetGuid();
        await CommandArchive.Ok(await bo.PostAsync(At($"/api/v1/disposals/{run}/approve"), null));
        await CommandArchive.Ok(await anna.PostAsync(At($"/api/v1/disposals/{run}/execute"), null));
        JsonElement now = default;
        for (var i = 0; i < 240; i++)
        {
            now = await CommandArchive.Ok(await anna.GetAsync(At($"/api/v1/disposals/{run}")));
            if (now.GetProperty("state").GetString() == "completed") break;
            await Task.Delay(500);
        }

        Assert.Equal("completed", now.GetProperty("state").GetString());
        var certificate = await CommandArchive.Ok(await anna.GetAsync(At($"/api/v1/disposals/{run}/certificate.json")));
        Assert.StartsWith("raderad, slutförs senast ", certificate.GetProperty("status").GetString(), StringComparison.Ordinal);
        Assert.Equal(comments, await served.Value<long>("select count(*) from archive.record_states where disposed_at is not null"));
        foreach (var id in expected) Assert.True(await served.Value<bool>($"select disposed_at is not null from archive.record_states where record_id = '{id}'"), $"{id}");
        Assert.Equal(0L, await served.Value<long>("select count(*) from archive.record_states where record_type <> 'comment' and disposed_at is not null"));
    }

    private async Task<Guid> NewChannel(string platform, string account) => (await CommandArchive.Ok(await staff.PostAsJsonAsync(
        At("/api/v1/channels"), new { authority = "KS", platform, nativeAccountId = account, handle = "Granvika", url = "https://exempel.invalid/" + Uri.EscapeDataString(account), purpose = "Dialog om service" }))).GetProperty("id").GetGuid();

    private Task<long> Of(Guid channel, string where) => served.Value<long>($"select count(*) from archive.record_states where channel_id = '{channel}' and {where}");

    private async Task<JsonElement> Search(string query)
    {
        await Projected();
        return await CommandArchive.Ok(await staff.GetAsync(At($"/api/v1/records?{query}")));
    }

    private async Task Projected() => Assert.True(await served.Services.GetRequiredService<DisposalVerification>().ProjectionsHavePassed(
        await served.Value<long>("select max(seq_id) from archive.mt_events"), TimeSpan.FromSeconds(60), default));

    private async Task<HttpResponseMessage> Deliver(byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        content.Headers.TryAddWithoutValidation("X-Hub-Signature-256", "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), body)));
        return await served.Program().PostAsync(At("/api/v1/webhooks/meta"), content);
    }

    private static Uri At(string path) => new(path, UriKind.Relative);
}
