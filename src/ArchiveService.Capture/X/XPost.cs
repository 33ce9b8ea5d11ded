using System.Text.Json;
using ArchiveService.Capture.Exports;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.X;

/// <summary>People and files that a body of the v2 API lists once beside its posts.</summary>
internal sealed class XIncludes
{
    private readonly Dictionary<string, JsonFields> users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JsonFields> media = new(StringComparer.Ordinal);

    public XIncludes(JsonFields includes, string? ownId)
    {
        OwnId = ownId;
        Add(includes, "users", "id", users);
        Add(includes, "media", "media_key", media);
    }

    public string? OwnId { get; }

    public ActAuthor? Author(string? id)
    {
        if (id is null) return null;
        var user = users.GetValueOrDefault(id) ?? JsonFields.None;
        return new ActAuthor(id, user.Id("name"), user.Id("username"), id == OwnId, Operator: null);
    }

    public bool IsProtected(string? id) => id is not null && users.GetValueOrDefault(id)?.Truth("protected") == true;

    public JsonFields Media(string key) => media.GetValueOrDefault(key) ?? JsonFields.None;

    private static void Add(JsonFields includes, string name, string id, Dictionary<string, JsonFields> into)
    {
        foreach (var element in includes.Many(name).Where(element => element.ValueKind == JsonValueKind.Object).Select(JsonFields.Of))
        {
            if (element.Id(id) is { } key) into[key] = element;
        }
    }
}

/// <summary>A post or a message as the v2 API and the activity webhooks write it.</summary>
internal static class XPost
{
    public static ReadAct Read(ExportItem item, JsonFields post, XIncludes includes, string source, string? eventId = null)
    {
        if (post.Id("id") is not { } id) return item.Unknown(source, item.NewId(source), Audience.Direct);
        var by = post.Id("author_id");
        var author = includes.Author(by);
        var at = item.Time(post, "created_at");
        var first = post.Many("edit_history_tweet_ids").Select(JsonFields.IdOf).FirstOrDefault(known => known is not null) ?? id;
        var isEdit = first != id;
        var referenced = item.Objects(post, "referenced_tweets").Select(r => (Type: r.Id("type"), Id: r.Id("id"))).ToList();
        var shared = referenced.Find(r => r.Type == "retweeted").Id;
        var replied = referenced.Find(r => r.Type == "replied_to").Id;
        var note = item.Object(post, "note_tweet");
        var whole = note.Has("text") ? note : post;
        if (shared is not null) item.Flag(ActFlags.ContentNotDelivered);
        return item.Accepted(new CapturedAct
        {
            Act = shared is not null ? ActKind.Share : isEdit ? ActKind.Edit : ActKind.Create,
            NativeActName = source,
            NativeId = first,
            NativeEventId = isEdit ? id : null,
            Kind = shared is not null ? ItemKind.Share : replied is not null ? ItemKind.Reply : ItemKind.Post,
            NativeKind = eventId,
            ParentNativeId = shared ?? replied,
            RootNativeId = post.Id("conversation_id"),
            Author = author,
            Audience = includes.IsProtected(by) ? Audience.Followers : Audience.Public,
            OccurredAt = at,
            OccurredAtSource = at is null ? "none" : "platform",
            EditedAt = isEdit ? at : null,
            ActingParty = author is { ClaimsOwnChannel: true } ? ActingParty.OwnChannel : author is null ? ActingParty.Unknown : ActingParty.Author,
            Text = XTweet.Shown(item.Text(whole, "text"), item.Objects(item.Object(whole, "entities"), "urls").Concat(item.Objects(item.Object(post, "entities"), "urls")).Select(url => (item.Text(url, "url"), item.Text(url, "expanded_url")))),
            ContentWarning = post.Truth("possibly_sensitive") == true ? "possibly_sensitive" : null,
            Permalink = XTweet.Address(author?.Handle, id),
            Attachments = Attachments(item, post, includes),
        });
    }

    public static ReadAct ReadMessage(ExportItem item, JsonFields message, XIncludes includes, string source)
    {
        var id = message.Id("id") ?? message.Id("dm_event_id");
        var kind = message.Id("event_type");
        var author = includes.Author(message.Id("sender_id"));
        var at = item.Time(message, "created_at");
        var conversation = message.Id("dm_conversation_id");
        if (id is null || kind is not (null or "MessageCreate")) return item.Unknown($"{source}/{kind ?? "dm"}", id ?? item.NewId(source), Audience.Direct, conversation: conversation, author: author, at: at);
        if (!message.Has("text")) item.Flag(ActFlags.ContentNotDelivered);
        return item.Accepted(new CapturedAct
        {
            Act = ActKind.Message,
            NativeActName = source,
            NativeId = id,
            Kind = ItemKind.Dm,
            ConversationId = conversation,
            Author = author,
            Audience = Audience.Direct,
            OccurredAt = at,
            OccurredAtSource = at is null ? "none" : "platform",
            ActingParty = author is { ClaimsOwnChannel: true } ? ActingParty.OwnChannel : author is null ? ActingParty.Unknown : ActingParty.Author,
            Text = XTweet.Shown(item.Text(message, "text"), item.Objects(item.Object(message, "entities"), "urls").Select(url => (item.Text(url, "url"), item.Text(url, "expanded_url")))),
            Attachments = Attachments(item, message, includes),
        });
    }

