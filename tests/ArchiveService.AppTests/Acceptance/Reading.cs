using System.Text.Json;

namespace ArchiveService.AppTests.Acceptance;

/// <summary>readings.json: where an expectation of the classified examples is narrowed, widened or held to be wrong, and by which paragraph.</summary>
/// <param name="Set">What is asserted instead; null where the reading changes nothing that can be asserted.</param>
internal sealed record Reading(string Example, IReadOnlyList<string> Presets, string Said, string Because, string Paragraph, ReadAs? Set)
{
    public static IReadOnlyList<Reading> All { get; } = JsonSerializer.Deserialize<List<Reading>>(File.ReadAllText(AcceptanceFiles.Path("readings.json")), JsonSerializerOptions.Web)!;

    public static IEnumerable<ReadAs> Of(string example, string preset) => All.Where(r => r.Example == example && r.Presets.Contains(preset)).Select(r => r.Set).OfType<ReadAs>();
}

internal sealed record ReadAs(IReadOnlyList<string>? Registration = null, string? TakingDown = null, IReadOnlyList<string>? Grounds = null, bool? Minor = null);

internal static class AcceptanceFiles
{
    public static string Path(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "ArchiveService.sln"))) return System.IO.Path.Combine(folder.FullName, "tests", "ArchiveService.AppTests", "Acceptance", name);
        }

        throw new DirectoryNotFoundException("The tests run outside the repository.");
    }
}
