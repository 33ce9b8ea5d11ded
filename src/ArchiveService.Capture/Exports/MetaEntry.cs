using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Exports;

/// <summary>What the reading of an entry needs to know of the export around it.</summary>
internal sealed record MetaSurroundings(MetaExportFile File, ActAuthor? Own, Func<string, (string? Path, bool IsThere)> Media);

/// <summary>
/// One entry of a Facebook or Instagram export, read by the shape of its values: names of members are in the account's language in places.
/// An export knows no ids, so an item is its kind, its time and its text; the same one in a later export is the same item, whatever its files are called there.
/// </summary>
internal static class MetaEntry
{
    public const string IdKind = "synthetic";

    private static readonly string[] FilesOfMessages = ["photos", "videos", "audio_files", "gifs", "files", "sticker"];
    private static readonly string[] NamedThings = ["event", "place", "life_event"];

    /// <summary>A post or comment: equal ones in a row can be merged.</summary>
    public static bool CanMerge(CapturedAct act) => act is { Act: ActKind.Create, Kind: not ItemKind.Dm };

    public static IReadOnlyList<ReadAct> Read(ExportItem item, JsonFields entry, MetaSurroundings around)
    {
        if (entry.Has("timestamp_ms") || entry.Has("sender_name")) return Message(item, entry, around);
        if (entry.Has("string_map_data") || entry.Has("label_values")) return Labelled(item, entry, around);
        if (item.Objects(entry, "data").FirstOrDefault(data => data.Find("comment") is { ValueKind: JsonValueKind.Object }) is { } told) return Comment(item, entry, item.Object(told, "comment"), around);
        if (entry.Has("uri") || entry.Has("path")) return Post(item, entry, [entry], around);
        if (entry.Has("media")) return Post(item, entry, [.. item.Objects(entry, "media")], around);
        if (entry.Has("timestamp") || entry.Has("data") || entry.Has("attachments")) return Post(item, entry, [], around);
        return [item.Unknown("entry", item.NewId(around.File.Kind.ToString()), Audience.Direct)];
    }

    private static IReadOnlyList<ReadAct> Post(ExportItem item, JsonFields entry, IReadOnlyList<JsonFields> carousel, MetaSurroundings around)
    {
        var first = carousel.Count > 0 ? carousel[0] : JsonFields.None;
        var at = item.Time(entry, "timestamp") ?? item.Time(entry, "creation_timestamp") ?? item.Time(entry, "taken_at") ?? item.Time(first, "creation_timestamp");
        var data = item.Objects(entry, "data").ToList();
        var edited = data.Select(d => item.Time(d, "update_timestamp")).FirstOrDefault(t => t is not null);
        if (edited is not null) item.Flag(ActFlags.EarlierVersionsMissing);

        var parts = item.Objects(entry, "attachments").SelectMany(a => item.Objects(a, "data")).ToList();
        var media = parts.Select(p => item.Object(p, "media")).Where(m => m.Has("uri")).Concat(carousel).ToList();
        // One picture of Instagram has its words in its own title; several have them in the post's.
        var caption = item.Text(entry, "caption") ?? (carousel.Count > 0 ? item.Text(entry, "title") ?? (carousel.Count == 1 ? item.Text(first, "title") : null) : null);
        var words = data.Select(d => item.Text(d, "post")).Append(caption).Concat(parts.SelectMany(p => Words(item, p))).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        // The title is a sentence in the account's language: only used where there is nothing else.
        var text = words.Count > 0 ? string.Join('\n', words) : carousel.Count == 0 ? item.Text(entry, "title") : null;
        var kind = around.File.Kind switch
        {
            MetaFileKind.Stories => ItemKind.Story,
            MetaFileKind.Films => ItemKind.Video,
            MetaFileKind.Photos => ItemKind.Post,
            _ => ItemKind.Post,
        };
        var id = Id(around.File.Own ? around.File.Kind.ToString() : "Visitors", at, text);
        item.Flag(ActFlags.SyntheticId);
        var post = new CapturedAct
        {
            Act = ActKind.Create,
            NativeActName = around.File.Own ? "export/post" : "export/visitor-post",
            NativeId = id,
            IdKind = IdKind,
            Kind = kind,
            NativeKind = Named(around.File),
            Author = around.File.Own ? around.Own : null,
            Audience = Audience.Public,
            OccurredAt = at,
            OccurredAtSource = at is null ? "none" : "platform",
            EditedAt = edited,
            ActingParty = around.File.Own ? ActingParty.OwnChannel : ActingParty.Author,
            Text = text,
            Attachments = [.. media.Select(m => Media(item, m, around)).Concat(parts.Select(p => Link(item, item.Object(p, "external_context")))).OfType<ActAttachment>().Take(CaptureLimits.MaxAttachments)],
        };

        // What others said to a picture stands inside the picture in older exports.
        var said = media.SelectMany(m => item.Objects(m, "comments")).Select(comment => Said(item, comment, id, around)).ToList();
        return [item.Accepted(post), .. said.Select(item.Accepted)];
    }

