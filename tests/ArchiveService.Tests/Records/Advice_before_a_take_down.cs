using ArchiveService.Features.Accounts;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Blocking;
using ArchiveService.Features.Diary;
using ArchiveService.Features.Records;
using static ArchiveService.Tests.Records.Given;

namespace ArchiveService.Tests.Records;

public sealed class Advice_before_a_take_down
{
    private static readonly Guid Mo = new("0199aaaa-0000-7000-8000-0000000000a1");
    private static readonly Guid Ola = new("0199aaaa-0000-7000-8000-0000000000a2");
    private static readonly TakeDown Insult = new(["INSULT"], "Grov förolämpning mot en tjänsteman.", null, null, false, null);

    [Theory]
    [Trait("Requirement", "H-15")]
    [Trait("Requirement", "H-16")]
    [Trait("Requirement", "H-17")]
    [Trait("Requirement", "N-13")]
    [Trait("Requirement", "T-08")]
    [Trait("Requirement", "T-09")]
    [Trait("Requirement", "T-22")]
    [Trait("Requirement", "R-07")]
    [Trait("Requirement", "R-11")]
    [Trait("Requirement", "R-18")]
    [Trait("Requirement", "V-05")]
    [Trait("Requirement", "V-06")]
    [Trait("Requirement", "V-07")]
    [Trait("Requirement", "V-09")]
    [InlineData("herrljunga", "INSULT", "gross", "must", "H-16a")]
    [InlineData("herrljunga", "DEFAMATION", "any", "must", "H-16a")]
    [InlineData("herrljunga", "PERSONAL_ATTACK", "any", "must", "H-16a")]
    [InlineData("herrljunga", "VIOLENCE", "gross", "must", "H-16c")]
    [InlineData("herrljunga", "PROFANITY", "gross", "must", "H-17")]
    [InlineData("herrljunga", "PERSONAL_DATA_VIOLATION", "unlawful", "must", "H-15")]
    [InlineData("norrkoping", "INSULT", "any", "must", "N-13a")]
    [InlineData("norrkoping", "VIOLENCE", "unlawful", "must", "N-13c")]
    [InlineData("toreboda", "DEFAMATION", "any", "must", "T-08")]
    [InlineData("toreboda", "INSULT", "any", "may", "T-09")]
    [InlineData("toreboda", "COMMERCIAL", "soft", "human-choice", "T-09")]
    [InlineData("toreboda", "SLANDER_MISLEADING", "human-choice", "human-choice", "T-22")]
    [InlineData("toreboda", "SECRECY", "any", "must", "T-14")]
    [InlineData("trosa", "SECRECY", "any", "must", "R-11")]
    [InlineData("trosa", "INSULT", "any", "inferred", "R-18")]
    [InlineData("trosa", "VIOLENCE", "unlawful", "law", "BBS 5 §")]
    [InlineData("trosa", "PERSONAL_DATA_VIOLATION", "unlawful", "contact-sender", "R-07")]
    [InlineData("vastarvet", "INSULT", "any", "may", "V-07")]
    [InlineData("vastarvet", "SPAM", "any", "may", "V-07")]
    [InlineData("vastarvet", "PERSONAL_DATA_VIOLATION", "any", "must", "V-09")]
    [InlineData("vastarvet", "CHILD_ABUSE_MATERIAL", "unlawful", "must", "V-09")]
    public void says_what_the_guideline_says_and_is_stored_with_the_act_C9_C10_C11(string preset, string ground, string threshold, string duty, string requirement)
    {
        var policy = PolicyOf(preset);

        var decision = (Insult with { Grounds = [ground] }).Decide(A_captured_comment(), TakeDownAct.Hide, policy, false, Mo);

        Assert.Equal(new GroundDuty(ground, threshold, duty), Assert.Single(((ItemHidden)decision.Events[0].Event).Decision!.Basis!.Duties));
        Assert.Equal(requirement, policy.Of($"duty.{ground}").Requirement);
    }

    [Fact]
    [Trait("Requirement", "V-07")]
    [Trait("Requirement", "V-09")]
    public void follows_the_reading_that_was_chosen()
    {
        var reading = Preset.All["vastarvet"].Contradiction("reading.removal")!.Find("V-09")!;

        Assert.Equal("must", TakeDownAdvice.Of("INSULT", PolicyOf("vastarvet", [.. reading.Sets!.Select(s => (s.Key, s.Value))])).Duty);
    }

