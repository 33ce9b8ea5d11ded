using System.Net;
using System.Text;
using System.Text.Json;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Mastodon;

/// <summary>One ActivityStreams activity of an outbox.</summary>
internal sealed class MastodonActivity(MastodonArchive archive, byte[] raw, long place, string pointer, DateTimeOffset? now)
{
    private const string IdKind = "uri";

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = CaptureLimits.MaxDepth };

    private readonly Remarks remarks = new();

    public ReadAct Read()
    {
        try
        {
            using var json = JsonDocument.Parse(raw, Options);
            if (json.RootElement.ValueKind != JsonValueKind.Object) return new ReadAct.Rejected(place, RefusalCodes.NotAnObject, "An activity must be a JSON object.");
            var act = Read(Fields(json.RootElement));
            return new ReadAct.Accepted(act with { Raw = raw, RawPointer = pointer, Flags = remarks.Flags }, place);
        }
        catch (JsonException)
        {
            return new ReadAct.Rejected(place, RefusalCodes.BrokenJson, $"Not JSON, or nested deeper than {CaptureLimits.MaxDepth}.");
        }
    }

    private CapturedAct Read(JsonFields activity)
    {
        var type = activity.Id("type");
        var item = activity.Find("object") is { ValueKind: JsonValueKind.Object } json ? Fields(json) : JsonFields.None;
        return type switch
        {
            "Create" when item.Has("type") => Item(ActKind.Create, activity, item),
            "Update" when item.Has("type") => Item(ActKind.Edit, activity, item),
            "Delete" => Removed(activity, item),
            "Announce" => Share(activity, item),
            _ => Unknown(type, activity, item),
        };
    }

    private CapturedAct Item(ActKind act, JsonFields activity, JsonFields item)
    {
        var type = item.Id("type");
        var audience = MastodonAudience.Of(item.Has("to") || item.Has("cc") ? item : activity, archive.Account);
        var inReplyTo = item.Many("inReplyTo").Select(Link).FirstOrDefault(link => link is not null);
        var kind = audience == Audience.Direct ? ItemKind.Dm : KindOf(type, inReplyTo);
        var edited = Time(item, "updated");
        if (edited is not null && act == ActKind.Create) remarks.Flag(ActFlags.EarlierVersionsMissing);
        var occurredAt = act == ActKind.Edit ? edited ?? Time(activity, "published") : Time(item, "published") ?? Time(activity, "published");
        return new CapturedAct
        {
            Act = act,
            NativeActName = $"{activity.Id("type")}/{type}",
            NativeId = item.Id("id") ?? NewId(),
            IdKind = IdKind,
            NativeEventId = activity.Id("id"),
            Kind = kind,
            NativeKind = type,
            ParentNativeId = inReplyTo,
            ConversationId = item.Id("conversation") ?? item.Id("context"),
            Author = Author(item.Many("attributedTo").Concat(activity.Many("actor")).Select(Link).FirstOrDefault(link => link is not null)),
            Audience = audience,
            OccurredAt = occurredAt,
            OccurredAtSource = occurredAt is null ? "none" : "platform",
            EditedAt = edited,
            ActingParty = ActingParty.OwnChannel,
            Text = Content(item),
            TextFormat = TextFormat.Html,
            ContentWarning = Text(item, "summary"),
            Permalink = item.Many("url").Select(Link).FirstOrDefault(link => link is not null),
            Attachments = [.. item.Many("attachment").Where(json => json.ValueKind == JsonValueKind.Object).Select(json => Attachment(Fields(json)))],
        };
    }

    private ItemKind KindOf(string? type, string? inReplyTo)
    {
        switch (type)
        {
            case "Question":
                return ItemKind.Poll;
            case "Video":
                return ItemKind.Video;
            case "Note" or "Article" or "Page" or "Image" or "Audio" or "Document" or "Event":
                return inReplyTo is null ? ItemKind.Post : ItemKind.Reply;
            default:
                remarks.Flag(ActFlags.UnknownKind);
                return ItemKind.Unknown;
        }
    }

    /// <summary>Someone else's item passed on: only its address is in the archive.</summary>
    private CapturedAct Share(JsonFields activity, JsonFields item)
    {
        var shared = item.Id("id") ?? activity.Id("object");
        if (!item.Has("content")) remarks.Flag(ActFlags.ContentNotDelivered);
        return About(ActKind.Share, "Announce", activity, activity.Id("id") ?? NewId()) with
        {
            Kind = ItemKind.Share,
            NativeKind = "Announce",
            ParentNativeId = shared,
            Permalink = shared,
            Text = Content(item),
            TextFormat = TextFormat.Html,
        };
    }

    private CapturedAct Removed(JsonFields activity, JsonFields item)
    {
        var removed = item.Id("id") ?? activity.Id("object");
        return removed is null ? Unknown("Delete", activity, item) : About(ActKind.Delete, "Delete", activity, removed) with { NativeKind = item.Id("formerType") };
    }

    private CapturedAct Unknown(string? type, JsonFields activity, JsonFields item)
    {
        remarks.Flag(ActFlags.UnknownAct);
        remarks.Flag(ActFlags.UnknownKind);
        return About(ActKind.Unknown, type ?? "?", activity, activity.Id("id") ?? NewId()) with
        {
            NativeKind = item.Id("type"),
            ParentNativeId = item.Id("id") ?? activity.Id("object"),
            Text = Content(item),
            TextFormat = TextFormat.Html,
        };
    }

    private CapturedAct About(ActKind act, string name, JsonFields activity, string nativeId)
    {
        var occurredAt = Time(activity, "published");
        return new CapturedAct
        {
            Act = act,
            NativeActName = name,
            NativeId = nativeId,
            IdKind = IdKind,
            NativeEventId = activity.Id("id"),
            Author = Author(activity.Many("actor").Select(Link).FirstOrDefault(link => link is not null)),
            Audience = MastodonAudience.Of(activity, archive.Account),
            OccurredAt = occurredAt,
            OccurredAtSource = occurredAt is null ? "none" : "platform",
            ActingParty = ActingParty.OwnChannel,
        };
    }

    /// <summary>An archive holds only what its account wrote; anything else is remarked on and not claimed for it.</summary>
    private ActAuthor? Author(string? id)
    {
        var account = archive.Account;
        if (id is not null && account.ActorId is not null && id != account.ActorId)
        {
            remarks.Flag(ActFlags.AuthorDiffers);
            return new ActAuthor(id, DisplayName: null, Handle: null, ClaimsOwnChannel: false, Operator: null);
        }

        return (account.ActorId ?? id) is { } own ? new ActAuthor(own, account.DisplayName, account.Handle, ClaimsOwnChannel: true, Operator: null) : null;
    }

    private ActAttachment Attachment(JsonFields attachment)
    {
        var url = attachment.Many("url").Select(Link).FirstOrDefault(link => link is not null) ?? attachment.Id("href");
        var elsewhere = url is not null && url.Contains("://", StringComparison.Ordinal);
        var path = url is null || elsewhere ? null : archive.MediaPath(url);
        if (url is not null && !elsewhere && path is null) remarks.Flag(ActFlags.UnsafeAttachmentPath);
        else if (!elsewhere && (path is null || !archive.HasMedia(path))) remarks.Flag(ActFlags.AttachmentMissing);
        return new ActAttachment(
            NativeId: null,
            path is null ? null : path[(path.LastIndexOf('/') + 1)..],
            attachment.Id("mediaType"),
            elsewhere ? url : null,
            Content: null,
            Sha256Claimed: null,
            path,
            Text(attachment, "name"));
    }

    /// <summary>A poll's answers are part of what was published, but stand outside the content.</summary>
    private string? Content(JsonFields item)
    {
        var content = Text(item, "content") ?? FirstOf(item.Find("contentMap"));
        var answers = item.Many("oneOf").Concat(item.Many("anyOf")).Where(json => json.ValueKind == JsonValueKind.Object).Select(json => Text(Fields(json), "name")).Where(name => name is not null).ToList();
        if (answers.Count == 0) return content;
        var list = new StringBuilder(content).Append("<ul>");
        foreach (var answer in answers) list.Append("<li>").Append(WebUtility.HtmlEncode(answer)).Append("</li>");
        return remarks.Cut(list.Append("</ul>").ToString());
    }

    private string? FirstOf(JsonElement? contentMap)
    {
        if (contentMap is not { ValueKind: JsonValueKind.Object } json) return null;
        var languages = Fields(json);
        return languages.All.Select(language => Text(languages, language.Key)).FirstOrDefault(text => text is not null);
    }

    private JsonFields Fields(JsonElement json)
    {
        var fields = JsonFields.Of(json);
        if (fields.HasDuplicates) remarks.Flag(ActFlags.DuplicateKeys);
        return fields;
    }

    private string? Text(JsonFields fields, string name)
    {
        if (fields.Find(name) is not { ValueKind: JsonValueKind.String } written) return null;
        var text = JsonText.Of(written, out var faults);
        remarks.Flag(faults);
        return remarks.Cut(text);
    }

    private DateTimeOffset? Time(JsonFields fields, string name) => PlatformTime.Read(fields.Find(name), now, remarks);

    private string NewId()
    {
        remarks.Flag(ActFlags.SyntheticId);
        return SyntheticId.For(raw);
    }

    /// <summary>An address, written as itself or as an object that has it.</summary>
    private static string? Link(JsonElement json) => json.ValueKind == JsonValueKind.Object
        ? JsonFields.Of(json) is var link ? link.Id("id") ?? link.Id("href") : null
        : JsonFields.IdOf(json);
}
