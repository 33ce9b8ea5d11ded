namespace ArchiveService.Features.Disposals;

/// <summary>What a place may hold of a record.</summary>
public enum Holding
{
    /// <summary>Ids, codes, times, numbers, digests: nothing that anybody wrote or is called.</summary>
    Nothing,

    /// <summary>Only bytes under a key that is destroyed.</summary>
    Sealed,

    /// <summary>What somebody wrote or is called, in the clear.</summary>
    Content,

    /// <summary>What the authority or its staff wrote in the clear; it has a rule of its own.</summary>
    Official,
}

/// <summary>A table that is able to hold text or bytes.</summary>
/// <param name="Columns">Every column able to, in the order of the alphabet.</param>
/// <param name="Key">Which id a row is found by: a column of type uuid; empty when a row is of no record.</param>
/// <param name="Destroyed">What takes it away when the record is destroyed.</param>
/// <param name="Left">Asked by reference, for rows that still tell of what is destroyed: <c>$1</c> keys, <c>$2</c> streams of content keys, <c>$3</c> of register keys,
/// <c>$4</c> of account keys, <c>$5</c> of any, <c>$6</c> of keys of requests, <c>$7</c> of deliveries.</param>
/// <param name="Asks">Which of these lists it is asked for, to count how many.</param>
/// <param name="Copy">A passage found in a row that is of nothing destroyed is a lawful copy of this kind; without one it is residue.</param>
public sealed record TablePlace(string Table, Holding Holds, string Columns, string Key, string Destroyed, string? Left = null, int Asks = 0, string? Copy = null)
{
    public string Schema => Table[..Table.IndexOf('.', StringComparison.Ordinal)];
}

/// <summary>A place outside the tables.</summary>
/// <param name="Checked">How it is asked by reference, or why it needs not be.</param>
public sealed record OutsidePlace(string Name, Holding Holds, string Key, string Destroyed, string Checked);

/// <summary>A kind of copy that is outside what a gallring destroys: it has a rule of its own, and the certificate lists it.</summary>
/// <param name="RecordType">The type whose rule in force decides on it here; null: nothing here does.</param>
/// <param name="Otherwise">What decides on it when no rule here does.</param>
public sealed record CopyKind(string Code, string InSwedish, string? RecordType, string Otherwise);

/// <summary>
/// Every place where something of a record can be: every table and column able to hold text or bytes, in every schema, and everything outside the database. What is not named
/// here does not exist: a test reads a migrated and filled database, and fails on a column that is missing here and on a row here that stands for nothing.
/// </summary>
public static class ContentPlaces
{
    /// <summary>Schema, table, column and type of every column that can hold text or bytes: all but those of types that cannot. A partition stands under its parent.</summary>
    public const string Catalogue = """
        select n.nspname::text, c.relname::text, a.attname::text, t.typname::text
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        join pg_type t on t.oid = a.atttypid
        left join pg_type e on e.oid = t.typelem and t.typcategory = 'A'
        where c.relkind in ('r', 'p', 'm', 'f') and not c.relispartition and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
          and coalesce(e.typname, t.typname) not in ('bool', 'int2', 'int4', 'int8', 'numeric', 'float4', 'float8', 'money', 'oid', 'regclass', 'xid', 'xid8', 'cid', 'tid', 'pg_lsn', 'uuid',
            'date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval', 'inet', 'cidr', 'macaddr', 'point', 'int4range', 'int8range', 'daterange', 'tstzrange')
        order by 1, 2, 3
        """;

    private const string Nobody = "holds nothing of it";
    private const string Forgotten = "views.forget_records, in the transaction of the batch";
    private const string ForgottenAccounts = "views.forget_accounts, in the transaction of the batch";
    private const string Key = "archive.destroy_keys, in the transaction of the batch";
    private const string Own = "stays: it is not of a record";

    private static TablePlace Codes(string table, string columns, string key = "") => new(table, Holding.Nothing, columns, key, Nobody);

    private static TablePlace Official(string table, string columns, string key = "") => new(table, Holding.Official, columns, key, Own, Copy: "official-text");

