using System.Text.RegularExpressions;
using ArchiveService.Features.Authorities;
using ArchiveService.Tests.Contracts;

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
    [Trait("Requirement", "H-01")]
    public void cite_their_guideline(string preset, string? diaryNumber) => Assert.Equal(diaryNumber, Preset.All[preset].Source.DiaryNumber);

    [Fact]
    public void name_a_requirement_for_every_value() =>
        Assert.All(Preset.All.Values.SelectMany(p => p.Values.Values), value => Assert.False(string.IsNullOrWhiteSpace(value.Requirement), value.Key));

    [Fact]
    public void hold_only_allowed_values() =>
        Assert.All(Preset.All.Values.SelectMany(p => p.Values.Values), value => Assert.Null(PolicyKeys.Check(value.Key, value.Value)));

    [Fact]
    public void answer_the_same_questions_all_of_them() =>
        Assert.All(Preset.All.Values, preset => Assert.Equal(PolicyKeys.All.Select(k => k.Key).Order(StringComparer.Ordinal), preset.Values.Keys.Order(StringComparer.Ordinal)));

    [Fact]
    [Trait("Requirement", "H-01")]
    public void name_their_source_or_say_what_it_does_not_tell() => Assert.All(Preset.All.Values, preset =>
    {
        Assert.NotEqual("", preset.Source.Document.Trim());
        Assert.True(preset.Source.DiaryNumber is not null || preset.Source.Note is not null, preset.Name);
    });

    [Fact]
    [Trait("Requirement", "C23")]
    public void say_of_a_contradiction_both_readings_with_their_requirements_and_why_one_is_followed() =>
        Assert.All(Preset.All.Values.SelectMany(p => p.Contradictions, (preset, c) => (preset, c)), both =>
        {
            var (preset, contradiction) = both;
            Assert.StartsWith(PolicyKeys.ReadingPrefix, contradiction.Key, StringComparison.Ordinal);
            Assert.True(contradiction.Readings.Count > 1 && contradiction.Readings.Select(r => r.Value).Distinct().Count() == contradiction.Readings.Count, contradiction.Key);
            Assert.NotEqual("", contradiction.Why);
            Assert.All(contradiction.Readings, r => Assert.True(r.Requirement.Length > 0 && r.Says.Length > 0 && r.LeadsTo.Length > 0, r.Value));
            // The preset's own values are those of the reading it follows.
            Assert.Null(contradiction.Find(contradiction.Chosen)!.Sets);
            Assert.All(contradiction.Readings.SelectMany(r => r.Sets ?? new Dictionary<string, string>()), set =>
            {
                Assert.Contains(set.Key, preset.Values.Keys);
                Assert.Null(PolicyKeys.Check(set.Key, set.Value));
            });
        });

    [Theory]
    [InlineData("herrljunga", "reading.removal", "H-15", "H-16")]
    [InlineData("herrljunga", "reading.privateAccounts", "bör inte", "ska inte")]
    [InlineData("toreboda", "reading.removal", "T-08", "T-09")]
    [InlineData("toreboda", "reading.jokes", "T-10", "T-22")]
    [InlineData("vastarvet", "reading.removal", "V-07", "V-09")]
    [Trait("Requirement", "H-15")]
    [Trait("Requirement", "H-16")]
    [Trait("Requirement", "T-08")]
    [Trait("Requirement", "T-09")]
    [Trait("Requirement", "T-10")]
    [Trait("Requirement", "T-22")]
    [Trait("Requirement", "V-07")]
    [Trait("Requirement", "V-09")]
    [Trait("Requirement", "C23")]
    public void know_where_their_guideline_says_two_things(string preset, string key, string one, string other) =>
        Assert.Equal([one, other], Preset.All[preset].Contradiction(key)!.Readings.Select(r => r.Value));

    [Theory]
    [InlineData("herrljunga", "H-15", ReferenceKind.WrongNumber)]
    [InlineData("herrljunga", "H-26", ReferenceKind.AgainstLaw)]
    [InlineData("herrljunga", "H-27", ReferenceKind.AgainstLaw)]
    [InlineData("norrkoping", "N-10", ReferenceKind.NotDecidingBody)]
    [InlineData("toreboda", "T-07", ReferenceKind.AgainstLaw)]
    [InlineData("toreboda", "T-13", ReferenceKind.Renumbered)]
    [InlineData("trosa", "R-12", ReferenceKind.AgainstLaw)]
    [InlineData("trosa", "R-06", ReferenceKind.Repealed)]
    [InlineData("vastarvet", "V-09", ReferenceKind.Repealed)]
    [InlineData("vastarvet", "V-head", ReferenceKind.Renamed)]
    [Trait("Requirement", "C20")]
    [Trait("Requirement", "H-15")]
    [Trait("Requirement", "H-26")]
    [Trait("Requirement", "H-27")]
    [Trait("Requirement", "N-10")]
    [Trait("Requirement", "T-07")]
    [Trait("Requirement", "T-13")]
    [Trait("Requirement", "R-12")]
    [Trait("Requirement", "R-06")]
    [Trait("Requirement", "V-09")]
    public void mark_what_no_longer_stands_and_say_what_holds_C20(string preset, string requirement, ReferenceKind kind) =>
        Assert.Contains(Preset.All[preset].References, r => r.Requirement == requirement && r.Kind == kind && r.Cited.Length > 0 && r.Now.Length > 0);

    /// <summary>A value that nothing goes by would be a promise: it is read, or the key says why only people read it.</summary>
    [Fact]
    public void have_no_key_that_no_code_reads()
    {
        var policy = File.ReadAllText(RepositoryFiles.Path("src", "ArchiveService", "Features", "Authorities", "Policy.cs"));
        var elsewhere = string.Concat(Directory.EnumerateFiles(RepositoryFiles.Path("src", "ArchiveService"), "*.cs*", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal) && !f.Contains("/Features/Authorities/", StringComparison.Ordinal))
            .SelectMany(File.ReadLines).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)));

        bool Reads(PolicyKey key) => elsewhere.Contains($"\"{key.Key}\"]", StringComparison.Ordinal) || elsewhere.Contains($"olicy.Days(\"{key.Key}\")", StringComparison.Ordinal)
            || (key.Key.StartsWith("ground.", StringComparison.Ordinal) && elsewhere.Contains(".KnowsGround(", StringComparison.Ordinal))
            || (key.Key.StartsWith("activation.", StringComparison.Ordinal) && elsewhere.Contains("olicy.Activation(", StringComparison.Ordinal))
            || (key.Key.StartsWith("infoText.", StringComparison.Ordinal) && elsewhere.Contains("olicy.InfoText(", StringComparison.Ordinal))
            || (key.Key.StartsWith("duty.", StringComparison.Ordinal) && elsewhere.Contains(".DutyOf(", StringComparison.Ordinal))
            || Regex.Match(policy, $"(\\w+) => (?:this\\[|Days\\()\"{Regex.Escape(key.Key)}\"", RegexOptions.None, TimeSpan.FromSeconds(1)) is { Success: true } named
                && elsewhere.Contains($"olicy.{named.Groups[1].Value}", StringComparison.Ordinal);

        Assert.All(PolicyKeys.All, key => Assert.True(Reads(key) != key.ForPeople is { Length: > 0 }, $"{key.Key}: {(key.ForPeople is null ? "no code reads it" : "is said to be for people, but code reads it")}."));
    }

    /// <summary>A reading that sets no other value and that no code asks for is followed by people: then it says what they do.</summary>
    [Fact]
    public void have_no_reading_without_a_consequence() => Assert.All(Preset.All.Values.SelectMany(p => p.Contradictions), contradiction =>
        Assert.True(contradiction.Readings.Any(r => r.Sets is { Count: > 0 }) || contradiction.Readings.Select(r => r.LeadsTo).Distinct().Count() == contradiction.Readings.Count, contradiction.Key));

    [Theory]
    [InlineData("herrljunga", "INSULT", "gross")]
    [InlineData("herrljunga", "PROFANITY", "gross")]
    [InlineData("norrkoping", "INSULT", "any")]
    [InlineData("toreboda", "COMMERCIAL", "soft")]
    [InlineData("vastarvet", "SPAM", "any")]
    [InlineData("trosa", "CHILD_ABUSE_MATERIAL", "unlawful")]
    [Trait("Requirement", "C9")]
    [Trait("Requirement", "C11")]
    [Trait("Requirement", "C10")]
    [Trait("Requirement", "H-16")]
    [Trait("Requirement", "H-17")]
    [Trait("Requirement", "N-13")]
    [Trait("Requirement", "T-09")]
    [Trait("Requirement", "V-06")]
    [Trait("Requirement", "R-18")]
    public void keep_each_guidelines_own_threshold_C9_C11(string preset, string ground, string threshold) =>
        Assert.Equal(threshold, Preset.All[preset].Values[$"ground.{ground}"].Value);

    [Theory]
    [InlineData("removal.captureFirst")]
    [InlineData("secrecy.register")]
    [InlineData("disposal.requireDecision")]
    [InlineData("channel.informUsers")]
    [Trait("Requirement", "I1")]
    [Trait("Requirement", "I4")]
    [Trait("Requirement", "T-14")]
    public void cannot_go_below_the_legal_floor(string key)
    {
        var refused = PolicyKeys.Check(key, "false")!;
        Assert.Equal("legal-floor", refused.Code);
        Assert.Contains(LegalFloor.Find(key)!.Paragraph, refused.Explanation, StringComparison.Ordinal);
        Assert.Equal(LegalFloor.Find(key)!.Paragraph, refused.More!["paragraph"]);
        Assert.Null(PolicyKeys.Check(key, "true"));
    }

    [Theory]
    [InlineData("sekretess", "x", "policy-key-unknown")]
    [InlineData("ground.UGLY", "any", "policy-key-unknown")]
    [InlineData("ground.SPAM", "sometimes", "policy-value-unknown")]
    [InlineData("registration.default", "never", "policy-value-unknown")]
    [InlineData("disposal.coolingOffDays", "-1", "policy-value-unknown")]
    public void refuse_what_they_do_not_know(string key, string value, string code) => Assert.Equal(code, PolicyKeys.Check(key, value)?.Code);
}
