using System.Text.Json;

namespace ArchiveService.Features.Sources.Meta;

/// <summary>One of the two subscriptions without which no webhook comes.</summary>
/// <param name="Problem">Why it could not be asked for, or what is wrong with it as a whole; null when it is there.</param>
/// <param name="Missing">Fields that it lacks.</param>
public sealed record SubscriptionSide(string? Problem, IReadOnlyList<string> Missing)
{
    /// <summary>There is none for our app and object.</summary>
    public const string Absent = "absent";

    /// <summary>Meta has switched it off, as it does when deliveries have failed for long.</summary>
    public const string Inactive = "inactive";

    /// <summary>The service has not been told which app it is.</summary>
    public const string NotConfigured = "not-configured";

    public bool IsWhole => Problem is null && Missing.Count == 0;

    /// <summary>Known to be broken; a question that Meta did not answer says nothing.</summary>
    public bool IsBroken => Problem is Absent or Inactive || Missing.Count > 0;
}

/// <summary>
/// What has to be subscribed to, and what Meta says is: the app's own subscription, and the page's to the app. A page looks right while the app's is missing, and the
/// other way round, so both are asked for. Pure.
/// </summary>
public static class Subscriptions
{
    private static readonly string[] Messages = ["messages", "message_echoes", "message_edits", "message_reactions", "messaging_postbacks", "standby"];

    /// <summary>The fields that carry what may be a handling on that platform.</summary>
    public static IReadOnlyList<string> Wanted(string platform) => platform switch
    {
        "instagram" => ["comments", "live_comments", "mentions", "messages", "message_reactions", "standby"],
        "messenger" => Messages,
        _ => ["feed", "mention", "ratings", .. Messages],
    };

    /// <summary>What <c>/{app}/subscriptions</c> answers.</summary>
    public static SubscriptionSide OfApp(ReadOnlyMemory<byte> body, string platform)
    {
        var subscribed = platform == "instagram" ? "instagram" : "page";
        foreach (var one in Data(body).Where(one => Text(one, "object") == subscribed))
        {
            if (one.TryGetProperty("active", out var active) && active.ValueKind == JsonValueKind.False) return new(SubscriptionSide.Inactive, []);
            return Lacking(one, "fields", Wanted(platform));
        }

        return new(SubscriptionSide.Absent, []);
    }

    /// <summary>What <c>/{page}/subscribed_apps</c> answers. An Instagram account is told of by its page's subscription, whatever fields that has.</summary>
    public static SubscriptionSide OfPage(ReadOnlyMemory<byte> body, string appId, string platform)
    {
        foreach (var one in Data(body).Where(one => Text(one, "id") == appId)) return Lacking(one, "subscribed_fields", platform == "instagram" ? [] : Wanted(platform));
        return new(SubscriptionSide.Absent, []);
    }

    private static SubscriptionSide Lacking(JsonElement subscription, string member, IReadOnlyList<string> wanted)
    {
        var has = subscription.TryGetProperty(member, out var fields) && fields.ValueKind == JsonValueKind.Array
            ? fields.EnumerateArray().Select(field => field.ValueKind == JsonValueKind.String ? Said(field) : Text(field, "name")).ToHashSet(StringComparer.Ordinal)
            : [];
        return new(null, [.. wanted.Where(field => !has.Contains(field))]);
    }

    private static List<JsonElement> Data(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body, new() { MaxDepth = 32 });
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array
                ? [.. data.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.Object).Select(one => one.Clone())]
                : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static string? Text(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) ? value.ValueKind == JsonValueKind.Number ? value.GetRawText() : Said(value) : null;

    private static string? Said(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
