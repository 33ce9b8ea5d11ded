namespace ArchiveService.Tests.Contracts;

/// <summary>
/// What stands sealed beside an event, and under which class of key, for the catalogue. An event that is not here has nothing sealed.
/// A part in brackets is there only for some events of the type.
/// </summary>
internal static class SealedBeside
{
    private const string Item =
        "raw, text, nativeId, permalink, author.displayName, author.handle, author.nativeId, [author.operator], [contentWarning], [parentNativeId], [rootNativeId], [conversationId], [nativeEventId], "
        + "[nativeActName], [nativeKind], [rawPointer], [attachment/ID/fileName], [attachment/ID/url], [attachment/ID/altText], [attachment/ID/mediaType], [attachment/ID/nativeId], [attachment/ID/archivePath]";

    private const string Observed = "observed: content: raw, [nativeEventId], [nativeActName]";

    private const string Decided = "decided here: register: motivation, [legalReference], [circumstances], [rapporteur], [participants], [viewpointNote]";

    public static IReadOnlyDictionary<string, string> ByName { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["account_seen"] = "account: author.displayName, author.handle, author.nativeId",
        ["assessment_detailed"] = "register: [provision]",
        ["assignment_authorised"] = "office: decision",
        ["assignment_ended"] = "office: reason",
        ["assignment_given"] = "office: decision, [note]",
        ["attachment_stored"] = "content: attachment/ID/fileName; also a commitment to attachment/ID/bytes, which stand in the attachment store",
        ["case_alternate_added"] = "case: [note]",
        ["case_class_corrected"] = "case: reason",
        ["case_closed"] = "case: [reason]",
        ["case_opened"] = "case: title",
        ["channel_absence_reported"] = "channel: reason",
        ["channel_access_lost"] = "channel: raw",
        ["channel_administrator_named"] = "channel: [email], [phone]",
        ["channel_approved"] = "channel: [note]",
        ["channel_check_answered"] = "channel: [note]",
        ["channel_closed"] = "channel: reason",
        ["channel_closing_checked"] = "channel: [informed]",
        ["channel_login_custody_stated"] = "channel: holder, place",
        ["channel_paused"] = "channel: reason, [notice]",
        ["channel_plan_written"] = "channel: [unit], [url], [targetGroup], [goals], [contact], [watch], [scope], [archivingPlan], [sensitiveData]",
        ["channel_registered"] = "channel: nativeId, handle, url, purpose, targetGroup",
        ["channel_resumed"] = "channel: [reason]",
        ["channel_reviewed"] = "channel: evaluation",
        ["channel_terms_reviewed"] = "channel: terms, reviewedBy",
        ["channel_text_written"] = "channel: text",
        ["consent_given"] = "content: person, [guardian], purpose, [remark]",
        ["consent_withdrawn"] = "content: [remark]",
        ["content_locked"] = "register: note",
        ["danger_escalated"] = "register: [contact], [note]",
        ["delegation_order_adopted"] = "office: decision, [point/PLACE/text]",
        ["delegation_reported"] = "office: paragraph",
        ["delivery_discarded"] = "delivery: note",
        ["delivery_received"] = "delivery: raw, or fileName where the bytes stand in the attachment store",
        ["diary_number_voided"] = "case: reason",
        ["disposal_approved"] = "office: actor.name",
        ["disposal_cancelled"] = "office: actor.name",
        ["disposal_cancelled_v2"] = "office: actor.name",
        ["disposal_decision_recorded"] = "office: [scope], [consultation]",
        ["disposal_execution_started"] = "office: actor.name",
        ["disposal_held"] = "office: reason",
        ["disposal_proposed"] = "office: actor.name",
        ["emergency_confirmed"] = "register: motivation",
        ["item_captured"] = $"content: {Item}",
        ["item_deleted_from_channel"] = $"{Decided}; {Observed}",
        ["item_edited"] = $"content: {Item}",
        ["item_hidden"] = $"{Decided}; {Observed}",
        ["item_restored"] = $"decided here: register: motivation; {Observed}",
        ["item_unpublished"] = $"{Decided}; {Observed}",
        ["local_account_opened"] = "person: username",
        ["notice_sent"] = "register: note, [means]",
        ["on_call_contact_listed"] = "office: name, function, phone, [hours]",
        ["paper_copy_produced"] = "register: printer, location, [note]",
        ["person_registered"] = "person: name",
        ["police_report_made"] = "register: crime, [reportNumber], [reportedBy], [note]",
        ["publication_reviewed"] = "office: purpose, [note]",
        ["inbox_emptied"] = "office: [note]",
        ["record_allotted"] = "register: [unit], [note]",
        ["allotment_declined"] = "register: note",
        ["record_misdirected"] = "register: to, [told], [notTold], [note]",
        ["record_answered"] = "register: [text], [where]",
        ["record_assessed"] = "register: [note]",
        ["record_closed_unanswered"] = "register: note",
        ["record_exempted"] = "register: note",
        ["record_forwarded"] = "register: owner, [notice]",
        ["record_no_longer_current"] = "register: [note]",
        ["record_registered"] = "register: subject, [senderRecipient], [motivation]",
        ["record_transferred"] = "register: motivation",
        ["registration_corrected"] = "register: motivation, [subject], [senderRecipient]",
        ["rights_stated"] = "content: [holder], [source], [licence], [note]",
        ["secrecy_lifted"] = "register: note",
        ["secrecy_marked"] = "register: [note]",
        ["sender_blocked"] = "account: motivation, proportionality, [legalReference], [viewpointNote]",
        ["sender_unblocked"] = "account: [reason]",
        ["snapshot_ordered"] = "channel: reason",
        ["snapshot_taken"] = "content: [note]",
        ["take_down_proposal_withdrawn"] = "register: note",
        ["take_down_proposed"] = "register: motivation, [legalReference], [circumstances], [rapporteur], [participants], [viewpointNote]",
        ["thread_assessment_started"] = "office: motivation",
        ["unknown_act_observed"] = "content: raw, [nativeEventId], [nativeActName]",
    };
}
