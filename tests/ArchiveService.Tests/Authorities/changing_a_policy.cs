using ArchiveService.Features.Authorities;

namespace ArchiveService.Tests.Authorities;

public sealed class Changing_a_policy
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 27, 11, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly Today = new(2026, 11, 27);
    private static readonly DateOnly NewYear = new(2027, 1, 1);

    private static readonly PolicyHistory Established = new([Version(1, new(2026, 1, 1))], Noon);

    [Fact]
    [Trait("Requirement", "H-01")]
    [Trait("Requirement", "I10")]
    public void is_a_new_version_with_the_value_of_every_key_in_force_today()
    {
        var decided = Assert.Single(Change(Established, null, ("sla.reply", "P1D")).Versions);

        Assert.Equal((2, "herrljunga", "KS § 9", Today), (decided.Version, decided.Preset, decided.DecisionReference, decided.EffectiveFrom));
        Assert.Equal("P1D", decided.Values["sla.reply"]);
        Assert.Equal(Preset.All["herrljunga"].Whole.Count, decided.Values.Count);
    }

    [Fact]
    public void twice_changes_nothing()
    {
        var changed = After(Established, Change(Established, null, ("sla.reply", "P1D")));

        Assert.Empty(Change(changed, null, ("sla.reply", "P1D")).Versions);
    }

    [Fact]
    [Trait("Requirement", "H-01")]
    public void without_a_decision_reference_is_refused() =>
        Assert.Equal("decision-reference-missing", (Asked(null, ("sla.reply", "P1D")) with { DecisionReference = " " }).Decide("KS", "Kommunstyrelsen", Established).Refused?.Code);

    [Fact]
    [Trait("Requirement", "I10")]
    public void from_an_earlier_day_is_refused_because_decisions_have_stored_their_version()
    {
        var refused = Change(Established, Today.AddDays(-1), ("sla.reply", "P1D")).Refused!;

        Assert.Equal("effective-from-past", refused.Code);
        Assert.Contains("sparat vilken version", refused.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void before_there_is_a_policy_is_refused() =>
        Assert.Equal("effective-from-first", new PutAuthority("Kommunstyrelsen", "trosa", null, null, null, NewYear).Decide("KS", null, new([], Noon)).Refused?.Code);

    [Fact]
    public void of_the_name_from_a_later_day_is_refused() =>
        Assert.Equal("effective-from-name", new PutAuthority("Nya nämnden", null, null, null, "KS § 9", NewYear).Decide("KS", "Kommunstyrelsen", Established).Refused?.Code);

    [Fact]
    public void from_a_later_day_comes_into_force_by_itself_at_that_days_midnight_in_Stockholm()
    {
        var history = After(Established, Change(Established, NewYear, ("disposal.coolingOffDays", "30")));
        var midnight = new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.FromHours(1));

        Assert.Equal(1, history.InForce(midnight.AddTicks(-1))!.Number);
        Assert.Equal(2, history.InForce(midnight)!.Number);
        Assert.Equal(PolicyStanding.Coming, history.Standing(history.Versions[1]));
    }

    [Fact]
    public void today_leaves_the_hours_before_it_to_the_version_before()
    {
        var history = After(Established, Change(Established, null, ("sla.reply", "P1D")));

        Assert.Equal(1, history.InForce(Noon.AddTicks(-1))!.Number);
        Assert.Equal(2, history.InForce(Noon)!.Number);
        Assert.Null(history.InForce(Noon.AddYears(-10)));
    }

    [Fact]
    public void is_not_undone_by_one_that_was_decided_to_come_nor_undoes_it()
    {
        var coming = After(Established, Change(Established, NewYear, ("disposal.coolingOffDays", "30")));

        var decided = Change(coming, null, ("sla.reply", "P1D")).Versions;
        var history = After(coming, new("Kommunstyrelsen", decided));

        Assert.Equal([(3, Today, null), (4, NewYear, 2)], decided.Select(d => (d.Version, d.EffectiveFrom, d.CarriedFrom)));
        Assert.Equal(("P1D", "7"), (decided[0].Values["sla.reply"], decided[0].Values["disposal.coolingOffDays"]));
        Assert.Equal(("P1D", "30"), (decided[1].Values["sla.reply"], decided[1].Values["disposal.coolingOffDays"]));
        Assert.Equal(PolicyStanding.Replaced, history.Standing(history.Versions.Single(v => v.Number == 2)));
        Assert.Equal(["disposal.coolingOffDays"], history.Changes(history.Versions.Single(v => v.Number == 4)).Select(c => c.Key));
        Assert.Equal(4, history.InForce(Noon.AddYears(1))!.Number);
    }

    [Fact]
    public void tells_what_changed_from_what_to_what_and_by_which_requirement()
    {
        var history = After(Established, Change(Established, null, ("ground.INSULT", "any")));

        var change = Assert.Single(history.Changes(history.Versions[1]));

        Assert.Equal(("ground.INSULT", "gross", "any"), (change.Key, change.From, change.To));
        Assert.Contains("eget val", change.Requirement, StringComparison.Ordinal);
        Assert.Contains("H-16a", change.Requirement, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "H-15")]
    [Trait("Requirement", "H-16")]
    [Trait("Requirement", "C23")]
    public void to_the_other_reading_of_a_contradiction_brings_its_values_and_back_again()
    {
        var other = After(Established, Change(Established, null, ("reading.removal", "H-15")));
        var policy = other.InForce(Noon)!.Policy;

        Assert.Equal(("H-15", "any", "any"), (policy["reading.removal"], policy["ground.INSULT"], policy["ground.PROFANITY"]));
        Assert.Equal("H-15", policy.Of("ground.INSULT").Requirement);
        var back = Assert.Single(Change(other, null, ("reading.removal", "H-16")).Versions);
        Assert.Equal("gross", back.Values["ground.INSULT"]);
    }

    [Theory]
    [InlineData("reading.removal", "H-17", "policy-value-unknown")]
    [InlineData("reading.jokes", "T-10", "policy-key-unknown")]
    [InlineData("disposal.requireDecision", "false", "legal-floor")]
    [InlineData("removal.paperCopy", "sometimes", "policy-value-unknown")]
    public void to_what_cannot_be_chosen_is_refused(string key, string value, string code) => Assert.Equal(code, Change(Established, null, (key, value)).Refused?.Code);

    [Fact]
    public void to_another_preset_starts_from_its_values()
    {
        var decided = Assert.Single(new PutAuthority(null, "toreboda", null, null, "KS § 10").Decide("KS", "Kommunstyrelsen", Established).Versions);

        Assert.Equal(("toreboda", "plan"), (decided.Preset, decided.Values["sla.reply"]));
        Assert.DoesNotContain("reading.privateAccounts", decided.Values.Keys);
    }

    [Fact]
    public void reads_a_version_stored_before_all_keys_were_in_it_with_its_presets_values() =>
        Assert.Equal("7", new Policy(1, "herrljunga", new Dictionary<string, string>())["disposal.coolingOffDays"]);

    private static PutAuthority Asked(DateOnly? from, params (string Key, string Value)[] values) => new(null, null, null, values.ToDictionary(v => v.Key, v => v.Value), "KS § 9", from);

    private static PolicyOutcome Change(PolicyHistory history, DateOnly? from, params (string Key, string Value)[] values) => Asked(from, values).Decide("KS", "Kommunstyrelsen", history);

    private static PolicyVersion Version(int number, DateOnly from) =>
        new(new(number, "herrljunga", new Dictionary<string, string>()), null, from, new(2026, 1, 1, 8, 0, 0, TimeSpan.Zero), null, null, null);

    private static PolicyHistory After(PolicyHistory history, PolicyOutcome outcome) => history with
    {
        Versions = [.. history.Versions, .. outcome.Versions.Select(d => new PolicyVersion(new(d.Version, d.Preset, d.Values), d.DecisionReference, d.EffectiveFrom, Noon, null, null, d.CarriedFrom))],
    };
}
