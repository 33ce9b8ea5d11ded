using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.DataSubjects;

/// <summary>/registerutdrag: what persons have asked for, and what is late.</summary>
public sealed class IndexModel(SubjectRegister register, TimeProvider clock) : PageModel
{
    public IReadOnlyList<SubjectRow> Items { get; private set; } = [];

    public bool OpenOnly { get; private set; }

    public async Task<IActionResult> OnGet(string? lage, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (caller.IsService || !caller.MayAnywhere(SubjectRequests.Readers)) return Forbid();
        OpenOnly = lage == "oppna";
        Items = await register.Of(caller, OpenOnly, ct);
        return Page();
    }

    public Mark Standing(SubjectRow row) => row switch
    {
        { ClosedAt: not null, Answer: { } answer } => Marks.Done(SubjectWords.Said(answer)),
        { Answer: { } answer } => Marks.Waiting(SubjectWords.Said(answer)),
        _ when row.Overdue(Swedish.Day(clock.GetUtcNow())) => Marks.Failed("För sen"),
        { Identified: false } => Marks.Waiting("Identiteten är inte klarlagd"),
        _ => Marks.Waiting("Väntar på svar"),
    };
}
