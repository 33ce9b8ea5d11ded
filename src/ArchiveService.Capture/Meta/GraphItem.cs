using System.Text.Json;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Meta;

/// <summary>A post, comment, photo, film, album or event of Facebook, or a post, story or comment of Instagram, as the Graph API tells it.</summary>
internal static class GraphItem
{
    public static ReadAct Read(MetaItem item, JsonFields json, GraphKind kind, string? edge, GraphAbove? above, GraphContext context)
    {
        var author = Author(item, json, kind, context);
        var text = Text(item, json, kind);
        var attachments = GraphAttachments.Of(item, json, kind).DistinctBy(file => (file.NativeId, file.Url)).Take(CaptureLimits.MaxAttachments).ToArray();
        var timeName = json.Has("timestamp") ? "timestamp" : json.Has("created_time") ? "created_time" : "creation_time";
        var (at, source) = item.TimeOr(json, timeName);
        var empty = string.IsNullOrEmpty(text) && attachments.Length == 0;

        // Asked for its counters or for one field: it says nothing of what was written.
        if (empty && at is null && author is null) return item.NotARecord($"graph/{Name(kind)}/partial");
        if (empty && at is null) item.Flag(ActFlags.ContentNotDelivered);
        if (kind == GraphKind.Unknown) item.Flag(ActFlags.UnknownKind);
        if ((json.Truth("is_hidden") ?? json.Truth("hidden")) == true) item.Flag(ActFlags.HiddenOnArrival);

        var itemKind = Kind(json, kind, edge, above);
        var (id, parent, root) = Ids(item, json, kind, above, context, text);
        return item.Accepted(new CapturedAct
        {
            Act = itemKind == ItemKind.Share ? ActKind.Share : ActKind.Create,
            NativeActName = $"graph/{Name(kind)}",
            NativeId = id,
            Kind = parent is not null && parent != root && itemKind == ItemKind.Comment ? ItemKind.Reply : itemKind,
            NativeKind = json.Id("status_type") ?? json.Id("media_product_type") ?? json.Id("media_type") ?? Name(kind),
            ParentNativeId = parent,
            RootNativeId = root,
            Author = author,
            Audience = AudienceOf(item, json),
            OccurredAt = at,
            OccurredAtSource = source,
            ActingParty = MetaVerb.ActingParty("add", author),
            Text = text,
            Permalink = Permalink(item, json),
            Attachments = attachments,
        });
    }

    /// <summary>What the account calls itself.</summary>
    public static ReadAct Profile(MetaItem item, JsonFields json)
    {
        if (json.Id("id") is not { } id) return item.NotARecord("graph/page/partial");
        var author = new ActAuthor(id, item.Text(json, "name"), item.Text(json, "username"), item.IsOwn(id), Operator: null);
        return item.Accepted(new CapturedAct
        {
            Act = ActKind.ProfileChange,
            NativeActName = "graph/page",
            NativeId = id,
            NativeKind = "page",
            Author = author,
            OccurredAtSource = "none",
            Permalink = item.Text(json, "link"),
            Text = item.Text(json, "about") ?? item.Text(json, "biography") ?? item.Text(json, "description"),
        });
    }

