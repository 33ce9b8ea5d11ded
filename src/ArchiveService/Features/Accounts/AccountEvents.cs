using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Accounts;

public abstract record AccountEvent : SealableEvent;

/// <summary>An account was seen under a name for the first time. Name, handle and the platform's id stand sealed under the account's key; <paramref name="Profile"/> is an HMAC of them under it.</summary>
[EventName("account_seen")]
public sealed record AccountSeen(Guid Authority, Guid Channel, string Platform, bool Own, string Profile, DateTimeOffset? SeenAt, Guid? Delivery) : AccountEvent;

/// <summary>The batch that destroyed the account's last record destroyed what it was called too.</summary>
[EventName("account_disposed")]
public sealed record AccountDisposed(Guid Run, DateTimeOffset DisposedAt) : AccountEvent;
