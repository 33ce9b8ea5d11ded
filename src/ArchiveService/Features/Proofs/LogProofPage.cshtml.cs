using ArchiveService.Access;
using ArchiveService.Features.Evidence;
using ArchiveService.Hosting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Proofs;

/// <summary>/bevis/loggen: that the log at one checkpoint extends the log at another.</summary>
public sealed class LogProofPageModel(Databases databases) : PageModel
{
    public KeptCheckpoint? Latest { get; private set; }

    public string? From { get; set; }

    public string? To { get; set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken ct)
    {
        if (!IndexModel.MaySee(HttpContext.Caller())) return Forbid();
        Latest = await new LogPlaces(databases.Public).OfSize(null, ct);
        To = Latest?.Size.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Page();
    }
}
