using ArchiveService.Access;
using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Secrecy;

/// <summary>/sekretess: the marks that wait to be examined anew.</summary>
public sealed class IndexModel(MarkedRecords marked, ProtectedIdentities identities, RecordViewFreshness freshness) : PageModel
{
    public IReadOnlyList<MarkedRecord> Items { get; private set; } = [];

    /// <summary>New records by somebody with a protected identity.</summary>
    public IReadOnlyList<ProtectedNotice> Arrivals { get; private set; } = [];

    public bool MayReview => HttpContext.Caller().MayAnywhere(Role.Registrator, Role.Arkivarie);

    public async Task<IActionResult> OnGetAsync(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (caller.IsService || !caller.MayAnywhere(MarkedRecords.Readers)) return Forbid();
        await freshness.Reach(Request, ct);
        Items = await marked.Of(caller, null, 0, ct);
        Arrivals = await identities.Arrivals(caller, null, ct);
        return Page();
    }
}
