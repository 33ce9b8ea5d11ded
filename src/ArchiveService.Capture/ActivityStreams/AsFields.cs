using System.Text.Json;
using System.Text.RegularExpressions;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.ActivityStreams;

/// <summary>The members of one object, by their short names also where the document writes them out (JSON-LD's expanded form).</summary>
internal sealed partial class AsFields
{
    private const string Namespace = "www.w3.org/ns/activitystreams";
    private const int MaxTagChars = 64;

    private static readonly string[] Texts = ["name", "summary", "content"];

    private readonly JsonFields fields;
    private readonly Remarks remarks;

    private AsFields(JsonFields fields, Remarks remarks)
    {
        this.fields = fields;
        this.remarks = remarks;
        if (fields.HasDuplicates) remarks.Flag(ActFlags.DuplicateKeys);
        Types = [.. Find("type", "@type").SelectMany(Each).Where(json => json.ValueKind == JsonValueKind.String).Select(json => Short(JsonText.Of(json, out _)))];
    }

    /// <summary>What it is, in the vocabulary's short words; extensions as they were written.</summary>
    public IReadOnlyList<string> Types { get; }

    public static AsFields Of(JsonElement json, Remarks remarks) => new(json.ValueKind == JsonValueKind.Object ? JsonFields.Of(json) : JsonFields.None, remarks);

    public bool Has(string name) => Values(name).Any();

    public bool HasAny(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Has(name)) return true;
        }

        return false;
    }

    /// <summary>The values of a member, one or many, as the document has them.</summary>
    public IEnumerable<JsonElement> Values(string name) => Find(name).SelectMany(Each).Where(json => json.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined));

    public string? Id => Find("id", "@id").SelectMany(Each).Select(JsonFields.IdOf).FirstOrDefault(id => id is not null);

    /// <summary>The first address of a member: itself, or the id or href of what stands there, or its url.</summary>
    public string? Link(string name) => Values(name).Select(LinkOf).FirstOrDefault(link => link is not null);

    public string? LinkOf(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object) return json.ValueKind == JsonValueKind.String ? JsonFields.IdOf(json) : null;
        var fields = Of(json, remarks);
        return fields.Id ?? fields.Values("href").Select(JsonFields.IdOf).FirstOrDefault(id => id is not null)
            ?? fields.Values("url").Select(u => u.ValueKind == JsonValueKind.Object ? JsonFields.Of(u).Id("href") : u.ValueKind == JsonValueKind.String ? JsonFields.IdOf(u) : null).FirstOrDefault(id => id is not null);
    }

    /// <summary>A text, or the first of its languages.</summary>
    public string? Text(string name)
    {
        foreach (var value in Values(name).Concat(Values($"{name}Map").Where(map => map.ValueKind == JsonValueKind.Object).SelectMany(map => map.EnumerateObject().Select(m => m.Value))))
        {
            var written = value.ValueKind == JsonValueKind.Object ? JsonFields.Of(value).Find("@value") ?? value : value;
            if (written.ValueKind != JsonValueKind.String) continue;
            var text = JsonText.Of(written, out var faults);
            remarks.Flag(faults);
            return remarks.Cut(text);
        }

        return null;
    }

    public DateTimeOffset? Time(string name, DateTimeOffset? now) => Values(name).FirstOrDefault() is { ValueKind: not JsonValueKind.Undefined } written ? PlatformTime.Read(written, now, remarks) : null;

    /// <summary>What the Recommendation forbids: types that a member cannot have, another vocabulary's context, addresses that lead nowhere, languages that are none.</summary>
    public void Validate(bool isRoot)
    {
        if (isRoot && fields.Find("@context") is { } context) ValidateContext(context);
        if (Find("id", "@id").SelectMany(Each).Any(json => json.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))) remarks.Refuse(RefusalCodes.WrongType, "The id must be an address.");
        if (Find("type", "@type").SelectMany(Each).Any(json => json.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))) remarks.Refuse(RefusalCodes.WrongType, "The type must be a word or an address.");
        foreach (var name in Texts)
        {
            if (Values(name).Any(json => json.ValueKind != JsonValueKind.String && !(json.ValueKind == JsonValueKind.Object && JsonFields.Of(json).Has("@value"))))
                remarks.Refuse(RefusalCodes.WrongType, $"{name} must be a text; texts in several languages stand in {name}Map.");
            foreach (var map in Values($"{name}Map")) ValidateMap(name, map);
        }

        if (isRoot && Values("url").Select(LinkOf).Any(url => url is not null && !Uri.TryCreate(url, UriKind.Absolute, out _)) && !Values("url").Select(LinkOf).Any(IsAbsolute))
            remarks.Refuse(ActivityStreamsRefusals.AddressRelative, "url is a relative address, and the document does not say relative to what.");
    }

    internal static bool IsAbsolute(string? url) => url is not null && Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme != Uri.UriSchemeFile;

    private void ValidateMap(string name, JsonElement map)
    {
        if (map.ValueKind != JsonValueKind.Object)
        {
            remarks.Refuse(RefusalCodes.WrongType, $"{name}Map must be an object with a text for each language.");
            return;
        }

        foreach (var language in map.EnumerateObject())
        {
            var tag = JsonText.NameOf(language);
            if (tag.Length > MaxTagChars || !(tag == "@none" || LanguageTag.IsMatch(tag))) remarks.Refuse(ActivityStreamsRefusals.LanguageTag, $"A language in {name}Map is not a language tag (RFC 5646).");
            else if (language.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Null)) remarks.Refuse(RefusalCodes.WrongType, $"{name}Map must have a text for each language.");
        }
    }

    private void ValidateContext(JsonElement context)
    {
        if (Each(context).Any(json => json.ValueKind is not (JsonValueKind.String or JsonValueKind.Object or JsonValueKind.Null))) remarks.Refuse(RefusalCodes.WrongType, "@context must be an address, an object or a list of them.");
        else if (!Each(context).Any(IsOurs)) remarks.Refuse(ActivityStreamsRefusals.OtherContext, "@context does not name ActivityStreams: the document is written in another vocabulary.");
    }

    private static bool IsOurs(JsonElement context) => context.ValueKind == JsonValueKind.Object
        ? context.EnumerateObject().Any(member => member.Value.ValueKind == JsonValueKind.String && IsOurs(member.Value))
        : context.ValueKind == JsonValueKind.String && JsonText.Of(context, out _).Contains(Namespace, StringComparison.Ordinal);

    private IEnumerable<JsonElement> Find(params IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            foreach (var written in (string[])[name, $"as:{name}", $"https://{Namespace}#{name}", $"http://{Namespace}#{name}"])
            {
                if (fields.Find(written) is { } value) yield return value;
            }
        }
    }

    private static IEnumerable<JsonElement> Each(JsonElement json) => json.ValueKind == JsonValueKind.Array ? json.EnumerateArray() : [json];

    private static string Short(string type)
    {
        if (type.StartsWith("as:", StringComparison.Ordinal)) return type[3..];
        var at = type.IndexOf(Namespace + "#", StringComparison.Ordinal);
        return at is > 0 and < 9 ? type[(at + Namespace.Length + 1)..] : type;
    }

    /// <summary>RFC 5646, 2.1, but for the grandfathered ones.</summary>
    [GeneratedRegex(@"\A(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?|x(?:-[a-z0-9]{1,8})+)\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex LanguageTag { get; }
}
