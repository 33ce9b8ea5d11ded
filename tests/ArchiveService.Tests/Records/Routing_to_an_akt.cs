using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;
using static ArchiveService.Tests.Records.Given;

namespace ArchiveService.Tests.Records;

public sealed class Routing_to_an_akt
{
    private static readonly RouteRecord Whole = new("personakt", "Barn och familj", "Ann Andersson, akt 12", null, "OSL 26 kap. 1 §");

    private static readonly DateTimeOffset Now = new(2030, 3, 2, 8, 0, 0, TimeSpan.Zero);

    private static Policy Holding(string preset, string akter = "both")
    {
        var policy = PolicyOf(preset);
        return policy with { Values = new Dictionary<string, string>(policy.Whole()) { ["routing.holds"] = akter } };
    }

    [Theory]
    [InlineData("herrljunga")]
    [InlineData("norrkoping")]
    [InlineData("toreboda")]
    [InlineData("trosa")]
    [InlineData("vastarvet")]
    [InlineData("custom")]
    [Trait("Requirement", "T-14")]
    [Trait("Requirement", "R-11")]
    public void is_refused_where_the_authority_keeps_no_such_akt(string preset) =>
        Assert.Equal("akt-not-held", Whole.Decide(A_captured_comment(wall: Wall.Unassessed), PolicyOf(preset), Now).Refused?.Code);

    [Fact]
    public void asks_for_the_kind_of_akt_that_is_kept() =>
        Assert.Equal("akt-not-held", Whole.Decide(A_captured_comment(wall: Wall.Unassessed), Holding("trosa", "patientjournal"), Now).Refused?.Code);

    [Theory]
    [InlineData("trosa")]
    [InlineData("norrkoping")]
    [InlineData("vastarvet")]
    [InlineData("herrljunga")]
    [Trait("Requirement", "R-11")]
    public void takes_the_place_of_the_registration_where_the_akt_is_kept_and_marks_the_secrecy(string preset)
    {
        var decision = Whole.Decide(A_captured_comment(wall: Wall.Unassessed), Holding(preset), Now);

        Assert.Equal([typeof(SecrecyMarked), typeof(RecordRouted)], decision.Events.Select(e => e.Event.GetType()));
        var state = A_captured_comment(wall: Wall.Unassessed).With([.. decision.Events.Select(e => (RecordEvent)e.Event)]);
        Assert.Equal((Registration.Routed, Wall.Secret, "personakt"), (state.Registration, state.Wall, state.RoutedTo));
        Assert.Equal("already-routed", Whole.Decide(state, Holding(preset), Now).Refused?.Code);
    }

    [Fact]
    public void asks_for_everything_that_has_to_be_known()
    {
        string? Code(RouteRecord command) => command.Decide(A_captured_comment(wall: Wall.Unassessed), Holding("trosa"), Now).Refused?.Code;

        Assert.Equal("route-target", Code(Whole with { Target = "akt" }));
        Assert.Equal("receiving-unit-missing", Code(Whole with { ReceivingUnit = " " }));
        Assert.Equal("receipt-missing", Code(Whole with { Receipt = null }));
        Assert.Equal("provision-missing", Code(Whole with { Provision = "" }));
        Assert.Equal("received-on", Code(Whole with { ReceivedOn = new(2031, 1, 1) }));
    }

    [Fact]
    [Trait("Requirement", "T-14")]
    public void comes_after_the_registration_in_Toreboda_T14()
    {
        Assert.Equal("register-first", Whole.Decide(A_captured_comment(wall: Wall.Unassessed), Holding("toreboda"), Now).Refused?.Code);

        var registered = A_captured_comment(wall: Wall.Unassessed).With(Registered);
        var routed = registered.With([.. Whole.Decide(registered, Holding("toreboda"), Now).Events.Select(e => (RecordEvent)e.Event)]);
        Assert.Equal((Registration.Registered, "personakt"), (routed.Registration, routed.RoutedTo));
    }

    [Fact]
    [Trait("Requirement", "H-25")]
    public void does_not_take_the_place_of_registering_what_was_removed_in_Herrljunga_H25()
    {
        var down = A_captured_comment(wall: Wall.Unassessed) with { TakenDownByAuthority = true };
        Assert.Equal("register-first", Whole.Decide(down, Holding("herrljunga"), Now).Refused?.Code);

        var routed = A_captured_comment(wall: Wall.Secret) with { Registration = Registration.Routed, RoutedTo = "personakt" };
        var takeDown = new TakeDown(["SECRECY"], "Sekretess.", null, null, false, null);
        Assert.True(takeDown.MustBeRegistered(routed, TakeDownAct.Unpublish, Holding("herrljunga")));
        Assert.False(takeDown.MustBeRegistered(routed, TakeDownAct.Unpublish, Holding("trosa")));
    }

    [Fact]
    public void is_refused_for_what_somebody_has_assessed_as_open() => Assert.Equal(
        "assessed-open", Whole.Decide(A_captured_comment().With(new RecordAssessed(false, false, false, 1)), Holding("trosa"), Now).Refused?.Code);

    [Theory]
    [InlineData("norrkoping")]
    [InlineData("toreboda")]
    [Trait("Requirement", "N-08")]
    [Trait("Requirement", "T-14")]
    public void and_no_keeping_ordered_or_exempting_what_a_provision_can_apply_to_before_any_test_of_harm(string preset)
    {
        var regulated = A_captured_comment().With(new RecordAssessed(false, true, false, 1));

        Assert.False(regulated.SecrecyMarked);
        Assert.Equal("secrecy-possible", new KeepOrdered().Decide(regulated, PolicyOf(preset)).Refused?.Code);
        Assert.Equal("secrecy-possible", new ExemptRecord("Ringa.", null).Decide(regulated, PolicyOf(preset)).Refused?.Code);
        Assert.Null(new RegisterRecord(null, new("Fråga", null), null, "Fråga", null, null).Decide(regulated));
    }
}
