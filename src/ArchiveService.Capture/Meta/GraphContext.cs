namespace ArchiveService.Capture.Meta;

/// <summary>What is known of an answer of the Graph API beside its body.</summary>
/// <param name="Account">The page or account that was asked about; tells the channel's own items from others'.</param>
/// <param name="Edge">The list that was asked for, such as <c>feed</c> or <c>comments</c>: decides where the fields alone do not tell what something is.</param>
/// <param name="Above">The object whose list it is, such as the post of a page of comments.</param>
/// <param name="ObservedAt">When the platform answered.</param>
public sealed record GraphContext(string? Account = null, string? Edge = null, string? Above = null, DateTimeOffset? ObservedAt = null)
{
    private static readonly Dictionary<string, string> Hints = new(StringComparer.OrdinalIgnoreCase)
    {
        ["feed"] = "feed",
        ["feeds"] = "feed",
        ["post"] = "feed",
        ["posts"] = "feed",
        ["visitor_posts"] = "feed",
        ["published_posts"] = "feed",
        ["comment"] = "comments",
        ["comments"] = "comments",
        ["replies"] = "comments",
        ["message"] = "messages",
        ["messages"] = "messages",
        ["conversation"] = "conversations",
        ["conversations"] = "conversations",
        ["album"] = "albums",
        ["albums"] = "albums",
        ["photo"] = "photos",
        ["photos"] = "photos",
        ["video"] = "videos",
        ["videos"] = "videos",
        ["media"] = "media",
        ["medias"] = "media",
        ["story"] = "stories",
        ["stories"] = "stories",
        ["tags"] = "tags",
        ["tagged"] = "tags",
        ["likes"] = "likes",
        ["reactions"] = "likes",
    };

    /// <summary>From the path of a request, such as <c>/v24.0/100_5/comments?filter=stream</c>.</summary>
    public static GraphContext OfRequest(string? request, string? account, DateTimeOffset? observedAt)
    {
        var path = (request ?? "").Split('?', 2)[0].Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (path is [['v', >= '0' and <= '9', ..], ..]) path = path[1..];
        return new(account, path.Length > 1 ? Hint(path[^1]) : null, path.Length > 0 ? path[0] : null, observedAt);
    }

    /// <summary>From the name of a saved answer: the first word in it that is a list of the Graph API.</summary>
    public static GraphContext OfFile(string name)
    {
        if (name.Contains("live_video", StringComparison.OrdinalIgnoreCase)) return new(Edge: "live_videos");
        if (name.Contains("tagged", StringComparison.OrdinalIgnoreCase)) return new(Edge: "tags");
        return new(Edge: name.Split(['_', '-', '.', ' ', '/'], StringSplitOptions.RemoveEmptyEntries).Select(Hint).FirstOrDefault(hint => hint is not null));
    }

    private static string? Hint(string word) => word == "live_videos" ? word : Hints.GetValueOrDefault(word);
}
