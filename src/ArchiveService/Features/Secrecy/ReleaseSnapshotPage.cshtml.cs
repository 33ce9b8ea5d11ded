using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Secrecy;

/// <summary>/handlingar/{id}/prova-bilden: somebody cleared looks through a picture of a channel for the sake of a protected identity.</summary>
public sealed class ReleaseSnapshotPageModel(SealedLog log, ReleaseSnapshotHandler handler) : RecordActPage(log)
{
    [BindProperty]
    public string? Reason { get; set; }

    protected override bool MayOpen(Caller caller, Guid authority) => caller.May(authority, Protections.Lifters) && caller.MayReadSecret(authority);

    protected override async Task<IActionResult> Send(CancellationToken ct) => await After(
        await handler.Release(Id, new(Reason), Expected, HttpContext.Caller(), ct),
        Notice.Done("Bilden är prövad", "Den står inte längre bakom sekretessen för den skyddade identitetens skull. En egen markering gäller fortfarande."),
        code => code == "reason-missing" ? nameof(Reason) : null, ct);
}
