using ArchiveService.Access;
using ArchiveService.Features.Allotments;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Opening;
using ArchiveService.Features.Records;
using ArchiveService.Tests.Records;
using Registration = ArchiveService.Features.Records.Registration;

namespace ArchiveService.Tests.Opening;

public sealed class The_ways_out_of_the_morning_list
{
    private static readonly Guid Rut = new("0199aaaa-0000-7000-8000-0000000000a1");
    private static readonly Guid Other = new("0199aaaa-0000-7000-8000-0000000000a2");
    private static readonly Caller By = new(Rut, "Rut", [new(Role.Registrator, null)], false, false, []);
    private static readonly OfficerAsked Somebody = new(Service: false, Closed: false, Staff: true, Cleared: false);

    [Fact]
    public void hand_a_wrongly_addressed_record_over_and_keep_it()
    {
        var comment = Given.A_captured_comment();
        Assert.Null(comment.MorningOutcome);

        // Also where the guideline registers what is its own.
        var events = new WrongAddressee("Regionen", "Vi har skickat den till regionen.").Decide(comment, Given.PolicyOf("trosa")).Events;

        Assert.Equal([typeof(RecordMisdirected), typeof(RecordKeptOrdered), typeof(RecordAnswered)], events.Select(e => e.Event.GetType()));
        Assert.Equal("Regionen", events[0].Parts!["to"]);
        var after = comment.With([.. events.Select(e => (RecordEvent)e.Event)]);
        Assert.Equal((Outcomes.Misdirected, true), (after.MorningOutcome, after.AnswerGiven));
        Assert.Equal("already-handed-over", new WrongAddressee("Regionen", "Vi har skickat den.").Decide(after, Given.PolicyOf("trosa")).Refused?.Code);
    }

    [Fact]
    public void want_the_sender_told_or_a_reason_and_register_first_what_may_be_secret()
    {
        var policy = Given.PolicyOf("norrkoping");
        Assert.Equal("sender-not-told", new WrongAddressee("Regionen", " ").Decide(Given.A_captured_comment(), policy).Refused?.Code);
        Assert.Equal("addressee-missing", new WrongAddressee(null, "Hej").Decide(Given.A_captured_comment(), policy).Refused?.Code);
        Assert.Equal("secrecy-possible", new WrongAddressee("Regionen", "Hej").Decide(Given.A_captured_comment(wall: Wall.Unassessed), policy).Refused?.Code);
        var untold = new WrongAddressee("Regionen", null, "Kontot är borta").Decide(Given.A_captured_comment().With(Given.Registered), policy).Events;
        Assert.False(Assert.IsType<RecordMisdirected>(Assert.Single(untold).Event).SenderTold);
    }

    [Fact]
    public void are_taken_by_a_rule_and_taken_back_by_it()
    {
        var settled = Given.A_captured_comment().With(new RecordSettledByRule(Rut, 1, Registration.KeptOrdered, null, 3));
        Assert.Equal(("keptOrdered", true), (settled.MorningOutcome, settled.OutcomeAt is not null));
        var withdrawn = settled.With(new RuleSettlementWithdrawn(Rut, 1, "edited", 3));
        Assert.Equal((null, (DateTimeOffset?)null), (withdrawn.MorningOutcome, withdrawn.OutcomeAt));
    }

    [Fact]
    [Trait("Requirement", "R-14")]
    public void are_due_by_the_next_working_day_and_never_move_the_date_it_came_in()
    {
        var friday = new DateTimeOffset(2026, 3, 6, 9, 0, 0, TimeSpan.FromHours(1));
        foreach (var preset in new[] { "custom", "herrljunga", "norrkoping", "toreboda", "trosa", "vastarvet" })
            Assert.Equal(new DateTimeOffset(2026, 3, 10, 0, 0, 0, TimeSpan.FromHours(1)), Outcomes.RegistrationClock(Given.PolicyOf(preset)).Due(friday));

        var comment = Given.A_captured_comment();
        Assert.Equal(comment.ReceivedAt, comment.With(Given.Registered with { RegisteredAt = Given.Noon.AddDays(9) }).ReceivedAt);
    }

