using System.Text;
using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Retention;

/// <summary>/gallring/plan: the informationshanteringsplan of an authority, its versions, where the rules differ, and a new version from a file.</summary>
public sealed class PlanPageModel(AuthorityRegister authorities, InformationPlans plans, RetentionRegister register, AdoptInformationPlanHandler handler) : PageModel
{
    [BindProperty]
    public IFormFile? PlanFile { get; set; }

    [BindProperty]
    public string? Csv { get; set; }

    [BindProperty]
    public string? DecisionReference { get; set; }

    public Authority? Authority { get; private set; }

    public IReadOnlyList<Authority> Authorities { get; private set; } = [];

    public InformationPlan? Plan { get; private set; }

    public IReadOnlyList<InformationPlan> Versions { get; private set; } = [];

    public IReadOnlyList<PlanGap> Gaps { get; private set; } = [];

    public InformationPlanTaken? Preview { get; private set; }

    public bool MayChange { get; private set; }

    public static string Word(string change) => change switch
    {
        "added" => "Ny rad",
        "changed" => "Ändras",
        _ => "Utgår",
    };

    /// <summary>How long the service's own record lives: the policy's frist, or what its kind says.</summary>
    public static string Lives(OwnRecord own, Policy? policy) =>
        own.PolicyKey is { } key && policy is not null ? Swedish.Sentence(PolicyKeys.Word(key, policy.Of(key).Value))
        : own.Fate switch
        {
            OwnFate.WithRecord => "Som handlingen",
            OwnFate.Derived => "Som det är gjort av",
            OwnFate.Ends => "Tills det har gjort sitt",
            _ => "Bevaras tills ett gallringsbeslut gäller",
        };

    /// <param name="myndighet">The authority's code; the first one the reader works at when absent.</param>
    public async Task<IActionResult> OnGet(string? myndighet, int? version, CancellationToken ct) => await Show(myndighet, version, ct) ?? Page();

    public async Task<IActionResult> OnGetFil(string? myndighet, int? version, CancellationToken ct)
    {
        if (await Show(myndighet, version, ct) is { } other) return other;
        return Plan is null ? NotFound() : File([.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes(InformationPlanFile.Write(Plan.Rows))], CsvText.MediaType, $"informationshanteringsplan-{Authority!.Code}-{Plan.Version}.csv");
    }

    public async Task<IActionResult> OnPostPreview(string? myndighet, CancellationToken ct)
    {
        if (await Show(myndighet, null, ct) is { } other) return other;
        if (PlanFile is null || PlanFile.Length == 0)
        {
            ModelState.AddModelError(nameof(PlanFile), "Välj en fil.");
            return Page();
        }

        try
        {
            using var reader = new StreamReader(PlanFile.OpenReadStream(), new UTF8Encoding(false, throwOnInvalidBytes: true));
            Csv = await reader.ReadToEndAsync(ct);
        }
        catch (DecoderFallbackException)
        {
            ModelState.AddModelError(nameof(PlanFile), "Filen är inte UTF-8. Spara den som CSV UTF-8 och försök igen.");
            return Page();
        }

        ModelState.Remove(nameof(Csv));
        var (preview, refused) = await handler.Adopt(Authority!.Code, AdoptInformationPlan.FromCsv(Csv, DecisionReference, dryRun: true), HttpContext.Caller(), ct);
        Preview = preview;
        if (refused is not null) ModelState.AddModelError(nameof(PlanFile), refused.Explanation);
        return Page();
    }

    public async Task<IActionResult> OnPostAdopt(string? myndighet, CancellationToken ct)
    {
        if (await Show(myndighet, null, ct) is { } other) return other;
        var (adopted, refused) = await handler.Adopt(Authority!.Code, AdoptInformationPlan.FromCsv(Csv ?? "", DecisionReference, dryRun: false), HttpContext.Caller(), ct);
        if (refused is not null)
        {
            ModelState.AddModelError(nameof(PlanFile), refused.Explanation);
            return Page();
        }

        TempData.Tell(Notice.Done($"Planen är införd i version {adopted!.Version}", $"{Swedish.Count(adopted.Rows, "rad", "rader")}, {Swedish.Number(adopted.Changes.Count)} ändrade. Planen gallrar inget själv: det gör reglerna."));
        return LocalRedirect($"/gallring/plan?myndighet={Authority.Code}");
    }

    private async Task<IActionResult?> Show(string? code, int? version, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        var seen = caller.AuthoritiesWith(Worklist.Readers);
        if (caller.IsService || seen is []) return Forbid();
        Authorities = [.. (await authorities.All(ct)).Where(a => seen is null || seen.Contains(a.Id)).OrderBy(a => a.Name, StringComparer.CurrentCulture)];
        Authority = code is null ? Authorities.Count > 0 ? Authorities[0] : null : Authorities.FirstOrDefault(a => a.Code == code);
        if (Authority is null) return code is null ? null : NotFound();
        Versions = await plans.Versions(Authority.Id, ct);
        Plan = await plans.Of(Authority.Id, version, ct);
        if (Plan is null && version is not null) return NotFound();
        Gaps = Plan?.Against(await register.RulesInForce([Authority.Id], ct), await register.Today(ct)) ?? [];
        MayChange = caller.May(Authority.Id, Role.Arkivarie);
        return null;
    }
}
