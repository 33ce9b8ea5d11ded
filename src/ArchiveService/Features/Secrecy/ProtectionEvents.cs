using ArchiveService.EventStore;
using ArchiveService.Features.Accounts;

namespace ArchiveService.Features.Secrecy;

/// <summary>What a flag of protected identity rests on.</summary>
public enum ProtectionBasis
{
    /// <summary>Skatteverkets sekretessmarkering i folkbokföringen.</summary>
    SecrecyMark,

    /// <summary>Skyddad folkbokföring (folkbokföringslagen 16 §).</summary>
    ProtectedRegistration,

    /// <summary>Fingerade personuppgifter (lagen 1991:483).</summary>
    AssumedIdentity,

    /// <summary>A court or another authority said so.</summary>
    Court,

    /// <summary>The authority's own examination (OSL 21:3).</summary>
    OwnAssessment,
}

/// <summary>
/// Whoever writes with the account has a protected identity: everything the account wrote and writes stands behind the wall, and so does what it is called.
/// <paramref name="Protection"/> is the same for all accounts of one person that were named together. The reason stands sealed under the account's key.
/// <paramref name="Inherited"/>: what the account was called had been destroyed, and the same person was seen again; the flag follows.
/// </summary>
[EventName("identity_protected")]
public sealed record IdentityProtected(
    Guid Protection, Guid Authority, ProtectionBasis Basis, string Provision, DateOnly DecidedOn, DateOnly? Until, DateOnly? ReviewOn, bool Inherited, int PolicyVersion) : AccountEvent;

/// <summary>The flag was examined anew and stands, with new days. The reason stands sealed.</summary>
[EventName("identity_protection_reviewed")]
public sealed record IdentityProtectionReviewed(Guid Protection, Guid Authority, DateOnly? Until, DateOnly? ReviewOn, int PolicyVersion) : AccountEvent;

/// <summary>The flag is gone; what was marked by hand still is. The reason stands sealed.</summary>
[EventName("identity_protection_lifted")]
public sealed record IdentityProtectionLifted(Guid Protection, Guid Authority, int PolicyVersion) : AccountEvent;

/// <summary>Somebody else named the account: a hint on <paramref name="Record"/>, kept here because the record itself is open and must not tell.</summary>
[EventName("protected_identity_mentioned")]
public sealed record ProtectedIdentityMentioned(Guid Protection, Guid Authority, Guid Record, int PolicyVersion) : AccountEvent;
