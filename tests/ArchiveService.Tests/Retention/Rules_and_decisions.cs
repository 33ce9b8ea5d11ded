using ArchiveService.Features.Authorities;
using ArchiveService.Features.Retention;

namespace ArchiveService.Tests.Retention;

/// <summary>The pure decisions about decisions, rules, reviews, noted days and preservation.</summary>
public sealed class Rules_and_decisions
{
    private static readonly Guid Somewhere = Guid.Parse("0199aaaa-0000-7000-8000-00000000000a");
    private static readonly Guid Record = Guid.Parse("0199aaaa-0000-7000-8000-00000000000b");
    private static readonly DateOnly Today = new(2026, 6, 1);

    private static readonly DisposalDecision Own =
        new(Guid.Parse("0199aaaa-0000-7000-8000-0000000000d1"), Somewhere, "KS § 94", "nämnden", new(2020, 5, 25), new(2020, 5, 25), null, ["comment", "post"], new(2, 0, 0));

    private static readonly DisposalDecision Law = Own with { Kind = DecisionKind.Law, LegalBasis = "socialtjänstlagen (2025:400)", Frist = new(5, 0, 0) };

    private static readonly DisposalDecision Keeps = Own with { Kind = DecisionKind.Preservation, Frist = Period.Preserved };

    private static readonly AdoptRule Plain = new("KS", Own.Id, "Kommentarer", null, null, null, null);

    private static Authority KS(string preset = "custom", Dictionary<string, string>? settings = null) => new(Somewhere, "KS", "Kommunstyrelsen", new(1, preset, settings ?? []), Somewhere, "KS");

    public static TheoryData<string, string?, string?, string?, string?> Cells() => new()
    {
        // decision, action, frist, counted from, refusal
        { "own", null, null, null, null },
        { "own", "destroy", "P2Y", "captured", null },
        { "own", "destroy", "P3Y", "received", null },
        { "own", "destroy", "P1Y", "received", "rule-shorter-than-decision" },
        { "own", "destroy", "P24M", "removed", null },
        { "own", "destroy", "P730D", "removed", "rule-shorter-than-decision" },
        { "own", "destroy", "P2Y", "case-closed", null },
        { "own", "destroy", "P2Y", "no-longer-current", null },
        { "own", "destroy", "P2Y", "snapshot-taken", null },
        { "own", "destroy", "P2Y", "event-date", "date-name-missing" },
        { "own", "destroy", "P2Y", "someday", "counted-from-unknown" },
        { "own", "destroy", "2 år", "received", "frist-unreadable" },
        { "own", "destroy", "P1000Y", "received", "frist-missing" },
        { "own", "burn", "P2Y", "received", "action-unknown" },
        { "own", "compulsory", "P2Y", "received", "compulsory-without-law" },
        { "own", "preserve", null, "received", null },
        { "own", "preserve", "P2Y", "received", "preserve-without-frist" },
        { "own", "review", "P5Y", "case-closed", null },
        { "own", "review", "P1Y", "case-closed", "rule-shorter-than-decision" },
        { "own", "transfer", "P1Y", "case-closed", null },
        { "law", "compulsory", "P5Y", "case-closed", null },
        { "law", "compulsory", "P4Y", "case-closed", "rule-shorter-than-decision" },
        { "law", "compulsory", "P6Y", "case-closed", "rule-longer-than-law" },
        { "law", "destroy", "P6Y", "case-closed", null },
        { "preservation", null, null, null, null },
        { "preservation", "preserve", null, null, null },
        { "preservation", "destroy", "P2000Y", null, "decision-preserves" },
        { "preservation", "destroy", null, null, "decision-preserves" },
        { "preservation", "compulsory", null, null, "decision-preserves" },
        { "preservation", "review", "P5Y", null, null },
        { "preservation", "transfer", null, null, "frist-missing" },
    };

    [Theory]
    [MemberData(nameof(Cells))]
    [Trait("Requirement", "I4")]
    [Trait("Requirement", "T-17")]
    public void a_rule_is_longer_than_its_decision_and_does_what_it_allows(string of, string? action, string? frist, string? from, string? refusal)
    {
        var decision = of switch { "law" => Law, "preservation" => Keeps, _ => Own };

        var decided = (Plain with { Action = action, Frist = frist, CountedFrom = from }).Decide(KS(), decision, null);

        Assert.Equal(refusal, decided.Refused?.Code);
    }

    [Fact]
    [Trait("Requirement", "V-11")]
    public void a_rule_is_never_wider_than_its_decision() =>
        Assert.Equal("outside-decision-scope", (Plain with { RecordTypes = ["direct-message"] }).Decide(KS(), Own, null).Refused!.Code);

