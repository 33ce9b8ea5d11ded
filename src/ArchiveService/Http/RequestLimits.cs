using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Threading.RateLimiting;
using ArchiveService.Access;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Http;

/// <summary>
/// How often, and how much at once. What is open to everybody is counted by the network it comes from, under a key that lives as long as the program: no address
/// is kept. Who is logged in is counted as who they are, wherever they sit. What comes from this machine itself, and through no proxy, is not counted by network.
/// Webhooks and requests sent without login have limits of their own.
/// </summary>
public sealed partial class RequestLimits : IDisposable
{
    private readonly Limits limits;
    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);
    private readonly PartitionedRateLimiter<string> logIns;
    private readonly PartitionedRateLimiter<string> open;
    private readonly PartitionedRateLimiter<string> refused;
    private readonly PartitionedRateLimiter<string> persons;
    private readonly PartitionedRateLimiter<string> searches;
    private readonly PartitionedRateLimiter<string> exports;

    public RequestLimits(Limits limits)
    {
        this.limits = limits;
        logIns = Buckets(limits.LogInsPerMinute, limits.LogInsPerMinute);
        open = Buckets(limits.PublicPerSecond * 60, limits.PublicPerSecond * 60);
        refused = Buckets(limits.RefusedPerMinute, limits.RefusedPerMinute);
        persons = Buckets(limits.RequestsPerSecond * 10, limits.RequestsPerSecond * 60);
        searches = AtOnce(limits.SearchesAtOnce);
        exports = AtOnce(limits.ExportsAtOnce);
    }

    private static PartitionedRateLimiter<string> Buckets(int atOnce, int perMinute) => PartitionedRateLimiter.Create<string, string>(who => RateLimitPartition.GetTokenBucketLimiter(who, _ => new()
    {
        TokenLimit = atOnce,
        TokensPerPeriod = Math.Max(1, perMinute / 60),
        ReplenishmentPeriod = perMinute >= 60 ? TimeSpan.FromSeconds(1) : TimeSpan.FromMinutes(1.0 / perMinute),
        QueueLimit = 0,
        AutoReplenishment = true,
    }));

    private PartitionedRateLimiter<string> AtOnce(int places) => PartitionedRateLimiter.Create<string, string>(who => RateLimitPartition.GetConcurrencyLimiter(who, _ => new()
    {
        PermitLimit = places,
        QueueLimit = limits.Waiting,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    }));

    /// <summary>Before it is known who asks.</summary>
    internal RateLimitLease? OfNetwork(HttpContext http)
    {
        if (LocalAccounts.FromThisMachine(http) || !IsCounted(http)) return null;
        var from = Network(http.Connection.RemoteIpAddress);
        if (HttpMethods.IsPost(http.Request.Method) && http.Request.Path.StartsWithSegments("/logga-in", StringComparison.OrdinalIgnoreCase)) return logIns.AttemptAcquire(from);
        if (http.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null) return open.AttemptAcquire(from);
        return refused.AttemptAcquire(from, permitCount: 0);
    }

    /// <summary>After the answer: what nobody was known for is counted against the network it came from.</summary>
    internal void Refused(HttpContext http)
    {
        if (http.Response.StatusCode == StatusCodes.Status401Unauthorized && IsCounted(http) && !LocalAccounts.FromThisMachine(http))
            refused.AttemptAcquire(Network(http.Connection.RemoteIpAddress)).Dispose();
    }

    /// <summary>When it is known who asks.</summary>
    internal RateLimitLease? OfPerson(HttpContext http) =>
        IsCounted(http) && !LocalAccounts.FromThisMachine(http) && Caller.From(http.User) is { } caller ? persons.AttemptAcquire(caller.PersonId.ToString("N")) : null;

    /// <summary>A place for what costs more than a page; waits for its turn.</summary>
    internal async ValueTask<RateLimitLease?> Place(HttpContext http)
    {
        if (!IsCounted(http) || Kind(http) is not { } places) return null;
        var who = Caller.From(http.User) is { } caller ? caller.PersonId.ToString("N") : Network(http.Connection.RemoteIpAddress);
        return await places.AcquireAsync(who, 1, http.RequestAborted);
    }

    private PartitionedRateLimiter<string>? Kind(HttpContext http)
    {
        if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsPost(http.Request.Method)) return null;
        var path = http.Request.Path.Value ?? "";
        if (path.EndsWith(".pdf", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase)
            || TakenAway.Any(end => path.EndsWith(end, StringComparison.OrdinalIgnoreCase))) return exports;
        return HttpMethods.IsGet(http.Request.Method) && http.Request.QueryString.HasValue && Searched.Any(at => path.Equals(at, StringComparison.OrdinalIgnoreCase)) ? searches : null;
    }

    private static readonly string[] TakenAway = ["/export", "/warc", "/paket", "/package", "/inspection-pack", "/tillsyn", "/utdrag", "/extract"];

    private static readonly string[] Searched = ["/sok", "/api/v1/records", "/diarium", "/api/v1/diary", "/public/diary", "/public/diary.json", "/public/terminal", "/konton", "/api/v1/accounts"];

    // The page of a status code is made of a request that has been counted; webhooks count what they refuse; whoever keeps the machine asks for health and figures.
    private static bool IsCounted(HttpContext http) =>
        http.Features.Get<IStatusCodeReExecuteFeature>() is null && http.Features.Get<IExceptionHandlerFeature>() is null
        && !Elsewhere.Any(path => http.Request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase));

    private static readonly string[] Elsewhere = ["/api/v1/webhooks", "/webhooks", "/health", "/metrics"];

    /// <summary>One home or office: an address of IPv4, the first half of one of IPv6.</summary>
    public string Network(IPAddress? from)
    {
        var bytes = (from is { IsIPv4MappedToIPv6: true } ? from.MapToIPv4() : from)?.GetAddressBytes() ?? [];
        if (from is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false }) bytes = bytes[..8];
        return Convert.ToHexString(HMACSHA256.HashData(key, bytes));
    }

    internal static Task Refuse(HttpContext http, RateLimitLease lease)
    {
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? Math.Max(1, (int)Math.Ceiling(after.TotalSeconds)) : 5;
        http.Response.Headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
        http.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        if (http.GetEndpoint()?.Metadata.GetMetadata<PageActionDescriptor>() is not null) return Task.CompletedTask;
        return Problems.Refused(new(
            "too-many-requests", $"Det har kommit för många begäranden på kort tid. Försök igen om {wait} sekunder.", StatusCodes.Status429TooManyRequests,
            new Dictionary<string, object?>(StringComparer.Ordinal) { ["retryAfter"] = wait })).ExecuteAsync(http);
    }

    public void Dispose()
    {
        foreach (var limiter in (IDisposable[])[logIns, open, refused, persons, searches, exports]) limiter.Dispose();
    }

    /// <summary>After routing, before it is known who asks.</summary>
    public sealed class ByNetwork(RequestDelegate next, RequestLimits limits, ILogger<RequestLimits> logger)
    {
        public async Task InvokeAsync(HttpContext http)
        {
            using var lease = limits.OfNetwork(http);
            if (lease is { IsAcquired: false })
            {
                Log.TooMany(logger, "network", Where(http));
                await Refuse(http, lease);
                return;
            }

            await next(http);
            limits.Refused(http);
            if (http.Features.Get<IStatusCodeReExecuteFeature>() is not null) return;
            if (http.Response.StatusCode == StatusCodes.Status401Unauthorized) Log.NotKnown(logger, Where(http));
            if (HttpMethods.IsPost(http.Request.Method) && http.Request.Path.StartsWithSegments("/logga-in", StringComparison.OrdinalIgnoreCase))
                Log.LogIn(logger, http.Response.StatusCode is >= 300 and < 400 ? "succeeded" : "failed");
        }
    }

    /// <summary>When it is known who asks.</summary>
    public sealed class ByPerson(RequestDelegate next, RequestLimits limits, ILogger<RequestLimits> logger)
    {
        public async Task InvokeAsync(HttpContext http)
        {
            using var lease = limits.OfPerson(http);
            if (lease is { IsAcquired: false })
            {
                Log.TooMany(logger, "person", Where(http));
                await Refuse(http, lease);
                return;
            }

            using var place = await limits.Place(http);
            if (place is { IsAcquired: false })
            {
                Log.TooMany(logger, "at once", Where(http));
                await Refuse(http, place);
                return;
            }

            await next(http);
            if (http.Response.StatusCode == StatusCodes.Status403Forbidden && http.Features.Get<IStatusCodeReExecuteFeature>() is null && Caller.From(http.User) is { } caller)
                Log.NotAllowed(logger, caller.PersonId, Where(http));
        }
    }

    /// <summary>The route, never the address that was asked for, which may hold what somebody searched for.</summary>
    private static string Where(HttpContext http) => $"{http.Request.Method} {(http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "nowhere"}";

    private static partial class Log
    {
        [LoggerMessage(2001, LogLevel.Warning, "Too many requests by {Limit} at {Route}")]
        public static partial void TooMany(ILogger logger, string limit, string route);

        [LoggerMessage(2002, LogLevel.Information, "Not logged in: {Route}")]
        public static partial void NotKnown(ILogger logger, string route);

        [LoggerMessage(2003, LogLevel.Information, "Not allowed: {Person} at {Route}")]
        public static partial void NotAllowed(ILogger logger, Guid person, string route);

        [LoggerMessage(2004, LogLevel.Information, "A log-in {Outcome}")]
        public static partial void LogIn(ILogger logger, string outcome);
    }
}
