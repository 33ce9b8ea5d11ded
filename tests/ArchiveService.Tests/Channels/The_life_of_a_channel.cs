using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Http;
using ArchiveService.Sealing;
using ArchiveService.Tests.Records;
using static ArchiveService.Tests.Records.Given;

namespace ArchiveService.Tests.Channels;

public sealed class The_life_of_a_channel
{
    private static readonly DateOnly Today = new(2026, 3, 1);
    private static readonly Caller Kim = Of(1, Role.Kommunikator);
    private static readonly Caller Karin = Of(2, Role.Kommunikator);
    private static readonly Caller Chef = Of(3, Role.Chef);
    private static readonly Caller Moderator = Of(4, Role.Moderator);
    private static readonly Caller Ada = Of(5, Role.Admin);

    private static readonly ChannelLife Proposed = ChannelLife.None.After(
        new ChannelRegistered(Given.Authority, "facebook", [], Given.Channel, 3) { Sealed = new(1, "A256GCM", Given.Channel, "", new Dictionary<string, string> { ["purpose"] = "", ["url"] = "" }) }, Noon, Kim.PersonId.ToString("D"));

    private static Caller Of(int number, params Role[] roles) => new(new Guid($"0199bbbb-0000-7000-8000-00000000000{number}"), $"Person {number}", [.. roles.Select(r => new Grant(r, Given.Authority))], false, false, []);

    private static ChannelWorld By(Caller caller, string preset, params (string Key, string Value)[] own) => new(PolicyOf(preset, own), caller, Today);

    private static ChannelLife With(ChannelLife life, Caller by, Decision decision)
    {
        Assert.Null(decision.Refused);
        return decision.Events.Aggregate(life, (l, e) => l.After(e.Event, Noon, by.PersonId.ToString("D")));
    }

    private static string? Code(Decision decision) => decision.Refused?.Code;

    /// <summary>Everything that any guideline asks for.</summary>
    private static ChannelLife Complete(string preset)
    {
        var policy = PolicyOf(preset);
        var life = Proposed;
        foreach (var approver in ChannelApprovers.Of(policy))
        {
            var by = ChannelApprovers.May(Chef, Given.Authority, approver.Functions[0], approver.Manner) ? Chef : Karin;
            life = With(life, by, new ApproveChannel(approver.Functions[0]).Decide(life, By(by, preset)));
        }

        life = With(life, Kim, new WriteChannelPlan("Kommunledningskontoret", "Boende", "Fler svar", "kontakt@example.se", "Varje vardag", 4, "Bara parken", Today.AddDays(300), "Skrivs ut", "Ring registrator", Today.AddDays(200)).Decide(life, By(Kim, preset)));
        foreach (var (person, function) in new[] { (Kim, "responsible"), (Kim, "administrator"), (Moderator, "administrator"), (Karin, "substitute"), (Moderator, "daily-operator") })
            life = With(life, Kim, new NameAdministrator(person.PersonId, function).Decide(life, By(Kim, preset), isStaff: true));
        foreach (var person in new[] { Kim, Moderator }) life = With(life, person, new SignChannelPlan("administrator").Decide(life, By(person, preset)));
        life = With(life, Chef, new SignChannelPlan("manager").Decide(life, By(Chef, preset)));
        foreach (var kind in ChannelDemands.ByLaw.Keys.Concat(PolicyKeys.InfoTexts.Keys)) life = With(life, Kim, new WriteChannelText("Text").Decide(kind, life, By(Kim, preset)));
        life = With(life, Kim, new ReviewTerms(Today, "Facebooks villkor 2026").Decide(life, By(Kim, preset)));
        life = With(life, Kim, new StateLoginCustody("Kommunikationsenheten", "Lösenordsvalvet").Decide(life, By(Kim, preset)));
        foreach (var item in ChannelDemands.Checks.Keys) life = With(life, Kim, new AnswerCheck(true).Decide(item, life, By(Kim, preset)));
        return life;
    }

    private const string Common = "infoText.provider infoText.visibility administrators purpose responsible";

