using ArchiveService.Features.Onboarding;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Start;

namespace ArchiveService.Tests.Start;

public sealed class Charts_and_beginnings
{
    [Fact]
    public void A_chart_says_what_the_eye_sees()
    {
        var chart = new Chart("k", "Inkommet", [new("17 nov", 12), new("18 nov", 31, 4), new("19 nov", 0)], ("handling", "handlingar")) { MarkedAs = "för sent" };

        Assert.Equal("43\u00a0handlingar från 17 nov till 19 nov. Mest 18 nov: 31. 4\u00a0handlingar för sent.", chart.Says);
        Assert.Equal("Inget att visa från 17 nov till 17 nov.", new Chart("k", "Inkommet", [new("17 nov", 0)], ("handling", "handlingar")).Says);
    }

    [Fact]
    public void Its_bars_stand_on_the_ground_and_the_highest_fills_it()
    {
        var drawn = new Chart("k", "Inkommet", [new("a", 1000), new("b", 1), new("c", 0), new("d", 500, 500)], ("handling", "handlingar")).Drawn().ToList();

        Assert.Equal([(0, 0L, 60L, false), (10, 58L, 2L, false), (30, 30L, 30L, true)], drawn);
    }

    [Theory]
    [InlineData(false, false, false, false, false, 1, "0 av 5 steg klara")]
    [InlineData(true, false, true, false, false, 2, "2 av 5 steg klara")]
    [InlineData(true, true, true, true, false, 5, "4 av 5 steg klara")]
    [InlineData(true, true, true, true, true, 6, "5 av 5 steg klara")]
    public void The_beginning_goes_on_where_something_is_left(bool authority, bool channel, bool registrator, bool others, bool handled, int next, string progress)
    {
        var begun = new Begun(authority, channel, registrator, others, handled);

        Assert.Equal(next, begun.Next);
        Assert.Equal(progress, begun.Progress);
        Assert.Equal(next == 6, begun.IsDone);
    }

    [Fact]
    public void Every_list_has_a_name_of_its_own_and_somebody_whose_work_it_is()
    {
        Assert.Equal(DueLists.All.Count, DueLists.All.Select(l => l.Key).Distinct().Count());
        Assert.All(DueLists.All, l => Assert.NotEmpty(l.For));
        Assert.All(DueLists.All, l => Assert.Matches("^[a-z-]+$", l.Key));
    }
}
