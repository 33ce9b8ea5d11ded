using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Blocking;

/// <summary>/blockerade: who is blocked, what is due.</summary>
public sealed class BlockedModel(BlockedSenders senders, RecordViewFreshness freshness) : PageModel
{
    public IReadOnlyList<BlockedSender> Blocks { get; private set; } = [];

    public int Due => Blocks.Count(b => b.Due);

    public async Task OnGetAsync(CancellationToken ct)
    {
        await freshness.Reach(Request, ct);
        Blocks = await senders.List(HttpContext.Caller(), ct);
    }

    public static Mark State(BlockedSender block) =>
        block.LiftedAt is { } lifted ? new(Icon.Ok, $"Hävd {Swedish.Date(lifted)}", Tone.Gone)
        : block.Due ? Marks.Attention(block.Until is not null ? "Tiden är ute" : "Ska omprövas")
        : new(Icon.Stop, "Blockerad", Tone.Hold);
}
