using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/las: suspected child abuse material is locked for everybody.</summary>
public sealed class RestrictPageModel(SealedLog log, RecordMeasures handler) : RecordActPage(log)
{
    [BindProperty]
    public string? Description { get; set; }

    [BindProperty]
    public bool Sure { get; set; }

    protected override bool MayOpen(Caller caller, Guid authority) => caller.IsStaffOf(authority);

    protected override async Task<IActionResult> Send(CancellationToken ct)
    {
        if (!Sure) return await Ask(nameof(Sure), "Kryssa i att du förstår: låset går inte att ångra.", ct);
        return await After(
            await handler.Restrict(Id, new(Description), Expected, HttpContext.Caller(), ct),
            Notice.Attention("Innehållet är låst", "Anmäl till polisen nu och anteckna anmälan här."),
            code => code == "description-missing" ? nameof(Description) : null, ct, $"/handlingar/{Id:D}/polisanmalan");
    }
}
