using System.Globalization;
using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Replay;

/// <summary>/granskning/{konto|kanal|handling|person}/{id}: the time line, how it was at an instant, and two instants beside each other.</summary>
public abstract class ReplayPage(ReplayOf of, Replays replays, RecordViews records, ReadReasons reasons) : PageModel
{
    public const string Instant = "tidpunkt";
    public const string Comparing = "jamfor";
    public const string Knowing = "kunskap";

    public ReplayOf Of { get; } = of;

    public Guid Id { get; private set; }

    public string View { get; private set; } = "";

    public ReplaySubject? Subject { get; private set; }

    public ReplayTimelinePage? Timeline { get; private set; }

    public ReplayState? State { get; private set; }

    public ReplayComparison? Compared { get; private set; }

    public string? Wrong { get; private set; }

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken ct)
    {
        Id = id;
        View = Request.Query["visa"].ToString() is Instant or Comparing or Knowing ? Request.Query["visa"].ToString() : "";
        var caller = HttpContext.Caller();
        if (Of == ReplayOf.Record && await MustSayWhy(caller, ct)) return Redirect($"/handlingar/{Id:D}");
        Refusal? refused;
        switch (View)
        {
            case Instant:
                (Subject, State, refused) = await replays.State(Of, id, Request, caller, ct);
                break;
            case Comparing or Knowing:
                (Subject, Compared, refused) = await replays.Compare(Of, id, Request, caller, ct);
                break;
            default:
                (Subject, Timeline, refused) = await replays.Timeline(Of, id, Request, caller, ct);
                break;
        }

        if (refused is null) return Page();
        if (refused.Status == StatusCodes.Status404NotFound) return NotFound();
        if (refused.Status == StatusCodes.Status403Forbidden) return Forbid();
        (Wrong, Response.StatusCode) = (refused.Explanation, refused.Status);
        return Page();
    }

    /// <summary>A secret record is opened with a reason, on its own page.</summary>
    private async Task<bool> MustSayWhy(Caller caller, CancellationToken ct) =>
        await RecordViews.Find(records.Sight(caller), Id, ct) is { Wall: "secret" } && !await reasons.Given(caller.PersonId, Id, ct);

    public string Heading => Subject?.Title ?? ReplayWords.Kind(Of);

    public string Address => ReplayWords.Page(Of, Id);

    public Vouched? Checkpoint => Timeline?.Checkpoint ?? State?.Checkpoint ?? Compared?.Checkpoint;

    public DateTimeOffset KnownAt => Timeline?.KnownAt ?? State?.KnownAt ?? Compared?.KnownAt ?? replays.Now;

    public string Asked(string name) => Request.Query[name].ToString();

    public bool IsAsked(string name) => Request.Query.ContainsKey(name);

    public Tabs Tabs => new("Återspelningens delar",
    [
        new("Tidslinje", Address, Current: View.Length == 0),
        new("Vid en tidpunkt", $"{Address}?visa={Instant}", Current: View == Instant),
        new("Jämför", $"{Address}?visa={Comparing}", Current: View == Comparing),
        new("Vad vi visste", $"{Address}?visa={Knowing}", Current: View == Knowing),
    ]);

    /// <summary>As a date field takes it, in Swedish time.</summary>
    public static string Field(DateTimeOffset at) => Swedish.Local(at).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);

    public string ExportHref(string file) =>
        $"/api/v1/replay/{ReplayWords.Noun(Of)}/{Id:D}/{file}?at={Uri.EscapeDataString(State!.At.UtcDateTime.ToString("O", CultureInfo.InvariantCulture))}&knownAt={Uri.EscapeDataString(State.KnownAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture))}";

    public Pager Paging(string? next, string older) => new(Request.Query.ContainsKey("cursor") ? Request.Without("cursor") : null, next is { } cursor ? Request.With("cursor", cursor) : null)
    {
        PreviousText = "Nyaste",
        NextText = older,
        Label = "Bläddra",
    };

    public Timeline Line => new([.. Timeline!.Items.Select(Item)]);

    private TimelineItem Item(ReplayEvent e)
    {
        List<string> facts = [];
        if (e.Grounds.Count > 0) facts.Add($"Grund: {string.Join(", ", e.Grounds.Select(RecordViewWords.Ground))}.");
        if (e.LegalReference is not null) facts.Add($"Lagrum: {e.LegalReference}.");
        if (e.Emergency == true) facts.Add("Nödåtgärd.");
        if (e.Destroyed) facts.Add("Innehållet är gallrat.");
        if (e.Access == "secret" && Of != ReplayOf.Record) facts.Add("Sekretess: öppna handlingen för att läsa. Läsningen antecknas.");
        if (e.Access == "unassessed" && Of != ReplayOf.Record) facts.Add("Obedömd: öppna handlingen för att läsa. Läsningen antecknas.");
        if (e.RecordedAt - e.ValidAt > TimeSpan.FromSeconds(1)) facts.Add($"Känt här {Swedish.DateAndClock(e.RecordedAt)}.");
        var icon = e.Record is null ? ReplayWords.Of(e.Type).Icon : IconOf(e.Type);
        return new(e.ValidAt, icon, e.Title, e.ActedBy is null or "authority" ? e.ActorName : RecordViewWords.By(e.ActedBy))
        {
            Facts = facts,
            Reason = e.Motivation ?? e.Text ?? e.Note,
            Href = e.Record is { } record && Of != ReplayOf.Record ? ReplayWords.Page(ReplayOf.Record, record) : e.Account is { } account && Of is ReplayOf.Channel or ReplayOf.Person ? ReplayWords.Page(ReplayOf.Account, account) : null,
        };
    }

    private static Icon IconOf(string type) => type switch
    {
        "item_captured" => Icon.Incoming,
        "item_edited" => Icon.Pen,
        "item_hidden" => Icon.Hidden,
        "item_unpublished" => Icon.Unpublished,
        "item_deleted_from_channel" => Icon.Deleted,
        "item_restored" => Icon.Visible,
        "item_disposed" => Icon.Destroyed,
        "record_registered" => Icon.Registered,
        "record_opened" => Icon.Eye,
        "secrecy_marked" or "secrecy_reviewed" or "secrecy_lifted" => Icon.Lock,
        "attachment_stored" => Icon.File,
        _ => Icon.Info,
    };

    public KeyFigures? Figures => State?.Counts is { } counts
        ? new(
        [
            new("Synliga", Count(counts.Visible)), new("Dolda", Count(counts.Hidden)), new("Avpublicerade", Count(counts.Unpublished)), new("Raderade", Count(counts.Deleted)),
        ])
        : null;

    private string Count(int of) => (State!.Counts!.Relation == "atLeast" ? "minst " : "") + Swedish.Number(of);

    public static string? Absence(StandingItem item) =>
        item.Destroyed is { } gone ? $"Gallrad {Swedish.Date(gone.At)}." : item.Access != "open" ? "Öppna handlingen för att läsa den. Läsningen antecknas." : string.IsNullOrEmpty(item.Text) ? "Ingen text var känd." : null;
}

public sealed class AccountReplayPage(Replays replays, RecordViews records, ReadReasons reasons) : ReplayPage(ReplayOf.Account, replays, records, reasons);

public sealed class ChannelReplayPage(Replays replays, RecordViews records, ReadReasons reasons) : ReplayPage(ReplayOf.Channel, replays, records, reasons);

public sealed class RecordReplayPage(Replays replays, RecordViews records, ReadReasons reasons) : ReplayPage(ReplayOf.Record, replays, records, reasons);

public sealed class PersonReplayPage(Replays replays, RecordViews records, ReadReasons reasons) : ReplayPage(ReplayOf.Person, replays, records, reasons);
