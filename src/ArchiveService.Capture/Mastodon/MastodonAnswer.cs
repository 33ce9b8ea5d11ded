using System.Text.Json;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Mastodon;

/// <summary>
/// Reads what Mastodon's REST API answers, whichever of its shapes it has: statuses alone or in a list, a thread, all versions of a status, notifications and
/// conversations. An item has the same id as in an account's archive: its <c>uri</c>.
/// </summary>
public static partial class MastodonAnswer
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
}
