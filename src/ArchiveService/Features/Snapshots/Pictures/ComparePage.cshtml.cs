using System.Globalization;
using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Snapshots.Pictures;

/// <summary>/handlingar/{id}/jamfor-bilden: an ögonblicksbild beside the one before it in its channel (H-28, T-19).</summary>
public sealed class ComparePageModel(PictureComparisons comparisons) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    public Guid Earlier { get; private set; }

    public PictureComparison Comparison { get; private set; } = null!;

    public IReadOnlyList<DiffLine?> Told { get; private set; } = [];

    public static string Share(double share) => share == 0
        ? "Bilderna ser likadana ut."
        : $"{(share < 0.001 ? "Mindre än 0,1" : (share * 100).ToString("0.#", CultureInfo.GetCultureInfo("sv-SE")))} procent av bilden ser annorlunda ut.";

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        var (earlier, comparison, refused) = await comparisons.Of(Id, HttpContext.Caller(), ct);
        if (refused is { Status: StatusCodes.Status409Conflict or StatusCodes.Status410Gone } why)
        {
            TempData.Tell(Notice.Info("Ögonblicksbilden kan inte jämföras", why.Explanation));
            return LocalRedirect($"/handlingar/{Id:D}");
        }

        if (refused is not null) return NotFound();
        (Earlier, Comparison, Told) = (earlier!.Value, comparison!, TextDiff.Told(comparison!.Text));
        return Page();
    }
}
