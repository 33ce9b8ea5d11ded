using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;
using static ArchiveService.Tests.Records.Given;

namespace ArchiveService.Tests.Records;

[Trait("Requirement", "T-22")]
public sealed class The_response_chart
{
    [Fact]
    public void leads_from_its_start_to_every_outcome_by_one_way_each()
    {
        var ends = new List<string>();
        void Walk(string code)
        {
            if (ResponseChart.Step(code) is not { } step) ends.Add(ResponseChart.Outcome(code)!.Code);
            else foreach (var way in step.Ways) Walk(way.To);
        }

        Walk(ResponseChart.Start.Code);

        Assert.Equal(ResponseChart.Outcomes.Select(o => o.Code).Order(), ends.Order());
    }

    [Fact]
    public void can_tell_the_way_from_the_node_alone() => Assert.Equal(
        [("positive", "Nej"), ("slander", "Nej"), ("joke", "Nej"), ("facts", "Ja")],
        ResponseChart.PathTo("correct").Select(p => (p.Step.Code, p.Way.Text)));

    [Fact]
    [Trait("Requirement", "T-10")]
    [Trait("Requirement", "H-16")]
    public void lets_a_joke_stand_unless_a_person_chooses_otherwise()
    {
        var ways = ResponseChart.Step("joke-how")!.Ways;

        Assert.Equal("joke-observe", ways[0].To);
        Assert.False(ResponseChart.Outcome("joke-observe")!.HumanChoice);
        Assert.True(ResponseChart.Outcome("joke-consider-removal")!.HumanChoice);
        Assert.True(ResponseChart.Outcome("slander-own-channel")!.HumanChoice);
    }

    [Theory]
    [InlineData("toreboda", "offered")]
    [InlineData("herrljunga", "on-request")]
    [InlineData("norrkoping", "on-request")]
    [InlineData("trosa", "on-request")]
    [InlineData("vastarvet", "on-request")]
    public void is_offered_where_the_guideline_has_it_and_at_hand_for_others(string preset, string value) => Assert.Equal(value, Preset.All[preset].Values["triage.chart"].Value);

    [Fact]
    public void is_kept_with_the_assessment_and_does_nothing()
    {
        var before = A_captured_comment();
        var decision = new AssessRecord(false, false, false, null, ChartNode: "joke-consider-removal").Decide(before, PolicyOf("toreboda"));

        var told = Assert.IsType<AssessmentDetailed>(decision.Events[1].Event);
        Assert.Equal("joke-consider-removal", told.ChartNode);
        var after = decision.Events.Aggregate(before, (s, e) => s.After((RecordEvent)e.Event, Noon));
        Assert.Equal((Visibility.Visible, Registration.Captured, Wall.Open), (after.Visibility, after.Registration, after.Wall));
    }

    [Fact]
    public void refuses_a_node_that_is_none_and_one_where_it_is_not_used()
    {
        Assert.Equal("chart-node-unknown", new AssessRecord(false, false, false, null, ChartNode: "remove").Decide(A_captured_comment(), PolicyOf("toreboda")).Refused?.Code);
        Assert.Equal("chart-not-in-policy", new AssessRecord(false, false, false, null, ChartNode: "correct").Decide(A_captured_comment(), PolicyOf("custom", ("triage.chart", "none"))).Refused?.Code);
    }
}
