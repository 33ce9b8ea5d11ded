using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Meta;

internal enum GraphKind
{
    Unknown,
    Post,
    Comment,
    Message,
    Conversation,
    Photo,
    Video,
    LiveVideo,
    Album,
    Event,
    Page,
    InstagramMedia,
    InstagramStory,
    InstagramComment,
    Insight,
    Like,
    Picture,
    Container,
}

/// <summary>Tells by its fields what an object of the Graph API is: only what was asked for is there, and it never says its own type.</summary>
internal static class GraphKinds
{
    public static GraphKind Of(JsonFields json, string? edge) => Plain(json, edge) ?? Instagram(json, edge) ?? Facebook(json, edge) ?? ByEdge(json, edge);

    private static GraphKind? Plain(JsonFields json, string? edge)
    {
        var id = json.Id("id");
        if (Begins(id, "t_") || json.Has("participants") || (json.Has("messages") && !json.Has("message"))) return GraphKind.Conversation;
        if (Begins(id, "m_") || Begins(id, "aWdf") || json.Has("sticker") || json.Object("story").Has("reply_to")) return GraphKind.Message;
        if (edge == "messages" && !IsPostId(id)) return GraphKind.Message;
        if (json.Has("period") && json.Has("values")) return GraphKind.Insight;
        if (json.Has("status_code") && !json.Has("media_type")) return GraphKind.Container;
        if (json.Has("is_silhouette") || (!json.Has("id") && json.Object("data").Has("is_silhouette"))) return GraphKind.Picture;
        if (json.Has("profile_type") || json.Has("pic") || edge == "likes") return GraphKind.Like;
        return json.Has("followers_count") || json.Has("media_count") || json.Has("biography") || json.Has("fan_count") || json.Has("category") || json.Has("is_community_page")
            ? GraphKind.Page
            : null;
    }

    private static GraphKind? Instagram(JsonFields json, string? edge)
    {
        if (json.Has("text")) return GraphKind.InstagramComment;
        if (edge == "stories" || json.Id("permalink")?.Contains("/stories/", StringComparison.Ordinal) == true) return GraphKind.InstagramStory;
        return json.Has("media_type") || json.Has("media_product_type") || json.Has("shortcode") || (json.Has("user") && json.Has("images")) || edge == "media" ? GraphKind.InstagramMedia : null;
    }

    private static GraphKind? Facebook(JsonFields json, string? edge)
    {
        var address = json.Id("permalink_url") ?? json.Id("link") ?? "";
        if (json.Has("start_time")) return GraphKind.Event;
        if (edge == "live_videos" || (json.Has("embed_html") && (json.Has("status") || json.Has("live_views")))) return GraphKind.LiveVideo;
        if (edge == "comments" || CommentSigns.Any(json.Has) || address.Contains("comment_id=", StringComparison.Ordinal)) return GraphKind.Comment;
        if (json.Has("can_upload") || json.Has("cover_photo") || address.Contains("album.php", StringComparison.Ordinal)) return GraphKind.Album;
        if (edge != "albums" && edge != "photos" && edge != "videos" && (IsPostId(json.Id("id")) || PostSigns.Any(json.Has))) return GraphKind.Post;
        if (json.Has("length") || address.Contains("/videos/", StringComparison.Ordinal)) return GraphKind.Video;
        return json.Has("images") || address.Contains("/photos/", StringComparison.Ordinal) ? GraphKind.Photo : null;
    }

    private static GraphKind ByEdge(JsonFields json, string? edge) => edge switch
    {
        "albums" => GraphKind.Album,
        "photos" => GraphKind.Photo,
        "videos" => GraphKind.Video,
        "feed" or "tags" => GraphKind.Post,
        _ when json.Has("count") && json.Has("name") => GraphKind.Album,
        _ => GraphKind.Unknown,
    };

    private static readonly string[] CommentSigns = ["can_hide", "can_remove", "comment_count", "attachment", "object", "parent"];

    private static readonly string[] PostSigns = ["message", "story", "status_type", "attachments", "is_published", "actions", "full_picture"];

    private static bool Begins(string? id, string with) => id?.StartsWith(with, StringComparison.Ordinal) == true;

    /// <summary>Two numbers with a line between them.</summary>
    public static bool IsPostId(string? id)
    {
        var line = id?.IndexOf('_', StringComparison.Ordinal) ?? -1;
        return line > 0 && line < id!.Length - 1 && id.AsSpan(0, line).IndexOfAnyExceptInRange('0', '9') < 0 && id.AsSpan(line + 1).IndexOfAnyExceptInRange('0', '9') < 0;
    }
}