    [Theory]
    [Trait("Requirement", "C9")]
    [Trait("Requirement", "H-16")]
    [InlineData("herrljunga", false, "threshold-not-met")]
    [InlineData("herrljunga", true, null)]
    [InlineData("herrljunga", null, null)]
    [InlineData("norrkoping", false, null)]
    public void asks_whether_an_insult_is_gross_where_it_has_to_be(string preset, bool? met, string? code) =>
        Assert.Equal(code, (Insult with { ThresholdMet = met }).Decide(A_captured_comment(), TakeDownAct.Hide, PolicyOf(preset), false).Refused?.Code);

    [Theory]
    [Trait("Requirement", "C9")]
    [Trait("Requirement", "C10")]
    [Trait("Requirement", "C11")]
    [InlineData("herrljunga", "COMMERCIAL", true)]
    [InlineData("norrkoping", "COMMERCIAL", true)]
    [InlineData("toreboda", "COMMERCIAL", true)]
    [InlineData("trosa", "COMMERCIAL", false)]
    [InlineData("vastarvet", "SPAM", true)]
    [InlineData("norrkoping", "HARASSMENT", true)]
    [InlineData("herrljunga", "HARASSMENT", false)]
    [InlineData("trosa", "CHILD_ABUSE_MATERIAL", true)]
    [InlineData("vastarvet", "INDIVIDUAL_CASE_HANDLING", true)]
    [InlineData("toreboda", "INDIVIDUAL_CASE_HANDLING", false)]
    public void knows_only_the_grounds_of_the_guideline(string preset, string ground, bool known) =>
        Assert.Equal(known, (Insult with { Grounds = [ground] }).Decide(A_captured_comment(), TakeDownAct.Hide, PolicyOf(preset), false).Refused is null);

    [Theory]
    [Trait("Law", "RF 2:1")]
    [InlineData("INSULT", false, "viewpoint-not-neutral")]
    [InlineData("INSULT", true, null)]
    [InlineData("INSULT", null, null)]
    [InlineData("SECRECY", false, null)]
    [InlineData("HATE_SPEECH", false, null)]
    public void never_lets_an_opinion_be_the_ground(string ground, bool? neutral, string? code)
    {
        var decision = (Insult with { Grounds = [ground], ViewpointNeutral = neutral }).Decide(A_captured_comment(), TakeDownAct.Hide, PolicyOf("norrkoping"), false);

        Assert.Equal(code, decision.Refused?.Code);
        if (code is null) Assert.Equal(neutral, ((ItemHidden)decision.Events[0].Event).Decision!.Basis!.ViewpointNeutral);
    }

    [Fact]
    [Trait("Law", "RF 2:1")]
    public void is_not_escaped_by_a_second_ground_for_which_opinion_is_irrelevant() =>
        Assert.Equal("viewpoint-not-neutral", (Insult with { Grounds = ["HATE_SPEECH", "INSULT"], ViewpointNeutral = false }).Decide(A_captured_comment(), TakeDownAct.Hide, PolicyOf("norrkoping"), false).Refused?.Code);

    [Fact]
    [Trait("Requirement", "H-25")]
    public void keeps_what_a_decision_ought_to_tell()
    {
        var decision = (Insult with { Circumstances = "Riktat mot en namngiven person.", Rapporteur = "Ada", Participants = "Bo, Cia", ViewpointNote = "Samma ord, samma bedömning." })
            .Decide(A_captured_comment(), TakeDownAct.Unpublish, PolicyOf("herrljunga"), false, Mo);

        var parts = decision.Events[0].Parts!;
        Assert.Equal(("Riktat mot en namngiven person.", "Ada", "Bo, Cia", "Samma ord, samma bedömning."), (parts["circumstances"], parts["rapporteur"], parts["participants"], parts["viewpointNote"]));
        var basis = ((ItemUnpublished)decision.Events[0].Event).Decision!.Basis!;
        Assert.Equal(("c1", Mo), (basis.Content, basis.DecidedBy));
    }

    [Theory]
    [Trait("Requirement", "H-18")]
    [Trait("Requirement", "N-16")]
    [Trait("Requirement", "T-16")]
    [Trait("Requirement", "R-16")]
    [Trait("Requirement", "V-11")]
    [Trait("Requirement", "C2")]
    [InlineData("herrljunga", true)]
    [InlineData("norrkoping", false)]
    [InlineData("toreboda", false)]
    [InlineData("trosa", false)]
    [InlineData("vastarvet", false)]
    public void lets_nothing_be_deleted_without_a_decision_and_registers_where_it_says_so(string preset, bool registered)
    {
        var minor = A_captured_comment().With(Minor);

        Assert.Equal("disposal-decision-missing", (Insult with { ThresholdMet = true }).Decide(minor, TakeDownAct.DeleteFromChannel, PolicyOf(preset), decisionInForce: false, Mo).Refused?.Code);
        Assert.IsType<ItemDeletedFromChannel>(Insult.Decide(minor, TakeDownAct.DeleteFromChannel, PolicyOf(preset), decisionInForce: true, Mo).Events[0].Event);
        Assert.Equal(registered, Insult.MustBeRegistered(minor, TakeDownAct.DeleteFromChannel, PolicyOf(preset)));
    }

