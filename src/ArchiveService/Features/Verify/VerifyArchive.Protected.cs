using Npgsql;

namespace ArchiveService.Features.Verify;

public sealed partial class VerifyArchive
{
    /// <summary>Flags of protected identity stand as the log says, and nothing that a flagged account wrote stands open (docs/adr/0018).</summary>
    private async Task Protected(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        await Each(snapshot, """
            with turns as (
              select distinct on (stream_id) stream_id, type from archive.mt_events
              where type in ('identity_protected', 'identity_protection_lifted') order by stream_id, version desc),
            told as (
              select t.stream_id, s.data, s.timestamp, s.user_name, r.data as reviewed, r.timestamp as reviewed_at
              from turns t
              cross join lateral (select * from archive.mt_events e where e.stream_id = t.stream_id and e.type = 'identity_protected' order by e.version desc limit 1) s
              left join lateral (select * from archive.mt_events e where e.stream_id = t.stream_id and e.type = 'identity_protection_reviewed' and e.version > s.version order by e.version desc limit 1) r on true
              where t.type = 'identity_protected')
            select coalesce(t.stream_id, p.account_id) from told t full join archive.protected_accounts p on p.account_id = t.stream_id
            where (t.stream_id, t.data->>'protection', t.data->>'authority', t.data->>'basis', t.data->>'provision', t.data->>'decidedOn',
                   case when t.reviewed is null then t.data->>'until' else t.reviewed->>'until' end, case when t.reviewed is null then t.data->>'reviewOn' else t.reviewed->>'reviewOn' end, t.timestamp, t.user_name, t.reviewed_at)
              is distinct from (p.account_id, p.protection_id::text, p.authority_id::text, p.basis, p.provision, p.decided_on::text, p.until_day::text, p.review_on::text, p.protected_at, p.protected_by::text, p.reviewed_at)
            """, row => findings.Add(new(Severity.Error, "protected-accounts-differ", $"The flag of protected identity on account {row.GetGuid(0)} does not stand in archive.protected_accounts as the log says.", row.GetGuid(0))), ct);

        await Each(snapshot, """
            select s.record_id from archive.record_states s join archive.protected_accounts p using (account_id) where s.wall <> 'secret' and s.disposed_at is null
            """, row => findings.Add(new(Severity.Error, "protected-and-open", $"Record {row.GetGuid(0)} is by an account with a protected identity and does not stand behind the wall.", row.GetGuid(0))), ct);

        await Each(snapshot, """
            select m.account_id from archive.protected_mentions m
            where not exists (select from archive.mt_events e where e.stream_id = m.account_id and e.type = 'protected_identity_mentioned' and (e.data->>'record')::uuid = m.record_id)
               or not exists (select from archive.protected_accounts p where p.account_id = m.account_id)
            """, row => findings.Add(new(Severity.Error, "protected-accounts-differ", $"A mention of the account {row.GetGuid(0)} stands in archive.protected_mentions without an event or a flag.", row.GetGuid(0))), ct);

        await Each(snapshot, """
            select p.record_id from archive.snapshots p join archive.record_states s using (record_id) join archive.protected_accounts f on f.channel_id = p.channel_id
            where s.wall <> 'secret' and s.disposed_at is null
              and exists (select from archive.record_states w where w.account_id = f.account_id and w.channel_id = p.channel_id and archive.swedish_date(w.received_at) <= p.period_to
                          and (w.removed_at is null or archive.swedish_date(w.removed_at) >= p.period_from))
              and not exists (select from archive.mt_events e where e.stream_id = p.record_id and e.type = 'record_protection_lifted' and (e.data->>'protection')::uuid = f.protection_id)
            """, row => findings.Add(new(Severity.Warning, "protected-picture-open", $"The picture {row.GetGuid(0)} may show what somebody with a protected identity wrote, and nobody has looked at it. Examine the flag anew (/skyddade-identiteter): it goes behind the wall.", row.GetGuid(0))), ct);
    }
}
