using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Disclosures;

/// <summary>/utlamnanden/ny: somebody called, wrote or stands at the desk.</summary>
public sealed class NewRequestModel(ReceiveRequestHandler handler, AuthorityRegister authorities, TimeProvider clock) : PageModel
{
    [BindProperty]
    public string? Authority { get; set; }

    [BindProperty]
    public string? Asked { get; set; }

    [BindProperty]
    public string? Form { get; set; } = "unstated";

    [BindProperty]
    public string? DeliveryAddress { get; set; }

    [BindProperty]
    public string? Channel { get; set; } = "email";

    [BindProperty]
    public DateOnly? ReceivedOn { get; set; }

    public IReadOnlyList<Choice> Authorities { get; private set; } = [];

    public IReadOnlyList<Choice> Forms { get; } = [.. ReceiveRequest.Forms.Select(f => new Choice(f.Word, f.Said))];

    public IReadOnlyList<Choice> Channels { get; } = [.. ReceiveRequest.Channels.Select(c => new Choice(c.Word, c.Said))];

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct);

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        // A day before today is counted from its morning; today is now.
        DateTimeOffset? received = ReceivedOn is { } day && day != Swedish.Day(clock.GetUtcNow()) ? Swedish.StartOf(day).AddHours(8) : null;
        var (id, reference, outcome) = await handler.Receive(new(Authority, Asked, Form, DeliveryAddress, Channel, received), HttpContext.Caller(), ct);
        if (outcome is not Outcome.Refused { Why: var why })
        {
            TempData.Tell(Notice.Done("Begäran är mottagen", $"Frågaren kan följa den med koden {reference} på /public/requests/{reference}."));
            return LocalRedirect($"/utlamnanden/{id:D}");
        }

        if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
        ModelState.AddModelError(why.Code switch
        {
            "authority-unknown" => nameof(Authority),
            "request-missing" => nameof(Asked),
            "form-unknown" => nameof(Form),
            "delivery-address-too-long" => nameof(DeliveryAddress),
            "request-channel-unknown" => nameof(Channel),
            "received-in-the-future" => nameof(ReceivedOn),
            _ => "",
        }, why.Explanation);
        return await Show(ct);
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        Authorities = [.. (await authorities.All(ct)).Where(a => caller.IsStaffOf(a.Id)).Select(a => new Choice(a.Code, a.Name))];
        if (Authorities.Count == 0) return Forbid();
        return Page();
    }
}
