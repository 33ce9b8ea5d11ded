using ArchiveService.Features.Authorities;

namespace ArchiveService.Tests.Authorities;

public sealed class Policies
{
    [Theory]
    [InlineData("herrljunga", "KS 116/2020 956")]
    [InlineData("norrkoping", "KS-543/2010 003")]
    [InlineData("vastarvet", "VA 2016–01315")]
    [InlineData("toreboda", null)]
    [InlineData("trosa", null)]
    [InlineData("custom", null)]
    public void cite_their_guideline(string preset, string? diaryNumber) => Assert.Equal(diaryNumber, Preset.All[preset].Source.DiaryNumber);

    [Fact]
    public void name_a_requirement_for_every_value() =>
        Assert.All(Preset.All.Values.SelectMany(p => p.Values.Values), value => Assert.False(string.IsNullOrWhiteSpace(value.Requirement), value.Key));

    [Fact]
    public void hold_only_allowed_values() =>
        Assert.All(Preset.All.Values.SelectMany(p => p.Values.Values), value => Assert.Null(PolicyKeys.Check(value.Key, value.Value)));

    [Theory]
    [InlineData("registration.default")]
    [InlineData("removal.register")]
    [InlineData("removal.deleteRequires")]
    [InlineData("sla.reply")]
    [InlineData("diary.template")]
    [InlineData("disposal.coolingOffDays")]
    [InlineData("disposal.decidingBody")]
    public void answer_the_same_questions(string key) => Assert.All(Preset.All.Values, preset => Assert.Contains(key, preset.Values.Keys));

    [Theory]
    [InlineData("herrljunga", "INSULT", "gross")]
    [InlineData("herrljunga", "PROFANITY", "gross")]
    [InlineData("norrkoping", "INSULT", "any")]
    [InlineData("toreboda", "COMMERCIAL", "soft")]
    [InlineData("vastarvet", "SPAM", "any")]
    [InlineData("trosa", "CHILD_ABUSE_MATERIAL", "unlawful")]
    public void keep_each_guidelines_own_threshold_C9_C11(string preset, string ground, string threshold) =>
        Assert.Equal(threshold, Preset.All[preset].Values[$"ground.{ground}"].Value);

    [Theory]
    [InlineData("removal.captureFirst")]
    [InlineData("secrecy.register")]
    [InlineData("disposal.requireDecision")]
    public void cannot_go_below_the_legal_floor(string key)
    {
        Assert.Equal("legal-floor", PolicyKeys.Check(key, "false")?.Code);
        Assert.Null(PolicyKeys.Check(key, "true"));
    }

    [Theory]
    [InlineData("sekretess", "x", "policy-key-unknown")]
    [InlineData("ground.UGLY", "any", "policy-key-unknown")]
    [InlineData("ground.SPAM", "sometimes", "policy-value-unknown")]
    [InlineData("registration.default", "never", "policy-value-unknown")]
    [InlineData("disposal.coolingOffDays", "-1", "policy-value-unknown")]
    public void refuse_what_they_do_not_know(string key, string value, string code) => Assert.Equal(code, PolicyKeys.Check(key, value)?.Code);

    [Fact]
    public void are_whole_after_a_change_of_one_value()
    {
        var current = new Authority(Guid.Empty, "KS", "Kommunstyrelsen", new(2, "herrljunga", new Dictionary<string, string> { ["disposal.coolingOffDays"] = "14" }), Guid.Empty, "KS");

        var (_, values, refused) = new PutAuthority(null, null, null, new Dictionary<string, string> { ["sla.reply"] = "P1D" }, null).Decide("KS", current);

        Assert.Null(refused);
        Assert.Equal(["disposal.coolingOffDays", "sla.reply"], values.Keys.Order());
    }
}
