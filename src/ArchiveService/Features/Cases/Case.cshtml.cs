using ArchiveService.Access;
using ArchiveService.Features.Diary;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Cases;

/// <summary>/arenden/{id}: a case with its documents.</summary>
public sealed class CaseModel(Databases databases, SealedLog log, DiaryViews diary) : PageModel
{
    public CaseDetails? Details { get; private set; }

    /// <summary>Sender and matter of the documents, as the diary shows them to this reader.</summary>
    public IReadOnlyDictionary<int, DiaryLine> Lines { get; private set; } = new Dictionary<int, DiaryLine>();

    public bool MayHold => HttpContext.Caller().May(Details!.AuthorityId, Role.Registrator, Role.Arkivarie);

    public async Task<IActionResult> OnGet(Guid id, CancellationToken ct)
    {
        Details = await CaseDetails.Read(id, HttpContext.Caller(), databases, log, ct);
        if (Details is null) return NotFound();
        Lines = await diary.OfCase(id, HttpContext.Caller(), ct);
        return Page();
    }
}
