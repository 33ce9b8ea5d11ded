using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Mastodon;

/// <summary>What is known around an answer of Mastodon's API, from who asked for it.</summary>
/// <param name="Item">The address of the status that was asked about: earlier versions and deletions do not say it.</param>
/// <param name="ItemId">The same status' id at the server that was asked.</param>
/// <param name="Audience">That status' <c>visibility</c>.</param>
/// <param name="Parent">What that status answers.</param>
/// <param name="IsReply">That status answers another, whose address may not be known.</param>
/// <param name="IsPoll">That status asks a question.</param>
/// <param name="OwnAccount">The id of the channel's account at the server.</param>
/// <param name="OwnPrefix">What the addresses of the channel's own statuses begin with, up to the id.</param>
public sealed record MastodonAround(
    string? Item = null, string? ItemId = null, string? Audience = null, string? Parent = null, bool IsReply = false, bool IsPoll = false, string? OwnAccount = null, string? OwnPrefix = null)
{
    /// <summary>Nothing is known.</summary>
    public static MastodonAround Nothing { get; } = new();
}

/// <summary>A status in an answer, as far as who polls needs to know it.</summary>
/// <param name="Id">At the server that was asked.</param>
/// <param name="Uri">Its address in the fediverse, the same wherever it is asked for.</param>
/// <param name="Visibility">The platform's word.</param>
/// <param name="EditedAt">As written; null when it was never edited.</param>
/// <param name="Replies">How many answers it has.</param>
/// <param name="Account">The id of its account at the server.</param>
/// <param name="ParentId">The id of what it answers.</param>
/// <param name="ParentAccount">The id of the account that it answers.</param>
/// <param name="IsPoll">It asks a question.</param>
/// <param name="IsShare">It passes something on.</param>
public sealed record MastodonGlance(string Id, string Uri, string? Visibility, string? EditedAt, long Replies, string? Account, string? ParentId, string? ParentAccount, bool IsPoll, bool IsShare);