    private static IEnumerable<string?> Words(ExportItem item, JsonFields part)
    {
        yield return item.Text(part, "text");
        foreach (var name in NamedThings)
        {
            var named = item.Object(part, name);
            yield return item.Text(named, "name") ?? item.Text(named, "title");
        }

        yield return item.Text(item.Object(part, "for_sale_item"), "title");
        yield return item.Text(part, "name");
    }

    private static IReadOnlyList<ReadAct> Comment(ExportItem item, JsonFields entry, JsonFields comment, MetaSurroundings around)
    {
        var media = item.Objects(entry, "attachments").SelectMany(a => item.Objects(a, "data")).ToList();
        var act = Said(item, comment, parent: null, around) with
        {
            Author = around.Own is { } own && (item.Text(comment, "author") is not { } name || name == own.DisplayName || own.DisplayName is null)
                ? own with { DisplayName = item.Text(comment, "author") ?? own.DisplayName }
                : new ActAuthor(null, item.Text(comment, "author"), null, ClaimsOwnChannel: false, null),
            Attachments = [.. media.Select(p => Media(item, item.Object(p, "media"), around)).Concat(media.Select(p => Link(item, item.Object(p, "external_context")))).OfType<ActAttachment>().Take(CaptureLimits.MaxAttachments)],
        };
        return [item.Accepted(act)];
    }

    private static CapturedAct Said(ExportItem item, JsonFields comment, string? parent, MetaSurroundings around)
    {
        var at = item.Time(comment, "timestamp");
        var text = item.Text(comment, "comment");
        var author = item.Text(comment, "author");
        item.Flag(ActFlags.SyntheticId);
        return new CapturedAct
        {
            Act = ActKind.Create,
            NativeActName = "export/comment",
            NativeId = Id("Comments", at, text, author),
            IdKind = IdKind,
            Kind = ItemKind.Comment,
            NativeKind = Named(around.File),
            ParentNativeId = parent,
            RootNativeId = parent,
            Author = author is null ? null : new ActAuthor(null, author, null, ClaimsOwnChannel: author == around.Own?.DisplayName, null),
            Audience = Audience.Public,
            OccurredAt = at,
            OccurredAtSource = at is null ? "none" : "platform",
            ActingParty = ActingParty.Author,
            Text = text,
        };
    }

    /// <summary>Instagram's comments: labels in the account's language, in the order comment, owner of the picture, time.</summary>
    private static IReadOnlyList<ReadAct> Labelled(ExportItem item, JsonFields entry, MetaSurroundings around)
    {
        var map = item.Object(entry, "string_map_data");
        var labelled = map.All.Select(pair => (Label: item.Repaired(pair.Key), Of: item.Fields(pair.Value)))
            .Concat(item.Objects(entry, "label_values").Select(of => (Label: item.Text(of, "label") ?? "", Of: of))).ToList();
        var at = labelled.Select(l => item.Time(l.Of, "timestamp") ?? item.Time(l.Of, "timestamp_value")).FirstOrDefault(t => t is not null) ?? item.Time(entry, "timestamp");
        var values = labelled.Select(l => (l.Label, Text: item.Text(l.Of, "value"))).Where(v => v.Text is not null).ToList();
        var comment = values.Find(v => v.Label == "Comment").Text
            ?? (values.Count > 1 && IsAccountName(values[0].Text!) && !IsAccountName(values[1].Text!) ? values[1].Text : values.Find(v => v.Label != "Media Owner").Text);
        if (comment is null && at is null) return [item.Unknown("labelled", item.NewId(around.File.Kind.ToString()), Audience.Direct)];

        item.Flag(ActFlags.SyntheticId);
        return
        [
            item.Accepted(new CapturedAct
            {
                Act = ActKind.Create,
                NativeActName = "export/comment",
                NativeId = Id("Comments", at, comment, around.Own?.DisplayName),
                IdKind = IdKind,
                Kind = ItemKind.Comment,
                NativeKind = Named(around.File),
                Author = around.Own,
                Audience = Audience.Public,
                OccurredAt = at,
                OccurredAtSource = at is null ? "none" : "platform",
                ActingParty = ActingParty.OwnChannel,
                Text = comment,
                Attachments = [.. item.Objects(entry, "media_list_data").Select(m => Media(item, m, around)).OfType<ActAttachment>().Take(CaptureLimits.MaxAttachments)],
            }),
        ];
    }

