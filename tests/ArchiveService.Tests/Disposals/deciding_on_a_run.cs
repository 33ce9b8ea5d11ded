using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Retention;

namespace ArchiveService.Tests.Disposals;

/// <summary>The pure decisions about a gallring run (I4).</summary>
public sealed class Deciding_on_a_run
{
    private static readonly Guid Somewhere = Guid.Parse("0199aaaa-0000-7000-8000-00000000000a");
    private static readonly DateTimeOffset Noon = DateTimeOffset.Parse("2026-06-01T10:00:00Z", null);
    private static readonly Caller Anna = new(Guid.Parse("0199aaaa-0000-7000-8000-000000000001"), "Anna", [new(Role.Arkivarie, null)], false, false, []);
    private static readonly Caller Bo = Anna with { PersonId = Guid.Parse("0199aaaa-0000-7000-8000-000000000002"), Name = "Bo" };

    private static readonly DisposalDecision Beslut =
        new(Guid.Parse("0199aaaa-0000-7000-8000-0000000000d1"), Somewhere, "KS § 94", "nämnden", new(2020, 5, 25), new(2020, 5, 25), new(2026, 12, 31), ["comment"], new(2, 0, 0));

    private static readonly RetentionRule Regel =
        new(Guid.Parse("0199aaaa-0000-7000-8000-0000000000e1"), 3, Somewhere, Beslut.Id, "Kommentarer", ["comment"], CountedFrom.Received, new(2, 0, 0), ["content"], Noon, null);

    private static readonly Circumstances Now =
        new(Beslut, Regel, new Policy(1, "custom", new Dictionary<string, string> { ["disposal.coolingOffDays"] = "7", ["disposal.finalDays"] = "30" }), Noon, new(2026, 6, 1), 0);

    private static readonly DisposalRun Proposed = new(
        Guid.Parse("0199aaaa-0000-7000-8000-0000000000f1"), Somewhere, Regel.Id, 3, Beslut.Id, new(2026, 6, 1), RunState.Proposed, "ab", 5, new(2020, 1, 1), new(2021, 1, 1),
        Anna.PersonId, Noon, null, null, null, null, null, null, null, null, null, null, null, 1);

    private static DisposalRun Approved => Proposed with { State = RunState.Approved, ApprovedBy = Bo.PersonId, ApprovedAt = Noon.AddDays(-8), CoolingOffUntil = Noon.AddDays(-1) };

    [Fact]
    public void another_person_approves_and_the_cooling_off_is_the_policys()
    {
        var approved = Assert.IsType<DisposalApproved>(Proposed.Approve(Bo, Now).Events.Single().Event);
        Assert.Equal((7, "ab", "arkivarie"), (approved.CoolingOffDays, approved.ManifestDigest, approved.Role));
    }

    [Fact]
    public void the_proposer_does_not_approve() => Assert.Equal("same-person", Proposed.Approve(Anna, Now).Refused!.Code);

    [Fact]
    public void execution_starts_when_the_cooling_off_is_over() => Assert.IsType<DisposalExecutionStarted>(Approved.Execute(Anna, Now).Events.Single().Event);

    [Fact]
    public void execution_waits_for_the_cooling_off()
    {
        var refused = (Approved with { CoolingOffUntil = Noon.AddTicks(1) }).Execute(Anna, Now).Refused!;
        Assert.Equal(("cooling-off", (object)Noon.AddTicks(1)), (refused.Code, refused.More!["until"]!));
    }

    [Theory]
    [InlineData(RunState.Proposed, "not-approved")]
    [InlineData(RunState.Cancelled, "run-cancelled")]
    [InlineData(RunState.Completed, "already-executed")]
    [Trait("Requirement", "I4")]
    public void execution_needs_an_approved_run(RunState state, string code) => Assert.Equal(code, (Approved with { State = state }).Execute(Anna, Now).Refused!.Code);

    [Fact]
    public void execution_of_a_run_under_way_changes_nothing()
    {
        var decision = (Approved with { State = RunState.Executing }).Execute(Bo, Now);
        Assert.Equal((0, null), (decision.Events.Count, decision.Refused));
    }

    [Fact]
    public void a_changed_rule_stops_it() => Assert.Equal("rule-changed", Approved.Execute(Anna, Now with { RuleInForce = Regel with { Version = 4 } }).Refused!.Code);

    [Fact]
    [Trait("Requirement", "I4")]
    public void a_decision_that_no_longer_holds_stops_it() => Assert.Equal("decision-not-in-force", Approved.Execute(Anna, Now with { Today = new(2027, 1, 1) }).Refused!.Code);

    [Fact]
    [Trait("Requirement", "I4")]
    public void a_hold_on_everything_stops_it() => Assert.Equal("held", Approved.Execute(Anna, Now with { Held = 5 }).Refused!.Code);

