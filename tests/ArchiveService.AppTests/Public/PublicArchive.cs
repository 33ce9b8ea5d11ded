using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Public;

/// <summary>A served archive that says all it logs, with two authorities: one shows names that were released, the other never does.</summary>
public sealed class PublicArchive : IAsyncLifetime
{
    private readonly Dictionary<string, Guid> channels = [];
    private int numbers;

    public ServedArchive Served { get; private set; } = null!;

    public Logged Log { get; } = new();

    public HttpClient Staff { get; private set; } = null!;

    public HttpClient Anybody { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        // As loud as anybody who operates it would set it.
        Served = await ServedArchive.Start(builder =>
        {
            builder.Logging.AddProvider(Log);
            builder.Logging.AddFilter<Logged>(null, LogLevel.Information);
        });
        await Served.Services.GetRequiredService<ArchiveService.Attachments.IObjectStore>().Probe(default);
        Staff = Served.Program(await Served.Token("Rut Registrator", [new("admin"), new("kommunikator"), new("moderator"), new("registrator"), new("arkivarie")]));
        Anybody = Served.Program();
        foreach (var (code, names) in new[] { ("PUB", "released"), ("TYST", "never") })
        {
            await Ok(await Staff.PutAsJsonAsync(At($"/api/v1/authorities/{code}"), new { name = $"Nämnden {code}", preset = "custom", policy = new Dictionary<string, string> { ["publicDiary.names"] = names } }));
            channels[code] = (await Ok(await Staff.PostAsJsonAsync(At("/api/v1/channels"), new { authority = code, platform = "facebook", nativeAccountId = $"own-{code}", handle = code, purpose = "Dialog" }))).GetProperty("id").GetGuid();
        }
    }

    public Task DisposeAsync() => Served.DisposeAsync().AsTask();

    /// <summary>A comment that is registered; its number.</summary>
    public async Task<(Guid Record, string Number)> A_registered_comment(string authority, string subject, string sender = "Nils Låtsasson", bool release = false)
    {
        var native = $"c{Interlocked.Increment(ref numbers)}";
        var line = JsonSerializer.Serialize(new { act = "create", nativeId = native, kind = "comment", author = new { nativeId = $"u{native}", displayName = sender }, audience = "public", occurredAt = "2026-03-01T12:00:00Z", text = "Hej" });
        using var content = new StringContent(line, Encoding.UTF8, "application/x-ndjson");
        await Ok(await Staff.PostAsync(At($"/api/v1/channels/{channels[authority]}/captures"), content));
        var id = Served.Services.GetRequiredService<KeyedIds>().Record(channels[authority], "facebook", "native", native);
        var registered = await Ok(await Staff.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), new { newCase = new { title = "Ärendet" }, subject, senderRecipient = sender }));
        await Shown(registered);
        if (release) await Shown(await Ok(await Staff.PostAsync(At($"/api/v1/records/{id}/release"), null)));
        return (id, registered.GetProperty("diaryNumber").GetString()!);
    }

    /// <summary>Waits until the views show what an answer was about.</summary>
    public async Task Shown(JsonElement answer) => await Ok(await Staff.GetAsync(At($"/api/v1/diary?after={answer.GetProperty("lastSequence").GetInt64()}")));

    /// <summary>Somebody at another address of this machine.</summary>
    public HttpClient From(string address) => new(new SocketsHttpHandler
    {
        UseCookies = false,
        AllowAutoRedirect = false,
        ConnectCallback = async (context, ct) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Parse(address), 0));
            await socket.ConnectAsync(context.DnsEndPoint, ct);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = Served.Address,
    };

    /// <summary>Everything that was logged, with its scopes.</summary>
    [ProviderAlias("Logged")]
    public sealed class Logged : ILoggerProvider, ISupportExternalScope
    {
        private IExternalScopeProvider scopes = new LoggerExternalScopeProvider();

        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => new To(this, categoryName);

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => scopes = scopeProvider;

        public void Dispose()
        {
        }

        private sealed class To(Logged all, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => all.scopes.Push(state);

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                var line = new StringBuilder($"{category}: {formatter(state, exception)} {exception}");
                if (state is IEnumerable<KeyValuePair<string, object?>> values) line.AppendJoin(' ', values.Select(v => $"{v.Key}={v.Value}"));
                all.scopes.ForEachScope((scope, to) => to.Append(' ').Append(scope is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(' ', pairs.Select(p => $"{p.Key}={p.Value}")) : scope), line);
                all.Lines.Enqueue(line.ToString());
            }
        }
    }
}

[CollectionDefinition(nameof(PublicArchive))]
public sealed class PublicCollection : ICollectionFixture<PublicArchive>;