    private static bool IsAccountName(string text) => text.Length <= 30 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_');

    private static IReadOnlyList<ReadAct> Message(ExportItem item, JsonFields entry, MetaSurroundings around)
    {
        var sender = item.Text(entry, "sender_name");
        var at = item.Time(entry, "timestamp_ms") ?? item.Time(entry, "timestamp");
        var thread = around.File.Thread;
        var unsent = entry.Truth("is_unsent") == true;
        var share = item.Object(entry, "share");
        var id = Digest("message", thread, sender, entry.Id("timestamp_ms") ?? entry.Id("timestamp"));
        var own = sender is not null && sender == around.Own?.DisplayName;
        ActAuthor? author = own ? around.Own : sender is null ? null : new ActAuthor(null, sender, null, ClaimsOwnChannel: false, null);
        string[] words = [.. new[] { item.Text(entry, "content"), item.Text(share, "share_text") }.OfType<string>().Distinct(StringComparer.Ordinal)];
        var files = FilesOfMessages.SelectMany(name => item.Objects(entry, name)).Select(m => Media(item, m, around))
            .Append(item.Text(share, "link") is { } link ? new ActAttachment(null, null, null, link, null, null, null, null) : null).OfType<ActAttachment>().ToList();
        if (!unsent && words.Length == 0 && files.Count == 0) item.Flag(ActFlags.ContentNotDelivered);
        item.Flag(ActFlags.SyntheticId);
        var message = new CapturedAct
        {
            Act = unsent ? ActKind.MessageUnsend : ActKind.Message,
            NativeActName = unsent ? "export/message/unsent" : "export/message",
            NativeId = id,
            IdKind = IdKind,
            Kind = ItemKind.Dm,
            NativeKind = item.Text(entry, "type"),
            ConversationId = thread,
            Author = author,
            Audience = Audience.Direct,
            OccurredAt = at,
            OccurredAtSource = at is null ? "none" : "platform",
            ActingParty = own ? ActingParty.OwnChannel : ActingParty.Author,
            Text = words.Length == 0 ? null : string.Join('\n', words),
            Attachments = [.. files.Take(CaptureLimits.MaxAttachments)],
        };
        var reactions = item.Objects(entry, "reactions").Select(r => (Who: item.Text(r, "actor"), What: item.Text(r, "reaction"))).Where(r => r.Who is not null).Select(r => new CapturedAct
        {
            Act = ActKind.React,
            NativeActName = "export/message/reaction",
            NativeId = $"{id}/reaction/{r.Who}",
            IdKind = IdKind,
            Kind = ItemKind.Unknown,
            ParentNativeId = id,
            ConversationId = thread,
            Author = r.Who == around.Own?.DisplayName ? around.Own : new ActAuthor(null, r.Who, null, ClaimsOwnChannel: false, null),
            Audience = Audience.Direct,
            // When somebody reacted is not told; not before the message.
            OccurredAt = at,
            OccurredAtSource = "entry",
            ReactionKind = r.What,
        }).ToList();
        return [item.Accepted(message), .. reactions.Select(item.Accepted)];
    }

    private static ActAttachment? Media(ExportItem item, JsonFields media, MetaSurroundings around)
    {
        if ((item.Text(media, "uri") ?? item.Text(media, "path")) is not { } uri) return null;
        var description = item.Text(media, "description");
        if (uri.Contains("://", StringComparison.Ordinal)) return new(null, null, null, uri, null, null, null, description);
        var (path, isThere) = around.Media(uri);
        if (path is null) item.Flag(ActFlags.UnsafeAttachmentPath);
        else if (!isThere) item.Flag(ActFlags.AttachmentMissing);
        return new(null, path is null ? null : path[(path.LastIndexOf('/') + 1)..], null, null, null, null, path, description);
    }

    private static ActAttachment? Link(ExportItem item, JsonFields context) =>
        item.Text(context, "url") is { } url ? new(null, null, null, url, null, null, null, item.Text(context, "name")) : null;

    private static string Named(MetaExportFile file) => file.Kind.ToString().ToLowerInvariant();

    private static string Id(string kind, DateTimeOffset? at, string? text, string? author = null) =>
        Digest(kind, at?.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), text, author);

    /// <summary>A plain hash of content, like every synthetic id: keyed before it is stored.</summary>
    private static string Digest(params ReadOnlySpan<string?> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(part ?? ""));
            hash.AppendData([0]);
        }

        return $"export:{Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }
}
