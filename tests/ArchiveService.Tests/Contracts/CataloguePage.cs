using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ArchiveService.EventStore;
using ArchiveService.Hosting;
using ArchiveService.Sealing;

namespace ArchiveService.Tests.Contracts;

/// <summary>docs/event-catalogue.md, written from the event types and the comments above them.</summary>
internal static partial class CataloguePage
{
    private static readonly NullabilityInfoContext Nullability = new();
    private static readonly Dictionary<string, string> Comments = ReadComments();
    private static readonly EventTypes Types = new(typeof(Composition).Assembly);

    public static IReadOnlyList<(string Name, Type Type, string Stream, string Summary)> Entries { get; } =
        [.. Types.All.Select(pair => (pair.Key, pair.Value, StreamOf(pair.Key, pair.Value), Comments.GetValueOrDefault(pair.Key) ?? CatalogueWords.Summaries.GetValueOrDefault(pair.Key) ?? ""))
            .OrderBy(entry => entry.Item3, StringComparer.Ordinal).ThenBy(entry => entry.Key, StringComparer.Ordinal)];

    public static string Write()
    {
        var page = new StringBuilder("""
            # Event catalogue

            Every event type of the archive: stored name (`mt_events.type`), the stream it stands in, the fields of its JSON (`mt_events.data`) and what stands sealed beside it.
            This page is written from the event types. After a change: `UPDATE_DOCS=1 ./test --filter Event_catalogue`.

            How to read it:

            - A field with `?` is absent when it has no value. Names are camelCase in the JSON, enumerations are camelCase words, times are UTC with six decimals, ids are lower-case uuids.
            - *Sealed* tells the class of the key and the parts ([stored format](stored-format.md)); a part in brackets is not always there. An event with something sealed also has the member `sealed`: `{v, alg, key, ct, cm}`.
            - Texts of people, names, handles, addresses and platform ids are never in the clear.
            - A stored event is there for ever: a type is never changed, a new version gets a new name (`…_v2`).


            """.ReplaceLineEndings("\n"));
        var shapes = new SortedDictionary<string, Type>(StringComparer.Ordinal);
        var stream = "";
        foreach (var entry in Entries)
        {
            if (entry.Stream != stream) page.Append($"## Stream `{stream = entry.Stream}`\n\n");
            page.Append($"### {entry.Name}\n\n{entry.Summary}\n\n");
            Fields(page, entry.Type, shapes);
            page.Append($"Sealed: {SealedBeside.ByName.GetValueOrDefault(entry.Name, "nothing")}.\n\n");
        }

        page.Append("## Shapes\n\n");
        AddHeldShapes(shapes);
        foreach (var shape in shapes.Values.ToList()) Shape(page, shape, shapes);

        return page.ToString().TrimEnd('\n') + "\n";
    }

    /// <summary>A shape may hold further ones.</summary>
    private static void AddHeldShapes(SortedDictionary<string, Type> shapes)
    {
        int before;
        do
        {
            before = shapes.Count;
            foreach (var shape in shapes.Values.Where(shape => !shape.IsEnum).ToList()) Fields(new(), shape, shapes);
        }
        while (shapes.Count > before);
    }

    private static void Shape(StringBuilder page, Type shape, SortedDictionary<string, Type> shapes)
    {
        page.Append($"### {shape.Name}\n\n");
        if (shape.IsEnum) page.Append($"One of {string.Join(", ", Enum.GetNames(shape).Select(name => $"`{JsonNamingPolicy.CamelCase.ConvertName(name)}`"))}.\n\n");
        else Fields(page, shape, shapes);
    }

    private static void Fields(StringBuilder page, Type type, SortedDictionary<string, Type> shapes)
    {
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.Name != "EqualityContract" && p.PropertyType != typeof(Sealed)).ToList();
        if (properties.Count == 0) return;
        page.Append("| field | type |\n|---|---|\n");
        foreach (var property in properties)
        {
            var optional = Nullable.GetUnderlyingType(property.PropertyType) is not null || Nullability.Create(property).ReadState == NullabilityState.Nullable;
            page.Append($"| {JsonNamingPolicy.CamelCase.ConvertName(property.Name)}{(optional ? "?" : "")} | {Word(property.PropertyType, shapes)} |\n");
        }

        page.Append('\n');
    }

    private static string Word(Type type, SortedDictionary<string, Type> shapes)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string)) return "string";
        if (type == typeof(bool)) return "boolean";
        if (type == typeof(Guid)) return "uuid";
        if (type == typeof(int) || type == typeof(long)) return "whole number";
        if (type == typeof(DateTimeOffset)) return "time";
        if (type == typeof(DateOnly)) return "date";
        if (type.IsGenericType)
        {
            var held = type.GetGenericArguments();
            return held.Length == 2 ? $"object of {Word(held[0], shapes)} to {Word(held[1], shapes)}" : $"list of {Word(held[0], shapes)}";
        }

        shapes[type.Name] = type;
        return $"[{type.Name}](#{type.Name.ToLowerInvariant()})";
    }

    private static string StreamOf(string name, Type type) => CatalogueWords.Streams.TryGetValue(name, out var named)
        ? named
        : type.BaseType!.Name[..^"Event".Length].ToLowerInvariant();

    /// <summary>The summaries stand in the source, above the stored name.</summary>
    private static Dictionary<string, string> ReadComments()
    {
        var comments = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(RepositoryFiles.Path("src", "ArchiveService", "Features"), "*.cs", SearchOption.AllDirectories))
        {
            foreach (Match match in Commented().Matches(File.ReadAllText(file)))
            {
                var text = Slashes().Replace(match.Groups["text"].Value, " ");
                text = Reference().Replace(text, found => $"`{(found.Groups["kind"].Value == "paramref" ? JsonNamingPolicy.CamelCase.ConvertName(found.Groups["name"].Value) : found.Groups["name"].Value)}`");
                comments[match.Groups["name"].Value] = Spaces().Replace(text.Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal), " ").Trim();
            }
        }

        return comments;
    }

    [GeneratedRegex("""///\s*<summary>(?<text>(?:(?!</summary>).)*)</summary>\s*\[EventName\("(?<name>[a-z0-9_]+)"\)\]""", RegexOptions.Singleline)]
    private static partial Regex Commented();

    [GeneratedRegex("""\n\s*///""")]
    private static partial Regex Slashes();

    [GeneratedRegex("""<(?<kind>paramref|see) (?:name|cref)="(?<name>[^"]+)"\s*/>""")]
    private static partial Regex Reference();

    [GeneratedRegex("""\s+""")]
    private static partial Regex Spaces();
}
