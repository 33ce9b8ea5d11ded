using System.Net;
using System.Net.Sockets;

namespace ArchiveService.Http;

/// <summary>What a client that fetches from outside keeps to.</summary>
/// <param name="Timeout">For the whole answer, its body included; null for one that never ends.</param>
/// <param name="MaxBytes">The longest body; null for one that never ends.</param>
/// <param name="Redirects">How many are followed. Each new address is examined like the first.</param>
/// <param name="AllowPrivate">The address may lie in this network or on this machine, and need not be https.</param>
/// <param name="AllowHttp">The address need not be https: what is fetched is kept as it came and trusted in nothing.</param>
public sealed record HttpLimits(TimeSpan? Timeout, long? MaxBytes, int Redirects = 0, bool AllowPrivate = false, bool AllowHttp = false);

/// <summary>Why a guarded client did not fetch.</summary>
/// <param name="code"><c>address</c>, <c>scheme</c>, <c>too-long</c>.</param>
/// <param name="message">Never holds the address or content.</param>
public sealed class HttpRefused(string code, string message) : HttpRequestException(message)
{
    public string Code { get; } = code;
}

/// <summary>Names and connections: the machine's own, or a test's.</summary>
/// <param name="LookUp">Asked once a connection; what it answers is examined, and nothing else is connected to.</param>
/// <param name="Connect">Given only addresses that were examined.</param>
public sealed record HttpWires(Func<string, CancellationToken, Task<IPAddress[]>> LookUp, Func<IPEndPoint, CancellationToken, Task<Stream>> Connect)
{
    public static HttpWires Real { get; } = new(Dns.GetHostAddressesAsync, Open);

    private static async Task<Stream> Open(IPEndPoint to, CancellationToken ct)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(to, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>
/// Clients for addresses that somebody outside chose (SSRF): every connection, also one that a redirect leads to, goes to an address that was examined after the name was
/// looked up, so that a name that changes its answer between the look and the connection gains nothing. No cookies, no proxy, limits on time and size.
/// </summary>
public static class GuardedHttp
{
    public static HttpClient Client(HttpLimits limits) => Client(limits, HttpWires.Real);

    /// <param name="limits">What is kept to.</param>
    /// <param name="wires">How names are looked up and connections opened.</param>
    public static HttpClient Client(HttpLimits limits, HttpWires wires)
    {
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = limits.Redirects > 0,
            MaxAutomaticRedirections = Math.Max(1, limits.Redirects),
            AutomaticDecompression = DecompressionMethods.GZip | DecompressionMethods.Deflate | DecompressionMethods.Brotli,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            MaxResponseHeadersLength = 64,
            ConnectCallback = (context, ct) => Connect(context.DnsEndPoint, limits.AllowPrivate, wires, ct),
        };
        var client = new HttpClient(new Guard(limits, sockets), disposeHandler: true) { Timeout = limits.Timeout ?? System.Threading.Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.Add(new("ArchiveService", "1"));
        return client;
    }

    /// <summary>Pure: whether a connection may be opened to what a name led to.</summary>
    public static bool Allows(IPAddress to, bool allowPrivate)
    {
        if (to.IsIPv4MappedToIPv6) to = to.MapToIPv4();
        return !IsUnusable(to) && (allowPrivate || !(IPAddress.IsLoopback(to) || IsPrivate(to)));
    }

    private static async ValueTask<Stream> Connect(DnsEndPoint to, bool allowPrivate, HttpWires wires, CancellationToken ct)
    {
        var found = IPAddress.TryParse(to.Host, out var literal) ? [literal] : await wires.LookUp(to.Host, ct);
        var allowed = Array.FindAll(found, address => Allows(address, allowPrivate));
        if (allowed.Length == 0) throw new HttpRefused("address", "The name leads to an address of this machine or of a private network, and nothing is fetched from there.");
        SocketException? last = null;
        foreach (var address in allowed)
        {
            try
            {
                return await wires.Connect(new IPEndPoint(address, to.Port), ct);
            }
            catch (SocketException error)
            {
                last = error;
            }
        }

        throw last!;
    }

    private static bool IsUnusable(IPAddress to) => to.AddressFamily == AddressFamily.InterNetwork
        ? to.GetAddressBytes() is [0, ..] or [>= 224, ..]
        : to.IsIPv6Multicast || to.Equals(IPAddress.IPv6Any);

    private static bool IsPrivate(IPAddress to) => to.AddressFamily == AddressFamily.InterNetwork
        ? to.GetAddressBytes() is [10, ..] or [172, >= 16 and <= 31, ..] or [192, 168, ..] or [169, 254, ..] or [100, >= 64 and <= 127, ..] or [192, 0, 0, _] or [198, 18 or 19, ..]

        // Also what carries an IPv4 address in an IPv6 one (NAT64, 6to4, Teredo, IPv4-compatible).
        : to.IsIPv6LinkLocal || to.IsIPv6SiteLocal || to.IsIPv6UniqueLocal || to.IsIPv6Teredo
            || to.GetAddressBytes() is [0x20, 0x02, ..] or [0, 0x64, 0xff, 0x9b, ..] or [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ..];

    private sealed class Guard(HttpLimits limits, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri is not { } address || !(address.Scheme == Uri.UriSchemeHttps || ((limits.AllowPrivate || limits.AllowHttp) && address.Scheme == Uri.UriSchemeHttp)) || address.UserInfo.Length > 0)
                throw new HttpRefused("scheme", "Only https addresses without a user name are fetched.");
            var answer = await base.SendAsync(request, cancellationToken);
            if (limits.MaxBytes is not { } most) return answer;
            if (answer.Content.Headers.ContentLength > most)
            {
                answer.Dispose();
                throw TooLong(most);
            }

            var whole = answer.Content;
            answer.Content = new StreamContent(new Limited(await whole.ReadAsStreamAsync(cancellationToken), most, limits.Timeout));
            foreach (var (name, values) in whole.Headers) answer.Content.Headers.TryAddWithoutValidation(name, values);
            return answer;
        }
    }

    private static HttpRefused TooLong(long most) => new("too-long", $"The answer is longer than {most} bytes.");

    private sealed class Limited(Stream inner, long most, TimeSpan? timeout) : Stream
    {
        private readonly CancellationTokenSource? late = timeout is { } patience ? new(patience) : null;
        private long read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => read; set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late?.Token ?? CancellationToken.None);
            return Count(await inner.ReadAsync(buffer, both.Token));
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count)
        {
            late?.Token.ThrowIfCancellationRequested();
            return Count(inner.Read(buffer, offset, count));
        }

        private int Count(int now) => (read += now) > most ? throw TooLong(most) : now;

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                late?.Dispose();
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
