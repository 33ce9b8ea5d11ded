using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Answering;

/// <summary>/arbetslista: what waits in the reader's channels, and for what.</summary>
public sealed class QueuePageModel(Queue queue, RecordViewFreshness freshness) : PageModel
{
    public QueueAsked Asked { get; private set; } = new();

    public QueuePage Found { get; private set; } = new([], null);

    public IReadOnlyList<QueueCount> Channels { get; private set; } = [];

    public string? Wrong { get; private set; }

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (!caller.MayAnywhere(Queue.Readers)) return Forbid();
        // On a page the latest that can be shown is better than a refusal: the wait is bounded all the same.
        await freshness.Reach(Request, ct);
        Channels = await queue.Counts(caller, ct);
        var (asked, refused) = Queue.Parse(Request.Query);
        Wrong = refused?.Explanation;
        if (asked is not null) Found = await queue.Page(Asked = asked, caller, ct);
        return Page();
    }

    public Tabs States()
    {
        var counted = Channels.Where(c => Asked.Channel is null || c.Channel == Asked.Channel).ToList();
        Tab Of(string text, QueueState state, long? count) => new(text, Address(state), count, Current: Asked.State == state);
        return new("Vad som väntar",
        [
            Of("Allt", QueueState.Open, null),
            Of("Nya", QueueState.New, counted.Sum(c => c.New)),
            Of("Obesvarade", QueueState.Unanswered, counted.Sum(c => c.Unanswered)),
            Of("Senast i dag", QueueState.Due, counted.Sum(c => c.Due)),
            Of("Försenade", QueueState.Overdue, counted.Sum(c => c.Overdue)),
        ]);
    }

    public string Address(QueueState state, Guid? channel) => "/arbetslista" + QueryString.Create(new Dictionary<string, string?>
    {
        ["state"] = state == QueueState.Open ? null : RecordStates.Stored(state),
        ["channel"] = channel?.ToString("D"),
    }.Where(q => q.Value is not null));

    private string Address(QueueState state) => Address(state, Asked.Channel);

    public string? ChannelChosen => Channels.FirstOrDefault(c => c.Channel == Asked.Channel) is { } chosen ? Name(chosen.Platform, chosen.Handle) : null;

    public static string Name(string platform, string? handle) => $"{ChannelsModel.PlatformName(platform)}{(handle is { Length: > 0 } ? " " + handle : "")}";

    /// <summary>How many the state holds; null where nothing counts it.</summary>
    public long? Total
    {
        get
        {
            var counted = Channels.Where(c => Asked.Channel is null || c.Channel == Asked.Channel);
            return Asked.State switch
            {
                QueueState.New => counted.Sum(c => c.New),
                QueueState.Unanswered => counted.Sum(c => c.Unanswered),
                QueueState.Due when Asked.Due is null => counted.Sum(c => c.Due),
                QueueState.Overdue => counted.Sum(c => c.Overdue),
                _ => null,
            };
        }
    }

    public string Heading => Asked.State switch
    {
        QueueState.New => "Nya, som ingen har bedömt",
        QueueState.Unanswered => "Obesvarade",
        QueueState.Due => "Ska göras i dag",
        QueueState.Overdue => "Försenade",
        _ => "Allt som väntar",
    };

    public string Sender(QueueItem item) => item.Sender is { } sender ? RecordViewWords.Sender(sender.Name, sender.Handle) : "Nyss fångad";

    public static string Waits(QueueDue wait) => wait.Clock switch
    {
        QueueClock.Secrecy => "Sekretess: ska ur kanalen genast",
        QueueClock.Emergency => "Nödåtgärd att pröva",
        QueueClock.Review => "Inte genomgången",
        _ => "Inte besvarad",
    };

    /// <summary>"senast 2026-11-27" for the end of a day, with the clock where it is one.</summary>
    public static string Until(QueueDue wait) => wait switch
    {
        { Due: null } => "ingen tid angiven",
        { Clock: QueueClock.Secrecy } => "genast",
        { Due: { } due } when Swedish.Local(due).TimeOfDay == TimeSpan.Zero => $"senast {Swedish.Date(Swedish.Day(due).AddDays(-1))}",
        { Due: { } due } => $"senast {Swedish.DateAndClock(due)}",
    };

    /// <summary>The acts that take it further, the nearest first.</summary>
    public IReadOnlyList<(string Text, string Href)> Acts(QueueItem item)
    {
        var caller = HttpContext.Caller();
        var acts = new List<(string, string)>();
        var code = Channels.FirstOrDefault(c => c.Channel == item.Channel)?.AuthorityId;
        if (code is not { } authority) return acts;
        if (item.Waits.Any(w => w.Clock == QueueClock.Emergency) && caller.MayAssess(authority)) acts.Add(("Pröva nödåtgärden", "nodatgard"));
        if (item.IsNew && caller.MayAssess(authority)) acts.Add(("Bedöm", "bedom"));
        if (item.Waits.Any(w => w.Clock == QueueClock.Secrecy) && caller.May(authority, Role.Moderator, Role.Kommunikator)) acts.Add(("Ta ned", "ta-ned"));
        if (item.Waits.Any(w => w.Clock == QueueClock.Answer) && AnswerHandler.May(caller, authority)) acts.Add((item.ProposedReply is null ? "Besvara" : "Bekräfta svaret", "besvara"));
        return [.. acts.Select(a => (a.Item1, $"/handlingar/{item.Id:D}/{a.Item2}"))];
    }

    public Pager? Paging() => Found.Items.Count == 0 ? null : new(Asked.After is null ? null : Request.Without("cursor"), Found.Next is { } next ? Request.With("cursor", next) : null)
    {
        PreviousText = "Första sidan",
        NextText = "Nästa",
        Showing = $"Visar {Found.Items.Count}",
        Label = "Fler som väntar",
    };
}
