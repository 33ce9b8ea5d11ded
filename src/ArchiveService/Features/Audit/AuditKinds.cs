using System.Collections.Frozen;
using ArchiveService.EventStore;
using ArchiveService.Features.Persons;
using ArchiveService.Features.Records;
using ArchiveService.Features.Replay;

namespace ArchiveService.Features.Audit;

/// <summary>Which events are administration, in groups, and what they are called. Everything on a person's stream is, but for readings, which have a log of their own.</summary>
public static class AuditKinds
{
    public const string Readings = "lasningar";

    /// <summary>What only a reviewer sees: it tells who looked at what.</summary>
    private const string Reviewing = "granskning";

    public static IReadOnlyList<(string Word, string Title)> Groups { get; } =
    [
        ("behorighet", "Behörighet och uppdrag"), ("inloggning", "Inloggning"), ("nycklar", "Nycklar för program och källor"), ("regler", "Policy, planer och regler"), ("kanaler", "Kanaler och källor"),
        ("bevarande", "Gallring och bevarande"), ("drift", "Drift, export och säkerhetskopior"), (Reviewing, "Granskning"), (Readings, "Läsningar bakom sekretess"),
    ];

    private static readonly FrozenDictionary<string, (string Group, string Title)> Known = new Dictionary<string, (string, string)>
    {
        ["assignment_given"] = ("behorighet", "Uppdrag givet"),
        ["assignment_authorised"] = ("behorighet", "Uppdraget medgivet"),
        ["assignment_substitute_named"] = ("behorighet", "Ersättare utsedd"),
        ["assignment_ended"] = ("behorighet", "Uppdraget avslutat"),
        ["channel_administrator_named"] = ("behorighet", "Administratör för kanal utsedd"),
        ["channel_administrator_released"] = ("behorighet", "Administratör för kanal entledigad"),
        ["logged_in"] = ("inloggning", "Loggade in"),
        ["logged_out"] = ("inloggning", "Loggade ut"),
        ["log_in_failed"] = ("inloggning", "Inloggning misslyckades"),
        ["unknown_log_in_failed"] = ("inloggning", "Inloggning med okänt användarnamn"),
        ["account_locked"] = ("inloggning", "Kontot spärrat en stund"),
        ["password_set"] = ("inloggning", "Lösenord satt"),
        ["local_account_opened"] = ("inloggning", "Inloggning upplagd"),
        ["token_issued"] = ("nycklar", "Programnyckel utfärdad"),
        ["token_revoked"] = ("nycklar", "Programnyckel återkallad"),
        ["source_credential_set"] = ("nycklar", "Källans åtkomstnyckel satt"),
        ["source_credential_removed"] = ("nycklar", "Källans åtkomstnyckel borttagen"),
        ["authority_established"] = ("regler", "Myndigheten upplagd"),
        ["policy_adopted"] = ("regler", "Policyversion beslutad"),
        ["policy_decided"] = ("regler", "Policyversion beslutad"),
        ["archive_described"] = ("regler", "Arkivbeskrivning ändrad"),
        ["classification_plan_adopted"] = ("regler", "Klassificeringsstruktur antagen"),
        ["information_plan_adopted"] = ("regler", "Informationshanteringsplan antagen"),
        ["default_rule_adopted"] = ("regler", "Standardläge antaget"),
        ["default_rule_repealed"] = ("regler", "Standardläge upphävt"),
        ["diary_series_set"] = ("regler", "Diarieserie ändrad"),
        ["delegation_order_adopted"] = ("regler", "Delegationsordning antagen"),
        ["delegation_reported"] = ("regler", "Delegationsbeslut anmälda"),
        ["watch_planned"] = ("kanaler", "Bevakning planerad"),
        ["watch_rota_entered"] = ("kanaler", "Bemanning införd"),
        ["watch_rota_ended"] = ("kanaler", "Bemanning avslutad"),
        ["watch_absence_entered"] = ("kanaler", "Frånvaro införd"),
        ["watch_absence_withdrawn"] = ("kanaler", "Frånvaro återtagen"),
        ["on_call_contact_listed"] = ("regler", "Jourkontakt införd"),
        ["on_call_contact_removed"] = ("regler", "Jourkontakt borttagen"),
        ["channel_registered"] = ("kanaler", "Kanal införd i förteckningen"),
        ["channel_approved"] = ("kanaler", "Kanal godkänd"),
        ["channel_plan_signed"] = ("kanaler", "Aktivitetsplan undertecknad"),
        ["channel_activated"] = ("kanaler", "Kanal tagen i bruk"),
        ["channel_paused"] = ("kanaler", "Kanal pausad"),
        ["channel_resumed"] = ("kanaler", "Kanal öppnad igen"),
        ["channel_closed"] = ("kanaler", "Kanal avslutad"),
        ["channel_login_custody_stated"] = ("kanaler", "Förvaring av kanalens inloggning angiven"),
        ["source_set_up"] = ("kanaler", "Källa inställd"),
        ["source_paused"] = ("kanaler", "Källa pausad"),
        ["source_resumed"] = ("kanaler", "Källa återupptagen"),
        ["period_marked_untrusted"] = ("kanaler", "Tid utpekad som opålitlig"),
        ["period_trusted_again"] = ("kanaler", "Tid pålitlig igen"),
        ["disposal_held"] = ("bevarande", "Gallringsstopp"),
        ["disposal_hold_lifted"] = ("bevarande", "Gallringsstopp hävt"),
        ["preservation_decided"] = ("bevarande", "Bevarandebeslut"),
        ["preservation_lifted"] = ("bevarande", "Bevarandebeslut upphävt"),
        ["disposal_decision_recorded"] = ("bevarande", "Gallringsbeslut infört"),
        ["retention_rule_adopted"] = ("bevarande", "Gallringsregel antagen"),
        ["retention_rule_repealed"] = ("bevarande", "Gallringsregel upphävd"),
        ["disposal_proposed"] = ("bevarande", "Gallring föreslagen"),
        ["disposal_approved"] = ("bevarande", "Gallring godkänd"),
        ["disposal_cancelled"] = ("bevarande", "Gallring avbruten"),
        ["disposal_cancelled_v2"] = ("bevarande", "Gallring avbruten"),
        ["disposal_execution_started"] = ("bevarande", "Gallring startad"),
        ["keys_rotated"] = ("drift", "Epoknyckel bytt"),
        ["keys_exported"] = ("drift", "Nycklar uttagna"),
        ["checkpoint_key_rotated"] = ("drift", "Signeringsnyckel bytt"),
        ["backup_taken"] = ("drift", "Säkerhetskopia tagen"),
        ["backup_restored"] = ("drift", "Säkerhetskopia återläst"),
        ["erasures_replayed"] = ("drift", "Gallringar gjorda om efter återläsning"),
        ["log_resumed"] = ("drift", "Loggen återupptagen"),
        ["archive_exported"] = ("drift", "Hela arkivet exporterat"),
        ["channel_exported"] = ("drift", "Kanal exporterad som webbarkiv"),
        ["inspection_pack_made"] = ("drift", "Underlag för tillsyn sammanställt"),
        ["read_log_opened"] = (Reviewing, "Läste läsloggen"),
        ["audit_opened"] = (Reviewing, "Läste loggen"),
        ["audit_exported"] = (Reviewing, "Tog ut loggen som fil"),
        ["delivery_opened"] = (Reviewing, "Öppnade en råleverans"),
        ["delivery_discarded"] = (Reviewing, "Avfärdade en råleverans"),
        ["unusual_reads_found"] = (Reviewing, "Ovanliga läsningar hittade"),
        ["unusual_reads_examined"] = (Reviewing, "Ovanliga läsningar granskade"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The events outside persons' streams, and those on them that have a group of their own.</summary>
    public static IEnumerable<string> Listed => Known.Keys;

    public static bool Covers(string name, Type type) => type != typeof(RecordOpened) && (type.IsAssignableTo(typeof(PersonEvent)) || Known.ContainsKey(name));

    /// <summary>All stored names that are administration.</summary>
    public static IReadOnlyList<string> Names(EventTypes types) => [.. types.All.Where(t => Covers(t.Key, t.Value)).Select(t => t.Key).Union(Known.Keys).Order(StringComparer.Ordinal)];

    public static string Title(string name) => Known.TryGetValue(name, out var known) ? known.Title : ReplayWords.Of(name).Title;

    public static string GroupOf(string name) => Known.TryGetValue(name, out var known) ? known.Group : "behorighet";

    public static bool IsGroup(string word) => Groups.Any(g => g.Word == word);

    /// <summary>What an administrator who is no reviewer is not shown.</summary>
    public static IReadOnlyList<string> ForReviewers { get; } = [.. Known.Where(k => k.Value.Group == Reviewing).Select(k => k.Key)];
}
