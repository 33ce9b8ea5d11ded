using ArchiveService.Access;
using ArchiveService.Features.Cases;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Weeding;

/// <summary>/arenden/{id}/arbetsmaterial: drafts and working notes of a case, and rensning of them.</summary>
public sealed class WorkingNotesModel(WorkingNotes notes, CaseActs acts) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public string? Kind { get; set; } = "draft";

    [BindProperty]
    public string? Heading { get; set; }

    [BindProperty]
    public string? Text { get; set; }

    [BindProperty]
    public string? Why { get; set; }

    public static IReadOnlyList<Choice> KindChoices { get; } = [.. WeedingWords.Kinds.Select(k => new Choice(k.Key, WeedingWords.Said(k.Value)))];

    public string DiaryNumber { get; private set; } = "";

    public bool IsOpen { get; private set; }

    public IReadOnlyList<WorkingNote> Notes { get; private set; } = [];

    public IReadOnlyList<DoneWeeding> Weedings { get; private set; } = [];

    public int Left => Notes.Count(n => n is { ArchivedAt: null, WeededAt: null });

    public string? Refused { get; private set; }

    public Task<IActionResult> OnGet(CancellationToken ct) => Show(ct);

    public async Task<IActionResult> OnPostWrite(CancellationToken ct)
    {
        var (_, outcome) = await notes.Write(Id, new(Kind, Heading, Text), HttpContext.Caller(), ct);
        return await After(outcome, "Sparat", why => why.Code switch { "note-text" => nameof(Text), "note-title" => nameof(Heading), "note-kind" => nameof(Kind), _ => null }, ct);
    }

    public async Task<IActionResult> OnPostArchive(Guid note, string? how, CancellationToken ct) =>
        await After(await notes.Archive(note, new(how), HttpContext.Caller(), ct), "Det är nu en allmän handling", _ => null, ct);

    public async Task<IActionResult> OnPostWeed(Guid? note, CancellationToken ct)
    {
        var (_, outcome) = await notes.Weed(Id, new(note is { } one ? [one] : null, Why), HttpContext.Caller(), ct);
        return await After(outcome, "Arbetsmaterialet är rensat", _ => null, ct);
    }

    private async Task<IActionResult> After(Outcome outcome, string done, Func<Refusal, string?> field, CancellationToken ct)
    {
        if (outcome is not Outcome.Refused { Why: var why })
        {
            TempData.Tell(Notice.Done(done));
            return LocalRedirect($"/arenden/{Id:D}/arbetsmaterial");
        }

        if (field(why) is { } named) ModelState.AddModelError(named, why.Explanation);
        else Refused = why.Explanation;
        return await Show(ct);
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        if (await acts.Find(Id, HttpContext.Caller(), ct) is not { } at || await notes.Of(Id, HttpContext.Caller(), ct) is not { } of) return NotFound();
        (DiaryNumber, IsOpen) = (at.State.DiaryNumber, at.State is { ClosedAt: null, Voided: false });
        (Notes, Weedings) = of;
        return Page();
    }
}
