using Npgsql;

namespace ArchiveService.Features.Verify;

public sealed partial class VerifyArchive
{
    /// <summary>The tables of archive descriptions and inspection packs say what the log says.</summary>
    private async Task Descriptions(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        await Each(snapshot, """
            with told as (
              select stream_id, (data->>'authority')::uuid as authority_id, (data->>'version')::int as version, timestamp from archive.mt_events where type = 'archive_described')
            select coalesce(t.authority_id, d.authority_id), coalesce(t.version, d.version)
            from told t full join archive.archive_descriptions d on d.authority_id = t.authority_id and d.version = t.version
            where (t.stream_id, t.timestamp) is distinct from (d.stream_id, d.described_at)
            """, row => findings.Add(new(Severity.Error, "descriptions-differ", $"Version {row.GetInt32(1)} of the archive description of authority {row.GetGuid(0)} does not stand in archive.archive_descriptions as the log says it was written.", row.GetGuid(0))), ct);

        await Each(snapshot, """
            with told as (
              select stream_id, (data->>'authority')::uuid as authority_id, (data->>'from')::date as from_day, (data->>'to')::date as to_day, (data->>'secret')::boolean as secret, timestamp
              from archive.mt_events where type = 'inspection_pack_made')
            select coalesce(t.stream_id, p.pack_id)
            from told t full join archive.inspection_packs p on p.pack_id = t.stream_id
            where (t.authority_id, t.from_day, t.to_day, t.secret, t.timestamp) is distinct from (p.authority_id, p.from_day, p.to_day, p.secret, p.made_at)
            """, row => findings.Add(new(Severity.Error, "inspection-packs-differ", $"Inspection pack {row.GetGuid(0)} does not stand in archive.inspection_packs as the log says it was made.", row.GetGuid(0))), ct);
    }
}
