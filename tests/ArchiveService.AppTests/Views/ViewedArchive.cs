using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Persons;
using ArchiveService.Features.Records;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ArchiveService.AppTests.Views;

/// <summary>Two authorities with a channel each, and somebody in every role that reads.</summary>
public class ViewedArchive : IAsyncLifetime
{
    public const string Siv = "Siv Exempelsson";

    public ServedArchive Archive { get; private set; } = null!;

    /// <summary>Registrator at KS: assesses, has no clearance.</summary>
    public HttpClient Registrator { get; private set; } = null!;

    /// <summary>Kommunikatör at KS: neither assesses nor is cleared.</summary>
    public HttpClient Kommunikator { get; private set; } = null!;

    /// <summary>Arkivarie at KS with clearance.</summary>
    public HttpClient Cleared { get; private set; } = null!;

    /// <summary>Registrator at BN, with clearance there.</summary>
    public HttpClient Neighbour { get; private set; } = null!;

    public HttpClient Anybody { get; private set; } = null!;

    public Guid Channel { get; private set; }

    /// <summary>The last sequence any command answered with.</summary>
    public long Last { get; private set; }

    protected virtual bool ProjectsByItself => true;

    public async Task InitializeAsync()
    {
        Archive = await ServedArchive.Start(ProjectsByItself ? null : builder =>
        {
            foreach (var hosted in builder.Services.Where(s => s.ServiceType == typeof(IHostedService) && s.ImplementationFactory is not null).ToList()) builder.Services.Remove(hosted);
        });
        var admin = Archive.Program(await Archive.Token("Ada Administratör", [new("admin"), new("kommunikator")]));
        await Put(admin, "KS", "norrkoping", "{organ}-{seq}/{yyyy} {class:3}");
        await Put(admin, "BN", "vastarvet", "{organ} {yyyy}–{seq:5}");
        Channel = await NewChannel(admin, "KS", "https://exempel.social/@granvika");
        Registrator = Archive.Program(await Archive.Token(Siv, [new("registrator", "KS"), new("moderator", "KS")]));
        Kommunikator = Archive.Program(await Archive.Token("Kim Låtsberg", [new("kommunikator", "KS")]));
        Cleared = Archive.Program(await Archive.Token("Hedda Påhittsdotter", [new("arkivarie", "KS"), new("revisor", "KS")], clearance: true));
        Neighbour = Archive.Program(await Archive.Token("Nils Granne", [new("registrator", "BN"), new("moderator", "BN")], clearance: true));
        Anybody = Archive.Program();
    }

    public Task DisposeAsync() => Archive.DisposeAsync().AsTask();

    public async Task<Guid> NewChannel(HttpClient by, string authority, string account) => (await Json(await by.PostAsJsonAsync(
        new Uri("/api/v1/channels", UriKind.Relative),
        new { authority, platform = "mastodon", nativeAccountId = account, handle = "@granvika", url = account, purpose = "Dialog om service" }))).GetProperty("id").GetGuid();

    private static async Task Put(HttpClient admin, string code, string preset, string template) =>
        await Json(await admin.PutAsJsonAsync(new Uri($"/api/v1/authorities/{code}", UriKind.Relative), new { name = code == "KS" ? "Kommunstyrelsen" : "Barnnämnden", preset, diary = new { template } }));

    /// <summary>Captures acts, written as JSON objects.</summary>
    public async Task<JsonElement> Capture(params object[] acts)
    {
        using var body = new StringContent(string.Join('\n', acts.Select(a => a as string ?? JsonSerializer.Serialize(a))), Encoding.UTF8, "application/x-ndjson");
        var answer = await Json(await Registrator.PostAsync(new Uri($"/api/v1/channels/{Channel}/captures", UriKind.Relative), body));
        if (answer.GetProperty("rejected").GetArrayLength() > 0) throw new InvalidOperationException(answer.ToString());
        Last = Math.Max(Last, answer.GetProperty("lastSequence").GetInt64());
        return answer;
    }

    /// <summary>A comment by a stranger.</summary>
    public static object Comment(string id, string text, string at = "2026-03-01T12:00:00Z", string by = "Nils Låtsasson", string? handle = "@nils", string kind = "comment", string? parent = null, string act = "create") => new
    {
        act,
        nativeId = id,
        kind,
        parentNativeId = parent,
        conversationId = kind == "dm" ? "c-" + id : null,
        audience = kind == "dm" ? "direct" : "public",
        author = new { nativeId = "acct:" + by, displayName = by, handle },
        occurredAt = at,
        text,
    };

    public Task<JsonElement> Say(string id, string text, string at = "2026-03-01T12:00:00Z", string by = "Nils Låtsasson", string kind = "comment") => Capture(Comment(id, text, at, by, kind: kind));

