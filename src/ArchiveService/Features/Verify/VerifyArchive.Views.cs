using ArchiveService.Features.Audit;
using ArchiveService.Features.Records;
using Npgsql;

namespace ArchiveService.Features.Verify;

public sealed partial class VerifyArchive
{
    /// <summary>A derived table, and the ids that the log says must stand in it. In <paramref name="ByLog"/>, <c>$1</c> is the last event that counts.</summary>
    private sealed record Derived(string Table, string Code, string ByLog, string Found);

    /// <summary>What the log says of the documents that cases have of their own, for an event <c>e</c> that made one.</summary>
    private static class OwnDocuments
    {
        public const string Are = "(e.type in ('case_note_written', 'case_decision_made', 'case_protocol_registered') or (e.type = 'case_appeal_received' and e.data->>'record' is null))";
        public const string Kind = "case e.type when 'case_note_written' then 'note' when 'case_decision_made' then 'decision' when 'case_protocol_registered' then 'protocol' else 'appeal' end";
        public const string Marked = $"coalesce((select x.type = 'case_document_marked' {Later} and x.type in ('case_document_marked', 'case_document_mark_lifted') order by x.version desc limit 1), e.data->>'provision' is not null)";
        public const string Released = $"coalesce((select x.type = 'case_document_released' {Later} and x.type in ('case_document_released', 'case_document_withheld', 'case_document_marked') order by x.version desc limit 1), false)";
        public const string Entered = "(e.type <> 'case_note_written' or exists (select from archive.mt_events x where x.stream_id = e.stream_id and x.version > e.version and x.type = 'case_closed'))";
        private const string Later = "from archive.mt_events x where x.stream_id = e.stream_id and x.version > e.version and x.data->>'documentNumber' = e.data->>'documentNumber'";
    }

