using Microsoft.AspNetCore.Authorization;

namespace ArchiveService.Access;

/// <summary>Marks an endpoint that service accounts may call; all others are closed to them.</summary>
/// <param name="ChannelRouteValue">The route value with the channel's id, which has to be one of the caller's; null when the endpoint looks that up itself.</param>
public sealed record OpenToConnectors(string? ChannelRouteValue);

public static class ConnectorEndpoints
{
    /// <summary>Lets a service account in, to the channels it is for.</summary>
    public static T AllowConnectors<T>(this T endpoint, string? channelRouteValue = "id")
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new OpenToConnectors(channelRouteValue));
}

/// <summary>A stolen connector token can add to the channels it names and read nothing (architecture §11).</summary>
public sealed class ConnectorLimit : AuthorizationHandler<ConnectorLimit>, IAuthorizationRequirement
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, ConnectorLimit requirement)
    {
        if (Caller.From(context.User) is not { } caller) return Task.CompletedTask;
        if (!caller.IsService || (context.Resource is HttpContext http && MayCall(http, caller))) context.Succeed(requirement);
        return Task.CompletedTask;
    }

    private static bool MayCall(HttpContext http, Caller caller) =>
        http.GetEndpoint()?.Metadata.GetMetadata<OpenToConnectors>() is { } open
        && (open.ChannelRouteValue is null
            || (http.GetRouteValue(open.ChannelRouteValue) is string channel && Guid.TryParse(channel, out var id) && caller.Channels.Contains(id)));
}