    public async Task<JsonElement> Do(HttpClient by, Guid record, string what, object command)
    {
        var answer = await Json(await by.PostAsJsonAsync(new Uri($"/api/v1/records/{record}/{what}", UriKind.Relative), command));
        Last = Math.Max(Last, answer.GetProperty("lastSequence").GetInt64());
        return answer;
    }

    public Task<JsonElement> MarkSecret(Guid record) => Do(Registrator, record, "secrecy", new { provision = "OSL 25 kap. 1 §" });

    public async Task<string> Register(Guid record, string subject, string sender, HttpClient? by = null) =>
        (await Do(by ?? Registrator, record, "register", new { newCase = new { title = "Ärende om " + subject }, subject, senderRecipient = sender })).GetProperty("diaryNumber").GetString()!;

    /// <summary>Reads what has been written so far.</summary>
    public async Task<JsonElement> Get(HttpClient by, string path) => await Json(await Send(by, path));

    public Task<HttpResponseMessage> Send(HttpClient by, string path) =>
        by.GetAsync(new Uri(path.StartsWith("/public", StringComparison.Ordinal) ? path : $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}after={Last}", UriKind.Relative));

    public async Task<IReadOnlyList<JsonElement>> Search(HttpClient by, string query) => [.. (await Get(by, "/api/v1/records?" + query)).GetProperty("items").EnumerateArray()];

    public async Task<Guid> Found(HttpClient by, string q) => Assert.Single(await Search(by, "q=" + Uri.EscapeDataString(q))).GetProperty("id").GetGuid();

    public static async Task<JsonElement> Json(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{(int)answer.StatusCode} {answer.RequestMessage!.RequestUri}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Waits until the views show everything, for readers that cannot say <c>after</c>.</summary>
    public async Task Shown() => await Get(Registrator, "/api/v1/records?limit=1");

    public async Task<IReadOnlyList<string>> Column(string sql)
    {
        await using var query = Archive.Databases.Owner.CreateCommand(sql);
        await using var rows = await query.ExecuteReaderAsync();
        var found = new List<string>();
        while (await rows.ReadAsync()) found.Add(rows.IsDBNull(0) ? "null" : rows.GetValue(0).ToString()!);
        return found;
    }

    public async Task Run(string sql)
    {
        await using var command = Archive.Databases.Owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>The same, but nothing is projected unless the test says so: for races, and for projecting twice.</summary>
public sealed class StandingViewedArchive : ViewedArchive
{
    protected override bool ProjectsByItself => false;

    public RecordViewProjection Projection => (RecordViewProjection)Archive.Services.GetRequiredService<IEnumerable<Projection>>().Single(p => p is RecordViewProjection);

    public async Task<IReadOnlyList<Recorded>> Log(long after = 0)
    {
        await using var reader = new HoleSafeReader(Archive.Databases.Writer, Archive.Services.GetRequiredService<EventTypes>());
        var all = new List<Recorded>();
        for (var page = await reader.Read(after, 1000); page.Events.Count > 0; page = await reader.Read(page.UpTo, 1000)) all.AddRange(page.Events);
        return all;
    }

    public long Projected { get; private set; }

    /// <summary>Projects what is new, in pages of a size.</summary>
    public async Task Project(int pageSize = 1000)
    {
        foreach (var page in (await Log(Projected)).Chunk(pageSize))
        {
            await using var connection = await Archive.Databases.Writer.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await Projection.Write(transaction, page, CancellationToken.None);
            await transaction.CommitAsync();
            Projected = page[^1].Sequence;
        }
    }

    /// <summary>Empties the views and projects the whole log again.</summary>
    public async Task Rebuild(int pageSize)
    {
        await Run("truncate views.all_records, views.all_versions, views.all_acts, views.all_diary, views.diary_public, views.all_cases, views.all_case_documents, views.case_titles_public, views.channel_register, views.all_accounts, views.all_account_names, views.all_deeds");
        Projected = 0;
        await Project(pageSize);
    }

    private static readonly string[] Tables = ["all_records", "all_versions", "all_acts", "all_diary", "diary_public", "all_cases", "all_case_documents", "case_titles_public", "channel_register", "all_accounts", "all_account_names", "all_deeds"];

    /// <summary>Every row of every view, in a fixed order.</summary>
    public async Task<IReadOnlyList<string>> Rows()
    {
        var rows = new List<string>();
        foreach (var table in Tables) rows.AddRange(await Column($"select line from (select '{table} ' || to_jsonb(t)::text as line from views.{table} t) lines order by line collate \"C\""));
        return rows;
    }
}
