using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Meta;

/// <summary>A comment or mention on Instagram. There is no webhook for edits, hiding or deletion: those come by polling.</summary>
internal static class InstagramChange
{
    /// <summary>The old form has only id and text; author, media and parent came in 2021.</summary>
    public static ReadAct ReadComment(MetaItem item, string field, JsonFields value)
    {
        if (value.Id("id") is not { } id) return item.Unknown(field, value, Audience.Public);
        var media = value.Object("media").Id("id") ?? value.Id("media_id");
        var above = value.Id("parent_id");
        var author = item.Author(value);
        var (at, source) = item.TimeOr(value, "created_time");
        if (!value.Has("text")) item.Flag(ActFlags.ContentNotDelivered);
        return item.Accepted(new CapturedAct
        {
            Act = ActKind.Create,
            NativeActName = field,
            NativeId = id,
            Kind = above is null || above == media ? ItemKind.Comment : ItemKind.Reply,
            NativeKind = field,
            ParentNativeId = above ?? media,
            RootNativeId = media,
            Author = author,
            Audience = Audience.Public,
            OccurredAt = at,
            OccurredAtSource = source,
            ActingParty = MetaVerb.ActingParty("add", author),
            Text = item.Text(value, "text"),
        });
    }

    /// <summary>Only ids are sent; the text has to be fetched.</summary>
    public static ReadAct ReadMention(MetaItem item, JsonFields value)
    {
        var media = value.Id("media_id");
        if ((value.Id("comment_id") ?? media) is not { } id) return item.Unknown("mentions", value, Audience.Public);
        item.Flag(ActFlags.ContentNotDelivered);
        var (at, source) = item.EntryTime();
        return item.Accepted(new CapturedAct
        {
            Act = ActKind.Create,
            NativeActName = "mentions",
            NativeId = id,
            Kind = ItemKind.Mention,
            NativeKind = value.Has("comment_id") ? "comment" : "media",
            ParentNativeId = media == id ? null : media,
            RootNativeId = media == id ? null : media,
            Audience = Audience.Public,
            OccurredAt = at,
            OccurredAtSource = source,
        });
    }
}
