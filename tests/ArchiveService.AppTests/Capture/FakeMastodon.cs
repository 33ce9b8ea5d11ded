using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ArchiveService.AppTests.Capture;

/// <summary>A Mastodon server as far as an account is asked about: it pages by ids, and tells nothing again that a stream has missed.</summary>
public sealed class FakeMastodon : IAsyncDisposable
{
    private readonly WebApplication app;
    private Channel<string?> stream = Channel.CreateUnbounded<string?>();

    private FakeMastodon(WebApplication app) => this.app = app;

    public ConcurrentQueue<string> Asked { get; } = new();

    public SortedDictionary<long, JsonObject> Statuses { get; } = [];

    public Dictionary<string, string> Histories { get; } = [];

    public Dictionary<string, string> Threads { get; } = [];

    public SortedDictionary<long, JsonObject> Notifications { get; } = [];

    public Dictionary<string, string> Recorded { get; } = [];

    /// <summary>Stand, and are in no list.</summary>
    public HashSet<long> Unlisted { get; } = [];

    /// <summary>Answers instead of the server; null lets it answer.</summary>
    public Func<HttpContext, Task<bool>>? Instead { get; set; }

    public string? Token { get; set; }

    public string Address => app.Urls.First();

    public string Actor => $"{Address}/users/kommun";