    // Written in the same transaction as the events: they stand at the head of the log.
    private static readonly Derived[] Inline =
    [
        new("archive.record_states", "inline-records-differ", "select id from archive.mt_streams where type = 'record'", "select record_id from archive.record_states"),
        new("archive.diary_entries", "diary-differs", "select stream_id from archive.mt_events where type = 'record_registered'", "select record_id from archive.diary_entries"),
        new("archive.cases", "cases-differ", "select stream_id from archive.mt_events where type = 'case_opened'", "select case_id from archive.cases"),
        new("archive.diary_transfers", "diary-differs", "select stream_id from archive.mt_events where type = 'record_transferred'", "select record_id from archive.diary_transfers"),
        new("archive.diary_corrections", "diary-differs", "select stream_id from archive.mt_events where type = 'registration_corrected'", "select record_id from archive.diary_corrections"),
        new("archive.thread_registrations", "diary-differs",
            "select md5(concat_ws('/', stream_id, data->>'lead', data->>'case', data->>'documentNumber'))::uuid from archive.mt_events where type = 'record_joined_registration'",
            "select md5(concat_ws('/', record_id, lead_id, case_id, document_number))::uuid from archive.thread_registrations"),
        new("archive.outgoing_entries", "outgoing-differs",
            """
            select id from archive.mt_events where type in ('record_registered', 'registration_corrected', 'record_transferred')
            union all
            select e.id from archive.case_documents d join archive.mt_events e on e.stream_id = d.case_id and e.type in ('case_note_written', 'case_decision_made', 'case_appeal_received')
              and e.data->>'record' is null and (e.data->>'documentNumber')::int = d.document_number where d.entered
            """, "select event_id from archive.outgoing_entries"),
        new("archive.case_alternates", "cases-differ", "select md5(stream_id || (data->>'alternate'))::uuid from archive.mt_events where type = 'case_alternate_added'", "select md5(case_id || alternate)::uuid from archive.case_alternates"),
        new("archive.case_documents", "cases-differ", $"""
            select md5(concat_ws('/', e.stream_id, e.data->>'documentNumber', {OwnDocuments.Kind}, {OwnDocuments.Marked}, {OwnDocuments.Released}, {OwnDocuments.Entered}))::uuid from archive.mt_events e where {OwnDocuments.Are}
            """, "select md5(concat_ws('/', case_id, document_number, kind, marked, released, entered))::uuid from archive.case_documents"),
        new("archive.case_turns", "cases-differ", "select md5(stream_id || version::text)::uuid from archive.mt_events where type in ('case_closed', 'case_reopened', 'case_officer_assigned')", "select md5(case_id || version::text)::uuid from archive.case_turns"),
        new("archive.attachments", "attachments-differ", "select (data->>'attachment')::uuid from archive.mt_events where type = 'attachment_stored'", "select attachment_id from archive.attachments"),
        new("archive.delivery_objects", "delivery-objects-differ",
            "select stream_id from archive.mt_events where type = 'delivery_received' and data->>'object' is not null", "select delivery_id from archive.delivery_objects"),
        new("archive.authorities", "authorities-differ", "select stream_id from archive.mt_events where type = 'authority_established'", "select authority_id from archive.authorities"),
        new("archive.channels", "channels-differ", "select stream_id from archive.mt_events where type = 'channel_registered'", "select channel_id from archive.channels"),
        new("archive.channel_routes", "channels-differ", "select distinct (data->>'route')::uuid from archive.mt_events where type = 'channel_registered'", "select route from archive.channel_routes"),
        new("archive.channel_administrators", "channels-differ", """
            select concat_ws('/', stream_id, person, function) from (
              select distinct on (stream_id, data->>'person', data->>'function') stream_id, data->>'person' as person, data->>'function' as function, type
              from archive.mt_events where type in ('channel_administrator_named', 'channel_administrator_released')
              order by stream_id, data->>'person', data->>'function', version desc) latest
            where type = 'channel_administrator_named'
            """, "select concat_ws('/', channel_id, person_id, function) from archive.channel_administrators"),
        new("archive.blocks", "blocks-differ", "select (data->>'block')::uuid from archive.mt_events where type = 'sender_blocked'", "select block_id from archive.blocks"),
        new("archive.inbox_emptyings", "emptyings-differ",
            "select concat_ws('/', stream_id, data->>'authority', (data->>'until')::timestamptz, (data->>'countedAt')::timestamptz, data ? 'secret' and data->>'secret' is not null, data->>'signedBy', timestamp) from archive.mt_events where type = 'inbox_emptied'",
            "select concat_ws('/', emptying_id, authority_id, until, counted_at, cleared, signed_by, signed_at) from archive.inbox_emptyings"),
        new("archive.snapshots", "snapshots-differ", "select stream_id from archive.mt_events where type = 'snapshot_taken'", "select record_id from archive.snapshots"),
        new("archive.snapshot_orders", "snapshots-differ", "select (data->>'order')::uuid from archive.mt_events where type = 'snapshot_ordered'", "select order_id from archive.snapshot_orders"),
        new("archive.snapshot_orders (answered)", "snapshots-differ",
            "select distinct (data->>'order')::uuid from archive.mt_events where type = 'snapshot_taken' and data->>'order' is not null", "select order_id from archive.snapshot_orders where snapshot_id is not null"),
        new("archive.consents", "consents-differ", "select stream_id from archive.mt_events where type = 'consent_given'", "select record_id from archive.consents"),
        new("archive.consents (withdrawn)", "consents-differ", "select stream_id from archive.mt_events where type = 'consent_withdrawn'", "select record_id from archive.consents where withdrawn_on is not null"),
        new("archive.consent_uses", "consents-differ", "select (data->>'record')::uuid from archive.mt_events where type = 'consent_used'", "select record_id from archive.consent_uses"),
        new("archive.publication_reviews", "publication-reviews-differ", "select stream_id from archive.mt_events where type = 'publication_reviewed'", "select review_id from archive.publication_reviews"),
        new("archive.publication_reviews (linked)", "publication-reviews-differ",
            "select (data->>'record')::uuid from archive.mt_events where type = 'publication_linked'", "select record_id from archive.publication_reviews where record_id is not null"),
        new("archive.paper_copies", "paper-copies-differ", "select (data->>'copy')::uuid from archive.mt_events where type = 'paper_copy_produced'", "select copy_id from archive.paper_copies"),
        new("archive.case_prints", "paper-copies-differ", "select (data->>'print')::uuid from archive.mt_events where type = 'case_file_printed'", "select print_id from archive.case_prints"),
        new("archive.persons", "persons-differ", "select stream_id from archive.mt_events where type = 'person_registered'", "select person_id from archive.persons"),
        new("views.persons", "persons-differ", "select stream_id from archive.mt_events where type = 'person_registered'", "select person_id from views.persons"),
        new("archive.users", "persons-differ", "select distinct stream_id from archive.mt_events where type = 'local_account_opened'", "select person_id from archive.users"),
        new("archive.key_exports", "keys-differ", "select (data->>'export')::uuid from archive.mt_events where type = 'keys_exported'", "select export_id from archive.key_exports"),
        new("archive.key_rotations", "keys-differ", "select (data->>'rotation')::uuid from archive.mt_events where type = 'keys_rotated'", "select rotation_id from archive.key_rotations where destroyed_at is not null"),
        new("archive.restores", "restores-differ", "select (data->>'restore')::uuid from archive.mt_events where type = 'backup_restored'", "select restore_id from archive.restores"),
        new("archive.record_reads", "record-reads-differ", "select id from archive.mt_events where type = 'record_opened'", "select event_id from archive.record_reads"),
        new("archive.audit_entries", "audit-differs", $"select id from archive.mt_events where type in ({string.Join(", ", AuditKinds.Names(new(typeof(VerifyArchive).Assembly)).Select(name => $"'{name}'"))})", "select event_id from archive.audit_entries"),
        new("archive.unusual_reads", "unusual-reads-differ", "select stream_id from archive.mt_events where type = 'unusual_reads_found'", "select finding_id from archive.unusual_reads"),
        new("archive.unusual_reads (examined)", "unusual-reads-differ", "select stream_id from archive.mt_events where type = 'unusual_reads_examined'", "select finding_id from archive.unusual_reads where examined_at is not null"),
        new("archive.tokens", "persons-differ", "select (data->>'token')::uuid from archive.mt_events where type = 'token_issued'", "select token_id from archive.tokens"),
    ];

