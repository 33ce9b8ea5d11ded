using System.Text.Json;

namespace ArchiveService.Capture.Json;

/// <summary>The members of one JSON object: null counts as absent, the last of several wins and is remarked on.</summary>
internal sealed class JsonFields
{
    private readonly Dictionary<string, JsonElement> members;

    private JsonFields(Dictionary<string, JsonElement> members, bool hasDuplicates)
    {
        this.members = members;
        HasDuplicates = hasDuplicates;
    }

    public static JsonFields None { get; } = new([], hasDuplicates: false);

    public bool HasDuplicates { get; }

    public IEnumerable<KeyValuePair<string, JsonElement>> All => members;

    public static JsonFields Of(JsonElement json)
    {
        var found = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        var seen = 0;
        foreach (var member in json.EnumerateObject())
        {
            seen++;
            found[JsonText.NameOf(member)] = member.Value;
        }

        return new JsonFields(found, seen != found.Count);
    }

    public bool Has(string name) => Find(name) is not null;

    public JsonElement? Find(string name) =>
        members.TryGetValue(name, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) ? value : null;

    /// <summary>The object under a name, or one without members.</summary>
    public JsonFields Object(string name) => Find(name) is { ValueKind: JsonValueKind.Object } json ? Of(json) : None;

    /// <summary>The elements of an array under a name, or the single value that stands in its place.</summary>
    public IEnumerable<JsonElement> Many(string name) => Find(name) switch
    {
        { ValueKind: JsonValueKind.Array } array => array.EnumerateArray(),
        { } one => [one],
        null => [],
    };

    /// <summary>A string, or a number as it was written, for platforms that send the same id both ways.</summary>
    public string? Id(string name) => Find(name) is { } value ? IdOf(value) : null;

    public static string? IdOf(JsonElement value)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.String => JsonText.Of(value, out _),
            JsonValueKind.Number => JsonText.NumberAsWritten(value),
            _ => null,
        };
        return string.IsNullOrWhiteSpace(text) || text.Length > CaptureLimits.MaxShortTextChars ? null : text;
    }

    public bool? Truth(string name) => Find(name) switch
    {
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.Number } number => JsonText.NumberAsWritten(number) != "0",
        _ => null,
    };
}
