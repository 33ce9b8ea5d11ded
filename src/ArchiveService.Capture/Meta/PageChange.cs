using System.Text.Json;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Meta;

/// <summary>A change in a page's <c>feed</c>, <c>mention</c> or <c>ratings</c>.</summary>
internal static class PageChange
{
    public static ReadAct Read(MetaItem item, string field, JsonFields value) => (field, value.Id("item")) switch
    {
        (_, "comment") => Comment(item, field, value),
        (_, "like" or "reaction") => Reaction(item, field, value),
        ("ratings", "rating") => Content(item, field, value, ItemKind.Review, value.Id("open_graph_story_id") ?? value.Id("post_id")),
        (not "ratings", "status" or "post" or "photo" or "album" or "event") => Content(item, field, value, ItemKind.Post, PostId(value)),
        (not "ratings", "video") => Content(item, field, value, ItemKind.Video, PostId(value)),
        (not "ratings", "share") => Content(item, field, value, ItemKind.Share, PostId(value)),
        _ => item.Unknown(MetaWebhook.NativeName(field, value), value, Audience.Public),
    };

    /// <summary>The post comes first: a removal of a photo or film names only the post, and so do its comments.</summary>
    private static string? PostId(JsonFields value) =>
        value.Id("post_id") ?? value.Id("photo_id") ?? value.Id("video_id") ?? value.Id("share_id") ?? value.Id("album_id") ?? value.Id("event_id");

    private static ReadAct Comment(MetaItem item, string field, JsonFields value)
    {
        var post = field == "ratings" ? value.Id("open_graph_story_id") ?? value.Id("post_id") : value.Id("post_id");
        var isReply = value.Id("parent_id") is { } above && above != value.Id("post_id");
        var kind = isReply ? ItemKind.Reply : ItemKind.Comment;
        return Content(item, field, value, kind, value.Id("comment_id"), isReply ? value.Id("parent_id") : post, post);
    }

    private static ReadAct Content(MetaItem item, string field, JsonFields value, ItemKind kind, string? nativeId, string? parent = null, string? root = null)
    {
        var name = MetaWebhook.NativeName(field, value);
        if (nativeId is null) return item.Unknown(name, value, Audience.Public);

        var verb = value.Id("verb");
        var act = MetaVerb.Act(verb);
        if (act == ActKind.Unknown) item.Flag(ActFlags.UnknownAct);
        if (kind == ItemKind.Share && act == ActKind.Create) act = ActKind.Share;
        if (value.Truth("is_hidden") == true) item.Flag(ActFlags.HiddenOnArrival);
        var author = kind == ItemKind.Review ? Reviewer(item, value) : item.Author(value);
        // created_time is the item's own; only when it is added is that also the act's.
        var (at, source) = act is ActKind.Create or ActKind.Share ? item.TimeOr(value, "created_time") : item.EntryTime();
        return item.Accepted(new CapturedAct
        {
            Act = act,
            NativeActName = name,
            NativeId = nativeId,
            Kind = field == "mention" ? ItemKind.Mention : kind,
            NativeKind = value.Id("item"),
            ParentNativeId = parent,
            RootNativeId = root,
            Author = author,
            Audience = value.Truth("published") == false ? Audience.Unpublished : Audience.Public,
            OccurredAt = at,
            OccurredAtSource = source,
            EditedAt = act == ActKind.Edit ? at : null,
            ActingParty = MetaVerb.ActingParty(verb, author),
            Text = item.Text(value, "message") ?? item.Text(value, "review_text") ?? item.Text(value, "story"),
            Permalink = item.Text(value, "permalink_url") ?? item.Text(value.Object("post"), "permalink_url"),
            Attachments = [.. Attachments(item, value)],
            ReactionKind = kind == ItemKind.Review ? value.Id("recommendation_type") ?? value.Id("rating") : null,
        });
    }

    private static ReadAct Reaction(MetaItem item, string field, JsonFields value)
    {
        var target = value.Id("comment_id") ?? (field == "ratings" ? value.Id("open_graph_story_id") : null) ?? value.Id("post_id") ?? value.Id("parent_id") ?? item.EntryId;
        var name = MetaWebhook.NativeName(field, value);
        if (target is null) return item.Unknown(name, value, Audience.Public);

        var verb = value.Id("verb");
        var act = MetaVerb.Act(verb) switch
        {
            ActKind.Create or ActKind.Edit => ActKind.React,
            ActKind.Delete => ActKind.Unreact,
            _ => ActKind.Unknown,
        };
        if (act == ActKind.Unknown) item.Flag(ActFlags.UnknownAct);
        var author = item.Author(value);
        var (at, source) = verb == "add" ? item.TimeOr(value, "created_time") : item.EntryTime();
        return item.Accepted(new CapturedAct
        {
            Act = act,
            NativeActName = name,
            NativeId = ReactionId(item, target, author?.NativeId),
            Kind = ItemKind.Unknown,
            NativeKind = value.Id("item"),
            ParentNativeId = target,
            RootNativeId = value.Id("post_id"),
            Author = author,
            Audience = Audience.Public,
            OccurredAt = at,
            OccurredAtSource = source,
            ActingParty = author is { ClaimsOwnChannel: true } ? ActingParty.OwnChannel : ActingParty.Author,
            ReactionKind = value.Id("reaction_type") ?? value.Id("item"),
        });
    }

    /// <summary>One account has one reaction on one item, so setting, changing and taking it back share an id.</summary>
    internal static string ReactionId(MetaItem item, string target, string? actor) =>
        actor is null ? item.NewId() : $"{target}/reaction/{actor}";

    private static ActAuthor? Reviewer(MetaItem item, JsonFields value)
    {
        var id = value.Id("reviewer_id");
        var name = item.Text(value, "reviewer_name");
        return id is null && name is null ? item.Author(value) : new ActAuthor(id, name, Handle: null, item.IsOwn(id), Operator: null);
    }

    private static IEnumerable<ActAttachment> Attachments(MetaItem item, JsonFields value)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in new[] { "photo", "video", "photos", "link" })
        {
            foreach (var url in value.Many(name))
            {
                if (url.ValueKind == JsonValueKind.String && JsonFields.IdOf(url) is { } address && seen.Add(address))
                    yield return Linked(name == "link" ? value.Id("photo_id") ?? value.Id("video_id") : MediaIdentity.Of(address), address);
            }
        }
    }

    internal static ActAttachment Linked(string? nativeId, string? url, string? altText = null) =>
        new(nativeId, FileName: null, MediaType: null, url, Content: null, Sha256Claimed: null, ArchivePath: null, altText);
}
