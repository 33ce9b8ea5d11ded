using ArchiveService.Capture;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.DefaultStates;
using ArchiveService.Features.Records;
using ArchiveService.Tests.Records;
using static ArchiveService.Tests.Records.Given;

namespace ArchiveService.Tests.DefaultStates;

[Trait("Requirement", "H-24")]
[Trait("Requirement", "T-16")]
[Trait("Requirement", "V-10")]
public sealed class Default_states_by_rule
{
    private static DefaultRule Rule(RuleContent content, int? most = null, Registration to = Registration.KeptOrdered) => new(Channel, 2, Given.Authority, "Tummar", ["comment"], content, most, to, null, null);

    private static Authority At(string preset) => new(Given.Authority, "KS", "Nämnden", PolicyOf(preset), Channel, "KS");

    private static AdoptDefaultRule Adopt(string to, string content = "thumbsUp", int? most = null, params string[] types) => new("KS", "Tummar", types.Length == 0 ? null : types, content, most, to, null, null);

    [Theory]
    [InlineData("herrljunga", "keptOrdered", null)]
    [InlineData("norrkoping", "keptOrdered", null)]
    [InlineData("toreboda", "exempt", null)]
    [InlineData("vastarvet", "keptOrdered", null)]
    [InlineData("vastarvet", "exempt", "policy-keeps-minor-ordered")]
    [InlineData("trosa", "keptOrdered", "policy-registers-all")]
    [InlineData("trosa", "exempt", null)]
    [InlineData("toreboda", "registered", "rule-state")]
    [InlineData("toreboda", "routed", "rule-state")]
    [Trait("Requirement", "R-14")]
    [Trait("Requirement", "C1")]
    [Trait("Requirement", "C4")]
    public void are_what_law_and_policy_let_a_rule_give(string preset, string to, string? refused) => Assert.Equal(refused, Adopt(to).Decide(At(preset), null, true).Refused?.Code);

    [Fact]
    public void are_never_given_to_direct_messages()
    {
        Assert.Equal("rule-record-type", Adopt("keptOrdered", types: "direct-message").Decide(At("herrljunga"), null, true).Refused?.Code);
        var message = A_captured_comment() with { RecordType = "direct-message" };
        Assert.False((Rule(RuleContent.ThumbsUp) with { RecordTypes = ["direct-message"] }).Matches(message, "👍"));
    }

    [Fact]
    public void need_a_length_for_the_short_and_a_decision_in_force_where_one_is_named()
    {
        Assert.Equal("rule-length", Adopt("keptOrdered", "short").Decide(At("herrljunga"), null, true).Refused?.Code);
        Assert.Equal("rule-length", Adopt("keptOrdered", "short", 500).Decide(At("herrljunga"), null, true).Refused?.Code);
        Assert.Equal("no-decision", (Adopt("exempt") with { DisposalDecision = Channel }).Decide(At("toreboda"), null, false).Refused?.Code);
    }

    [Theory]
    [InlineData("👍")]
    [InlineData(" 👍👍🏽 👍🏿 ")]
    public void are_given_to_thumbs_up(string text) => Assert.True(Rule(RuleContent.ThumbsUp).MatchesText(text));

    [Theory]
    [InlineData("👍 tack")]
    [InlineData("👎")]
    [InlineData("👍 https://a.se")]
    [InlineData("")]
    public void are_given_to_nothing_but_thumbs_up(string text) => Assert.False(Rule(RuleContent.ThumbsUp).MatchesText(text));

    [Theory]
    [InlineData("❤️🎉👏", true)]
    [InlineData("👨‍👩‍👧‍👦 🇸🇪", true)]
    [InlineData("🖕", false)]
    [InlineData("🔪🩸", false)]
    [InlineData("🐵", false)]
    [InlineData("卐", false)]
    [InlineData("❤️ ja", false)]
    public void are_given_to_emoji_that_neither_threaten_nor_insult(string text, bool given) => Assert.Equal(given, Rule(RuleContent.EmojiOnly).MatchesText(text));

