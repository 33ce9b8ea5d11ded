using System.Globalization;
using ArchiveService.Features.PageParts;

namespace ArchiveService.Features.Clocks;

/// <summary>
/// When an authority's office is open, in Europe/Stockholm: the hours of a weekday, and when it closes on half days. Pure: time is counted in what was lived,
/// so an office that is open over the change to summer time loses an hour.
/// </summary>
/// <param name="HalfDayCloses">Null where half days are whole ones.</param>
public sealed record WorkingHours(TimeOnly Opens, TimeOnly Closes, TimeOnly? HalfDayCloses)
{
    public static WorkingHours Usual { get; } = new(new(8, 0), new(16, 30), null);

    /// <summary>"08:00-16:30", and "12:00" or "whole" for the half days; null for anything else.</summary>
    public static WorkingHours? Parse(string hours, string halfDays)
    {
        if (hours.Split('-') is not [var opens, var closes] || Time(opens) is not { } from || Time(closes) is not { } to || from >= to) return null;
        if (halfDays == "whole") return new(from, to, null);
        return Time(halfDays) is { } half && half > from && half <= to ? new(from, to, half) : null;
    }

    /// <summary>The open hours of a day; null when it is closed.</summary>
    public (DateTimeOffset From, DateTimeOffset To)? On(DateOnly day) => SwedishCalendar.IsWeekday(day)
        ? (Swedish.At(day, Opens), Swedish.At(day, HalfDayCloses is { } half && SwedishCalendar.HalfDay(day) is not null ? half : Closes))
        : null;

    /// <summary>The first open moment, then or after.</summary>
    public DateTimeOffset Start(DateTimeOffset at)
    {
        for (var day = Swedish.Day(at); ; day = day.AddDays(1))
        {
            if (On(day) is not { } open || open.To <= at) continue;
            return open.From > at ? open.From : at;
        }
    }

    /// <summary>When the office closes that day, or the next one that it is open.</summary>
    public DateTimeOffset Close(DateOnly day)
    {
        for (; ; day = day.AddDays(1))
        {
            if (On(day) is { } open) return open.To;
        }
    }

    /// <summary>How long the office was open between the two.</summary>
    public TimeSpan Between(DateTimeOffset from, DateTimeOffset to)
    {
        var worked = TimeSpan.Zero;
        for (var day = Swedish.Day(from); from < to && day <= Swedish.Day(to); day = day.AddDays(1))
        {
            if (On(day) is not { } open) continue;
            var (begins, ends) = (open.From > from ? open.From : from, open.To < to ? open.To : to);
            if (begins < ends) worked += ends - begins;
        }

        return worked;
    }

    /// <summary>When the office has been open for so long after the moment; the moment itself for none.</summary>
    public DateTimeOffset After(DateTimeOffset from, TimeSpan open)
    {
        if (open <= TimeSpan.Zero) return from;
        for (var at = Start(from); ; at = Start(at))
        {
            var left = On(Swedish.Day(at))!.Value.To - at;
            if (open <= left) return at + open;
            (open, at) = (open - left, at + left);
        }
    }

    public string InSwedish => $"{Written(Opens)}–{Written(Closes)}{(HalfDayCloses is { } half ? $", {Written(half)} på halvdagar" : "")}";

    private static string Written(TimeOnly time) => time.ToString("HH'.'mm", CultureInfo.InvariantCulture);

    private static TimeOnly? Time(string text) => TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;
}
