using System.Globalization;

namespace ArchiveService.Features.PageParts;

/// <summary>How dates, times, numbers and counts are written for Swedish readers, always in Swedish local time.</summary>
public static class Swedish
{
    private const char NoBreakSpace = '\u00A0';

    private static readonly TimeZoneInfo Stockholm = TimeZoneInfo.FindSystemTimeZoneById("Europe/Stockholm");

    private static readonly NumberFormatInfo Numbers = new()
    {
        NumberGroupSeparator = NoBreakSpace.ToString(),
        NumberDecimalSeparator = ",",
        NegativeSign = "−",
    };

    private static readonly string[] Months =
        ["januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december"];

    private static readonly string[] SmallCounts =
        ["inga", "en", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio", "elva", "tolv"];

    /// <summary>The instant in Europe/Stockholm.</summary>
    public static DateTimeOffset Local(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, Stockholm);

    /// <summary>The instant the local day begins.</summary>
    public static DateTimeOffset StartOf(DateOnly day)
    {
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        return new(midnight, Stockholm.GetUtcOffset(midnight));
    }

    /// <param name="month">1–12.</param>
    public static string MonthName(int month) => Months[month - 1];

    /// <summary>The instant a clock on the wall shows that time that day.</summary>
    public static DateTimeOffset At(DateOnly day, TimeOnly time)
    {
        var local = day.ToDateTime(time);
        return new(local, Stockholm.GetUtcOffset(local));
    }

    /// <summary>The local day the instant falls on.</summary>
    public static DateOnly Day(DateTimeOffset at) => DateOnly.FromDateTime(Local(at).DateTime);

    /// <summary>2026-11-20.</summary>
    public static string Date(DateTimeOffset at) => Date(Day(at));

    /// <summary>2026-11-20.</summary>
    public static string Date(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>20 november 2026.</summary>
    public static string LongDate(DateTimeOffset at) => LongDate(Day(at));

    /// <summary>20 november 2026.</summary>
    public static string LongDate(DateOnly day) => $"{day.Day}{NoBreakSpace}{Months[day.Month - 1]}{NoBreakSpace}{day.Year}";

    /// <summary>07:41, for tables and time lines.</summary>
    public static string Clock(DateTimeOffset at) => Local(at).ToString("HH':'mm", CultureInfo.InvariantCulture);

    /// <summary>07:41:09, where the second matters.</summary>
    public static string ClockWithSeconds(DateTimeOffset at) => Local(at).ToString("HH':'mm':'ss", CultureInfo.InvariantCulture);

    /// <summary>07.41, for running text.</summary>
    public static string ClockInProse(DateTimeOffset at) => Local(at).ToString("HH'.'mm", CultureInfo.InvariantCulture);

    /// <summary>2026-11-20 07:41.</summary>
    public static string DateAndClock(DateTimeOffset at) => $"{Date(at)}{NoBreakSpace}{Clock(at)}";

    /// <summary>"i dag kl. 07.41", "i går kl. 23.02", else "18 november 2026 kl. 23.02".</summary>
    public static string InProse(DateTimeOffset at, DateTimeOffset now)
    {
        var day = (Day(now).DayNumber - Day(at).DayNumber) switch
        {
            0 => $"i{NoBreakSpace}dag",
            1 => $"i{NoBreakSpace}går",
            _ => LongDate(at),
        };
        return $"{day} kl.{NoBreakSpace}{ClockInProse(at)}";
    }

    /// <summary>18 412, with spaces that do not break.</summary>
    public static string Number(long value) => value.ToString("N0", Numbers);

    /// <summary>1,5.</summary>
    public static string Number(double value, int decimals) => value.ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), Numbers);

    /// <summary>77 %.</summary>
    public static string Percent(long part, long whole) => whole == 0 ? "–" : $"{100 * part / whole}{NoBreakSpace}%";

    /// <summary>"1 handling", "18 412 handlingar".</summary>
    public static string Count(long value, string one, string many) => $"{Number(value)}{NoBreakSpace}{(value == 1 ? one : many)}";

    /// <summary>"en", "två" … "tolv", then figures: for the first words of a sentence.</summary>
    public static string InWords(int value) => value >= 0 && value < SmallCounts.Length ? SmallCounts[value] : Number(value);

    /// <summary>1,4 MB; decimal units, as file managers show them.</summary>
    public static string Bytes(long size) => size switch
    {
        < 1_000 => $"{size}{NoBreakSpace}byte",
        < 1_000_000 => $"{Number((size + 500) / 1_000)}{NoBreakSpace}kB",
        < 1_000_000_000 => $"{Number(size / 1e6, 1)}{NoBreakSpace}MB",
        _ => $"{Number(size / 1e9, 1)}{NoBreakSpace}GB",
    };

    /// <summary>First letter as a capital.</summary>
    public static string Sentence(string text) =>
        text.Length == 0 ? text : string.Concat(text[..1].ToUpper(CultureInfo.InvariantCulture), text.AsSpan(1));

    /// <summary>Hex digits in groups of eight, so that two checksums can be compared by eye.</summary>
    public static string Grouped(string hex) => string.Join(' ', hex.Chunk(8).Select(group => new string(group)));

    /// <summary>A role as people call it: the stored "revisor" is a granskare here, since a revisor is an elected office.</summary>
    public static string Role(string role) => role.ToLowerInvariant() switch
    {
        "revisor" => "granskare",
        "admin" => "administratör",
        "kommunikator" => "kommunikatör",
        "connector" => "anslutning",
        var other => other,
    };
}