    private static IReadOnlyList<ActAttachment> Attachments(ExportItem item, JsonFields post, XIncludes includes) =>
    [
        .. item.Object(post, "attachments").Many("media_keys").Select(JsonFields.IdOf).OfType<string>().Select(key =>
        {
            var media = includes.Media(key);
            var film = item.Objects(media, "variants").FirstOrDefault(v => v.Id("content_type") == "video/mp4");
            return new ActAttachment(key, null, film is null ? null : "video/mp4", (film is null ? null : item.Text(film, "url")) ?? item.Text(media, "url") ?? item.Text(media, "preview_image_url"), null, null, null, item.Text(media, "alt_text"));
        }).Take(CaptureLimits.MaxAttachments),
    ];
}

/// <summary>Answers of X's API: v2, and v1.1 as it was saved while it was free.</summary>
public static class XApi
{
    /// <summary>As <c>x-api</c>, to channels of X: a saved answer, or a folder or zip of them.</summary>
    public static ImportForm Form { get; } = new("x-api", ["x"], TakesFolder: true, (path, ct) => SavedResponses.Open(path, (body, now) => Read(body, now), ct));

    /// <summary>Every post and message of the body, in order; people, jobs and counts are no records. Never throws because of what the body says.</summary>
    /// <param name="body">The body as it came.</param>
    /// <param name="now">Times after this are flagged.</param>
    /// <param name="ownId">The account that was asked for, as a hint of who writes for the channel.</param>
    public static IReadOnlyList<ReadAct> Read(ReadOnlyMemory<byte> body, DateTimeOffset? now = null, string? ownId = null) => WholeBody.Read(body, root =>
    {
        if (root.ValueKind == JsonValueKind.Array) return All(root, "", now, (item, fields) => Old(item, fields, ownId));
        var answer = JsonFields.Of(root);
        if (answer.Find("data") is { ValueKind: JsonValueKind.Array or JsonValueKind.Object } data)
        {
            var includes = new XIncludes(answer.Object("includes"), ownId);
            return data.ValueKind == JsonValueKind.Array ? All(data, "/data", now, (item, fields) => New(item, fields, includes)) : New(data, "/data", now, includes);
        }

        if (answer.Find("statuses") is { ValueKind: JsonValueKind.Array } statuses) return All(statuses, "/statuses", now, (item, fields) => Old(item, fields, ownId));
        var whole = ExportItem.Of(root, 1, "", now);
        if (answer.Has("id_str") || answer.Has("full_text")) return Old(whole, answer, ownId);
        if (answer.Has("errors") || answer.Has("status")) return [whole.NotARecord("x/error")];
        return answer.Has("meta") ? [whole.NotARecord("x/empty")] : [whole.Unknown("x/answer", whole.NewId("x"), Audience.Direct)];
    });

    private static List<ReadAct> All(JsonElement array, string pointer, DateTimeOffset? now, Func<ExportItem, JsonFields, IReadOnlyList<ReadAct>> read)
    {
        var acts = new List<ReadAct>();
        foreach (var (index, element) in array.EnumerateArray().Index())
        {
            var item = ExportItem.Of(element, index + 1, $"{pointer}/{index}", now);
            if (element.ValueKind == JsonValueKind.Object) acts.AddRange(read(item, item.Fields(element)));
            else acts.Add(new ReadAct.Rejected(index + 1, RefusalCodes.NotAnObject, "Must be a JSON object."));
        }

        return acts;
    }

    private static IReadOnlyList<ReadAct> New(JsonElement element, string pointer, DateTimeOffset? now, XIncludes includes)
    {
        var item = ExportItem.Of(element, 1, pointer, now);
        return New(item, item.Fields(element), includes);
    }

    private static IReadOnlyList<ReadAct> New(ExportItem item, JsonFields fields, XIncludes includes) =>
    [
        fields.Has("dm_conversation_id") || fields.Has("dm_event_id") ? XPost.ReadMessage(item, fields, includes, "api/dm")
        : fields.Has("text") ? XPost.Read(item, fields, includes, "api/post")
        : fields.Has("username") ? item.NotARecord("api/user")
        : fields.Has("upload_url") || fields.Has("download_url") ? item.NotARecord("api/job")
        : item.Unknown("api/other", fields.Id("id") ?? item.NewId("api"), Audience.Direct, item.Text(fields, "title")),
    ];

    private static IReadOnlyList<ReadAct> Old(ExportItem item, JsonFields fields, string? ownId) => XTweet.Read(item, fields, new XSurroundings(ownId), "api-v1");
}
