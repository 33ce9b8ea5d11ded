using System.Globalization;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Clocks;
using ArchiveService.Features.PageParts;

namespace ArchiveService.Features.Disclosures;

/// <summary>A time when the clock stood still, because only the asker could go on.</summary>
public sealed record ClockPause(PauseReason Reason, DateTimeOffset Since, DateTimeOffset? Until);

/// <summary>What a clock goes by, of one request.</summary>
/// <param name="SecrecyTest">A provision can apply to something that was found: it has to be examined.</param>
/// <param name="PlainlyOpen">Everything that was found has been examined, and no provision applies.</param>
public sealed record ClockFacts(DateTimeOffset ReceivedAt, DateTimeOffset? AnsweredAt, bool SecrecyTest, bool PlainlyOpen, IReadOnlyList<ClockPause> Pauses);

public enum PaceStanding
{
    OnTime,
    DueToday,
    Overdue,

    /// <summary>Waits for the asker.</summary>
    Paused,
    AnsweredInTime,
    AnsweredLate,
}

/// <summary>How a request stands against the demand to be quick (TF 2:15–16).</summary>
/// <param name="SameDayBy">When what is simple and open should have been given out; null where the secrecy test takes longer.</param>
/// <param name="Worked">Open hours from receipt to the answer, or until now, without the pauses.</param>
/// <param name="Left">Open hours left until it is due; none when it is late or answered.</param>
public sealed record Pace(PaceStanding Standing, DateTimeOffset Due, DateTimeOffset? SameDayBy, TimeSpan Worked, TimeSpan Left, IReadOnlyList<string> Reasons)
{
    public string InSwedish => Standing switch
    {
        PaceStanding.OnTime => "I tid",
        PaceStanding.DueToday => "Ska besvaras i dag",
        PaceStanding.Overdue => "För sen",
        PaceStanding.Paused => "Väntar på den som frågar",
        PaceStanding.AnsweredInTime => "Besvarad i tid",
        _ => "Besvarad för sent",
    };

    public bool Late => Standing is PaceStanding.Overdue or PaceStanding.AnsweredLate;

    /// <summary>Worked as "6,5", for tables.</summary>
    public string WorkedHours => Worked.TotalHours.ToString("0.#", CultureInfo.GetCultureInfo("sv-SE"));
}

/// <summary>
/// The clock of a request, in the hours the authority's office is open. What is simple and open is given out the same day; an answer comes the next weekday at
/// the latest, and later only as long as a secrecy test needs (TF 2:16; JO 2008/09 s. 538). Vacation is no excuse (JO 4209-09): it stands in no calendar here.
/// Computed when asked, never stored: a changed policy counts at once (ADR 0007).
/// </summary>
/// <param name="SameDayNeeds">How much of the day must be left when it comes in.</param>
public sealed record DisclosureClock(WorkingHours Office, Clock Latest, Clock Secrecy, TimeSpan SameDayNeeds, string Requirement)
{
    public static DisclosureClock Of(Policy policy) => new(
        WorkingHours.Parse(policy["disclosure.officeHours"], policy["disclosure.halfDayCloses"]) ?? WorkingHours.Usual,
        Clock.Parse(policy["clock.disclosure"]) ?? new Clock.Weekdays(1),
        Clock.Parse(policy["clock.disclosureSecrecy"]) ?? new Clock.Weekdays(3),
        TimeSpan.FromHours(int.TryParse(policy["disclosure.sameDayHours"], NumberStyles.None, CultureInfo.InvariantCulture, out var hours) ? hours : 4),
        policy.Of("clock.disclosure").Requirement);

