using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Snapshots;

/// <summary>/kanaler/{id}/ogonblicksbilder: what is kept of how the channel looked, what is due, and orders besides the schedule.</summary>
public sealed class ChannelSnapshotsModel(ChannelRegister channels, AuthorityRegister authorities, SnapshotRegister register, SnapshotCalendar calendar, OrderSnapshotHandler orders, Secrecy.ProtectedIdentities identities) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public string? Occasion { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    [BindProperty]
    public DateOnly? DueOn { get; set; }

    public DueSnapshot Due { get; private set; } = null!;

    public IReadOnlyList<SnapshotRow> Snapshots { get; private set; } = [];

    public IReadOnlyList<Choice> Occasions { get; private set; } = [];

    public bool MayTake { get; private set; }

    /// <summary>For the cleared: somebody with a protected identity has written in the channel.</summary>
    public bool ToExamine { get; private set; }

    public bool MayOrder { get; private set; }

    public Mark Standing => CalendarModel.Standing(Due, calendar.Today);

    public FactList Facts => new(
    [
        new("Riktlinjen", CalendarModel.Rule(Due)),
        new("Senast", Due.Last is { } last ? Swedish.Date(last) : "aldrig"),
        new("Nästa", Due.DueOn is { } next ? Swedish.Date(next) : "ingen dag är bestämd"),
    ]);

    public static string Shows(SnapshotRow snapshot) => (snapshot.CoversContent, snapshot.CoversLayout) switch
    {
        (true, true) => "innehåll och layout",
        (true, false) => "innehåll",
        _ => "layout",
    };

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct);

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        if (!ModelState.IsValid) return await Show(ct);
        var (_, outcome) = await orders.Order(Id, new(Occasion, Reason, DueOn), HttpContext.Caller(), ct);
        if (outcome is not Outcome.Refused { Why: var why })
        {
            TempData.Tell(Notice.Done("Ögonblicksbilden är begärd", "Den syns i kalendern tills någon har sparat den."));
            return LocalRedirect($"/kanaler/{Id:D}/ogonblicksbilder");
        }

        if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
        ModelState.AddModelError(why.Code switch { "occasion-unknown" => nameof(Occasion), "reason-missing" => nameof(Reason), "due-passed" => nameof(DueOn), _ => "" }, why.Explanation);
        return await Show(ct);
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await channels.Find(Id, ct) is not { } channel || (await calendar.Of(caller, ct)).FirstOrDefault(d => d.Channel == Id) is not { } due) return NotFound();
        Due = due;
        Snapshots = await register.Of(Id, caller.MayReadSecret(channel.Authority), caller.MayAssess(channel.Authority), ct);
        ToExamine = caller.May(channel.Authority, Secrecy.Protections.Lifters) && await identities.InChannel(Id, channel.Authority, caller, ct);
        MayTake = channel.ClosedAt is null && caller.May(channel.Authority, SnapshotCalendar.Takers);
        MayOrder = channel.ClosedAt is null && caller.May(channel.Authority, OrderSnapshotHandler.Orderers);
        var asked = SnapshotDuty.Extra((await authorities.Find(channel.Authority, ct))!.Policy);
        Occasions = [.. TakeSnapshot.Occasions.Where(o => o.Occasion != Features.Snapshots.Occasion.Scheduled).OrderByDescending(o => asked.Contains(o.Occasion)).Select(o => new Choice(o.Word, o.Said))];
        return Page();
    }
}
