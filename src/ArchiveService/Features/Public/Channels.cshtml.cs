using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Public;

/// <summary>/public/channels and /offentligt/kanaler: where the authorities are on social media, and what for (H-04, N-05).</summary>
[AllowAnonymous]
public sealed class ChannelsModel(PublicViews views) : PageModel
{
    public IReadOnlyList<PublicChannel> Channels { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken ct)
    {
        PublicViews.NotForRobots(Response);
        Channels = await views.Channels(ct);
    }

    /// <summary>Only a web address becomes a link.</summary>
    public static string? Address(PublicChannel channel) =>
        channel.Url is { } url && Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "https" or "http" ? url : null;
}
