using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.EventStore;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Persons;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ArchiveService.AppTests.Capture;

/// <summary>A served archive with one authority and one channel; the workers stand still, so that each test does their work when it wants it done.</summary>
public class IntakeArchive : IAsyncLifetime
{
    public const string Secret = "hemlighet-för-prov";
    public const string VerifyToken = "ord för handskakningen";
    public const string OwnAccount = "1001";

    public ServedArchive Served { get; private set; } = null!;

    /// <summary>Administrator, kommunikatör, moderator and registrator at once.</summary>
    public HttpClient Staff { get; private set; } = null!;

    public Guid Channel { get; private set; }

    protected virtual bool StoreAnswers => true;

    protected virtual IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>();

    public async Task InitializeAsync()
    {
        Served = await ServedArchive.Start(StandStill, settings: new Dictionary<string, string?>(Settings) { ["Meta:AppSecret"] = Secret, ["Meta:VerifyToken"] = VerifyToken, ["X:ConsumerSecret"] = Secret, ["LinkedIn:ClientSecret"] = Secret, ["YouTube:WebSubSecret"] = Secret });
        if (StoreAnswers) await Served.Services.MustStoreAttachments(default);
        Staff = Served.Program(await Served.Token("Siv Exempelsson", [new("admin"), new("kommunikator"), new("moderator"), new("registrator")]));
        await Ok(await Staff.PutAsJsonAsync(Address("/api/v1/authorities/KS"), new { name = "Kommunstyrelsen", preset = "norrkoping" }));
        Channel = await NewChannel("facebook", OwnAccount);
    }

    public Task DisposeAsync() => Served.DisposeAsync().AsTask();

    private static void StandStill(Microsoft.AspNetCore.Builder.WebApplicationBuilder builder)
    {
        foreach (var worker in builder.Services.Where(s => s.ServiceType == typeof(IHostedService) && s.ImplementationFactory is not null).ToList()) builder.Services.Remove(worker);
    }

    public T Get<T>()
        where T : notnull => Served.Services.GetRequiredService<T>();

    public static Uri Address(string path) => new(path, UriKind.Relative);

    public async Task<Guid> NewChannel(string platform, string account) => (await Ok(await Staff.PostAsJsonAsync(
        Address("/api/v1/channels"), new { authority = "KS", platform, nativeAccountId = account, handle = "Granvika", url = "https://exempel.invalid/" + account, purpose = "Dialog om service" }))).GetProperty("id").GetGuid();

    public async Task<JsonElement> Capture(params IEnumerable<string> lines) => await Ok(await Send(string.Join('\n', lines)));

    public async Task<HttpResponseMessage> Send(string body, string mediaType = "application/x-ndjson", Guid? channel = null, HttpClient? by = null)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return await (by ?? Staff).PostAsync(Address($"/api/v1/channels/{channel ?? Channel}/captures"), content);
    }

    public static async Task<JsonElement> Ok(HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode}: {body}");
        return JsonDocument.Parse(body.Length == 0 ? "{}" : body).RootElement;
    }

    public static async Task<string> Problem(HttpResponseMessage answer) => (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString()!;

    public Guid RecordId(string nativeId, Guid? channel = null, string platform = "facebook", string idKind = "native") => Get<KeyedIds>().Record(channel ?? Channel, platform, idKind, nativeId);

    public Task<IReadOnlyList<Recorded>> History(string nativeId) => Get<SealedLog>().Store.ReadStream(RecordId(nativeId));

    public async Task<RecordState> State(string nativeId) => RecordState.From(await History(nativeId));

    public async Task<Parts> PartsOf(Recorded recorded) => (await Get<SealedLog>().Open([recorded], default))[recorded.Id].Parts!;

    public async Task<long> Events() => await Served.Value<long>("select count(*) from archive.mt_events");

    public async Task<List<string>> Objects()
    {
        var keys = new List<string>();
        await foreach (var found in Get<IObjectStore>().List("", default)) keys.Add(found.Key);
        return keys;
    }

    /// <summary>What verify calls wrong.</summary>
    public async Task<List<string>> Faults()
    {
        var report = await ActivatorUtilities.CreateInstance<ArchiveService.Features.Verify.VerifyArchive>(Served.Services).Run(null, default);
        return [.. report.Findings.Where(f => f.Severity == ArchiveService.Features.Verify.Severity.Error).Select(f => $"{f.Code}: {f.What}")];
    }

    public static string Signature(byte[] body) => "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), body));

    public async Task<HttpResponseMessage> Deliver(byte[] body, string? signature = null)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        content.Headers.TryAddWithoutValidation("X-Hub-Signature-256", signature ?? Signature(body));
        return await Served.Program().PostAsync(Address("/api/v1/webhooks/meta"), content);
    }

    public Task<HttpResponseMessage> Deliver(string body) => Deliver(Encoding.UTF8.GetBytes(body));

    public async Task WorkOffInbox()
    {
        while (await Get<InboxWorker>().WorkOne(default))
        {
        }
    }

    public Task<List<DeadLetters.Waiting>> Inbox() => DeadLetters.List(Served.Databases, default);

    public Guid DeliveryId(byte[] body) => Get<KeyedIds>().Delivery("meta", body);

    public Task<IReadOnlyList<Recorded>> DeliveryHistory(byte[] body) => Get<SealedLog>().Store.ReadStream(DeliveryId(body));

    /// <summary>A comment by a stranger, as a line.</summary>
    public static string Comment(string id, string text = "Hej", string act = "create", string at = "2026-03-01T12:00:00Z", string author = "77", string more = "") =>
        $$"""{"act":"{{act}}","nativeId":"{{id}}","kind":"comment","author":{"nativeId":"{{author}}","displayName":"Nils Låtsasson"},"text":"{{text}}","occurredAt":"{{at}}"{{more}}}""";

    public static string Act(string id, string act, string at, string more = "") => $$"""{"act":"{{act}}","nativeId":"{{id}}","occurredAt":"{{at}}"{{more}}}""";
}
