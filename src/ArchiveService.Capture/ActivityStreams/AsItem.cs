using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.ActivityStreams;

/// <summary>One activity, object or actor of a document.</summary>
internal sealed class AsItem(JsonElement json, long place, string pointer, DateTimeOffset? now, string in1)
{
    private const string IdKind = "uri";

    private readonly Remarks remarks = new();

    public ReadAct Read()
    {
        // A collection may list addresses instead of what they lead to.
        if (json.ValueKind is not JsonValueKind.Object) return json.ValueKind == JsonValueKind.String ? new ReadAct.NotARecord(place, "address") : new ReadAct.Rejected(place, RefusalCodes.NotAnObject, $"{in1}An item must be a JSON object or an address.");
        var fields = AsFields.Of(json, remarks);
        fields.Validate(isRoot: false);
        var read = fields.Types.Select(type => Known(type, fields)).FirstOrDefault(known => known is not null) ?? Other(fields);
        return remarks.Refusal is { } refused ? new ReadAct.Rejected(place, refused.Code, in1 + refused.Detail) : read;
    }

    private ReadAct? Known(string type, AsFields fields) => type switch
    {
        "Create" or "Update" => Wrapped(type, fields),
        "Delete" => Removed(fields),
        "Tombstone" => fields.Id is { } gone ? Accepted(About(ActKind.Delete, "Tombstone", fields, gone) with { NativeKind = "Tombstone" }) : Unknown(type, fields),
        "Announce" => Share(fields),
        "Like" or "Dislike" => Reaction(ActKind.React, type, fields, fields.Link("actor")),
        "Undo" => Undone(fields),

        // Receipts: somebody saw, heard or read it.
        "View" or "Read" or "Listen" => new ReadAct.NotARecord(place, type),
        "Link" or "Mention" => new ReadAct.NotARecord(place, type),
        "Person" or "Group" or "Organization" or "Application" or "Service" => Profile(fields, type),
        "Question" or "Note" or "Article" or "Page" or "Video" or "Audio" or "Image" or "Document" or "Event" => Item(ActKind.Create, fields, type, type, fields.Id, fields),
        "Activity" or "IntransitiveActivity" or "Accept" or "TentativeAccept" or "Add" or "Arrive" or "Block" or "Flag" or "Follow" or "Ignore" or "Invite" or "Join" or "Leave" or "Move" or "Offer"
            or "Reject" or "TentativeReject" or "Remove" or "Travel" => Unknown(type, fields),
        "Object" or "Place" or "Profile" or "Relationship" => Item(ActKind.Create, fields, type, type, fields.Id, fields),
        _ => null,
    };

    /// <summary>A type of somebody's own, or none: an act when something is done in it, else an item; what says nothing is not a record.</summary>
    private ReadAct Other(AsFields fields)
    {
        var type = fields.Types.Count > 0 ? fields.Types[0] : null;
        if (fields.HasAny("object", "actor", "target")) return Unknown(type ?? "?", fields);
        if (type is null && !fields.HasAny("content", "contentMap", "name", "nameMap", "summary", "summaryMap", "attachment", "url")) return new ReadAct.NotARecord(place, "untyped");
        return Item(ActKind.Create, fields, type ?? "?", type, fields.Id, fields);
    }

    private ReadAct Wrapped(string type, AsFields activity)
    {
        if (Object(activity) is not { } item || item.Types.Count == 0) return Unknown(type, activity);
        item.Validate(isRoot: false);
        if (item.Types.Any(t => t is "Person" or "Group" or "Organization" or "Application" or "Service")) return Profile(item, $"{type}/{item.Types[0]}");
        if (item.Types.Any(t => t is "Tombstone")) return Removed(activity);
        return Item(type == "Create" ? ActKind.Create : ActKind.Edit, item, $"{type}/{item.Types[0]}", item.Types[0], item.Id, activity);
    }

    private ReadAct Item(ActKind act, AsFields item, string name, string? type, string? id, AsFields activity)
    {
        var parent = item.Link("inReplyTo");
        var published = item.Time("published", now) ?? (ReferenceEquals(item, activity) ? null : activity.Time("published", now));
        var edited = item.Time("updated", now);
        if (edited is not null && act == ActKind.Create) remarks.Flag(ActFlags.EarlierVersionsMissing);
        var occurredAt = act == ActKind.Edit ? edited ?? activity.Time("published", now) ?? published : published ?? edited;
        var kind = Kind(item.Types, parent);
        return Accepted(new CapturedAct
        {
            Act = act,
            NativeActName = name,
            NativeId = id ?? NewId(),
            IdKind = IdKind,
            NativeEventId = ReferenceEquals(item, activity) ? null : activity.Id,
            Kind = kind,
            NativeKind = type,
            ParentNativeId = parent,
            ConversationId = item.Values("conversation").Concat(item.Values("context")).Select(item.LinkOf).FirstOrDefault(link => link is not null),
            Author = Author(item.Values("attributedTo").Concat(activity.Values("actor"))),
            Audience = Audience(item.HasAny("to", "cc", "bto", "bcc", "audience") ? item : activity),
            OccurredAt = occurredAt,
            OccurredAtSource = occurredAt is null ? "none" : "platform",
            EditedAt = edited,
            ActingParty = ActingParty.Author,
            Text = Content(item),
            TextFormat = item.Values("mediaType").Select(JsonFields.IdOf).FirstOrDefault() is { } media && media != "text/html" ? TextFormat.Plain : TextFormat.Html,
            ContentWarning = item.HasAny("content", "contentMap") ? item.Text("summary") : null,
            Permalink = item.Link("url"),
            Attachments = [.. Attachments(item).Take(CaptureLimits.MaxAttachments)],
        });
    }

