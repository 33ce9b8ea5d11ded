using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Deliveries;

public sealed class IntakeModel(Databases databases, Secrecy.ProtectedDeliveries walled, InboxBell bell, RawDisposal raw, Completeness.ChannelAlarms alarms) : PageModel
{
    public IReadOnlyList<IntakeChannel> Channels { get; private set; } = [];

    public IReadOnlyList<DeadLetters.Waiting> Inbox { get; private set; } = [];

    public IReadOnlyList<Quarantined> Quarantine { get; private set; } = [];

    public IReadOnlyList<Discarded> Discarded { get; private set; } = [];

    /// <summary>Deliveries and quarantine belong to no authority before they are read, so only these see them.</summary>
    public bool SeesInbox { get; private set; }

    public bool MayRetry { get; private set; }

    public IReadOnlyList<InboxCount> Counts { get; private set; } = [];

    public IReadOnlyList<WebhookAlarm> Alarms { get; private set; } = [];

    public IReadOnlyList<Completeness.ChannelAlarm> ChannelAlarms { get; private set; } = [];

    public IReadOnlyList<DisposedRawData> RawDisposals { get; private set; } = [];

    public IReadOnlyList<KeptRawData> RawKept { get; private set; } = [];

    [BindProperty(SupportsGet = true)]
    public string? Plattform { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Lage { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Hinder { get; set; }

    public long Dead => Counts.Where(count => count.State == "dead").Sum(count => count.Count);

    public long All => Counts.Sum(count => count.Count);

    public bool IsNarrowed => Plattform is { Length: > 0 } || Lage is { Length: > 0 } || Hinder is { Length: > 0 };

    /// <summary>How many are shown of how many that fit.</summary>
    public long Fitting => Counts.Where(count =>
        (Plattform is null or "" || count.Platform == Plattform) && (Lage is null or "" || count.State == Lage) && (Hinder is null or "" || count.Problem == Hinder)).Sum(count => count.Count);

    public IReadOnlyList<Choice> PlatformChoices => [new("", "Alla"), .. Counts.GroupBy(count => count.Platform).Select(group => new Choice(group.Key, $"{Platform(group.Key)} ({Swedish.Number(group.Sum(c => c.Count))})"))];

    public IReadOnlyList<Choice> StateChoices =>
        [new("", "Alla"), .. InboxFilter.States.Select(state => new Choice(state, $"{StateWord(state)} ({Swedish.Number(Counts.Where(c => c.State == state).Sum(c => c.Count))})"))];

    public IReadOnlyList<Choice> ProblemChoices =>
        [new("", "Alla"), .. Counts.Where(count => count.Problem is not null).GroupBy(count => count.Problem!).Select(group => new Choice(group.Key, $"{Problem(group.Key)} ({Swedish.Number(group.Sum(c => c.Count))})"))];

    /// <summary>What more than one delivery waits for: all of them can be read again at once.</summary>
    public IReadOnlyList<(string Problem, long Count)> Shared =>
        [.. Counts.Where(count => count is { Problem: not null, State: not "waiting" }).GroupBy(count => count.Problem!).Select(group => (group.Key, group.Sum(c => c.Count)))];

    public static string StateWord(string state) => state switch
    {
        "dead" => "Behöver åtgärd",
        "retrying" => "Försöker igen",
        _ => "Väntar",
    };

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (!caller.MayAnywhere(Role.Admin, Role.Kommunikator, Role.Moderator, Role.Registrator)) return Forbid();
        Channels = [.. (await IntakeView.Channels(databases, ct)).Where(channel => caller.IsStaffOf(channel.Authority))];
        ChannelAlarms = await alarms.Of(caller, ct);
        SeesInbox = DeadLetters.MayList(caller);
        MayRetry = DeadLetters.MayRetry(caller);
        if (SeesInbox)
        {
            Inbox = await DeadLetters.List(databases, new(Plattform, Lage, Hinder), walled, caller, ct);
            Counts = await DeadLetters.Counts(databases, ct);
            Alarms = await IntakeView.Alarms(databases, ct);
            RawDisposals = await raw.Done(caller.AuthoritiesWith(Role.Admin, Role.Kommunikator, Role.Moderator), 20, ct);
            RawKept = await raw.Kept(ct);
            Quarantine = await IntakeView.Quarantine(databases, ct);
            var discarded = await IntakeView.Discarded(databases, ct);
            var hidden = await walled.Hidden([.. discarded.Select(d => d.Id)], caller, ct);
            Discarded = [.. discarded.Where(d => !hidden.Contains(d.Id))];
        }

        return Page();
    }

    public async Task<IActionResult> OnPostRetry(Guid id, CancellationToken ct)
    {
        if (!DeadLetters.MayRetry(HttpContext.Caller())) return Forbid();
        TempData.Tell(!await walled.IsHidden(id, HttpContext.Caller(), ct) && await DeadLetters.Retry(id, databases, bell, ct)
            ? Notice.Done("Leveransen läses in igen", "Ladda om sidan om en stund för att se hur det gick.")
            : Notice.Info("Leveransen väntar inte längre", "Den har redan lästs in."));
        return LocalRedirect("/insamling");
    }

    public async Task<IActionResult> OnPostRetryAll(string? problem, CancellationToken ct)
    {
        if (!DeadLetters.MayRetry(HttpContext.Caller())) return Forbid();
        if (problem is not { Length: > 0 and <= 500 }) return BadRequest();
        var count = await DeadLetters.RetryEvery(problem, null, databases, bell, ct);
        TempData.Tell(Notice.Done($"{Swedish.Sentence(Swedish.Count(count, "leverans", "leveranser"))} läses in igen", "Ladda om sidan om en stund för att se hur det gick."));
        return LocalRedirect("/insamling");
    }

    public static string Platform(string stored) => stored switch
    {
        "x" => "X",
        "tiktok" => "TikTok",
        "linkedin" => "LinkedIn",
        "youtube" => "YouTube",
        "other" => "Annan plattform",
        _ => Swedish.Sentence(stored),
    };

    /// <summary>What stands in the inbox as a code, as a sentence.</summary>
    public static string Problem(string? codes) => codes is null ? "–" : InboxProblems.What(codes);

    public static string Reason(string code) => code switch
    {
        "signature-missing" => "signatur saknas",
        "signature-wrong" => "signaturen stämmer inte",
        "other" => "annat",
        _ => code,
    };

    public static Mark State(DeadLetters.Waiting waiting) =>
        waiting.Dead ? Marks.Failed("Behöver åtgärd") : waiting.Attempts > 0 ? Marks.Attention($"Försöker igen ({Swedish.Number(waiting.Attempts)})") : Marks.Waiting("Väntar");

    public static Mark State(IntakeChannel channel) =>
        channel.ClosedAt is not null ? new(Icon.Stop, "Avslutad", Tone.Gone)
        : channel.AccessLostAt is { } lost && !(channel.LastCapture > lost) ? Marks.Failed("Åtkomsten har upphört")
        : channel.LastCapture is null ? Marks.Attention("Inget har kommit in") : Marks.Done("Fångar");
}