    public static IReadOnlyList<TablePlace> Tables { get; } =
    [
        // The log.
        new("archive.mt_events", Holding.Nothing, "bdata causation_id correlation_id data headers mt_dotnet_type tenant_id type user_name", "stream_id", "stays as a stub without payload"),
        Codes("archive.mt_streams", "tenant_id type"),
        Codes("archive.mt_event_progression", "name"),
        new("archive.sealed_content", Holding.Sealed, "ciphertext", "event_id", Key,
            "select count(*) from archive.mt_events e join archive.sealed_content c on c.event_id = e.id where e.stream_id = any ($5) and (e.data #>> '{sealed,key}')::uuid = any ($1)", 1),
        new("archive.record_keys", Holding.Sealed, "alg class former_wrapped wrapped", "stream_id", Key, """
            select count(*) from archive.record_keys where key_id = any ($1)
              or (stream_id = any ($2) and class = 'content') or (stream_id = any ($3) and class = 'register') or (stream_id = any ($4) and class = 'account') or (stream_id = any ($6) and class = 'request')
              or (stream_id = any ($7) and class = 'delivery')
            """, 1),
        Codes("archive.destruction_marks", "class", "stream_id"),
        Codes("archive.projection_stops", "error name"),

        // Written beside the events: clear ids, codes and times.
        Official("archive.authorities", "code name", "authority_id"),
        Official("archive.policy_versions", "decision_reference policy preset"),
        Official("archive.channels", "platform", "channel_id"),
        Codes("archive.channel_administrators", "function"),
        Codes("archive.record_states", "direction record_type registration visibility wall", "record_id"),
        Codes("archive.open_items", "outcome", "record_id"),
        Codes("archive.attachments", "media_type", "record_id"),
        Codes("archive.persons", "name_key", "person_id"),
        Codes("archive.person_identities", "identity_key", "person_id"),
        Codes("archive.grants", "role"),
        Codes("archive.clearances", "role"),
        Official("archive.users", "password_hash username", "person_id"),
        Codes("archive.tokens", "hint roles token_hash"),
        Codes("archive.assignments", "function"),
        Codes("archive.substitute_acts", "kind subject_kind"),
        Official("archive.delegation_points", "kind number role"),
        Codes("archive.delegated_decisions", "kind number subject_kind"),
        Official("archive.default_rules", "content decision_reference name record_types state"),
        Codes("archive.thread_assessment_items", "outcome reason", "record_id"),
        Codes("archive.blocks", "grounds platform"),
        Codes("archive.snapshots", "occasion", "record_id"),
        Codes("archive.snapshot_orders", "occasion"),
        Codes("archive.consents", "age", "record_id"),
        Codes("archive.record_reads", "wall", "record_id"),
        Codes("archive.unusual_reads", "rule"),
        Codes("archive.audit_entries", "kind"),
        Codes("archive.protected_accounts", "basis provision", "account_id"),

        // The diary and the cases: facts 1 and 2 of OSL 5:2 are never secret, and never destroyed.
        Official("archive.diary_series", "mode organ template"),
        Official("archive.cases", "class_code collective diary_number external_system folded_number", "case_id"),
        Codes("archive.diary_entries", "direction", "record_id"),
        Official("archive.diary_transfers", "from_number to_number", "record_id"),
        Codes("archive.diary_corrections", "changed", "record_id"),
        Official("archive.voided_numbers", "diary_number folded_number why", "case_id"),
        Official("archive.case_alternates", "alternate case_key folded_number", "case_id"),
        Codes("archive.case_turns", "kind", "case_id"),
        Codes("archive.working_notes", "archived_as kind", "case_id"),
        Codes("archive.case_documents", "direction kind", "case_id"),
        Official("archive.classification_plans", "decision_reference"),
        Official("archive.record_classes", "code replaces title"),
        Codes("archive.outgoing_entries", "problem type", "record_id"),

        // Requests for documents, and of data subjects.
        Codes("archive.disclosure_requests", "answer channel form reference", "request_id"),
        Codes("archive.disclosure_copies", "media_type", "request_id"),
        Codes("archive.disclosure_items", "kind outcome", "target_id"),
        Codes("archive.disclosure_pauses", "reason", "request_id"),
        Codes("archive.subject_requests", "answer channel number right", "request_id"),
        Codes("archive.subject_links", "kind", "target_id"),

        // Gallring itself.
        Official("archive.retention_decisions", "deciding_body kind legal_basis record_types reference", "decision_id"),
        Official("archive.information_plans", "decision_reference"),
        Official("archive.information_plan_rows", "action class_code counted_from date_name handling legal_basis record_type title"),
        Official("archive.preservations", "kind record_type reference"),
        Official("archive.retention_dates", "kind name"),
        Codes("archive.retention_reviews", "outcome"),
        Official("archive.retention_rules", "action class_codes class_likes classes counted_from date_name directions legal_basis name platforms record_types", "rule_id"),
        Codes("archive.holds", "directions ground kind record_types registrations visibilities", "target_id"),
        Codes("archive.disposal_runs", "kind manifest_digest problem state", "run_id"),
        Codes("archive.disposal_items", "reason state", "record_id"),
        Codes("archive.object_deletions", "object_key problem", "stream_id"),

        // Searches are sealed under the epoch key, and go by age.
        new("archive.search_log", Holding.Sealed, "kind sealed", "", "goes by age; what was searched for stands sealed, the hits nowhere"),
        new("archive.saved_searches", Holding.Sealed, "sealed", "", "the person's own; what is searched for stands sealed, the hits nowhere"),
        new("archive.idempotency", Holding.Nothing, "answer key_digest location request route", "", "goes after 24 hours; ids and numbers of the answer, an HMAC of the request"),

        // Sources: codes and times; what is secret stands sealed.
        Codes("archive.sources", "alarm means"),
        Codes("archive.source_gaps", "reason"),
        new("archive.source_secrets", Holding.Sealed, "kind sealed", "", "stays: it is not of a record; the token and the mark stand sealed under the epoch key"),
        Codes("work.source_runs", "problem"),
        Codes("work.source_polls", "outcome"),
        Codes("archive.channel_days", "coverage reason"),
        Codes("archive.channel_comparisons", "outcome"),
        Codes("work.listed_items", "form"),

        // Operations and proofs.
        Codes("archive.schema_migrations", "checksum name"),
        Codes("archive.verifications", "problem report"),
        Codes("archive.reconciliations", "problem report"),
        Codes("archive.evidence_logs", "current_vkey origin vkey"),
        Codes("archive.evidence_keys", "handover origin vkey"),
        Codes("archive.evidence_cosignatures", "line origin witness"),
        Codes("archive.evidence_timestamps", "authority origin token"),
        Codes("archive.evidence_witnessed", "note origin root"),
        Codes("archive.key_rotations", "new_kek old_kek"),
        Codes("archive.key_exports", "kek_id"),
        Codes("archive.evidence_tiles", "hashes origin"),
        Codes("archive.evidence_checkpoints", "note origin root"),

        // What people look at.
        new("views.all_records", Holding.Content,
            "audience content diary_number direction file_names flags grounds kind number_key permalink platform record_type registration search secrecy_provision sender_fold sender_handle sender_name sender_order subject text visibility visibility_by wall",
            "record_id", Forgotten, """
            select count(*) from views.all_records
            where (record_id = any ($2) and (not destroyed or coalesce(text, sender_name, sender_handle, permalink, file_names) is not null or sender_fold is distinct from ' ' and sender_fold <> ''))
               or (record_id = any ($3) and subject is not null) or (record_id = any ($2) and record_id = any ($3) and length(search) > 0)
            """, 2, "record"),
        new("views.all_versions", Holding.Content, "attachment_names certainty content text wall", "record_id", Forgotten,
            "select count(*) from views.all_versions where record_id = any ($2) and (not destroyed or text is not null or attachment_names is not null)", 2, "record"),
        new("views.all_acts", Holding.Content, "acted_by certainty facts grounds key_class legal_reference motivation name note placed_direction placed_kind wall", "record_id", Forgotten, """
            select count(*) from views.all_acts
            where ((record_id = any ($2) and key_class = 'content') or (record_id = any ($3) and key_class = 'register')) and coalesce(motivation, legal_reference, note) is not null
            """, 2, "record"),
        Codes("views.all_deeds", "name stream_type wall"),
        new("views.all_diary", Holding.Content, "direction diary_number external_system number_key platform public_subject record_type search sender subject wall", "record_id", Forgotten,
            "select count(*) from views.all_diary where record_id = any ($3) and coalesce(subject, public_subject, sender) is not null", 3, "record"),
        new("views.diary_public", Holding.Content, "diary_number direction kind number_key search sender subject", "record_id", Forgotten,
            "select count(*) from views.diary_public where record_id = any ($3) and coalesce(subject, sender) is not null", 3, "record"),
        new("views.all_accounts", Holding.Content, "handle name name_fold platform wall", "account_id", ForgottenAccounts,
            "select count(*) from views.all_accounts where account_id = any ($4) and coalesce(name, handle) is not null", 4, "account"),
        new("views.all_account_names", Holding.Content, "handle name profile wall", "account_id", ForgottenAccounts,
            "select count(*) from views.all_account_names where account_id = any ($4) and coalesce(name, handle) is not null", 4, "account"),
        new("views.all_cases", Holding.Content, "class_code diary_number external_system number_key public_title title wall", "case_id", Own, Copy: "case"),
        new("views.case_titles_public", Holding.Content, "search title", "case_id", Own, Copy: "case"),
        new("views.all_case_documents", Holding.Content, "content counterpart diary_number kind number_key public_subject search subject wall", "case_id", Own, Copy: "case-document"),
        Official("views.channel_register", "contact handle notice paused platform purpose target_group url", "channel_id"),
        Official("views.persons", "name", "person_id"),

        // Work that can be derived again.
        new("work.inbox", Holding.Nothing, "platform problem", "delivery_id", "the delivery leaves it when it is done", "select count(*) from work.inbox where delivery_id = any ($7) and problem is not null", 7),
        new("work.media_fetches", Holding.Nothing, "problem status", "record_id", "a trigger on archive.record_states, in the transaction of the batch", "select count(*) from work.media_fetches where record_id = any ($2)", 2),
        new("work.attachment_scans", Holding.Nothing, "result signature", "record_id", "a trigger on archive.record_states, in the transaction of the batch", "select count(*) from work.attachment_scans where record_id = any ($2)", 2),
        new("work.discarded_deliveries", Holding.Nothing, "platform reason", "delivery_id", Nobody),
        Codes("work.meta_subscriptions", "app_missing app_problem page_missing page_problem", "channel_id"),
        Codes("work.websub_leases", "answered", "channel_id"),
        new("work.quarantine", Holding.Sealed, "platform reason sealed source", "", "not archived; goes by age, sealed under the epoch key"),
        Codes("work.refused_deliveries", "platform reason source"),
        Codes("work.refused_spells", "platform"),
        Codes("work.webhook_alarms", "platform"),
        new("work.imports", Holding.Nothing, "form problem state", "delivery_id", Nobody),
        Official("work.import_rejections", "code detail", "import_id"),
        new("work.snapshots", Holding.Nothing, "name state", "", "folded states of projections: ids and codes"),
        new("work.sessions", Holding.Nothing, "provider_person provider_session session_hash", "", "goes when the log-in ends"),
        new("work.kept_forms", Holding.Sealed, "kept_hash sealed", "", "goes within the hour; sealed under a key that only the writer's browser has a half of"),
        Codes("work.bulk_runs", "act"),
        Codes("work.bulk_items", "code outcome said", "record_id"),
        new("work.web_keys", Holding.Sealed, "name xml", "", Own),
        Codes("work.qrtz_job_details", "description job_class_name job_data job_group job_name sched_name"),
        Codes("work.qrtz_triggers", "calendar_name continues_trigger_group continues_trigger_name description execution_group job_data job_group job_name pause_reason paused_by preferred_node retry_policy sched_name trigger_group trigger_name trigger_state trigger_type"),
        Codes("work.qrtz_simple_triggers", "sched_name trigger_group trigger_name"),
        Codes("work.qrtz_cron_triggers", "cron_expression sched_name time_zone_id trigger_group trigger_name"),
        Codes("work.qrtz_simprop_triggers", "sched_name str_prop_1 str_prop_2 str_prop_3 time_zone_id trigger_group trigger_name"),
        Codes("work.qrtz_blob_triggers", "blob_data sched_name trigger_group trigger_name"),
        Codes("work.qrtz_calendars", "calendar calendar_name sched_name"),
        Codes("work.qrtz_paused_trigger_grps", "pause_reason paused_by sched_name trigger_group"),
        Codes("work.qrtz_paused_job_grps", "job_group pause_reason paused_by sched_name"),
        Codes("work.qrtz_fired_triggers", "entry_id execution_group instance_name job_group job_name progress_message sched_name state trigger_group trigger_name"),
        Codes("work.qrtz_scheduler_state", "instance_name quartz_version sched_name"),
        Codes("work.qrtz_locks", "lock_name sched_name"),
    ];

