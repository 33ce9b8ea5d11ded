using System.Globalization;
using System.Text.Json;

namespace ArchiveService.Capture.Json;

/// <summary>Times as platforms write them; all answers are UTC.</summary>
internal static class PlatformTime
{
    private const long LastSecond = 253_402_300_799;

    /// <summary>ISO 8601 with a date and a time, also with the offset written without a colon; null when it is something else.</summary>
    public static DateTimeOffset? Iso(string written) =>
        written.Length >= 16 && char.IsAsciiDigit(written[0]) && written[4] == '-' && written[7] == '-' && written[10] is 'T' or 't' or ' '
        && DateTimeOffset.TryParse(written, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : null;

    public static bool SaysItsZone(string written) =>
        written.EndsWith('Z') || written.EndsWith('z') || written.AsSpan(10).ContainsAny('+', '-');

    public static bool IsPossible(DateTimeOffset time, DateTimeOffset now) =>
        time >= CaptureLimits.EarliestTime && time - now <= CaptureLimits.LatestAhead;

    /// <summary>Ten digits are seconds and thirteen milliseconds; anything else counts as seconds and is remarked on.</summary>
    public static DateTimeOffset? Read(JsonElement? value, DateTimeOffset? now, Remarks remarks)
    {
        if (value is not { } given) return null;
        var written = JsonFields.IdOf(given);
        var time = written is null ? null : Number(written, remarks) ?? Iso(written);
        if (time is null || (now is { } at && !IsPossible(time.Value, at))) remarks.Flag(ActFlags.SuspiciousTime);
        return time;
    }

    private static DateTimeOffset? Number(string written, Remarks remarks)
    {
        if (!long.TryParse(written, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return null;
        switch (written.Length)
        {
            case 13 when number > 0:
                return DateTimeOffset.FromUnixTimeMilliseconds(number);
            case 10 when number > 0:
                return DateTimeOffset.FromUnixTimeSeconds(number);
            default:
                remarks.Flag(ActFlags.SuspiciousTime);
                return number is >= 0 and <= LastSecond ? DateTimeOffset.FromUnixTimeSeconds(number) : null;
        }
    }
}
