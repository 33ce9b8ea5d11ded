using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Channels;

public abstract record ChannelEvent : SealableEvent;

/// <summary>A channel was entered in the register. Handle, address, purpose, target group and the platform's account id stand sealed under the channel's key.</summary>
[EventName("channel_registered")]
public sealed record ChannelRegistered(Guid Authority, string Platform, IReadOnlyList<Guid> OwnAccounts, Guid Route, int PolicyVersion) : ChannelEvent;

[EventName("channel_closed")]
public sealed record ChannelClosed(DateTimeOffset ClosedAt, int PolicyVersion) : ChannelEvent;

/// <summary>The platform no longer lets the channel be read: from here on the capture has a gap.</summary>
[EventName("channel_access_lost")]
public sealed record ChannelAccessLost(DateTimeOffset? OccurredAt, string Act, Guid? Delivery) : ChannelEvent;
