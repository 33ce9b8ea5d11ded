using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Disclosures;
using ArchiveService.Http;

namespace ArchiveService.Tests.Disclosures;

public sealed class Deciding_on_a_request
{
    private static readonly Guid Record = new("0195aaaa-0000-7000-8000-00000000000a");

    private static readonly DateTimeOffset Now = new(2026, 11, 24, 9, 0, 0, TimeSpan.Zero);

    private static readonly DateOnly Today = new(2026, 11, 24);

    private static Policy With(string key = "disclosure.register", string value = "refused") => new(4, "custom", new Dictionary<string, string> { [key] = value });

    private static DisclosureState After(params IEnumerable<DisclosureRequestEvent> events) => events
        .Prepend(new DisclosureRequested(Record, "A", RequestChannel.Email, WantedForm.Copy, Now.AddDays(-40), 4))
        .Aggregate(DisclosureState.None, (state, e) => state.After(e, Guid.CreateVersion7(Now), Now.AddDays(-30), "somebody") with { Version = state.Version + 1 });

    private static IEnumerable<DisclosureRequestEvent> Refused(DateOnly appealBy) =>
    [
        new DisclosureItemFound(FoundKind.Record, Record, 4), new DisclosureStepTaken(Record, ExaminationStep.Provision, "possible", "OSL 26 kap. 1 §", null, 4),
        new DisclosureItemDecided(Record, ItemOutcome.Refuse, ["OSL 26 kap. 1 §"], 4), new DisclosureDeclined([Record], ["OSL 26 kap. 1 §"], 4), new DisclosureDecisionDemanded(Now.AddDays(-29), 4),
        new DisclosureRefused([Record], ["OSL 26 kap. 1 §"], null, 4), new DisclosureDecisionServed(Today.AddDays(-25), appealBy, 4),
    ];

    private static string? Code(Decision decision) => decision.Refused?.Code;

    [Fact]
    public void a_refused_record_is_held_through_the_time_for_appeal_and_through_an_appeal()
    {
        var running = After([.. Refused(Today), new DisclosureRegistered(Record, 4)]);
        Assert.Equal("appeal-time-runs", Code(CloseRequest.Decide(running, With(), Today)));
        Assert.Null(Code(CloseRequest.Decide(running, With(), Today.AddDays(1))));

        var appealed = running.After(new DisclosureAppealed(Today, true, 4), Guid.Empty, Now, null);
        Assert.Equal("appeal-waits", Code(CloseRequest.Decide(appealed, With(), Today.AddYears(1))));
        Assert.Equal("appeal-waits", Code(new WithdrawRequest("Ringde").Decide(appealed, With())));
        Assert.Equal("already-appealed", Code(new AppealRequest(Today).Decide(appealed, With(), Today)));

        var settled = appealed.After(new DisclosureAppealSettled(AppealOutcome.Upheld, Today, 4), Guid.Empty, Now, null);
        Assert.Null(Code(CloseRequest.Decide(settled, With(), Today.AddDays(1))));

        // What the court changes is examined anew, and held until it is given out.
        var changed = appealed.After(new DisclosureAppealSettled(AppealOutcome.Changed, Today, 4), Guid.Empty, Now, null);
        Assert.Equal("items-left", Code(CloseRequest.Decide(changed, With(), Today.AddDays(1))));
    }

    [Fact]
    public void an_appeal_counts_whether_it_is_in_time()
    {
        var state = After(Refused(Today.AddDays(-1)));
        Assert.False(((DisclosureAppealed)new AppealRequest(Today).Decide(state, With(), Today).Events[0].Event).InTime);
        Assert.True(((DisclosureAppealed)new AppealRequest(Today.AddDays(-1)).Decide(state, With(), Today).Events[0].Event).InTime);
        Assert.Equal("no-decision", Code(new AppealRequest(Today).Decide(After(), With(), Today)));
        Assert.Equal("not-appealed", Code(new SettleAppeal("upheld", Today, "KR 1-26").Decide(state, With(), Today)));
    }

