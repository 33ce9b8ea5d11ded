using ArchiveService.EventStore;
using ArchiveService.Features.Disposals;
using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Features.Verify;

/// <summary>Compares the inline tables and the views with the log, and every destroyed record with what is left of it.</summary>
public sealed class TableCheck(Databases databases, IEnumerable<Projection> projections, ErasureLedger ledger)
{
    // Each: what is compared, the count from the log, the count from the table.
    private const string Inline = """
        select 'archive.record_states', (select count(*) from archive.mt_streams where type = 'record'), (select count(*) from archive.record_states)
        union all select 'archive.record_states.disposed_at', (select count(*) from archive.mt_events where type = 'item_disposed'), (select count(*) from archive.record_states where disposed_at is not null)
        union all select 'archive.diary_entries', (select count(*) from archive.mt_events where type = 'record_registered'), (select count(*) from archive.diary_entries)
        union all select 'archive.cases', (select count(*) from archive.mt_events where type = 'case_opened'), (select count(*) from archive.cases)
        union all select 'archive.channels', (select count(*) from archive.mt_events where type = 'channel_registered'), (select count(*) from archive.channels)
        union all select 'archive.attachments', (select count(*) from archive.mt_events where type = 'attachment_stored'), (select count(*) from archive.attachments)
        union all select 'archive.holds', (select count(*) from archive.mt_events where type = 'disposal_held'), (select count(*) from archive.holds)
        union all select 'archive.holds.lifted_at', (select count(*) from archive.mt_events where type = 'disposal_hold_lifted'), (select count(*) from archive.holds where lifted_at is not null)
        union all select 'archive.retention_decisions', (select count(*) from archive.mt_events where type = 'disposal_decision_recorded'), (select count(*) from archive.retention_decisions)
        union all select 'archive.retention_rules', (select count(*) from archive.mt_events where type = 'retention_rule_adopted'), (select count(*) from archive.retention_rules)
        union all select 'archive.disposal_runs', (select count(*) from archive.mt_events where type = 'disposal_proposed'), (select count(*) from archive.disposal_runs)
        union all select 'archive.disposal_items', (select count(*) from archive.mt_events where type = 'item_disposed'), (select count(*) from archive.disposal_items where state = 'destroyed')
        """;

    private const string Views = """
        select 'views.all_records', (select count(*) from archive.mt_streams where type = 'record'), (select count(*) from views.all_records)
        union all select 'views.all_acts', (select count(*) from archive.mt_events e join archive.mt_streams s on s.id = e.stream_id where s.type = 'record' and e.type <> 'reaction_counted'), (select count(*) from views.all_acts)
        union all select 'views.all_diary', (select count(*) from archive.mt_events where type = 'record_registered'), (select count(*) from views.all_diary)
        union all select 'views.diary_public', (select count(*) from archive.mt_events where type = 'record_registered'), (select count(*) from views.diary_public)
        union all select 'views.all_cases', (select count(*) from archive.mt_events where type = 'case_opened'), (select count(*) from views.all_cases)
        union all select 'views.channel_register', (select count(*) from archive.mt_events where type = 'channel_registered'), (select count(*) from views.channel_register)
        union all select 'views.all_accounts', (select count(distinct stream_id) from archive.mt_events where type = 'account_seen'), (select count(*) from views.all_accounts)
        """;

    private const string Destroyed = """
        select 'disposed-without-mark', s.record_id::text from archive.record_states s
        where s.disposed_at is not null and not exists (select from archive.destruction_marks m where m.stream_id = s.record_id and m.class = 'content')
        union all select 'mark-without-event', m.key_id::text from archive.destruction_marks m
        where not exists (select from archive.mt_events e where e.stream_id = m.stream_id and e.type in ('item_disposed', 'account_disposed', 'delivery_disposed'))
        union all select 'destroyed-key-present', k.key_id::text from archive.record_keys k join archive.destruction_marks m on m.stream_id = k.stream_id and m.class = k.class
        union all select 'destroyed-content-in-view', v.record_id::text from views.all_records v join archive.record_states s using (record_id)
        where s.disposed_at is not null and (not v.destroyed or coalesce(v.text, v.sender_name, v.sender_handle, v.permalink, v.file_names) is not null)
        union all select 'destroyed-content-in-view', v.record_id::text from views.all_versions v join archive.record_states s using (record_id)
        where s.disposed_at is not null and (v.text is not null or v.attachment_names is not null)
        union all select 'destroyed-content-in-view', v.record_id::text from views.all_acts v join archive.destruction_marks m on m.stream_id = v.record_id and m.class = v.key_class
        where coalesce(v.motivation, v.legal_reference, v.note) is not null
        union all select 'destroyed-content-in-view', v.record_id::text from views.all_diary v join archive.destruction_marks m on m.stream_id = v.record_id and m.class = 'register'
        where coalesce(v.subject, v.sender) is not null
        union all select 'destroyed-content-in-view', v.account_id::text from views.all_accounts v join archive.destruction_marks m on m.stream_id = v.account_id and m.class = 'account'
        where coalesce(v.name, v.handle) is not null
        union all select 'batch-outside-ledger', b.run_id || ':' || b.batch from archive.disposal_batches b where b.ledger_entry is null and b.records + b.deliveries > 0
        union all select 'held-record-destroyed', s.record_id::text from archive.record_states s join archive.holds h on h.authority_id = s.authority_id and h.target_id in (s.record_id, s.case_id, s.account_id)
        where s.disposed_at is not null and h.placed_at < s.disposed_at and coalesce(h.lifted_at, 'infinity') > s.disposed_at
        """;

