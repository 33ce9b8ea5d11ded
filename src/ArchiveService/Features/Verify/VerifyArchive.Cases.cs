using Npgsql;

namespace ArchiveService.Features.Verify;

public sealed partial class VerifyArchive
{
    /// <summary>What the lists of cases go by is what the cases' own events say.</summary>
    private async Task Cases(NpgsqlTransaction snapshot, CancellationToken ct) => await Each(snapshot, """
        with told as (
          select e.stream_id as case_id,
                 (array_agg(case when e.type = 'case_closed' then (e.data->>'closedAt')::timestamptz end order by e.version desc) filter (where e.type in ('case_closed', 'case_reopened')))[1] as closed_at,
                 (array_agg((e.data->>'officer')::uuid order by e.version desc) filter (where e.type = 'case_officer_assigned'))[1] as officer_id,
                 (array_agg(case when e.type = 'case_archived' then (e.data->>'archivedOn')::date end order by e.version desc) filter (where e.type in ('case_archived', 'case_reopened')))[1] as archived_on,
                 count(*) filter (where e.type = 'case_appeal_received') - count(*) filter (where e.type in ('case_appeal_dismissed', 'case_appeal_concluded')) as open_appeals,
                 coalesce(max((e.data->>'documentNumber')::int) filter (where e.type in ('case_document_added', 'case_note_written', 'case_decision_made', 'case_appeal_received', 'case_protocol_registered')), 0) as last_document,
                 coalesce((array_agg(e.type = 'case_title_marked' order by e.version desc) filter (where e.type in ('case_title_marked', 'case_title_mark_lifted')))[1], false) as marked
          from archive.mt_events e
          where e.type in ('case_opened', 'case_closed', 'case_reopened', 'case_officer_assigned', 'case_archived', 'case_appeal_received', 'case_appeal_dismissed', 'case_appeal_concluded',
                           'case_document_added', 'case_note_written', 'case_decision_made', 'case_protocol_registered', 'case_title_marked', 'case_title_mark_lifted')
          group by e.stream_id)
        select c.case_id, c.diary_number from archive.cases c join told t using (case_id)
        where (c.closed_at, c.officer_id, c.archived_on, c.open_appeals, c.last_document, c.marked) is distinct from (t.closed_at, t.officer_id, t.archived_on, t.open_appeals, t.last_document, t.marked)
        """, row => findings.Add(new(Severity.Error, "cases-differ", $"{row.GetString(1)} does not stand in archive.cases as the log says: its end, officer, place in the archive, open appeals, last document or secrecy mark.", row.GetGuid(0))), ct);
}