    private static string Name(GraphKind kind) => kind switch
    {
        GraphKind.InstagramMedia => "media",
        GraphKind.InstagramStory => "story",
        GraphKind.InstagramComment => "comment",
        GraphKind.LiveVideo => "live-video",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static ItemKind Kind(JsonFields json, GraphKind kind, string? edge, GraphAbove? above) => kind switch
    {
        _ when edge is "mentioned_comment" or "mentioned_media" or "tags" => ItemKind.Mention,
        GraphKind.Comment or GraphKind.InstagramComment => ItemKind.Comment,
        GraphKind.Video => ItemKind.Video,
        GraphKind.LiveVideo => ItemKind.Live,
        GraphKind.InstagramStory => ItemKind.Story,
        GraphKind.InstagramMedia => json.Id("media_type") switch
        {
            "VIDEO" => ItemKind.Video,
            "BROADCAST" => ItemKind.Live,
            null when json.Id("type") == "video" => ItemKind.Video,
            _ => ItemKind.Post,
        },
        GraphKind.Post when json.Id("status_type") is "added_video" => ItemKind.Video,
        GraphKind.Post when json.Id("status_type") is "shared_story" => ItemKind.Share,
        GraphKind.Unknown => ItemKind.Unknown,
        _ => ItemKind.Post,
    };

    /// <summary>
    /// The webhook's ids: a photo or film that stands in the feed goes under its post. A saved comment may have its id in its address only.
    /// </summary>
    private static (string Id, string? Parent, string? Root) Ids(MetaItem item, JsonFields json, GraphKind kind, GraphAbove? above, GraphContext context, string? text)
    {
        var address = GraphAddress.Of(json.Id("permalink_url"));
        var given = json.Id("id");
        switch (kind)
        {
            case GraphKind.Comment:
                var id = given ?? address.Comment;
                var root = above?.Root ?? address.Post ?? PostOf(id, context.Account);
                var parent = json.Object("parent").Id("id") ?? (above?.Id != above?.Root ? above?.Id : null) ?? address.CommentAbove ?? above?.Id ?? json.Object("object").Id("id") ?? root;
                return (id ?? item.NewId("comment", json.Id("created_time"), text, parent), parent == id ? root : parent, root ?? json.Object("object").Id("id"));
            case GraphKind.InstagramComment:
                var media = json.Object("media").Id("id") ?? above?.Root;
                return (given ?? item.NewId("comment", json.Id("timestamp"), text, media), json.Id("parent_id") ?? above?.Id ?? media, media);
            case GraphKind.Post:
                return (given ?? address.Post ?? item.NewId("post", json.Id("created_time"), text), json.Id("parent_id"), null);
            default:
                return (json.Id("page_story_id") ?? json.Id("post_id") ?? given ?? item.NewId(Name(kind), json.Id("created_time") ?? json.Id("timestamp"), text), null, null);
        }
    }

    /// <summary>A comment's id begins with its post's, without the page.</summary>
    private static string? PostOf(string? comment, string? account) =>
        account is not null && GraphKinds.IsPostId(comment) ? $"{account}_{comment![..comment!.IndexOf('_', StringComparison.Ordinal)]}" : null;

    private static ActAuthor? Author(MetaItem item, JsonFields json, GraphKind kind, GraphContext context)
    {
        if (kind is GraphKind.InstagramMedia or GraphKind.InstagramStory or GraphKind.InstagramComment)
        {
            var from = json.Object("from");
            var user = json.Object("user");
            var id = from.Id("id") ?? user.Id("id") ?? json.Object("owner").Id("id") ?? (kind != GraphKind.InstagramComment && context.Edge is "media" or "stories" ? context.Account : null);
            var handle = item.Text(from, "username") ?? item.Text(json, "username") ?? item.Text(user, "username");
            var name = item.Text(from, "full_name") ?? item.Text(user, "full_name");
            return id is null && handle is null && name is null ? null : new ActAuthor(id, name, handle, item.IsOwn(id), Operator: null);
        }

        var written = item.Author(json) ?? (json.Object("owner") is var owner && owner.Id("id") is { } by ? new ActAuthor(by, item.Text(owner, "name"), Handle: null, item.IsOwn(by), Operator: null) : null);
        return written is null ? null : written with { Operator = item.Text(json.Object("admin_creator"), "name") ?? json.Object("admin_creator").Id("id") };
    }

    private static string? Text(MetaItem item, JsonFields json, GraphKind kind) => kind switch
    {
        GraphKind.InstagramComment => item.Text(json, "text"),
        GraphKind.InstagramMedia or GraphKind.InstagramStory => item.Text(json, "caption") ?? item.Text(json.Object("caption"), "text"),
        GraphKind.Video or GraphKind.LiveVideo => item.Text(json, "description") ?? item.Text(json, "title"),
        GraphKind.Photo => item.Text(json, "name"),
        GraphKind.Album or GraphKind.Event => Both(item.Text(json, "name"), item.Text(json, "description")),
        GraphKind.Unknown => item.Text(json, "message") ?? item.Text(json, "description") ?? item.Text(json, "name"),
        _ => item.Text(json, "message") ?? item.Text(json, "story"),
    };

    private static string? Both(string? name, string? description) => name is null || description is null ? name ?? description : $"{name}\n\n{description}";

    private static string? Permalink(MetaItem item, JsonFields json)
    {
        var address = item.Text(json, "permalink_url") ?? item.Text(json, "permalink") ?? (json.Has("attachments") ? null : item.Text(json, "link"));
        return address?.StartsWith('/') == true ? $"https://www.facebook.com{address}" : address;
    }

    private static Audience AudienceOf(MetaItem item, JsonFields json)
    {
        if ((json.Truth("is_published") ?? json.Truth("published")) == false || json.Has("scheduled_publish_time")) return Audience.Unpublished;
        switch ((json.Object("privacy").Id("value") ?? json.Id("privacy"))?.ToUpperInvariant())
        {
            case null or "" or "EVERYONE" or "OPEN":
                return Audience.Public;
            case "ALL_FRIENDS" or "FRIENDS" or "FRIENDS_OF_FRIENDS" or "NETWORKS_FRIENDS":
                return Audience.Followers;
            case "SELF":
                return Audience.Unpublished;
            default:
                item.Flag(ActFlags.UnknownAudience);
                return Audience.Direct;
        }
    }
}

/// <summary>What an address of Facebook says of ids: <c>/19292868552/posts/10158/?comment_id=11&amp;reply_comment_id=12</c>.</summary>
internal readonly record struct GraphAddress(string? Post, string? Comment, string? CommentAbove)
{
    public static GraphAddress Of(string? url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address)) return default;
        var query = address.Query.TrimStart('?').Split('&').Select(part => part.Split('=', 2)).Where(part => part.Length == 2).GroupBy(part => part[0], StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First()[1], StringComparer.Ordinal);
        var path = address.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        string? page = null, post = null;
        if (path is [var first, "posts", var number, ..]) (page, post) = (first, number);
        else if (query.TryGetValue("story_fbid", out var story)) (page, post) = (query.GetValueOrDefault("id"), story);
        if (!IsNumber(post)) return default;
        var comment = query.GetValueOrDefault("comment_id");
        var reply = query.GetValueOrDefault("reply_comment_id");
        var root = IsNumber(page) ? $"{page}_{post}" : null;
        return IsNumber(reply) ? new(root, $"{post}_{reply}", IsNumber(comment) ? $"{post}_{comment}" : null)
            : new(root, IsNumber(comment) ? $"{post}_{comment}" : null, null);
    }

    private static bool IsNumber(string? text) => text is { Length: > 0 } && text.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0;
}

