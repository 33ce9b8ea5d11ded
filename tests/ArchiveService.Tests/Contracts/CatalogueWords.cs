namespace ArchiveService.Tests.Contracts;

internal static class CatalogueWords
{
    /// <summary>Streams whose name is not the event's base class; by the stored name of the event.</summary>
    public static IReadOnlyDictionary<string, string> Streams { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["delegated_decision_taken"] = "delegated_decision",
        ["delegation_order_adopted"] = "delegation_order",
        ["delegation_reported"] = "delegation_report",
        ["diary_series_set"] = "diary_series",
        ["disposal_approved"] = "disposal_run",
        ["disposal_cancelled"] = "disposal_run",
        ["disposal_cancelled_v2"] = "disposal_run",
        ["disposal_decision_recorded"] = "decision",
        ["disposal_destroyed"] = "disposal_run",
        ["disposal_execution_started"] = "disposal_run",
        ["disposal_held"] = "hold",
        ["disposal_hold_lifted"] = "hold",
        ["disposal_proposed"] = "disposal_run",
        ["disposal_protocol_issued"] = "disposal_run",
        ["disposal_scrubbed"] = "disposal_run",
        ["disposal_verified"] = "disposal_run",
        ["information_plan_adopted"] = "information_plan",
        ["inspection_pack_made"] = "inspection_pack",
        ["inbox_emptied"] = "inbox_emptying",
        ["preservation_decided"] = "preservation",
        ["preservation_lifted"] = "preservation",
        ["publication_linked"] = "publication_review",
        ["publication_reviewed"] = "publication_review",
        ["retention_date_given"] = "retention_date",
        ["retention_reviewed"] = "retention_review",
        ["retention_rule_adopted"] = "retention_rule",
        ["retention_rule_repealed"] = "retention_rule",
    };

    /// <summary>For event types whose name says all, so that no comment stands above them.</summary>
    public static IReadOnlyDictionary<string, string> Summaries { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["channel_closed"] = "The channel was closed; the reason stands sealed.",
        ["clearance_granted_at"] = "May read what is secret at one authority, in one role there or in all.",
        ["clearance_revoked_at"] = "May no longer read what is secret at that authority.",
        ["clearance_revoked"] = "May no longer read what is secret.",
        ["delivery_processed"] = "The delivery was read; what became of its acts, counted.",
        ["disposal_cancelled"] = "The run was ended before anything was destroyed. An older version: read as `disposal_cancelled_v2`, written no more.",
        ["disposal_execution_started"] = "After the cooling-off somebody started the destruction.",
        ["disposal_hold_lifted"] = "The gallringsstopp no longer stands.",
        ["item_deleted_from_channel"] = "The item is gone from the channel: by decision of the authority (radera), or observed.",
        ["item_edited"] = "The item says something else in the channel: a new version.",
        ["item_hidden"] = "The item is hidden in the channel (dölja): by decision of the authority, or observed.",
        ["item_restored"] = "The item is visible in the channel again.",
        ["item_unpublished"] = "The item is out of the medium with a full copy kept here (avpublicera): by decision of the authority, or observed.",
        ["password_set"] = "A local account got a new password. The password is stored nowhere, its hash stands in a table.",
        ["person_reopened"] = "A person who had left is back.",
        ["preservation_lifted"] = "The decision to preserve no longer stands; the reason stands sealed.",
        ["record_assessed"] = "Somebody looked at the record and judged it.",
        ["record_exempted"] = "Of temporary or minor significance (ringa betydelse): not registered, not kept ordered.",
        ["record_kept_ordered"] = "Not registered, but kept so that it can be found (hålla ordnad, OSL 5:1).",
        ["record_joined_registration"] = "Registered as a part of a thread that is one document: it shares the number of the entry that the thread's first record carries.",
        ["record_routed"] = "Belongs in another file, such as a personal file (personakt), and went there.",
        ["thread_registered"] = "The entry just made stands for a whole thread.",
        ["role_granted"] = "A role, in one authority or in all.",
        ["role_revoked"] = "A role was taken back.",
        ["secrecy_reviewed"] = "A mark was examined anew: it stands, stands under another provision, or goes (OSL 5:5).",
        ["secrecy_lifted"] = "The mark was taken away after a review.",
        ["token_revoked"] = "The token no longer works.",
    };
}
