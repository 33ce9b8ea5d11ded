using Npgsql;

namespace ArchiveService.Features.Verify;

public sealed partial class VerifyArchive
{
    /// <summary>Every number of a series and year is one case's or has been voided, and none stands twice (I7); what was corrected or transferred stands as the log says.</summary>
    private async Task Diary(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        // A number that another system's case or an older number already had was left to it: the counter went past it.
        await Each(snapshot, """
            select s.series_id, s.organ, c.year, n.number
            from archive.diary_counters c join archive.diary_series s using (series_id) cross join lateral generate_series(1, c.last) n(number)
            where not exists (select from archive.cases k where k.series_id = c.series_id and k.year = c.year and k.number = n.number and k.external_system is null)
              and not exists (select from archive.voided_numbers v where v.series_id = c.series_id and v.year = c.year and v.number = n.number)
              and not exists (select from archive.cases x where x.authority_id = s.authority_id and x.external_system is not null and x.diary_number ~ ('(^|\D)0*' || n.number || '(\D|$)'))
              and not exists (select from archive.case_alternates x where x.authority_id = s.authority_id and x.alternate ~ ('(^|\D)0*' || n.number || '(\D|$)'))
            order by 1, 3, 4 limit 100
            """, row => findings.Add(new(Severity.Error, "diary-number-gap", $"Number {row.GetInt64(3)} of {row.GetInt32(2)} in series {row.GetString(1)} is no case's and has not been voided.", row.GetGuid(0))), ct);
        await Each(snapshot, """
            select k.case_id, k.diary_number from archive.cases k left join archive.diary_counters c using (series_id, year)
            where k.external_system is null and (c.last is null or k.number > c.last or k.number < 1)
            union all
            select v.series_id, v.diary_number from archive.voided_numbers v left join archive.diary_counters c using (series_id, year) where c.last is null or v.number > c.last
            """, row => findings.Add(new(Severity.Error, "diary-number-ahead", $"{row.GetString(1)} stands above the counter of its series, which would give it once more.", row.GetGuid(0))), ct);
        await Each(snapshot, """
            select v.series_id, v.diary_number from archive.voided_numbers v join archive.cases k using (series_id, year, number)
            where k.external_system is null and (v.case_id is distinct from k.case_id or k.voided_at is null)
            union all
            select k.case_id, k.diary_number from archive.cases k where k.voided_at is not null and not exists (select from archive.voided_numbers v where v.case_id = k.case_id)
            """, row => findings.Add(new(Severity.Error, "voided-numbers-differ", $"{row.GetString(1)} is voided in one table and in use in another.", row.GetGuid(0))), ct);
        await Each(snapshot, """
            with logged as (
              select (data->>'series')::uuid as series_id, (data->>'year')::int as year, (data->>'number')::bigint as number, 'void' as why from archive.mt_events where type = 'diary_number_voided'
              union all
              select (s->>'series')::uuid, (s->>'year')::int, n, 'resumed' from archive.mt_events e cross join lateral jsonb_array_elements(e.data->'skipped') s
              cross join lateral generate_series((s->>'from')::bigint, (s->>'until')::bigint) n where e.type = 'log_resumed')
            select coalesce(l.series_id, v.series_id), coalesce(l.year, v.year), coalesce(l.number, v.number)
            from logged l full join archive.voided_numbers v using (series_id, year, number) where l.why is distinct from v.why limit 100
            """, row => findings.Add(new(Severity.Error, "voided-numbers-differ", $"Number {row.GetInt64(2)} of {row.GetInt32(1)} does not stand in archive.voided_numbers as the log says.", row.GetGuid(0))), ct);
        await Each(snapshot, """
            with last as (
              select distinct on (stream_id) stream_id, (data->>'authority')::uuid as authority_id, data->>'organ' as organ, data->>'template' as template,
                     (data->>'from')::date as from_day, (data->>'until')::date as until_day
              from archive.mt_events where type = 'diary_series_set' order by stream_id, version desc),
            standing as (
              select distinct on (authority_id) authority_id, stream_id from (
                select (data->>'authority')::uuid as authority_id, stream_id, seq_id from archive.mt_events where type = 'diary_series_set' and (data->>'default')::boolean) d
              order by authority_id, seq_id desc)
            select s.series_id, s.organ from archive.diary_series s left join last l on l.stream_id = s.series_id
            where (s.template, s.from_day, s.until_day) is distinct from (l.template, l.from_day, l.until_day) or (l.stream_id is not null and (s.authority_id, s.organ) is distinct from (l.authority_id, l.organ))
               or (exists (select from standing d where d.authority_id = s.authority_id) and s.is_default <> exists (select from standing d where d.stream_id = s.series_id))
            union all
            select l.stream_id, l.organ from last l where not exists (select from archive.diary_series s where s.series_id = l.stream_id)
            union all
            select a.authority_id, a.code from archive.authorities a where (select count(*) from archive.diary_series s where s.authority_id = a.authority_id and s.is_default) <> 1
            """, row => findings.Add(new(Severity.Error, "diary-series-differ", $"Series {row.GetString(1)} does not stand in archive.diary_series as the log says.", row.GetGuid(0))), ct);
        await Each(snapshot, """
            select e.stream_id, e.data->>'diaryNumber' from archive.mt_events e
            left join archive.diary_corrections k on k.case_id = (e.data->>'case')::uuid and k.document_number = (e.data->>'documentNumber')::int and k.correction = (e.data->>'correction')::int
            where e.type = 'registration_corrected'
              and (k.record_id, k.received_after, to_jsonb(k.changed)) is distinct from (e.stream_id, (e.data->>'receivedAt')::timestamptz, e.data->'changed')
            union all
            select e.stream_id, e.data->>'fromDiaryNumber' from archive.mt_events e
            left join archive.diary_transfers t on t.case_id = (e.data->>'fromCase')::uuid and t.document_number = (e.data->>'fromDocumentNumber')::int
            where e.type = 'record_transferred' and (t.record_id, t.to_case_id, t.to_document_number, t.to_number, t.from_number)
              is distinct from (e.stream_id, (e.data->>'toCase')::uuid, (e.data->>'toDocumentNumber')::int, e.data->>'toDiaryNumber', e.data->>'fromDiaryNumber')
            """, row => findings.Add(new(Severity.Error, "diary-differs", $"An entry of {row.GetString(1)} was corrected or transferred, but the diary does not show it as the log says.", row.GetGuid(0))), ct);

        // What everybody may open is what the last release said, and nothing after it took it back.
        await Each(snapshot, """
            select r.record_id from archive.record_states r
            left join (
              select distinct on (stream_id) stream_id, type, data from archive.mt_events
              where type in ('diary_entry_released', 'diary_entry_withheld', 'secrecy_marked', 'record_transferred', 'content_locked')
                 or (type = 'registration_corrected' and data->'changed' ?| array['subject', 'senderRecipient', 'publicSubject'])
              order by stream_id, version desc) e on e.stream_id = r.record_id and e.type = 'diary_entry_released'
            where r.public_attachments <> array(select a::uuid from jsonb_array_elements_text(coalesce(e.data->'attachments', '[]')) with ordinality a(a, place) order by place)
            """, row => findings.Add(new(Severity.Error, "public-attachments-differ", $"The attachments of record {row.GetGuid(0)} that everybody may open are not those the log says were released.", row.GetGuid(0))), ct);

        // What retention counts from is the corrected day.
        await Each(snapshot, """
            select r.record_id from archive.record_states r
            join (select distinct on (stream_id) stream_id, data from archive.mt_events where type = 'registration_corrected' and data->'changed' ? 'receivedAt' order by stream_id, version desc) e on e.stream_id = r.record_id
            where r.received_at <> (e.data->>'receivedAt')::timestamptz
            """, row => findings.Add(new(Severity.Error, "inline-records-differ", $"The received date of record {row.GetGuid(0)} was corrected, but its inline row has another.", row.GetGuid(0))), ct);
        await Each(snapshot, """
            select c.case_id, c.diary_number from archive.cases c
            join (select distinct on (stream_id) stream_id, coalesce(data->>'to', data->>'classCode') as code from archive.mt_events where type in ('case_opened', 'case_class_corrected') order by stream_id, version desc) e on e.stream_id = c.case_id
            where c.class_code <> e.code
            """, row => findings.Add(new(Severity.Error, "cases-differ", $"The class of {row.GetString(1)} is another than the log says.", row.GetGuid(0))), ct);
    }
}
