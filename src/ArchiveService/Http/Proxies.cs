using System.Net;
using ArchiveService.Hosting;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace ArchiveService.Http;

/// <summary>
/// The settings <c>Proxy:Known</c>: the addresses and networks of the proxies in front, which alone are believed when they say who asks and how (<c>X-Forwarded-For</c>,
/// <c>X-Forwarded-Proto</c>). Without it nobody is believed. <c>X-Forwarded-Host</c> never is: the proxy passes the host name on.
/// </summary>
public sealed record Proxies(IReadOnlyList<IPAddress> Addresses, IReadOnlyList<IPNetwork> Networks)
{
    public bool Any => Addresses.Count + Networks.Count > 0;

    public static Proxies From(IConfiguration configuration)
    {
        // That switch believes whoever sends the header, who then is this machine itself if they like.
        if (bool.TryParse(configuration["ForwardedHeaders_Enabled"], out var everybody) && everybody)
            throw new CannotStart("ASPNETCORE_FORWARDEDHEADERS_ENABLED believes everybody who sends X-Forwarded-For. Take it away, and name the proxies in front with Proxy__Known.");
        var (addresses, networks) = (new List<IPAddress>(), new List<IPNetwork>());
        foreach (var word in (configuration["Proxy:Known"] ?? "").Split([',', ' ', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (IPAddress.TryParse(word, out var address)) addresses.Add(address);
            else if (IPNetwork.TryParse(word, out var network) && network.PrefixLength > 0) networks.Add(network);
            else throw new CannotStart($"Proxy__Known has {word}; it takes addresses (10.0.0.5) and networks (10.0.0.0/24) of the proxies in front, with commas between.");
        }

        return new(addresses, networks);
    }

    public ForwardedHeadersOptions Options()
    {
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var address in Addresses) options.KnownProxies.Add(address);
        foreach (var network in Networks) options.KnownIPNetworks.Add(network);
        return options;
    }

    /// <summary>Whether browsers come over TLS, so that their cookies can be bound to this host and to TLS.</summary>
    public static bool ServesTls(IConfiguration configuration) =>
        From(configuration).Any
        || (configuration["urls"] ?? "").Contains("https://", StringComparison.OrdinalIgnoreCase) || configuration["https_ports"] is { Length: > 0 }
        || configuration.GetSection("Kestrel:Endpoints").GetChildren().Any(e => (e["Url"] ?? "").StartsWith("https://", StringComparison.OrdinalIgnoreCase));
}
