using ArchiveService.Features.Cases;

namespace ArchiveService.Tests.Cases;

public sealed class Diary_series
{
    private static readonly Guid Authority = new("0195aaaa-0000-7000-8000-00000000000a");

    private static DiarySeries Series(string organ, bool standing = false, DateOnly? from = null, DateOnly? until = null) => new(Guid.CreateVersion7(), Authority, organ, null, from, until, standing);

    [Theory]
    [InlineData("2026-12-31T22:59:59Z", 2026)]
    [InlineData("2026-12-31T22:59:59.999999Z", 2026)]
    [InlineData("2026-12-31T23:00:00Z", 2027)]
    [InlineData("2026-06-30T22:00:00Z", 2026)]
    public void go_by_the_year_in_Stockholm(string at, int year) => Assert.Equal(year, LocalYear.Of(DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public void are_chosen_by_name_or_the_one_that_stands()
    {
        DiarySeries[] all = [Series("KS", standing: true), Series("VAL", from: new(2026, 1, 1), until: new(2026, 12, 31))];

        Assert.Equal("KS", DiarySeries.Choose(all, null, new(2026, 5, 1)).Series!.Organ);
        Assert.Equal("VAL", DiarySeries.Choose(all, "val", new(2026, 12, 31)).Series!.Organ);
        Assert.Equal("series-closed", DiarySeries.Choose(all, "VAL", new(2027, 1, 1)).Refused!.Code);
        Assert.Equal("series-unknown", DiarySeries.Choose(all, "BUN", new(2026, 5, 1)).Refused!.Code);
    }

    [Fact]
    public void are_taken_over_by_the_one_that_follows_when_their_days_are_over()
    {
        DiarySeries[] all = [Series("KS", standing: true, until: new(2026, 12, 31)), Series("KSN", from: new(2027, 1, 1))];

        Assert.Equal("KS", DiarySeries.Choose(all, null, new(2026, 12, 31)).Series!.Organ);
        Assert.Equal("KSN", DiarySeries.Choose(all, null, new(2027, 1, 1)).Series!.Organ);
        Assert.Equal("series-closed", DiarySeries.Choose(all[..1], null, new(2027, 1, 1)).Refused!.Code);
    }

    [Theory]
    [InlineData("1KS", null, "diary-series")]
    [InlineData("VAL", "{organ} {seq}", "diary-template")]
    [InlineData("VAL", "V {yyyy}/{seq}", "diary-template")]
    public void are_refused_when_their_numbers_could_be_anothers(string organ, string? template, string code) =>
        Assert.Equal(code, new SetSeries(template, null, null, null).Decide(Authority, organ, null, isOnly: false, 1).Refused?.Code);

    [Fact]
    public void keep_one_default_and_say_nothing_twice()
    {
        var standing = Series("KS", standing: true);

        Assert.Equal("series-default", new SetSeries(null, null, null, false).Decide(Authority, "KS", standing, isOnly: true, 1).Refused?.Code);
        Assert.Equal("series-days", new SetSeries(null, new(2027, 1, 1), new(2026, 1, 1), null).Decide(Authority, "KS", standing, isOnly: true, 1).Refused?.Code);
        Assert.Empty(new SetSeries(null, null, null, null).Decide(Authority, "KS", standing, isOnly: true, 1).Events);
        var set = Assert.IsType<DiarySeriesSet>(Assert.Single(new SetSeries(" {organ} {yyyy}/{seq} ", null, new(2026, 12, 31), null).Decide(Authority, "KS", standing, isOnly: true, 7).Events).Event);
        Assert.Equal(("KS", "{organ} {yyyy}/{seq}", true, 7), (set.Organ, set.Template, set.Default, set.PolicyVersion));
    }

    [Fact]
    public void let_a_number_go_only_when_nothing_registered_stands_in_it()
    {
        CaseStanding At(int documents, string? external = null, bool voided = false) => new(Authority, Authority, 2026, 17, "KS 17/2026", external, voided, documents, 3);
        var now = DateTimeOffset.UnixEpoch;

        Assert.Equal("number-in-use", new VoidNumber("Fel", null).Decide(At(1), now, 1).Refused?.Code);
        Assert.Equal("number-of-another-system", new VoidNumber("Fel", null).Decide(At(0, "Platina"), now, 1).Refused?.Code);
        Assert.Equal("number-void", new VoidNumber("Fel", null).Decide(At(0, voided: true), now, 1).Refused?.Code);
        Assert.Equal("reason-missing", new VoidNumber(" ", null).Decide(At(0), now, 1).Refused?.Code);
        Assert.Equal(17, Assert.IsType<DiaryNumberVoided>(Assert.Single(new VoidNumber("Fel", null).Decide(At(0), now, 1).Events).Event).Number);
    }

    [Theory]
    [InlineData("TN 2019-000123", null)]
    [InlineData("VA 2016–01315", null)]
    [InlineData("2019", "alternate-number")]
    [InlineData("Anna 19800101-0001", "alternate-number")]
    [InlineData("<b>1</b>", "alternate-number")]
    [InlineData(null, "alternate-number")]
    public void keep_older_numbers_that_are_numbers(string? number, string? code) => Assert.Equal(code, new AddAlternate(number, null).Decide(null, false, DateTimeOffset.UnixEpoch, 1).Refused?.Code);

    [Fact]
    public void give_an_older_number_to_one_case_only()
    {
        Assert.Equal("alternate-taken", new AddAlternate("TN 1", null).Decide("TN 2019-1", false, DateTimeOffset.UnixEpoch, 1).Refused?.Code);
        Assert.Empty(new AddAlternate("TN 1", null).Decide("TN 2019-1", true, DateTimeOffset.UnixEpoch, 1).Events);
    }
}
