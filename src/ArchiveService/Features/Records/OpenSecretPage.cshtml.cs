using ArchiveService.Access;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/oppna: why a secret record is opened, before it is.</summary>
public sealed class OpenSecretPageModel(Records records, RecordReads reads) : PageModel
{
    [BindProperty]
    public string? Reason { get; set; }

    public Guid Id { get; private set; }

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken ct)
    {
        Id = id;
        return await records.Find(id, HttpContext.Caller(), ct) switch
        {
            null => NotFound(),
            { Wall: Wall.Secret } => Page(),
            _ => LocalRedirect($"/handlingar/{id:D}"),
        };
    }

    public async Task<IActionResult> OnPostAsync(Guid id, CancellationToken ct)
    {
        Id = id;
        if (await records.Find(id, HttpContext.Caller(), ct) is not { } state) return NotFound();
        if (Reason?.Trim() is not { Length: > 2 and <= RecordReads.LongestReason })
        {
            ModelState.AddModelError(nameof(Reason), "Ange varför du öppnar handlingen, högst 1000 tecken.");
            return Page();
        }

        await reads.Note(HttpContext.Caller(), [(id, RecordStates.Stored(state.Wall))], ct, Reason);
        return LocalRedirect($"/handlingar/{id:D}");
    }
}