    public async Task Run(Findings findings, CancellationToken ct)
    {
        await Compare(Inline, "table-count", findings, ct);
        if (await Behind(ct) is { Count: > 0 } behind)
        {
            foreach (var name in behind) findings.Warn("view-behind", name, "The view has not come to the end of the log; it was not compared. Run verify again when it has.");
        }
        else
        {
            await Compare(Views, "view-count", findings, ct);
        }

        await using (var query = databases.Writer.CreateCommand(Destroyed))
        {
            query.CommandTimeout = 0;
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) findings.Error(rows.GetString(0), rows.GetString(1), Said(rows.GetString(0)));
        }

        await Ledger(findings, ct);
    }

    private async Task Ledger(Findings findings, CancellationToken ct)
    {
        var lines = new Dictionary<(Guid, int), long>();
        var destroyed = new List<Guid>();
        try
        {
            foreach (var line in ledger.Read())
            {
                findings.Count("ledger-entries");
                lines[(line.Entry.Run, line.Entry.Batch)] = line.Number;
                destroyed.AddRange(line.Entry.Keys.Select(k => Guid.Parse(k.Split(':')[1])));
            }
        }
        catch (ErasureLedgerBroken why)
        {
            findings.Error("ledger-broken", ledger.Path, why.Message);
            return;
        }

        await using (var query = databases.Writer.CreateCommand("select run_id, batch, ledger_entry from archive.disposal_batches where ledger_entry is not null"))
        await using (var rows = await query.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct))
            {
                if (lines.GetValueOrDefault((rows.GetGuid(0), rows.GetInt32(1))) != rows.GetInt64(2))
                    findings.Error("ledger-entry-missing", $"{rows.GetGuid(0)}:{rows.GetInt32(1)}", "The batch was written to the erasure ledger, but stands there no longer, or elsewhere.");
            }
        }

        foreach (var chunk in destroyed.Chunk(5000))
        {
            await using var query = databases.Writer.CreateCommand("select key_id::text from archive.record_keys where key_id = any ($1)");
            query.Parameters.Add(new NpgsqlParameter { Value = chunk });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) findings.Error("destroyed-key-returned", rows.GetString(0), "The erasure ledger says that the key was destroyed, but it is there: a backup brought it back.");
        }
    }

    private async Task Compare(string sql, string check, Findings findings, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand(sql);
        query.CommandTimeout = 0;
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            findings.Count("tables");
            if (rows.GetInt64(1) != rows.GetInt64(2)) findings.Error(check, rows.GetString(0), $"The log has {rows.GetInt64(1)}, the table {rows.GetInt64(2)}.");
        }
    }

    private async Task<List<string>> Behind(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select n from unnest($1) n where coalesce((select last_seq_id from archive.mt_event_progression p where p.name = n), 0) < (select coalesce(max(seq_id), 0) from archive.mt_events)
            """);
        query.Parameters.Add(new NpgsqlParameter { Value = projections.Select(p => p.Checkpoint).ToArray() });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<string>();
        while (await rows.ReadAsync(ct)) found.Add(rows.GetString(0));
        return found;
    }

    private static string Said(string check) => check switch
    {
        "disposed-without-mark" => "The record is disposed of, but no destruction mark says that its key was destroyed.",
        "mark-without-event" => "A key is marked as destroyed, but its stream has no event that says so.",
        "destroyed-key-present" => "The key is marked as destroyed, but it is there.",
        "destroyed-content-in-view" => "The content is destroyed, but a view still shows some of it.",
        "batch-outside-ledger" => "The batch does not stand in the erasure ledger yet. Start the service: it carries it over.",
        "held-record-destroyed" => "The record was destroyed while a hold on it stood.",
        _ => check,
    };
}
