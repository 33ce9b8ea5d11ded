namespace ArchiveService.Features.Records;

/// <summary>A day of the Swedish calendar as an instant in it, where only the day was asked for.</summary>
internal static class SwedishDay
{
    private static readonly TimeZoneInfo Stockholm = TimeZoneInfo.FindSystemTimeZoneById("Europe/Stockholm");

    public static DateTimeOffset? Noon(DateOnly? day, TimeProvider clock)
    {
        if (day is not { } known) return null;
        var now = clock.GetUtcNow();
        var local = known.ToDateTime(new(12, 0));
        var noon = new DateTimeOffset(local, Stockholm.GetUtcOffset(local));

        // Early in the morning noon has not been yet; the day has.
        return noon > now && known == PageParts.Swedish.Day(now) ? now : noon;
    }
}
