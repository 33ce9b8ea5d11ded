using ArchiveService.Features.Disposals;
using Npgsql;

namespace ArchiveService.Features.Verify;

public sealed partial class VerifyArchive
{
    private const string Remains = """
        select v.record_id, 'views.all_records' from views.all_records v join archive.record_states s using (record_id)
        where s.disposed_at is not null and (not v.destroyed or coalesce(v.sender_name, v.sender_handle, v.permalink, v.file_names) is not null)
        union all select v.record_id, 'views.all_versions' from views.all_versions v join archive.record_states s using (record_id)
        where s.disposed_at is not null and (v.text is not null or v.attachment_names is not null)
        union all select v.record_id, 'views.all_acts' from views.all_acts v join archive.destruction_marks m on m.stream_id = v.record_id and m.class = v.key_class
        where coalesce(v.motivation, v.legal_reference, v.note) is not null
        union all select v.record_id, 'views.all_diary' from views.all_diary v join archive.destruction_marks m on m.stream_id = v.record_id and m.class = 'register'
        where coalesce(v.subject, v.sender) is not null
        union all select v.record_id, 'views.diary_public' from views.diary_public v join archive.destruction_marks m on m.stream_id = v.record_id and m.class = 'register'
        where coalesce(v.subject, v.sender) is not null
        union all select v.account_id, 'views.all_accounts' from views.all_accounts v join archive.destruction_marks m on m.stream_id = v.account_id and m.class = 'account'
        where coalesce(v.name, v.handle) is not null
        """;

    private const string HeldAndGone = """
        select s.record_id, h.hold_id from archive.record_states s
        join archive.holds h on h.authority_id = s.authority_id and h.target_id in (s.record_id, s.case_id, s.account_id)
        where s.disposed_at is not null and h.placed_at < s.disposed_at and coalesce(h.lifted_at, 'infinity') > s.disposed_at
        union all
        select s.record_id, i.request_id from archive.record_states s
        join archive.disclosure_items i on i.target_id in (s.record_id, s.case_id)
        where s.disposed_at is not null and i.held_from < s.disposed_at and coalesce(i.released_at, 'infinity') > s.disposed_at
        union all
        select s.record_id, h.hold_id from archive.record_states s
        join archive.holds h on h.kind = 'search' and h.authority_id = s.authority_id and archive.search_covers(h, s)
        where s.disposed_at is not null and h.placed_at < s.disposed_at and coalesce(h.lifted_at, 'infinity') > s.disposed_at
        """;

    // What a reviewer kept and the same run destroyed.
    private const string KeptAndGone = """
        select m.stream_id, m.run_id from archive.destruction_marks m join archive.disposal_remarks k on k.run_id = m.run_id and k.record_id = m.stream_id and k.keeps
        """;

    /// <summary>Every table has a rule for how long it lives (Retention.OwnRecords).</summary>
    private async Task TablesWithoutRule(NpgsqlTransaction snapshot, CancellationToken ct) => await Each(snapshot, Retention.OwnRecords.EveryTable, row =>
    {
        if (Retention.OwnRecords.Of(row.GetString(0)) is null)
            findings.Add(new(Severity.Warning, "table-without-rule", $"Nothing says how long {row.GetString(0)} is kept, or what destroys it (Retention.OwnRecords)."));
    }, ct);

    // What decides over a record's life is compared word for word, in both directions.
    private const string RulesDiffer = """
        select coalesce(e.stream_id, r.rule_id), coalesce((e.data->>'version')::int, r.version)
        from (select stream_id, data from archive.mt_events where type = 'retention_rule_adopted') e
        full join archive.retention_rules r on r.rule_id = e.stream_id and r.version = (e.data->>'version')::int
        where e.stream_id is null or r.rule_id is null
           or (r.authority_id::text, r.decision_id::text, r.action, replace(r.counted_from, '-', ''), to_jsonb(r.record_types), to_jsonb(r.classes), r.years, r.months, r.days)
             is distinct from (e.data->>'authority', e.data->>'decision', coalesce(e.data->>'action', 'destroy'), lower(e.data->>'countedFrom'), e.data->'recordTypes', e.data->'classes',
               (e.data#>>'{frist,years}')::int, (e.data#>>'{frist,months}')::int, (e.data#>>'{frist,days}')::int)
           or (r.date_name, r.valid_from::text, r.valid_until::text, to_jsonb(r.class_codes), to_jsonb(r.channels), to_jsonb(r.platforms), to_jsonb(r.directions))
             is distinct from (e.data->>'dateName', e.data->>'validFrom', e.data->>'validUntil', e.data#>'{scope,classCodes}', e.data#>'{scope,channels}', e.data#>'{scope,platforms}', e.data#>'{scope,directions}')
           or (r.ended_at is null) is distinct from (not exists (select from archive.mt_events n where n.stream_id = e.stream_id and n.type in ('retention_rule_adopted', 'retention_rule_repealed') and n.version > (e.data->>'version')::int))
        """;

