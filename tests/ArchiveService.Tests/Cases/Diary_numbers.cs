using ArchiveService.Features.Authorities;
using ArchiveService.Features.Cases;
using ArchiveService.Features.Diary;

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

    /// <summary>Every row of domain §2.8.</summary>
    public static TheoryData<string, string, long, int, string, string> Formats { get; } = new()
    {
        { "{organ} {seq}/{yyyy} {class}", "KS", 116, 2020, "956", "KS 116/2020 956" },
        { "{organ}-{seq}/{yyyy} {class:3}", "KS", 543, 2010, "3", "KS-543/2010 003" },
        { "{organ} {yyyy}–{seq:5}", "VA", 1315, 2016, "", "VA 2016–01315" },
        { "{organ} {yyyy}/{seq}", "KS", 141, 2017, "", "KS 2017/141" },
        { "{organ} {yyyy}/{seq} {class}", "KS", 1311, 2021, "1.7.9", "KS 2021/1311 1.7.9" },
        { "{organ} {yyyy}-{seq}", "TN", 123, 2019, "", "TN 2019-123" },
        { "{organ} {yyyy}-{seq:6}", "TN", 123, 2019, "", "TN 2019-000123" },
        { "{organ} {yyyy}/{seq}", "RA-KS", 23, 2021, "", "RA-KS 2021/23" },
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public void are_written_in_every_known_format_and_read_back(string template, string organ, long number, int year, string classCode, string written)
    {
        Assert.Equal(written, DiaryNumber.Format(template, organ, number, year, classCode));

        var read = DiaryNumber.Read(template, organ, written)!;

        Assert.Equal((number, year, (int?)null), (read.Number, read.Year, read.Document));
        if (classCode.Length > 0) Assert.EndsWith(classCode, read.ClassCode, StringComparison.Ordinal);
        Assert.Equal(4, DiaryNumber.Read(template, organ, written + "-4")!.Document);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void of_any_value_are_found_again_however_they_are_typed(string template, string organ, long first, int firstYear, string classCode, string example)
    {
        var random = new Random(firstYear);
        for (var i = 0; i < 400; i++)
        {
            var (number, year) = (random.NextInt64(1, i % 2 == 0 ? 100 : 1_000_000), random.Next(1990, 2100));
            var code = classCode.Length == 0 ? "" : i % 3 == 0 ? $"{random.Next(1, 10)}.{random.Next(0, 10)}.{random.Next(0, 100)}" : $"{random.Next(1, 1000)}";
            var written = i == 0 ? example : DiaryNumber.Format(template, organ, number, year, code);
            if (i == 0) (number, year) = (first, firstYear);
            int? document = i % 4 == 0 ? random.Next(1, 500) : null;
            var typed = Mangled(document is { } n ? $"{written}-{n}" : written, random);

            Assert.Equal(DiaryNumberKey.Of(document is { } d ? $"{written}-{d}" : written), DiaryNumberKey.Of(typed));
            var read = DiaryNumber.Read(template, organ, typed);
            Assert.True(read is not null, $"{typed} ({written}) is not read by {template}.");
            Assert.Equal((number, year, document), (read.Number, read.Year, read.Document));
            Assert.Equal(DiaryNumberKey.Of(written), DiaryNumberKey.Of(DiaryNumber.Format(template, organ, read.Number, read.Year, read.ClassCode ?? "")));
        }
    }

    [Fact]
    public void are_not_read_as_anothers()
    {
        Assert.Null(DiaryNumber.Read("{organ} {yyyy}/{seq}", "KS", "RA-KS 2021/23"));
        Assert.Null(DiaryNumber.Read("{organ} {yyyy}/{seq}", "KS", "KS § 94/2020-05-25"));
        Assert.Null(DiaryNumber.Read("{organ} {yyyy}/{seq}", "KS", "BUN 2021/23"));
        Assert.Null(DiaryNumber.Read("{organ} {yyyy}/{seq}", "KS", ""));
        Assert.Equal(1315, DiaryNumber.Read("{organ} {yyyy}–{seq:5}", "VA", "va 2016-1315")!.Number);
        Assert.Equal(116, DiaryNumber.Read("{organ} {seq}/{yyyy} {class}", "KS", "KS 116/2020")!.Number);
    }

    [Theory]
    [InlineData("{organ} {seq}/{yyyy} {class}", "KS 120/2026")]
    [InlineData("{organ}-{seq}/{yyyy} {class:3}", "KS-120/2026")]
    [InlineData("{organ} {yyyy}–{seq:5}", "KS 2026–00120")]
    public void that_nobody_got_have_no_class(string template, string expected) => Assert.Equal(expected, DiaryNumber.WithoutClass(template, "KS", 120, 2026));

    [Theory]
    [InlineData("{organ} {seq}")]
    [InlineData("{organ} {yyyy}")]
    [InlineData("{organ} {yyyy}/{seq} {nr}")]
    public void refuse_a_template_that_could_repeat_or_has_an_unknown_field(string template) => Assert.Equal("diary-template", DiaryNumber.CheckTemplate(template)?.Code);

    /// <summary>As people type: another dash, another space, spaces where none are and none where they say nothing, another case.</summary>
    private static string Mangled(string written, Random random)
    {
        const string dashes = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212";
        const string spaces = " \u00A0\u202F\u2009";
        var typed = new System.Text.StringBuilder();
        foreach (var c in written)
        {
            switch (c)
            {
                case '-' or '–':
                    typed.Append(Space(random)).Append(dashes[random.Next(dashes.Length)]).Append(Space(random));
                    break;
                case '/':
                    typed.Append(Space(random)).Append('/').Append(Space(random));
                    break;
                case ' ':
                    typed.Append(spaces[random.Next(spaces.Length)]);
                    break;
                default:
                    typed.Append(random.Next(2) == 0 ? char.ToLowerInvariant(c) : c);
                    break;
            }
        }

        return typed.ToString();

        static string Space(Random random) => random.Next(3) == 0 ? spaces[random.Next(spaces.Length)].ToString() : "";
    }
}
