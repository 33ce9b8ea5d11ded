using System.Runtime.InteropServices;
using System.Text.Json;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Mastodon;

/// <summary>One answer, item by item.</summary>
public static partial class MastodonAnswer
{
    private sealed partial class Reading(MastodonAround around, DateTimeOffset? now)
    {
        private readonly List<ReadAct> read = [];
        private readonly Dictionary<string, string> addresses = new(StringComparer.Ordinal);

        public IReadOnlyList<ReadAct> All(JsonElement root)
        {
            if (around is { Item: { } item, ItemId: { } id }) addresses[id] = item;
            var known = new List<MastodonGlance>();
            MastodonAnswer.Glance(root, known, 0);
            foreach (var status in known) addresses[status.Id] = status.Uri;

            if (root.ValueKind != JsonValueKind.Array)
            {
                One(root, "");
            }
            else if (IsHistory(root))
            {
                Versions(root);
            }
            else
            {
                var n = 0;
                foreach (var element in root.EnumerateArray()) One(element, $"/{n++}");
            }

            return read;
        }

        private long Place => read.Count + 1;

        private void One(JsonElement json, string pointer)
        {
            if (json.ValueKind != JsonValueKind.Object)
            {
                read.Add(new ReadAct.Rejected(Place, RefusalCodes.NotAnObject, "An element must be a JSON object."));
                return;
            }

            var fields = JsonFields.Of(json);
            if (IsStatus(fields))
            {
                Status(json, fields, pointer, null);
            }
            else if (fields.Has("ancestors") || fields.Has("descendants"))
            {
                foreach (var name in (string[])["ancestors", "descendants"]) Each(fields, name, pointer);
            }
            else if (fields.Has("notification_groups"))
            {
                Each(fields, "statuses", pointer);
                foreach (var group in fields.Many("notification_groups")) Told(group.ValueKind == JsonValueKind.Object ? JsonFields.Of(group).Id("type") : null);
            }
            else if (fields.Has("last_status"))
            {
                var inner = fields.Object("last_status");
                if (IsStatus(inner)) Status(fields.Find("last_status")!.Value, inner, $"{pointer}/last_status", fields.Id("id"));
                else Told("conversation");
            }
            else if (fields.Has("accounts") && fields.Has("unread"))
            {
                Told("conversation");
            }
            else if (fields.Id("type") is { } type && fields.Has("account") && fields.Has("created_at"))
            {
                Notification(json, fields, type, pointer);
            }
            else if (fields.Id("error") is not null)
            {
                Told("error");
            }
            else
            {
                Told(fields.Has("scheduled_at") ? "scheduled-status" : fields.Has("options") ? "poll" : fields.Has("acct") ? "account" : fields.Has("domain") ? "instance" : "other");
            }
        }

        private void Each(JsonFields fields, string name, string pointer)
        {
            var n = 0;
            foreach (var element in fields.Many(name)) One(element, $"{pointer}/{name}/{n++}");
        }

        private void Told(string? what) => read.Add(new ReadAct.NotARecord(Place, what ?? "?"));

        private void Notification(JsonElement json, JsonFields fields, string type, string pointer)
        {
            var status = fields.Object("status");
            if (type is "favourite" or "reblog" && IsStatus(status))
            {
                Reaction(json, fields, status, type, pointer);
            }
            else if (type is "mention" or "status" or "update" or "poll" or "quote" or "quoted_update" && IsStatus(status))
            {
                Status(fields.Find("status")!.Value, status, $"{pointer}/status", null);
            }
            else
            {
                Told($"notification/{type}");
            }
        }

        /// <summary>Somebody's favourite or boost counts on the status that it stands under.</summary>
        private void Reaction(JsonElement json, JsonFields notification, JsonFields status, string type, string pointer)
        {
            var remarks = new Remarks();
            var by = Author(notification.Object("account"), null);
            var parent = status.Id("uri")!;
            var at = PlatformTime.Read(notification.Find("created_at"), now, remarks);
            Accept(json, pointer, remarks, new CapturedAct
            {
                Act = ActKind.React,
                NativeActName = $"notification/{type}",
                NativeId = $"{parent}/reaction/{type}/{by?.NativeId ?? by?.Handle ?? ""}",
                IdKind = "uri",
                NativeEventId = null,
                ParentNativeId = parent,
                Author = by,
                Audience = AudienceOf(status.Id("visibility"), remarks),
                OccurredAt = at,
                OccurredAtSource = at is null ? "none" : "platform",
                ActingParty = ActingParty.Author,
                ReactionKind = type,
            });
        }

