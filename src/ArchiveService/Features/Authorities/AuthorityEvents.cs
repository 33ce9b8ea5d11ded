using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Authorities;

public abstract record AuthorityEvent : SealableEvent;

/// <summary>An authority is a nämnd: its own diary, archive, decisions and secrecy boundary (OSL 8:1).</summary>
[EventName("authority_established")]
public sealed record AuthorityEstablished(string Code, string Name, string Preset) : AuthorityEvent;

/// <summary>A version of the authority's policy, whole, as it came into force (I10: every decision carries its number).</summary>
[EventName("policy_adopted")]
public sealed record PolicyAdopted(int Version, string Name, string Preset, IReadOnlyDictionary<string, string> Values, string? DecisionReference) : AuthorityEvent;

/// <summary>
/// A version of the authority's policy with the value of every key, in force from a day of the Swedish calendar, on the day itself from when it
/// was decided (I10: every decision carries its number). <paramref name="CarriedFrom"/> is a coming version whose change is said again on top of one decided later.
/// </summary>
[EventName("policy_decided")]
public sealed record PolicyDecided(
    int Version, string Name, string Preset, IReadOnlyDictionary<string, string> Values, string? DecisionReference, DateOnly EffectiveFrom, int? CarriedFrom) : AuthorityEvent;
