using System.Text.Json;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Meta;

/// <summary>A direct message as a conversation tells it.</summary>
internal static class GraphMessage
{
    public static ReadAct Read(MetaItem item, JsonFields message, GraphAbove? above, GraphContext context)
    {
        var from = message.Object("from");
        var sender = from.Id("id");
        var (at, source) = item.TimeOr(message, "created_time");
        var text = item.Text(message, "message");
        var attachments = Attachments(item, message).ToArray();
        if (string.IsNullOrEmpty(text) && attachments.Length == 0) item.Flag(ActFlags.ContentNotDelivered);
        var author = item.Author(message);
        var story = message.Object("story").Object("reply_to");
        return item.Accepted(new CapturedAct
        {
            Act = ActKind.Message,
            NativeActName = "graph/message",
            NativeId = Mid(message.Id("id")) ?? item.NewId("message", message.Id("created_time"), sender, text),
            Kind = ItemKind.Dm,
            NativeKind = "message",
            ParentNativeId = Mid(message.Object("reply_to").Id("mid") ?? message.Object("reply_to").Id("id")) ?? story.Id("id"),
            ConversationId = above?.Counterpart ?? Counterpart(sender, message, context),
            Author = author,
            Audience = Audience.Direct,
            OccurredAt = at,
            OccurredAtSource = source,
            ActingParty = author switch
            {
                { ClaimsOwnChannel: true } => ActingParty.OwnChannel,
                not null => ActingParty.Author,
                null => ActingParty.Unknown,
            },
            Text = text,
            Attachments = attachments,
        });
    }

    /// <summary>Older ids are the webhook's with two letters before.</summary>
    private static string? Mid(string? id) => id?.StartsWith("m_mid.", StringComparison.Ordinal) == true ? id[2..] : id;

    /// <summary>Without knowing which of the two the page is, it cannot be told whom it talks with.</summary>
    private static string? Counterpart(string? sender, JsonFields message, GraphContext context)
    {
        if (context.Account is not { } own) return null;
        return sender is not null && sender != own
            ? sender
            : message.Object("to").Many("data").Where(to => to.ValueKind == JsonValueKind.Object).Select(to => JsonFields.Of(to).Id("id")).FirstOrDefault(id => id is not null && id != own);
    }

    private static IEnumerable<ActAttachment> Attachments(MetaItem item, JsonFields message)
    {
        foreach (var json in message.Object("attachments").Many("data").Where(json => json.ValueKind == JsonValueKind.Object))
        {
            var attachment = item.Fields(json);
            var url = attachment.Object("image_data").Id("url") ?? attachment.Object("video_data").Id("url") ?? attachment.Id("file_url");
            if (url is null) item.Flag(ActFlags.ContentNotDelivered);
            yield return new ActAttachment(
                MediaIdentity.Of(url) ?? attachment.Id("id"), FileName: null, attachment.Id("mime_type"), url, Content: null, Sha256Claimed: null, ArchivePath: null, item.Text(attachment, "name"));
        }

        if (message.Id("sticker") is { } sticker) yield return PageChange.Linked(MediaIdentity.Of(sticker), sticker);
        foreach (var json in message.Object("shares").Many("data").Where(json => json.ValueKind == JsonValueKind.Object))
        {
            var share = item.Fields(json);
            if (share.Id("link") is { } link) yield return PageChange.Linked(MediaIdentity.Of(link), link, item.Text(share, "name"));
        }
    }
}
