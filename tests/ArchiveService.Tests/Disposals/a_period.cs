using ArchiveService.Features.Retention;

namespace ArchiveService.Tests.Disposals;

public sealed class A_period
{
    [Theory]
    [InlineData("P2Y", 2, 0, 0)]
    [InlineData("p6m", 0, 6, 0)]
    [InlineData("P1Y6M15D", 1, 6, 15)]
    [InlineData("P2W", 0, 0, 14)]
    [InlineData("P0D", 0, 0, 0)]
    public void is_read_as_ISO_8601(string text, int years, int months, int days) => Assert.Equal(new Period(years, months, days), Period.Parse(text));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("P")]
    [InlineData("2 år")]
    [InlineData("P1.5Y")]
    [InlineData("P-1Y")]
    [InlineData("PT5H")]
    [InlineData("P1001Y")]
    public void is_refused_when_it_is_none(string? text) => Assert.Null(Period.Parse(text));

    [Theory]
    [InlineData("2 år", 2, 0, 0)]
    [InlineData(" 1 år och 6 månader", 1, 6, 0)]
    [InlineData("1 år, 1 månad och 1 dag", 1, 1, 1)]
    [InlineData("2 veckor", 0, 0, 14)]
    [InlineData("30 Dagar", 0, 0, 30)]
    [InlineData("genast", 0, 0, 0)]
    [InlineData("P6M", 0, 6, 0)]
    public void is_read_as_people_type_it(string text, int years, int months, int days) => Assert.Equal(new Period(years, months, days), Period.Typed(text));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("år")]
    [InlineData("och")]
    [InlineData("två år")]
    [InlineData("2 år efter beslut")]
    [InlineData("1001 år")]
    public void is_refused_when_nobody_would_type_it_so(string? text) => Assert.Null(Period.Typed(text));

    [Fact]
    public void ends_on_the_same_numbered_day_or_the_months_last()
    {
        Assert.Equal(new DateOnly(2026, 2, 28), new Period(0, 1, 0).After(new(2026, 1, 31)));
        Assert.Equal(new DateOnly(2025, 2, 28), new Period(1, 0, 0).After(new(2024, 2, 29)));
        Assert.Equal(new DateOnly(2026, 3, 1), new Period(2, 0, 0).After(new(2024, 3, 1)));
    }

    [Theory]
    [InlineData("P2Y", "P2Y", true)]
    [InlineData("P24M", "P2Y", true)]
    [InlineData("P23M", "P2Y", false)]
    [InlineData("P1M", "P30D", false)]
    [InlineData("P31D", "P1M", true)]
    [InlineData("P1Y", "P365D", true)]
    [InlineData("P365D", "P1Y", false)]
    public void is_compared_from_whatever_day_it_is_counted(string frist, string other, bool isAtLeast) =>
        Assert.Equal(isAtLeast, Period.Parse(frist)!.IsAtLeast(Period.Parse(other)!));

    [Theory]
    [InlineData("P1Y6M", "1 år och 6 månader")]
    [InlineData("P1D", "1 dag")]
    [InlineData("P0D", "genast")]
    public void is_said_in_Swedish(string frist, string said) => Assert.Equal(said, Period.Parse(frist)!.InSwedish());
}
