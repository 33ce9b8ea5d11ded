using ArchiveService.Features.Sources;

namespace ArchiveService.Tests.Sources;

public sealed class Covering_a_channel
{
    private static readonly DateOnly Today = new(2026, 11, 10);

    private static DateOnly Nov(int day) => new(2026, 11, day);

    private static IReadOnlyList<(int, CoverageKind, string?)> Of(IReadOnlyList<AskedDay> asked, params UnheardDays[] unheard) =>
        [.. Coverage.Of(Nov(6), Today, asked, unheard, new Dictionary<DateOnly, long>()).Select(d => (d.Day.Day, d.Kind, d.Reason))];

    [Fact]
    public void A_day_with_a_whole_answer_is_seen_and_one_before_the_source_was_never_asked() =>
        Assert.Equal(
            [(10, CoverageKind.Observed, null), (9, CoverageKind.Observed, null), (8, CoverageKind.NotAsked, null), (7, CoverageKind.NotAsked, null), (6, CoverageKind.NotAsked, null)],
            Of([new(Nov(9), 3, 2), new(Nov(10), 1, 1)]));

    [Fact]
    public void A_day_without_one_is_a_gap_until_a_later_whole_answer() =>
        Assert.Equal(
            [(10, CoverageKind.Gap, "not-asked"), (9, CoverageKind.Gap, "unanswered"), (8, CoverageKind.Observed, null), (7, CoverageKind.Inferred, "not-asked"), (6, CoverageKind.Observed, null)],
            Of([new(Nov(6), 1, 1), new(Nov(8), 1, 1), new(Nov(9), 4, 0)]));

    [Fact]
    public void A_broken_stream_is_a_gap_until_it_was_asked_for() =>
        Assert.Equal(
            [(10, CoverageKind.Gap, "not-running"), (9, CoverageKind.Gap, "not-running"), (8, CoverageKind.Inferred, "stream-broken"), (7, CoverageKind.Inferred, "stream-broken"), (6, CoverageKind.Observed, null)],
            Of([.. Enumerable.Range(6, 5).Select(day => new AskedDay(Nov(day), 1, 1))], new UnheardDays(Nov(7), Nov(8), "stream-broken", true), new UnheardDays(Nov(9), null, "not-running", false)));

    [Fact]
    public void Silence_is_measured_by_what_the_channel_uses_to_be()
    {
        var daily = Enumerable.Range(1, 5).Select(Nov).ToList();

        Assert.Null(Silent.Of(daily, Nov(10)));
        Assert.Equal(new Silence(Nov(5), 6, 1), Silent.Of(daily, Nov(11)));
        Assert.Null(Silent.Of(daily.Take(4), Nov(30)));
        Assert.Null(Silent.Of([Nov(1), Nov(1).AddDays(30), Nov(1).AddDays(60), Nov(1).AddDays(90), Nov(1).AddDays(120)], Nov(1).AddDays(200)));
    }
}
