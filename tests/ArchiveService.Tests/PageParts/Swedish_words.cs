using ArchiveService.Features.PageParts;

namespace ArchiveService.Tests.PageParts;

public sealed class Swedish_words
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 10, 30, 0, TimeSpan.Zero);

    [Fact]
    public void give_the_local_day_and_not_the_utc_day()
    {
        var justAfterMidnightInStockholm = new DateTimeOffset(2026, 11, 19, 23, 30, 0, TimeSpan.Zero);

        Assert.Equal("2026-11-20", Swedish.Date(justAfterMidnightInStockholm));
        Assert.Equal("00:30", Swedish.Clock(justAfterMidnightInStockholm));
    }

    [Fact]
    public void follow_summer_time()
    {
        Assert.Equal("09:00", Swedish.Clock(new DateTimeOffset(2026, 7, 1, 7, 0, 0, TimeSpan.Zero)));
        Assert.Equal("08:00", Swedish.Clock(new DateTimeOffset(2026, 1, 1, 7, 0, 0, TimeSpan.Zero)));
    }

    [Theory]
    [InlineData("2026-11-20T06:41:00Z", "i dag kl. 07.41")]
    [InlineData("2026-11-19T22:02:00Z", "i går kl. 23.02")]
    [InlineData("2026-11-18T22:02:00Z", "18 november 2026 kl. 23.02")]
    public void say_an_instant_in_running_text(string at, string said) =>
        Assert.Equal(said, Swedish.InProse(DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture), Now).Replace('\u00A0', ' '));

    [Fact]
    public void group_thousands_with_a_space_that_does_not_break()
    {
        Assert.Equal("1\u00A0204\u00A0417", Swedish.Number(1_204_417));
        Assert.Equal("1\u00A0handling", Swedish.Count(1, "handling", "handlingar"));
        Assert.Equal("18\u00A0412\u00A0handlingar", Swedish.Count(18_412, "handling", "handlingar"));
    }

    [Theory]
    [InlineData(0, "0 byte")]
    [InlineData(999, "999 byte")]
    [InlineData(512_300, "512 kB")]
    [InlineData(1_412_000, "1,4 MB")]
    [InlineData(3_100_000_000, "3,1 GB")]
    public void say_sizes(long size, string said) => Assert.Equal(said, Swedish.Bytes(size).Replace('\u00A0', ' '));

    [Fact]
    public void call_a_revisor_a_granskare() =>
        Assert.Equal("Hedda Påhittsdotter, granskare, för Granvika kommun", new PersonLine("Hedda Påhittsdotter", "revisor", "Granvika kommun").ToString());
}