    /// <summary>The activation table: what each guideline demands, and nothing besides (domain amendments: only BBS-lagen 3 § is common).</summary>
    [Theory]
    [InlineData("herrljunga", "approval.forvaltningschef approval.kommunikation ownAccount goals substitute custody resources logo equality officialMailbox")]
    [InlineData("norrkoping", "approval.forvaltningschef|vd approval.kommunikation scope terms logo")]
    [InlineData("toreboda", "approval.ansvarig-chef approval.informationsansvarig ownAccount goals plan signatures evaluation custody logo")]
    [InlineData("trosa", "approval.ansvarig-chef approval.informationsansvarig ownAccount scope endDate archivingPlan sensitiveData watch terms resources routines records individualMatters "
        + "infoText.purpose infoText.publicRecords infoText.prohibited infoText.measures infoText.noSensitive infoText.notOurs infoText.personalData infoText.copyright")]
    [InlineData("vastarvet", "approval.narmaste-chef approval.kommunikationschef substitute custody resources logo startChecklist")]
    [Trait("Requirement", "I9")]
    [Trait("Requirement", "H-07")]
    [Trait("Requirement", "H-22")]
    [Trait("Requirement", "N-17")]
    [Trait("Requirement", "T-06")]
    [Trait("Requirement", "T-21")]
    [Trait("Requirement", "R-02")]
    [Trait("Requirement", "R-03")]
    [Trait("Requirement", "R-07")]
    [Trait("Requirement", "R-17")]
    [Trait("Requirement", "R-18")]
    [Trait("Requirement", "V-12")]
    public void demands_what_its_guideline_demands_and_no_more(string preset, string demanded)
    {
        var demands = ChannelDemands.Of(Proposed, PolicyOf(preset));

        Assert.Equal($"{Common} {demanded}".Split(' ').Order(StringComparer.Ordinal), demands.Where(d => d.Required).Select(d => d.Code).Order(StringComparer.Ordinal));
        Assert.All(demands, d => Assert.NotEqual("", d.Requirement));
        Assert.All(demands.Where(d => d.Code is "infoText.provider" or "infoText.visibility"), d => Assert.Equal("BBS-lagen 3 §", d.Requirement));
    }