        private void Status(JsonElement json, JsonFields status, string pointer, string? conversation)
        {
            var remarks = new Remarks();
            if (status.HasDuplicates) remarks.Flag(ActFlags.DuplicateKeys);
            var shared = status.Object("reblog");
            var isShare = status.Has("reblog");
            var audience = AudienceOf(status.Id("visibility"), remarks);
            var parent = isShare ? shared.Id("uri") : Parent(status);
            var created = PlatformTime.Read(status.Find("created_at"), now, remarks);
            var edited = PlatformTime.Read(status.Find("edited_at"), now, remarks);
            var said = isShare ? shared : status;
            if (isShare && Text(said, "content", remarks) is null) remarks.Flag(ActFlags.ContentNotDelivered);
            Accept(json, pointer, remarks, new CapturedAct
            {
                Act = isShare ? ActKind.Share : edited is null ? ActKind.Create : ActKind.Edit,
                NativeActName = Named(isShare, edited is not null),
                NativeId = status.Id("uri")!,
                IdKind = "uri",
                Kind = isShare ? ItemKind.Share : KindOf(audience, status.Has("poll"), status.Has("in_reply_to_id")),
                NativeKind = isShare ? "reblog" : "status",
                ParentNativeId = parent,
                ConversationId = conversation,
                Author = Author(status.Object("account"), status),
                Audience = audience,
                OccurredAt = created,
                OccurredAtSource = created is null ? "none" : "platform",
                EditedAt = isShare ? null : edited,
                ActingParty = ActingParty.Author,
                Text = Content(said, remarks),
                TextFormat = TextFormat.Html,
                ContentWarning = Warning(said, remarks),
                Permalink = status.Id("url") ?? (isShare ? shared.Id("url") : null),
                Attachments = Attachments(said, remarks),
            });
        }

        private static bool IsHistory(JsonElement root) => root.GetArrayLength() > 0 && root.EnumerateArray().All(element =>
            element.ValueKind == JsonValueKind.Object && JsonFields.Of(element) is var fields && fields.Has("content") && fields.Has("created_at") && fields.Has("account") && !fields.Has("id") && !fields.Has("uri"));

        /// <summary>All versions, the oldest first. They say neither which status they are of nor who could see it.</summary>
        private void Versions(JsonElement root)
        {
            var n = 0;
            DateTimeOffset? first = null;
            foreach (var json in root.EnumerateArray())
            {
                var remarks = new Remarks();
                var version = JsonFields.Of(json);
                if (version.HasDuplicates) remarks.Flag(ActFlags.DuplicateKeys);
                var at = PlatformTime.Read(version.Find("created_at"), now, remarks);
                if (n == 0) first = at;
                if (around.Item is not { } item)
                {
                    read.Add(new ReadAct.Rejected(Place, RefusalCodes.NativeIdMissing, "A version does not say which status it is of."));
                    n++;
                    continue;
                }

                var audience = AudienceOf(around.Audience, remarks);
                Accept(json, $"/{n}", remarks, new CapturedAct
                {
                    Act = n == 0 ? ActKind.Create : ActKind.Edit,
                    NativeActName = Named(isShare: false, edited: n > 0),
                    NativeId = item,
                    IdKind = "uri",
                    Kind = KindOf(audience, around.IsPoll || version.Has("poll"), around.IsReply || around.Parent is not null),
                    NativeKind = "status",
                    ParentNativeId = around.Parent,
                    Author = Author(version.Object("account"), null),
                    Audience = audience,
                    OccurredAt = first,
                    OccurredAtSource = first is null ? "none" : "platform",
                    EditedAt = n == 0 ? null : at,
                    ActingParty = ActingParty.Author,
                    Text = Content(version, remarks),
                    TextFormat = TextFormat.Html,
                    ContentWarning = Warning(version, remarks),
                    Attachments = Attachments(version, remarks),
                });
                n++;
            }
        }

        private void Accept(JsonElement json, string pointer, Remarks remarks, CapturedAct act)
        {
            var raw = JsonMarshal.GetRawUtf8Value(json).ToArray();
            read.Add(new ReadAct.Accepted(act with { Raw = raw, RawPointer = pointer, Flags = remarks.Flags }, Place));
        }
    }
}
