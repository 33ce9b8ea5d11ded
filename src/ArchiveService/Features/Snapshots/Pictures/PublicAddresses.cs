using System.Net;
using System.Net.Sockets;
using ArchiveService.Http;

namespace ArchiveService.Features.Snapshots.Pictures;

/// <summary>Opens connections to addresses of the public internet only, whatever a name resolves to: a page must not make the service ask its own network (SSRF).</summary>
public static class PublicAddresses
{
    /// <summary>What nobody has on the internet, beside what leads inwards: that, <see cref="GuardedHttp"/> judges for all that is fetched.</summary>
    private static readonly IPNetwork[] Nobodys =
    [
        .. ((string[])["192.0.2.0/24", "192.88.99.0/24", "198.51.100.0/24", "203.0.113.0/24", "100::/64", "2001::/23", "2001:db8::/32"]).Select(text => IPNetwork.Parse(text)),
    ];

    public static bool IsPublic(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return GuardedHttp.Allows(plain, allowPrivate: false) && !Nobodys.Any(network => network.Contains(plain));
    }

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>: the address that was judged is the one that is connected to, so that a name cannot change between.</summary>
    public static async ValueTask<Stream> Connect(DnsEndPoint to, Func<IPAddress, bool> allowed, CancellationToken ct)
    {
        var addresses = await Dns.GetHostAddressesAsync(to.Host, ct);
        if (addresses.FirstOrDefault(allowed) is not { } address || !addresses.All(allowed)) throw new HttpRequestException("The address does not lead to the public internet.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(address, to.Port), ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
