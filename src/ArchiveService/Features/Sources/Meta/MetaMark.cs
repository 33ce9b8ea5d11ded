using System.Text.Json;

namespace ArchiveService.Features.Sources.Meta;

/// <summary>A list within an item that goes on: <c>100_5</c>, <c>comments</c>, <c>after=…</c>.</summary>
internal sealed record MetaTodo(string Id, string List, string Next);

/// <summary>How far the polls of a channel have come. Each part has its own time, so that one that is not permitted keeps no other back.</summary>
/// <param name="Done">When the last whole reading of a part began.</param>
/// <param name="Part">The part that was being read.</param>
/// <param name="Begun">When that reading began.</param>
/// <param name="Next">The query of its next page; null: only <paramref name="Todo"/> is left.</param>
/// <param name="Todo">What is left to read within the items of pages that were kept.</param>
internal sealed record MetaMark(IReadOnlyDictionary<string, DateTimeOffset> Done, string? Part = null, DateTimeOffset? Begun = null, string? Next = null, IReadOnlyList<MetaTodo>? Todo = null)
{
    /// <summary>What cannot be read begins anew: a poll too many says nothing new, one too few leaves a gap.</summary>
    public static MetaMark Read(string? written)
    {
        try
        {
            return (string.IsNullOrEmpty(written) ? null : JsonSerializer.Deserialize<MetaMark>(written)) is { Done: not null } mark ? mark : None;
        }
        catch (JsonException)
        {
            return None;
        }
    }

    private static MetaMark None => new(new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal));

    public string Write() => JsonSerializer.Serialize(this);

    public DateTimeOffset? DoneAt(string part) => Done.TryGetValue(part, out var at) ? at : null;

    public MetaMark Within(string part, DateTimeOffset begun, string? next, IReadOnlyList<MetaTodo> todo) => new(Done, part, begun, next, todo);

    public MetaMark Finished(string part, DateTimeOffset begun) => new(new Dictionary<string, DateTimeOffset>(Done, StringComparer.Ordinal) { [part] = begun });
}
