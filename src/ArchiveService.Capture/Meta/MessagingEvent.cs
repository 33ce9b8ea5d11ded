using System.Text.Json;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Meta;

/// <summary>A direct message or what happened to one, from <c>messaging</c> or <c>standby</c> (another app holds the thread).</summary>
internal static class MessagingEvent
{
    public static ReadAct Read(MetaItem item, string list, JsonFields happened)
    {
        var message = happened.Object("message");
        if (happened.Has("message")) return Message(item, list, happened, message);
        if (happened.Has("message_edit")) return Edit(item, list, happened, happened.Object("message_edit"));
        if (happened.Has("reaction")) return Reaction(item, list, happened, happened.Object("reaction"));
        if (happened.Has("postback")) return Postback(item, list, happened, happened.Object("postback"));
        foreach (var receipt in new[] { "read", "delivery", "seen", "typing" })
        {
            if (happened.Has(receipt)) return item.NotARecord($"{list}/{receipt}");
        }

        return Unknown(item, $"{list}/{OwnName(happened)}", happened);
    }

    private static string OwnName(JsonFields happened) =>
        happened.All.Select(member => member.Key).FirstOrDefault(name => name is not ("sender" or "recipient" or "timestamp")) ?? "?";

    private static ReadAct Message(MetaItem item, string list, JsonFields happened, JsonFields message)
    {
        var echo = message.Truth("is_echo") == true;
        if (message.Id("mid") is not { } mid) return Unknown(item, $"{list}/message", happened);
        if (message.Truth("is_deleted") == true)
            return item.Accepted(About(item, happened, ActKind.MessageUnsend, $"{list}/message/deleted", mid, echo));

        var attachments = Attachments(item, message).ToArray();
        if (message.Truth("is_unsupported") == true) item.Flag(ActFlags.ContentNotDelivered);
        var replyTo = message.Object("reply_to");
        return item.Accepted(About(item, happened, ActKind.Message, echo ? $"{list}/message/echo" : $"{list}/message", mid, echo, message.Id("app_id")) with
        {
            ParentNativeId = replyTo.Id("mid") ?? replyTo.Object("story").Id("id"),
            Text = item.Text(message, "text"),
            Attachments = attachments,
        });
    }

    private static ReadAct Edit(MetaItem item, string list, JsonFields happened, JsonFields edit)
    {
        if (edit.Id("mid") is not { } mid) return Unknown(item, $"{list}/message_edit", happened);
        var act = About(item, happened, ActKind.Edit, $"{list}/message_edit", mid, echo: false);
        return item.Accepted(act with
        {
            NativeEventId = edit.Id("num_edit") is { } count ? $"{mid}/edit/{count}" : null,
            EditedAt = act.OccurredAt,
            Text = item.Text(edit, "text"),
        });
    }

    private static ReadAct Reaction(MetaItem item, string list, JsonFields happened, JsonFields reaction)
    {
        var action = reaction.Id("action");
        if (reaction.Id("mid") is not { } mid) return Unknown(item, $"{list}/reaction", happened);
        var act = action switch
        {
            "react" => ActKind.React,
            "unreact" => ActKind.Unreact,
            _ => ActKind.Unknown,
        };
        if (act == ActKind.Unknown) item.Flag(ActFlags.UnknownAct);
        return item.Accepted(About(item, happened, act, $"{list}/reaction/{action ?? "?"}", PageChange.ReactionId(item, mid, Sender(happened)), echo: false) with
        {
            Kind = ItemKind.Unknown,
            NativeKind = "reaction",
            ParentNativeId = mid,
            ReactionKind = reaction.Id("reaction") ?? reaction.Id("emoji"),
        });
    }

    /// <summary>The visitor pressed a prepared answer; what stood on it is what was said.</summary>
    private static ReadAct Postback(MetaItem item, string list, JsonFields happened, JsonFields postback) =>
        item.Accepted(About(item, happened, ActKind.Message, $"{list}/postback", postback.Id("mid") ?? item.NewId(), echo: false) with
        {
            NativeKind = "postback",
            Text = item.Text(postback, "title"),
        });

    private static ReadAct Unknown(MetaItem item, string name, JsonFields happened) =>
        item.Unknown(name, JsonFields.None, Audience.Direct, item.TimeOr(happened, "timestamp"), Author(item, happened, echo: false, app: null));

    private static CapturedAct About(MetaItem item, JsonFields happened, ActKind act, string name, string nativeId, bool echo, string? app = null)
    {
        var (at, source) = item.TimeOr(happened, "timestamp");
        var author = Author(item, happened, echo, app);
        return new CapturedAct
        {
            Act = act,
            NativeActName = name,
            NativeId = nativeId,
            Kind = ItemKind.Dm,
            NativeKind = "message",
            ConversationId = Counterpart(item, happened),
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
        };
    }

    private static string? Sender(JsonFields happened) => happened.Object("sender").Id("id");

    private static ActAuthor? Author(MetaItem item, JsonFields happened, bool echo, string? app) =>
        Sender(happened) is { } sender ? new ActAuthor(sender, null, null, echo || item.IsOwn(sender), echo ? app : null) : null;

    /// <summary>A page talks with one visitor in a thread; the visitor's page-scoped id names it from both sides.</summary>
    private static string? Counterpart(MetaItem item, JsonFields happened)
    {
        var recipient = happened.Object("recipient").Id("id");
        return Sender(happened) is { } sender && !item.IsOwn(sender) ? sender : recipient;
    }

    private static IEnumerable<ActAttachment> Attachments(MetaItem item, JsonFields message)
    {
        foreach (var json in message.Many("attachments").Where(json => json.ValueKind == JsonValueKind.Object))
        {
            var attachment = item.Fields(json);
            var payload = attachment.Object("payload");
            if (attachment.Id("type") is "unsupported_type") item.Flag(ActFlags.ContentNotDelivered);
            var url = payload.Id("url") ?? attachment.Id("url");
            yield return PageChange.Linked(
                payload.Id("sticker_id") ?? payload.Id("id") ?? MediaIdentity.Of(url),
                url,
                item.Text(payload, "title") ?? item.Text(attachment, "title"));
        }
    }
}
