using static ArchiveService.Tests.Records.Given;

namespace ArchiveService.Tests.Requirements;

/// <summary>Every cell of the table in docs/requirements.md.</summary>
public sealed class Scenarios_under_the_five_guidelines
{
    public static TheoryData<string, string, string> Cells()
    {
        var cells = new TheoryData<string, string, string>();
        foreach (var scenario in Scenario.All)
        {
            foreach (var (preset, _) in Scenario.Guidelines) cells.Add(scenario.Row, scenario.Situation, preset);
        }

        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    [Trait("Requirement", "C1")]
    [Trait("Requirement", "C2")]
    [Trait("Requirement", "C3")]
    [Trait("Requirement", "C4")]
    [Trait("Requirement", "C5")]
    [Trait("Requirement", "C6")]
    [Trait("Requirement", "C7")]
    [Trait("Requirement", "C8")]
    [Trait("Requirement", "C9")]
    [Trait("Requirement", "C10")]
    [Trait("Requirement", "C11")]
    [Trait("Requirement", "C12")]
    [Trait("Requirement", "C13")]
    [Trait("Requirement", "C14")]
    [Trait("Requirement", "C15")]
    [Trait("Requirement", "C16")]
    [Trait("Requirement", "C17")]
    [Trait("Requirement", "C18")]
    [Trait("Requirement", "C19")]
    [Trait("Requirement", "C20")]
    [Trait("Requirement", "C21")]
    [Trait("Requirement", "C22")]
    [Trait("Requirement", "C23")]
    [Trait("Requirement", "C24")]
    [Trait("Requirement", "C25")]
    [Trait("Requirement", "C26")]
    [Trait("Requirement", "C27")]
    [Trait("Requirement", "C28")]
    [Trait("Requirement", "C29")]
    public void end_as_the_table_says(string row, string situation, string preset)
    {
        var scenario = Assert.Single(Scenario.All, s => s.Row == row && s.Situation == situation);

        Assert.Equal(scenario.Expected[preset], scenario.Observe(PolicyOf(preset)));
    }

    [Fact]
    public void are_claimed_for_the_rows_they_have() =>
        Assert.Equal(Scenario.All.Select(s => s.Row).Where(r => r[0] == 'C').Distinct().Order(StringComparer.Ordinal),
            TestSource.All.Single(t => t.Name == nameof(end_as_the_table_says)).Requirements.Order(StringComparer.Ordinal));
}
