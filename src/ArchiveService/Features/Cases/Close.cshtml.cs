using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Cases;

/// <summary>/arenden/{id}/avsluta: the checklist before a case is closed; of a closed one, laying the akt in the archive and reopening.</summary>
public sealed class CloseModel(CaseFiles files, CloseCaseHandler closing, CaseActs acts) : PageModel
{
    [BindProperty]
    public string? Reason { get; set; }

    [BindProperty]
    public bool PaperMatched { get; set; }

    [BindProperty]
    public bool DraftsWeeded { get; set; }

    /// <summary>By the name of the point: why it is closed although it is not met. Named, or every field of the form would be taken for one.</summary>
    [BindProperty(Name = nameof(Because))]
    public Dictionary<string, string?> Because { get; set; } = [];

    [BindProperty]
    public string? Folder { get; set; }

    [BindProperty]
    public string? Shelf { get; set; }

    [BindProperty]
    public string? Box { get; set; }

    [BindProperty]
    public DateOnly? On { get; set; }

    [BindProperty]
    public string? Reopening { get; set; }

    public CaseFile? Akt { get; private set; }

    public CaseCover Cover => Akt!.Cover;

    public IReadOnlyList<ClosingCheck> Checklist { get; private set; } = [];

    public bool IsRegistrator => HttpContext.Caller().May(Cover.AuthorityId, Role.Registrator);

    public Preconditions Points => new([.. Checklist.Select(c => new Precondition(c.Met ? Standing.Met : Standing.Attention, c.Text, c.Proof))]);

    public static string Name(ClosingCheck check) => CloseCase.Name(check.Item);

    public async Task<IActionResult> OnGet(Guid id, CancellationToken ct) => await Load(id, ct) ?? Page();

    public Task<IActionResult> OnPostClose(Guid id, CancellationToken ct) => Act(id, nameof(Reason), "Ärendet är avslutat", "Frister som räknas från avslutat ärende löper nu.", () => closing.Close(
        id, new(Reason, Because.Where(b => !string.IsNullOrWhiteSpace(b.Value)).ToDictionary(b => b.Key, b => b.Value!), PaperMatched, Checklist: true, DraftsWeeded), default, HttpContext.Caller(), ct), ct);

    public Task<IActionResult> OnPostArchive(Guid id, CancellationToken ct) => Act(id, nameof(Folder), "Ärendet är arkivlagt", "", () =>
        acts.Decide(id, default, HttpContext.Caller(), new ArchiveCase(On, Folder, Shelf, Box).Decide, ct), ct);

    public Task<IActionResult> OnPostReopen(Guid id, CancellationToken ct) => Act(id, nameof(Reopening), "Ärendet är återöppnat", "Frister som räknas från avslutat ärende har stannat.", () =>
        new ReopenCase(Reopening).Reopen(id, default, HttpContext.Caller(), acts, ct), ct);

    private async Task<IActionResult?> Load(Guid id, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await files.Read(id, caller, ct) is not { } file) return NotFound();
        Akt = file;
        if (!caller.May(Cover.AuthorityId, Role.Registrator, Role.Arkivarie)) return Forbid();
        Checklist = (await closing.Checklist(id, caller, ct))!;
        return null;
    }

    private async Task<IActionResult> Act(Guid id, string field, string done, string then, Func<Task<Outcome>> act, CancellationToken ct)
    {
        if (await Load(id, ct) is { } no) return no;
        if (!ModelState.IsValid) return Page();
        if (await act() is Outcome.Refused { Why: var why })
        {
            if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
            ModelState.AddModelError(field, why.Explanation);
            return Page();
        }

        TempData.Tell(Notice.Done(done, then));
        return LocalRedirect($"/arenden/{id:D}");
    }
}