/// <summary>
/// Reads what Mastodon's REST API answers, whichever of its shapes it has: statuses alone or in a list, a thread, all versions of a status, notifications and
/// conversations. An item has the same id as in an account's archive: its <c>uri</c>.
/// </summary>
public static class MastodonAnswer
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = CaptureLimits.MaxDepth };

    /// <summary>One result for every place in the answer.</summary>
    public static IReadOnlyList<ReadAct> Read(ReadOnlyMemory<byte> body, MastodonAround around, DateTimeOffset? now)
    {
        try
        {
            using var json = JsonDocument.Parse(body, Options);
            return new Reading(around, now).All(json.RootElement);
        }
        catch (JsonException)
        {
            return [new ReadAct.Rejected(1, RefusalCodes.BrokenJson, $"Not JSON, or nested deeper than {CaptureLimits.MaxDepth}.")];
        }
    }

    /// <summary>An item that the server no longer has: concluded, since nobody told of its deletion.</summary>
    public static ReadAct Absent(ReadOnlyMemory<byte> body, MastodonAround around, DateTimeOffset? now) => around.Item is not { } item
        ? new ReadAct.NotARecord(1, "absent")
        : new ReadAct.Accepted(
            new CapturedAct
            {
                Act = ActKind.Delete,
                NativeActName = "absent",
                NativeId = item,
                IdKind = "uri",
                ObservedAt = now,
                OccurredAtSource = "none",
                Audience = Audience.Direct,
                Certainty = Certainty.Inferred,
                Raw = body,
                RawPointer = "",
            },
            1);

    /// <summary>The statuses that stand in an answer, in its order; none when it cannot be read.</summary>
    public static IReadOnlyList<MastodonGlance> Glance(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body, Options);
            var found = new List<MastodonGlance>();
            Glance(json.RootElement, found, 0);
            return found;
        }
        catch (JsonException)
        {
            return [];
        }
    }

    /// <summary>The ids of the elements of a list, in its order, such as those of notifications.</summary>
    public static IReadOnlyList<string> Ids(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body, Options);
            return json.RootElement.ValueKind == JsonValueKind.Array
                ? [.. json.RootElement.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.Object).Select(e => JsonFields.Of(e).Id("id")).OfType<string>()]
                : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static void Glance(JsonElement json, List<MastodonGlance> found, int depth)
    {
        if (json.ValueKind == JsonValueKind.Array)
        {
            foreach (var element in json.EnumerateArray()) Glance(element, found, depth);
            return;
        }

        if (json.ValueKind != JsonValueKind.Object || depth > 2) return;
        var fields = JsonFields.Of(json);
        if (IsStatus(fields) && fields.Id("id") is { } id)
        {
            found.Add(new(id, fields.Id("uri")!, fields.Id("visibility"), fields.Id("edited_at"), long.TryParse(fields.Id("replies_count"), out var replies) ? replies : 0,
                fields.Object("account").Id("id"), fields.Id("in_reply_to_id"), fields.Id("in_reply_to_account_id"), fields.Has("poll"), fields.Has("reblog")));
            return;
        }

        foreach (var name in (string[])["status", "last_status", "ancestors", "descendants", "statuses"])
        {
            if (fields.Find(name) is { } inner) Glance(inner, found, depth + 1);
        }
    }

    private static bool IsStatus(JsonFields fields) => fields.Id("uri") is not null && fields.Has("account") && (fields.Has("content") || fields.Has("reblog"));

    private sealed class Reading(MastodonAround around, DateTimeOffset? now)
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

        /// <summary>The same name for the same act, whichever answer tells of it: it is part of what makes a version one.</summary>
        private static string Named(bool isShare, bool edited) => isShare ? "status/reblog" : edited ? "status/edited" : "status";

        private static ItemKind KindOf(Audience audience, bool isPoll, bool isReply) =>
            audience == Audience.Direct ? ItemKind.Dm : isPoll ? ItemKind.Poll : isReply ? ItemKind.Reply : ItemKind.Post;

        private static Audience AudienceOf(string? visibility, Remarks remarks)
        {
            switch (visibility)
            {
                case "public":
                    return Audience.Public;
                case "unlisted":
                    return Audience.Unlisted;
                case "private":
                    return Audience.Followers;
                case "direct":
                    return Audience.Direct;
                default:
                    remarks.Flag(ActFlags.UnknownAudience);
                    return Audience.Direct;
            }
        }

        /// <summary>A status names what it answers by an id of the server's own: its address is known from beside it, or from how the account's own addresses are built.</summary>
        private string? Parent(JsonFields status)
        {
            if (status.Id("in_reply_to_id") is not { } id) return null;
            if (addresses.TryGetValue(id, out var known)) return known;
            var answered = status.Id("in_reply_to_account_id");
            if (around is { OwnAccount: { } own, OwnPrefix: { } prefix } && answered == own) return prefix + id;
            return answered is not null && answered == status.Object("account").Id("id") && OwnPrefix(status) is { } same ? same + id : null;
        }

        private static string? OwnPrefix(JsonFields status) =>
            status.Id("uri") is { } uri && status.Id("id") is { } id && uri.EndsWith("/" + id, StringComparison.Ordinal) ? uri[..^id.Length] : null;

        private ActAuthor? Author(JsonFields account, JsonFields? status)
        {
            var id = account.Id("uri") ?? (status?.Id("uri") is { } uri && uri.LastIndexOf("/statuses/", StringComparison.Ordinal) is > 0 and var at ? uri[..at] : null) ?? account.Id("url");
            if (id is null && account.Id("acct") is null) return null;
            var acct = account.Id("acct");
            var handle = acct is null ? null
                : acct.Contains('@', StringComparison.Ordinal) ? "@" + acct
                : Uri.TryCreate(account.Id("url") ?? id, UriKind.Absolute, out var address) ? $"@{acct}@{(address.IsDefaultPort ? address.Host : address.Authority)}" : "@" + acct;
            return new(id, account.Id("display_name") ?? account.Id("username"), handle, around.OwnAccount is { } own && account.Id("id") == own, Operator: null);
        }

        /// <summary>A poll's answers are part of what was published, but stand outside the content.</summary>
        private static string? Content(JsonFields item, Remarks remarks)
        {
            var content = Text(item, "content", remarks);
            var answers = item.Object("poll").Many("options").Where(option => option.ValueKind == JsonValueKind.Object).Select(option => Text(JsonFields.Of(option), "title", remarks)).OfType<string>().ToList();
            if (answers.Count == 0) return content;
            var list = new StringBuilder(content).Append("<ul>");
            foreach (var answer in answers) list.Append("<li>").Append(WebUtility.HtmlEncode(answer)).Append("</li>");
            return remarks.Cut(list.Append("</ul>").ToString());
        }

        private static string? Warning(JsonFields item, Remarks remarks) => Text(item, "spoiler_text", remarks) is { Length: > 0 } warning ? warning : null;

        private static List<ActAttachment> Attachments(JsonFields item, Remarks remarks) =>
        [
            .. item.Many("media_attachments").Where(json => json.ValueKind == JsonValueKind.Object).Take(CaptureLimits.MaxAttachments).Select(json =>
            {
                var media = JsonFields.Of(json);
                return new ActAttachment(
                    media.Id("id"), FileName(media.Id("url") ?? media.Id("remote_url")), MediaType: null, media.Id("url") ?? media.Id("remote_url"), Content: null, Sha256Claimed: null, ArchivePath: null,
                    Text(media, "description", remarks));
            }),
        ];

        private static string? FileName(string? url) =>
            Uri.TryCreate(url, UriKind.Absolute, out var address) && address.AbsolutePath[(address.AbsolutePath.LastIndexOf('/') + 1)..] is { Length: > 0 and < 256 } name && !name.Contains('%', StringComparison.Ordinal) ? name : null;

        private static string? Text(JsonFields fields, string name, Remarks remarks)
        {
            if (fields.Find(name) is not { ValueKind: JsonValueKind.String } written) return null;
            var text = JsonText.Of(written, out var faults);
            remarks.Flag(faults);
            return remarks.Cut(text);
        }
    }
}
