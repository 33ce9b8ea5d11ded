using System.Text.Json;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Meta;

/// <summary>Reads a webhook delivery of Facebook, Instagram or Messenger.</summary>
public static class MetaWebhook
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = CaptureLimits.MaxDepth };

    /// <summary>
    /// Every change and message gives one outcome, in order; what is not understood is kept as
    /// <see cref="ActKind.Unknown"/>. Never throws because of what the body says. Places count through the whole body.
    /// With <paramref name="now"/>, times that cannot be true are flagged.
    /// </summary>
    public static IReadOnlyList<MetaEntry> Read(ReadOnlyMemory<byte> body, DateTimeOffset? now = null)
    {
        if (body.Span is [0xEF, 0xBB, 0xBF, ..]) body = body[3..];
        try
        {
            using var json = JsonDocument.Parse(body, Options);
            return ReadDelivery(json.RootElement, now);
        }
        catch (JsonException)
        {
            return Refused("", RefusalCodes.BrokenJson, $"Not JSON, or nested deeper than {CaptureLimits.MaxDepth}.");
        }
    }

    private static IReadOnlyList<MetaEntry> ReadDelivery(JsonElement root, DateTimeOffset? now)
    {
        if (root.ValueKind != JsonValueKind.Object) return Refused("", RefusalCodes.NotAnObject, "A delivery must be a JSON object.");
        var delivery = JsonFields.Of(root);
        var objectKind = delivery.Id("object") ?? "";
        var entries = new List<MetaEntry>();
        var place = 0L;
        foreach (var (index, entry) in delivery.Many("entry").Index())
            entries.Add(ReadEntry(entry, objectKind, $"/entry/{index}", ref place, now));
        return entries.Count > 0 ? entries : Refused(objectKind, RefusalCodes.WrongType, "A delivery must have at least one entry.");
    }

    private static MetaEntry ReadEntry(JsonElement entry, string objectKind, string pointer, ref long place, DateTimeOffset? now)
    {
        var fields = entry.ValueKind == JsonValueKind.Object ? JsonFields.Of(entry) : JsonFields.None;
        var entryId = fields.Id("id");
        var acts = new List<ReadAct>();
        foreach (var (name, value) in fields.All)
        {
            if (name is "id" or "time" or "uid" or "hop_context" || value.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object)) continue;
            var many = value.ValueKind == JsonValueKind.Array;
            foreach (var (index, element) in fields.Many(name).Index())
            {
                var item = new MetaItem(objectKind, entryId, fields.Find("time"), element, many ? $"{pointer}/{name}/{index}" : $"{pointer}/{name}", ++place, now);
                acts.Add(ReadItem(item, name));
            }
        }

        if (acts.Count == 0)
        {
            var whole = new MetaItem(objectKind, entryId, fields.Find("time"), entry, pointer, ++place, now);
            acts.Add(whole.Unknown("entry", JsonFields.None, Audience.Public));
        }

        return new MetaEntry(objectKind, entryId, acts);
    }

    private static ReadAct ReadItem(MetaItem item, string list)
    {
        if (item.Json.ValueKind != JsonValueKind.Object) return item.Unknown(list, JsonFields.None, Audience.Public);
        var fields = item.Fields(item.Json);
        if (list is "messaging" or "standby") return MessagingEvent.Read(item, list, fields);
        if (list != "changes") return item.Unknown(list, fields, Audience.Direct);

        var field = fields.Id("field") ?? "?";
        if (fields.Find("value") is not { ValueKind: JsonValueKind.Object } json) return item.Unknown(field, JsonFields.None, Audience.Public);
        var value = item.Fields(json);
        return field switch
        {
            "feed" or "mention" or "ratings" => PageChange.Read(item, field, value),
            "comments" or "live_comments" => InstagramChange.ReadComment(item, field, value),
            "mentions" => InstagramChange.ReadMention(item, value),
            _ when value.Has("sender") && value.Has("recipient") => MessagingEvent.Read(item, field, value),
            _ => item.Unknown(NativeName(field, value), value, Audience.Public),
        };
    }

    internal static string NativeName(string field, JsonFields value) =>
        string.Join('/', new[] { field, value.Id("item"), value.Id("verb") }.Where(part => part is not null));

    private static IReadOnlyList<MetaEntry> Refused(string objectKind, string code, string detail) =>
        [new MetaEntry(objectKind, null, [new ReadAct.Rejected(1, code, detail)])];
}
