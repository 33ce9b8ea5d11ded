using Microsoft.AspNetCore.Authorization;

namespace ArchiveService.Features.Public;

/// <summary>/public/terminal: the diary on the screen in the reception (OSL 6:6). As much as everybody may see, and nothing left for the next visitor.</summary>
[AllowAnonymous]
public sealed class TerminalModel(PublicViews views) : PublicDiarySearchModel(views)
{
    /// <summary>How long a screen stands still before it is cleared for the next visitor.</summary>
    public const int IdleSeconds = 180;

    /// <summary>Kept by no browser. On the terminal the screen goes back to its beginning by itself.</summary>
    public static void LeaveNothing(HttpResponse response, bool terminal)
    {
        response.Headers.CacheControl = "no-store";
        if (terminal) response.Headers["Refresh"] = $"{IdleSeconds}; url=/public/terminal";
    }

    protected override void Prepare() => LeaveNothing(Response, terminal: true);
}
