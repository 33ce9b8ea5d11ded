using System.Text.Json;

namespace ArchiveService.AppTests.Acceptance;

/// <summary>examples.json beside this file: invented texts that cover the same edges, wherever the repository is.</summary>
internal sealed record OwnExample(
    string Id, string Edge, string Kind, string Author, IReadOnlyList<string> Texts, bool Own = false, bool DeletedByAuthor = false, int Repeat = 1, bool Minor = false, bool Hinted = false,
    string? Secret = null, IReadOnlyList<string>? Registration = null, IReadOnlyDictionary<string, IReadOnlyList<string>>? TakenDownOn = null, IReadOnlyDictionary<string, IReadOnlyList<string>>? NoGround = null)
{
    public static IReadOnlyList<OwnExample> All { get; } = JsonSerializer.Deserialize<List<OwnExample>>(File.ReadAllText(AcceptanceFiles.Path("examples.json")), JsonSerializerOptions.Web)!;

    public static IReadOnlyList<(AcceptanceItem Item, Allowed Allowed)> Under(string preset) => [.. All.Select(e => (e.Item(), e.Read(preset)))];

    private AcceptanceItem Item() => new(Id, Kind, Own, Author, [.. Texts.Select(t => string.Join("\n\n", Enumerable.Repeat(t, Repeat)))], DeletedByAuthor, WithAttachment: false);

    private Allowed Read(string preset)
    {
        var secrecy = Secret switch { null => SecrecyOf.None, "assess" => SecrecyOf.Assess, _ => SecrecyOf.Marked };
        var grounds = For(TakenDownOn, preset);
        return new(
            Allowed.Ways(preset, Minor, secrecy, Registration ?? ["KEEP_ORDERED"]), grounds.Count > 0 ? TakingDown.Permitted : TakingDown.None, grounds, For(NoGround, preset), secrecy,
            secrecy == SecrecyOf.Marked ? Secret : null, Minor, Hinted);
    }

    /// <summary>"*" is every guideline not named.</summary>
    private static IReadOnlyList<string> For(IReadOnlyDictionary<string, IReadOnlyList<string>>? by, string preset) => by is null ? [] : by.GetValueOrDefault(preset) ?? by.GetValueOrDefault("*") ?? [];
}