    [Fact]
    public void what_preserves_has_a_thousand_years_where_a_frist_would_stand()
    {
        var rule = Adopted(Plain with { Action = "preserve" });

        Assert.Equal((RuleAction.Preserve, Period.Preserved, "bevaras"), (rule.Action, rule.Frist, rule.Frist.InSwedish()));
    }

    [Theory]
    [InlineData("facebook", null, null, null)]
    [InlineData("myspace", null, null, "rule-scope")]
    [InlineData(null, "received", null, null)]
    [InlineData(null, "sideways", null, "rule-scope")]
    [InlineData(null, null, "1.7", null)]
    [InlineData(null, null, "1.7.9.1.2.3.4.5.6.7.8.9", "rule-scope")]
    public void a_rule_may_be_narrowed(string? platform, string? direction, string? code, string? refusal)
    {
        var command = Plain with { Platforms = platform is null ? null : [platform], Directions = direction is null ? null : [direction], ClassCodes = code is null ? null : [code] };

        Assert.Equal(refusal, command.Decide(KS(), Own, null).Refused?.Code);
    }

    [Fact]
    public void an_empty_list_takes_the_limit_away()
    {
        var current = new RetentionRule(Record, 1, Somewhere, Own.Id, "Kommentarer", ["comment"], CountedFrom.Received, new(2, 0, 0), ["content"], default, null) { Scope = new(["1.7"], null, ["facebook"], null) };

        Assert.Equal(["1.7"], Adopted(Plain, current).Scope!.ClassCodes!);
        Assert.Null(Adopted(Plain with { ClassCodes = [] }, current).Scope!.ClassCodes);
        Assert.Null(Adopted(Plain with { ClassCodes = [], Platforms = [] }, current).Scope);
    }

    [Theory]
    [InlineData("2020-05-24", null, "rule-before-decision")]
    [InlineData("2030-01-01", "2029-12-31", "rule-period")]
    [InlineData("2030-01-01", "2030-01-01", null)]
    public void a_rule_has_a_time_of_its_own_within_the_decisions(string from, string? until, string? refusal) =>
        Assert.Equal(refusal, (Plain with { ValidFrom = DateOnly.Parse(from, null), ValidUntil = until is null ? null : DateOnly.Parse(until, null) }).Decide(KS(), Own, null).Refused?.Code);

    [Theory]
    [InlineData("Avtalet upphör", "avtalet upphör")]
    [InlineData(" bygglov-2 ", "bygglov-2")]
    [InlineData("Nils, 19121212-1212", null)]
    [InlineData("", null)]
    public void a_noted_day_has_a_name_that_says_nothing_of_anybody(string typed, string? stored) => Assert.Equal(stored, AdoptRule.Named(typed));

    [Theory]
    [InlineData("required", false, false, "appraisal-missing")]
    [InlineData("required", true, false, null)]
    [InlineData("required", false, true, null)]
    [InlineData("noted", false, false, null)]
    public void a_decision_rests_on_a_gallringsutredning(string policy, bool own, bool general, string? refusal)
    {
        var command = Decision with { Appraisal = own ? Examined : null, AppraisalOf = general ? Own.Id : null };

        Assert.Equal(refusal, command.Decide(KS(settings: new() { ["disposal.appraisal.required"] = policy }), Own with { Appraised = true }).Refused?.Code);
    }

    [Fact]
    public void an_old_call_is_taken_and_remarked_upon()
    {
        var recorded = Assert.IsType<DisposalDecisionRecorded>(Decision.Decide(KS()).Events[0].Event);

        Assert.Equal((null, null, null), (recorded.Kind, recorded.Appraised, recorded.AppraisalOf));
        Assert.True((Own with { Appraised = false }).AppraisalMissing);
        Assert.False((Own with { AppraisalOf = Own.Id }).AppraisalMissing);
        Assert.False(Law.AppraisalMissing);
    }

    [Fact]
    public void every_criterion_is_answered() =>
        Assert.Equal("appraisal-incomplete", (Decision with { Appraisal = Examined with { Heritage = " " } }).Decide(KS()).Refused!.Code);

    [Fact]
    public void a_general_decision_has_the_utredning_that_is_cited()
    {
        Assert.Equal("appraisal-unknown", (Decision with { AppraisalOf = Own.Id }).Decide(KS(), Own).Refused!.Code);
        Assert.Equal("appraisal-unknown", (Decision with { AppraisalOf = Own.Id }).Decide(KS()).Refused!.Code);
    }

