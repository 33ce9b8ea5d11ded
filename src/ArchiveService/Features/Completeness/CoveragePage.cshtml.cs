using System.Globalization;
using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Sources;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Completeness;

public static class CoverageWords
{
    public static string Short(Coverage coverage) => coverage switch
    {
        Coverage.Observed => "sedd",
        Coverage.Inferred => "hämtad",
        Coverage.Gap => "lucka",
        _ => "tveksam",
    };

    public static string Why(ChannelDay day) => day.Coverage == Coverage.Untrusted ? "Perioden är markerad som att den inte går att lita på." : day.Reason switch
    {
        "no-source" => "Kanalen hade ingen källa, och ingen har sagt att allt är skickat.",
        "source-stopped" => "Källan stod stilla.",
        "stream-broken" => "Strömmen bröts, och det som hände då har inte hämtats.",
        "token-lost" => "Plattformen tog inte emot åtkomstnyckeln.",
        "not-subscribed" => "Plattformen skickade inte: en prenumeration saknades.",
        "not-asked" => "Källan har inte hunnit fråga, eller fick inget svar.",
        var other => other ?? "",
    };

    public static string HowLong(TimeSpan missing) => missing >= TimeSpan.FromHours(23) ? "hela dagen" : missing >= TimeSpan.FromHours(1) ? $"{(int)missing.TotalHours} h {missing.Minutes} min" : $"{Math.Max(1, (int)missing.TotalMinutes)} min";

    public static string Outcome(string code) => code == "ok" ? "genomläst" : code == "too-long" ? "för lång för att läsas på en gång" : SourceWords.Outcome(code);
}

public sealed record CalendarDay(DateOnly? Day, ChannelDay? Known);

public sealed record CalendarWeek(int Number, IReadOnlyList<CalendarDay> Days)
{
    /// <summary>The weeks that a month touches, Monday first; days of other months are empty.</summary>
    public static IReadOnlyList<CalendarWeek> Of(DateOnly month, IReadOnlyDictionary<DateOnly, ChannelDay> known)
    {
        var first = new DateOnly(month.Year, month.Month, 1);
        var weeks = new List<CalendarWeek>();
        for (var monday = first.AddDays(-(((int)first.DayOfWeek + 6) % 7)); monday < first.AddMonths(1); monday = monday.AddDays(7))
        {
            weeks.Add(new(ISOWeek.GetWeekOfYear(monday.ToDateTime(TimeOnly.MinValue)),
                [.. Enumerable.Range(0, 7).Select(n => monday.AddDays(n)).Select(day => day.Month == first.Month ? new CalendarDay(day, known.GetValueOrDefault(day)) : new CalendarDay(null, null))]));
        }

        return weeks;
    }
}

