using ArchiveService.Features.Records;
using ArchiveService.Http;
using static ArchiveService.Tests.Records.Given;

namespace ArchiveService.Tests.Records;

public sealed class Taking_down
{
    private static readonly TakeDown Gross = new(["INSULT"], "Grov förolämpning mot en tjänsteman.", "BrB 5 kap. 3 §", true, false, null);

    [Fact]
    [Trait("Requirement", "H-25")]
    [Trait("Requirement", "I10")]
    public void records_grounds_motivation_and_policy_version_H25_I10()
    {
        var decision = Gross.Decide(A_captured_comment(), TakeDownAct.Unpublish, PolicyOf("herrljunga"), false);

        var happened = Assert.IsType<ItemUnpublished>(Assert.Single(decision.Events).Event);
        Assert.Equal(["INSULT"], happened.Decision!.Grounds);
        Assert.Equal(3, happened.Decision.PolicyVersion);
        Assert.Equal("Grov förolämpning mot en tjänsteman.", decision.Events[0].Parts!["motivation"]);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [Trait("Requirement", "I1")]
    [Trait("Requirement", "T-08")]
    public void is_refused_until_content_and_sender_are_captured_I1_T08(bool content, bool sender) =>
        IsRefused("capture-missing", Gross.Decide(A_captured_comment(content, sender), TakeDownAct.Hide, PolicyOf("herrljunga"), false));

    [Fact]
    [Trait("Requirement", "R-11")]
    [Trait("Requirement", "T-14")]
    [Trait("Requirement", "I1")]
    public void in_an_emergency_hides_at_once_and_waits_for_confirmation()
    {
        var state = A_captured_comment(content: false);
        var decision = (Gross with { Emergency = true }).Decide(state, TakeDownAct.Hide, PolicyOf("herrljunga"), false);

        Assert.True(state.With((RecordEvent)decision.Events[0].Event).EmergencyUnconfirmed);
    }

    [Fact]
    [Trait("Requirement", "I1")]
    public void in_an_emergency_never_deletes() =>
        IsRefused("emergency-never-deletes", (Gross with { Emergency = true }).Decide(A_captured_comment(), TakeDownAct.DeleteFromChannel, PolicyOf("herrljunga"), true));

    [Fact]
    [Trait("Requirement", "N-16")]
    public void by_deletion_needs_a_disposal_decision_in_force_N16() =>
        IsRefused("disposal-decision-missing", Gross.Decide(A_captured_comment().With(Minor), TakeDownAct.DeleteFromChannel, PolicyOf("norrkoping"), decisionInForce: false));

    [Fact]
    [Trait("Requirement", "N-16")]
    [Trait("Requirement", "H-18")]
    [Trait("Requirement", "C24")]
    public void by_deletion_needs_an_assessment_as_minor_or_a_registration_N16_H18()
    {
        IsRefused("not-assessed-minor", Gross.Decide(A_captured_comment(), TakeDownAct.DeleteFromChannel, PolicyOf("norrkoping"), decisionInForce: true));
        Assert.IsType<ItemDeletedFromChannel>(Gross.Decide(A_captured_comment().With(Minor), TakeDownAct.DeleteFromChannel, PolicyOf("norrkoping"), decisionInForce: true).Events[0].Event);
    }

    [Fact]
    [Trait("Requirement", "T-14")]
    [Trait("Requirement", "R-11")]
    [Trait("Requirement", "C24")]
    public void never_deletes_what_is_secret_T14() =>
        IsRefused("secret-is-never-deleted", Gross.Decide(A_captured_comment().With(Minor, Secret), TakeDownAct.DeleteFromChannel, PolicyOf("norrkoping"), decisionInForce: true));

    [Fact]
    [Trait("Requirement", "N-15")]
    [Trait("Requirement", "C24")]
    public void by_unpublishing_does_not_need_a_disposal_decision_N15() =>
        Assert.Null(Gross.Decide(A_captured_comment(), TakeDownAct.Unpublish, PolicyOf("norrkoping"), decisionInForce: false).Refused);

    [Theory]
    [InlineData("herrljunga", "SPAM")]
    [InlineData("trosa", "PROFANITY")]
    [InlineData("norrkoping", "SPAM")]
    [Trait("Requirement", "C9")]
    [Trait("Requirement", "C11")]
    [Trait("Requirement", "C10")]
    [Trait("Requirement", "H-16")]
    [Trait("Requirement", "N-13")]
    public void on_a_ground_that_the_guideline_does_not_have_is_refused_C9_C11(string preset, string ground) =>
        IsRefused("ground-not-in-policy", (Gross with { Grounds = [ground] }).Decide(A_captured_comment(), TakeDownAct.Hide, PolicyOf(preset), false));

    [Fact]
    [Trait("Requirement", "H-25")]
    public void without_ground_or_motivation_is_refused()
    {
        IsRefused("ground-missing", (Gross with { Grounds = [] }).Decide(A_captured_comment(), TakeDownAct.Hide, PolicyOf("herrljunga"), false));
        IsRefused("motivation-missing", (Gross with { Motivation = " " }).Decide(A_captured_comment(), TakeDownAct.Hide, PolicyOf("herrljunga"), false));
    }

    [Fact]
    public void twice_changes_nothing()
    {
        var state = A_captured_comment();
        var once = state.With((RecordEvent)Gross.Decide(state, TakeDownAct.Hide, PolicyOf("herrljunga"), false).Events[0].Event);

        Assert.Empty(Gross.Decide(once, TakeDownAct.Hide, PolicyOf("herrljunga"), false).Events);
    }

    [Theory]
    [InlineData("herrljunga", TakeDownAct.Hide, true)]
    [InlineData("herrljunga", TakeDownAct.Unpublish, true)]
    [InlineData("norrkoping", TakeDownAct.Unpublish, true)]
    [InlineData("norrkoping", TakeDownAct.Hide, false)]
    [InlineData("toreboda", TakeDownAct.Unpublish, false)]
    [InlineData("trosa", TakeDownAct.Unpublish, false)]
    [InlineData("vastarvet", TakeDownAct.Unpublish, false)]
    [Trait("Requirement", "C2")]
    [Trait("Requirement", "H-25")]
    [Trait("Requirement", "N-15")]
    public void is_registered_where_the_guideline_says_so_C2(string preset, TakeDownAct act, bool registered) =>
        Assert.Equal(registered, Gross.MustBeRegistered(A_captured_comment(), act, PolicyOf(preset)));

    [Theory]
    [InlineData("vastarvet")]
    [InlineData("trosa")]
    [InlineData("toreboda")]
    [Trait("Requirement", "T-14")]
    [Trait("Requirement", "R-11")]
    [Trait("Requirement", "V-09")]
    public void because_of_secrecy_is_always_registered_whatever_the_policy_OSL_5_1(string preset) =>
        Assert.True((Gross with { Grounds = ["SECRECY"] }).MustBeRegistered(A_captured_comment(), TakeDownAct.Unpublish, PolicyOf(preset)));

    [Fact]
    public void what_is_registered_already_is_not_registered_again() =>
        Assert.False(Gross.MustBeRegistered(A_captured_comment().With(Registered), TakeDownAct.Hide, PolicyOf("herrljunga")));

    private static void IsRefused(string code, Decision decision) => Assert.Equal(code, decision.Refused?.Code);
}

public sealed class A_records_state
{
    [Fact]
    public void is_the_same_whatever_order_the_platform_tells_it_in()
    {
        RecordEvent[] acts =
        [
            new ItemHidden(ActedBy.Unknown, null, Observed("hide", 10)),
            new ItemRestored(ActedBy.Unknown, null, Observed("unhide", 20)),
            new ItemDeletedFromChannel(ActedBy.Unknown, null, Observed("delete", 30)),
        ];

        foreach (var order in new[] { new[] { 0, 1, 2 }, [2, 1, 0], [1, 2, 0], [2, 0, 1] })
        {
            var state = A_captured_comment().With([.. order.Select(i => acts[i])]);
            Assert.Equal(Visibility.Deleted, state.Visibility);
            Assert.Equal(Noon.AddMinutes(30), state.RemovedAt);
        }
    }

    [Fact]
    [Trait("Requirement", "I8")]
    public void keeps_its_registration_when_the_author_or_the_platform_deletes_I8() =>
        Assert.Equal(Registration.Registered, A_captured_comment().With(Registered, new ItemDeletedFromChannel(ActedBy.Author, null, Observed("delete", 5))).Registration);

    [Fact]
    public void stays_behind_the_wall_when_a_marked_record_is_assessed() =>
        Assert.Equal(Wall.Secret, A_captured_comment().With(Secret, Minor).Wall);

    [Fact]
    [Trait("Requirement", "H-24")]
    public void of_a_direct_message_opens_when_somebody_has_assessed_it() =>
        Assert.Equal(Wall.Open, A_captured_comment(wall: Wall.Unassessed).With(Minor).Wall);

    [Fact]
    public void handles_every_event_of_a_record()
    {
        foreach (var type in typeof(RecordEvent).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(RecordEvent)) && !t.IsAbstract))
        {
            var happened = (RecordEvent)System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(type);
            try
            {
                A_captured_comment().After(happened, Noon);
            }
            catch (NullReferenceException)
            {
                // The event is known; its members are not set here.
            }
            catch (ArgumentNullException)
            {
            }
        }
    }
}
