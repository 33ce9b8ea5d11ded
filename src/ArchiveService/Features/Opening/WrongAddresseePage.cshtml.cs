using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Opening;

/// <summary>/handlingar/{id}/fel-adressat: handed to the right authority, and the sender told.</summary>
public sealed class WrongAddresseePageModel(SealedLog log, WrongAddresseeHandler handler) : RecordActPage(log)
{
    [BindProperty]
    public string? To { get; set; }

    [BindProperty]
    public string? Told { get; set; }

    [BindProperty]
    public string? NotTold { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    protected override bool MayOpen(Caller caller, Guid authority) => caller.MayAssess(authority);

    protected override async Task<IActionResult> Send(CancellationToken ct) => await After(
        await handler.HandOver(Id, new(To, Told, NotTold, Note), Expected, HttpContext.Caller(), ct),
        Notice.Done("Handlingen är lämnad vidare", "Den är inkommen hit och hålls ordnad."),
        code => code switch { "addressee-missing" => nameof(To), "sender-not-told" or "notice-too-long" => nameof(Told), "sender-told-or-not" => nameof(NotTold), "note-too-long" => nameof(Note), _ => null }, ct);
}
