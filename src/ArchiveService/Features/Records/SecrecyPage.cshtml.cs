using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Records;

public sealed class SecrecyPageModel(SealedLog log, SecrecyHandler handler) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public string? Provision { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    [BindProperty]
    public long Version { get; set; }

    public RecordGlance? Glance { get; private set; }

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        Glance = await RecordGlance.Read(Id, HttpContext.Caller(), log, ct);
        if (Glance is null) return NotFound();
        Version = Glance.State.Version;
        return Page();
    }

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        Glance = await RecordGlance.Read(Id, HttpContext.Caller(), log, ct);
        if (Glance is null) return NotFound();
        if (await handler.Mark(Id, new(Provision, Note, null), this.FormVersion(Version), HttpContext.Caller(), ct) is Outcome.Refused { Why: var why })
        {
            ModelState.AddModelError(why.Code switch { "provision-missing" => nameof(Provision), "note-too-long" => nameof(Note), _ => "" }, why.Explanation);
            if (why.Status == StatusCodes.Status404NotFound || await RecordGlance.Read(Id, HttpContext.Caller(), log, ct) is not { } now) return NotFound();
            Glance = now;
            return this.Decided(why, () => Version = now.State.Version);
        }

        // The one who marks may not be cleared to read it any longer.
        TempData.Tell(Notice.Done("Handlingen är sekretessmarkerad", "Den syns nu bara för den som har behörighet."));
        return LocalRedirect(HttpContext.Caller().Clearance ? $"/handlingar/{Id:D}" : "/sok");
    }
}
