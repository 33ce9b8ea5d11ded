using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Cases;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Tests.Cases;

public sealed class Appeals_and_checklists
{
    private static readonly Guid AuthorityId = new("0195aaaa-0000-7000-8000-00000000000a");
    private static readonly Guid Case = new("0195aaaa-0000-7000-8000-00000000000b");
    private static readonly DateTimeOffset Now = new(2026, 5, 4, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("2026-03-02", "2026-03-23")]
    [InlineData("2026-03-13", "2026-04-07")]
    [InlineData("2026-05-29", "2026-06-22")]
    [InlineData("2026-12-03", "2026-12-28")]
    [InlineData("2026-12-10", "2027-01-04")]
    [Trait("Law", "FL 44 §")]
    public void may_come_until_three_weeks_have_passed_and_the_next_working_day_after_a_holiday(string notified, string last) =>
        Assert.Equal(DateOnly.Parse(last, System.Globalization.CultureInfo.InvariantCulture), ReceiveAppeal.LastDay(DateOnly.Parse(notified, System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public void are_tried_for_time_only_and_a_late_one_is_dismissed_by_a_decision_unless_the_law_says_otherwise()
    {
        var state = Given(new CaseDecisionMade(1, new(2026, 3, 2), CaseOutcome.Refused, null, null, null, Now, null, 4));
        state = Then(state, new ReceiveAppeal(null, 1, new(2026, 3, 24), "Nils Låtsasson", null, null).Decide(At(state), null));
        var appeal = state.Appeals.Keys.Single();

        Assert.Equal("time-not-checked", new ForwardAppeal("Förvaltningsrätten", null, null, null).Decide(At(state), appeal).Refused!.Code);
        Assert.Equal("late-excuse", new CheckAppealTime(new(2026, 3, 3), Timeliness.LateWrongInstructions, null).Decide(At(state), appeal).Refused!.Code);
        var late = Then(state, new CheckAppealTime(new(2026, 3, 2), null, null).Decide(At(state), appeal));
        Assert.Equal(Timeliness.Late, late.Appeals[appeal].Time);
        Assert.Equal("appeal-late", new ForwardAppeal("Förvaltningsrätten", null, null, null).Decide(At(late), appeal).Refused!.Code);
        Assert.Equal("decision-unknown", new DismissAppeal(1).Decide(At(late), appeal).Refused!.Code);
        var dismissed = late.After(new CaseDecisionMade(3, new(2026, 5, 4), CaseOutcome.Dismissed, null, null, null, Now, null, 4));
        Assert.False(Then(dismissed, new DismissAppeal(3).Decide(At(dismissed), appeal)).Appeals[appeal].IsOpen);

        var excused = Then(state, new CheckAppealTime(new(2026, 3, 2), Timeliness.LateWrongInstructions, null).Decide(At(state), appeal));
        Assert.Equal("appeal-not-late", new DismissAppeal(1).Decide(At(excused), appeal).Refused!.Code);
        var sent = Then(excused, new ForwardAppeal("Förvaltningsrätten", null, null, null).Decide(At(excused), appeal));
        Assert.True(sent.Appeals[appeal] is { IsOpen: true, IsWaiting: false });

        // Nobody can show when the appellant got it: then it was in time.
        Assert.Equal(Timeliness.InTime, Then(state, new CheckAppealTime(null, null, null).Decide(At(state), appeal)).Appeals[appeal].Time);
    }

    [Fact]
    public void keep_a_case_open_until_they_are_handed_over_whatever_reason_is_given()
    {
        var state = Given();
        state = Then(state, new ReceiveAppeal(null, null, null, "Nils Låtsasson", null, null).Decide(At(state), null));
        var appeal = state.Appeals.Keys.Single();

        Assert.Equal("appeal-open", new CloseCase("Besvarat", new Dictionary<string, string> { ["noOpenAppeal"] = "Besvarat" }, null, true).Decide(At(state), []).Refused!.Code);
        Assert.Equal("appeal-not-forwarded", new ConcludeAppeal(AppealEnd.Ruled, null, "Besvarat").Decide(At(state), appeal).Refused!.Code);
        Assert.Equal(0, Then(state, new ConcludeAppeal(AppealEnd.Withdrawn, null, "Återkallat per telefon").Decide(At(state), appeal)).OpenAppeals);
    }

    [Fact]
    public void are_refused_with_what_is_missing_or_taken_with_a_reason_each_and_otherwise_noted()
    {
        var state = Given();
        ClosingCheck[] list = [new(ClosingItem.OfficerAssigned, false, ""), new(ClosingItem.PaperMatched, false, ""), new(ClosingItem.ClassSet, true, "")];

        Assert.Equal([ClosingItem.OfficerAssigned, ClosingItem.PaperMatched], ((CaseClosed)new CloseCase(null).Decide(At(state), list).Events[0].Event).Findings);
        var refused = new CloseCase(null, null, true, true).Decide(At(state), list).Refused!;
        Assert.Equal("closing-incomplete", refused.Code);
        Assert.Equal(["officerAssigned"], (string[])refused.More!["missing"]!);
        var closed = new CloseCase(null, new Dictionary<string, string> { ["officerAssigned"] = "Avgjordes samma dag" }, true, true).Decide(At(state), list).Events[0];
        Assert.Equal([ClosingItem.OfficerAssigned], ((CaseClosed)closed.Event).Findings);
        Assert.Equal("Avgjordes samma dag", closed.Parts!["reason/officerAssigned"]);
        Assert.Equal([ClosingItem.PaperMatched], ((CaseClosed)closed.Event).Stated);
        Assert.Equal("closing-item", new CloseCase(null, new Dictionary<string, string> { ["annat"] = "x" }).Decide(At(state), list).Refused!.Code);
    }

    [Theory]
    [InlineData("2026-01-15", "2026-06-30", 0)]
    [InlineData("2025-12-31", "2026-06-30", 1)]
    [InlineData("2024-06-30", "2026-06-30", 4)]
    public void count_the_age_of_a_case_in_half_years(string opened, string on, int halves) =>
        Assert.Equal(halves, CaseLists.HalfYears(DateOnly.Parse(opened, System.Globalization.CultureInfo.InvariantCulture), DateOnly.Parse(on, System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    [Trait("Law", "Arkivförordningen 3 §")]
    public void have_drafts_weeded_on_the_word_of_whoever_closes_and_it_stands_as_that()
    {
        var state = Given();
        ClosingCheck[] list = [new(ClosingItem.DraftsWeeded, false, "")];

        Assert.Equal("closing-incomplete", new CloseCase(null, null, null, true).Decide(At(state), list).Refused!.Code);
        Assert.Equal([ClosingItem.DraftsWeeded], ((CaseClosed)new CloseCase(null).Decide(At(state), list).Events[0].Event).Findings);
        var stated = (CaseClosed)new CloseCase(null, null, null, true, DraftsWeeded: true).Decide(At(state), list).Events[0].Event;
        Assert.Null(stated.Findings);
        Assert.Equal([ClosingItem.DraftsWeeded], stated.Stated);
    }

    [Fact]
    [Trait("Law", "OSL 5:5")]
    public void are_of_documents_that_can_be_marked_examined_and_released_after_they_were_written()
    {
        var state = Given(new CaseNoteWritten(1, NoteMeans.Phone, Now, Now, null, null, 4), new CaseDecisionMade(2, new(2026, 3, 2), CaseOutcome.Refused, null, null, null, Now, null, 4));

        Assert.Equal("document-unknown", new MarkCaseDocument("OSL 25:1", null).Decide(At(state), 3).Refused!.Code);
        Assert.Equal("working-material", new ReleaseCaseDocument(true).Decide(At(state), 1, false, false).Refused!.Code);
        Assert.Equal("personal-number", new ReleaseCaseDocument(true).Decide(At(state), 2, false, true).Refused!.Code);
        Assert.Equal("secrecy-possible", new ReleaseCaseDocument(true).Decide(At(state), 2, true, false).Refused!.Code);
        var released = Then(state, new ReleaseCaseDocument(true).Decide(At(state), 2, false, false));
        Assert.True(released.Own[2].Released);

        // A mark takes the release back, and what is lifted has to be examined anew. Who is not cleared knows of no mark.
        var marked = Then(released, new MarkCaseDocument("OSL 25:1", null).Decide(At(released), 2));
        Assert.Equal(("OSL 25:1", false), (marked.Own[2].Provision, marked.Own[2].Released));
        Assert.Empty(new MarkCaseDocument("OSL 25:1", null).Decide(At(marked), 2).Events);
        Assert.Equal("document-unknown", new LiftCaseDocument("Ingen skada").Decide(At(marked), 2).Refused!.Code);
        var cleared = At(marked) with { By = At(marked).By with { Clearance = true } };
        Assert.Equal("provision-unexpected", new ReviewCaseDocument("stands", "Skäl", "OSL 26:1").Decide(cleared, 2).Refused!.Code);
        Assert.Equal("OSL 26:1", Then(marked, new ReviewCaseDocument("changed", "Skäl", "OSL 26:1").Decide(cleared, 2)).Own[2].Provision);
        var lifted = Then(marked, new ReviewCaseDocument("lifted", "Ingen skada").Decide(cleared, 2));
        Assert.Equal((null, false), (lifted.Own[2].Provision, lifted.Own[2].Released));
        Assert.Equal("not-marked", new LiftCaseDocument("Igen").Decide(At(lifted), 2).Refused!.Code);

        // A closed case can still be marked, and its notes may then be shown.
        var closed = lifted.After(new CaseClosed(Now, 4));
        Assert.Single(new MarkCaseDocument("OSL 25:1", null).Decide(At(closed), 1).Events);
        Assert.Single(new ReleaseCaseDocument(true).Decide(At(closed), 1, false, false).Events);
    }

    [Fact]
    public void are_not_stood_in_the_way_of_by_a_print_of_the_akt()
    {
        var state = Given(new CaseFilePrinted(Case, ArchiveService.Features.Records.PaperClass.Archival, 3, new(2026, 5, 4), true, false, 4));

        Assert.Equal(2, state.Version);
    }

    private static CaseState Given(params CaseEvent[] more) =>
        more.Aggregate((CaseState.None with { Id = Case }).After(new CaseOpened(AuthorityId, AuthorityId, "KS 2026/1", 2026, 1, "1.1", Now.AddMonths(-3), null, 4)), (s, e) => s.After(e));

    private static CaseState Then(CaseState state, Decision decision)
    {
        Assert.Null(decision.Refused);
        return decision.Events.Aggregate(state, (s, e) => s.After((CaseEvent)e.Event));
    }

    private static CaseMoment At(CaseState state) => new(
        state, new Authority(AuthorityId, "KS", "Kommunstyrelsen", new Policy(4, "custom", new Dictionary<string, string>()), Guid.Empty, "KS"),
        new Caller(Guid.CreateVersion7(), "Rut", [new(Role.Registrator, null)], false, false, []), Now);
}
