using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Inspections;

/// <summary>/myndigheter/{code}/tillsyn: the papers for an inspection, and which have been made.</summary>
public sealed class InspectionPageModel(InspectionPacks packs, AuthorityRegister authorities) : PageModel
{
    [BindProperty]
    public DateOnly? From { get; set; }

    [BindProperty]
    public DateOnly? To { get; set; }

    [BindProperty]
    public bool Secret { get; set; }

    public Authority Authority { get; private set; } = null!;

    public bool MaySeeSecret { get; private set; }

    public IReadOnlyList<PackMade> Made { get; private set; } = [];

    public async Task<IActionResult> OnGet(string code, CancellationToken ct) => await Show(code, ct) ?? Page();

    public async Task<IActionResult> OnPost(string code, CancellationToken ct)
    {
        if (await Show(code, ct) is { } other) return other;
        if (!ModelState.IsValid) return Page();
        var command = new MakeInspectionPack(From, To, Secret);
        var (files, refused) = await packs.Make(code, command, HttpContext.Caller(), ct);
        if (refused is null) return File(InspectionPacks.Zip(files), "application/zip", InspectionPacks.FileName(Authority.Code, command));
        ModelState.AddModelError(refused.Code switch { "period-missing" => From is null ? nameof(From) : nameof(To), "period-unusable" => nameof(To), "not-allowed" => nameof(Secret), _ => "" }, refused.Explanation);
        return Page();
    }

    private async Task<IActionResult?> Show(string code, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await authorities.Find(code.Trim(), ct) is not { } authority || !caller.IsStaffOf(authority.Id)) return NotFound();
        if (!InspectionPacks.May(caller, authority)) return Forbid();
        (Authority, MaySeeSecret) = (authority, caller.MayReadSecret(authority.Id));
        Made = await packs.Made(authority.Id, ct);
        return null;
    }
}
