using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/samma: which other records are the same item, and links them.</summary>
public sealed class SamePageModel(SealedLog log, LinkRecordsHandler handler) : RecordActPage(log)
{
    [BindProperty]
    public Guid? Other { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    public SameRecords Same { get; private set; } = new(Guid.Empty, [], []);

    protected override bool MayOpen(Caller caller, Guid authority) => caller.May(authority, LinkRecordsHandler.Linkers);

    protected override async Task Prepare(CancellationToken ct) => Same = await handler.Same(Id, HttpContext.Caller(), ct) ?? Same;

    protected override async Task<IActionResult> Send(CancellationToken ct) =>
        await After(await handler.Link(Id, new(Other, Note), Expected, HttpContext.Caller(), LinkBasis.Person, ct), Notice.Done("Handlingarna är kopplade"), _ => null, ct);

    public async Task<IActionResult> OnPostUnlink(CancellationToken ct) =>
        await After(await handler.Unlink(Id, new(Other, Note), Expected, HttpContext.Caller(), ct), Notice.Done("Kopplingen är borttagen"), _ => null, ct);
}
