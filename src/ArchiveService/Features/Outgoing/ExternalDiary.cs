using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Outgoing;

/// <summary>
/// Another diary system that is told of an authority's registrations, from configuration: <c>ExternalDiary__0__Authority</c>, <c>__Address</c>, <c>__Secret</c>,
/// and so on. Whoever may change that may already read the archive's keys; nobody can point it somewhere from a page.
/// </summary>
/// <param name="Authority">The authority's code.</param>
/// <param name="SameAuthority">It is the same authority's diary: secret subjects and senders go there too. Otherwise only what the public diary shows (OSL 8:1).</param>
/// <param name="AllowPrivate">The address may lie in the authority's own network.</param>
/// <param name="From">What was registered before this day is not sent.</param>
public sealed record ExternalDiary(string Authority, Uri Address, string Secret, bool SameAuthority, bool AllowPrivate, DateOnly? From, TimeSpan Patience, int MostAttempts)
{
    private const int ShortestSecret = 16;

    public static IReadOnlyList<ExternalDiary> Read(IConfiguration configuration)
    {
        var read = new List<ExternalDiary>();
        foreach (var section in configuration.GetSection("ExternalDiary").GetChildren())
        {
            string Name(string key) => $"ExternalDiary__{section.Key}__{key}";
            var code = section["Authority"]?.Trim().ToUpperInvariant();
            if (string.IsNullOrEmpty(code)) throw new CannotStart($"{Name("Authority")} is missing: the code of the authority whose registrations are sent.");
            if (!Uri.TryCreate(section["Address"], UriKind.Absolute, out var address) || OutgoingAddress.Refuse(address) is not null)
                throw new CannotStart($"{Name("Address")} must be an https address, or an address of this machine.");
            if (section["Secret"] is not { Length: >= ShortestSecret } secret) throw new CannotStart($"{Name("Secret")} must be at least {ShortestSecret} characters: the receiver checks the signature with it.");
            if (read.Any(r => r.Authority == code)) throw new CannotStart($"{Name("Authority")}: {code} has a receiver already.");
            DateOnly? from = section["From"] is { Length: > 0 } day
                ? DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var known) ? known : throw new CannotStart($"{Name("From")} must be a day, such as 2026-11-27.")
                : null;
            read.Add(new(code, address, secret, section.GetValue("SameAuthority", false), section.GetValue("AllowPrivate", false), from,
                TimeSpan.FromSeconds(Math.Clamp(section.GetValue("TimeoutSeconds", 10), 1, 100)), Math.Clamp(section.GetValue("MostAttempts", 48), 1, 1000)));
        }

        return read;
    }

    /// <summary>Follows no redirect, asks no proxy, and connects only to an address that was examined.</summary>
    public HttpClient Client() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = Patience,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        ConnectCallback = async (context, ct) =>
        {
            var host = context.DnsEndPoint.Host;
            var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, ct);
            if (addresses.FirstOrDefault(a => OutgoingAddress.Allows(a, Address.IsLoopback, AllowPrivate)) is not { } to) throw new AddressRefused();
            var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(to, context.DnsEndPoint.Port, ct);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    }, disposeHandler: true)
    {
        Timeout = Patience,
    };

    /// <summary>HMAC-SHA256 under the shared secret over the time and the body, so that an old message cannot be sent again as new.</summary>
    public string Sign(string timestamp, ReadOnlySpan<byte> body) =>
        "sha256=" + Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), (byte[])[.. Encoding.UTF8.GetBytes(timestamp + "."), .. body]));
}

/// <summary>The receiver's name led to an address that nothing is sent to.</summary>
public sealed class AddressRefused() : IOException("The receiver's address is not allowed.");

/// <summary>Where may be sent: https, or this machine; no private network unless the configuration says so (SSRF).</summary>
public static class OutgoingAddress
{
    /// <summary>Pure: why the address cannot be used, in a word; null when it can.</summary>
    public static string? Refuse(Uri address) =>
        !address.IsAbsoluteUri || address.Scheme is not ("https" or "http") ? "scheme"
        : address.Scheme == "http" && !address.IsLoopback ? "not-https"
        : address.UserInfo.Length > 0 || address.Fragment.Length > 0 ? "form"
        : null;

    /// <summary>Pure: whether a connection may be opened to what the name led to.</summary>
    public static bool Allows(IPAddress to, bool namedAsLoopback, bool allowPrivate)
    {
        if (to.IsIPv4MappedToIPv6) to = to.MapToIPv4();
        if (IPAddress.IsLoopback(to)) return namedAsLoopback || allowPrivate;
        return !IsUnusable(to) && (allowPrivate || !IsPrivate(to));
    }

    private static bool IsUnusable(IPAddress to) => to.AddressFamily == AddressFamily.InterNetwork
        ? to.GetAddressBytes() is [0, ..] or [>= 224, ..]
        : to.IsIPv6Multicast || to.Equals(IPAddress.IPv6Any);

    private static bool IsPrivate(IPAddress to) => to.AddressFamily == AddressFamily.InterNetwork
        ? to.GetAddressBytes() is [10, ..] or [172, >= 16 and <= 31, ..] or [192, 168, ..] or [169, 254, ..] or [100, >= 64 and <= 127, ..] or [192, 0, 0, _] or [198, 18 or 19, ..]

        // Also what carries an IPv4 address in an IPv6 one (NAT64, 6to4, Teredo).
        : to.IsIPv6LinkLocal || to.IsIPv6SiteLocal || to.IsIPv6UniqueLocal || to.IsIPv6Teredo || to.GetAddressBytes() is [0x20, 0x02, ..] or [0, 0x64, 0xff, 0x9b, ..];
}
