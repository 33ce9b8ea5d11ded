using ArchiveService.Hosting;

namespace ArchiveService.Features.Retention;

/// <summary>Asks whether a gallringsbeslut is in force and covers a type of record (N-16, V-11).</summary>
public sealed class DisposalDecisions(Databases databases)
{
    public async Task<bool> IsInForce(Guid decision, Guid authority, string recordType, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select exists (
              select 1 from archive.retention_decisions d
              where d.decision_id = $1 and d.authority_id = $2 and $3 = any (d.record_types)
                and (now() at time zone 'Europe/Stockholm')::date between d.valid_from and coalesce(d.valid_until, 'infinity'))
            """);
        query.Parameters.Add(new() { Value = decision });
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = recordType });
        return (bool)(await query.ExecuteScalarAsync(ct))!;
    }
}