    [Fact]
    public void the_utredning_and_the_consultation_stand_sealed()
    {
        var decided = (Decision with { Appraisal = Examined, Consulted = new(new(2020, 5, 1), "Stadsarkivet", "Ingen erinran") }).Decide(KS());

        var recorded = Assert.IsType<DisposalDecisionRecorded>(decided.Events[0].Event);
        Assert.Equal((true, new DateOnly(2020, 5, 1)), (recorded.Appraised, recorded.ConsultedOn));
        Assert.Equal(("Inget", "Stadsarkivet", "Ingen erinran"), (decided.Events[0].Parts!["appraisal.justice"], decided.Events[0].Parts!["consultedWith"], decided.Events[0].Parts!["consultationOutcome"]));
    }

    [Theory]
    [InlineData("law", null, "P5Y", "legal-basis")]
    [InlineData("law", "socialtjänstlagen (2025:400)", "P5Y", null)]
    [InlineData("law", "socialtjänstlagen (2025:400)", null, "decision-without-frist")]
    [InlineData("preservation", null, null, null)]
    [InlineData("preservation", null, "P5Y", "preserve-without-frist")]
    [InlineData("opinion", null, "P5Y", "decision-kind-unknown")]
    public void a_decision_is_of_a_kind(string kind, string? basis, string? frist, string? refusal) =>
        Assert.Equal(refusal, (Decision with { Kind = kind, LegalBasis = basis, Frist = frist }).Decide(KS()).Refused?.Code);

    [Fact]
    [Trait("Requirement", "T-16")]
    [Trait("Requirement", "C5")]
    public void an_act_is_nobodys_decision_here()
    {
        var decided = (Decision with { Kind = "law", LegalBasis = "socialtjänstlagen (2025:400)", Frist = "P5Y", DecidingBody = null }).Decide(KS("toreboda"));

        Assert.Equal("riksdagen", Assert.IsType<DisposalDecisionRecorded>(decided.Events[0].Event).DecidingBody);
    }