    [Theory]
    [InlineData("Tack!", true)]
    [InlineData("Bra 👍", true)]
    [InlineData("", true)]
    [InlineData("Varför?", false)]
    [InlineData("Ring 112", false)]
    [InlineData("se a.se", false)]
    [InlineData("@kommunen", false)]
    [InlineData("vill dö", false)]
    [InlineData("Vilken fin invigning", false)]
    public void are_given_to_a_few_characters_without_link_number_question_or_hint(string text, bool given) => Assert.Equal(given, Rule(RuleContent.Short, 12).MatchesText(text));

    [Fact]
    public void are_given_only_to_what_waits_and_nobody_has_looked_at()
    {
        var rule = Rule(RuleContent.ThumbsUp);
        var waiting = A_captured_comment();

        Assert.True(rule.Matches(waiting, "👍"));
        Assert.False(rule.Matches(A_captured_comment(wall: Wall.Unassessed), "👍"));
        Assert.False(rule.Matches(A_captured_comment(content: false), "👍"));
        Assert.False(rule.Matches(waiting.With(Minor), "👍"));
        Assert.False(rule.Matches(waiting.With(Secret), "👍"));
        Assert.False(rule.Matches(waiting.With(Registered), "👍"));
        Assert.False(rule.Matches(waiting with { Direction = Direction.DrawnUp }, "👍"));
        Assert.False(rule.Matches(waiting with { AttachmentsExpected = [Channel] }, "👍"));
        Assert.False(rule.Matches(waiting.With(new ItemHidden(ActedBy.Platform, null, Observed("h", 5))), "👍"));
    }

    [Fact]
    [Trait("Requirement", "N-16")]
    public void leave_everything_else_to_a_person()
    {
        var settled = A_captured_comment().With((RecordEvent)Rule(RuleContent.ThumbsUp, to: Registration.Exempt).Settle(3).Event);

        // Exempt by rule is not assessed by a person: deleting from the channel still asks for one.
        Assert.Equal((Registration.Exempt, false, Wall.Open), (settled.Registration, settled.AssessedMinor, settled.Wall));
        var delete = new TakeDown(["INSULT"], "Bort", null, null, false, Channel).Decide(settled, TakeDownAct.DeleteFromChannel, PolicyOf("toreboda"), decisionInForce: true);
        Assert.Equal("not-assessed-minor", delete.Refused?.Code);
    }

    [Fact]
    public void are_named_by_rule_and_version_and_give_way_to_a_persons_decision()
    {
        var state = A_captured_comment().With((RecordEvent)Rule(RuleContent.ThumbsUp).Settle(3).Event);

        Assert.Equal((Channel, 2), (state.SettledByRule!.Rule, state.SettledByRule.RuleVersion));
        var kept = state.With((RecordEvent)new KeepOrdered().Decide(state, PolicyOf("herrljunga")).Events[0].Event);
        Assert.Null(kept.SettledByRule);
        Assert.Empty(new KeepOrdered().Decide(kept, PolicyOf("herrljunga")).Events);
        Assert.Equal(Registration.Registered, state.With(Registered).Registration);
    }

    [Fact]
    [Trait("Requirement", "T-14")]
    public void are_withdrawn_when_a_person_suspects_secrecy()
    {
        var state = A_captured_comment().With((RecordEvent)Rule(RuleContent.ThumbsUp).Settle(3).Event);
        var after = state.With([.. new AssessRecord(false, true, false, null).Decide(state, PolicyOf("herrljunga")).Events.Select(e => (RecordEvent)e.Event)]);

        Assert.Equal((Registration.Captured, Wall.Unassessed), (after.Registration, after.Wall));
    }

    [Fact]
    [Trait("Requirement", "I8")]
    public void take_no_registration_back() =>
        Assert.Equal(Registration.Registered, A_captured_comment().With(Registered, new RuleSettlementWithdrawn(Channel, 1, "edited", 3), (RecordEvent)Rule(RuleContent.ThumbsUp).Settle(3).Event).Registration);
}
