using ArchiveService.Features.Authorities;
using ArchiveService.Features.Cases;

namespace ArchiveService.Tests.Cases;

public sealed class Diary_numbers
{
    [Theory]
    [InlineData("herrljunga", "KS", 116, 2020, "956", "KS 116/2020 956")]
    [InlineData("norrkoping", "KS", 543, 2010, "3", "KS-543/2010 003")]
    [InlineData("vastarvet", "VA", 1315, 2016, "", "VA 2016–01315")]
    [InlineData("toreboda", "KS", 12, 2026, "", "KS 2026/12")]
    [InlineData("trosa", "RA-KS", 23, 2021, "", "RA-KS 2021/23")]
    [Trait("Requirement", "H-01")]
    [Trait("Requirement", "I2")]
    public void follow_the_guidelines_own_formats(string preset, string organ, long number, int year, string classCode, string expected) =>
        Assert.Equal(expected, DiaryNumber.Format(new Policy(1, preset, new Dictionary<string, string>()).DiaryTemplate, organ, number, year, classCode));

    [Theory]
    [InlineData("VA 2016–01315")]
    [InlineData("va 2016-01315")]
    [InlineData("VA 2016—01315")]
    [InlineData("VA 2016 − 01315")]
    [InlineData("VA\u00a02016‑01315")]
    public void are_found_with_any_dash_space_or_case(string written) => Assert.Equal(DiaryNumber.Fold("VA 2016–01315"), DiaryNumber.Fold(written));

    [Theory]
    [InlineData("KS 116 / 2020 956", "ks 116/2020 956")]
    [InlineData("KS–543/2010  003", "ks-543/2010 003")]
    public void fold_spaces_around_slash_and_dash(string written, string folded) => Assert.Equal(folded, DiaryNumber.Fold(written));

    [Theory]
    [InlineData("{organ} {seq}")]
    [InlineData("{organ} {yyyy}")]
    [InlineData("{organ} {yyyy}/{seq} {nr}")]
    public void refuse_a_template_that_could_repeat_or_has_an_unknown_field(string template) => Assert.Equal("diary-template", DiaryNumber.CheckTemplate(template)?.Code);
}