    [Fact]
    public void a_hold_on_some_of_it_does_not() => Assert.Null(Approved.Execute(Anna, Now with { Held = 4 }).Refused);

    [Theory]
    [InlineData(RunState.Proposed, null)]
    [InlineData(RunState.Approved, null)]
    [InlineData(RunState.Executing, "already-executing")]
    [InlineData(RunState.Completed, "already-executed")]
    public void it_is_cancelled_before_it_starts_only(RunState state, string? code) => Assert.Equal(code, (Approved with { State = state }).Cancel(Anna, new(1, "custom", new Dictionary<string, string>())).Refused?.Code);

    private static ListedItem Item(string state = "pending", string? reason = null) => new(3, Guid.Parse("0199aaaa-0000-7000-8000-0000000000aa"), "comment", Noon, "open", new(2022, 1, 1), state, reason, false);

    [Fact]
    [Trait("Requirement", "I4")]
    public void a_reviewer_keeps_an_item_with_a_reason()
    {
        var decision = Approved.Review(Anna, Role.Chef, Item(), keeps: true, " Behövs i ett ärende ", Now.Policy);
        var reviewed = Assert.IsType<DisposalItemReviewed>(decision.Events.Single().Event);
        Assert.Equal((true, 3, "chef", "Behövs i ett ärende", "Anna"), (reviewed.Keeps, reviewed.Place, reviewed.Role, decision.Events[0].Parts!["remark"], decision.Events[0].Parts!["actor.name"]));
    }

    [Theory]
    [InlineData(RunState.Proposed, "pending", true, "", "remark-missing")]
    [InlineData(RunState.Completed, "pending", true, "Behåll", "already-executed")]
    [InlineData(RunState.Cancelled, "pending", false, "Sett", "run-cancelled")]
    [InlineData(RunState.Executing, "pending", false, "Sett", "already-executing")]
    [InlineData(RunState.Executing, "pending", true, "Behåll", null)]
    [InlineData(RunState.Executing, "destroyed", true, "Behåll", "item-not-pending")]
    public void a_review_is_refused_when_it_comes_too_late(RunState state, string item, bool keeps, string remark, string? code) =>
        Assert.Equal(code, (Approved with { State = state }).Review(Anna, Role.Arkivarie, Item(item), keeps, remark, Now.Policy).Refused?.Code);

    [Fact]
    public void what_is_kept_already_is_not_kept_again() => Assert.Equal("already-kept", Approved.Review(Anna, Role.Arkivarie, Item("skipped", "kept"), true, "Behåll", Now.Policy).Refused!.Code);

    [Fact]
    [Trait("Requirement", "I4")]
    public void a_run_of_which_everything_is_kept_or_held_is_not_approved_and_not_executed()
    {
        Assert.Equal("all-kept", Proposed.Approve(Bo, Now with { Kept = 5 }).Refused!.Code);
        Assert.Equal("held", Approved.Execute(Anna, Now with { Kept = 3, Held = 2 }).Refused!.Code);
        Assert.Null(Approved.Execute(Anna, Now with { Kept = 3, Held = 1 }).Refused);
    }

    [Fact]
    public void who_acted_stands_sealed() => Assert.Equal("Bo", Proposed.Approve(Bo, Now).Events.Single().Parts!["actor.name"]);

    [Fact]
    [Trait("Requirement", "T-16")]
    [Trait("Requirement", "C5")]
    public void only_the_body_that_the_policy_names_decides()
    {
        // T-16: in Töreboda kommunstyrelsen takes the gallringsbeslut, or somebody above it.
        var toreboda = new Authority(Somewhere, "KS", "Kommunstyrelsen", new(1, "toreboda", new Dictionary<string, string>()), Somewhere, "KS");
        var command = new RecordDecision("KS", "KS § 1", "Tekniska nämnden", new(2020, 5, 25), null, null, ["comment"], "P2Y", null, null);

        Assert.Equal("wrong-deciding-body", command.Decide(toreboda).Refused!.Code);
        Assert.Null((command with { DecidingBody = "Kommunstyrelsen" }).Decide(toreboda).Refused);
        Assert.Null((command with { DecidingBody = null }).Decide(toreboda).Refused);
    }

    [Fact]
    [Trait("Requirement", "H-29")]
    [Trait("Requirement", "C5")]
    public void a_forvaltning_decides_where_the_guideline_lets_it()
    {
        var herrljunga = new Authority(Somewhere, "KS", "Kommunstyrelsen", new(1, "herrljunga", new Dictionary<string, string>()), Somewhere, "KS");

        var decision = new RecordDecision("KS", "KS § 1", null, new(2020, 5, 25), null, null, ["comment"], "P2Y", null, null).Decide(herrljunga);

        Assert.Equal("förvaltningen (ringa betydelse)", Assert.IsType<DisposalDecisionRecorded>(decision.Events[0].Event).DecidingBody);
    }
}
