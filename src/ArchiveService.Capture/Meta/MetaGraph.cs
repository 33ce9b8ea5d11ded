using System.Runtime.InteropServices;
using System.Text.Json;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Meta;

/// <summary>Reads answers of the Graph API about Facebook pages, Messenger and Instagram: single objects, lists, and objects by id.</summary>
public static class MetaGraph
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = CaptureLimits.MaxDepth };

    /// <summary>
    /// Every item gives one creation, and where the answer says whether it is hidden, also how that stands; comments within posts and answers within comments are
    /// items of their own. Never throws because of what the body says.
    /// </summary>
    public static IReadOnlyList<ReadAct> Read(ReadOnlyMemory<byte> body, GraphContext context, DateTimeOffset? now = null)
    {
        if (body.Span is [0xEF, 0xBB, 0xBF, ..]) body = body[3..];
        try
        {
            using var json = JsonDocument.Parse(body, Options);
            var reading = new GraphReading(context, now);
            reading.Answer(json.RootElement);
            return reading.Acts;
        }
        catch (JsonException)
        {
            return [new ReadAct.Rejected(1, RefusalCodes.BrokenJson, $"Not JSON, or nested deeper than {CaptureLimits.MaxDepth}.")];
        }
    }
}

/// <summary>One answer while it is read.</summary>
internal sealed class GraphReading(GraphContext context, DateTimeOffset? now)
{
    /// <summary>Lists of other people's items: each stands in its own record and goes with it, so it is never kept a second time with the item that it hangs on.</summary>
    private static readonly HashSet<string> Nested = new(StringComparer.Ordinal)
    {
        "comments", "replies", "messages", "likes", "reactions", "like", "love", "wow", "haha", "sad", "angry", "care", "sharedposts", "insights",
        "attending", "maybe", "declined", "noreply", "interested",
    };

    private readonly List<ReadAct> acts = [];

    public IReadOnlyList<ReadAct> Acts => acts;

    public void Answer(JsonElement root)
    {
        switch (root.ValueKind)
        {
            case JsonValueKind.Array:
                Elements(root, "", context.Edge, above: null);
                return;
            case JsonValueKind.Object:
                Root(root);
                return;
            default:
                acts.Add(new ReadAct.Rejected(1, RefusalCodes.NotAnObject, "An answer must be a JSON object or list."));
                return;
        }
    }

    private void Root(JsonElement root)
    {
        var fields = JsonFields.Of(root);
        if (fields.Find("error") is { ValueKind: JsonValueKind.Object } && !fields.Has("id"))
        {
            acts.Add(new ReadAct.Rejected(1, RefusalCodes.PlatformError, $"The platform refused (code {fields.Object("error").Id("code") ?? "unknown"}); there is nothing to read."));
            return;
        }

        if (fields.Find("data") is { ValueKind: JsonValueKind.Array } list && !fields.Has("id"))
        {
            Elements(list, "/data", context.Edge, Above());
            return;
        }

        foreach (var name in new[] { "mentioned_comment", "mentioned_media" })
        {
            if (fields.Find(name) is not { ValueKind: JsonValueKind.Object } mentioned) continue;
            One(mentioned, $"/{name}", name, above: null);
            return;
        }

        if (IsById(fields))
        {
            foreach (var (id, value) in fields.All) One(value, $"/{Escaped(id)}", context.Edge, above: null);
            return;
        }

        One(root, "", context.Edge, above: null);
    }

    /// <summary>The answer to <c>?ids=a,b</c>: each object under its own id.</summary>
    private static bool IsById(JsonFields fields) =>
        !fields.Has("id") && fields.All.Any()
        && fields.All.All(member => member.Value.ValueKind == JsonValueKind.Object && (JsonFields.Of(member.Value) is var one) && (one.Id("id") == member.Key || (!one.Has("id") && one.Has("data") && LooksLikeId(member.Key))));