    private const string PreservationsDiffer = """
        select coalesce(e.stream_id, p.preservation_id)
        from (select stream_id, data from archive.mt_events where type = 'preservation_decided') e
        full join archive.preservations p on p.preservation_id = e.stream_id
        where e.stream_id is null or p.preservation_id is null
           or (p.authority_id::text, p.kind, p.target_id::text, p.record_type) is distinct from (e.data->>'authority', e.data->>'kind', e.data->>'target', e.data->>'recordType')
           or (p.lifted_at is null) is distinct from (not exists (select from archive.mt_events n where n.stream_id = e.stream_id and n.type = 'preservation_lifted'))
        """;

    private const string DatesDiffer = """
        select coalesce((e.data->>'target')::uuid, d.target_id)
        from (select distinct on (data->>'target', data->>'name') data from archive.mt_events where type = 'retention_date_given' order by data->>'target', data->>'name', seq_id desc) e
        full join archive.retention_dates d on d.target_id = (e.data->>'target')::uuid and d.name = e.data->>'name'
        where e.data is null or d.target_id is null or d.on_day::text is distinct from e.data->>'on'
        """;

    private const string ReviewsDiffer = """
        select coalesce((e.data->>'record')::uuid, v.record_id)
        from (select distinct on (data->>'record', data->>'rule') data from archive.mt_events where type = 'retention_reviewed' order by data->>'record', data->>'rule', seq_id desc) e
        full join archive.retention_reviews v on v.record_id = (e.data->>'record')::uuid and v.rule_id = (e.data->>'rule')::uuid
        where e.data is null or v.record_id is null or v.outcome is distinct from e.data->>'outcome'
        """;

