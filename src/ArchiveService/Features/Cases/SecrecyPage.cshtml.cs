using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Cases;

/// <summary>/arenden/{id}/sekretess: the secrecy mark of the case itself.</summary>
public sealed class CaseSecrecyModel(CaseFiles files, CaseActs acts) : PageModel
{
    [BindProperty]
    public string? Provision { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    [BindProperty]
    public string? Result { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    public CaseCover Cover { get; private set; } = null!;

    public bool MayReview => HttpContext.Caller().May(Cover.AuthorityId, Role.Registrator, Role.Arkivarie);

    public async Task<IActionResult> OnGet(Guid id, CancellationToken ct) => await Load(id, ct) ?? Page();

    public Task<IActionResult> OnPostMark(Guid id, CancellationToken ct) => Act(id, "Ärendet är sekretessmarkerat", new MarkCase(Provision, Note).Decide, ct);

    public Task<IActionResult> OnPostReview(Guid id, CancellationToken ct) => Act(id, "Prövningen är sparad", new ReviewCase(Result, Reason, Provision).Decide, ct);

    private async Task<IActionResult?> Load(Guid id, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if ((await files.Read(id, caller, ct))?.Cover is not { } cover) return NotFound();
        Cover = cover;
        return caller.May(cover.AuthorityId, Role.Registrator, Role.Arkivarie) || caller.IsOrStandsInFor(cover.AuthorityId, cover.OfficerId) ? null : Forbid();
    }

    private async Task<IActionResult> Act(Guid id, string done, Func<CaseMoment, Decision> decide, CancellationToken ct)
    {
        if (await Load(id, ct) is { } no) return no;
        if (await acts.Decide(id, default, HttpContext.Caller(), decide, ct) is Outcome.Refused { Why: var why })
        {
            if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
            ModelState.AddModelError(why.Code switch { "provision-missing" or "provision-unexpected" => nameof(Provision), "reason-missing" => nameof(Reason), "outcome-unknown" => nameof(Result), "note-too-long" => nameof(Note), _ => "" }, why.Explanation);
            return Page();
        }

        TempData.Tell(Notice.Done(done));
        return LocalRedirect($"/arenden/{id:D}");
    }
}
