using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Printing;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Cases;

/// <summary>/arenden/{id}/utskrift: the case file as PDF, and the protocol of what was printed of it.</summary>
public sealed class PrintPageModel(Databases databases, SealedLog log, AuthorityRegister authorities, NotePrintHandler handler, Pdf pdf, TimeProvider clock) : PageModel
{
    [BindProperty]
    public string? Paper { get; set; } = "age-resistant";

    [BindProperty]
    public int? Pages { get; set; }

    [BindProperty]
    public int? Counted { get; set; }

    [BindProperty]
    public string? Printer { get; set; }

    [BindProperty]
    public string? Location { get; set; }

    [BindProperty]
    public DateOnly? PrintedOn { get; set; }

    [BindProperty]
    public bool IsArchival { get; set; }

    [BindProperty]
    public bool IsSecret { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    public CaseDetails? Details { get; private set; }

    public IReadOnlyList<CasePrintNote> Prints { get; private set; } = [];

    public bool CanMakePdf { get; private set; }

    public bool Cleared => HttpContext.Caller().MayReadSecret(Details!.AuthorityId);

    public bool MayNote => NotePrintHandler.May(HttpContext.Caller(), Details!.AuthorityId);

    public IReadOnlyList<Choice> Papers { get; } = [.. PaperCopy.Papers.Select(p => new Choice(p.Word, p.Said))];

    public async Task<IActionResult> OnGet(Guid id, CancellationToken ct)
    {
        Details = await CaseDetails.Read(id, HttpContext.Caller(), databases, log, ct);
        if (Details is null) return NotFound();
        Prints = await handler.Of(id, Cleared, ct);
        CanMakePdf = (await pdf.Standing(ct)).Available;
        if (!HttpMethods.IsGet(Request.Method)) return Page();
        PrintedOn = Swedish.Day(clock.GetUtcNow());
        IsArchival = (await authorities.Find(Details.AuthorityId, ct))!.Policy["preservation.archivalCopy"] is "paper" or "paper-when-made";
        return Page();
    }

    public async Task<IActionResult> OnPost(Guid id, CancellationToken ct)
    {
        if (await handler.Note(id, new(Paper, Pages, Counted, Printer, Location, PrintedOn, IsArchival, IsSecret, Note), default, HttpContext.Caller(), ct) is not Outcome.Refused no)
        {
            TempData.Tell(Notice.Done("Utskriften är antecknad"));
            return LocalRedirect($"/arenden/{id:D}/utskrift");
        }

        if (no.Why.Status == StatusCodes.Status404NotFound) return NotFound();
        if (no.Why.Status == StatusCodes.Status403Forbidden) return Forbid();
        ModelState.AddModelError(no.Why.Code switch
        {
            "paper-unknown" or "paper-not-lasting" => nameof(Paper),
            "pages-missing" => nameof(Pages),
            "counted-missing" or "pages-differ" => nameof(Counted),
            "printer-missing" => nameof(Printer),
            "location-missing" => nameof(Location),
            "printed-in-the-future" => nameof(PrintedOn),
            "note-too-long" => nameof(Note),
            _ => "",
        }, no.Why.Explanation);
        return await OnGet(id, ct);
    }
}
