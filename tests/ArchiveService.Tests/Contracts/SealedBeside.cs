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

    private const string Decided = "decided here: register: motivation, [legalReference]";

    public static IReadOnlyDictionary<string, string> ByName { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["account_seen"] = "account: author.displayName, author.handle, author.nativeId",
        ["attachment_stored"] = "content: attachment/ID/fileName; also a commitment to attachment/ID/bytes, which stand in the attachment store",
        ["case_alternate_added"] = "case: [note]",
        ["case_class_corrected"] = "case: reason",
        ["case_closed"] = "case: [reason]",
        ["case_opened"] = "case: title",
        ["channel_access_lost"] = "channel: raw",
        ["channel_closed"] = "channel: reason",
        ["channel_registered"] = "channel: nativeId, handle, url, purpose, targetGroup",
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
        ["person_registered"] = "person: name",
        ["record_assessed"] = "register: [note]",
        ["record_exempted"] = "register: note",
        ["record_no_longer_current"] = "register: [note]",
        ["record_registered"] = "register: subject, [senderRecipient], [motivation]",
        ["record_transferred"] = "register: motivation",
        ["registration_corrected"] = "register: motivation, [subject], [senderRecipient]",
        ["secrecy_lifted"] = "register: note",
        ["secrecy_marked"] = "register: [note]",
        ["unknown_act_observed"] = "content: raw, [nativeEventId], [nativeActName]",
    };
}
