using System.Text.Json;
using ArchiveService.Tests.Contracts;

namespace ArchiveService.Tests.Requirements;

/// <summary>A row of the requirement matrix: what is written by hand of it, in requirements.json.</summary>
/// <param name="Modality">MUST, SHOULD or MAY; none for a contradiction or an invariant.</param>
/// <param name="NotTheSystems">Why no code answers to it.</param>
/// <param name="Awaits">No test yet, and no need of one in this version. Taken away as soon as there is one.</param>
/// <param name="ScenarioAwaits">No scenario under the five guidelines yet.</param>
internal sealed record Requirement(
    string Id, string Asks, string? Modality = null, string? Behaviour = null, IReadOnlyList<string>? Slices = null, string? NotTheSystems = null, bool Awaits = false, bool ScenarioAwaits = false)
{
    public static string SourceFile => RepositoryFiles.Path("tests", "ArchiveService.Tests", "Requirements", "requirements.json");

    public static IReadOnlyList<Requirement> All { get; } = JsonSerializer.Deserialize<List<Requirement>>(File.ReadAllText(SourceFile), JsonSerializerOptions.Web)!;

    /// <summary>What there has to be a row for: the guidelines' numbered requirements, the rows of the table of contradictions, the invariants.</summary>
    public static IReadOnlyList<(string Title, IReadOnlyList<string> Ids)> Groups { get; } =
    [
        ("Herrljunga", Ids("H-", 30, "00")), ("Norrköping", Ids("N-", 17, "00")), ("Töreboda", Ids("T-", 22, "00")), ("Trosa", Ids("R-", 18, "00")), ("Västarvet", Ids("V-", 13, "00")),
        ("Where the guidelines differ", Ids("C", 29, "0")), ("Invariants", Ids("I", 12, "0")),
    ];

    public bool AllSlicesExist => (Slices ?? []).All(Exists);

    public static bool Exists(string slice) => Directory.Exists(RepositoryFiles.Path(["src", "ArchiveService", .. slice.Split('/')]));

    public IReadOnlyList<TestMethod> Tests => [.. TestSource.All.Where(t => !t.Skipped && t.Requirements.Contains(Id)).OrderBy(t => t.FullName, StringComparer.Ordinal)];

    private static IReadOnlyList<string> Ids(string prefix, int count, string format) =>
        [.. Enumerable.Range(1, count).Select(n => prefix + n.ToString(format, System.Globalization.CultureInfo.InvariantCulture))];
}
