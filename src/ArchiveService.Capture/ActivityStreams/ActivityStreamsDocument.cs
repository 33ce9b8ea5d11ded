using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.ActivityStreams;

/// <summary>
/// One ActivityStreams 2.0 document: an activity, an object that stands alone, an actor, or a collection of them. What the Recommendation allows is read, what it forbids is
/// refused with a reason, and what has no place in the model is kept as unknown.
/// </summary>
public static class ActivityStreamsDocument
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = CaptureLimits.MaxDepth };

    /// <summary>One outcome an item; a collection gives its items, anything else itself. Never throws because of what the document says.</summary>
    /// <param name="document">The bytes of the document.</param>
    /// <param name="now">Times after this are flagged.</param>
    /// <param name="place">The first item's place.</param>
    /// <param name="name">What the document is called where it lies; stands before every pointer and in every refusal.</param>
    public static IReadOnlyList<ReadAct> Read(ReadOnlyMemory<byte> document, DateTimeOffset? now = null, long place = 1, string? name = null)
    {
        if (document.Span is [0xEF, 0xBB, 0xBF, ..]) document = document[3..];
        var in1 = name is null ? "" : $"{name}: ";
        if (!Utf8.IsValid(document.Span)) return [new ReadAct.Rejected(place, RefusalCodes.BadCharacters, $"{in1}Holds bytes that are not UTF-8.")];
        try
        {
            using var json = JsonDocument.Parse(document, Options);
            return Read(json.RootElement, now, place, name is null ? "" : $"{name}#", in1);
        }
        catch (JsonException broken)
        {
            return [new ReadAct.Rejected(place, RefusalCodes.BrokenJson, string.Create(CultureInfo.InvariantCulture, $"{in1}Not JSON, or nested deeper than {CaptureLimits.MaxDepth}, at line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}."))];
        }
    }

    private static List<ReadAct> Read(JsonElement root, DateTimeOffset? now, long place, string pointer, string in1)
    {
        if (root.ValueKind != JsonValueKind.Object) return [new ReadAct.Rejected(place, RefusalCodes.NotAnObject, $"{in1}An ActivityStreams document must be a JSON object.")];
        var remarks = new Remarks();
        var fields = AsFields.Of(root, remarks);
        fields.Validate(isRoot: true);
        var items = IsCollection(fields) ? Items(fields, remarks, pointer).ToList() : [];
        if (remarks.Refusal is { } refused) return [new ReadAct.Rejected(place, refused.Code, in1 + refused.Detail)];
        if (!IsCollection(fields)) return [new AsItem(root, place, pointer, now, in1).Read()];
        return items.Count == 0
            ? [new ReadAct.NotARecord(place, fields.Types[0])]
            : [.. items.Select((item, index) => new AsItem(item.Json, place + index, item.Pointer, now, in1).Read())];
    }

    private static bool IsCollection(AsFields fields) => fields.Types.Any(type => type is "Collection" or "OrderedCollection" or "CollectionPage" or "OrderedCollectionPage");

    private static IEnumerable<(JsonElement Json, string Pointer)> Items(AsFields collection, Remarks remarks, string pointer)
    {
        var isOrdered = collection.Types.Any(type => type is "OrderedCollection" or "OrderedCollectionPage");
        if (collection.Has(isOrdered ? "items" : "orderedItems"))
            remarks.Refuse(ActivityStreamsRefusals.CollectionBroken, isOrdered ? "An ordered collection lists its items in orderedItems, not in items." : "A collection without order lists its items in items, not in orderedItems.");
        var name = isOrdered ? "orderedItems" : "items";
        foreach (var (index, item) in collection.Values(name).Index()) yield return (item, string.Create(CultureInfo.InvariantCulture, $"{pointer}/{name}/{index}"));
        foreach (var first in collection.Values("first").Where(json => json.ValueKind == JsonValueKind.Object))
        {
            var page = AsFields.Of(first, remarks);
            if (page.Types.Any(type => type is "Link")) continue;
            if (!page.Types.Any(type => type is "CollectionPage" or "OrderedCollectionPage"))
            {
                remarks.Refuse(ActivityStreamsRefusals.CollectionBroken, "The collection's first page is not a page.");
                yield break;
            }

            foreach (var inside in (string[])["items", "orderedItems"])
            {
                foreach (var (index, item) in page.Values(inside).Index()) yield return (item, string.Create(CultureInfo.InvariantCulture, $"{pointer}/first/{inside}/{index}"));
            }
        }
    }
}
