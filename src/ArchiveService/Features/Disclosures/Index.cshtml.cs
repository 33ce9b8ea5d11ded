using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Disclosures;

/// <summary>/utlamnanden: what is asked for, how old it is, and what is late.</summary>
public sealed class IndexModel(DisclosureRegister register, AuthorityRegister authorities, TimeProvider clock) : PageModel
{
    public IReadOnlyList<RequestRow> Items { get; private set; } = [];

    /// <summary>Authorities where fewer than two could decide (JO 2340-94).</summary>
    public IReadOnlyList<(string Name, int Deciders)> TooFew { get; private set; } = [];

    public bool OpenOnly { get; private set; }

    public async Task<IActionResult> OnGet(string? lage, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (caller.IsService) return Forbid();
        OpenOnly = lage == "oppna";
        Items = await register.Of(caller, OpenOnly, ct);
        var few = new List<(string, int)>();
        foreach (var authority in (await authorities.All(ct)).Where(a => caller.IsStaffOf(a.Id)))
        {
            if (await register.Deciders(authority.Id, ct) is < 2 and var deciders) few.Add((authority.Name, deciders));
        }

        TooFew = few;
        return Page();
    }

    public Mark Standing(RequestRow row) => row switch
    {
        { ClosedAt: not null, Answer: { } answer } => Marks.Done(DisclosureWords.Said(answer)),
        { Answer: { } answer } => Marks.Waiting(DisclosureWords.Said(answer)),
        _ => row.Overdue(clock.GetUtcNow()) ? Marks.Failed("För sen") : Marks.Waiting("Väntar på svar"),
    };
}
