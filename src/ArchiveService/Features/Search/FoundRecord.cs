namespace ArchiveService.Features.Search;

public sealed record Total(int Value, string Relation);

/// <summary>A part of the snippet that matched: UTF-16 units.</summary>
public sealed record Highlight(int Start, int Length);

public sealed record FoundSender(string? Name, string? Handle, Guid? Account);

public sealed record FoundChannel(Guid Id, string Platform, string? Handle);

public sealed record FoundRecord(
    Guid Id, string Kind, string Direction, DateTimeOffset OccurredAt, DateTimeOffset CapturedAt, FoundSender Sender, FoundChannel Channel, string Authority,
    string? Snippet, IReadOnlyList<Highlight> Highlights, string State, string? StateBy, bool Edited, string Registration, string? DiaryNumber, int? DocumentNumber,
    string RecordType, int Attachments, string Access, DateTimeOffset? DisposedAt)
{
    /// <summary>Which words were found, and how they answer to what was typed; nothing of what stands behind a wall.</summary>
    public IReadOnlyList<Matched> Matched { get; init; } = [];

    /// <summary>The snippet with its hits between two control characters, for the page.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string? Marked { get; init; }
}

/// <summary>Nothing was found for what was typed; these are the hits for the word that is nearest to it.</summary>
/// <param name="Query">The whole question as it was answered: the next pages ask it.</param>
public sealed record Meant(string Typed, string Word, string Query);

public sealed record FoundRecords(IReadOnlyList<FoundRecord> Items, string? Next, Total Total)
{
    public Meant? Meant { get; init; }
}
