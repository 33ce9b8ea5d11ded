using Npgsql;

namespace ArchiveService.Features.Verify;

public sealed partial class VerifyArchive
{
    /// <summary>What the list of persons' requests goes by, and what they hold from gallring, is what the requests' own events say.</summary>
    private async Task DataSubjects(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        await Each(snapshot, """
            with told as (
              select e.stream_id as request_id,
                     max(e.data->>'authority') filter (where e.type = 'data_subject_requested')::uuid as authority_id,
                     max(e.data->>'number') filter (where e.type = 'data_subject_requested') as number,
                     max(e.data->>'right') filter (where e.type = 'data_subject_requested') as "right",
                     (array_agg((e.data->>'dueOn')::date order by e.version desc) filter (where e.type in ('data_subject_requested', 'data_subject_time_extended')))[1] as due_on,
                     bool_or(e.type = 'data_subject_time_extended') as extended, bool_or(e.type = 'data_subject_identified') as identified,
                     max(e.data->>'case') filter (where e.type = 'data_subject_case_opened')::uuid as case_id,
                     max(case e.type when 'data_subject_answered' then e.data->>'answer' when 'data_subject_extract_handed_out' then 'handedOut' when 'data_subject_request_withdrawn' then 'withdrawn' end) as answer,
                     max(case e.type when 'data_subject_answered' then e.data->>'toldOn' when 'data_subject_extract_handed_out' then e.data->>'handedOutOn' when 'data_subject_request_withdrawn' then e.data->>'withdrawnOn' end)::date as answered_on,
                     max(e.timestamp) filter (where e.type = 'data_subject_request_closed') as closed_at
              from archive.mt_events e where e.type like 'data\_subject\_%' group by e.stream_id)
            select coalesce(t.request_id, r.request_id), coalesce(t.number, r.number) from told t full join archive.subject_requests r using (request_id)
            where (t.authority_id, t.number, t."right", t.due_on, t.extended, t.identified, t.case_id, t.answer, t.answered_on, t.closed_at)
              is distinct from (r.authority_id, r.number, r."right", r.due_on, r.extended, r.identified, r.case_id, r.answer, r.answered_on, r.closed_at)
            """, row => findings.Add(new(Severity.Error, "data-subject-requests-differ", $"{row.GetString(1)} does not stand in archive.subject_requests as the log says.", row.GetGuid(0))), ct);

        // A link stands from its event until one that takes it back, or the request's end; added again it is a new one.
        await Each(snapshot, """
            with happened as (
              select e.stream_id as request_id, e.version, e.type, (e.data->>'target')::uuid as target_id, e.data->>'kind' as kind, e.timestamp
              from archive.mt_events e where e.type in ('data_subject_linked', 'data_subject_unlinked', 'data_subject_request_closed')),
            told as (
              select l.request_id, row_number() over (partition by l.request_id order by l.version)::int as place, l.kind, l.target_id, l.timestamp as added_at,
                     (select min(u.timestamp) from happened u where u.request_id = l.request_id and u.version > l.version
                       and (u.type = 'data_subject_request_closed' or (u.type = 'data_subject_unlinked' and u.target_id = l.target_id))) as released_at
              from happened l where l.type = 'data_subject_linked')
            select coalesce(t.request_id, l.request_id) from told t full join archive.subject_links l using (request_id, place)
            where (t.kind, t.target_id, t.added_at, t.released_at) is distinct from (l.kind, l.target_id, l.added_at, l.released_at)
            """, row => findings.Add(new(Severity.Error, "data-subject-links-differ", $"What request {row.GetGuid(0)} holds from gallring does not stand in archive.subject_links as the log says.", row.GetGuid(0))), ct);

        await Each(snapshot, """
            select coalesce(e.id, s.event_id) from (select id, stream_id, (data->>'record')::uuid as record_id, timestamp from archive.mt_events where type = 'data_subject_supplement_noted') e
            full join archive.subject_supplements s on s.event_id = e.id
            where (e.stream_id, e.record_id, e.timestamp) is distinct from (s.request_id, s.record_id, s.noted_at)
            """, row => findings.Add(new(Severity.Error, "supplements-differ", $"The supplement of event {row.GetGuid(0)} does not stand in archive.subject_supplements as the log says.", row.GetGuid(0))), ct);
    }
}