    public static IReadOnlyList<OutsidePlace> Outside { get; } =
    [
        new("object-store: attachments", Holding.Sealed, "record", "archive.object_deletions, drained until the store says that nothing is left", "every object of the run: current copy, earlier versions, delete markers, unfinished uploads"),
        new("object-store: deliveries", Holding.Sealed, "delivery", "archive.object_deletions, drained until the store says that nothing is left", "with the attachments"),
        new("object-store: strays", Holding.Sealed, "none", "the sweep of objects that no row names, by age", "no row of a destroyed record names one; by content"),
        new("data-folder", Holding.Nothing, "none", "attachments and the erasure ledger; no content in the clear", "by content, but for the database's own files, which ./run scrub rewrites"),
        new("temporary-files", Holding.Sealed, "none", "an archive being imported stands sealed; a disclosure being packed and a page being printed are removed when done", "by content, those that the service has left in the folder for temporary files"),
        new("thumbnails", Holding.Nothing, "record", "made from the sealed object each time somebody looks, in pipes, and kept nowhere", "none to ask"),
        new("pdf", Holding.Nothing, "record", "made for one answer and kept nowhere; what was printed is a paper copy", "none to ask"),
        new("exports", Holding.Nothing, "search", "made for one answer and kept nowhere; what somebody saved is a copy", "listed as a copy"),
        new("form-drafts", Holding.Nothing, "none", "a form is kept by the browser until it is sent, never here", "none to ask"),
        new("caches", Holding.Nothing, "none", "none holds content; answers to people carry no-store", "none to ask"),
        new("logs", Holding.Nothing, "none", "hold codes, ids and SQLSTATE, never content", "by content where they stand in the data folder"),
        new("database: large objects", Holding.Nothing, "none", "none are made", "counted: none"),
        new("database: pages, indexes, statistics, write-ahead log", Holding.Content, "none", "./run scrub: the physical step", "the step says whether it is done"),
        new("backups", Holding.Sealed, "none", "unreadable when the epoch key they were sealed under is destroyed: the final step", "the step says whether it is done"),
    ];

