namespace ArchiveService.Features.Export;

/// <summary>A file with a row a line: where it comes from, and what each member means.</summary>
/// <param name="File">Its name in the folder.</param>
/// <param name="What">What a line is.</param>
/// <param name="Count">How many there are, asked of the register itself.</param>
/// <param name="Sql">The rows, with the members' names as columns.</param>
/// <param name="Members">Name and meaning, in the order of the columns.</param>
public sealed record ExportTable(string File, string What, string Count, string Sql, IReadOnlyList<(string Name, string Meaning)> Members);

/// <summary>The registers that go along beside the events: what an archivist looks for first. All of it follows from the events. Docs/export.md says the same.</summary>
public static class ExportTables
{
    public static IReadOnlyList<ExportTable> All { get; } =
    [
        new("authorities.ndjson", "An authority (nämnd).", "select count(*) from archive.authorities",
            """select authority_id as "authority", code, name from archive.authorities order by code""",
            [("authority", "its id"), ("code", "its short code"), ("name", "its name")]),
        new("policies.ndjson", "A version of an authority's policy.", "select count(*) from archive.policy_versions",
            """
            select authority_id as "authority", version, preset, policy, decision_reference as "decisionReference", effective_from as "effectiveFrom", decided_at as "decidedAt", decided_by as "decidedBy"
            from archive.policy_versions order by authority_id, version
            """,
            [("authority", "whose"), ("version", "its number, from 1"), ("preset", "the guideline it began from"), ("policy", "the values set, by key"), ("decisionReference", "the decision it rests on"), ("effectiveFrom", "the day it came into force"), ("decidedAt", "when it was recorded"), ("decidedBy", "person")]),
        new("persons.ndjson", "A member of the staff or a service account, with roles; no password and no token.", "select count(*) from archive.persons",
            """
            select p.person_id as "person", n.name, u.username, p.is_service as "isService", p.clearance, p.closed_at as "closedAt",
              (select coalesce(json_agg(json_build_object('role', g.role, 'authority', g.authority_id, 'grantedAt', g.granted_at) order by g.role, g.authority_id), '[]') from archive.grants g where g.person_id = p.person_id) as "roles",
              (select coalesce(json_agg(json_build_object('role', c.role, 'authority', c.authority_id) order by c.authority_id, c.role), '[]') from archive.clearances c where c.person_id = p.person_id) as "clearances"
            from archive.persons p left join views.persons n using (person_id) left join archive.users u using (person_id) order by p.person_id
            """,
            [("person", "id, the `actor` of events"), ("name", "null when it is destroyed"), ("username", "of the local account"), ("isService", "a service account"), ("clearance", "may read secrets everywhere"), ("closedAt", "when it was closed"), ("roles", "role, authority (null: all) and grantedAt of each"), ("clearances", "role and authority of each clearance at one authority")]),
        new("channels.ndjson", "A channel that is archived.", "select count(*) from archive.channels",
            """
            select c.channel_id as "channel", c.authority_id as "authority", c.platform, r.handle, r.url, r.purpose, r.target_group as "targetGroup", r.registered_at as "registeredAt", c.closed_at as "closedAt"
            from archive.channels c left join views.channel_register r using (channel_id) order by c.channel_id
            """,
            [("channel", "its id"), ("authority", "whose"), ("platform", "which platform"), ("handle", "its name there"), ("url", "its address"), ("purpose", "what it is for"), ("targetGroup", "for whom"), ("registeredAt", "when it was registered"), ("closedAt", "when it was closed")]),
        new("channel-sources.ndjson", "How a channel is asked by itself; its address and account stand in the events.", "select count(*) from archive.sources",
            """select channel_id as "channel", authority_id as "authority", means, interval_minutes as "intervalMinutes", enabled, stopped, alarm, alarm_at as "alarmAt" from archive.sources order by channel_id""",
            [("channel", "which"), ("authority", "whose"), ("means", "`poll` or `stream`"), ("intervalMinutes", "between two polls"), ("enabled", "not paused"), ("stopped", "asks nothing until somebody has seen to it"), ("alarm", "why it does not answer"), ("alarmAt", "since when")]),
        new("channel-gaps.ndjson", "A time in which nothing was heard of a channel.", "select (select count(*) from archive.source_gaps) + (select count(*) from archive.subscription_gaps)",
            """select channel_id as "channel", from_at as "from", to_at as "to", reason, filled_at as "filledAt" from archive.source_gaps union all select channel_id, from_at, to_at, 'not-subscribed', null from archive.subscription_gaps order by 1, 2, 4""",
            [("channel", "which"), ("from", "since when"), ("to", "until when; null: still"), ("reason", "why"), ("filledAt", "when what stood then was asked for")]),
        new("channel-days.ndjson", "How whole a day of a channel is in the archive.", "select count(*) from archive.channel_days",
            """select channel_id as "channel", day, coverage, reason, missing_seconds as "missingSeconds", items, closed_at as "closedAt" from archive.channel_days order by channel_id, day""",
            [("channel", "which"), ("day", "of the Swedish calendar"), ("coverage", "`observed`, `inferred`, `gap` or `untrusted`"), ("reason", "of a gap"), ("missingSeconds", "how much of the day nothing is known of"), ("items", "records of the day behind no wall"), ("closedAt", "when it was last looked at")]),
        new("channel-periods.ndjson", "A time of which somebody said that it cannot be trusted, or a script that it sent everything.", "select (select count(*) from archive.untrusted_periods) + (select count(*) from archive.covered_periods)",
            """select channel_id as "channel", 'untrusted' as "kind", from_at as "from", until_at as "until", marked_at as "saidAt", trusted_at as "trustedAt" from archive.untrusted_periods union all select channel_id, 'covered', from_at, until_at, told_at, null from archive.covered_periods order by 1, 3, 2""",
            [("channel", "which"), ("kind", "`untrusted` or `covered`"), ("from", "since when"), ("until", "until when"), ("saidAt", "when it was said"), ("trustedAt", "when it was taken back")]),
        new("channel-comparisons.ndjson", "What a platform listed, laid beside the archive.", "select count(*) from archive.channel_comparisons",
            """select channel_id as "channel", compared_at as "comparedAt", from_at as "from", listed, absent, gone, unclear, outcome from archive.channel_comparisons order by channel_id, compared_at""",
            [("channel", "which"), ("comparedAt", "when"), ("from", "how far back"), ("listed", "items listed"), ("absent", "listed before and no longer"), ("gone", "of which the platform said that there is no such item"), ("unclear", "of which it said nothing"), ("outcome", "`ok`, or why it was broken off")]),
        new("accounts.ndjson", "An account that wrote in a channel.", "select count(*) from views.all_accounts",
            """
            select account_id as "account", channel_id as "channel", authority_id as "authority", wall, platform, own, name, handle, first_seen_at as "firstSeenAt", destroyed
            from views.all_accounts order by account_id
            """,
            [("account", "its id"), ("channel", "where it wrote"), ("authority", "whose channel"), ("wall", "`open`, `unassessed` or `secret`"), ("platform", "which platform"), ("own", "an account of the authority's own"), ("name", "what it was called last"), ("handle", "its handle"), ("firstSeenAt", "when it was seen first"), ("destroyed", "its names are destroyed (gallrade)")]),
        new("records.ndjson", "A record (handling), as it stood; destroyed ones as stubs.", "select count(*) from archive.record_states",
            """
            select s.record_id as "record", s.authority_id as "authority", s.channel_id as "channel", s.account_id as "account", r.platform, r.kind, s.record_type as "recordType", s.direction, r.audience, s.wall, s.locked,
              s.visibility, s.registration, s.case_id as "case", r.diary_number as "diaryNumber", r.document_number as "documentNumber", r.subject, r.occurred_at as "occurredAt", s.captured_at as "capturedAt",
              s.received_at as "receivedAt", s.removed_at as "removedAt", s.disposed_at as "disposedAt", r.parent_id as "parent", r.root_id as "root", r.conversation_id as "conversation",
              r.sender_name as "senderName", r.sender_handle as "senderHandle", case when not s.locked then r.text end as "text", r.permalink, r.attachment_ids as "attachments", r.grounds, r.secrecy_provision as "secrecyProvision", s.version
            from archive.record_states s left join views.all_records r using (record_id) order by s.record_id
            """,
            [
                ("record", "its id, the `stream` of its events"), ("authority", "whose"), ("channel", "where it stood"), ("account", "who wrote it"), ("platform", "which platform"), ("kind", "post, comment, dm …"), ("recordType", "handlingstyp"),
                ("direction", "`received`, `drawnUp` or `undetermined`"), ("audience", "who could see it"), ("wall", "`open`, `unassessed` or `secret`"), ("locked", "suspected child abuse material: nothing of its content is in the export"),
                ("visibility", "`visible`, `hidden`, `unpublished` or `deleted` in the channel"), ("registration", "what the diary knows"), ("case", "its case"), ("diaryNumber", "diarienummer"), ("documentNumber", "number in the case"), ("subject", "saken"),
                ("occurredAt", "when it was written"), ("capturedAt", "when it was captured"), ("receivedAt", "when it came in"), ("removedAt", "when it left the channel"), ("disposedAt", "when it was destroyed: a stub"), ("parent", "what it answers"), ("root", "the thread it stands in"),
                ("conversation", "the conversation it stands in"), ("senderName", "what the sender was called"), ("senderHandle", "the sender's handle"), ("text", "the latest version; the earlier ones stand in the events"), ("permalink", "its address there"), ("attachments", "ids of its files"),
                ("grounds", "grounds of the taking down"), ("secrecyProvision", "the provision of a secrecy mark"), ("version", "events it has"),
            ]),
        new("cases.ndjson", "A case (ärende).", "select count(*) from archive.cases",
            """
            select c.case_id as "case", c.authority_id as "authority", c.diary_number as "diaryNumber", c.class_code as "classCode", v.title, v.wall, c.opened_at as "openedAt", c.closed_at as "closedAt", c.voided_at as "voidedAt",
              c.archived_on as "archivedOn", c.officer_id as "officer", c.external_system as "externalSystem", c.last_document as "lastDocument"
            from archive.cases c left join views.all_cases v using (case_id) order by c.opened_at, c.case_id
            """,
            [("case", "its id"), ("authority", "whose"), ("diaryNumber", "diarienummer"), ("classCode", "klass in the plan"), ("title", "ärendemening; null when destroyed"), ("wall", "`open`, `unassessed` or `secret`"), ("openedAt", "when it was opened"), ("closedAt", "when it was closed"), ("voidedAt", "when its number was voided"), ("archivedOn", "the day it was arkivlagt"), ("officer", "handläggare, a person"), ("externalSystem", "the diary it stands in, when not this one"), ("lastDocument", "the highest document number")]),
        new("diary.ndjson", "An entry of the diary; the same rows stand in `diary.csv`.", "select count(*) from archive.diary_entries",
            """
            select c.diary_number as "diaryNumber", e.document_number as "documentNumber", e.authority_id as "authority", e.case_id as "case", e.record_id as "record", e.direction, e.received_at as "receivedAt", e.registered_at as "registeredAt",
              d.record_type as "recordType", d.sender, d.subject, d.wall, d.released, d.external_system as "externalSystem"
            from archive.diary_entries e join archive.cases c using (case_id)
            left join lateral (select * from views.all_diary d where d.case_id = e.case_id and d.document_number = e.document_number order by d.seq desc limit 1) d on true
            order by e.registered_at, e.case_id, e.document_number
            """,
            [("diaryNumber", "diarienummer"), ("documentNumber", "number in the case"), ("authority", "whose diary"), ("case", "its case"), ("record", "the record, where it is one"), ("direction", "`received` or `drawnUp`"), ("receivedAt", "date in"), ("registeredAt", "date registered"), ("recordType", "handlingstyp"), ("sender", "sender or recipient"), ("subject", "saken, as last corrected"), ("wall", "`open`, `unassessed` or `secret`"), ("released", "the public diary shows sender and subject"), ("externalSystem", "the diary it stands in, when not this one")]),
        new("voided-numbers.ndjson", "A diary number that stands as utgår.", "select count(*) from archive.voided_numbers",
            """select diary_number as "diaryNumber", authority_id as "authority", case_id as "case", why, voided_at as "voidedAt" from archive.voided_numbers order by authority_id, year, number""",
            [("diaryNumber", "the number"), ("authority", "whose diary"), ("case", "the case that had it"), ("why", "`void`, or `resumed` after a restore"), ("voidedAt", "when")]),
        new("classes.ndjson", "A class of a classification plan.", "select count(*) from archive.record_classes",
            """
            select authority_id as "authority", version, code, title, valid_from as "validFrom", valid_until as "validUntil", replaces
            from archive.record_classes order by authority_id, version, code
            """,
            [("authority", "whose plan"), ("version", "of the plan"), ("code", "klass"), ("title", "what it is called"), ("validFrom", "first day"), ("validUntil", "last day"), ("replaces", "codes before it")]),
        new("retention-decisions.ndjson", "A gallringsbeslut.", "select count(*) from archive.retention_decisions",
            """
            select decision_id as "decision", authority_id as "authority", reference, deciding_body as "decidingBody", decided_on as "decidedOn", valid_from as "validFrom", valid_until as "validUntil", record_types as "recordTypes"
            from archive.retention_decisions order by decided_on, decision_id
            """,
            [("decision", "its id"), ("authority", "whose"), ("reference", "such as the paragraph of the minutes"), ("decidingBody", "who decided"), ("decidedOn", "when"), ("validFrom", "first day"), ("validUntil", "last day"), ("recordTypes", "what it covers")]),
        new("retention-rules.ndjson", "A version of a retention rule.", "select count(*) from archive.retention_rules",
            """
            select rule_id as "rule", version, authority_id as "authority", decision_id as "decision", name, record_types as "recordTypes", counted_from as "countedFrom", adopted_at as "adoptedAt", ended_at as "endedAt"
            from archive.retention_rules order by adopted_at, rule_id, version
            """,
            [("rule", "its id"), ("version", "of the rule"), ("authority", "whose"), ("decision", "what it applies"), ("name", "what it is called"), ("recordTypes", "what it covers"), ("countedFrom", "what the frist is counted from"), ("adoptedAt", "when it was adopted"), ("endedAt", "when it was replaced or repealed")]),
        new("holds.ndjson", "A gallringsstopp.", "select count(*) from archive.holds",
            """select hold_id as "hold", authority_id as "authority", kind, target_id as "target", ground, placed_at as "placedAt", lifted_at as "liftedAt" from archive.holds order by placed_at, hold_id""",
            [("hold", "its id"), ("authority", "whose"), ("kind", "what it covers"), ("target", "which one"), ("ground", "why"), ("placedAt", "since when"), ("liftedAt", "until when")]),
        new("disposals.ndjson", "A gallring run; each destroyed record has its `item_disposed` among the events.", "select count(*) from archive.disposal_runs",
            """
            select run_id as "run", authority_id as "authority", rule_id as "rule", rule_version as "ruleVersion", decision_id as "decision", state, manifest_digest as "manifestDigest", items, proposed_by as "proposedBy", proposed_at as "proposedAt",
              approved_by as "approvedBy", approved_at as "approvedAt", started_by as "startedBy", started_at as "startedAt", completed_at as "completedAt", final_on as "finalOn"
            from archive.disposal_runs order by proposed_at, run_id
            """,
            [("run", "its id"), ("authority", "whose"), ("rule", "the rule"), ("ruleVersion", "of the rule"), ("decision", "the decision"), ("state", "how far it came"), ("manifestDigest", "SHA-256 of the list"), ("items", "records in the list"), ("proposedBy", "person"), ("proposedAt", "when"), ("approvedBy", "another person"), ("approvedAt", "when"), ("startedBy", "person"), ("startedAt", "when"), ("completedAt", "when"), ("finalOn", "the day from which no backup can be read")]),
        new("case-documents.ndjson", "A document that a case has of its own: a note, a decision, an appeal or a protocol.", "select count(*) from archive.case_documents",
            """
            select d.case_id as "case", d.authority_id as "authority", d.document_number as "documentNumber", d.kind, d.direction, d.diary_date as "date", d.registered_at as "registeredAt", d.marked, d.released, d.entered,
              v.wall, v.counterpart, v.subject, v.content
            from archive.case_documents d left join views.all_case_documents v using (case_id, document_number) order by d.registered_at, d.case_id, d.document_number
            """,
            [("case", "its case"), ("authority", "whose"), ("documentNumber", "number in the case"), ("kind", "`note`, `decision`, `appeal` or `protocol`"), ("direction", "`received` or `drawnUp`"), ("date", "its day in the diary"), ("registeredAt", "when it was written down"), ("marked", "it has a secrecy mark"), ("released", "the public diary says what it is about"), ("entered", "it is an entry of the diary"), ("wall", "`open`, `unassessed` or `secret`"), ("counterpart", "from or to whom"), ("subject", "what it is about; null when destroyed"), ("content", "what it says; null when destroyed")]),
        new("paper-copies.ndjson", "A copy on paper.", "select count(*) from archive.paper_copies",
            """select copy_id as "copy", record_id as "record", pages, archival, produced_on as "producedOn" from archive.paper_copies order by produced_on, copy_id""",
            [("copy", "its id"), ("record", "of which record"), ("pages", "how many"), ("archival", "it is the archival copy (arkivexemplaret)"), ("producedOn", "when")]),
        new("information-plan.ndjson", "A row of a version of an informationshanteringsplan.", "select count(*) from archive.information_plan_rows",
            """
            select r.authority_id as "authority", r.version, r.place, r.record_type as "recordType", r.title, r.class_code as "classCode", r.handling, r.action, r.counted_from as "countedFrom", r.date_name as "dateName",
              r.years, r.months, r.days, r.legal_basis as "legalBasis", p.decision_reference as "decisionReference", p.adopted_at as "adoptedAt"
            from archive.information_plan_rows r join archive.information_plans p using (authority_id, version) order by 1, 2, 3
            """,
            [("authority", "whose plan"), ("version", "of the plan"), ("place", "the row's place in it"), ("recordType", "handlingstyp"), ("title", "what the plan calls the documents"), ("classCode", "klass"), ("handling", "registered or kept ordered, where and how"), ("action", "`destroy`, `compulsory`, `preserve`, `review` or `transfer`"), ("countedFrom", "what the frist is counted from"), ("dateName", "the noted day it is counted from"), ("years", "of the frist"), ("months", "of the frist"), ("days", "of the frist"), ("legalBasis", "lagstöd"), ("decisionReference", "the decision on the plan"), ("adoptedAt", "when this version was adopted")]),
        new("preservations.ndjson", "A decision to preserve.", "select count(*) from archive.preservations",
            """select preservation_id as "preservation", authority_id as "authority", kind, target_id as "target", record_type as "recordType", reference, decided_at as "decidedAt", lifted_at as "liftedAt" from archive.preservations order by decided_at, preservation_id""",
            [("preservation", "its id"), ("authority", "whose"), ("kind", "`record`, `case` or `type`"), ("target", "which record or case"), ("recordType", "which type"), ("reference", "the decision"), ("decidedAt", "when it was recorded"), ("liftedAt", "when it ceased")]),
        new("retention-dates.ndjson", "A day noted on a record or a case that a frist is counted from.", "select count(*) from archive.retention_dates",
            """select target_id as "target", kind, authority_id as "authority", name, on_day as "on" from archive.retention_dates order by target_id, name""",
            [("target", "the record or the case"), ("kind", "`record` or `case`"), ("authority", "whose"), ("name", "the name of the day"), ("on", "the day; null when it was taken back")]),
        new("retention-reviews.ndjson", "What an archivist decided of a record that a rule says is to be reviewed; the last word.", "select count(*) from archive.retention_reviews",
            """select record_id as "record", rule_id as "rule", authority_id as "authority", outcome, reviewed_at as "reviewedAt" from archive.retention_reviews order by reviewed_at, record_id, rule_id""",
            [("record", "which record"), ("rule", "the rule that asks for it"), ("authority", "whose"), ("outcome", "`keep` or `destroy`"), ("reviewedAt", "when")]),
        new("disclosure-requests.ndjson", "A request for documents (utlämnande).", "select count(*) from archive.disclosure_requests",
            """
            select request_id as "request", authority_id as "authority", reference, channel, form, case_id as "case", received_at as "receivedAt", answered_at as "answeredAt", answer, appealed, closed_at as "closedAt", disposed_at as "disposedAt"
            from archive.disclosure_requests order by received_at, request_id
            """,
            [("request", "its id, the `stream` of its events"), ("authority", "whose"), ("reference", "what the asker follows it by"), ("channel", "how it came"), ("form", "how the documents are wanted"), ("case", "its case"), ("receivedAt", "when it came"), ("answeredAt", "when the asker first had an answer"), ("answer", "which"), ("appealed", "it was appealed"), ("closedAt", "when it was closed"), ("disposedAt", "when it was destroyed: a stub")]),
        new("subject-requests.ndjson", "A request under the GDPR.", "select count(*) from archive.subject_requests",
            """
            select request_id as "request", authority_id as "authority", number, "right", channel, case_id as "case", received_at as "receivedAt", due_on as "dueOn", extended, identified, answer, answered_on as "answeredOn", closed_at as "closedAt"
            from archive.subject_requests order by received_at, request_id
            """,
            [("request", "its id, the `stream` of its events"), ("authority", "whose"), ("number", "its number"), ("right", "which right"), ("channel", "how it came"), ("case", "its case"), ("receivedAt", "when it came"), ("dueOn", "when it is to be answered"), ("extended", "the time was extended"), ("identified", "the asker is identified"), ("answer", "which"), ("answeredOn", "when"), ("closedAt", "when it was closed")]),
        new("delegated-decisions.ndjson", "A decision made by delegation.", "select count(*) from archive.delegated_decisions",
            """
            select decision_id as "decision", authority_id as "authority", kind, order_version as "orderVersion", number, subject_kind as "subjectKind", subject_id as "subject", decided_by as "decidedBy", decided_at as "decidedAt", report_id as "report"
            from archive.delegated_decisions order by decided_at, decision_id
            """,
            [("decision", "its id"), ("authority", "whose"), ("kind", "what was decided"), ("orderVersion", "of the delegationsordning"), ("number", "the point in it"), ("subjectKind", "what it was decided about"), ("subject", "which one"), ("decidedBy", "person"), ("decidedAt", "when"), ("report", "the report to the nämnd")]),
        new("substitutions.ndjson", "Somebody's substitute at an authority for a period.", "select count(*) from archive.substitutions",
            """
            select substitution_id as "substitution", authority_id as "authority", person_id as "person", substitute_id as "substitute", valid_from as "from", valid_until as "until", named_by as "namedBy", named_at as "namedAt", ended_at as "endedAt"
            from archive.substitutions order by named_at, substitution_id
            """,
            [("substitution", "its id"), ("authority", "where"), ("person", "who is replaced"), ("substitute", "who replaces"), ("from", "its first day"), ("until", "its last day"), ("namedBy", "person"), ("namedAt", "when"), ("endedAt", "when it was ended before its last day")]),
        new("substitute-acts.ndjson", "Something done in another's place.", "select count(*) from archive.substitute_acts",
            """
            select act_id as "act", substitution_id as "substitution", kind, subject_kind as "subjectKind", subject_id as "subject", acted_at as "actedAt"
            from archive.substitute_acts order by acted_at, act_id
            """,
            [("act", "its id"), ("substitution", "under which"), ("kind", "what was done"), ("subjectKind", "to what"), ("subject", "which one"), ("actedAt", "when")]),
        new("logs.ndjson", "An evidence log: one, or one more after each restore that was behind.", "select count(*) from archive.evidence_logs",
            """select origin, ordinal, vkey, current_vkey as "currentVkey", after_seq as "afterSequence", size, last_seq as "lastSequence" from archive.evidence_logs order by ordinal""",
            [("origin", "its name"), ("ordinal", "1, 2 …"), ("vkey", "the key it began with"), ("currentVkey", "the key that signs it now; hold it against one you have from elsewhere"), ("afterSequence", "its first leaf is the next event after this number"), ("size", "leaves"), ("lastSequence", "the event of its last leaf")]),
        new("checkpoints.ndjson", "A signed checkpoint of an evidence log.", "select count(*) from archive.evidence_checkpoints",
            """select c.origin, c.size, c.signed_at as "signedAt", c.note from archive.evidence_checkpoints c join archive.evidence_logs l using (origin) order by l.ordinal, c.size""",
            [("origin", "which log"), ("size", "leaves it vouches for"), ("signedAt", "when, by the service's own clock"), ("note", "the note as it was signed (C2SP tlog-checkpoint)")]),
        new("keys.ndjson", "A key that signed an evidence log: the first, and each that another handed over to.", "select (select count(*) from archive.evidence_logs) + (select count(*) from archive.evidence_keys)",
            """
            select l.origin, k.nth, k.vkey, k.from_size as "fromSize", k.since, k.handover
            from archive.evidence_logs l
            cross join lateral (select 1 nth, l.vkey vkey, 0::bigint from_size, l.began_at since, null::text handover
                                union all select nth, vkey, from_size, since, handover from archive.evidence_keys where origin = l.origin) k
            order by l.ordinal, k.nth
            """,
            [("origin", "which log"), ("nth", "1, 2 …"), ("vkey", "the key"), ("fromSize", "checkpoints of more leaves than this are signed by it"), ("since", "since when"), ("handover", "the note in which the key before names it, signed by both; null for the first")]),
        new("cosignatures.ndjson", "What a witness signed under a checkpoint.", "select count(*) from archive.evidence_cosignatures",
            """select origin, size, witness, signed_at as "signedAt", line from archive.evidence_cosignatures order by origin, size, witness""",
            [("origin", "which log"), ("size", "leaves of the checkpoint"), ("witness", "the witness's key, a vkey line"), ("signedAt", "when, by the witness's clock"), ("line", "the line that stands under the note (C2SP tlog-cosignature)")]),
        new("timestamps.ndjson", "What a time-stamping authority signed over a checkpoint.", "select count(*) from archive.evidence_timestamps",
            """select origin, size, stamped_at as "stampedAt", authority, replace(encode(token, 'base64'), e'\n', '') as "token" from archive.evidence_timestamps order by origin, size""",
            [("origin", "which log"), ("size", "leaves of the checkpoint"), ("stampedAt", "when, by the authority's clock"), ("authority", "its address"), ("token", "the token over the note (RFC 3161), base64")]),
    ];
}
