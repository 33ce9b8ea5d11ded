using ArchiveService.EventStore;
using ArchiveService.Features.Accounts;

namespace ArchiveService.Features.Blocking;

/// <summary>
/// A sender may not write in the channel, until a day or until further notice with a day of review. Reason and proportionality stand sealed under the
/// account's key: they tell of a person, and go with the last of what that person wrote. <paramref name="Evidence"/> are the records it rests on.
/// </summary>
[EventName("sender_blocked")]
public sealed record SenderBlocked(
    Guid Block, Guid Authority, IReadOnlyList<string> Grounds, DateOnly? Until, DateOnly? ReviewOn, IReadOnlyList<Guid> Evidence, bool ViewpointNeutral, int PolicyVersion) : AccountEvent;

/// <summary>The sender may write again. The reason stands sealed.</summary>
[EventName("sender_unblocked")]
public sealed record SenderUnblocked(Guid Block, Guid Authority, int PolicyVersion) : AccountEvent;
