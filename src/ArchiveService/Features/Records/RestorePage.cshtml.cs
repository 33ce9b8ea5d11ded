using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/aterstall: what was hidden or unpublished is back in the channel.</summary>
public sealed class RestorePageModel(SealedLog log, RecordAssessments handler) : RecordActPage(log)
{
    [BindProperty]
    public string? Reason { get; set; }

    public Preconditions Standing => new(
    [
        Glance!.State.Visibility switch
        {
            Visibility.Visible => new(PageParts.Standing.Blocks, "Det är inte nedtaget", "Det finns inget att återställa"),
            Visibility.Deleted => new(PageParts.Standing.Blocks, "Det är raderat ur kanalen", "Det kan inte återställas härifrån. Det som är fångat finns kvar här"),
            _ => new(PageParts.Standing.Met, $"{Marks.Of(Glance.State.Visibility).Word} sedan {Swedish.DateAndClock(Glance.State.VisibilityAt)}"),
        },
    ]);

    protected override bool MayOpen(Caller caller, Guid authority) => caller.MayAssess(authority);

    protected override async Task<IActionResult> Send(CancellationToken ct) => await After(
        await handler.Restore(Id, new(Reason), Expected, HttpContext.Caller(), ct),
        Notice.Done("Antecknat: synligt igen", "Har du inte redan gjort det, visa det på plattformen också."),
        code => code == "reason-missing" ? nameof(Reason) : null, ct);
}