    [Theory]
    [InlineData("keep", "Av betydelse", -1, null)]
    [InlineData("destroy", "Av ringa betydelse", 0, null)]
    [InlineData("destroy", "", 0, "reason-missing")]
    [InlineData("perhaps", "Vet inte", 0, "review-outcome")]
    [InlineData("keep", "Av betydelse", 1, "review-not-due")]
    public void a_review_is_made_when_the_day_has_come(string outcome, string reason, int daysFromNow, string? refusal)
    {
        var rule = Reviewing;

        Assert.Equal(refusal, new ReviewRetention(Record, rule.Id, outcome, reason).Decide(rule, Own, Record, Today.AddDays(daysFromNow), Today, 1).Refused?.Code);
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public void a_review_destroys_nothing_without_a_decision_in_force()
    {
        var destroy = new ReviewRetention(Record, Reviewing.Id, "destroy", "Ringa");

        Assert.Equal("decision-not-in-force", destroy.Decide(Reviewing, Own with { ValidUntil = Today.AddDays(-1) }, Record, Today, Today, 1).Refused!.Code);
        Assert.Equal("decision-not-in-force", destroy.Decide(Reviewing, Keeps, Record, Today, Today, 1).Refused!.Code);
        Assert.Null((destroy with { Outcome = "keep" }).Decide(Reviewing, Keeps, Record, Today, Today, 1).Refused);
        Assert.Equal("rule-without-review", destroy.Decide(Reviewing with { Action = RuleAction.Destroy }, Own, Record, Today, Today, 1).Refused!.Code);
        Assert.Equal("review-not-due", destroy.Decide(Reviewing, Own, Record, null, Today, 1).Refused!.Code);
    }

    [Fact]
    public void what_preserves_and_what_is_handed_over_destroys_nothing() =>
        Assert.Equal([true, true, false, true, false], Enum.GetValues<RuleAction>().Select(action => (Reviewing with { Action = action }).Destroys));

    [Fact]
    public void a_day_is_noted_only_under_a_name_that_a_rule_counts_from()
    {
        var day = new GiveRetentionDate(Today, null);

        Assert.Null(day.Decide(Somewhere, HoldKind.Record, Record, "Avtalet upphör", ["avtalet upphör"], 1).Refused);
        Assert.Equal("date-name-unknown", day.Decide(Somewhere, HoldKind.Record, Record, "lovet gick ut", ["avtalet upphör"], 1).Refused!.Code);
        Assert.Equal("date-name-unknown", day.Decide(Somewhere, HoldKind.Record, Record, "avtalet upphör", [], 1).Refused!.Code);
        Assert.Equal("date-unlikely", (day with { On = new(1026, 6, 1) }).Decide(Somewhere, HoldKind.Record, Record, "avtalet upphör", ["avtalet upphör"], 1).Refused!.Code);
    }

    [Fact]
    public void a_decision_to_preserve_names_one_thing_a_reference_and_a_reason()
    {
        var preserve = new DecidePreservation("KS", Record, null, null, "KS § 9", "Unikt");

        Assert.Null(preserve.Decide(Somewhere, 1).Refused);
        Assert.Equal("preservation-target", (preserve with { Case = Record }).Decide(Somewhere, 1).Refused!.Code);
        Assert.Equal("record-type-unknown", (preserve with { Record = null, RecordType = "tweet" }).Decide(Somewhere, 1).Refused!.Code);
        Assert.Equal("decision-reference-missing", (preserve with { Reference = "" }).Decide(Somewhere, 1).Refused!.Code);
        Assert.Equal("reason-missing", (preserve with { Reason = null }).Decide(Somewhere, 1).Refused!.Code);
    }

    [Theory]
    [InlineData("2024-02-29", "P1Y", "2025-02-28")]
    [InlineData("2024-02-29", "P4Y", "2028-02-29")]
    [InlineData("2026-01-31", "P1M", "2026-02-28")]
    [InlineData("2026-08-31", "P6M", "2027-02-28")]
    [InlineData("2026-03-28", "P1D", "2026-03-29")]
    [InlineData("2026-10-24", "P1D", "2026-10-25")]
    [InlineData("2025-12-31", "P1D", "2026-01-01")]
    public void a_frist_is_counted_in_days_of_the_calendar(string from, string frist, string to) =>
        Assert.Equal(DateOnly.Parse(to, null), Period.Parse(frist)!.After(DateOnly.Parse(from, null)));

    private static RetentionRuleAdopted Adopted(AdoptRule command, RetentionRule? current = null) => Assert.IsType<RetentionRuleAdopted>(command.Decide(KS(), Own, current).Events[0].Event);

    private static RecordDecision Decision => new("KS", "KS § 1", "kommunstyrelsen", new(2020, 5, 25), null, null, ["comment"], "P2Y", null, null);

    private static Appraisal Examined => new("Inget", "Inget", "Inget", "Inget", "Inget");

    private static RetentionRule Reviewing =>
        new(Guid.Parse("0199aaaa-0000-7000-8000-0000000000e1"), 1, Somewhere, Own.Id, "Granskas", ["comment"], CountedFrom.Received, new(2, 0, 0), ["content"], default, null) { Action = RuleAction.Review };
}

/// <summary>How long the service keeps what it makes for itself.</summary>
public sealed class Own_records
{
    [Fact]
    public void name_only_keys_of_the_policy_and_say_what_destroys_them() => Assert.All(OwnRecords.All, own =>
    {
        Assert.True(own.PolicyKey is null || PolicyKeys.Find(own.PolicyKey) is not null, own.What);
        Assert.NotEmpty(own.By);
        Assert.Equal(own.Fate == OwnFate.ByPeople, own.Tables.Count == 0);
        Assert.True(own.Fate != OwnFate.Swept || own.PolicyKey is not null, own.What);
    });

    [Fact]
    public void have_a_key_that_is_used_for_each_of_the_policys() =>
        Assert.All(PolicyKeys.All.Where(k => k.Key.StartsWith("own.", StringComparison.Ordinal)), key => Assert.Contains(OwnRecords.All, own => own.PolicyKey == key.Key));

    [Theory]
    [InlineData("P30D,P90D", "P90D")]
    [InlineData("P2Y,P23M", "P2Y")]
    [InlineData("P2Y,keep", null)]
    [InlineData("", null)]
    public void are_kept_as_long_as_any_authority_says(string said, string? longest) =>
        Assert.Equal(longest is null ? null : Period.Parse(longest), OwnRecords.Longest(said.Split(',', StringSplitOptions.RemoveEmptyEntries)));

    [Theory]
    [InlineData("2026-03-30", "P1M", "2026-02-28")]
    [InlineData("2026-02-28", "P1M", "2026-01-31")]
    [InlineData("2024-02-29", "P1Y", "2023-02-28")]
    [InlineData("2026-06-01", "P30D", "2026-05-02")]
    public void are_never_deleted_a_day_too_early(string today, string frist, string last)
    {
        var day = OwnRecordSweep.Earlier(DateOnly.Parse(today, null), Period.Parse(frist)!);

        Assert.True(Period.Parse(frist)!.After(day) <= DateOnly.Parse(today, null));
        Assert.InRange(day, DateOnly.Parse(last, null).AddDays(-3), DateOnly.Parse(last, null));
    }
}