    // Written by the projection, which stands where its checkpoint says.
    private static readonly Derived[] Projected =
    [
        new("views.all_records", "view-differs", "select distinct stream_id from archive.mt_events join archive.mt_streams s on s.id = stream_id where s.type = 'record' and seq_id <= $1", "select record_id from views.all_records"),
        new("views.all_versions", "view-differs", """
            select id from archive.mt_events
            where (type = 'item_edited' or (type = 'item_captured' and (data->>'contentCaptured')::boolean)) and seq_id <= $1
            """, "select event_id from views.all_versions"),
        new("views.all_acts", "view-differs", """
            select e.id from archive.mt_events e join archive.mt_streams s on s.id = e.stream_id
            where s.type = 'record' and e.type not in ('reaction_counted', 'record_protected', 'record_protection_lifted') and e.seq_id <= $1
            """, "select event_id from views.all_acts"),
        new("views.all_acts (placed)", "view-differs", "select distinct stream_id from archive.mt_events join archive.mt_streams s on s.id = stream_id where s.type = 'record' and seq_id <= $1",
            "select record_id from views.all_acts where placed_at is not null and placed_until is null"),
        new("views.all_deeds", "view-differs", """
            select e.id from archive.mt_events e join archive.mt_streams s on s.id = e.stream_id
            where s.type not in ('record', 'delivery') and e.type <> 'account_seen' and e.seq_id <= $1
              and e.user_name ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' and e.user_name <> e.stream_id::text and e.user_name <> '00000000-0000-8000-8000-000000000001'
            """, "select event_id from views.all_deeds"),
        new("views.all_diary", "view-differs", "select id from archive.mt_events where type = 'record_registered' and seq_id <= $1", "select entry_id from views.all_diary"),
        new("views.diary_public", "view-differs", $"""
            select id from archive.mt_events where type = 'record_registered' and seq_id <= $1
            union all
            select md5(e.stream_id::text || '/' || (e.data->>'documentNumber'))::uuid from archive.mt_events e where {OwnDocuments.Are} and {OwnDocuments.Entered} and e.seq_id <= $1
            """, "select entry_id from views.diary_public"),
        new("views.all_case_documents", "view-differs", $"select md5(e.stream_id::text || '/' || (e.data->>'documentNumber'))::uuid from archive.mt_events e where {OwnDocuments.Are} and e.seq_id <= $1", "select entry_id from views.all_case_documents"),
        new("views.all_cases", "view-differs", "select stream_id from archive.mt_events where type = 'case_opened' and seq_id <= $1", "select case_id from views.all_cases"),
        new("views.channel_register", "view-differs", "select stream_id from archive.mt_events where type = 'channel_registered' and seq_id <= $1", "select channel_id from views.channel_register"),
        new("views.all_accounts", "view-differs", "select distinct stream_id from archive.mt_events where type = 'account_seen' and seq_id <= $1", "select account_id from views.all_accounts"),
        new("views.all_account_names", "view-differs", "select id from archive.mt_events where type = 'account_seen' and seq_id <= $1", "select event_id from views.all_account_names"),
    ];

