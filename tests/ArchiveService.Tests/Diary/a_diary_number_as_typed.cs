using ArchiveService.Features.Diary;

namespace ArchiveService.Tests.Diary;

public sealed class A_diary_number_as_typed
{
    // The three formats of the guidelines (H, N and V), and others in use (domain §2.8).
    [Theory]
    [InlineData("KS 116/2020 956", "ks116/2020 956")]
    [InlineData("KS-543/2010 003", "ks-543/2010 003")]
    [InlineData("VA 2016–01315", "va2016-01315")]
    [InlineData("KS 2021/1311 1.7.9", "ks2021/1311 1.7.9")]
    [InlineData("TN 2019-123-4", "tn2019-123-4")]
    [InlineData("RA-KS 2021/23", "ra-ks2021/23")]
    [InlineData("ÅÄÖ 1/2020", "åäö1/2020")]
    public void becomes_one_key(string written, string key) => Assert.Equal(key, DiaryNumberKey.Of(written));

    public static TheoryData<char> Dashes => [.. "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uFE58\uFE63\uFF0D"];

    [Theory]
    [MemberData(nameof(Dashes))]
    public void is_the_same_with_any_dash(char dash)
    {
        Assert.Equal(DiaryNumberKey.Of("VA 2016–01315"), DiaryNumberKey.Of($"va 2016{dash}01315"));
        Assert.Equal(DiaryNumberKey.Of("KS-543/2010 003"), DiaryNumberKey.Of($"KS {dash} 543/2010 003"));
    }

    [Theory]
    [InlineData("ks 116/2020 956")]
    [InlineData("  KS  116 / 2020   956 ")]
    [InlineData("KS\u00A0116/2020\u00A0956")]
    [InlineData("KS\u202F116/2020\u2009956")]
    [InlineData("ks116/2020 956")]
    [InlineData("KS 116\u2215\u200B2020 956")]
    public void is_the_same_with_any_space(string typed) => Assert.Equal(DiaryNumberKey.Of("KS 116/2020 956"), DiaryNumberKey.Of(typed));

    [Theory]
    [InlineData("KS 116/2020 956", "KS 11/62020 956")]
    [InlineData("KS 1/2020 1", "KS 1/2020 11")]
    [InlineData("KS 11/2020 6", "KS 11/20206")]
    public void is_another_when_the_figures_are(string one, string other) => Assert.NotEqual(DiaryNumberKey.Of(one), DiaryNumberKey.Of(other));

    [Theory]
    [InlineData("KS 2026/17", true)]
    [InlineData("halka", false)]
    [InlineData("2026", false)]
    [InlineData("", false)]
    public void is_told_from_other_words(string typed, bool may) => Assert.Equal(may, DiaryNumberKey.MayBe(typed));
}
