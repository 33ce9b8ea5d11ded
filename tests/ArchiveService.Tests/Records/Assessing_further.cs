using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;
using static ArchiveService.Tests.Records.Given;

namespace ArchiveService.Tests.Records;

public sealed class Assessing_further
{
    private static RecordState Assessed(AssessRecord command, RecordState? state = null, string preset = "herrljunga")
    {
        var before = state ?? A_captured_comment();
        var decision = command.Decide(before, PolicyOf(preset));
        Assert.Null(decision.Refused);
        return before.With([.. decision.Events.Select(e => (RecordEvent)e.Event)]);
    }

    [Fact]
    public void with_the_three_old_answers_says_what_it_always_said()
    {
        var only = Assert.Single(new AssessRecord(true, false, true, "n").Decide(A_captured_comment(), PolicyOf("toreboda")).Events);

        Assert.Equal(new RecordAssessed(true, false, true, 3), only.Event);
    }

    [Theory]
    [InlineData("norrkoping")]
    [InlineData("toreboda")]
    [InlineData("vastarvet")]
    [InlineData("herrljunga")]
    [Trait("Requirement", "N-08")]
    [Trait("Requirement", "T-14")]
    [Trait("Requirement", "T-15")]
    public void as_sekretessreglerad_is_enough_to_close_the_keep_ordered_way(string preset)
    {
        var state = Assessed(new(false, SecrecySuspected: true, false, null, Provision: "OSL 25 kap. 1 §"), preset: preset);

        Assert.False(state.SecrecyMarked);
        Assert.Equal("secrecy-possible", new KeepOrdered().Decide(state, PolicyOf(preset)).Refused?.Code);
        Assert.Equal("secrecy-possible", new ExemptRecord("Kort", null).Decide(state, PolicyOf(preset)).Refused?.Code);
    }

    [Theory]
    [InlineData("belongsToCase")]
    [InlineData("startsCase")]
    [Trait("Requirement", "H-24")]
    public void as_part_of_a_case_is_to_be_registered_where_only_cases_are(string relation)
    {
        var state = Assessed(new(false, false, false, null, CaseRelation: relation));

        Assert.Equal("belongs-to-case", new KeepOrdered().Decide(state, PolicyOf("herrljunga")).Refused?.Code);
        Assert.Equal("not-minor", new ExemptRecord("Kort", null).Decide(state, PolicyOf("herrljunga")).Refused?.Code);
        Assert.Null(new KeepOrdered().Decide(state, PolicyOf("norrkoping")).Refused);
    }

    [Fact]
    [Trait("Requirement", "T-16")]
    public void as_important_is_never_exempt() =>
        Assert.Equal("not-minor", new ExemptRecord("Kort", null).Decide(Assessed(new(false, false, false, null, Significance: "important")), PolicyOf("toreboda")).Refused?.Code);

    [Fact]
    public void anew_forgets_what_was_said_further()
    {
        var state = Assessed(new(false, false, false, null), Assessed(new(false, false, false, null, CaseRelation: "startsCase")));

        Assert.Null(state.AssessedFurther);
        Assert.Null(new KeepOrdered().Decide(state, PolicyOf("herrljunga")).Refused);
    }

    [Theory]
    [InlineData("significance-unknown", "viktigt", null, null)]
    [InlineData("case-relation-unknown", null, "kanske", null)]
    [InlineData("personal-data-unknown", null, null, "skostorlek")]
    public void refuses_words_it_does_not_know(string code, string? significance, string? relation, string? finding) =>
        Assert.Equal(code, new AssessRecord(false, false, false, null, significance, relation, null, finding is null ? null : [finding]).Decide(A_captured_comment(), PolicyOf("toreboda")).Refused?.Code);

    [Fact]
    public void refuses_what_contradicts_itself()
    {
        Assert.Equal("significance-contradicts", new AssessRecord(true, false, false, null, "important").Decide(A_captured_comment(), PolicyOf("toreboda")).Refused?.Code);
        Assert.Equal("minor-and-secret", new AssessRecord(false, true, false, null, "minor").Decide(A_captured_comment(), PolicyOf("toreboda")).Refused?.Code);
        Assert.Equal("case-without-relation", new AssessRecord(false, false, false, null, null, "none", Channel).Decide(A_captured_comment(), PolicyOf("toreboda")).Refused?.Code);
    }

    [Fact]
    [Trait("Requirement", "I10")]
    public void carries_the_version_of_the_policy_and_the_findings_as_codes()
    {
        var told = (AssessmentDetailed)new AssessRecord(false, false, true, null, PersonalData: ["health", "child", "health"]).Decide(A_captured_comment(), PolicyOf("trosa")).Events[1].Event;

        Assert.Equal(3, told.PolicyVersion);
        Assert.Equal(["child", "health"], told.PersonalData);
    }

    [Theory]
    [InlineData("herrljunga", "refer", "H-23")]
    [InlineData("vastarvet", "care", "V-04")]
    [InlineData("toreboda", "counteract-propaganda", "T-09")]
    [InlineData("norrkoping", "none", "N-13")]
    [InlineData("trosa", "none", "R-02")]
    [Trait("Requirement", "C19")]
    [Trait("Requirement", "H-23")]
    [Trait("Requirement", "V-04")]
    public void is_advised_on_politics_as_the_guideline_says_and_opinion_is_no_ground(string preset, string value, string requirement)
    {
        Assert.Equal((value, requirement), (Preset.All[preset].Values["politics.mode"].Value, Preset.All[preset].Values["politics.mode"].Requirement));
        Assert.DoesNotContain(PolicyOf(preset).Grounds, g => g.Ground.Contains("POLITIC", StringComparison.Ordinal) || g.Ground.Contains("OPINION", StringComparison.Ordinal));
    }
}
