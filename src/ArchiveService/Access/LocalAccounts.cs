using System.Net;
using ArchiveService.Http;

namespace ArchiveService.Access;

/// <summary>Local accounts exist for trying the service out on one machine: in the embedded mode, for requests from that machine only (architecture §11).</summary>
public sealed class LocalAccounts(bool open)
{
    public bool Open { get; } = open;

    public Refusal? RefusedFor(HttpContext http) =>
        !Open ? Closed
        : FromThisMachine(http) ? null
        : NotFromHere;

    // A proxy on the same machine makes every visitor look local, and a name somebody points at 127.0.0.1 makes a foreign page look like ours.
    public static bool FromThisMachine(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } from && IPAddress.IsLoopback(from.IsIPv4MappedToIPv6 ? from.MapToIPv4() : from)
        && !http.Request.Headers.ContainsKey("X-Forwarded-For") && !http.Request.Headers.ContainsKey("Forwarded") && !http.Request.Headers.ContainsKey("Via") && !http.Request.Headers.ContainsKey("X-Original-For")
        && IsThisMachine(http.Request.Host.Host);

    public static Refusal Closed { get; } = new(
        "local-accounts-closed", "Här finns inga lokala konton: de finns bara när tjänsten kör sin egen databas och ingen inloggning hos en organisation är inställd. Använd den, eller en API-nyckel (./run token).", StatusCodes.Status403Forbidden);

    private static Refusal NotFromHere { get; } = new(
        "only-from-this-machine", "Lokala konton kan bara användas på samma dator som tjänsten körs på. Öppna http://127.0.0.1 där.", StatusCodes.Status403Forbidden);

    private static bool IsThisMachine(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
