using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Persons;

public abstract record PersonEvent : SealableEvent;

/// <summary>A person, or a service account, became known. The name stands sealed under the person's key.</summary>
[EventName("person_registered")]
public sealed record PersonRegistered(bool Service) : PersonEvent;

/// <summary>Who the person is at the identity provider: whoever logs in there as that is this person. Issuer and subject stand sealed under the person's key.</summary>
[EventName("person_identity_linked")]
public sealed record PersonIdentityLinked(Guid LinkedBy) : PersonEvent;

/// <summary>The person is called something else, by what the identity provider says. The name stands sealed under the person's key.</summary>
[EventName("person_renamed")]
public sealed record PersonRenamed(Guid RenamedBy) : PersonEvent;

[EventName("role_granted")]
public sealed record RoleGranted(Role Role, Guid? Authority, Guid GrantedBy) : PersonEvent;

[EventName("role_revoked")]
public sealed record RoleRevoked(Role Role, Guid? Authority, Guid RevokedBy) : PersonEvent;

/// <summary>May read what is secret.</summary>
[EventName("clearance_granted")]
public sealed record ClearanceGranted(Guid GrantedBy) : PersonEvent;

[EventName("clearance_revoked")]
public sealed record ClearanceRevoked(Guid RevokedBy) : PersonEvent;

/// <summary>May read what is secret at one authority, in one role or, without one, in every role held there.</summary>
[EventName("clearance_granted_at")]
public sealed record ClearanceGrantedAt(Role? Role, Guid Authority, Guid GrantedBy) : PersonEvent;

[EventName("clearance_revoked_at")]
public sealed record ClearanceRevokedAt(Role? Role, Guid Authority, Guid RevokedBy) : PersonEvent;

/// <summary>A local account for the web pages. The username stands sealed under the person's key.</summary>
[EventName("local_account_opened")]
public sealed record LocalAccountOpened(Guid OpenedBy) : PersonEvent;

[EventName("password_set")]
public sealed record PasswordSet(Guid SetBy) : PersonEvent;

/// <summary>The person has left: nothing works any more, neither log-in nor token.</summary>
[EventName("person_closed")]
public sealed record PersonClosed(Guid ClosedBy) : PersonEvent;

[EventName("person_reopened")]
public sealed record PersonReopened(Guid ReopenedBy) : PersonEvent;

/// <summary>An API token with these of the person's roles; for a service account the channels it may capture to.</summary>
[EventName("token_issued")]
public sealed record TokenIssued(
    Guid Token, IReadOnlyList<Grant> Grants, bool Clearance, IReadOnlyList<Guid> Channels, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt, Guid IssuedBy) : PersonEvent;

[EventName("token_revoked")]
public sealed record TokenRevoked(Guid Token, DateTimeOffset RevokedAt, Guid RevokedBy) : PersonEvent;
