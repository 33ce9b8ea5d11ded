using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Cases;

/// <summary>/arenden/{id}/handling?nr=: the secrecy mark of a note, a decision or an appeal on paper, and what the public diary shows of it.</summary>
public sealed class DocumentPageModel(CaseFiles files, CaseDocumentHandler handler) : PageModel
{
    [BindProperty(SupportsGet = true, Name = "nr")]
    public int Number { get; set; }

    [BindProperty]
    public string? Provision { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    [BindProperty]
    public string? Result { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    [BindProperty]
    public bool Release { get; set; }

    public CaseFile? Akt { get; private set; }

    public CaseCover Cover => Akt!.Cover;

    public CaseFileDocument? Document { get; private set; }

    public static IReadOnlyList<Choice> Results { get; } = [.. ReviewSecrecy.Outcomes.Select(o => new Choice(o.Word, o.Said))];

    public bool MayReview => HttpContext.Caller().May(Cover.AuthorityId, Role.Registrator, Role.Arkivarie);

    public bool MayRelease => HttpContext.Caller().May(Cover.AuthorityId, Role.Registrator);

    public string Public => Document switch
    {
        { Provision: not null } => "bara datum och nummer",
        { Kind: CaseDocumentKind.Note } when Cover.ClosedAt is null => "står inte där förrän ärendet är avslutat (TF 2 kap. 12 §)",
        { Released: true } => "vem och vad visas",
        _ => "datum, nummer och slag",
    };

    public async Task<IActionResult> OnGet(Guid id, CancellationToken ct) => await Load(id, ct) ?? Page();

    public Task<IActionResult> OnPostMark(Guid id, CancellationToken ct) => Act(id, "Handlingen är sekretessmarkerad", () => handler.Mark(id, Number, new(Provision, Note), default, HttpContext.Caller(), ct), ct);

    public Task<IActionResult> OnPostReview(Guid id, CancellationToken ct) => Act(id, "Prövningen är sparad", () => handler.Review(id, Number, new(Result, Reason, Provision), default, HttpContext.Caller(), ct), ct);

    public Task<IActionResult> OnPostRelease(Guid id, CancellationToken ct) => Act(
        id, Release ? "Vem och vad visas nu i det publika diariet" : "Vem och vad utelämnas nu i det publika diariet", () => handler.Release(id, Number, new(Release), default, HttpContext.Caller(), ct), ct);

    private async Task<IActionResult?> Load(Guid id, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        Akt = await files.Read(id, caller, ct);
        Document = Akt?.Documents.FirstOrDefault(d => d.Number == Number && d.Kind != CaseDocumentKind.Record && d.Visible);
        if (Document is null) return NotFound();
        return caller.May(Cover.AuthorityId, Role.Registrator, Role.Arkivarie) || caller.IsOrStandsInFor(Cover.AuthorityId, Cover.OfficerId) ? null : Forbid();
    }

    private async Task<IActionResult> Act(Guid id, string done, Func<Task<Outcome>> act, CancellationToken ct)
    {
        if (await Load(id, ct) is { } no) return no;
        if (await act() is Outcome.Refused { Why: var why })
        {
            if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
            ModelState.AddModelError(why.Code switch { "provision-missing" or "provision-unexpected" => nameof(Provision), "reason-missing" => nameof(Reason), "outcome-unknown" => nameof(Result), "note-too-long" => nameof(Note), _ => "" }, why.Explanation);
            return Page();
        }

        TempData.Tell(Notice.Done(done));
        return LocalRedirect($"/arenden/{id:D}");
    }
}
