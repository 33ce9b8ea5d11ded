using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Deliveries;

public sealed class IntakeModel(Databases databases, Secrecy.ProtectedDeliveries walled, InboxBell bell) : PageModel
{
    public IReadOnlyList<IntakeChannel> Channels { get; private set; } = [];

    public IReadOnlyList<DeadLetters.Waiting> Inbox { get; private set; } = [];

    public IReadOnlyList<Quarantined> Quarantine { get; private set; } = [];

    public IReadOnlyList<Discarded> Discarded { get; private set; } = [];

    /// <summary>Deliveries and quarantine belong to no authority before they are read, so only these see them.</summary>
    public bool SeesInbox { get; private set; }

    public bool MayRetry { get; private set; }

    public int Dead => Inbox.Count(waiting => waiting.Dead);

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (!caller.MayAnywhere(Role.Admin, Role.Kommunikator, Role.Moderator, Role.Registrator)) return Forbid();
        Channels = [.. (await IntakeView.Channels(databases, ct)).Where(channel => caller.IsStaffOf(channel.Authority))];
        SeesInbox = DeadLetters.MayList(caller);
        MayRetry = DeadLetters.MayRetry(caller);
        if (SeesInbox)
        {
            Inbox = await DeadLetters.List(databases, walled, caller, ct);
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
        if (await walled.IsHidden(id, HttpContext.Caller(), ct)) return NotFound();
        TempData.Tell(await DeadLetters.Retry(id, databases, bell, ct)
            ? Notice.Done("Leveransen läses in igen", "Ladda om sidan om en stund för att se hur det gick.")
            : Notice.Info("Leveransen väntar inte längre", "Den har redan lästs in."));
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

    /// <summary>What stands in the inbox as a code, and what can be done about it.</summary>
    public static string Problem(string? codes) => codes is null ? "–" : Swedish.Sentence(string.Join("; ", codes.Split(", ").Select(code => code switch
    {
        "channel-unknown" => "kontot finns inte i kanalförteckningen – för in kanalen och försök igen",
        "broken-json" or "not-an-object" or "wrong-type" => "innehållet går inte att läsa",
        "delivery-destroyed" => "leveransen är gallrad",
        "platform-unknown" => "plattformen är okänd",
        "attachment-store-unavailable" => "bilagelagret gick inte att nå",
        _ => $"tekniskt fel ({code})",
    })));

    public static string Reason(string code) => code switch
    {
        "signature-missing" => "signatur saknas",
        "signature-wrong" => "signaturen stämmer inte",
        _ => code,
    };

    public static Mark State(DeadLetters.Waiting waiting) =>
        waiting.Dead ? Marks.Failed("Behöver åtgärd") : waiting.Attempts > 0 ? Marks.Attention($"Försöker igen ({Swedish.Number(waiting.Attempts)})") : Marks.Waiting("Väntar");

    public static Mark State(IntakeChannel channel) =>
        channel.ClosedAt is not null ? new(Icon.Stop, "Avslutad", Tone.Gone)
        : channel.AccessLostAt is { } lost && !(channel.LastCapture > lost) ? Marks.Failed("Åtkomsten har upphört")
        : channel.LastCapture is null ? Marks.Attention("Inget har kommit in") : Marks.Done("Fångar");
}