    /// <summary>What was decided, what was destroyed under it, and what is left: all of it must tell the same story (I4).</summary>
    private async Task Disposals(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        await Same(snapshot, "disposals-differ", "items disposed of by the log", "select count(*) from archive.mt_events where type in ('item_disposed', 'disclosure_request_disposed')",
            "items destroyed in manifests, or destroyed again after a restore",
            """
            select (select count(*) from archive.disposal_items where state = 'destroyed')
                 + (select count(*) from archive.mt_events e join archive.replayed_erasures r on r.run_id = (e.data->>'run')::uuid and r.destroyed_at = (e.data->>'disposedAt')::timestamptz
                    where e.type in ('item_disposed', 'disclosure_request_disposed'))
            """, ct);
        await Same(snapshot, "disposals-differ", "records disposed of", "select count(*) from archive.record_states where disposed_at is not null",
            "item_disposed in the log", "select count(*) from archive.mt_events where type = 'item_disposed'", ct);
        await Same(snapshot, "decisions-differ", "gallringsbeslut in the log", "select count(*) from archive.mt_events where type = 'disposal_decision_recorded'",
            "rows of archive.retention_decisions", "select count(*) from archive.retention_decisions", ct);
        await Same(snapshot, "rules-differ", "versions of rules in the log", "select count(*) from archive.mt_events where type = 'retention_rule_adopted'",
            "rows of archive.retention_rules", "select count(*) from archive.retention_rules", ct);
        await Each(snapshot, RulesDiffer, row => findings.Add(new(Severity.Error, "rules-differ", $"Version {row.GetInt32(1)} of rule {row.GetGuid(0)} in archive.retention_rules does not say what its event says.", row.GetGuid(0))), ct);
        await Each(snapshot, PreservationsDiffer, row => findings.Add(new(Severity.Error, "preservations-differ", $"The decision to preserve {row.GetGuid(0)} does not stand in archive.preservations as the log says: what is missing there keeps nothing.", row.GetGuid(0))), ct);
        await Each(snapshot, DatesDiffer, row => findings.Add(new(Severity.Error, "retention-dates-differ", $"A noted day of {row.GetGuid(0)} does not stand in archive.retention_dates as the log says.", row.GetGuid(0))), ct);
        await Each(snapshot, ReviewsDiffer, row => findings.Add(new(Severity.Error, "retention-reviews-differ", $"What was decided of record {row.GetGuid(0)} does not stand in archive.retention_reviews as the log says.", row.GetGuid(0))), ct);
        await Same(snapshot, "information-plan-differs", "rows of plans in the log", "select coalesce(sum(jsonb_array_length(data->'rows')), 0)::bigint from archive.mt_events where type = 'information_plan_adopted'",
            "rows of archive.information_plan_rows", "select count(*) from archive.information_plan_rows", ct);
        await Same(snapshot, "holds-differ", "holds in force by the log",
            "select (select count(*) from archive.mt_events where type = 'disposal_held') - (select count(*) from archive.mt_events where type = 'disposal_hold_lifted')",
            "holds in force", "select count(*) from archive.holds where lifted_at is null", ct);
        await Each(snapshot, Remains, row => findings.Add(new(Severity.Error, "not-destroyed", $"{row.GetGuid(0)} is destroyed, but {row.GetString(1)} still shows something of it.", row.GetGuid(0))), ct);
        await Each(snapshot, HeldAndGone, row => findings.Add(new(Severity.Error, "held-and-destroyed", $"Record {row.GetGuid(0)} was destroyed while {row.GetGuid(1)}, a hold or a request for documents, stood.", row.GetGuid(0))), ct);
        await Each(snapshot, KeptAndGone, row => findings.Add(new(Severity.Error, "kept-and-destroyed", $"Record {row.GetGuid(0)} was destroyed by run {row.GetGuid(1)} although a reviewer kept it.", row.GetGuid(0))), ct);
        await Same(snapshot, "reviews-differ", "reviewed items in the log", "select count(*) from archive.mt_events where type = 'disposal_item_reviewed'",
            "rows of archive.disposal_remarks", "select count(*) from archive.disposal_remarks", ct);
        await Same(snapshot, "notes-differ", "working notes in the log, written and weeded",
            "select 1000000 * count(*) filter (where type = 'working_note_written') + count(*) filter (where type = 'working_note_weeded') from archive.mt_events where type in ('working_note_written', 'working_note_weeded')",
            "rows of archive.working_notes", "select 1000000 * count(*) + count(cleansed_at) from archive.working_notes", ct);
        await Each(snapshot, """
            select s.record_id from archive.record_states s where s.disposed_at is not null
              and not exists (select from archive.destruction_marks m where m.stream_id = s.record_id and m.class = 'content')
            """, row => findings.Add(new(Severity.Error, "disposed-without-mark", $"Record {row.GetGuid(0)} is disposed of, but nothing says that its key was destroyed.", row.GetGuid(0))), ct);
        await Each(snapshot, """
            select m.key_id, m.stream_id from archive.destruction_marks m
            where not exists (select from archive.mt_events e where e.stream_id = m.stream_id and e.type in ('item_disposed', 'account_disposed', 'delivery_disposed', 'disclosure_request_disposed', 'working_note_weeded'))
            """, row => findings.Add(new(Severity.Error, "mark-without-event", $"Key {row.GetGuid(0)} is marked destroyed, but no event of its stream says so.", row.GetGuid(1))), ct);
        // A place that nobody has thought of is asked by no gallring by reference.
        await Each(snapshot, ContentPlaces.Catalogue, row =>
        {
            var (schema, table, column) = (row.GetString(0), row.GetString(1), row.GetString(2));
            if (ContentPlaces.Of(schema, table)?.Columns.Split(' ').Contains(column) is not true)
                findings.Add(new(Severity.Warning, "place-unknown", $"{schema}.{table}.{column} can hold text or bytes, and no gallring knows of it."));
        }, ct);
        await Same(snapshot, "protocols-differ", "protocols issued with a number", "select count(*) from archive.mt_events where type = 'disposal_protocol_issued' and data->>'case' is not null",
            "protocols registered in cases", "select count(*) from archive.mt_events where type = 'case_protocol_registered'", ct);
        await Each(snapshot, "select stream_id, object_key from archive.object_deletions where done_at is null",
            row => findings.Add(new(Severity.Warning, "object-to-be-destroyed", $"Object {row.GetString(1)} waits to be destroyed.", row.GetGuid(0))), ct);
    }

