using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Snapshots;

/// <summary>/kanaler/{id}/avsluta: what closing needs, what the platform's closing destroys, and the closing itself (H-30).</summary>
public sealed class CloseChannelPageModel(ChannelRegister channels, ChannelList list, ClosingChecklist closing, CloseChannelHandler handler) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    [BindProperty]
    public string? Informed { get; set; }

    [BindProperty]
    public bool Acknowledged { get; set; }

    public ClosingChecks Checks { get; private set; } = null!;

    public string Title { get; private set; } = "";

    public DateTimeOffset? Closed { get; private set; }

    public bool MayClose { get; private set; }

    public Preconditions Needed => new(
    [
        !Checks.TakenIntoUse ? new(PageParts.Standing.Met, "Inget är fångat från kanalen", "Den kan avslutas utan ögonblicksbild")
            : Covered(Checks.CoversContent, "Innehållet är sparat i en avslutande ögonblicksbild"),
        .. Checks.TakenIntoUse ? [Covered(Checks.CoversLayout, "Layouten är sparad i en avslutande ögonblicksbild")] : Array.Empty<Precondition>(),
        new(PageParts.Standing.Attention, "Ansvarig chef och kommunikationschefen är informerade", "Ange vilka när du avslutar (H-30)"),
    ]);

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct);

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(Informed)) ModelState.AddModelError(nameof(Informed), "Ange vilka chefer som är informerade (H-30).");
        if (!ModelState.IsValid) return await Show(ct);
        if (await handler.Close(Id, new(Reason, Acknowledged, Informed), HttpContext.Caller(), ct) is not Outcome.Refused { Why: var why })
        {
            TempData.Tell(Notice.Done("Kanalen är avslutad", "Det som är fångat finns kvar. Avsluta nu kontot på plattformen."));
            return LocalRedirect("/kanaler");
        }

        if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
        ModelState.AddModelError(why.Code switch { "reason-missing" => nameof(Reason), "informed-too-long" => nameof(Informed), "losses-not-acknowledged" => nameof(Acknowledged), _ => "" }, why.Explanation);
        return await Show(ct);
    }

    private Precondition Covered(bool covered, string what) => covered
        ? new(PageParts.Standing.Met, what)
        : new(Checks.Required ? PageParts.Standing.Blocks : PageParts.Standing.Attention, what.Replace(" är sparat ", " är inte sparat ", StringComparison.Ordinal).Replace(" är sparad ", " är inte sparad ", StringComparison.Ordinal),
            Checks.Required ? $"Krävs innan kanalen avslutas ({Checks.Requirement})" : $"Bör finnas ({Checks.Requirement})");

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await channels.Find(Id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return NotFound();
        var listed = (await list.For(caller, ct)).First(c => c.Id == Id);
        Title = $"{RecordViewWords.Platform(listed.Platform)} {listed.Handle}, {listed.Authority}";
        Closed = channel.ClosedAt;
        MayClose = caller.May(channel.Authority, Role.Kommunikator, Role.Admin);
        Checks = await closing.Of(channel, caller, ct);
        return Page();
    }
}
