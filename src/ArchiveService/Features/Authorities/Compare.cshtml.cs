using ArchiveService.Access;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Authorities;

/// <summary>The guidelines side by side, key by key.</summary>
public sealed class CompareModel : PageModel
{
    /// <summary>Only the keys on which they differ.</summary>
    [BindProperty(SupportsGet = true, Name = "skillnader")]
    public bool OnlyDifferent { get; set; }

    public IReadOnlyList<ComparedKey> Keys { get; private set; } = [];

    public int Different { get; private set; }

    public IActionResult OnGet()
    {
        if (HttpContext.Caller().IsService) return Forbid();
        var all = PolicyPresets.Compare(Preset.Guidelines);
        Different = all.Count(k => k.Different > 1);
        Keys = OnlyDifferent ? [.. all.Where(k => k.Different > 1)] : all;
        return Page();
    }
}
