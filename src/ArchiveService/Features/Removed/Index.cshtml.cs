using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Removed;

/// <summary>/borttaget: what was taken down, with grounds and motivation.</summary>
public sealed class IndexModel(RemovedItems removed, RecordViewFreshness freshness) : PageModel
{
    public IReadOnlyList<RemovedItem> Items { get; private set; } = [];

    public bool More { get; private set; }

    public string? Wrong { get; private set; }

    public string Value(string name) => Request.Query[name].ToString();

    public string CsvHref => "/borttaget.csv" + Request.QueryString;

    public string Note => More ? $"de {Swedish.Number(Items.Count)} senaste; begränsa listan för att se äldre" : Swedish.Count(Items.Count, "åtgärd", "åtgärder");

    public async Task OnGetAsync(CancellationToken ct)
    {
        await freshness.Reach(Request, ct);
        var (search, refused) = RemovedSearch.Parse(Request.Query);
        if (refused is not null)
        {
            (Wrong, Response.StatusCode) = (refused.Explanation, refused.Status);
            return;
        }

        (Items, More) = await removed.Find(search!, HttpContext.Caller(), RemovedItems.Most, ct);
    }

    public static Mark Act(RemovedItem item) => item.Act switch { "item_hidden" => Marks.Hidden, "item_unpublished" => Marks.Unpublished, _ => Marks.DeletedInChannel };
}
