using Npgsql;

namespace ArchiveService.Features.Verify;

public sealed partial class VerifyArchive
{
    /// <summary>Rådata that was destroyed by its own frist: each act has its event, and destroyed nothing that was not read or that a hold covered.</summary>
    private async Task RawData(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        counts["deliveries destroyed by their own frist"] = await Scalar(snapshot, "select coalesce(sum(items), 0)::bigint from archive.disposal_runs where kind = 'radata'", ct);
        await Each(snapshot, """
            select coalesce(e.stream_id, r.run_id) from (select stream_id, data from archive.mt_events where type = 'raw_data_disposed') e
            full join (select run_id, authority_id, items, (select count(*) from archive.destruction_marks m where m.run_id = d.run_id) as marks from archive.disposal_runs d where kind = 'radata') r on r.run_id = e.stream_id
            where (r.authority_id::text, r.items, r.marks) is distinct from (e.data->>'authority', (e.data->>'deliveries')::int, (e.data->>'deliveries')::bigint)
            """, row => findings.Add(new(Severity.Error, "raw-disposals-differ", $"Act {row.GetGuid(0)} destroyed other deliveries by their own frist than its event says.", row.GetGuid(0))), ct);
        await Each(snapshot, """
            select m.stream_id from archive.destruction_marks m join archive.disposal_runs r on r.run_id = m.run_id and r.kind = 'radata'
            where m.class <> 'delivery' or not exists (select from archive.mt_events e where e.stream_id = m.stream_id and e.type = 'delivery_processed')
            """, row => findings.Add(new(Severity.Error, "raw-destroyed-unread", $"Delivery {row.GetGuid(0)} was destroyed by its own frist, but was never read.", row.GetGuid(0))), ct);
        await Each(snapshot, """
            select d.delivery_id, h.hold_id from archive.destruction_marks m join archive.disposal_runs r on r.run_id = m.run_id and r.kind = 'radata'
            join archive.delivery_records d on d.delivery_id = m.stream_id join archive.record_states s on s.record_id = d.record_id
            join archive.holds h on h.authority_id = s.authority_id and h.target_id in (s.record_id, s.account_id)
            where h.placed_at < m.destroyed_at and coalesce(h.lifted_at, 'infinity') > m.destroyed_at
            """, row => findings.Add(new(Severity.Error, "held-and-destroyed", $"Delivery {row.GetGuid(0)} was destroyed while hold {row.GetGuid(1)} covered a record that came with it.", row.GetGuid(0))), ct);
        await Same(snapshot, "subscription-gaps-differ", "times without subscription in the log, begun and ended",
            "select 1000000 * count(*) filter (where type = 'channel_unsubscribed') + count(*) filter (where type = 'channel_subscribed_again') from archive.mt_events where type in ('channel_unsubscribed', 'channel_subscribed_again')",
            "rows of archive.subscription_gaps", "select 1000000 * count(*) + count(to_at) from archive.subscription_gaps", ct);
    }
}
