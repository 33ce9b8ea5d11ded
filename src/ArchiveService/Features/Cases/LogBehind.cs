using ArchiveService.Features.Disposals;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Cases;

/// <summary>
/// Whether the database came back from a copy that is older than what the erasure ledger, outside it, knows to have happened: then numbers may have been given
/// that are not in it, and none is given until <c>resume-log</c> has said where the series go on.
/// </summary>
public sealed class LogBehind(Databases databases, ErasureLedger ledger)
{
    // A database is put back while the service is down: what was not behind once is not behind while this process lives.
    private volatile bool level;

    public async Task<bool> Is(CancellationToken ct)
    {
        if (level) return false;
        List<ErasureEntry> entries;
        try
        {
            entries = [.. ledger.Read().Select(line => line.Entry)];
        }
        catch (ErasureLedgerBroken)
        {
            // verify tells of that; it says nothing of numbers.
            return false;
        }

        await using (var query = databases.Writer.CreateCommand("""
                -- A backup that was brought back, and nobody has said since where the numbers go on.
                select exists (
                  select from archive.restores r where not exists (select from archive.mt_events e where e.type = 'log_resumed' and e.timestamp > r.restored_at))
                or exists (
                  select from unnest($1, $2, $3) l(run_id, batch, destroyed_at)
                  where not exists (select from archive.disposal_batches b where b.run_id = l.run_id and b.batch = l.batch)
                    and not exists (select from archive.mt_events e where e.type = 'log_resumed' and e.timestamp > l.destroyed_at))
                """))
        {
            query.Parameters.Add(new() { Value = entries.Select(e => e.Run).ToArray() });
            query.Parameters.Add(new() { Value = entries.Select(e => e.Batch).ToArray() });
            query.Parameters.Add(new() { Value = entries.Select(e => e.DestroyedAt.ToUniversalTime()).ToArray() });
            if ((bool)(await query.ExecuteScalarAsync(ct))!) return true;
        }

        level = entries.Count > 0;
        return false;
    }
}