    private ItemKind Kind(IReadOnlyList<string> types, string? parent)
    {
        foreach (var type in types)
        {
            switch (type)
            {
                case "Question":
                    return ItemKind.Poll;
                case "Video":
                    return ItemKind.Video;
                case "Note" or "Article" or "Page" or "Image" or "Audio" or "Document" or "Event":
                    return parent is null ? ItemKind.Post : ItemKind.Reply;
            }
        }

        remarks.Flag(ActFlags.UnknownKind);
        return ItemKind.Unknown;
    }

    private ReadAct Share(AsFields activity)
    {
        var shared = activity.Link("object");
        var item = Object(activity);
        if (item?.HasAny("content", "contentMap") != true) remarks.Flag(ActFlags.ContentNotDelivered);
        return Accepted(About(ActKind.Share, "Announce", activity, activity.Id ?? NewId()) with
        {
            Kind = ItemKind.Share,
            NativeKind = "Announce",
            ParentNativeId = shared,
            Permalink = activity.Link("url") ?? shared,
            Text = item is null ? null : Content(item),
            TextFormat = TextFormat.Html,
        });
    }

    private ReadAct Removed(AsFields activity) => activity.Link("object") is { } removed
        ? Accepted(About(ActKind.Delete, "Delete", activity, removed) with { NativeKind = Object(activity)?.Text("formerType") })
        : Unknown("Delete", activity);

    private ReadAct Reaction(ActKind act, string type, AsFields activity, string? actor)
    {
        if (activity.Link("object") is not { } target) return Unknown(type, activity);

        // One account has one reaction on one item, so setting it and taking it back share an id.
        return Accepted(About(act, type, activity, actor is null ? activity.Id ?? NewId() : Bounded($"{target}/reaction/{actor}")) with { ParentNativeId = target, NativeKind = type, ReactionKind = type });
    }

    private ReadAct Undone(AsFields activity)
    {
        if (Object(activity) is not { } undone) return Unknown("Undo", activity);
        var type = First(undone);
        if (type is "Like" or "Dislike" && undone.Link("object") is { } target)
        {
            var actor = undone.Link("actor") ?? activity.Link("actor");
            return Accepted(About(ActKind.Unreact, $"Undo/{type}", activity, actor is null ? undone.Id ?? NewId() : Bounded($"{target}/reaction/{actor}")) with { ParentNativeId = target, NativeKind = type, ReactionKind = type });
        }

        return type == "Announce" && undone.Id is { } share ? Accepted(About(ActKind.Delete, "Undo/Announce", activity, share) with { NativeKind = type }) : Unknown("Undo", activity);
    }

    private ReadAct Profile(AsFields actor, string name)
    {
        var author = Author(actor);
        if (author is null) return new ReadAct.NotARecord(place, name);
        return Accepted(About(ActKind.ProfileChange, name, actor, author.NativeId ?? NewId()) with { Author = author, Audience = Capture.Audience.Public, NativeKind = First(actor) });
    }

    private ReadAct Unknown(string type, AsFields activity)
    {
        remarks.Flag(ActFlags.UnknownAct);
        remarks.Flag(ActFlags.UnknownKind);
        return Accepted(About(ActKind.Unknown, type.Length == 0 ? "?" : type, activity, activity.Id ?? NewId()) with
        {
            NativeKind = Object(activity) is { } about ? First(about) : null,
            ParentNativeId = activity.Link("object"),
            Text = Content(activity),
            TextFormat = TextFormat.Html,
        });
    }

    private CapturedAct About(ActKind act, string name, AsFields activity, string nativeId)
    {
        var occurredAt = activity.Time("published", now) ?? activity.Time("updated", now);
        return new CapturedAct
        {
            Act = act,
            NativeActName = name,
            NativeId = nativeId,
            IdKind = IdKind,
            NativeEventId = activity.Id,
            Author = Author(activity.Values("actor")),
            Audience = Audience(activity),
            OccurredAt = occurredAt,
            OccurredAtSource = occurredAt is null ? "none" : "platform",
            ActingParty = ActingParty.Author,
        };
    }

    private AsFields? Object(AsFields activity) => activity.Values("object").FirstOrDefault(o => o.ValueKind == JsonValueKind.Object) is { ValueKind: JsonValueKind.Object } found ? AsFields.Of(found, remarks) : null;

