using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ArchiveService.Features.Authorities;

/// <summary>A policy value with the requirement it comes from.</summary>
public sealed record PolicyValue(string Key, string Value, string Requirement, string? Note = null);

public sealed record PresetSource(string Document, string? DiaryNumber, string? Decided, bool Historic, string? DecidedBy = null, string? Note = null);

/// <summary>Two places of one guideline that cannot both be followed. Which is followed is a choice, recorded as a value of the policy under <paramref name="Key"/>.</summary>
public sealed record Contradiction(string Key, string Question, string Chosen, string Why, IReadOnlyList<Reading> Readings)
{
    public Reading? Find(string value) => Readings.FirstOrDefault(r => r.Value == value);
}

/// <param name="Says">What the guideline says there.</param>
/// <param name="LeadsTo">What follows for those who work by it.</param>
/// <param name="Sets">Other values of the policy that go with this reading.</param>
public sealed record Reading(string Value, string Requirement, string Says, string LeadsTo, IReadOnlyDictionary<string, string>? Sets = null);

[JsonConverter(typeof(JsonStringEnumConverter<ReferenceKind>))]
public enum ReferenceKind
{
    [JsonStringEnumMemberName("repealed")]
    Repealed,
    [JsonStringEnumMemberName("replaced")]
    Replaced,
    [JsonStringEnumMemberName("renumbered")]
    Renumbered,
    [JsonStringEnumMemberName("wrong-number")]
    WrongNumber,
    [JsonStringEnumMemberName("renamed")]
    Renamed,
    [JsonStringEnumMemberName("outdated")]
    Outdated,
    [JsonStringEnumMemberName("link")]
    Link,
    [JsonStringEnumMemberName("not-deciding-body")]
    NotDecidingBody,
    [JsonStringEnumMemberName("against-law")]
    AgainstLaw,
}

/// <summary>What a guideline refers to that no longer stands, or never did. It is shown as it was written, with what holds instead; never corrected in silence.</summary>
/// <param name="Certain">False where what holds instead has to be checked.</param>
public sealed record Reference(string Cited, string Requirement, ReferenceKind Kind, string Now, string? Note = null, bool Certain = true)
{
    public string InSwedish => Kind switch
    {
        ReferenceKind.Repealed => "Upphävd lag",
        ReferenceKind.Replaced => "Ersatt lag",
        ReferenceKind.Renumbered => "Omnumrerad",
        ReferenceKind.WrongNumber => "Fel nummer",
        ReferenceKind.Renamed => "Bytt namn",
        ReferenceKind.Outdated => "Föråldrat",
        ReferenceKind.Link => "Länk som inte når fram",
        ReferenceKind.NotDecidingBody => "Ingen som beslutar om gallring",
        ReferenceKind.AgainstLaw => "Stämmer inte med lagen",
        _ => throw new System.Diagnostics.UnreachableException($"{Kind}"),
    };
}

/// <summary>One of the guidelines as data.</summary>
public sealed record Preset(
    string Name, string Title, PresetSource Source, IReadOnlyDictionary<string, PolicyValue> Values, IReadOnlyList<Contradiction> Contradictions, IReadOnlyList<Reference> References)
{
    /// <summary>The preset of an authority that has no guideline of its own.</summary>
    public const string Custom = "custom";

    public static FrozenDictionary<string, Preset> All { get; } = Load();

    /// <summary>The guidelines, to be compared with each other.</summary>
    public static IReadOnlyList<Preset> Guidelines { get; } = [.. All.Values.Where(p => p.Name != Custom).OrderBy(p => p.Title, StringComparer.Create(System.Globalization.CultureInfo.GetCultureInfo("sv-SE"), ignoreCase: true))];

    /// <summary>The value of every key, the readings among them.</summary>
    public FrozenDictionary<string, string> Whole { get; } =
        Values.Values.Select(v => KeyValuePair.Create(v.Key, v.Value)).Concat(Contradictions.Select(c => KeyValuePair.Create(c.Key, c.Chosen))).ToFrozenDictionary();

    public Contradiction? Contradiction(string key) => Contradictions.FirstOrDefault(c => c.Key == key);

    private static FrozenDictionary<string, Preset> Load()
    {
        var assembly = typeof(Preset).Assembly;
        return assembly.GetManifestResourceNames().Where(n => n.StartsWith("presets/", StringComparison.Ordinal)).Select(name =>
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var file = JsonSerializer.Deserialize<PresetFile>(stream, JsonSerializerOptions.Web)!;
            return new Preset(file.Preset, file.Title, file.Source, file.Values.ToFrozenDictionary(v => v.Key), file.Contradictions, file.References);
        }).ToFrozenDictionary(p => p.Name);
    }

    private sealed record PresetFile(
        string Preset, string Title, PresetSource Source, IReadOnlyList<PolicyValue> Values, IReadOnlyList<Contradiction> Contradictions, IReadOnlyList<Reference> References);
}
