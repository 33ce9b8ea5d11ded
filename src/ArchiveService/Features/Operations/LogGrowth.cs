using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Operations;

/// <summary>
/// How many events the log took, day by day: the difference between the day's last checkpoint and the one before it. It counts what stands behind walls too, so it is for
/// whoever may see the operations, and not on the start page.
/// </summary>
public static class LogGrowth
{
    private const int Days = 28;

    public static async Task<Chart?> Read(Databases databases, TimeProvider clock, CancellationToken ct)
    {
        var today = Swedish.Day(clock.GetUtcNow());
        var first = today.AddDays(1 - Days);
        await using var query = databases.Writer.CreateCommand("""
            select archive.swedish_date(signed_at), max(size) from archive.evidence_checkpoints
            where origin = (select origin from archive.evidence_logs order by ordinal desc limit 1) group by 1 order by 1
            """);
        var grown = new Dictionary<DateOnly, long>();
        var before = 0L;
        await using var row = await query.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
        {
            var (day, size) = (row.GetFieldValue<DateOnly>(0), row.GetInt64(1));
            grown[day] = size - before;
            before = size;
        }

        return grown.Count == 0 ? null : Chart.OfDays("loggen", "Händelser i loggen, dag för dag", first, today, day => grown.GetValueOrDefault(day), ("händelse", "händelser"), "Räknat på kontrollpunkterna.");
    }
}
