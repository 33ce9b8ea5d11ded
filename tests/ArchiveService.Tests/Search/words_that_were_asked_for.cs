using ArchiveService.Features.Search;

namespace ArchiveService.Tests.Search;

[Trait("Requirement", "V-10")]
public sealed class Words_that_were_asked_for
{
    [Theory]
    [InlineData("011-15 00 00", "011150000")]
    [InlineData("+46 11 15 00 00", "011150000")]
    [InlineData("+46 (0)11-15 00 00", "011150000")]
    [InlineData("19811218-9876", "8112189876")]
    [InlineData("811218-9876", "8112189876")]
    [InlineData("12 500", "12500")]
    [InlineData("12", null)]
    public void know_a_number_by_its_digits(string written, string? key) => Assert.Equal(key, SearchWords.NumberKey(written));

    [Fact]
    public void find_a_number_in_a_text() => Assert.Equal(("011-15 00 00", "011150000"), SearchWords.Numbers("Ring 011-15 00 00 kl. 8-16.").Select(n => ("Ring 011-15 00 00 kl. 8-16.".Substring(n.Start, n.Length), n.Key)).Single());

    [Fact]
    public void hold_a_number_together() => Assert.Contains(SearchWords.Terms("jour 011-15 00 00"), t => t.NumberKey == "011150000");

    [Fact]
    public void may_be_misspelt_when_long_and_asked_for() => Assert.Equal(["bibliotket"], SearchWords.Long("bibliotket -parkering \"vid stationen\" kort e-tjänsten"));
}