    [Fact]
    public void are_signed_for_only_when_nothing_is_left_or_the_policy_lets_what_is_left_be_stated()
    {
        EmptyingWorld World(long left, string preset = "trosa", params (string, string)[] own) => new(
            new(Given.Authority, "KS", "Nämnden", Given.PolicyOf(preset, own), Given.Channel, "own"), Given.Noon, null, null, Given.Noon, EmptiedCounts.None with { Registered = 2, Left = left }, EmptiedCounts.None, null);

        var refused = new EmptyInbox().Decide(World(3), By).Refused!;
        Assert.Equal(("inbox-not-empty", 3L), (refused.Code, refused.More!["left"]));
        Assert.Contains("KS", (string)refused.More["list"]!, StringComparison.Ordinal);
        var emptied = (InboxEmptied)Assert.Single(new EmptyInbox().Decide(World(0), By).Events).Event;
        Assert.Equal((Rut, Given.Noon, 2L), (emptied.SignedBy, emptied.Until, emptied.Open.Registered));
        Assert.Equal("note-missing", new EmptyInbox().Decide(World(1, own: ("inbox.left", "stated")), By).Refused?.Code);
        Assert.Equal(1, ((InboxEmptied)new EmptyInbox(Note: "Väntar på svar").Decide(World(1, own: ("inbox.left", "stated")), By).Events[0].Event).Open.Left);
        Assert.Equal("until-to-come", new EmptyInbox(Given.Noon.AddHours(1)).Decide(World(0), By).Refused?.Code);
        Assert.Equal("already-emptied", new EmptyInbox().Decide(World(0) with { Last = Given.Noon }, By).Refused?.Code);
    }

    [Fact]
    public void are_followed_by_somebody_who_receives_what_is_registered()
    {
        var policy = Given.PolicyOf("trosa");
        Assert.Equal("not-registered", new AllotRecord(Rut, null).Decide(Given.A_captured_comment(), Somebody, Other, policy).Refused?.Code);
        var registered = Given.A_captured_comment().With(Given.Registered);
        Assert.Equal("officer-or-unit", new AllotRecord(Rut, "Gatukontoret").Decide(registered, Somebody, Other, policy).Refused?.Code);
        Assert.Equal("officer-unknown", new AllotRecord(Rut, null).Decide(registered, null, Other, policy).Refused?.Code);
        Assert.Equal("officer-not-cleared", new AllotRecord(Rut, null).Decide(registered.With(Given.Secret), Somebody, Other, policy).Refused?.Code);

        var allotted = registered.With((RecordEvent)new AllotRecord(Rut, null).Decide(registered, Somebody, Other, policy).Events[0].Event);
        Assert.Equal("not-allowed", AllotRecord.Receive(allotted, By with { PersonId = Other }, policy).Refused?.Code);
        Assert.Equal("reason-missing", AllotRecord.Decline(allotted, " ", By, policy).Refused?.Code);
        var declined = allotted.With((RecordEvent)AllotRecord.Decline(allotted, "Hör till gatan", By, policy).Events[0].Event);
        Assert.Null(declined.Allotment);
        Assert.NotNull(declined.AllotmentDeclinedAt);

        var unit = declined.With((RecordEvent)new AllotRecord(null, "Gatukontoret").Decide(declined, null, Given.Channel, policy).Events[0].Event);
        var received = unit.With((RecordEvent)AllotRecord.Receive(unit, By, policy).Events[0].Event);
        Assert.Equal((Rut, true), (received.Allotment!.Officer, received.Allotment.ReceivedAt is not null));
        Assert.Equal("already-received", AllotRecord.Decline(received, "Nej", By, policy).Refused?.Code);
    }

    [Fact]
    [Trait("Requirement", "V-10")]
    [Trait("Requirement", "R-14")]
    public void are_the_same_for_many_rows_as_for_one()
    {
        var (keep, exempt) = (new SettleInbox(SettleInbox.Keep, [new(Rut)]), new SettleInbox(SettleInbox.Exempt, [new(Rut)], "Tumme upp"));
        var comment = Given.A_captured_comment();

        Assert.IsType<RecordKeptOrdered>(Assert.Single(keep.Decide(comment, Given.PolicyOf("norrkoping"), null).Events).Event);
        Assert.Equal("Tumme upp", Assert.Single(exempt.Decide(comment, Given.PolicyOf("norrkoping"), null).Events).Parts!["note"]);
        Assert.Equal("policy-registers-all", keep.Decide(comment, Given.PolicyOf("trosa"), null).Refused?.Code);
        Assert.Equal("policy-keeps-minor-ordered", exempt.Decide(comment, Given.PolicyOf("vastarvet"), null).Refused?.Code);
        Assert.Equal("secrecy-possible", keep.Decide(Given.A_captured_comment(wall: Wall.Unassessed), Given.PolicyOf("norrkoping"), null).Refused?.Code);
        Assert.Equal("has-outcome", exempt.Decide(comment.With(new RecordKeptOrdered(3)), Given.PolicyOf("norrkoping"), null).Refused?.Code);

        // What a rule settled waits for nobody, and a person may still say it.
        Assert.Null(keep.Decide(comment.With(new RecordSettledByRule(Rut, 1, Registration.KeptOrdered, null, 3)), Given.PolicyOf("norrkoping"), null).Refused);
        Assert.Equal("too-many-records", new SettleInbox(SettleInbox.Keep, [.. Enumerable.Repeat(new InboxRow(Rut), SettleInbox.Most + 1)]).Check()?.Code);
    }
}
