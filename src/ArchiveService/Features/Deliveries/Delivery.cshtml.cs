using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Deliveries;

/// <summary>/insamling/{id}: one delivery, to read in again or to discard.</summary>
public sealed class DeliveryModel(DeliveryView view, DiscardDeliveryHandler discard, OpenDeliveryHandler open, Databases databases, Secrecy.ProtectedDeliveries hidden, InboxBell bell) : PageModel
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
        new("Sätt", Delivery.Means switch { "webhook" => "skickad av plattformen", "import" => "inläst fil", "poll" => "hämtad från plattformen", "manual" => "inskriven för hand", _ => Delivery.Means }),
        .. Delivery.FileName is { } file ? [new Fact("Fil", file)] : Array.Empty<Fact>(),
        .. Delivery.Form is { } form ? [new Fact("Form", form, FactLook.Code)] : Array.Empty<Fact>(),
        .. Delivery.Request is { } asked ? [new Fact("Fråga", asked, FactLook.Code)] : Array.Empty<Fact>(),
        new("Signatur", Delivery.Signature switch { "valid" => "rätt", "valid-escaped" => "rätt (över den kodade texten)", "none" => "ingen; kom inte den vägen", _ => Delivery.Signature }),
        new("Storlek", Swedish.Bytes(Delivery.Bytes)),
        .. Delivery.Accounts.Count > 0 ? [new Fact("Konto", string.Join(", ", Delivery.Accounts))] : Array.Empty<Fact>(),
        .. Delivery.Problem is { } problem ? [new Fact("Hinder", $"{InboxProblems.What(problem)}. {InboxProblems.Do(problem)}")] : Array.Empty<Fact>(),
        new("Leveransens id", Delivery.Id.ToString("D"), FactLook.Code),
    ]);

    /// <summary>What was read the last time, as counts.</summary>
    public FactList? Read => Delivery.Read is { } read
        ? new(
        [
            new("Nya händelser", Swedish.Number(read.Accepted)), new("Dubbletter", Swedish.Number(read.Duplicates)), new("Gäller gallrade handlingar", Swedish.Number(read.Disposed)),
            new("Okända, sparade", Swedish.Number(read.Unknown)), new("Avvisade", Swedish.Number(read.Rejected)),
        ])
        : null;

    public FactList Headers => new([.. Delivery.Headers.Select(header => new Fact(header.Key, header.Value, FactLook.Code))]);

    /// <summary>Why what arrived is opened.</summary>
    [BindProperty]
    public string? OpenReason { get; set; }

    public bool MayOpen { get; private set; }

    public async Task<IActionResult> OnPostOpen(CancellationToken ct)
    {
        var (opened, refused) = await open.Open(Id, new(OpenReason), HttpContext.Caller(), ct);
        if (opened is not null) return File(opened.Body, "application/octet-stream", $"leverans-{Id:D}.bin");
        if (refused!.Status == StatusCodes.Status404NotFound) return NotFound();
        if (refused.Code == "not-allowed" && !DeadLetters.MayList(HttpContext.Caller())) return Forbid();
        ModelState.AddModelError(nameof(OpenReason), refused.Explanation);
        return await Show(ct);
    }

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct);

    public async Task<IActionResult> OnPostRetry(CancellationToken ct)
    {
        if (!DeadLetters.MayRetry(HttpContext.Caller())) return Forbid();
        // What the caller may not know of is answered as what nobody knows of.
        TempData.Tell(!await hidden.IsHidden(Id, HttpContext.Caller(), ct) && await DeadLetters.Retry(Id, databases, bell, ct)
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
        (Delivery, MayDecide, MayOpen) = (found, DeadLetters.MayRetry(caller), OpenDeliveryHandler.MayOpenAny(caller) && found.Standing != DeliveryStanding.Destroyed);
        return Page();
    }
}