    public Pace At(ClockFacts of, DateTimeOffset now)
    {
        var reasons = new List<string>();
        var until = of.AnsweredAt ?? now;
        var starts = Office.Start(of.ReceivedAt);
        if (starts > of.ReceivedAt) reasons.Add($"Kom in när kontoret var stängt: klockan går från {Swedish.DateAndClock(starts)}.");

        var pauses = of.Pauses.OrderBy(p => p.Since).Select(p => (p.Reason, p.Since, Until: Earlier(p.Until, until))).Where(p => p.Since < p.Until).ToList();
        var clock = of.SecrecyTest ? Later(Latest, Secrecy, of.ReceivedAt) : Latest;
        var due = Shifted(Closing(clock, of.ReceivedAt), pauses);
        reasons.Add(of.SecrecyTest
            ? $"Sekretess prövas: svaret ska komma {clock.InSwedish}, och längre tid får det bara ta om prövningen kräver det (TF 2 kap. 16 §)."
            : $"Svaret ska komma skyndsamt, {clock.InSwedish} (TF 2 kap. 16 §, {Requirement}).");

        DateTimeOffset? sameDay = null;
        var closes = Office.Close(Swedish.Day(starts));
        if (!of.SecrecyTest && closes - starts >= SameDayNeeds && closes <= due)
        {
            sameDay = Shifted(closes, pauses);
            reasons.Add($"Det som är enkelt och offentligt lämnas ut samma dag: {Swedish.DateAndClock(sameDay.Value)}.");
            if (of.PlainlyOpen && until > sameDay) reasons.Add("Inget i begäran är sekretess, så den borde ha besvarats samma dag.");
        }

        for (var day = Swedish.Day(of.ReceivedAt); day <= Swedish.Day(due); day = day.AddDays(1))
        {
            if ((SwedishCalendar.Holiday(day) ?? SwedishCalendar.Eve(day)) is { } off && day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday)) reasons.Add($"{Swedish.Date(day)} är {off}: kontoret är stängt.");
            else if (Office.HalfDayCloses is { } half && SwedishCalendar.HalfDay(day) is { } name) reasons.Add($"{Swedish.Date(day)} är {name}: kontoret stänger {half.ToString("HH'.'mm", CultureInfo.InvariantCulture)}.");
        }

        foreach (var (reason, since, ended) in pauses)
        {
            reasons.Add($"{(reason == PauseReason.Clarification ? "Väntade på ett förtydligande" : "Väntade på avgiften")} {Swedish.DateAndClock(since)}–{Swedish.DateAndClock(ended)}: den tiden räknas inte.");
        }

        var worked = Office.Between(of.ReceivedAt, until) - pauses.Aggregate(TimeSpan.Zero, (sum, p) => sum + Office.Between(Later(p.Since, of.ReceivedAt), p.Until));
        var standing = of.AnsweredAt is { } answered ? (answered <= due ? PaceStanding.AnsweredInTime : PaceStanding.AnsweredLate)
            : now > due ? PaceStanding.Overdue
            : of.Pauses.Any(p => p.Until is null && p.Since <= now) ? PaceStanding.Paused
            : Swedish.Day(now) == Swedish.Day(due) || (sameDay is { } by && Swedish.Day(now) == Swedish.Day(by)) ? PaceStanding.DueToday
            : PaceStanding.OnTime;
        return new(standing, due, sameDay, worked < TimeSpan.Zero ? TimeSpan.Zero : worked, of.AnsweredAt is null ? Office.Between(now, due) : TimeSpan.Zero, reasons);
    }

    /// <summary>A clock that ends with a day ends when the office closes that day; one that ends in the night ends when it opens again.</summary>
    private DateTimeOffset Closing(Clock clock, DateTimeOffset since) =>
        clock is Clock.Days or Clock.Weekdays ? Office.Close(Swedish.Day(clock.Due(since).AddTicks(-1))) : Office.Start(clock.Due(since));

    /// <summary>Moved on by what the office was open during the pauses that began before it was due: a pause mends nothing that is late already.</summary>
    private DateTimeOffset Shifted(DateTimeOffset due, IReadOnlyList<(PauseReason Reason, DateTimeOffset Since, DateTimeOffset Until)> pauses) =>
        pauses.Aggregate(due, (end, pause) => pause.Since < end ? Office.After(end, Office.Between(pause.Since, pause.Until)) : end);

    private static Clock Later(Clock one, Clock other, DateTimeOffset since) => one.Due(since) >= other.Due(since) ? one : other;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static DateTimeOffset Earlier(DateTimeOffset? one, DateTimeOffset other) => one is { } known && known < other ? known : other;
}
