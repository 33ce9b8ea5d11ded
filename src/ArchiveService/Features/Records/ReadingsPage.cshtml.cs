using ArchiveService.Access;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/lasningar: who read it behind its wall, and why.</summary>
public sealed class ReadingsPageModel(ReadReasons reads) : PageModel
{
    public Guid Id { get; private set; }

    public IReadOnlyList<ReadingOfRecord> Items { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken ct)
    {
        Id = id;
        (Items, var refused) = await reads.Of(id, HttpContext.Caller(), ct);
        return refused switch { null => Page(), { Status: StatusCodes.Status404NotFound } => NotFound(), _ => Forbid() };
    }
}
