using ArchiveService.Features.Authorities;
using ArchiveService.Features.Retention;

namespace ArchiveService.Tests.Disposals;

/// <summary>The pure decisions about gallringsstopp and about trying a rule.</summary>
public sealed class Deciding_on_a_hold
{
    private static readonly Guid KS = Guid.Parse("0199aaaa-0000-7000-8000-00000000000a");
    private static readonly Guid Hold = Guid.Parse("0199aaaa-0000-7000-8000-00000000000b");
    private static readonly PlaceHold Search = new("KS", null, null, null, "litigation", "Stämning", new(RecordTypes: ["comment", "comment"], From: new(2024, 1, 1)), " 27 kap. RB ");

    [Fact]
    public void a_search_is_its_own_target_and_says_what_it_asks_of_a_record()
    {
        var decided = Search.Decide(KS, 4, Hold).Events.Single();
        var held = Assert.IsType<DisposalHeld>(decided.Event);
        Assert.Equal((HoldKind.Search, Hold, "litigation"), (held.Kind, held.Target, held.Ground));
        Assert.Equal(["comment"], held.Filter!.RecordTypes);
        Assert.Null(held.Filter.Channels);
        Assert.Equal(("Stämning", "27 kap. RB"), (decided.Parts!["reason"], decided.Parts["mandate"]));
    }

    [Fact]
    public void other_holds_say_nothing_of_a_search() =>
        Assert.Null(Assert.IsType<DisposalHeld>(new PlaceHold(null, Hold, null, null, "police", "Anmält").Decide(KS, 4).Events.Single().Event).Filter);

    public static TheoryData<PlaceHold, string> Unusable => new()
    {
        { Search with { Search = new() }, "hold-search-empty" },
        { Search with { Search = new(RecordTypes: [], Channels: []) }, "hold-search-empty" },
        { Search with { Search = new(RecordTypes: ["disclosure-request"]) }, "hold-search-unknown" },
        { Search with { Search = new(RecordTypes: ["brev"]) }, "hold-search-unknown" },
        { Search with { Search = new(Visibilities: ["gone"]) }, "hold-search-unknown" },
        { Search with { Search = new(From: new(2025, 1, 2), To: new(2025, 1, 1)) }, "hold-search-period" },
        { Search with { Case = Hold }, "hold-target" },
        { Search with { Search = null }, "hold-target" },
        { Search with { Reason = " " }, "reason-missing" },
        { Search with { Mandate = new('x', 501) }, "mandate-too-long" },
        { Search with { Ground = "whim" }, "hold-ground-unknown" },
    };

    [Theory]
    [MemberData(nameof(Unusable))]
    public void what_cannot_be_held_is_refused(PlaceHold command, string code) => Assert.Equal(code, command.Decide(KS, 4, Hold).Refused!.Code);

    [Fact]
    public void a_filter_is_said_in_words() =>
        Assert.Equal("Kommentar; dold eller borttagen; från ett konto; från 2024-01-01", HoldList.Said(new(RecordTypes: ["comment"], Visibilities: ["hidden", "deleted"], Accounts: [KS], From: new(2024, 1, 1)), new Dictionary<Guid, string>()));

    [Fact]
    public void a_dry_run_takes_what_it_is_not_told_from_the_rule()
    {
        var authority = new Authority(KS, "KS", "Kommunstyrelsen", new(4, "custom", new Dictionary<string, string>()), KS, "KS");
        var rule = new RetentionRule(Hold, 3, KS, KS, "Kommentarer", ["comment"], CountedFrom.Received, new(2, 0, 0), ["content"], default, null);

        var asked = Assert.IsType<RetentionDryRunAsked>(new AskDryRun(Rule: Hold, Frist: "P3Y").Decide(authority, rule, new(2026, 6, 1)).Events.Single().Event);
        Assert.Equal((3, new Period(3, 0, 0), CountedFrom.Received, new DateOnly(2026, 6, 1)), (asked.RuleVersion, asked.Frist, asked.CountedFrom, asked.Until));

        string? Code(AskDryRun ask, RetentionRule? from = null) => ask.Decide(authority, from, new(2026, 6, 1)).Refused?.Code;
        Assert.Equal("rule-without-types", Code(new(Authority: "KS", CountedFrom: "received", Frist: "P2Y")));
        Assert.Equal("counted-from-unknown", Code(new(Authority: "KS", RecordTypes: ["comment"], Frist: "P2Y")));
        Assert.Equal("frist-unreadable", Code(new(Frist: "snart"), rule));
        Assert.Equal("dry-run-future", Code(new(Until: new(2026, 6, 2)), rule));
        Assert.Equal("record-type-unknown", Code(new(RecordTypes: ["brev"]), rule));
    }
}
