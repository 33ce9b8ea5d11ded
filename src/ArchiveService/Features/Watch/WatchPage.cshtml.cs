using ArchiveService.Access;
using ArchiveService.Features.Answering;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Clocks;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Watch;

/// <param name="Off">Why it is a day off, when it is.</param>
/// <param name="Kept">By whom; empty where assessments show it; null when nobody is known to have looked.</param>
public sealed record WatchDay(DateOnly Day, string? Off, bool Required, string Who, bool LeftAlone, string? Kept);

/// <summary>/kanaler/{id}/bemanning: who watches which days, who stands in, and the days nobody looked.</summary>
public sealed class WatchPageModel(WatchRegister register, WatchHandler handler) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public DateOnly? Day { get; set; }

    [BindProperty]
    public int? IntervalHours { get; set; }

    [BindProperty]
    public List<DayOfWeek> PlanDays { get; set; } = [];

    [BindProperty]
    public Guid? Person { get; set; }

    [BindProperty]
    public DateOnly? From { get; set; }

    [BindProperty]
    public DateOnly? Until { get; set; }

    [BindProperty]
    public List<DayOfWeek> Days { get; set; } = [];

    [BindProperty]
    public Guid? Away { get; set; }

    [BindProperty]
    public DateOnly? AwayFrom { get; set; }

    [BindProperty]
    public DateOnly? AwayUntil { get; set; }

    [BindProperty]
    public Guid? Substitute { get; set; }

    public WatchedChannel Channel { get; private set; } = null!;

    public WatchStanding Standing { get; private set; } = null!;

    public Rota Rota { get; private set; } = null!;

    public IReadOnlyList<WatchDay> Gone { get; private set; } = [];

    public IReadOnlyList<WatchDay> Coming { get; private set; } = [];

    public IReadOnlyDictionary<Guid, string> Names { get; private set; } = new Dictionary<Guid, string>();

    public IReadOnlyList<Choice> Watchers { get; private set; } = [];

    public IReadOnlyList<Choice> OnRota { get; private set; } = [];

    /// <summary>Of an act that has no field.</summary>
    public string? Refused { get; private set; }

    public bool MayArrange { get; private set; }

    public bool MayKeep { get; private set; }

    public static IReadOnlyList<Choice> Week { get; } = [.. RotaDays.Week.Select(d => new Choice(d.ToString(), Swedish.Sentence(RotaDays.InSwedish(d))))];

    public string ChannelName => QueuePageModel.Name(Channel.Platform, Channel.Handle);

    public string Rule => Channel.Clocks switch
    {
        { Daily: true } => $"Någon ser över kanalen varje dag, även lördagar, söndagar och helgdagar ({Channel.Clocks.ReviewRequirement}).",
        { Plan.Days.Count: > 0 } clocks => $"Enligt kanalens plan: {DaysInSwedish(clocks.Plan.Days)} (T-21).",
        _ => $"Vardagar. Riktlinjen säger inte vilka dagar ({Channel.Clocks.ReviewRequirement}); en plan kan ange andra.",
    };

    public string Interval => Channel.Clocks.Review is { } clock
        ? $"Det som kommit in ska vara genomgånget {clock.InSwedish}."
        : "Riktlinjen hänvisar till kanalens plan, och den anger ingen tid. Då mäts ingen.";

    public static string DaysInSwedish(IReadOnlyList<DayOfWeek> days) => days.Count == 7 ? "alla dagar" : string.Join(", ", days.Select(RotaDays.InSwedish));

    /// <summary>What the start page says of a channel's watch.</summary>
    public static string Reminder(WatchStanding standing)
    {
        List<string> said = [];
        if (standing.Unwatched.Count > 0) said.Add($"{Swedish.Count(standing.Unwatched.Count, "dag", "dagar")} utan genomgång, senast {Swedish.Date(standing.Unwatched[0])}");
        if (standing.ProposesClosing) said.Add($"ingen ersättare från {Swedish.Date(standing.LeftAlone[0])}");
        else if (standing.NoRota) said.Add("ingen bemanning är lagd");
        else if (standing.Unstaffed.Count > 0) said.Add($"obemannad {Swedish.Date(standing.Unstaffed[0])}{(standing.Unstaffed.Count > 1 ? $" och {Swedish.Count(standing.Unstaffed.Count - 1, "dag", "dagar")} till" : "")}");
        return string.Join("; ", said);
    }

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Load(ct) ? Page() : NotFound();

    public Task<IActionResult> OnPostKeep(CancellationToken ct) => Do(() => handler.Keep(Id, new(Day), HttpContext.Caller(), ct), "Dagen är markerad som genomgången", nameof(Day), ct);

    public Task<IActionResult> OnPostPlan(CancellationToken ct) => Do(() => handler.Plan(Id, new(IntervalHours, PlanDays), HttpContext.Caller(), ct), "Planens uppsikt är sparad", nameof(IntervalHours), ct);

    public Task<IActionResult> OnPostRota(CancellationToken ct) => Do(() => handler.Enter(Id, new(Person ?? default, From ?? register.Today, Until, Days), HttpContext.Caller(), ct), "Bemanningen är sparad", nameof(Person), ct);

    public Task<IActionResult> OnPostEnd(Guid entry, CancellationToken ct) => Do(() => handler.End(Id, entry, new(null), HttpContext.Caller(), ct), "Raden är avslutad", "", ct);

    public Task<IActionResult> OnPostAbsence(CancellationToken ct)
    {
        if (AwayFrom is null || AwayUntil is null) return Refuse("AwayFrom", "Ange första och sista dagen.", ct);
        return Do(() => handler.Absent(Id, new(Away ?? default, AwayFrom.Value, AwayUntil.Value, Substitute), HttpContext.Caller(), ct), "Frånvaron är antecknad", nameof(Away), ct);
    }

    public Task<IActionResult> OnPostWithdraw(Guid absence, CancellationToken ct) => Do(() => handler.Withdraw(Id, absence, HttpContext.Caller(), ct), "Frånvaron är borttagen", "", ct);

    private async Task<IActionResult> Do(Func<Task<Outcome>> act, string done, string field, CancellationToken ct)
    {
        if (!ModelState.IsValid) return await Load(ct) ? Page() : NotFound();
        if (await act() is not Outcome.Refused { Why: var why })
        {
            TempData.Tell(Notice.Done(done));
            return LocalRedirect($"/kanaler/{Id:D}/bemanning");
        }

        if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
        if (why.Code == "channel-unknown") return NotFound();
        return await Refuse(why.Code switch { "days-missing" => nameof(Days), "period" when field == nameof(Person) => nameof(Until), "period" => nameof(AwayUntil), "substitute-self" => nameof(Substitute), _ => field }, why.Explanation, ct);
    }

    private async Task<IActionResult> Refuse(string field, string explanation, CancellationToken ct)
    {
        if (!await Load(ct)) return NotFound();
        if (field.Length == 0) Refused = explanation;
        else ModelState.AddModelError(field, explanation);
        return Page();
    }

    private async Task<bool> Load(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await register.Find(Id, ct) is not { } channel || !caller.IsStaffOf(channel.AuthorityId)) return false;
        Channel = channel;
        MayArrange = channel.ClosedAt is null && WatchHandler.MayArrange(caller, channel.AuthorityId);
        MayKeep = channel.ClosedAt is null && WatchHandler.MayKeep(caller, channel.AuthorityId);
        var today = register.Today;
        Rota = (await register.Rotas([Id], ct))[Id];
        var watched = (await register.WatchedDays([Id], today.AddDays(-31), ct))[Id];
        Standing = WatchStanding.Of(channel, Rota, watched.Select(w => w.Day).ToHashSet(), Swedish.Day(channel.RegisteredAt), today);
        Names = await register.Names([.. Rota.Entries.Select(e => e.Person), .. Rota.Absences.SelectMany(a => new[] { a.Person, a.Substitute ?? a.Person }), .. watched.Select(w => w.Person).OfType<Guid>()], ct);
        Watchers = [new("", "Välj"), .. (await register.Watchers(channel.AuthorityId, ct)).Select(w => new Choice(w.Id.ToString("D"), w.Name))];
        OnRota = [new("", "Välj"), .. Rota.Entries.Where(e => !(e.Until < today)).Select(e => e.Person).Distinct().Select(p => new Choice(p.ToString("D"), Name(p)))];
        WatchDay Of(DateOnly day) => new(
            day, SwedishCalendar.Holiday(day) ?? SwedishCalendar.Eve(day), channel.Clocks.IsWatchDay(day), string.Join(", ", Rota.WatchersOn(day).Select(Name)), Rota.LeftAlone(day),
            watched.Any(w => w.Day == day) ? string.Join(", ", watched.Where(w => w.Day == day).Select(w => w.Person).OfType<Guid>().Distinct().Select(Name)) : null);
        var first = Swedish.Day(channel.RegisteredAt) is var registered && registered > today.AddDays(-14) ? registered : today.AddDays(-14);
        Gone = [.. Enumerable.Range(0, today.DayNumber - first.DayNumber + 1).Select(n => Of(today.AddDays(-n)))];
        Coming = [.. Enumerable.Range(1, 14).Select(n => Of(today.AddDays(n)))];
        if (Request.Method == HttpMethods.Get)
        {
            (IntervalHours, PlanDays) = (channel.Clocks.Plan.IntervalHours, [.. channel.Clocks.Plan.Days]);
            (Day, From) = (today, today);
        }

        return true;
    }

    public string Name(Guid person) => Names.GetValueOrDefault(person, "Okänd");

    public static string Said(DateOnly day) => $"{Swedish.Sentence(RotaDays.InSwedish(day.DayOfWeek))} {Swedish.Date(day)}";
}
