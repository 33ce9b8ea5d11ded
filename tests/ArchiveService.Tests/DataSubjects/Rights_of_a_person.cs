using ArchiveService.Features.Authorities;
using ArchiveService.Features.DataSubjects;
using ArchiveService.Features.Disclosures;
using ArchiveService.Http;

namespace ArchiveService.Tests.DataSubjects;

public sealed class Rights_of_a_person
{
    private static readonly Guid Authority = new("0195aaaa-0000-7000-8000-00000000000a");
    private static readonly Guid Account = new("0195aaaa-0000-7000-8000-00000000000b");
    private static readonly Guid Record = new("0195aaaa-0000-7000-8000-00000000000c");
    private static readonly Policy Policy = new(4, "custom", new Dictionary<string, string>());
    private static readonly DateTimeOffset Received = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly Today = new(2026, 3, 10);

    private static SubjectState Given(SubjectRight right, params DataSubjectRequestEvent[] more) => Fold(
        SubjectState.None, [new DataSubjectRequested(Authority, "GDPR 2026:1", right, RequestChannel.Email, Received, SubjectDeadline.First(Received), false, 4), .. more]);

    private static SubjectState Fold(SubjectState state, IEnumerable<DataSubjectRequestEvent> events) =>
        events.Aggregate(state, (s, e) => s.After(e, Guid.CreateVersion7(), Received, "by") with { Version = s.Version + 1 });

    private static SubjectState Then(SubjectState state, Decision decision)
    {
        Assert.Null(decision.Refused);
        return Fold(state, decision.Events.Select(e => (DataSubjectRequestEvent)e.Event));
    }

    private static DataSubjectIdentified Identified => new(IdentityMeans.IdDocument, null, 4);

    private static DataSubjectLinked Linked => new(SubjectLinkKind.Account, Account, 4);

