using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/polisanmalan: a police report was made, and gallring is stopped.</summary>
public sealed class PolicePageModel(SealedLog log, RecordMeasures handler, TimeProvider clock) : RecordActPage(log)
{
    [BindProperty]
    public string? Crime { get; set; }

    [BindProperty]
    public string? ReportNumber { get; set; }

    [BindProperty]
    public DateOnly? Day { get; set; }

    [BindProperty]
    public string? ReportedBy { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    protected override bool MayOpen(Caller caller, Guid authority) => caller.IsStaffOf(authority);

    protected override async Task<IActionResult> Send(CancellationToken ct)
    {
        var (outcome, _) = await handler.Report(Id, new(Crime, ReportNumber, SwedishDay.Noon(Day, clock), ReportedBy, Note), Expected, HttpContext.Caller(), ct);
        return await After(outcome, Notice.Done("Polisanmälan är antecknad", "Gallringen av handlingen är stoppad."),
            code => code switch { "crime-missing" => nameof(Crime), "reported-in-the-future" => nameof(Day), "police-report-too-long" => nameof(Note), _ => null }, ct);
    }
}
