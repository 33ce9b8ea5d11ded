using System.Net;

namespace ArchiveService.Features.Snapshots.Pictures;

/// <summary>An answer as it was given to the browser, and as it goes into the web archive.</summary>
public sealed record Fetched(string Url, DateTimeOffset At, int Status, string Reason, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body);

/// <summary>Fetches what a page asks for, in the browser's place: the browser has no network of its own. Only GET, only the public internet, only so much.</summary>
public sealed class PageFetch : IDisposable
{
    private const int MostOne = 32 << 20;
    private const int MostAll = 96 << 20;
    private const int MostRequests = 400;
    private const string Agent = "Mozilla/5.0 (compatible; ArchiveService; ogonblicksbild)";

    private static readonly string[] NotPassedOn = ["content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive", "set-cookie", "alt-svc", "strict-transport-security", "report-to", "nel"];

    private readonly HttpClient http;
    private readonly TimeProvider clock;
    private readonly Lock gate = new();
    private readonly List<Fetched> all = [];
    private long bytes;
    private int requests;

    /// <param name="clock">When an answer came.</param>
    /// <param name="allowed">Which addresses may be connected to; tests alone allow others than the public ones.</param>
    public PageFetch(TimeProvider clock, Func<IPAddress, bool>? allowed = null)
    {
        this.clock = clock;
        var may = allowed ?? PublicAddresses.IsPublic;
        http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            ConnectCallback = (context, ct) => PublicAddresses.Connect(context.DnsEndPoint, may, ct),
        })
        {
            Timeout = TimeSpan.FromSeconds(20),
        };
        http.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", Agent);
        http.DefaultRequestHeaders.TryAddWithoutValidation("Accept-Language", "sv");
    }

    public IReadOnlyList<Fetched> All
    {
        get
        {
            lock (gate) return [.. all];
        }
    }

    /// <summary>What was refused: by method, scheme, address or measure.</summary>
    public int Refused { get; private set; }

    /// <summary>Null when it may not be asked for, or could not be had.</summary>
    public async Task<Fetched?> Get(string url, string method, string? accept, CancellationToken ct)
    {
        if (method != "GET" || !Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || Interlocked.Increment(ref requests) > MostRequests) return Refuse();
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            await using var from = await answer.Content.ReadAsStreamAsync(ct);
            using var body = new MemoryStream();
            var buffer = new byte[64 * 1024];
            for (int count; (count = await from.ReadAsync(buffer, ct)) > 0;)
            {
                if (body.Length + count > MostOne || Interlocked.Add(ref bytes, count) > MostAll) return Refuse();
                body.Write(buffer, 0, count);
            }

            var headers = answer.Headers.Concat(answer.Content.Headers).Where(h => !NotPassedOn.Contains(h.Key, StringComparer.OrdinalIgnoreCase)).SelectMany(h => h.Value.Select(v => KeyValuePair.Create(h.Key, v)));
            var fetched = new Fetched(url, clock.GetUtcNow(), (int)answer.StatusCode, answer.ReasonPhrase ?? "", [.. headers], body.ToArray());
            lock (gate) all.Add(fetched);
            return fetched;
        }
        catch (Exception error) when (error is HttpRequestException or IOException or System.Net.Sockets.SocketException || (error is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return Refuse();
        }
    }

    public void Dispose() => http.Dispose();

    private Fetched? Refuse()
    {
        lock (gate) Refused++;
        return null;
    }
}
