using System.Collections.Frozen;
using ArchiveService.Features.PageParts;

namespace ArchiveService.Features.Replay;

/// <summary>Groups of events, and what those outside records are called.</summary>
public static class ReplayWords
{
    public static IReadOnlyList<(string Word, string Text)> Kinds { get; } =
    [
        ("changes", "Bara det som ändrades"), ("moderation", "Bara moderering"), ("content", "Innehåll"), ("answering", "Bedömning och svar"), ("registration", "Registrering"),
        ("secrecy", "Sekretess"), ("retention", "Bevarande och gallring"), ("administration", "Kanal, uppdrag och behörighet"), ("reading", "Läsningar"),
    ];

    private static readonly FrozenDictionary<string, string[]> Groups = new Dictionary<string, string[]>
    {
        ["changes"] =
        [
            "item_captured", "item_edited", "item_hidden", "item_unpublished", "item_deleted_from_channel", "item_restored", "item_disposed", "account_seen", "account_disposed", "sender_blocked", "sender_unblocked",
            "channel_registered", "channel_activated", "channel_paused", "channel_resumed", "channel_closed", "channel_text_written", "channel_administrator_named", "channel_administrator_released", "channel_access_lost",
            "role_granted", "role_revoked", "clearance_granted", "clearance_revoked", "clearance_granted_at", "clearance_revoked_at", "person_registered", "person_identity_linked", "person_renamed", "person_closed", "person_reopened",
            "substitute_named", "substitution_ended",
        ],
        ["moderation"] =
        [
            "item_hidden", "item_unpublished", "item_deleted_from_channel", "item_restored", "take_down_proposed", "take_down_proposal_withdrawn", "emergency_confirmed", "notice_sent", "police_report_made",
            "content_locked", "danger_escalated", "sender_blocked", "sender_unblocked", "channel_paused", "channel_resumed",
        ],
        ["content"] = ["item_captured", "item_edited", "attachment_stored", "attachment_fetch_ended", "unknown_act_observed", "account_seen", "snapshot_taken", "records_linked", "records_unlinked"],
        ["answering"] =
        [
            "record_assessed", "assessment_detailed", "record_settled_by_rule", "rule_settlement_withdrawn", "record_answered", "record_forwarded", "record_closed_unanswered", "record_misdirected",
            "record_allotted", "allotment_received", "allotment_declined", "danger_escalated", "notice_sent",
        ],
        ["registration"] =
        [
            "record_registered", "registration_corrected", "record_transferred", "record_kept_ordered", "record_exempted", "record_routed", "record_joined_registration", "thread_registered",
            "diary_entry_released", "diary_entry_withheld",
        ],
        ["secrecy"] = ["secrecy_marked", "secrecy_reviewed", "secrecy_lifted", "identity_protected", "identity_protection_reviewed", "identity_protection_lifted", "content_locked"],
        ["retention"] = ["record_no_longer_current", "item_disposed", "account_disposed", "paper_copy_produced", "snapshot_taken", "consent_given", "consent_withdrawn"],
        ["administration"] =
        [
            "channel_registered", "channel_approved", "channel_plan_written", "channel_plan_signed", "channel_administrator_named", "channel_administrator_released", "channel_text_written", "channel_terms_reviewed",
            "channel_login_custody_stated", "channel_check_answered", "channel_activated", "channel_paused", "channel_resumed", "channel_reviewed", "channel_absence_reported", "channel_access_lost", "channel_closed",
            "assignment_given", "assignment_authorised", "assignment_substitute_named", "assignment_ended", "substitute_named", "substitution_ended", "substitute_acted", "policy_decided", "policy_adopted", "person_registered", "person_identity_linked", "person_renamed", "role_granted", "role_revoked", "clearance_granted",
            "clearance_revoked", "clearance_granted_at", "clearance_revoked_at", "local_account_opened", "password_set", "person_closed", "person_reopened", "token_issued", "token_revoked",
            "logged_in", "logged_out", "log_in_failed", "account_locked",
        ],
        ["reading"] = ["record_opened", "read_log_opened", "audit_opened", "audit_exported"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>What came in and nobody here did: most of every log, and read by another index.</summary>
    public static IReadOnlyList<string> Captured { get; } = ["item_captured", "item_edited", "attachment_stored"];

    private static readonly FrozenDictionary<string, (Icon Icon, string Title)> Titles = new Dictionary<string, (Icon, string)>
    {
        ["account_seen"] = (Icon.Person, "Sedd under ett nytt namn"),
        ["account_disposed"] = (Icon.Destroyed, "Namnen gallrade med den sista handlingen"),
        ["sender_blocked"] = (Icon.Stop, "Blockerad"),
        ["sender_unblocked"] = (Icon.Ok, "Blockeringen hävd"),
        ["identity_protected"] = (Icon.Lock, "Flaggad för skyddad identitet"),
        ["identity_protection_reviewed"] = (Icon.Lock, "Skyddad identitet omprövad"),
        ["identity_protection_lifted"] = (Icon.Lock, "Flaggan om skyddad identitet hävd"),
        ["protected_identity_mentioned"] = (Icon.Lock, "Nämnd i en annan handling"),
        ["channel_registered"] = (Icon.Channel, "Kanalen förd in i förteckningen"),
        ["channel_approved"] = (Icon.Approved, "Kanalen godkänd"),
        ["channel_plan_written"] = (Icon.Pen, "Aktivitetsplanen skriven"),
        ["channel_plan_signed"] = (Icon.Approved, "Aktivitetsplanen undertecknad"),
        ["channel_administrator_named"] = (Icon.Person, "Administratör utsedd"),
        ["channel_administrator_released"] = (Icon.Person, "Administratör entledigad"),
        ["channel_text_written"] = (Icon.Pen, "Informationstext skriven"),
        ["channel_terms_reviewed"] = (Icon.Eye, "Plattformens villkor genomgångna"),
        ["channel_login_custody_stated"] = (Icon.Lock, "Förvaring av inloggning angiven"),
        ["channel_check_answered"] = (Icon.Ok, "Punkt i checklistan besvarad"),
        ["channel_activated"] = (Icon.Ok, "Kanalen aktiv"),
        ["channel_paused"] = (Icon.Hidden, "Kanalen pausad"),
        ["channel_resumed"] = (Icon.Ok, "Kanalen öppen igen"),
        ["channel_reviewed"] = (Icon.Eye, "Kanalen utvärderad"),
        ["channel_absence_reported"] = (Icon.Clock, "Frånvaro anmäld"),
        ["channel_access_lost"] = (Icon.Gap, "Plattformen släpper inte längre in arkivet"),
        ["channel_closed"] = (Icon.Box, "Kanalen avslutad"),
        ["assignment_given"] = (Icon.Person, "Uppdrag givet"),
        ["assignment_authorised"] = (Icon.Approved, "Uppdraget medgivet"),
        ["assignment_substitute_named"] = (Icon.Person, "Ersättare utsedd"),
        ["assignment_ended"] = (Icon.Stop, "Uppdraget avslutat"),
        ["substitute_named"] = (Icon.Person, "Ersättare utsedd för en person"),
        ["substitution_ended"] = (Icon.Stop, "Ersättaren avslutad"),
        ["substitute_acted"] = (Icon.Person, "Gjort i någon annans ställe"),
        ["policy_decided"] = (Icon.Pen, "Policyversion beslutad"),
        ["policy_adopted"] = (Icon.Pen, "Policyversion beslutad"),
        ["authority_established"] = (Icon.Box, "Myndigheten upplagd"),
        ["person_registered"] = (Icon.Person, "Personen upplagd"),
        ["person_identity_linked"] = (Icon.Person, "Kopplad till organisationens inloggning"),
        ["person_renamed"] = (Icon.Pen, "Namnet ändrat av inloggningen"),
        ["role_granted"] = (Icon.Ok, "Roll given"),
        ["role_revoked"] = (Icon.Stop, "Roll återkallad"),
        ["clearance_granted"] = (Icon.Lock, "Behörighet till sekretess given"),
        ["clearance_revoked"] = (Icon.Lock, "Behörighet till sekretess återkallad"),
        ["clearance_granted_at"] = (Icon.Lock, "Behörighet till sekretess given vid en myndighet"),
        ["clearance_revoked_at"] = (Icon.Lock, "Behörighet till sekretess återkallad vid en myndighet"),
        ["local_account_opened"] = (Icon.Person, "Inloggning upplagd"),
        ["password_set"] = (Icon.Lock, "Lösenord satt"),
        ["person_closed"] = (Icon.Stop, "Har slutat"),
        ["person_reopened"] = (Icon.Ok, "Öppnad igen"),
        ["token_issued"] = (Icon.Lock, "Programnyckel utfärdad"),
        ["token_revoked"] = (Icon.Stop, "Programnyckel återkallad"),
        ["logged_in"] = (Icon.Person, "Loggade in"),
        ["logged_out"] = (Icon.Person, "Loggade ut"),
        ["log_in_failed"] = (Icon.Stop, "Inloggning misslyckades"),
        ["account_locked"] = (Icon.Lock, "Kontot spärrat en stund"),
        ["audit_opened"] = (Icon.Eye, "Läste loggen"),
        ["audit_exported"] = (Icon.Eye, "Tog ut loggen som fil"),
        ["record_opened"] = (Icon.Eye, "Läste en handling bakom sekretess"),
        ["read_log_opened"] = (Icon.Eye, "Läste läsloggen"),
        ["case_opened"] = (Icon.Box, "Ärende upplagt"),
        ["case_closed"] = (Icon.Box, "Ärende avslutat"),
        ["case_reopened"] = (Icon.Box, "Ärende öppnat igen"),
        ["case_note_written"] = (Icon.Pen, "Tjänsteanteckning skriven"),
        ["case_decision_made"] = (Icon.Approved, "Beslut i ärendet"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static IReadOnlyCollection<string> NamesOf(string kind) => Groups[kind];

    /// <summary>Shaped as a stored name is.</summary>
    public static bool IsEvent(string name) => name.Length <= 100 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');

    public static (Icon Icon, string Title) Of(string name) => Titles.GetValueOrDefault(name, (Icon.Info, name));

    public static string Kind(ReplayOf of) => of switch
    {
        ReplayOf.Account => "Konto",
        ReplayOf.Channel => "Kanal",
        ReplayOf.Record => "Handling",
        _ => "Person",
    };

    /// <summary>The address of the page, and of the API.</summary>
    public static string Page(ReplayOf of, Guid id) => $"/granskning/{Kind(of).ToLowerInvariant()}/{id:D}";

    public static string Noun(ReplayOf of) => of switch
    {
        ReplayOf.Account => "accounts",
        ReplayOf.Channel => "channels",
        ReplayOf.Record => "records",
        _ => "persons",
    };

    /// <summary>What a compared item came to.</summary>
    public static string Change(string change) => change switch
    {
        ItemChange.Appeared => "Tillkom",
        ItemChange.Edited => "Ändrad",
        ItemChange.Hidden => "Dold",
        ItemChange.Unpublished => "Avpublicerad",
        ItemChange.DeletedByAuthor => "Raderad av avsändaren",
        ItemChange.DeletedByPlatform => "Raderad av plattformen",
        ItemChange.DeletedByAuthority => "Raderad av myndigheten",
        ItemChange.Deleted => "Borttagen, okänt av vem",
        ItemChange.Restored => "Synlig igen",
        ItemChange.CameAndWent => "Tillkom och togs bort",
        _ => "Oförändrad till slut",
    };
}