    /// <summary>The erasure ledger outside the database against the batches in it: a backup that brought something back shows here.</summary>
    /// <summary>A restore that lost its end: numbers were perhaps given that the log does not know (architecture §10).</summary>
    private async Task LedgerAhead(NpgsqlTransaction snapshot, IReadOnlyCollection<(Guid Run, int Batch)> written, CancellationToken ct)
    {
        var known = new HashSet<(Guid, int)>();
        await Each(snapshot, "select run_id, batch from archive.disposal_batches", row => known.Add((row.GetGuid(0), row.GetInt32(1))), ct);
        if (written.Any(w => !known.Contains(w)) && await Scalar(snapshot, "select count(*) from archive.mt_events where type = 'log_resumed'", ct) == 0)
            findings.Add(new(Severity.Warning, "log-behind-ledger", "The erasure ledger knows batches that the log does not: the database was restored from an older copy. Run ./run resume-log before anybody registers."));
    }

    /// <summary>Whatever the ledger knows, the log knows, or a replay has carried out (architecture §4 Backups).</summary>
    private async Task Replayed(NpgsqlTransaction snapshot, Dictionary<(Guid Run, int Batch), long> written, CancellationToken ct)
    {
        var known = new HashSet<(Guid, int)>();
        await Each(snapshot, "select run_id, batch from archive.disposal_batches union select run_id, batch from archive.replayed_erasures", row => known.Add((row.GetGuid(0), row.GetInt32(1))), ct);
        counts["erasure ledger entries replayed"] = await Scalar(snapshot, "select count(*) from archive.replayed_erasures", ct);
        foreach (var ((run, batch), number) in written.Where(w => !known.Contains(w.Key)))
            findings.Add(new(Severity.Error, "ledger-not-replayed", $"Entry {number} of the erasure ledger (batch {batch} of run {run}) is unknown to the log and was not replayed: what it destroyed may have come back. Restart the service, which replays it.", run));
    }

    /// <summary>A rotation that has not ended, and runs whose final step did not come in time (disposal.finalDays).</summary>
    private async Task FinalSteps(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        counts["rotations of the epoch key"] = await Scalar(snapshot, "select count(*) from archive.key_rotations where destroyed_at is not null", ct);
        await Each(snapshot, "select rotation_id from archive.key_rotations where destroyed_at is null",
            row => findings.Add(new(Severity.Warning, "rotation-unfinished", $"Rotation {row.GetGuid(0)} of the epoch key has not ended: run ./run keys rotate, which goes on from there.", row.GetGuid(0))), ct);
        await Each(snapshot, """
            select r.run_id, r.final_on from archive.disposal_runs r where r.destroyed_at is not null and r.final_on < archive.swedish_date(now())
              and not exists (select from archive.key_rotations k where k.destroyed_at is not null and k.started_at >= r.destroyed_at)
            """, row => findings.Add(new(Severity.Warning, "final-step-overdue", $"Run {row.GetGuid(0)} was to be final on {row.GetFieldValue<DateOnly>(1):yyyy-MM-dd}: backups from before still open. Run ./run keys rotate.", row.GetGuid(0))), ct);
    }

    private async Task Ledger(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        var written = new Dictionary<(Guid Run, int Batch), long>();
        try
        {
            foreach (var line in ledger.Read())
            {
                written[(line.Entry.Run, line.Entry.Batch)] = line.Number;
                foreach (var id in line.Entry.Keys.Select(k => Guid.Parse(k.Split(':')[1])))
                {
                    if (keys.ContainsKey(id) || unopenableKeys.Contains(id))
                        findings.Add(new(Severity.Error, "destroyed-key-returned", $"The erasure ledger says that key {id} was destroyed, but it stands: a backup brought it back."));
                }
            }
        }
        catch (ErasureLedgerBroken why)
        {
            findings.Add(new(Severity.Error, "ledger-broken", why.Message));
        }

        counts["erasure ledger entries"] = written.Count;
        await Replayed(snapshot, written, ct);
        await LedgerAhead(snapshot, written.Keys, ct);
        await Each(snapshot, "select run_id, batch, coalesce(ledger_entry, 0) from archive.disposal_batches where records + deliveries > 0", row =>
        {
            var (run, batch, said) = (row.GetGuid(0), row.GetInt32(1), row.GetInt64(2));
            if (said == 0) findings.Add(new(Severity.Warning, "batch-outside-ledger", $"Batch {batch} of run {run} does not stand in the erasure ledger yet; the service writes it when it starts.", run));
            else if (written.GetValueOrDefault((run, batch)) != said) findings.Add(new(Severity.Error, "ledger-entry-missing", $"Batch {batch} of run {run} was entry {said} of the erasure ledger, and is not there.", run));
        }, ct);
    }
}
