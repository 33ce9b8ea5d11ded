using System.Text.Json;
using ArchiveService.Capture.Exports;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.X;

/// <summary>What a delivery says about one account.</summary>
/// <param name="AccountId">The account the subscription is for; it decides the channel.</param>
/// <param name="Acts">One outcome a place, in order.</param>
public sealed record XEntry(string? AccountId, IReadOnlyList<ReadAct> Acts);

/// <summary>Reads a webhook delivery of X: the Activity API, and the Account Activity API before it.</summary>
public static class XWebhook
{
    /// <summary>Every event gives an outcome; what is not understood is kept. Never throws because of what the body says.</summary>
    public static IReadOnlyList<XEntry> Read(ReadOnlyMemory<byte> body, DateTimeOffset? now = null)
    {
        string? account = null;
        var acts = WholeBody.Read(body, root =>
        {
            if (root.ValueKind != JsonValueKind.Object) return [new ReadAct.Rejected(1, RefusalCodes.NotAnObject, "A delivery must be a JSON object.")];
            var delivery = JsonFields.Of(root);
            if (delivery.Find("data") is { ValueKind: JsonValueKind.Object } data && (delivery.Object("data").Has("event_type") || delivery.Object("data").Has("event_uuid")))
            {
                var happened = delivery.Object("data");
                account = happened.Object("filter").Id("user_id");
                return Activity(ExportItem.Of(data, 1, "/data", now), happened, account, delivery.Object("includes"));
            }

            account = delivery.Id("for_user_id") ?? delivery.Object("user_event").Object("revoke").Object("source").Id("user_id");
            return Legacy(root, delivery, account, now);
        });
        return [new XEntry(account, acts)];
    }

    private static IReadOnlyList<ReadAct> Activity(ExportItem item, JsonFields happened, string? account, JsonFields outer)
    {
        var type = happened.Id("event_type") ?? "?";
        var uuid = happened.Id("event_uuid");
        var payload = item.Object(happened, "payload");
        var post = payload.Has("id") || payload.Has("text") ? payload : item.Object(payload, "data") is var inner && inner.Has("id") ? inner : payload;
        var includes = new XIncludes(happened.Has("includes") ? item.Object(happened, "includes") : payload.Has("includes") ? item.Object(payload, "includes") : outer, account);
        ReadAct read = type switch
        {
            "post.delete" when payload.Id("id") is { } id => Deleted(item, id, payload.Id("author_id"), includes, type, null),
            _ when type.StartsWith("post.", StringComparison.Ordinal) && post.Has("id") => XPost.Read(item, post, includes, type),
            _ when type.StartsWith("dm.", StringComparison.Ordinal) && (post.Has("dm_conversation_id") || post.Has("sender_id")) && type is "dm.sent" or "dm.received" => XPost.ReadMessage(item, post, includes, type),
            "dm.read" or "dm.indicate_typing" => item.NotARecord(type),
            _ when type.StartsWith("follow.", StringComparison.Ordinal) || type.StartsWith("like.", StringComparison.Ordinal) || type.StartsWith("block.", StringComparison.Ordinal) || type.StartsWith("mute.", StringComparison.Ordinal) => item.NotARecord(type),
            // Encrypted: that something was written is known, what it was is not.
            _ when type.StartsWith("chat.", StringComparison.Ordinal) => Sealed(item, type, post, uuid, includes),
            _ when type.StartsWith("profile.update", StringComparison.Ordinal) && account is not null => Profile(item, type, account, payload, includes),
            "oauth.revoke" => Lost(item, type, account),
            _ => item.Unknown(type, uuid ?? item.NewId("x", account), Audience.Direct, item.Text(post, "text")),
        };
        return [read is ReadAct.Accepted accepted && uuid is not null ? accepted with { Act = accepted.Act with { NativeEventId = accepted.Act.NativeEventId ?? uuid } } : read];
    }

    private static ReadAct Deleted(ExportItem item, string id, string? by, XIncludes includes, string name, DateTimeOffset? at)
    {
        var author = includes.Author(by);
        return item.Accepted(new CapturedAct
        {
            Act = ActKind.Delete,
            NativeActName = name,
            NativeId = id,
            Kind = ItemKind.Post,
            Author = author,
            OccurredAt = at,
            OccurredAtSource = at is null ? "none" : "platform",
            ActingParty = ActingParty.Unknown,
        });
    }

    private static ReadAct Sealed(ExportItem item, string type, JsonFields payload, string? uuid, XIncludes includes)
    {
        item.Flag(ActFlags.ContentNotDelivered);
        return item.Accepted(new CapturedAct
        {
            Act = ActKind.Message,
            NativeActName = type,
            NativeId = payload.Id("id") ?? uuid ?? item.NewId("x"),
            Kind = ItemKind.Dm,
            ConversationId = payload.Id("conversation_id"),
            Author = includes.Author(payload.Id("sender_id")),
            Audience = Audience.Direct,
            OccurredAt = item.Time(payload, "created_at"),
            OccurredAtSource = payload.Has("created_at") ? "platform" : "none",
        });
    }