    private async Task InlineTables(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        var head = await Scalar(snapshot, "select coalesce(max(seq_id), 0) from archive.mt_events", ct);
        foreach (var derived in Inline) await AsTheLogSays(snapshot, derived, head, ct);
        await Same(snapshot, "inline-versions-differ", "records", "select count(*) from archive.record_states", "records whose inline row stands at its stream's version",
            "select count(*) from archive.record_states r join archive.mt_streams s on s.id = r.record_id and s.version = r.version", ct);
        await Policies(snapshot, ct);
        await Same(snapshot, "blocks-differ", "blocks lifted by the log", "select count(*) from archive.mt_events where type = 'sender_unblocked'",
            "blocks lifted", "select count(*) from archive.blocks where lifted_at is not null", ct);
        await Same(snapshot, "locks-differ", "records locked by the log", "select count(distinct stream_id) from archive.mt_events where type = 'content_locked'",
            "records locked", "select count(*) from archive.record_states where locked", ct);
        await Each(snapshot, """
            select v.record_id, 'views.all_records' from views.all_records v join archive.record_states s using (record_id)
            where s.locked and coalesce(v.text, v.permalink, v.file_names) is not null
            union all select v.record_id, 'views.all_versions' from views.all_versions v join archive.record_states s using (record_id)
            where s.locked and (v.text is not null or v.attachment_names is not null)
            """, row => findings.Add(new(Severity.Error, "locked-and-shown", $"{row.GetGuid(0)} is locked, but {row.GetString(1)} still shows something of it.", row.GetGuid(0))), ct);
        await Waiting(snapshot, ct);
        await Protected(snapshot, ct);
        await Diary(snapshot, ct);
        await Cases(snapshot, ct);
        await Same(snapshot, "persons-differ", "roles held by the log",
            "select (select count(*) from archive.mt_events where type = 'role_granted') - (select count(*) from archive.mt_events where type = 'role_revoked')",
            "rows of archive.grants", "select count(*) from archive.grants", ct);
        await Same(snapshot, "persons-differ", "clearances at an authority held by the log",
            "select (select count(*) from archive.mt_events where type = 'clearance_granted_at') - (select count(*) from archive.mt_events where type = 'clearance_revoked_at')",
            "rows of archive.clearances", "select count(*) from archive.clearances", ct);
        await Each(snapshot, """
            select distinct e.stream_id, (e.data #>> '{observed,delivery}')::uuid from archive.mt_events e join archive.mt_streams s on s.id = e.stream_id
            where s.type = 'record' and e.data #>> '{observed,delivery}' is not null
            except select record_id, delivery_id from archive.delivery_records
            """, row => findings.Add(new(Severity.Error, "delivery-records-differ", $"Record {row.GetGuid(0)} came with delivery {row.GetGuid(1)}, but archive.delivery_records does not say so: its gallring would leave the delivery.", row.GetGuid(0))), ct);

        // Whoever answered 200 to a webhook has promised to work it off: it waits in the inbox until an event says what became of it.
        await Each(snapshot, """
            select e.stream_id from archive.mt_events e
            where e.type = 'delivery_received' and e.data->>'means' <> 'import'
              and not exists (select from archive.mt_events d where d.stream_id = e.stream_id and d.type in ('delivery_processed', 'delivery_discarded', 'delivery_disposed'))
              and not exists (select from work.inbox i where i.delivery_id = e.stream_id)
            """, row => findings.Add(new(Severity.Error, "delivery-forgotten", $"Delivery {row.GetGuid(0)} was received and never processed, and does not stand in work.inbox.", row.GetGuid(0))), ct);
    }

