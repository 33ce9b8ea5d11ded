using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Disclosures;

/// <summary>/utlamnanden/tider: how long each request took, of those that came in during a period.</summary>
public sealed class TimesModel(DisclosureRegister register, AuthorityRegister authorities, TimeProvider clock) : PageModel
{
    [BindProperty(SupportsGet = true, Name = "authority")]
    public string? Authority { get; set; }

    [BindProperty(SupportsGet = true, Name = "from")]
    public DateOnly? From { get; set; }

    [BindProperty(SupportsGet = true, Name = "to")]
    public DateOnly? To { get; set; }

    public IReadOnlyList<Choice> Authorities { get; private set; } = [];

    public IReadOnlyList<DisclosureTime> Items { get; private set; } = [];

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        var own = (await authorities.All(ct)).Where(a => caller.IsStaffOf(a.Id)).ToList();
        if (caller.IsService || own.Count == 0) return Forbid();
        Authorities = [.. own.Select(a => new Choice(a.Code, a.Name))];
        To ??= Swedish.Day(clock.GetUtcNow());
        From ??= To.Value.AddMonths(-3);
        if ((Authority is null ? own[0] : own.FirstOrDefault(a => a.Code == Authority)) is not { } chosen) return NotFound();
        Authority = chosen.Code;
        Items = await register.Times(chosen.Id, From.Value, To.Value, ct);
        return Page();
    }
}
