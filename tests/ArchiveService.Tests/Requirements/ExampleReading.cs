using System.Text.Json;
using ArchiveService.Tests.Contracts;

namespace ArchiveService.Tests.Requirements;

/// <summary>An expectation of the classified examples that is read otherwise than it stands; the acceptance tests assert it, the page tells it.</summary>
internal sealed record ExampleReading(string Example, IReadOnlyList<string> Presets, string Said, string Because, string Paragraph)
{
    public static IReadOnlyList<ExampleReading> All { get; } = JsonSerializer.Deserialize<List<ExampleReading>>(
        File.ReadAllText(RepositoryFiles.Path("tests", "ArchiveService.AppTests", "Acceptance", "readings.json")), JsonSerializerOptions.Web)!;
}