    [Theory]
    [Trait("Requirement", "N-14")]
    [Trait("Requirement", "N-15")]
    [Trait("Requirement", "H-25")]
    [Trait("Requirement", "T-14")]
    [Trait("Requirement", "R-11")]
    [Trait("Requirement", "C2")]
    [InlineData("herrljunga", "INSULT", true)]
    [InlineData("norrkoping", "INSULT", true)]
    [InlineData("toreboda", "INSULT", false)]
    [InlineData("trosa", "INSULT", false)]
    [InlineData("vastarvet", "INSULT", false)]
    [InlineData("toreboda", "SECRECY", true)]
    [InlineData("trosa", "SECRECY", true)]
    [InlineData("vastarvet", "SECRECY", true)]
    public void registers_what_is_unpublished_where_the_guideline_or_the_law_says_so(string preset, string ground, bool registered) =>
        Assert.Equal(registered, (Insult with { Grounds = [ground] }).MustBeRegistered(A_captured_comment(), TakeDownAct.Unpublish, PolicyOf(preset)));

    [Theory]
    [Trait("Requirement", "N-12")]
    [InlineData("norrkoping", "required")]
    [InlineData("herrljunga", "none")]
    [InlineData("toreboda", "none")]
    [InlineData("trosa", "none")]
    [InlineData("vastarvet", "none")]
    public void says_whether_the_sender_is_to_be_told(string preset, string notice) => Assert.Equal(notice, PolicyOf(preset).Notice);

    [Theory]
    [InlineData("none", TakeDownAct.DeleteFromChannel, false, false)]
    [InlineData("delete", TakeDownAct.DeleteFromChannel, false, true)]
    [InlineData("delete", TakeDownAct.Hide, false, false)]
    [InlineData("all", TakeDownAct.Hide, false, true)]
    [InlineData("all", TakeDownAct.Hide, true, false)]
    public void proposes_where_the_policy_wants_two_people(string second, TakeDownAct act, bool emergency, bool proposes)
    {
        var policy = PolicyOf("norrkoping", ("removal.secondPerson", second));
        var state = A_captured_comment().With(Minor);

        var decision = (Insult with { Emergency = emergency }).Decide(state, act, policy, decisionInForce: true, Mo);

        Assert.Equal(proposes, decision.Events[0].Event is TakeDownProposed);
        if (!proposes) return;
        var proposed = state.With((RecordEvent)decision.Events[0].Event);
        Assert.Equal(Visibility.Visible, proposed.Visibility);
        Assert.Equal("already-proposed", Insult.Decide(proposed, act, policy, true, Ola).Refused?.Code);
        var confirmed = Insult.Decide(proposed, act, policy, true, Ola, proposedBy: Mo);
        Assert.Null(proposed.With((RecordEvent)confirmed.Events[0].Event).Proposal);
    }

    [Fact]
    public void an_emergency_says_whether_one_and_the_same_examined_it()
    {
        var state = A_captured_comment();
        var hidden = state.With((RecordEvent)(Insult with { Emergency = true }).Decide(state, TakeDownAct.Hide, PolicyOf("norrkoping"), false, Mo).Events[0].Event);

        Assert.True(Examined(Mo));
        Assert.False(Examined(Ola));

        bool? Examined(Guid by) => ((EmergencyConfirmed)new ConfirmEmergency(true, "Rätt").Decide(hidden, PolicyOf("norrkoping"), by).Events[0].Event).SamePerson;
    }
}

public sealed class A_locked_record
{
    private static readonly RecordState Locked = A_captured_comment().With(new ContentLocked(3));

    [Fact]
    [Trait("Law", "BrB 16:10 a")]
    public void is_never_made_visible_again() =>
        Assert.Equal("content-locked", new RestoreItem("Felbedömt").Decide(Locked.With(new ItemHidden(ActedBy.Authority, null, null)), PolicyOf("norrkoping")).Refused?.Code);

    [Fact]
    [Trait("Law", "BrB 16:10 a")]
    public void is_not_shown_in_the_public_diary() =>
        Assert.Equal("content-locked", new ReleaseDiaryEntry(true).Decide(Locked.With(Registered), PolicyOf("norrkoping"), false).Refused?.Code);

