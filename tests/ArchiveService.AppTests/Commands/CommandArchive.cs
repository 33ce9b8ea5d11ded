using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.Commands;

/// <summary>A served archive with one authority per preset and a Facebook channel each, and people in the roles that decide.</summary>
public sealed class CommandArchive : IAsyncLifetime
{
    private const string Password = "ett långt lösenord 1";

    private int numbers;

    public ServedArchive Served { get; private set; } = null!;

    public HttpClient Everybody { get; private set; } = null!;

    public HttpClient Moderator { get; private set; } = null!;

    public HttpClient Registrator { get; private set; } = null!;

    public Dictionary<string, Guid> Channels { get; } = [];

    public async Task InitializeAsync()
    {
        Served = await ServedArchive.Start();
        await Served.Services.GetRequiredService<ArchiveService.Attachments.IObjectStore>().Probe(default);
        Everybody = Served.Program(await Served.Token("Ada Admin", [new("admin"), new("kommunikator"), new("moderator"), new("registrator")]));
        Moderator = Served.Program(await Served.Token("Mo Moderator", [new("moderator")]));
        Registrator = Served.Program(await Served.Token("Rut Registrator", [new("registrator")]));
        foreach (var (code, preset) in new[] { ("HKS", "herrljunga"), ("NKS", "norrkoping"), ("TKS", "toreboda"), ("RKS", "trosa"), ("VA", "vastarvet") })
        {
            await Ok(await Everybody.PutAsJsonAsync(At($"/api/v1/authorities/{code}"), new { name = $"Nämnden {code}", preset }));
            Channels[code] = (await Ok(await Everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = code, platform = "facebook", nativeAccountId = $"own-{code}", handle = code, purpose = "Dialog" }))).GetProperty("id").GetGuid();
        }
    }

    public Task DisposeAsync() => Served.DisposeAsync().AsTask();

    public static Uri At(string path) => new(path, UriKind.Relative);

    public static async Task<JsonElement> Ok(HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode}: {body}");
        return JsonDocument.Parse(body).RootElement;
    }

    public static async Task<(int Status, string Code)> Refused(HttpResponseMessage answer)
    {
        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.StartsWith("/problems/", problem.GetProperty("type").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        return ((int)answer.StatusCode, problem.GetProperty("code").GetString()!);
    }

    /// <summary>A comment by a stranger, captured through the API.</summary>
    public async Task<Guid> A_comment(string authority = "HKS", string text = "Ni är hopplösa")
    {
        var native = $"c{Interlocked.Increment(ref numbers)}";
        var line = JsonSerializer.Serialize(new { act = "create", nativeId = native, kind = "comment", author = new { nativeId = "77", displayName = "Nils Låtsasson" }, audience = "public", occurredAt = "2026-03-01T12:00:00Z", text });
        using var content = new StringContent(line, Encoding.UTF8, "application/x-ndjson");
        await Ok(await Everybody.PostAsync(At($"/api/v1/channels/{Channels[authority]}/captures"), content));
        return Served.Services.GetRequiredService<KeyedIds>().Record(Channels[authority], "facebook", "native", native);
    }

    public async Task<RecordState> State(Guid record) => RecordState.From(await Served.Services.GetRequiredService<SealedLog>().Store.ReadStream(record));

    public async Task<HttpClient> Browser(string username, params Role[] roles)
    {
        await Served.User($"{username} Exempelsson", username, Password, [.. roles.Select(r => new Grant(r, null))]);
        var browser = Served.Browser();
        await ServedArchive.LogIn(browser, username, Password);
        return browser;
    }

    public static object NewCase(string subject = "Synpunkt på skolmaten") => new { newCase = new { title = "Skolmaten" }, subject };
}

[CollectionDefinition(nameof(CommandArchive))]
public sealed class CommandCollection : ICollectionFixture<CommandArchive>;
