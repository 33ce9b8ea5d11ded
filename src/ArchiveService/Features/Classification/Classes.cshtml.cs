using System.Diagnostics;
using System.Text;
using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Classification;

/// <summary>/myndigheter/{code}/klasser: the plan, and a new one from a file, shown before it is taken in.</summary>
public sealed class ClassesModel(AuthorityRegister authorities, ClassificationPlans plans, AdoptPlanHandler handler, TimeProvider clock) : PageModel
{
    [BindProperty(SupportsGet = true, Name = "q")]
    public string? Search { get; set; }

    [BindProperty]
    public IFormFile? PlanFile { get; set; }

    [BindProperty]
    public string? Csv { get; set; }

    [BindProperty]
    public string? DecisionReference { get; set; }

    public Authority Authority { get; private set; } = null!;

    public ClassificationPlan? Plan { get; private set; }

    public IReadOnlyList<RecordClass> Shown { get; private set; } = [];

    public PlanAdopted? Preview { get; private set; }

    public bool MayChange { get; private set; }

    public static string Word(ClassChange change) => change switch
    {
        ClassChange.Added => "Ny",
        ClassChange.Changed => "Ändras",
        ClassChange.Closed => "Upphör",
        _ => throw new UnreachableException($"{change}"),
    };

    public string Validity(RecordClass one) => (one.ValidFrom, one.ValidUntil) switch
    {
        (null, null) => "Tills vidare",
        ({ } from, null) => $"Från {Swedish.Date(from)}",
        (null, { } until) => until < Swedish.Day(clock.GetUtcNow()) ? $"Upphörde {Swedish.Date(until)}" : $"Till {Swedish.Date(until)}",
        ({ } from, { } until) => $"{Swedish.Date(from)} – {Swedish.Date(until)}",
    };

    public async Task<IActionResult> OnGet(string code, CancellationToken ct) => await Show(code, ct) ?? Page();

    public async Task<IActionResult> OnPostPreview(string code, CancellationToken ct)
    {
        if (await Show(code, ct) is { } other) return other;
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
        var (preview, refused) = await handler.Adopt(code, new(Csv, DecisionReference, DryRun: true), HttpContext.Caller(), ct);
        Preview = preview;
        if (refused is not null) ModelState.AddModelError(nameof(PlanFile), refused.Explanation);
        return Page();
    }

    public async Task<IActionResult> OnPostAdopt(string code, CancellationToken ct)
    {
        if (await Show(code, ct) is { } other) return other;

        // A form's line ends are CRLF; to the reader of the file they are the same.
        var (adopted, refused) = await handler.Adopt(code, new(Csv, DecisionReference, DryRun: false), HttpContext.Caller(), ct);
        if (refused is not null)
        {
            ModelState.AddModelError(nameof(PlanFile), refused.Explanation);
            return Page();
        }

        TempData.Tell(Notice.Done($"Planen är införd i version {adopted!.Version}", $"{Swedish.Number(adopted.Classes)} klasser, {Swedish.Number(adopted.Differences.Count)} ändrade."));
        return LocalRedirect($"/myndigheter/{Authority.Code}/klasser");
    }

    private async Task<IActionResult?> Show(string code, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await authorities.Find(code, ct) is not { } authority || !caller.IsStaffOf(authority.Id)) return NotFound();
        Authority = authority;
        Plan = await plans.Of(authority.Id, ct);
        Shown = [.. (Plan?.Classes ?? []).Where(c => AdoptPlan.Matches(c, Search))];
        MayChange = caller.May(authority.Id, Role.Arkivarie, Role.Registrator, Role.Admin);
        return null;
    }
}
