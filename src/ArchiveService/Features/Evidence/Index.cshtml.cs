using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Verify;
using ArchiveService.Hosting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Evidence;

/// <summary>/bevis: what vouches for the log, and how somebody else can check it.</summary>
public sealed class IndexModel(EvidenceLog log, CheckpointCopies copies, Databases databases) : PageModel
{
    public EvidenceHead? Head { get; private set; }

    public SignedCheckpoint? Latest { get; private set; }

    /// <summary>Events that no checkpoint vouches for yet.</summary>
    public long Waiting { get; private set; }

    public bool CopiesKept => copies.Kept;

    public static bool MaySee(Caller caller) => Verifications.MaySee(caller) || (!caller.IsService && caller.MayAnywhere(Role.Registrator));

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        if (!MaySee(HttpContext.Caller())) return Forbid();
        Head = await log.Head(ct);
        Latest = await log.Latest(ct);
        await using var query = databases.Staff.CreateCommand("select count(*) from archive.mt_events where seq_id > $1");
        query.Parameters.Add(new() { Value = Latest?.LastSequence ?? 0 });
        Waiting = (long)(await query.ExecuteScalarAsync(ct))!;
        return Page();
    }

    public IReadOnlyList<Fact> Facts() =>
    [
        new("Loggens namn", Head!.Origin),
        new("Händelser i loggen", Swedish.Number(Head.Size)),
        new("Senaste kontrollpunkt", Latest is { } signed ? $"{Swedish.DateAndClock(signed.SignedAt)}, {Swedish.Count(signed.Size, "händelse", "händelser")}" : "ingen än"),
        new("Väntar på kontrollpunkt", Waiting == 0 ? "ingen händelse" : Swedish.Count(Waiting, "händelse", "händelser")),
        new("Kopior utanför databasen", CopiesKept ? "skrivs vid varje kontrollpunkt" : "skrivs inte: inställningen Evidence__CheckpointCopy saknas"),
        new("Nyckel", Head.Key.ToString()),
    ];
}