    /// <summary>Compared as far as the projection has come: its rows and its checkpoint are written in one transaction, so that the two agree in any snapshot.</summary>
    private async Task Views(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        var head = await Scalar(snapshot, "select coalesce(max(seq_id), 0) from archive.mt_events", ct);
        var come = await Scalar(snapshot, $"select coalesce((select last_seq_id from archive.mt_event_progression where name = '{projection.Checkpoint}'), 0)", ct);
        if (await Scalar(snapshot, $"""
            select (exists (select from archive.mt_event_progression where name like 'archive:{projection.Name}:v%')
               and not exists (select from archive.mt_event_progression where name = '{projection.Checkpoint}'))::int::bigint
            """, ct) == 1)
        {
            findings.Add(new(Severity.Warning, "views-of-another-version", "The views are those of another version of the service. They are built anew when it is served next, or by ./run rebuild, and are not compared until then."));
            return;
        }

        if (come < head) findings.Add(new(Severity.Warning, "projection-behind", $"{projection.Checkpoint} stands at {come}, the log at {head}: its views are compared as far as they have come."));
        counts["records"] = await Scalar(snapshot, "select count(*) from archive.mt_streams where type = 'record'", ct);
        foreach (var derived in Projected) await AsTheLogSays(snapshot, derived, come, ct);
        await Each(snapshot, $"""
            select v.record_id, v.version, l.version from views.all_records v
            join lateral (select max(e.version) as version from archive.mt_events e where e.stream_id = v.record_id and e.seq_id <= {come}) l on l.version is distinct from v.version
            """, row => findings.Add(new(Severity.Error, "view-differs", $"views.all_records shows record {row.GetGuid(0)} at version {row.GetInt64(1)}, the log says {(row.IsDBNull(2) ? "none" : row.GetInt64(2))}.", row.GetGuid(0))), ct);
    }

