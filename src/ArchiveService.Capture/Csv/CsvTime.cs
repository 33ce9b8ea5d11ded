using System.Globalization;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Csv;

/// <summary>Times as spreadsheets write them: mostly local, without a zone.</summary>
internal static class CsvTime
{
    public const string Unix = "unix";
    public const string UnixMilliseconds = "unix-ms";

    private static readonly string[] Local =
    [
        "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd HH:mm:ss.FFFFFFF", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", "yyyy-MM-dd",
    ];

    /// <summary>In UTC; null when it is none. What is only a day, or happened twice when the clocks went back, is flagged as uncertain.</summary>
    public static DateTimeOffset? Read(string written, CsvMapping mapping, Remarks remarks)
    {
        written = written.Trim();
        if (mapping.TimeFormats.Count == 0 && PlatformTime.Iso(written) is { } iso && PlatformTime.SaysItsZone(written)) return iso;
        foreach (var format in mapping.TimeFormats.Count == 0 ? Local : mapping.TimeFormats)
        {
            if (format is Unix or UnixMilliseconds)
            {
                if (!long.TryParse(written, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || number is < 0 or > 253_402_300_799_999) continue;
                if (format == UnixMilliseconds) return DateTimeOffset.FromUnixTimeMilliseconds(number);
                if (number <= 253_402_300_799) return DateTimeOffset.FromUnixTimeSeconds(number);
            }
            else if (format.Contains('z', StringComparison.Ordinal) || format.Contains('K', StringComparison.Ordinal))
            {
                if (DateTimeOffset.TryParseExact(written, format, CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces | DateTimeStyles.AssumeUniversal, out var told)) return told.ToUniversalTime();
            }
            else if (DateTime.TryParseExact(written, format, CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces, out var local))
            {
                return InZone(local, format, mapping.Zone, remarks);
            }
        }

        return null;
    }

    private static DateTimeOffset InZone(DateTime local, string format, TimeZoneInfo zone, Remarks remarks)
    {
        if (!format.Contains('H', StringComparison.Ordinal) && !format.Contains('h', StringComparison.Ordinal)) remarks.Flag(ActFlags.TimeUncertain);
        if (zone.IsInvalidTime(local))
        {
            remarks.Flag(ActFlags.TimeUncertain);
            local = local.AddHours(1);
        }

        // The first of the two hours: nothing is told later than it happened, so no time limit is reckoned too late.
        if (!zone.IsAmbiguousTime(local)) return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
        remarks.Flag(ActFlags.TimeUncertain);
        return new DateTimeOffset(local, zone.GetAmbiguousTimeOffsets(local).Max()).ToUniversalTime();
    }
}
