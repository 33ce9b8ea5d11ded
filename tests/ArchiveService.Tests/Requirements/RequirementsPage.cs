using System.Text;

namespace ArchiveService.Tests.Requirements;

/// <summary>docs/requirements.md, written from requirements.json, the traits of the tests, the scenarios and the corrected expectations.</summary>
internal static class RequirementsPage
{
    public static string Write()
    {
        var page = new StringBuilder("""
            # Requirements

            What the five guidelines, the rows where they differ and the invariants ask, and what answers to it.
            This page is written from `tests/ArchiveService.Tests/Requirements/requirements.json`, from the traits of the tests (`[Trait("Requirement", "H-25")]`) and from the scenarios. After a change: `UPDATE_DOCS=1 ./test --filter Requirement_matrix`.

            How to read it:

            - **H** Herrljunga, **N** Norrköping, **T** Töreboda, **R** Trosa, **V** Västarvet: the guideline's numbered requirements. **C** rows are the points where the guidelines differ, C21–C29 among them from an archivist's review. **I** rows are invariants.
            - MUST is *ska*, SHOULD is *bör*, MAY is *får* in the guideline. What is asked is our short reading of it; the guideline's own words prevail.
            - *Where*: the folder under `src/ArchiveService`. *Tests*: those that carry the row's trait; a test that only runs beside the shared samples has a °.
            - *Not the system's* is said with its reason. *No test yet* means what it says: the behaviour is what is meant to be.


            """.ReplaceLineEndings("\n"));
        page.Append("| | rows | tested | not the system's | no test yet |\n|---|--:|--:|--:|--:|\n");
        foreach (var (title, ids) in Requirement.Groups)
        {
            var rows = Rows(ids);
            page.Append($"| {title} | {rows.Count} | {rows.Count(r => r.Tests.Count > 0)} | {rows.Count(r => r.Tests.Count == 0 && r.NotTheSystems is not null)} | {rows.Count(r => r.Tests.Count == 0 && r.NotTheSystems is null)} |\n");
        }

        page.Append('\n');
        foreach (var (title, ids) in Requirement.Groups)
        {
            page.Append($"## {title}\n\n| | asks | behaviour | where | tests |\n|---|---|---|---|---|\n");
            foreach (var row in Rows(ids)) Row(page, row);
            page.Append('\n');
        }

        ScenarioTable(page);
        Judgements(page);
        return page.ToString().TrimEnd('\n') + "\n";
    }

    private static List<Requirement> Rows(IReadOnlyList<string> ids) => [.. ids.Select(id => Requirement.All.FirstOrDefault(r => r.Id == id)).OfType<Requirement>()];

    private static void Row(StringBuilder page, Requirement row)
    {
        var id = row.Modality is null ? $"**{row.Id}**" : $"**{row.Id}** {row.Modality}";
        var tests = row.Tests.Select(t => $"`{t.FullName}`{(t.Conditional ? "°" : "")}").Distinct().ToList();
        page.Append($"| {id} | {Cell(row.Asks)} | ");
        if (row.NotTheSystems is { } reason) page.Append($"*Not the system's:* {Cell(reason)} | | {string.Join("<br>", tests)} |\n");
        else page.Append($"{Cell(row.Behaviour ?? "")} | {string.Join("<br>", (row.Slices ?? []).Select(s => Requirement.Exists(s) ? $"`{s}`" : $"`{s}` (not there yet)"))} | {(tests.Count == 0 ? "*no test yet*" : string.Join("<br>", tests))} |\n");
    }

    private static void ScenarioTable(StringBuilder page)
    {
        page.Append($"""
            ## The same situation under the five guidelines

            {Scenario.All.Sum(s => s.Expected.Count)} cells. Each cell is what a test asserts of the commands' own decisions under the guideline's preset (`Scenarios_under_the_five_guidelines`); nothing stands here that was not asserted.


            """.ReplaceLineEndings("\n"));
        page.Append($"| | situation | {string.Join(" | ", Scenario.Guidelines.Select(g => g.Title))} |\n|---|---|{string.Concat(Scenario.Guidelines.Select(_ => "---|"))}\n");
        foreach (var id in Requirement.Groups.SelectMany(g => g.Ids).Where(id => id.StartsWith('C')))
        {
            foreach (var scenario in Scenario.All.Where(s => s.Row == id))
                page.Append($"| **{id}** | {Cell(scenario.Situation)} | {string.Join(" | ", Scenario.Guidelines.Select(g => Cell(scenario.Expected[g.Preset])))} |\n");
            if (Scenario.All.All(s => s.Row != id)) page.Append($"| **{id}** | *no scenario yet* | {string.Join(" | ", Scenario.Guidelines.Select(_ => ""))} |\n");
        }

        page.Append('\n');
    }

    private static void Judgements(StringBuilder page)
    {
        page.Append("""
            ## Expectations read otherwise

            The classified examples beside the repository (`shared/data/examples.json`) give one expected value each. They are read as sets of what is allowed. Where an expectation is narrowed, widened or held to be wrong, this is the reading that the tests assert (`tests/ArchiveService.AppTests/Acceptance/readings.json`) and why. What the examples expect of answering, consent, blocking, police reports and of routing to an akt is not asserted there.

            | example | under | read as | because | paragraph |
            |---|---|---|---|---|

            """.ReplaceLineEndings("\n"));
        foreach (var reading in ExampleReading.All)
            page.Append($"| {reading.Example} | {string.Join(", ", reading.Presets)} | {Cell(reading.Said)} | {Cell(reading.Because)} | {Cell(reading.Paragraph)} |\n");
        page.Append('\n');
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
