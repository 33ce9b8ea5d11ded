using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/sekretess: marks a record as secret (OSL 5:5).</summary>
public sealed class SecrecyPageModel(SealedLog log, SecrecyHandler handler) : RecordActPage(log)
{
    [BindProperty]
    public string? Provision { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    protected override bool MayOpen(Caller caller, Guid authority) => caller.May(authority, Role.Registrator, Role.Moderator, Role.Arkivarie);

    // The one who marks may not be cleared to read it any longer.
    protected override async Task<IActionResult> Send(CancellationToken ct) => await After(
        await handler.Mark(Id, new(Provision, Note, null), Expected, HttpContext.Caller(), ct),
        Notice.Done("Handlingen är sekretessmarkerad", "Den syns nu bara för den som har behörighet."),
        code => code switch { "provision-missing" => nameof(Provision), "note-too-long" => nameof(Note), _ => null }, ct,
        Glance is null || HttpContext.Caller().MayReadSecret(Glance.State.Authority) ? $"/handlingar/{Id:D}" : "/sok");
}
