using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Allotments;

/// <summary>/fordelning: what nobody has been given, and what waits to be received.</summary>
public sealed class AllotmentsPageModel(AllotmentList list, AllotmentHandler handler, RecordViewFreshness freshness) : PageModel
{
    public AllotmentState State { get; private set; }

    public IReadOnlyList<AllotmentItem> Items { get; private set; } = [];

    public string? Next { get; private set; }

    /// <summary>The unit whose queue is shown; null for all.</summary>
    public string? Unit { get; private set; }

    public AllotmentCounts Counts { get; private set; } = new(0, 0, 0, 0);

    /// <summary>Those who may take on what is theirs, or what a unit has been given.</summary>
    public bool Receives => State is AllotmentState.Mine or AllotmentState.Unit;

    public string? Refused { get; private set; }

    /// <summary>How many the state holds; what is the reader's to receive includes what a unit has been given.</summary>
    public long? Total => Unit is not null ? null : State switch
    {
        AllotmentState.Unallotted => Counts.Unallotted,
        AllotmentState.Mine => Counts.Mine + Counts.Unit,
        AllotmentState.Unit => Counts.Unit,
        _ => null,
    };

    public bool MayAllot => HttpContext.Caller().MayAnywhere(Role.Registrator, Role.Chef);

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct);

    public async Task<IActionResult> OnPostReceive(Guid record, CancellationToken ct) => await Answer(await handler.Receive(record, default, HttpContext.Caller(), ct), "Handlingen är mottagen", ct);

    public async Task<IActionResult> OnPostDecline(Guid record, string? reason, CancellationToken ct) =>
        await Answer(await handler.Decline(record, new(reason), default, HttpContext.Caller(), ct), "Handlingen har gått tillbaka för att fördelas om", ct);

    public Tabs States() => new("Vad som visas",
    [
        Of("Ofördelade", AllotmentState.Unallotted, Counts.Unallotted), Of("Mina att ta emot", AllotmentState.Mine, Counts.Mine + Counts.Unit), Of("Enheternas kö", AllotmentState.Unit, Counts.Unit), Of("Väntar på mottagande", AllotmentState.Waiting, null), Of("Mottagna", AllotmentState.Received, null),
    ]);

    public static string Called(AllotmentItem item) => item.DiaryNumber is { } number ? RecordViewWords.DocumentNumber(number, item.DocumentNumber) : "Nyss registrerad";

    public Pager? Paging() => Items.Count == 0 ? null : new(Request.Query["cursor"].ToString().Length == 0 ? null : Request.Without("cursor"), Next is { } next ? Request.With("cursor", next) : null)
    {
        PreviousText = "Första sidan",
        NextText = "Nästa",
        Showing = $"Visar {Items.Count}",
        Label = "Fler i fördelningen",
    };

    private Tab Of(string text, AllotmentState state, long? count) => new(text, $"/fordelning?state={RecordStates.Stored(state)}", count, Current: State == state);

    private async Task<IActionResult> Answer(Outcome outcome, string done, CancellationToken ct)
    {
        if (outcome is Outcome.Refused { Why: var why })
        {
            if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
            if (why.Status == StatusCodes.Status404NotFound) return NotFound();
            Refused = why.Explanation;
            return await Show(ct);
        }

        TempData.Tell(Notice.Done(done));
        return LocalRedirect(Request.Query["state"].ToString() == "unit" ? "/fordelning?state=unit" : "/fordelning?state=mine");
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (caller.IsService || !caller.MayAnywhere(Role.Registrator, Role.Chef, Role.Moderator, Role.Kommunikator, Role.Arkivarie, Role.Admin, Role.Revisor)) return Forbid();
        await freshness.Reach(Request, ct);
        Counts = await list.Counts(caller, ct);
        State = StoredWord.Find<AllotmentState>(Request.Query["state"].ToString()) ?? (MayAllot ? AllotmentState.Unallotted : AllotmentState.Mine);
        Unit = State == AllotmentState.Unit && Request.Query["unit"].ToString().Trim() is { Length: > 0 } unit ? unit : null;
        var cursor = Request.Query["cursor"].ToString();
        (Items, Next) = await list.Page(new(State, null, Unit, cursor.Length > 0 ? Opening.MorningList.Cursor(cursor) : null), caller, ct);
        return Page();
    }
}