    private static bool LooksLikeId(string name) => name.Any(char.IsAsciiDigit) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or ':');

    private GraphAbove? Above() => context is { Above: { } id, Edge: "comments" } ? new(id, id, Counterpart: null) : null;

    private void Elements(JsonElement list, string pointer, string? edge, GraphAbove? above)
    {
        foreach (var (index, element) in list.EnumerateArray().Index()) One(element, $"{pointer}/{index}", edge, above);
    }

    /// <summary>The elements of a list within an object, which may also stand as a bare array, or as an empty array in place of an object.</summary>
    private void Within(JsonFields fields, string name, string pointer, string edge, GraphAbove above)
    {
        switch (fields.Find(name))
        {
            case { ValueKind: JsonValueKind.Array } bare:
                Elements(bare, $"{pointer}/{name}", edge, above);
                break;
            case { ValueKind: JsonValueKind.Object } list when JsonFields.Of(list).Find("data") is { ValueKind: JsonValueKind.Array } data:
                Elements(data, $"{pointer}/{name}/data", edge, above);
                break;
        }
    }

    private void One(JsonElement json, string pointer, string? edge, GraphAbove? above)
    {
        var place = acts.Count + 1L;
        var item = new MetaItem("graph", context.Account, entryTime: null, json, pointer, place, now, json.ValueKind == JsonValueKind.Object ? Cut(json) : null);
        if (json.ValueKind != JsonValueKind.Object)
        {
            acts.Add(Seen(item.Unknown($"graph/{edge ?? "?"}", JsonFields.None, Audience.Direct)));
            return;
        }

        var fields = item.Fields(json);
        var kind = GraphKinds.Of(fields, edge);
        switch (kind)
        {
            case GraphKind.Conversation:
                if (!fields.Has("messages")) acts.Add(item.NotARecord("graph/conversation"));
                Within(fields, "messages", pointer, "messages", new(fields.Id("id"), null, Counterpart(fields)));
                break;
            case GraphKind.Message:
                acts.Add(Seen(GraphMessage.Read(item, fields, above, context)));
                break;
            case GraphKind.Insight or GraphKind.Like or GraphKind.Picture or GraphKind.Container:
                acts.Add(item.NotARecord($"graph/{kind.ToString().ToLowerInvariant()}"));
                break;
            case GraphKind.Page:
                acts.Add(Seen(GraphItem.Profile(item, fields)));
                break;
            default:
                Item(item, fields, kind, pointer, edge, above);
                break;
        }
    }

    private void Item(MetaItem item, JsonFields fields, GraphKind kind, string pointer, string? edge, GraphAbove? above)
    {
        var read = GraphItem.Read(item, fields, kind, edge, above, context);
        acts.Add(Seen(read));
        var act = (read as ReadAct.Accepted)?.Act;
        if (act is not null && (fields.Truth("is_hidden") ?? fields.Truth("hidden")) is { } hidden) acts.Add(new ReadAct.Accepted(Standing(act, hidden, fields.Has("is_hidden") ? "is_hidden" : "hidden"), ((ReadAct.Accepted)read).Place));

        var id = act?.NativeId ?? fields.Id("id");
        if (id is null) return;
        var isComment = kind is GraphKind.Comment or GraphKind.InstagramComment;
        var below = new GraphAbove(id, isComment ? act?.RootNativeId ?? above?.Root : id, Counterpart: null);
        Within(fields, "comments", pointer, "comments", below);
        Within(fields, "replies", pointer, "comments", below);
    }

    /// <summary>How it stands, as it was seen: when and by whom it was hidden or shown again is not told.</summary>
    private CapturedAct Standing(CapturedAct act, bool hidden, string member) => act with
    {
        Act = hidden ? ActKind.Hide : ActKind.Unhide,
        NativeActName = $"{act.NativeActName}/{member}",
        OccurredAt = null,
        OccurredAtSource = "none",
        ObservedAt = context.ObservedAt ?? now,
        Certainty = Certainty.Inferred,
        ActingParty = ActingParty.Unknown,
        Text = null,
        Permalink = null,
        ReactionKind = null,
        Attachments = [],
        Flags = [],
        Raw = hidden ? "true"u8.ToArray() : "false"u8.ToArray(),
        RawPointer = $"{act.RawPointer}/{member}",
    };

    private ReadAct Seen(ReadAct read) => read is ReadAct.Accepted accepted && (context.ObservedAt ?? now) is { } at ? accepted with { Act = accepted.Act with { ObservedAt = at } } : read;

    /// <summary>Whoever the page talks with.</summary>
    private string? Counterpart(JsonFields conversation) => context.Account is not { } own ? null
        : conversation.Object("participants").Many("data").Where(one => one.ValueKind == JsonValueKind.Object).Select(one => JsonFields.Of(one).Id("id")).FirstOrDefault(id => id is not null && id != own);

    /// <summary>The object's own bytes; null where nothing had to be left out of them.</summary>
    private static byte[]? Cut(JsonElement json)
    {
        if (!json.EnumerateObject().Any(IsOthers)) return null;
        using var kept = new MemoryStream();
        kept.WriteByte((byte)'{');
        foreach (var member in json.EnumerateObject().Where(member => !IsOthers(member)))
        {
            if (kept.Length > 1) kept.WriteByte((byte)',');
            kept.WriteByte((byte)'"');
            kept.Write(JsonMarshal.GetRawUtf8PropertyName(member));
            kept.Write("\":"u8);
            kept.Write(JsonMarshal.GetRawUtf8Value(member.Value));
        }

        kept.WriteByte((byte)'}');
        return kept.ToArray();
    }

    private static bool IsOthers(JsonProperty member) => Nested.Contains(JsonText.NameOf(member)) && member.Value.ValueKind switch
    {
        JsonValueKind.Array => member.Value.GetArrayLength() > 0,
        JsonValueKind.Object => JsonFields.Of(member.Value).Find("data") is { ValueKind: JsonValueKind.Array } data && data.GetArrayLength() > 0,
        _ => false,
    };

    private static string Escaped(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}

/// <summary>What an item hangs on: the object above, the item at the top, and of a message whoever the page talks with.</summary>
internal sealed record GraphAbove(string? Id, string? Root, string? Counterpart);
