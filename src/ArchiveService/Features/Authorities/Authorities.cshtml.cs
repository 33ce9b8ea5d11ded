using System.Globalization;
using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Authorities;

public sealed class AuthoritiesModel(AuthorityRegister register, PutAuthorityHandler put) : PageModel
{
    public static IReadOnlyList<Choice> Presets { get; } = [.. Authorities.Preset.All.Values.OrderBy(p => p.Title, StringComparer.Ordinal).Select(p => new Choice(p.Name, p.Title))];

    [BindProperty]
    public string? Code { get; set; }

    [BindProperty]
    public string? Name { get; set; }

    [BindProperty]
    public string? Preset { get; set; }

    [BindProperty]
    public int? CoolingOffDays { get; set; }

    [BindProperty]
    public string? DecisionReference { get; set; }

    public IReadOnlyList<Authority> Items { get; private set; } = [];

    public bool MayChange { get; private set; }

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct);

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        var policy = CoolingOffDays is { } days ? new Dictionary<string, string>(StringComparer.Ordinal) { ["disposal.coolingOffDays"] = days.ToString(CultureInfo.InvariantCulture) } : null;
        var (authority, created, _, refused) = await put.Put(Code ?? "", new(Name, Preset, null, policy, DecisionReference), HttpContext.Caller(), ct);
        if (refused is null)
        {
            TempData.Tell(Notice.Done(created ? $"{authority!.Name} är upplagd" : $"{authority!.Name} har policyversion {authority.Policy.Version}"));
            return LocalRedirect("/myndigheter");
        }

        ModelState.AddModelError(refused.Code switch { "authority-code" => nameof(Code), "authority-name" => nameof(Name), "preset-unknown" => nameof(Preset), "decision-reference-missing" => nameof(DecisionReference), _ => "" }, refused.Explanation);
        return await Show(ct);
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        MayChange = caller.MayAnywhere(Role.Admin);
        Items = [.. (await register.All(ct)).Where(a => caller.IsStaffOf(a.Id))];
        return caller.IsService ? Forbid() : Page();
    }
}