/// <summary>/kanaler/{id}/tackning: the ledger of how whole each day is, as a calendar.</summary>
public sealed class CoveragePageModel(
    ChannelRegister channels, SourceRegister sources, CompletenessRegister register, CloseDays closing, ComparePlatform compare, PeriodHandler periods) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Month { get; set; }

    [BindProperty]
    public string? From { get; set; }

    [BindProperty]
    public string? Until { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    [BindProperty]
    public Guid? Again { get; set; }

    [BindProperty]
    public string? TrustReason { get; set; }

    public string Title { get; private set; } = "";

    public string Period { get; private set; } = "";

    public IReadOnlyList<CalendarWeek> Weeks { get; private set; } = [];

    public IReadOnlyList<ChannelDay> Gaps { get; private set; } = [];

    public IReadOnlyList<UntrustedPeriod> Untrusted { get; private set; } = [];

    public IReadOnlyList<Compared> Comparisons { get; private set; } = [];

    public SilentChannel? Silent { get; private set; }

    public FactList Facts { get; private set; } = new([]);

    public bool MayMark { get; private set; }

    public bool MayCompare { get; private set; }

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct);

    public async Task<IActionResult> OnPostMark(CancellationToken ct)
    {
        if (At(From, nameof(From)) is not { } from) return await Show(ct);
        var until = string.IsNullOrWhiteSpace(Until) ? null : At(Until, nameof(Until));
        if (!ModelState.IsValid) return await Show(ct);
        var (_, outcome) = await periods.Mark(Id, new(from, until, Reason), HttpContext.Caller(), ct);
        return await Answer(outcome, "Perioden är markerad", nameof(Reason), ct);
    }

    public async Task<IActionResult> OnPostTrust(CancellationToken ct) =>
        await Answer(await periods.Trust(Id, Again ?? Guid.Empty, new(TrustReason), HttpContext.Caller(), ct), "Markeringen är borttagen", nameof(TrustReason), ct);

    public async Task<IActionResult> OnPostCompare(CancellationToken ct)
    {
        if (await channels.Find(Id, ct) is not { } channel || !HttpContext.Caller().IsStaffOf(channel.Authority)) return NotFound();
        if (!HttpContext.Caller().May(channel.Authority, PeriodHandler.Markers)) return Forbid();
        TempData.Tell(await compare.Run(Id, ct) is { } compared ? Notice.Done("Jämförd", CoverageWords.Outcome(compared.Outcome)) : Notice.Refused(CompletenessRoutes.CannotCompare.Explanation));
        return LocalRedirect($"/kanaler/{Id:D}/tackning");
    }

    public async Task<IActionResult> OnPostClose(CancellationToken ct)
    {
        if (await channels.Find(Id, ct) is not { } channel || !HttpContext.Caller().IsStaffOf(channel.Authority)) return NotFound();
        if (!HttpContext.Caller().May(channel.Authority, PeriodHandler.Markers)) return Forbid();
        var told = await closing.Close(channel, register.Today.AddDays(-CloseDays.DaysBack), register.Today.AddDays(-1), ct);
        TempData.Tell(Notice.Done("Dagarna är omräknade", told == 0 ? "Inget hade ändrats." : Swedish.Count(told, "dag fick nytt besked.", "dagar fick nytt besked.")));
        return LocalRedirect($"/kanaler/{Id:D}/tackning");
    }

    private DateTimeOffset? At(string? written, string field)
    {
        if (DateTime.TryParseExact(written?.Trim(), ["yyyy-MM-dd HH:mm", "yyyy-MM-dd"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
            return Swedish.At(DateOnly.FromDateTime(local), TimeOnly.FromDateTime(local));
        ModelState.AddModelError(field, "Skriv dag och klockslag som 2026-11-20 08:00.");
        return null;
    }

    private async Task<IActionResult> Answer(Outcome outcome, string done, string field, CancellationToken ct)
    {
        if (outcome is not Outcome.Refused { Why: var why })
        {
            TempData.Tell(Notice.Done(done));
            return LocalRedirect($"/kanaler/{Id:D}/tackning");
        }

        if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
        if (why.Status == StatusCodes.Status404NotFound) return NotFound();
        ModelState.AddModelError(why.Code switch { "reason-missing" => field, "period-from" => nameof(From), "period" => nameof(Until), _ => "" }, why.Explanation);
        return await Show(ct);
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await channels.Find(Id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return NotFound();
        if (!caller.May(channel.Authority, CompletenessRoutes.Readers)) return Forbid();
        Title = (await sources.Find(Id, caller, ct))?.Handle ?? channel.Platform;
        var month = DateOnly.TryParseExact(Month + "-01", "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var asked) ? asked : new DateOnly(register.Today.Year, register.Today.Month, 1);
        Month = month.ToString("yyyy-MM", CultureInfo.InvariantCulture);
        var days = await register.Days(Id, month, month.AddMonths(1).AddDays(-1), ct);
        Weeks = CalendarWeek.Of(month, days.ToDictionary(d => d.Day));
        Gaps = [.. days.Where(d => d.Coverage is Coverage.Gap or Coverage.Untrusted)];
        Period = $"{Swedish.MonthName(month.Month)} {month.Year}";
        Facts = new(
        [
            .. Enum.GetValues<Coverage>().Select(c => new Fact(CoverageWords.Short(c), Swedish.Count(days.Count(d => d.Coverage == c), "dag", "dagar"))),
        ]);
        Untrusted = await register.Untrusted(Id, ct);
        Comparisons = await register.Comparisons(Id, ct);
        Silent = (await register.Silent([channel.Authority], ct)).FirstOrDefault(s => s.Channel == Id);
        MayMark = channel.ClosedAt is null && caller.May(channel.Authority, PeriodHandler.Markers);
        MayCompare = MayMark && compare.Can(channel.Platform);
        return Page();
    }
}