    /// <summary>Every row stands behind the wall that the record's inline row says (architecture §9), and the public diary shows only what is released (OSL 5:2).</summary>
    private async Task Walls(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        foreach (var table in (string[])["views.all_records", "views.all_versions", "views.all_acts", "views.all_diary"])
        {
            await Each(snapshot, $"select v.record_id, v.wall, r.wall, count(*) from archive.record_states r join {table} v using (record_id) where r.wall <> v.wall group by 1, 2, 3",
                row => Stands(table, "record", row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetInt64(3)), ct);
        }

        await Each(snapshot, "select c.case_id, c.wall, case when k.marked then 'secret' else r.wall end, count(*) from views.all_cases c join archive.cases k using (case_id) left join archive.record_states r on r.record_id = c.lead_record where c.wall <> case when k.marked then 'secret' else r.wall end group by 1, 2, 3",
            row => Stands("views.all_cases", "case", row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetInt64(3)), ct);
        await Each(snapshot, """
            select a.account_id, a.wall, 'secret', count(*) from views.all_accounts a
            where a.wall = 'open' and not a.own and not exists (select from views.all_records r where r.author_id = a.account_id and r.wall = 'open') group by 1, 2
            union all
            select a.account_id, a.wall, 'secret', count(*) from views.all_accounts a join archive.protected_accounts p using (account_id) where a.wall <> 'secret' group by 1, 2
            union all
            select n.account_id, n.wall, a.wall, count(*) from views.all_account_names n join views.all_accounts a using (account_id) where n.wall <> a.wall group by 1, 2, 3
            """, row => Stands("views.all_accounts", "account", row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetInt64(3)), ct);
        await Each(snapshot, """
            select p.record_id from views.diary_public p left join views.all_diary d using (entry_id)
            where p.kind = 'record' and coalesce(p.sender, p.subject) is not null and (d.wall is distinct from 'open' or d.released is not true)
            """, row => findings.Add(new(Severity.Error, "open-behind-wall", $"views.diary_public tells sender or subject of record {row.GetGuid(0)}, which are not released.", row.GetGuid(0))), ct);
        await Each(snapshot, """
            select p.case_id, p.document_number from views.diary_public p left join views.all_case_documents v using (entry_id)
            left join archive.case_documents d on d.case_id = p.case_id and d.document_number = p.document_number
            where p.kind <> 'record' and coalesce(p.sender, p.subject) is not null and (v.wall is distinct from 'open' or d.released is not true or d.marked)
            """, row => findings.Add(new(Severity.Error, "open-behind-wall", $"views.diary_public tells sender or subject of document {row.GetInt32(1)} of case {row.GetGuid(0)}, which are not released.", row.GetGuid(0))), ct);
        await Each(snapshot, """
            select v.case_id, v.document_number from views.all_case_documents v join archive.case_documents d using (case_id, document_number)
            where v.wall = 'open' and (d.marked or (select k.marked from archive.cases k where k.case_id = v.case_id) or exists (select from views.diary_public e join archive.record_states s using (record_id) where e.case_id = v.case_id and s.wall <> 'open'))
            """, row => findings.Add(new(Severity.Error, "open-behind-wall", $"views.all_case_documents shows document {row.GetInt32(1)} of case {row.GetGuid(0)} in the open; it belongs behind a wall.", row.GetGuid(0))), ct);
        await Each(snapshot, "select t.case_id from views.case_titles_public t left join views.all_cases c using (case_id) where c.wall is distinct from 'open' or c.public_title is distinct from t.title",
            row => findings.Add(new(Severity.Error, "open-behind-wall", $"views.case_titles_public tells a title of case {row.GetGuid(0)} that it does not have for everybody.", row.GetGuid(0))), ct);
    }

    private void Stands(string table, string what, Guid id, string stands, string belongs, long rows) => findings.Add(stands == RecordStates.Stored(Records.Wall.Open)
        ? new(Severity.Error, "open-behind-wall", $"{rows} rows of {what} {id} stand open in {table}; they belong behind the wall {belongs}.", id)
        : new(Severity.Error, "wall-differs", $"{rows} rows of {what} {id} stand behind the wall {stands} in {table}; they belong behind {belongs}.", id));

    /// <summary>The same ids, each as many times: a row taken away and another put there by hand does not even out.</summary>
    private async Task AsTheLogSays(NpgsqlTransaction snapshot, Derived derived, long upTo, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand($"""
            with by_log(id) as ({derived.ByLog}), found(id) as ({derived.Found}),
                 missing as (select id from by_log except all select id from found), unknown as (select id from found except all select id from by_log)
            select (select count(*) from by_log), (select count(*) from found), (select count(*) from missing), (select count(*) from unknown),
                   array(select id::text from missing limit 3), array(select id::text from unknown limit 3)
            """, snapshot.Connection, snapshot);
        if (derived.ByLog.Contains("$1", StringComparison.Ordinal)) query.Parameters.Add(new() { Value = upTo });
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        var (byLog, found, missing, unknown) = (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3));
        counts[$"rows of {derived.Table}"] = found;
        if (missing + unknown == 0) return;
        var which = Named("missing", missing, row.GetFieldValue<string[]>(4)) + Named("not in the log", unknown, row.GetFieldValue<string[]>(5));
        findings.Add(new(Severity.Error, derived.Code, $"{derived.Table} has {found} rows, the log says {byLog}{which}."));
    }

    private static string Named(string how, long count, string[] ids) => count == 0 ? "" : $"; {count} {how} ({string.Join(", ", ids)}{(count > ids.Length ? ", …" : "")})";
}