    public static IReadOnlyList<CopyKind> Copies { get; } =
    [
        new("paper", "papperskopior", null, "förstörs för sig; protokollet över utskriften säger var de finns"),
        new("case-print", "utskrivna akter", null, "pappersakten följer ärendet"),
        new("snapshot", "ögonblicksbilder av kanalen från den tiden", Records.MadeHere.Snapshot, "bevaras tills vidare: ingen gallringsregel gäller dem"),
        new("disclosed", "kopior som har lämnats ut", null, "hos mottagaren; myndigheten råder inte över dem"),
        new("record", "andra handlingar som citerar", null, "följer sin egen handlingstyps regel"),
        new("account", "kontouppgifter som citerar", null, "förstörs med kontots sista handling"),
        new("case", "ärendemeningar som citerar", null, "ärendets uppgifter bevaras"),
        new("case-document", "tjänsteanteckningar, beslut och överklaganden som citerar", null, "ärendets egna handlingar följer ärendet"),
        new("official-text", "myndighetens egna texter", null, "ändras av den som skrev dem"),
        new("export", "uttag ur sökningar som någon har hämtat", null, "hos den som hämtade dem; uttaget är antecknat i sökloggen"),
        new("channel-export", "uttag av hela kanaler som WARC eller WACZ", null, "hos den som hämtade dem; uttaget är antecknat i kanalens historik"),
        new("inspection-pack", "granskningspaket till JO eller JK", null, "hos den som tog emot dem"),
    ];

    private static readonly Dictionary<string, TablePlace> ByTable = Tables.ToDictionary(t => t.Table, StringComparer.Ordinal);

    /// <summary>The place of a table; one being built anew is that of the one it will replace. Null: nobody has thought of it.</summary>
    public static TablePlace? Of(string schema, string table) => ByTable.GetValueOrDefault($"{(schema is "views_next" or "views_old" ? "views" : schema)}.{table}");

    public static CopyKind Kind(string code) => Copies.First(c => c.Code == code);
}
