using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Features.Disposals;

/// <summary>Carries committed batches over to the erasure ledger: after each batch, and at start for those whose process died in between.</summary>
public sealed class LedgerKeeping(Databases databases, ErasureLedger ledger)
{
    /// <returns>How many entries were written.</returns>
    public async Task<int> CarryOver(CancellationToken ct)
    {
        var missing = new List<(Guid Run, int Batch)>();
        await using (var query = databases.Writer.CreateCommand(
            "select run_id, batch from archive.disposal_batches where ledger_entry is null and records + deliveries > 0 order by destroyed_at, run_id, batch"))
        await using (var rows = await query.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) missing.Add((rows.GetGuid(0), rows.GetInt32(1)));
        }

        foreach (var (run, batch) in missing) await CarryOver(run, batch, ct);
        return missing.Count;
    }

    private async Task CarryOver(Guid run, int batch, CancellationToken ct)
    {
        // The file first, durable; then the note that it is there. A crash in between finds the entry again by run and batch.
        var number = await ledger.Append(await Entry(run, batch, ct), ct);
        await using var note = databases.Writer.CreateCommand("update archive.disposal_batches set ledger_entry = $3 where run_id = $1 and batch = $2 and ledger_entry is null");
        foreach (var value in (object[])[run, batch, number]) note.Parameters.Add(new() { Value = value });
        await note.ExecuteNonQueryAsync(ct);
    }

    private async Task<ErasureEntry> Entry(Guid run, int batch, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select r.authority_id, b.destroyed_at, b.records,
                   array(select m.class || ':' || m.key_id || ':' || m.stream_id from archive.destruction_marks m where m.run_id = b.run_id and m.batch = b.batch order by m.key_id),
                   array(select o.object_key from archive.object_deletions o where o.run_id = b.run_id and o.batch = b.batch order by o.object_key)
            from archive.disposal_batches b join archive.disposal_runs r using (run_id) where b.run_id = $1 and b.batch = $2
            """);
        query.Parameters.Add(new NpgsqlParameter { Value = run });
        query.Parameters.Add(new NpgsqlParameter { Value = batch });
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return new(run, batch, row.GetGuid(0), row.GetFieldValue<DateTimeOffset>(1), row.GetInt32(2), row.GetFieldValue<string[]>(3), row.GetFieldValue<string[]>(4));
    }
}