    [Fact]
    [Trait("Law", "BrB 16:10 a")]
    public void takes_a_release_back_with_the_lock() =>
        Assert.False(A_captured_comment().With(Registered, new DiaryEntryReleased(3), new ContentLocked(3)).DiaryReleased);

    [Fact]
    [Trait("Law", "BrB 16:10 a")]
    public void needs_a_neutral_description_and_is_locked_once()
    {
        Assert.Equal("description-missing", new RestrictContent(" ").Decide(A_captured_comment(), PolicyOf("trosa")).Refused?.Code);
        Assert.Empty(new RestrictContent("En bild").Decide(Locked, PolicyOf("trosa")).Events);
    }

    [Fact]
    public void can_still_be_taken_down_and_reported()
    {
        Assert.Null(new TakeDown(["CHILD_ABUSE_MATERIAL"], "Misstänkt brott", null, null, false, null).Decide(Locked, TakeDownAct.Unpublish, PolicyOf("trosa"), false).Refused);
        Assert.Null(new PoliceReport("Barnpornografibrott", null, null, null, null).Decide(Locked, PolicyOf("trosa"), Noon, Channel).Refused);
    }
}

public sealed class Blocking_a_sender
{
    private static readonly DateOnly Today = new(2026, 3, 1);
    private static readonly AccountState Account = AccountState.None.After(new AccountSeen(Given.Authority, Channel, "facebook", false, "p1", null, null));
    private static readonly BlockSender Command = new(["INSULT"], "Upprepade förolämpningar", "Varningar har inte hjälpt", Today.AddDays(30), null, [Channel], true, null, null);

    [Theory]
    [Trait("Requirement", "C13")]
    [Trait("Requirement", "R-18")]
    [Trait("Requirement", "V-07")]
    [InlineData("trosa", "yes")]
    [InlineData("vastarvet", "yes")]
    [InlineData("herrljunga", "not-regulated-manager-decides")]
    [InlineData("norrkoping", "not-regulated-manager-decides")]
    [InlineData("toreboda", "not-regulated-manager-decides")]
    public void is_allowed_or_not_regulated(string preset, string value)
    {
        Assert.Equal(value, PolicyOf(preset).Blocking);
        Assert.Null(Command.Decide(Account, PolicyOf(preset), Today, Channel).Refused);
    }

    public static TheoryData<BlockSender, string> Unusable => new()
    {
        { Command with { Grounds = [] }, "ground-missing" },
        { Command with { Grounds = ["SPAM"] }, "ground-not-in-policy" },
        { Command with { Motivation = "" }, "motivation-missing" },
        { Command with { Proportionality = null }, "proportionality-missing" },
        { Command with { Until = null }, "duration-missing" },
        { Command with { ReviewOn = Today.AddDays(3) }, "duration-missing" },
        { Command with { Until = Today }, "duration-out-of-range" },
        { Command with { Until = Today.AddYears(2) }, "duration-out-of-range" },
        { Command with { Evidence = [] }, "evidence-missing" },
        { Command with { ViewpointNeutral = null }, "viewpoint-missing" },
        { Command with { ViewpointNeutral = false }, "viewpoint-not-neutral" },
    };

    [Theory]
    [Trait("Requirement", "C13")]
    [MemberData(nameof(Unusable))]
    public void needs_ground_proportion_duration_and_evidence(BlockSender command, string code) => Assert.Equal(code, command.Decide(Account, PolicyOf("norrkoping"), Today, Channel).Refused?.Code);

    [Fact]
    [Trait("Requirement", "C13")]
    public void is_refused_where_the_policy_says_no_and_for_the_channels_own_account()
    {
        Assert.Equal("blocking-not-allowed", Command.Decide(Account, PolicyOf("trosa", ("blocking.allowed", "no")), Today, Channel).Refused?.Code);
        Assert.Equal("own-account", Command.Decide(Account with { Own = true }, PolicyOf("trosa"), Today, Channel).Refused?.Code);
    }

    [Fact]
    public void twice_is_refused_until_it_is_lifted()
    {
        var blocked = Account.After((AccountEvent)Command.Decide(Account, PolicyOf("trosa"), Today, Channel).Events[0].Event);
        Assert.Equal("already-blocked", Command.Decide(blocked, PolicyOf("trosa"), Today, Channel).Refused?.Code);

        var lifted = blocked.After((AccountEvent)new UnblockSender("Tiden är ute").Decide(blocked, PolicyOf("trosa")).Events[0].Event);
        Assert.Null(Command.Decide(lifted, PolicyOf("trosa"), Today, Channel).Refused);
        Assert.Equal("not-blocked", new UnblockSender("Igen").Decide(lifted, PolicyOf("trosa")).Refused?.Code);
    }
}
