using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Deliveries;

/// <summary>/insamling/{id}: one delivery, to read in again or to discard.</summary>
public sealed class DeliveryModel(DeliveryView view, DiscardDeliveryHandler discard, Databases databases, Secrecy.ProtectedDeliveries hidden, InboxBell bell) : PageModel
{
    public static IReadOnlyList<Choice> Reasons { get; } = [.. DiscardDelivery.Reasons.Select(r => new Choice(r.Key, Swedish.Sentence(r.Value)))];

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    public DeliveryDetails Delivery { get; private set; } = null!;

    public bool MayDecide { get; private set; }

    public Mark State => Delivery.Standing switch
    {
        DeliveryStanding.Dead => Marks.Failed("Behöver åtgärd"),
        DeliveryStanding.Waiting => Marks.Waiting("Väntar på inläsning"),
        DeliveryStanding.Discarded => new(Icon.Struck, "Avskriven", Tone.Gone),
        DeliveryStanding.Destroyed => Marks.Destroyed,
        _ => Marks.Done("Inläst"),
    };

    public FactList Facts => new(
    [
        new("Plattform", IntakeModel.Platform(Delivery.Platform)),
        new("Kom in", Swedish.DateAndClock(Delivery.ReceivedAt)),
        new("Sätt", Delivery.Means switch { "webhook" => "skickad av plattformen", "import" => "inläst fil", _ => Delivery.Means }),
        new("Storlek", Swedish.Bytes(Delivery.Bytes)),
        .. Delivery.Accounts.Count > 0 ? [new Fact("Konto", string.Join(", ", Delivery.Accounts))] : Array.Empty<Fact>(),
        .. Delivery.Problem is { } problem ? [new Fact("Hinder", IntakeModel.Problem(problem))] : Array.Empty<Fact>(),
        new("Leveransens id", Delivery.Id.ToString("D"), FactLook.Code),
    ]);

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct);

    public async Task<IActionResult> OnPostRetry(CancellationToken ct)
    {
        if (!DeadLetters.MayRetry(HttpContext.Caller())) return Forbid();
        if (await hidden.IsHidden(Id, HttpContext.Caller(), ct)) return NotFound();
        TempData.Tell(await DeadLetters.Retry(Id, databases, bell, ct)
            ? Notice.Done("Leveransen läses in igen", "Ladda om sidan om en stund för att se hur det gick.")
            : Notice.Info("Leveransen väntar inte längre", "Den är redan inläst."));
        return LocalRedirect($"/insamling/{Id:D}");
    }

    public async Task<IActionResult> OnPostDiscard(CancellationToken ct)
    {
        switch (await discard.Discard(Id, new(Reason, Note), HttpContext.Caller(), ct))
        {
            case Outcome.Refused { Why.Status: StatusCodes.Status403Forbidden }:
                return Forbid();
            case Outcome.Refused { Why.Status: StatusCodes.Status404NotFound }:
                return NotFound();
            case Outcome.Refused { Why: var why }:
                ModelState.AddModelError(why.Code switch { "discard-reason" => nameof(Reason), "reason-missing" => nameof(Note), _ => "" }, why.Code == "discard-reason" ? "Välj ett skäl." : why.Explanation);
                return await Show(ct);
            default:
                TempData.Tell(Notice.Done("Leveransen är avskriven", "Den ligger kvar förseglad och kan läsas in igen."));
                return LocalRedirect($"/insamling/{Id:D}");
        }
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (!DeadLetters.MayList(caller)) return Forbid();
        if (await view.Find(Id, caller, ct) is not { } found) return NotFound();
        (Delivery, MayDecide) = (found, DeadLetters.MayRetry(caller));
        return Page();
    }
}