/// <summary>The files and links of an item, under the ids that the webhook names them by.</summary>
internal static class GraphAttachments
{
    public static IEnumerable<ActAttachment> Of(MetaItem item, JsonFields json, GraphKind kind) => kind switch
    {
        GraphKind.InstagramMedia or GraphKind.InstagramStory => Instagram(item, json),
        GraphKind.Photo => Largest(json) is { } photo ? [Linked(json.Id("id"), photo, item.Text(json, "alt_text"))] : [],
        GraphKind.Video => json.Id("source") is { } film ? [Linked(json.Id("id"), film, item.Text(json, "title"))] : [],
        GraphKind.Comment => json.Object("attachment") is var one && Address(one) is { } url ? [Linked(IsLink(one) ? null : MediaIdentity.Of(url) ?? one.Object("target").Id("id"), url, item.Text(one, "title"))] : [],
        GraphKind.Post => Post(item, json),
        GraphKind.Event => json.Object("picture").Object("data").Id("url") is { } picture ? [Linked(MediaIdentity.Of(picture), picture, null)] : [],
        _ => [],
    };

    private static IEnumerable<ActAttachment> Post(MetaItem item, JsonFields json)
    {
        var any = false;
        foreach (var attachment in Objects(item, json.Object("attachments").Many("data")))
        {
            var parts = Objects(item, attachment.Object("subattachments").Many("data")).ToList();
            foreach (var part in parts.Count > 0 ? parts : [attachment])
            {
                if (Address(part) is not { } url) continue;
                any = true;
                yield return Linked(IsLink(part) ? null : part.Object("target").Id("id") ?? MediaIdentity.Of(url), url, item.Text(part, "title") ?? item.Text(part, "description"));
            }
        }

        if (any) yield break;
        foreach (var child in Objects(item, json.Many("child_attachments")))
        {
            if ((child.Id("link") ?? child.Id("picture")) is { } url) yield return Linked(child.Id("id"), url, item.Text(child, "name"));
        }

        if (json.Id("link") is { } link) yield return Linked(json.Id("object_id"), link, item.Text(json, "name"));
        else if (json.Id("source") is { } film) yield return Linked(json.Id("object_id"), film, item.Text(json, "name"));
        else if (json.Id("full_picture") is { } picture) yield return Linked(json.Id("object_id") ?? MediaIdentity.Of(picture), picture, null);
    }

    private static IEnumerable<ActAttachment> Instagram(MetaItem item, JsonFields json)
    {
        var children = Objects(item, json.Object("children").Many("data")).ToList();
        foreach (var one in children.Count > 0 ? children : [json])
        {
            var url = one.Id("media_url") ?? Rendition(one, "videos") ?? Rendition(one, "images") ?? one.Id("thumbnail_url");
            if (url is not null) yield return Linked(one.Id("id"), url, item.Text(one, "alt_text"));
        }
    }

    /// <summary>The old form: one address a size.</summary>
    private static string? Rendition(JsonFields json, string name) => json.Object(name).Object("standard_resolution").Id("url");

    /// <summary>The largest size comes first.</summary>
    private static string? Largest(JsonFields photo) =>
        photo.Many("images").Where(image => image.ValueKind == JsonValueKind.Object).Select(image => JsonFields.Of(image).Id("source")).FirstOrDefault(url => url is not null) ?? photo.Id("source") ?? photo.Id("picture");

    private static bool IsLink(JsonFields attachment) => attachment.Id("media_type") is "link" || attachment.Id("type") is "share" or "animated_image_share" or "fallback";

    /// <summary>Of a link where it leads, not the picture that Facebook shows for it; of a picture or film the file itself.</summary>
    private static string? Address(JsonFields attachment) => IsLink(attachment)
        ? attachment.Id("unshimmed_url") ?? attachment.Id("url")
        : attachment.Object("media").Id("source") ?? attachment.Object("media").Object("image").Id("src") ?? attachment.Id("unshimmed_url") ?? attachment.Id("url");

    private static IEnumerable<JsonFields> Objects(MetaItem item, IEnumerable<JsonElement> elements) => elements.Where(json => json.ValueKind == JsonValueKind.Object).Select(item.Fields);

    private static ActAttachment Linked(string? id, string url, string? altText) => PageChange.Linked(id, url, altText);
}