    private ActAuthor? Author(IEnumerable<JsonElement> actors)
    {
        foreach (var actor in actors)
        {
            if (actor.ValueKind == JsonValueKind.Object && Author(AsFields.Of(actor, remarks)) is { } author) return author;
            if (actor.ValueKind == JsonValueKind.String && JsonFields.IdOf(actor) is { } id) return new ActAuthor(id, DisplayName: null, Handle: null, ClaimsOwnChannel: false, Operator: null);
        }

        return null;
    }

    private static ActAuthor? Author(AsFields actor)
    {
        var id = actor.Id ?? actor.Link("url");
        var name = Short(actor.Text("name"));
        var handle = Short(actor.Text("preferredUsername"));
        return id is null && name is null && handle is null ? null : new ActAuthor(id, name, handle, ClaimsOwnChannel: false, Operator: null);
    }

    /// <summary>By its recipients; a document that names none says nothing of who could see it, and the narrowest is assumed.</summary>
    private Audience Audience(AsFields item)
    {
        List<string> To(string name) => [.. item.Values(name).Select(item.LinkOf).OfType<string>()];
        var (to, others) = (To("to"), To("cc").Concat(To("audience")).ToList());
        if (to.Count + others.Count == 0)
        {
            remarks.Flag(ActFlags.UnknownAudience);
            return Capture.Audience.Direct;
        }

        if (to.Exists(IsEverybody)) return Capture.Audience.Public;
        if (others.Exists(IsEverybody)) return Capture.Audience.Unlisted;
        return to.Concat(others).Any(recipient => recipient.EndsWith("/followers", StringComparison.Ordinal)) ? Capture.Audience.Followers : Capture.Audience.Direct;
    }

    private static bool IsEverybody(string recipient) => recipient is "https://www.w3.org/ns/activitystreams#Public" or "http://www.w3.org/ns/activitystreams#Public" or "as:Public" or "Public";

    /// <summary>An object without content shows its name; a poll's answers are part of what was published.</summary>
    private string? Content(AsFields item)
    {
        var content = item.Text("content") ?? item.Text("name") ?? item.Text("summary");
        var answers = item.Values("oneOf").Concat(item.Values("anyOf")).Where(answer => answer.ValueKind == JsonValueKind.Object).Select(answer => AsFields.Of(answer, remarks).Text("name")).OfType<string>().ToList();
        if (answers.Count == 0) return content;
        var list = new StringBuilder(content).Append("<ul>");
        foreach (var answer in answers) list.Append("<li>").Append(WebUtility.HtmlEncode(answer)).Append("</li>");
        return remarks.Cut(list.Append("</ul>").ToString());
    }

    private IEnumerable<ActAttachment> Attachments(AsFields item)
    {
        foreach (var file in item.Values("attachment").Concat(item.Values("image")))
        {
            var fields = AsFields.Of(file, remarks);
            if (fields.Types.Any(type => type is "PropertyValue")) continue;
            var url = fields.Link("url") ?? fields.Values("href").Select(JsonFields.IdOf).FirstOrDefault() ?? item.LinkOf(file);
            yield return Attachment(fields, url);
        }

        // What is itself a file has its bytes at its own address.
        if (!item.Types.Any(type => type is "Image" or "Video" or "Audio" or "Document")) yield break;
        foreach (var link in item.Values("url"))
        {
            var fields = AsFields.Of(link, remarks);
            var media = fields.Values("mediaType").Select(JsonFields.IdOf).FirstOrDefault();
            if (media != "text/html" && item.LinkOf(link) is { } url && AsFields.IsAbsolute(url)) yield return Attachment(fields, url);
        }
    }

    private static ActAttachment Attachment(AsFields fields, string? url) => new(
        fields.Id is { } id && id != url ? id : null,
        FileName: null,
        fields.Values("mediaType").Select(JsonFields.IdOf).FirstOrDefault(),
        AsFields.IsAbsolute(url) ? url : null,
        Content: null,
        Sha256Claimed: null,
        ArchivePath: null,
        fields.Text("name"));

    private ReadAct Accepted(CapturedAct act) => new ReadAct.Accepted(act with { Raw = Raw(), RawPointer = pointer, Flags = remarks.Flags }, place);

    private byte[] Raw() => JsonMarshal.GetRawUtf8Value(json).ToArray();

    private string NewId()
    {
        remarks.Flag(ActFlags.SyntheticId);
        return SyntheticId.For(Raw());
    }

    /// <summary>Two long addresses may make an id that is longer than an id may be.</summary>
    private string Bounded(string id) => id.Length <= CaptureLimits.MaxShortTextChars ? id : NewId();

    private static string? First(AsFields of) => of.Types.Count > 0 ? of.Types[0] : null;

    private static string? Short(string? text) => string.IsNullOrWhiteSpace(text) || text.Length > CaptureLimits.MaxShortTextChars ? null : text;
}