    public static async Task<FakeMastodon> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var fake = new FakeMastodon(app);
        app.Run(fake.Answer);
        await app.StartAsync();
        return fake;
    }

    public async ValueTask DisposeAsync()
    {
        stream.Writer.TryComplete();
        await app.StopAsync(new CancellationTokenSource(TimeSpan.FromSeconds(1)).Token);
        await app.DisposeAsync();
    }

    public JsonObject Status(long id, string text, string account = "1", string name = "kommun", long? answers = null, string visibility = "public", string at = "2026-10-01T10:00:00.000Z") => new()
    {
        ["id"] = $"{id}",
        ["created_at"] = at,
        ["in_reply_to_id"] = answers is { } parent ? $"{parent}" : null,
        ["in_reply_to_account_id"] = answers is null ? null : "1",
        ["spoiler_text"] = "",
        ["visibility"] = visibility,
        ["uri"] = $"{Address}/users/{name}/statuses/{id}",
        ["url"] = $"{Address}/@{name}/{id}",
        ["replies_count"] = 0,
        ["edited_at"] = null,
        ["content"] = $"<p>{text}</p>",
        ["reblog"] = null,
        ["account"] = Account(account, name),
        ["media_attachments"] = new JsonArray(),
        ["poll"] = null,
    };

    public JsonObject Account(string id, string name) => new()
    {
        ["id"] = id,
        ["username"] = name,
        ["acct"] = name,
        ["display_name"] = name,
        ["url"] = $"{Address}/@{name}",
        ["uri"] = $"{Address}/users/{name}",
    };

    public string Uri(long id, string name = "kommun") => $"{Address}/users/{name}/statuses/{id}";

    public JsonObject Post(long id, string text) => Statuses[id] = Status(id, text);

    public void Edit(long id, string text, string at)
    {
        var status = Statuses[id];
        var first = new JsonObject { ["content"] = (string)status["content"]!, ["spoiler_text"] = "", ["created_at"] = (string)status["created_at"]!, ["account"] = Account("1", "kommun"), ["media_attachments"] = new JsonArray() };
        var second = new JsonObject { ["content"] = $"<p>{text}</p>", ["spoiler_text"] = "", ["created_at"] = at, ["account"] = Account("1", "kommun"), ["media_attachments"] = new JsonArray() };
        Histories[$"{id}"] = new JsonArray(first, second).ToJsonString();
        status["content"] = $"<p>{text}</p>";
        status["edited_at"] = at;
    }

    public void Tell(string name, string data) => stream.Writer.TryWrite($"event: {name}\ndata: {data}\n\n");

    public void Break()
    {
        var broken = stream;
        stream = Channel.CreateUnbounded<string?>();
        broken.Writer.TryWrite(null);
    }

    private async Task Answer(HttpContext http)
    {
        var path = http.Request.Path.Value!;
        Asked.Enqueue(path + http.Request.QueryString.Value);
        if (Instead is { } instead && await instead(http)) return;
        if (Token is { } token && http.Request.Headers.Authorization != $"Bearer {token}")
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            await http.Response.WriteAsync("""{"error":"The access token is invalid"}""");
            return;
        }

        if (path == "/api/v1/streaming/user")
        {
            await Stream(http);
            return;
        }

        var minId = http.Request.Query["min_id"].ToString();
        if (Recorded.TryGetValue(path, out var recorded)) await http.Response.WriteAsync(minId is "" or "0" ? recorded : "[]");
        else if (path == "/api/v1/accounts/lookup") await http.Response.WriteAsync(Account("1", "kommun").ToJsonString());
        else if (path == "/api/v1/accounts/verify_credentials") await http.Response.WriteAsync(Account("1", "kommun").ToJsonString());
        else if (path == "/api/v1/accounts/1/statuses") await Paged(http, new(Statuses.Where(s => !Unlisted.Contains(s.Key)).ToDictionary()), minId);
        else if (path == "/api/v1/notifications") await Paged(http, Notifications, minId);
        else if (path == "/api/v1/conversations") await http.Response.WriteAsync("[]");
        else if (path.StartsWith("/api/v1/statuses/", StringComparison.Ordinal) && path.Split('/') is [.., var id, "history"] && Histories.TryGetValue(id, out var history)) await http.Response.WriteAsync(history);
        else if (path.StartsWith("/api/v1/statuses/", StringComparison.Ordinal) && path.Split('/') is [.., var of, "context"] && Threads.TryGetValue(of, out var thread)) await http.Response.WriteAsync(thread);
        else if (path.StartsWith("/api/v1/statuses/", StringComparison.Ordinal) && long.TryParse(path.Split('/')[^1], CultureInfo.InvariantCulture, out var one) && Statuses.TryGetValue(one, out var status)) await http.Response.WriteAsync(status.ToJsonString());
        else
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            await http.Response.WriteAsync("""{"error":"Record not found"}""");
        }
    }

    private static async Task Paged(HttpContext http, SortedDictionary<long, JsonObject> all, string minId)
    {
        var limit = int.Parse(http.Request.Query["limit"].ToString(), CultureInfo.InvariantCulture);
        var items = minId.Length > 0 ? all.Where(s => s.Key > long.Parse(minId, CultureInfo.InvariantCulture)).Take(limit).Reverse().ToList() : all.Reverse().Take(limit).ToList();
        if (items.Count > 0) http.Response.Headers.Link = $"<http://elsewhere.invalid{http.Request.Path}?max_id={items[^1].Key}>; rel=\"next\", <http://elsewhere.invalid{http.Request.Path}?min_id={items[0].Key}>; rel=\"prev\"";
        await http.Response.WriteAsync(new JsonArray([.. items.Select(i => i.Value.DeepClone())]).ToJsonString());
    }

    private async Task Stream(HttpContext http)
    {
        http.Response.ContentType = "text/event-stream";
        await http.Response.WriteAsync(":)\n");
        await http.Response.Body.FlushAsync();
        var mine = stream;
        await foreach (var told in mine.Reader.ReadAllAsync(http.RequestAborted))
        {
            if (told is null)
            {
                http.Abort();
                return;
            }

            // In two writes, so that no event comes whole.
            await http.Response.WriteAsync(told[..(told.Length / 2)]);
            await http.Response.Body.FlushAsync();
            await http.Response.WriteAsync(told[(told.Length / 2)..]);
            await http.Response.Body.FlushAsync();
        }
    }
}