    [Theory]
    [InlineData("2026-03-02T09:00:00Z", "2026-04-02", "2026-06-02")]
    [InlineData("2026-01-31T09:00:00Z", "2026-03-02", "2026-04-30")]
    [InlineData("2026-04-30T22:30:00Z", "2026-06-01", "2026-08-03")]
    [InlineData("2026-11-25T09:00:00Z", "2026-12-28", "2027-02-25")]
    [Trait("Law", "GDPR art. 12.3")]
    public void are_answered_within_a_month_or_three_and_never_on_a_day_off(string received, string first, string extended)
    {
        var at = DateTimeOffset.Parse(received, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal((first, extended), ($"{SubjectDeadline.First(at):yyyy-MM-dd}", $"{SubjectDeadline.Extended(at):yyyy-MM-dd}"));
    }

    [Fact]
    [Trait("Law", "GDPR art. 12.6")]
    public void give_nothing_before_it_is_known_who_asks()
    {
        var state = Given(SubjectRight.Access);
        Assert.Equal("not-identified", new LinkSubject(Account, Reason: "Skrev därifrån").Decide(state, SubjectLinkKind.Account, Account, Policy).Refused!.Code);
        Assert.Equal("not-identified", new ProduceExtract("json").Refuse(state)!.Code);
        Assert.Equal("not-identified", new HandOutExtract("visit").Decide(state, Policy, Today).Refused!.Code);
        Assert.Equal("not-identified", new ExamineSubjectRecord(true).Decide(state, Record, true, false, Policy).Refused!.Code);
        Assert.Equal("not-identified", new AnswerSubject("nothingHeld", "Inget").Decide(state, false, null, Policy, Today).Refused!.Code);
        Assert.Equal("message-missing", new IdentifySubject("accountMessage", Record).Decide(state, messageIsHere: false, Policy).Refused!.Code);
        Assert.Equal("note-missing", new IdentifySubject("representative").Decide(state, false, Policy).Refused!.Code);

        Assert.Equal("identity-not-asked", new AnswerSubject("notIdentified", "Gick inte").Decide(state, false, null, Policy, Today).Refused!.Code);
        var asked = Then(state, new AskIdentity("Kom förbi med legitimation").Decide(state, Policy, Today));
        var refused = Then(asked, new AnswerSubject("notIdentified", "Personen hörde inte av sig.").Decide(asked, false, null, Policy, Today));
        Assert.Equal(SubjectAnswer.NotIdentified, refused.Answer);
        Assert.Equal("appeal-time-runs", CloseSubjectRequest.Decide(refused, Policy, Today).Refused!.Code);
        Assert.Null(CloseSubjectRequest.Decide(refused, Policy, refused.AppealBy!.Value.AddDays(1)).Refused);
        Assert.Equal("request-answered", new LinkSubject(Account, Reason: "x").Decide(refused, SubjectLinkKind.Account, Account, Policy).Refused!.Code);
    }

    [Fact]
    [Trait("Law", "GDPR art. 15")]
    public void end_an_extract_when_what_was_made_last_is_what_is_handed_out()
    {
        var state = Given(SubjectRight.Access, Identified);
        Assert.Equal("no-accounts", new ProduceExtract().Refuse(state)!.Code);
        state = Fold(state, [Linked]);
        Assert.Equal("something-held", new AnswerSubject("nothingHeld", "Inget").Decide(state, false, null, Policy, Today).Refused!.Code);
        Assert.Equal("extract-missing", new HandOutExtract("visit").Decide(state, Policy, Today).Refused!.Code);
        state = Fold(state, [new DataSubjectExtractProduced(ExtractForm.Json, 1, 3, 1, 4), new DataSubjectRecordExamined(Record, true, null, 4)]);
        Assert.Equal("extract-stale", new HandOutExtract("visit").Decide(state, Policy, Today).Refused!.Code);
        state = Fold(state, [new DataSubjectExtractProduced(ExtractForm.Pdf, 1, 4, 0, 4)]);
        Assert.Equal("day-before-request", new HandOutExtract("visit", new(2026, 3, 1)).Decide(state, Policy, Today).Refused!.Code);
        state = Then(state, new HandOutExtract("visit").Decide(state, Policy, Today));
        Assert.Equal((SubjectAnswer.HandedOut, Today), (state.Answer, state.AnsweredOn));
        Assert.NotNull(Then(state, CloseSubjectRequest.Decide(state, Policy, Today)).ClosedAt);
    }

    [Fact]
    [Trait("Law", "GDPR art. 17.3")]
    [Trait("Requirement", "I4")]
    public void erase_nothing_but_answer_in_a_case_through_gallring_or_not_at_all()
    {
        var state = Given(SubjectRight.Erasure, Identified, Linked);
        Assert.Equal("gallring-rule-missing", new AnswerSubject("granted", "Tas bort").Decide(state, ruleIsThere: false, null, Policy, Today).Refused!.Code);
        Assert.Equal("ground-missing", new AnswerSubject("refused", "Bevaras").Decide(state, false, null, Policy, Today).Refused!.Code);
        Assert.Equal("ground-unknown", new AnswerSubject("refused", "Bevaras", ["21.1"]).Decide(state, false, null, Policy, Today).Refused!.Code);
        Assert.Equal("case-missing", new AnswerSubject("refused", "Bevaras", ["17.3d"]).Decide(state, false, null, Policy, Today).Refused!.Code);
        state = Fold(state, [new DataSubjectCaseOpened(Record, "KS 2026/1", 4)]);
        var decision = new AnswerSubject("refused", "Handlingarna bevaras.", ["17.3b", "17.3d"]).Decide(state, false, 2, Policy, Today);
        var text = decision.Events.Single().Parts!["answer"]!;
        Assert.Contains("ändras eller förstörs inte på begäran", text, StringComparison.Ordinal);
        Assert.Contains("imy.se", text, StringComparison.Ordinal);
        Assert.Contains("förvaltningsrätten", text, StringComparison.Ordinal);
        Assert.Contains("artikel 17.3 d", text, StringComparison.Ordinal);
        Assert.NotNull(Then(state, decision).AppealBy);
        Assert.Null(Then(state, new AnswerSubject("granted", "Gallras", Rule: Record).Decide(state, ruleIsThere: true, 2, Policy, Today)).AppealBy);
    }

    [Fact]
    [Trait("Law", "GDPR art. 16")]
    public void put_right_beside_the_record_and_never_in_it()
    {
        var state = Given(SubjectRight.Rectification, Identified, Linked, new DataSubjectCaseOpened(Record, "KS 2026/1", 4));
        Assert.Equal("supplement-missing", new AnswerSubject("granted", "Rättat").Decide(state, false, 2, Policy, Today).Refused!.Code);
        Assert.Equal("record-unknown", new NoteSupplement("Rätt gata").Decide(state, Record, isTheirs: false, Policy).Refused!.Code);
        state = Then(state, new NoteSupplement("Rätt gata är Storgatan").Decide(state, Record, isTheirs: true, Policy));
        Assert.Equal(SubjectAnswer.Granted, Then(state, new AnswerSubject("granted", "Antecknat").Decide(state, false, 2, Policy, Today)).Answer);
        Assert.Equal("not-rectification", new NoteSupplement("x").Decide(Given(SubjectRight.Erasure, Identified), Record, true, Policy).Refused!.Code);
    }

    [Fact]
    [Trait("Law", "GDPR art. 12.3")]
    public void may_take_longer_once_when_the_person_was_told_in_time()
    {
        var state = Given(SubjectRight.Access);
        Assert.Equal("extension-too-late", new ExtendSubjectTime("Många kanaler", new(2026, 4, 3)).Decide(state, Policy, new(2026, 4, 5)).Refused!.Code);
        state = Then(state, new ExtendSubjectTime("Många kanaler", new(2026, 4, 2)).Decide(state, Policy, new(2026, 4, 5)));
        Assert.Equal((new DateOnly(2026, 6, 2), true), (state.DueOn, state.Extended));
        Assert.Equal("already-extended", new ExtendSubjectTime("Igen").Decide(state, Policy, Today).Refused!.Code);
    }

    [Fact]
    public void let_nobody_through_who_is_locked_or_kept_back()
    {
        var state = Given(SubjectRight.Access, Identified, Linked);
        var record = new TheirRecord(Record, "secret", false, Received, null, null, "facebook", null, Account);
        Assert.True(Extracts.Withheld(state, record));
        Assert.True(Extracts.Withheld(state, record with { Wall = "unassessed" }));
        Assert.False(Extracts.Withheld(state, record with { Wall = "open" }));
        var released = Then(state, new ExamineSubjectRecord(true).Decide(state, Record, true, false, Policy));
        Assert.False(Extracts.Withheld(released, record));
        Assert.True(Extracts.Withheld(released, record with { Locked = true }));
        Assert.Equal("record-locked", new ExamineSubjectRecord(true).Decide(state, Record, true, locked: true, Policy).Refused!.Code);
        Assert.Equal("provision-missing", new ExamineSubjectRecord(false).Decide(state, Record, true, false, Policy).Refused!.Code);
        Assert.True(Extracts.Withheld(Then(released, new ExamineSubjectRecord(false, "OSL 25 kap. 7 §").Decide(released, Record, true, false, Policy)), record));
    }

    [Theory]
    [InlineData("Hej Bertil Grannes, och @kajsa!", "Hej [annan person], och @kajsa!")]
    [InlineData("@bertil_g bor hos bertil@example.se, 19640823-3234", "[annan person] bor hos [annan person], [annan person]")]
    [InlineData("Kajsa har rätt, Åsa med", "Kajsa har rätt, [annan person] med")]
    [InlineData("Bertilsgatan är halkig", "Bertilsgatan är halkig")]
    [Trait("Law", "GDPR art. 15.4")]
    public void show_nothing_of_anybody_else(string said, string masked) =>
        Assert.Equal(masked, new OthersMasked(["Kajsa Låtsberg", "@kajsa"], ["Bertil Granne", "@bertil_g", "Åsa", "Kajsa Andersson", null, ""]).Apply(said));
}