    private static ReadAct Profile(ExportItem item, string type, string account, JsonFields payload, XIncludes includes) => item.Accepted(new CapturedAct
    {
        Act = ActKind.ProfileChange,
        NativeActName = type,
        NativeId = account,
        Author = includes.Author(account),
        OccurredAtSource = "none",
        ActingParty = ActingParty.OwnChannel,
        Text = item.Text(payload, "after") ?? item.Text(payload, "new_value"),
    });

    private static ReadAct Lost(ExportItem item, string type, string? account) => item.Accepted(new CapturedAct
    {
        Act = ActKind.AccessLost,
        NativeActName = type,
        NativeId = account ?? item.NewId("x"),
        OccurredAtSource = "none",
        ActingParty = ActingParty.Platform,
    });

    private static List<ReadAct> Legacy(JsonElement root, JsonFields delivery, string? account, DateTimeOffset? now)
    {
        var acts = new List<ReadAct>();
        var place = 0L;
        var people = delivery.Object("users");
        foreach (var (name, list) in delivery.All)
        {
            if (name is "for_user_id" or "users" or "apps" or "user_has_blocked") continue;
            var many = list.ValueKind == JsonValueKind.Array;
            if (list.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object)) continue;
            foreach (var (index, element) in delivery.Many(name).Index())
            {
                var item = ExportItem.Of(element, ++place, many ? $"/{name}/{index}" : $"/{name}", now);
                acts.AddRange(Legacy(item, name, item.Fields(element), people, account));
            }
        }

        return acts.Count > 0 ? acts : [ExportItem.Of(root, 1, "", now) is var whole ? whole.Unknown("delivery", whole.NewId("x", account), Audience.Direct) : null!];
    }

    private static IReadOnlyList<ReadAct> Legacy(ExportItem item, string name, JsonFields value, JsonFields people, string? account)
    {
        switch (name)
        {
            case "tweet_create_events":
                return XTweet.Read(item, value, new XSurroundings(account), name);
            case "tweet_delete_events" when item.Object(value, "status").Id("id") is { } id:
                var by = item.Object(value, "status").Id("user_id");
                return [Deleted(item, id, by, new XIncludes(JsonFields.None, account), name, item.Time(value, "timestamp_ms"))];
            case "direct_message_events" when value.Id("id") is { } id && value.Id("type") is null or "message_create":
                return [Message(item, value, id, people, account)];
            case "user_event":
                return [Lost(item, name, account)];
            case "favorite_events" or "follow_events" or "block_events" or "mute_events" or "direct_message_indicate_typing_events" or "direct_message_mark_read_events":
                return [item.NotARecord(name)];
            default:
                return [item.Unknown(name, value.Id("id") ?? item.NewId("x", account), Audience.Direct)];
        }
    }

    private static ReadAct Message(ExportItem item, JsonFields message, string id, JsonFields people, string? account)
    {
        var created = item.Object(message, "message_create");
        var data = item.Object(created, "message_data");
        var by = created.Id("sender_id");
        var recipient = item.Object(created, "target").Id("recipient_id");
        var person = by is null ? JsonFields.None : item.Object(people, by);
        var own = by is not null && by == account;
        var media = item.Object(item.Object(data, "attachment"), "media");
        // One to one, as the archive and the v2 API name it: both accounts, the smaller first.
        var conversation = by is null || recipient is null ? null : string.Join('-', new[] { by, recipient }.OrderBy(x => x.Length).ThenBy(x => x, StringComparer.Ordinal));
        var at = item.Time(message, "created_timestamp");
        var url = item.Text(media, "media_url_https");
        return item.Accepted(new CapturedAct
        {
            Act = ActKind.Message,
            NativeActName = "direct_message_events",
            NativeId = id,
            Kind = ItemKind.Dm,
            ConversationId = conversation,
            Author = by is null ? null : new ActAuthor(by, item.Text(person, "name"), item.Text(person, "screen_name"), own, Operator: null),
            Audience = Audience.Direct,
            OccurredAt = at,
            OccurredAtSource = at is null ? "none" : "platform",
            ActingParty = own ? ActingParty.OwnChannel : ActingParty.Author,
            Text = XTweet.Shown(item.Text(data, "text"), item.Objects(item.Object(data, "entities"), "urls").Select(u => (item.Text(u, "url"), item.Text(u, "expanded_url")))),
            Attachments = url is null ? [] : [new ActAttachment(media.Id("id_str") ?? media.Id("id"), null, null, url, null, null, null, null)],
        });
    }
}