    [Fact]
    public void what_was_only_declined_is_held_while_a_decision_can_be_wanted()
    {
        var declined = After([.. Refused(Today).Take(4)]);
        // Declined on 25 October: three weeks on is 15 November.
        Assert.Equal("demand-time-runs", Code(CloseRequest.Decide(declined, With(), new(2026, 11, 15))));
        Assert.Null(Code(CloseRequest.Decide(declined, With(), new(2026, 11, 16))));
        Assert.Null(Code(CloseRequest.Decide(declined, With("disclosure.declinedDays", "0"), new(2026, 10, 26))));
    }

    [Fact]
    public void a_refused_request_becomes_a_case_and_a_simple_one_need_not()
    {
        Assert.Equal("not-registered", Code(CloseRequest.Decide(After(Refused(Today.AddDays(-1))), With(), Today)));
        DisclosureRequestEvent[] open = [new DisclosureItemFound(FoundKind.Record, Record, 4), new DisclosureStepTaken(Record, ExaminationStep.Provision, "none", null, null, 4), new DisclosureItemDecided(Record, ItemOutcome.Disclose, [], 4)];
        var deliver = new DeliverItems("copy", Pages: 1);
        var state = After(open);
        Assert.Equal(2, deliver.Decide(state, deliver.Chosen(state), false, null, With(), Now).Events.Count);
        Assert.Single(deliver.Decide(state, deliver.Chosen(state), false, null, With(value: "written"), Now).Events);
        Assert.Equal("case-unknown", Code(RegisterRequest.Decide(state, null, With())));
        Assert.Equal("already-registered", Code(RegisterRequest.Decide(state with { Case = Record }, Record, With())));
    }

    [Fact]
    public void the_clock_stands_still_only_for_the_asker()
    {
        var state = After();
        Assert.Equal("pause-reason-unknown", Code(new PauseClock("vacation", "Semester").Decide(state, With(), Now)));
        Assert.Equal("note-missing", Code(new PauseClock("clarification", " ").Decide(state, With(), Now)));
        Assert.Equal("fee-not-due", Code(new PauseClock("fee", "54 kr").Decide(state, With(), Now)));
        Assert.Equal("paused-at", Code(new PauseClock("clarification", "Vilket år?", Now.AddDays(1)).Decide(state, With(), Now)));
        Assert.Equal("clock-running", Code(new ResumeClock().Decide(state, With(), Now)));

        var paused = state.After((DisclosureRequestEvent)new PauseClock("clarification", "Vilket år?").Decide(state, With(), Now).Events[0].Event, Guid.Empty, Now, null);
        Assert.Equal("clock-paused", Code(new PauseClock("clarification", "Vilket år?").Decide(paused, With(), Now)));
        Assert.Equal("resumed-at", Code(new ResumeClock(Now.AddDays(-1)).Decide(paused, With(), Now)));
        Assert.Null(Code(new ResumeClock(Now.AddHours(1)).Decide(paused, With(), Now.AddHours(1))));
        Assert.Equal("already-answered", Code(new PauseClock("clarification", "Vilket år?").Decide(After(new DisclosureNothingFound(Today, Today, null, true, 0, 0, 4)), With(), Now)));
    }

    [Fact]
    public void nobody_decides_about_what_they_wrote_themselves()
    {
        var state = After(new DisclosureItemFound(FoundKind.Record, Record, 4), new DisclosureStepTaken(Record, ExaminationStep.Provision, "none", null, null, 4));
        Assert.Equal("conflict-of-interest", Code(new DecideItem("disclose").Decide(state, Record, null, With(), own: true)));
        Assert.Null(Code(new DecideItem("disclose", NotTheSubject: true).Decide(state, Record, null, With(), own: true)));
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public void a_destroyed_request_stands_as_it_is()
    {
        var gone = After(new DisclosureClosed(4), new DisclosureRequestDisposed(Record, Record, Record, 1, Now));
        Assert.Equal("disclosure-disposed", Code(CloseRequest.Decide(gone, With(), Today)));
    }
}