    [Theory]
    [InlineData("norrkoping", "infoText.purpose infoText.prohibited infoText.whereToTurn")]
    [InlineData("vastarvet", "ownAccount infoText.prohibited infoText.measures infoText.noSensitive")]
    [InlineData("herrljunga", "")]
    [InlineData("toreboda", "")]
    [InlineData("trosa", "")]
    [Trait("Requirement", "N-01")]
    [Trait("Requirement", "N-02")]
    [Trait("Requirement", "V-05")]
    [Trait("Requirement", "V-13")]
    public void advises_what_its_guideline_only_advises(string preset, string advised) =>
        Assert.Equal(advised.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal), ChannelDemands.Of(Proposed, PolicyOf(preset)).Where(d => !d.Required).Select(d => d.Code).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("herrljunga")]
    [InlineData("norrkoping")]
    [InlineData("toreboda")]
    [InlineData("trosa")]
    [InlineData("vastarvet")]
    [InlineData("custom")]
    [Trait("Requirement", "I9")]
    public void is_activated_when_everything_demanded_is_there_and_not_before(string preset)
    {
        var refused = ActivateChannel.Decide(Proposed, By(Kim, preset)).Refused!;
        Assert.Equal("activation-incomplete", refused.Code);
        Assert.All(ChannelDemands.Of(Proposed, PolicyOf(preset)).Where(d => d.Blocks), d => Assert.Contains($"({d.Requirement})", refused.Explanation, StringComparison.Ordinal));

        var complete = Complete(preset);
        Assert.Equal(ChannelState.Approved, complete.State(PolicyOf(preset)));
        var activated = Assert.IsType<ChannelActivated>(ActivateChannel.Decide(complete, By(Kim, preset)).Events.Single().Event);
        Assert.Equal((3, ChannelDemands.Of(complete, PolicyOf(preset)).Count(d => d.Required)), (activated.PolicyVersion, activated.Demanded.Count));
        var active = With(complete, Kim, new Happened(activated));
        Assert.Equal(ChannelState.Active, active.State(PolicyOf(preset)));
        Assert.Empty(ActivateChannel.Decide(active, By(Kim, preset)).Events);
    }

    [Theory]
    [InlineData("herrljunga", "forvaltningschef:decides kommunikation:consulted")]
    [InlineData("norrkoping", "forvaltningschef|vd:decides kommunikation:reported")]
    [InlineData("toreboda", "ansvarig-chef:decides informationsansvarig:reported")]
    [InlineData("trosa", "ansvarig-chef:decides informationsansvarig:informed")]
    [InlineData("vastarvet", "narmaste-chef:decides kommunikationschef:decides")]
    [Trait("Requirement", "C15")]
    [Trait("Requirement", "H-06")]
    [Trait("Requirement", "N-04")]
    [Trait("Requirement", "N-05")]
    [Trait("Requirement", "T-04")]
    [Trait("Requirement", "T-05")]
    [Trait("Requirement", "R-05")]
    [Trait("Requirement", "V-12")]
    public void is_approved_by_those_whom_the_guideline_names(string preset, string approvers) =>
        Assert.Equal(approvers, string.Join(' ', ChannelApprovers.Of(PolicyOf(preset)).Select(a => $"{a.Code}:{a.Manner}")));

    [Fact]
    [Trait("Requirement", "C15")]
    [Trait("Requirement", "V-12")]
    public void needs_two_people_where_two_decide()
    {
        Caller both = Of(6, Role.Chef, Role.Kommunikator);
        var one = With(Proposed, both, new ApproveChannel("narmaste-chef").Decide(Proposed, By(both, "vastarvet")));

        Assert.Equal(ChannelState.Proposed, one.State(PolicyOf("vastarvet")));
        Assert.Equal("approval-needs-another", Code(new ApproveChannel("kommunikationschef").Decide(one, By(both, "vastarvet"))));
        Assert.Equal(ChannelState.Approved, With(one, Karin, new ApproveChannel("kommunikationschef").Decide(one, By(Karin, "vastarvet"))).State(PolicyOf("vastarvet")));
    }

    [Fact]
    [Trait("Requirement", "C15")]
    public void is_not_approved_by_its_proposer_unless_the_policy_lets_it()
    {
        Assert.Equal("own-proposal", Code(new ApproveChannel("kommunikationschef").Decide(Proposed, By(Kim, "vastarvet"))));
        Assert.Null(new ApproveChannel("kommunikationschef").Decide(Proposed, By(Kim, "vastarvet", ("channel.ownApproval", "allowed"))).Refused);
        // To be consulted is no approval: communications may have proposed it.
        Assert.Null(new ApproveChannel("kommunikation").Decide(Proposed, By(Kim, "herrljunga")).Refused);
    }

    [Fact]
    [Trait("Requirement", "C15")]
    public void is_approved_only_in_a_function_and_a_role_that_may()
    {
        Assert.Equal("approval-not-asked", Code(new ApproveChannel("vd").Decide(Proposed, By(Chef, "herrljunga"))));
        Assert.Equal("not-allowed", Code(new ApproveChannel("forvaltningschef").Decide(Proposed, By(Karin, "herrljunga"))));
        Assert.Equal("not-allowed", Code(new ApproveChannel("forvaltningschef").Decide(Proposed, By(Ada, "herrljunga"))));
        Assert.Null(new ApproveChannel("vd").Decide(Proposed, By(Chef, "norrkoping")).Refused);
        var given = With(Proposed, Chef, new ApproveChannel("vd").Decide(Proposed, By(Chef, "norrkoping")));
        Assert.Empty(new ApproveChannel("forvaltningschef").Decide(given, By(Chef, "norrkoping")).Events);
    }

    [Theory]
    [InlineData("herrljunga", 1)]
    [InlineData("norrkoping", 1)]
    [InlineData("toreboda", 2)]
    [InlineData("trosa", 1)]
    [InlineData("vastarvet", 1)]
    [Trait("Requirement", "C16")]
    [Trait("Requirement", "T-21")]
    public void has_as_many_administrators_as_its_guideline_wants(string preset, int least)
    {
        ChannelDemand Of(ChannelLife life) => ChannelDemands.Of(life, PolicyOf(preset)).Single(d => d.Code == "administrators");
        var life = Proposed;
        for (var n = 0; n < least; n++)
        {
            Assert.True(Of(life).Blocks);
            life = With(life, Kim, new NameAdministrator(new Guid($"0199cccc-0000-7000-8000-00000000000{n}"), "administrator").Decide(life, By(Kim, preset), isStaff: true));
        }

        Assert.True(Of(life).Met);
        Assert.Equal("channel-person-unknown", Code(new NameAdministrator(Kim.PersonId, "administrator").Decide(life, By(Kim, preset), isStaff: false)));
    }

    [Fact]
    [Trait("Requirement", "T-21")]
    public void is_signed_anew_when_its_plan_is_rewritten()
    {
        var complete = Complete("toreboda");
        var rewritten = With(complete, Kim, new WriteChannelPlan(Unit: "En annan enhet", TargetGroup: "Boende", Goals: "Svar", Watch: "Varje dag", HoursPerWeek: 2).Decide(complete, By(Kim, "toreboda")));

        Assert.Equal(["signatures"], ChannelDemands.Of(rewritten, PolicyOf("toreboda")).Where(d => d.Blocks).Select(d => d.Code));
        Assert.Equal("not-allowed", Code(new SignChannelPlan("administrator").Decide(rewritten, By(Karin, "toreboda"))));
        Assert.Equal("not-allowed", Code(new SignChannelPlan("manager").Decide(rewritten, By(Kim, "toreboda"))));
    }

    [Theory]
    [InlineData("herrljunga", false, "comments-closed")]
    [InlineData("herrljunga", true, "covered")]
    [InlineData("norrkoping", true, "covered")]
    [InlineData("toreboda", true, "covered")]
    [InlineData("trosa", true, "comments-closed")]
    [InlineData("trosa", false, "comments-closed")]
    [InlineData("vastarvet", true, "covered")]
    [InlineData("vastarvet", false, "comments-closed")]
    [Trait("Requirement", "C18")]
    [Trait("Requirement", "R-08")]
    public void is_covered_or_closed_when_nobody_can_watch_it(string preset, bool substitute, string measure)
    {
        var life = substitute ? With(Proposed, Kim, new NameAdministrator(Karin.PersonId, "substitute").Decide(Proposed, By(Kim, preset), isStaff: true)) : Proposed;
        var absent = With(life, Moderator, new ReportAbsence(Today, Today.AddDays(14), "Semester").Decide(life, By(Moderator, preset)));

        Assert.Equal(measure, absent.Absence!.Measure);
        Assert.Equal(measure == "comments-closed" ? measure : null, absent.Paused);
        // It ought to be closed (bör): a person may choose otherwise.
        Assert.Null(With(life, Moderator, new ReportAbsence(Today, Today.AddDays(14), "En annan enhet tittar till den", "kept-open").Decide(life, By(Moderator, preset))).Paused);
    }

    [Fact]
    [Trait("Requirement", "R-08")]
    public void is_paused_with_a_reason_and_opened_again_to_where_it_was()
    {
        var policy = PolicyOf("trosa");
        Assert.Equal("reason-missing", Code(new PauseChannel("hidden", " ").Decide(Proposed, By(Moderator, "trosa"))));
        Assert.Equal("pause-how", Code(new PauseChannel("stängd", "Semester").Decide(Proposed, By(Moderator, "trosa"))));
        var active = With(Complete("trosa"), Kim, new Happened(new ChannelActivated([], 3)));
        var paused = With(active, Moderator, new PauseChannel("comments-closed", "Semester").Decide(active, By(Moderator, "trosa")));
        Assert.Equal(ChannelState.Paused, paused.State(policy));
        Assert.Empty(new PauseChannel("comments-closed", "Semester").Decide(paused, By(Moderator, "trosa")).Events);
        Assert.Equal("hidden", With(paused, Moderator, new PauseChannel("hidden", "Längre än väntat").Decide(paused, By(Moderator, "trosa"))).Paused);
        Assert.Equal(ChannelState.Active, With(paused, Moderator, new ResumeChannel().Decide(paused, By(Moderator, "trosa"))).State(policy));
        Assert.Equal(ChannelState.Proposed, With(With(Proposed, Moderator, new PauseChannel("hidden", "Semester").Decide(Proposed, By(Moderator, "trosa"))), Moderator, new Happened(new ChannelResumed(3))).State(policy));
    }

    [Fact]
    [Trait("Requirement", "T-06")]
    public void is_evaluated_by_the_day_that_was_set_and_every_year()
    {
        var active = With(Proposed, Kim, new Happened(new ChannelActivated([], 3)));
        Assert.Equal(Today.AddDays(365), active.ReviewDue(PolicyOf("toreboda")));
        var planned = With(active, Kim, new WriteChannelPlan(EvaluateBy: Today.AddDays(90)).Decide(active, By(Kim, "toreboda")));
        Assert.Equal(Today.AddDays(90), planned.ReviewDue(PolicyOf("toreboda")));
        Assert.Equal("evaluation-missing", Code(new ReviewChannel("").Decide(planned, By(Chef, "toreboda"))));
        Assert.Equal("not-allowed", Code(new ReviewChannel("Bra").Decide(planned, By(Moderator, "toreboda"))));
        Assert.Equal(Today.AddDays(365), With(planned, Chef, new ReviewChannel("Den används och bevakas.").Decide(planned, By(Chef, "toreboda"))).ReviewDue(PolicyOf("toreboda")));
    }

    [Theory]
    [InlineData("Lösenord: Sommar2026", true)]
    [InlineData("password=hemligt", true)]
    [InlineData("Tr0ub4dor&3x", true)]
    [InlineData("Kommunens lösenordsvalv, pärmen hos kommunikationsenheten", false)]
    [InlineData("https://valv.example.se/Facebook-2026/konto", false)]
    [InlineData("informationsansvarig@example.se", false)]
    [Trait("Requirement", "H-14")]
    [Trait("Requirement", "T-12")]
    [Trait("Requirement", "T-21")]
    [Trait("Requirement", "V-08")]
    public void never_keeps_the_login_details_themselves(string place, bool refused) =>
        Assert.Equal(refused ? "custody-holds-secret" : null, Code(new StateLoginCustody("Kommunikationsenheten", place).Decide(Proposed, By(Kim, "herrljunga"))));

    [Fact]
    [Trait("Requirement", "H-30")]
    public void changes_no_more_when_it_is_closed()
    {
        var closed = With(Complete("herrljunga"), Kim, new Happened(new ChannelClosed(Noon, 3)));
        Decision[] all =
        [
            ActivateChannel.Decide(closed, By(Kim, "herrljunga")), new PauseChannel("hidden", "x").Decide(closed, By(Kim, "herrljunga")), new ResumeChannel().Decide(closed, By(Kim, "herrljunga")),
            new ReviewChannel("x").Decide(closed, By(Chef, "herrljunga")), new WriteChannelPlan("x").Decide(closed, By(Kim, "herrljunga")), new WriteChannelText("x").Decide("provider", closed, By(Kim, "herrljunga")),
            new ApproveChannel("forvaltningschef").Decide(closed, By(Chef, "herrljunga")), new AnswerCheck(true).Decide("logo", closed, By(Kim, "herrljunga")), new ReportAbsence(Today, Today, "x").Decide(closed, By(Kim, "herrljunga")),
        ];

        Assert.All(all, decision => Assert.Equal("channel-closed", Code(decision)));
    }

    [Theory]
    [InlineData("herrljunga", "forbidden")]
    [InlineData("norrkoping", "silent")]
    [InlineData("toreboda", "forbidden")]
    [InlineData("trosa", "forbidden")]
    [InlineData("vastarvet", "discouraged")]
    [Trait("Requirement", "C14")]
    [Trait("Requirement", "H-14")]
    [Trait("Requirement", "T-11")]
    [Trait("Requirement", "V-13")]
    public void is_no_private_account_where_the_guideline_says_so(string preset, string value) => Assert.Equal(value, PolicyOf(preset)["accounts.private"]);

    [Theory]
    [InlineData("")]
    [InlineData("kommunikation:samrad")]
    [InlineData("borgmästaren")]
    [InlineData("ansvarig-chef:kanske")]
    [Trait("Requirement", "C15")]
    public void has_no_approvers_that_nobody_can_be(string value) => Assert.Equal("policy-value-unknown", PolicyKeys.Check("channel.approval", value)?.Code);

    [Fact]
    public void says_its_approvers_in_Swedish() => Assert.Equal("förvaltningschefen, kommunikationsenheten (samråd)", PolicyKeys.Word("channel.approval", "forvaltningschef,kommunikation:samrad"));
}
