using ArchiveService.Features.Answering;
using ArchiveService.Features.Clocks;
using ArchiveService.Tests.Records;

namespace ArchiveService.Tests.Clocks;

public sealed class The_clocks_of_a_channel
{
    private static readonly WatchPlan ThePlansExample = new(48, [DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday, DayOfWeek.Sunday]);

    private static ChannelClocks Of(string preset, WatchPlan? plan = null, params (string, string)[] own) => ChannelClocks.Of(Given.PolicyOf(preset, own), plan ?? WatchPlan.None);

    [Theory]
    [InlineData("norrkoping", AnswerDuty.All)]
    [InlineData("vastarvet", AnswerDuty.Questions)]
    [InlineData("trosa", AnswerDuty.Questions)]
    [InlineData("herrljunga", AnswerDuty.Questions)]
    [InlineData("toreboda", AnswerDuty.Questions)]
    [InlineData("custom", AnswerDuty.Questions)]
    [Trait("Requirement", "N-12")]
    [Trait("Requirement", "V-03")]
    [Trait("Requirement", "R-09")]
    [Trait("Requirement", "H-09")]
    [Trait("Requirement", "T-04")]
    public void say_who_must_be_answered(string preset, AnswerDuty duty) => Assert.Equal(duty, Of(preset).Duty);

    [Theory]
    [InlineData("vastarvet", "PT24H-weekdays")]
    [InlineData("herrljunga", "P1D-weekdays")]
    [InlineData("norrkoping", "P2D-weekdays")]
    [InlineData("trosa", "P2D-weekdays")]
    [InlineData("toreboda", null)]
    [Trait("Requirement", "V-03")]
    [Trait("Requirement", "C6")]
    public void say_how_soon(string preset, string? written) => Assert.Equal(written, Of(preset).Answer?.Written);

    [Fact]
    [Trait("Requirement", "N-11")]
    public void ask_for_a_look_promptly_where_the_guideline_says_continuously() => Assert.Equal("P1D-weekdays", Of("norrkoping").Review?.Written);

    [Fact]
    [Trait("Requirement", "T-21")]
    public void never_measure_48_hours_unless_the_channels_own_plan_says_so()
    {
        Assert.Null(Of("toreboda").Review);
        Assert.Equal("PT48H", Of("toreboda", ThePlansExample).Review?.Written);
        Assert.Equal("PT12H", Of("toreboda", new(12, [])).Answer?.Written);
    }

    [Fact]
    [Trait("Requirement", "H-09")]
    public void count_a_plans_interval_beside_the_guidelines_own()
    {
        var clock = Of("herrljunga", new(4, [])).Review!;
        Assert.Equal(Given.Noon.AddHours(4), clock.Due(Given.Noon));
        Assert.Contains("4", clock.InSwedish, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("herrljunga", "2026-11-29", true)]
    [InlineData("herrljunga", "2026-12-25", true)]
    [InlineData("norrkoping", "2026-11-29", false)]
    [InlineData("norrkoping", "2026-11-30", true)]
    [InlineData("trosa", "2026-12-24", false)]
    [Trait("Requirement", "H-09")]
    public void say_on_which_days_somebody_looks(string preset, string day, bool required) =>
        Assert.Equal(required, Of(preset).IsWatchDay(DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture)));

    [Theory]
    [InlineData("2026-11-29", true)]
    [InlineData("2026-11-28", false)]
    [InlineData("2026-05-14", false)]
    [InlineData("2026-05-15", true)]
    [Trait("Requirement", "T-21")]
    public void go_by_the_days_of_the_plan(string day, bool required) => Assert.Equal(required, Of("toreboda", ThePlansExample).IsWatchDay(DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public void measure_nothing_by_words_that_no_clock_can_read() => Assert.Null(Of("vastarvet", null, ("sla.reply", "när vi hinner")).Answer);

    [Fact]
    public void go_by_the_authoritys_own_span_for_promptly() => Assert.Equal("PT4H", Of("herrljunga", null, ("clock.promptly", "PT4H")).Answer?.Written);

    [Fact]
    [Trait("Requirement", "T-14")]
    [Trait("Requirement", "T-08")]
    public void keep_secret_at_once_apart_from_unlawful_promptly()
    {
        var waits = Of("toreboda", ThePlansExample).Waits(Given.Noon.AddMinutes(1), Given.Noon, isNew: true, unanswered: false, secretStandsSince: Given.Noon, emergencySince: Given.Noon);

        Assert.Equal([QueueClock.Secrecy, QueueClock.Emergency, QueueClock.Review], waits.Select(w => w.Clock));
        Assert.Equal([true, false, false], waits.Select(w => w.Overdue));
        Assert.Equal(3, waits.Select(w => w.Due).Distinct().Count());
    }
}
