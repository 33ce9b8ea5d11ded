using System.Globalization;
using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Start;

/// <summary>/att-gora: one of the lists that the start page counts.</summary>
public sealed class DuePageModel(Due due, RecordViewFreshness freshness) : PageModel
{
    public DueList List { get; private set; } = null!;

    public IReadOnlyList<DueItem> Items { get; private set; } = [];

    public long Total { get; private set; }

    public string When => List.Key switch
    {
        "samtycken" or "uppdrag-som-slutar" or "nycklar" => "Till",
        "att-gallra" or "att-granska" or "att-overlamna" => "Frist",
        "tysta-kanaler" => "Hördes senast",
        _ => "Sedan",
    };

    public Pager Paging { get; private set; } = new(null, null);

    public async Task<IActionResult> OnGet(string? lista, string? sida, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (caller.IsService) return Forbid();
        if (DueLists.Find(lista) is not { } list) return NotFound();
        if (!caller.MayAnywhere(list.For)) return Forbid();
        List = list;
        await freshness.Reach(Request, ct);
        var page = int.TryParse(sida, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n is >= 1 and < 1_000_000 ? n - 1 : 0;
        Total = (await due.Counts([list], caller, ct))[list.Key].Count;
        Items = Total == 0 ? [] : await due.Items(list, page, caller, ct);
        Paging = new(
            page > 0 ? Request.With("sida", page.ToString(CultureInfo.InvariantCulture)) : null,
            (page + 1L) * Due.PerPage < Total ? Request.With("sida", (page + 2).ToString(CultureInfo.InvariantCulture)) : null)
        { Label = "Fler i listan" };
        return Page();
    }
}
