using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/hav-sekretess: the mark is taken away. Only the cleared see a marked record at all.</summary>
public sealed class LiftSecrecyPageModel(SealedLog log, SecrecyHandler handler) : RecordActPage(log)
{
    [BindProperty]
    public string? Reason { get; set; }

    protected override bool MayOpen(Caller caller, Guid authority) => caller.May(authority, Role.Registrator, Role.Arkivarie);

    protected override async Task<IActionResult> Send(CancellationToken ct) => await After(
        await handler.Lift(Id, new(Reason), Expected, HttpContext.Caller(), ct),
        Notice.Done("Sekretessmarkeringen är borttagen", "Handlingen syns nu för alla som arbetar för myndigheten."),
        code => code == "reason-missing" ? nameof(Reason) : null, ct);
}
