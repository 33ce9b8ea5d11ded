using ArchiveService.Features.Clocks;
using ArchiveService.Features.PageParts;

namespace ArchiveService.Features.DataSubjects;

/// <summary>
/// When an answer is due: law, and no authority's to choose. One month from when the request came in, two more when the person has been told why within that month
/// (GDPR art. 12.3). A month ends on the day of its date, or the month's last; on a Saturday, Sunday or public holiday, at the end of the next working day (förordning 1182/71 art. 3.2 c, 3.4).
/// </summary>
public static class SubjectDeadline
{
    private const int Months = 1;

    private const int MonthsMore = 2;

    public static DateOnly First(DateTimeOffset receivedAt) => Ends(receivedAt, Months);

    public static DateOnly Extended(DateTimeOffset receivedAt) => Ends(receivedAt, Months + MonthsMore);

    private static DateOnly Ends(DateTimeOffset receivedAt, int months)
    {
        var day = Swedish.Day(receivedAt).AddMonths(months);
        while (day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday || SwedishCalendar.Holiday(day) is not null) day = day.AddDays(1);
        return day;
    }
}
