using System.Reflection;
using ArchiveService.EventStore;
using ArchiveService.Hosting;

namespace ArchiveService.Tests.Contracts;

/// <summary>I10: what is decided says under which version of the policy.</summary>
public sealed class Decisions
{
    /// <summary>Event types without a version, by stored name, and why nothing in them was decided under an authority's policy.</summary>
    private static readonly Dictionary<string, string> Without = new(StringComparer.Ordinal)
    {
        ["authority_established"] = "the first version of the policy follows in the same stream",
        ["policy_adopted"] = "is the version",
        ["policy_decided"] = "is the version",
        ["account_seen"] = Observed,
        ["channel_access_lost"] = Observed,
        ["item_edited"] = Observed,
        ["unknown_act_observed"] = Observed,
        ["reaction_counted"] = Observed,
        ["attachment_stored"] = "belongs to a captured item, which says it",
        ["case_document_added"] = "stands with a registration, which says it",
        ["channel_day_closed"] = "tells what was heard of a day; nothing in it is decided",
        ["channel_compared"] = "tells what a platform listed; nothing in it is decided",
        ["period_covered"] = "a script tells what it sent; nothing in it is decided",
        ["channel_fell_silent"] = "tells that nothing was heard; nothing in it is decided",
        ["channel_unsubscribed"] = "tells what a platform answered; nothing in it is decided",
        ["channel_subscribed_again"] = "tells what a platform answered; nothing in it is decided",
        ["channel_heard_again"] = "tells that something was heard; nothing in it is decided",
        ["source_alarm_raised"] = Observed,
        ["source_recovered"] = Observed,
        ["delivery_received"] = Received,
        ["delivery_processed"] = Received,
        ["delivery_failed"] = Received,
        ["delivery_opened"] = "a delivery may hold records of several authorities, or of none yet",
        ["delivery_discarded"] = "a delivery that was not read belongs to no authority yet",
        ["archive_exported"] = "the whole archive is taken out, of every authority; nothing in it is decided under a policy",
        ["channel_exported"] = "what stands in a channel is taken out as it is; nothing in it is decided under a policy",
        ["log_resumed"] = "says where the log goes on after a restore; nothing in it is decided under a policy",
        ["keys_rotated"] = Kept,
        ["keys_exported"] = Kept,
        ["backup_taken"] = Kept,
        ["backup_restored"] = Kept,
        ["erasures_replayed"] = Kept,
        ["checkpoint_key_rotated"] = "a key of the service changes; nothing in it is decided under a policy",
        ["disposal_cancelled"] = "an older version, written no more",
        ["disposal_destroyed"] = Carried,
        ["disposal_verified"] = Carried,
        ["disposal_residue_found"] = Carried,
        ["disposal_protocol_issued"] = Carried,
        ["disposal_scrubbed"] = Carried,
        ["account_disposed"] = Carried,
        ["delivery_disposed"] = Carried,
        ["item_disposed"] = Carried,
        ["disclosure_request_disposed"] = Carried,
        ["working_note_weeded"] = "stands with the act that weeded it, which says it",
        ["record_opened"] = "a reading",
        ["read_log_opened"] = "a reading",
        ["audit_opened"] = "a reading",
        ["audit_exported"] = "a reading",
        ["logged_in"] = Persons,
        ["logged_out"] = Persons,
        ["log_in_failed"] = Persons,
        ["unknown_log_in_failed"] = Persons,
        ["account_locked"] = Persons,
        ["person_registered"] = Persons,
        ["role_granted"] = Persons,
        ["role_revoked"] = Persons,
        ["clearance_granted"] = Persons,
        ["clearance_revoked"] = Persons,
        ["clearance_granted_at"] = Persons,
        ["clearance_revoked_at"] = Persons,
        ["person_identity_linked"] = Persons,
        ["person_renamed"] = Persons,
        ["local_account_opened"] = Persons,
        ["password_set"] = Persons,
        ["person_closed"] = Persons,
        ["person_reopened"] = Persons,
        ["token_issued"] = Persons,
        ["token_revoked"] = Persons,
    };

    private const string Observed = "observed in the channel";
    private const string Kept = "keeps the archive, whatever authority's; nothing in it is decided under a policy";
    private const string Received = "happens before anybody knows whose it is";
    private const string Carried = "carries out a run, whose start says it";
    private const string Persons = "who may do what is no matter of a policy";

    private static readonly EventTypes Types = new(typeof(Composition).Assembly);

    [Fact]
    [Trait("Requirement", "I10")]
    public void carry_the_version_of_the_policy_they_were_made_under_I10()
    {
        var forget = Types.All.Where(t => !SaysVersion(t.Value) && !Without.ContainsKey(t.Key)).Select(t => t.Key).Order(StringComparer.Ordinal);

        Assert.True(!forget.Any(), $"{string.Join(", ", forget)}: give the event a PolicyVersion, or say in {nameof(Without)} why nothing in it is decided under a policy.");
    }

    [Fact]
    public void are_not_excused_when_they_carry_it() => Assert.Empty(Types.All.Where(t => SaysVersion(t.Value)).Select(t => t.Key).Intersect(Without.Keys));

    [Fact]
    public void are_excused_by_names_that_exist() => Assert.Empty(Without.Keys.Except(Types.All.Keys));

    private static bool SaysVersion(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Any(p => p.Name == "PolicyVersion" || p.PropertyType.GetProperty("PolicyVersion")?.PropertyType == typeof(int));
}
