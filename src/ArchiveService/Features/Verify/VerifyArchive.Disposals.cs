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
        """;

    /// <summary>What was decided, what was destroyed under it, and what is left: all of it must tell the same story (I4).</summary>
    private async Task Disposals(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        await Same(snapshot, "disposals-differ", "items disposed of by the log", "select count(*) from archive.mt_events where type in ('item_disposed', 'disclosure_request_disposed')",
            "items destroyed in manifests", "select count(*) from archive.disposal_items where state = 'destroyed'", ct);
        await Same(snapshot, "disposals-differ", "records disposed of", "select count(*) from archive.record_states where disposed_at is not null",
            "item_disposed in the log", "select count(*) from archive.mt_events where type = 'item_disposed'", ct);
        await Same(snapshot, "decisions-differ", "gallringsbeslut in the log", "select count(*) from archive.mt_events where type = 'disposal_decision_recorded'",
            "rows of archive.retention_decisions", "select count(*) from archive.retention_decisions", ct);
        await Same(snapshot, "rules-differ", "versions of rules in the log", "select count(*) from archive.mt_events where type = 'retention_rule_adopted'",
            "rows of archive.retention_rules", "select count(*) from archive.retention_rules", ct);
        await Same(snapshot, "holds-differ", "holds in force by the log",
            "select (select count(*) from archive.mt_events where type = 'disposal_held') - (select count(*) from archive.mt_events where type = 'disposal_hold_lifted')",
            "holds in force", "select count(*) from archive.holds where lifted_at is null", ct);
        await Each(snapshot, Remains, row => findings.Add(new(Severity.Error, "not-destroyed", $"{row.GetGuid(0)} is destroyed, but {row.GetString(1)} still shows something of it.", row.GetGuid(0))), ct);
        await Each(snapshot, HeldAndGone, row => findings.Add(new(Severity.Error, "held-and-destroyed", $"Record {row.GetGuid(0)} was destroyed while {row.GetGuid(1)}, a hold or a request for documents, stood.", row.GetGuid(0))), ct);
        await Each(snapshot, """
            select s.record_id from archive.record_states s where s.disposed_at is not null
              and not exists (select from archive.destruction_marks m where m.stream_id = s.record_id and m.class = 'content')
            """, row => findings.Add(new(Severity.Error, "disposed-without-mark", $"Record {row.GetGuid(0)} is disposed of, but nothing says that its key was destroyed.", row.GetGuid(0))), ct);
        await Each(snapshot, """
            select m.key_id, m.stream_id from archive.destruction_marks m
            where not exists (select from archive.mt_events e where e.stream_id = m.stream_id and e.type in ('item_disposed', 'account_disposed', 'delivery_disposed', 'disclosure_request_disposed'))
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
        await LedgerAhead(snapshot, written.Keys, ct);
        await Each(snapshot, "select run_id, batch, coalesce(ledger_entry, 0) from archive.disposal_batches where records + deliveries > 0", row =>
        {
            var (run, batch, said) = (row.GetGuid(0), row.GetInt32(1), row.GetInt64(2));
            if (said == 0) findings.Add(new(Severity.Warning, "batch-outside-ledger", $"Batch {batch} of run {run} does not stand in the erasure ledger yet; the service writes it when it starts.", run));
            else if (written.GetValueOrDefault((run, batch)) != said) findings.Add(new(Severity.Error, "ledger-entry-missing", $"Batch {batch} of run {run} was entry {said} of the erasure ledger, and is not there.", run));
        }, ct);
    }
}
