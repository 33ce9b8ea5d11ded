using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Secrecy;

/// <summary>/skyddade-identiteter: whose identity is protected, for the cleared.</summary>
public sealed class ProtectedModel(ProtectedIdentities identities, RecordViewFreshness freshness) : PageModel
{
    public IReadOnlyList<ProtectedIdentity> Items { get; private set; } = [];

    public IReadOnlyList<ProtectedNotice> Arrivals { get; private set; } = [];

    public IReadOnlyList<ProtectedNotice> Mentions { get; private set; } = [];

    public int Due => Items.Where(i => i.Due).Select(i => i.Together).Distinct().Count();

    public async Task<IActionResult> OnGetAsync(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (caller.IsService || !caller.MayAnywhere(MarkedRecords.Readers)) return Forbid();
        await freshness.Reach(Request, ct);
        (Items, Arrivals, Mentions) = (await identities.Of(caller, null, 0, ct), await identities.Arrivals(caller, null, ct), await identities.Mentions(caller, null, ct));
        return Page();
    }

    public static Mark Arrived { get; } = new(Icon.Warning, "Skyddad identitet: ny handling", Tone.Bad);

    public static string Basis(string code) => ProtectIdentity.Bases.FirstOrDefault(b => b.Code == code).Said ?? code;
}
